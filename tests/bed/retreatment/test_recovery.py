"""Recovery: bounded to its tissue, applied to EQD2 and never to physical dose."""

from __future__ import annotations

import numpy as np
import pytest

from bed.errors import BedTypeError, BedValueError
from bed.lq import eqd2
from bed.quantity import EQD2, PhysicalDose
from bed.retreatment import (
    DAYS_PER_MONTH,
    DAYS_PER_YEAR,
    Recovery,
    RecoverySteps,
    damage_decay_recovery,
    linear_recovery,
    no_recovery,
    recovered_fraction,
    recovery_rule,
    stated_recovery,
)


def days(months: float) -> float:
    return months * DAYS_PER_MONTH


def test_no_recovery_is_a_statement_and_keeps_everything() -> None:
    rule = no_recovery()
    assert rule.apply(43.2, interval_days=10_000) == 43.2
    assert rule.statement(10_000) == "No recovery assumed: the earlier course counts in full."
    assert not rule.assumes_recovery
    assert rule.applies_to("GTVp")


def test_an_unverified_rule_says_so_in_its_statement() -> None:
    assert (
        recovery_rule("michigan-2019", tissue="Rectum").statement(500).endswith("Unverified transcription.")
    )


def test_pitfall_5_16_recovery_acts_on_eqd2_and_refuses_physical_dose() -> None:
    rule = stated_recovery(fraction=0.25, tissue="Rectum", source="pitfall 5.16")
    converted_first = rule.apply(eqd2(25, 5, 3), interval_days=400)
    assert converted_first == pytest.approx(30.0)
    assert eqd2(0.75 * 25, 5, 3) == pytest.approx(25.3, abs=0.05)
    with pytest.raises(BedTypeError, match="convert the physical dose"):
        rule.apply(PhysicalDose(gy=25), interval_days=400)


def test_recovery_keeps_the_type_and_the_alpha_beta() -> None:
    rule = recovery_rule("step-25-50", tissue="SpinalCord")
    kept = rule.apply(EQD2(gy=np.array([40.0, 20.0]), alpha_beta=2), interval_days=days(7))
    assert kept == EQD2(gy=np.array([30.0, 15.0]), alpha_beta=2)


def test_linear_discounts_commute_between_bed_and_eqd2_of_the_same_alpha_beta() -> None:
    rule = recovery_rule("step-25-50", tissue="SpinalCord")
    course = EQD2(gy=44.0, alpha_beta=2)
    there_and_back = rule.apply(course.to_bed(), interval_days=days(8)).to_eqd2()
    assert there_and_back.gy == pytest.approx(rule.apply(course, interval_days=days(8)).gy)


@pytest.mark.parametrize("months", [5.9, 6.1])
def test_pitfall_5_17_a_jump_is_reported_from_both_sides(months: float) -> None:
    rule = recovery_rule("step-25-50", tissue="SpinalCord")
    edge = rule.edge_near(days(months))
    assert edge is not None
    assert (edge.before, edge.after) == (0, 0.25)
    assert "The rule jumps at 183 days: 0 % before, 25 % from then on." in rule.statement(days(months))


def test_an_edge_far_away_or_without_a_jump_is_not_reported() -> None:
    assert recovery_rule("step-25-50").edge_near(days(9)) is None
    assert recovery_rule("michigan-2019", tissue="Rectum").edge_near(days(36)) is None
    assert recovery_rule("michigan-2019", tissue="Kidney_L").edge_near(days(6)) is None


@pytest.mark.parametrize("months", [-0.51, -0.49, 0.49, 0.51])
def test_a_jump_is_near_within_half_a_month(months: float) -> None:
    edge = recovery_rule("step-25-50", tissue="SpinalCord").edge_near(days(6 + months))
    assert (edge is not None) == (abs(months) < 0.5)


@pytest.mark.parametrize("tissue", ["Kidney_L", "Bowel_Small", "Lungs"])
def test_pitfall_5_17_other_organs_do_not_inherit_cord_numbers(tissue: str) -> None:
    with pytest.raises(BedValueError, match="says nothing about"):
        recovery_rule("step-25-50", tissue=tissue)


@pytest.mark.parametrize("target", ["GTVp", "CTV_5040", "PTV", "ITV", "tumour"])
def test_a_target_never_recovers(target: str) -> None:
    with pytest.raises(BedValueError, match="nor to a target"):
        recovery_rule("radreirradiation-default", tissue=target)


def test_damage_decay_leaves_the_permanent_part() -> None:
    rule = damage_decay_recovery(
        permanent_fraction=0.4, time_constant_days=100, tissue="SpinalCord", source="test"
    )
    residual = 0.4 + 0.6 * np.exp(-2)
    assert rule.apply(1.0, interval_days=200) == pytest.approx(residual)
    assert rule.fraction(1e9) == pytest.approx(0.6)
    assert rule.edge_near(100) is None


def test_linear_recovery_starts_late_and_stops_at_its_ceiling() -> None:
    rule = linear_recovery(
        start_days=70, fraction_per_year=0.4, largest_fraction=0.5, tissue="SpinalCord", source="test"
    )
    assert rule.fraction(60) == 0
    assert rule.fraction(70 + DAYS_PER_YEAR) == pytest.approx(0.4)
    assert rule.fraction(4000) == 0.5
    assert rule.edge_near(70) is None


def test_recovered_dose_over_initial_dose_may_exceed_one() -> None:
    assert recovered_fraction(recovered_dose=44.6, initial_dose=44) == pytest.approx(1.0136, abs=1e-4)


@pytest.mark.parametrize("interval", [-1, float("nan"), float("inf")])
def test_an_interval_that_cannot_be_is_refused(interval: float) -> None:
    with pytest.raises(BedValueError, match="are the two dates in the right order"):
        no_recovery().fraction(interval)


def test_a_tag_outside_the_table_is_refused() -> None:
    with pytest.raises(BedValueError, match="tag must be"):
        Recovery(
            name="x",
            tissues=("any",),
            curve=RecoverySteps(edges_days=(0.0,), fractions=(0.0,)),
            source="x",
            how_verified="x",
            tag="X",
        )


def test_a_statement_carries_the_reservations_about_its_rule() -> None:
    statement = recovery_rule("radreirradiation-default", tissue="Rectum").statement(400)
    assert "unsourced convention" in statement
    assert "derived from spinal cord data" in recovery_rule("fox-chase-2021", tissue="Rectum").statement(400)
