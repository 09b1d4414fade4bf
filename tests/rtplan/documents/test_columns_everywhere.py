"""One list of columns for each kind of row serves document, frame, notebook, page and workbook."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest

from dicom_io import load_study
from rtplan.courses import Delivery, course_of_treatments
from rtplan.documents import check_document, check_text, reirradiation_body, reirradiation_text
from rtplan.interval import Interval
from rtplan.limits import REMAINING_COLUMNS, load_constraint_set, parse_limits
from rtplan.plan_check import (
    DISTANCE_COLUMNS,
    DISTANCE_RULE_COLUMNS,
    TARGET_COLUMNS,
    VERDICT_COLUMNS,
    AcceptedEvaluation,
    PlanCheck,
    check_plan,
    distance_rules,
    verdict_table,
)
from rtplan.reirradiation import COURSE_SUM_COLUMNS, CourseSum, Reirradiation, accumulate, reirradiate
from rtplan.reirradiation.organ import COURSE_COLUMNS, FLIP_COLUMNS, ORGAN_COLUMNS, OrganRow, parse_tissues
from rtplan.report import Report, Section
from rtplan.report.model import Block
from rtplan.report.plan_check import check_table
from rtplan.report.reirradiation.tables import cumulative_blocks
from rtplan.report.render import render_excel, render_html
from rtplan.text import Column, columns_html, frame_of, record_of

GAP = Interval(ended=date(2023, 5, 1), starts=date(2024, 2, 1))
DOUBLED = Column[OrganRow](
    key="doubled_gy",
    heading="twice the sum",
    unit="Gy",
    read=lambda row: None if row.voxel_sum.value is None else 2 * row.voxel_sum.value,
    note="a column that nobody needs",
)


@pytest.fixture(scope="module")
def answer(sets: ModuleType) -> Reirradiation:
    first = sets.treatment(sets.linear((-1.0, 0, 0), 40.0), n=28, prescription=50.4, label="first")
    second = sets.treatment(sets.linear((0.5, 0, 0), 20.0), n=5, prescription=30.0)
    return reirradiate(
        course_of_treatments([(second, Delivery())], role="new"),
        [course_of_treatments([(first, Delivery())], role="prior")],
        intervals=[GAP],
        tissues=parse_tissues(["Rectum=3", "Bladder=3"]),
        limits=parse_limits(["Rectum:D0.03cc[Gy]<=60"]),
        n_fractions=(5,),
    )


@pytest.fixture(scope="module")
def check(two_courses: Path) -> PlanCheck:
    treatment = load_study(two_courses / "second-course").select()
    return check_plan(treatment, load_constraint_set("timmerman-2021"), rules=distance_rules())


def keys(columns: Sequence[Column[Any]]) -> list[str]:
    return [column.key for column in columns]


def report_of(*blocks: Block) -> Report:
    return Report(
        title="a column more",
        subtitle="",
        date=None,
        statement="",
        tiles=(),
        summary=(),
        sections=[Section(title="rows", blocks=blocks)],
        provenance="",
    )


def column_of_workbook(report: Report, heading: str) -> list[Any]:
    """What the workbook has under a heading."""
    book = openpyxl.load_workbook(io.BytesIO(render_excel(report)))
    return [
        cell.value
        for sheet in book
        for column in sheet.iter_cols()
        if column[0].value == heading
        for cell in column[1:]
    ]


def test_document_frame_and_list_of_an_organs_row_have_the_same_keys(answer: Reirradiation) -> None:
    pytest.importorskip("pandas")
    rows = reirradiation_body(answer)["organs"]
    assert all(list(row) == keys(ORGAN_COLUMNS) for row in rows)
    assert list(answer.to_frame().columns) == keys(ORGAN_COLUMNS)
    assert answer.records() == rows


@pytest.mark.parametrize(
    ("inside", "columns"),
    [("courses", COURSE_COLUMNS), ("remaining", REMAINING_COLUMNS), ("flips", FLIP_COLUMNS)],
)
def test_what_stands_inside_a_row_has_a_list_too(
    inside: str, columns: tuple[Column[OrganRow], ...], answer: Reirradiation
) -> None:
    rows = [row for organ in reirradiation_body(answer)["organs"] for row in organ[inside]]
    assert rows
    assert all(list(row) == keys(columns) for row in rows)


def test_frame_notebook_and_list_of_a_sum_of_courses_have_the_same_keys(answer: Reirradiation) -> None:
    pytest.importorskip("pandas")
    courses = [*answer.joined.priors, answer.joined.new]
    found = accumulate([joined.course for joined in courses], alpha_beta=3.0)
    assert isinstance(found, CourseSum)
    assert found.records()
    assert all(list(record) == keys(COURSE_SUM_COLUMNS) for record in found.records())
    assert list(found.to_frame().columns) == keys(COURSE_SUM_COLUMNS)
    assert list(found.to_frame([]).columns) == keys(COURSE_SUM_COLUMNS)
    assert "<th>EQD2, Gy</th>" in found._repr_html_()


def test_every_heading_is_said_in_the_text(answer: Reirradiation) -> None:
    text = reirradiation_text(answer)
    headings = [c.heading for c in ORGAN_COLUMNS if c.note and not c.only_where_known]
    assert headings
    assert all(f"  {heading}: " in text for heading in headings)


def test_a_report_column_is_one_entry_of_the_list(answer: Reirradiation) -> None:
    """One entry more: the document, the frame, the notebook, the page and the workbook have it."""
    columns = (*ORGAN_COLUMNS, DOUBLED)
    row = answer.rows[0]
    assert row.voxel_sum.value is not None
    assert record_of(columns, row)["doubled_gy"] == 2 * row.voxel_sum.value
    assert list(frame_of([record_of(columns, row)], columns)["doubled_gy"]) == [2 * row.voxel_sum.value]
    assert "<th>twice the sum, Gy</th>" in columns_html("organs", columns, answer.rows)
    report = report_of(*cumulative_blocks(answer.rows, columns))
    page = render_html(report)
    assert "twice the sum</th>" in page
    assert "a column that nobody needs" in page
    assert column_of_workbook(report, "twice the sum")[0] == pytest.approx(2 * row.voxel_sum.value)


def test_document_frame_and_list_of_a_verdict_have_the_same_keys(check: PlanCheck) -> None:
    """A distance rule is a verdict with fewer keys; its frame row is empty where it has none."""
    pytest.importorskip("pandas")
    rows = check_document(check)["verdicts"]
    judged = len(check.judged_distances)
    assert judged
    assert all(list(row) == keys(VERDICT_COLUMNS) for row in rows[:-judged])
    assert all(list(row) == keys(DISTANCE_RULE_COLUMNS) for row in rows[-judged:])
    assert set(keys(DISTANCE_RULE_COLUMNS)) < set(keys(VERDICT_COLUMNS))
    assert list(check.to_frame().columns) == keys(VERDICT_COLUMNS)
    assert check.records()[:-judged] == rows[:-judged]
    assert all(row.items() <= record.items() for row, record in zip(rows, check.records(), strict=True))


def test_distances_and_targets_have_a_list_each(check: PlanCheck) -> None:
    document = check_document(check)
    assert all(list(row) == keys(DISTANCE_COLUMNS) for row in document["distances"])
    assert all(list(row) == keys(TARGET_COLUMNS) for row in document["targets"])
    assert document["distances"]
    assert document["targets"]


def test_a_column_of_verdicts_is_one_entry_of_the_list(check: PlanCheck) -> None:
    doubled = Column[AcceptedEvaluation](
        key="doubled", heading="twice the value", read=lambda row: 2.0 * (row.evaluation.value or 0.0)
    )
    columns = (*VERDICT_COLUMNS, doubled)
    drawn = [row for row in check.verdict_rows if row.evaluation.value is not None]
    headings, lines = verdict_table(drawn, check.judged_distances, columns)
    assert headings[-1] == "twice the value"
    assert all(len(line) == len(headings) for line in lines)
    report = report_of(check_table(drawn, columns))
    assert "twice the value</th>" in render_html(report)
    assert column_of_workbook(report, "twice the value") == pytest.approx(
        [2.0 * (row.evaluation.value or 0.0) for row in drawn]
    )


def test_the_text_begins_a_verdict_with_what_leads(check: PlanCheck) -> None:
    line = next(text for text in check_text(check).splitlines() if text.startswith("verdict "))
    assert line.split() == ["verdict", "organ", "structure", "metric", "value", "limit", "margin", "why"]
