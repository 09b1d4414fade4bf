"""Spreadsheets as tables of text: every sheet, every cell as its owner sees it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rtplan.errors import RtplanValueError
from rtplan.files.typed import Mistakes, Row, TypedFile

__all__ = ["Sheet", "read_workbook"]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet with something in it.

    Attributes
    ----------
    title : str
    columns : tuple of str
        Texts of the first row that has any.
    rows : tuple of Row
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_workbook(file: TypedFile) -> tuple[Sheet, ...]:
    """Read every sheet that is not empty; openpyxl is an extra and heavy, so it is imported only here.

    Parameters
    ----------
    file : TypedFile
        ``.xlsx``.

    Returns
    -------
    tuple of Sheet

    Raises
    ------
    TypedFileError
        All at once: a damaged file, a range that became a date, a formula without its saved value, a column
        named twice.
    """
    try:
        import openpyxl  # noqa: PLC0415 - an extra that not everybody installs
    except ImportError:
        file.refuse('reading a spreadsheet needs the extra "excel": pip install "rtplan[excel]"')
    try:
        values, formulas = (
            openpyxl.load_workbook(io.BytesIO(file.content), data_only=only_values)
            for only_values in (True, False)
        )
    except Exception as why:  # a damaged spreadsheet raises whatever its damage leads to
        file.refuse(f"cannot be read as a spreadsheet: {why}")
    mistakes = file.mistakes()
    sheets = [
        _sheet(seen, formulas[seen.title], mistakes, is_only=len(values.worksheets) == 1)
        for seen in values.worksheets
    ]
    mistakes.raise_any()
    return tuple(sheet for sheet in sheets if sheet.columns)


def _sheet(seen: Any, typed: Any, mistakes: Mistakes, *, is_only: bool) -> Sheet:
    """Read one sheet; `typed` is the same sheet with its formulas."""
    where = "" if is_only else f"sheet {seen.title!r} "
    lines = [
        (number, [_text(cell, formula, where, mistakes) for cell, formula in pairs])
        for number, pairs in _lines(seen, typed)
    ]
    filled = [(number, texts) for number, texts in lines if any(texts)]
    if not filled:
        return Sheet(title=seen.title, columns=(), rows=())
    first, columns = filled[0]
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    mistakes.add(*(f"{where}column {column!r} is there twice" for column in twice))
    rows = [
        Row(place=f"{where}row {number - first}", cells=_cells(columns, texts))
        for number, texts in filled[1:]
    ]
    return Sheet(title=seen.title, columns=tuple(column for column in columns if column), rows=tuple(rows))


def _lines(seen: Any, typed: Any) -> Iterator[tuple[int, list[tuple[Any, Any]]]]:
    both = zip(seen.iter_rows(), typed.iter_rows(), strict=True)
    for number, (cells, formulas) in enumerate(both, start=1):
        yield number, list(zip(cells, formulas, strict=True))


def _cells(columns: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    """Return the texts under their columns; one under no column keeps its letterless place as its name."""
    named = {column: text for column, text in zip(columns, texts, strict=True) if column}
    stray = [text for column, text in zip(columns, texts, strict=True) if not column and text]
    return named | ({"a column without a heading": "; ".join(stray)} if stray else {})


def _text(cell: Any, formula: Any, where: str, mistakes: Mistakes) -> str:
    if cell.value is None and formula.value is not None:
        mistakes.add(f"{where}cell {cell.coordinate}: the formula has no saved value; open, save, try again")
        return ""
    try:
        return _cell_text(cell.value, str(cell.number_format))
    except RtplanValueError as mistake:
        mistakes.add(f"{where}cell {cell.coordinate}: {mistake}")
        return ""


def _cell_text(value: object, number_format: str) -> str:
    """Text of a cell as its owner sees it: 0.3 formatted as a percentage is 30%, a date of 1-5 is refused."""
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        raise RtplanValueError(f"it was read as the date {value}; format its column as text (1-5, not 1 May)")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value * 100:.12g}%" if "%" in number_format else f"{value:.12g}"
    return str(value).strip()
