"""Repopulation of the tumour while the treatment lasts.

Overall times are days from the first to the last fraction, the first day being day 0, unless a name says
otherwise.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import (
    FloatArray,
    Real,
    doses,
    finite,
    non_negative,
    one_number,
    outside_validity,
    positive,
    result,
)
from bed.errors import BedValueError
from bed.kinetics.dose_rate import LN2

__all__ = [
    "bed_after_repopulation",
    "eqd2_after_proliferation",
    "eqd2_with_time",
    "eqd2_with_time_on_weekdays",
    "repopulation_rate_from_doubling",
    "weekday_overall_time",
]

_LONGEST_SEARCH_WEEKS = 1000


def repopulation_rate_from_doubling(alpha: ArrayLike, doubling_time: ArrayLike) -> Real:
    """BED that repopulation takes back per day.

    K = ln 2 / (alpha Tp).

    Parameters
    ----------
    alpha : float or array_like
        Linear coefficient in 1/Gy, > 0, any shape.
    doubling_time : float or array_like
        Effective clonogen doubling time Tp during treatment in days, > 0; infinity gives 0. Broadcasts.

    Returns
    -------
    float or ndarray
        K in Gy of BED per day.

    Raises
    ------
    BedValueError
        A value <= 0 or NaN.

    Notes
    -----
    Travis & Tucker 1987, Int J Radiat Oncol Biol Phys 13:283; Fowler 1989, doi:10.1259/0007-1285-62-740-679.

    Examples
    --------
    >>> repopulation_rate_from_doubling(0.35, 3)
    0.66
    """
    linear = positive(alpha, "alpha", unit="1/Gy")
    doubling = positive(doubling_time, "doubling_time", unit="days", infinite=True)
    return result(LN2 / (linear * doubling))


def bed_after_repopulation(
    bed_gy: ArrayLike, overall_time: ArrayLike, repopulation_rate: ArrayLike, kick_off: ArrayLike
) -> Real:
    """BED left after accelerated repopulation at a constant rate from a kick-off time on.

    BED - K max(T - Tk, 0).

    Parameters
    ----------
    bed_gy : float or array_like
        BED without repopulation in Gy, any shape; NaN (not covered) stays NaN.
    overall_time : float or array_like
        Overall time T in days, >= 0: last day minus first day. Broadcasts.
    repopulation_rate : float or array_like
        K in Gy of BED per day, >= 0; 0 states that the tissue does not repopulate.
    kick_off : float or array_like
        Kick-off time Tk in days after the first day, >= 0; infinity means that it never starts.

    Returns
    -------
    float or ndarray
        BED in Gy. May be negative: nothing is clipped.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        The result is negative: more is said to grow back than was killed.

    Notes
    -----
    Withers 1988, doi:10.3109/02841868809090333; Fowler 1989, doi:10.1259/0007-1285-62-740-679. Counting
    the first day as day 1 costs or gains K: state the convention with any published K and Tk.

    Examples
    --------
    >>> bed_after_repopulation(84, 46, 0.9, 28)
    67.8
    """
    bed = finite(bed_gy, "bed_gy")
    rate = non_negative(repopulation_rate, "repopulation_rate", unit="Gy/day")
    left = bed - rate * _days_after_kick_off(overall_time, kick_off)
    if np.any(left < 0):
        outside_validity("BED is negative after repopulation: more is said to grow back than was killed")
    return result(left)


def _days_after_kick_off(overall_time: ArrayLike, kick_off: ArrayLike) -> FloatArray:
    time = non_negative(overall_time, "overall_time", unit="days")
    start = non_negative(kick_off, "kick_off", unit="days", infinite=True)
    return np.maximum(time - start, 0.0)


def eqd2_after_proliferation(
    eqd2_gy: ArrayLike, overall_time: ArrayLike, reference_time: ArrayLike, dose_per_day: ArrayLike
) -> Real:
    """EQD2 corrected for a longer or shorter overall time, in dose recovered per day.

    EQD2(T) = EQD2 - D_prolif (T - T_ref).

    Parameters
    ----------
    eqd2_gy : float or array_like
        EQD2 at the reference time in Gy, any shape; NaN (not covered) stays NaN.
    overall_time : float or array_like
        Overall time T in days, >= 0. Broadcasts.
    reference_time : float or array_like
        Overall time T_ref to which both schedules are compared, in days, >= 0.
    dose_per_day : float or array_like
        D_prolif in Gy of EQD2 per day, >= 0. It is not K, which is BED per day:
        D_prolif = K / (1 + 2 / (alpha/beta)).

    Returns
    -------
    float or ndarray
        EQD2 in Gy; higher than the input when T is shorter than T_ref.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    Bentzen, in Basic Clinical Radiobiology (Joiner & van der Kogel), chapter 10. One side only is corrected:
    see `eqd2_with_time` for the form that gives the 2 Gy schedule its own overall time. Valid where both
    times lie beyond the kick-off.

    Examples
    --------
    >>> eqd2_after_proliferation(60, 46, 39, 0.7)
    55.1
    """
    equivalent = finite(eqd2_gy, "eqd2_gy")
    time = non_negative(overall_time, "overall_time", unit="days")
    reference = non_negative(reference_time, "reference_time", unit="days")
    return result(equivalent - non_negative(dose_per_day, "dose_per_day", unit="Gy/day") * (time - reference))


def eqd2_with_time(
    bed_gy: ArrayLike,
    alpha_beta: ArrayLike,
    repopulation_rate: ArrayLike,
    kick_off: ArrayLike,
    days_per_fraction: ArrayLike,
) -> Real:
    """Dose in 2 Gy fractions with the same BED when the 2 Gy schedule repopulates during its own time.

    n solves n 2 (1 + 2 / (alpha/beta)) - K max(c n - Tk, 0) = BED; the result is 2 n.

    Parameters
    ----------
    bed_gy : float or array_like
        BED of the given schedule after its own repopulation, in Gy, >= 0, any shape; NaN stays NaN.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed. Broadcasts.
    repopulation_rate : float or array_like
        K in Gy of BED per day, >= 0.
    kick_off : float or array_like
        Kick-off time Tk in days, >= 0.
    days_per_fraction : float or array_like
        Days c of overall time per 2 Gy fraction, > 0; 7/5 for five fractions a week.

    Returns
    -------
    float or ndarray
        Total dose in Gy; the shorter schedule where two have the same BED, NaN where none has.

    Raises
    ------
    BedValueError
        Negative BED or numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        No 2 Gy schedule reaches the BED, because each fraction repopulates more than it kills.

    Notes
    -----
    Time-corrected on both sides, as in Voyant 2014, doi:10.1016/j.rpor.2013.08.004. For the real staircase
    of weekends use `eqd2_with_time_on_weekdays`.

    Examples
    --------
    >>> eqd2_with_time(117.8, 3.1, 0.0472, 21, 7 / 5)
    72.5
    """
    bed = doses(bed_gy, "bed_gy")
    per_fraction = 2.0 * (1.0 + 2.0 / positive(alpha_beta, "alpha_beta", unit="Gy", infinite=True))
    rate = non_negative(repopulation_rate, "repopulation_rate", unit="Gy/day")
    start = non_negative(kick_off, "kick_off", unit="days", infinite=True)
    pace = positive(days_per_fraction, "days_per_fraction", unit="days")
    net = per_fraction - rate * pace
    late_start = np.where(rate > 0, start, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        beyond = np.where(net > 0, (bed - rate * late_start) / np.where(net > 0, net, 1.0), np.nan)
    before = bed / per_fraction
    number = np.where(before * pace <= start, before, beyond)
    if np.any(np.isnan(number) & ~np.isnan(bed)):
        outside_validity("no schedule of 2 Gy fractions reaches this BED: repopulation outruns it")
    return result(2.0 * number)


def weekday_overall_time(n_fractions: float, *, first_day: Literal[0, 1]) -> float:
    """Overall time of daily fractions from Monday to Friday, starting on a Monday.

    T = n - 1 + first_day + 2 floor((n - 1) / 5).

    Parameters
    ----------
    n_fractions : float
        Number of fractions, >= 1; not necessarily whole, for solvers.
    first_day : 0 or 1
        What the first day counts as: 0 gives last day minus first day, 1 counts both ends.

    Returns
    -------
    float
        Overall time in days.

    Raises
    ------
    BedValueError
        Fewer than one fraction, or another first_day.

    Examples
    --------
    >>> weekday_overall_time(35, first_day=0)
    46.0
    >>> weekday_overall_time(20, first_day=1)
    26.0
    """
    number = one_number(n_fractions, "n_fractions")
    if not 1 <= number < math.inf or first_day not in (0, 1):
        raise BedValueError(f"needs n_fractions >= 1 and first_day 0 or 1, got {number:g} and {first_day!r}")
    return number - 1.0 + first_day + 2.0 * math.floor((number - 1.0) / 5.0)


def eqd2_with_time_on_weekdays(
    bed_gy: float, alpha_beta: float, repopulation_rate: float, kick_off: float, *, first_day: Literal[0, 1]
) -> tuple[float, ...]:
    """Every dose in 2 Gy weekday fractions with the same BED, repopulation and weekends included.

    n solves n 2 (1 + 2 / (alpha/beta)) - K max(T(n) - Tk, 0) = BED with T of `weekday_overall_time`.

    Parameters
    ----------
    bed_gy : float
        BED of the given schedule after its own repopulation, in Gy, >= 0.
    alpha_beta : float
        Alpha/beta in Gy, > 0.
    repopulation_rate : float
        K in Gy of BED per day, >= 0.
    kick_off : float
        Kick-off time Tk in days, counted like the overall time, >= 0.
    first_day : 0 or 1
        What the first day counts as.

    Returns
    -------
    tuple of float
        Total doses in Gy, ascending, of up to 1000 weeks. More than one where a weekend takes back what was
        gained before it; empty where no schedule of one fraction or more has this BED.

    Raises
    ------
    BedValueError
        Negative BED or numbers outside the ranges above.

    Notes
    -----
    The staircase of Voyant 2014, doi:10.1016/j.rpor.2013.08.004 and its web edition, which counts the first
    day as day 1. n is real here; a schedule has a whole number of fractions.

    Examples
    --------
    >>> eqd2_with_time_on_weekdays(117.8226, 3.1, 0.047151, 21, first_day=1)
    (72.46,)
    """
    bed = float(doses(one_number(bed_gy, "bed_gy"), "bed_gy"))
    ratio = float(positive(one_number(alpha_beta, "alpha_beta"), "alpha_beta", unit="Gy", infinite=True))
    per_fraction = 2.0 * (1.0 + 2.0 / ratio)
    rate = float(non_negative(one_number(repopulation_rate, "rate"), "repopulation_rate", unit="Gy/day"))
    start = float(non_negative(one_number(kick_off, "kick_off"), "kick_off", unit="days", infinite=True))
    rate = rate if math.isfinite(start) else 0.0
    offset = weekday_overall_time(1.0, first_day=first_day) - 1.0
    weeks = range(_weeks_to_search(bed, per_fraction, rate, start) + 1)
    roots = [root for week in weeks for root in _roots_in_week(week, bed, per_fraction, rate, start - offset)]
    return tuple(2.0 * root for root in sorted(set(roots)))


def _weeks_to_search(bed: float, per_fraction: float, rate: float, start: float) -> int:
    """Week after which BED stays on one side of the target; 1000 where that would never come."""
    weekly = 5.0 * per_fraction - 7.0 * rate
    kick_off_week = start / 7.0 if rate > 0 else 0.0
    rise = bed + rate if weekly > 0 else (kick_off_week + 2.0) * 5.0 * per_fraction
    weeks = rise / abs(weekly) if weekly else 0.0
    return min(math.ceil(kick_off_week + weeks) + 1, _LONGEST_SEARCH_WEEKS)


def _roots_in_week(week: int, bed: float, per_fraction: float, rate: float, start: float) -> list[float]:
    """Numbers of fractions within one week, T = n + 2 week, at which BED is the target."""
    low, high = 5.0 * week + 1.0, 5.0 * week + 6.0
    kink = min(max(start - 2.0 * week, low), high)
    candidates = [(bed / per_fraction, low, kink)]
    net = per_fraction - rate
    if net != 0 and kink < high:
        candidates.append(((bed + rate * (2.0 * week - start)) / net, kink, high))
    return [root for root, begin, end in candidates if begin <= root < end]
