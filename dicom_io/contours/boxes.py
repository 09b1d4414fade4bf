"""Which boxes overlap, of many: each is compared only with those that share a square of the plane with it."""

from __future__ import annotations

import numpy as np

from dicom_io.arrays import FloatArray, IntArray
from dicom_io.contours.ragged import expand

__all__ = ["overlapping_pairs"]

_FEW = 2_000
"""Up to this many pairs every box is compared with every other."""


def overlapping_pairs(a: FloatArray, b: FloatArray) -> tuple[IntArray, IntArray]:
    """Return which boxes of two sets touch or overlap, in order of the first.

    Parameters
    ----------
    a, b : ndarray, shape (boxes, 4)
        Smallest u and v, largest u and v.

    Returns
    -------
    of_a, of_b : ndarray of int, shape (pairs,)

    Examples
    --------
    >>> row = np.array([[0.0, 0, 1, 1], [2, 0, 3, 1], [0.5, 0, 2, 1]])
    >>> [pairs.tolist() for pairs in overlapping_pairs(row[:2], row)]
    [[0, 0, 1, 1], [0, 2, 1, 2]]
    """
    if len(a) * len(b) <= _FEW:
        of_a, of_b = (index.reshape(-1) for index in np.indices((len(a), len(b))))
    else:
        of_a, of_b = _sharing_a_square(a, b)
    touch = np.all((a[of_a, :2] <= b[of_b, 2:]) & (b[of_b, :2] <= a[of_a, 2:]), axis=1)
    of_a, of_b = of_a[touch], of_b[touch]
    order = np.lexsort((of_b, of_a))
    return of_a[order], of_b[order]


def _sharing_a_square(a: FloatArray, b: FloatArray) -> tuple[IntArray, IntArray]:
    """Pairs of boxes that share a square, each once: in the square of their common part's first corner."""
    every = np.concatenate([a, b])
    low = every[:, :2].min(axis=0)
    extent = every[:, 2:].max(axis=0) - low
    # Squares as wide as a usual box, and not more than there are boxes.
    size = np.maximum(np.mean(every[:, 2:] - every[:, :2], axis=0), extent / np.sqrt(len(every)))
    size = np.maximum(size, np.finfo(np.float64).tiny)
    first = ((every[:, :2] - low) / size).astype(np.int64)
    last = ((every[:, 2:] - low) / size).astype(np.int64)
    count = last - first + 1
    box, nth = expand(np.prod(count, axis=1))
    square = first[box] + np.stack(np.divmod(nth, count[box, 1]), axis=1)
    key = square[:, 0] * (int(last[:, 1].max()) + 1) + square[:, 1]
    in_b = box >= len(a)
    key_b, box_b = key[in_b], box[in_b]
    order = np.argsort(key_b, kind="stable")
    key_b, box_b = key_b[order], box_b[order]
    begin = np.searchsorted(key_b, key[~in_b], side="left")
    one, place = expand(np.searchsorted(key_b, key[~in_b], side="right") - begin)
    of_a, of_b = box[~in_b][one], box_b[begin[one] + place]
    counted = np.all(square[~in_b][one] == np.maximum(first[of_a], first[of_b]), axis=1)
    return of_a[counted], of_b[counted] - len(a)
