"""BED of ions on the photon scale, and the particle model of Jones by LET below the turnover point.

Alpha/beta, alpha and beta are always those of the photon reference.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import (
    FloatArray,
    Real,
    doses,
    external_dose_per_fraction,
    non_negative,
    outside_validity,
    positive,
    result,
    whole,
)

__all__ = [
    "bed_ion",
    "jones_alpha",
    "jones_alpha_saturated",
    "jones_beta",
    "jones_beta_saturated",
    "photon_equivalent_dose_per_fraction",
]


def bed_ion(
    dose: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike, rbe_max: ArrayLike, rbe_min: ArrayLike
) -> Real:
    """BED of a particle course on the photon scale.

    BED = D [RBEmax + RBEmin**2 d / (alpha/beta)].

    Parameters
    ----------
    dose : float or array_like
        Physical dose D of the particles in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    n_fractions : int or array_like of int
        Number of fractions, >= 1; d = D / n.
    alpha_beta : float or array_like
        Photon alpha/beta in Gy, > 0.
    rbe_max : float or array_like
        RBE as d approaches 0, > 0.
    rbe_min : float or array_like
        RBE as d grows without bound, >= 0.

    Returns
    -------
    float or ndarray
        BED in Gy, comparable with photon BED of the same alpha/beta.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above, or more than 100 Gy per fraction.

    Notes
    -----
    Carabe-Fernandez 2007, Int J Radiat Biol 83:27; Dale & Jones 1999, Int J Radiat Oncol Biol Phys 43:195.

    Examples
    --------
    >>> bed_ion(60, 30, 2, 1.44, 1.09)
    157.7
    """
    total, number = doses(dose, "dose"), whole(n_fractions, "n_fractions")
    d = external_dose_per_fraction(total / number, "dose / n_fractions")
    high, low = positive(rbe_max, "rbe_max", unit=""), non_negative(rbe_min, "rbe_min", unit="")
    return result(total * (high + low**2 * d / positive(alpha_beta, "alpha_beta", unit="Gy")))


def jones_alpha_saturated(alpha: ArrayLike) -> Real:
    """Alpha at the LET of greatest effect, after Jones.

    alpha_U = (10.57 / 3.92) (1 - exp(-3.92 alpha)).

    Parameters
    ----------
    alpha : float or array_like
        Photon alpha in 1/Gy, > 0, any shape.

    Returns
    -------
    float or ndarray
        alpha_U in 1/Gy.

    Raises
    ------
    BedValueError
        alpha <= 0.

    Notes
    -----
    Jones & Hill 2019, doi:10.1088/1361-6560/ab52a5.

    Examples
    --------
    >>> jones_alpha_saturated(0.06)
    0.565
    """
    return result(10.57 / 3.92 * -np.expm1(-3.92 * positive(alpha, "alpha", unit="1/Gy")))


def jones_beta_saturated(beta: ArrayLike) -> Real:
    """Beta at the LET of greatest effect, after Jones.

    beta_U = 0.06 (1 - exp(-50 beta)).

    Parameters
    ----------
    beta : float or array_like
        Photon beta in 1/Gy**2, > 0, any shape.

    Returns
    -------
    float or ndarray
        beta_U in 1/Gy**2.

    Raises
    ------
    BedValueError
        beta <= 0.

    Notes
    -----
    Jones & Hill 2019, doi:10.1088/1361-6560/ab52a5.

    Examples
    --------
    >>> jones_beta_saturated(0.03)
    0.0466
    """
    return result(0.06 * -np.expm1(-50.0 * positive(beta, "beta", unit="1/Gy**2")))


def jones_alpha(
    alpha: ArrayLike, let_kev_per_um: ArrayLike, *, let_saturation: ArrayLike, let_reference: ArrayLike
) -> Real:
    """Alpha of a particle at an LET below the turnover point, after Jones.

    alpha_H = alpha + (alpha_U - alpha) (L - L_C) / (L_U - L_C).

    Parameters
    ----------
    alpha : float or array_like
        Photon alpha in 1/Gy, > 0, any shape.
    let_kev_per_um : float or array_like
        LET L in keV/um, >= 0. Broadcasts.
    let_saturation : float or array_like
        LET L_U of greatest effect in keV/um, above `let_reference`; 30.4 for protons, 120.1 helium,
        157.1 carbon in the authors' program.
    let_reference : float or array_like
        LET L_C of the photon reference in keV/um, >= 0; 0.22 in the authors' program.

    Returns
    -------
    float or ndarray
        alpha_H in 1/Gy.

    Raises
    ------
    BedValueError
        let_saturation <= let_reference, or numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        LET outside L_C to L_U: the model describes the rising side only.

    Notes
    -----
    Jones & Hill 2019, doi:10.1088/1361-6560/ab52a5.

    Examples
    --------
    >>> jones_alpha(0.06, 2.5, let_saturation=30.4, let_reference=0.22)
    0.098
    """
    part = _let_share(let_kev_per_um, let_saturation, let_reference)
    low = positive(alpha, "alpha", unit="1/Gy")
    return result(low + (np.asarray(jones_alpha_saturated(low)) - low) * part)


def jones_beta(
    beta: ArrayLike, let_kev_per_um: ArrayLike, *, let_saturation: ArrayLike, let_reference: ArrayLike
) -> Real:
    """Beta of a particle at an LET below the turnover point, after Jones.

    beta_H = beta + (beta_U - beta) (L - L_C) / (L_U - L_C).

    Parameters
    ----------
    beta : float or array_like
        Photon beta in 1/Gy**2, > 0, any shape.
    let_kev_per_um, let_saturation, let_reference : float or array_like
        As in `jones_alpha`.

    Returns
    -------
    float or ndarray
        beta_H in 1/Gy**2.

    Raises
    ------
    BedValueError
        As for `jones_alpha`.

    Warns
    -----
    OutsideValidityWarning
        LET outside L_C to L_U.

    Notes
    -----
    Jones & Hill 2019, doi:10.1088/1361-6560/ab52a5.

    Examples
    --------
    >>> jones_beta(0.03, 2.5, let_saturation=30.4, let_reference=0.22)
    0.0313
    """
    part = _let_share(let_kev_per_um, let_saturation, let_reference)
    low = positive(beta, "beta", unit="1/Gy**2")
    return result(low + (np.asarray(jones_beta_saturated(low)) - low) * part)


def photon_equivalent_dose_per_fraction(
    dose_per_fraction: ArrayLike,
    *,
    alpha: ArrayLike,
    beta: ArrayLike,
    let_kev_per_um: ArrayLike,
    let_saturation: ArrayLike,
    let_reference: ArrayLike,
) -> Real:
    """Photon dose per fraction with the effect of a particle fraction, after Jones.

    alpha d_x + beta d_x**2 = alpha_H d + beta_H d**2.

    Parameters
    ----------
    dose_per_fraction : float or array_like
        Physical dose per fraction d of the particles in Gy, >= 0, any shape.
    alpha, beta : float or array_like
        Photon alpha in 1/Gy and beta in 1/Gy**2, > 0.
    let_kev_per_um, let_saturation, let_reference : float or array_like
        As in `jones_alpha`.

    Returns
    -------
    float or ndarray
        Photon dose per fraction d_x in Gy.

    Raises
    ------
    BedValueError
        As for `jones_alpha`, or more than 100 Gy per fraction.

    Warns
    -----
    OutsideValidityWarning
        LET outside L_C to L_U.

    Notes
    -----
    Jones & Hill 2019, doi:10.1088/1361-6560/ab52a5; used for spinal cord re-irradiation by Moore 2021,
    doi:10.1080/09553002.2021.1981554.

    Examples
    --------
    >>> photon_equivalent_dose_per_fraction(
    ...     2, alpha=0.06, beta=0.03, let_kev_per_um=2.5, let_saturation=30.4, let_reference=0.22)
    2.422
    """
    d = external_dose_per_fraction(doses(dose_per_fraction, "dose_per_fraction"), "dose_per_fraction")
    part = _let_share(let_kev_per_um, let_saturation, let_reference)
    linear, quadratic = positive(alpha, "alpha", unit="1/Gy"), positive(beta, "beta", unit="1/Gy**2")
    high_linear = linear + (np.asarray(jones_alpha_saturated(linear)) - linear) * part
    high_quadratic = quadratic + (np.asarray(jones_beta_saturated(quadratic)) - quadratic) * part
    effect = (high_linear + high_quadratic * d) * d / linear
    return result(2.0 * effect / (1.0 + np.sqrt(1.0 + 4.0 * effect * quadratic / linear)))


def _let_share(let_kev_per_um: ArrayLike, let_saturation: ArrayLike, let_reference: ArrayLike) -> FloatArray:
    """Position of an LET between that of photons (0) and that of greatest effect (1)."""
    let = non_negative(let_kev_per_um, "let_kev_per_um", unit="keV/um")
    reference = non_negative(let_reference, "let_reference", unit="keV/um")
    span = positive(
        np.asarray(let_saturation, float) - reference, "let_saturation - let_reference", unit="keV/um"
    )
    part: FloatArray = (let - reference) / span
    if np.any((part < 0) | (part > 1)):
        outside_validity("LET outside the range from the photon reference to the LET of greatest effect")
    return part
