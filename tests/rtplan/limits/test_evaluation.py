"""Every limit gets a verdict, or the reason why it has none; values here are made up, not computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from dicom_io import MetricValue
from rtplan.limits import (
    Constraint,
    ConstraintSet,
    Evaluation,
    LimitState,
    PlanFractions,
    SetEvaluation,
    Verdict,
    constraints_from_rows,
    evaluate_set,
    gravest_first,
    load_constraint_set,
)
from rtplan.names import assign

FIVE = PlanFractions(n_fractions=5, dose_per_fraction_gy=6.0)
ROW = {
    "organ": "Rectum",
    "n_fractions": "5",
    "metric": "D0.035cc",
    "comparator": "<=",
    "limit": "38",
    "unit": "Gy",
    "source": "made up",
    "how_verified": "own",
}


def constraint_set(*rows: Mapping[str, str]) -> ConstraintSet:
    found: tuple[Constraint, ...] = constraints_from_rows([ROW | dict(row) for row in rows], name="made-up")
    return ConstraintSet(name="made-up", title="made up", constraints=found, sha256="0" * 64)


def value(text: str, number: float | None, uncertainty: float | None = 0.1) -> MetricValue:
    if number is None:
        return MetricValue(text=text, value=None, unit="", reason="not covered: 1 cc outside the dose grid")
    return MetricValue(text=text, value=number, unit="", uncertainty=uncertainty)


def evaluated(
    limits: ConstraintSet,
    names: Mapping[str, Mapping[str, float | None]],
    *,
    fractions: PlanFractions = FIVE,
    volume_cc: float = 100.0,
    blocked: Mapping[int, str] | None = None,
    asked: list[tuple[int, str]] | None = None,
    at_least: Mapping[str, float] | None = None,
    empty: Sequence[int] = (),
) -> SetEvaluation:
    """Evaluate with the metric values given for each structure name."""
    numbered = dict(enumerate(names, start=1))

    def metric_of(number: int, metric: str) -> MetricValue:
        if asked is not None:
            asked.append((number, metric))
        return value(metric, names[numbered[number]][metric])

    return evaluate_set(
        limits,
        assign(list(numbered.items())),
        fractions=fractions,
        metric_of=metric_of,
        volume_of=lambda _: volume_cc,
        blocked=blocked,
        lower_bound_of=lambda _, metric: value(metric, at_least[metric]) if at_least else None,
        empty=empty,
    )


def only(found: SetEvaluation) -> Evaluation:
    assert len(found.evaluations) == 1
    return found.evaluations[0]


@pytest.mark.parametrize(
    ("number", "verdict"),
    [(30.0, "within"), (38.05, "borderline"), (39.0, "exceeds"), (None, "not_evaluable")],
)
def test_a_limit_is_judged_with_the_uncertainty_of_its_value(number: float | None, verdict: str) -> None:
    row = only(evaluated(constraint_set({}), {"Rectum": {"D0.035cc[Gy]": number}}))
    assert row.verdict == verdict
    assert (row.structure, row.evidence, row.metric) == ("Rectum", "exact", "D0.035cc[Gy]")


def test_only_metrics_that_are_needed_are_asked_for() -> None:
    asked: list[tuple[int, str]] = []
    limits = constraint_set({}, {"n_fractions": "3", "metric": "Dmax"}, {"organ": "Liver", "metric": "Dmean"})
    evaluated(limits, {"Rectum": {"D0.035cc[Gy]": 1.0}, "Bladder": {}}, asked=asked)
    assert asked == [(1, "D0.035cc[Gy]")]


def test_alternatives_are_each_tested_where_contoured() -> None:
    limits = constraint_set({"organ": "Femur_Head_L|Femur_Head_R"})
    found = evaluated(limits, {"Femur_Head_L": {"D0.035cc[Gy]": 1.0}, "Femur_Head_R": {"D0.035cc[Gy]": 50.0}})
    assert [(e.structure, e.verdict.value) for e in found.evaluations] == [
        ("Femur_Head_L", "within"),
        ("Femur_Head_R", "exceeds"),
    ]


def test_a_pair_with_one_side_missing_is_said() -> None:
    limits = constraint_set({"organ": "Femur_Head_L|Femur_Head_R"})
    found = evaluated(limits, {"Femur_Head_L": {"D0.035cc[Gy]": 1.0}})
    assert found.findings == (
        "Femur_Head_R is not contoured: its limits were not judged, those of Femur_Head_L were",
    )


def test_an_organ_without_structure_is_not_drawn_and_lists_near_names() -> None:
    row = only(evaluated(constraint_set({}), {"Rectum_PRV05": {}, "rectum overlap": {}, "PTV_Rectum": {}}))
    assert (row.state, row.verdict) == (LimitState.NOT_DRAWN, None)
    assert row.structure is None
    assert set(row.near) == {"Rectum_PRV05", "rectum overlap", "PTV_Rectum"}


def test_a_listed_structure_without_contours_is_not_drawn() -> None:
    found = evaluated(constraint_set({}), {"Rectum": {"D0.035cc[Gy]": 9.0}}, empty=[1])
    row = only(found)
    assert (row.state, row.verdict, row.value) == (LimitState.NOT_DRAWN, None, None)
    assert row.reason == "'Rectum' has no contours"
    assert not found.all_within


def test_what_is_not_drawn_leaves_the_verdict_to_what_is() -> None:
    limits = constraint_set({}, {"organ": "SpinalCord"})
    found = evaluated(limits, {"Rectum": {"D0.035cc[Gy]": 9.0}})
    assert [e.state.value for e in found.evaluations] == ["judged", "not_drawn"]
    assert found.all_within
    assert found.n_judged == 1


def test_two_structures_for_one_organ_are_a_question() -> None:
    row = only(evaluated(constraint_set({"organ": "SpinalCord"}), {"SpinalCord": {}, "Cord": {}}))
    assert row.verdict is Verdict.NOT_EVALUABLE
    assert "2 structures stand for SpinalCord" in (row.reason or "")


def test_a_blocked_structure_is_not_judged() -> None:
    row = only(evaluated(constraint_set({}), {"Rectum": {}}, blocked={1: "sides look swapped"}))
    assert (row.verdict.value, row.reason) == ("not_evaluable", "sides look swapped")


def test_a_metric_that_no_dvh_can_tell_is_not_evaluable() -> None:
    row = only(evaluated(constraint_set({"metric": "D(2cm length)"}), {"Rectum": {}}))
    assert row.verdict is Verdict.NOT_EVALUABLE
    assert "length" in (row.reason or "")


def test_a_limit_for_another_number_of_fractions_is_never_used() -> None:
    row = only(evaluated(constraint_set({"n_fractions": "3"}), {"Rectum": {}}))
    assert row.verdict is Verdict.NOT_EVALUABLE
    assert row.constraint is None
    assert "at these numbers of fractions only: 3; the plan has 5" in (row.reason or "")


def test_a_set_without_the_fraction_number_says_so() -> None:
    found = evaluated(load_constraint_set("tg101-2010"), {"Heart": {}}, fractions=_conventional())
    assert "which is 28; the set's: 1, 3, 5" in found.findings[0]
    assert not found.all_within


def test_nothing_to_judge_is_no_pass() -> None:
    found = evaluated(constraint_set({"n_fractions": "3"}), {"Bladder": {}})
    assert found.evaluations == ()
    assert not found.all_within


def test_unknown_fractions_judge_nothing() -> None:
    unknown = PlanFractions(n_fractions=None, dose_per_fraction_gy=None)
    row = only(evaluated(constraint_set({}), {"Rectum": {}}, fractions=unknown))
    assert "does not state one number of fractions" in (row.reason or "")


def _conventional() -> PlanFractions:
    return PlanFractions(n_fractions=28, dose_per_fraction_gy=50.4 / 28)


def test_conventional_limits_hold_at_1_8_gy_per_fraction() -> None:
    limits = constraint_set({"n_fractions": "conventional", "metric": "V50Gy", "unit": "%", "limit": "50"})
    row = only(evaluated(limits, {"Rectum": {"V50Gy[%]": 12.0}}, fractions=_conventional()))
    assert row.verdict is Verdict.WITHIN


def test_conventional_limits_say_that_they_are_for_the_whole_treatment() -> None:
    limits = constraint_set({"n_fractions": "conventional"})
    found = evaluated(limits, {"Rectum": {"D0.035cc[Gy]": 12.0}}, fractions=_conventional())
    assert any("other phases and earlier courses are not in this plan" in f for f in found.findings)


def test_a_test_over_several_courses_is_not_made_on_one_plan() -> None:
    found = evaluated(load_constraint_set("reirradiation-cord"), {"ThecalSac": {"Max[Gy]": 5.0}})
    judged = [e for e in found.evaluations if e.is_drawn]
    assert judged
    assert {e.verdict for e in judged} == {Verdict.NOT_EVALUABLE}


def test_a_limit_after_an_earlier_course_shows_the_value_but_is_not_judged() -> None:
    limits = constraint_set({"scope": "after earlier course", "condition": "after 20 Gy in 5 fractions"})
    row = only(evaluated(limits, {"Rectum": {"D0.035cc[Gy]": 9.0}}))
    assert (row.value, row.verdict.value) == (9.0, "not_evaluable")
    assert "after 20 Gy in 5 fractions" in (row.reason or "")


def test_a_subvolume_needs_its_own_contour() -> None:
    limits = constraint_set({"organ": "", "organ_as_published": "Cord subvolume", "scope": "own contour"})
    row = only(evaluated(limits, {"SpinalCord": {}}))
    assert "needs a contour of its own" in (row.reason or "")


def test_rows_that_are_no_limits_are_shown_and_never_judged() -> None:
    limits = constraint_set(
        {}, {"role": "risk point", "limit": "10"}, {"comparator": "observed", "limit": "7"}
    )
    found = evaluated(limits, {"Rectum": {"D0.035cc[Gy]": 20.0}})
    assert [e.verdict.value for e in found.evaluations] == ["within"]
    assert [(s.constraint.role.value, s.value) for s in found.shown] == [
        ("risk point", 20.0),
        ("observation", 20.0),
    ]
    assert found.all_within


def test_a_range_is_borderline_inside() -> None:
    row = only(evaluated(constraint_set({"limit": "10-15"}), {"Rectum": {"D0.035cc[Gy]": 12.0}}))
    assert row.verdict is Verdict.BORDERLINE


def test_two_rows_for_one_key_are_one_range() -> None:
    found = evaluated(constraint_set({"limit": "12.4"}, {"limit": "14"}), {"Rectum": {"D0.035cc[Gy]": 13.0}})
    assert only(found).verdict is Verdict.BORDERLINE


@pytest.mark.parametrize(("volume_cc", "metric"), [(1800.0, "DC700cc[Gy]"), (2400.0, "DC800cc[Gy]")])
def test_a_critical_volume_is_the_larger_of_the_stated_and_a_third(volume_cc: float, metric: str) -> None:
    limits = constraint_set(
        {
            "organ": "Liver",
            "metric": "CV(700cc)",
            "comparator": "<",
            "limit": "21",
            "note": "volume = larger of stated or 1/3 of native organ",
        }
    )
    row = only(evaluated(limits, {"Liver": {metric: 15.0}}, volume_cc=volume_cc))
    assert (row.metric, row.verdict.value) == (metric, "within")
    assert (row.reason is None) == (volume_cc == 1800.0)


def test_a_doubtful_transcription_is_repeated_where_it_was_judged() -> None:
    three = PlanFractions(n_fractions=3, dose_per_fraction_gy=10.0)
    found = evaluated(load_constraint_set("tg101-2010"), {"Liver": {"DC700cc[Gy]": 10.0}}, fractions=three)
    assert any("CONFLICT" in finding for finding in found.findings)
    assert [s.constraint.limit_as_published for s in found.shown] == ["17.4"]


def test_the_gravest_comes_first_and_what_is_not_drawn_last() -> None:
    limits = constraint_set(
        {"organ": "Liver"}, {"organ": "Rectum"}, {"organ": "Bladder"}, {"organ": "Heart", "metric": "Dmean"}
    )
    found = evaluated(
        limits,
        {
            "Rectum": {"D0.035cc[Gy]": 1.0},
            "Bladder": {"D0.035cc[Gy]": 99.0},
            "Heart": {"Mean[Gy]": None},
        },
    )
    assert [e.organ for e in found.evaluations] == ["Liver", "Rectum", "Bladder", "Heart"]
    assert [e.organ for e in gravest_first(found.evaluations)] == ["Bladder", "Heart", "Rectum", "Liver"]


@pytest.mark.parametrize(
    ("at_1cc", "at_10cc", "verdict"),
    [
        (58.0, 50.0, "within"),
        (61.0, 58.0, "borderline"),
        (65.0, 60.0, "exceeds"),
        (59.05, 50.0, "borderline"),
    ],
)
def test_a_volume_published_as_a_span_is_judged_at_both_its_ends(
    at_1cc: float, at_10cc: float, verdict: str
) -> None:
    limits = constraint_set({"metric": "D1-10cc", "limit": "59"})
    row = only(evaluated(limits, {"Rectum": {"D1cc[Gy]": at_1cc, "D10cc[Gy]": at_10cc}}))
    assert (row.metric, row.value, row.verdict.value) == ("D1cc[Gy]", at_1cc, verdict)
    assert f"published as D1-10cc; D10cc[Gy] is {at_10cc:.2f} Gy" in (row.reason or "")


def test_a_span_with_one_end_larger_than_the_organ_is_not_evaluable() -> None:
    row = only(
        evaluated(constraint_set({"metric": "D1-10cc"}), {"Rectum": {"D1cc[Gy]": 30.0, "D10cc[Gy]": None}})
    )
    assert row.verdict is Verdict.NOT_EVALUABLE


@pytest.mark.parametrize(
    ("limit", "bound", "verdict"),
    [("38", 40.0, "exceeds"), ("38", 38.05, "not_evaluable"), ("38", 20.0, "not_evaluable"),
     ("35-42", 40.0, "not_evaluable"), ("35-42", 43.0, "exceeds")],
)  # fmt: skip
def test_the_covered_part_alone_may_exceed_and_never_keeps(limit: str, bound: float, verdict: str) -> None:
    row = only(
        evaluated(
            constraint_set({"limit": limit}), {"Rectum": {"D0.035cc[Gy]": None}},
            at_least={"D0.035cc[Gy]": bound},
        )
    )  # fmt: skip
    assert row.verdict == verdict
    assert "not covered: 1 cc" in (row.reason or "")
    if verdict == "exceeds":
        assert row.value == bound
        assert "the covered part alone exceeds" in (row.reason or "")
    else:
        assert row.value is None


def test_a_lower_bound_keeps_no_lower_limit() -> None:
    limits = constraint_set({"metric": "D95%", "comparator": ">=", "limit": "28"})
    row = only(evaluated(limits, {"Rectum": {"D95%[Gy]": None}}, at_least={"D95%[Gy]": 40.0}))
    assert row.verdict is Verdict.NOT_EVALUABLE
