"""Where the pixels of a slice lie in the patient, and back.

A slice is drawn on the image's own axes, each named by the patient's direction nearest to it: what was
scanned feet first, prone or oblique is shown with the patient's left on the right, front or head on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dicom_io.objects import GridGeometry
from rtplan.errors import RtplanLookupError, RtplanValueError

__all__ = ["PLANES", "Axes", "SlicePlane"]

FloatArray = NDArray[np.float64]

# Axes 0, 1, 2 point to the patient's left, back and head; a sign turns one round.
PLANES: Final[Mapping[str, tuple[int, int, int, int]]] = MappingProxyType(
    {"axial": (0, 1, 1, 2), "coronal": (0, 2, -1, 1), "sagittal": (1, 2, -1, 0)}
)
"""Of each plane: the axis to the right, the axis of the columns with its sign downwards, the axis across."""
_LETTERS: Final = ("LR", "PA", "HF")
_FINEST_MM: Final = 1.6
"""Pixels are no larger: a slice across thick frames is drawn between them as the engine interpolates."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Axes:
    """The directions and positions in which slices are drawn.

    Attributes
    ----------
    directions : ndarray, shape (3, 3)
        Rows are unit vectors nearest to the patient's left, back and head.
    low, high : ndarray, shape (3,)
        First and last voxel centre along each, mm from the patient's origin.
    step : ndarray, shape (3,)
        Distance of the voxels along each, mm.
    grid_axis : tuple of int
        Which axis of the grid (frame, row, column) each of them is.
    """

    directions: FloatArray
    low: FloatArray
    high: FloatArray
    step: FloatArray
    grid_axis: tuple[int, int, int]

    @classmethod
    def of(cls, geometry: GridGeometry) -> Axes:
        """Return the axes of a grid.

        Examples
        --------
        >>> feet_first = GridGeometry(shape=(3, 4, 5), origin=[0, 0, 0], row_direction=[-1, 0, 0],
        ...     column_direction=[0, 1, 0], row_spacing=2.0, column_spacing=1.0, frame_offsets=[0.0, 3, 6])
        >>> axes = Axes.of(feet_first)
        >>> axes.directions.tolist() == np.eye(3).tolist(), axes.grid_axis, axes.low.tolist()
        (True, (2, 1, 0), [-4.0, 0.0, -6.0])
        """
        own = geometry.axes
        grid_axis = _nearest(own)
        signs = np.array([np.sign(own[axis, k]) for k, axis in enumerate(grid_axis)])
        directions = own[list(grid_axis)] * signs[:, None]
        steps = np.array([geometry.frame_spacing, geometry.row_spacing, geometry.column_spacing])
        last = np.array(geometry.shape) - 1
        lengths = np.array([geometry.frame_offsets[-1], *(last[1:] * steps[1:])])[list(grid_axis)]
        start = directions @ geometry.origin
        ends = start + signs * lengths
        return cls(
            directions=directions,
            low=np.minimum(start, ends),
            high=np.maximum(start, ends),
            step=np.nan_to_num(steps, nan=1.0)[list(grid_axis)],
            grid_axis=grid_axis,
        )

    @property
    def oblique_degrees(self) -> float:
        """The largest angle between an axis and the patient's direction that it is named by."""
        return float(np.degrees(np.arccos(np.clip(np.diag(self.directions).min(), -1, 1))))

    def along(self, points: ArrayLike) -> FloatArray:
        """Return millimetres to the left, back and head of patient points, shape (..., 3)."""
        found: FloatArray = np.asarray(points, dtype=np.float64) @ self.directions.T
        return found

    def patient(self, along: ArrayLike) -> FloatArray:
        """Return the patient coordinates of millimetres along the axes, shape (..., 3)."""
        found: FloatArray = np.asarray(along, dtype=np.float64) @ self.directions
        return found

    def plane(self, name: str, at_mm: float) -> SlicePlane:
        """Return a slice.

        Parameters
        ----------
        name : str
            One of ``"axial"``, ``"coronal"``, ``"sagittal"``.
        at_mm : float
            Along the axis across it.
        """
        if name not in PLANES:
            raise RtplanLookupError(f"no plane {name!r}; there are: {', '.join(PLANES)}")
        if not np.isfinite(at_mm):
            raise RtplanValueError(f"a slice at {at_mm} mm: a finite position is needed")
        right, down, sign, across = PLANES[name]
        parts = [max(int(np.ceil(self.step[axis] / _FINEST_MM - 1e-6)), 1) for axis in (right, down)]
        pixel = [float(self.step[axis] / part) for axis, part in zip((right, down), parts, strict=True)]
        counts = [
            round((self.high[axis] - self.low[axis]) / size) + 1
            for axis, size in zip((right, down), pixel, strict=True)
        ]
        return SlicePlane(
            name=name,
            axes=self,
            at_mm=float(at_mm),
            right=right,
            down=down,
            down_sign=sign,
            across=across,
            pixel_mm=(pixel[0], pixel[1]),
            shape=(counts[1], counts[0]),
        )


def _nearest(own: FloatArray) -> tuple[int, int, int]:
    """Which axis of the grid is nearest to the patient's left, back and head, each once."""
    choices = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]

    def fit(choice: tuple[int, int, int]) -> float:
        return float(sum(abs(own[axis, k]) for k, axis in enumerate(choice)))

    return max(choices, key=fit)


@dataclass(frozen=True, kw_only=True, eq=False)
class SlicePlane:
    """A slice: pixel centres on the voxels of the image, and between them where these are far apart.

    Drawn in millimetres: `x_mm` to the right, `y_mm` downwards, both from the patient's origin.

    Attributes
    ----------
    name : str
    axes : Axes
    at_mm : float
        Where it lies on the axis across it.
    right, down, across : int
        Axes to the right, downwards and across: 0 left, 1 back, 2 head.
    down_sign : int
        -1 where the axis points upwards.
    pixel_mm : (float, float)
        Width and height of a pixel.
    shape : (int, int)
        Rows and columns.
    """

    name: str
    axes: Axes
    at_mm: float
    right: int
    down: int
    down_sign: int
    across: int
    pixel_mm: tuple[float, float]
    shape: tuple[int, int]

    @property
    def letters(self) -> dict[str, str]:
        """The patient's direction at each side of the picture."""
        right, down = _LETTERS[self.right], _LETTERS[self.down][:: self.down_sign]
        return {"right": right[0], "left": right[1], "bottom": down[0], "top": down[1]}

    @property
    def first_mm(self) -> tuple[float, float]:
        """Where the centre of the first pixel is drawn."""
        ends = (self.axes.low, self.axes.high) if self.down_sign > 0 else (self.axes.high, self.axes.low)
        return float(self.axes.low[self.right]), float(self.down_sign * ends[0][self.down])

    @property
    def box_mm(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of all pixels as drawn, borders included."""
        (x, y), (width, height), (rows, columns) = self.first_mm, self.pixel_mm, self.shape
        return x - width / 2, y - height / 2, columns * width, rows * height

    @property
    def x_mm(self) -> FloatArray:
        """Where the columns are drawn."""
        return self.first_mm[0] + np.arange(self.shape[1], dtype=np.float64) * self.pixel_mm[0]

    @property
    def y_mm(self) -> FloatArray:
        """Where the rows are drawn."""
        return self.first_mm[1] + np.arange(self.shape[0], dtype=np.float64) * self.pixel_mm[1]

    def to_patient(self, drawn: ArrayLike) -> FloatArray:
        """Return the patient coordinates of drawn places (x, y), shape (..., 2) to (..., 3)."""
        x, y = np.moveaxis(np.asarray(drawn, dtype=np.float64), -1, 0)
        along = np.empty((*np.shape(x), 3))
        along[..., self.right], along[..., self.down] = x, self.down_sign * y
        along[..., self.across] = self.at_mm
        return self.axes.patient(along)

    def to_drawn(self, points: ArrayLike) -> FloatArray:
        """Return where patient points are drawn, (x, y) and their distance from the slice: shape (..., 3)."""
        along = self.axes.along(points)
        x, y = along[..., self.right], self.down_sign * along[..., self.down]
        drawn: FloatArray = np.stack([x, y, along[..., self.across] - self.at_mm], axis=-1)
        return drawn

    def pixel_points(self) -> FloatArray:
        """Return the patient coordinates of all pixel centres, row by row, shape (rows x columns, 3)."""
        x, y = np.meshgrid(self.x_mm, self.y_mm)
        return self.to_patient(np.stack([x.ravel(), y.ravel()], axis=-1))

    def to_pixel(self, points: ArrayLike) -> FloatArray:
        """Return the (fractional) row and column of patient points, shape (..., 2)."""
        drawn = self.to_drawn(points)
        (x, y), (width, height) = self.first_mm, self.pixel_mm
        pixel: FloatArray = np.stack([(drawn[..., 1] - y) / height, (drawn[..., 0] - x) / width], axis=-1)
        return pixel
