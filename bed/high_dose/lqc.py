"""The linear-quadratic-cubic model (LQC), up to the dose per fraction where its curve turns straight.

Joiner, in Basic Clinical Radiobiology (Joiner & van der Kogel), chapter 4.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import (
    FloatArray,
    Real,
    outside_validity,
    positive,
    result,
)
from bed.errors import BedValueError
from bed.high_dose._per_fraction import (
    alpha_beta_of,
    beyond,
    course,
    falling_newton,
    target_per_fraction,
)
from bed.high_dose.effect import HighDoseEffect

__all__ = ["bed_lqc", "dose_per_fraction_lqc", "eqd2_lqc"]


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
    per_fraction, number = course(dose, n_fractions)
    straight = positive(straight_dose, "straight_dose", unit="Gy")
    if np.any(beyond(per_fraction, straight)):
        outside_validity("dose per fraction above the dose where LQC turns straight: not defined there")
    return result(number * _lqc_per_fraction(per_fraction, alpha_beta_of(alpha_beta), straight))


def dose_per_fraction_lqc(
    bed_gy: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike, *, straight_dose: ArrayLike
) -> Real:
    """Dose per fraction that gives a BED in n fractions under LQC: the inverse of `bed_lqc`.

    Parameters
    ----------
    bed_gy : float or array_like
        BED in Gy, >= 0, any shape; NaN stays NaN.
    n_fractions, alpha_beta, straight_dose : float or array_like
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

    Examples
    --------
    >>> dose_per_fraction_lqc(122.04, 3, 10, straight_dose=20)
    18.0
    """
    effect, ratio = target_per_fraction(bed_gy, n_fractions), alpha_beta_of(alpha_beta)
    straight = positive(straight_dose, "straight_dose", unit="Gy")
    reach = _lqc_per_fraction(straight, ratio, straight)
    too_far = beyond(effect, reach)
    if np.any(too_far):
        outside_validity("the BED lies beyond what LQC reaches at the dose where it turns straight")
    inside = np.where(too_far, np.nan, effect)
    root = falling_newton(
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
    two = _lqc_per_fraction(np.asarray(2.0), alpha_beta_of(alpha_beta), straight)
    return result(2.0 * np.asarray(bed_lqc(dose, n_fractions, alpha_beta, straight_dose=straight)) / two)


def _lqc_per_fraction(d: FloatArray, ratio: FloatArray, straight: FloatArray) -> FloatArray:
    bed: FloatArray = np.where(
        beyond(d, straight), np.nan, d * (1.0 + d / ratio * (1.0 - d / (3.0 * straight)))
    )
    return bed


def _departs_at(*, straight_dose: ArrayLike) -> ArrayLike:
    """The cubic term bends the curve from the first gray on."""
    return 0.0


EFFECT: Final = HighDoseEffect(bed=bed_lqc, eqd2=eqd2_lqc, departs_at=_departs_at)
