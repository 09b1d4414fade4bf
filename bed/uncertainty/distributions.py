"""What is known of a parameter: an interval, or a distribution given by its quantiles.

A `ParameterInterval` says between which values a parameter lies and nothing else; a distribution says what is
likely. The two are different types, so that an interval never turns into a uniform distribution by itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import FloatArray, Real, result
from bed.errors import BedValueError

__all__ = [
    "Distribution",
    "LogNormal",
    "Normal",
    "Parameter",
    "ParameterInterval",
    "ReciprocalNormal",
    "Triangular",
    "Uniform",
]


@dataclass(frozen=True, kw_only=True)
class ParameterInterval:
    """Two ends between which a parameter lies; nothing is said about what is likely.

    Attributes
    ----------
    low, high : float
        Finite, low < high.

    Examples
    --------
    >>> ParameterInterval(low=2, high=4).points(3)
    array([2., 3., 4.])
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise BedValueError(
                f"an interval needs finite ends in ascending order, got {self.low}, {self.high}"
            )

    def points(self, n_points: int) -> FloatArray:
        """Return equally spaced values from one end to the other."""
        return np.linspace(self.low, self.high, n_points)


@dataclass(frozen=True, kw_only=True)
class Uniform:
    """Every value between two ends is equally likely.

    Attributes
    ----------
    low, high : float
        Finite, low < high.

    Examples
    --------
    >>> Uniform(low=2, high=4).quantile(0.25)
    2.5
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        ParameterInterval(low=self.low, high=self.high)

    def quantile(self, probability: ArrayLike) -> Real:
        """Value below which a share of the probability lies."""
        return result(self.low + (self.high - self.low) * np.asarray(probability))


@dataclass(frozen=True, kw_only=True)
class Triangular:
    """Density rising from `low` to `mode` and falling to `high`.

    Attributes
    ----------
    low, mode, high : float
        Finite, low <= mode <= high, low < high.

    Examples
    --------
    >>> Triangular(low=0, mode=1, high=2).quantile(0.5)
    1.0
    """

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        ParameterInterval(low=self.low, high=self.high)
        if not self.low <= self.mode <= self.high:
            raise BedValueError(f"the mode must lie between low and high, got {self.mode}")

    def quantile(self, probability: ArrayLike) -> Real:
        """Value below which a share of the probability lies."""
        p, width = np.asarray(probability), self.high - self.low
        rising = self.low + np.sqrt(p * width * (self.mode - self.low))
        falling = self.high - np.sqrt((1 - p) * width * (self.high - self.mode))
        return result(np.where(p * width < self.mode - self.low, rising, falling))


@dataclass(frozen=True, kw_only=True)
class Normal:
    """Normal distribution, cut at bounds that are stated and not implied.

    Attributes
    ----------
    mean, sd : float
        Before it is cut; `sd` positive.
    above, below : float
        Values outside are impossible; minus and plus infinity where there is no bound.

    Examples
    --------
    >>> Normal(mean=3, sd=1, above=0).quantile(0.5)
    3.0017
    """

    mean: float
    sd: float
    above: float = -math.inf
    below: float = math.inf

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.sd) and self.sd > 0):
            raise BedValueError(f"mean must be finite and sd positive, got {self.mean}, {self.sd}")
        if not self.above < self.below:
            raise BedValueError(f"above must be less than below, got {self.above}, {self.below}")

    def quantile(self, probability: ArrayLike) -> Real:
        """Value below which a share of the probability lies."""
        from scipy.special import ndtr, ndtri  # noqa: PLC0415 - scipy loads only where it is used

        low, high = (float(ndtr((bound - self.mean) / self.sd)) for bound in (self.above, self.below))
        return result(self.mean + self.sd * ndtri(low + (high - low) * np.asarray(probability)))


@dataclass(frozen=True, kw_only=True)
class LogNormal:
    """Normal distribution of the logarithm; always positive.

    Attributes
    ----------
    median, sigma_ln : float
        Both positive.

    Examples
    --------
    >>> LogNormal(median=3, sigma_ln=0.4).quantile([0.025, 0.5, 0.975])
    array([1.37, 3. , 6.57])
    """

    median: float
    sigma_ln: float

    def __post_init__(self) -> None:
        if not (0 < self.median < math.inf and 0 < self.sigma_ln < math.inf):
            raise BedValueError(f"median and sigma_ln must be positive, got {self.median}, {self.sigma_ln}")

    def quantile(self, probability: ArrayLike) -> Real:
        """Value below which a share of the probability lies."""
        from scipy.special import ndtri  # noqa: PLC0415 - scipy loads only where it is used

        return result(self.median * np.exp(self.sigma_ln * ndtri(np.asarray(probability))))


@dataclass(frozen=True, kw_only=True)
class ReciprocalNormal:
    """A parameter whose reciprocal is normal and positive, such as alpha/beta from a fitted beta/alpha.

    Meant for published intervals of alpha/beta that reach below 0: those come from a symmetric error of a
    ratio, and the fit's own parameter was the reciprocal.

    Attributes
    ----------
    mean, sd : float
        Of the reciprocal (beta/alpha in Gy^-1); `sd` positive.

    Examples
    --------
    >>> ReciprocalNormal(mean=0.2, sd=0.05).quantile(0.5)
    5.0
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        Normal(mean=self.mean, sd=self.sd)

    def quantile(self, probability: ArrayLike) -> Real:
        """Value below which a share of the probability lies."""
        cut = Normal(mean=self.mean, sd=self.sd, above=0.0)
        return result(1.0 / np.asarray(cut.quantile(1.0 - np.asarray(probability))))


Distribution = Uniform | Triangular | Normal | LogNormal | ReciprocalNormal
Parameter = float | ParameterInterval | Uniform | Triangular | Normal | LogNormal | ReciprocalNormal
