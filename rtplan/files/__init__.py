"""Files in and out: written whole or not at all, and traced by their hash."""

from __future__ import annotations

from rtplan.files.provenance import InputRecord, input_of_file
from rtplan.files.whole import write_whole

__all__ = [
    "InputRecord",
    "input_of_file",
    "write_whole",
]
