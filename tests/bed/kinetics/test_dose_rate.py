"""Lea-Catcheside factor: closed forms, limits, numerical double integrals, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import dblquad, quad

from bed.errors import BedValueError, OutsideValidityWarning
from bed.kinetics import (
    bed_intervals,
    bed_protracted,
    bed_radiosurgery_equal_shots,
    fast_weight_from_partition,
    g_constant,
    g_decaying,
    g_intervals,
    g_multi_exponential,
    g_of_rate,
    g_permanent,
    g_pulsed,
    lea_catcheside,
    two_component,
)

LN2 = np.log(2.0)


def double_integral(rate, mu: float, end: float) -> float:
    """G from its definition by numerical integration."""
    total = np.trapezoid(rate(np.linspace(0, end, 20001)), dx=end / 20000)
    square, _ = dblquad(
        lambda s, t: rate(t) * rate(s) * np.exp(-mu * (t - s)), 0, end, 0, lambda t: t, epsabs=1e-11
    )
    return 2 * square / total**2


@pytest.mark.parametrize("x", [0.0, 1e-12, 1e-8, 1e-4, 1e-3])
def test_pitfall_5_05_g_near_zero_follows_its_series(x: float) -> None:
    assert lea_catcheside(x) == pytest.approx(1 - x / 3 + x**2 / 12 - x**3 / 60, rel=1e-14)


def test_pitfall_5_05_g_is_smooth_where_series_and_formula_meet() -> None:
    below, above = lea_catcheside(np.nextafter(1.0, 0)), lea_catcheside(1.0)
    assert below == pytest.approx(2 * np.exp(-1), rel=1e-15)
    assert above == pytest.approx(2 * np.exp(-1), rel=1e-15)


@pytest.mark.parametrize("factor", [1.0, 1 + 1e-12, 1 - 1e-9, 1 + 1e-4])
@pytest.mark.parametrize("duration", [0.01, 1.0, 24.0, 2000.0])
def test_pitfall_5_05_decaying_source_is_regular_where_it_decays_as_fast_as_tissue_repairs(
    factor: float, duration: float
) -> None:
    a = LN2 / 4.0 * duration
    # lambda = mu: G = 2 (1 - (1 + 2a) exp(-2a)) / (4 (1 - exp(-a))**2), from l'Hopital's rule
    small = 1 - a / 3 if a < 0.01 else 2 * (1 - (1 + 2 * a) * np.exp(-2 * a)) / (4 * np.expm1(-a) ** 2)
    near = g_decaying(duration, 4.0, 4.0 * factor)
    exact = g_decaying(duration, 4.0, 4.0)
    assert near == pytest.approx(exact, rel=1e-4)
    assert exact == pytest.approx(small, rel=1e-5 if a < 0.01 else 1e-12)


@pytest.mark.parametrize(
    ("source", "repair", "duration"), [(60.0, 1.5, 48.0), (1.0, 5.0, 30.0), (3.0, 0.5, 2.0)]
)
def test_decaying_source_agrees_with_dales_formula(source: float, repair: float, duration: float) -> None:
    lam, mu, t = LN2 / source, LN2 / repair, duration
    a = (1 - np.exp(-2 * lam * t)) / (2 * lam) - (1 - np.exp(-(mu + lam) * t)) / (mu + lam)
    expected = 2 * lam**2 * a / ((mu - lam) * (1 - np.exp(-lam * t)) ** 2)
    assert g_decaying(duration, source, repair) == pytest.approx(expected, rel=1e-12)


def test_decaying_source_agrees_with_the_double_integral() -> None:
    lam, mu = LN2 / 10, LN2 / 2
    expected = double_integral(lambda t: np.exp(-lam * t), mu, 6.0)
    assert g_decaying(6.0, 10, 2) == pytest.approx(expected, rel=1e-7)


def test_decaying_source_has_its_limits() -> None:
    assert g_decaying(np.inf, 10, 2) == pytest.approx(g_permanent(10, 2), rel=1e-15)
    assert g_decaying(24, np.inf, 1.5) == pytest.approx(g_constant(24, 1.5), rel=1e-14)
    assert g_decaying(24, 5, np.inf) == pytest.approx(1.0, rel=1e-15)
    assert g_decaying(0, 5, 1) == pytest.approx(1.0, rel=1e-15)


def test_endless_exposure_without_decay_or_repair_is_refused() -> None:
    for source, repair in ((np.inf, 1.5), (10.0, np.inf)):
        with pytest.raises(BedValueError, match="infinite duration_h"):
            g_decaying(np.inf, source, repair)


def test_factor_of_an_endless_exposure_is_0() -> None:
    assert lea_catcheside(np.inf) == 0.0
    assert lea_catcheside([0.0, np.inf]) == pytest.approx([1.0, 0.0], abs=0)


def test_pulses_agree_with_the_list_of_intervals() -> None:
    starts = np.arange(12) * 1.0
    assert g_pulsed(12, 0.25, 1.0, 1.5) == pytest.approx(
        g_intervals(np.ones(12), starts, 0.25, 1.5), rel=1e-13
    )


def test_pulses_that_fill_the_period_are_one_constant_exposure() -> None:
    assert g_pulsed(24, 1.0, 1.0, 1.5) == pytest.approx(g_constant(24, 1.5), rel=1e-13)


def test_pulses_without_repair_are_acute() -> None:
    assert g_pulsed([1, 5, 30], 0.5, 1.0, np.inf) == pytest.approx([1, 1, 1], rel=1e-14)


def test_pulses_that_overlap_are_refused() -> None:
    with pytest.raises(BedValueError, match="overlap"):
        g_pulsed(3, 2.0, 1.0, 1.5)


def test_intervals_agree_with_millar_and_canney_for_two_shots() -> None:
    mu, d, t, starts = LN2 / 1.2, np.array([3.0, 5.0]), np.array([0.5, 0.8]), np.array([0.0, 0.9])
    own = (d**2 / t**2 * (t - (1 - np.exp(-mu * t)) / mu)).sum()
    cross = -d.prod() / t.prod() * np.exp(-mu * 0.9) * np.expm1(mu * t[0]) * np.expm1(-mu * t[1]) / mu
    assert g_intervals(d, starts, t, 1.2) == pytest.approx(2 / mu * (own + cross) / d.sum() ** 2, rel=1e-13)


def test_intervals_without_dose_have_no_g_but_a_bed_of_zero() -> None:
    grid = np.array([[0.0, 0.0], [3.0, 3.0]])
    g = g_intervals(grid, [0, 1], 0.1, 1.5)
    assert np.isnan(g[0])  # type: ignore[index]
    assert bed_intervals(grid, [0, 1], 0.1, 3, 1.5)[0] == 0.0  # type: ignore[index]


def test_intervals_keep_nan_of_voxels_that_are_not_covered() -> None:
    assert np.isnan(bed_intervals([[np.nan, 1.0]], [0, 1], 0.1, 3, 1.5)[0])  # type: ignore[index]


@pytest.mark.parametrize(
    ("doses", "starts", "durations"),
    [([1, 1], [1, 0], 0.1), ([1, 1], [0, 0.05], 0.1), ([1, 1], [0, 1], -0.1), ([1, 1], [0, np.nan], 0.1)],
)
def test_disordered_intervals_are_refused(doses: list[float], starts: list[float], durations: float) -> None:
    with pytest.raises(BedValueError):
        g_intervals(doses, starts, durations, 1.5)


def test_lists_of_wrong_length_are_refused() -> None:
    with pytest.raises(BedValueError, match="one finite number of hours for each of the 2"):
        g_intervals([1, 1], [0, 1, 2], 0.1, 1.5)
    for bad in (5.0, np.ones((2, 0))):
        with pytest.raises(BedValueError, match="one dose per exposure"):
            g_intervals(bad, 0.0, 0.1, 1.5)


def test_any_curve_agrees_with_the_double_integral() -> None:
    expected = double_integral(lambda t: 1 + 2 * t, LN2 / 1.5, 4.0)
    assert g_of_rate([1, 9], [0, 4], 1.5) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("hours", [0.2, 2.0, 5.0, 20.0])
def test_a_rising_rate_agrees_with_the_double_integral_however_long_it_takes(hours: float) -> None:
    mu = LN2 / 1.5
    # Rate t / T from 0 to 1: D = T / 2, and the inner integral over s in closed form.
    square, _ = quad(lambda t: t * (mu * t - 1 + np.exp(-mu * t)) / mu**2, 0, hours, epsabs=0, epsrel=1e-12)
    assert g_of_rate([0, 1], [0, hours], 1.5) == pytest.approx(8 * square / hours**4, rel=1e-9)


@pytest.mark.parametrize("repair", [0.05, 1.5, 100.0, np.inf])
def test_any_curve_agrees_with_a_constant_rate_however_it_is_cut(repair: float) -> None:
    times = np.array([0.0, 0.1, 2.0, 7.0, 8.0])
    assert g_of_rate(np.ones(5), times, repair) == pytest.approx(g_constant(8.0, repair), rel=1e-12)


def test_any_curve_converges_to_the_decaying_source() -> None:
    times = np.linspace(0, 30, 2001)
    rates = np.exp(-LN2 / 6 * times)
    assert g_of_rate(rates, times, 1.5) == pytest.approx(g_decaying(30, 6, 1.5), rel=1e-6)


def test_any_curve_refuses_times_that_do_not_ascend() -> None:
    for rates, times in (([1], [0]), ([1, 1], [0, 0]), ([1, 1, 1], [0, 1]), ([1, 1], [[0, 1]])):
        with pytest.raises(BedValueError, match="times_h must ascend"):
            g_of_rate(rates, times, 1.5)


def test_curve_without_dose_has_no_g() -> None:
    assert np.isnan(g_of_rate([0, 0], [0, 1], 1.5))


def test_one_exponential_is_a_permanent_source() -> None:
    assert g_multi_exponential([3.0], [50.0], 2.8) == pytest.approx(g_permanent(50, 2.8), rel=1e-14)


def test_uptake_and_washout_agree_with_the_sampled_curve() -> None:
    times = np.concatenate([np.linspace(0, 20, 2001), np.linspace(20, 1500, 4001)[1:]])
    rates = np.exp(-LN2 / 50 * times) - np.exp(-LN2 / 2 * times)
    assert g_multi_exponential([1, -1], [50, 2], 2.8) == pytest.approx(g_of_rate(rates, times, 2.8), rel=1e-5)


def test_impossible_time_activity_curves_are_refused() -> None:
    for amplitudes, half_lives in (([1, -2], [50, 2]), ([-1, 1], [50, 2]), ([1, 1], [50]), (1.0, [50])):
        with pytest.raises(BedValueError):
            g_multi_exponential(amplitudes, half_lives, 2.8)


def test_two_components_weigh_each_other() -> None:
    assert two_component(0.2, 0.8, 0.25) == pytest.approx(0.65)
    assert fast_weight_from_partition(1.0) == 0.5


def test_partition_as_ratio_gives_the_same_bed_as_the_published_mixture() -> None:
    fast, slow, c = 0.3, 0.9, 0.98
    assert two_component(fast, slow, fast_weight_from_partition(c)) == pytest.approx(
        (fast + c * slow) / (1 + c)
    )


def test_bed_of_no_repair_is_that_of_one_acute_fraction() -> None:
    assert bed_protracted(12, 1.0, 2.0) == pytest.approx(12 * (1 + 12 / 2))


def test_equal_shots_without_gaps_are_a_train_without_memory_of_order() -> None:
    # one shot: the approximation is exact
    bed = bed_radiosurgery_equal_shots(
        12, 1, 0.8, 0, 2.47, fast_half_time_h=0.19, slow_half_time_h=2.16, fast_weight=0.5
    )
    expected = two_component(
        bed_protracted(12, g_constant(0.8, 0.19), 2.47), bed_protracted(12, g_constant(0.8, 2.16), 2.47), 0.5
    )
    assert bed == pytest.approx(expected, rel=1e-14)


def test_gaps_that_fill_the_session_are_refused_and_long_ones_warned_of() -> None:
    components = {"fast_half_time_h": 0.19, "slow_half_time_h": 2.16, "fast_weight": 0.5}
    with pytest.raises(BedValueError, match="gaps fill"):
        bed_radiosurgery_equal_shots(12, 4, 1.0, 0.4, 2.47, **components)
    with pytest.raises(BedValueError, match="gaps fill"):
        bed_radiosurgery_equal_shots(12, 4, [1.0, 2.0], 0.4, 2.47, **components)
    with pytest.warns(OutsideValidityWarning, match="more than half"):
        bed_radiosurgery_equal_shots(12, 4, 1.0, 0.25, 2.47, **components)


def test_no_pulses_to_compute_are_no_results() -> None:
    assert np.shape(g_pulsed(np.ones((0, 3)), 0.1, 1.0, 1.5)) == (0, 3)
