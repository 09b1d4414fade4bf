"""The files that a report is held against: objects by UID, other files by their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from dicom_io.study import ListedFile, list_files
from rtplan.case import EDITION, Case, read_case

__all__ = ["GivenFiles", "read_given_files"]

_CASE_START = 4096


@dataclass(frozen=True, kw_only=True, eq=False)
class GivenFiles:
    """All files that were named, in folders, archives or one by one.

    Attributes
    ----------
    files : tuple of ListedFile
    cases : tuple of (str, Case)
        Case files among those that were named one by one, by name.
    """

    files: tuple[ListedFile, ...] = field(repr=False)
    cases: tuple[tuple[str, Case], ...] = ()

    def objects(self, uid: str) -> list[ListedFile]:
        """Return the files of an object; several only where copies differ."""
        return [file for file in self.files if file.uid == uid]

    @cached_property
    def hashes(self) -> frozenset[str]:
        """Hashes of the files that are no DICOM objects, also with LF line ends."""
        others = [file.file for file in self.files if not file.kind]
        return frozenset(digest for file in others for digest in (file.sha256, _text_sha256(file.content())))


def _text_sha256(content: bytes) -> str:
    """Hash of a text with LF line ends, as sets of limits have it."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def read_given_files(locations: Sequence[Path]) -> GivenFiles:
    """List the files of folders and archives, and those named one by one.

    Parameters
    ----------
    locations : sequence of Path

    Raises
    ------
    NoSuchFolderError
        One that is not there.
    CaseFileError
        A case file with mistakes.
    """
    return GivenFiles(
        files=tuple(file for location in locations for file in list_files(location)),
        cases=tuple((path.name, read_case(path)) for path in locations if _is_case(path)),
    )


def _is_case(path: Path) -> bool:
    if not path.is_file() or path.suffix.lower() not in (".toml", ".json"):
        return False
    with path.open("rb") as file:
        return EDITION.encode() in file.read(_CASE_START)
