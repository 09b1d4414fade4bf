"""Scalar fields in the patient: values that can be asked for at any point, and where they are unknown.

The DVH engine works on a `ScalarField` and knows no more of it than this: a `GridField` is a grid of
values sampled trilinearly; other packages make fields of their own (a sum over courses, say) from them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dicom_io.arrays import BoolArray, FloatArray
from dicom_io.errors import DicomValueError
from dicom_io.objects.dose import DoseGrid
from dicom_io.objects.geometry import GridGeometry

__all__ = ["GridField", "ScalarField"]


EDGE_TOLERANCE_MM = 1e-4
"""Rounding of decimal coordinates: a point this far outside the outermost voxel centres still counts in."""


class ScalarField(Protocol):
    """Values at points of the patient.

    Attributes
    ----------
    geometry : GridGeometry
        The grid that tells how finely the field varies; sampling starts from its spacing.
    frame_of_reference_uid : str
    """

    @property
    def geometry(self) -> GridGeometry:
        """The grid that tells how finely the field varies."""
        ...

    @property
    def frame_of_reference_uid(self) -> str:
        """Frame of reference of the points."""
        ...

    def sample(self, points: FloatArray) -> FloatArray:
        """Return the values at points of shape (n, 3), mm; NaN where not covered."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class GridField:
    """Values on the voxel centres of a grid, trilinear between them.

    Covered is the hull of the voxel centres, without the cells that touch a voxel which is NaN or masked
    out, and of a dose without the holes where frames are missing. A grid of one frame reaches half its slice
    thickness to both sides, with the same values.

    Attributes
    ----------
    geometry : GridGeometry
    values : ndarray of float, shape (frames, rows, columns)
        NaN where nothing is known.
    frame_of_reference_uid : str
    covered : ndarray of bool, shape (frames, rows, columns), or None
        False where the values are not to be used; None when all finite values are.
    missing : tuple of str
        What of the grid is missing, in words.

    Examples
    --------
    >>> grid = GridGeometry.axial(shape=(2, 2, 2), origin=(0, 0, 0), spacing=(3.0, 2.0, 1.0))
    >>> field = GridField(geometry=grid, values=np.arange(8.0).reshape(2, 2, 2), frame_of_reference_uid="1.2")
    >>> field.sample(np.array([[0.5, 1.0, 1.5], [0.5, 1.0, 3.1]]))
    array([3.5, nan])
    """

    geometry: GridGeometry
    values: NDArray[np.floating[Any]]
    frame_of_reference_uid: str
    covered: BoolArray | None = None
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        values = np.asarray(self.values)
        if values.shape != self.geometry.shape:
            raise DicomValueError(f"values of shape {values.shape} on a grid of {self.geometry.shape}")
        if not np.issubdtype(values.dtype, np.floating):
            raise DicomValueError(f"values are {values.dtype}: floating point numbers are needed")
        if self.covered is not None:
            if self.covered.shape != values.shape or self.covered.dtype != np.bool_:
                raise DicomValueError("the coverage mask must be boolean and have the shape of the values")
            values = np.where(self.covered, values, values.dtype.type(np.nan))
        if np.isinf(values).any():
            raise DicomValueError("a field has infinite values; mark what is unknown by NaN")
        object.__setattr__(self, "values", values)

    def __repr__(self) -> str:
        known = self.values[np.isfinite(self.values)]
        span = f"{known.min():.4g} to {known.max():.4g}" if known.size else "nothing known"
        return f"GridField({span} on {self.geometry!r})"

    @classmethod
    def of(cls, dose: DoseGrid) -> GridField:
        """Return the field of a dose grid; nothing is known between frames of which some are missing."""
        known = dose.dose_gy
        if dose.covered is not None:
            known = np.where(dose.covered, known, np.float32(np.nan))
        geometry, values = _with_unknown_frames(dose.geometry, known)
        return cls(
            geometry=geometry,
            values=values,
            frame_of_reference_uid=dose.frame_of_reference_uid,
            missing=dose.geometry.hole_findings,
        )

    @property
    def frame_knots(self) -> FloatArray:
        """Offsets of the frames along the normal, mm; of a single frame the two faces of its slice."""
        if self.geometry.shape[0] > 1:
            return self.geometry.frame_offsets
        half = 0.5 * self.geometry.frame_spacing
        return np.array([-half, half])

    @property
    def findings(self) -> tuple[str, ...]:
        """What a reader should know about the extent of the field."""
        if self.geometry.shape[0] > 1:
            return self.missing
        thickness = self.geometry.slice_thickness
        if thickness is None:
            return ("dose grid of one frame without a slice thickness: it covers no volume",)
        return (f"dose grid of one frame: taken to reach {thickness / 2:g} mm to both sides",)

    def sample(self, points: FloatArray) -> FloatArray:
        """Return the values at points.

        Parameters
        ----------
        points : ndarray, shape (n, 3)
            x, y, z in mm (LPS).

        Returns
        -------
        ndarray, shape (n,)
            NaN where not covered.
        """
        along = self.geometry.to_grid_mm(points)
        (frame, up), (row, down), (column, right) = (
            bracket(along[:, axis], knots) for axis, knots in enumerate(self.knots)
        )
        last = np.array(self.geometry.shape) - 1
        result = np.zeros(len(along))
        for step in np.ndindex(2, 2, 2):
            weight = _part(up, step[0]) * _part(down, step[1]) * _part(right, step[2])
            corner = tuple(
                np.minimum(index + ahead, end)
                for index, ahead, end in zip((frame, row, column), step, last, strict=True)
            )
            # a NaN corner of weight 0 must not spoil a point that lies on a cell's face
            result += np.where(weight == 0, 0.0, weight * self.values[corner])
        return result

    @cached_property
    def is_complete(self) -> bool:
        """Whether every voxel has a value."""
        return self.values.size > 0 and bool(np.isfinite(np.min(self.values)))

    @cached_property
    def knots(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Positions of frames, rows and columns in mm from the first voxel."""
        _, rows, columns = self.geometry.shape
        return (
            self.frame_knots,
            np.arange(rows, dtype=np.float64) * self.geometry.row_spacing,
            np.arange(columns, dtype=np.float64) * self.geometry.column_spacing,
        )


def _with_unknown_frames(
    geometry: GridGeometry, values: NDArray[np.float32]
) -> tuple[GridGeometry, NDArray[np.float32]]:
    """The grid with a frame of NaN in the middle of each hole, so that no cell across it is known."""
    below = np.array(geometry.holes, dtype=np.int64)
    if not len(below):
        return geometry, values
    offsets = geometry.frame_offsets
    middle = 0.5 * (offsets[below] + offsets[below + 1])
    filled = replace(
        geometry,
        shape=(geometry.shape[0] + len(below), *geometry.shape[1:]),
        frame_offsets=np.insert(offsets, below + 1, middle),
    )
    return filled, np.insert(values, below + 1, np.float32(np.nan), axis=0)


def bracket(position: FloatArray, knots: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Return the index of the knot before each position and the fraction beyond it; NaN outside."""
    inside = (position >= knots[0] - EDGE_TOLERANCE_MM) & (position <= knots[-1] + EDGE_TOLERANCE_MM)
    if len(knots) == 1:
        return np.zeros(len(position), dtype=np.intp), np.where(inside, 0.0, np.nan)
    before = np.clip(np.searchsorted(knots, position, side="right") - 1, 0, len(knots) - 2)
    fraction = (position - knots[before]) / (knots[before + 1] - knots[before])
    return before, np.where(inside, np.clip(fraction, 0.0, 1.0), np.nan)


def _part(fraction: FloatArray, ahead: int) -> FloatArray:
    """Weight of the knot before (0) or ahead (1)."""
    return fraction if ahead else 1 - fraction
