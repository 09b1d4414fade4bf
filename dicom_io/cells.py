"""Cells: the pieces of a structure that one lattice cell holds, with their volume and range of dose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dicom_io.field import GridField, ScalarField, bracket
from dicom_io.lattice import Lattice, aligned_axes
from dicom_io.raster import Coverage
from dicom_io.slabs import SlabStack

__all__ = ["Cells", "cells_of", "node_values"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_SLIVER = 1e-7
"""Part of a pixel's area below which it counts as not touched: rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """Pieces of a structure.

    Attributes
    ----------
    volume_cc : ndarray, shape (cells,)
    dose_gy : ndarray, shape (cells,)
        Mean dose; NaN where not covered.
    spread_gy : ndarray, shape (cells,)
        Half-width of the uniform distribution that has the variance of the dose in the cell.
    low_gy, high_gy : ndarray, shape (cells,)
        Bounds of the dose in the cell.
    points : ndarray, shape (cells, 3)
        Centroids in patient coordinates, mm.
    """

    volume_cc: FloatArray
    dose_gy: FloatArray
    spread_gy: FloatArray
    low_gy: FloatArray
    high_gy: FloatArray
    points: FloatArray


def cells_of(lattice: Lattice, coverage: Coverage, field: ScalarField, stack: SlabStack) -> Cells:
    """Return all pieces of a structure on a lattice."""
    layers = lattice.layers
    columns = lattice.shape[1]
    touched = coverage.area > _SLIVER
    layer, row, column = np.nonzero(touched[layers.plane])
    plane = layers.plane[layer]
    fraction = coverage.area[plane, row, column]
    x = coverage.moment_x[plane, row, column] / fraction
    y = coverage.moment_y[plane, row, column] / fraction
    heights, below, above = _faces(lattice)
    values = node_values(lattice, heights, field, stack).reshape(len(heights), -1)
    corner = row * (columns + 1) + column
    corners = np.stack([corner, corner + 1, corner + columns + 1, corner + columns + 2])
    low, high = values[below[layer], corners], values[above[layer], corners]
    dose, spread = _moments(low, high, x, y, fraction)
    position = (
        lattice.x_start + (column + x) * lattice.x_step,
        lattice.y_start + (row + y) * lattice.y_step,
        0.5 * (layers.lower + layers.upper)[layer],
    )
    pixel_cc = lattice.x_step * lattice.y_step / 1000.0
    return Cells(
        volume_cc=fraction * pixel_cc * layers.thickness[layer],
        dose_gy=dose,
        spread_gy=spread,
        low_gy=np.minimum(low.min(axis=0), high.min(axis=0)),
        high_gy=np.maximum(low.max(axis=0), high.max(axis=0)),
        points=lattice.patient_points(*position),
    )


def _moments(
    low: FloatArray, high: FloatArray, x: FloatArray, y: FloatArray, fraction: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean and spread of a trilinear dose over the covered part of cells, from their corners."""
    middle = 0.5 * (low + high)
    mean = middle.mean(axis=0)
    along_x = 0.25 * (middle[1] + middle[3] - middle[0] - middle[2])
    along_y = 0.25 * (middle[2] + middle[3] - middle[0] - middle[1])
    twist = 0.25 * (middle[0] + middle[3] - middle[1] - middle[2])
    along_z = 0.5 * (high - low).mean(axis=0)
    x, y = 2 * x - 1, 2 * y - 1
    dose = mean + along_x * x + along_y * y + twist * x * y
    in_plane = (along_x + twist * y) ** 2 + (along_y + twist * x) ** 2
    return dose, np.sqrt(fraction.clip(0, 1) * in_plane + along_z**2)


def _faces(lattice: Lattice) -> tuple[FloatArray, IntArray, IntArray]:
    """Heights of all layer faces and each layer's lower and upper one."""
    ends = np.concatenate([lattice.layers.lower, lattice.layers.upper])
    heights = np.unique(ends)
    heights = heights[np.diff(heights, prepend=-np.inf) > 1e-9]
    index = np.searchsorted(heights, ends + 1e-9) - 1
    return heights, *np.split(index, 2)


def node_values(lattice: Lattice, heights: FloatArray, field: ScalarField, stack: SlabStack) -> FloatArray:
    """Return the field at the lattice's nodes, shape (heights, rows + 1, columns + 1); NaN not covered."""
    x = lattice.x_start + np.arange(lattice.shape[1] + 1) * lattice.x_step
    y = lattice.y_start + np.arange(lattice.shape[0] + 1) * lattice.y_step
    axes = aligned_axes(stack, field)
    if axes is None:
        grid = np.meshgrid(heights, y, x, indexing="ij")
        points = lattice.patient_points(*(along.ravel() for along in reversed(grid)))
        return field.sample(points).reshape(grid[0].shape)
    assert isinstance(field, GridField)
    values = np.transpose(field.values, axes)
    for axis, along, direction in (
        (0, heights, lattice.z_axis),
        (1, y, lattice.y_axis),
        (2, x, lattice.x_axis),
    ):
        values = _interpolated(values, axis, field, axes[axis], along, direction)
    return values.astype(np.float64, copy=False)


def _interpolated(
    values: FloatArray, axis: int, field: GridField, grid_axis: int, along: FloatArray, direction: FloatArray
) -> FloatArray:
    """Values linearly interpolated along one array axis at positions along a direction."""
    own = field.geometry.axes[grid_axis]
    position = along * np.sign(own @ direction) - field.geometry.origin @ own
    before, fraction = bracket(position, field.knots[grid_axis])
    after = np.minimum(before + 1, values.shape[axis] - 1)
    shape = [1, 1, 1]
    shape[axis] = -1
    part = fraction.reshape(shape)
    first, second = (
        np.take(values, np.minimum(index, values.shape[axis] - 1), axis=axis) for index in (before, after)
    )
    mixed = first + part * (second - first)
    return np.where(part == 0, first, np.where(part == 1, second, mixed))
