"""How far points of a plane are from the borders of polygons in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray, IntArray
from dicom_io.contours.ragged import expand

if TYPE_CHECKING:
    from scipy.spatial import KDTree

__all__ = ["Border", "along_edges", "border_distances", "signed_distances"]


_FEW_PAIRS = 50_000
"""Up to this many every point is compared with every edge."""
_BLOCK = 500_000
_PIECE_MM = 1.0
_CANDIDATES = (4, 24)
"""Nearest pieces that are looked at; more where so few cannot be certain."""


def along_edges(edges: FloatArray, longest_mm: float) -> tuple[FloatArray, IntArray]:
    """Return edges divided into equal pieces no longer than asked for, and whose they are.

    Parameters
    ----------
    edges : ndarray, shape (edges, 4)
        u0, v0, u1, v1, mm.
    longest_mm : float

    Examples
    --------
    >>> pieces, owner = along_edges(np.array([[0.0, 0, 3, 0], [3, 0, 3, 1]]), 1.0)
    >>> pieces[:, [0, 2]].tolist(), owner.tolist()
    ([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0], [3.0, 3.0]], [0, 0, 0, 1])
    """
    span = edges[:, 2:] - edges[:, :2]
    parts = np.ceil(np.hypot(*span.T) / longest_mm).astype(np.int64).clip(1)
    owner, nth = expand(parts)
    start = edges[owner, :2] + (nth / parts[owner])[:, None] * span[owner]
    end = edges[owner, :2] + ((nth + 1) / parts[owner])[:, None] * span[owner]
    return np.concatenate([start, end], axis=1), owner


def signed_distances(points: FloatArray, edges: FloatArray) -> FloatArray:
    """Return the distance of each point from the border of a polygon, negative inside (even-odd rule).

    Parameters
    ----------
    points : ndarray, shape (points, 2)
    edges : ndarray, shape (edges, 4)
        Without edges every point is infinitely far outside.
    """
    return np.where(_inside(points, edges), -1.0, 1.0) * border_distances(points, edges)


def _inside(points: FloatArray, edges: FloatArray) -> BoolArray:
    """Which points are inside by the even-odd rule; each edge meets only the points at its own height."""
    order = np.argsort(points[:, 1], kind="stable")
    u, v = points[order].T
    u0, v0, u1, v1 = edges.T
    first = np.searchsorted(v, np.minimum(v0, v1), side="left")
    edge, nth = expand(np.searchsorted(v, np.maximum(v0, v1), side="left") - first)
    point = first[edge] + nth
    at = u0[edge] + (v[point] - v0[edge]) * (u1 - u0)[edge] / (v1 - v0)[edge]
    beyond = np.bincount(point[at > u[point]], minlength=len(points))
    inside = np.empty(len(points), dtype=np.bool_)
    inside[order] = beyond % 2 == 1
    return inside


def border_distances(points: FloatArray, edges: FloatArray) -> FloatArray:
    """Return the exact distance of each point from the nearest edge, mm.

    Parameters
    ----------
    points : ndarray, shape (points, 2)
    edges : ndarray, shape (edges, 4)

    Examples
    --------
    >>> border_distances(np.array([[1.0, 2.0], [5.0, 4.0]]), np.array([[0.0, 0, 2, 0]])).tolist()
    [2.0, 5.0]
    """
    if len(points) * len(edges) <= _FEW_PAIRS:
        return _every_pair(points, edges)
    return Border.of(edges).distances(points)


@dataclass(frozen=True, kw_only=True, eq=False)
class Border:
    """A border that is asked about often: its pieces, indexed by their middles.

    Attributes
    ----------
    edges : ndarray, shape (edges, 4)
    owner : ndarray of int, shape (pieces,)
    tree : KDTree or None
        None without edges.
    half_mm : float
        Half of the longest piece: the nearest middle is at most so much farther than the border.
    """

    edges: FloatArray
    owner: IntArray
    tree: KDTree | None
    half_mm: float

    @classmethod
    def of(cls, edges: FloatArray) -> Border:
        """Return the index of the edges of a border."""
        from scipy.spatial import KDTree  # noqa: PLC0415 - scipy loads only where it is used

        if not len(edges):
            return cls(edges=edges, owner=np.zeros(0, dtype=np.int64), tree=None, half_mm=0.0)
        pieces, owner = along_edges(edges, _PIECE_MM)
        half = 0.5 * float(np.hypot(*(pieces[:, 2:] - pieces[:, :2]).T).max())
        middle = 0.5 * (pieces[:, :2] + pieces[:, 2:])
        return cls(edges=edges, owner=owner, tree=KDTree(middle), half_mm=half)

    def inside(self, points: FloatArray) -> BoolArray:
        """Return which points are inside by the even-odd rule."""
        return _inside(points, self.edges)

    def roughly(self, points: FloatArray) -> FloatArray:
        """Return the distance to the nearest middle: the border's, or up to `half_mm` more."""
        if self.tree is None:
            return np.full(len(points), np.inf)
        return np.asarray(self.tree.query(points)[0], dtype=np.float64)

    def distances(self, points: FloatArray) -> FloatArray:
        """Return the exact distances."""
        if self.tree is None or len(points) * len(self.edges) <= _FEW_PAIRS:
            return _every_pair(points, self.edges)
        found = np.full(len(points), np.inf)
        unsure = np.arange(len(points))
        for candidates in _CANDIDATES:
            count = min(candidates, len(self.owner))
            answer = self.tree.query(points[unsure], k=count)
            away, nearest = (np.asarray(one).reshape(-1, count) for one in answer)
            of_edge = self.owner[nearest]
            own = [_own_edge(points[unsure], self.edges[of_edge[:, k]]) for k in range(count)]
            found[unsure] = np.min(own, axis=0)
            # the nearest edge has a middle of a piece within the distance found and half a piece
            unsure = unsure[away[:, -1] <= found[unsure] + self.half_mm]
            if count == len(self.owner) or not len(unsure):
                return found
        found[unsure] = _every_pair(points[unsure], self.edges)
        return found


def _own_edge(points: FloatArray, edges: FloatArray) -> FloatArray:
    """Distance of each point from the edge in its row."""
    start_u, start_v, end_u, end_v = edges.T
    span_u, span_v = end_u - start_u, end_v - start_v
    gap_u, gap_v = points[:, 0] - start_u, points[:, 1] - start_v
    length2 = np.maximum(span_u * span_u + span_v * span_v, 1e-300)
    at = np.clip((gap_u * span_u + gap_v * span_v) / length2, 0, 1)
    distance: FloatArray = np.hypot(gap_u - at * span_u, gap_v - at * span_v)
    return distance


def _every_pair(points: FloatArray, edges: FloatArray) -> FloatArray:
    """Compare every point with every edge, in blocks."""
    start, span = edges[:, :2], edges[:, 2:] - edges[:, :2]
    length2 = np.maximum(np.sum(span * span, axis=1), 1e-300)
    rows = max(1, _BLOCK // max(1, len(edges)))
    found = [np.zeros(0)]
    for first in range(0, len(points), rows):
        gap_u = points[first : first + rows, 0, None] - start[:, 0]
        gap_v = points[first : first + rows, 1, None] - start[:, 1]
        at = np.clip((gap_u * span[:, 0] + gap_v * span[:, 1]) / length2, 0, 1)
        gap_u -= at * span[:, 0]
        gap_v -= at * span[:, 1]
        found.append((gap_u**2 + gap_v**2).min(axis=1, initial=np.inf))
    return np.sqrt(np.concatenate(found))
