"""High dose per fraction: joints, branches, inverses, and what is not defined."""

from __future__ import annotations

import numpy as np
import pytest

from bed.errors import BedValueError, OutsideValidityWarning
from bed.high_dose import (
    bed_lqc,
    bed_lql,
    bed_lql_incomplete_repair,
    bed_mlq,
    bed_mlq_protracted,
    bed_usc,
    beside_lq,
    dose_per_fraction_lqc,
    dose_per_fraction_lql,
    dose_per_fraction_mlq,
    dose_per_fraction_usc,
    eqd2_lqc,
    eqd2_lql,
    eqd2_mlq,
    eqd2_usc,
    lql_tangent_slope,
    single_fraction_equivalent_dose_usc,
    usc_alpha_beta,
    usc_beta,
    usc_transition_dose,
)
from bed.kinetics import bed_incomplete_repair, incomplete_repair_factor, lea_catcheside
from bed.lq import bed_from_dose

LUNG = {"alpha": 0.33, "d0": 1.25, "dq": 1.8}


def slope(function, at: float, side: float) -> float:
    """One-sided numerical slope of a per-fraction BED."""
    step = side * 1e-6
    return (function(at + step) - function(at)) / step


@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
def test_pitfall_5_03_lql_value_is_continuous_for_every_final_slope(gamma: float) -> None:
    at = [4 - 1e-9, 4.0, 4 + 1e-9]
    bed = bed_lql(at, 1, 2, transition_dose=4, gamma_over_alpha=gamma)
    assert bed == pytest.approx(12.0, abs=1e-7)


def test_pitfall_5_03_lql_slope_is_continuous_only_for_the_tangent() -> None:
    for gamma, joins in ((5.0, True), (3.0, False)):

        def per_fraction(d: float, gamma: float = gamma) -> float:
            return float(bed_lql(d, 1, 2, transition_dose=4, gamma_over_alpha=gamma))

        assert (slope(per_fraction, 4, 1) == pytest.approx(slope(per_fraction, 4, -1), rel=1e-5)) is joins


def test_pitfall_5_03_usc_is_smooth_at_its_transition_dose() -> None:
    at = float(usc_transition_dose(**LUNG))

    def per_fraction(d: float) -> float:
        return float(bed_usc(d, 1, **LUNG))

    assert slope(per_fraction, at, 1) == pytest.approx(slope(per_fraction, at, -1), rel=1e-5)
    assert slope(per_fraction, at, 1) == pytest.approx(1 / (0.33 * 1.25), rel=1e-6)


def test_pitfall_5_03_usc_with_its_own_alpha_beta_only() -> None:
    assert usc_alpha_beta(**LUNG) == pytest.approx(0.33 / np.asarray(usc_beta(**LUNG)), rel=1e-15)
    at = np.asarray(usc_transition_dose(**LUNG))
    free = at * (1 + at / 10.0)  # an independently chosen alpha/beta of 10 would jump here
    assert abs(free - (at - 1.8) / (0.33 * 1.25)) > 0.5


def test_usc_refuses_a_final_slope_no_steeper_than_the_initial_one() -> None:
    with pytest.raises(BedValueError, match="alpha d0 < 1"):
        usc_beta(0.9, 1.25, 1.8)


@pytest.mark.parametrize("d", [0.0, 0.5, 3.999999, 4.0, 4.000001, 12.0, 60.0])
def test_pitfall_5_03_lql_inverse_chooses_its_branch_by_bed(d: float) -> None:
    model = {"transition_dose": 4, "gamma_over_alpha": 3.0}
    bed = bed_lql(3 * d, 3, 2, **model)
    assert dose_per_fraction_lql(bed, 3, 2, **model) == pytest.approx(d, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("d", [0.0, 0.5, 6.127659, 6.1276596, 12.0, 34.0])
def test_usc_inverse_gives_the_dose_back_on_both_branches(d: float) -> None:
    assert dose_per_fraction_usc(bed_usc(3 * d, 3, **LUNG), 3, **LUNG) == pytest.approx(
        d, rel=1e-12, abs=1e-15
    )


def test_single_fraction_equivalent_dose_of_large_fractions() -> None:
    assert single_fraction_equivalent_dose_usc(54, 3, **LUNG) == pytest.approx(54 - 2 * 1.8, rel=1e-12)
    assert single_fraction_equivalent_dose_usc(3, 1, **LUNG) == pytest.approx(3, rel=1e-12)


def test_pitfall_5_04_transition_at_twice_alpha_beta_makes_eqd2_non_monotone() -> None:
    ratios = np.linspace(1, 10, 91)
    tied = np.asarray(eqd2_lql(36.25, 5, ratios, transition_dose=2 * ratios, gamma_over_alpha=5))
    fixed = np.asarray(
        eqd2_lql(36.25, 5, ratios, transition_dose=6, gamma_over_alpha=lql_tangent_slope(ratios, 6))
    )
    assert np.ptp(np.sign(np.diff(tied))) == 2
    assert (np.diff(fixed) < 0).all()


def test_pitfall_5_08_several_fractions_a_day_above_the_transition_are_not_defined_not_zero() -> None:
    h = incomplete_repair_factor(2, 6, 1.5)
    with pytest.warns(OutsideValidityWarning, match="not defined"):
        bed = bed_lql_incomplete_repair([15, 60], 10, 3, h, transition_dose=5)
    below = bed_incomplete_repair(15, 10, 3, fractions_per_day=2, interval_h=6, repair_half_time_h=1.5)
    assert bed[0] == pytest.approx(below, rel=1e-14)  # type: ignore[index]
    assert np.isnan(bed[1])  # type: ignore[index]


def test_lql_steeper_than_lq_is_warned_of() -> None:
    with pytest.warns(OutsideValidityWarning, match="steeper"):
        bed_lql(40, 5, 2, transition_dose=4, gamma_over_alpha=6)


def test_models_equal_lq_below_their_transition() -> None:
    assert bed_lql(30, 10, 2, transition_dose=4, gamma_over_alpha=5) == pytest.approx(
        bed_from_dose(30, 10, 2)
    )
    assert bed_usc(30, 10, **LUNG) == pytest.approx(30 * (1 + 3 / np.asarray(usc_alpha_beta(**LUNG))))
    assert bed_mlq(30, 10, 2, delta=0) == pytest.approx(bed_from_dose(30, 10, 2))
    assert bed_lqc(30, 10, 2, straight_dose=1e9) == pytest.approx(bed_from_dose(30, 10, 2))


def test_eqd2_of_two_gray_fractions_is_the_dose_in_every_model() -> None:
    assert eqd2_lql(60, 30, 3, transition_dose=1.5, gamma_over_alpha=2) == pytest.approx(60)
    assert eqd2_usc(60, 30, **LUNG) == pytest.approx(60)
    assert eqd2_mlq(60, 30, 3, delta=0.15) == pytest.approx(60)
    assert eqd2_lqc(60, 30, 3, straight_dose=8) == pytest.approx(60)


def test_mlq_agrees_with_its_antiderivative() -> None:
    d, delta, ratio = 18.0, 0.15, 10.0
    expected = d + 2 / (delta**2 * ratio) * (delta * d + np.exp(-delta * d) - 1)
    assert bed_mlq(3 * d, 3, ratio, delta=delta) == pytest.approx(3 * expected, rel=1e-13)


def test_mlq_slope_tends_to_its_terminal_value() -> None:
    bed = np.asarray(bed_mlq([90, 91], 1, 10, delta=0.5))
    assert np.diff(bed)[0] == pytest.approx(1 + 2 / (0.5 * 10), rel=1e-10)


def test_protracted_mlq_has_lq_with_protraction_and_acute_mlq_as_limits() -> None:
    time = {"duration_h": 0.5, "repair_half_time_h": 1.5}
    g = lea_catcheside(0.5 * np.log(2) / 1.5)
    assert bed_mlq_protracted(54, 3, 10, delta=0, **time) == pytest.approx(54 * (1 + np.asarray(g) * 1.8))
    instant = bed_mlq_protracted(54, 3, 10, delta=0.15, duration_h=0, repair_half_time_h=1.5)
    assert instant == pytest.approx(bed_mlq(54, 3, 10, delta=0.15), rel=1e-14)


def test_lqc_is_straight_where_it_ends_and_not_defined_beyond() -> None:
    per_fraction = np.asarray(bed_lqc(np.array([9.98, 9.99, 10.0]), 1, 3, straight_dose=10))
    assert np.diff(per_fraction, n=2)[0] == pytest.approx(0, abs=1e-5)
    with pytest.warns(OutsideValidityWarning, match="not defined"):
        bed = bed_lqc([30, 33], 3, 3, straight_dose=10)
    assert np.isnan(bed).tolist() == [False, True]


def test_lqc_inverse_beyond_its_reach_is_not_defined() -> None:
    reach = bed_lqc(10, 1, 3, straight_dose=10)
    with pytest.warns(OutsideValidityWarning, match="beyond"):
        d = dose_per_fraction_lqc(np.array([0.5, 1.0, 1.001]) * reach, 1, 3, straight_dose=10)
    assert np.isnan(d).tolist() == [False, False, True]
    assert d[1] == pytest.approx(10, rel=1e-12)  # type: ignore[index]


def test_lqc_needs_room_for_a_two_gray_fraction() -> None:
    with pytest.raises(BedValueError, match=">= 2 Gy"):
        eqd2_lqc(10, 10, 3, straight_dose=1.5)
    assert eqd2_lqc(10, 5, 3, straight_dose=2.0) == pytest.approx(10)  # just within the model


def test_pitfall_5_29_every_model_keeps_zero_dose_and_uncovered_voxels() -> None:
    dose = [0.0, np.nan]
    for bed in (
        bed_lql(dose, 5, 2, transition_dose=4, gamma_over_alpha=5),
        bed_usc(dose, 5, **LUNG),
        bed_mlq(dose, 5, 2, delta=0.1),
        bed_mlq_protracted(dose, 5, 2, delta=0.1, duration_h=0.1, repair_half_time_h=1.5),
        bed_lqc(dose, 5, 2, straight_dose=10),
        np.asarray(dose_per_fraction_mlq(dose, 5, 2, delta=0.1)) * 5,
        np.asarray(dose_per_fraction_lqc(dose, 5, 2, straight_dose=10)) * 5,
    ):
        assert bed[0] == pytest.approx(0, abs=1e-12)  # type: ignore[index]
        assert np.isnan(bed[1])  # type: ignore[index]


def test_centigray_is_asked_for() -> None:
    with pytest.raises(BedValueError, match="did you pass cGy"):
        bed_lql(5400, 3, 10, transition_dose=8, gamma_over_alpha=2)


@pytest.mark.parametrize("ratio", [2e6, 1e14, np.inf])
def test_pitfall_5_01_inverses_do_not_cancel_at_huge_alpha_beta(ratio: float) -> None:
    expected = 2 / (1 + 2 / ratio)  # to first order in 1 / (alpha/beta)
    lql = dose_per_fraction_lql(60, 30, ratio, transition_dose=8, gamma_over_alpha=1)
    mlq = dose_per_fraction_mlq(60, 30, ratio, delta=0.1)
    lqc = dose_per_fraction_lqc(60, 30, ratio, straight_dose=50)
    assert [lql, mlq, lqc] == pytest.approx([expected] * 3, rel=1e-7)
    assert lql == pytest.approx(expected, rel=1e-11)


def test_pitfall_5_02_infinite_alpha_beta_is_the_dose_and_zero_is_refused() -> None:
    assert bed_mlq(54, 3, np.inf, delta=0.1) == pytest.approx(54)
    assert dose_per_fraction_mlq(54, 3, np.inf, delta=0.1) == pytest.approx(18)
    for bad in (0, -3, np.nan):
        with pytest.raises(BedValueError, match="alpha_beta"):
            bed_mlq(54, 3, bad, delta=0.1)


def test_model_stands_beside_lq_with_the_difference() -> None:
    dose = [15.0, 54.0]
    pair = beside_lq("USC", bed_usc(dose, 3, **LUNG), dose, 3, usc_alpha_beta(**LUNG), transition_dose=6.13)
    assert pair.model == "USC"
    assert pair.above_transition.tolist() == [False, True]  # type: ignore[attr-defined]
    assert pair.difference_gy[0] == pytest.approx(0, abs=1e-12)  # type: ignore[index]
    assert pair.lq_bed_gy[1] > pair.model_bed_gy[1]  # type: ignore[index]
    one = beside_lq("mLQ", 100.0, 54, 3, 10, transition_dose=0)
    assert one.above_transition is True
    assert one.difference_gy == pytest.approx(100 - 151.2)
