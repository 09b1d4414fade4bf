"""Dose given over time: the Lea-Catcheside factor G for every kind of source.

G is the share of the quadratic term that is left when sublethal damage is repaired while the dose is still
being given: BED = D (1 + G D / (alpha/beta)). It is 1 for an instant exposure and falls towards 0 as the
exposure grows long against the repair half-time. All times here are hours, and say so in their names.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from bed.arguments import (
    FloatArray,
    Real,
    doses,
    non_negative,
    outside_validity,
    positive,
    result,
    share,
    whole,
)
from bed.errors import BedValueError

__all__ = [
    "bed_intervals",
    "bed_protracted",
    "bed_radiosurgery_equal_shots",
    "fast_weight_from_partition",
    "g_constant",
    "g_decaying",
    "g_intervals",
    "g_multi_exponential",
    "g_of_rate",
    "g_permanent",
    "g_pulsed",
    "lea_catcheside",
    "mean_decay",
    "two_component",
]

LN2 = float(np.log(2.0))

_SERIES_BELOW = 1.0
_SERIES_TERMS = 18
_QUADRATURE_BELOW = 2.0


def _repair_rate(repair_half_time_h: ArrayLike) -> FloatArray:
    """Rate mu = ln 2 / half-time in 1/h; an infinite half-time means no repair."""
    return LN2 / positive(repair_half_time_h, "repair_half_time_h", unit="h", infinite=True)


def _factor(value: FloatArray) -> Real:
    """Return G; 1 is its bound, which rounding alone may pass."""
    return result(np.minimum(value, 1.0))


def mean_decay(x: FloatArray) -> FloatArray:
    """Mean of exp(-x s) over s from 0 to 1: (1 - exp(-x)) / x, and 1 at x = 0.

    Examples
    --------
    >>> mean_decay(np.array([0.0, 1.0]))
    array([1.   , 0.632])
    """
    safe = np.where(x == 0, 1.0, x)
    mean: FloatArray = np.where(x == 0, 1.0, -np.expm1(-safe) / safe)
    return mean


def lea_catcheside(x: ArrayLike) -> Real:
    """G of a constant dose rate as a function of x = mu T, by its series where the formula cancels.

    G(x) = 2 (x + exp(-x) - 1) / x**2.

    Parameters
    ----------
    x : float or array_like
        Repair rate times duration, no unit, >= 0, any shape. Infinity gives 0.

    Returns
    -------
    float or ndarray
        G in [0, 1]; exactly 1 at x = 0.

    Raises
    ------
    BedValueError
        Negative or NaN x.

    Notes
    -----
    Lea & Catcheside 1942, J Genet 44:216; Dale 1985, doi:10.1259/0007-1285-58-690-515. Below x = 1 the sum
    of 2 (-x)**k / (k + 2)! is used: the formula itself returns 0 at x = 1e-8.

    Examples
    --------
    >>> lea_catcheside(1e-8)
    1.0
    >>> lea_catcheside(400)
    0.00499
    """
    checked = non_negative(x, "x", unit="", infinite=True)
    return result(_g(checked))


def _g(x: FloatArray) -> FloatArray:
    small = np.where(x < _SERIES_BELOW, x, 0.0)
    series = np.ones_like(small)
    for k in range(_SERIES_TERMS, 2, -1):  # Horner: 1 - x/3 (1 - x/4 (1 - ...))
        series = 1.0 - small / k * series
    large = np.where(x < _SERIES_BELOW, 1.0, x)
    closed = 2.0 / large * (1.0 + np.expm1(-large) / large)
    return np.where(x < _SERIES_BELOW, series, closed)


def g_constant(duration_h: ArrayLike, repair_half_time_h: ArrayLike) -> Real:
    """G of one exposure at a constant dose rate.

    G = 2 (x + exp(-x) - 1) / x**2 with x = mu T, mu = ln 2 / repair half-time.

    Parameters
    ----------
    duration_h : float or array_like
        Duration T in hours, >= 0, any shape.
    repair_half_time_h : float or array_like
        Half-time of sublethal damage repair in hours, > 0; infinity (no repair) gives 1. Broadcasts.

    Returns
    -------
    float or ndarray
        G in (0, 1].

    Raises
    ------
    BedValueError
        Negative duration, half-time <= 0 or NaN.

    Notes
    -----
    Mono-exponential repair. Dale 1985, doi:10.1259/0007-1285-58-690-515. Also the protraction of a long
    external-beam or radiosurgery delivery, pauses included.

    Examples
    --------
    >>> g_constant(24, 1.5)
    0.164
    """
    duration = non_negative(duration_h, "duration_h", unit="h")
    return result(_g(_repair_rate(repair_half_time_h) * duration))


def g_permanent(source_half_life_h: ArrayLike, repair_half_time_h: ArrayLike) -> Real:
    """G of a source that decays away completely in place.

    G = lambda / (lambda + mu) = T_repair / (T_repair + T_source).

    Parameters
    ----------
    source_half_life_h : float or array_like
        Half-life of the dose rate in hours (physical, or effective for a radionuclide), > 0, any shape.
    repair_half_time_h : float or array_like
        Half-time of sublethal damage repair in hours, > 0. Broadcasts.

    Returns
    -------
    float or ndarray
        G in (0, 1).

    Raises
    ------
    BedValueError
        A half-life <= 0, infinite or NaN.

    Notes
    -----
    Dale 1985, doi:10.1259/0007-1285-58-690-515.

    Examples
    --------
    >>> g_permanent(10, 2)
    0.16667
    """
    source = positive(source_half_life_h, "source_half_life_h", unit="h")
    repair = positive(repair_half_time_h, "repair_half_time_h", unit="h")
    return result(repair / (repair + source))


def g_decaying(duration_h: ArrayLike, source_half_life_h: ArrayLike, repair_half_time_h: ArrayLike) -> Real:
    """G of a decaying source that is removed after a time T.

    G = 2 lambda**2 A / ((mu - lambda) (1 - exp(-lambda T))**2) with
    A = (1 - exp(-2 lambda T)) / (2 lambda) - (1 - exp(-(mu + lambda) T)) / (mu + lambda).

    Parameters
    ----------
    duration_h : float or array_like
        Time T in place in hours, >= 0, any shape; infinity gives `g_permanent`.
    source_half_life_h : float or array_like
        Half-life of the dose rate in hours, > 0; infinity gives `g_constant`. Broadcasts.
    repair_half_time_h : float or array_like
        Half-time of sublethal damage repair in hours, > 0; infinity (no repair) gives 1. Broadcasts.

    Returns
    -------
    float or ndarray
        G in (0, 1].

    Raises
    ------
    BedValueError
        Negative duration, a half-life <= 0 or NaN, or duration and half-life both infinite.

    Notes
    -----
    Dale 1985, doi:10.1259/0007-1285-58-690-515. The formula is singular at mu = lambda as written; it is
    evaluated as a divided difference of (1 - exp(-x)) / x, which is not.

    Examples
    --------
    >>> g_decaying(24, 1780.8, 1.5)
    0.164
    >>> g_decaying(24, 1.5, 1.5)  # source and repair equally fast
    0.5
    """
    duration = non_negative(duration_h, "duration_h", unit="h", infinite=True)
    source = positive(source_half_life_h, "source_half_life_h", unit="h", infinite=True)
    repair = positive(repair_half_time_h, "repair_half_time_h", unit="h", infinite=True)
    if np.any(np.isinf(duration) & (np.isinf(source) | np.isinf(repair))):
        raise BedValueError("an infinite duration_h needs a finite source half-life and repair half-time")
    finite_duration = np.where(np.isinf(duration), 0.0, duration)
    a, m = LN2 / source * finite_duration, LN2 / repair * finite_duration
    limited = 2.0 * _decay_difference(2.0 * a, m - a) / mean_decay(a) ** 2
    with np.errstate(invalid="ignore"):
        endless = 1.0 / (1.0 + source / repair)
    return _factor(np.where(np.isinf(duration), endless, limited))


def _decay_difference(x: FloatArray, h: FloatArray) -> FloatArray:
    """(E(x) - E(x + h)) / h with E(x) = (1 - exp(-x)) / x, for x >= 0 and x + h >= 0, h of any sign."""
    y = x + h
    large = y >= 0.5
    forwards = np.exp(-x) * mean_decay(np.maximum(h, 0.0))
    backwards = np.exp(-y) * mean_decay(np.maximum(-h, 0.0))
    closed = (mean_decay(x) - np.where(h >= 0, forwards, backwards)) / np.where(large, y, 1.0)
    nodes, weights = _unit_quadrature()
    near_x, near_h = np.where(large, 0.0, x)[..., None], np.where(large, 0.0, h)[..., None]
    integrand = nodes * np.exp(-near_x * nodes) * mean_decay(near_h * nodes)
    return np.where(large, closed, integrand @ weights)


@cache
def _unit_quadrature() -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights on [0, 1]; exact to rounding for the smooth integrands here."""
    nodes, weights = np.polynomial.legendre.leggauss(24)
    return (nodes + 1.0) / 2.0, weights / 2.0


def g_pulsed(
    n_pulses: ArrayLike, pulse_duration_h: ArrayLike, period_h: ArrayLike, repair_half_time_h: ArrayLike
) -> Real:
    """G of equal pulses of constant dose rate at equal distances.

    G = [G(x) + 2/N sum over k of (N - k) E(x)**2 exp(-mu (k period - pulse))] / N
    with x = mu pulse, E(x) = (1 - exp(-x)) / x, k = 1 ... N - 1.

    Parameters
    ----------
    n_pulses : int or array_like of int
        Number N of pulses, >= 1, any shape.
    pulse_duration_h : float or array_like
        Width of one pulse in hours, >= 0; 0 is an instant pulse. Broadcasts.
    period_h : float or array_like
        From the start of one pulse to the start of the next in hours, > 0, at least one pulse wide.
    repair_half_time_h : float or array_like
        Half-time of sublethal damage repair in hours, > 0. Broadcasts.

    Returns
    -------
    float or ndarray
        G in (0, 1], relative to the total dose of all pulses.

    Raises
    ------
    BedValueError
        Numbers outside the ranges above, or pulses that overlap.

    Notes
    -----
    Brenner & Hall 1991, Int J Radiat Oncol Biol Phys 20:181; the sum is taken directly, not by its closed
    form, which cancels when little is repaired between pulses.

    Examples
    --------
    >>> g_pulsed(20, 0.5, 1.0, 1.5)
    0.19
    """
    number = whole(n_pulses, "n_pulses")
    width = non_negative(pulse_duration_h, "pulse_duration_h", unit="h")
    period = positive(period_h, "period_h", unit="h")
    if np.any(width > period):
        raise BedValueError("pulse_duration_h is longer than period_h: the pulses would overlap")
    mu = _repair_rate(repair_half_time_h)
    cross = sum(
        (
            np.maximum(number - k, 0.0) * np.exp(-mu * (k * period - width))
            for k in range(1, int(number.max(initial=1.0)))
        ),
        start=np.zeros(np.broadcast_shapes(number.shape, mu.shape, period.shape, width.shape)),
    )
    return _factor((_g(mu * width) + 2.0 / number * mean_decay(mu * width) ** 2 * cross) / number)


def g_intervals(
    doses_gy: ArrayLike, starts_h: ArrayLike, durations_h: ArrayLike, repair_half_time_h: ArrayLike
) -> Real:
    """G of any list of exposures, each at its own constant dose rate: shots, fractions, pulses with pauses.

    Parameters
    ----------
    doses_gy : array_like, shape (..., n)
        Dose of each exposure in Gy, >= 0; leading axes are voxels.
    starts_h : array_like, shape (n,)
        Start of each exposure in hours, ascending.
    durations_h : float or array_like, shape (n,)
        Duration of each exposure in hours, >= 0; 0 is an instant exposure. They must not overlap.
    repair_half_time_h : float or array_like, shape (...)
        Half-time of sublethal damage repair in hours, > 0; infinity means no repair. Broadcasts with voxels.

    Returns
    -------
    float or ndarray, shape (...)
        G in (0, 1]; NaN where no dose is given, because G has no meaning there.

    Raises
    ------
    BedValueError
        Overlapping or unordered exposures, negative doses or durations.

    Notes
    -----
    Millar & Canney 1993, doi:10.1080/09553009314551431, equation for a train of exposures at constant rate.

    Examples
    --------
    Two exposures of half an hour, one hour apart, without repair and with a half-time of 1.5 h:

    >>> g_intervals([6, 6], [0, 1], 0.5, np.inf)
    1.0
    >>> g_intervals([6, 6], [0, 1], 0.5, 1.5)
    0.79
    """
    dose = _dose_list(doses_gy)
    total = dose.sum(axis=-1)
    safe = np.where(total == 0, np.nan, total)
    return _factor(_interacting_square(dose, starts_h, durations_h, repair_half_time_h) / safe**2)


def bed_intervals(
    doses_gy: ArrayLike,
    starts_h: ArrayLike,
    durations_h: ArrayLike,
    alpha_beta: ArrayLike,
    repair_half_time_h: ArrayLike,
) -> Real:
    """BED of any list of exposures, each at its own constant dose rate; see `g_intervals`.

    BED = D + G D**2 / (alpha/beta).

    Parameters
    ----------
    doses_gy : array_like, shape (..., n)
        Dose of each exposure in Gy, >= 0; NaN (not covered) stays NaN. Leading axes are voxels.
    starts_h, durations_h : array_like, shape (n,)
        Start (ascending) and duration (>= 0) of each exposure in hours, without overlap.
    alpha_beta : float or array_like, shape (...)
        Alpha/beta in Gy, > 0, infinity allowed.
    repair_half_time_h : float or array_like, shape (...)
        Half-time of sublethal damage repair in hours, > 0; infinity means no repair.

    Returns
    -------
    float or ndarray, shape (...)
        BED in Gy; 0 where no dose is given.

    Raises
    ------
    BedValueError
        Overlapping or unordered exposures, numbers outside the ranges above.

    Notes
    -----
    Millar & Canney 1993, doi:10.1080/09553009314551431.

    Examples
    --------
    >>> bed_intervals([6, 6], [0, 1], 0.5, 2.47, 1.5)
    57.47
    """
    dose = _dose_list(doses_gy)
    ratio = positive(alpha_beta, "alpha_beta", unit="Gy", infinite=True)
    square = _interacting_square(dose, starts_h, durations_h, repair_half_time_h)
    return result(dose.sum(axis=-1) + square / ratio)


def _dose_list(doses_gy: ArrayLike) -> FloatArray:
    dose = doses(doses_gy, "doses_gy")
    if dose.ndim == 0 or dose.shape[-1] == 0:
        raise BedValueError("doses_gy holds one dose per exposure along its last axis")
    return dose


def _time_list(times: ArrayLike, name: str, n: int) -> FloatArray:
    array = np.asarray(times, dtype=np.float64)
    if array.ndim > 1 or (array.ndim == 1 and array.shape != (n,)) or not np.all(np.isfinite(array)):
        raise BedValueError(f"{name} must hold one finite number of hours for each of the {n} exposures")
    return np.broadcast_to(array, (n,))


def _interacting_square(
    dose: FloatArray, starts_h: ArrayLike, durations_h: ArrayLike, half_time: ArrayLike
) -> FloatArray:
    """G D**2: each exposure's own square plus twice its product with what is left of all before it."""
    n = dose.shape[-1]
    starts, widths = _time_list(starts_h, "starts_h", n), _time_list(durations_h, "durations_h", n)
    gaps = starts[1:] - (starts[:-1] + widths[:-1])
    if np.any(widths < 0) or np.any(gaps < -1e-9):
        raise BedValueError("exposures must be in ascending order, last 0 h or longer and not overlap")
    mu = _repair_rate(half_time)
    square: FloatArray = np.zeros(np.broadcast_shapes(dose.shape[:-1], mu.shape))
    unrepaired: FloatArray = np.zeros_like(square)
    for j in range(n):
        x = mu * widths[j]
        left = unrepaired * np.exp(-mu * max(gaps[j - 1], 0.0)) if j else unrepaired
        effective = dose[..., j] * mean_decay(x)
        square = square + dose[..., j] ** 2 * _g(x) + 2.0 * effective * left
        unrepaired = left * np.exp(-x) + effective
    return square


def g_of_rate(dose_rates: ArrayLike, times_h: ArrayLike, repair_half_time_h: ArrayLike) -> Real:
    """G of any dose-rate curve, given at points in time and joined by straight lines.

    G = (2 / D**2) integral of R(t) integral up to t of R(t') exp(-mu (t - t')) dt' dt.

    Parameters
    ----------
    dose_rates : array_like, shape (..., n)
        Dose rate at each time, >= 0, in any one unit (G does not depend on it); leading axes are voxels.
    times_h : array_like, shape (n,)
        Times in hours, ascending, at least two. The dose rate is 0 before the first and after the last.
    repair_half_time_h : float or array_like, shape (...)
        Half-time of sublethal damage repair in hours, > 0; infinity (no repair) gives 1.

    Returns
    -------
    float or ndarray, shape (...)
        G in (0, 1], exact for the piecewise linear curve; NaN where no dose is given.

    Raises
    ------
    BedValueError
        Fewer than two times, times not ascending, negative rates.

    Notes
    -----
    Lea & Catcheside 1942; Dale 1985, doi:10.1259/0007-1285-58-690-515. A jump is two times 1e-9 h apart.

    Examples
    --------
    >>> g_of_rate([1, 1], [0, 24], 1.5)
    0.164
    """
    rate = doses(dose_rates, "dose_rates")
    times = np.asarray(times_h, dtype=np.float64)
    if times.ndim != 1 or times.size < 2 or rate.shape[-1:] != times.shape or not np.all(np.diff(times) > 0):
        raise BedValueError("times_h must ascend, with at least two times and one dose rate for each")
    mu = _repair_rate(repair_half_time_h)
    total = (0.5 * (rate[..., 1:] + rate[..., :-1]) * np.diff(times)).sum(axis=-1)
    square = _square_of_lines(rate, np.diff(times), mu)
    return _factor(square / np.where(total == 0, np.nan, total) ** 2)


def _square_of_lines(rate: FloatArray, steps: FloatArray, mu: FloatArray) -> FloatArray:
    """G D**2 of a piecewise linear dose rate, one segment after the other."""
    square: FloatArray = np.zeros(np.broadcast_shapes(rate.shape[:-1], mu.shape))
    unrepaired: FloatArray = np.zeros_like(square)
    for j, step in enumerate(steps):
        first, last, x = rate[..., j], rate[..., j + 1], mu * step
        g, mean, slope_term = _g(x), mean_decay(x), _ramp_square(x)
        near, far = 0.5 * g, mean - 0.5 * g
        own = slope_term * (first - last) ** 2 + g * first * last
        square = square + step**2 * own + 2.0 * unrepaired * step * (first * near + last * far)
        unrepaired = unrepaired * np.exp(-x) + step * (last * near + first * far)
    return square


def _ramp_square(x: FloatArray) -> FloatArray:
    """G D**2 of a rate rising from 0 to 1 in unit time: integral of (2 - 3 z + z**3) exp(-x z) / 3."""
    nodes, weights = _unit_quadrature()
    small = np.where(x < _QUADRATURE_BELOW, x, 0.0)
    by_quadrature = np.exp(-small[..., None] * nodes) @ (weights * (2.0 - 3.0 * nodes + nodes**3))
    large = np.where(x < _QUADRATURE_BELOW, _QUADRATURE_BELOW, x)
    fading = np.exp(-large)
    first_moment = (1.0 - fading * (1.0 + large)) / large**2
    third_moment = (6.0 - fading * (large**3 + 3 * large**2 + 6 * large + 6.0)) / large**4
    closed = 2.0 * mean_decay(large) - 3.0 * first_moment + third_moment
    return np.where(x < _QUADRATURE_BELOW, by_quadrature, closed) / 3.0


def g_multi_exponential(
    initial_rates: ArrayLike, half_lives_h: ArrayLike, repair_half_time_h: ArrayLike
) -> Real:
    """G of a dose rate that is a sum of exponentials, such as uptake and washout of a radionuclide.

    R(t) = sum of a_i exp(-lambda_i t); G = 2 sum over i, j of
    a_i a_j / ((lambda_i + lambda_j)(lambda_i + mu)) / (sum of a_i / lambda_i)**2.

    Parameters
    ----------
    initial_rates : array_like, shape (..., n)
        Amplitudes a_i in any one unit; negative for an uptake phase. Leading axes are voxels or organs.
    half_lives_h : array_like, shape (n,)
        Effective half-life of each term in hours, > 0.
    repair_half_time_h : float or array_like, shape (...)
        Half-time of sublethal damage repair in hours, > 0.

    Returns
    -------
    float or ndarray, shape (...)
        G of the complete decay.

    Raises
    ------
    BedValueError
        A dose rate that is negative at the start or a total dose that is not positive.

    Notes
    -----
    Dale 1985, doi:10.1259/0007-1285-58-690-515; Baechler 2008, Med Phys 35:1123 for measured time-activity
    curves. Amplitudes must describe a dose rate that is nowhere negative; only its start is checked.

    Examples
    --------
    Washout with a half-life of 50 h after an uptake with a half-life of 2 h lowers G against washout alone:

    >>> g_multi_exponential([1, -1], [50, 2], 2.8)
    0.0522
    >>> g_multi_exponential([1], [50], 2.8)
    0.0530
    """
    amplitude = np.asarray(initial_rates, dtype=np.float64)
    decay = LN2 / positive(half_lives_h, "half_lives_h", unit="h")
    if amplitude.ndim == 0 or decay.shape != amplitude.shape[-1:] or not np.all(np.isfinite(amplitude)):
        raise BedValueError("initial_rates and half_lives_h hold one finite number for each exponential")
    total = (amplitude / decay).sum(axis=-1)
    if np.any(amplitude.sum(axis=-1) < -1e-12 * np.abs(amplitude).max()) or np.any(total <= 0):
        raise BedValueError("the amplitudes give a negative dose rate or no dose")
    mu = LN2 / positive(repair_half_time_h, "repair_half_time_h", unit="h")
    pair = 1.0 / ((decay[:, None] + decay[None, :]) * (decay[:, None] + mu[..., None, None]))
    square = 2.0 * (amplitude[..., :, None] * amplitude[..., None, :] * pair).sum(axis=(-2, -1))
    return result(square / total**2)


def bed_protracted(dose: ArrayLike, g: ArrayLike, alpha_beta: ArrayLike) -> Real:
    """BED of one protracted exposure whose G is known.

    BED = D (1 + G D / (alpha/beta)).

    Parameters
    ----------
    dose : float or array_like
        Total dose D in Gy, >= 0, any shape; NaN (not covered) stays NaN.
    g : float or array_like
        Lea-Catcheside factor G, within [0, 1], from one of the functions of this module.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0, infinity allowed.

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
    Dale 1985, doi:10.1259/0007-1285-58-690-515.

    Examples
    --------
    >>> bed_protracted(12, g_constant(1.0, 1.5), 2.47)
    62.27
    """
    total = doses(dose, "dose")
    ratio = positive(alpha_beta, "alpha_beta", unit="Gy", infinite=True)
    return result(total + share(g, "g") * total**2 / ratio)


def two_component(fast: ArrayLike, slow: ArrayLike, fast_weight: ArrayLike) -> Real:
    """Bi-exponential repair: the weighted sum of what each component alone gives.

    value = w value(fast half-time) + (1 - w) value(slow half-time), for G, h_m or BED alike, because
    each is linear in the repair function w exp(-mu_f t) + (1 - w) exp(-mu_s t).

    Parameters
    ----------
    fast, slow : float or array_like
        G, h_m or BED computed with the fast and with the slow half-time.
    fast_weight : float or array_like
        Share w of the fast component, within [0, 1]; see `fast_weight_from_partition`.

    Returns
    -------
    float or ndarray
        The value with both components.

    Raises
    ------
    BedValueError
        A weight outside 0 to 1.

    Notes
    -----
    Millar & Canney 1993, doi:10.1080/09553009314551431; Pop 2000, doi:10.1016/S0167-8140(00)00205-X.

    Examples
    --------
    >>> two_component(g_constant(1, 0.19), g_constant(1, 2.16), 0.5295)
    0.64
    """
    weight = share(fast_weight, "fast_weight")
    return result(
        weight * np.asarray(fast, dtype=np.float64) + (1.0 - weight) * np.asarray(slow, dtype=np.float64)
    )


def fast_weight_from_partition(partition: ArrayLike) -> Real:
    """Share of the fast component from a partition coefficient given as the ratio slow to fast.

    w = 1 / (1 + c).

    Parameters
    ----------
    partition : float or array_like
        Ratio c of the slow to the fast share, >= 0. It is not itself a share: 0.98 means 50.5 % fast.

    Returns
    -------
    float or ndarray
        Share of the fast component.

    Raises
    ------
    BedValueError
        Negative partition.

    Notes
    -----
    Millar 2015, Phys Med 31:627 quotes c = 0.98 for the brain with half-times of 0.19 and 2.16 h.

    Examples
    --------
    >>> fast_weight_from_partition(0.98)
    0.505
    """
    return result(1.0 / (1.0 + non_negative(partition, "partition", unit="")))


def bed_radiosurgery_equal_shots(
    dose: ArrayLike,
    n_shots: ArrayLike,
    total_time_h: ArrayLike,
    gap_h: ArrayLike,
    alpha_beta: ArrayLike,
    *,
    fast_half_time_h: ArrayLike,
    slow_half_time_h: ArrayLike,
    fast_weight: ArrayLike,
) -> Real:
    """BED of a radiosurgery session of equal shots, in the mean-time approximation.

    BED = sum over components of w D (1 + (d / (alpha/beta)) [(n - 1) G(mu T) + G(mu t)]), d = D / n,
    t = (T - g (n - 1)) / n.

    Parameters
    ----------
    dose : float or array_like
        Dose D of the session at the point, in Gy, >= 0, any shape.
    n_shots : int or array_like of int
        Number n of shots, >= 1.
    total_time_h : float or array_like
        First beam on to last beam off, gaps included, in hours, > 0.
    gap_h : float or array_like
        Gap g between two shots in hours, >= 0.
    alpha_beta : float or array_like
        Alpha/beta in Gy, > 0.
    fast_half_time_h, slow_half_time_h : float or array_like
        Half-times of the two repair components in hours, > 0.
    fast_weight : float or array_like
        Share of the fast component, within [0, 1].

    Returns
    -------
    float or ndarray
        BED in Gy.

    Raises
    ------
    BedValueError
        Gaps that leave no beam-on time, or numbers outside the ranges above.

    Warns
    -----
    OutsideValidityWarning
        Gaps take more than half of the session: the approximation spreads every pair of shots over all of it.

    Notes
    -----
    Jones & Hopewell 2019, Br J Radiol 92:20180111, in the form of the program of Moore 2021,
    doi:10.1080/09553002.2021.1981554. For the actual times of the shots use `bed_intervals` with each
    half-time and `two_component`.

    Examples
    --------
    >>> bed_radiosurgery_equal_shots(
    ...     12, 4, 1.0, 5 / 60, 2.47, fast_half_time_h=0.19, slow_half_time_h=2.16, fast_weight=0.5295)
    52.785
    """
    total, number = doses(dose, "dose"), whole(n_shots, "n_shots")
    session, gap = positive(total_time_h, "total_time_h", unit="h"), non_negative(gap_h, "gap_h", unit="h")
    ratio = positive(alpha_beta, "alpha_beta", unit="Gy", infinite=True)
    idle = gap * (number - 1.0)
    if np.any(idle >= session):
        raise BedValueError("the gaps fill the whole total_time_h: no time is left for the shots")
    if np.any(idle > 0.5 * session):
        outside_validity("gaps take more than half of the session; use the times of the shots instead")
    shot = (session - idle) / number
    fast, slow = (
        (number - 1.0) * _g(mu * session) + _g(mu * shot)
        for mu in (_repair_rate(fast_half_time_h), _repair_rate(slow_half_time_h))
    )
    weight = share(fast_weight, "fast_weight")
    return result(total + total**2 / (number * ratio) * (weight * fast + (1.0 - weight) * slow))
