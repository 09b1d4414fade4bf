"""Where the voxels of a grid lie in the patient: DICOM patient coordinates (LPS), millimetres.

Arrays are ``[frame, row, column]`` (z, y, x of an axial grid) and so are index triples. Geometry knows
no voxel values; values know no geometry of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomValueError

__all__ = ["GridGeometry"]


_SMALLEST_MM = 1e-3
"""No grid of a patient is finer: a smaller spacing is a wrong unit."""
_HOLE, _FEWEST_OF_A_RUN = 1.5, 3
_UNIT_TOLERANCE = 1e-4
"""Direction cosines are decimal strings of at most 16 characters: far better than this, when honest."""


@dataclass(frozen=True, kw_only=True, eq=False)
class GridGeometry:
    """The voxel centres of a grid of parallel frames.

    Frames may be unevenly spaced; rows and columns are evenly spaced.

    Attributes
    ----------
    shape : (int, int, int)
        Number of frames, rows and columns, each at least 1.
    origin : ndarray, shape (3,)
        Centre of voxel ``[0, 0, 0]``, mm.
    row_direction : ndarray, shape (3,)
        Unit vector along a row, towards increasing column index (Image Orientation (Patient) 1 to 3).
    column_direction : ndarray, shape (3,)
        Unit vector along a column, towards increasing row index (Image Orientation (Patient) 4 to 6).
    row_spacing, column_spacing : float
        Distance between rows and between columns, mm: Pixel Spacing is ``[row, column]``.
    frame_offsets : ndarray, shape (frames,)
        Distance of each frame from the first along `normal`, mm: starts at 0, strictly increasing.
    slice_thickness : float or None
        Thickness that stands in for the missing neighbour of a grid of one frame, mm.

    Examples
    --------
    >>> grid = GridGeometry.axial(shape=(3, 4, 5), origin=(0, 0, 0), spacing=(3.0, 2.0, 1.0))
    >>> grid.to_patient([1, 1, 1])
    array([1., 2., 3.])
    """

    shape: tuple[int, int, int]
    origin: FloatArray
    row_direction: FloatArray
    column_direction: FloatArray
    row_spacing: float
    column_spacing: float
    frame_offsets: FloatArray
    slice_thickness: float | None = None

    def __post_init__(self) -> None:
        for name in ("origin", "row_direction", "column_direction", "frame_offsets"):
            value = np.array(getattr(self, name), dtype=np.float64)
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        self._check_numbers()
        self._check_directions()
        self._check_frames()

    def _check_numbers(self) -> None:
        if min(self.shape) < 1:
            raise DicomValueError(f"grid shape {self.shape}: three numbers of at least 1 are needed")
        if self.origin.shape != (3,) or not np.all(np.isfinite(self.origin)):
            raise DicomValueError(
                f"grid origin {self.origin.tolist()}: three finite coordinates in mm are needed"
            )
        for name in ("row_spacing", "column_spacing"):
            spacing = getattr(self, name)
            if not (np.isfinite(spacing) and _SMALLEST_MM <= spacing < 1000):
                raise DicomValueError(f"{name} {spacing} mm: {_SMALLEST_MM:g} to 1000 mm is allowed")
        if self.slice_thickness is not None and not _SMALLEST_MM <= self.slice_thickness < 1000:
            raise DicomValueError(
                f"slice_thickness {self.slice_thickness} mm: {_SMALLEST_MM:g} to 1000 mm is allowed"
            )

    def _check_directions(self) -> None:
        along_row, along_column = self.row_direction, self.column_direction
        if along_row.shape != (3,) or along_column.shape != (3,):
            raise DicomValueError("row and column direction need three cosines each")
        lengths = np.array([np.linalg.norm(along_row), np.linalg.norm(along_column)])
        if not np.all(np.abs(lengths - 1) < _UNIT_TOLERANCE):
            raise DicomValueError(
                f"direction cosines have lengths {lengths.tolist()}: unit vectors are needed"
            )
        if not abs(along_row @ along_column) < _UNIT_TOLERANCE:
            raise DicomValueError("row and column direction are not at right angles")

    def _check_frames(self) -> None:
        offsets = self.frame_offsets
        if offsets.shape != (self.shape[0],):
            raise DicomValueError(f"{offsets.size} frame offsets for {self.shape[0]} frames")
        if offsets[0] != 0 or not np.all(np.isfinite(offsets)) or np.any(np.diff(offsets) <= 0):
            raise DicomValueError("frame offsets must start at 0 and increase strictly")
        if np.any(np.diff(offsets) < _SMALLEST_MM):
            raise DicomValueError(f"frames less than {_SMALLEST_MM:g} mm apart: are offsets in mm?")

    @classmethod
    def axial(
        cls,
        *,
        shape: tuple[int, int, int],
        origin: ArrayLike,
        spacing: tuple[float, float, float],
    ) -> GridGeometry:
        """Return a head-first supine axial grid; `spacing` is (frame, row, column) in mm."""
        return cls(
            shape=shape,
            origin=np.asarray(origin, dtype=np.float64),
            row_direction=np.array([1.0, 0.0, 0.0]),
            column_direction=np.array([0.0, 1.0, 0.0]),
            row_spacing=spacing[1],
            column_spacing=spacing[2],
            frame_offsets=np.arange(shape[0], dtype=np.float64) * spacing[0],
        )

    @cached_property
    def normal(self) -> FloatArray:
        """Unit vector from frame to frame: row direction x column direction."""
        return _read_only(np.cross(self.row_direction, self.column_direction))

    @cached_property
    def axes(self) -> FloatArray:
        """Rows are the unit vectors of increasing frame, row and column index."""
        return _read_only(np.stack([self.normal, self.column_direction, self.row_direction]))

    @property
    def is_even(self) -> bool:
        """Whether all frames are equally far apart (to 1 micrometre)."""
        steps = np.diff(self.frame_offsets)
        return steps.size == 0 or bool(np.ptp(steps) < 1e-3)

    @cached_property
    def holes(self) -> tuple[int, ...]:
        """Frames above which others are missing: the next lies farther than the spacing there.

        A gap is a hole where it is more than 1.5 times the usual one, unless at least three like gaps follow
        each other: then the frames lie farther apart there.

        Examples
        --------
        >>> from dataclasses import replace
        >>> axial = GridGeometry.axial(shape=(5, 2, 2), origin=(0, 0, 0), spacing=(3.0, 2.0, 1.0))
        >>> replace(axial, frame_offsets=[0.0, 3, 6, 36, 39]).holes
        (2,)
        """
        gaps = np.diff(self.frame_offsets)
        if len(gaps) < 2:
            return ()
        usual = float(np.percentile(gaps, 50, method="lower"))
        alike = np.concatenate([[False], gaps[1:] <= _HOLE * gaps[:-1], [False]])
        alike[1:-1] &= gaps[:-1] <= _HOLE * gaps[1:]
        run = np.cumsum(~alike[:-1])
        in_run = np.bincount(run)[run] >= _FEWEST_OF_A_RUN
        return tuple(np.flatnonzero((gaps > _HOLE * usual) & ~in_run).tolist())

    @property
    def hole_findings(self) -> tuple[str, ...]:
        """Where frames are missing, in words; empty where none is."""
        found = []
        for below in self.holes:
            low, high = (self.origin + self.frame_offsets[k] * self.normal for k in (below, below + 1))
            axis = int(np.argmax(np.abs(self.normal)))
            ends = f"{'xyz'[axis]} {low[axis]:g} and {high[axis]:g} mm"
            gap = self.frame_offsets[below + 1] - self.frame_offsets[below]
            found.append(
                f"the dose has no frames between {ends}, {gap:g} mm among frames usually "
                f"{self.frame_spacing:g} mm apart: what lies there is not covered"
            )
        return tuple(found)

    @property
    def frame_spacing(self) -> float:
        """Distance between frames, mm; of a single frame its slice thickness; NaN where neither is known."""
        if self.shape[0] > 1:
            return float(np.median(np.diff(self.frame_offsets)))
        return np.nan if self.slice_thickness is None else self.slice_thickness

    @property
    def affine(self) -> FloatArray:
        """4 x 4 matrix from (frame, row, column, 1) to (x, y, z, 1) in mm; evenly spaced frames only."""
        if not self.is_even:
            raise DicomValueError("a grid with uneven frames has no single matrix; use to_patient")
        matrix = np.eye(4)
        steps = np.array([self.frame_spacing, self.row_spacing, self.column_spacing])
        matrix[:3, :3] = (self.axes * np.nan_to_num(steps, nan=1.0)[:, None]).T
        matrix[:3, 3] = self.origin
        return matrix

    def to_patient(self, index: ArrayLike) -> FloatArray:
        """Return the patient coordinates of (fractional) index triples.

        Parameters
        ----------
        index : array_like, shape (..., 3)
            Frame, row and column; frames between two are interpolated.

        Returns
        -------
        ndarray, shape (..., 3)
            x, y, z in mm.
        """
        frame, row, column = np.moveaxis(np.asarray(index, dtype=np.float64), -1, 0)
        along_normal = np.interp(frame, np.arange(self.shape[0]), self.frame_offsets)
        along = np.stack([along_normal, row * self.row_spacing, column * self.column_spacing], axis=-1)
        return self.origin + along @ self.axes

    def to_grid_mm(self, points: ArrayLike) -> FloatArray:
        """Return distances in mm from voxel ``[0, 0, 0]`` along the normal, the column and the row.

        Parameters
        ----------
        points : array_like, shape (..., 3)
            x, y, z in mm.
        """
        return (np.asarray(points, dtype=np.float64) - self.origin) @ self.axes.T

    def to_index(self, points: ArrayLike) -> FloatArray:
        """Return the fractional index triples of patient points; NaN where no frame is on both sides.

        Parameters
        ----------
        points : array_like, shape (..., 3)
            x, y, z in mm.

        Returns
        -------
        ndarray, shape (..., 3)
            Frame, row, column. Rows and columns outside the grid are returned as they are.
        """
        along = self.to_grid_mm(points)
        frames = np.arange(self.shape[0], dtype=np.float64)
        frame = np.interp(along[..., 0], self.frame_offsets, frames, left=np.nan, right=np.nan)
        return np.stack(
            [frame, along[..., 1] / self.row_spacing, along[..., 2] / self.column_spacing], axis=-1
        )

    def __repr__(self) -> str:
        voxels = " x ".join(map(str, self.shape))
        sizes = (self.frame_spacing, self.row_spacing, self.column_spacing)
        spacing = " x ".join(f"{size:g}" for size in sizes)
        uneven = "" if self.is_even else ", frames unevenly spaced"
        corner = ", ".join(f"{at:g}" for at in self.origin)
        return f"GridGeometry({voxels} voxels of {spacing} mm from ({corner}) mm{uneven})"


def _read_only(values: FloatArray) -> FloatArray:
    values.setflags(write=False)
    return values
