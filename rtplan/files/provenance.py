"""What a number rests on: inputs by the hash of their bytes, never by their path."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["InputRecord", "input_of_file", "inputs_of_text"]


@dataclass(frozen=True, kw_only=True)
class InputRecord:
    """One input of a computation, so that a number can be traced to the bytes it came from.

    Attributes
    ----------
    role : str
        What the input is for, such as ``"new RTDOSE"`` or ``"regimen"``.
    sha256 : str or None
        Hash of the file's bytes, or of the text as typed.
    uid : str or None
        SOP instance UID where the input is a DICOM object.
    """

    role: str
    sha256: str | None
    uid: str | None = None


def input_of_file(path: Path, *, role: str, uid: str | None = None) -> InputRecord:
    """Record a file by the hash of its bytes; its path stays out of every output."""
    return InputRecord(role=role, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), uid=uid)


def inputs_of_text(texts: Iterable[str], *, role: str) -> list[InputRecord]:
    """Record typed inputs by the hash of their text; halves of letters count as JSON writes them."""
    return [
        InputRecord(role=role, sha256=hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest())
        for text in texts
    ]
