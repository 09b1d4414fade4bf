"""Tables for notebooks: records to HTML and to pandas frames; everything is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, TypeVar

from rtplan.text.column import Column, headed

__all__ = ["columns_html", "frame_of", "table_html"]

Row = TypeVar("Row")


def table_html(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str | None]],
    *,
    notes: Iterable[str] = (),
) -> str:
    """Return a table as HTML; every text appears as it is, whatever it says.

    Parameters
    ----------
    caption : str
    columns : sequence of str
    rows : iterable of sequence of str or None
        None is an empty cell.
    notes : iterable of str
        Said below the table.

    Examples
    --------
    >>> table_html("BED", ["regimen"], [["<b>"]])
    '<table><caption>BED</caption><tr><th>regimen</th></tr><tr><td>&lt;b&gt;</td></tr></table>'
    """
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    cells = ["".join(f"<td>{escape(text or '')}</td>" for text in row) for row in rows]
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    below = "".join(f"<li>{escape(note)}</li>" for note in notes)
    table = f"<table><caption>{escape(caption)}</caption><tr>{head}</tr>{body}</table>"
    return f"{table}<ul>{below}</ul>" if below else table


def columns_html(
    caption: str, columns: Sequence[Column[Row]], rows: Sequence[Row], *, notes: Iterable[str] = ()
) -> str:
    """Return rows as an HTML table of the columns that have a heading.

    Parameters
    ----------
    caption : str
    columns : sequence of Column
        The list of this kind of row.
    rows : sequence
    notes : iterable of str
        Said below the table.

    Examples
    --------
    >>> columns_html("Organs", [Column(key="organ", heading="organ", read=str)], ["<b>"])
    '<table><caption>Organs</caption><tr><th>organ</th></tr><tr><td>&lt;b&gt;</td></tr></table>'
    """
    shown = headed(columns, rows)
    cells = ([column.cell(row).line for column in shown] for row in rows)
    return table_html(caption, [column.title for column in shown], cells, notes=notes)


def frame_of(records: Sequence[Mapping[str, Any]], columns: Sequence[Column[Any]] = ()) -> Any:
    """Return records as a pandas frame, one row each; pandas is needed for this alone.

    Parameters
    ----------
    records : sequence of mapping
        With the same keys.
    columns : sequence of Column, optional
        The list of this kind of row: a frame without rows has its columns all the same.

    Returns
    -------
    pandas.DataFrame

    Examples
    --------
    >>> frame_of([{"organ": "Bladder", "eqd2_gy": 48.4}]).shape
    (1, 2)
    """
    import pandas  # noqa: PLC0415 - heavy, and an extra

    keys = [column.key for column in columns if column.key] or None
    return pandas.DataFrame.from_records(list(records), columns=keys)
