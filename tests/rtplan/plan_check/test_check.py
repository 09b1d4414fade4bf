"""The plan check as a function: what it takes, what it refuses, what it sets aside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dicom_io import TreatmentSet, load_study
from dicom_io.phantom import write_phantom
from rtplan.errors import RtplanValueError
from rtplan.limits import FractionConversion, LimitState, Verdict, load_constraint_set
from rtplan.plan_check import check_plan

TG101 = load_constraint_set("tg101-2010")


@pytest.fixture(scope="module")
def treatment(tmp_path_factory: pytest.TempPathFactory) -> TreatmentSet:
    folder = tmp_path_factory.mktemp("plan-check") / "patient"
    write_phantom("pelvis-two-courses", folder)
    return load_study(folder / "second-course").select()


def with_structures(treatment: TreatmentSet, **renamed: str) -> TreatmentSet:
    """The same treatment with structures renamed."""
    assert treatment.structure_set is not None
    structures = tuple(
        replace(s, name=renamed.get(s.name, s.name)) for s in treatment.structure_set.structures
    )
    return replace(treatment, structure_set=replace(treatment.structure_set, structures=structures))


def test_dose_and_structures_are_needed(treatment: TreatmentSet) -> None:
    with pytest.raises(RtplanValueError, match="needs a dose and a structure set"):
        check_plan(replace(treatment, dose=None), TG101)


def test_only_organs_of_the_set_get_a_dvh(treatment: TreatmentSet) -> None:
    names = {dvh.structure_name for dvh in check_plan(treatment, TG101).dvhs}
    assert "Rectum" in names
    assert not names & {"PTV", "GTV", "External"}


def test_without_a_plan_no_fraction_number_is_guessed(treatment: TreatmentSet) -> None:
    check = check_plan(replace(treatment, plan=None, n_fractions=None), TG101)
    assert {e.verdict for e in check.limits.evaluations if e.is_drawn} == {Verdict.NOT_EVALUABLE}
    assert (check.n_judged, check.all_within) == (0, False)
    assert any("there is no plan" in finding for finding in check.findings)


def test_an_empty_structure_does_not_compete_with_a_drawn_one(treatment: TreatmentSet) -> None:
    assert treatment.structure_set is not None
    first, *rest = treatment.structure_set.structures
    empty = replace(first, number=99, name="rectum", contours=())
    changed = replace(
        treatment, structure_set=replace(treatment.structure_set, structures=(first, *rest, empty))
    )
    check = check_plan(changed, TG101)
    assert [a.written for a in check.assignment.of("Rectum")] == ["Rectum"]
    assert any("'rectum' (number 99) has no contours" in finding for finding in check.findings)


def test_an_organ_that_was_never_drawn_has_no_verdict(treatment: TreatmentSet) -> None:
    assert treatment.structure_set is not None
    structures = tuple(
        replace(s, contours=()) if s.name == "Rectum" else s for s in treatment.structure_set.structures
    )
    changed = replace(treatment, structure_set=replace(treatment.structure_set, structures=structures))
    rows = [e for e in check_plan(changed, TG101).limits.evaluations if e.organ == "Rectum"]
    assert {(e.state, e.verdict) for e in rows} == {(LimitState.NOT_DRAWN, None)}


def test_a_brachytherapy_plan_is_not_judged_by_external_beam_limits(treatment: TreatmentSet) -> None:
    assert treatment.plan is not None
    brachy = replace(treatment, plan=replace(treatment.plan, is_brachytherapy=True))
    check = check_plan(brachy, TG101)
    assert {e.verdict for e in check.limits.evaluations if e.is_drawn} == {Verdict.NOT_EVALUABLE}
    assert any("another dose rate" in (e.reason or "") for e in check.limits.evaluations)


def test_derived_limits_are_labelled_in_their_verdicts(treatment: TreatmentSet) -> None:
    four = replace(treatment, n_fractions=4)
    plain = check_plan(four, TG101)
    assert {e.verdict for e in plain.limits.evaluations} == {Verdict.NOT_EVALUABLE}
    derived = check_plan(four, TG101, conversion=FractionConversion.parse("linear"))
    judged = [e for e in derived.limits.evaluations if e.value is not None]
    assert judged
    assert all("derived: on a straight line" in (e.reason or "") for e in judged)


def test_a_pair_named_the_wrong_way_round_is_blocked(treatment: TreatmentSet) -> None:
    swapped = with_structures(treatment, Femur_Head_L="Femur_Head_R", Femur_Head_R="Femur_Head_L")
    rows = [e for e in check_plan(swapped, TG101).limits.evaluations if e.organ.startswith("Femur_Head")]
    assert len(rows) == 2
    assert {e.verdict for e in rows} == {Verdict.NOT_EVALUABLE}
