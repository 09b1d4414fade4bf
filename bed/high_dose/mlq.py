"""The modified linear-quadratic model (mLQ): the quadratic term fades with the dose of the fraction.

Guerrero & Li 2004, doi:10.1088/0031-9155/49/20/012.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import (
    FloatArray,
    Real,
    non_negative,
    positive,
    result,
)
from bed.high_dose._per_fraction import (
    alpha_beta_of,
    course,
    falling_newton,
    target_per_fraction,
)
from bed.high_dose.effect import HighDoseEffect
from bed.kinetics import lea_catcheside, mean_decay

__all__ = ["bed_mlq", "bed_mlq_protracted", "dose_per_fraction_mlq", "eqd2_mlq"]

LN2 = float(np.log(2.0))


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
    per_fraction, number = course(dose, n_fractions)
    strength = non_negative(delta, "delta", unit="1/Gy")
    return result(number * _mlq_per_fraction(per_fraction, alpha_beta_of(alpha_beta), strength))


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

    Examples
    --------
    >>> bed_mlq_protracted(54, 3, 10, delta=0.15, duration_h=0.5, repair_half_time_h=1.5)
    98.9
    """
    per_fraction, number = course(dose, n_fractions)
    strength = non_negative(delta, "delta", unit="1/Gy")
    duration = non_negative(duration_h, "duration_h", unit="h")
    mu = LN2 / positive(repair_half_time_h, "repair_half_time_h", unit="h", infinite=True)
    known = np.where(np.isnan(per_fraction), 0.0, per_fraction)
    g = np.asarray(lea_catcheside(mu * duration + strength * known))
    return result(number * per_fraction * (1.0 + g * per_fraction / alpha_beta_of(alpha_beta)))


def dose_per_fraction_mlq(
    bed_gy: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike, *, delta: ArrayLike
) -> Real:
    """Dose per fraction that gives a BED in n fractions under mLQ: the inverse of `bed_mlq`.

    Newton's method from above; the BED per fraction rises and is convex, so that it cannot miss.

    Parameters
    ----------
    bed_gy : float or array_like
        BED in Gy, >= 0, any shape; NaN stays NaN.
    n_fractions, alpha_beta, delta : float or array_like
        As in `bed_mlq`.

    Returns
    -------
    float or ndarray
        Dose per fraction in Gy.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Examples
    --------
    >>> dose_per_fraction_mlq(101.1255, 3, 10, delta=0.15)
    18.0
    """
    effect = target_per_fraction(bed_gy, n_fractions)
    ratio, strength = alpha_beta_of(alpha_beta), non_negative(delta, "delta", unit="1/Gy")
    shape = np.broadcast_shapes(effect.shape, ratio.shape, strength.shape)
    return result(
        falling_newton(
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

    Examples
    --------
    >>> eqd2_mlq(54, 3, 10, delta=0.15)
    85.6
    """
    ratio, strength = alpha_beta_of(alpha_beta), non_negative(delta, "delta", unit="1/Gy")
    two = _mlq_per_fraction(np.asarray(2.0), ratio, strength)
    return result(2.0 * np.asarray(bed_mlq(dose, n_fractions, alpha_beta, delta=delta)) / two)


def _mlq_per_fraction(d: FloatArray, ratio: FloatArray, delta: FloatArray) -> FloatArray:
    bed: FloatArray = d * (
        1.0 + d / ratio * np.asarray(lea_catcheside(delta * np.where(np.isnan(d), 0.0, d)))
    )
    return bed


def _departs_at(*, delta: ArrayLike) -> ArrayLike:
    """The quadratic term fades from the first gray on."""
    return 0.0


EFFECT: Final = HighDoseEffect(bed=bed_mlq, eqd2=eqd2_mlq, departs_at=_departs_at)
