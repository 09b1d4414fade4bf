"""A refusal as a document: why a question has no answer, in a word for programs and a sentence for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bed import BedError
from dicom_io import DicomIoError
from rtplan._version import __version__
from rtplan.errors import RtplanError

__all__ = ["REFUSAL_SCHEMA", "Refusal", "refusal_body", "refusal_of", "without_folders"]

REFUSAL_SCHEMA: Final = "rtplan.refusal/1"

_SYSTEM_CODES: Final[tuple[tuple[type[OSError], str], ...]] = (
    (FileNotFoundError, "no_such_file"),
    (PermissionError, "not_permitted"),
    (IsADirectoryError, "unreadable_file"),
    (NotADirectoryError, "unreadable_file"),
)
_OF_A_REGIMEN: Final = re.compile(r"(?:gy|\d)\s*/\s*\d", re.IGNORECASE)
_SEPARATOR: Final = re.compile(r"[/\\]")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why there is no answer.

    Attributes
    ----------
    code : str
        A word that stays the same from version to version, such as ``"no_such_folder"``.
    message : str
        For a person; names no folder, no patient.
    where : str or None
        The file, option or value that was refused, else the command.
    missing : tuple of str
        What must be given or be there first.
    is_fault : bool
        The program is at fault, not what it was given.
    """

    code: str
    message: str
    where: str | None = None
    missing: tuple[str, ...] = ()
    is_fault: bool = False


def refusal_of(error: BaseException, *, words: Sequence[str] = (), where: str | None = None) -> Refusal:
    """Return what an error says to those who asked.

    Parameters
    ----------
    error : exception
        One of this package's errors, the system's, or anything else, which is then a fault of the program.
    words : sequence of str
        What was typed: paths among them are shown by their last part.
    where : str, optional
        What to name where the error names nothing itself.

    Returns
    -------
    Refusal

    Examples
    --------
    >>> from rtplan.errors import NotStatedError
    >>> refusal_of(NotStatedError("give the earlier dose", missing=("--prior",))).code
    'not_stated'
    """
    if isinstance(error, BedError | DicomIoError | RtplanError):
        message = str(error.args[0]) if error.args else type(error).__name__
        return Refusal(
            code=error.code,
            message=without_folders(message, words),
            where=without_folders(error.where or where or "", words) or None,
            missing=tuple(error.missing),
        )
    if isinstance(error, OSError):
        return _system_refusal(error, where)
    if isinstance(error, KeyboardInterrupt):
        return Refusal(code="interrupted", message="interrupted, nothing was written", where=where)
    kind = type(error).__name__
    return Refusal(
        code="internal_fault",
        message=f"a fault of this program ({kind}), nothing was answered: please report it with what was "
        "asked; RTPLAN_TRACEBACK=1 shows where it happened",
        where=where,
        is_fault=True,
    )


def _system_refusal(error: OSError, where: str | None) -> Refusal:
    """Return what the operating system refused: a full disk, a file that may not be read."""
    name = _last_part(error.filename) if isinstance(error.filename, str) else ""
    why = error.strerror or type(error).__name__
    code = next((code for kind, code in _SYSTEM_CODES if isinstance(error, kind)), "system_refused")
    return Refusal(code=code, message=f"{name!r}: {why}" if name else why, where=name or where)


def refusal_body(refusal: Refusal) -> dict[str, Any]:
    """Return the JSON document of a refusal.

    Examples
    --------
    >>> refusal_body(Refusal(code="bad_regimen", message="no dose is stated", missing=("dose",)))["code"]
    'bad_regimen'
    """
    return {
        "schema": REFUSAL_SCHEMA,
        "version": __version__,
        "code": refusal.code,
        "message": refusal.message,
        "where": refusal.where,
        "missing": list(refusal.missing),
    }


def without_folders(text: str, words: Sequence[str]) -> str:
    """Return text in which each path that was typed is its last part; folders may be named after people.

    Examples
    --------
    >>> without_folders("no file /home/doe/plan.dcm, 50Gy/25", ["/home/doe/plan.dcm", "50Gy/25"])
    'no file plan.dcm, 50Gy/25'
    """
    parts = {part for word in words for part in (word, word.partition("=")[2])}
    for path in sorted(filter(_is_path, parts), key=len, reverse=True):
        for written in (path, repr(path)[1:-1]):
            text = text.replace(written, _last_part(path))
    return text


def _is_path(word: str) -> bool:
    """Whether a word is a path rather than a regimen, a metric or a name with a stroke in it."""
    if not _SEPARATOR.search(word):
        return False
    first = _SEPARATOR.split(word)[0]
    if first in ("", ".", "..", "~") or first.endswith(":") or Path(first).exists():
        return True
    return bool(_SEPARATOR.search(_OF_A_REGIMEN.sub("", word))) and not set(word) & set(" =:[<@")


def _last_part(path: str) -> str:
    return next((part for part in reversed(_SEPARATOR.split(path)) if part), "")
