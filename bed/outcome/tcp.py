"""Tumour control probability: Poisson, with a spread of alpha, Zaider-Minerbo, and fitted response curves.

Everything runs on the logarithm of the number of surviving clonogens, so that neither 1e9 clonogens nor a
survival of 1e-40 is rounded away.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import FloatArray, Real, doses, finite, non_negative, positive, result
from bed.errors import BedTypeError, BedValueError
from bed.outcome.dose_response import LogisticCurve
from bed.quantity import EQD2
from bed.tables import csv_rows

__all__ = [
    "TumourResponse",
    "complication_free_control",
    "control_without_complication_agren",
    "log_surviving_clonogens",
    "tcp_alpha_spread",
    "tcp_from_log_survivors",
    "tcp_poisson",
    "tcp_zaider_minerbo",
    "tumour_recurrence_from_log_survivors",
    "tumour_response",
    "tumour_response_rows",
]

_PANELS, _NODES = 32, 8
_NEVER, _ALWAYS = 4.0, -37.0


def log_surviving_clonogens(bed_gy: ArrayLike, *, alpha: ArrayLike, n_clonogens: ArrayLike) -> Real:
    r"""Logarithm of the expected number of surviving clonogens of a whole tumour.

    .. math:: \ln \sum_i N_i e^{-\alpha BED_i}

    Parameters
    ----------
    bed_gy : array_like
        BED of each voxel or bin in Gy, shape (..., n_voxels); NaN (not covered) makes the result NaN.
    alpha : array_like
        Gy^-1, not negative; broadcast against `bed_gy`.
    n_clonogens : array_like
        Clonogens in each voxel (density times volume), positive; broadcast against `bed_gy`.

    Returns
    -------
    float or ndarray
        Shape (...).

    Raises
    ------
    BedValueError
        For a tumour without voxels, or parameters that are not positive.

    Notes
    -----
    Webb and Nahum 1993, Phys Med Biol 38:653.

    Examples
    --------
    >>> log_surviving_clonogens([60.0, 60.0], alpha=0.3, n_clonogens=5e6)
    -1.8819
    """
    from scipy.special import logsumexp  # noqa: PLC0415 - scipy loads only where it is used

    effect = np.atleast_1d(finite(bed_gy, "bed_gy"))
    if effect.shape[-1] == 0:
        raise BedValueError("the tumour has no voxels: its control probability is not defined")
    log_n = np.log(positive(n_clonogens, "n_clonogens", unit="clonogens"))
    return result(logsumexp(log_n - non_negative(alpha, "alpha", unit="Gy^-1") * effect, axis=-1))


def tcp_from_log_survivors(log_survivors: ArrayLike) -> Real:
    r"""Poisson control probability, :math:`e^{-N_s}`, from the logarithm of the expected survivors.

    Parameters
    ----------
    log_survivors : array_like
        Any shape.

    Returns
    -------
    float or ndarray
        Same shape, within [0, 1].

    Examples
    --------
    >>> tcp_from_log_survivors(0.0)
    0.3679
    """
    with np.errstate(over="ignore"):
        return result(np.exp(-np.exp(np.asarray(log_survivors, dtype=np.float64))))


def tumour_recurrence_from_log_survivors(log_survivors: ArrayLike) -> Real:
    """Return 1 - TCP without losing the digits of a small number of survivors.

    Parameters
    ----------
    log_survivors : array_like
        Any shape.

    Returns
    -------
    float or ndarray
        Same shape, within [0, 1].

    Examples
    --------
    >>> import math
    >>> tumour_recurrence_from_log_survivors(math.log(1e-20)) / 1e-20
    1.0
    """
    with np.errstate(over="ignore"):
        return result(-np.expm1(-np.exp(np.asarray(log_survivors, dtype=np.float64))))


def tcp_poisson(bed_gy: ArrayLike, *, alpha: ArrayLike, n_clonogens: ArrayLike) -> Real:
    r"""Poisson control probability of a tumour of uniform dose, :math:`\exp(-N_0 e^{-\alpha BED})`.

    For a dose distribution pass `log_surviving_clonogens` to `tcp_from_log_survivors`: the product over
    voxels is the exponential of minus the sum of their survivors.

    Parameters
    ----------
    bed_gy : array_like
        BED in Gy, any shape; NaN stays NaN.
    alpha : array_like
        Gy^-1, positive.
    n_clonogens : array_like
        Number of clonogens before treatment, positive (1e6 to 1e9 in the literature).

    Returns
    -------
    float or ndarray
        The broadcast shape, within [0, 1].

    Raises
    ------
    BedValueError
        If a parameter is not positive or a BED is infinite.

    Notes
    -----
    Munro and Gilbert 1961; Webb and Nahum 1993.

    Examples
    --------
    >>> tcp_poisson(72.0, alpha=0.3, n_clonogens=1e9)
    0.6596
    """
    log_n = np.log(positive(n_clonogens, "n_clonogens", unit="clonogens"))
    return tcp_from_log_survivors(log_n - positive(alpha, "alpha", unit="Gy^-1") * finite(bed_gy, "bed_gy"))


def tcp_alpha_spread(
    bed_gy: ArrayLike, *, alpha_mean: float, alpha_sd: float, n_clonogens: ArrayLike
) -> float:
    r"""Control probability of a population whose alpha varies, alpha/beta being the same for all.

    .. math:: TCP = \frac{\int_0^\infty TCP(\alpha)\,N(\alpha;\bar\alpha,\sigma)\,d\alpha}
                         {\int_0^\infty N(\alpha;\bar\alpha,\sigma)\,d\alpha}

    Parameters
    ----------
    bed_gy : array_like
        BED of each voxel in Gy at the common alpha/beta, shape (n_voxels,) or one number, not negative.
    alpha_mean, alpha_sd : float
        Mean and standard deviation in Gy^-1 of the normal distribution before it is cut at 0; positive.
        Both belong to one cohort.
    n_clonogens : array_like
        Clonogens in each voxel, positive; broadcast against `bed_gy`.

    Returns
    -------
    float
        Within [0, 1].

    Raises
    ------
    BedValueError
        If a parameter is not positive, a BED is negative, or the tumour has no voxels.

    Notes
    -----
    Webb and Nahum 1993, Phys Med Biol 38:653; Nahum and Sanchez-Nieto 2001. The integral is exact where the
    control is certain and 256-point Gauss-Legendre where it is not.

    Examples
    --------
    >>> tcp_alpha_spread(72.0, alpha_mean=0.35, alpha_sd=0.08, n_clonogens=1e7)
    0.9250
    """
    from scipy.special import ndtr  # noqa: PLC0415 - scipy loads only where it is used

    effect = np.atleast_1d(non_negative(bed_gy, "bed_gy", unit="Gy"))
    mean = float(positive(alpha_mean, "alpha_mean", unit="Gy^-1"))
    sd = float(positive(alpha_sd, "alpha_sd", unit="Gy^-1"))

    def survivors(alpha: float) -> float:
        return float(log_surviving_clonogens(effect, alpha=alpha, n_clonogens=n_clonogens))

    low, high = max(mean - 9 * sd, 0.0), mean + 9 * sd
    start = _alpha_where(survivors, _NEVER, low=low, high=high)
    stop = _alpha_where(survivors, _ALWAYS, low=low, high=high)
    nodes, weights = _panel_nodes(start, stop)
    controlled = np.array([tcp_from_log_survivors(survivors(alpha)) for alpha in nodes])
    density = np.exp(-0.5 * ((nodes - mean) / sd) ** 2) / (sd * math.sqrt(2 * math.pi))
    # Beyond the last node every tumour is controlled, unless the nodes ran out before that.
    certain = float(ndtr((mean - stop) / sd)) if survivors(stop) <= _ALWAYS + 1 else 0.0
    return min(1.0, (float(weights @ (controlled * density)) + certain) / float(ndtr(mean / sd)))


def tcp_zaider_minerbo(
    *,
    fraction_days: Sequence[float],
    fraction_effects: Sequence[float],
    at_day: float,
    n_clonogens: float,
    birth_rate_per_day: float,
    death_rate_per_day: float,
) -> float:
    r"""Control probability of clonogens that are born and die between fractions, by Zaider and Minerbo.

    .. math:: TCP(t) = \left[1 - \frac{S(t) e^{(b-d)t}}
        {1 + b S(t) e^{(b-d)t}\int_0^t \frac{dt'}{S(t') e^{(b-d)t'}}}\right]^{N_0}

    Parameters
    ----------
    fraction_days : sequence of float
        Times of the fractions in days from day 0, ascending, not negative.
    fraction_effects : sequence of float
        Effect :math:`-\ln S` of each fraction, such as alpha d + beta d^2; not negative.
    at_day : float
        Day of the question; fractions after it do not count.
    n_clonogens : float
        On day 0, positive.
    birth_rate_per_day, death_rate_per_day : float
        Not negative.

    Returns
    -------
    float
        Within [0, 1].

    Raises
    ------
    BedValueError
        If times do not ascend, the lists differ in length, or a value is out of range.

    Notes
    -----
    Zaider and Minerbo 2000, Phys Med Biol 45:279. Survival is constant between fractions, so the integral
    is a sum of closed forms.

    Examples
    --------
    >>> tcp_zaider_minerbo(
    ...     fraction_days=[0], fraction_effects=[1.2039728], at_day=0, n_clonogens=3,
    ...     birth_rate_per_day=0, death_rate_per_day=0,
    ... )
    0.343
    """
    days, effects = _fractions_until(at_day, fraction_days, fraction_effects)
    birth, death, count = _rates(birth_rate_per_day, death_rate_per_day, n_clonogens)
    growth = birth - death
    starts = np.concatenate(([0.0], days))
    lengths = np.diff(np.concatenate((starts, [at_day])))
    effect_so_far = np.concatenate(([0.0], np.cumsum(effects)))
    log_alive = -effect_so_far[-1] + growth * at_day
    # Each interval's share of b S e^{gt} int dt'/(S e^{gt'}), all exponents joined before exponentiating.
    log_share = log_alive + effect_so_far - growth * starts
    with np.errstate(over="ignore", divide="ignore"):
        regrowth = birth * np.sum(np.exp(log_share) * _integral_of_decay(growth, lengths))
        escape = np.exp(log_alive) / (1 + regrowth)
        return float(np.exp(count * np.log1p(-min(1.0, escape))))


@dataclass(frozen=True, kw_only=True)
class TumourResponse:
    """A published response curve of a tumour with the dose scale it was fitted on.

    Attributes
    ----------
    tumour, endpoint : str
        What responds and how.
    curve : LogisticCurve
        D50 and gamma50.
    d50_interval_gy : tuple of float
        Published 95 % interval of D50.
    alpha_beta : float
        Of the EQD2 scale, in Gy.
    tag, source, url, note : str
        How it was verified and where it comes from.
    """

    tumour: str
    endpoint: str
    curve: LogisticCurve
    d50_interval_gy: tuple[float, float]
    alpha_beta: float
    tag: str
    source: str
    url: str
    note: str

    def probability(self, dose: EQD2) -> Real:
        """Response to an EQD2 at the curve's own alpha/beta.

        Raises
        ------
        BedTypeError
            If `dose` is not an EQD2 at that alpha/beta.

        Examples
        --------
        >>> response = tumour_response("rectal adenocarcinoma", endpoint="complete response")
        >>> response.probability(EQD2(gy=92.0, alpha_beta=10))
        0.5
        """
        if not _is_eqd2_at(dose, self.alpha_beta):
            raise BedTypeError(
                f"{self.tumour}: needs EQD2 at alpha/beta {self.alpha_beta:g} Gy, got {dose!r}"
            )
        return self.curve.probability(dose.gy)


def tumour_response_rows() -> tuple[tuple[str, str], ...]:
    """Pairs of tumour and endpoint for which a response curve is at hand.

    Examples
    --------
    >>> tumour_response_rows()[0]
    ('rectal adenocarcinoma', 'complete response')
    """
    return tuple((row["tumour"], row["endpoint"]) for row in csv_rows("bed.outcome", "tcp.csv"))


def tumour_response(tumour: str, *, endpoint: str) -> TumourResponse:
    """Look up a published response curve by tumour and endpoint.

    Parameters
    ----------
    tumour, endpoint : str
        One of `tumour_response_rows`.

    Returns
    -------
    TumourResponse

    Raises
    ------
    BedValueError
        If there is no such row; the message lists what there is.

    Examples
    --------
    >>> tumour_response("rectal adenocarcinoma", endpoint="major response").curve.d50_gy
    72.1
    """
    for row in csv_rows("bed.outcome", "tcp.csv"):
        if (row["tumour"], row["endpoint"]) == (tumour, endpoint):
            return TumourResponse(
                tumour=tumour,
                endpoint=endpoint,
                curve=LogisticCurve(d50_gy=float(row["d50_gy"]), gamma50=float(row["gamma50"])),
                d50_interval_gy=(float(row["d50_low_gy"]), float(row["d50_high_gy"])),
                alpha_beta=float(row["alpha_beta_gy"]),
                tag=row["tag"],
                source=row["source"],
                url=row["url"],
                note=row["note"],
            )
    choices = "; ".join(f"{name}: {end}" for name, end in tumour_response_rows())
    raise BedValueError(f"no response curve for {tumour!r}, {endpoint!r}; there are {choices}")


def complication_free_control(tcp: ArrayLike, ntcps: Sequence[ArrayLike]) -> Real:
    r"""Control without complication when all outcomes are independent, :math:`TCP\prod(1 - NTCP_i)`.

    Parameters
    ----------
    tcp : array_like
        Within [0, 1].
    ntcps : sequence of array_like
        One for each complication, within [0, 1]; broadcast against `tcp`.

    Returns
    -------
    float or ndarray

    Raises
    ------
    BedValueError
        If a probability lies outside [0, 1].

    Examples
    --------
    >>> complication_free_control(0.6, [0.05, 0.1])
    0.513
    """
    free = _probability(tcp, "tcp")
    for ntcp in ntcps:
        free = free * (1 - _probability(ntcp, "ntcps"))
    return result(free)


def control_without_complication_agren(benefit: ArrayLike, injury: ArrayLike, *, delta: float) -> Real:
    r"""Control without complication with a part of patients in whom both are independent.

    .. math:: P_+ = P_B - P_I + \delta(1 - P_B)P_I

    Parameters
    ----------
    benefit, injury : array_like
        Probabilities of control and of injury, within [0, 1].
    delta : float
        Fraction of patients in whom they are independent, within [0, 1] (0.2 in the source).

    Returns
    -------
    float or ndarray
        May be negative where injury is likelier than benefit; nothing is clipped.

    Raises
    ------
    BedValueError
        If a value lies outside [0, 1].

    Notes
    -----
    Ågren 1990; Källman 1992, Int J Radiat Biol 62:249.

    Examples
    --------
    >>> control_without_complication_agren(0.6, 0.1, delta=0.2)
    0.508
    """
    b, i = _probability(benefit, "benefit"), _probability(injury, "injury")
    return result(b - i + _probability(delta, "delta") * (1 - b) * i)


def _is_eqd2_at(dose: object, alpha_beta: float) -> bool:
    return isinstance(dose, EQD2) and dose.alpha_beta == alpha_beta


def _probability(value: ArrayLike, name: str) -> FloatArray:
    array = np.asarray(value, dtype=np.float64)
    if np.any((array < 0) | (array > 1)):
        raise BedValueError(f"{name} must lie in [0, 1]; did you pass a percentage?")
    return array


def _alpha_where(survivors: Callable[[float], float], level: float, *, low: float, high: float) -> float:
    """Alpha at which the falling logarithm of survivors crosses a level, kept within [low, high]."""
    from scipy.optimize import brentq  # noqa: PLC0415 - scipy loads only where it is used

    if survivors(low) <= level:
        return low
    if survivors(high) >= level:
        return high
    return float(brentq(lambda alpha: survivors(alpha) - level, low, high, xtol=1e-15))


def _panel_nodes(start: float, stop: float) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of a composite Gauss-Legendre rule."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    edges = np.linspace(start, stop, _PANELS + 1)
    half = np.diff(edges) / 2
    middle = (edges[:-1] + edges[1:]) / 2
    return (middle[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()


def _fractions_until(
    at_day: float, fraction_days: Sequence[float], fraction_effects: Sequence[float]
) -> tuple[FloatArray, FloatArray]:
    days = np.atleast_1d(doses(fraction_days, "fraction_days"))
    effects = np.atleast_1d(doses(fraction_effects, "fraction_effects"))
    if days.shape != effects.shape or days.ndim != 1:
        raise BedValueError(f"one effect for each fraction: {days.size} days, {effects.size} effects")
    if np.any(np.isnan(days) | np.isnan(effects)) or np.any(np.diff(days) < 0):
        raise BedValueError("fraction_days must ascend, and neither days nor effects may be NaN")
    given = days <= float(non_negative(at_day, "at_day", unit="days"))
    return days[given], effects[given]


def _rates(birth: float, death: float, n_clonogens: float) -> tuple[float, float, float]:
    return (
        float(non_negative(birth, "birth_rate_per_day", unit="per day")),
        float(non_negative(death, "death_rate_per_day", unit="per day")),
        float(positive(n_clonogens, "n_clonogens", unit="clonogens")),
    )


def _integral_of_decay(rate: float, lengths: FloatArray) -> FloatArray:
    """Integral of exp(-rate t) over each length; the length itself without a rate."""
    return lengths if rate == 0 else -np.expm1(-rate * lengths) / rate
