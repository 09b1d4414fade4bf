"""A report as an Excel workbook: every table a sheet, numbers as numbers, text never taken for a formula."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any, Final

from rtplan.errors import RtplanError
from rtplan.report.model import MARKS, Cell, Facts, Figure, Paragraph, Report, Section, Table, Tone
from rtplan.text import visible_text

__all__ = ["ExcelError", "render_excel"]

_MISSING: Final = "an Excel report needs the openpyxl package: pip install rtplan[excel]"
_STAMP: Final = datetime(1980, 1, 1)
"""The earliest time that a zip archive can carry: a workbook states none of its own."""
_LONGEST_CELL: Final = 32767
_LONGEST_NAME: Final = 31
_WIDEST: Final = 60
_FILLS: Final[dict[Tone, str]] = {
    "within": "E8F4EC",
    "exceeds": "FBE9E9",
    "borderline": "FDF3DD",
    "not_evaluable": "ECECF8",
}


class ExcelError(RtplanError, RuntimeError):
    """A workbook could not be made."""

    code = "page_not_made"


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """One sheet: a name, where it is from, and its rows with the header first."""

    name: str
    section: str
    caption: str
    rows: Sequence[Sequence[Cell]]


def render_excel(report: Report) -> bytes:
    """Return the report as an .xlsx workbook.

    Parameters
    ----------
    report : Report

    Returns
    -------
    bytes
        The same for the same report: no clock is in it.

    Raises
    ------
    ExcelError
        When the openpyxl package is missing.
    """
    openpyxl = _openpyxl()
    book = openpyxl.Workbook()
    book.properties.creator = "rtplan"
    book.properties.created = _STAMP
    sheets = list(_sheets(report))
    overview = book.active
    overview.title = "Summary"
    _write(overview, _overview(report, sheets))
    for sheet in sheets:
        page = book.create_sheet(sheet.name)
        _write(page, sheet.rows)
        _set_header(page)
    return _without_clock(book)


def _openpyxl() -> ModuleType:
    try:
        import openpyxl  # noqa: PLC0415 - an extra that not everybody installs
    except ImportError:
        raise ExcelError(_MISSING) from None
    module: ModuleType = openpyxl
    return module


def _sheets(report: Report) -> Iterator[_Sheet]:
    """Yield one sheet for each table, and for each section one with its facts and one with its remarks."""
    parts = [Section(title="Summary", blocks=report.summary), *report.sections]
    for number, section in enumerate(parts):
        where = f"{number} {section.title}" if number else section.title
        tables = [block for block in section.blocks if isinstance(block, Table)]
        for place, table in enumerate(tables, start=1):
            name = _sheet_name(f"{number}.{place} {table.caption}")
            yield _Sheet(name=name, section=where, caption=table.caption, rows=list(_table_rows(table)))
        facts = [block for block in section.blocks if isinstance(block, Facts)]
        if facts:
            name = _sheet_name(f"{number}.{len(tables) + 1} facts {section.title}")
            yield _Sheet(name=name, section=where, caption="facts", rows=list(_fact_rows(facts)))
    notes = list(_note_rows(parts))
    if notes:
        header = [Cell(text="section"), Cell(text="weight"), Cell(text="text")]
        yield _Sheet(name="Notes", section="all", caption="what is said in sentences", rows=[header, *notes])


def _sheet_name(text: str) -> str:
    """Return a name that Excel takes; the number that it begins with keeps it unique."""
    allowed = re.sub(r"[\[\]:*?/\\']", " ", visible_text(text))
    return re.sub(" +", " ", allowed)[:_LONGEST_NAME].strip()


def _table_rows(table: Table) -> Iterator[list[Cell]]:
    """Yield header and rows; notes and remarks get columns of their own."""
    noted = [any(row[k].note for row in table.rows) for k in range(len(table.columns))]
    header: list[Cell] = []
    for column, has_notes in zip(table.columns, noted, strict=True):
        header.append(Cell(text=column))
        if has_notes:
            header.append(Cell(text=f"{column}: note"))
    yield [*header, Cell(text="remark")] if any(table.remarks) else header
    for number, row in enumerate(table.rows):
        cells: list[Cell] = []
        for cell, has_notes in zip(row, noted, strict=True):
            cells.append(cell)
            if has_notes:
                cells.append(Cell(text=cell.note))
        yield [*cells, Cell(text=table.remarks[number])] if any(table.remarks) else cells


def _fact_rows(blocks: Sequence[Facts]) -> Iterator[list[Cell]]:
    yield [Cell(text="group"), Cell(text="name"), Cell(text="value")]
    for block in blocks:
        for name, value in block.items:
            yield [Cell(text=block.caption), Cell(text=name), Cell(text=value)]


def _note_rows(sections: Sequence[Section]) -> Iterator[list[Cell]]:
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Paragraph):
                mark = block.tone.replace("_", " ")
                yield [Cell(text=section.title), Cell(text=mark, tone=block.tone), Cell(text=block.text)]
            if isinstance(block, Figure):
                said = f"{block.caption} {block.alternative}"
                yield [Cell(text=section.title), Cell(text="figure, see the page"), Cell(text=said)]


def _overview(report: Report, sheets: Sequence[_Sheet]) -> Iterator[list[Cell]]:
    """Yield the first sheet: what the report is, its summary, and which sheet holds what."""
    yield [Cell(text=report.title)]
    yield [Cell(text=report.subtitle)]
    yield [Cell(text="date"), Cell(text=report.date or "")]
    yield [Cell(text=report.statement)]
    yield []
    for tile in report.tiles:
        yield [Cell(text=tile.label), Cell(text=tile.value, tone=tile.tone), Cell(text=tile.note)]
    yield []
    yield [Cell(text="sheet"), Cell(text="section"), Cell(text="what it shows")]
    for sheet in sheets:
        yield [Cell(text=sheet.name), Cell(text=sheet.section), Cell(text=sheet.caption)]
    yield []
    yield [Cell(text=report.provenance)]


def _write(page: Any, rows: Iterator[list[Cell]] | Sequence[Sequence[Cell]]) -> None:
    """Fill a sheet and give its columns a width to read."""
    widths: dict[int, int] = {}
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(row, start=1):
            _fill(page.cell(row=number, column=place), cell)
            if len(row) > 1:
                widths[place] = max(widths.get(place, 8), min(len(cell.text) + 3, _WIDEST))
    for place, width in widths.items():
        page.column_dimensions[page.cell(row=1, column=place).column_letter].width = width


def _fill(target: Any, cell: Cell) -> None:
    """Write one cell: a number where it is one, else text that no program takes for a formula."""
    # Deferred with openpyxl itself, which not everybody installs.
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415 - an extra that not everybody installs

    if cell.value is not None and math.isfinite(cell.value):
        target.value = cell.value
        target.number_format = _number_format(cell.text)
    else:
        mark = MARKS[cell.tone]
        target.value = visible_text(f"{mark} {cell.text}" if mark else cell.text)[:_LONGEST_CELL]
        target.data_type = "s"
        target.quotePrefix = True
        target.alignment = Alignment(wrap_text=len(cell.text) > _WIDEST, vertical="top")
    if cell.tone in _FILLS:
        target.fill = PatternFill("solid", fgColor=_FILLS[cell.tone])
        target.font = Font(bold=True)


def _number_format(text: str) -> str:
    """Return the format that shows as many decimals as the report does."""
    decimals = len(text.partition(".")[2])
    return f"0.{'0' * decimals}" if decimals else "0"


def _set_header(page: Any) -> None:
    from openpyxl.styles import Font  # noqa: PLC0415 - see _fill

    for cell in page[1]:
        cell.font = Font(bold=True)
    page.freeze_panes = "A2"


def _without_clock(book: Any) -> bytes:
    """Return the workbook's bytes with the times that writing it put in taken out again."""
    written, clean = io.BytesIO(), io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(clean, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content)
            entry = zipfile.ZipInfo(name, date_time=_STAMP.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return clean.getvalue()
