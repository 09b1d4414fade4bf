"""The same effect in another fractionation: LQ solved for each of its unknowns.

The quadratics are used in the form that does not lose digits where alpha/beta is large against the dose
per fraction, so that alpha/beta may be infinite. A number of fractions comes back as the real number that
solves the equation together with the whole numbers on either side of it and what they miss.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import (
    FloatArray,
    Real,
    as_given,
    checked_alpha_beta,
    checked_dose,
    checked_fractions,
    checked_positive,
    one_number,
)
from bed.errors import BedValueError
from bed.lq import bed_from_dose
from bed.regimen import Regimen

__all__ = [
    "FractionNumber",
    "WholeFractions",
    "alpha_beta_from_isoeffect",
    "dose_per_fraction_for_bed",
    "isoeffective_dose",
    "n_fractions_for_bed",
    "n_fractions_with_repopulation",
    "total_dose_for_bed",
    "tumour_bed_at_organ_limit",
]


@overload
def dose_per_fraction_for_bed(bed_gy: float, n_fractions: float, alpha_beta: float) -> float: ...
@overload
def dose_per_fraction_for_bed(
    bed_gy: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike
) -> FloatArray: ...
def dose_per_fraction_for_bed(bed_gy: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike) -> Real:
    """Dose per fraction that gives a BED in a number of equal, fully repaired fractions.

    d = 2 e / (1 + sqrt(1 + 4 e / (alpha/beta))) with e = BED / n: the one positive root, in the form that
    keeps all digits at large alpha/beta.

    Parameters
    ----------
    bed_gy : float or array_like
        Target BED in Gy at this alpha/beta, >= 0, any shape; NaN stays NaN.
    n_fractions : int or array_like of int
        Number of fractions, whole and >= 1.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0; infinity is allowed and gives BED / n.

    Returns
    -------
    float or ndarray
        Dose per fraction in Gy.

    Raises
    ------
    BedValueError
        Negative or infinite BED, n_fractions not whole or < 1, alpha_beta <= 0 or NaN.

    Notes
    -----
    With repopulation in a known overall time T, add K (T - Tk) to the target. Fowler 1989,
    doi:10.1259/0007-1285-62-740-679.

    Examples
    --------
    The dose per fraction in 3 fractions with the effect on the cord of 12.4 Gy at once:

    >>> from bed import bed_from_dose
    >>> dose_per_fraction_for_bed(bed_from_dose(12.4, 1, 2), 3, 2)
    6.780
    """
    target, n = checked_dose(bed_gy, "bed_gy"), checked_fractions(n_fractions)
    return _positive_root(target / n, checked_alpha_beta(alpha_beta))


def _positive_root(effect: Real, alpha_beta: Real) -> Real:
    """Solve d (1 + d / alpha_beta) = effect for d >= 0."""
    with np.errstate(over="ignore"):
        ratio = 4.0 * effect / alpha_beta
    return as_given(2.0 * effect / (1.0 + np.sqrt(1.0 + ratio)))


@overload
def isoeffective_dose(
    dose: float, n_fractions: float, alpha_beta: float, *, new_n_fractions: float
) -> float: ...
@overload
def isoeffective_dose(
    dose: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike, *, new_n_fractions: ArrayLike
) -> FloatArray: ...
def isoeffective_dose(
    dose: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike, *, new_n_fractions: ArrayLike
) -> Real:
    """Total dose in another number of fractions with the same LQ effect, voxel by voxel.

    Parameters
    ----------
    dose : float or array_like
        Total dose at the point or voxel in Gy, any shape; NaN stays NaN.
    n_fractions : int or array_like of int
        Its number of fractions.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0; infinity is allowed and returns the dose.
    new_n_fractions : int or array_like of int
        The number of fractions asked for.

    Returns
    -------
    float or ndarray
        Total dose in Gy in `new_n_fractions` fractions.

    Raises
    ------
    BedValueError
        Arguments out of range as in `bed_from_dose`.

    Examples
    --------
    >>> isoeffective_dose(25, 5, 3, new_n_fractions=25)
    42.539
    """
    old, new = checked_fractions(n_fractions), checked_fractions(new_n_fractions, "new_n_fractions")
    total, ratio = checked_dose(dose), checked_alpha_beta(alpha_beta)
    each = total / old
    with np.errstate(over="ignore"):
        effect = total * (1.0 + each / ratio)
    return _positive_root(effect / new, ratio) * new


@overload
def total_dose_for_bed(bed_gy: float, alpha_beta: float, *, dose_per_fraction: float) -> float: ...
@overload
def total_dose_for_bed(
    bed_gy: ArrayLike, alpha_beta: ArrayLike, *, dose_per_fraction: ArrayLike
) -> FloatArray: ...
def total_dose_for_bed(bed_gy: ArrayLike, alpha_beta: ArrayLike, *, dose_per_fraction: ArrayLike) -> Real:
    """Total dose that gives a BED in fractions of a given size: D = BED / (1 + d / (alpha/beta)).

    Parameters
    ----------
    bed_gy : float or array_like
        Target BED in Gy at this alpha/beta, >= 0, any shape; NaN stays NaN.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.
    dose_per_fraction : float or array_like
        Gy, > 0.

    Returns
    -------
    float or ndarray
        Total dose in Gy; divided by the dose per fraction it is in general no whole number, see
        `n_fractions_for_bed`.

    Raises
    ------
    BedValueError
        Negative or infinite BED, dose_per_fraction or alpha_beta <= 0 or NaN.

    Examples
    --------
    >>> total_dose_for_bed(78, 10, dose_per_fraction=2)
    65.0
    """
    each = checked_positive(dose_per_fraction, "dose_per_fraction")
    return checked_dose(bed_gy, "bed_gy") / (1.0 + each / checked_alpha_beta(alpha_beta))


@dataclass(frozen=True, kw_only=True)
class WholeFractions:
    """A whole number of fractions near the solution, and what it misses.

    Attributes
    ----------
    n_fractions : int
        Number of fractions.
    bed_gy : float
        The BED it gives, in Gy.
    bed_error_gy : float
        That BED minus the target, in Gy.
    """

    n_fractions: int
    bed_gy: float
    bed_error_gy: float


@dataclass(frozen=True, kw_only=True)
class FractionNumber:
    """The number of fractions that gives a BED.

    Attributes
    ----------
    n_fractions : float
        The real number that solves the equation.
    options : tuple of WholeFractions
        The whole numbers next to it, from low to high; one where the solution is whole or below 1.
    """

    n_fractions: float
    options: tuple[WholeFractions, ...]


def n_fractions_for_bed(bed_gy: float, alpha_beta: float, *, dose_per_fraction: float) -> FractionNumber:
    """Number of fractions of a given size that gives a BED: n = BED / (d (1 + d / (alpha/beta))).

    Parameters
    ----------
    bed_gy : float
        Target BED in Gy at this alpha/beta, > 0.
    alpha_beta : float
        Alpha/beta in Gy, > 0, infinity allowed.
    dose_per_fraction : float
        Gy, > 0.

    Returns
    -------
    FractionNumber
        The real solution and the whole numbers beside it with their BED error.

    Raises
    ------
    BedValueError
        An argument <= 0, infinite BED, NaN.
    BedTypeError
        An array.

    Examples
    --------
    How many fractions of 2 Gy match 20 x 3 Gy at alpha/beta 10 Gy:

    >>> number = n_fractions_for_bed(78, 10, dose_per_fraction=2)
    >>> number.n_fractions, [(o.n_fractions, o.bed_error_gy) for o in number.options]
    (32.5, [(32, -1.2), (33, 1.2)])
    """
    target = _one_positive(bed_gy, "bed_gy")
    each = _one_positive(dose_per_fraction, "dose_per_fraction")
    per_fraction = each * (1.0 + each / one_number(checked_alpha_beta(alpha_beta), "alpha_beta"))
    exact = target / per_fraction
    nearest = round(exact)
    if nearest >= 1 and math.isclose(exact, nearest, rel_tol=1e-12):
        candidates = [nearest]
    else:
        candidates = [n for n in (math.floor(exact), math.ceil(exact)) if n >= 1]
    options = tuple(_option(n, n * per_fraction, target) for n in candidates)
    return FractionNumber(n_fractions=exact, options=options)


def _one_positive(value: float, name: str) -> float:
    number = one_number(checked_positive(value, name), name)
    if math.isinf(number):
        raise BedValueError(f"{name} must be finite")
    return number


def _option(n: int, bed_gy: float, target: float) -> WholeFractions:
    return WholeFractions(n_fractions=n, bed_gy=bed_gy, bed_error_gy=bed_gy - target)


def n_fractions_with_repopulation(
    bed_gy: float,
    alpha_beta: float,
    *,
    dose_per_fraction: float,
    loss_per_day: float,
    kick_off: float,
    overall_time: Callable[[int], float],
    max_fractions: int,
) -> tuple[WholeFractions, ...]:
    """Whole numbers of fractions on either side of every crossing of a BED with repopulation.

    BED(n) = n d (1 + d / (alpha/beta)) - K max(0, T(n) - Tk). It rises in pieces and may fall again over a
    weekend or where K exceeds what a fraction adds, so the target may be crossed more than once.

    Parameters
    ----------
    bed_gy : float
        Target BED in Gy, > 0.
    alpha_beta : float
        Alpha/beta in Gy, > 0.
    dose_per_fraction : float
        Gy, > 0.
    loss_per_day : float
        K, BED lost per day after kick-off, in Gy per day, >= 0.
    kick_off : float
        Tk in days, >= 0.
    overall_time : callable
        T(n): days from the first to the last of n fractions, such as
        ``lambda n: weekday_schedule(...).overall_time``.
    max_fractions : int
        Where the search ends.

    Returns
    -------
    tuple of WholeFractions
        In order; pairs around each crossing, one entry where a number meets the target. Empty where the
        target is never met.

    Raises
    ------
    BedValueError
        An argument out of range.

    Notes
    -----
    Dale 1989; Fowler 1989. That two solutions may exist is documented by the authors of LQL-Equiv.

    Examples
    --------
    >>> options = n_fractions_with_repopulation(
    ...     60, 10, dose_per_fraction=2, loss_per_day=0.9, kick_off=28,
    ...     overall_time=lambda n: 7 * ((n - 1) // 5) + (n - 1) % 5, max_fractions=40)
    >>> [(o.n_fractions, o.bed_gy) for o in options]
    [(28, 59.1), (29, 60.6)]
    """
    target = _one_positive(bed_gy, "bed_gy")
    each = _one_positive(dose_per_fraction, "dose_per_fraction")
    ratio = one_number(checked_alpha_beta(alpha_beta), "alpha_beta")
    loss = one_number(checked_dose(loss_per_day, "loss_per_day"), "loss_per_day")
    start = one_number(checked_dose(kick_off, "kick_off"), "kick_off")
    last = int(one_number(checked_fractions(max_fractions, "max_fractions"), "max_fractions"))

    def net(n: int) -> float:
        return n * each * (1.0 + each / ratio) - loss * max(0.0, overall_time(n) - start)

    options = [_option(n, net(n), target) for n in range(1, last + 1)]
    return tuple(_beside_crossings(options))


def _beside_crossings(options: list[WholeFractions]) -> list[WholeFractions]:
    """Keep the options that meet the target or have it between themselves and a neighbour."""

    def crosses(before: WholeFractions, after: WholeFractions) -> bool:
        return before.bed_error_gy * after.bed_error_gy < 0

    kept = []
    for i, option in enumerate(options):
        neighbours = options[max(0, i - 1) : i] + options[i + 1 : i + 2]
        if _meets(option) or any(crosses(option, other) for other in neighbours if not _meets(other)):
            kept.append(option)
    return kept


def _meets(option: WholeFractions) -> bool:
    return math.isclose(option.bed_error_gy, 0.0, abs_tol=1e-9)


def alpha_beta_from_isoeffect(first: Regimen, second: Regimen) -> float:
    """Alpha/beta at which two regimens have the same LQ effect.

    alpha/beta = (D2 d2 - D1 d1) / (D1 - D2).

    Parameters
    ----------
    first, second : Regimen
        Two regimens observed to be isoeffective.

    Returns
    -------
    float
        Alpha/beta in Gy, > 0.

    Raises
    ------
    BedValueError
        Equal total doses, or a result <= 0: no alpha/beta makes them isoeffective.

    Examples
    --------
    >>> alpha_beta_from_isoeffect(Regimen.parse("62Gy/20"), Regimen.parse("80Gy/40"))
    1.788
    """
    difference = first.total_dose - second.total_dose
    if difference == 0:
        raise BedValueError(f"{first} and {second} have the same total dose: no alpha/beta follows from them")
    squares = second.total_dose * second.dose_per_fraction - first.total_dose * first.dose_per_fraction
    ratio = squares / difference
    if not ratio > 0:
        raise BedValueError(
            f"no positive alpha/beta makes {first} and {second} isoeffective: LQ asks for {ratio:.3g} Gy"
        )
    return ratio


def tumour_bed_at_organ_limit(
    n_fractions: ArrayLike,
    *,
    organ_bed_limit: float,
    sparing_factor: float,
    organ_alpha_beta: float,
    tumour_alpha_beta: float,
) -> Real:
    """Tumour BED that an organ's limit allows in n fractions.

    The organ receives the sparing factor s times the tumour's dose. The organ limit gives s d; the tumour
    then has BED n d (1 + d / (alpha/beta)). Without repopulation it rises with n when
    organ alpha/beta < s x tumour alpha/beta and falls otherwise.

    Parameters
    ----------
    n_fractions : int or array_like of int
        One number, or the numbers to compare.
    organ_bed_limit : float
        BED limit of the organ in Gy at its own alpha/beta, > 0.
    sparing_factor : float
        Organ dose over tumour dose, > 0.
    organ_alpha_beta, tumour_alpha_beta : float
        Alpha/beta in Gy, > 0.

    Returns
    -------
    float or ndarray
        Tumour BED in Gy at the tumour's alpha/beta, one for each n.

    Raises
    ------
    BedValueError
        An argument out of range.

    Notes
    -----
    Mizuta 2012, Phys Med Biol 57:5491.

    Examples
    --------
    >>> tumour_bed_at_organ_limit(
    ...     [5, 25], organ_bed_limit=100, sparing_factor=0.8, organ_alpha_beta=3, tumour_alpha_beta=10)
    array([71.835, 91.307])
    """
    limit = _one_positive(organ_bed_limit, "organ_bed_limit")
    sparing = _one_positive(sparing_factor, "sparing_factor")
    n = checked_fractions(n_fractions)
    organ_dose = dose_per_fraction_for_bed(limit, n, one_number(organ_alpha_beta, "organ_alpha_beta"))
    return bed_from_dose(n * organ_dose / sparing, n, one_number(tumour_alpha_beta, "tumour_alpha_beta"))
