"""Fast trilinear values of a dose grid: one compiled pass over the points, the same numbers as `GridField`.

Points are first carried into millimetres along the grid's own axes; a shift of the dose is then three
additions, so that scenarios cost one interpolation each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.objects import GridField, ScalarField

__all__ = ["GridSampler", "sample_field"]

FloatArray = NDArray[np.float64]

_EDGE_MM: Final = 1e-4
"""Rounding of decimal coordinates, as in `GridField`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class GridSampler:
    """Trilinear values of a grid without unknown voxels.

    Attributes
    ----------
    field : GridField
        All values finite.

    Examples
    --------
    >>> from dicom_io import GridGeometry
    >>> grid = GridGeometry.axial(shape=(2, 2, 2), origin=(0, 0, 0), spacing=(3.0, 2.0, 1.0))
    >>> field = GridField(geometry=grid, values=np.arange(8.0).reshape(2, 2, 2), frame_of_reference_uid="1.2")
    >>> sampler = GridSampler(field=field)
    >>> sampler.at(sampler.along(np.array([[0.5, 1.0, 1.5], [0.5, 1.0, 3.1]])))
    array([3.5, nan])
    """

    field: GridField

    def along(self, points: FloatArray) -> FloatArray:
        """Return millimetres along frames, rows and columns, shape (3, n), of points of shape (n, 3)."""
        geometry = self.field.geometry
        found: FloatArray = geometry.axes @ (np.asarray(points, dtype=np.float64).T) - (
            geometry.axes @ geometry.origin
        ).reshape(3, 1)
        return found

    def step(self, shift: FloatArray) -> FloatArray:
        """Return shifts of the points, shape (..., 3), along frames, rows and columns."""
        along: FloatArray = np.asarray(shift, dtype=np.float64) @ self.field.geometry.axes.T
        return along

    def at(self, along: FloatArray, step: FloatArray | None = None) -> FloatArray:
        """Return the values there, NaN where not covered.

        Parameters
        ----------
        along : ndarray, shape (3, n)
            As `along` returns them.
        step : ndarray, shape (3,), optional
            Added to each.
        """
        from scipy.ndimage import map_coordinates  # noqa: PLC0415 - scipy loads only where it is used

        index = np.empty(along.shape)
        outside = np.zeros(along.shape[1], dtype=np.bool_)
        for axis, knots in enumerate(self.field.knots):
            place = along[axis] if step is None else along[axis] + step[axis]
            outside |= ~((place >= knots[0] - _EDGE_MM) & (place <= knots[-1] + _EDGE_MM))
            index[axis] = self._index(axis, place, knots)
        values: FloatArray = map_coordinates(
            self.field.values, index, order=1, output=np.float64, mode="nearest", prefilter=False
        )
        values[outside] = np.nan
        return values

    def at_steps(self, along: FloatArray, steps: FloatArray) -> FloatArray:
        """Return the values with each of several steps added, shape (steps, n), in one pass.

        Parameters
        ----------
        along : ndarray, shape (3, n)
        steps : ndarray, shape (steps, 3)
        """
        if not self._all_inside(along, steps):
            moved = (along[:, None, :] + steps.T[:, :, None]).reshape(3, -1)
            return self.at(moved).reshape(len(steps), -1)
        from scipy.ndimage import map_coordinates  # noqa: PLC0415 - scipy loads only where it is used

        index = np.empty((3, len(steps), along.shape[1]))
        for axis, knots in enumerate(self.field.knots):
            per_mm = (len(knots) - 1) / (knots[-1] - knots[0])
            np.add.outer(steps[:, axis] * per_mm, (along[axis] - knots[0]) * per_mm, out=index[axis])
        found: FloatArray = map_coordinates(
            self.field.values, index, order=1, output=np.float64, mode="nearest", prefilter=False
        )
        return found

    def _all_inside(self, along: FloatArray, steps: FloatArray) -> bool:
        """Whether an even grid covers all points with every step: then nothing has to be masked."""
        if not all(self._even) or min(self.field.geometry.shape) == 1:
            return False
        low, high = along.min(axis=1) + steps.min(axis=0), along.max(axis=1) + steps.max(axis=0)
        return all(
            knots[0] - _EDGE_MM <= a and b <= knots[-1] + _EDGE_MM
            for knots, a, b in zip(self.field.knots, low, high, strict=True)
        )

    def _index(self, axis: int, place: FloatArray, knots: FloatArray) -> FloatArray:
        """Fractional index along one axis, kept inside the grid."""
        if self.field.geometry.shape[axis] == 1:
            return np.zeros(len(place))
        last = len(knots) - 1
        if self._even[axis]:
            found = np.clip((place - knots[0]) * (last / (knots[-1] - knots[0])), 0, last)
        else:
            found = np.interp(place, knots, np.arange(last + 1.0))
        kept: FloatArray = np.nan_to_num(found, copy=False)
        return kept

    @cached_property
    def _even(self) -> tuple[bool, ...]:
        return tuple(len(k) < 3 or bool(np.ptp(np.diff(k)) < 1e-9) for k in self.field.knots)


def sample_field(field: ScalarField, points: FloatArray) -> FloatArray:
    """Return a field's values at points of shape (n, 3); NaN where not covered."""
    if not isinstance(field, GridField) or not field.is_complete:
        return field.sample(points)
    sampler = GridSampler(field=field)
    return sampler.at(sampler.along(points))
