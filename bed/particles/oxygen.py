"""Oxygen: how much less the dose to a hypoxic cell counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import (
    Real,
    doses,
    non_negative,
    positive,
    result,
    whole,
)

__all__ = ["bed_with_oxygen", "oxygen_enhancement_ratio"]


def oxygen_enhancement_ratio(
    oxygen_pressure_mmhg: ArrayLike, *, oer_max: ArrayLike, half_effect_mmhg: ArrayLike
) -> Real:
    """OER relative to anoxia at an oxygen partial pressure.

    OER(p) = (OERmax p + k) / (p + k).

    Parameters
    ----------
    oxygen_pressure_mmhg : float or array_like
        Oxygen partial pressure p in mmHg, >= 0, any shape.
    oer_max : float or array_like
        OER at full oxygenation, >= 1; published values 2.8 to 3.
    half_effect_mmhg : float or array_like
        Pressure k in mmHg at which half of the enhancement is reached, > 0; published value 3.

    Returns
    -------
    float or ndarray
        OER from 1 to `oer_max`.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    Alper & Howard-Flanders 1956; Wouters & Brown 1997, Radiat Res 147:541. The dose that a hypoxic cell
    needs is that of an aerated one times OERmax / OER(p).

    Examples
    --------
    >>> oxygen_enhancement_ratio([0, 3, 60], oer_max=3, half_effect_mmhg=3)
    array([1.  , 2.  , 2.905])
    """
    pressure = non_negative(oxygen_pressure_mmhg, "oxygen_pressure_mmhg", unit="mmHg")
    gain = non_negative(np.asarray(oer_max, dtype=np.float64) - 1.0, "oer_max - 1", unit="")
    half = positive(half_effect_mmhg, "half_effect_mmhg", unit="mmHg")
    return result(1.0 + gain * pressure / (pressure + half))


def bed_with_oxygen(dose: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike, oer: ArrayLike) -> Real:
    """BED of hypoxic cells on the scale of aerated ones.

    BED = D / OER (1 + d / (OER alpha/beta)).

    Parameters
    ----------
    dose : float or array_like
        Total dose D in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    n_fractions : int or array_like of int
        Number of fractions, >= 1; d = D / n.
    alpha_beta : float or array_like
        Alpha/beta of aerated cells in Gy, > 0.
    oer : float or array_like
        Factor by which the dose to the hypoxic cells counts less, >= 1; `oer_max` / OER(p).

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
    alpha d / OER + beta d**2 / OER**2: Wouters & Brown 1997, Radiat Res 147:541.

    Examples
    --------
    >>> bed_with_oxygen(60, 30, 10, 1.75)
    38.2
    """
    total, number = doses(dose, "dose"), whole(n_fractions, "n_fractions")
    factor = 1.0 + non_negative(np.asarray(oer, dtype=np.float64) - 1.0, "oer - 1", unit="")
    effective = total / factor
    return result(effective * (1.0 + effective / (number * positive(alpha_beta, "alpha_beta", unit="Gy"))))
