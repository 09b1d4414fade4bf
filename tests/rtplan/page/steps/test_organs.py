"""Organs: pairs are proposed with evidence and confirmed by a person; no alpha/beta has a default."""

from __future__ import annotations

from typing import Any

import pytest

from rtplan.errors import RtplanValueError
from rtplan.page.casebook import Sheet
from rtplan.page.steps import (
    Card,
    Form,
    organ_choices,
    organs_open,
    published_alpha_betas,
    state_organs,
    targets_of,
    with_card,
    with_facts,
)


def structure(name: str, standard: str | None, **more: Any) -> dict[str, Any]:
    said = {
        "type": "ORGAN",
        "is_drawn": True,
        "evidence": "exact",
        "near": [],
        "target": None,
        "question": None,
    }
    return {"name": name, "standard": standard, **said, **more}


NEW = [
    structure("Bladder", "Bladder"),
    structure("Rectum", "Rectum"),
    structure("GTV", None, target="type GTV"),
    structure("Body", "External", type="EXTERNAL"),
    structure("Cord", "SpinalCord", is_drawn=False),
]
OLD = [structure("Blase", "Bladder", evidence="synonym"), structure("Heart", "Heart")]


@pytest.fixture
def sheet() -> Sheet:
    made = Sheet(revision=0, kind="reirradiate", tables={}, beside={"who": "A. Person"})
    for name, role, rows in (("new", "new", NEW), ("old", "prior", OLD)):
        made = with_card(made, Card(id=name, source=f"courses/{name}", how="files", role=role))
        made = with_facts(made, name, facts={"kind": "dicom", "n_doses": 1, "plans": [], "structures": rows})
    return made


def filled(**changed: str) -> Form:
    said = {
        "organ-0": "Bladder", "use-0": "1", "structure-0-0": "Bladder", "structure-0-1": "Blase",
        "evidence-0": "exact; synonym", "alpha_beta-0": "3", "source-0": "clinic, 2024",
    }  # fmt: skip
    said |= {name.replace("__", "-"): value for name, value in changed.items()}
    return Form(values={name: [value] for name, value in said.items()})


def test_organs_of_both_courses_stand_first_each_with_its_evidence(sheet: Sheet) -> None:
    choices = organ_choices(sheet)
    assert [choice.organ for choice in choices] == ["Bladder", "Rectum", "Heart"]
    assert choices[0].structures == ("Bladder", "Blase")
    assert choices[0].evidence == ("exact", "synonym")
    assert not any(choice.is_used or choice.alpha_beta for choice in choices), "nothing has a default"


def test_two_structures_of_one_organ_stay_a_question(sheet: Sheet) -> None:
    twice = [*OLD, structure("Blase2", "Bladder")]
    facts = {"kind": "dicom", "n_doses": 1, "plans": [], "structures": twice}
    assert organ_choices(with_facts(sheet, "old", facts=facts))[0].structures == ("Bladder", "")


def test_an_earlier_contour_may_be_carried_over(sheet: Sheet) -> None:
    assert "@prior" in organ_choices(sheet)[0].options[0]
    assert "@prior" not in organ_choices(sheet)[0].options[1]


def test_what_is_confirmed_is_in_the_case_with_who_and_why(sheet: Sheet) -> None:
    stated = state_organs(sheet, filled(confirmed="1"))
    (tissue,), (match,) = stated.tables["tissue"], stated.tables["match"]
    assert (tissue["organ"], tissue["alpha_beta"], tissue["source"]) == ("Bladder", 3, "clinic, 2024")
    assert match["structures"] == ["Bladder", "Blase"]
    assert (match["decided_by"], match["because"]) == ("A. Person", "exact; synonym")
    assert organs_open(stated) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"alpha_beta__0": ""}, "its alpha/beta is missing"),
        ({"source__0": ""}, "where is its alpha/beta from"),
        ({"alpha_beta__0": "three"}, "a number above 0 Gy"),
        ({"alpha_beta__0": "30"}, "did you type 3"),
        ({"alpha_beta__0": "0"}, "above 0 Gy"),
    ],
)
def test_an_alpha_beta_needs_a_value_and_a_source(sheet: Sheet, changed: dict[str, str], said: str) -> None:
    with pytest.raises(RtplanValueError, match=said):
        state_organs(sheet, filled(**changed))


def test_a_value_picked_from_a_table_brings_its_source(sheet: Sheet) -> None:
    picked = filled(alpha_beta__0="", source__0="", picked__0="4.4|Somebody 2010; late effects")
    (tissue,) = state_organs(sheet, picked).tables["tissue"]
    assert (tissue["alpha_beta"], tissue["source"]) == (4.4, "Somebody 2010; late effects")
    typed = filled(alpha_beta__0="5", picked__0="4.4|Somebody 2010")
    assert state_organs(sheet, typed).tables["tissue"][0]["alpha_beta"] == 5, "what is typed goes before"


def test_an_unusual_value_that_is_meant_is_kept_as_such(sheet: Sheet) -> None:
    stated = state_organs(sheet, filled(alpha_beta__0="30 unusual"))
    assert stated.tables["tissue"][0]["alpha_beta"] == "30 unusual"
    assert organ_choices(stated)[0].alpha_beta == "30 unusual"


def test_an_organ_that_is_not_ticked_is_not_asked_about(sheet: Sheet) -> None:
    assert state_organs(sheet, filled(use__0="")).tables["tissue"] == []


def test_a_course_without_the_organ_leaves_the_match_to_its_names(sheet: Sheet) -> None:
    assert state_organs(sheet, filled(structure__0__1="")).tables["match"] == []


def test_nothing_is_answered_before_a_person_confirmed(sheet: Sheet) -> None:
    assert ("organs.open.unconfirmed", {}) in organs_open(state_organs(sheet, filled()))
    assert [key for key, _ in organs_open(sheet)] == ["organs.open.none", "organs.open.unconfirmed"]


def test_targets_are_shown_with_what_says_so(sheet: Sheet) -> None:
    assert [(row["name"], row["target"]) for row in targets_of(sheet)] == [("GTV", "type GTV")]


def test_published_values_are_of_normal_tissue_and_have_a_source() -> None:
    rows = published_alpha_betas("SpinalCord")
    assert rows
    assert all(row.kind == "normal tissue" and row.source and (row.value or 0) > 0 for row in rows)
    assert [row.is_verified for row in rows] == sorted((row.is_verified for row in rows), reverse=True)
