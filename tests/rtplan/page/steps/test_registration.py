"""Registration: chosen by a person with a reason, or said to be none; a typed matrix says everything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rtplan.errors import RtplanValueError
from rtplan.page.casebook import Sheet
from rtplan.page.steps import (
    Card,
    Form,
    found_registrations,
    matrix_text,
    registration_open,
    same_frame,
    state_registration,
    with_card,
    with_facts,
)
from rtplan.sums import read_registrations

FOUND = {"label": "2024-01-29 registration", "is_deformable": False, "file": "courses/r/one.dcm"}


def sheet_of(*frames: str) -> Sheet:
    sheet = Sheet(revision=0, kind="reirradiate", tables={})
    for number, frame in enumerate(frames):
        role = "new" if number == 0 else "prior"
        sheet = with_card(sheet, Card(id=f"c{number}", source=f"courses/{number}", how="files", role=role))
        facts = {"kind": "dicom", "n_doses": 1, "plans": [], "frame_uid": frame, "registrations": [FOUND]}
        sheet = with_facts(sheet, f"c{number}", facts=facts)
    return sheet


def said(**values: str | list[str]) -> Form:
    return Form(values={name: [value] if isinstance(value, str) else value for name, value in values.items()})


def test_the_same_object_in_two_folders_is_one() -> None:
    assert [each.file for each in found_registrations(sheet_of("1.2", "1.3"))] == ["courses/r/one.dcm"]


def test_a_registration_is_used_with_who_and_why() -> None:
    chosen = said(how="object", file="courses/r/one.dcm", decided_by="A", because="on the sacrum")
    sheet = state_registration(sheet_of("1.2", "1.3"), chosen)
    assert sheet.tables["registration"] == [
        {"file": "courses/r/one.dcm", "decided_by": "A", "because": "on the sacrum"}
    ]
    assert registration_open(sheet) == []
    assert found_registrations(sheet)[0].is_used


def test_without_a_reason_it_keeps_the_answer_back() -> None:
    sheet = state_registration(sheet_of("1.2", "1.3"), said(how="object", file="courses/r/one.dcm"))
    assert [key for key, _ in registration_open(sheet)] == ["registration.open.judged"]


def test_none_is_a_statement_too() -> None:
    sheet = sheet_of("1.2", "1.3")
    assert [key for key, _ in registration_open(sheet)] == ["registration.open.unsaid"]
    assert registration_open(state_registration(sheet, said(how="none", file="courses/r/one.dcm"))) == []
    assert state_registration(sheet, said(how="none", file="courses/r/one.dcm")).tables["registration"] == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"how": "object"}, "which registration"),
        ({"how": "object", "file": "/etc/passwd"}, "not among those found"),
        ({"how": "none", "rotation_degrees": "2"}, "without a shift"),
        ({"how": "none", "shift_mm": "two"}, "no number"),
    ],
)
def test_what_is_wrong_is_said(values: dict[str, str], words: str) -> None:
    with pytest.raises(RtplanValueError, match=words):
        state_registration(sheet_of("1.2", "1.3"), said(**values))


def test_an_uncertainty_is_stated_or_absent() -> None:
    stated = state_registration(sheet_of("1.2"), said(how="none", shift_mm="2", rotation_degrees="1"))
    assert stated.tables["registration_uncertainty"] == {"shift_mm": 2, "rotation_degrees": 1}
    assert state_registration(sheet_of("1.2"), said(how="none")).tables["registration_uncertainty"] == {}


def test_frames_are_compared_over_all_courses() -> None:
    assert same_frame(sheet_of("1.2", "1.2"))
    assert not same_frame(sheet_of("1.2", "1.3"))
    assert not same_frame(sheet_of("1.2", ""))


def test_a_typed_matrix_reads_as_the_transform_that_was_typed(tmp_path: Path) -> None:
    numbers = [0.0, -1.0, 0.0, 5.0, 1.0, 0.0, 0.0, -2.5, 0.0, 0.0, 1.0, 7.0]
    (tmp_path / "matrix.toml").write_text(matrix_text(numbers, maps_from="1.2", maps_to="1.3"))
    (transform,) = read_registrations(tmp_path / "matrix.toml")
    assert (transform.maps_from, transform.maps_to) == ("1.2", "1.3")
    assert np.allclose(transform.apply(np.array([[1.0, 2.0, 3.0]])), [[-2.0 + 5.0, 1.0 - 2.5, 10.0]])


@pytest.mark.parametrize("numbers", [[1.0] * 11, [1.0] * 16, []])
def test_what_is_no_matrix_is_refused(numbers: list[float]) -> None:
    with pytest.raises(RtplanValueError, match="four rows of four"):
        matrix_text(numbers, maps_from="1.2", maps_to="1.3")
