"""The record of a re-irradiation: which of the items that five documents ask for are there, and which not.

An item is filled from the objects, from the answer or from what a person stated in the case, and else it is a
line to fill in. That one does not apply is said by a rule or by a person, with the reason.
"""

from __future__ import annotations

from rtplan.record.entry import ENTRY_COLUMNS, Entry, State
from rtplan.record.items import RecordItem, record_items
from rtplan.record.record import Record, record_of
from rtplan.record.table import record_csv, record_lines

__all__ = [
    "ENTRY_COLUMNS",
    "Entry",
    "Record",
    "RecordItem",
    "State",
    "record_csv",
    "record_items",
    "record_lines",
    "record_of",
]
