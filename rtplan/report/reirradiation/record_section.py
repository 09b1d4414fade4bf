"""The record as a page of its own, and what of it is missing in a line for page one."""

from __future__ import annotations

from typing import Final

from rtplan.record import Entry, Record, State
from rtplan.report.model import Block, Cell, Paragraph, Section, Table, Tone

__all__ = ["record_line", "record_section"]

_TO_FILL_IN: Final = "." * 40


def record_section(record: Record) -> Section:
    """Return every item under the document that asks for it; a missing one is a line to fill in."""
    documents = dict.fromkeys((e.item.document, e.item.year, e.item.doi) for e in record.entries)
    counts = ", ".join(f"{count} {state}" for state, count in record.counts.items())
    tables: list[Block] = [
        Table(
            caption=", ".join(part for part in (name, year, doi) if part),
            columns=["item", "state", "what is recorded, or why it is not"],
            rows=[_row(e) for e in record.entries if (e.item.document, e.item.year, e.item.doi) == document],
        )
        for document in documents
        for name, year, doi in [document]
    ]
    return Section(title="Record", blocks=[Paragraph(text=f"{counts}."), *tables], has_own_page=True)


def _row(entry: Entry) -> list[Cell]:
    is_missing = entry.state is State.MISSING
    words = Cell(text=_TO_FILL_IN, note=entry.text) if is_missing else Cell(text=entry.text)
    tone: Tone = "not_evaluable" if is_missing else "plain"
    return [Cell(text=entry.item.text), Cell(text=entry.state.value, tone=tone), words]


def record_line(record: Record | None) -> list[tuple[str, str]]:
    """Return which items of the record are missing, for page one; nothing without a record."""
    if record is None:
        return []
    names = ", ".join(entry.item.short for entry in record.missing)
    return [(f"record, {len(record.missing)} of {len(record.entries)} items", names or "none is missing")]
