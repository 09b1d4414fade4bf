"""Published recovery rules: one file each, found by its name, wrong files refused."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bed.errors import BedError, BedValueError
from bed.retreatment import (
    DAYS_PER_MONTH,
    DAYS_PER_YEAR,
    DamageDecay,
    LinearRecovery,
    RecoveryPoints,
    RecoverySteps,
    no_recovery,
    recovery_rule,
    recovery_rule_names,
    recovery_rule_tissues,
)
from bed.retreatment.recovery_rules import rule_of_document


def days(months: float) -> float:
    return months * DAYS_PER_MONTH


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


def test_the_ends_of_published_points_are_edges() -> None:
    rule = recovery_rule("ang-2001")
    first, last = rule.edge_near(days(12.1)), rule.edge_near(days(35.9))
    assert first is not None
    assert first.before is None
    assert last is not None
    assert (last.before, last.after) == (1, None)
    assert rule.edge_near(days(24)) is None
    assert "no value before" in rule.statement(days(12.1))


def test_a_rule_that_differs_between_organs_needs_the_tissue() -> None:
    with pytest.raises(BedValueError, match="differs between organs"):
        recovery_rule("michigan-2019")


def test_an_unknown_rule_lists_the_known_ones() -> None:
    with pytest.raises(BedValueError, match="none, ang-2001, ang-2001-conservative, fox-chase-2021"):
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


def rule(**changed: object) -> dict[str, object]:
    """The content of a rule's file, some of it replaced; None takes a key away."""
    whole = {
        "kind": "steps",
        "source": "a paper",
        "edition": "2026",
        "how_verified": "read in source",
        "tag": "R",
        "curve": [{"tissues": ["SpinalCord"], "steps": [{"from_months": 0, "fraction": 0.0}]}],
    }
    return {key: value for key, value in (whole | changed).items() if value is not None}


def curve(**content: object) -> list[dict[str, object]]:
    return [{"tissues": ["SpinalCord"], **content}]


def test_every_kind_of_curve_is_read_from_a_file() -> None:
    linear = {"start_days": 0, "fraction_per_year": 0.2, "largest_fraction": 0.5}
    decay = {"permanent_fraction": 0.5, "time_constant_days": 100}
    points = {"points": [{"months": 0, "fraction": 0.0}, {"months": 12, "fraction": 0.5}]}
    steps = {"steps": [{"from_months": 0, "no_value": True}, {"from_months": 6, "fraction": 0.5}]}
    read = {
        kind: rule_of_document("mine", rule(kind=kind, curve=curve(**content)))[0].curve
        for kind, content in {
            "linear": linear,
            "damage-decay": decay,
            "points": points,
            "steps": steps,
        }.items()
    }
    assert read["linear"] == LinearRecovery(**linear)
    assert read["damage-decay"] == DamageDecay(**decay)
    assert read["points"] == RecoveryPoints(days=(0.0, days(12)), fractions=(0.0, 0.5))
    assert read["steps"] == RecoverySteps(edges_days=(0.0, days(6)), fractions=(None, 0.5))


def test_a_rule_carries_its_citation_and_its_reservation() -> None:
    (mine,) = rule_of_document("mine", rule(note="in rats", doi="10.1/x", url="https://example.org"))
    assert (mine.name, mine.source, mine.how_verified, mine.tag, mine.note) == (
        "mine",
        "a paper",
        "read in source",
        "R",
        "in rats",
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (rule(source=None, tag=None), "source is missing; tag is missing"),
        (rule(edition=None), "edition is missing"),
        (rule(sorce="x"), "sorce is not known"),
        (rule(kind="parabola"), "no kind 'parabola'; there are steps, points, linear, damage-decay"),
        (rule(kind="linear"), "start_days is missing.*steps is not known"),
        (rule(curve=[]), "a list of tissues"),
        (rule(curve=[{"tissues": "SpinalCord", "steps": []}]), "a list of tissues"),
        (rule(curve=[{"tissues": [], "steps": []}]), "a list of tissues"),
        (rule(curve=curve(steps=[{"from_months": 0, "fraction": 0.1}]) * 2), "two curves for spinalcord"),
        (rule(curve=curve(steps=[{"from_months": 0}])), "fraction is missing"),
        (rule(curve=curve(steps=[{"from_months": 0, "no_value": False}])), "fraction is missing"),
        (rule(curve=curve(steps=[{"from_months": 0, "fraction": 0.1, "no_value": True}])), "not known"),
        (rule(curve=curve(steps=[{"from_months": "0", "fraction": 0.1}])), "from_months takes a number"),
        (rule(curve=curve(steps=[{"from_months": 0, "fraction": 25}])), "did you pass a percentage"),
        (rule(kind="points", curve=curve(points=[{"months": 6}])), "fraction is missing"),
    ],
)
def test_a_wrong_file_is_refused_with_all_that_is_wrong(document: dict[str, object], message: str) -> None:
    with pytest.raises(BedError, match=message):
        rule_of_document("mine", document)


def test_no_file_may_be_named_like_the_absence_of_recovery() -> None:
    with pytest.raises(BedValueError, match="name the file otherwise"):
        rule_of_document("none", rule())
    assert recovery_rule("none") == no_recovery()
    assert recovery_rule_tissues("none") == ("any",)


def test_the_cells_on_which_two_transcriptions_disagree_are_shown_and_the_smaller_is_carried(
    shared_data: Path,
) -> None:
    with (shared_data / "evidence" / "michigan_recovery_conflicts.csv").open(encoding="utf-8") as file:
        conflicts = list(csv.DictReader(file))
    assert len(conflicts) == 3
    for cell in conflicts:
        rule = recovery_rule("michigan-2019", tissue=cell["organ_tg263"])
        days = 270 if cell["interval"] == "6 to 12 months" else 700
        assert rule.fraction(days) == float(cell["carried"]) < float(cell["second_transcription"])
        assert f"({float(cell['second_transcription']):.2f}" in rule.statement(days)
