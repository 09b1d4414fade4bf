"""A sum that rests on a registration that nobody has judged says so at each verdict, in every form."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from rtplan.case import CheckBeside, RecordStatements
from rtplan.documents import document_body, reirradiation_document
from rtplan.errors import RtplanValueError
from rtplan.limits import Verdict
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.report.reirradiation import reirradiation_report
from rtplan.report.render import render_excel, render_html
from rtplan.selftest import demo_case
from rtplan.sums import NOT_JUDGED, RegistrationJudgement

JUDGED = RegistrationJudgement(
    judged_by="N. N.",
    role="physicist",
    judged_on=date(2024, 2, 10),
    because="sacrum within 1 mm",
    suitable_for=("SacralPlex", "CaudaEquina"),
    unsuitable_for=("Bladder",),
    instead="the bounds",
)


@pytest.fixture(scope="module")
def unjudged(two_courses: Path) -> Reirradiation:
    return reirradiate(demo_case(two_courses).question())


@pytest.fixture(scope="module")
def judged(two_courses: Path) -> Reirradiation:
    case = replace(demo_case(two_courses), record=RecordStatements(registrations=(JUDGED,)))
    return reirradiate(case.question())


def test_each_row_with_a_voxel_sum_says_that_nobody_judged(unjudged: Reirradiation) -> None:
    summed = [row for row in unjudged.rows if row.voxel_sum.value is not None]
    bounded = [row for row in unjudged.rows if row.voxel_sum.value is None]
    assert summed
    assert bounded
    assert {str(row.registration) for row in summed} == {NOT_JUDGED}
    assert {row.registration for row in bounded} == {None}


def test_the_words_stand_in_every_form(two_courses: Path, unjudged: Reirradiation) -> None:
    document = reirradiation_document(demo_case(two_courses), unjudged, CheckBeside())
    organs = document_body(document)["organs"]
    assert [row["registration"] for row in organs if row["voxel_sum_gy"] is not None] == [NOT_JUDGED] * 10
    limits = [line for line in document.text.splitlines() if line.strip().startswith("limit ")]
    assert [NOT_JUDGED in line for line in limits] == ["SpinalCord" not in line for line in limits]
    assert document.text.count(f"rests on: {NOT_JUDGED}") == 10
    report = reirradiation_report(unjudged, inputs=[], warnings=[], date=None)
    assert render_html(report).count(NOT_JUDGED) >= 13  # three verdicts on page one and again, ten values
    book = openpyxl.load_workbook(io.BytesIO(render_excel(report)))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert sum(NOT_JUDGED in text for text in cells) >= 13
    assert NOT_JUDGED in json.dumps(unjudged.records())


def test_what_was_judged_says_by_whom(judged: Reirradiation) -> None:
    row = judged.row("SacralPlex", "D0.03cc[Gy]")
    assert str(row.registration) == "registration judged suitable: N. N., physicist, 2024-02-10"
    assert str(judged.row("Rectum", "D0.03cc[Gy]").registration) == NOT_JUDGED


def test_a_sum_through_an_unfit_registration_is_never_within(
    unjudged: Reirradiation, judged: Reirradiation
) -> None:
    assert unjudged.row("Bladder", "D0.03cc[Gy]").verdict is Verdict.WITHIN
    row = judged.row("Bladder", "D0.03cc[Gy]")
    assert row.verdict is Verdict.NOT_EVALUABLE
    assert "instead: the bounds" in (row.reason or "")
    assert judged.row("SacralPlex", "D0.03cc[Gy]").verdict is Verdict.EXCEEDS


def test_a_judgement_of_a_course_that_there_is_not_is_refused(two_courses: Path) -> None:
    case = replace(demo_case(two_courses), record=RecordStatements(registrations=(replace(JUDGED, prior=2),)))
    with pytest.raises(RtplanValueError, match="earlier course 2; there are 1"):
        case.question()
