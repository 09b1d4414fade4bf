"""The first page of an answer: the gravest first, and numbers that are those of the document."""

from __future__ import annotations

from typing import Any

import pytest

from rtplan.page.verdicts import drawn_without_limit, verdict_cards, verdict_counts


def row(name: str, verdict: str | None, **changed: Any) -> dict[str, Any]:
    said = {
        "name": name,
        "metric": "D0.03cc[Gy]",
        "alpha_beta_gy": 3.0,
        "grade": "DICOM with structures",
        "verdict": verdict,
        "limit_gy": None if verdict is None else 70.0,
        "comparator": "<=",
        "limit_includes_recovery": False,
        "limit_source": "clinic",
        "voxel_sum_gy": 60.0,
        "voxel_sum_uncertainty_gy": 0.4,
        "with_recovery_gy": None,
        "bounds_gy": [50.0, 65.0],
        "band_gy": None,
        "reason": None,
        "flips": [],
        "remaining": [],
    }
    return {**said, **changed}


def test_the_gravest_stand_first_and_the_smallest_margin_before_larger_ones() -> None:
    document = {
        "recovery": "none",
        "organs": [
            row("A", "within"),
            row("B", "exceeds", voxel_sum_gy=71.0),
            row("C", "not_evaluable", voxel_sum_gy=None, bounds_gy=[0.9, None]),
            row("D", "exceeds", voxel_sum_gy=99.0),
            row("E", "within", voxel_sum_gy=69.0),
            row("F", "borderline", voxel_sum_gy=69.9),
        ],
    }
    cards = verdict_cards(document)
    assert [card.organ for card in cards] == ["D", "B", "F", "C", "E", "A"]
    assert verdict_counts(cards) == [("exceeds", 2), ("borderline", 1), ("not_evaluable", 1), ("within", 2)]


def test_the_margin_is_of_the_value_that_was_judged() -> None:
    recovered = row("A", "within", voxel_sum_gy=80.0, with_recovery_gy=55.0)
    (card,) = verdict_cards({"recovery": "ang-2001", "organs": [recovered]})
    assert card.margin_gy == pytest.approx(15.0)
    (card,) = verdict_cards({"recovery": "none", "organs": [row("A", "exceeds", voxel_sum_gy=80.0)]})
    assert card.margin_gy == pytest.approx(10.0)


def test_a_limit_that_includes_recovery_is_held_against_the_plain_sum() -> None:
    both = row("A", "exceeds", voxel_sum_gy=80.0, with_recovery_gy=55.0, limit_includes_recovery=True)
    (card,) = verdict_cards({"recovery": "none", "organs": [both]})
    assert card.margin_gy == pytest.approx(10.0)
    assert card.limit == "<= 70 Gy EQD2 including recovery"


def test_without_a_sum_the_bound_that_decides_gives_the_margin() -> None:
    bounded = row("A", "within", voxel_sum_gy=None, bounds_gy=[50.0, 65.0])
    (card,) = verdict_cards({"recovery": "none", "organs": [bounded]})
    assert card.margin_gy == pytest.approx(5.0)
    assert not card.is_sum
    open_ended = row("A", "not_evaluable", voxel_sum_gy=None, bounds_gy=[50.0, None])
    (card,) = verdict_cards({"recovery": "none", "organs": [open_ended]})
    assert card.margin_gy is None


def test_what_flips_a_verdict_and_what_is_left_are_said() -> None:
    told = row(
        "A",
        "exceeds",
        voxel_sum_gy=99.0,
        flips=[
            {"input": "alpha/beta", "unit": "Gy", "flips_at": None, "becomes": None},
            {"input": "recovered fraction", "unit": "", "flips_at": 0.567, "becomes": "borderline"},
        ],
        remaining=[
            {"basis": "point", "recovery": "none", "total_dose_gy": 16.93, "n_fractions": 5},
            {"basis": "plan", "recovery": "none", "total_dose_gy": 17.6, "n_fractions": 5},
        ],
    )
    (card,) = verdict_cards({"recovery": "none", "organs": [told]})
    assert card.notes == (
        ("answer.flips", {"becomes": "borderline", "input": "recovery", "at": "57", "unit": "%"}),
        ("answer.left", {"dose": "16.9", "n": 5}),
    )


@pytest.mark.parametrize(
    ("reason", "key"),
    [
        ("not covered: 3.55 cc outside the dose grid; no upper bound", "answer.next_grid"),
        ("no upper bound: prior states no dose of 0.03 cc", "answer.next_record"),
        ("something else", None),
    ],
)
def test_what_could_not_be_judged_says_what_would_help(reason: str, key: str | None) -> None:
    told = row("A", "not_evaluable", voxel_sum_gy=None, bounds_gy=[0.9, None], reason=reason)
    (card,) = verdict_cards({"recovery": "none", "organs": [told]})
    assert [note for note, _ in card.notes] == ([] if key is None else [key])


def test_organs_without_any_limit_are_named() -> None:
    organs = [row("A", "within"), row("A", None), row("B", None), row("B", None)]
    assert drawn_without_limit({"organs": organs}) == ["B"]
