"""The lattice a structure is integrated on: pixels in its contour planes, layers across them.

Where the contour planes are parallel to a face of a dose grid, the lattice is the grid's own, cut k times
finer: within a lattice cell the trilinear dose is then one smooth polynomial, and the nodes' values are
exact. In any other case (oblique grids, fields that are no grid) the field is asked at the nodes of a
lattice in the contour planes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dicom_io.field import GridField, ScalarField
from dicom_io.slabs import SlabStack

__all__ = ["Lattice", "Layers", "aligned_axes", "build_lattice"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_PARALLEL = 1e-9
"""1 - cosine below which directions are the same: 0.02 mm over half a metre."""
_SAME_HEIGHT_MM = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Layers:
    """Thin layers across the contour planes; within one, area and trilinear cell do not change.

    Attributes
    ----------
    lower, upper : ndarray, shape (layers,)
        Positions along the contour normal, mm.
    plane : ndarray of int, shape (layers,)
        The contour plane whose polygons fill the layer.
    """

    lower: FloatArray
    upper: FloatArray
    plane: IntArray

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
    x_axis, y_axis, z_axis : ndarray, shape (3,)
        Unit vectors of columns, rows and layers in patient coordinates.
    x_start, y_start : float
        points @ axis of the first pixel's corner, mm.
    x_step, y_step : float
        Pixel size, mm.
    shape : (int, int)
        Rows and columns of pixels.
    """

    layers: Layers
    x_axis: FloatArray
    y_axis: FloatArray
    z_axis: FloatArray
    x_start: float
    y_start: float
    x_step: float
    y_step: float
    shape: tuple[int, int]

    def pixel_edges(self, stack: SlabStack) -> FloatArray:
        """Return the stack's edges in pixels."""
        ends = []
        for u, v in (stack.edges[:, :2].T, stack.edges[:, 2:].T):
            for axis, start, step in (
                (self.x_axis, self.x_start, self.x_step),
                (self.y_axis, self.y_start, self.y_step),
            ):
                ends.append((u * (stack.u @ axis) + v * (stack.v @ axis) - start) / step)
        return np.stack(ends, axis=1)

    def patient_points(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Return the patient coordinates of points given in mm along the three axes."""
        return x[:, None] * self.x_axis + y[:, None] * self.y_axis + z[:, None] * self.z_axis


def aligned_axes(stack: SlabStack, field: ScalarField) -> tuple[int, int, int] | None:
    """Return which grid axes are the normal, row and column of the contour planes; None when oblique."""
    if not isinstance(field, GridField):
        return None
    along = np.abs(field.geometry.axes @ stack.normal)
    normal = int(np.argmax(along))
    if along[normal] < 1 - _PARALLEL or not np.isfinite(field.frame_knots).all():
        return None
    if normal != 0 and not (field.geometry.is_even and field.geometry.shape[0] > 1):
        return None
    row, column = (axis for axis in range(3) if axis != normal)
    return normal, row, column


def build_layers(stack: SlabStack, knots: FloatArray, largest: float) -> Layers:
    """Return layers that split the slabs at the knots and are no thicker than `largest`."""
    ends = np.concatenate([stack.bounds.ravel(), knots])
    ends = np.unique(ends[(ends >= stack.bounds[0, 0]) & (ends <= stack.bounds[-1, 1])])
    ends = ends[np.diff(ends, prepend=-np.inf) > _SAME_HEIGHT_MM]
    middle = 0.5 * (ends[:-1] + ends[1:])
    plane = np.searchsorted(stack.bounds[:, 0], middle, side="right") - 1
    filled = (middle < stack.bounds[plane, 1]) & (np.diff(ends) > 0)
    lower, upper, plane = ends[:-1][filled], ends[1:][filled], plane[filled]
    parts = np.ceil((upper - lower) / largest - 1e-9).astype(np.int64).clip(1)
    owner = np.repeat(np.arange(len(parts)), parts)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(parts) - parts, parts)
    step = ((upper - lower) / parts)[owner]
    return Layers(lower=lower[owner] + nth * step, upper=lower[owner] + (nth + 1) * step, plane=plane[owner])


def build_lattice(stack: SlabStack, field: ScalarField, refinement: float) -> Lattice:
    """Return the lattice of a structure, `refinement` times finer than the field's own spacing."""
    axes = aligned_axes(stack, field)
    if axes is None:
        return _free_lattice(stack, field, refinement)
    assert isinstance(field, GridField)
    return _grid_lattice(stack, field, axes, max(1, round(refinement)))


def _grid_lattice(stack: SlabStack, field: GridField, axes: tuple[int, int, int], k: int) -> Lattice:
    """The grid's own planes, k times finer in plane and at most 1/k of a frame thick."""
    geometry, steps = field.geometry, _steps(field)
    normal, row, column = axes
    up = np.sign(geometry.axes[normal] @ stack.normal)
    first = geometry.origin @ geometry.axes[normal]
    knots = np.sort(up * (first + field.knots[normal]))
    x_axis, y_axis = geometry.axes[column], geometry.axes[row]
    x_start, columns = _pixels(stack, x_axis, steps[column] / k, geometry.origin @ x_axis)
    y_start, rows = _pixels(stack, y_axis, steps[row] / k, geometry.origin @ y_axis)
    return Lattice(
        layers=build_layers(stack, knots, steps[normal] / k),
        x_axis=x_axis,
        y_axis=y_axis,
        z_axis=stack.normal,
        x_start=x_start,
        y_start=y_start,
        x_step=steps[column] / k,
        y_step=steps[row] / k,
        shape=(rows, columns),
    )


def _free_lattice(stack: SlabStack, field: ScalarField, refinement: float) -> Lattice:
    """A lattice along the contour planes, as fine as the field's finest spacing over `refinement`."""
    step = float(np.nanmin(_steps(field))) / refinement
    x_start, columns = _pixels(stack, stack.u, step, 0.0)
    y_start, rows = _pixels(stack, stack.v, step, 0.0)
    return Lattice(
        layers=build_layers(stack, np.zeros(0), step),
        x_axis=stack.u,
        y_axis=stack.v,
        z_axis=stack.normal,
        x_start=x_start,
        y_start=y_start,
        x_step=step,
        y_step=step,
        shape=(rows, columns),
    )


def _steps(field: ScalarField) -> FloatArray:
    """Spacing of frames, rows and columns, mm; NaN where a single frame has none."""
    geometry = field.geometry
    return np.array([geometry.frame_spacing, geometry.row_spacing, geometry.column_spacing])


def _pixels(stack: SlabStack, axis: FloatArray, step: float, origin: float) -> tuple[float, int]:
    """First pixel border at or before the structure along an axis, and the number of pixels."""
    along_u, along_v = stack.u @ axis, stack.v @ axis
    along = stack.edges[:, 0] * along_u + stack.edges[:, 1] * along_v
    first = np.floor((along.min() - origin) / step - 1e-9)
    last = np.floor((along.max() - origin) / step + 1e-9) + 1
    return float(origin + first * step), int(last - first)
