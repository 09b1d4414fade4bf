"""A check states its plans and what they are held against."""

from __future__ import annotations

import pytest

from rtplan.errors import RtplanValueError
from rtplan.page.casebook import Sheet
from rtplan.page.steps import Card, Form, state_check, with_card, with_facts


def sheet(**tables: str) -> Sheet:
    made = Sheet(revision=0, kind="check", tables=tables)
    for name, n_doses in (("a", 1), ("b", 1), ("images", 0)):
        made = with_card(made, Card(id=name, source=f"courses/{name}", how="files"))
        made = with_facts(made, name, facts={"kind": "dicom", "n_doses": n_doses, "plans": []})
    return made


def test_every_source_with_a_dose_is_a_plan_to_check() -> None:
    stated = state_check(sheet(), Form(values={"constraints": ["quantec"], "plan-b": ["1.2.3"]}))
    assert stated.tables["plan"] == [
        {"folder": "courses/a", "plan": None},
        {"folder": "courses/b", "plan": "1.2.3"},
    ]
    assert "[[plan]]" in stated.text
    assert "[new]" not in stated.text


def test_something_has_to_say_what_they_are_held_against() -> None:
    with pytest.raises(RtplanValueError, match="against what"):
        state_check(sheet(), Form(values={}))
    assert state_check(sheet(clinic="clinic.toml"), Form(values={})).tables["plan"]
