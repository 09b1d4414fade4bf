"""What a number rests on: inputs by the hash of their bytes, never by their path."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dicom_io.study import SourceFile

__all__ = ["InputRecord", "input_of_file", "input_of_source", "inputs_of_text"]


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
    data_set_sha256 : str or None
        Hash of the data set in such a file, whatever file meta information and transfer syntax it came with.
    """

    role: str
    sha256: str | None
    uid: str | None = None
    data_set_sha256: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """Return the input as documents list it."""
        return {
            "role": self.role,
            "sha256": self.sha256,
            "uid": self.uid,
            "data_set_sha256": self.data_set_sha256,
        }


def input_of_source(source: SourceFile, *, role: str | None = None) -> InputRecord:
    """Record a file that a treatment was read from, under its own role or another."""
    return InputRecord(
        role=source.role if role is None else role,
        sha256=source.sha256 or None,
        uid=source.uid or None,
        data_set_sha256=source.data_set_sha256 or None,
    )


def input_of_file(path: Path, *, role: str, uid: str | None = None) -> InputRecord:
    """Record a file by the hash of its bytes; its path stays out of every output."""
    return InputRecord(role=role, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), uid=uid)


def inputs_of_text(texts: Iterable[str], *, role: str) -> list[InputRecord]:
    """Record typed inputs by the hash of their text; halves of letters count as JSON writes them."""
    return [
        InputRecord(role=role, sha256=hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest())
        for text in texts
    ]
