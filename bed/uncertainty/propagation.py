"""What uncertain parameters do to BED, EQD2, sums of courses, recovery, TCP and NTCP.

A `ParameterInterval` is scanned, never sampled. A distribution is sampled with a seed, or cut to an interval
of stated coverage and scanned. The model is any function of keyword arguments that broadcasts over NumPy
arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import FloatArray, Real, result
from bed.errors import BedTypeError, BedValueError
from bed.lq import eqd2
from bed.uncertainty.distributions import Distribution, Parameter, ParameterInterval

__all__ = [
    "MonteCarlo",
    "ScanBounds",
    "UncertainCourse",
    "VarianceShare",
    "alpha_beta_of_fit",
    "cumulative_eqd2",
    "monte_carlo",
    "scan_bounds",
    "scan_voxel_bounds",
    "variance_shares",
]

Model = Callable[..., Any]

_SCAN_POINTS: Final = 65
_MOST_SCANNED: Final = 2_000_000
_REFINEMENTS: Final = 40


@dataclass(frozen=True, kw_only=True)
class ScanBounds:
    """Smallest and largest result over a box of parameters, and where they occur.

    Attributes
    ----------
    low, high : float
        Extremes found.
    at_low, at_high : mapping
        Parameters that give them.
    at_an_end : bool
        Whether both extremes lie at corners of the box; False means the ends alone would have missed one.
    """

    low: float
    high: float
    at_low: Mapping[str, float]
    at_high: Mapping[str, float]
    at_an_end: bool


@dataclass(frozen=True, kw_only=True)
class MonteCarlo:
    """Sampled results, in the order of the draws.

    Attributes
    ----------
    samples : ndarray
        One result for each draw.
    seed : int
        Seed of the draws; the same seed gives the same samples.
    """

    samples: FloatArray
    seed: int

    @property
    def median(self) -> float:
        """50th percentile."""
        return self.percentile(50)

    @property
    def mean(self) -> float:
        """Arithmetic mean."""
        return float(self.samples.mean())

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return float(self.samples.std(ddof=1))

    def percentile(self, percent: float) -> float:
        """Value below which a percentage of the samples lies."""
        if not 0 <= percent <= 100:
            raise BedValueError(f"percent must lie between 0 and 100, got {percent}")
        return float(np.percentile(self.samples, percent))

    def interval(self, coverage: float) -> tuple[float, float]:
        """Central interval that holds a share of the samples, 0.95 for 95 %."""
        _check_coverage(coverage)
        tail = 50 * (1 - coverage)
        return self.percentile(tail), self.percentile(100 - tail)

    def probability_above(self, limit: float) -> tuple[float, float]:
        """Share of samples above a limit, and the half-width of its 95 % interval (Wilson)."""
        n, share = self.samples.size, float(np.mean(self.samples > limit))
        z = 1.959963984540054
        half = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2) / (1 + z * z / n)
        return share, half


@dataclass(frozen=True, kw_only=True)
class VarianceShare:
    """How much of the result's variance one parameter carries.

    Attributes
    ----------
    parameter : str
        Its name.
    first_order : float
        Share it carries alone (Sobol's first index), as estimated; noise may take it slightly below 0.
    total : float
        Share including its interactions with the others.
    """

    parameter: str
    first_order: float
    total: float


@dataclass(frozen=True, kw_only=True)
class UncertainCourse:
    """One course at a point: its physical dose and number of fractions.

    Attributes
    ----------
    dose : float
        Gy at the point, not negative.
    n_fractions : int
        Whole, 1 or more.
    """

    dose: float
    n_fractions: int

    def __post_init__(self) -> None:
        eqd2(self.dose, self.n_fractions, 3)


def alpha_beta_of_fit(*, alpha: float, beta: float) -> float:
    """Alpha/beta in Gy from a fit's alpha in Gy^-1 and beta in Gy^-2.

    Parameters
    ----------
    alpha, beta : float
        Positive.

    Returns
    -------
    float

    Raises
    ------
    BedValueError
        If one is not positive.

    Examples
    --------
    >>> alpha_beta_of_fit(alpha=0.339, beta=0.067)
    5.06
    """
    if not (alpha > 0 and beta > 0):
        raise BedValueError(f"alpha and beta must be positive, got {alpha}, {beta}")
    return alpha / beta


def cumulative_eqd2(
    courses: Sequence[UncertainCourse], *, alpha_beta: ArrayLike, forgotten: Sequence[ArrayLike] | None
) -> Real:
    r"""Sum of the EQD2 of several courses, each less the fraction that is forgotten.

    .. math:: \sum_i (1 - f_i)\,D_i\,\frac{d_i + \alpha/\beta}{2 + \alpha/\beta}

    Parameters
    ----------
    courses : sequence of UncertainCourse
        At the same point.
    alpha_beta : array_like
        Gy, positive; any shape.
    forgotten : sequence of array_like or None
        Fraction within [0, 1] for each course, broadcast against `alpha_beta`; None states no recovery.

    Returns
    -------
    float or ndarray
        Gy.

    Raises
    ------
    BedValueError
        If fractions are missing or lie outside [0, 1].

    Examples
    --------
    >>> courses = [UncertainCourse(dose=25, n_fractions=5), UncertainCourse(dose=40.8, n_fractions=34)]
    >>> cumulative_eqd2(courses, alpha_beta=3, forgotten=None)
    74.272
    """
    lost = [0.0] * len(courses) if forgotten is None else list(forgotten)
    if not courses or len(lost) != len(courses):
        raise BedValueError(
            f"one forgotten fraction for each course: {len(courses)} courses, {len(lost)} given"
        )
    if any(np.any((np.asarray(f) < 0) | (np.asarray(f) > 1)) for f in lost):
        raise BedValueError("forgotten fractions must lie in [0, 1]; did you pass a percentage?")
    parts = [
        (1 - np.asarray(f)) * eqd2(c.dose, c.n_fractions, alpha_beta)
        for c, f in zip(courses, lost, strict=True)
    ]
    return result(sum(parts[1:], parts[0]))


def scan_bounds(
    model: Model, parameters: Mapping[str, Parameter], *, coverage: float | None = None
) -> ScanBounds:
    """Smallest and largest result of a model over all combinations of its parameters.

    Ends alone do not bound a model that is not monotone, such as the worst voxel of a sum of courses or LQ-L
    with a transition tied to alpha/beta. The box is scanned on a grid and the best points are refined along
    each axis.

    Parameters
    ----------
    model : callable
        Function of the parameters as keyword arguments, broadcasting over arrays.
    parameters : mapping
        Name to number, `ParameterInterval`, or distribution; a distribution is cut to its central `coverage`.
    coverage : float, optional
        Between 0 and 1; needed when a parameter is a distribution.

    Returns
    -------
    ScanBounds

    Raises
    ------
    BedTypeError
        If a parameter is none of these, or a distribution comes without `coverage`.
    BedValueError
        If no parameter varies, too many do, or the model gives a result that is not finite.

    Examples
    --------
    >>> courses = [UncertainCourse(dose=25, n_fractions=5), UncertainCourse(dose=40.8, n_fractions=34)]
    >>> bounds = scan_bounds(
    ...     lambda alpha_beta: cumulative_eqd2(courses, alpha_beta=alpha_beta, forgotten=None),
    ...     {"alpha_beta": ParameterInterval(low=2, high=4)},
    ... )
    >>> bounds.low, bounds.high
    (72.8, 76.4)
    """
    box, fixed = _box(parameters, coverage)
    axes = {name: interval.points(_points_for(len(box))) for name, interval in box.items()}
    grid = np.meshgrid(*axes.values(), indexing="ij")
    flat = {name: values.ravel() for name, values in zip(axes, grid, strict=True)}
    results = _evaluate(model, flat | fixed, flat[next(iter(flat))].size)
    low_at, high_at = (
        _refine(model, box, fixed, {name: float(values[index]) for name, values in flat.items()}, sign=sign)
        for index, sign in ((int(results.argmin()), 1), (int(results.argmax()), -1))
    )
    return ScanBounds(
        low=_one_result(model, low_at | fixed),
        high=_one_result(model, high_at | fixed),
        at_low=low_at,
        at_high=high_at,
        at_an_end=all(_is_corner(point, box) for point in (low_at, high_at)),
    )


def scan_voxel_bounds(
    model: Model, parameters: Mapping[str, Parameter], *, points: int, coverage: float | None = None
) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest result of every voxel over the scenarios of a grid of parameters.

    Each scenario is one set of scalar parameters for the whole array; only two arrays are kept.

    Parameters
    ----------
    model : callable
        Function of the parameters as scalar keyword arguments that returns an array.
    parameters : mapping
        See `scan_bounds`.
    points : int
        Values along each parameter, 2 or more, both ends included.
    coverage : float, optional
        See `scan_bounds`.

    Returns
    -------
    tuple of ndarray
        Low and high, the shape of the model's result; NaN (not covered) stays NaN.

    Raises
    ------
    BedTypeError, BedValueError
        See `scan_bounds`; also for fewer than two points.

    Examples
    --------
    >>> low, high = scan_voxel_bounds(
    ...     lambda alpha_beta: eqd2([25.0, 10.0], 5, alpha_beta),
    ...     {"alpha_beta": ParameterInterval(low=2, high=4)}, points=5,
    ... )
    >>> low, high
    (array([37.5, 10. ]), array([43.75, 10. ]))
    """
    box, fixed = _box(parameters, coverage)
    if points < 2 or points ** len(box) > _MOST_SCANNED:
        raise BedValueError(f"points must be 2 or more, and {points} for {len(box)} parameters not too many")
    low = high = None
    for values in product(*(interval.points(points) for interval in box.values())):
        results = np.asarray(model(**dict(zip(box, values, strict=True)), **fixed), dtype=np.float64)
        low = results if low is None else np.minimum(low, results)
        high = results if high is None else np.maximum(high, results)
    assert low is not None
    assert high is not None
    return low, high


def monte_carlo(
    model: Model,
    parameters: Mapping[str, Parameter],
    *,
    n_samples: int,
    seed: int,
    correlations: Mapping[tuple[str, str], float] | None = None,
) -> MonteCarlo:
    """Sample a model over the distributions of its parameters.

    Parameters
    ----------
    model : callable
        Function of the parameters as keyword arguments, broadcasting over arrays of shape (n_samples,).
    parameters : mapping
        Name to number or distribution. A `ParameterInterval` is refused: it does not say what is likely.
    n_samples : int
        Number of draws, 2 or more.
    seed : int
        Of NumPy's PCG64; the same seed gives the same samples.
    correlations : mapping, optional
        Pairs of names to the correlation of their normal scores (a Gaussian copula), within (-1, 1).

    Returns
    -------
    MonteCarlo

    Raises
    ------
    BedTypeError
        If a parameter is an interval or of another type.
    BedValueError
        If nothing varies, the correlations contradict each other, or a result is not finite.

    Examples
    --------
    >>> from bed import LogNormal
    >>> sampled = monte_carlo(
    ...     lambda alpha_beta: eqd2(25, 5, alpha_beta),
    ...     {"alpha_beta": LogNormal(median=3, sigma_ln=0.4)}, n_samples=100_000, seed=1,
    ... )
    >>> round(sampled.median, 1)
    40.0
    """
    random, fixed = _distributions(parameters)
    if n_samples < 2:
        raise BedValueError(f"n_samples must be 2 or more, got {n_samples}")
    uniform = _open_uniform(np.random.default_rng(seed), n_samples, len(random))
    if correlations:
        uniform = _correlate(uniform, list(random), correlations)
    samples = _evaluate(model, _draws(random, uniform) | fixed, n_samples)
    return MonteCarlo(samples=samples, seed=seed)


def variance_shares(
    model: Model, parameters: Mapping[str, Parameter], *, n_samples: int, seed: int
) -> tuple[VarianceShare, ...]:
    """Shares of the result's variance that the parameters carry, largest total first.

    Parameters
    ----------
    model, parameters
        See `monte_carlo`; the parameters are independent.
    n_samples : int
        Size of each of the two base samples; the model is evaluated (2 + number of parameters) times that.
    seed : int
        Of NumPy's PCG64.

    Returns
    -------
    tuple of VarianceShare

    Raises
    ------
    BedTypeError, BedValueError
        See `monte_carlo`; also where the result does not vary.

    Notes
    -----
    Sobol indices: first order by Saltelli 2010 (doi 10.1016/j.cpc.2009.09.018), total by Jansen 1999
    (doi 10.1016/S0010-4655(98)00154-4).

    Examples
    --------
    >>> from bed import LogNormal, Uniform
    >>> shares = variance_shares(
    ...     lambda alpha_beta, forgotten: (1 - forgotten) * eqd2(25, 5, alpha_beta),
    ...     {"alpha_beta": LogNormal(median=3, sigma_ln=0.4), "forgotten": Uniform(low=0, high=0.5)},
    ...     n_samples=20_000, seed=1,
    ... )
    >>> shares[0].parameter
    'forgotten'
    """
    random, fixed = _distributions(parameters)
    if n_samples < 2:
        raise BedValueError(f"n_samples must be 2 or more, got {n_samples}")
    both = _open_uniform(np.random.default_rng(seed), n_samples, 2 * len(random))
    first, second = both[:, : len(random)], both[:, len(random) :]
    base = _evaluate(model, _draws(random, first) | fixed, n_samples)
    other = _evaluate(model, _draws(random, second) | fixed, n_samples)
    variance = float(np.concatenate((base, other)).var())
    if variance == 0:
        raise BedValueError("the result does not vary with these parameters: there is nothing to share out")
    shares = []
    for column, name in enumerate(random):
        mixed = first.copy()
        mixed[:, column] = second[:, column]
        changed = _evaluate(model, _draws(random, mixed) | fixed, n_samples)
        shares.append(
            VarianceShare(
                parameter=name,
                first_order=float(np.mean(other * (changed - base)) / variance),
                total=float(np.mean((base - changed) ** 2) / (2 * variance)),
            )
        )
    return tuple(sorted(shares, key=lambda share: -share.total))


def _box(
    parameters: Mapping[str, Parameter], coverage: float | None
) -> tuple[dict[str, ParameterInterval], dict[str, float]]:
    """Split parameters into intervals to scan and numbers."""
    box: dict[str, ParameterInterval] = {}
    fixed: dict[str, float] = {}
    for name, value in parameters.items():
        if isinstance(value, ParameterInterval):
            box[name] = value
        elif isinstance(value, Distribution):
            box[name] = _central_interval(name, value, coverage)
        else:
            fixed[name] = _plain_number(name, value)
    if not box:
        raise BedValueError("no parameter varies: there is nothing to scan")
    return box, fixed


def _central_interval(name: str, value: Distribution, coverage: float | None) -> ParameterInterval:
    if coverage is None:
        raise BedTypeError(f"{name} is a distribution: state the coverage of the interval to scan")
    _check_coverage(coverage)
    tail = (1 - coverage) / 2
    return ParameterInterval(low=float(value.quantile(tail)), high=float(value.quantile(1 - tail)))


def _distributions(parameters: Mapping[str, Parameter]) -> tuple[dict[str, Distribution], dict[str, float]]:
    """Split parameters into distributions to sample and numbers."""
    random: dict[str, Distribution] = {}
    fixed: dict[str, float] = {}
    for name, value in parameters.items():
        if isinstance(value, ParameterInterval):
            raise BedTypeError(
                f"{name} is an interval and says nothing of what is likely: scan it, or state a distribution"
            )
        if isinstance(value, Distribution):
            random[name] = value
        else:
            fixed[name] = _plain_number(name, value)
    if not random:
        raise BedValueError("no parameter is a distribution: there is nothing to sample")
    return random, fixed


def _plain_number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BedTypeError(
            f"{name} must be a number, a ParameterInterval or a distribution, got {type(value).__name__}"
        )
    return float(value)


def _points_for(n_parameters: int) -> int:
    """Points along each axis, an odd number that keeps the grid within memory."""
    points = min(_SCAN_POINTS, int(_MOST_SCANNED ** (1 / n_parameters)))
    if points < 3:
        raise BedValueError(f"{n_parameters} parameters are too many to scan: sample them instead")
    return points


def _evaluate(model: Model, arguments: Mapping[str, Any], n: int) -> FloatArray:
    """Results as one array of n finite numbers."""
    results = np.broadcast_to(np.asarray(model(**arguments), dtype=np.float64), (n,))
    bad = int(n - np.isfinite(results).sum())
    if bad:
        raise BedValueError(f"the model gives no finite result for {bad} of {n} sets of parameters")
    return results


def _one_result(model: Model, arguments: Mapping[str, float]) -> float:
    arrays = {name: np.array([value]) for name, value in arguments.items()}
    return float(_evaluate(model, arrays, 1)[0])


def _refine(
    model: Model,
    box: Mapping[str, ParameterInterval],
    fixed: Mapping[str, float],
    start: dict[str, float],
    *,
    sign: int,
) -> dict[str, float]:
    """Follow each axis in turn on ever smaller steps around the best point, within the box."""
    point = dict(start)
    width = {name: (i.high - i.low) / (_points_for(len(box)) - 1) for name, i in box.items()}
    for _ in range(_REFINEMENTS):
        for name, interval in box.items():
            tried = np.clip(point[name] + width[name] * np.linspace(-1, 1, 9), interval.low, interval.high)
            arguments: dict[str, Any] = {**point, **fixed, name: tried}
            point[name] = float(tried[int(np.argmin(sign * _evaluate(model, arguments, tried.size)))])
            width[name] /= 2
    return point


def _is_corner(point: Mapping[str, float], box: Mapping[str, ParameterInterval]) -> bool:
    return all(
        min(point[name] - interval.low, interval.high - point[name]) <= 1e-9 * (interval.high - interval.low)
        for name, interval in box.items()
    )


def _open_uniform(generator: np.random.Generator, n_samples: int, columns: int) -> FloatArray:
    """Uniform numbers strictly between 0 and 1, so that no quantile is infinite."""
    return np.clip(generator.random((n_samples, columns)), 2.0**-54, 1 - 2.0**-53)


def _draws(random: Mapping[str, Distribution], uniform: FloatArray) -> dict[str, Any]:
    return {name: d.quantile(uniform[:, column]) for column, (name, d) in enumerate(random.items())}


def _correlate(
    uniform: FloatArray, names: list[str], correlations: Mapping[tuple[str, str], float]
) -> FloatArray:
    """Give independent uniforms the correlation of a Gaussian copula."""
    from scipy.special import ndtr, ndtri  # noqa: PLC0415 - scipy loads only where it is used

    matrix = np.eye(len(names))
    for pair, value in correlations.items():
        if not set(pair) <= set(names) or len(set(pair)) != 2 or not -1 < value < 1:
            raise BedValueError(
                f"correlation {pair}: {value} needs two sampled parameters and a value in (-1, 1)"
            )
        i, j = (names.index(name) for name in pair)
        matrix[i, j] = matrix[j, i] = value
    try:
        factor = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        raise BedValueError("these correlations contradict each other") from None
    return np.asarray(ndtr(ndtri(uniform) @ factor.T))


def _check_coverage(coverage: float) -> None:
    if not 0 < coverage < 1:
        raise BedValueError(f"coverage must lie between 0 and 1 (0.95 for 95 %), got {coverage}")
