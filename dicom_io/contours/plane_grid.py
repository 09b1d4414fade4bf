"""Polygons on a fine grid in their plane: distances from them, and the lines on which a field is zero."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray, IntArray
from dicom_io.contours.ragged import expand

__all__ = ["FAR_MM", "PlaneGrid", "zero_lines"]


FAR_MM = 1e3
"""Where nobody asks how far."""
_MOST_NODES = 400_000
_SAMPLE_MM = 0.2
_MARGIN_NODES = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class PlaneGrid:
    """Nodes in a plane: (u, v) = origin + step * (column, row), of shape (rows, columns)."""

    origin: FloatArray
    step: float
    shape: tuple[int, int]

    @classmethod
    def around(cls, corners: FloatArray, margin_mm: float, *, finest_mm: float) -> PlaneGrid:
        """A grid that holds a box and a margin, with a border of nodes outside."""
        size = corners[1] - corners[0] + 2 * margin_mm
        step = max(finest_mm, float(np.sqrt(np.prod(size + 2 * _MARGIN_NODES * finest_mm) / _MOST_NODES)))
        columns, rows = (int(np.ceil(length / step)) + 2 * _MARGIN_NODES + 1 for length in size)
        return cls(origin=corners[0] - margin_mm - _MARGIN_NODES * step, step=step, shape=(rows, columns))

    def signed_distance(self, edges: FloatArray, reach_mm: float) -> FloatArray:
        """Distance of each node from a polygon, negative inside; farther than `reach_mm` it is only far."""
        distance = self.distance(edges, self._near(_samples(edges)[0], reach_mm))
        return np.where(self.inside(edges), -distance, distance)

    def distance(self, edges: FloatArray, wanted: BoolArray) -> FloatArray:
        """Distance of wanted nodes from the nearest edge; all others are far."""
        found = np.full(self.shape, FAR_MM)
        row, column = np.nonzero(wanted)
        if not len(row):
            return found
        samples, owner = _samples(edges)
        points = self.origin + self.step * np.stack([column, row], axis=1)
        from scipy.spatial import KDTree  # noqa: PLC0415 - scipy loads only where it is used

        _, nearest = KDTree(samples).query(points, k=min(2, len(samples)))
        candidates = owner[np.asarray(nearest).reshape(len(points), -1)]
        found[row, column] = np.min(
            [_segment_distance(points, edges[candidates[:, k]]) for k in range(candidates.shape[1])], axis=0
        )
        return found

    def inside(self, edges: FloatArray) -> BoolArray:
        """Nodes inside by the even-odd rule; each edge turns all nodes on its right."""
        scaled = (edges - np.tile(self.origin, 2)) / self.step
        rows, columns = self.shape
        x0, y0, x1, y1 = scaled.T
        first = np.ceil(np.minimum(y0, y1)).astype(np.int64)
        last = np.ceil(np.maximum(y0, y1)).astype(np.int64)
        edge, nth = expand(last - first)
        row = first[edge] + nth
        slope = np.divide(x1 - x0, y1 - y0, out=np.zeros_like(x0), where=y1 != y0)
        column = np.ceil(x0[edge] + (row - y0[edge]) * slope[edge]).astype(np.int64).clip(0, columns)
        seen = (row >= 0) & (row < rows)
        flips = np.bincount(row[seen] * (columns + 1) + column[seen], minlength=rows * (columns + 1))
        turned: BoolArray = np.cumsum(flips.reshape(rows, columns + 1), axis=1)[:, :-1] % 2 == 1
        return turned

    def _near(self, samples: FloatArray, reach_mm: float) -> BoolArray:
        """Nodes within a distance of samples, a little more rather than less."""
        rows, columns = self.shape
        index = np.round((samples - self.origin) / self.step).astype(np.int64)
        inside = np.all((index >= 0) & (index < [columns, rows]), axis=1)
        away = np.ones((rows, columns), dtype=bool)
        away[index[inside, 1], index[inside, 0]] = False
        if away.all():
            return np.zeros((rows, columns), dtype=bool)
        from scipy.ndimage import distance_transform_edt  # noqa: PLC0415 - scipy loads only where it is used

        near: BoolArray = distance_transform_edt(away) * self.step <= reach_mm + 2 * self.step
        return near


def _samples(edges: FloatArray) -> tuple[FloatArray, IntArray]:
    """Points on edges, at most 0.2 mm apart, and whose they are."""
    span = edges[:, 2:] - edges[:, :2]
    parts = np.ceil(np.hypot(*span.T) / _SAMPLE_MM).astype(np.int64).clip(1)
    owner, nth = expand(parts)
    return edges[owner, :2] + ((nth + 0.5) / parts[owner])[:, None] * span[owner], owner


def _segment_distance(points: FloatArray, edges: FloatArray) -> FloatArray:
    """Distance of each point from its own segment."""
    span, gap = edges[:, 2:] - edges[:, :2], points - edges[:, :2]
    length2 = np.maximum(np.sum(span * span, axis=1), 1e-300)
    at = np.clip(np.sum(gap * span, axis=1) / length2, 0, 1)
    distance: FloatArray = np.hypot(*(gap - at[:, None] * span).T)
    return distance


def _chords() -> list[list[tuple[int, int]]]:
    """For each pattern of a cell's corners, the sides that the border leaves and enters through.

    Corners and sides go round anticlockwise; side k is between corners k and k + 1. The inside is on the
    left of a border that runs from the last side of a run of inside corners to its first.
    """
    table: list[list[tuple[int, int]]] = []
    for code in range(16):
        inside = [bool(code >> corner & 1) for corner in range(4)]
        starts = [k for k in range(4) if inside[k] and not inside[k - 1]]
        table.append(
            [(next(e % 4 for e in range(k, k + 4) if not inside[(e + 1) % 4]), (k - 1) % 4) for k in starts]
        )
    return table


_CHORDS = _chords()


def zero_lines(field: FloatArray) -> list[FloatArray]:
    """Return the closed lines on which a field changes sign, negative on their left.

    Parameters
    ----------
    field : ndarray, shape (rows, columns)
        Positive on its rim.

    Returns
    -------
    list of ndarray, shape (points, 2)
        Column and row of each point, interpolated linearly; lines of fewer than three points are left out.

    Examples
    --------
    >>> field = np.ones((3, 3))
    >>> field[1, 1] = -1.0
    >>> zero_lines(field)[0].tolist()
    [[1.0, 0.5], [1.5, 1.0], [1.0, 1.5], [0.5, 1.0]]
    """
    rows, columns = field.shape
    inside = field < 0
    code = inside[:-1, :-1] + 2 * inside[:-1, 1:] + 4 * inside[1:, 1:] + 8 * inside[1:, :-1]
    along = rows * columns  # sides along columns are numbered after those along rows
    sides: list[Callable[[IntArray], IntArray]] = [
        lambda cell: cell,
        lambda cell: along + cell + 1,
        lambda cell: cell + columns,
        lambda cell: along + cell,
    ]
    following: dict[int, int] = {}
    row, column = np.nonzero((code > 0) & (code < 15))
    cell, pattern = row * columns + column, code[row, column]
    for which in np.unique(pattern):
        here = cell[pattern == which]
        for leaves, enters in _CHORDS[which]:
            following.update(zip(sides[leaves](here).tolist(), sides[enters](here).tolist(), strict=True))
    return [_crossings(np.array(loop), field, along) for loop in _loops(following) if len(loop) > 2]


def _loops(following: dict[int, int]) -> Iterator[list[int]]:
    """Yield the closed chains of a mapping."""
    while following:
        start, at = following.popitem()
        loop = [start]
        while at != start:
            loop.append(at)
            at = following.pop(at)
        yield loop


def _crossings(side: IntArray, field: FloatArray, along: int) -> FloatArray:
    """Where the field is 0 on sides of cells: column and row."""
    columns = field.shape[1]
    is_upright = side >= along
    node = np.where(is_upright, side - along, side)
    flat = field.reshape(-1)
    start, end = flat[node], flat[node + np.where(is_upright, columns, 1)]
    part = start / (start - end)
    points: FloatArray = np.stack(
        [node % columns + np.where(is_upright, 0.0, part), node // columns + np.where(is_upright, part, 0.0)],
        axis=1,
    )
    return points
