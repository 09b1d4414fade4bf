"""From cells with a mean dose and a range of doses to a cumulative curve."""

from __future__ import annotations

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.contours import tally

__all__ = ["cumulative_below"]


def cumulative_below(
    dose: FloatArray, spread: FloatArray, weight: FloatArray, *, start: float, step: float, count: int
) -> FloatArray:
    """Return the weight below each of `count` + 1 equidistant doses.

    Each cell's weight is even over dose - spread to dose + spread. A ramp that starts between two knots is
    shared between them so that its values at the knots are exact: the curve has no binning error.

    Parameters
    ----------
    dose, spread, weight : ndarray, shape (cells,)
    start, step, count : float, float, int
        The knots are start + step * (0 ... count); all doses lie between the first and the last.

    Examples
    --------
    >>> one = np.ones(1)
    >>> cumulative_below(2 * one, one, one, start=0.0, step=0.5, count=6)
    array([0.  , 0.  , 0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    half_width = np.maximum(spread, 0.5 * step)
    slope = weight / (2 * half_width)
    onset = np.zeros(count + 3)
    for edge, sign in ((dose - half_width, 1.0), (dose + half_width, -1.0)):
        position = np.clip((edge - start) / step, 0, count)
        before = position.astype(np.int64)
        beyond = position - before
        onset += tally(before, sign * slope * (1 - beyond), count + 3)
        onset += tally(before + 1, sign * slope * beyond, count + 3)
    density = np.cumsum(onset)
    below = np.concatenate([[0.0], np.cumsum(density)[:count]]) * step
    return np.maximum.accumulate(below)
