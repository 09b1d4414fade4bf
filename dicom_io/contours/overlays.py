"""Boolean operations on the polygons of a plane, exact on a lattice of a nanometre or less.

All corners and crossings are rounded to the lattice and the edges are cut there until no two of them meet
anywhere but at their ends. From then on everything is decided with whole numbers: touching, shared and
repeated edges, spikes and keyholes need no tolerance, and no case is special.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.arrays import BoolArray, FloatArray, IntArray
from dicom_io.contours.ragged import expand
from dicom_io.errors import DicomValueError

__all__ = ["LATTICE_MM", "OPERATIONS", "border", "loops_of", "overlay"]


AnyArray = NDArray[Any]

LATTICE_MM: Final = 1e-6
"""Of areas 0.1 to 1 m across, and the last digit of a coordinate in a file; smaller ones have a finer one."""
LARGEST_MM: Final = 5000.0
_LATTICE_REACH: Final = 1e9
"""Points along a side of the box around all corners: with more, products of whole numbers would overflow."""

OPERATIONS: Final[dict[str, Callable[[BoolArray, BoolArray], BoolArray]]] = {
    "union": lambda a, b: a | b,
    "intersection": lambda a, b: a & b,
    "difference": lambda a, b: a & ~b,
    "symmetric difference": lambda a, b: a ^ b,
}

_PACKED: Final = 2**31
_SMALLEST_MM: Final = 1e-3
_MOST_ROUNDS: Final = 60
_BLOCK: Final = 2_000_000
"""Most pairs looked at in one go, to bound memory."""


def overlay(a: FloatArray, b: FloatArray, operation: str) -> FloatArray:
    """Return the border of the union, intersection or difference of two areas of one plane.

    Parameters
    ----------
    a, b : ndarray, shape (edges, 4)
        u0, v0, u1, v1 of the edges of closed polygons, mm; inside by the even-odd rule, so that holes,
        islands and keyholes are welcome. Either may be empty.
    operation : str
        One of `OPERATIONS`.

    Returns
    -------
    ndarray, shape (edges, 4)
        Edges with the inside on their left, none twice.

    Raises
    ------
    DicomValueError
        For an unknown operation, or corners more than 5 m apart.

    Examples
    --------
    >>> square = np.array([[0.0, 0, 2, 0], [2, 0, 2, 2], [2, 2, 0, 2], [0, 2, 0, 0]])
    >>> [len(loops_of(overlay(square, square + 1.0, name))) for name in ("union", "difference")]
    [1, 1]
    """
    if operation not in OPERATIONS:
        raise DicomValueError(f"operation {operation!r}: one of {', '.join(OPERATIONS)} is needed")
    both = np.concatenate([a, b]).reshape(-1, 4)
    if not len(both):
        return np.zeros((0, 4))
    ends = both.reshape(-1, 2)
    low, high = ends.min(axis=0), ends.max(axis=0)
    size = float(np.max(high - low))
    if not size <= LARGEST_MM:
        raise DicomValueError(f"corners {size / 1000:.3g} m apart: at most 5 m are allowed")
    lattice = float(10.0 ** np.ceil(np.log10(max(size, _SMALLEST_MM) / _LATTICE_REACH)))
    origin = 0.5 * (low + high)
    edges = np.rint((both - np.tile(origin, 2)) / lattice).astype(np.int64)
    is_a = np.arange(len(both)) < len(a)
    edges, parity = _noded(edges, np.stack([is_a, ~is_a], axis=1))
    left, right = _sides(edges, parity)
    inside = OPERATIONS[operation]
    on_left, on_right = inside(left[:, 0], left[:, 1]), inside(right[:, 0], right[:, 1])
    bounds = on_left != on_right
    turned = np.where(on_left[bounds, None], edges[bounds], edges[bounds][:, [2, 3, 0, 1]])
    found: FloatArray = turned * lattice + np.tile(origin, 2)
    return found


def border(edges: FloatArray) -> FloatArray:
    """Return the border of an even-odd area: without keyhole bridges and edges that two parts share.

    Parameters
    ----------
    edges : ndarray, shape (edges, 4)

    Examples
    --------
    >>> keyhole = np.array([[0.0, 0], [9, 0], [9, 9], [0, 9], [0, 0], [3, 3], [3, 6], [6, 6], [6, 3], [3, 3]])
    >>> edges = np.concatenate([keyhole, np.roll(keyhole, -1, axis=0)], axis=1)
    >>> len(edges), len(border(edges))
    (10, 8)
    """
    return overlay(edges, np.zeros((0, 4)), "union")


def loops_of(edges: FloatArray) -> list[FloatArray]:
    """Return the closed polygons that edges form, outlines anticlockwise and holes clockwise.

    Parts that touch in a point come as polygons of their own.

    Parameters
    ----------
    edges : ndarray, shape (edges, 4)
        As `overlay` returns them.

    Returns
    -------
    list of ndarray, shape (points, 2)
    """
    if not len(edges):
        return []
    corners = edges.reshape(-1, 2)
    distinct, node = _distinct_pairs(*corners.T)
    nodes = corners[distinct]
    start, end = node.reshape(-1, 2).T
    along = nodes[end] - nodes[start]
    heading = np.arctan2(along[:, 1], along[:, 0])
    following = _following(start, end, heading)
    polygons = []
    left = dict.fromkeys(range(len(edges)))
    while left:
        at = first = next(iter(left))
        loop = []
        while at in left:
            del left[at]
            loop.append(at)
            at = following[at]
        if at != first or len(loop) < 3:
            raise DicomValueError("these edges do not close: they are no border")
        polygons += [edges[part, :2] for part in _parts(loop, start)]
    return polygons


def _parts(loop: list[int], start: IntArray) -> list[list[int]]:
    """A chain of edges divided wherever it comes back to a corner: a hole that touches its outline."""
    parts = []
    path: list[int] = []
    place: dict[int, int] = {}
    for edge in loop:
        corner = int(start[edge])
        if corner in place:
            parts.append(path[place[corner] :])
            path = path[: place[corner]]
            place = {int(start[one]): nth for nth, one in enumerate(path)}
        place[corner] = len(path)
        path.append(edge)
    return [*parts, path]


def _following(start: IntArray, end: IntArray, heading: FloatArray) -> list[int]:
    """Each edge's successor: the sharpest turn to the left, which stays on the same part."""
    order = np.argsort(start, kind="stable")
    first = np.searchsorted(start[order], end, side="left")
    count = np.searchsorted(start[order], end, side="right") - first
    if np.any(count < 1):
        raise DicomValueError("these edges do not close: they are no border")
    following = order[first]
    for edge in np.flatnonzero(count > 1):
        choices = order[first[edge] : first[edge] + count[edge]]
        # clockwise from where it came, through the inside on the left
        swept = np.mod(heading[edge] + np.pi - heading[choices], 2 * np.pi)
        following[edge] = choices[np.argmin(np.where(swept == 0, 2 * np.pi, swept))]
    chain: list[int] = following.tolist()
    return chain


def _noded(edges: IntArray, parity: BoolArray) -> tuple[IntArray, BoolArray]:
    """Cut edges until they meet at their ends only; each once, with how often (odd or even) it was drawn."""
    for _ in range(_MOST_ROUNDS):
        edges, parity = _single(edges, parity)
        if not len(edges):
            return edges, parity
        edge, point = _cuts(edges)
        if not len(edge):
            return edges, parity
        edges, parity = _cut(edges, parity, edge, point)
    raise DicomValueError("polygons cross each other in a way that cannot be resolved")


def _single(edges: IntArray, parity: BoolArray) -> tuple[IntArray, BoolArray]:
    """Each edge once, upwards (or to the right); those that an even number of times cancel are left out."""
    down = (edges[:, 1] > edges[:, 3]) | ((edges[:, 1] == edges[:, 3]) & (edges[:, 0] > edges[:, 2]))
    upward = np.where(down[:, None], edges[:, [2, 3, 0, 1]], edges)
    # no coordinate is farther than the lattice reaches from another: two make one whole number
    nearest = upward.reshape(-1, 2).min(axis=0, initial=0)
    start, end = ((upward[:, k : k + 2] - nearest) @ np.array([_PACKED, 1]) for k in (0, 2))
    distinct, which = _distinct_pairs(start, end)
    single = upward[distinct]
    drawn = [np.bincount(which[parity[:, area]], minlength=len(single)) for area in range(2)]
    odd = np.stack(drawn, axis=1) % 2 == 1
    kept = odd.any(axis=1) & np.any(single[:, :2] != single[:, 2:], axis=1)
    return single[kept], odd[kept]


def _cross(ax: IntArray, ay: IntArray, bx: IntArray, by: IntArray) -> IntArray:
    found: IntArray = ax * by - ay * bx
    return found


def _cuts(edges: IntArray) -> tuple[IntArray, IntArray]:
    """Edges to be cut, and the lattice points to cut them at."""
    first, second = _near_pairs(edges)
    p0, p1, q0, q1 = edges[first, :2], edges[first, 2:], edges[second, :2], edges[second, 2:]
    r, s = (p1 - p0).T, (q1 - q0).T
    q0_side, q1_side = _cross(*r, *(q0 - p0).T), _cross(*r, *(q1 - p0).T)
    p0_side, p1_side = _cross(*s, *(p0 - q0).T), _cross(*s, *(p1 - q0).T)
    found: list[tuple[IntArray, IntArray]] = []
    for side, point, owner in (
        (q0_side, q0, first),
        (q1_side, q1, first),
        (p0_side, p0, second),
        (p1_side, p1, second),
    ):
        on_line = side == 0
        found.append(_inner(edges, owner[on_line], point[on_line]))
    crossing = (np.sign(q0_side) * np.sign(q1_side) < 0) & (np.sign(p0_side) * np.sign(p1_side) < 0)
    part = p0_side[crossing] / (p0_side[crossing] - p1_side[crossing])
    meeting = p0[crossing] + np.rint(part[:, None] * (p1 - p0)[crossing]).astype(np.int64)
    for owner in (first, second):
        found.append((owner[crossing], meeting))
    edge = np.concatenate([one for one, _ in found])
    point = np.concatenate([at for _, at in found])
    is_end = np.all(point == edges[edge, :2], axis=1) | np.all(point == edges[edge, 2:], axis=1)
    return edge[~is_end], point[~is_end]


def _inner(edges: IntArray, edge: IntArray, point: IntArray) -> tuple[IntArray, IntArray]:
    """Of points on the lines of edges, those between the ends."""
    low = np.minimum(edges[edge, :2], edges[edge, 2:])
    high = np.maximum(edges[edge, :2], edges[edge, 2:])
    within = np.all((point >= low) & (point <= high), axis=1)
    return edge[within], point[within]


def _cut(edges: IntArray, parity: BoolArray, edge: IntArray, point: IntArray) -> tuple[IntArray, BoolArray]:
    """Edges divided at points, in order along each."""
    owner = np.concatenate([np.arange(len(edges)), np.arange(len(edges)), edge])
    corner = np.concatenate([edges[:, :2], edges[:, 2:], point])
    along = (edges[owner, 2:] - edges[owner, :2]).astype(np.float64)
    place = np.sum((corner - edges[owner, :2]) * along, axis=1)
    order = np.lexsort((place, owner))
    owner, corner = owner[order], corner[order]
    piece = np.flatnonzero(owner[:-1] == owner[1:])
    return np.concatenate([corner[piece], corner[piece + 1]], axis=1), parity[owner[piece]]


def _near_pairs(edges: IntArray) -> tuple[IntArray, IntArray]:
    """Pairs of edges whose boxes touch."""
    low, high = np.minimum(edges[:, :2], edges[:, 2:]), np.maximum(edges[:, :2], edges[:, 2:])
    order = np.argsort(low[:, 0], kind="stable")
    reach = np.searchsorted(low[order, 0], high[order, 0], side="right")
    count = reach - np.arange(1, len(edges) + 1)
    first = np.repeat(np.arange(len(edges)), count)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
    first, second = order[first], order[second]
    touch = (low[first, 1] <= high[second, 1]) & (low[second, 1] <= high[first, 1])
    return first[touch], second[touch]


def _sides(edges: IntArray, parity: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Whether the left and the right of each edge are inside the first and the second area.

    A ray runs from the middle of the edge to the right, a hair's breadth above it, and counts what it
    crosses; edges are taken twice as large so that their middles are whole numbers.
    """
    u0, v0, u1, v1 = 2 * edges.T
    middle_u, middle_v = (u0 + u1) // 2, (v0 + v1) // 2
    by_height = np.argsort(middle_v, kind="stable")
    u, v = middle_u[by_height], middle_v[by_height]
    times = np.zeros((2, len(edges)), dtype=np.int64)
    # each edge meets only the rays at its own height
    first = np.searchsorted(v, v0, side="left")
    count = np.searchsorted(v, v1, side="left") - first
    for block in _blocks(count):
        edge, nth = expand(count[block])
        edge += block.start
        ray = first[edge] + nth
        ahead = np.maximum(u0[edge], u1[edge]) > u[ray]
        edge, ray = edge[ahead], ray[ahead]
        crossed = _cross(u1[edge] - u0[edge], v1[edge] - v0[edge], u[ray] - u0[edge], v[ray] - v0[edge]) > 0
        edge, ray = edge[crossed], ray[crossed]
        for which in range(2):
            times[which] += np.bincount(ray[parity[edge, which]], minlength=len(edges))
    beside = np.empty((len(edges), 2), dtype=np.bool_)
    beside[by_height] = times.T % 2 == 1
    is_level = (v0 == v1)[:, None]
    # of a level edge the ray runs along its left, of any other it leaves from its right
    left = np.where(is_level, beside, beside ^ parity)
    right = np.where(is_level, beside ^ parity, beside)
    return left, right


def _blocks(counts: IntArray) -> Iterator[slice]:
    """Yield runs of rows that hold no more than a block of items, or one row."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        done = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, done + _BLOCK, side="right")), start + 1)
        yield slice(start, stop)
        start = stop


def _distinct_pairs(first: AnyArray, second: AnyArray) -> tuple[IntArray, IntArray]:
    """Where each distinct pair is found, in rising order of the pairs, and which of them each pair is."""
    order = np.lexsort((second, first))
    in_first, in_second = first[order], second[order]
    differs = (in_first[1:] != in_first[:-1]) | (in_second[1:] != in_second[:-1])
    is_new = np.concatenate([[True], differs])
    which = np.empty(len(order), dtype=np.int64)
    which[order] = np.cumsum(is_new) - 1
    return order[is_new], which
