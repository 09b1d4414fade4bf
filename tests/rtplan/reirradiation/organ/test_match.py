from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType

import numpy as np
import pytest

from dicom_io.dvh import DVHExport, Metric, StoredDVH
from dicom_io.objects import PatientIdentity
from rtplan.courses import (
    Course,
    Delivery,
    OrganRecord,
    course_of_export,
    course_of_records,
    course_of_regimen,
    course_of_treatments,
)
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.names import NameDictionary
from rtplan.reirradiation.organ import match_organ, parse_match


def course(sets: ModuleType, role: str, *names: str) -> Course:
    boxes = dict.fromkeys(names, ((-10, 10), (-10, 10), (-12, 12)))
    treated = sets.treatment(sets.linear((0, 0, 0), 20.0), n=5, organs=boxes)
    return course_of_treatments([(treated, Delivery())], role=role)


def test_the_same_name_in_both_courses_is_the_same_organ(sets: ModuleType) -> None:
    found = match_organ(
        "Rectum", course(sets, "new", "Rectum", "Bladder"), [course(sets, "prior", "Rectum")], stated={}
    )
    assert found.new is not None
    assert found.priors[0] is not None
    assert found.evidence == ("Rectum: same name", "Rectum: same name")


def test_a_name_that_stands_for_the_standard_is_taken_with_its_evidence(sets: ModuleType) -> None:
    found = match_organ(
        "Femur_Head_L",
        course(sets, "new", "femoral head L"),
        [course(sets, "prior", "Bladder")],
        stated={},
    )
    assert found.new is not None
    assert found.new.name == "femoral head L"
    assert found.priors == (None,)
    assert "no structure of prior" in found.evidence[1]


def test_two_structures_for_one_organ_are_asked_about(sets: ModuleType) -> None:
    with pytest.raises(RtplanLookupError, match="may be"):
        match_organ(
            "Femur_Head_L",
            course(sets, "new", "femoral head L", "FEMUR_HEAD_L"),
            [course(sets, "prior", "Bladder")],
            stated={},
        )


def test_a_match_by_hand_wins(sets: ModuleType) -> None:
    stated = parse_match(["Rectum=stump,Rectum_old"])
    found = match_organ(
        "Rectum",
        course(sets, "new", "Rectum", "stump"),
        [course(sets, "prior", "Rectum_old")],
        stated=stated,
    )
    assert found.new is not None
    assert found.new.name == "stump"
    assert found.evidence == ("stump: chosen by hand", "Rectum_old: chosen by hand")


def test_a_match_by_hand_that_is_not_there_lists_what_is(sets: ModuleType) -> None:
    with pytest.raises(RtplanLookupError, match="near names: Rectum"):
        match_organ(
            "Rectum",
            course(sets, "new", "Rectum"),
            [course(sets, "prior", "Rectum")],
            stated={"Rectum": ("Rektum", "Rectum")},
        )


def test_a_course_without_structures_has_no_organ(sets: ModuleType) -> None:
    found = match_organ(
        "Rectum",
        course(sets, "new", "Rectum"),
        [course_of_regimen("50Gy/25", role="prior")],
        stated={"Rectum": ("Rectum", "anything")},
    )
    assert found.priors == (None,)


@pytest.mark.parametrize("text", ["Rectum", "Rectum=", "=a,b", "Rectum=a,,b"])
def test_what_is_no_match_is_refused(text: str) -> None:
    with pytest.raises(RtplanValueError, match="is no match"):
        parse_match([text])


def test_an_organ_matched_twice_is_refused() -> None:
    with pytest.raises(RtplanValueError, match="matched twice"):
        parse_match(["Rectum=a,b", "Rectum=c,d"])


def exported(*names: str, plans: Sequence[str] = ("P1",)) -> Course:
    curves = tuple(
        StoredDVH(
            structure_name=name,
            source="Eclipse text",
            volume_cc=20.0,
            dose_gy=np.array([0.0, 10.0]),
            volume_fraction=np.array([1.0, 0.0]),
            plan=plan,
        )
        for name in names
        for plan in plans
    )
    nobody = PatientIdentity(patient_id="", birth_date="", sex="")
    export = DVHExport(system="Eclipse", plans=(), dvhs=curves, patient=nobody, source_sha256="ab" * 32)
    return course_of_export(export, role="prior", n_fractions=5, modality="photon")


def recorded(*names: str) -> Course:
    records = [OrganRecord(name=name, doses_gy={Metric.parse("Max[Gy]"): 20.0}) for name in names]
    return course_of_records(records, role="prior", label="2019", n_fractions=5, modality="photon")


@pytest.mark.parametrize(("made", "kind"), [(exported, "curve"), (recorded, "record")])
def test_a_curve_or_record_is_found_by_its_name_its_standard_name_or_by_hand(
    sets: ModuleType, made: Callable[..., Course], kind: str
) -> None:
    new = course(sets, "new", "Femur_Head_L")
    same = match_organ("Femur_Head_L", new, [made("FEMUR_HEAD_L")], stated={})
    assert (same.names, same.evidence[1]) == (("FEMUR_HEAD_L",), f"{kind} FEMUR_HEAD_L: same name")
    standard = match_organ("Femur_Head_L", new, [made("Bladder", "femoral head L")], stated={})
    assert standard.names == ("femoral head L",)
    by_hand = match_organ(
        "Femur_Head_L", new, [made("Hueftkopf li")], stated={"Femur_Head_L": ("Femur_Head_L", "Hueftkopf li")}
    )
    assert by_hand.names == ("Hueftkopf li",)
    assert by_hand.evidence[1] == f"{kind} Hueftkopf li: chosen by hand"
    missing = match_organ("Femur_Head_L", new, [made("Bladder")], stated={})
    assert missing.names == (None,)
    assert "there are: Bladder" in missing.evidence[1]
    with pytest.raises(RtplanLookupError, match="Bladder"):
        match_organ("Femur_Head_L", new, [made("Bladder")], stated={"Femur_Head_L": ("Femur_Head_L", "x")})


def test_curves_of_two_plans_or_two_names_are_asked_about(sets: ModuleType) -> None:
    new = course(sets, "new", "Femur_Head_L")
    with pytest.raises(RtplanLookupError, match="export one plan"):
        match_organ("Femur_Head_L", new, [exported("Femur_Head_L", plans=("P1", "P2"))], stated={})
    with pytest.raises(RtplanLookupError, match="choose with a match"):
        match_organ("Femur_Head_L", new, [exported("femoral head L", "Fem head L")], stated={})


@pytest.mark.parametrize("made", [exported, recorded])
def test_two_entries_for_one_organ_are_a_question_and_never_a_precedence(
    sets: ModuleType, made: Callable[..., Course]
) -> None:
    new = course(sets, "new", "Bladder")
    for names in (("Harnblase", "Bladder"), ("Bladder", "Harnblase"), ("bladder", "Bladder")):
        with pytest.raises(RtplanLookupError, match="choose with a match Bladder=NEW,PRIOR"):
            match_organ("Bladder", new, [made(*names)], stated={})
    by_hand = match_organ(
        "Bladder", new, [made("Harnblase", "Bladder")], stated={"Bladder": ("Bladder", "Harnblase")}
    )
    assert by_hand.names == ("Harnblase",)


def test_two_structures_of_one_standard_name_are_a_question_as_in_a_plan_check(sets: ModuleType) -> None:
    with pytest.raises(RtplanLookupError, match="may be 'Bladder' or 'Harnblase'"):
        match_organ(
            "Bladder",
            course(sets, "new", "Bladder", "Harnblase"),
            [course(sets, "prior", "Bladder")],
            stated={},
        )


def test_a_clinics_dictionary_goes_before_the_table(sets: ModuleType) -> None:
    names = NameDictionary(standards={"stump": "Rectum", "rectum": "Canal_Anal"})
    found = match_organ(
        "Rectum",
        course(sets, "new", "stump", "Rectum"),
        [recorded("stump")],
        stated={},
        dictionary=names,
    )
    assert found.new is not None
    assert (found.new.name, found.evidence[0]) == ("stump", "stump: dictionary")
    assert found.names == ("stump",)
