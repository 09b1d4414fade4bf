"""RBE of protons: the constant that is prescribed with, and models of its dependence on LET, dose and tissue.

Alpha/beta is always that of the photon reference. LET is dose-averaged, in water of unit density, in keV/um.
There is no agreed variable-RBE model for protons: treatments are prescribed with 1.1 and these models show
what that may hide.
"""

from __future__ import annotations

from typing import Final

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
)

__all__ = [
    "PROTON_RBE_ICRU_78",
    "physical_dose",
    "rbe_carabe",
    "rbe_linear_let",
    "rbe_linear_quadratic",
    "rbe_max_carabe",
    "rbe_max_mcnamara",
    "rbe_max_wedenberg",
    "rbe_mcnamara",
    "rbe_min_carabe",
    "rbe_min_mcnamara",
    "rbe_wedenberg",
    "rbe_weighted_dose",
]

PROTON_RBE_ICRU_78: Final = 1.1
"""Constant RBE of therapeutic protons by convention. ICRU Report 78; Paganetti 2014,
doi:10.1088/0031-9155/59/22/R419. It is never applied unless passed."""


_LET_FITTED_TO_KEV_PER_UM = 20.0
_LET_WEDENBERG_KEV_PER_UM = 30.0


def rbe_weighted_dose(physical_dose_gy: ArrayLike, rbe: ArrayLike) -> Real:
    """Dose weighted with an RBE that the caller states.

    D_RBE = RBE D.

    Parameters
    ----------
    physical_dose_gy : float or array_like
        Physical dose in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    rbe : float or array_like
        RBE, > 0; `PROTON_RBE_ICRU_78` for protons by convention. Ions have no constant one.

    Returns
    -------
    float or ndarray
        Dose in Gy (RBE).

    Raises
    ------
    BedValueError
        Negative dose or rbe <= 0.

    Notes
    -----
    ICRU Report 78; Paganetti 2014, doi:10.1088/0031-9155/59/22/R419.

    Examples
    --------
    >>> rbe_weighted_dose(2, PROTON_RBE_ICRU_78)
    2.2
    """
    return result(doses(physical_dose_gy, "physical_dose_gy") * positive(rbe, "rbe", unit=""))


def physical_dose(rbe_weighted_dose_gy: ArrayLike, rbe: ArrayLike) -> Real:
    """Physical dose behind an RBE-weighted dose whose RBE the caller states: D = D_RBE / RBE.

    Parameters
    ----------
    rbe_weighted_dose_gy : float or array_like
        Dose in Gy (RBE), >= 0, any shape; NaN (not covered) stays NaN.
    rbe : float or array_like
        RBE with which it was weighted, > 0.

    Returns
    -------
    float or ndarray
        Physical dose in Gy.

    Raises
    ------
    BedValueError
        Negative dose or rbe <= 0.

    Notes
    -----
    ICRU Report 78.

    Examples
    --------
    >>> physical_dose(74, 1.1)
    67.27
    """
    return result(doses(rbe_weighted_dose_gy, "rbe_weighted_dose_gy") / positive(rbe, "rbe", unit=""))


def rbe_linear_quadratic(
    dose_per_fraction: ArrayLike, alpha_beta: ArrayLike, rbe_max: ArrayLike, rbe_min: ArrayLike
) -> Real:
    """RBE at a dose per fraction from its limits at low and at high dose.

    RBE = [sqrt((alpha/beta)**2 + 4 d (alpha/beta) RBEmax + 4 d**2 RBEmin**2) - alpha/beta] / (2 d).

    Parameters
    ----------
    dose_per_fraction : float or array_like
        Physical dose per fraction d of the particles in Gy, >= 0, any shape; at 0 the limit RBEmax.
    alpha_beta : float or array_like
        Photon alpha/beta in Gy, > 0. Broadcasts.
    rbe_max : float or array_like
        RBE as d approaches 0, > 0.
    rbe_min : float or array_like
        RBE as d grows without bound, >= 0.

    Returns
    -------
    float or ndarray
        RBE, no unit.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above, or more than 100 Gy per fraction.

    Notes
    -----
    Carabe-Fernandez 2007, Int J Radiat Biol 83:27; Dale & Jones 1999, Int J Radiat Oncol Biol Phys 43:195.
    Evaluated as 2 [RBEmax + RBEmin**2 d / (alpha/beta)] / [1 + sqrt(...)], which does not cancel at small d.

    Examples
    --------
    >>> [round(float(rbe_linear_quadratic(d, 2, 1.44, 1.09)), 3) for d in (0, 2, 8)]
    [1.44, 1.196, 1.125]
    """
    d = external_dose_per_fraction(doses(dose_per_fraction, "dose_per_fraction"), "dose_per_fraction")
    scaled = d / _ratio(alpha_beta)
    high, low = positive(rbe_max, "rbe_max", unit=""), non_negative(rbe_min, "rbe_min", unit="")
    effect = high + low**2 * scaled
    return result(2.0 * effect / (1.0 + np.sqrt(1.0 + 4.0 * scaled * effect)))


def rbe_max_mcnamara(alpha_beta: ArrayLike, let_kev_per_um: ArrayLike) -> Real:
    """RBE of protons as the dose approaches 0, after McNamara.

    RBEmax = 0.99064 + 0.35605 L / (alpha/beta).

    Parameters
    ----------
    alpha_beta : float or array_like
        Photon alpha/beta in Gy, > 0, any shape.
    let_kev_per_um : float or array_like
        Dose-averaged LET L in keV/um, >= 0. Broadcasts.

    Returns
    -------
    float or ndarray
        RBEmax.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        LET above 20 keV/um.

    Notes
    -----
    McNamara 2015, doi:10.1088/0031-9155/60/21/8399, table 1. Some programs carry 0.999064 for the first
    parameter.

    Examples
    --------
    >>> rbe_max_mcnamara(2, 2.5)
    1.4357
    """
    let = _let(let_kev_per_um, fitted_to=_LET_FITTED_TO_KEV_PER_UM)
    return result(0.99064 + 0.35605 * let / _ratio(alpha_beta))


def rbe_min_mcnamara(alpha_beta: ArrayLike, let_kev_per_um: ArrayLike) -> Real:
    """RBE of protons at high dose, after McNamara.

    RBEmin = 1.1012 - 0.0038703 sqrt(alpha/beta) L.

    Parameters
    ----------
    alpha_beta : float or array_like
        Photon alpha/beta in Gy, > 0, any shape.
    let_kev_per_um : float or array_like
        Dose-averaged LET L in keV/um, >= 0. Broadcasts.

    Returns
    -------
    float or ndarray
        RBEmin; NaN where the fit would turn negative.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        LET above 20 keV/um, or a fit that turns negative.

    Notes
    -----
    McNamara 2015, doi:10.1088/0031-9155/60/21/8399.

    Examples
    --------
    >>> rbe_min_mcnamara(2, 2.5)
    1.0875
    """
    let = _let(let_kev_per_um, fitted_to=_LET_FITTED_TO_KEV_PER_UM)
    value = 1.1012 - 0.0038703 * np.sqrt(_ratio(alpha_beta)) * let
    if np.any(value < 0):
        outside_validity("RBEmin of the McNamara model is negative at this alpha/beta and LET: not defined")
    return result(np.where(value < 0, np.nan, value))


def rbe_mcnamara(dose_per_fraction: ArrayLike, alpha_beta: ArrayLike, let_kev_per_um: ArrayLike) -> Real:
    """RBE of protons after McNamara: `rbe_linear_quadratic` with its limits.

    Parameters
    ----------
    dose_per_fraction : float or array_like
        Physical proton dose per fraction in Gy, >= 0, any shape.
    alpha_beta : float or array_like
        Photon alpha/beta in Gy, > 0.
    let_kev_per_um : float or array_like
        Dose-averaged LET in keV/um, >= 0.

    Returns
    -------
    float or ndarray
        RBE.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        LET above 20 keV/um.

    Notes
    -----
    McNamara 2015, doi:10.1088/0031-9155/60/21/8399.

    Examples
    --------
    >>> rbe_mcnamara(2, 2, 2.5)
    1.1936
    """
    low = rbe_min_mcnamara(alpha_beta, let_kev_per_um)
    high = 0.99064 + 0.35605 * np.asarray(let_kev_per_um, dtype=np.float64) / _ratio(alpha_beta)
    return _rbe(dose_per_fraction, alpha_beta, high, low)


def rbe_max_wedenberg(alpha_beta: ArrayLike, let_kev_per_um: ArrayLike) -> Real:
    """RBE of protons as the dose approaches 0, after Wedenberg; its RBEmin is 1.

    RBEmax = 1 + 0.434 L / (alpha/beta).

    Parameters
    ----------
    alpha_beta : float or array_like
        Photon alpha/beta in Gy, > 0, any shape.
    let_kev_per_um : float or array_like
        Dose-averaged LET L in keV/um, >= 0. Broadcasts.

    Returns
    -------
    float or ndarray
        RBEmax.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        LET above 30 keV/um.

    Notes
    -----
    Wedenberg 2013, doi:10.3109/0284186X.2012.705892.

    Examples
    --------
    >>> rbe_max_wedenberg(2, 2.5)
    1.5425
    """
    let = _let(let_kev_per_um, fitted_to=_LET_WEDENBERG_KEV_PER_UM)
    return result(1.0 + 0.434 * let / _ratio(alpha_beta))


def rbe_wedenberg(dose_per_fraction: ArrayLike, alpha_beta: ArrayLike, let_kev_per_um: ArrayLike) -> Real:
    """RBE of protons after Wedenberg: `rbe_linear_quadratic` with its RBEmax and RBEmin 1.

    Parameters
    ----------
    dose_per_fraction : float or array_like
        Physical proton dose per fraction in Gy, >= 0, any shape.
    alpha_beta : float or array_like
        Photon alpha/beta in Gy, > 0.
    let_kev_per_um : float or array_like
        Dose-averaged LET in keV/um, >= 0.

    Returns
    -------
    float or ndarray
        RBE, at least 1.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        LET above 30 keV/um.

    Notes
    -----
    Wedenberg 2013, doi:10.3109/0284186X.2012.705892.

    Examples
    --------
    >>> rbe_wedenberg(2, 2, 2.5)
    1.1711
    """
    return rbe_linear_quadratic(
        dose_per_fraction, alpha_beta, rbe_max_wedenberg(alpha_beta, let_kev_per_um), 1.0
    )


def rbe_max_carabe(alpha_beta: ArrayLike, let_kev_per_um: ArrayLike) -> Real:
    """RBE of protons as the dose approaches 0, after Carabe.

    RBEmax = 0.843 + 0.154 (2.686 / (alpha/beta)) L.

    Parameters
    ----------
    alpha_beta : float or array_like
        Photon alpha/beta in Gy, > 0, any shape.
    let_kev_per_um : float or array_like
        Dose-averaged LET L in keV/um, >= 0. Broadcasts.

    Returns
    -------
    float or ndarray
        RBEmax.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        LET above 20 keV/um.

    Notes
    -----
    Carabe 2012, doi:10.1088/0031-9155/57/5/1159.

    Examples
    --------
    >>> rbe_max_carabe(2.686, 2.5)
    1.228
    """
    let = _let(let_kev_per_um, fitted_to=_LET_FITTED_TO_KEV_PER_UM)
    return result(0.843 + 0.154 * 2.686 / _ratio(alpha_beta) * let)


def rbe_min_carabe(alpha_beta: ArrayLike, let_kev_per_um: ArrayLike) -> Real:
    """RBE of protons at high dose, after Carabe.

    RBEmin = 1.09 + 0.006 (2.686 / (alpha/beta)) L.

    Parameters
    ----------
    alpha_beta : float or array_like
        Photon alpha/beta in Gy, > 0, any shape.
    let_kev_per_um : float or array_like
        Dose-averaged LET L in keV/um, >= 0. Broadcasts.

    Returns
    -------
    float or ndarray
        RBEmin.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        LET above 20 keV/um.

    Notes
    -----
    Carabe 2012, doi:10.1088/0031-9155/57/5/1159.

    Examples
    --------
    >>> rbe_min_carabe(2.686, 2.5)
    1.105
    """
    let = _let(let_kev_per_um, fitted_to=_LET_FITTED_TO_KEV_PER_UM)
    return result(1.09 + 0.006 * 2.686 / _ratio(alpha_beta) * let)


def rbe_carabe(dose_per_fraction: ArrayLike, alpha_beta: ArrayLike, let_kev_per_um: ArrayLike) -> Real:
    """RBE of protons after Carabe: `rbe_linear_quadratic` with its limits.

    Parameters
    ----------
    dose_per_fraction : float or array_like
        Physical proton dose per fraction in Gy, >= 0, any shape.
    alpha_beta : float or array_like
        Photon alpha/beta in Gy, > 0.
    let_kev_per_um : float or array_like
        Dose-averaged LET in keV/um, >= 0.

    Returns
    -------
    float or ndarray
        RBE.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        LET above 20 keV/um.

    Notes
    -----
    Carabe 2012, doi:10.1088/0031-9155/57/5/1159.

    Examples
    --------
    >>> rbe_carabe(2, 2, 2.5)
    1.186
    """
    low = rbe_min_carabe(alpha_beta, let_kev_per_um)
    high = 0.843 + 0.154 * 2.686 * np.asarray(let_kev_per_um, dtype=np.float64) / _ratio(alpha_beta)
    return rbe_linear_quadratic(dose_per_fraction, alpha_beta, high, low)


def rbe_linear_let(let_kev_per_um: ArrayLike, slope: ArrayLike) -> Real:
    """RBE that grows linearly with LET, whatever the dose and tissue.

    RBE = 1 + c L.

    Parameters
    ----------
    let_kev_per_um : float or array_like
        Dose-averaged LET L in keV/um, >= 0, any shape.
    slope : float or array_like
        Slope c in um/keV, >= 0; its authors scale with 0.04.

    Returns
    -------
    float or ndarray
        RBE.

    Raises
    ------
    BedValueError
        Negative LET or slope.

    Warns
    -----
    OutsideValidityWarning
        LET above 20 keV/um.

    Notes
    -----
    Unkelbach 2016, Int J Radiat Oncol Biol Phys 96:1097; a planning surrogate, not a fit to cells.

    Examples
    --------
    >>> rbe_linear_let(2.5, 0.04)
    1.1
    """
    let = _let(let_kev_per_um, fitted_to=_LET_FITTED_TO_KEV_PER_UM)
    return result(1.0 + non_negative(slope, "slope", unit="um/keV") * let)


def _rbe(dose_per_fraction: ArrayLike, alpha_beta: ArrayLike, high: ArrayLike, low: Real) -> Real:
    """`rbe_linear_quadratic` where RBEmin may be undefined (NaN)."""
    undefined = np.isnan(low)
    value = rbe_linear_quadratic(dose_per_fraction, alpha_beta, high, np.where(undefined, 0.0, low))
    return result(np.where(undefined, np.nan, value))


def _let(let_kev_per_um: ArrayLike, *, fitted_to: float) -> FloatArray:
    let = non_negative(let_kev_per_um, "let_kev_per_um", unit="keV/um")
    if np.any(let > fitted_to):
        outside_validity(f"LET above {fitted_to:g} keV/um, beyond the data to which the model was fitted")
    return let


def _ratio(alpha_beta: ArrayLike) -> FloatArray:
    return positive(alpha_beta, "alpha_beta", unit="Gy")
