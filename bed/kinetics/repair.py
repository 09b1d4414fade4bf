"""Repair that is not finished between fractions. Times are hours and say so in their names."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import (
    FloatArray,
    Real,
    doses,
    non_negative,
    outside_validity,
    positive,
    result,
    whole,
)
from bed.errors import BedValueError
from bed.kinetics.dose_rate import bed_intervals, two_component

__all__ = [
    "bed_at_times",
    "bed_at_times_biexponential",
    "bed_incomplete_repair",
    "incomplete_repair_factor",
    "incomplete_repair_factor_biexponential",
]

HOURS_PER_DAY = 24.0
_UNREPAIRED_OVERNIGHT = 0.01


def incomplete_repair_factor(
    fractions_per_day: ArrayLike, interval_h: ArrayLike, repair_half_time_h: ArrayLike
) -> Real:
    """Factor h_m by which incomplete repair between the fractions of one day raises the quadratic term.

    h_m = (2 / m) sum over k = 1 ... m - 1 of (m - k) phi**k, phi = 2**(-interval / half-time).

    Parameters
    ----------
    fractions_per_day : int or array_like of int
        Number m of equal fractions on a day, >= 1, any shape; h_1 = 0.
    interval_h : float or array_like
        Time between two fractions of a day in hours, >= 0. Broadcasts.
    repair_half_time_h : float or array_like
        Half-time of sublethal damage repair in hours, > 0; infinity (no repair) gives m - 1.

    Returns
    -------
    float or ndarray
        h_m in [0, m - 1].

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    Thames 1985, Int J Radiat Biol 47:319. Assumes that all is repaired overnight. The sum is taken directly:
    its closed form gives 0 instead of m - 1 as phi approaches 1.

    Examples
    --------
    >>> incomplete_repair_factor(2, 6, 1.5)
    0.0625
    >>> incomplete_repair_factor(3, 6, [1.5, np.inf])
    array([0.0859, 2.    ])
    """
    number = whole(fractions_per_day, "fractions_per_day")
    interval = non_negative(interval_h, "interval_h", unit="h")
    half_time = positive(repair_half_time_h, "repair_half_time_h", unit="h", infinite=True)
    left = np.exp2(-interval / half_time)
    total: FloatArray = np.zeros(np.broadcast_shapes(number.shape, left.shape))
    for k in range(1, int(number.max(initial=1.0))):
        total = total + np.maximum(number - k, 0.0) * left**k
    return result(2.0 / number * total)


def incomplete_repair_factor_biexponential(
    fractions_per_day: ArrayLike,
    interval_h: ArrayLike,
    *,
    fast_half_time_h: ArrayLike,
    slow_half_time_h: ArrayLike,
    fast_weight: ArrayLike,
) -> Real:
    """Factor h_m with two repair components: each one's h_m, weighted.

    h_m = w h_m(fast) + (1 - w) h_m(slow).

    Parameters
    ----------
    fractions_per_day : int or array_like of int
        Number m of equal fractions on a day, >= 1.
    interval_h : float or array_like
        Time between two fractions of a day in hours, >= 0.
    fast_half_time_h, slow_half_time_h : float or array_like
        Half-times of the two components in hours, > 0.
    fast_weight : float or array_like
        Share w of the fast component, within [0, 1].

    Returns
    -------
    float or ndarray
        h_m in [0, m - 1].

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    Millar & Canney 1993, doi:10.1080/09553009314551431.

    Examples
    --------
    >>> incomplete_repair_factor_biexponential(
    ...     2, 6, fast_half_time_h=0.4, slow_half_time_h=3.8, fast_weight=0.5)
    0.167
    """
    fast = incomplete_repair_factor(fractions_per_day, interval_h, fast_half_time_h)
    slow = incomplete_repair_factor(fractions_per_day, interval_h, slow_half_time_h)
    return two_component(fast, slow, fast_weight)


def bed_incomplete_repair(
    dose: ArrayLike,
    n_fractions: ArrayLike,
    alpha_beta: ArrayLike,
    *,
    fractions_per_day: ArrayLike,
    interval_h: ArrayLike,
    repair_half_time_h: ArrayLike,
) -> Real:
    """BED of several equal fractions a day, repaired incompletely by day and completely overnight.

    BED = D [1 + (1 + h_m) d / (alpha/beta)] with d = D / n.

    Parameters
    ----------
    dose : float or array_like
        Total dose D at the point or voxel in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    n_fractions : int or array_like of int
        Total number n of fractions, >= 1. Broadcasts.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.
    fractions_per_day : int or array_like of int
        Number m of fractions on every treatment day.
    interval_h : float or array_like
        Time between two fractions of a day in hours, >= 0.
    repair_half_time_h : float or array_like
        Half-time of sublethal damage repair in hours, > 0.

    Returns
    -------
    float or ndarray
        BED in Gy.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above, or fractions that do not fit in a day.

    Warns
    -----
    OutsideValidityWarning
        More than 1 % of the damage is unrepaired after the night, or n is no multiple of m: then the times
        of the fractions matter, and `bed_at_times` takes them.

    Notes
    -----
    Thames 1985, Int J Radiat Biol 47:319.

    Examples
    --------
    >>> bed_incomplete_repair(40.8, 34, 3, fractions_per_day=2, interval_h=6, repair_half_time_h=1.5)
    58.14
    """
    total, number = doses(dose, "dose"), whole(n_fractions, "n_fractions")
    ratio = positive(alpha_beta, "alpha_beta", unit="Gy", infinite=True)
    factor = incomplete_repair_factor(fractions_per_day, interval_h, repair_half_time_h)
    _check_the_day(number, fractions_per_day, interval_h, repair_half_time_h)
    return result(total + (1.0 + np.asarray(factor)) * total**2 / (number * ratio))


def _check_the_day(
    number: FloatArray, fractions_per_day: ArrayLike, interval_h: ArrayLike, repair_half_time_h: ArrayLike
) -> None:
    """Refuse days of more than 24 h; warn where the overnight repair that h_m assumes is not there."""
    per_day, interval = np.asarray(fractions_per_day, float), np.asarray(interval_h, float)
    night = HOURS_PER_DAY - (per_day - 1.0) * interval
    if np.any(night <= 0):
        raise BedValueError(
            "the fractions of one day do not fit in 24 h: check fractions_per_day and interval_h"
        )
    several = per_day > 1
    if np.any(several & (np.exp2(-night / np.asarray(repair_half_time_h, float)) > _UNREPAIRED_OVERNIGHT)):
        outside_validity(
            "more than 1 % is unrepaired after the night, which h_m assumes repaired; use the times"
        )
    if np.any(np.mod(number, per_day) != 0):
        outside_validity(
            "n_fractions is no multiple of fractions_per_day: h_m takes every day for a full one"
        )


def bed_at_times(
    doses_gy: ArrayLike, times_h: ArrayLike, alpha_beta: ArrayLike, repair_half_time_h: ArrayLike
) -> Real:
    """BED of instant fractions at any times, with all that is left unrepaired between any two of them.

    BED = D + Q / (alpha/beta), D = sum of d_i,
    Q = sum of d_i**2 + 2 sum over i < j of d_i d_j 2**(-(t_j - t_i) / half-time).

    Parameters
    ----------
    doses_gy : array_like, shape (..., n)
        Dose of each fraction in Gy, >= 0; leading axes are voxels. NaN (not covered) stays NaN.
    times_h : array_like, shape (n,)
        Time of each fraction in hours, ascending; equal times are one fraction given in parts.
    alpha_beta : float or array_like, shape (...)
        Alpha/beta in Gy, > 0, infinity allowed.
    repair_half_time_h : float or array_like, shape (...)
        Half-time of sublethal damage repair in hours, > 0; infinity means no repair.

    Returns
    -------
    float or ndarray, shape (...)
        BED in Gy.

    Raises
    ------
    BedValueError
        Times not ascending or not one for each fraction, negative doses.

    Notes
    -----
    Thames 1985, Int J Radiat Biol 47:319; Guttenberger 1990. Holds for any calendar: twice daily with short
    nights, gaps, several courses. The cost grows with n, not with its square.

    Examples
    --------
    Four fractions of 3.7 Gy on two days, 6 h apart:

    >>> bed_at_times([3.7, 3.7, 3.7, 3.7], [0, 6, 24, 30], 3, 1.5)
    34.2
    """
    return bed_intervals(doses_gy, times_h, 0.0, alpha_beta, repair_half_time_h)


def bed_at_times_biexponential(
    doses_gy: ArrayLike,
    times_h: ArrayLike,
    alpha_beta: ArrayLike,
    *,
    fast_half_time_h: ArrayLike,
    slow_half_time_h: ArrayLike,
    fast_weight: ArrayLike,
) -> Real:
    """BED of instant fractions at any times with two repair components; see `bed_at_times`.

    phi(t) = w exp(-mu_f t) + (1 - w) exp(-mu_s t) in place of one exponential.

    Parameters
    ----------
    doses_gy : array_like, shape (..., n)
        Dose of each fraction in Gy, >= 0; leading axes are voxels.
    times_h : array_like, shape (n,)
        Time of each fraction in hours, ascending.
    alpha_beta : float or array_like, shape (...)
        Alpha/beta in Gy, > 0.
    fast_half_time_h, slow_half_time_h : float or array_like, shape (...)
        Half-times of the two components in hours, > 0.
    fast_weight : float or array_like, shape (...)
        Share w of the fast component, within [0, 1].

    Returns
    -------
    float or ndarray, shape (...)
        BED in Gy.

    Raises
    ------
    BedValueError
        As for `bed_at_times`, or a weight outside 0 to 1.

    Notes
    -----
    Millar & Canney 1993, doi:10.1080/09553009314551431; Pop 2000, doi:10.1016/S0167-8140(00)00205-X.

    Examples
    --------
    >>> bed_at_times_biexponential(
    ...     [2, 2], [0, 6], 2.47, fast_half_time_h=0.19, slow_half_time_h=2.16, fast_weight=0.505)
    7.47
    """
    fast = bed_at_times(doses_gy, times_h, alpha_beta, fast_half_time_h)
    slow = bed_at_times(doses_gy, times_h, alpha_beta, slow_half_time_h)
    return two_component(fast, slow, fast_weight)
