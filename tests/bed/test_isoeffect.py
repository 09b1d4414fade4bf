from __future__ import annotations

import math

import numpy as np
import pytest

from bed.errors import BedValueError
from bed.isoeffect import (
    alpha_beta_from_isoeffect,
    dose_per_fraction_for_bed,
    isoeffective_dose,
    n_fractions_for_bed,
    n_fractions_with_repopulation,
    total_dose_for_bed,
    tumour_bed_at_organ_limit,
)
from bed.lq import bed_from_dose
from bed.regimen import Regimen


@pytest.mark.parametrize(("n", "published"), [(3, 20.3), (4, 23.0)])
def test_equal_risk_cord_doses_of_hytec(n: int, published: float) -> None:
    assert n * dose_per_fraction_for_bed(bed_from_dose(12.4, 1, 2), n, 2) == pytest.approx(
        published, abs=0.06
    )


@pytest.mark.parametrize(("dose", "published"), [(29.2318, 32.0023), (14.6125, 15.3618)])
def test_fraction_number_correction_of_cerr(dose: float, published: float) -> None:
    assert isoeffective_dose(dose, 15, 10, new_n_fractions=35) == pytest.approx(published, abs=1e-4)


def test_pitfall_5_1_no_digits_are_lost_at_large_alpha_beta() -> None:
    for alpha_beta in (2e6, 1e14):
        exact = 2 - 4 / alpha_beta  # first order of 60 = 30 d (1 + d / alpha_beta)
        assert dose_per_fraction_for_bed(60, 30, alpha_beta) == pytest.approx(exact, rel=1e-11)
    assert dose_per_fraction_for_bed(60, 30, math.inf) == 2.0


def test_zero_and_uncovered_targets_pass_through() -> None:
    np.testing.assert_array_equal(dose_per_fraction_for_bed(np.array([0.0, np.nan]), 5, 3), [0.0, np.nan])
    np.testing.assert_array_equal(
        isoeffective_dose(np.array([0.0, np.nan]), 5, 3, new_n_fractions=25), [0, np.nan]
    )


def test_the_same_number_of_fractions_changes_nothing() -> None:
    assert isoeffective_dose(37.5, 5, 3, new_n_fractions=5) == pytest.approx(37.5, rel=1e-14)


def test_total_dose_for_fractions_of_two_gray_is_eqd2() -> None:
    assert total_dose_for_bed(78, 10, dose_per_fraction=2) == pytest.approx(65)
    np.testing.assert_allclose(total_dose_for_bed([78.0, 12.0], [10, 10], dose_per_fraction=2), [65.0, 10.0])


def test_pitfall_5_11_a_number_of_fractions_comes_with_its_whole_neighbours_and_what_they_miss() -> None:
    found = n_fractions_for_bed(78, 10, dose_per_fraction=2)
    assert found.n_fractions == pytest.approx(32.5)
    assert [(o.n_fractions, o.bed_gy, o.bed_error_gy) for o in found.options] == [
        (32, pytest.approx(76.8), pytest.approx(-1.2)),
        (33, pytest.approx(79.2), pytest.approx(1.2)),
    ]


def test_a_whole_solution_is_the_only_option() -> None:
    (option,) = n_fractions_for_bed(60 * 1.2, 10, dose_per_fraction=2).options
    assert (option.n_fractions, option.bed_error_gy) == (30, pytest.approx(0, abs=1e-9))


def test_less_than_one_fraction_offers_one_fraction_only() -> None:
    (option,) = n_fractions_for_bed(1.0, 10, dose_per_fraction=8).options
    assert option.n_fractions == 1
    assert option.bed_error_gy == pytest.approx(13.4)


@pytest.mark.parametrize("bad", [0, -1, math.inf, math.nan])
def test_targets_and_fraction_sizes_are_positive_and_finite(bad: float) -> None:
    with pytest.raises(BedValueError, match="bed_gy"):
        n_fractions_for_bed(bad, 10, dose_per_fraction=2)
    with pytest.raises(BedValueError, match="dose_per_fraction"):
        n_fractions_for_bed(78, 10, dose_per_fraction=bad)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("62Gy/20", "80Gy/40", 1.79), ("60Gy/20", "79.2Gy/44", 1.95), ("41.6Gy/13", "50Gy/25", 3.94)],
)
def test_alpha_beta_implied_by_trial_arms(first: str, second: str, expected: float) -> None:
    pair = Regimen.parse(first), Regimen.parse(second)
    assert alpha_beta_from_isoeffect(*pair) == pytest.approx(expected, abs=0.01)
    assert alpha_beta_from_isoeffect(*reversed(pair)) == pytest.approx(expected, abs=0.01)


def test_alpha_beta_is_undefined_for_equal_doses_and_refused_where_not_positive() -> None:
    with pytest.raises(BedValueError, match="same total dose"):
        alpha_beta_from_isoeffect(Regimen.parse("50Gy/25"), Regimen.parse("50Gy/10"))
    with pytest.raises(BedValueError, match="no positive alpha/beta"):
        alpha_beta_from_isoeffect(Regimen.parse("50Gy/25"), Regimen.parse("60Gy/15"))


def _weekdays(n: int) -> float:
    """Days from the first to the last of n fractions that start on a Monday."""
    return 7 * ((n - 1) // 5) + (n - 1) % 5


def _crossings(bed_gy: float, *, loss_per_day: float, max_fractions: int = 60) -> list[int]:
    options = n_fractions_with_repopulation(
        bed_gy,
        10,
        dose_per_fraction=2,
        loss_per_day=loss_per_day,
        kick_off=28,
        overall_time=_weekdays,
        max_fractions=max_fractions,
    )
    return [option.n_fractions for option in options]


def test_repopulation_with_one_crossing() -> None:
    # 28 fractions last 37 days: 67.2 - 9 x 0.9 = 59.1; 29 last 38: 69.6 - 9.0 = 60.6.
    assert _crossings(60, loss_per_day=0.9) == [28, 29]


def test_repopulation_that_eats_a_weekend_crosses_more_than_once() -> None:
    # K = 1.5: 25 fractions (32 d) net 54.0, 26 (35 d) net 51.9, 27 net 52.8, 28 net 53.7.
    assert _crossings(53.9, loss_per_day=1.5)[:4] == [24, 25, 26, 28]


def test_a_target_met_exactly_is_one_option_and_one_out_of_reach_is_none() -> None:
    assert _crossings(48, loss_per_day=0.0) == [20]
    assert _crossings(500, loss_per_day=0.9) == []


def test_more_fractions_help_the_tumour_only_where_the_organ_is_more_sensitive_to_fraction_size() -> None:
    n = np.arange(1, 40)
    kind = {"organ_bed_limit": 100.0, "tumour_alpha_beta": 10.0}
    spared = tumour_bed_at_organ_limit(n, sparing_factor=0.9, organ_alpha_beta=3.0, **kind)
    resistant = tumour_bed_at_organ_limit(n, sparing_factor=0.2, organ_alpha_beta=3.0, **kind)
    assert np.all(np.diff(spared) > 0)
    assert np.all(np.diff(resistant) < 0)


def test_the_organ_is_exactly_at_its_limit() -> None:
    # 0.5 x the tumour dose in 5 fractions: 5 d (1 + d / 3) = 100 gives d = 6.3899 Gy to the organ.
    tumour = tumour_bed_at_organ_limit(
        5, organ_bed_limit=100, sparing_factor=0.5, organ_alpha_beta=3, tumour_alpha_beta=10
    )
    each = 2 * 6.38987
    assert tumour == pytest.approx(5 * each * (1 + each / 10), rel=1e-5)
