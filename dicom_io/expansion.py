"""Structures made from structures: expanded by a margin in all directions, and what two of them share.

The solid is that of the slabs (each polygon fills half-way to its neighbours). Its expansion is every point
that is no farther from the slabs than the margin, straight and rounded corners included. On a fine grid in
plane, the distance from each polygon is exact; the border is where it equals what the margin leaves in that
plane, found by linear interpolation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dicom_io.errors import DicomValueError
from dicom_io.plane_grid import FAR_MM, PlaneGrid, zero_lines
from dicom_io.slabs import SlabStack
from dicom_io.structure import Contour, Structure

__all__ = ["Derived", "common_part", "expand_structure"]

FloatArray = NDArray[np.float64]

LARGEST_MARGIN_MM = 50.0
GRID_MM = 0.25
"""Grid in plane; the border is found to better than 0.1 mm."""
LAYER_MM = 0.5
"""Layers across the planes that the made structure is drawn on."""
_CORNER_GRID_MM = 0.1
"""Grid where two borders cut each other: corners are the only places that a grid blunts."""
_PARALLEL = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Derived:
    """A structure made from others.

    Attributes
    ----------
    structure : Structure or None
        Drawn on layers of at most half a millimetre, each of which fills half-way to its neighbours.
    volume_cc : float or None
    grid_mm : float or None
        Grid in plane that the border was interpolated on; finer than 0.3 mm unless the structure is very
        large.
    reach_mm : (float, float) or None
        How far an expansion reaches beyond the last drawn plane: from the margin alone, if the structure ends
        on it, to the margin beyond the end of its slab. Nobody drew in between.
    reason : str or None
        Why there is no structure.
    """

    structure: Structure | None
    volume_cc: float | None
    grid_mm: float | None = None
    reach_mm: tuple[float, float] | None = None
    reason: str | None = None


def expand_structure(structure: Structure, margin_mm: float, *, number: int, name: str) -> Derived:
    """Expand a structure by the same margin in all directions, such as to a planning risk volume.

    Parameters
    ----------
    structure : Structure
    margin_mm : float
        More than 0, at most 50.
    number, name : int, str
        Of the new structure.

    Raises
    ------
    DicomValueError
        For a margin that is not allowed.

    Examples
    --------
    >>> square = np.array([[0.0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]])
    >>> contours = tuple(
    ...     Contour(points=square + [0, 0, z], geometric_type="CLOSED_PLANAR") for z in (0.0, 3.0, 6.0)
    ... )
    >>> cube = Structure(number=1, name="Cube", interpreted_type="", contours=contours,
    ...                  frame_of_reference_uid="1.2")
    >>> made = expand_structure(cube, 3.0, number=2, name="Cube_PRV03")
    >>> f"{made.volume_cc:.1f} cc, {made.reach_mm[0]:g} to {made.reach_mm[1]:g} mm beyond the last plane"
    '9.7 cc, 3 to 4.5 mm beyond the last plane'
    """
    if not (np.isfinite(margin_mm) and 0 < margin_mm <= LARGEST_MARGIN_MM):
        raise DicomValueError(
            f"margin {margin_mm} mm: more than 0 and at most {LARGEST_MARGIN_MM:g} mm is allowed; "
            "did you pass another unit?"
        )
    stack = SlabStack.of(structure)
    if stack.reason is not None:
        return _nothing(f"{structure.name}: {stack.reason}")
    solid = _Solid.of(stack, stack)
    grid = PlaneGrid.around(solid.corners, margin_mm, finest_mm=GRID_MM)
    shape = _Expanded(solid=solid, grid=grid, margin_mm=margin_mm)
    low, high = solid.bounds[:, 0].min() - margin_mm, solid.bounds[:, 1].max() + margin_mm
    made = _drawn(shape, grid, stack, (low, high), structure=structure, number=number, name=name)
    half = max(
        float(solid.positions.min() - solid.bounds[:, 0].min()),
        float(solid.bounds[:, 1].max() - solid.positions.max()),
    )
    return Derived(
        structure=made,
        volume_cc=SlabStack.of(made).volume_cc,
        grid_mm=grid.step,
        reach_mm=(margin_mm, margin_mm + half),
    )


def common_part(a: Structure, b: Structure, *, number: int, name: str) -> Derived:
    """Return what the slabs of two structures share.

    Parameters
    ----------
    a, b : Structure
        In one frame of reference, drawn on parallel planes.
    number, name : int, str
        Of the new structure.
    """
    if a.frame_of_reference_uid != b.frame_of_reference_uid:
        return _nothing("the structures are in different frames of reference")
    stacks = [SlabStack.of(one) for one in (a, b)]
    for stack in stacks:
        if stack.reason is not None:
            return _nothing(f"{stack.name}: {stack.reason}")
    if abs(stacks[0].normal @ stacks[1].normal) < 1 - _PARALLEL:
        return _nothing("the structures are drawn on planes that are not parallel")
    solids = [_Solid.of(stack, stacks[0]) for stack in stacks]
    low = max(solid.bounds[:, 0].min() for solid in solids)
    high = min(solid.bounds[:, 1].max() for solid in solids)
    corners = np.array(
        [np.max([s.corners[0] for s in solids], axis=0), np.min([s.corners[1] for s in solids], axis=0)]
    )
    if high - low <= 2 * LAYER_MM * 0.25 or np.any(corners[1] <= corners[0]):
        return _nothing("they share no volume")
    grid = PlaneGrid.around(corners, 0.0, finest_mm=_CORNER_GRID_MM)
    shape = _Shared(solids=(solids[0], solids[1]), grid=grid)
    made = _drawn(shape, grid, stacks[0], (low, high), structure=a, number=number, name=name)
    if not made.contours:
        return _nothing("they share no volume")
    stack = SlabStack.of(made)
    if stack.reason is not None:
        return _nothing("they share less than one layer")
    return Derived(structure=made, volume_cc=stack.volume_cc, grid_mm=grid.step)


def _nothing(reason: str) -> Derived:
    return Derived(structure=None, volume_cc=None, reason=reason)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Solid:
    """Polygons by plane in the axes of a common stack, and the slab each fills."""

    edges: list[FloatArray]
    positions: FloatArray
    bounds: FloatArray
    corners: FloatArray  # lowest and highest (u, v)

    @classmethod
    def of(cls, stack: SlabStack, frame: SlabStack) -> _Solid:
        turn = np.stack([stack.u, stack.v]) @ np.stack([frame.u, frame.v], axis=1)
        order = np.argsort(stack.edge_plane, kind="stable")
        edges = np.concatenate([stack.edges[order, :2] @ turn, stack.edges[order, 2:] @ turn], axis=1)
        up = np.sign(stack.normal @ frame.normal)
        ends = edges.reshape(-1, 2)
        return cls(
            edges=np.split(edges, np.searchsorted(stack.edge_plane[order], np.arange(1, len(stack.bounds)))),
            positions=up * stack.positions,
            bounds=np.sort(up * stack.bounds, axis=1),
            corners=np.stack([ends.min(axis=0), ends.max(axis=0)]),
        )

    def gaps(self, height: float) -> FloatArray:
        """Distance of a height from each slab, 0 within it."""
        gaps: FloatArray = np.maximum(self.bounds[:, 0] - height, height - self.bounds[:, 1]).clip(0)
        return gaps


@dataclass(frozen=True, kw_only=True, eq=False)
class _Expanded:
    """The expansion as a field: negative inside."""

    solid: _Solid
    grid: PlaneGrid
    margin_mm: float

    def fields(self, heights: FloatArray) -> Iterator[FloatArray]:
        """Yield the field at each height; heights ascend, so that few distances are kept."""
        known: dict[int, FloatArray] = {}
        for height in heights:
            gaps = self.solid.gaps(height)
            field = np.full(self.grid.shape, FAR_MM)
            planes = np.flatnonzero(gaps < self.margin_mm).tolist()
            known = {plane: known[plane] for plane in planes if plane in known}
            for plane in planes:
                if plane not in known:
                    edges = self.solid.edges[plane]
                    known[plane] = self.grid.signed_distance(edges, self.margin_mm + 2 * self.grid.step)
                left = np.sqrt(self.margin_mm**2 - gaps[plane] ** 2)
                np.minimum(field, known[plane] - left, out=field)
            yield field


@dataclass(frozen=True, kw_only=True, eq=False)
class _Shared:
    """What two solids share as a field: negative inside both."""

    solids: tuple[_Solid, _Solid]
    grid: PlaneGrid

    def fields(self, heights: FloatArray) -> Iterator[FloatArray]:
        """Yield the field at each height."""
        known: dict[tuple[int, int], FloatArray] = {}
        for height in heights:
            field = np.full(self.grid.shape, -FAR_MM)
            needed: dict[tuple[int, int], FloatArray] = {}
            for which, solid in enumerate(self.solids):
                gaps = solid.gaps(height)
                plane = int(np.argmin(gaps))
                if gaps[plane] > 0:
                    field[:] = FAR_MM
                    continue
                key = (which, plane)
                found = known.get(key)
                if found is None:
                    found = self.grid.signed_distance(solid.edges[plane], 2 * self.grid.step)
                needed[key] = found
                np.maximum(field, found, out=field)
            known = needed
            # a border that coincides with the rim of the grid still closes
            field[[0, -1]] = np.maximum(field[[0, -1]], self.grid.step)
            field[:, [0, -1]] = np.maximum(field[:, [0, -1]], self.grid.step)
            yield field


def _drawn(
    shape: _Expanded | _Shared,
    grid: PlaneGrid,
    frame: SlabStack,
    ends: tuple[float, float],
    *,
    structure: Structure,
    number: int,
    name: str,
) -> Structure:
    """Draw the zero line of a shape's field on even layers between two heights."""
    count = max(2, int(np.ceil((ends[1] - ends[0]) / LAYER_MM)))
    thickness = (ends[1] - ends[0]) / count
    heights = ends[0] + thickness * (np.arange(count, dtype=np.float64) + 0.5)
    axes = np.stack([frame.u, frame.v])
    contours = [
        Contour(
            points=(grid.origin + grid.step * loop) @ axes + height * frame.normal,
            geometric_type="CLOSED_PLANAR",
        )
        for height, field in zip(heights, shape.fields(heights), strict=True)
        for loop in zero_lines(field)
    ]
    return Structure(
        number=number,
        name=name,
        interpreted_type="",
        contours=tuple(contours),
        frame_of_reference_uid=structure.frame_of_reference_uid,
    )
