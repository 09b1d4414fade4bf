"""How far linear interpolation may be off: an estimate from the field's own curvature.

Between two nodes a step h apart, a smooth function differs from the straight line by about
-h2 f'' t (1 - t) / 2 at the fraction t of the way; h2 f'' is the second difference of the nodes around.
A field that is made of several grids knows the error of each; its own values cannot tell it.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from dicom_io.arrays import FloatArray, IntArray
from dicom_io.dvh.lattice import spacing_of
from dicom_io.objects import DeformableTransform, GridField, ScalarField

__all__ = [
    "ComposedField",
    "displacement_shift",
    "interpolation_shift",
    "joint_shift",
    "lattice_shift",
]


_MEAN_PART = 1 / 12
"""Mean of t (1 - t) / 2 over a step: for fields whose nodes are not known."""


@runtime_checkable
class ComposedField(ScalarField, Protocol):
    """A field made of others that knows what the grid of each leaves open."""

    def interpolation_shifts(self, points: FloatArray, width: FloatArray) -> FloatArray:
        """Return the shift that each grid behind it makes in its values, shape (grids, n)."""
        ...


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
    if isinstance(field, ComposedField):
        return joint_shift(field.interpolation_shifts(points, width))
    return _shift_by_neighbours(field, points)


def joint_shift(shifts: FloatArray) -> FloatArray:
    """Return the shifts of several grids as one: their sizes added, with the sign of their sum.

    At no point is it smaller than one of them: the sign of each is an estimate like its size.

    Parameters
    ----------
    shifts : ndarray, shape (grids, n)

    Examples
    --------
    >>> joint_shift(np.array([[0.3, -0.2], [-0.1, -0.1]]))
    array([ 0.4, -0.3])
    """
    size: FloatArray = np.abs(shifts).sum(axis=0)
    return np.where(shifts.sum(axis=0) < 0, -size, size)


def lattice_shift(field: ScalarField, points: FloatArray, dose_gy: FloatArray) -> FloatArray:
    """Return the values of a field minus those that a lattice of its own nodes holds.

    Parameters
    ----------
    field : ScalarField
    points : ndarray, shape (n, 3)
        mm.
    dose_gy : ndarray, shape (n,)
        What the lattice holds there.
    """
    if getattr(field, "jumps", False):  # a difference across a jump says nothing of the curvature
        return _shift_by_neighbours(field, points)
    return np.nan_to_num(field.sample(points) - dose_gy)


def displacement_shift(transform: DeformableTransform, points: FloatArray, width: FloatArray) -> FloatArray:
    """Return the estimated true vectors of a deformation minus the interpolated ones, shape (n, 3), mm.

    Parameters
    ----------
    transform : DeformableTransform
    points : ndarray, shape (n, 3)
        mm, in the frame in which the vectors lie.
    width : ndarray, shape (n,)
        As in `interpolation_shift`.
    """
    if transform.geometry is None:
        return np.zeros((len(points), 3))
    along = [
        GridField(
            geometry=transform.geometry,
            values=transform.vectors[..., axis],
            frame_of_reference_uid=transform.maps_from,
        )
        for axis in range(3)
    ]
    return np.stack([_grid_shift(field, points, width) for field in along], axis=1)


def _shift_by_neighbours(field: ScalarField, points: FloatArray) -> FloatArray:
    """As above from the values a step away: all that a field says which can be asked at points only."""
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
