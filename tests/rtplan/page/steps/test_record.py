"""The record: every field of the case file can be filled in on the page, and nothing fills itself in."""

from __future__ import annotations

from datetime import date

import pytest

from rtplan.case import KINDS, draft, draft_tables
from rtplan.case.keys import Key, Table
from rtplan.errors import RtplanValueError
from rtplan.page.casebook import Sheet
from rtplan.page.steps import Form, record, record_parts, state_record

EMPTY = Sheet(revision=0, kind="reirradiate", tables={})

RECORD = (
    Table(
        name="record",
        meaning="what no object says",
        keys=(Key(name="reirradiation_class", meaning="which", example='"type 1"'),),
    ),
    Table(
        name="record.patient",
        meaning="the patient",
        keys=(Key(name="tumour", meaning="site, histology, stage", example='"..."'),),
    ),
    Table(
        name="record.treatment",
        meaning="the new course",
        keys=(Key(name="ctv_to_ptv_mm", meaning="margin, mm", example="5.0"),),
    ),
    Table(
        name="record.earlier",
        meaning="an earlier course",
        is_list=True,
        keys=(
            Key(name="prior", meaning="which", example="1", is_needed=True),
            Key(name="toxicity", meaning="after it", example='"..."'),
        ),
    ),
    Table(
        name="record.registration",
        meaning="a judgement",
        is_list=True,
        keys=(
            Key(name="judged_by", meaning="who", example='"N. N."', is_needed=True),
            Key(name="judged_on", meaning="day", example="2024-02-10", is_needed=True),
            Key(name="suitable_for", meaning="organs", example='["SacralPlex"]'),
        ),
    ),
)
"""Tables of each shape that a record has."""


@pytest.fixture(autouse=True)
def with_these_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [table for table in KINDS["reirradiate"] if table.name.split(".")[0] != "record"]
    kinds = {**KINDS, "reirradiate": (*others, *RECORD)}
    for module in (draft, record):
        monkeypatch.setattr(module, "KINDS", kinds)


def fields(sheet: Sheet) -> dict[str, str]:
    return {field.name: field.value for part in record_parts(sheet) for row in part.rows for field in row}


def said(**changed: str) -> Form:
    values = fields(EMPTY) | changed
    return Form(values={name: [value] for name, value in values.items()})


def again(sheet: Sheet) -> Sheet:
    """The same case as it is read from its file."""
    return Sheet(revision=1, kind=sheet.kind, tables=draft_tables(sheet.text))


def test_every_field_of_the_case_file_is_asked_for() -> None:
    asked = {(part.name, field.key) for part in record_parts(EMPTY) for row in part.rows for field in row}
    assert asked == {(table.name, key.name) for table in RECORD for key in table.keys}


def test_nothing_is_filled_in_by_itself() -> None:
    assert set(fields(EMPTY).values()) == {""}
    assert "record" not in state_record(EMPTY, said()).text


def test_what_is_filled_in_stands_in_the_case_file_and_in_the_form_again() -> None:
    filled = {
        "record-0-reirradiation_class": "type 1",
        "record.patient-0-tumour": 'rectum, "pT3"',
        "record.treatment-0-ctv_to_ptv_mm": "5,5",
        "record.earlier-0-prior": "1",
        "record.earlier-0-toxicity": "none",
        "record.registration-0-judged_by": "N. N.",
        "record.registration-0-judged_on": "2024-02-10",
        "record.registration-0-suitable_for": "SacralPlex, Bladder",
    }
    stated = again(state_record(EMPTY, said(**filled)))
    said_there = stated.tables["record"]
    assert said_there["reirradiation_class"] == "type 1"
    assert said_there["patient"]["tumour"] == 'rectum, "pT3"'
    assert said_there["treatment"]["ctv_to_ptv_mm"] == 5.5
    assert said_there["earlier"] == [{"prior": 1, "toxicity": "none"}]
    assert said_there["registration"][0]["judged_on"] == date(2024, 2, 10)
    assert said_there["registration"][0]["suitable_for"] == ["SacralPlex", "Bladder"]
    shown = fields(stated)
    assert {name: shown[name] for name in filled} == filled | {"record.treatment-0-ctv_to_ptv_mm": "5.5"}
    assert again(state_record(stated, Form(values={n: [v] for n, v in shown.items()}))).text == stated.text


def test_a_list_offers_a_blank_row_after_those_that_are_stated() -> None:
    stated = again(state_record(EMPTY, said(**{"record.earlier-0-prior": "1"})))
    (part,) = [part for part in record_parts(stated) if part.name == "record.earlier"]
    assert [row[0].value for row in part.rows] == ["1", ""]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("record.earlier-0-prior", "first"),
        ("record.registration-0-judged_on", "10.02.2024"),
        ("record.treatment-0-ctv_to_ptv_mm", "five"),
    ],
)
def test_a_field_that_says_something_else_is_refused(name: str, text: str) -> None:
    with pytest.raises(RtplanValueError, match=text):
        state_record(EMPTY, said(**{name: text}))
