"""What a record has to say: the items of five documents, in their order, each row with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from rtplan.files import shipped_file

__all__ = ["RecordItem", "record_items"]


@dataclass(frozen=True, kw_only=True)
class RecordItem:
    """One item of one document.

    Attributes
    ----------
    id : str
        Such as ``"peer-review"``; the case file names an item by it.
    short : str
        For a line where there is no room.
    document, doi, year : str
        Which asks for it.
    text : str
        What is asked for.
    verification, place : str
        How the row was verified, and where it was read.
    case_fields : tuple of str
        Keys of the case file in which a person fills it; empty where none can.
    answer_field : str
        Key of the answer's document that it is filled from; empty where no answer says it.
    """

    id: str
    short: str
    document: str
    doi: str
    year: str
    text: str
    verification: str
    place: str
    case_fields: tuple[str, ...]
    answer_field: str


@cache
def record_items() -> tuple[RecordItem, ...]:
    """Return all items in the order of their documents, the ESTRO/EORTC consensus first.

    Examples
    --------
    >>> len(record_items()), record_items()[0].id
    (41, 'class-type-1')
    """
    rows = [row.cells for row in shipped_file("rtplan.record", "reporting_items.csv").rows()]
    return tuple(_item(row) for row in rows)


def _item(row: Mapping[str, str]) -> RecordItem:
    fields = tuple(name.strip() for name in row["case_field"].split(";") if name.strip())
    plain = {name: text for name, text in row.items() if name not in ("item", "case_field")}
    return RecordItem(text=row["item"], case_fields=fields, **plain)
