"""Cell survival under LQ: the effect behind BED, for one population and for one whose cells differ."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from bed.arguments import Real, as_given, checked_dose, checked_fractions, checked_positive, one_number
from bed.errors import BedValueError

__all__ = ["lq_effect", "lq_effect_alpha_spread"]


def _coefficient(value: float, name: str) -> float:
    number = one_number(checked_dose(value, name), name)
    if math.isnan(number):
        raise BedValueError(f"{name} must be a number >= 0")
    return number


def lq_effect(dose: ArrayLike, n_fractions: ArrayLike, *, alpha: float, beta: float) -> Real:
    """LQ effect E = -ln S of equal, fully repaired fractions: E = n (alpha d + beta d**2).

    Parameters
    ----------
    dose : float or array_like
        Total dose D at the point or voxel in Gy, >= 0, any shape; d = D / n. NaN (not covered) stays NaN.
    n_fractions : int or array_like of int
        Number of fractions n, whole and >= 1.
    alpha : float
        1/Gy, > 0.
    beta : float
        1/Gy**2, >= 0.

    Returns
    -------
    float or ndarray
        Effect, without unit; the surviving fraction is exp(-E), and BED = E / alpha.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    Chadwick and Leenhouts 1973; Douglas and Fowler 1976; Fowler 1989, doi:10.1259/0007-1285-62-740-679.

    Examples
    --------
    >>> lq_effect(60, 30, alpha=0.3, beta=0.03)
    21.6
    """
    total, number = checked_dose(dose), checked_fractions(n_fractions)
    linear = one_number(checked_positive(alpha, "alpha"), "alpha")
    return as_given(total * (linear + _coefficient(beta, "beta") * total / number))


def lq_effect_alpha_spread(
    dose: ArrayLike, n_fractions: ArrayLike, *, alpha_mean: float, alpha_sd: float, beta: float
) -> Real:
    """LQ effect -ln of the mean surviving fraction when alpha differs between patients or cells.

    Alpha is normal with mean a and standard deviation s, cut off at 0; beta is the same for all. Then
    -ln <S> = a D - s**2 D**2 / 2 + beta D**2 / n - ln Phi((a - s**2 D) / s) + ln Phi(a / s).

    Parameters
    ----------
    dose : float or array_like
        Total dose D in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    n_fractions : int or array_like of int
        Number of fractions n, whole and >= 1.
    alpha_mean : float
        a in 1/Gy, > 0, of the uncut normal distribution.
    alpha_sd : float
        s in 1/Gy, > 0.
    beta : float
        1/Gy**2, >= 0.

    Returns
    -------
    float or ndarray
        Effect, without unit. The resistant survive longest, so it rises ever more slowly than for one alpha.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above.

    Notes
    -----
    Webb and Nahum 1993, Phys Med Biol 38:653; the integral over the cut normal distribution is in closed
    form.

    Examples
    --------
    >>> lq_effect_alpha_spread(60, 30, alpha_mean=0.35, alpha_sd=0.08, beta=0.03)
    14.172
    """
    # scipy loads only where it is used
    from scipy.special import log_ndtr  # noqa: PLC0415

    total, number = checked_dose(dose), checked_fractions(n_fractions)
    mean = one_number(checked_positive(alpha_mean, "alpha_mean"), "alpha_mean")
    spread = one_number(checked_positive(alpha_sd, "alpha_sd"), "alpha_sd")
    quadratic = total * total * (_coefficient(beta, "beta") / number - spread * spread / 2.0)
    cut = log_ndtr(mean / spread) - log_ndtr((mean - spread * spread * total) / spread)
    return as_given(mean * total + quadratic + cut)
