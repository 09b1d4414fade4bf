"""Is a report still true? What it rests on, held against the files, limits and version that there are now."""

from __future__ import annotations

from rtplan.verification.given_files import GivenFiles, read_given_files
from rtplan.verification.stated_report import StatedReport, read_report
from rtplan.verification.verify import CheckedInput, InputState, Stale, Verification, verify_report

__all__ = [
    "CheckedInput",
    "GivenFiles",
    "InputState",
    "Stale",
    "StatedReport",
    "Verification",
    "read_given_files",
    "read_report",
    "verify_report",
]
