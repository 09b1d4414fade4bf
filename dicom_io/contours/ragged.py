"""Rows of unequal length in flat arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dicom_io.arrays import FloatArray, IntArray

__all__ = ["expand", "tally"]


def expand(counts: NDArray[np.integer[Any]]) -> tuple[IntArray, IntArray]:
    """Return, for rows of `counts` items each, every item's row and its place in the row.

    Examples
    --------
    >>> row, place = expand(np.array([2, 0, 3]))
    >>> row, place
    (array([0, 0, 2, 2, 2]), array([0, 1, 0, 1, 2]))
    """
    row = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    return row, place


def tally(index: NDArray[np.integer[Any]], weight: FloatArray, count: int) -> FloatArray:
    """Return the sum of weights at each index from 0 to `count` - 1.

    Examples
    --------
    >>> tally(np.array([0, 2, 2]), np.array([1.0, 0.25, 0.5]), 4)
    array([1.  , 0.  , 0.75, 0.  ])
    """
    return np.asarray(np.bincount(index, weights=weight, minlength=count), dtype=np.float64)
