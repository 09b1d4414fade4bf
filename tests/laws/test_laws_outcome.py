"""Laws of equivalent doses, dose response, tumour control and complications."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bed.outcome import (
    CoxCurve,
    KallmanCurve,
    LogisticCurve,
    LogisticRegression,
    LogLogisticCurve,
    PoissonCurve,
    ProbitCurve,
    ResponseCurve,
    cell_kill_eud,
    complication_free_control,
    control_without_complication_agren,
    damaged_fraction,
    gamma50_from_m,
    geud,
    log_surviving_clonogens,
    m_from_gamma50,
    ntcp_lkb,
    ntcp_relative_seriality,
    shifted_by_risk_factors,
    tcp_alpha_spread,
    tcp_from_log_survivors,
    tcp_poisson,
    tcp_zaider_minerbo,
    tumour_recurrence_from_log_survivors,
)

dose = st.one_of(st.just(0.0), st.floats(min_value=1e-9, max_value=100))
voxels = hnp.arrays(np.float64, st.integers(1, 8), elements=dose)
exponents = st.one_of(
    st.floats(-50, -0.01), st.floats(0.01, 50), st.sampled_from([-1e-7, 1e-7, math.inf, -math.inf])
)
d50 = st.floats(min_value=10, max_value=90)
slope = st.floats(min_value=0.3, max_value=6)
probability = st.floats(min_value=0, max_value=1)


@st.composite
def curves(draw: st.DrawFn) -> ResponseCurve:
    middle, steep = draw(d50), draw(slope)
    kind = draw(st.integers(0, 6))
    return (
        ProbitCurve(d50_gy=middle, m=m_from_gamma50(steep)),
        LogisticCurve(d50_gy=middle, gamma50=steep),
        LogLogisticCurve(d50_gy=middle, gamma50=steep),
        KallmanCurve(d50_gy=middle, gamma=steep),
        PoissonCurve(d50_gy=middle, gamma37=steep),
        LogisticRegression(intercept=-4 * steep, per_gy=4 * steep / middle),
        CoxCurve(baseline_hazard=math.log(2) * math.exp(-4 * steep), per_gy=4 * steep / middle),
    )[kind]


@given(voxels, exponents)
def test_geud_lies_between_the_coldest_and_the_hottest_voxel(d: np.ndarray, a: float) -> None:
    """The equivalent dose of a distribution is one that occurs between its extremes."""
    found = geud(d, a=a)
    assert d.min() * (1 - 1e-9) <= found <= d.max() * (1 + 1e-9) + 1e-300


@given(dose, exponents, st.integers(1, 6))
def test_geud_of_a_uniform_dose_is_that_dose(d: float, a: float, n: int) -> None:
    """A uniform distribution is its own equivalent, whatever the exponent."""
    assert geud([d] * n, a=a) == pytest.approx(d, rel=1e-9, abs=1e-300)


@given(voxels, exponents, exponents)
def test_geud_never_falls_with_its_exponent(d: np.ndarray, one: float, other: float) -> None:
    """A larger exponent looks more at hot voxels (power mean inequality)."""
    low, high = sorted((one, other))
    assert geud(d, a=low) <= geud(d, a=high) * (1 + 1e-7) + 1e-12


@given(voxels, exponents, st.floats(min_value=0.01, max_value=100))
def test_geud_scales_with_dose(d: np.ndarray, a: float, factor: float) -> None:
    """Twice the dose everywhere is twice the equivalent dose."""
    assert geud(factor * d, a=a) == pytest.approx(factor * geud(d, a=a), rel=1e-7, abs=1e-200)


@given(voxels, exponents, st.integers(2, 4))
def test_a_bin_split_in_parts_changes_nothing(d: np.ndarray, a: float, parts: int) -> None:
    """Voxels of one volume, or fewer bins of more volume, give the same equivalent dose."""
    assert geud(np.repeat(d, parts), a=a) == pytest.approx(
        geud(d, a=a, volume=np.full(d.size, float(parts))), rel=1e-7, abs=1e-200
    )


@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 5)), elements=dose), exponents)
def test_geud_of_many_plans_is_the_geud_of_each(plans: np.ndarray, a: float) -> None:
    """An array of any leading shape gives what each of its rows gives."""
    np.testing.assert_allclose(geud(plans, a=a), [geud(row, a=a) for row in plans], rtol=1e-12)


@given(voxels, st.floats(0.2, 0.9), st.floats(1, 20))
def test_cell_kill_eud_lies_between_the_extreme_eqd2(d: np.ndarray, sf2: float, alpha_beta: float) -> None:
    """The dose that leaves the same survival lies between the smallest and the largest EQD2."""
    each = d * (d / 25 + alpha_beta) / (2 + alpha_beta)
    found = cell_kill_eud(d, sf2=sf2, n_fractions=25, alpha_beta=alpha_beta)
    assert each.min() - 1e-6 <= found <= each.max() + 1e-6


@given(curves(), dose, dose)
def test_response_never_falls_with_dose_and_is_a_probability(
    curve: ResponseCurve, one: float, other: float
) -> None:
    """More dose never responds less, and every response lies in [0, 1]."""
    low, high = sorted((one, other))
    assert 0 <= curve.probability(low) <= curve.probability(high) <= 1


@given(curves(), hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=3), elements=dose))
def test_response_of_an_array_is_the_response_of_its_elements(curve: ResponseCurve, d: np.ndarray) -> None:
    """Shapes are kept and every element is answered by itself."""
    found = np.asarray(curve.probability(d))
    assert found.shape == d.shape
    expected = [curve.probability(float(x)) for x in d.ravel()]
    np.testing.assert_allclose(found.ravel(), expected, rtol=1e-12, atol=0)


@given(slope)
def test_m_and_gamma50_convert_into_each_other(gamma50: float) -> None:
    """The two slopes of a probit curve are reciprocal up to sqrt(2 pi)."""
    assert gamma50_from_m(m_from_gamma50(gamma50)) == pytest.approx(gamma50, rel=1e-14)


@given(d50, slope, st.floats(0.2, 5), st.floats(0.2, 5))
def test_risk_factors_multiply(middle: float, steep: float, one: float, other: float) -> None:
    """Two risk factors shift the curve as their product does, in either order."""
    assume(abs(math.log(one)) + abs(math.log(other)) < 3.9 * steep)
    curve = LogisticCurve(d50_gy=middle, gamma50=steep)
    both = shifted_by_risk_factors(curve, odds_ratio=one * other)
    in_turn = shifted_by_risk_factors(shifted_by_risk_factors(curve, odds_ratio=other), odds_ratio=one)
    assert in_turn.d50_gy == pytest.approx(both.d50_gy, rel=1e-9)
    assert in_turn.gamma50 == pytest.approx(both.gamma50, rel=1e-9)


@given(st.floats(0, 200), st.floats(0, 200), st.floats(0.05, 0.6), st.floats(1, 1e10))
def test_control_never_falls_with_bed(one: float, other: float, alpha: float, n: float) -> None:
    """More BED never controls fewer tumours, more clonogens never more."""
    low, high = sorted((one, other))
    assert tcp_poisson(low, alpha=alpha, n_clonogens=n) <= tcp_poisson(high, alpha=alpha, n_clonogens=n)
    assert tcp_poisson(low, alpha=alpha, n_clonogens=10 * n) <= tcp_poisson(low, alpha=alpha, n_clonogens=n)


@given(hnp.arrays(np.float64, st.integers(1, 6), elements=st.floats(20, 120)), st.floats(0.1, 0.5))
def test_a_tumour_is_controlled_when_all_its_parts_are(bed: np.ndarray, alpha: float) -> None:
    """The control of a whole is the product of the control of its parts."""
    whole = tcp_from_log_survivors(log_surviving_clonogens(bed, alpha=alpha, n_clonogens=1e6))
    parts = np.prod([tcp_poisson(b, alpha=alpha, n_clonogens=1e6) for b in bed])
    assert whole == pytest.approx(parts, rel=1e-9, abs=1e-300)


@given(st.floats(-80, 5))
def test_control_and_recurrence_add_up(log_survivors: float) -> None:
    """TCP and its complement add to one, each to its own last digit."""
    total = tcp_from_log_survivors(log_survivors) + tumour_recurrence_from_log_survivors(log_survivors)
    assert total == pytest.approx(1, abs=1e-15)


@settings(max_examples=40, deadline=None)
@given(st.floats(20, 150), st.floats(0.15, 0.5), st.floats(0.01, 0.15), st.floats(10, 1e9))
def test_control_with_spread_lies_between_0_and_1_and_rises_with_bed(
    bed: float, mean: float, sd: float, n: float
) -> None:
    """A population's control is a probability and never falls with BED."""
    less, more = (tcp_alpha_spread(b, alpha_mean=mean, alpha_sd=sd, n_clonogens=n) for b in (bed, 1.2 * bed))
    assert 0 <= less <= more * (1 + 1e-6) <= 1 + 2e-6


@given(
    st.lists(st.floats(0.05, 1.5), min_size=1, max_size=20),
    st.floats(0, 0.5),
    st.floats(0, 0.5),
    st.floats(1, 1e6),
)
def test_zaider_minerbo_waiting_changes_nothing_without_deaths_and_never_lowers_control(
    effects: list[float], birth: float, death: float, n: float
) -> None:
    """After the last fraction births alone sterilise nobody, and deaths never lower the control."""

    def control(at_day: float, b: float, d: float) -> float:
        return tcp_zaider_minerbo(
            fraction_days=list(range(len(effects))),
            fraction_effects=effects,
            at_day=at_day,
            n_clonogens=n,
            birth_rate_per_day=b,
            death_rate_per_day=d,
        )

    last = float(len(effects))
    assert control(last, birth, 0) == pytest.approx(control(last + 30, birth, 0), rel=1e-9, abs=1e-12)
    assert control(last, 0, death) <= control(last + 30, 0, death) + 1e-12
    assert 0 <= control(last, birth, death) <= control(last + 30, birth, death) + 1e-9


@given(voxels, d50, st.floats(0.5, 5), st.floats(0.02, 1))
def test_relative_seriality_lies_below_the_hottest_voxel(
    d: np.ndarray, middle: float, gamma: float, s: float
) -> None:
    """An organ responds between what its lowest and its highest dose would do to all of it."""
    curve = KallmanCurve(d50_gy=middle, gamma=gamma)
    found = ntcp_relative_seriality(d, curve=curve, seriality=s)
    assert curve.probability(d.min()) * (1 - 1e-6) <= found <= curve.probability(d.max()) * (1 + 1e-6) + 1e-12


@given(voxels, st.floats(0.02, 1), st.floats(0.05, 0.5))
def test_lkb_lies_between_uniform_extremes(d: np.ndarray, n: float, m: float) -> None:
    """The complication of a distribution lies between those of its extreme doses given uniformly."""
    low, found, high = (ntcp_lkb(x, td50=50, m=m, n=n) for x in (np.full(1, d.min()), d, np.full(1, d.max())))
    assert low - 1e-9 <= found <= high + 1e-9


@given(voxels, curves())
def test_damage_is_a_fraction(d: np.ndarray, curve: ResponseCurve) -> None:
    """The damaged part of an organ is neither negative nor more than the organ."""
    assert 0 <= damaged_fraction(d, curve=curve) <= 1 + 1e-12


@given(probability, probability, probability)
def test_independent_control_without_complication_is_the_agren_form_at_delta_one(
    tcp: float, ntcp: float, delta: float
) -> None:
    """With delta = 1 both forms agree; with less, dependence lowers the result."""
    independent = complication_free_control(tcp, [ntcp])
    assert control_without_complication_agren(tcp, ntcp, delta=1) == pytest.approx(independent, abs=1e-12)
    assert control_without_complication_agren(tcp, ntcp, delta=delta) <= independent + 1e-12
