"""What a module of this room says of its planning system."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dicom_io.dvh import DVHExport

__all__ = ["TextSystem"]


@dataclass(frozen=True, kw_only=True)
class TextSystem:
    """A planning system whose DVH text exports are read.

    Attributes
    ----------
    name : str
        As messages print it.
    recognises : callable
        Takes the lines of a file; whether they are an export of this system and of no other.
    reads : callable
        Takes the lines and the SHA-256 of the file; the export, doses in Gy. A structure whose doses cannot
        be had in Gy is kept with the reason.
    """

    name: str
    recognises: Callable[[Sequence[str]], bool]
    reads: Callable[[Sequence[str], str], DVHExport]
