"""Dose-response curves, each with its own slope parameter, and how the slopes convert.

The same letter stands for different slopes in the literature: Lyman's m, the normalised slope gamma50 of a
logistic or a probit curve, the gamma of Källman's approximation and the gamma37 of the Poisson curve. A curve
is therefore an object that keeps its slope together with its meaning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import Real, doses, result
from bed.errors import BedValueError

__all__ = [
    "CoxCurve",
    "KallmanCurve",
    "LogLogisticCurve",
    "LogisticCurve",
    "LogisticRegression",
    "PoissonCurve",
    "ProbitCurve",
    "ResponseCurve",
    "gamma50_from_m",
    "m_from_gamma50",
    "shifted_by_risk_factors",
]

_SQRT_2PI: Final = math.sqrt(2 * math.pi)
_LN_LN2: Final = math.log(math.log(2))


@dataclass(frozen=True, kw_only=True)
class ProbitCurve:
    r"""Lyman's curve, :math:`\Phi((D - D_{50}) / (m D_{50}))`; `m` is a relative standard deviation.

    Attributes
    ----------
    d50_gy, m : float
        Dose of 50 % response in Gy, and slope parameter; both positive.

    Examples
    --------
    >>> ProbitCurve(d50_gy=76.9, m=0.13).probability(76.9)
    0.5
    """

    d50_gy: float
    m: float

    def __post_init__(self) -> None:
        _check_positive(d50_gy=self.d50_gy, m=self.m)

    @property
    def gamma50(self) -> float:
        """Normalised slope at D50."""
        return gamma50_from_m(self.m)

    @classmethod
    def from_gamma50(cls, *, d50_gy: float, gamma50: float) -> Self:
        """Build the curve from the normalised slope of a probit curve."""
        return cls(d50_gy=d50_gy, m=m_from_gamma50(gamma50))

    def probability(self, dose: ArrayLike) -> Real:
        """Response to a dose in Gy of any shape."""
        from scipy.special import ndtr  # noqa: PLC0415 - scipy loads only where it is used

        return result(ndtr((doses(dose, "dose") - self.d50_gy) / (self.m * self.d50_gy)))


@dataclass(frozen=True, kw_only=True)
class LogisticCurve:
    r"""Logistic in dose, :math:`1/(1 + e^{4\gamma_{50}(1 - D/D_{50})})`.

    Attributes
    ----------
    d50_gy, gamma50 : float
        Dose of 50 % response in Gy, and normalised slope there; both positive.

    Examples
    --------
    >>> LogisticCurve(d50_gy=92.0, gamma50=0.982).probability(92.0)
    0.5
    """

    d50_gy: float
    gamma50: float

    def __post_init__(self) -> None:
        _check_positive(d50_gy=self.d50_gy, gamma50=self.gamma50)

    def probability(self, dose: ArrayLike) -> Real:
        """Response to a dose in Gy of any shape."""
        from scipy.special import expit  # noqa: PLC0415 - scipy loads only where it is used

        return result(expit(4 * self.gamma50 * (doses(dose, "dose") / self.d50_gy - 1)))


@dataclass(frozen=True, kw_only=True)
class LogLogisticCurve:
    r"""Logistic in the logarithm of dose, :math:`1/(1 + (D_{50}/D)^{4\gamma_{50}})`; 0 at 0 Gy.

    Attributes
    ----------
    d50_gy, gamma50 : float
        Dose of 50 % response in Gy, and normalised slope there; both positive.

    Examples
    --------
    >>> LogLogisticCurve(d50_gy=60.0, gamma50=3.0).probability([0.0, 60.0])
    array([0. , 0.5])
    """

    d50_gy: float
    gamma50: float

    def __post_init__(self) -> None:
        _check_positive(d50_gy=self.d50_gy, gamma50=self.gamma50)

    def probability(self, dose: ArrayLike) -> Real:
        """Response to a dose in Gy of any shape."""
        from scipy.special import expit  # noqa: PLC0415 - scipy loads only where it is used

        with np.errstate(divide="ignore"):
            return result(expit(4 * self.gamma50 * np.log(doses(dose, "dose") / self.d50_gy)))


@dataclass(frozen=True, kw_only=True)
class KallmanCurve:
    r"""Källman's form, :math:`2^{-\exp(e\gamma(1 - D/D_{50}))}`.

    Attributes
    ----------
    d50_gy, gamma : float
        Dose of 50 % response in Gy; `gamma` is close to, and not, the steepest normalised slope.

    Notes
    -----
    Källman 1992, Int J Radiat Biol 62:249. `PoissonCurve` is the exact Poisson form of the same letter.

    Examples
    --------
    >>> KallmanCurve(d50_gy=60.0, gamma=2.0).probability(60.0)
    0.5
    """

    d50_gy: float
    gamma: float

    def __post_init__(self) -> None:
        _check_positive(d50_gy=self.d50_gy, gamma=self.gamma)

    @property
    def gamma50(self) -> float:
        """Normalised slope at D50: gamma e ln2 / 2."""
        return self.gamma * math.e * math.log(2) / 2

    def probability(self, dose: ArrayLike) -> Real:
        """Response to a dose in Gy of any shape."""
        return result(_gumbel(math.e * self.gamma * (1 - doses(dose, "dose") / self.d50_gy) + _LN_LN2))


@dataclass(frozen=True, kw_only=True)
class PoissonCurve:
    r"""Exact Poisson form, :math:`\exp(-\exp(e\gamma - (D/D_{50})(e\gamma - \ln\ln 2)))`.

    Attributes
    ----------
    d50_gy, gamma37 : float
        Dose of 50 % response in Gy; `gamma37` is the normalised slope at 37 %, the steepest: ln(N0) / e.

    Examples
    --------
    >>> PoissonCurve(d50_gy=60.0, gamma37=2.0).probability(60.0)
    0.5
    """

    d50_gy: float
    gamma37: float

    def __post_init__(self) -> None:
        _check_positive(d50_gy=self.d50_gy, gamma37=self.gamma37)

    @classmethod
    def from_clonogens(cls, *, d50_gy: float, n_clonogens: float) -> Self:
        """Build the curve from a number of clonogens above 1."""
        return cls(d50_gy=d50_gy, gamma37=math.log(n_clonogens) / math.e)

    @property
    def gamma50(self) -> float:
        """Normalised slope at D50: (e gamma37 - ln ln 2) ln2 / 2."""
        return (math.e * self.gamma37 - _LN_LN2) * math.log(2) / 2

    def probability(self, dose: ArrayLike) -> Real:
        """Response to a dose in Gy of any shape."""
        log_clonogens = math.e * self.gamma37
        relative = doses(dose, "dose") / self.d50_gy
        return result(_gumbel(log_clonogens - relative * (log_clonogens - _LN_LN2)))


@dataclass(frozen=True, kw_only=True)
class LogisticRegression:
    r"""Logistic regression as papers print it, :math:`1/(1 + e^{-(b_0 + b_1 D)})`.

    Attributes
    ----------
    intercept : float
        :math:`b_0`, with the coefficients of the risk factors present added to it.
    per_gy : float
        :math:`b_1` per Gy, positive.

    Examples
    --------
    >>> LogisticRegression(intercept=-3.87, per_gy=0.126).d50_gy
    30.714
    """

    intercept: float
    per_gy: float

    def __post_init__(self) -> None:
        _check_positive(per_gy=self.per_gy)
        if not math.isfinite(self.intercept):
            raise BedValueError(f"intercept must be finite, got {self.intercept}")

    @property
    def d50_gy(self) -> float:
        """Dose of 50 % response in Gy; negative where the risk factors alone exceed 50 %."""
        return -self.intercept / self.per_gy

    @property
    def gamma50(self) -> float:
        """Normalised slope at D50."""
        return -self.intercept / 4

    def probability(self, dose: ArrayLike) -> Real:
        """Response to a dose in Gy of any shape."""
        from scipy.special import expit  # noqa: PLC0415 - scipy loads only where it is used

        return result(expit(self.intercept + self.per_gy * doses(dose, "dose")))


@dataclass(frozen=True, kw_only=True)
class CoxCurve:
    r"""Proportional hazards at one time, :math:`1 - \exp(-H_0 e^{b D})`.

    Attributes
    ----------
    baseline_hazard : float
        Cumulative hazard :math:`H_0` at that time and 0 Gy, positive.
    per_gy : float
        Log hazard ratio :math:`b` per Gy, positive.

    Examples
    --------
    >>> CoxCurve(baseline_hazard=0.0155, per_gy=0.0774).d50_gy
    49.1
    """

    baseline_hazard: float
    per_gy: float

    def __post_init__(self) -> None:
        _check_positive(baseline_hazard=self.baseline_hazard, per_gy=self.per_gy)

    @property
    def d50_gy(self) -> float:
        """Dose of 50 % response in Gy: ln(ln2 / H0) / b."""
        return math.log(math.log(2) / self.baseline_hazard) / self.per_gy

    def probability(self, dose: ArrayLike) -> Real:
        """Response to a dose in Gy of any shape."""
        log_hazard = math.log(self.baseline_hazard) + self.per_gy * doses(dose, "dose")
        with np.errstate(over="ignore"):
            return result(-np.expm1(-np.exp(log_hazard)))


ResponseCurve = (
    ProbitCurve
    | LogisticCurve
    | LogLogisticCurve
    | KallmanCurve
    | PoissonCurve
    | LogisticRegression
    | CoxCurve
)


def gamma50_from_m(m: float) -> float:
    r"""Normalised slope of a probit curve at its D50, :math:`1/(m\sqrt{2\pi})`.

    Parameters
    ----------
    m : float
        Lyman's m, positive.

    Returns
    -------
    float

    Examples
    --------
    >>> gamma50_from_m(0.13)
    3.0688
    """
    _check_positive(m=m)
    return 1 / (m * _SQRT_2PI)


def m_from_gamma50(gamma50: float) -> float:
    r"""Lyman's m from the normalised slope of a probit curve, :math:`1/(\gamma_{50}\sqrt{2\pi})`.

    Parameters
    ----------
    gamma50 : float
        Of a probit curve, positive; that of a logistic curve is another number away from D50.

    Returns
    -------
    float

    Examples
    --------
    >>> m_from_gamma50(3.0688)
    0.13
    """
    _check_positive(gamma50=gamma50)
    return 1 / (gamma50 * _SQRT_2PI)


def shifted_by_risk_factors(curve: LogisticCurve, *, odds_ratio: float) -> LogisticCurve:
    r"""Shift a logistic curve by the odds ratio of the risk factors present.

    .. math:: D_{50}' = D_{50}\Big(1 - \frac{\ln OR}{4\gamma_{50}}\Big), \quad
              \gamma_{50}' = \gamma_{50} - \frac{\ln OR}{4}

    Parameters
    ----------
    curve : LogisticCurve
        Without risk factors.
    odds_ratio : float
        Product of the odds ratios of all factors present, positive.

    Returns
    -------
    LogisticCurve

    Raises
    ------
    BedValueError
        If the odds ratio is not positive, or so large that the curve would have no positive D50.

    Notes
    -----
    Appelt 2014, Acta Oncol 53:605, doi 10.3109/0284186X.2013.820341.

    Examples
    --------
    >>> shifted_by_risk_factors(LogisticCurve(d50_gy=34.4, gamma50=1.19), odds_ratio=0.62 * 2.27).d50_gy
    31.9303
    """
    _check_positive(odds_ratio=odds_ratio)
    log_odds = math.log(odds_ratio)
    if log_odds >= 4 * curve.gamma50:
        raise BedValueError(
            f"an odds ratio of {odds_ratio:g} leaves no positive D50: the response at 0 Gy would exceed 50 %"
        )
    return LogisticCurve(
        d50_gy=curve.d50_gy * (1 - log_odds / (4 * curve.gamma50)), gamma50=curve.gamma50 - log_odds / 4
    )


def _gumbel(exponent: Real) -> Real:
    """exp(-exp(x)) without overflow warnings; 0 where exp(x) exceeds the floats."""
    with np.errstate(over="ignore"):
        return np.exp(-np.exp(exponent))


def _check_positive(**values: float) -> None:
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise BedValueError(f"{name} must be positive and finite, got {value}")
