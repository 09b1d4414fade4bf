"""Contours of one plane that repeat each other, or that overlap so that they are neither holes nor islands.

A hole lies inside its outline and an island apart from it. Contours that partly overlap are neither: whether
their common part is inside both or a hole cannot be told. Both readings are made, as a union and by the
even-odd rule. A contour that another nearly repeats is no hole either, since nothing is so thin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray, IntArray
from dicom_io.contours.overlays import border, overlay
from dicom_io.contours.planes import box_likeness
from dicom_io.contours.polygons import crosses, overlapping_boxes

__all__ = ["PlaneContours", "edge_areas", "repeats", "union_edges"]

COPY_MM = 0.25
"""Two contours less than this apart on average are one drawn twice: no wall is so thin."""
_SAME_BOX = 0.7
"""Boxes of such contours have at least this much in common."""
_SLIVER = 1e-3
"""A common part, or a rest, below this part of the smaller contour's area is rounding."""
_SLIVER_MM = 0.01
"""So is one that is thinner than this on average."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PlaneContours:
    """Closed contours of planes.

    Attributes
    ----------
    edges : ndarray, shape (edges, 4)
        Contour after contour.
    starts : ndarray of int, shape (contours,)
        Index of each contour's first edge.
    plane : ndarray of int, shape (contours,)
    area : ndarray, shape (contours,)
        Signed, mm2.
    is_xor : ndarray of bool, shape (contours,)
    """

    edges: FloatArray
    starts: IntArray
    plane: IntArray
    area: FloatArray
    is_xor: BoolArray

    @classmethod
    def of(cls, edges: FloatArray, starts: IntArray, plane: IntArray, is_xor: BoolArray) -> PlaneContours:
        """Return contours with their areas."""
        area = np.add.reduceat(edge_areas(edges), starts)
        return cls(edges=edges, starts=starts, plane=plane, area=area, is_xor=is_xor)

    @property
    def stops(self) -> IntArray:
        """One past each contour's last edge."""
        return np.append(self.starts[1:], len(self.edges))

    def outline(self, contour: int) -> FloatArray:
        """The edges of a contour."""
        return self.edges[self.starts[contour] : self.stops[contour]]

    def perimeter(self, contour: int) -> float:
        """Length of a contour, mm."""
        edges = self.outline(contour)
        return float(np.hypot(*(edges[:, 2:] - edges[:, :2]).T).sum())

    def pairs(self, kept: BoolArray) -> Iterator[tuple[int, int]]:
        """Yield each pair of contours of one plane whose boxes overlap, once."""
        for one, other in overlapping_boxes(self.edges, self.starts, self.plane, kept):
            if one < other:
                yield one, other

    def only(self, kept: BoolArray) -> PlaneContours:
        """Return some of the contours."""
        if kept.all():
            return self
        lengths = self.stops - self.starts
        left = lengths[kept]
        return PlaneContours(
            edges=self.edges[np.repeat(kept, lengths)],
            starts=np.cumsum(left) - left,
            plane=self.plane[kept],
            area=self.area[kept],
            is_xor=self.is_xor[kept],
        )


def edge_areas(edges: FloatArray) -> FloatArray:
    """Return each edge's part of the signed area, mm2; positive where drawn anticlockwise in (u, v)."""
    u0, v0, u1, v1 = (edges - np.tile(edges[:1, :2], 2)).T
    area: FloatArray = 0.5 * (u0 * v1 - u1 * v0)
    return area


def repeats(drawn: PlaneContours) -> BoolArray:
    """Return which contours repeat another of their plane, with the same corners or nearly the same outline.

    CLOSEDPLANAR_XOR contours are never taken for repeats: where they repeat each other they cancel.
    """
    repeated = _exact_repeats(drawn)
    boxes = _boxes(drawn)
    for one, other in drawn.pairs(~repeated):
        if repeated[one] or repeated[other] or drawn.is_xor[one] or drawn.is_xor[other]:
            continue
        if box_likeness(boxes[None, one], boxes[None, other])[0] > _SAME_BOX and _is_copy(drawn, one, other):
            repeated[other] = True
    return repeated


def _exact_repeats(drawn: PlaneContours) -> BoolArray:
    """Contours with the corners of another, wherever and in whichever direction they start."""
    lengths = drawn.stops - drawn.starts
    middle = np.add.reduceat(drawn.edges[:, :2], drawn.starts) / lengths[:, None]
    corner = np.minimum.reduceat(drawn.edges[:, :2], drawn.starts)
    place = np.round(np.column_stack([np.abs(drawn.area), middle, corner]), 2)
    key = np.column_stack([drawn.plane, lengths, place])
    _, first, which = np.unique(key, axis=0, return_index=True, return_inverse=True)
    found: BoolArray = (first[which.reshape(-1)] != np.arange(len(drawn.plane))) & ~drawn.is_xor
    return found


def _boxes(drawn: PlaneContours) -> FloatArray:
    corners = drawn.edges[:, :2]
    low = np.minimum.reduceat(corners, drawn.starts)
    return np.concatenate([low, np.maximum.reduceat(corners, drawn.starts)], axis=1)


def _is_copy(drawn: PlaneContours, one: int, other: int) -> bool:
    """Whether the area between two contours is a line and no wall."""
    most = COPY_MM * 0.5 * (drawn.perimeter(one) + drawn.perimeter(other))
    smaller = min(abs(drawn.area[one]), abs(drawn.area[other]))
    if abs(abs(drawn.area[one]) - abs(drawn.area[other])) > min(most, 0.5 * smaller):
        return False
    between = overlay(drawn.outline(one), drawn.outline(other), "symmetric difference")
    return bool(_area(between) <= min(most, 0.5 * smaller))


def _area(edges: FloatArray) -> float:
    return float(edge_areas(edges).sum()) if len(edges) else 0.0


def union_edges(drawn: PlaneContours, planes: IntArray) -> dict[int, FloatArray]:
    """Return the border of planes on which contours partly overlap, read as a union; holes stay holes.

    Parameters
    ----------
    drawn : PlaneContours
    planes : ndarray of int
        Those to be looked at.

    Returns
    -------
    dict
        Edges by plane, inside on the left; only of planes where contours partly overlap.
    """
    found = {}
    for plane in planes.tolist():
        members = drawn.plane == plane
        pairs = [
            pair
            for pair in drawn.pairs(members)
            if not drawn.is_xor[list(pair)].any() and _overlap(drawn, *pair)
        ]
        if pairs:
            groups = _groups(np.flatnonzero(members).tolist(), pairs)
            found[plane] = border(np.concatenate([_united(drawn, group) for group in groups]))
    return found


def _overlap(drawn: PlaneContours, one: int, other: int) -> bool:
    """Whether contours partly overlap: they have more than a line in common, and each has more of its own."""
    a, b = drawn.outline(one), drawn.outline(other)
    if not crosses(a, b):
        return False
    first, second = _area(border(a)), _area(border(b))
    common = _area(overlay(a, b, "intersection"))
    sliver = max(_SLIVER * min(first, second), _SLIVER_MM * min(drawn.perimeter(one), drawn.perimeter(other)))
    return min(common, first - common, second - common) > sliver


def _groups(members: list[int], pairs: list[tuple[int, int]]) -> list[list[int]]:
    """Contours joined by the overlaps between them."""
    group = {contour: contour for contour in members}
    for one, other in pairs:
        old, new = group[other], group[one]
        group = {contour: new if at == old else at for contour, at in group.items()}
    return [[contour for contour in members if group[contour] == at] for at in sorted(set(group.values()))]


def _united(drawn: PlaneContours, contours: list[int]) -> FloatArray:
    """The border of what at least one of some contours holds."""
    united = border(drawn.outline(contours[0]))
    for contour in contours[1:]:
        united = overlay(united, drawn.outline(contour), "union")
    return united
