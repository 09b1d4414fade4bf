"""BED of brachytherapy and radionuclides, on the scale on which external beam adds to them.

Dose rates are Gy per hour, half-lives of sources are days, half-times of repair are hours; the names say
which. Add BED of one alpha/beta, never physical dose.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import FloatArray, Real, doses, non_negative, outside_validity, positive, result, whole
from bed.errors import BedValueError
from bed.kinetics.dose_rate import LN2, g_constant, g_decaying, g_permanent, g_pulsed
from bed.kinetics.repair import HOURS_PER_DAY
from bed.lq import bed_from_dose

__all__ = [
    "bed_external_and_high_dose_rate",
    "bed_low_dose_rate",
    "bed_low_dose_rate_steady_state",
    "bed_permanent_implant",
    "bed_pulsed_dose_rate",
    "bed_radionuclide",
    "bed_radionuclide_cycles",
    "bed_temporary_implant",
    "effective_half_life",
    "effective_treatment_time",
    "relative_effectiveness_complete_decay",
]

_STEADY_ABOVE = 10.0
_APART_IN_HALF_LIVES = 5.0


def _bed(total: FloatArray, g: Real, alpha_beta: ArrayLike) -> FloatArray:
    """Evaluate D (1 + G D / (alpha/beta))."""
    return total + np.asarray(g) * total**2 / positive(alpha_beta, "alpha_beta", unit="Gy", infinite=True)


def bed_external_and_high_dose_rate(
    external_dose: ArrayLike,
    external_fractions: ArrayLike,
    brachytherapy_dose: ArrayLike,
    brachytherapy_fractions: ArrayLike,
    alpha_beta: ArrayLike,
) -> Real:
    """BED of external beam plus high-dose-rate brachytherapy at a point.

    BED = D_e (1 + d_e / (alpha/beta)) + D_b (1 + d_b / (alpha/beta)).

    Parameters
    ----------
    external_dose : float or array_like
        Dose of the external beam at the point or voxel in Gy, >= 0, any shape; NaN stays NaN.
    external_fractions : int or array_like of int
        Its number of fractions, >= 1.
    brachytherapy_dose : float or array_like
        Dose of the brachytherapy at the same point in Gy, >= 0. Broadcasts.
    brachytherapy_fractions : int or array_like of int
        Its number of fractions, >= 1.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.

    Returns
    -------
    float or ndarray
        BED in Gy; `bed_to_eqd2` gives the EQD2 that ICRU 89 reports.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    ICRU Report 89. Fractions must be short against repair (minutes) and fully repaired between. The dose per
    fraction is the dose at the point over n, equal for all fractions; add unequal ones one by one.

    Examples
    --------
    45 Gy/25 and 28 Gy/4 at alpha/beta 10 are 83.9 Gy EQD2:

    >>> bed_external_and_high_dose_rate(45, 25, 28, 4, 10) / 1.2
    83.917
    """
    external = np.asarray(bed_from_dose(external_dose, external_fractions, alpha_beta))
    return result(external + bed_from_dose(brachytherapy_dose, brachytherapy_fractions, alpha_beta))


def bed_low_dose_rate(
    dose: ArrayLike, dose_rate_gy_per_h: ArrayLike, alpha_beta: ArrayLike, repair_half_time_h: ArrayLike
) -> Real:
    """BED of a temporary implant at a constant low dose rate.

    BED = D (1 + G D / (alpha/beta)), G of `g_constant` for T = D / R.

    Parameters
    ----------
    dose : float or array_like
        Total dose D in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    dose_rate_gy_per_h : float or array_like
        Dose rate R at the same point in Gy/h, > 0. Broadcasts: a voxel's rate is its own dose over T.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.
    repair_half_time_h : float or array_like
        Half-time of sublethal damage repair in hours, > 0.

    Returns
    -------
    float or ndarray
        BED in Gy.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    Dale 1985, doi:10.1259/0007-1285-58-690-515. The source must not decay noticeably; else
    `bed_temporary_implant`.

    Examples
    --------
    >>> bed_low_dose_rate(40, 0.55, 10, 1.5)
    49.3
    """
    total = doses(dose, "dose")
    rate = positive(dose_rate_gy_per_h, "dose_rate_gy_per_h", unit="Gy/h")
    duration = np.where(np.isnan(total), 0.0, total) / rate
    return result(_bed(total, g_constant(duration, repair_half_time_h), alpha_beta))


def bed_low_dose_rate_steady_state(
    dose: ArrayLike, dose_rate_gy_per_h: ArrayLike, alpha_beta: ArrayLike, repair_half_time_h: ArrayLike
) -> Real:
    """BED of a long implant at a constant low dose rate, without its beginning and end.

    BED = D [1 + 2 R / (mu alpha/beta)].

    Parameters
    ----------
    dose : float or array_like
        Total dose D in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    dose_rate_gy_per_h : float or array_like
        Dose rate R at the same point in Gy/h, > 0. Broadcasts.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.
    repair_half_time_h : float or array_like
        Half-time of sublethal damage repair in hours, > 0.

    Returns
    -------
    float or ndarray
        BED in Gy, never below `bed_low_dose_rate`.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        mu T is below 10: the neglected term exceeds a tenth of the quadratic one.

    Notes
    -----
    Dale 1985, doi:10.1259/0007-1285-58-690-515, in the form of the textbooks.

    Examples
    --------
    >>> bed_low_dose_rate_steady_state(40, 0.55, 10, 1.5068)
    49.57
    """
    total, rate = doses(dose, "dose"), positive(dose_rate_gy_per_h, "dose_rate_gy_per_h", unit="Gy/h")
    mu = LN2 / positive(repair_half_time_h, "repair_half_time_h", unit="h")
    if np.any(mu * total / rate < _STEADY_ABOVE):
        outside_validity("the implant is short against repair (mu T < 10); use bed_low_dose_rate")
    ratio = positive(alpha_beta, "alpha_beta", unit="Gy", infinite=True)
    return result(total * (1.0 + 2.0 * rate / (mu * ratio)))


def bed_pulsed_dose_rate(
    dose: ArrayLike,
    n_pulses: ArrayLike,
    alpha_beta: ArrayLike,
    *,
    pulse_duration_h: ArrayLike,
    period_h: ArrayLike,
    repair_half_time_h: ArrayLike,
) -> Real:
    """BED of pulsed-dose-rate brachytherapy in equal pulses.

    BED = D (1 + G D / (alpha/beta)), G of `g_pulsed`.

    Parameters
    ----------
    dose : float or array_like
        Total dose D of all pulses in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    n_pulses : int or array_like of int
        Number of pulses, >= 1.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.
    pulse_duration_h : float or array_like
        Duration of a pulse in hours, >= 0.
    period_h : float or array_like
        From the start of a pulse to the start of the next in hours.
    repair_half_time_h : float or array_like
        Half-time of sublethal damage repair in hours, > 0.

    Returns
    -------
    float or ndarray
        BED in Gy.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above, or pulses that overlap.

    Notes
    -----
    Brenner & Hall 1991, Int J Radiat Oncol Biol Phys 20:181; GEC-ESTRO recommendations (II) 2006, Radiother
    Oncol 78:67. Constant dose rate within a pulse.

    Examples
    --------
    >>> bed_pulsed_dose_rate(15, 30, 3, pulse_duration_h=0.2, period_h=1, repair_half_time_h=1.5)
    25.18
    """
    g = g_pulsed(n_pulses, pulse_duration_h, period_h, repair_half_time_h)
    return result(_bed(doses(dose, "dose"), g, alpha_beta))


def bed_temporary_implant(
    dose: ArrayLike,
    duration_h: ArrayLike,
    alpha_beta: ArrayLike,
    *,
    source_half_life: ArrayLike,
    repair_half_time_h: ArrayLike,
) -> Real:
    """BED of an implant that decays while it is in place and is then removed.

    BED = D (1 + G D / (alpha/beta)), G of `g_decaying`.

    Parameters
    ----------
    dose : float or array_like
        Dose D given until removal in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    duration_h : float or array_like
        Time in place in hours, >= 0; infinity for a source left in place.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.
    source_half_life : float or array_like
        Half-life of the source in days, > 0; infinity for one that does not decay.
    repair_half_time_h : float or array_like
        Half-time of sublethal damage repair in hours, > 0.

    Returns
    -------
    float or ndarray
        BED in Gy, without repopulation.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    Dale 1985, doi:10.1259/0007-1285-58-690-515.

    Examples
    --------
    >>> bed_temporary_implant(85, 96, 3, source_half_life=59.4, repair_half_time_h=1.5)
    191.15
    """
    half_life_h = positive(source_half_life, "source_half_life", unit="days", infinite=True) * HOURS_PER_DAY
    return result(
        _bed(doses(dose, "dose"), g_decaying(duration_h, half_life_h, repair_half_time_h), alpha_beta)
    )


def relative_effectiveness_complete_decay(
    initial_dose_rate_gy_per_h: ArrayLike,
    alpha_beta: ArrayLike,
    *,
    source_half_life_h: ArrayLike,
    repair_half_time_h: ArrayLike,
) -> Real:
    """Relative effectiveness of a source that decays away completely, from its initial dose rate.

    RE = 1 + R0 / ((mu + lambda) alpha/beta).

    Parameters
    ----------
    initial_dose_rate_gy_per_h : float or array_like
        Initial dose rate R0 in Gy/h, >= 0, any shape.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.
    source_half_life_h : float or array_like
        Half-life of the dose rate in hours, > 0.
    repair_half_time_h : float or array_like
        Half-time of sublethal damage repair in hours, > 0.

    Returns
    -------
    float or ndarray
        RE >= 1; BED = D RE with D = R0 / lambda.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    Dale 1985, doi:10.1259/0007-1285-58-690-515.

    Examples
    --------
    >>> relative_effectiveness_complete_decay(2, 3, source_half_life_h=13.863, repair_half_time_h=1.50684)
    2.307
    """
    rate = non_negative(initial_dose_rate_gy_per_h, "initial_dose_rate_gy_per_h", unit="Gy/h")
    decay = LN2 / positive(source_half_life_h, "source_half_life_h", unit="h")
    mu = LN2 / positive(repair_half_time_h, "repair_half_time_h", unit="h")
    return result(1.0 + rate / ((mu + decay) * positive(alpha_beta, "alpha_beta", unit="Gy", infinite=True)))


def effective_treatment_time(
    dose: ArrayLike, source_half_life: ArrayLike, repopulation_rate: ArrayLike
) -> Real:
    """Time until a permanent implant's dose rate no longer keeps up with repopulation.

    T_eff = ln(R0 / K) / lambda with R0 = D lambda.

    Parameters
    ----------
    dose : float or array_like
        Dose D of the complete decay in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    source_half_life : float or array_like
        Half-life of the source in days, > 0. Broadcasts.
    repopulation_rate : float or array_like
        K in Gy of BED per day, >= 0; 0 gives infinity.

    Returns
    -------
    float or ndarray
        T_eff in days; NaN where repopulation outruns the implant from the first day.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        R0 <= K somewhere: there is no effective time.

    Notes
    -----
    Dale 1989, Br J Radiol 62:241; AAPM TG-137, Nath 2009, Med Phys 36:5310.

    Examples
    --------
    >>> effective_treatment_time(145, 59.4, 0.11)
    234.2
    """
    decay = LN2 / positive(source_half_life, "source_half_life", unit="days")
    rate = non_negative(repopulation_rate, "repopulation_rate", unit="Gy/day")
    initial = doses(dose, "dose") * decay
    outrun = initial <= rate
    if np.any(outrun & (rate > 0)):
        outside_validity("repopulation outruns the implant from the first day; no effective treatment time")
    with np.errstate(divide="ignore"):
        ratio = np.where(outrun, np.nan, initial) / rate
    return result(np.log(ratio) / decay)


def bed_permanent_implant(
    dose: ArrayLike,
    alpha_beta: ArrayLike,
    *,
    source_half_life: ArrayLike,
    repair_half_time_h: ArrayLike,
    repopulation_rate: ArrayLike,
) -> Real:
    """BED of a permanent implant with repopulation from the first day, up to its effective time.

    BED = D(T_eff) [1 + G(T_eff) D(T_eff) / (alpha/beta)] - K T_eff, D(T) = D (1 - exp(-lambda T)).

    Parameters
    ----------
    dose : float or array_like
        Dose D of the complete decay in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.
    source_half_life : float or array_like
        Half-life of the source in days, > 0.
    repair_half_time_h : float or array_like
        Half-time of sublethal damage repair in hours, > 0.
    repopulation_rate : float or array_like
        K in Gy of BED per day, >= 0; 0 states no repopulation and gives the complete decay.

    Returns
    -------
    float or ndarray
        BED in Gy; NaN where repopulation outruns the implant from the first day.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        R0 <= K somewhere.

    Notes
    -----
    AAPM TG-137, Nath 2009, Med Phys 36:5310, without oedema; Dale 1989, Br J Radiol 62:241.

    Examples
    --------
    >>> bed_permanent_implant(145, 3, source_half_life=59.4, repair_half_time_h=0.27,
    ...                       repopulation_rate=0.11003)
    111.1
    """
    total = doses(dose, "dose")
    half_life = positive(source_half_life, "source_half_life", unit="days")
    rate = non_negative(repopulation_rate, "repopulation_rate", unit="Gy/day")
    time = np.where(rate > 0, np.asarray(effective_treatment_time(dose, half_life, rate)), np.inf)
    known = np.where(np.isnan(time), 0.0, time)
    given = total * -np.expm1(-LN2 / half_life * known)
    g = g_decaying(known * HOURS_PER_DAY, half_life * HOURS_PER_DAY, repair_half_time_h)
    regrown = np.where(rate > 0, rate, 0.0) * np.where(np.isinf(known), 0.0, known)
    return result(np.where(np.isnan(time), np.nan, _bed(given, g, alpha_beta) - regrown))


def effective_half_life(physical_half_life: ArrayLike, biological_half_life: ArrayLike) -> Real:
    """Half-life of a radionuclide that decays and is washed out.

    1 / T_eff = 1 / T_physical + 1 / T_biological.

    Parameters
    ----------
    physical_half_life, biological_half_life : float or array_like
        Both in the same unit, > 0; infinity for a process that does not take place.

    Returns
    -------
    float or ndarray
        Effective half-life in that unit.

    Raises
    ------
    BedValueError
        A half-life <= 0 or NaN.

    Examples
    --------
    >>> effective_half_life(6.65, 3.0)
    2.07
    """
    physical = positive(physical_half_life, "physical_half_life", unit="", infinite=True)
    biological = positive(biological_half_life, "biological_half_life", unit="", infinite=True)
    with np.errstate(divide="ignore"):
        return result(1.0 / (1.0 / physical + 1.0 / biological))


def bed_radionuclide(
    dose: ArrayLike, alpha_beta: ArrayLike, *, effective_half_life_h: ArrayLike, repair_half_time_h: ArrayLike
) -> Real:
    """BED of one administration of a radionuclide with mono-exponential decay of the dose rate.

    BED = D [1 + D T_rep / ((T_rep + T_eff) alpha/beta)].

    Parameters
    ----------
    dose : float or array_like
        Absorbed dose D in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.
    effective_half_life_h : float or array_like
        Effective half-life T_eff in the organ in hours, > 0.
    repair_half_time_h : float or array_like
        Half-time T_rep of sublethal damage repair in hours, > 0.

    Returns
    -------
    float or ndarray
        BED in Gy.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    MIRD Pamphlet 20, Wessels 2008, J Nucl Med 49:1884. Uptake takes no time here; where it is not short
    against repair use `g_multi_exponential` with `bed_protracted`. Dose non-uniformity is not included.

    Examples
    --------
    >>> bed_radionuclide(20, 2.6, effective_half_life_h=50, repair_half_time_h=2.8)
    28.16
    """
    return result(
        _bed(doses(dose, "dose"), g_permanent(effective_half_life_h, repair_half_time_h), alpha_beta)
    )


def bed_radionuclide_cycles(
    doses_gy: ArrayLike,
    cycle_days: ArrayLike,
    alpha_beta: ArrayLike,
    *,
    effective_half_lives_h: ArrayLike,
    repair_half_time_h: ArrayLike,
) -> Real:
    """BED of several cycles of radionuclide therapy, each with its own dose and effective half-life.

    BED = sum over cycles of `bed_radionuclide`.

    Parameters
    ----------
    doses_gy : array_like, shape (..., n)
        Absorbed dose of each cycle in Gy, >= 0; leading axes are organs or voxels.
    cycle_days : array_like, shape (n,)
        Day of each administration, ascending.
    alpha_beta : float or array_like, shape (...)
        Alpha/beta in Gy, > 0, infinity allowed.
    effective_half_lives_h : float or array_like, shape (n,)
        Effective half-life of each cycle in hours, > 0.
    repair_half_time_h : float or array_like, shape (...)
        Half-time of sublethal damage repair in hours, > 0.

    Returns
    -------
    float or ndarray, shape (...)
        BED in Gy.

    Raises
    ------
    BedValueError
        Days not ascending or not one for each cycle, numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        Two cycles are closer than five effective or repair half-lives: they then interact.

    Notes
    -----
    Bodei 2008, Eur J Nucl Med Mol Imaging 35:1847; MIRD Pamphlet 20.

    Examples
    --------
    >>> bed_radionuclide_cycles([6, 5, 5, 4], [0, 56, 112, 168], 2.6,
    ...                         effective_half_lives_h=50, repair_half_time_h=2.8)
    22.1
    """
    dose, days = doses(doses_gy, "doses_gy"), np.asarray(cycle_days, dtype=np.float64)
    if days.ndim != 1 or dose.shape[-1:] != days.shape or not np.all(np.diff(days) > 0):
        raise BedValueError(
            "cycle_days must ascend, with one day for each cycle along the last axis of doses_gy"
        )
    half_lives = np.broadcast_to(
        positive(effective_half_lives_h, "effective_half_lives_h", unit="h"),
        (int(whole(days.size, "cycles")),),
    )
    repair = positive(repair_half_time_h, "repair_half_time_h", unit="h")
    slowest_h = np.maximum(half_lives[:-1], repair.max())
    if np.any(np.diff(days) * HOURS_PER_DAY < _APART_IN_HALF_LIVES * slowest_h):
        outside_validity("cycles closer than five half-lives interact; their BED is more than this sum")
    ratio = positive(alpha_beta, "alpha_beta", unit="Gy", infinite=True)
    g = np.asarray(g_permanent(half_lives, repair[..., None]))
    return result(_bed(dose, g, ratio[..., None]).sum(axis=-1))
