"""The linear-quadratic-linear model (LQ-L): LQ up to a transition dose per fraction, a straight line above.

Astrahan 2008, doi:10.1118/1.2969065.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import (
    FloatArray,
    Real,
    non_negative,
    outside_validity,
    positive,
    result,
)
from bed.high_dose._per_fraction import (
    alpha_beta_of,
    beyond,
    course,
    lq_root,
    target_per_fraction,
)
from bed.high_dose.effect import HighDoseEffect

__all__ = ["bed_lql", "bed_lql_incomplete_repair", "dose_per_fraction_lql", "eqd2_lql", "lql_tangent_slope"]


def lql_tangent_slope(alpha_beta: ArrayLike, transition_dose: ArrayLike) -> Real:
    """Final slope of LQ-L that continues LQ without a kink.

    gamma / alpha = 1 + 2 D_T / (alpha/beta).

    Parameters
    ----------
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, any shape.
    transition_dose : float or array_like
        Transition dose D_T in Gy per fraction, > 0. Broadcasts.

    Returns
    -------
    float or ndarray
        gamma / alpha, no unit; 5 when D_T is twice alpha/beta.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Examples
    --------
    >>> lql_tangent_slope(2, 4)
    5.0
    """
    transition = positive(transition_dose, "transition_dose", unit="Gy")
    return result(1.0 + 2.0 * transition / alpha_beta_of(alpha_beta))


def bed_lql(
    dose: ArrayLike,
    n_fractions: ArrayLike,
    alpha_beta: ArrayLike,
    *,
    transition_dose: ArrayLike,
    gamma_over_alpha: ArrayLike,
) -> Real:
    """BED of the linear-quadratic-linear model (LQ-L).

    BED = n d (1 + d / (alpha/beta)) for d <= D_T;
    BED = n [D_T (1 + D_T / (alpha/beta)) + (gamma/alpha) (d - D_T)] above.

    Parameters
    ----------
    dose : float or array_like
        Total dose D at the point or voxel in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    n_fractions : int or array_like of int
        Number n of fractions, >= 1; d = D / n. Broadcasts.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.
    transition_dose : float or array_like
        D_T in Gy per fraction, > 0. Astrahan: about twice alpha/beta (EQD2 is then not monotone in it).
    gamma_over_alpha : float or array_like
        Final slope over alpha, > 0; `lql_tangent_slope` for the one without a kink.

    Returns
    -------
    float or ndarray
        BED in Gy.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above, or more than 100 Gy per fraction.

    Warns
    -----
    OutsideValidityWarning
        A final slope steeper than LQ at D_T.

    Notes
    -----
    Astrahan 2008, doi:10.1118/1.2969065. One fraction a day: see `bed_lql_incomplete_repair`.

    Examples
    --------
    >>> bed_lql(25.3, 5, 2, transition_dose=4, gamma_over_alpha=5)
    86.5
    """
    per_fraction, number = course(dose, n_fractions)
    parameters = _lql_parameters(alpha_beta, transition_dose, gamma_over_alpha)
    return result(number * _lql_per_fraction(per_fraction, *parameters))


def dose_per_fraction_lql(
    bed_gy: ArrayLike,
    n_fractions: ArrayLike,
    alpha_beta: ArrayLike,
    *,
    transition_dose: ArrayLike,
    gamma_over_alpha: ArrayLike,
) -> Real:
    """Dose per fraction that gives a BED in n fractions under LQ-L: the inverse of `bed_lql`.

    The branch is chosen by the BED at D_T, not by a guess of d.

    Parameters
    ----------
    bed_gy : float or array_like
        BED in Gy, >= 0, any shape; NaN stays NaN.
    n_fractions, alpha_beta, transition_dose, gamma_over_alpha : float or array_like
        As in `bed_lql`.

    Returns
    -------
    float or ndarray
        Dose per fraction in Gy.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        A final slope steeper than LQ at D_T.

    Examples
    --------
    >>> dose_per_fraction_lql(86.5, 5, 2, transition_dose=4, gamma_over_alpha=5)
    5.06
    """
    effect = target_per_fraction(bed_gy, n_fractions)
    ratio, transition, slope = _lql_parameters(alpha_beta, transition_dose, gamma_over_alpha)
    at_transition = transition * (1.0 + transition / ratio)
    straight = transition + (effect - at_transition) / slope
    return result(np.where(effect <= at_transition, lq_root(effect, ratio), straight))


def eqd2_lql(
    dose: ArrayLike,
    n_fractions: ArrayLike,
    alpha_beta: ArrayLike,
    *,
    transition_dose: ArrayLike,
    gamma_over_alpha: ArrayLike,
) -> Real:
    """Dose in 2 Gy fractions with the same LQ-L effect.

    EQD2 = 2 BED / BED(one fraction of 2 Gy); below D_T = 2 Gy the 2 Gy fraction is itself straightened.

    Parameters
    ----------
    dose, n_fractions, alpha_beta, transition_dose, gamma_over_alpha : float or array_like
        As in `bed_lql`.

    Returns
    -------
    float or ndarray
        EQD2 in Gy.

    Raises
    ------
    BedValueError
        As for `bed_lql`.

    Warns
    -----
    OutsideValidityWarning
        A final slope steeper than LQ at D_T.

    Examples
    --------
    >>> eqd2_lql(36.25, 5, 3.1, transition_dose=6.2, gamma_over_alpha=5)
    72.49
    """
    per_fraction, number = course(dose, n_fractions)
    parameters = _lql_parameters(alpha_beta, transition_dose, gamma_over_alpha)
    two = _lql_per_fraction(np.asarray(2.0), *parameters)
    return result(2.0 * number * _lql_per_fraction(per_fraction, *parameters) / two)


def bed_lql_incomplete_repair(
    dose: ArrayLike,
    n_fractions: ArrayLike,
    alpha_beta: ArrayLike,
    repair_factor: ArrayLike,
    *,
    transition_dose: ArrayLike,
) -> Real:
    """BED of several fractions a day under LQ-L, which is defined on its quadratic branch only.

    BED = D [1 + (1 + h_m) d / (alpha/beta)] for d <= D_T; not defined above.

    Parameters
    ----------
    dose, n_fractions, alpha_beta, transition_dose : float or array_like
        As in `bed_lql`.
    repair_factor : float or array_like
        h_m of `incomplete_repair_factor`, >= 0.

    Returns
    -------
    float or ndarray
        BED in Gy; NaN, never 0, where the dose per fraction exceeds D_T.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        Doses per fraction above D_T, where the model is not defined.

    Notes
    -----
    Thames 1985, Int J Radiat Biol 47:319; Astrahan 2008, doi:10.1118/1.2969065; Voyant 2014,
    doi:10.1016/j.rpor.2013.08.004 prints such schedules as not computable.

    Examples
    --------
    >>> bed_lql_incomplete_repair(30, 10, 3.5, 0.4353, transition_dose=7)
    66.9
    """
    per_fraction, number = course(dose, n_fractions)
    transition = positive(transition_dose, "transition_dose", unit="Gy")
    factor = non_negative(repair_factor, "repair_factor", unit="")
    above = beyond(per_fraction, transition)
    if np.any(above):
        outside_validity("several fractions a day above the transition dose: LQ-L is not defined there")
    bed = number * per_fraction * (1.0 + (1.0 + factor) * per_fraction / alpha_beta_of(alpha_beta))
    return result(np.where(above, np.nan, bed))


def _lql_parameters(
    alpha_beta: ArrayLike, transition_dose: ArrayLike, gamma_over_alpha: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    ratio = alpha_beta_of(alpha_beta)
    transition = positive(transition_dose, "transition_dose", unit="Gy")
    slope = positive(gamma_over_alpha, "gamma_over_alpha", unit="")
    if np.any(slope > (1.0 + 2.0 * transition / ratio) * (1.0 + 1e-9)):
        outside_validity(
            "gamma/alpha is steeper than LQ at the transition dose; LQ-L is for curves that bend less"
        )
    return ratio, transition, slope


def _lql_per_fraction(
    d: FloatArray, ratio: FloatArray, transition: FloatArray, slope: FloatArray
) -> FloatArray:
    curved = np.minimum(d, transition)
    return curved * (1.0 + curved / ratio) + slope * np.maximum(d - transition, 0.0)


def _departs_at(*, transition_dose: ArrayLike, gamma_over_alpha: ArrayLike) -> ArrayLike:
    """Dose per fraction from which LQ-L is straight."""
    return transition_dose


def _bed_incomplete_repair(
    dose: ArrayLike,
    n_fractions: ArrayLike,
    alpha_beta: ArrayLike,
    repair_factor: ArrayLike,
    *,
    transition_dose: ArrayLike,
    gamma_over_alpha: ArrayLike,
) -> Real:
    """`bed_lql_incomplete_repair`, where the slope of the straight branch plays no part."""
    return bed_lql_incomplete_repair(
        dose, n_fractions, alpha_beta, repair_factor, transition_dose=transition_dose
    )


EFFECT: Final = HighDoseEffect(
    bed=bed_lql, eqd2=eqd2_lql, departs_at=_departs_at, bed_incomplete_repair=_bed_incomplete_repair
)
