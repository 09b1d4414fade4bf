"""Polygons in one plane: nesting, crossings and the even-odd rule.

Edges are rows (u0, v0, u1, v1) in mm. Many planes are treated at once; edges meet only those of their own.
"""

from __future__ import annotations

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray, IntArray
from dicom_io.contours.boxes import overlapping_pairs
from dicom_io.contours.overlays import LATTICE_MM, border

__all__ = [
    "crosses",
    "even_odd_area",
    "even_odd_edges",
    "inside",
    "nesting_signs",
    "overlapping_boxes",
    "rotation_numbers",
]


_BLOCK = 2_000_000
"""Most pairs looked at in one go, to bound memory."""


def rotation_numbers(edges: FloatArray, starts: IntArray) -> FloatArray:
    """Return how often each closed contour turns: +1 or -1 unless it crosses itself.

    Parameters
    ----------
    edges : ndarray, shape (edges, 4)
        Contour after contour, each in drawing order.
    starts : ndarray of int, shape (contours,)
        Index of each contour's first edge.
    """
    step_u, step_v = edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1]
    moves = (step_u != 0) | (step_v != 0)
    owner = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(edges))))
    if not moves.all():
        step_u, step_v, owner = step_u[moves], step_v[moves], owner[moves]
    turns = np.zeros(len(starts))
    if not len(owner):
        return turns
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    following = np.arange(1, len(owner) + 1)
    following[np.append(first[1:], len(owner)) - 1] = first
    next_u, next_v = step_u[following], step_v[following]
    angle = np.arctan2(step_u * next_v - step_v * next_u, step_u * next_u + step_v * next_v)
    turns[owner[first]] = np.add.reduceat(angle, first) / (2 * np.pi)
    return turns


def inside(points: FloatArray, edges: FloatArray) -> BoolArray:
    """Return which points of shape (n, 2) lie inside the edges by the even-odd rule."""
    u0, v0, u1, v1 = edges.T
    result = np.zeros(len(points), dtype=np.bool_)
    rows = max(1, _BLOCK // max(1, len(edges)))
    for start in range(0, len(points), rows):
        u, v = points[start : start + rows, 0, None], points[start : start + rows, 1, None]
        point, edge = np.nonzero((v0 <= v) != (v1 <= v))
        at = u0[edge] + (v[point, 0] - v0[edge]) * (u1 - u0)[edge] / (v1 - v0)[edge]
        beyond = np.bincount(point[at > u[point, 0]], minlength=len(u))
        result[start : start + rows] = beyond % 2 == 1
    return result


def nesting_signs(
    edges: FloatArray, starts: IntArray, plane: IntArray, area: FloatArray, kept: BoolArray
) -> tuple[FloatArray, IntArray]:
    """Return each contour's sign in a sum of areas, and the planes whose contours seem to overlap.

    Parameters
    ----------
    edges, starts : ndarray
        As in `rotation_numbers`.
    plane, area, kept : ndarray, shape (contours,)
        Plane index, signed area, and whether the contour counts.

    Returns
    -------
    sign : ndarray, shape (contours,)
        What the contour's direction is worth: an odd number of contours around it makes it a hole.
    entangled : ndarray of int
        Planes where a contour lies partly inside another.
    """
    depth = np.zeros(len(starts), dtype=np.int64)
    entangled = []
    stops = np.append(starts[1:], len(edges))
    for inner, outer in overlapping_boxes(edges, starts, plane, kept):
        corners = edges[starts[inner] : stops[inner], :2]
        corners = corners[:: max(1, len(corners) // 32)]
        share = np.mean(inside(corners, edges[starts[outer] : stops[outer]]))
        depth[inner] += share > 0.5
        if 0 < share < 1 or (
            inner < outer
            and crosses(edges[starts[inner] : stops[inner]], edges[starts[outer] : stops[outer]])
        ):
            entangled.append(plane[inner])
    direction = np.where(area < 0, -1.0, 1.0)
    return direction * np.where(depth % 2 == 1, -1.0, 1.0), np.unique(np.array(entangled, dtype=np.int64))


def overlapping_boxes(
    edges: FloatArray, starts: IntArray, plane: IntArray, kept: BoolArray
) -> list[tuple[int, int]]:
    """Return the ordered pairs of contours on one plane whose bounding boxes overlap."""
    if np.bincount(plane[kept]).max() < 2:
        return []
    boxes = np.hstack([np.minimum.reduceat(edges[:, :2], starts), np.maximum.reduceat(edges[:, :2], starts)])
    pairs = []
    for members in _members_of_shared(plane, kept):
        inner, outer = overlapping_pairs(boxes[members], boxes[members])
        inner, outer = inner[inner != outer], outer[inner != outer]
        pairs += list(zip(members[inner].tolist(), members[outer].tolist(), strict=True))
    return pairs


def _members_of_shared(plane: IntArray, kept: BoolArray) -> list[IntArray]:
    """The kept contours of each plane that has several."""
    chosen = np.flatnonzero(kept)
    order = chosen[np.argsort(plane[chosen], kind="stable")]
    groups = np.split(order, np.flatnonzero(np.diff(plane[order])) + 1)
    return [group for group in groups if len(group) > 1]


def even_odd_edges(
    edges: FloatArray, sign: FloatArray, plane: IntArray
) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the boundary of the even-odd area of planes whose contours cross.

    Parameters
    ----------
    edges : ndarray, shape (edges, 4)
    sign : ndarray, shape (edges,)
        What each edge counts in the signed area.
    plane : ndarray of int, shape (edges,)

    Returns
    -------
    edges, plane : ndarray
        Edges cut at their crossings, inside on the left; only of planes where this changes the area.
    changed : ndarray of int
        Those planes.
    """
    found, found_plane, changed = [], [], []
    for one in np.unique(plane):
        here = edges[plane == one]
        boundary = border(here)
        before, after = np.sum(_areas(here) * sign[plane == one]), np.sum(_areas(boundary))
        rounding = LATTICE_MM * float(np.hypot(*(here[:, 2:] - here[:, :2]).T).sum())
        if abs(after - before) > 1e-6 * max(1.0, abs(after)) + rounding:
            found.append(boundary)
            found_plane.append(np.full(len(boundary), one))
            changed.append(int(one))
    if not found:
        return np.zeros((0, 4)), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate(found), np.concatenate(found_plane), np.array(changed, dtype=np.int64)


def even_odd_area(edges: FloatArray) -> float:
    """Return the area inside closed contours of one plane by the even-odd rule, mm2."""
    return float(np.sum(_areas(border(edges))))


def crosses(a: FloatArray, b: FloatArray) -> bool:
    """Return whether any edge of `a` meets an edge of `b`."""
    a, b = _touching_box_of(a, b), _touching_box_of(b, a)
    if not len(a) or not len(b):
        return False
    edges = np.concatenate([a, b])
    first, second = _near_pairs(edges, np.zeros(len(edges), dtype=np.int64))
    mixed = (first < len(a)) != (second < len(a))
    return bool(len(_meetings_of(edges, first[mixed], second[mixed])[0]))


def _touching_box_of(edges: FloatArray, other: FloatArray) -> FloatArray:
    """The edges whose boxes touch the box around other edges."""
    if not len(other):
        return edges[:0]
    corners = other.reshape(-1, 2)
    low, high = corners.min(axis=0), corners.max(axis=0)
    touching = np.all(np.maximum(edges[:, :2], edges[:, 2:]) >= low, axis=1)
    touching &= np.all(np.minimum(edges[:, :2], edges[:, 2:]) <= high, axis=1)
    return edges[touching]


def _areas(edges: FloatArray) -> FloatArray:
    """Each edge's part of the signed area."""
    u0, v0, u1, v1 = (edges - np.tile(edges[:1, :2], 2)).T
    area: FloatArray = 0.5 * (u0 * v1 - u1 * v0)
    return area


def _meetings_of(edges: FloatArray, first: IntArray, second: IntArray) -> tuple[IntArray, FloatArray]:
    """Meetings within given pairs of edges."""
    p, q = edges[first, :2], edges[second, :2]
    r, s = edges[first, 2:] - p, edges[second, 2:] - q
    cross = r[:, 0] * s[:, 1] - r[:, 1] * s[:, 0]
    gap = q - p
    scale = np.hypot(*r.T) * np.hypot(*s.T)
    slanted = np.abs(cross) > 1e-12 * scale
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (gap[:, 0] * s[:, 1] - gap[:, 1] * s[:, 0]) / cross
        w = (gap[:, 0] * r[:, 1] - gap[:, 1] * r[:, 0]) / cross
    met = slanted & (t >= 0) & (t <= 1) & (w >= 0) & (w <= 1)
    met &= ~(np.isin(t, (0.0, 1.0)) & np.isin(w, (0.0, 1.0)))
    edge, at = [first[met], second[met]], [t[met], w[met]]
    for one, other in ((first, second), (second, first)):
        on_edge, where = _collinear_ends(edges, one[~slanted], other[~slanted])
        edge.append(on_edge)
        at.append(where)
    return np.concatenate(edge), np.concatenate(at)


def _collinear_ends(edges: FloatArray, one: IntArray, other: IntArray) -> tuple[IntArray, FloatArray]:
    """Where ends of `other` lie inside `one`, of pairs of parallel edges."""
    start, span = edges[one, :2], edges[one, 2:] - edges[one, :2]
    length = np.maximum(np.hypot(*span.T), 1e-150)  # whose square is not 0
    found, where = [], []
    for end in (edges[other, :2], edges[other, 2:]):
        gap = end - start
        beside = np.abs(gap[:, 0] * span[:, 1] - gap[:, 1] * span[:, 0]) / length
        at = np.sum(gap * span, axis=1) / length**2
        on = (beside < 1e-9) & (at > 0) & (at < 1)
        found.append(one[on])
        where.append(at[on])
    return np.concatenate(found), np.concatenate(where)


def _near_pairs(edges: FloatArray, plane: IntArray) -> tuple[IntArray, IntArray]:
    """Pairs of edges of one plane whose bounding boxes touch."""
    low = np.minimum(edges[:, :2], edges[:, 2:])
    high = np.maximum(edges[:, :2], edges[:, 2:])
    # planes are laid out side by side along u, far enough apart not to meet
    offset = plane * (2.0 * (high[:, 0].max() - low[:, 0].min()) + 1.0)
    order = np.argsort(low[:, 0] + offset, kind="stable")
    low_u, high_u = (low[:, 0] + offset)[order], (high[:, 0] + offset)[order]
    reach = np.searchsorted(low_u, high_u, side="right")
    count = reach - np.arange(1, len(edges) + 1)
    first = np.repeat(np.arange(len(edges)), count)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
    first, second = order[first], order[second]
    touch = (low[first, 1] <= high[second, 1]) & (low[second, 1] <= high[first, 1])
    return first[touch], second[touch]
