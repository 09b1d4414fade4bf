"""Tumour control probability."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from bed.errors import BedTypeError, BedValueError
from bed.outcome import (
    complication_free_control,
    control_without_complication_agren,
    log_surviving_clonogens,
    tcp_alpha_spread,
    tcp_from_log_survivors,
    tcp_poisson,
    tcp_zaider_minerbo,
    tumour_recurrence_from_log_survivors,
    tumour_response,
    tumour_response_rows,
)
from bed.quantity import BED, EQD2


def test_one_surviving_clonogen_on_average_leaves_37_percent() -> None:
    assert tcp_poisson(math.log(1e9) / 0.3, alpha=0.3, n_clonogens=1e9) == pytest.approx(math.exp(-1))


def test_the_voxel_product_is_the_product_over_voxels() -> None:
    bed, n = np.array([60.0, 66.0, 72.0]), np.array([1e6, 5e6, 2e6])
    product = np.prod(np.exp(-n * np.exp(-0.28 * bed)))
    found = tcp_from_log_survivors(log_surviving_clonogens(bed, alpha=0.28, n_clonogens=n))
    assert found == pytest.approx(product)


def test_pitfall_5_22_survival_far_below_the_smallest_float_is_not_lost() -> None:
    log_survivors = log_surviving_clonogens([4000.0], alpha=0.5, n_clonogens=1e9)
    assert log_survivors == pytest.approx(math.log(1e9) - 2000)
    assert tcp_from_log_survivors(log_survivors) == 1


def test_pitfall_5_22_few_survivors_keep_the_digits_of_recurrence() -> None:
    found = tumour_recurrence_from_log_survivors(np.log([1e-30, 1.0]))
    np.testing.assert_allclose(found, [1e-30, 1 - math.exp(-1)], rtol=1e-14)


def test_pitfall_5_22_no_dose_and_many_clonogens_give_no_control_without_warnings() -> None:
    assert tcp_poisson(0.0, alpha=0.3, n_clonogens=1e9) == 0
    assert tumour_recurrence_from_log_survivors(1e4) == 1
    assert tcp_from_log_survivors(1e4) == 0


def test_pitfall_5_22_an_empty_tumour_has_no_control_probability() -> None:
    with pytest.raises(BedValueError, match="no voxels"):
        log_surviving_clonogens([], alpha=0.3, n_clonogens=1e7)


def test_nan_stays_nan() -> None:
    assert math.isnan(tcp_poisson(math.nan, alpha=0.3, n_clonogens=1e7))
    assert math.isnan(log_surviving_clonogens([60.0, math.nan], alpha=0.3, n_clonogens=1e7))


@pytest.mark.parametrize(("alpha", "n"), [(0, 1e7), (-0.1, 1e7), (0.3, 0), (0.3, -5), (math.nan, 1e7)])
def test_poisson_refuses_impossible_parameters(alpha: float, n: float) -> None:
    with pytest.raises(BedValueError):
        tcp_poisson(60.0, alpha=alpha, n_clonogens=n)


@pytest.mark.parametrize(
    ("bed", "mean", "sd", "n"),
    [
        (72.0, 0.35, 0.08, 1e7),
        (40.0, 0.15, 0.1, 1e9),
        (300.0, 0.3, 0.02, 1e8),
        (5.0, 0.3, 0.08, 50.0),
        (72.0, 0.1, 0.2, 1e7),
    ],
)
def test_alpha_spread_agrees_with_adaptive_quadrature(bed: float, mean: float, sd: float, n: float) -> None:
    def integrand(alpha: float) -> float:
        return math.exp(-n * math.exp(-alpha * bed)) * stats.norm.pdf(alpha, mean, sd)

    middle = math.log(n) / bed
    expected = sum(
        integrate.quad(integrand, a, b, epsabs=1e-14, limit=500)[0]
        for a, b in (
            (0, middle),
            (middle, middle + 5 / bed),
            (middle + 5 / bed, mean + 12 * sd + middle + 5 / bed),
        )
    ) / stats.norm.cdf(mean / sd)
    found = tcp_alpha_spread(bed, alpha_mean=mean, alpha_sd=sd, n_clonogens=n)
    assert found == pytest.approx(expected, rel=1e-7, abs=1e-12)


def test_alpha_spread_of_voxels_agrees_with_quadrature() -> None:
    bed, n = np.array([60.0, 75.0]), np.array([1e5, 1e7])

    def integrand(alpha: float) -> float:
        return math.exp(-float(n @ np.exp(-alpha * bed))) * stats.norm.pdf(alpha, 0.3, 0.06)

    expected = integrate.quad(integrand, 0, 1, points=[0.2, 0.25, 0.3], epsabs=1e-13)[0]
    found = tcp_alpha_spread(bed, alpha_mean=0.3, alpha_sd=0.06, n_clonogens=n)
    assert found == pytest.approx(expected / stats.norm.cdf(5), rel=1e-7)


def test_a_vanishing_spread_gives_the_plain_poisson_probability() -> None:
    spread = tcp_alpha_spread(60.0, alpha_mean=0.3, alpha_sd=1e-7, n_clonogens=1e7)
    assert spread == pytest.approx(tcp_poisson(60.0, alpha=0.3, n_clonogens=1e7), rel=1e-5)


def test_alpha_spread_without_dose_controls_only_by_absence() -> None:
    assert tcp_alpha_spread(0.0, alpha_mean=0.3, alpha_sd=0.05, n_clonogens=2) == pytest.approx(math.exp(-2))
    assert tcp_alpha_spread(0.0, alpha_mean=0.3, alpha_sd=0.05, n_clonogens=1e9) == 0
    assert tcp_alpha_spread(1e6, alpha_mean=0.3, alpha_sd=0.01, n_clonogens=1e9) == pytest.approx(1)


@pytest.mark.parametrize(("mean", "sd"), [(0, 0.1), (0.3, 0), (0.3, math.nan)])
def test_alpha_spread_refuses_impossible_parameters(mean: float, sd: float) -> None:
    with pytest.raises(BedValueError):
        tcp_alpha_spread(60.0, alpha_mean=mean, alpha_sd=sd, n_clonogens=1e7)


def zaider(**changes: object) -> float:
    arguments: dict[str, object] = {
        "fraction_days": list(range(10)),
        "fraction_effects": [0.5] * 10,
        "at_day": 12.0,
        "n_clonogens": 100.0,
        "birth_rate_per_day": 0.1,
        "death_rate_per_day": 0.02,
    }
    return tcp_zaider_minerbo(**(arguments | changes))  # type: ignore[arg-type]


def test_zaider_minerbo_without_birth_and_death_is_binomial() -> None:
    found = zaider(birth_rate_per_day=0, death_rate_per_day=0, n_clonogens=7)
    assert found == pytest.approx((1 - math.exp(-5)) ** 7)


def test_zaider_minerbo_with_deaths_alone_thins_each_clonogen_exponentially() -> None:
    found = zaider(birth_rate_per_day=0, death_rate_per_day=0.05, n_clonogens=7)
    assert found == pytest.approx((1 - math.exp(-5 - 0.05 * 12)) ** 7)


def test_zaider_minerbo_without_radiation_is_the_birth_and_death_process() -> None:
    b, d, t = 0.2, 0.3, 15.0
    grow = math.exp((b - d) * t)
    extinct = d * (grow - 1) / (b * grow - d)
    found = zaider(
        fraction_days=[],
        fraction_effects=[],
        at_day=t,
        birth_rate_per_day=b,
        death_rate_per_day=d,
        n_clonogens=5,
    )
    assert found == pytest.approx(extinct**5)


def test_zaider_minerbo_with_equal_rates_is_the_critical_process() -> None:
    found = zaider(
        fraction_days=[],
        fraction_effects=[],
        at_day=8.0,
        birth_rate_per_day=0.2,
        death_rate_per_day=0.2,
        n_clonogens=1,
    )
    assert found == pytest.approx(0.2 * 8 / (1 + 0.2 * 8))


def test_zaider_minerbo_agrees_with_its_formula_integrated_numerically() -> None:
    b, d, t = 0.1, 0.02, 12.0
    survival = lambda at: math.exp(-0.5 * sum(day <= at for day in range(10)))  # noqa: E731
    integral = sum(
        integrate.quad(lambda x: 1 / (survival(x) * math.exp((b - d) * x)), k, k + 1)[0] for k in range(12)
    )
    alive = survival(t) * math.exp((b - d) * t)
    assert zaider() == pytest.approx((1 - alive / (1 + b * alive * integral)) ** 100, rel=1e-9)


def test_zaider_minerbo_ignores_fractions_still_to_come() -> None:
    assert zaider(at_day=4.5) == pytest.approx(
        zaider(fraction_days=[0, 1, 2, 3, 4], fraction_effects=[0.5] * 5, at_day=4.5)
    )


def test_zaider_minerbo_does_not_overflow_after_a_large_effect() -> None:
    assert zaider(fraction_effects=[200.0] * 10) == 1
    assert zaider(fraction_effects=[0.0] * 10, death_rate_per_day=0, n_clonogens=1e9) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"fraction_effects": [0.5]},
        {"fraction_days": [0, 2, 1], "fraction_effects": [1, 1, 1]},
        {"fraction_days": [0, math.nan], "fraction_effects": [1, 1]},
        {"fraction_days": [[0, 1]], "fraction_effects": [[1, 1]]},
        {"at_day": -1},
        {"birth_rate_per_day": -0.1},
        {"n_clonogens": 0},
    ],
)
def test_zaider_minerbo_refuses_impossible_courses(changes: dict[str, object]) -> None:
    with pytest.raises(BedValueError):
        zaider(**changes)


def test_rectal_response_after_appelt_2013() -> None:
    response = tumour_response("rectal adenocarcinoma", endpoint="complete response")
    dose = EQD2(gy=np.array([49.56, 92.0]), alpha_beta=10)
    expected = 1 / (1 + math.exp(4 * 0.982 * (1 - 49.56 / 92)))
    np.testing.assert_allclose(response.probability(dose), [expected, 0.5])
    assert response.d50_interval_gy == (79.3, 144.9)


@pytest.mark.parametrize("dose", [EQD2(gy=50, alpha_beta=3), BED(gy=60, alpha_beta=10)])
def test_a_response_curve_refuses_another_dose_scale(dose: EQD2) -> None:
    response = tumour_response("rectal adenocarcinoma", endpoint="major response")
    with pytest.raises(BedTypeError, match="EQD2 at alpha/beta 10"):
        response.probability(dose)


def test_an_unknown_tumour_lists_the_known_ones() -> None:
    with pytest.raises(BedValueError, match="rectal adenocarcinoma: complete response"):
        tumour_response("prostate", endpoint="control")
    assert len(tumour_response_rows()) == 2


def test_complication_free_control_multiplies_what_is_independent() -> None:
    np.testing.assert_allclose(complication_free_control([0.8, 0.5], [0.1, 0.2]), [0.576, 0.36])
    assert complication_free_control(0.8, []) == 0.8


def test_agren_joins_dependent_and_independent_patients() -> None:
    assert control_without_complication_agren(0.7, 0.2, delta=0) == pytest.approx(0.5)
    assert control_without_complication_agren(0.7, 0.2, delta=1) == pytest.approx(0.7 * 0.8)
    assert control_without_complication_agren(0.1, 0.9, delta=0) == pytest.approx(-0.8)


@pytest.mark.parametrize("tcp", [1.2, -0.1, 60])
def test_a_percentage_is_no_probability(tcp: float) -> None:
    with pytest.raises(BedValueError, match="did you pass a percentage"):
        complication_free_control(tcp, [0.1])
