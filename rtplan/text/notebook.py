"""Tables for notebooks: records to HTML and to pandas frames; everything is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

__all__ = ["frame_of", "table_html", "value_text"]


def value_text(value: float | None, uncertainty: float | None = None) -> str:
    """Return a number for people, with its half-width where there is one.

    Parameters
    ----------
    value, uncertainty : float or None

    Examples
    --------
    >>> value_text(48.384, 0.012), value_text(48.384), value_text(None)
    ('48.38 ± 0.012', '48.38', '–')
    """
    if value is None:
        return "–"
    return f"{value:.2f}" if uncertainty is None else f"{value:.2f} ± {uncertainty:.2g}"


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
    told = "".join(f"<li>{escape(note)}</li>" for note in notes)
    table = f"<table><caption>{escape(caption)}</caption><tr>{head}</tr>{body}</table>"
    return f"{table}<ul>{told}</ul>" if told else table


def frame_of(records: Sequence[Mapping[str, Any]]) -> Any:
    """Return records as a pandas frame, one row each; pandas is needed for this alone.

    Parameters
    ----------
    records : sequence of mapping
        With the same keys.

    Returns
    -------
    pandas.DataFrame

    Examples
    --------
    >>> frame_of([{"organ": "Bladder", "eqd2_gy": 48.4}]).shape
    (1, 2)
    """
    import pandas  # noqa: PLC0415 - heavy, and an extra

    return pandas.DataFrame.from_records(list(records))
