"""How far structures are apart, measured on the contours as drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.contours import (
    SlabStack,
    along_edges,
    border_distances,
    crosses,
    inside,
    overlay,
    signed_distances,
)
from dicom_io.objects import Structure
from dicom_io.shapes.derived import why_not_together

__all__ = ["Distance", "distance"]


@dataclass(frozen=True, kw_only=True)
class Distance:
    """The smallest distance between two structures.

    Attributes
    ----------
    from_name, to_name : str
    distance_mm : float or None
        Between the slabs (each polygon extruded half-way to its neighbours); 0 when they overlap.
    low_mm, high_mm : float or None
        What the distance may be, as nobody drew between the planes: the smaller and the larger of the
        slabs' distance and that of contours linked from plane to plane, ending on the last plane.
    overlap_cc : float or None
        Volume that both slabs fill.
    reason : str or None
        Why there is no distance.
    """

    from_name: str
    to_name: str
    distance_mm: float | None
    low_mm: float | None
    high_mm: float | None
    overlap_cc: float | None
    reason: str | None = None


def distance(a: Structure, b: Structure, *, slice_thickness: float | None = None) -> Distance:
    """Return the smallest distance between two structures.

    In plane it is exact for the polygons (edges, not points or voxels); across planes it is an interval.

    Parameters
    ----------
    a, b : Structure
    slice_thickness : float, optional
        Thickness of a structure drawn on one plane only, mm.

    Examples
    --------
    >>> from dicom_io import Contour
    >>> square = np.array([[0.0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]])
    >>> def block(number: int, x: float) -> Structure:
    ...     contours = tuple(
    ...         Contour(points=square + [x, 0, z], geometric_type="CLOSED_PLANAR") for z in (0.0, 3.0)
    ...     )
    ...     return Structure(number=number, name=f"Block{number}", interpreted_type="", contours=contours,
    ...                      frame_of_reference_uid="1.2")
    >>> distance(block(1, 0.0), block(2, 25.0)).distance_mm
    5.0
    """
    first, second = (SlabStack.of(one, slice_thickness=slice_thickness) for one in (a, b))
    reason = why_not_together(a, b, (first, second))
    if reason is not None:
        return Distance(
            from_name=a.name,
            to_name=b.name,
            distance_mm=None,
            low_mm=None,
            high_mm=None,
            overlap_cc=None,
            reason=reason,
        )
    pairs = _PlanePairs(_planes_of(first, first), _planes_of(second, first))
    slab = pairs.smallest(pairs.slab_gaps())
    linked = min(pairs.smallest(pairs.plane_gaps()), pairs.smallest_between_planes())
    return Distance(
        from_name=a.name,
        to_name=b.name,
        distance_mm=slab,
        low_mm=min(slab, linked),
        high_mm=max(slab, linked),
        overlap_cc=pairs.overlap_cc() if slab == 0 else 0.0,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Planes:
    """Polygons of a structure by plane, in the coordinates of a common stack."""

    edges: list[FloatArray]
    positions: FloatArray
    bounds: FloatArray
    low: FloatArray  # corners of the polygons' bounding boxes, (planes, 2)
    high: FloatArray


def _planes_of(stack: SlabStack, frame: SlabStack) -> _Planes:
    """The polygons of `stack`, in the axes of `frame`."""
    ends = [
        (point @ np.stack([stack.u, stack.v])) @ np.stack([frame.u, frame.v], axis=1)
        for point in (stack.edges[:, :2], stack.edges[:, 2:])
    ]
    order = np.argsort(stack.edge_plane, kind="stable")
    moved = np.concatenate(ends, axis=1)[order]
    up = np.sign(stack.normal @ frame.normal)
    edges = np.split(moved, np.searchsorted(stack.edge_plane[order], np.arange(1, len(stack.positions))))
    corners = [one.reshape(-1, 2) for one in edges]
    return _Planes(
        edges=edges,
        positions=up * stack.positions,
        bounds=np.sort(up * stack.bounds, axis=1),
        low=np.array([one.min(axis=0) for one in corners]),
        high=np.array([one.max(axis=0) for one in corners]),
    )


class _PlanePairs:
    """Distances in plane between the polygons of two structures, worked out when asked for."""

    def __init__(self, a: _Planes, b: _Planes) -> None:
        self.a, self.b = a, b
        apart = np.maximum(a.low[:, None] - b.high[None], b.low[None] - a.high[:, None]).clip(0)
        self.at_least = np.hypot(apart[..., 0], apart[..., 1])
        self.known: dict[tuple[int, int], float] = {}

    def slab_gaps(self) -> FloatArray:
        """Height between the slabs of each pair of planes, mm."""
        a, b = self.a.bounds, self.b.bounds
        gaps = np.maximum(a[:, None, 0] - b[None, :, 1], b[None, :, 0] - a[:, None, 1])
        return np.where(gaps > 1e-9, gaps, 0.0)

    def plane_gaps(self) -> FloatArray:
        """Height between the planes of each pair, mm."""
        return np.abs(self.a.positions[:, None] - self.b.positions[None])

    def in_plane(self, one: int, other: int) -> float:
        """Distance of the polygons of two planes seen along the normal, mm."""
        if (one, other) not in self.known:
            self.known[one, other] = _polygon_distance(self.a.edges[one], self.b.edges[other])
        return self.known[one, other]

    def smallest(self, gaps: FloatArray) -> float:
        """Smallest distance over all pairs of planes; the most promising are looked at first."""
        at_least = np.hypot(self.at_least, gaps)
        best = np.inf
        for pair in np.argsort(at_least, axis=None):
            one, other = divmod(int(pair), gaps.shape[1])
            if at_least[one, other] >= best:
                break
            best = min(best, float(np.hypot(self.in_plane(one, other), gaps[one, other])))
        return best

    def smallest_between_planes(self) -> float:
        """Smallest distance from a plane of one to the other's shape, linear between its planes."""
        mine = _smallest_to_linked(self.a, self.b, self.at_least)
        return min(mine, _smallest_to_linked(self.b, self.a, self.at_least.T))

    def overlap_cc(self) -> float:
        """Volume that both fill."""
        a, b = self.a.bounds, self.b.bounds
        common = np.minimum(a[:, None, 1], b[None, :, 1]) - np.maximum(a[:, None, 0], b[None, :, 0])
        total = 0.0
        for one, other in zip(*np.nonzero((common > 1e-9) & (self.at_least == 0)), strict=True):
            total += common[one, other] * _common_area(self.a.edges[one], self.b.edges[other])
        return float(total) / 1000.0


def _smallest_to_linked(drawn: _Planes, linked: _Planes, at_least: FloatArray) -> float:
    """Smallest distance from planes of `drawn` to `linked` where they lie between two of its planes."""
    best = np.inf
    order = np.argsort(linked.positions)
    heights = linked.positions[order]
    for plane, height in enumerate(drawn.positions):
        above = int(np.searchsorted(heights, height))
        if above == 0 or above == len(heights) or height == heights[above]:
            continue
        part = (height - heights[above - 1]) / (heights[above] - heights[above - 1])
        pair = order[[above - 1, above]]
        nearest = at_least[plane, pair]
        if nearest.all() and (1 - part) * nearest[0] + part * nearest[1] >= best:
            continue
        points = along_edges(drawn.edges[plane], 1.0)[0][:, :2]
        below, over = (signed_distances(points, linked.edges[other]) for other in pair)
        best = min(best, max(0.0, float(np.min((1 - part) * below + part * over))))
    return best


def _common_area(a: FloatArray, b: FloatArray) -> float:
    """Area inside both, mm2."""
    u0, v0, u1, v1 = overlay(a, b, "intersection").T
    return float(0.5 * np.sum(u0 * v1 - v0 * u1))


def _polygon_distance(a: FloatArray, b: FloatArray) -> float:
    """Distance of two polygons in a plane; 0 when they share a point."""
    if not len(a) or not len(b):
        return np.inf
    boxes_meet = np.all(a.reshape(-1, 2).min(axis=0) <= b.reshape(-1, 2).max(axis=0)) and np.all(
        b.reshape(-1, 2).min(axis=0) <= a.reshape(-1, 2).max(axis=0)
    )
    if boxes_meet and (crosses(a, b) or inside(_one_each(a), b).any() or inside(_one_each(b), a).any()):
        return 0.0
    return min(_points_to_edges(a[:, :2], b), _points_to_edges(b[:, :2], a))


def _one_each(edges: FloatArray) -> FloatArray:
    """One point of each closed contour."""
    starts = np.any(edges[1:, :2] != edges[:-1, 2:], axis=1)
    points: FloatArray = edges[np.concatenate([[True], starts]), :2]
    return points


def _points_to_edges(points: FloatArray, edges: FloatArray) -> float:
    """Smallest distance from points to segments."""
    from scipy.spatial import KDTree  # noqa: PLC0415 - scipy loads only where it is used

    nearest = np.asarray(KDTree(edges[:, :2]).query(points)[0])
    longest = float(np.hypot(*(edges[:, 2:] - edges[:, :2]).T).max())
    # a segment is nowhere farther than half its length from one of its ends
    near = points[nearest <= nearest.min() + 0.5 * longest + 1e-9]
    reach = nearest.min() + 1e-9
    low, high = near.min(axis=0) - reach, near.max(axis=0) + reach
    close = np.all(np.minimum(edges[:, :2], edges[:, 2:]) <= high, axis=1) & np.all(
        np.maximum(edges[:, :2], edges[:, 2:]) >= low, axis=1
    )
    return min(float(nearest.min()), float(border_distances(near, edges[close]).min()))
