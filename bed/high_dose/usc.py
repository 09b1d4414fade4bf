"""The universal survival curve (USC): LQ up to a transition dose, the multi-target line of slope 1/D0 above.

Park 2008, doi:10.1016/j.ijrobp.2007.10.059.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import (
    FloatArray,
    Real,
    positive,
    result,
)
from bed.errors import BedValueError
from bed.high_dose._per_fraction import (
    course,
    lq_root,
    target_per_fraction,
)
from bed.high_dose.effect import HighDoseEffect

__all__ = [
    "bed_usc",
    "dose_per_fraction_usc",
    "eqd2_usc",
    "single_fraction_equivalent_dose_usc",
    "usc_alpha_beta",
    "usc_beta",
    "usc_transition_dose",
]


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
    It is not a fourth free parameter: choosing it apart from alpha, D0 and Dq breaks the slope at the
    transition dose.

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
    The source quotes 6.2 Gy for lung cancer.

    Examples
    --------
    >>> usc_transition_dose(0.33, 1.25, 1.8)
    6.13
    """
    linear, final, quasi = _usc_parameters(alpha, d0, dq)
    return result(2.0 * quasi / (1.0 - linear * final))


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
    per_fraction, number = course(dose, n_fractions)
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
    n_fractions, alpha, d0, dq : float or array_like
        As in `bed_usc`.

    Returns
    -------
    float or ndarray
        Dose per fraction in Gy.

    Raises
    ------
    BedValueError
        As for `bed_usc`.

    Examples
    --------
    >>> dose_per_fraction_usc(117.82, 3, alpha=0.33, d0=1.25, dq=1.8)
    18.0
    """
    effect = target_per_fraction(bed_gy, n_fractions)
    ratio, transition = (
        np.asarray(usc_alpha_beta(alpha, d0, dq)),
        np.asarray(usc_transition_dose(alpha, d0, dq)),
    )
    linear, final, quasi = _usc_parameters(alpha, d0, dq)
    straight = quasi + effect * linear * final
    return result(
        np.where(effect <= transition * (1.0 + transition / ratio), lq_root(effect, ratio), straight)
    )


def single_fraction_equivalent_dose_usc(
    dose: ArrayLike, n_fractions: ArrayLike, *, alpha: ArrayLike, d0: ArrayLike, dq: ArrayLike
) -> Real:
    """Single-fraction equivalent dose (SFED): one fraction with the USC effect of the whole course.

    SFED = D - (n - 1) Dq when every fraction and the single one exceed D_T; by the inverse otherwise.

    Parameters
    ----------
    dose, n_fractions, alpha, d0, dq : float or array_like
        As in `bed_usc`.

    Returns
    -------
    float or ndarray
        SFED in Gy.

    Raises
    ------
    BedValueError
        As for `bed_usc`.

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
    dose, n_fractions, alpha, d0, dq : float or array_like
        As in `bed_usc`.

    Returns
    -------
    float or ndarray
        EQD2 in Gy.

    Raises
    ------
    BedValueError
        As for `bed_usc`.

    Examples
    --------
    >>> eqd2_usc(54, 3, alpha=0.33, d0=1.25, dq=1.8)
    95.6
    """
    per_fraction, number = course(dose, n_fractions)
    two = _usc_per_fraction(np.asarray(2.0), alpha, d0, dq)
    return result(2.0 * number * _usc_per_fraction(per_fraction, alpha, d0, dq) / two)


def _usc_parameters(
    alpha: ArrayLike, d0: ArrayLike, dq: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    linear = positive(alpha, "alpha", unit="1/Gy")
    final, quasi = positive(d0, "d0", unit="Gy"), positive(dq, "dq", unit="Gy")
    if np.any(linear * final >= 1.0):
        raise BedValueError(
            "the USC needs alpha d0 < 1: the final slope 1/d0 must be steeper than the initial one"
        )
    return linear, final, quasi


def _usc_per_fraction(d: FloatArray, alpha: ArrayLike, d0: ArrayLike, dq: ArrayLike) -> FloatArray:
    ratio, transition = (
        np.asarray(usc_alpha_beta(alpha, d0, dq)),
        np.asarray(usc_transition_dose(alpha, d0, dq)),
    )
    linear, final, quasi = _usc_parameters(alpha, d0, dq)
    bed: FloatArray = np.where(d <= transition, d * (1.0 + d / ratio), (d - quasi) / (linear * final))
    return bed


EFFECT: Final = HighDoseEffect(
    bed=bed_usc, eqd2=eqd2_usc, departs_at=usc_transition_dose, own_alpha_beta=usc_alpha_beta
)
