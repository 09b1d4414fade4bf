from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from dicom_io import Metric
from rtplan.courses import (
    Delivery,
    Grade,
    OrganRecord,
    course_of_records,
    course_of_regimen,
    course_of_treatments,
)
from rtplan.errors import RtplanLookupError, RtplanValueError


def flat(sets: ModuleType, **changes: Any) -> Any:
    return sets.treatment(sets.linear((0, 0, 0), 20.0), **({"n": 5} | changes))


def test_a_course_of_full_dicom_says_what_it_is(sets: ModuleType) -> None:
    course = course_of_treatments([(flat(sets), Delivery())], role="new")
    assert course.grade is Grade.DICOM
    assert (course.n_fractions, course.modality) == (5, "photon")
    assert course.label == "new: 2024-01-29 …1111 50 Gy"
    assert course.prescription_gy == 50.0
    assert "5 fractions" in repr(course)


def test_a_course_without_structures_has_a_lower_grade(sets: ModuleType) -> None:
    course = course_of_treatments([(flat(sets, organs={}), Delivery())], role="prior")
    assert course.grade is Grade.DOSE_ONLY
    assert course.grade.rank > Grade.DICOM.rank
    with pytest.raises(RtplanLookupError, match="there are: none"):
        course.structure("Rectum")


def test_a_structure_is_found_in_any_case_and_never_guessed(sets: ModuleType) -> None:
    course = course_of_treatments([(flat(sets), Delivery())], role="new")
    assert course.structure("rectum").name == "Rectum"
    with pytest.raises(RtplanLookupError, match="there are: Rectum, Bladder"):
        course.structure("Rektum")


def test_a_number_of_fractions_that_nobody_states_is_asked_for(sets: ModuleType) -> None:
    with pytest.raises(RtplanValueError, match="does not say how many fractions"):
        course_of_treatments([(flat(sets, n=None), Delivery())], role="prior")
    stated = course_of_treatments([(flat(sets, n=None), Delivery(n_fractions=5))], role="prior")
    assert stated.n_fractions == 5
    assert any("as stated" in finding for finding in stated.findings)


def test_dose_without_a_plan_leaves_the_modality_open(sets: ModuleType) -> None:
    course = course_of_treatments([(flat(sets, with_plan=False), Delivery(n_fractions=5))], role="prior")
    assert course.modality == "not stated"
    assert any("modality not stated" in finding for finding in course.findings)
    assert course.prescription_gy is None


def test_a_mixed_plan_of_photons_and_electrons_needs_no_question(sets: ModuleType) -> None:
    course = course_of_treatments([(flat(sets, radiation=("PHOTON", "ELECTRON")), Delivery())], role="new")
    assert course.modality == "photon"
    with pytest.raises(RtplanValueError, match="mixes"):
        course_of_treatments([(flat(sets, radiation=("PHOTON", "PROTON")), Delivery())], role="new")


def test_a_treatment_set_without_dose_is_refused(sets: ModuleType) -> None:
    with pytest.raises(RtplanValueError, match="no dose"):
        course_of_treatments([(sets.treatment(None, n=5), Delivery())], role="prior")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"n_fractions": 0}, "whole number"),
        ({"n_fractions": 2.5}, "whole number"),
        ({"modality": "x-rays"}, "one of photon"),
        ({"modality": "proton", "rbe": 11}, "factor between"),
        ({"rbe": 1.1}, "say of what"),
    ],
)
def test_a_delivery_that_means_nothing_is_refused(said: dict[str, Any], message: str) -> None:
    with pytest.raises(RtplanValueError, match=message):
        Delivery(**said)


def test_a_prescription_is_the_lowest_grade() -> None:
    course = course_of_regimen("50.4Gy/28", role="prior")
    assert course.grade is Grade.PRESCRIPTION
    assert not course.has_dose
    assert course.prescription_gy == pytest.approx(50.4)
    assert max(Grade, key=lambda grade: grade.rank) is Grade.PRESCRIPTION


def test_two_fractions_a_day_are_said_to_rest_on_full_repair() -> None:
    course = course_of_regimen("40.8Gy/34 BID", role="prior")
    assert any("full repair between them" in finding for finding in course.findings)


def test_assumed_records_are_graded_as_assumed() -> None:
    doses = {Metric.parse("Max[Gy]"): 50.0}
    for assumed, grade in ((True, Grade.ASSUMED), (False, Grade.RECORD)):
        record = OrganRecord(name="Rectum", doses_gy=doses, assumed=assumed)
        course = course_of_records([record], role="prior", label="x", n_fractions=25, modality="photon")
        assert course.grade is grade
        assert course.record("rectum") is record
        assert course.record("Bladder") is None


def test_a_brachytherapy_plan_that_says_hdr_need_not_be_told_so(sets: ModuleType) -> None:
    treated = sets.treatment(sets.linear((0, 0, 0), 7.0), n=4, prescription=28.0, brachytherapy=True)
    for kind in ("LDR", "PDR"):
        other = replace(treated, plan=replace(treated.plan, brachy_type=kind))
        with pytest.raises(RtplanValueError, match=f"{kind} brachytherapy cannot be converted"):
            course_of_treatments([(other, Delivery())], role="prior")
    said = replace(treated, plan=replace(treated.plan, brachy_type="HDR"))
    assert course_of_treatments([(said, Delivery())], role="prior").modality == "HDR brachytherapy"
    with pytest.raises(RtplanValueError, match="without its dose rate"):
        course_of_treatments([(treated, Delivery())], role="prior")
    with pytest.raises(RtplanValueError, match="but the plan says HDR brachytherapy"):
        course_of_treatments([(said, Delivery(modality="LDR brachytherapy"))], role="prior")


def test_how_a_typed_regimen_was_read_is_said_of_the_course() -> None:
    assert (
        "'12x4' has no unit: read as 12 fractions of 4 Gy" in course_of_regimen("12x4", role="prior").findings
    )
