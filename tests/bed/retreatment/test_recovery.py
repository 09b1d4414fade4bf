"""Recovery rules: named, bounded to their tissue, applied to EQD2 and never to physical dose."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from bed.errors import BedTypeError, BedValueError
from bed.lq import eqd2
from bed.quantity import EQD2, PhysicalDose
from bed.retreatment import (
    DAYS_PER_MONTH,
    DAYS_PER_YEAR,
    DamageDecay,
    LinearRecovery,
    Recovery,
    RecoveryEdge,
    RecoveryPoints,
    RecoverySteps,
    damage_decay_recovery,
    linear_recovery,
    no_recovery,
    recovered_fraction,
    recovery_rule,
    recovery_rule_names,
    recovery_rule_tissues,
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


@pytest.mark.parametrize(
    ("months", "fraction"), [(0, 0), (5.9, 0), (6, 0.25), (11.9, 0.25), (12, 0.5), (90, 0.5)]
)
def test_the_cord_step_rule_follows_doi_2021(months: float, fraction: float) -> None:
    assert recovery_rule("step-25-50", tissue="SpinalCord").fraction(days(months)) == fraction


@pytest.mark.parametrize(
    ("tissue", "fractions"),
    [
        ("Rectum", [0, 0.1, 0.25, 0.5, 0.5]),
        ("Bowel_Small", [0, 0, 0.25, 0.25, 0.5]),
        ("Stomach", [0, 0, 0.25, 0.25, 0.5]),
        ("Duodenum", [0, 0, 0.1, 0.25, 0.5]),
        ("Kidney_R", [0, 0, 0, 0, 0]),
    ],
)
def test_the_michigan_table_differs_between_organs(tissue: str, fractions: list[float]) -> None:
    rule = recovery_rule("michigan-2019", tissue=tissue)
    assert [rule.fraction(days(m)) for m in (1, 4, 8, 20, 40)] == fractions
    assert rule.tag == "M"


def test_an_unverified_rule_says_so_in_its_statement() -> None:
    assert (
        recovery_rule("michigan-2019", tissue="Rectum").statement(500).endswith("Unverified transcription.")
    )


def test_ang_points_are_joined_and_not_extrapolated() -> None:
    rule = recovery_rule("ang-2001")
    assert rule.fraction(DAYS_PER_YEAR) == pytest.approx(33.6 / 44)
    assert rule.fraction(1.5 * DAYS_PER_YEAR) == pytest.approx((33.6 + 37.6) / 2 / 44)
    assert rule.fraction(3 * DAYS_PER_YEAR) == 1
    for years in (0.5, 3.5):
        assert not rule.is_defined(years * DAYS_PER_YEAR)
        with pytest.raises(BedValueError, match="gives no recovery after"):
            rule.fraction(years * DAYS_PER_YEAR)


def test_a_gap_in_the_source_stays_a_gap() -> None:
    rule = recovery_rule("fox-chase-2021", tissue="Rectum")
    assert (rule.fraction(days(5)), rule.fraction(days(13))) == (0, 0.5)
    with pytest.raises(BedValueError, match="fox-chase-2021 gives no recovery"):
        rule.fraction(days(9))
    assert "no recovery is defined" in rule.statement(days(9))


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


def test_the_edges_of_points_are_the_first_and_the_last_with_their_own_fractions() -> None:
    points = RecoveryPoints(days=(100.0, 150.0, 200.0), fractions=(0.2, 0.4, 0.6))
    first = RecoveryEdge(edge_days=100.0, before=None, after=0.2)
    last = RecoveryEdge(edge_days=200.0, before=0.6, after=None)
    assert points.edge_near(95, within_days=10) == points.edge_near(110, within_days=10) == first
    assert points.edge_near(195, within_days=10) == points.edge_near(210, within_days=10) == last
    assert points.edge_near(150, within_days=10) is None


def test_the_ends_of_published_points_are_edges() -> None:
    rule = recovery_rule("ang-2001")
    first, last = rule.edge_near(days(12.1)), rule.edge_near(days(35.9))
    assert first is not None
    assert first.before is None
    assert last is not None
    assert (last.before, last.after) == (1, None)
    assert rule.edge_near(days(24)) is None
    assert "no value before" in rule.statement(days(12.1))


@pytest.mark.parametrize("tissue", ["Kidney_L", "Bowel_Small", "Lungs"])
def test_pitfall_5_17_other_organs_do_not_inherit_cord_numbers(tissue: str) -> None:
    with pytest.raises(BedValueError, match="says nothing about"):
        recovery_rule("step-25-50", tissue=tissue)


@pytest.mark.parametrize("target", ["GTVp", "CTV_5040", "PTV", "ITV", "tumour"])
def test_a_target_never_recovers(target: str) -> None:
    with pytest.raises(BedValueError, match="nor to a target"):
        recovery_rule("radreirradiation-default", tissue=target)


def test_a_rule_that_differs_between_organs_needs_the_tissue() -> None:
    with pytest.raises(BedValueError, match="differs between organs"):
        recovery_rule("michigan-2019")


def test_an_unknown_rule_lists_the_known_ones() -> None:
    with pytest.raises(BedValueError, match="none, step-25-50, fox-chase-2021"):
        recovery_rule("half")
    with pytest.raises(BedValueError, match="no recovery rule"):
        recovery_rule_tissues("half")


def test_every_listed_rule_can_be_looked_up_for_each_of_its_tissues() -> None:
    for name in recovery_rule_names():
        for tissue in recovery_rule_tissues(name):
            rule = recovery_rule(name, tissue="Rectum" if tissue == "any" else tissue)
            assert rule.name == name
            assert rule.source


def test_every_numeric_row_of_the_shared_table_is_a_rule(shared_data: Path) -> None:
    names = {
        "Fox Chase (Price 2021)": "fox-chase-2021",
        "RadReirradiation software default": "radreirradiation-default",
    }
    without_interval = {"reirradiation-eqd2-calculator presets"}
    with (shared_data / "other" / "recovery_models.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            fraction = row["fraction_of_prior_dose_forgotten"]
            if fraction == "not applicable" or row["model"] in without_interval:
                continue
            rule = recovery_rule(names[row["model"]], tissue="Rectum")
            assert rule.fraction(days(float(row["interval_min_months"]) + 1)) == float(fraction)


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


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: RecoverySteps(edges_days=(), fractions=()),
        lambda: RecoverySteps(edges_days=(0.0, 1.0), fractions=(0.0,)),
        lambda: RecoverySteps(edges_days=(1.0, 0.0), fractions=(0.0, 0.5)),
        lambda: RecoverySteps(edges_days=(-1.0, 0.0), fractions=(0.0, 0.5)),
        lambda: RecoverySteps(edges_days=(0.0, 1.0), fractions=(0.5, 0.2)),
        lambda: RecoverySteps(edges_days=(0.0,), fractions=(25.0,)),
        lambda: RecoveryPoints(days=(1.0,), fractions=(0.5,)),
        lambda: RecoveryPoints(days=(2.0, 1.0), fractions=(0.1, 0.2)),
        lambda: RecoveryPoints(days=(1.0, 2.0), fractions=(0.3, 0.2)),
        lambda: DamageDecay(permanent_fraction=1.5, time_constant_days=1),
        lambda: DamageDecay(permanent_fraction=0.5, time_constant_days=0),
        lambda: LinearRecovery(start_days=-1, fraction_per_year=0.1, largest_fraction=0.5),
        lambda: LinearRecovery(start_days=0, fraction_per_year=-0.1, largest_fraction=0.5),
        lambda: LinearRecovery(start_days=0, fraction_per_year=0.1, largest_fraction=1.1),
        lambda: recovered_fraction(recovered_dose=-1, initial_dose=44),
        lambda: recovered_fraction(recovered_dose=1, initial_dose=0),
        lambda: stated_recovery(fraction=0.2, tissue="Rectum", source=""),
        lambda: stated_recovery(fraction=25, tissue="Rectum", source="percent by mistake"),
    ],
)
def test_impossible_rules_are_refused(wrong: object) -> None:
    with pytest.raises(BedValueError):
        wrong()  # type: ignore[operator]


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


def test_before_the_first_step_nothing_is_known() -> None:
    steps = RecoverySteps(edges_days=(100.0,), fractions=(0.5,))
    assert steps.at(99) is None
    assert steps.at(100) == 0.5


def test_a_statement_carries_the_reservations_about_its_rule() -> None:
    statement = recovery_rule("radreirradiation-default", tissue="Rectum").statement(400)
    assert "unsourced convention" in statement
    assert "derived from spinal cord data" in recovery_rule("fox-chase-2021", tissue="Rectum").statement(400)
