from __future__ import annotations

from types import ModuleType

import pytest

from rtplan.course import Course, Delivery, course_of_regimen, course_of_treatments
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.organ_match import match_organ, parse_match


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
