"""The lattice a structure is integrated on: pixels in its contour planes, layers across them.

Where the contour planes are parallel to a face of a dose grid, the lattice is the grid's own, cut a whole
number of times finer: within a lattice cell the trilinear dose is one smooth polynomial. In any other case
(oblique grids, fields that are no grid) the field is asked at the nodes of a lattice in the contour planes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dicom_io.arrays import BoolArray, FloatArray, IntArray
from dicom_io.contours import Coverage, SlabStack, expand
from dicom_io.objects import EDGE_TOLERANCE_MM, GridField, GridGeometry, ScalarField

__all__ = ["Lattice", "Layers", "Nodes", "build_lattice", "nodes_of", "spacing_of"]


_PARALLEL = 1e-9
"""1 - cosine below which directions are the same: 0.02 mm over half a metre."""
_SAME_HEIGHT_MM = 1e-6
_NODES_AT_ONCE = 500_000
"""Nodes that a field is asked for at a time, to bound memory."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Layers:
    """Thin layers across the contour planes; within one, neither polygons nor trilinear cells change.

    Attributes
    ----------
    lower, upper : ndarray, shape (layers,)
        Positions along the contour normal, mm.
    plane : ndarray of int, shape (layers,)
        The contour plane whose polygons fill the layer.
    below : ndarray of int, shape (layers,)
        Index of the node plane below the layer, -1 where the layer is outside the field.
    start, stop : ndarray, shape (layers,)
        The layer's faces as fractions of the way from that node plane to the next.
    """

    lower: FloatArray
    upper: FloatArray
    plane: IntArray
    below: IntArray
    start: FloatArray
    stop: FloatArray

    @property
    def thickness(self) -> FloatArray:
        """Thickness of each layer, mm."""
        return self.upper - self.lower


@dataclass(frozen=True, kw_only=True, eq=False)
class Lattice:
    """Pixels and layers around a structure.

    Attributes
    ----------
    layers : Layers
    heights : ndarray
        Positions of the node planes along the contour normal, mm, increasing.
    axes : ndarray, shape (3, 3)
        Rows are the unit vectors of layers, rows and columns in patient coordinates.
    origin : ndarray, shape (2,)
        points @ axes[1:] of node row 0 and node column 0, mm.
    step : ndarray, shape (2,)
        Distance of node rows and of node columns, mm.
    times : int
        Pixels per node row and per node column.
    first : (int, int)
        Row and column of the first pixel, counted in pixels from node row 0 and node column 0.
    shape : (int, int)
        Rows and columns of pixels.
    grid_axes : (int, int, int) or None
        Which axes of the field's grid are layers, rows and columns; None for a lattice of its own.
    oblique : bool
        Whether the lattice lies across the grid of the field.
    """

    layers: Layers
    heights: FloatArray
    axes: FloatArray
    origin: FloatArray
    step: FloatArray
    times: int
    first: tuple[int, int]
    shape: tuple[int, int]
    grid_axes: tuple[int, int, int] | None
    oblique: bool

    @property
    def pixel_cc_per_mm(self) -> float:
        """Volume of a pixel per mm of height, cc."""
        return float(np.prod(self.step)) / self.times**2 / 1000.0

    def pixel_edges(self, stack: SlabStack) -> FloatArray:
        """Return the stack's edges in pixels: columns x0, y0, x1, y1."""
        found = np.empty_like(stack.edges)
        for at, axis in ((0, 1), (1, 0)):  # x along columns, y along rows
            direction, scale = self.axes[1 + axis], self.times / self.step[axis]
            shift = self.origin[axis] * scale + self.first[axis]
            along_u, along_v = stack.u @ direction * scale, stack.v @ direction * scale
            for end in (0, 2):
                found[:, at + end] = stack.edges[:, end] * along_u + stack.edges[:, end + 1] * along_v - shift
        return found

    def points(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Return patient coordinates, shape (n, 3), of positions in node steps."""
        height = np.interp(z, np.arange(len(self.heights)), self.heights)
        along = [height, self.origin[0] + y * self.step[0], self.origin[1] + x * self.step[1]]
        points: FloatArray = np.stack(along, axis=1) @ self.axes
        return points

    def handedness(self, stack: SlabStack) -> float:
        """+1 when columns and rows turn the same way as the stack's axes, -1 when mirrored."""
        row, column = self.axes[1], self.axes[2]
        return float(np.sign((stack.u @ column) * (stack.v @ row) - (stack.v @ column) * (stack.u @ row)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Nodes:
    """The field's values at the nodes of a lattice.

    Attributes
    ----------
    values : ndarray
        Flat; NaN where not covered.
    start : int
        Where node (0, 0, 0) is in `values`.
    strides : (int, int, int)
        Steps in `values` from layer to layer, row to row, column to column.
    shape : (int, int, int)
        Node planes, rows and columns.
    """

    values: NDArray[np.floating[Any]]
    start: int
    strides: tuple[int, int, int]
    shape: tuple[int, int, int]

    def contains(self, layer: IntArray, row: IntArray, column: IntArray) -> BoolArray:
        """Return for which cells all corners are nodes."""
        inside = (layer >= 0) & (layer < self.shape[0] - 1)
        inside &= (row >= 0) & (row < self.shape[1] - 1)
        return inside & (column >= 0) & (column < self.shape[2] - 1)

    def corners(self, layer: IntArray, row: IntArray, column: IntArray) -> Iterator[FloatArray]:
        """Yield the values at the eight corners of cells: column fastest, layer slowest."""
        first = self.start + layer * self.strides[0] + row * self.strides[1] + column * self.strides[2]
        for step in np.ndindex(2, 2, 2):
            offset = sum(ahead * stride for ahead, stride in zip(step, self.strides, strict=True))
            yield self.values[first + offset].astype(np.float64, copy=False)

    def block(self, first: tuple[int, int, int], shape: tuple[int, int, int]) -> NDArray[np.floating[Any]]:
        """Return a view of a block of nodes."""
        size = self.values.itemsize
        at = self.start + sum(index * stride for index, stride in zip(first, self.strides, strict=True))
        return np.lib.stride_tricks.as_strided(
            self.values[at:], shape, [stride * size for stride in self.strides], writeable=False
        )


def spacing_of(field: ScalarField) -> FloatArray:
    """Return the spacing of frames, rows and columns, mm; NaN where a single frame has none."""
    geometry = field.geometry
    return np.array([geometry.frame_spacing, geometry.row_spacing, geometry.column_spacing])


def build_lattice(stack: SlabStack, field: ScalarField, times: int) -> Lattice:
    """Return the lattice of a structure, `times` finer than the field's own spacing."""
    grid_axes = _aligned_axes(stack, field.geometry)
    if isinstance(field, GridField) and grid_axes and np.isfinite(field.frame_knots).all():
        return _grid_lattice(stack, field, grid_axes, times)
    return _free_lattice(stack, field, grid_axes, times)


def _aligned_axes(stack: SlabStack, geometry: GridGeometry) -> tuple[int, int, int] | None:
    """Which grid axes are the normal, row and column of the contour planes; None when oblique."""
    along = np.abs(geometry.axes @ stack.normal)
    normal = int(np.argmax(along))
    if along[normal] < 1 - _PARALLEL:
        return None
    if normal != 0 and not (geometry.is_even and geometry.shape[0] > 1):
        return None
    row, column = (axis for axis in range(3) if axis != normal)
    return normal, row, column


def _grid_lattice(stack: SlabStack, field: GridField, grid_axes: tuple[int, int, int], times: int) -> Lattice:
    """The grid's own planes, `times` finer in plane and across."""
    geometry = field.geometry
    normal, in_plane = grid_axes[0], list(grid_axes[1:])
    steps = spacing_of(field)
    up = np.sign(geometry.axes[normal] @ stack.normal)
    heights = np.sort(up * (geometry.origin @ geometry.axes[normal] + field.knots[normal]))
    axes = np.stack([stack.normal, *geometry.axes[in_plane]])
    origin, step = axes[1:] @ geometry.origin, steps[in_plane]
    first, shape = _pixels(stack, axes, origin, step / times)
    return Lattice(
        layers=_layers(stack, heights, steps[normal] / times),
        heights=heights,
        axes=axes,
        origin=origin,
        step=step,
        times=times,
        first=first,
        shape=shape,
        grid_axes=grid_axes,
        oblique=False,
    )


def _free_lattice(
    stack: SlabStack, field: ScalarField, grid_axes: tuple[int, int, int] | None, times: int
) -> Lattice:
    """Nodes to be asked for: those of the field's grid, `times` finer, or along the contours' own axes."""
    geometry, steps = field.geometry, spacing_of(field)
    finest = float(np.nanmin(steps)) / times
    if grid_axes is None:
        axes, step, start = np.stack([stack.normal, stack.v, stack.u]), np.full(2, finest), np.zeros(2)
        knots, thickest = np.zeros(0), finest
    else:
        in_plane = list(grid_axes[1:])
        axes, step = np.stack([stack.normal, *geometry.axes[in_plane]]), steps[in_plane] / times
        start, knots = axes[1:] @ geometry.origin, _plane_heights(stack, geometry, grid_axes[0])
        thickest = float(np.nan_to_num(steps[grid_axes[0]] / times, nan=finest))
    first, shape = _pixels(stack, axes, start, step)
    heights = _node_heights(stack, knots, thickest)
    return Lattice(
        layers=_layers(stack, heights, thickest),
        heights=heights,
        axes=axes,
        origin=start + step * first,
        step=step,
        times=1,
        first=(0, 0),
        shape=shape,
        grid_axes=None,
        oblique=grid_axes is None,
    )


def _plane_heights(stack: SlabStack, geometry: GridGeometry, axis: int) -> FloatArray:
    """Positions of a grid's planes along the contour normal, mm."""
    steps = np.arange(geometry.shape[axis]) * (geometry.row_spacing if axis == 1 else geometry.column_spacing)
    offsets = geometry.frame_offsets if axis == 0 else steps
    up = np.sign(geometry.axes[axis] @ stack.normal)
    heights: FloatArray = up * (geometry.origin @ geometry.axes[axis] + offsets)
    return heights


def _node_heights(stack: SlabStack, knots: FloatArray, thickest: float) -> FloatArray:
    """Knots around a structure, or its faces where there are none, no farther apart than `thickest`."""
    if not len(knots):
        return _split(*_filled_intervals(stack, knots)[:2], thickest)
    low, high = stack.bounds[0, 0], stack.bounds[-1, 1]
    knots = np.sort(knots)
    first = max(0, int(np.searchsorted(knots, low, side="right")) - 1)
    last = int(np.searchsorted(knots, high, side="left"))
    around = knots[first : last + 1]
    ends = _distinct(np.concatenate([[min(low, around[0])], around, [max(high, around[-1])]]))
    return _split(ends[:-1], ends[1:], thickest)


def _split(lower: FloatArray, upper: FloatArray, largest: float) -> FloatArray:
    """All ends of intervals, cut into parts of at most `largest`."""
    parts = np.ceil((upper - lower) / largest - 1e-9).astype(np.int64).clip(1)
    owner, nth = expand(parts)
    inner = lower[owner] + nth * ((upper - lower) / parts)[owner]
    return _distinct(np.concatenate([inner, upper]))


def _distinct(heights: FloatArray) -> FloatArray:
    """Heights in order, without those that differ by rounding."""
    ordered = np.unique(heights)
    return ordered[np.diff(ordered, prepend=-np.inf) > _SAME_HEIGHT_MM]


def _filled_intervals(stack: SlabStack, knots: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Intervals of height that a slab fills, cut at the knots, with the slab's plane."""
    ends = np.concatenate([stack.bounds.ravel(), knots])
    ends = _distinct(ends[(ends >= stack.bounds[0, 0]) & (ends <= stack.bounds[-1, 1])])
    middle = 0.5 * (ends[:-1] + ends[1:])
    plane = np.searchsorted(stack.bounds[:, 0], middle, side="right") - 1
    filled = middle < stack.bounds[plane, 1]
    return ends[:-1][filled], ends[1:][filled], plane[filled]


def _layers(stack: SlabStack, heights: FloatArray, largest: float) -> Layers:
    """The slabs, split at the node planes and into layers no thicker than `largest`."""
    lower, upper, plane = _filled_intervals(stack, heights)
    parts = np.ceil((upper - lower) / largest - 1e-6).astype(np.int64).clip(1)
    owner, nth = expand(parts)
    step = ((upper - lower) / parts)[owner]
    lower, plane = lower[owner] + nth * step, plane[owner]
    upper = lower + step
    middle = 0.5 * (lower + upper)
    below = np.searchsorted(heights, middle) - 1
    inside = (middle >= heights[0] - EDGE_TOLERANCE_MM) & (middle <= heights[-1] + EDGE_TOLERANCE_MM)
    below = np.where(inside, below.clip(0, max(0, len(heights) - 2)), -1)
    gap = np.append(np.diff(heights), 1.0)[below]
    return Layers(
        lower=lower,
        upper=upper,
        plane=plane,
        below=below,
        start=(lower - heights[below]) / gap,
        stop=(upper - heights[below]) / gap,
    )


def _pixels(
    stack: SlabStack, axes: FloatArray, origin: FloatArray, step: FloatArray
) -> tuple[tuple[int, int], tuple[int, int]]:
    """First pixel row and column, and how many, around a structure; none of it on the last borders."""
    first, count = [], []
    for direction, start, size in zip(axes[1:], origin, step, strict=True):
        along = stack.edges[:, 0] * (stack.u @ direction) + stack.edges[:, 1] * (stack.v @ direction)
        low, high = (along.min() - start) / size, (along.max() - start) / size
        first.append(int(np.floor(low - 1e-9)))
        count.append(int(np.floor(high + 1e-9)) + 1 - first[-1])
    return (first[0], first[1]), (count[0], count[1])


def nodes_of(lattice: Lattice, field: ScalarField, coverage: Coverage) -> Nodes:
    """Return the field at the lattice's nodes; of a field that is no grid, only where there is structure."""
    if lattice.grid_axes is None:
        return _sampled_nodes(lattice, field, coverage)
    assert isinstance(field, GridField)
    values = np.ascontiguousarray(field.values)
    frames, rows, columns = values.shape
    along_grid = np.array([rows * columns if frames > 1 else 0, columns, 1])
    strides = along_grid[list(lattice.grid_axes)]
    start = 0
    if field.geometry.axes[lattice.grid_axes[0]] @ lattice.axes[0] < 0:
        start, strides[0] = (values.shape[lattice.grid_axes[0]] - 1) * strides[0], -strides[0]
    shape = [len(field.knots[axis]) for axis in lattice.grid_axes]
    return Nodes(
        values=values.reshape(-1),
        start=int(start),
        strides=(int(strides[0]), int(strides[1]), int(strides[2])),
        shape=(shape[0], shape[1], shape[2]),
    )


def _sampled_nodes(lattice: Lattice, field: ScalarField, coverage: Coverage) -> Nodes:
    """Ask a field at the corners of all cells that hold some of the structure."""
    needed = _needed_nodes(lattice, coverage)
    values = np.full(needed.shape, np.nan)
    nodes = np.flatnonzero(needed)
    for start in range(0, len(nodes), _NODES_AT_ONCE):
        some = nodes[start : start + _NODES_AT_ONCE]
        plane, row, column = np.unravel_index(some, needed.shape)
        along = np.stack(
            [
                lattice.heights[plane],
                lattice.origin[0] + row * lattice.step[0],
                lattice.origin[1] + column * lattice.step[1],
            ],
            axis=1,
        )
        values.reshape(-1)[some] = field.sample(along @ lattice.axes)
    rows, columns = needed.shape[1:]
    return Nodes(
        values=values.reshape(-1),
        start=0,
        strides=(rows * columns, columns, 1),
        shape=(len(lattice.heights), rows, columns),
    )


def _needed_nodes(lattice: Lattice, coverage: Coverage) -> BoolArray:
    """Nodes at the corners of cells with structure, shape (heights, rows + 1, columns + 1)."""
    touched = coverage.full.copy()
    touched.reshape(-1)[coverage.pixel] = True
    planes, rows, columns = touched.shape
    corners = np.zeros((planes, rows + 1, columns + 1), dtype=bool)
    for down, right in np.ndindex(2, 2):
        corners[:, down : down + rows, right : right + columns] |= touched
    needed = np.zeros((len(lattice.heights), rows + 1, columns + 1), dtype=bool)
    for plane, below in zip(lattice.layers.plane, lattice.layers.below, strict=True):
        needed[below] |= corners[plane]
        needed[below + 1] |= corners[plane]
    return needed
