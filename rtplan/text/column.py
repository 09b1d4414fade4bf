"""One column of a kind of row, for every form that shows such rows.

A list of columns stands beside the type of its rows. The JSON document and the frame hold every column;
tables for people (page, workbook, notebook) and the text show those that have a heading. A new column is one
entry in its list. The record stands on the lowest floor, because answers, which make frames, stand below the
documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rtplan.text.cells import Cell, number_cell
from rtplan.text.numbers import ABSENT, decimals_of

__all__ = ["Column", "headed", "record_of"]

Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class Column(Generic[Row]):
    """One column.

    Attributes
    ----------
    key : str
        In the JSON document and the frame; ends in the unit. Empty for a column of tables alone.
    read : callable
        Row to the value that JSON and frame hold; None where there is none.
    heading : str
        Over the column in tables for people; empty where only machines read it.
    unit : str
        Gy, mm, cc; empty where the value has none or states it itself.
    half_width : callable, optional
        Row to the half-width that stands beside the value.
    reason : callable, optional
        Row to why there is no value.
    show : callable, optional
        Row to the cell of tables for people, where the value alone does not make it.
    note : str
        How to read it, one sentence without its full stop.
    only_where_known : bool
        Left out of a table for people where no row has a value, nor a reason for having none.

    Examples
    --------
    >>> dose = Column(key="eqd2_gy", heading="EQD2", unit="Gy", read=lambda row: row["eqd2"])
    >>> dose.title, dose.cell({"eqd2": 48.384}).text
    ('EQD2, Gy', '48.38')
    """

    key: str
    read: Callable[[Row], Any]
    heading: str = ""
    unit: str = ""
    half_width: Callable[[Row], float | None] | None = None
    reason: Callable[[Row], str | None] | None = None
    show: Callable[[Row], Cell] | None = None
    note: str = ""
    only_where_known: bool = False

    @property
    def title(self) -> str:
        """Heading and unit."""
        return f"{self.heading}, {self.unit}" if self.unit else self.heading

    def cell(self, row: Row) -> Cell:
        """Return the cell of a table for people."""
        if self.show is not None:
            return self.show(row)
        value = self.read(row)
        if isinstance(value, bool):
            return Cell(text="yes" if value else "no")
        if isinstance(value, int):
            return Cell(text=str(value), is_number=True, value=value)
        if value is None or isinstance(value, float):
            half_width = self.half_width(row) if self.half_width else None
            return number_cell(value, uncertainty=half_width, digits=decimals_of(self.unit))
        return Cell(text=str(value) or ABSENT)

    def speaks_of(self, row: Row) -> bool:
        """Whether a row has a value here, or a reason for having none."""
        return self.read(row) is not None or (self.reason is not None and self.reason(row) is not None)


def record_of(columns: Iterable[Column[Row]], row: Row) -> dict[str, Any]:
    """Return a row as the keys of the JSON document, in the order of the list.

    Examples
    --------
    >>> record_of([Column(key="organ", read=str.title)], "bladder")
    {'organ': 'Bladder'}
    """
    return {column.key: column.read(row) for column in columns if column.key}


def headed(
    columns: Iterable[Column[Row]], rows: Sequence[Row], *, first: Sequence[str] = ()
) -> list[Column[Row]]:
    """Return the columns of a table for people: those with a heading, and with a value where they need one.

    Parameters
    ----------
    columns : iterable of Column
    rows : sequence
    first : sequence of str
        Keys that lead the table; the others follow in the order of the list.

    Examples
    --------
    >>> limit = Column(key="limit_gy", heading="limit", read=lambda row: None, only_where_known=True)
    >>> headed([limit, Column(key="organ", heading="organ", read=str)], ["Bladder"])[0].key
    'organ'
    """
    shown = [
        column
        for column in columns
        if column.heading and not (column.only_where_known and not any(column.speaks_of(row) for row in rows))
    ]
    return sorted(shown, key=lambda column: first.index(column.key) if column.key in first else len(first))
