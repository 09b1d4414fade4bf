"""Files in and out: typed ones read with all their mistakes, others traced by hash, results written whole."""

from __future__ import annotations

from rtplan.files.originals import NO_ORIGINALS, Originals
from rtplan.files.provenance import InputRecord, input_of_file, input_of_source, inputs_of_text
from rtplan.files.typed import (
    Mistakes,
    Row,
    TypedFile,
    TypedFileError,
    read_typed_file,
    shipped_file,
    unknown_keys,
)
from rtplan.files.whole import OutputError, write_set, write_whole
from rtplan.files.workbook import Sheet, read_workbook

__all__ = [
    "NO_ORIGINALS",
    "InputRecord",
    "Mistakes",
    "Originals",
    "OutputError",
    "Row",
    "Sheet",
    "TypedFile",
    "TypedFileError",
    "input_of_file",
    "input_of_source",
    "inputs_of_text",
    "read_typed_file",
    "read_workbook",
    "shipped_file",
    "unknown_keys",
    "write_set",
    "write_whole",
]
