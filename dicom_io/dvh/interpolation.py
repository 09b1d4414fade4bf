"""How far linear interpolation may be off: an estimate from the field's own curvature.

Between two nodes a step h apart, a smooth function differs from the straight line by about
-h2 f'' t (1 - t) / 2 at the fraction t of the way; h2 f'' is the second difference of the nodes around.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dicom_io.dvh.lattice import spacing_of
from dicom_io.objects import GridField, ScalarField

__all__ = ["interpolation_shift"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_MEAN_PART = 1 / 12
"""Mean of t (1 - t) / 2 over a step: for fields whose nodes are not known."""


def interpolation_shift(field: ScalarField, points: FloatArray, width: FloatArray) -> FloatArray:
    """Return the estimated true value minus the interpolated one at points.

    Parameters
    ----------
    field : ScalarField
    points : ndarray, shape (n, 3)
        x, y, z in mm.
    width : ndarray, shape (n,)
        Side of the cube over which the shift is averaged, mm.

    Returns
    -------
    ndarray, shape (n,)
        0 where too little of the field is known to tell.
    """
    if isinstance(field, GridField):
        return _grid_shift(field, points, width)
    total = np.zeros(len(points))
    here = field.sample(points)
    for direction, step in zip(field.geometry.axes, spacing_of(field), strict=True):
        if np.isfinite(step):
            around = field.sample(points + step * direction) + field.sample(points - step * direction)
            total -= np.nan_to_num(around - 2 * here) * _MEAN_PART
    return total


def _grid_shift(field: GridField, points: FloatArray, width: FloatArray) -> FloatArray:
    """As above from the grid's own second differences."""
    along = field.geometry.to_grid_mm(points)
    size = np.array(field.values.shape)
    before, part = [], []
    for axis, knots in enumerate(field.knots):
        last = max(0, len(knots) - 2)
        index = (np.searchsorted(knots, along[:, axis], side="right") - 1).clip(0, last)
        gap = np.append(np.diff(knots), np.inf)[index]
        t, v = ((along[:, axis] - knots[index]) / gap).clip(0, 1), (width / gap) ** 2 / 12
        before.append(index)
        part.append((0.5 * (t - t * t - v)).clip(0))
    near = [np.minimum(index, n - 1) for index, n in zip(before, size, strict=True)]
    total = np.zeros(len(points))
    for axis in range(3):
        if size[axis] >= 3:
            total -= part[axis] * _second_difference(field, near, before[axis], axis)
    return total


def _second_difference(field: GridField, near: list[IntArray], before: IntArray, axis: int) -> FloatArray:
    """Mean second difference at the two nodes around, moved inwards at the border; 0 where unknown."""
    size = field.values.shape[axis]
    total, known = np.zeros(len(before)), np.zeros(len(before))
    for centre in (before, before + 1):
        middle = centre.clip(1, size - 2)
        index = list(near)
        values = []
        for step in (-1, 0, 1):
            index[axis] = middle + step
            values.append(field.values[tuple(index)].astype(np.float64))
        bend = values[0] - 2 * values[1] + values[2]
        total += np.nan_to_num(bend)
        known += np.isfinite(bend)
    return total / np.maximum(known, 1)
