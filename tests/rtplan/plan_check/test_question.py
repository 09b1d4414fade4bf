"""The question about a plan checks itself; drawn, not drawn and required organs decide whether it passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dicom_io.phantom import write_phantom
from dicom_io.study import TreatmentSet, load_study
from rtplan.errors import RtplanError, RtplanLookupError, RtplanValueError
from rtplan.limits import ConstraintSet, LimitState, constraints_from_rows, load_constraint_set
from rtplan.plan_check import (
    PlanCheckQuestion,
    PlanCheckRequest,
    PlanChoice,
    check_plan,
    distance_rules,
    plan_choices,
    questions_about,
    read_request,
)

TG101 = load_constraint_set("tg101-2010")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("question") / "spine"
    write_phantom("spine-sabr-5mm", folder)
    return folder


@pytest.fixture(scope="module")
def plan(folder: Path) -> TreatmentSet:
    return load_study(folder).select()


def limits_of(*rows: dict[str, str]) -> ConstraintSet:
    """Return a set of limits in Gy at five fractions unless a row says otherwise."""
    usual = {
        "n_fractions": "5",
        "metric": "D0.035cc",
        "comparator": "<=",
        "limit": "200",
        "unit": "Gy",
        "source": "made up",
        "how_verified": "own",
    }
    found = constraints_from_rows([usual | row for row in rows], name="own")
    return ConstraintSet(name="own", title="own", constraints=found, sha256="0" * 64)


def test_a_question_and_its_parts_give_the_same_answer(plan: TreatmentSet) -> None:
    question = PlanCheckQuestion(treatment=plan, constraint_set=TG101, rules=distance_rules())
    assert check_plan(question).records() == check_plan(plan, TG101, rules=distance_rules()).records()


def test_lists_become_tuples_and_the_question_cannot_be_changed(plan: TreatmentSet) -> None:
    question = PlanCheckQuestion(treatment=plan, constraint_set=TG101, distance_from=["PTV"])  # type: ignore[arg-type]
    assert question.distance_from == ("PTV",)
    with pytest.raises(AttributeError):
        question.by_hand = ()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("stated", "error", "message"),
    [
        ({"further_sets": [TG101]}, RtplanValueError, "'tg101-2010' is given twice"),
        ({"rules": [*distance_rules(), *distance_rules()]}, RtplanValueError, "is given twice"),
        ({"distance_from": ["CTV9"]}, RtplanLookupError, "no structure 'CTV9' to measure from"),
        ({"required_organs": ["Cord"]}, RtplanLookupError, "'Cord' is no standard name"),
        ({"by_hand": [("nobody", "Rectum")]}, RtplanLookupError, "no structure 'nobody'"),
    ],
)
def test_what_contradicts_itself_is_refused(
    plan: TreatmentSet, stated: dict[str, object], error: type[RtplanError], message: str
) -> None:
    with pytest.raises(error, match=message):
        check_plan(plan, TG101, **stated)  # type: ignore[arg-type]


def test_a_question_takes_nothing_beside_itself(plan: TreatmentSet) -> None:
    question = PlanCheckQuestion(treatment=plan, constraint_set=TG101)
    with pytest.raises(RtplanValueError, match="a question has its own set"):
        check_plan(question, TG101)
    with pytest.raises(RtplanValueError, match="give one as the second argument"):
        check_plan(plan)


def test_organs_of_other_body_regions_do_not_fail_a_plan(plan: TreatmentSet) -> None:
    check = check_plan(plan, limits_of({"organ": "SpinalCord"}, {"organ": "Bladder"}))
    assert check.verdict_counts["not_drawn"] == 1
    assert check.all_within


def test_a_check_that_judged_nothing_does_not_pass(plan: TreatmentSet) -> None:
    check = check_plan(plan, limits_of({"organ": "Bladder"}))
    assert (check.n_judged, check.all_within) == (0, False)


def test_a_drawn_organ_with_limits_at_other_fractions_only_does_not_pass(plan: TreatmentSet) -> None:
    limits = limits_of({"organ": "Esophagus"}, {"organ": "SpinalCord", "n_fractions": "3"})
    check = check_plan(plan, limits)
    (cord,) = check.drawn_without_limit
    assert (cord.organ, cord.at_other_fractions) == ("SpinalCord", True)
    near_maximum = check_plan(plan, limits_of({"organ": "SpinalCord"})).records()[0]["value"]
    assert cord.maximum_gy.value is not None
    assert near_maximum <= cord.maximum_gy.value <= 1.05 * 30.0
    assert not check.all_within


def test_a_drawn_organ_that_no_set_speaks_of_is_named_with_its_dose(plan: TreatmentSet) -> None:
    check = check_plan(plan, limits_of({"organ": "Esophagus"}))
    assert [(one.organ, one.at_other_fractions) for one in check.drawn_without_limit] == [
        ("SpinalCord", False)
    ]
    assert check.all_within


@pytest.mark.parametrize(
    ("organ", "reason"),
    [("SpinalCord", "no limit of SpinalCord was judged"), ("Bladder", "Bladder is not drawn"),
     ("Esophagus", None)],
)  # fmt: skip
def test_a_required_organ_must_be_drawn_and_judged(
    plan: TreatmentSet, organ: str, reason: str | None
) -> None:
    check = check_plan(plan, limits_of({"organ": "Esophagus"}), required_organs=[organ])
    assert [one.reason for one in check.required] == [reason]
    assert check.all_within == (reason is None)
    assert (f"{organ} is required: {reason}" in check.findings) == (reason is not None)


def test_a_cord_without_contours_is_not_drawn_and_is_refused_where_required(plan: TreatmentSet) -> None:
    assert plan.structure_set is not None
    structures = tuple(
        replace(s, contours=()) if s.name == "SpinalCord" else s for s in plan.structure_set.structures
    )
    empty = replace(plan, structure_set=replace(plan.structure_set, structures=structures))
    limits = limits_of({"organ": "SpinalCord"}, {"organ": "Esophagus"})
    cord = check_plan(empty, limits).limits.evaluations[0]
    assert (cord.state, cord.reason) == (LimitState.NOT_DRAWN, "'SpinalCord' has no contours")
    assert not check_plan(empty, limits, required_organs=["SpinalCord"]).all_within


def test_a_request_reads_its_files_once_and_asks_each_plan(folder: Path) -> None:
    request = PlanCheckRequest(constraints="tg101-2010", required_organs=("SpinalCord",))
    (question,) = questions_about(request, [PlanChoice(folder=folder)])
    assert question.constraint_set.name == "tg101-2010"
    assert [record.role for record in question.inputs] == ["plan", "structures", "dose", "constraints"]


def test_a_clinic_requires_organs_and_prefers_a_set(folder: Path, tmp_path: Path, plan: TreatmentSet) -> None:
    file = tmp_path / "clinic.toml"
    file.write_text('[[preferred_set]]\nset = "tg101-2010"\nn_fractions = "1-5"\n', encoding="utf-8")
    read = read_request(PlanCheckRequest(clinic=file))
    assert read.clinic is not None
    read = replace(read, clinic=replace(read.clinic, required_organs=("Bladder",)))
    question = read.question(plan)
    assert question.required_organs == ("Bladder",)
    assert question.remarks == ("tg101-2010 is the set that the clinic's file prefers for 5 fractions",)
    assert check_plan(question).findings[0] == question.remarks[0]


@pytest.mark.parametrize(
    ("request_of", "message"),
    [
        (lambda: PlanCheckRequest(), "--constraints SET is needed"),
        (lambda: PlanCheckRequest(constraints="tg101-2010", required_organs=("Cord",)), "no standard name"),
        (lambda: read_request(PlanCheckRequest(constraints="nobody")), "nobody"),
        (lambda: read_request(PlanCheckRequest(constraints="quantec", rules=("none",))), "no distance rule"),
        (lambda: read_request(PlanCheckRequest(constraints="quantec", names=Path("n.csv"))), "no dictionary"),
        (lambda: read_request(PlanCheckRequest(constraints="quantec", conversion="guess")), "guess"),
        (lambda: plan_choices([Path("a"), Path("a")]), "the same plan is given twice"),
        (lambda: plan_choices([Path("a")] * 3, plans=["x", "y"]), "2 times plan for 3 plans"),
        (lambda: plan_choices([Path(str(n)) for n in range(27)]), "at most 26"),
        (lambda: plan_choices([]), "no folder"),
    ],
)  # fmt: skip
def test_what_a_person_states_is_checked_before_any_folder_is_read(
    request_of: Callable[[], object], message: str
) -> None:
    with pytest.raises(RtplanError, match=message):
        request_of()
