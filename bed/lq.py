"""The linear-quadratic model: BED, EQD2 and EQDx of equal fractions, on numbers and whole arrays.

Every function takes the total dose *at the point or voxel concerned*: its dose per fraction is that dose
over the number of fractions, never the prescription's. Arguments broadcast like NumPy arrays. Checks
look at an array as a whole, so a float32 grid stays float32 and costs one temporary of its own size.
"""

from __future__ import annotations

import math
import warnings
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
    checked_finite,
    checked_fractions,
    checked_positive,
    one_number,
)
from bed.errors import BedValueError, OutsideValidityWarning
from bed.quantity import BED, EQD2
from bed.regimen import Regimen, RegimenSequence

__all__ = [
    "LQ",
    "bed_from_dose",
    "bed_to_eqd2",
    "bed_to_eqdx",
    "eqd2",
    "eqd2_to_bed",
    "eqdx",
    "lq_effect",
    "lq_effect_alpha_spread",
    "lq_validity_note",
]

_DISPUTED_ABOVE_GY = 10.0
_Model = Callable[[float, float, float], float]


def _quotient(numerator: Real, denominator: Real) -> Real:
    """Divide where an infinite denominator gives 0 and an overflow gives infinity, both silently."""
    with np.errstate(over="ignore"):
        return numerator / denominator


def _linear_share(alpha_beta: Real, reference: Real) -> Real:
    """alpha_beta / (reference + alpha_beta), right for alpha_beta from 0 to infinity."""
    return _quotient(1.0, 1.0 + _quotient(reference, alpha_beta))


def _quadratic(dose: Real, offset: Real, slope: Real) -> Real:
    """Evaluate dose * (offset + slope * dose) with one temporary of the result's size."""
    with np.errstate(over="ignore"):
        result = dose * slope
        result += offset
        result *= dose
    return result


@overload
def bed_from_dose(dose: float, n_fractions: float, alpha_beta: float) -> float: ...
@overload
def bed_from_dose(dose: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike) -> FloatArray: ...
def bed_from_dose(dose: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike) -> Real:
    """BED of a total dose given in equal, fully repaired fractions.

    BED = D (1 + d / (alpha/beta)) with d = D / n.

    Parameters
    ----------
    dose : float or array_like
        Total dose D at the point or voxel, in Gy, any shape. Finite and >= 0; NaN (not covered) stays NaN.
    n_fractions : int or array_like of int
        Number of fractions n, whole and >= 1; broadcasts against `dose`.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0; infinity is allowed and returns the dose. Broadcasts against `dose`.

    Returns
    -------
    float or ndarray
        BED in Gy. A float when all arguments are numbers; float32 when `dose` is a float32 array and the
        others are numbers. Grows without bound as alpha/beta approaches 0.

    Raises
    ------
    BedValueError
        Negative or infinite dose, n_fractions not whole or < 1, alpha_beta <= 0 or NaN.
    BedTypeError
        An argument that is not a real number or array, such as a quantity.

    Notes
    -----
    Supported for about 1 to 6 Gy per fraction, used to about 10 Gy, disputed above; below 0.5 Gy
    low-dose hypersensitivity is not described. Fowler 1989, doi:10.1259/0007-1285-62-740-679.

    Examples
    --------
    >>> bed_from_dose(60, 25, 10)
    74.4
    """
    checked, n, ratio = checked_dose(dose), checked_fractions(n_fractions), checked_alpha_beta(alpha_beta)
    # A finite slope keeps 0 Gy at 0 Gy_BED for any positive alpha/beta.
    slope = as_given(np.minimum(_quotient(1.0, n * ratio), _largest_float(checked)))
    return _quadratic(checked, 1.0, slope)


def _largest_float(value: Real) -> float:
    return float(np.finfo(np.float64 if isinstance(value, float) else value.dtype).max)


@overload
def eqdx(
    dose: float, n_fractions: float, alpha_beta: float, *, reference_dose_per_fraction: float
) -> float: ...
@overload
def eqdx(
    dose: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike, *, reference_dose_per_fraction: float
) -> FloatArray: ...
def eqdx(
    dose: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike, *, reference_dose_per_fraction: float
) -> Real:
    """Total dose in fractions of x Gy with the same LQ effect.

    EQDx = D (d + alpha/beta) / (x + alpha/beta) with d = D / n; never through BED, so that alpha/beta may
    be as small as one likes (then EQDx approaches D d / x).

    Parameters
    ----------
    dose : float or array_like
        Total dose D at the point or voxel, in Gy, any shape. Finite and >= 0; NaN (not covered) stays NaN.
    n_fractions : int or array_like of int
        Number of fractions n, whole and >= 1; broadcasts against `dose`.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0; infinity is allowed and returns the dose. Broadcasts against `dose`.
    reference_dose_per_fraction : float
        Dose per fraction x of the equivalent course, in Gy, > 0.

    Returns
    -------
    float or ndarray
        EQDx in Gy; types as for `bed_from_dose`.

    Raises
    ------
    BedValueError
        Negative or infinite dose, n_fractions not whole or < 1, alpha_beta or reference <= 0 or NaN.

    Notes
    -----
    Name and definition: ICRU Report 89; Bentzen 2012, Radiother Oncol 105:266.

    Examples
    --------
    >>> eqdx(25, 5, 3, reference_dose_per_fraction=1.8)
    41.67
    """
    checked, n, ratio = checked_dose(dose), checked_fractions(n_fractions), checked_alpha_beta(alpha_beta)
    reference = _checked_reference(reference_dose_per_fraction)
    return _quadratic(checked, _linear_share(ratio, reference), _quotient(1.0, n * (reference + ratio)))


def _checked_reference(value: float) -> float:
    reference = one_number(
        checked_positive(value, "reference_dose_per_fraction"), "reference_dose_per_fraction"
    )
    if math.isinf(reference):
        raise BedValueError("reference_dose_per_fraction must be finite")
    return reference


@overload
def eqd2(dose: float, n_fractions: float, alpha_beta: float) -> float: ...
@overload
def eqd2(dose: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike) -> FloatArray: ...
def eqd2(dose: ArrayLike, n_fractions: ArrayLike, alpha_beta: ArrayLike) -> Real:
    """Total dose in 2 Gy fractions with the same LQ effect: `eqdx` at x = 2 Gy.

    EQD2 = D (d + alpha/beta) / (2 + alpha/beta) with d = D / n.

    Parameters
    ----------
    dose : float or array_like
        Total dose D at the point or voxel, in Gy, any shape (grids `[z, y, x]`). Finite and >= 0; NaN
        (not covered) stays NaN.
    n_fractions : int or array_like of int
        Number of fractions n, whole and >= 1; broadcasts against `dose`.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0; infinity is allowed and returns the dose. Broadcasts against `dose`.

    Returns
    -------
    float or ndarray
        EQD2 in Gy; types as for `bed_from_dose`.

    Raises
    ------
    BedValueError
        Negative or infinite dose, n_fractions not whole or < 1, alpha_beta <= 0 or NaN.

    Notes
    -----
    Withers 1983; ICRU Report 89. Domain of validity as for `bed_from_dose`.

    Examples
    --------
    A spinal cord voxel that receives 12 Gy of a plan in 5 fractions, and a row of voxels:

    >>> eqd2(12, 5, 2)
    13.2
    >>> import numpy as np
    >>> eqd2(np.array([0.0, 12.5, 25.0]), 5, 2)
    array([ 0.     , 14.0625, 43.75  ])
    """
    return eqdx(dose, n_fractions, alpha_beta, reference_dose_per_fraction=2.0)


@overload
def bed_to_eqdx(bed_gy: float, alpha_beta: float, *, reference_dose_per_fraction: float) -> float: ...
@overload
def bed_to_eqdx(
    bed_gy: ArrayLike, alpha_beta: ArrayLike, *, reference_dose_per_fraction: float
) -> FloatArray: ...
def bed_to_eqdx(bed_gy: ArrayLike, alpha_beta: ArrayLike, *, reference_dose_per_fraction: float) -> Real:
    """Convert BED to the total dose in fractions of x Gy: EQDx = BED / (1 + x / (alpha/beta)).

    Parameters
    ----------
    bed_gy : float or array_like
        BED in Gy at this alpha/beta, any shape. May be negative; NaN stays NaN.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.
    reference_dose_per_fraction : float
        Dose per fraction x of the equivalent course, in Gy, > 0.

    Returns
    -------
    float or ndarray
        EQDx in Gy.

    Raises
    ------
    BedValueError
        Infinite BED, alpha_beta or reference <= 0 or NaN.

    Examples
    --------
    >>> bed_to_eqdx(66.7, 3, reference_dose_per_fraction=1.8)
    41.7
    """
    share = _linear_share(checked_alpha_beta(alpha_beta), _checked_reference(reference_dose_per_fraction))
    return checked_finite(bed_gy, "bed_gy") * share


@overload
def bed_to_eqd2(bed_gy: float, alpha_beta: float) -> float: ...
@overload
def bed_to_eqd2(bed_gy: ArrayLike, alpha_beta: ArrayLike) -> FloatArray: ...
def bed_to_eqd2(bed_gy: ArrayLike, alpha_beta: ArrayLike) -> Real:
    """Convert BED to EQD2: EQD2 = BED / (1 + 2 / (alpha/beta)).

    Parameters
    ----------
    bed_gy : float or array_like
        BED in Gy at this alpha/beta, any shape. May be negative; NaN stays NaN.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.

    Returns
    -------
    float or ndarray
        EQD2 in Gy.

    Raises
    ------
    BedValueError
        Infinite BED, alpha_beta <= 0 or NaN.

    Examples
    --------
    >>> bed_to_eqd2(135.5, 2)
    67.75
    """
    return bed_to_eqdx(bed_gy, alpha_beta, reference_dose_per_fraction=2.0)


@overload
def eqd2_to_bed(eqd2_gy: float, alpha_beta: float) -> float: ...
@overload
def eqd2_to_bed(eqd2_gy: ArrayLike, alpha_beta: ArrayLike) -> FloatArray: ...
def eqd2_to_bed(eqd2_gy: ArrayLike, alpha_beta: ArrayLike) -> Real:
    """Convert EQD2 to BED: BED = EQD2 (1 + 2 / (alpha/beta)).

    Parameters
    ----------
    eqd2_gy : float or array_like
        EQD2 in Gy at this alpha/beta, any shape. NaN stays NaN.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.

    Returns
    -------
    float or ndarray
        BED in Gy.

    Raises
    ------
    BedValueError
        Infinite EQD2, alpha_beta <= 0 or NaN.

    Examples
    --------
    >>> eqd2_to_bed(67.75, 2)
    135.5
    """
    return checked_finite(eqd2_gy, "eqd2_gy") * (1.0 + _quotient(2.0, checked_alpha_beta(alpha_beta)))


def lq_validity_note(dose_per_fraction: float) -> str | None:
    """Say why LQ is doubtful at this dose per fraction, or None where it is supported.

    Parameters
    ----------
    dose_per_fraction : float
        Dose per fraction in Gy.

    Returns
    -------
    str or None
        The reason, for a report or a warning.

    Notes
    -----
    Brenner 2008 (PMC2750078) argues that LQ is usable to about 15 to 18 Gy; others draw the line near 10.

    Examples
    --------
    >>> lq_validity_note(18)
    '18 Gy per fraction: LQ is disputed above 10 Gy per fraction; show a high-dose model beside it'
    >>> lq_validity_note(5) is None
    True
    """
    if not dose_per_fraction > _DISPUTED_ABOVE_GY:
        return None
    return (
        f"{dose_per_fraction:.4g} Gy per fraction: LQ is disputed above {_DISPUTED_ABOVE_GY:g} Gy "
        "per fraction; show a high-dose model beside it"
    )


@dataclass(frozen=True, kw_only=True)
class LQ:
    """The linear-quadratic model of one tissue, for regimens typed as such.

    Attributes
    ----------
    alpha_beta : float
        Alpha/beta in Gy, > 0; infinity is allowed.

    Raises
    ------
    BedValueError
        alpha_beta <= 0 or NaN.

    Examples
    --------
    >>> late = LQ(alpha_beta=3)
    >>> late.eqd2_of(Regimen(total_dose=25, n_fractions=5))
    EQD2(40 Gy, alpha/beta 3 Gy)
    """

    alpha_beta: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha_beta", one_number(checked_alpha_beta(self.alpha_beta), "alpha_beta"))

    def bed_of(self, regimen: Regimen | RegimenSequence, *, assume_full_repair: bool = False) -> BED:
        """BED of a regimen at a point that receives the prescribed dose.

        Parameters
        ----------
        regimen : Regimen or RegimenSequence
            What was prescribed; a sequence adds up phase by phase.
        assume_full_repair : bool
            State that the fractions of one day do not interact. Without the statement a regimen of more
            than one fraction a day is refused, because its BED needs the repair half-time.

        Returns
        -------
        BED
            In Gy, at this alpha/beta.

        Raises
        ------
        BedValueError
            Several fractions a day without the statement; a source whose dose rate matters.

        Warns
        -----
        OutsideValidityWarning
            Above 10 Gy per fraction.

        Examples
        --------
        >>> LQ(alpha_beta=10).bed_of(Regimen.parse("50.4Gy/28"))
        BED(59.472 Gy, alpha/beta 10 Gy)
        """
        return BED(
            gy=self._sum_over_phases(regimen, bed_from_dose, assume_full_repair), alpha_beta=self.alpha_beta
        )

    def eqd2_of(self, regimen: Regimen | RegimenSequence, *, assume_full_repair: bool = False) -> EQD2:
        """EQD2 of a regimen at a point that receives the prescribed dose; see `bed_of`.

        Parameters
        ----------
        regimen : Regimen or RegimenSequence
            What was prescribed; a sequence adds up phase by phase.
        assume_full_repair : bool
            State that the fractions of one day do not interact.

        Returns
        -------
        EQD2
            In Gy, at this alpha/beta.

        Raises
        ------
        BedValueError
            Several fractions a day without the statement; a source whose dose rate matters.

        Warns
        -----
        OutsideValidityWarning
            Above 10 Gy per fraction.

        Examples
        --------
        >>> LQ(alpha_beta=3).eqd2_of(Regimen.parse("40.8Gy/34 BID"), assume_full_repair=True)
        EQD2(34.272 Gy, alpha/beta 3 Gy)
        """
        return EQD2(gy=self._sum_over_phases(regimen, eqd2, assume_full_repair), alpha_beta=self.alpha_beta)

    def _sum_over_phases(
        self, regimen: Regimen | RegimenSequence, model: _Model, assume_full_repair: bool
    ) -> float:
        phases = regimen.phases
        for phase in phases:
            _refuse_unmodelled(phase, assume_full_repair)
            note = lq_validity_note(phase.dose_per_fraction)
            if note:
                warnings.warn(note, OutsideValidityWarning, stacklevel=3)
        return sum(model(phase.total_dose, phase.n_fractions, self.alpha_beta) for phase in phases)


def _refuse_unmodelled(regimen: Regimen, assume_full_repair: bool) -> None:
    """Refuse what plain LQ cannot know: interacting fractions and continuous sources."""
    if regimen.is_protracted:
        raise BedValueError(
            f"{regimen}: {regimen.modality} gives its dose over hours or days, which plain LQ ignores; "
            "use the dose-rate functions"
        )
    if regimen.fractions_per_day > 1 and not assume_full_repair:
        raise BedValueError(
            f"{regimen}: several fractions a day repair incompletely, so BED needs a repair half-time; "
            "use incomplete repair, or state assume_full_repair=True"
        )


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
    from scipy.special import log_ndtr  # noqa: PLC0415 - scipy loads only where it is used

    total, number = checked_dose(dose), checked_fractions(n_fractions)
    mean = one_number(checked_positive(alpha_mean, "alpha_mean"), "alpha_mean")
    spread = one_number(checked_positive(alpha_sd, "alpha_sd"), "alpha_sd")
    quadratic = total * total * (_coefficient(beta, "beta") / number - spread * spread / 2.0)
    cut = log_ndtr(mean / spread) - log_ndtr((mean - spread * spread * total) / spread)
    return as_given(mean * total + quadratic + cut)


def _coefficient(value: float, name: str) -> float:
    number = one_number(checked_dose(value, name), name)
    if math.isnan(number):
        raise BedValueError(f"{name} must be a number >= 0")
    return number
