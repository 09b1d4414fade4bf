"""Response curves keep their slope together with its meaning."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate

from bed.errors import BedValueError
from bed.outcome import (
    CoxCurve,
    KallmanCurve,
    LogisticCurve,
    LogisticRegression,
    LogLogisticCurve,
    PoissonCurve,
    ProbitCurve,
    ResponseCurve,
    gamma50_from_m,
    m_from_gamma50,
    shifted_by_risk_factors,
)

CURVES: list[ResponseCurve] = [
    ProbitCurve(d50_gy=60, m=0.15),
    LogisticCurve(d50_gy=60, gamma50=2.5),
    LogLogisticCurve(d50_gy=60, gamma50=2.5),
    KallmanCurve(d50_gy=60, gamma=2.5),
    PoissonCurve(d50_gy=60, gamma37=2.5),
    LogisticRegression(intercept=-6, per_gy=0.1),
    CoxCurve(baseline_hazard=math.log(2) * math.exp(-6), per_gy=0.1),
]
WITH_GAMMA50 = [curve for curve in CURVES if hasattr(curve, "gamma50")]


@pytest.mark.parametrize("curve", CURVES, ids=lambda c: type(c).__name__)
def test_half_respond_at_d50(curve: ResponseCurve) -> None:
    assert curve.d50_gy == pytest.approx(60)
    assert curve.probability(curve.d50_gy) == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("curve", WITH_GAMMA50, ids=lambda c: type(c).__name__)
def test_pitfall_5_23_gamma50_is_the_normalised_slope_at_d50_whatever_the_curve(curve: ProbitCurve) -> None:
    step = 1e-4
    slope = (curve.probability(60 + step) - curve.probability(60 - step)) / (2 * step)
    assert 60 * slope == pytest.approx(curve.gamma50, rel=1e-6)


def test_pitfall_5_23_the_two_poisson_forms_of_one_gamma_are_different_curves() -> None:
    kallman, poisson = KallmanCurve(d50_gy=60, gamma=2.0), PoissonCurve(d50_gy=60, gamma37=2.0)
    assert kallman.probability(50) == pytest.approx(0.5 ** math.exp(math.e * 2 * (1 - 5 / 6)))
    assert abs(kallman.probability(50) - poisson.probability(50)) > 0.01


def test_pitfall_5_23_logit_and_probit_of_one_gamma50_part_away_from_d50() -> None:
    probit = ProbitCurve.from_gamma50(d50_gy=60, gamma50=2.0)
    logit = LogisticCurve(d50_gy=60, gamma50=2.0)
    assert probit.probability(30) < 0.4 * logit.probability(30)


def test_gamma37_is_the_steepest_normalised_slope_of_the_poisson_curve() -> None:
    curve = PoissonCurve.from_clonogens(d50_gy=60, n_clonogens=1e7)
    dose = np.linspace(40, 80, 40_001)
    slope = dose * np.gradient(curve.probability(dose), dose)
    d37 = np.interp(math.exp(-1), curve.probability(dose), dose)
    assert np.interp(d37, dose, slope) == pytest.approx(curve.gamma37, rel=1e-5)


def test_lyman_m_is_the_relative_standard_deviation_of_tolerance() -> None:
    curve = ProbitCurve(d50_gy=60, m=0.15)
    density = lambda d: math.exp(-0.5 * ((d - 60) / 9) ** 2) / (9 * math.sqrt(2 * math.pi))  # noqa: E731
    assert curve.probability(66) == pytest.approx(integrate.quad(density, -100, 66)[0], rel=1e-9)


def test_slope_conversions_invert_each_other() -> None:
    assert m_from_gamma50(gamma50_from_m(0.17)) == pytest.approx(0.17)
    assert ProbitCurve.from_gamma50(d50_gy=50, gamma50=gamma50_from_m(0.2)).m == pytest.approx(0.2)


@pytest.mark.parametrize("curve", CURVES, ids=lambda c: type(c).__name__)
def test_extreme_doses_give_certain_answers_without_warnings(curve: ResponseCurve) -> None:
    low, high = curve.probability([0.0, 1e7])
    assert 0 <= low < 0.01
    assert high == 1


@pytest.mark.parametrize("curve", CURVES, ids=lambda c: type(c).__name__)
def test_nan_stays_nan_and_shapes_are_kept(curve: ResponseCurve) -> None:
    found = curve.probability(np.array([[10.0, math.nan], [60.0, 70.0]]))
    assert found.shape == (2, 2)
    assert math.isnan(found[0, 1])
    assert found[1, 1] == curve.probability(70.0)


def test_small_probabilities_keep_their_digits() -> None:
    assert ProbitCurve(d50_gy=76.9, m=0.13).probability(0.0) == pytest.approx(7.2e-15, rel=0.02)


def test_risk_factors_shift_the_logit_by_the_log_of_the_odds_ratio() -> None:
    curve = LogisticCurve(d50_gy=34.4, gamma50=1.19)
    shifted = shifted_by_risk_factors(curve, odds_ratio=1.6)
    for dose in (5.0, 20.0, 50.0):
        p, q = curve.probability(dose), shifted.probability(dose)
        assert (q / (1 - q)) / (p / (1 - p)) == pytest.approx(1.6)


def test_an_odds_ratio_too_large_for_the_curve_is_refused() -> None:
    with pytest.raises(BedValueError, match="no positive D50"):
        shifted_by_risk_factors(LogisticCurve(d50_gy=34.4, gamma50=0.2), odds_ratio=10)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: ProbitCurve(d50_gy=0, m=0.1),
        lambda: ProbitCurve(d50_gy=60, m=-0.1),
        lambda: LogisticCurve(d50_gy=math.nan, gamma50=1),
        lambda: LogLogisticCurve(d50_gy=60, gamma50=0),
        lambda: KallmanCurve(d50_gy=60, gamma=math.inf),
        lambda: PoissonCurve(d50_gy=60, gamma37=-1),
        lambda: LogisticRegression(intercept=math.nan, per_gy=1),
        lambda: LogisticRegression(intercept=-1, per_gy=0),
        lambda: CoxCurve(baseline_hazard=0, per_gy=1),
        lambda: gamma50_from_m(0),
        lambda: m_from_gamma50(-1),
        lambda: shifted_by_risk_factors(LogisticCurve(d50_gy=60, gamma50=1), odds_ratio=0),
    ],
)
def test_impossible_parameters_are_refused(wrong: object) -> None:
    with pytest.raises(BedValueError):
        wrong()  # type: ignore[operator]
