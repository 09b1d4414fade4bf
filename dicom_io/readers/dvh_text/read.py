"""A DVH text export, read by the one system that recognises it."""

from __future__ import annotations

import hashlib
import importlib
import os
import pkgutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from dicom_io.dvh import DVHExport
from dicom_io.errors import DicomReadError
from dicom_io.readers.dvh_text.system import TextSystem

__all__ = ["read_dvh_text", "text_systems"]

_ROOM: Final = __name__.rpartition(".")[0]
_NOT_STATED: Final = "a DVH text export states no number of fractions and no dates of treatment"


@cache
def text_systems() -> tuple[TextSystem, ...]:
    """Return the record of each module of this room that has one, in alphabetical order of the modules.

    Examples
    --------
    >>> [system.name for system in text_systems()]
    ['Eclipse', 'Monaco', 'RayStation']
    """
    names = sorted(info.name for info in pkgutil.iter_modules([str(Path(__file__).parent)]))
    modules = (importlib.import_module(f"{_ROOM}.{name}") for name in names if f"{_ROOM}.{name}" != __name__)
    records = (getattr(module, "SYSTEM", None) for module in modules)
    return tuple(record for record in records if isinstance(record, TextSystem))


def read_dvh_text(source: str | os.PathLike[str] | bytes) -> DVHExport:
    """Return the DVHs of a text export.

    Parameters
    ----------
    source : path or bytes

    Returns
    -------
    DVHExport
        Doses in Gy. A structure whose doses cannot be had in Gy, or whose curve contradicts what its file
        says of it, is kept with the reason.

    Raises
    ------
    DicomReadError
        No DVH text export of a known system, one in a language that is not read, a differential one, or one
        without structures.

    Examples
    --------
    >>> export = read_dvh_text(
    ...     b"Type : Cumulative Dose Volume Histogram\\n\\nPlan: P1\\nPrescribed dose [cGy]: 5000.0\\n"
    ...     b"% for dose (%): 100.0\\n\\nStructure: Cord\\nPlan: P1\\nVolume [cc]: 20.0\\n\\n"
    ...     b"Dose [cGy]   Ratio of Total Structure Volume [%]\\n0 100\\n1000 50\\n2000 0\\n")
    >>> export.named("Cord").metric("D50%[Gy]").value
    10.0
    """
    content = source if isinstance(source, bytes) else _content(source)
    lines = [line.rstrip() for line in _decoded(content).splitlines()]
    fits = [system for system in text_systems() if system.recognises(lines)]
    if len(fits) != 1:
        raise DicomReadError(_why_none(fits))
    export = fits[0].reads(lines, hashlib.sha256(content).hexdigest())
    return replace(export, findings=(_NOT_STATED, *export.findings))


def _why_none(fits: list[TextSystem]) -> str:
    if fits:
        return f"the DVH text export may be one of {' or of '.join(system.name for system in fits)}"
    *others, last = (system.name for system in text_systems())
    return f"no DVH text export that is known: those of {', of '.join(others)} and of {last} are read"


def _content(path: str | os.PathLike[str]) -> bytes:
    """Return the bytes of a file; the error names no path."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
    raise DicomReadError(f"a DVH text file cannot be read: {reason}")


def _decoded(content: bytes) -> str:
    """Text in UTF-16 with its mark, UTF-8, or the Windows code page that exports are written in."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
