"""A record as text for a person, and as a table for a registry."""

from __future__ import annotations

import csv
import io
from typing import Final

from rtplan.record.entry import ENTRY_COLUMNS
from rtplan.record.record import Record
from rtplan.text import left_aligned

__all__ = ["record_csv", "record_lines"]

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula."""


def record_csv(record: Record) -> str:
    """Return one row for each item, in the order of the documents, the consensus first.

    Parameters
    ----------
    record : Record

    Returns
    -------
    str
        With a header; a text that a spreadsheet would calculate begins with an apostrophe.
    """
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(["number", *(column.key for column in ENTRY_COLUMNS if column.key)])
    for number, values in enumerate(record.records(), start=1):
        table.writerow([number, *(_plain(value) for value in values.values())])
    return written.getvalue()


def _plain(value: object) -> str:
    text = "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def record_lines(record: Record) -> list[str]:
    """Return what is missing first, then what is there, then what does not apply, for a person."""
    lines = [", ".join(f"{count} {state}" for state, count in record.counts.items())]
    for state, hint in (("missing", True), ("there", False), ("does not apply", False)):
        found = [entry for entry in record.entries if entry.state.value == state]
        if not found:
            continue
        fields = [next(iter(entry.item.case_fields), "") for entry in found]
        rows = [
            [entry.item.id, f"[{field}]" if hint and field else "", entry.text]
            for entry, field in zip(found, fields, strict=True)
        ]
        lines += ["", f"{state}:", *(f"  {line}" for line in left_aligned(rows))]
    return lines
