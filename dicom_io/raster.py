"""How much of each pixel polygons cover: exact areas and centroids, all planes at once.

Every edge is cut where it crosses pixel rows and columns; each piece adds its signed height to the
pixels right of it and a part to its own; one running sum along the rows gives the covered area. The
same is done for the first moments. Nothing loops over pixels, points or planes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Coverage", "cover"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Coverage:
    """Covered part of each pixel.

    Attributes
    ----------
    area : ndarray, shape (planes, rows, columns)
        Covered fraction of the pixel's area: 0 to 1 when contours do not cross.
    moment_x, moment_y : ndarray, shape (planes, rows, columns)
        Integral of x and y, from the pixel's first corner, over the covered part, in pixels.
    """

    area: FloatArray
    moment_x: FloatArray
    moment_y: FloatArray


def cover(edges: FloatArray, sign: FloatArray, plane: IntArray, *, shape: tuple[int, int, int]) -> Coverage:
    """Return what polygons cover of the pixels of a lattice.

    Parameters
    ----------
    edges : ndarray, shape (edges, 4)
        x0, y0, x1, y1 in pixels: pixel (row j, column i) is the square [i, i + 1] x [j, j + 1]. All
        inside the lattice.
    sign : ndarray, shape (edges,)
        +1 for edges with the inside on their left (x to the right, y upwards), -1 on their right.
    plane : ndarray of int, shape (edges,)
    shape : (int, int, int)
        Planes, rows and columns.

    Examples
    --------
    >>> triangle = np.array([[0.0, 0, 2, 0], [2, 0, 0, 2], [0, 2, 0, 0]])
    >>> cover(triangle, np.ones(3), np.zeros(3, dtype=int), shape=(1, 2, 2)).area[0]
    array([[1. , 0.5],
           [0.5, 0. ]])
    """
    planes, rows, columns = shape
    padded = (planes, rows + 1, columns + 2)  # edges on the far border fall into the next pixel
    x0, y0, x1, y1, row, owner = _cut(edges[:, 1], edges[:, 0], edges[:, 3], edges[:, 2], swap=True)
    line = plane[owner] * padded[1] + row
    x0, y0, x1, y1, column, part = _cut(x0, y0, x1, y1, swap=False)
    line, row, weight = line[part], row[part], -sign[owner[part]]
    pixel = line * padded[2] + column
    return _accumulated(x0 - column, y0 - row, x1 - column, y1 - row, weight, pixel, padded)


def _cut(
    a0: FloatArray, b0: FloatArray, a1: FloatArray, b1: FloatArray, *, swap: bool
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, IntArray, IntArray]:
    """Cut segments where `a` crosses integers: the pieces (x, y order), their cell along a, their segment."""
    cell0, cell1 = np.floor(a0).astype(np.int64), np.floor(a1).astype(np.int64)
    step = np.sign(cell1 - cell0)
    pieces = np.abs(cell1 - cell0) + 1
    owner = np.repeat(np.arange(len(a0)), pieces)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    cell = cell0[owner] + step[owner] * nth
    slope = np.divide(b1 - b0, a1 - a0, out=np.zeros(len(a0)), where=a1 != a0)
    upwards = step[owner] > 0
    start = np.where(nth == 0, a0[owner], cell + ~upwards)
    end = np.where(nth == pieces[owner] - 1, a1[owner], cell + upwards)
    b_start = np.where(nth == 0, b0[owner], b0[owner] + (start - a0[owner]) * slope[owner])
    b_end = np.where(nth == pieces[owner] - 1, b1[owner], b0[owner] + (end - a0[owner]) * slope[owner])
    if swap:
        return b_start, start, b_end, end, cell, owner
    return start, b_start, end, b_end, cell, owner


def _accumulated(
    x0: FloatArray,
    y0: FloatArray,
    x1: FloatArray,
    y1: FloatArray,
    weight: FloatArray,
    pixel: IntArray,
    padded: tuple[int, int, int],
) -> Coverage:
    """Sum the pieces' parts, in coordinates of their own pixel."""
    height = (y1 - y0) * weight
    dx, dy = x1 - x0, y1 - y0
    right_area = height
    own_area = height * (1 - 0.5 * (x0 + x1))
    right_x = 0.5 * height
    own_x = 0.5 * height * (1 - (x0 * x0 + x0 * x1 + x1 * x1) / 3)
    right_y = height * 0.5 * (y0 + y1)
    own_y = height * (y0 * (1 - x0) + 0.5 * (dy * (1 - x0) - y0 * dx) - dx * dy / 3)
    arrays = [
        _running(own, right, pixel, padded)
        for own, right in ((own_area, right_area), (own_x, right_x), (own_y, right_y))
    ]
    return Coverage(area=arrays[0], moment_x=arrays[1], moment_y=arrays[2])


def _running(own: FloatArray, right: FloatArray, pixel: IntArray, padded: tuple[int, int, int]) -> FloatArray:
    """Own part in each pixel, the rest of the row from the next pixel on."""
    size = int(np.prod(padded))
    total = np.bincount(pixel, weights=own, minlength=size)
    total += np.bincount(pixel + 1, weights=right - own, minlength=size)[:size]
    return np.cumsum(total.reshape(padded), axis=2)[:, :-1, :-2]
