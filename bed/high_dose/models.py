"""Models for high doses per fraction, where LQ bends on and measured survival curves turn straight.

Every model here equals LQ at small doses per fraction. `beside_lq` puts a model's BED beside that of LQ;
LQ is never replaced silently. For an organ at risk LQ is the conservative side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bed.arguments import Real
from bed.domain import (
    Array,
    doses,
    external_dose_per_fraction,
    non_negative,
    outside_validity,
    positive,
    result,
    whole,
)
from bed.errors import BedValueError
from bed.kinetics import lea_catcheside, mean_decay
from bed.lq import bed_from_dose

__all__ = [
    "BesideLQ",
    "bed_lqc",
    "bed_lql",
    "bed_lql_incomplete_repair",
    "bed_mlq",
    "bed_mlq_protracted",
    "bed_usc",
    "beside_lq",
    "dose_per_fraction_lqc",
    "dose_per_fraction_lql",
    "dose_per_fraction_mlq",
    "dose_per_fraction_usc",
    "eqd2_lqc",
    "eqd2_lql",
    "eqd2_mlq",
    "eqd2_usc",
    "lql_tangent_slope",
    "single_fraction_equivalent_dose_usc",
    "usc_alpha_beta",
    "usc_beta",
    "usc_transition_dose",
]

LN2 = float(np.log(2.0))

_NEWTON_STEPS = 64


def _course(dose: ArrayLike, n_fractions: ArrayLike) -> tuple[Array, Array]:
    """Dose per fraction and number of fractions of a course; cGy taken for Gy is refused."""
    total, number = doses(dose, "dose"), whole(n_fractions, "n_fractions")
    return external_dose_per_fraction(total / number, "dose / n_fractions"), number


def _target(bed_gy: ArrayLike, n_fractions: ArrayLike) -> Array:
    """BED per fraction that an inverse must reach."""
    return doses(bed_gy, "bed_gy") / whole(n_fractions, "n_fractions")


def _ratio(alpha_beta: ArrayLike) -> Array:
    return positive(alpha_beta, "alpha_beta", unit="Gy", infinite=True)


def _beyond(value: Array, limit: Array) -> NDArray[np.bool_]:
    """Where a value exceeds its limit by more than the rounding of n d / n."""
    return value > limit * (1.0 + 1e-12)


def _lq_root(effect: Array, ratio: Array) -> Array:
    """Dose per fraction with this BED per fraction under LQ, in the form that never cancels."""
    return 2.0 * effect / (1.0 + np.sqrt(1.0 + 4.0 * effect / ratio))


def _falling_newton(
    target: Array, start: Array, value: Callable[[Array], Array], slope: Callable[[Array], Array]
) -> Array:
    """Root of a rising convex function from a start above it; Newton's steps then only fall."""
    dose = np.broadcast_to(start, np.broadcast_shapes(target.shape, start.shape)).astype(np.float64)
    for _ in range(_NEWTON_STEPS):  # pragma: no branch - ten steps suffice; the rest guards against rounding
        step = (value(dose) - target) / slope(dose)
        dose = dose - step
        if not np.any(np.abs(step) > 1e-15 * np.abs(dose)):
            break
    return dose


@dataclass(frozen=True, kw_only=True)
class BesideLQ:
    """BED of a high-dose model beside that of LQ.

    Attributes
    ----------
    model : str
        Name of the model.
    lq_bed_gy : float or ndarray
        BED of LQ in Gy.
    model_bed_gy : float or ndarray
        BED of the model in Gy; NaN where the model is not defined.
    difference_gy : float or ndarray
        Model minus LQ in Gy.
    above_transition : bool or ndarray of bool
        Where the dose per fraction exceeds the dose from which the model departs from LQ.
    """

    model: str
    lq_bed_gy: Real
    model_bed_gy: Real
    difference_gy: Real
    above_transition: object


def beside_lq(
    model: str,
    model_bed_gy: ArrayLike,
    dose: ArrayLike,
    n_fractions: ArrayLike,
    alpha_beta: ArrayLike,
    *,
    transition_dose: ArrayLike,
) -> BesideLQ:
    """Put the BED of a high-dose model beside LQ's, with the difference.

    Parameters
    ----------
    model : str
        Name of the model, for the report.
    model_bed_gy : float or array_like
        BED by the model in Gy, from one of the functions of this module.
    dose : float or array_like
        Total dose in Gy, >= 0, any shape.
    n_fractions : int or array_like of int
        Number of fractions, >= 1.
    alpha_beta : float or array_like
        Alpha/beta in Gy of both models, > 0.
    transition_dose : float or array_like
        Dose per fraction in Gy from which the model departs from LQ; 0 for models that do so at once.

    Returns
    -------
    BesideLQ
        Both values, their difference, and where it matters.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    LQ over-predicts effect at large doses per fraction, so for an organ at risk it is the safer of the two.

    Examples
    --------
    >>> pair = beside_lq("LQ-L", bed_lql(25.3, 5, 2, transition_dose=4, gamma_over_alpha=5),
    ...                  25.3, 5, 2, transition_dose=4)
    >>> round(pair.lq_bed_gy, 1), round(pair.model_bed_gy, 1), round(pair.difference_gy, 1)
    (89.3, 86.5, -2.8)
    """
    per_fraction, _ = _course(dose, n_fractions)
    transition = non_negative(transition_dose, "transition_dose", unit="Gy")
    lq, other = (
        np.asarray(bed_from_dose(dose, n_fractions, alpha_beta)),
        np.asarray(model_bed_gy, dtype=np.float64),
    )
    above = np.asarray(per_fraction > transition)
    return BesideLQ(
        model=model,
        lq_bed_gy=result(lq),
        model_bed_gy=result(other),
        difference_gy=result(other - lq),
        above_transition=bool(above) if above.ndim == 0 else above,
    )


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

    Notes
    -----
    Astrahan 2008, doi:10.1118/1.2969065.

    Examples
    --------
    >>> lql_tangent_slope(2, 4)
    5.0
    """
    transition = positive(transition_dose, "transition_dose", unit="Gy")
    return result(1.0 + 2.0 * transition / _ratio(alpha_beta))


def _lql_per_fraction(d: Array, ratio: Array, transition: Array, slope: Array) -> Array:
    curved = np.minimum(d, transition)
    return curved * (1.0 + curved / ratio) + slope * np.maximum(d - transition, 0.0)


def _lql_parameters(
    alpha_beta: ArrayLike, transition_dose: ArrayLike, gamma_over_alpha: ArrayLike
) -> tuple[Array, Array, Array]:
    ratio = _ratio(alpha_beta)
    transition = positive(transition_dose, "transition_dose", unit="Gy")
    slope = positive(gamma_over_alpha, "gamma_over_alpha", unit="")
    if np.any(slope > (1.0 + 2.0 * transition / ratio) * (1.0 + 1e-9)):
        outside_validity(
            "gamma/alpha is steeper than LQ at the transition dose; LQ-L is for curves that bend less"
        )
    return ratio, transition, slope


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
    per_fraction, number = _course(dose, n_fractions)
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
    n_fractions : int or array_like of int
        Number of fractions, >= 1.
    alpha_beta, transition_dose, gamma_over_alpha : float or array_like
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

    Notes
    -----
    Astrahan 2008, doi:10.1118/1.2969065.

    Examples
    --------
    >>> dose_per_fraction_lql(86.5, 5, 2, transition_dose=4, gamma_over_alpha=5)
    5.06
    """
    effect = _target(bed_gy, n_fractions)
    ratio, transition, slope = _lql_parameters(alpha_beta, transition_dose, gamma_over_alpha)
    at_transition = transition * (1.0 + transition / ratio)
    straight = transition + (effect - at_transition) / slope
    return result(np.where(effect <= at_transition, _lq_root(effect, ratio), straight))


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

    Notes
    -----
    Astrahan 2008, doi:10.1118/1.2969065.

    Examples
    --------
    >>> eqd2_lql(36.25, 5, 3.1, transition_dose=6.2, gamma_over_alpha=5)
    72.49
    """
    per_fraction, number = _course(dose, n_fractions)
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
    dose : float or array_like
        Total dose D in Gy, >= 0, any shape.
    n_fractions : int or array_like of int
        Number of fractions, >= 1.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.
    repair_factor : float or array_like
        h_m of `incomplete_repair_factor`, >= 0.
    transition_dose : float or array_like
        D_T in Gy per fraction, > 0.

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
    per_fraction, number = _course(dose, n_fractions)
    transition = positive(transition_dose, "transition_dose", unit="Gy")
    factor = non_negative(repair_factor, "repair_factor", unit="")
    above = _beyond(per_fraction, transition)
    if np.any(above):
        outside_validity("several fractions a day above the transition dose: LQ-L is not defined there")
    bed = number * per_fraction * (1.0 + (1.0 + factor) * per_fraction / _ratio(alpha_beta))
    return result(np.where(above, np.nan, bed))


def _usc_parameters(alpha: ArrayLike, d0: ArrayLike, dq: ArrayLike) -> tuple[Array, Array, Array]:
    linear = positive(alpha, "alpha", unit="1/Gy")
    final, quasi = positive(d0, "d0", unit="Gy"), positive(dq, "dq", unit="Gy")
    if np.any(linear * final >= 1.0):
        raise BedValueError(
            "the USC needs alpha d0 < 1: the final slope 1/d0 must be steeper than the initial one"
        )
    return linear, final, quasi


def usc_beta(alpha: ArrayLike, d0: ArrayLike, dq: ArrayLike) -> Real:
    """Quadratic coefficient of the universal survival curve; it follows from the three parameters.

    beta = (1 - alpha D0)**2 / (4 D0 Dq).

    Parameters
    ----------
    alpha : float or array_like
        Initial slope in 1/Gy, > 0, any shape.
    d0 : float or array_like
        Final slope D0 in Gy, > 0, alpha D0 < 1. Broadcasts.
    dq : float or array_like
        Quasi-threshold dose Dq in Gy, > 0.

    Returns
    -------
    float or ndarray
        beta in 1/Gy**2.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    Park 2008, doi:10.1016/j.ijrobp.2007.10.059.

    Examples
    --------
    >>> usc_beta(0.33, 1.25, 1.8)
    0.03835
    """
    linear, final, quasi = _usc_parameters(alpha, d0, dq)
    return result((1.0 - linear * final) ** 2 / (4.0 * final * quasi))


def usc_alpha_beta(alpha: ArrayLike, d0: ArrayLike, dq: ArrayLike) -> Real:
    """Alpha/beta of the universal survival curve: alpha / `usc_beta`.

    Parameters
    ----------
    alpha, d0, dq : float or array_like
        As in `usc_beta`.

    Returns
    -------
    float or ndarray
        Alpha/beta in Gy.

    Raises
    ------
    BedValueError
        As for `usc_beta`.

    Notes
    -----
    Park 2008, doi:10.1016/j.ijrobp.2007.10.059. It is not a fourth free parameter: choosing it apart from
    alpha, D0 and Dq breaks the slope at the transition dose.

    Examples
    --------
    >>> usc_alpha_beta(0.33, 1.25, 1.8)
    8.6
    """
    return result(np.asarray(alpha, dtype=np.float64) / usc_beta(alpha, d0, dq))


def usc_transition_dose(alpha: ArrayLike, d0: ArrayLike, dq: ArrayLike) -> Real:
    """Dose per fraction at which the universal survival curve turns straight.

    D_T = 2 Dq / (1 - alpha D0).

    Parameters
    ----------
    alpha, d0, dq : float or array_like
        As in `usc_beta`.

    Returns
    -------
    float or ndarray
        D_T in Gy.

    Raises
    ------
    BedValueError
        As for `usc_beta`.

    Notes
    -----
    Park 2008, doi:10.1016/j.ijrobp.2007.10.059, which quotes 6.2 Gy for lung cancer.

    Examples
    --------
    >>> usc_transition_dose(0.33, 1.25, 1.8)
    6.13
    """
    linear, final, quasi = _usc_parameters(alpha, d0, dq)
    return result(2.0 * quasi / (1.0 - linear * final))


def _usc_per_fraction(d: Array, alpha: ArrayLike, d0: ArrayLike, dq: ArrayLike) -> Array:
    ratio, transition = (
        np.asarray(usc_alpha_beta(alpha, d0, dq)),
        np.asarray(usc_transition_dose(alpha, d0, dq)),
    )
    linear, final, quasi = _usc_parameters(alpha, d0, dq)
    bed: Array = np.where(d <= transition, d * (1.0 + d / ratio), (d - quasi) / (linear * final))
    return bed


def bed_usc(
    dose: ArrayLike, n_fractions: ArrayLike, *, alpha: ArrayLike, d0: ArrayLike, dq: ArrayLike
) -> Real:
    """BED of the universal survival curve (USC).

    BED = n d (1 + d / (alpha/beta)) for d <= D_T; BED = n (d - Dq) / (alpha D0) above.

    Parameters
    ----------
    dose : float or array_like
        Total dose D at the point or voxel in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    n_fractions : int or array_like of int
        Number n of fractions, >= 1; d = D / n. Broadcasts.
    alpha, d0, dq : float or array_like
        The three parameters of the curve, as in `usc_beta`; alpha/beta and D_T follow from them.

    Returns
    -------
    float or ndarray
        BED in Gy.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above, or more than 100 Gy per fraction.

    Notes
    -----
    Park 2008, doi:10.1016/j.ijrobp.2007.10.059. Value and slope are continuous at D_T by construction.

    Examples
    --------
    >>> bed_usc(54, 3, alpha=0.33, d0=1.25, dq=1.8)
    117.8
    """
    per_fraction, number = _course(dose, n_fractions)
    return result(number * _usc_per_fraction(per_fraction, alpha, d0, dq))


def dose_per_fraction_usc(
    bed_gy: ArrayLike, n_fractions: ArrayLike, *, alpha: ArrayLike, d0: ArrayLike, dq: ArrayLike
) -> Real:
    """Dose per fraction that gives a BED in n fractions under the USC: the inverse of `bed_usc`.

    The branch is chosen by the BED at D_T.

    Parameters
    ----------
    bed_gy : float or array_like
        BED in Gy, >= 0, any shape; NaN stays NaN.
    n_fractions : int or array_like of int
        Number of fractions, >= 1.
    alpha, d0, dq : float or array_like
        As in `usc_beta`.

    Returns
    -------
    float or ndarray
        Dose per fraction in Gy.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    Park 2008, doi:10.1016/j.ijrobp.2007.10.059.

    Examples
    --------
    >>> dose_per_fraction_usc(117.82, 3, alpha=0.33, d0=1.25, dq=1.8)
    18.0
    """
    effect = _target(bed_gy, n_fractions)
    ratio, transition = (
        np.asarray(usc_alpha_beta(alpha, d0, dq)),
        np.asarray(usc_transition_dose(alpha, d0, dq)),
    )
    linear, final, quasi = _usc_parameters(alpha, d0, dq)
    straight = quasi + effect * linear * final
    return result(
        np.where(effect <= transition * (1.0 + transition / ratio), _lq_root(effect, ratio), straight)
    )


def single_fraction_equivalent_dose_usc(
    dose: ArrayLike, n_fractions: ArrayLike, *, alpha: ArrayLike, d0: ArrayLike, dq: ArrayLike
) -> Real:
    """Single-fraction equivalent dose (SFED): one fraction with the USC effect of the whole course.

    SFED = D - (n - 1) Dq when every fraction and the single one exceed D_T; by the inverse otherwise.

    Parameters
    ----------
    dose : float or array_like
        Total dose in Gy, >= 0, any shape; NaN stays NaN.
    n_fractions : int or array_like of int
        Number of fractions, >= 1.
    alpha, d0, dq : float or array_like
        As in `usc_beta`.

    Returns
    -------
    float or ndarray
        SFED in Gy.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    Park 2008, doi:10.1016/j.ijrobp.2007.10.059.

    Examples
    --------
    >>> single_fraction_equivalent_dose_usc(54, 3, alpha=0.33, d0=1.25, dq=1.8)
    50.4
    """
    return dose_per_fraction_usc(
        bed_usc(dose, n_fractions, alpha=alpha, d0=d0, dq=dq), 1, alpha=alpha, d0=d0, dq=dq
    )


def eqd2_usc(
    dose: ArrayLike, n_fractions: ArrayLike, *, alpha: ArrayLike, d0: ArrayLike, dq: ArrayLike
) -> Real:
    """Dose in 2 Gy fractions with the same USC effect, the "standard effective dose" of its authors.

    EQD2 = 2 BED / BED(one fraction of 2 Gy).

    Parameters
    ----------
    dose : float or array_like
        Total dose in Gy, >= 0, any shape; NaN stays NaN.
    n_fractions : int or array_like of int
        Number of fractions, >= 1.
    alpha, d0, dq : float or array_like
        As in `usc_beta`.

    Returns
    -------
    float or ndarray
        EQD2 in Gy.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    Park 2008, doi:10.1016/j.ijrobp.2007.10.059.

    Examples
    --------
    >>> eqd2_usc(54, 3, alpha=0.33, d0=1.25, dq=1.8)
    95.6
    """
    per_fraction, number = _course(dose, n_fractions)
    two = _usc_per_fraction(np.asarray(2.0), alpha, d0, dq)
    return result(2.0 * number * _usc_per_fraction(per_fraction, alpha, d0, dq) / two)


def _mlq_per_fraction(d: Array, ratio: Array, delta: Array) -> Array:
    bed: Array = d * (1.0 + d / ratio * np.asarray(lea_catcheside(delta * np.where(np.isnan(d), 0.0, d))))
    return bed


def bed_mlq(dose: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike, *, delta: ArrayLike) -> Real:
    """BED of the modified linear-quadratic model (mLQ) for acute fractions.

    BED = D [1 + G(delta d) d / (alpha/beta)], G(x) = 2 (x + exp(-x) - 1) / x**2.

    Parameters
    ----------
    dose : float or array_like
        Total dose D at the point or voxel in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    n_fractions : int or array_like of int
        Number n of fractions, >= 1; d = D / n. Broadcasts.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.
    delta : float or array_like
        Parameter delta in 1/Gy, >= 0; 0 is LQ. Its authors found 0.1 to 0.2.

    Returns
    -------
    float or ndarray
        BED in Gy.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above, or more than 100 Gy per fraction.

    Notes
    -----
    Guerrero & Li 2004, doi:10.1088/0031-9155/49/20/012. Approximates the lethal-potentially-lethal model;
    the slope per fraction tends to 1 + 2 / (delta alpha/beta).

    Examples
    --------
    >>> bed_mlq(54, 3, 10, delta=0), bed_mlq(54, 3, 10, delta=0.15)
    (151.2, 101.13)
    """
    per_fraction, number = _course(dose, n_fractions)
    strength = non_negative(delta, "delta", unit="1/Gy")
    return result(number * _mlq_per_fraction(per_fraction, _ratio(alpha_beta), strength))


def bed_mlq_protracted(
    dose: ArrayLike,
    n_fractions: ArrayLike,
    alpha_beta: ArrayLike,
    *,
    delta: ArrayLike,
    duration_h: ArrayLike,
    repair_half_time_h: ArrayLike,
) -> Real:
    """BED of the mLQ model when each fraction takes a time T at a constant dose rate.

    BED = D [1 + G(mu T + delta d) d / (alpha/beta)].

    Parameters
    ----------
    dose, n_fractions, alpha_beta, delta : float or array_like
        As in `bed_mlq`.
    duration_h : float or array_like
        Duration T of one fraction in hours, >= 0.
    repair_half_time_h : float or array_like
        Half-time of sublethal damage repair in hours, > 0; infinity means no repair.

    Returns
    -------
    float or ndarray
        BED in Gy.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above, or more than 100 Gy per fraction.

    Notes
    -----
    Guerrero & Li 2004, doi:10.1088/0031-9155/49/20/012.

    Examples
    --------
    >>> bed_mlq_protracted(54, 3, 10, delta=0.15, duration_h=0.5, repair_half_time_h=1.5)
    98.9
    """
    per_fraction, number = _course(dose, n_fractions)
    strength = non_negative(delta, "delta", unit="1/Gy")
    duration = non_negative(duration_h, "duration_h", unit="h")
    mu = LN2 / positive(repair_half_time_h, "repair_half_time_h", unit="h", infinite=True)
    known = np.where(np.isnan(per_fraction), 0.0, per_fraction)
    g = np.asarray(lea_catcheside(mu * duration + strength * known))
    return result(number * per_fraction * (1.0 + g * per_fraction / _ratio(alpha_beta)))


def dose_per_fraction_mlq(
    bed_gy: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike, *, delta: ArrayLike
) -> Real:
    """Dose per fraction that gives a BED in n fractions under mLQ: the inverse of `bed_mlq`.

    Newton's method from above; the BED per fraction rises and is convex, so that it cannot miss.

    Parameters
    ----------
    bed_gy : float or array_like
        BED in Gy, >= 0, any shape; NaN stays NaN.
    n_fractions : int or array_like of int
        Number of fractions, >= 1.
    alpha_beta, delta : float or array_like
        As in `bed_mlq`.

    Returns
    -------
    float or ndarray
        Dose per fraction in Gy.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    Guerrero & Li 2004, doi:10.1088/0031-9155/49/20/012.

    Examples
    --------
    >>> dose_per_fraction_mlq(101.1255, 3, 10, delta=0.15)
    18.0
    """
    effect = _target(bed_gy, n_fractions)
    ratio, strength = _ratio(alpha_beta), non_negative(delta, "delta", unit="1/Gy")
    shape = np.broadcast_shapes(effect.shape, ratio.shape, strength.shape)
    return result(
        _falling_newton(
            effect,
            np.broadcast_to(effect, shape),
            lambda d: _mlq_per_fraction(d, ratio, strength),
            lambda d: 1.0 + 2.0 * d / ratio * mean_decay(strength * d),
        )
    )


def eqd2_mlq(dose: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike, *, delta: ArrayLike) -> Real:
    """Dose in 2 Gy fractions with the same mLQ effect.

    EQD2 = 2 BED / BED(one fraction of 2 Gy).

    Parameters
    ----------
    dose, n_fractions, alpha_beta, delta : float or array_like
        As in `bed_mlq`.

    Returns
    -------
    float or ndarray
        EQD2 in Gy.

    Raises
    ------
    BedValueError
        As for `bed_mlq`.

    Notes
    -----
    Guerrero & Li 2004, doi:10.1088/0031-9155/49/20/012.

    Examples
    --------
    >>> eqd2_mlq(54, 3, 10, delta=0.15)
    85.6
    """
    ratio, strength = _ratio(alpha_beta), non_negative(delta, "delta", unit="1/Gy")
    two = _mlq_per_fraction(np.asarray(2.0), ratio, strength)
    return result(2.0 * np.asarray(bed_mlq(dose, n_fractions, alpha_beta, delta=delta)) / two)


def _lqc_per_fraction(d: Array, ratio: Array, straight: Array) -> Array:
    bed: Array = np.where(_beyond(d, straight), np.nan, d * (1.0 + d / ratio * (1.0 - d / (3.0 * straight))))
    return bed


def bed_lqc(
    dose: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike, *, straight_dose: ArrayLike
) -> Real:
    """BED of the linear-quadratic-cubic model (LQC), up to the dose where the curve turns straight.

    BED = n [d + d**2 / (alpha/beta) - (gamma_c / alpha) d**3], gamma_c = beta / (3 D_L), d <= D_L.

    Parameters
    ----------
    dose : float or array_like
        Total dose D at the point or voxel in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    n_fractions : int or array_like of int
        Number n of fractions, >= 1; d = D / n. Broadcasts.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.
    straight_dose : float or array_like
        D_L in Gy per fraction, > 0.

    Returns
    -------
    float or ndarray
        BED in Gy; NaN, never 0, where d exceeds D_L.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above, or more than 100 Gy per fraction.

    Warns
    -----
    OutsideValidityWarning
        Doses per fraction above D_L: the curve would bend back.

    Notes
    -----
    Joiner, in Basic Clinical Radiobiology (Joiner & van der Kogel), chapter 4.

    Examples
    --------
    >>> bed_lqc(54, 3, 10, straight_dose=20)
    122.0
    """
    per_fraction, number = _course(dose, n_fractions)
    straight = positive(straight_dose, "straight_dose", unit="Gy")
    if np.any(_beyond(per_fraction, straight)):
        outside_validity("dose per fraction above the dose where LQC turns straight: not defined there")
    return result(number * _lqc_per_fraction(per_fraction, _ratio(alpha_beta), straight))


def dose_per_fraction_lqc(
    bed_gy: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike, *, straight_dose: ArrayLike
) -> Real:
    """Dose per fraction that gives a BED in n fractions under LQC: the inverse of `bed_lqc`.

    Parameters
    ----------
    bed_gy : float or array_like
        BED in Gy, >= 0, any shape; NaN stays NaN.
    n_fractions : int or array_like of int
        Number of fractions, >= 1.
    alpha_beta, straight_dose : float or array_like
        As in `bed_lqc`.

    Returns
    -------
    float or ndarray
        Dose per fraction in Gy; NaN where it would exceed D_L.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        A BED beyond what the model reaches at D_L.

    Notes
    -----
    Joiner, in Basic Clinical Radiobiology (Joiner & van der Kogel), chapter 4.

    Examples
    --------
    >>> dose_per_fraction_lqc(122.04, 3, 10, straight_dose=20)
    18.0
    """
    effect, ratio = _target(bed_gy, n_fractions), _ratio(alpha_beta)
    straight = positive(straight_dose, "straight_dose", unit="Gy")
    reach = _lqc_per_fraction(straight, ratio, straight)
    too_far = _beyond(effect, reach)
    if np.any(too_far):
        outside_validity("the BED lies beyond what LQC reaches at the dose where it turns straight")
    inside = np.where(too_far, np.nan, effect)
    root = _falling_newton(
        inside,
        np.broadcast_to(straight, np.broadcast_shapes(inside.shape, straight.shape, ratio.shape)),
        lambda d: d * (1.0 + d / ratio * (1.0 - d / (3.0 * straight))),
        lambda d: 1.0 + 2.0 * d / ratio - d**2 / (ratio * straight),
    )
    return result(np.minimum(root, straight))


def eqd2_lqc(
    dose: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike, *, straight_dose: ArrayLike
) -> Real:
    """Dose in 2 Gy fractions with the same LQC effect.

    EQD2 = 2 BED / BED(one fraction of 2 Gy).

    Parameters
    ----------
    dose, n_fractions, alpha_beta, straight_dose : float or array_like
        As in `bed_lqc`; D_L must be at least 2 Gy.

    Returns
    -------
    float or ndarray
        EQD2 in Gy; NaN where d exceeds D_L.

    Raises
    ------
    BedValueError
        As for `bed_lqc`.

    Warns
    -----
    OutsideValidityWarning
        Doses per fraction above D_L.

    Notes
    -----
    Joiner, in Basic Clinical Radiobiology (Joiner & van der Kogel), chapter 4.

    Examples
    --------
    >>> eqd2_lqc(54, 3, 10, straight_dose=20)
    102.3
    """
    straight = positive(straight_dose, "straight_dose", unit="Gy")
    if np.any(straight < 2.0):
        raise BedValueError(
            "straight_dose must be >= 2 Gy for EQD2: a 2 Gy fraction must lie within the model"
        )
    two = _lqc_per_fraction(np.asarray(2.0), _ratio(alpha_beta), straight)
    return result(2.0 * np.asarray(bed_lqc(dose, n_fractions, alpha_beta, straight_dose=straight)) / two)
