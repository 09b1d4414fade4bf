"""Cards become the case's courses: nothing is proposed that a file does not say, and no day ever."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rtplan.errors import RtplanValueError
from rtplan.page.casebook import Sheet
from rtplan.page.steps import (
    Card,
    Form,
    cards_of,
    courses_open,
    state_courses,
    with_card,
    with_facts,
    without_card,
)

EMPTY = Sheet(revision=0, kind="reirradiate", tables={})


def facts(day: str = "", **more: Any) -> dict[str, Any]:
    plans = [{"date": day, "label": f"{day} plan", "uid": "1.2"}] if day else []
    return {"kind": "dicom", "n_doses": 1, "plans": plans, "structures": [], "identity": {}, **more}


def sheet_of(*days: str, **more: Any) -> Sheet:
    sheet = EMPTY
    for number, day in enumerate(days):
        sheet = with_card(sheet, Card(id=f"c{number}", source=f"courses/{number}", how="files"))
        sheet = with_facts(sheet, f"c{number}", facts=facts(day, **more))
    return sheet


def form(**values: str) -> Form:
    return Form(values={name.replace("__", "-"): [value] for name, value in values.items()})


def keys(sheet: Sheet) -> list[str]:
    return [key for key, _ in courses_open(sheet)]


@pytest.mark.parametrize("days", [("2023-04-24", "2024-01-29"), ("2024-01-29", "2023-04-24")])
def test_the_course_planned_last_is_proposed_as_the_new_one(days: tuple[str, str]) -> None:
    roles = {card.plan_date: card.role for card in cards_of(sheet_of(*days))}
    assert roles == {"2023-04-24": "prior", "2024-01-29": "new"}


def test_a_single_course_is_not_taken_for_the_new_one() -> None:
    assert [card.role for card in cards_of(sheet_of("2024-01-29"))] == ["prior"]


def test_no_day_is_proposed() -> None:
    sheet = sheet_of("2023-04-24", "2024-01-29")
    assert "starts" not in {k for k, v in sheet.tables["new"].items() if v is not None}
    assert {"courses.open.ended", "courses.open.starts"} <= set(keys(sheet))


def test_a_registration_alone_is_no_course() -> None:
    sheet = with_card(sheet_of("2023-04-24"), Card(id="r", source="courses/r", how="files"))
    sheet = with_facts(sheet, "r", facts={**facts(), "n_doses": 0})
    assert cards_of(sheet)[1].role == "none"


def test_what_is_stated_becomes_the_tables_of_the_case() -> None:
    said = form(
        who="A. Person", role__c0="prior", day__c0="2023-06-08", n_fractions__c0="20",
        role__c1="new", day__c1="2024-02-12",
    )  # fmt: skip
    sheet = state_courses(sheet_of("2023-04-24", "2024-01-29"), said)
    assert sheet.tables["new"] == {"source": "courses/1", "starts": date(2024, 2, 12), "plan": None}
    assert sheet.tables["prior"] == [
        {"source": "courses/0", "ended": date(2023, 6, 8), "plan": None, "n_fractions": 20}
    ]
    assert keys(sheet) == []


def test_a_person_may_say_otherwise_and_is_not_overruled_by_what_comes_later() -> None:
    said = form(role__c0="new", day__c0="2024-02-12", role__c1="prior", day__c1="2023-06-08", who="A")
    sheet = state_courses(sheet_of("2023-04-24", "2024-01-29"), said)
    sheet = with_card(sheet, Card(id="c9", source="courses/9", how="files"))
    sheet = with_facts(sheet, "c9", facts=facts("2025-01-01"))
    assert [card.role for card in cards_of(sheet)] == ["new", "prior", "prior"]


def test_every_mistake_is_told_at_once_and_nothing_is_changed() -> None:
    said = form(day__c0="08.06.2023", n_fractions__c0="many", day__c1="2024-02-30")
    with pytest.raises(RtplanValueError) as refused:
        state_courses(sheet_of("2023-04-24", "2024-01-29"), said)
    for words in ("08.06.2023", "many", "2024-02-30"):
        assert words in str(refused.value)


def test_the_same_source_again_is_one_card() -> None:
    sheet = sheet_of("2023-04-24")
    assert with_card(sheet, Card(id="other", source="courses/0", how="files")) == sheet


@pytest.mark.parametrize("what", ["patient_id", "birth_date", "sex"])
def test_two_identities_stop_the_case_until_a_person_has_checked(what: str) -> None:
    sheet = sheet_of("2023-04-24", "2024-01-29")
    for card, value in (("c0", "a"), ("c1", "b")):
        sheet = with_facts(sheet, card, facts=facts("2023-04-24", identity={what: value, "other": "x"}))
    assert keys(sheet)[0] == "courses.open.patient"
    said = form(same_patient="1", who="A")
    assert "courses.open.patient" not in keys(state_courses(sheet, said))
    assert state_courses(sheet, said).tables["same_patient"] is True


def test_what_is_not_stated_is_no_difference() -> None:
    sheet = sheet_of("2023-04-24", "2024-01-29")
    sheet = with_facts(sheet, "c0", facts=facts("2023-04-24", identity={"sex": "a"}))
    assert "courses.open.patient" not in keys(sheet)


def test_a_card_that_was_refused_keeps_the_answer_back() -> None:
    sheet = with_facts(sheet_of("2023-04-24", "2024-01-29"), "c0", facts=None, refusal="two plans")
    assert "courses.open.refused" in keys(sheet)


def test_other_courses_need_their_structures_confirmed_again() -> None:
    """Structures are matched by the places of their courses."""
    sheet = sheet_of("2023-04-24", "2024-01-29").stating(
        match=[{"organ": "Bladder", "structures": ["a", "b"]}]
    )
    sheet = sheet.noting(organs_confirmed_by="A")
    same = state_courses(sheet, form(who="B", role__c0="prior", role__c1="new", day__c0="2023-06-08"))
    assert same.tables["match"]
    assert same.beside["organs_confirmed_by"] == "A"
    other = without_card(sheet, "c0")
    assert not other.tables["match"]
    assert not other.beside["organs_confirmed_by"]


def two_patients(**stated: Any) -> Sheet:
    """Return a case of two courses whose identities differ, ticked as one patient's."""
    sheet = sheet_of("2023-04-24", "2024-01-29")
    for card, value in (("c0", "a"), ("c1", "b")):
        sheet = with_facts(sheet, card, facts=facts("2023-04-24", identity={"patient_id": value}))
    return state_courses(sheet, form(same_patient="1", who="A")).stating(**stated)


def test_one_patient_is_ticked_for_the_courses_that_were_there_only() -> None:
    """A course that comes later may be anybody's; the tick that the form sends along is the earlier one."""
    sheet = two_patients()
    assert "courses.open.patient" not in keys(sheet)
    later = with_card(sheet, Card(id="c9", source="courses/9", how="files"))
    later = with_facts(later, "c9", facts=facts("2022-01-01", identity={"patient_id": "c"}))
    assert keys(later)[0] == "courses.open.patient"
    assert "courses.open.patient" not in keys(state_courses(later, form(same_patient="1", who="A")))
    unused = with_card(sheet, Card(id="c9", source="courses/9", how="files", role="none"))
    unused = with_facts(unused, "c9", facts=facts("2022-01-01", identity={"patient_id": "c"}))
    counted = state_courses(unused, form(same_patient="1", who="A", role__c9="prior"))
    assert keys(counted)[0] == "courses.open.patient"


def test_one_patient_is_asked_again_where_a_course_turns_out_to_be_another_s() -> None:
    sheet = two_patients()
    same = with_facts(sheet, "c0", facts=facts("2023-04-24", identity={"patient_id": "a"}))
    assert "courses.open.patient" not in keys(same)
    other = with_facts(sheet, "c0", facts=facts("2023-04-24", identity={"patient_id": "z"}))
    assert keys(other)[0] == "courses.open.patient"


def test_other_courses_need_their_registration_judged_again() -> None:
    rows = [{"file": "r.dcm", "decided_by": "A", "because": "checked on the sacrum"}]
    sheet = two_patients(registration=rows, registration_uncertainty={"shift_mm": 2})
    sheet = sheet.noting(registration_how="object")
    same = state_courses(sheet, form(who="B", day__c0="2023-06-08"))
    assert same.tables["registration"] == rows
    assert same.beside["registration_how"] == "object"
    other = without_card(sheet, "c0")
    assert not other.tables["registration"]
    assert not other.tables["registration_uncertainty"]
    assert not other.beside["registration_how"]


def test_what_was_delivered_of_a_new_course_is_not_another_s() -> None:
    sheet = two_patients()
    new = next(card for card in cards_of(sheet) if card.role == "new")
    sheet = sheet.stating(new={**sheet.tables["new"], "delivered": 3})
    assert state_courses(sheet, form(who="B")).tables["new"]["delivered"] == 3
    assert "delivered" not in without_card(sheet, new.id).tables["new"]


def test_what_was_found_of_a_plan_that_is_not_asked_for_any_more_is_left_out() -> None:
    """A look takes a while; meanwhile a person may choose another plan, or state the fractions."""
    sheet = sheet_of("2023-04-24", "2024-01-29")
    looked_at = cards_of(sheet)[0]
    late = facts("2023-04-24", identity={"sex": "a"})
    assert cards_of(with_facts(sheet, "c0", facts=late, looked_at=looked_at))[0].facts == late
    for said in ({"plan__c0": "1.2"}, {"n_fractions__c0": "20"}):
        now = state_courses(sheet, form(who="A", **said))
        assert with_facts(now, "c0", facts=late, looked_at=looked_at) == now
    gone = without_card(sheet, "c0")
    assert with_facts(gone, "c0", facts=late, looked_at=looked_at) == gone
