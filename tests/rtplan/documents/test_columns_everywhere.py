"""One list of columns for each kind of row serves document, frame, notebook, page and workbook."""

from __future__ import annotations

import io
from datetime import date
from types import ModuleType

import openpyxl
import pytest

from rtplan.courses import Delivery, course_of_treatments
from rtplan.documents import reirradiation_body, reirradiation_text
from rtplan.interval import Interval
from rtplan.limits import REMAINING_COLUMNS, parse_limits
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.reirradiation.organ import COURSE_COLUMNS, FLIP_COLUMNS, ORGAN_COLUMNS, OrganRow, parse_tissues
from rtplan.report import Report, Section
from rtplan.report.reirradiation.tables import cumulative_blocks
from rtplan.report.render import render_excel, render_html
from rtplan.text import Column, columns_html, record_of

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


def keys(columns: tuple[Column[OrganRow], ...]) -> list[str]:
    return [column.key for column in columns]


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
    assert "<th>twice the sum, Gy</th>" in columns_html("organs", columns, answer.rows)
    report = Report(
        title="a column more",
        subtitle="",
        date=None,
        statement="",
        tiles=(),
        summary=(),
        sections=[Section(title="organs", blocks=cumulative_blocks(answer.rows, columns))],
        provenance="",
    )
    page = render_html(report)
    assert "twice the sum</th>" in page
    assert "a column that nobody needs" in page
    book = openpyxl.load_workbook(io.BytesIO(render_excel(report)))
    numbers = [
        cell.value
        for sheet in book
        for column in sheet.iter_cols()
        if column[0].value == "twice the sum"
        for cell in column[1:]
    ]
    assert numbers[0] == pytest.approx(2 * row.voxel_sum.value)
