"""How much of each pixel polygons cover: exact areas, centroids and second moments, all planes at once.

Every edge is cut where it crosses pixel rows and columns. Each piece covers a part of its own pixel and
the full width of the pixels right of it, over its own height; sums over the pieces of a pixel and running
sums along the rows then give the covered part of every pixel that an edge touches, and which of the
others are inside. Nothing loops over pixels, points or planes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray, IntArray
from dicom_io.contours.ragged import expand, tally

__all__ = ["Coverage", "Pieces", "cover"]


_GAUSS = 0.5 / np.sqrt(3.0)
"""Two-point Gauss-Legendre nodes are 1/2 -+ this: exact for the cubics that second moments need."""
_TOLERANCE = 1e-6
"""Rounding of covered parts of a pixel."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pieces:
    """Parts of polygon edges, each within one pixel, in coordinates of that pixel (0 to 1).

    Attributes
    ----------
    pixel : ndarray of int, shape (pieces,)
        Flat index into (planes, rows, columns).
    x0, y0, x1, y1 : ndarray, shape (pieces,)
    sign : ndarray, shape (pieces,)
        +1 for pieces with the inside on their left (x to the right, y upwards), -1 on their right.
    """

    pixel: IntArray
    x0: FloatArray
    y0: FloatArray
    x1: FloatArray
    y1: FloatArray
    sign: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Coverage:
    """Covered part of each pixel.

    Attributes
    ----------
    shape : (int, int, int)
        Planes, rows and columns.
    full : ndarray of bool, shape (planes, rows, columns)
        Pixels that are inside and touched by no edge.
    pixel : ndarray of int, shape (cut,)
        Flat indices of the pixels that edges touch, increasing.
    area : ndarray, shape (cut,)
        Covered fraction of their area.
    x, y : ndarray, shape (cut,)
        Centroid of the covered part, in pixels from the first corner.
    xx, xy, yy : ndarray, shape (cut,)
        Second central moments of the covered part over its area, in pixels squared.
    crossed : ndarray of int
        Planes where the covered part of a pixel is not between 0 and 1: contours cross there.
    pieces : Pieces
    """

    shape: tuple[int, int, int]
    full: BoolArray
    pixel: IntArray
    area: FloatArray
    x: FloatArray
    y: FloatArray
    xx: FloatArray
    xy: FloatArray
    yy: FloatArray
    crossed: IntArray
    pieces: Pieces

    @property
    def dense_area(self) -> FloatArray:
        """Covered fraction of every pixel, shape (planes, rows, columns)."""
        area = self.full.astype(np.float64)
        area.reshape(-1)[self.pixel] = self.area
        return area

    def refined(self, pixels: IntArray, times: int) -> Coverage:
        """Return the coverage of chosen touched pixels, each cut into `times` x `times`.

        Parameters
        ----------
        pixels : ndarray of int
            Flat indices, each once.
        times : int

        Returns
        -------
        Coverage
            Each chosen pixel is a plane of its own, in the order given; the last row and column are
            beyond it.
        """
        row, chosen = pixels // self.shape[2], np.argsort(pixels, kind="stable")
        piece_row = self.pieces.pixel // self.shape[2]
        near = np.flatnonzero(np.isin(piece_row, row))
        near = near[np.argsort(self.pieces.pixel[near], kind="stable")]
        first = np.searchsorted(piece_row[near], row[chosen], side="left")
        beyond = np.searchsorted(self.pieces.pixel[near], pixels[chosen], side="right")
        of_chosen, place = expand(beyond - first)
        piece = near[first[of_chosen] + place]
        plane = chosen[of_chosen]
        own = self.pieces.pixel[piece] == pixels[plane]
        # what lies left of the pixel reaches it as a border of the same height along its left side
        x0, x1 = (times * np.where(own, end[piece], 0.0) for end in (self.pieces.x0, self.pieces.x1))
        y0, y1 = (times * end[piece] for end in (self.pieces.y0, self.pieces.y1))
        beyond_last = np.full(len(piece), times + 0.5)
        edges = [np.stack([x0, y0, x1, y1], axis=1), np.stack([beyond_last, y1, beyond_last, y0], axis=1)]
        return cover(
            np.concatenate(edges),
            np.tile(self.pieces.sign[piece], 2),
            np.tile(plane, 2),
            shape=(len(pixels), times + 1, times + 1),
        )


def cover(edges: FloatArray, sign: FloatArray, plane: IntArray, *, shape: tuple[int, int, int]) -> Coverage:
    """Return what polygons cover of the pixels of a lattice.

    Parameters
    ----------
    edges : ndarray, shape (edges, 4)
        x0, y0, x1, y1 in pixels: pixel (row j, column i) is the square [i, i + 1) x [j, j + 1). All
        inside the lattice and not on its last borders.
    sign : ndarray, shape (edges,)
        +1 for edges with the inside on their left (x to the right, y upwards), -1 on their right.
    plane : ndarray of int, shape (edges,)
    shape : (int, int, int)
        Planes, rows and columns.

    Examples
    --------
    >>> triangle = np.array([[0.0, 0, 2, 0], [2, 0, 0, 2], [0, 2, 0, 0]])
    >>> cover(triangle, np.ones(3), np.zeros(3, dtype=int), shape=(1, 3, 3)).dense_area[0]
    array([[1. , 0.5, 0. ],
           [0.5, 0. , 0. ],
           [0. , 0. , 0. ]])
    """
    x0, y0, x1, y1 = edges.T
    y0, x0, y1, x1, row, owner = _cut(y0, x0, y1, x1)
    x0, y0, x1, y1, column, part = _cut(x0, y0, x1, y1)
    row, owner = row[part], owner[part]
    pieces = Pieces(
        pixel=(plane[owner] * shape[1] + row) * shape[2] + column,
        x0=x0 - column,
        y0=y0 - row,
        x1=x1 - column,
        y1=y1 - row,
        sign=sign[owner],
    )
    return _coverage(pieces, shape)


def _cut(
    a0: FloatArray, b0: FloatArray, a1: FloatArray, b1: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, IntArray, IntArray]:
    """Cut segments where `a` crosses integers; also each piece's cell along a and its segment."""
    cell0, cell1 = np.floor(a0).astype(np.int64), np.floor(a1).astype(np.int64)
    crossing = np.flatnonzero(cell0 != cell1)
    whole = np.flatnonzero(cell0 == cell1)
    a0c, b0c, a1c, b1c, first = a0[crossing], b0[crossing], a1[crossing], b1[crossing], cell0[crossing]
    count = np.abs(cell1[crossing] - first)
    owner, nth = expand(count + 1)
    step = np.sign(a1c - a0c)
    slope = (b1c - b0c) / (a1c - a0c)
    a0c, b0c, step, slope, last = a0c[owner], b0c[owner], step[owner], slope[owner], nth == count[owner]
    cell = first[owner] + step.astype(np.int64) * nth
    upwards = step > 0
    start = np.where(nth == 0, a0c, cell + ~upwards)
    end = np.where(last, a1c[owner], cell + upwards)
    b_start = b0c + (start - a0c) * slope
    b_end = np.where(last, b1c[owner], b0c + (end - a0c) * slope)
    return (
        np.concatenate([a0[whole], start]),
        np.concatenate([b0[whole], b_start]),
        np.concatenate([a1[whole], end]),
        np.concatenate([b1[whole], b_end]),
        np.concatenate([cell0[whole], cell]),
        np.concatenate([whole, crossing[owner]]),
    )


def _coverage(pieces: Pieces, shape: tuple[int, int, int]) -> Coverage:
    """Sum the pieces over their pixels and along the rows."""
    size = int(np.prod(shape))
    touched = np.zeros(size, dtype=bool)
    touched[pieces.pixel] = True
    pixel = np.flatnonzero(touched)
    lookup = np.empty(size, dtype=np.int32)
    lookup[pixel] = np.arange(len(pixel), dtype=np.int32)
    own, right = _piece_moments(pieces)
    index = lookup[pieces.pixel]
    own = [tally(index, moment, len(pixel)) for moment in own]
    right = [tally(index, moment, len(pixel)) for moment in right]
    # contours are closed: the sums along a row end at 0, so one running sum serves all rows
    after = np.cumsum(right[0])
    left, left_y, left_yy = (np.cumsum(moment) - moment for moment in right)
    area = own[0] + left
    x, y = own[1] + 0.5 * left, own[2] + left_y
    xx, xy, yy = own[3] + left / 3, own[4] + 0.5 * left_y, own[5] + left_yy
    full = _filled(pixel, after, size)
    crossed = _crossed(pixel, area, after, shape)
    share = np.where(np.abs(area) > 1e-12, area, 1.0)
    x, y = x / share, y / share
    return Coverage(
        shape=shape,
        full=full.reshape(shape),
        pixel=pixel,
        area=area,
        x=x,
        y=y,
        xx=xx / share - x * x,
        xy=xy / share - x * y,
        yy=yy / share - y * y,
        crossed=crossed,
        pieces=pieces,
    )


def _piece_moments(pieces: Pieces) -> tuple[list[FloatArray], list[FloatArray]]:
    """Integrals over what lies right of each piece.

    First in its own pixel: of 1, x, y, x2, xy, y2; then over its height alone: of 1, y, y2.
    """
    dx, dy = pieces.x1 - pieces.x0, pieces.y1 - pieces.y0
    # right of an upward edge is outside
    weight = -0.5 * pieces.sign * dy
    own = [np.zeros(0)] * 6
    right = [np.zeros(0)] * 3
    for node in (0.5 - _GAUSS, 0.5 + _GAUSS):
        x, y = pieces.x0 + node * dx, pieces.y0 + node * dy
        beside, below = weight * (1 - x), weight * y
        reach = 0.5 * weight * (1 - x * x)
        parts = [beside, reach, beside * y, weight * (1 - x * x * x) / 3, reach * y, beside * y * y]
        own = [part if not len(sum_) else sum_ + part for sum_, part in zip(own, parts, strict=True)]
        parts = [weight, below, below * y]
        right = [part if not len(sum_) else sum_ + part for sum_, part in zip(right, parts, strict=True)]
    return own, right


def _filled(pixel: IntArray, after: FloatArray, size: int) -> BoolArray:
    """Pixels between touched ones, inside where the running sum is 1."""
    inside = np.concatenate([[False], after > 0.5])
    lengths = np.diff(np.concatenate([[0], pixel, [size]]))
    full = np.repeat(inside, lengths)
    full[pixel] = False
    return full


def _crossed(pixel: IntArray, area: FloatArray, after: FloatArray, shape: tuple[int, int, int]) -> IntArray:
    """Planes with covered parts that are not between 0 and 1."""
    gap = np.append(np.diff(pixel) > 1, True)
    wrong = (area < -_TOLERANCE) | (area > 1 + _TOLERANCE)
    wrong |= gap & (np.abs(after - np.round(after.clip(0, 1))) > _TOLERANCE)
    return np.unique(pixel[wrong] // (shape[1] * shape[2]))
