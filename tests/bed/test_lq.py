from __future__ import annotations

import math
import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import truncnorm

from bed.errors import BedTypeError, BedValueError, OutsideValidityWarning
from bed.lq import (
    LQ,
    bed_from_dose,
    bed_to_eqd2,
    bed_to_eqdx,
    eqd2,
    eqd2_to_bed,
    eqdx,
    lq_effect,
    lq_effect_alpha_spread,
    lq_validity_note,
)
from bed.quantity import BED, EQD2
from bed.regimen import Regimen, parse_regimens

DOSES = st.floats(min_value=0.0, max_value=100.0)
FRACTIONS = st.integers(min_value=1, max_value=50)
ALPHAS = st.floats(min_value=0.02, max_value=1.0)
BETAS = st.floats(min_value=0.003, max_value=0.1)
SPREADS = st.floats(min_value=0.01, max_value=0.3)


@pytest.mark.parametrize(
    ("dose", "n", "alpha_beta", "published"),
    [(50, 25, 2, 100), (60, 25, 10, 74.4), (60, 20, 10, 78), (54, 3, 10, 151.2), (34, 1, 10, 149.6)],
)
def test_bed_of_published_schedules(dose: float, n: int, alpha_beta: float, published: float) -> None:
    assert bed_from_dose(dose, n, alpha_beta) == pytest.approx(published, abs=0.05)


@pytest.mark.parametrize(
    ("dose", "n", "alpha_beta", "published"),
    [(45, 15, 3, 54), (60, 60, 3, 48), (60, 20, 1.5, 77.14), (25.3, 5, 2, 44.65), (50, 10, 3, 80)],
)
def test_eqd2_of_published_schedules(dose: float, n: int, alpha_beta: float, published: float) -> None:
    assert eqd2(dose, n, alpha_beta) == pytest.approx(published, abs=0.006)


def test_h01_a_voxel_is_converted_with_its_own_dose_per_fraction() -> None:
    # 12 Gy in the cord from 50 Gy / 5: 2.4 Gy per fraction there, not the prescription's 10 Gy.
    assert eqd2(12, 5, 2) == pytest.approx(13.2)
    np.testing.assert_allclose(eqd2([12.0, 50.0], 5, 2), [13.2, 150.0])


def test_pitfall_5_12_half_the_prescription_is_not_converted_at_its_dose_per_fraction() -> None:
    assert eqd2(12.5, 5, 3) == pytest.approx(13.75)


def test_pitfall_5_13_conversion_comes_before_averaging() -> None:
    voxels = np.array([60.0, 20.0])
    assert np.mean(eqd2(voxels, 30, 3)) == pytest.approx(37.3, abs=0.05)
    assert eqd2(float(np.mean(voxels)), 30, 3) == pytest.approx(34.7, abs=0.05)


def test_pitfall_5_2_eqdx_stays_finite_at_vanishing_alpha_beta() -> None:
    for tiny in (1e-9, 1e-300, 5e-324):
        assert eqd2(25, 5, tiny) == pytest.approx(25 * 5 / 2)
        assert eqdx(np.array([25.0]), 5, np.array([tiny]), reference_dose_per_fraction=1.8)[
            0
        ] == pytest.approx(25 * 5 / 1.8)


def test_pitfall_5_2_bed_diverges_at_vanishing_alpha_beta_without_a_python_warning() -> None:
    assert bed_from_dose(25, 5, 1e-310) == np.inf
    np.testing.assert_array_equal(bed_from_dose(np.array([0.0, 25.0], np.float32), 5, 1e-300), [0.0, np.inf])


@pytest.mark.parametrize("huge", [1e14, 1e300, np.inf])
def test_pitfall_5_2_infinite_alpha_beta_returns_the_dose(huge: float) -> None:
    assert bed_from_dose(60, 30, huge) == pytest.approx(60, rel=1e-12)
    assert eqd2(60, 30, huge) == pytest.approx(60, rel=1e-12)
    np.testing.assert_allclose(eqd2(np.array([60.0, 1.0], np.float32), 5, huge), [60.0, 1.0], rtol=1e-6)


def test_pitfall_5_29_zero_dose_is_zero_and_nan_stays_not_covered() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for function in (bed_from_dose, eqd2):
            np.testing.assert_array_equal(function(np.array([0.0, np.nan]), 5, 3), [0.0, np.nan])


def test_float32_grids_stay_float32_and_integers_become_float64() -> None:
    grid = np.full((2, 3, 4), 50, dtype=np.float32)
    for function in (bed_from_dose, eqd2):
        assert function(grid, 25, 3).dtype == np.float32
        assert function(grid.astype(int), 25, 3).dtype == np.float64
    assert bed_to_eqd2(grid, 3).dtype == np.float32
    assert eqd2_to_bed(grid, 3).dtype == np.float32


def test_the_input_grid_is_not_changed() -> None:
    grid = np.array([10.0, 20.0])
    eqd2(grid, 5, 3)
    bed_from_dose(grid, 5, 3)
    np.testing.assert_array_equal(grid, [10.0, 20.0])


def test_arguments_broadcast_like_numpy_arrays() -> None:
    table = eqd2(25.0, np.array([5, 25])[:, None], np.array([3.0, 10.0, np.inf]))
    np.testing.assert_allclose(table, [[40.0, 31.25, 25.0], [20.0, 22.9166667, 25.0]])


@pytest.mark.parametrize("function", [bed_from_dose, eqd2])
def test_h07_invalid_input_never_returns_the_dose(function: object) -> None:
    assert callable(function)
    for dose, n, alpha_beta in [(50, 0, 3), (50, -5, 3), (50, 2.5, 3), (50, 25, 0), (50, 25, -3), (-1, 5, 3)]:
        with pytest.raises(BedValueError):
            function(dose, n, alpha_beta)


@pytest.mark.parametrize("typed", [BED(gy=50, alpha_beta=3), EQD2(gy=50, alpha_beta=3)])
def test_h08_a_converted_dose_is_not_converted_again(typed: object) -> None:
    with pytest.raises(BedTypeError):
        eqd2(typed, 25, 3)  # type: ignore[call-overload]


@pytest.mark.parametrize("bad", [0, -2, np.nan, np.inf])
def test_the_reference_dose_per_fraction_is_positive_and_finite(bad: float) -> None:
    with pytest.raises(BedValueError, match="reference_dose_per_fraction"):
        eqdx(50, 25, 3, reference_dose_per_fraction=bad)
    with pytest.raises(BedValueError, match="reference_dose_per_fraction"):
        bed_to_eqdx(50, 3, reference_dose_per_fraction=bad)


def test_conversions_between_bed_and_eqd2_keep_sign_and_refuse_infinity() -> None:
    assert bed_to_eqd2(-10, 10) == pytest.approx(-10 / 1.2)
    assert eqd2_to_bed(-10, 10) == pytest.approx(-12)
    assert bed_to_eqdx(72, 10, reference_dose_per_fraction=2) == bed_to_eqd2(72, 10)
    for function in (bed_to_eqd2, eqd2_to_bed):
        with pytest.raises(BedValueError, match="must be finite"):
            function(np.inf, 3)


def test_peak_memory_of_eqd2_is_one_temporary_of_the_grid() -> None:
    grid = np.full(2_000_000, 40, dtype=np.float32)
    tracemalloc.start()
    try:
        eqd2(grid, 25, 3)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.1 * grid.nbytes  # beside the input: 2.1 grids in all


def test_lq_of_a_regimen_is_typed_and_carries_alpha_beta() -> None:
    late, regimen = LQ(alpha_beta=3), Regimen.parse("25Gy/5")
    assert repr(late.eqd2_of(regimen)) == "EQD2(40 Gy, alpha/beta 3 Gy)"
    assert late.bed_of(regimen).to_eqd2().gy == pytest.approx(40)


def test_lq_of_a_sequence_adds_phase_by_phase() -> None:
    sequence = parse_regimens("45Gy/25 + 24Gy/3").regimens[0]
    assert LQ(alpha_beta=10).bed_of(sequence).gy == pytest.approx(96.3)


def test_pitfall_5_14_physical_doses_are_not_pooled() -> None:
    sequence = parse_regimens("25Gy/5 + 50Gy/25").regimens[0]
    assert LQ(alpha_beta=3).eqd2_of(sequence).gy == pytest.approx(90.0)
    assert LQ(alpha_beta=3).eqd2_of(Regimen.parse("75Gy/30")).gy == pytest.approx(82.5)


def test_several_fractions_a_day_need_a_statement_about_repair() -> None:
    twice = Regimen.parse("39Gy/26 BID")
    with pytest.raises(BedValueError, match="repair half-time"):
        LQ(alpha_beta=3).bed_of(twice)
    assert LQ(alpha_beta=3).bed_of(twice, assume_full_repair=True).gy == pytest.approx(58.5)


@pytest.mark.parametrize(
    "text", ["145Gy/1 permanent implant", "40Gy/1 LDR", "30Gy/60 PDR", "28Gy/4 radionuclide"]
)
def test_h24_a_source_whose_dose_rate_matters_is_refused(text: str) -> None:
    with pytest.raises(BedValueError, match="hours or days"):
        LQ(alpha_beta=3).eqd2_of(Regimen.parse(text), assume_full_repair=True)


def test_high_dose_rate_brachytherapy_counts_as_acute_fractions() -> None:
    assert LQ(alpha_beta=10).eqd2_of(Regimen.parse("28Gy/4 HDR")).gy == pytest.approx(39.6667, abs=1e-4)


def test_above_ten_gray_per_fraction_a_warning_travels_with_the_result() -> None:
    with pytest.warns(OutsideValidityWarning, match="18 Gy per fraction"):
        assert LQ(alpha_beta=10).bed_of(Regimen.parse("54Gy/3")).gy == pytest.approx(151.2)
    assert lq_validity_note(10) is None


@pytest.mark.parametrize("bad", [0, -3, np.nan])
def test_lq_needs_a_positive_alpha_beta(bad: float) -> None:
    with pytest.raises(BedValueError, match="alpha_beta"):
        LQ(alpha_beta=bad)
    with pytest.raises(BedTypeError, match="one number"):
        LQ(alpha_beta=np.array([3.0]))  # type: ignore[arg-type]


def test_two_gray_survival_of_a_known_cell_line() -> None:
    assert math.exp(-float(lq_effect(2, 1, alpha=0.3, beta=0.03))) == pytest.approx(math.exp(-0.72))


@given(dose=DOSES, n=FRACTIONS, alpha=ALPHAS, beta=BETAS)
def test_law_bed_is_the_effect_over_alpha(dose: float, n: int, alpha: float, beta: float) -> None:
    """BED = E / alpha with alpha/beta = alpha / beta."""
    effect = lq_effect(dose, n, alpha=alpha, beta=beta)
    assert effect / alpha == pytest.approx(bed_from_dose(dose, n, alpha / beta), rel=1e-12)


@pytest.mark.parametrize("dose", [5.0, 30.0, 60.0])
def test_the_closed_form_is_the_integral_over_the_cut_normal_distribution(dose: float) -> None:
    mean, spread, beta, n = 0.3, 0.12, 0.03, 20
    density = truncnorm(-mean / spread, np.inf, loc=mean, scale=spread).pdf
    survival, _ = quad(
        lambda a: density(a) * math.exp(-a * dose - beta * dose**2 / n), 0, 2, epsabs=0, epsrel=1e-10
    )
    effect = lq_effect_alpha_spread(dose, n, alpha_mean=mean, alpha_sd=spread, beta=beta)
    assert effect == pytest.approx(-math.log(survival), rel=1e-8)


@given(dose=DOSES, n=FRACTIONS, alpha=ALPHAS, beta=BETAS)
def test_law_a_vanishing_spread_is_one_population(dose: float, n: int, alpha: float, beta: float) -> None:
    """The effect of a spread population tends to that of one alpha as the spread tends to 0."""
    spread = lq_effect_alpha_spread(dose, n, alpha_mean=alpha, alpha_sd=1e-9, beta=beta)
    assert spread == pytest.approx(lq_effect(dose, n, alpha=alpha, beta=beta), rel=1e-9, abs=1e-12)


@given(doses=st.tuples(DOSES, DOSES), alpha=ALPHAS, spread=SPREADS)
def test_law_the_effective_alpha_falls_with_dose(
    doses: tuple[float, float], alpha: float, spread: float
) -> None:
    """E(D) / D does not rise with D when beta is 0, and E never falls."""
    low, high = sorted(doses)
    effects = np.asarray(lq_effect_alpha_spread([low, high], 1, alpha_mean=alpha, alpha_sd=spread, beta=0.0))
    assert effects[1] >= effects[0] - 1e-9
    assert effects[1] * low <= effects[0] * high * (1 + 1e-9) + 1e-9


@given(doses=st.lists(DOSES, min_size=1, max_size=4))
def test_law_scalar_and_array_agree(doses: list[float]) -> None:
    """f(array)[i] == f(array[i])."""
    for function in (
        lambda dose: lq_effect(dose, 5, alpha=0.3, beta=0.03),
        lambda dose: lq_effect_alpha_spread(dose, 5, alpha_mean=0.3, alpha_sd=0.1, beta=0.03),
    ):
        np.testing.assert_allclose(function(doses), [function(dose) for dose in doses], rtol=1e-14)


def test_uncovered_voxels_stay_uncovered() -> None:
    assert math.isnan(np.asarray(lq_effect([1.0, math.nan], 5, alpha=0.3, beta=0.0))[1])


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf])
def test_coefficients_are_numbers_in_their_range(bad: float) -> None:
    with pytest.raises(BedValueError, match="beta"):
        lq_effect(2, 1, alpha=0.3, beta=bad)
    with pytest.raises(BedValueError, match="beta"):
        lq_effect_alpha_spread(2, 1, alpha_mean=0.3, alpha_sd=0.1, beta=bad)
    if bad != math.inf:
        with pytest.raises(BedValueError, match="alpha"):
            lq_effect(2, 1, alpha=bad, beta=0.03)
        with pytest.raises(BedValueError, match="alpha_sd"):
            lq_effect_alpha_spread(2, 1, alpha_mean=0.3, alpha_sd=bad, beta=0.03)
