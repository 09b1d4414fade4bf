"""Uncertain parameters: bounds by scanning, seeded sampling, shares of the variance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bed.errors import BedTypeError, BedValueError
from bed.high_dose import eqd2_lql
from bed.lq import eqd2
from bed.outcome import ProbitCurve, tcp_poisson
from bed.uncertainty import (
    LogNormal,
    MonteCarlo,
    Normal,
    ParameterInterval,
    UncertainCourse,
    Uniform,
    alpha_beta_of_fit,
    cumulative_eqd2,
    monte_carlo,
    scan_bounds,
    scan_voxel_bounds,
    variance_shares,
)

SHORT = UncertainCourse(dose=25, n_fractions=5)
RE_TREATMENT = UncertainCourse(dose=40.8, n_fractions=34)
LATE = LogNormal(median=3, sigma_ln=0.4)


def total(**parameters: object) -> object:
    forgotten = [parameters["forgotten"], 0.0] if "forgotten" in parameters else None
    return cumulative_eqd2([SHORT, RE_TREATMENT], alpha_beta=parameters["alpha_beta"], forgotten=forgotten)


@pytest.mark.parametrize(
    ("doses", "fractions", "median", "low", "high"),
    [
        ([25], [5], 40.0, 33.8, 47.3),
        ([35], [5], 70.0, 55.4, 86.9),
        ([40.8], [34], 34.3, 31.1, 37.0),
        ([25, 40.8], [5, 34], 74.3, 70.7, 78.4),
    ],
)
def test_monte_carlo_reproduces_the_published_intervals(
    doses: list[float], fractions: list[int], median: float, low: float, high: float
) -> None:
    courses = [UncertainCourse(dose=d, n_fractions=n) for d, n in zip(doses, fractions, strict=True)]
    sampled = monte_carlo(
        lambda alpha_beta: cumulative_eqd2(courses, alpha_beta=alpha_beta, forgotten=None),
        {"alpha_beta": LATE},
        n_samples=200_000,
        seed=11,
    )
    assert sampled.median == pytest.approx(median, abs=0.1)
    assert sampled.interval(0.95) == pytest.approx((low, high), abs=0.2)


def test_the_same_seed_gives_the_same_samples_and_another_seed_others() -> None:
    runs = [monte_carlo(total, {"alpha_beta": LATE}, n_samples=50, seed=seed) for seed in (4, 4, 5)]
    np.testing.assert_array_equal(runs[0].samples, runs[1].samples)
    assert not np.array_equal(runs[0].samples, runs[2].samples)
    assert runs[0].seed == 4


def test_moments_of_a_normal_parameter_come_back() -> None:
    sampled = monte_carlo(lambda x: 2 * x, {"x": Normal(mean=5, sd=1)}, n_samples=100_000, seed=3)
    assert sampled.mean == pytest.approx(10, abs=0.03)
    assert sampled.sd == pytest.approx(2, abs=0.03)


def test_the_probability_of_exceeding_a_limit_comes_with_its_own_uncertainty() -> None:
    sampled = monte_carlo(lambda x: x, {"x": Normal(mean=0, sd=1)}, n_samples=40_000, seed=3)
    share, half = sampled.probability_above(1.0)
    assert share == pytest.approx(0.158655, abs=half * 1.5)
    assert half == pytest.approx(1.96 * math.sqrt(0.1587 * 0.8413 / 40_000), rel=0.03)
    assert sampled.probability_above(100.0)[0] == 0
    assert sampled.probability_above(100.0)[1] > 0


def test_a_sample_on_the_limit_is_not_above_it() -> None:
    found = MonteCarlo(samples=np.array([1.0, 2.0, 2.0, 3.0]), seed=1)
    share, _ = found.probability_above(2.0)
    assert share == 0.25


def test_correlated_parameters_share_their_scatter() -> None:
    parameters = {"a": Normal(mean=0, sd=1), "b": Normal(mean=0, sd=1), "c": 1.0}

    def spread(rho: float) -> float:
        sampled = monte_carlo(
            lambda a, b, c: a + c * b, parameters, n_samples=50_000, seed=2, correlations={("a", "b"): rho}
        )
        return sampled.sd**2

    assert spread(0.8) == pytest.approx(2 + 1.6, rel=0.03)
    assert spread(-0.8) == pytest.approx(2 - 1.6, rel=0.03)


@pytest.mark.parametrize(
    "correlations", [{("a", "x"): 0.5}, {("a", "a"): 0.5}, {("a", "b"): 1.0}, {("a", "b"): math.nan}]
)
def test_impossible_correlations_are_refused(correlations: dict[tuple[str, str], float]) -> None:
    parameters = {"a": Normal(mean=0, sd=1), "b": Normal(mean=0, sd=1)}
    with pytest.raises(BedValueError, match="needs two sampled parameters"):
        monte_carlo(lambda a, b: a + b, parameters, n_samples=10, seed=1, correlations=correlations)


def test_contradicting_correlations_are_refused() -> None:
    parameters = {name: Normal(mean=0, sd=1) for name in "abc"}
    correlations = {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}
    with pytest.raises(BedValueError, match="contradict each other"):
        monte_carlo(lambda a, b, c: a + b + c, parameters, n_samples=10, seed=1, correlations=correlations)


def test_an_interval_is_never_sampled() -> None:
    for sampler in (monte_carlo, variance_shares):
        with pytest.raises(BedTypeError, match="says nothing of what is likely"):
            sampler(total, {"alpha_beta": ParameterInterval(low=2, high=4)}, n_samples=10, seed=1)


def test_without_a_distribution_there_is_nothing_to_sample_or_to_scan() -> None:
    with pytest.raises(BedValueError, match="nothing to sample"):
        monte_carlo(total, {"alpha_beta": 3.0}, n_samples=10, seed=1)
    with pytest.raises(BedValueError, match="nothing to scan"):
        scan_bounds(total, {"alpha_beta": 3.0})


@pytest.mark.parametrize("value", ["3", True, None])
def test_a_parameter_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(BedTypeError, match="a number, a ParameterInterval or a distribution"):
        scan_bounds(total, {"alpha_beta": value})  # type: ignore[dict-item]


@pytest.mark.parametrize("sampler", [monte_carlo, variance_shares])
def test_one_sample_is_too_few(sampler: object) -> None:
    with pytest.raises(BedValueError, match="2 or more"):
        sampler(total, {"alpha_beta": LATE}, n_samples=1, seed=1)  # type: ignore[operator]


def test_a_result_that_is_not_finite_is_not_passed_over() -> None:
    with pytest.raises(BedValueError, match="no finite result for 2 of 3"):
        monte_carlo(lambda x: [1.0, math.nan, math.inf], {"x": LATE}, n_samples=3, seed=1)


@pytest.mark.parametrize("percent", [-1, 101, math.nan])
def test_a_percentile_outside_its_range_is_refused(percent: float) -> None:
    with pytest.raises(BedValueError, match="percent"):
        monte_carlo(total, {"alpha_beta": LATE}, n_samples=10, seed=1).percentile(percent)


@pytest.mark.parametrize("coverage", [0, 1, 95])
def test_a_coverage_outside_its_range_is_refused(coverage: float) -> None:
    with pytest.raises(BedValueError, match="for 95 %"):
        monte_carlo(total, {"alpha_beta": LATE}, n_samples=10, seed=1).interval(coverage)
    with pytest.raises(BedValueError, match="for 95 %"):
        scan_bounds(total, {"alpha_beta": LATE}, coverage=coverage)


def test_bounds_of_two_courses_and_their_recovery() -> None:
    bounds = scan_bounds(
        total,
        {"alpha_beta": ParameterInterval(low=2, high=4), "forgotten": ParameterInterval(low=0, high=0.5)},
    )
    assert bounds.low == pytest.approx(0.5 * eqd2(25, 5, 4) + eqd2(40.8, 34, 4))
    assert bounds.high == pytest.approx(eqd2(25, 5, 2) + eqd2(40.8, 34, 2))
    assert bounds.at_high == {"alpha_beta": 2, "forgotten": 0}
    assert bounds.at_an_end


def test_a_plain_lq_sum_at_a_point_is_monotone_so_its_ends_bound_it() -> None:
    # EQD2 = sum D + sum D (d - 2) / (2 + alpha/beta): one hyperbola, whatever the mixture of fraction sizes.
    alpha_beta = np.linspace(0.5, 20, 2001)
    mixed = cumulative_eqd2([SHORT, RE_TREATMENT], alpha_beta=alpha_beta, forgotten=None)
    assert len(set(np.sign(np.diff(mixed)))) == 1


def test_the_worst_voxel_of_a_sum_is_not_monotone_and_is_found_inside() -> None:
    # Voxel 1 saw large fractions and falls with alpha/beta, voxel 2 small ones and rises.
    voxels = [[UncertainCourse(dose=25, n_fractions=5)], [UncertainCourse(dose=46, n_fractions=46)]]

    def worst(alpha_beta: object) -> object:
        return np.max([cumulative_eqd2(v, alpha_beta=alpha_beta, forgotten=None) for v in voxels], axis=0)

    bounds = scan_bounds(worst, {"alpha_beta": ParameterInterval(low=1, high=20)})
    crossing = (25 * 5 - 46) / (46 - 25)
    assert bounds.low == pytest.approx(eqd2(25, 5, crossing), rel=1e-9)
    assert bounds.at_low["alpha_beta"] == pytest.approx(crossing, rel=1e-6)
    assert not bounds.at_an_end
    ends = worst(np.array([1.0, 20.0]))
    assert bounds.low < ends.min()


def test_pitfall_5_4_a_transition_tied_to_alpha_beta_is_scanned_and_not_read_at_its_ends() -> None:
    def tied(alpha_beta: np.ndarray) -> object:
        return eqd2_lql(25, 1, alpha_beta, transition_dose=2 * alpha_beta, gamma_over_alpha=5)

    bounds = scan_bounds(tied, {"alpha_beta": ParameterInterval(low=0.5, high=30)})
    dense = tied(np.linspace(0.5, 30, 200_001))
    assert bounds.low == pytest.approx(dense.min(), rel=1e-9)
    assert bounds.high == pytest.approx(dense.max(), rel=1e-9)
    assert not bounds.at_an_end


def test_a_distribution_is_cut_to_its_coverage_when_scanned() -> None:
    bounds = scan_bounds(total, {"alpha_beta": LATE}, coverage=0.95)
    low, high = (total(alpha_beta=3 * math.exp(sign * 1.959964 * 0.4)) for sign in (1, -1))
    assert (bounds.low, bounds.high) == pytest.approx((low, high))
    with pytest.raises(BedTypeError, match="state the coverage"):
        scan_bounds(total, {"alpha_beta": LATE})


def test_fixed_parameters_reach_the_model() -> None:
    bounds = scan_bounds(total, {"alpha_beta": 3.0, "forgotten": ParameterInterval(low=0, high=1)})
    assert bounds.low == pytest.approx(eqd2(40.8, 34, 3))
    assert bounds.high == pytest.approx(eqd2(40.8, 34, 3) + 40)


def test_too_many_parameters_are_to_be_sampled_instead() -> None:
    parameters = {f"x{i}": ParameterInterval(low=0, high=1) for i in range(14)}
    with pytest.raises(BedValueError, match="sample them instead"):
        scan_bounds(lambda **x: sum(x.values()), parameters)


def test_voxel_bounds_hold_each_voxel_by_itself() -> None:
    low, high = scan_voxel_bounds(
        lambda alpha_beta, forgotten: (1 - forgotten) * eqd2(np.array([25.0, 5.0, np.nan]), 5, alpha_beta),
        {"alpha_beta": ParameterInterval(low=2, high=4), "forgotten": 0.5},
        points=3,
    )
    np.testing.assert_allclose(low, [18.75, 2.5 * 3 / 4, np.nan])
    np.testing.assert_allclose(high, [21.875, 2.5 * 5 / 6, np.nan])


def test_voxel_bounds_need_both_ends() -> None:
    with pytest.raises(BedValueError, match="2 or more"):
        scan_voxel_bounds(total, {"alpha_beta": ParameterInterval(low=2, high=4)}, points=1)
    with pytest.raises(BedValueError, match="not too many"):
        scan_voxel_bounds(total, {n: ParameterInterval(low=0, high=1) for n in "abcd"}, points=100)


def test_variance_shares_are_those_of_a_linear_model() -> None:
    shares = variance_shares(
        lambda a, b, c: 3 * a + b + c,
        {"a": Normal(mean=0, sd=1), "b": Normal(mean=2, sd=1), "c": 5.0},
        n_samples=100_000,
        seed=9,
    )
    assert [share.parameter for share in shares] == ["a", "b"]
    assert [share.first_order for share in shares] == pytest.approx([0.9, 0.1], abs=0.02)
    assert [share.total for share in shares] == pytest.approx([0.9, 0.1], abs=0.02)


def test_an_interaction_shows_in_the_total_and_not_in_the_first_order() -> None:
    shares = variance_shares(
        lambda a, b: a * b, {"a": Normal(mean=0, sd=1), "b": Normal(mean=0, sd=1)}, n_samples=100_000, seed=9
    )
    assert [share.first_order for share in shares] == pytest.approx([0, 0], abs=0.03)
    assert [share.total for share in shares] == pytest.approx([1, 1], abs=0.03)


def test_which_parameter_carries_the_variance_of_a_reirradiation() -> None:
    shares = variance_shares(
        total, {"alpha_beta": LATE, "forgotten": Uniform(low=0, high=0.5)}, n_samples=20_000, seed=1
    )
    assert shares[0].parameter == "forgotten"
    assert shares[0].total > 0.6


def test_a_constant_result_has_no_variance_to_share() -> None:
    with pytest.raises(BedValueError, match="nothing to share out"):
        variance_shares(lambda x: 0 * x, {"x": LATE}, n_samples=10, seed=1)


def test_tcp_and_ntcp_parameters_may_be_uncertain_too() -> None:
    control = scan_bounds(
        lambda alpha: tcp_poisson(60.0, alpha=alpha, n_clonogens=1e7),
        {"alpha": ParameterInterval(low=0.25, high=0.35)},
    )
    assert (control.low, control.high) == pytest.approx(
        (math.exp(-1e7 * math.exp(-15)), math.exp(-1e7 * math.exp(-21)))
    )
    curve = ProbitCurve(d50_gy=76.9, m=0.13)
    injury = monte_carlo(
        lambda td50: curve.probability(np.full_like(td50, 70.0) * 76.9 / td50),
        {"td50": Normal(mean=76.9, sd=1.6)},
        n_samples=2000,
        seed=1,
    )
    assert injury.median == pytest.approx(curve.probability(70.0), abs=0.01)


@pytest.mark.parametrize("forgotten", [[0.5], [1.5, 0.0], [-0.1, 0.0]])
def test_forgotten_fractions_must_be_one_for_each_course_and_no_percentages(forgotten: list[float]) -> None:
    with pytest.raises(BedValueError, match="forgotten fraction"):
        cumulative_eqd2([SHORT, RE_TREATMENT], alpha_beta=3, forgotten=forgotten)


def test_a_sum_of_no_courses_is_refused() -> None:
    with pytest.raises(BedValueError, match="one forgotten fraction for each course"):
        cumulative_eqd2([], alpha_beta=3, forgotten=None)


def test_pitfall_5_18_each_earlier_course_forgets_by_its_own_interval() -> None:
    courses = [SHORT, SHORT, RE_TREATMENT]
    found = cumulative_eqd2(courses, alpha_beta=3, forgotten=[0.5, 0.25, 0.0])
    assert found == pytest.approx(20 + 30 + 34.272)


def test_an_impossible_course_is_refused_at_once() -> None:
    with pytest.raises(BedValueError):
        UncertainCourse(dose=-1, n_fractions=5)
    with pytest.raises(BedValueError):
        UncertainCourse(dose=10, n_fractions=0)


@pytest.mark.parametrize(("alpha", "beta"), [(0, 0.03), (0.3, -0.03), (math.nan, 0.03)])
def test_a_fit_without_positive_alpha_and_beta_has_no_ratio(alpha: float, beta: float) -> None:
    with pytest.raises(BedValueError, match="must be positive"):
        alpha_beta_of_fit(alpha=alpha, beta=beta)
