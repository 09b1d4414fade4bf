"""What lies between and beyond drawn planes: the conventions, and solids whose outlines are interpolated.

Contours say nothing between their planes. By default each polygon is extruded half-way to its neighbours.
Planning systems differ: some pass evenly from outline to outline, some end on the last plane, some close the
ends. Any of these can be asked for by name; none is ever chosen silently, and every DVH names its own.

Interpolated outlines are those of the signed distance: between two planes a point is inside where
``(1 - t) d0 + t d1 < 0``, with d0 and d1 its distances from the two outlines, negative inside (Herman, Zheng
and Bucholtz, IEEE Comput Graph Appl 12(3):69, 1992, doi:10.1109/38.135915). Between two circles above each
other this is the frustum of a cone. It is no better guess in general: between outlines of a surface that
bulges, both the chords and the receding corners lose volume.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray
from dicom_io.contours.plane_grid import PlaneGrid, zero_lines
from dicom_io.contours.slabs import SlabStack
from dicom_io.contours.spacing import HALF_WAY, SLAB_END_CAPS
from dicom_io.errors import DicomValueError
from dicom_io.objects import Structure

__all__ = ["END_CAPS", "solid_of"]


_INTERPOLATED = "interpolated-"
END_CAPS = (*SLAB_END_CAPS, f"{_INTERPOLATED}half", f"{_INTERPOLATED}none", f"{_INTERPOLATED}tapered")
"""``half``, ``none``, ``full``: slabs, the end slabs reaching half the local spacing, nothing or the whole
spacing beyond the last plane. ``interpolated-half``, ``interpolated-none``: outlines interpolated between
planes, the end outline extruded by half the spacing or not at all. ``interpolated-tapered``: beyond the last
plane the outline shrinks evenly to its innermost point, half the spacing away."""

GRID_MM = 0.25
"""Grid in plane; the outline is found between its nodes."""
LAYER_MM = 0.25
"""Thickness of the layers that stand for the space between two planes."""
FEWEST_LAYERS, MOST_LAYERS = 6, 12
"""In one gap; the volume's error falls with the square of their number."""
_TOUCHING_MM = 1e-6


def solid_of(
    structure: Structure, *, end_caps: str = "half", slice_thickness: float | None = None
) -> SlabStack:
    """Return the solid of a structure by one of the conventions.

    Parameters
    ----------
    structure : Structure
    end_caps : str
        One of `END_CAPS`.
    slice_thickness : float, optional
        Thickness of a structure drawn on one plane only, mm.

    Raises
    ------
    DicomValueError
        For an unknown convention or a thickness that is not positive.

    Examples
    --------
    A pyramid's frustum of 20 and 10 mm, 10 mm high, has 2.33 cc; slabs have more, and distances round its
    corners.

    >>> from dicom_io import Contour
    >>> square = np.array([[-1.0, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
    >>> contours = tuple(
    ...     Contour(points=square * half + [0, 0, z], geometric_type="CLOSED_PLANAR")
    ...     for z, half in ((0.0, 10.0), (10.0, 5.0))
    ... )
    >>> frustum = Structure(number=1, name="Frustum", interpreted_type="", contours=contours,
    ...                     frame_of_reference_uid="1.2")
    >>> [round(solid_of(frustum, end_caps=caps).volume_cc, 2) for caps in ("none", "interpolated-none")]
    [2.5, 2.31]
    """
    if end_caps not in END_CAPS:
        raise DicomValueError(f"end caps {end_caps!r}: one of {', '.join(END_CAPS)} is needed")
    if end_caps in SLAB_END_CAPS:
        return SlabStack.of(structure, end_caps=end_caps, slice_thickness=slice_thickness)
    ends = end_caps.removeprefix(_INTERPOLATED)
    slabs = SlabStack.of(
        structure, end_caps="none" if ends == "none" else "half", slice_thickness=slice_thickness
    )
    if slabs.reason is not None or len(slabs.positions) == 1:
        return replace(slabs, end_caps=end_caps)
    return _stacked(slabs, list(_layers(slabs, tapered=ends == "tapered")), end_caps)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Layer:
    """Polygons that fill a layer."""

    low: float
    high: float
    edges: FloatArray
    sign: FloatArray


def _stacked(slabs: SlabStack, layers: list[_Layer], end_caps: str) -> SlabStack:
    """The layers as slabs of their own."""
    if not layers:
        return replace(slabs, end_caps=end_caps)
    bounds = np.array([(layer.low, layer.high) for layer in layers])
    told = f"{slabs.name}: outlines interpolated between planes by signed distance, end caps {end_caps!r}"
    return replace(
        slabs,
        positions=bounds.mean(axis=1),
        bounds=bounds,
        edges=np.concatenate([layer.edges for layer in layers]),
        edge_plane=np.repeat(np.arange(len(layers)), [len(layer.edges) for layer in layers]),
        edge_sign=np.concatenate([layer.sign for layer in layers]),
        end_caps=end_caps,
        findings=(*(text.replace(f"; {HALF_WAY}", "") for text in slabs.findings), told),
    )


def _layers(slabs: SlabStack, *, tapered: bool) -> Iterator[_Layer]:
    """Yield all layers upwards: what is below each plane, between planes, and above the last of each part."""
    of_plane = [slabs.edge_plane == plane for plane in range(len(slabs.positions))]
    joined = np.abs(slabs.bounds[1:, 0] - slabs.bounds[:-1, 1]) < _TOUCHING_MM
    begins, ends = np.append(True, ~joined), np.append(~joined, True)
    for plane, chosen in enumerate(of_plane):
        at, (low, high) = slabs.positions[plane], slabs.bounds[plane]
        edges, sign = slabs.edges[chosen], slabs.edge_sign[chosen]
        if begins[plane] and low < at:
            yield from _cap(edges, sign, (low, at), tapered="down" if tapered else None)
        if ends[plane] and at < high:
            yield from _cap(edges, sign, (at, high), tapered="up" if tapered else None)
        if not ends[plane]:
            above = slabs.edges[of_plane[plane + 1]]
            yield from _between(edges, above, (at, slabs.positions[plane + 1]))


def _cap(
    edges: FloatArray, sign: FloatArray, height: tuple[float, float], *, tapered: str | None
) -> Iterator[_Layer]:
    """Yield an end: the outline extruded, or shrinking evenly to its innermost point."""
    if tapered is None:
        yield _Layer(low=height[0], high=height[1], edges=edges, sign=sign)
        return
    grid = _grid_around(edges)
    inside = grid.inside(edges)
    distance = _signed(grid, edges, inside, _around(inside))
    deepest = float(distance.min())
    faces, parts = _split(height)
    for low, high, part in zip(faces[:-1], faces[1:], parts, strict=True):
        beyond = part if tapered == "up" else 1 - part
        yield from _drawn(grid, distance - beyond * min(deepest, 0.0), (low, high))


def _between(below: FloatArray, above: FloatArray, height: tuple[float, float]) -> Iterator[_Layer]:
    """Yield the layers between two outlines."""
    grid = _grid_around(np.concatenate([below, above]))
    inside = [grid.inside(edges) for edges in (below, above)]
    wanted = _corners_of_mixed_cells(inside)
    first, second = (
        _signed(grid, edges, within, wanted) for edges, within in zip((below, above), inside, strict=True)
    )
    faces, parts = _split(height)
    for low, high, part in zip(faces[:-1], faces[1:], parts, strict=True):
        yield from _drawn(grid, (1 - part) * first + part * second, (low, high))


def _split(height: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
    """Faces of even layers between two heights, and how far up each layer's middle is, 0 to 1."""
    low, high = height
    count = int(np.clip(np.ceil((high - low) / LAYER_MM - 1e-6), FEWEST_LAYERS, MOST_LAYERS))
    return np.linspace(low, high, count + 1), (np.arange(count, dtype=np.float64) + 0.5) / count


def _drawn(grid: PlaneGrid, field: FloatArray, height: tuple[float, float]) -> Iterator[_Layer]:
    """Yield a layer whose polygons are the zero lines of a field, if there are any."""
    loops = [grid.origin + grid.step * loop for loop in zero_lines(field)]
    if loops:
        edges = np.concatenate([np.concatenate([loop, np.roll(loop, -1, axis=0)], axis=1) for loop in loops])
        yield _Layer(low=height[0], high=height[1], edges=edges, sign=np.ones(len(edges)))


def _grid_around(edges: FloatArray) -> PlaneGrid:
    ends = edges.reshape(-1, 2)
    return PlaneGrid.around(np.stack([ends.min(axis=0), ends.max(axis=0)]), 0.0, finest_mm=GRID_MM)


def _signed(grid: PlaneGrid, edges: FloatArray, inside: BoolArray, wanted: BoolArray) -> FloatArray:
    """Distance of wanted nodes from an outline, negative inside; of all others only the sign is right."""
    distance = grid.distance(edges, wanted)
    return np.where(inside, -distance, distance)


def _corners_of_mixed_cells(masks: list[BoolArray]) -> BoolArray:
    """Nodes of the cells whose corners are not all inside, or all outside, of both masks."""
    corners = [
        mask[row : mask.shape[0] - 1 + row, column : mask.shape[1] - 1 + column]
        for mask in masks
        for row, column in np.ndindex(2, 2)
    ]
    mixed = np.logical_or.reduce(corners) & ~np.logical_and.reduce(corners)
    return _with_corners(mixed, masks[0].shape)


def _around(inside: BoolArray) -> BoolArray:
    """Nodes inside and those of the cells that they are corners of."""
    some = inside[:-1, :-1] | inside[:-1, 1:] | inside[1:, :-1] | inside[1:, 1:]
    return _with_corners(some, inside.shape)


def _with_corners(cells: BoolArray, shape: tuple[int, ...]) -> BoolArray:
    wanted = np.zeros(shape, dtype=np.bool_)
    for row, column in np.ndindex(2, 2):
        wanted[row : row + cells.shape[0], column : column + cells.shape[1]] |= cells
    return wanted
