"""Files of a folder or a zip archive, named by their place in the list and never by their names."""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

from dicom_io.errors import DicomReadError, MissingObjectError

__all__ = ["StoredFile", "stored_files"]

_LARGEST_MEMBER = 2**32
"""Bytes; a small archive member can unpack to any size."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredFile:
    """One file of a folder or an archive.

    File names often hold patient names, so a file is called by its position in the sorted list.

    Attributes
    ----------
    position : int
        From 1.
    total : int
        How many files there are.
    opener : callable
        Opens the file for reading bytes; its text is not shown.
    """

    position: int
    total: int
    opener: Callable[[], IO[bytes]]

    def __repr__(self) -> str:
        return f"StoredFile({self.name})"

    @property
    def name(self) -> str:
        """What messages call the file."""
        return f"file {self.position} of {self.total}"

    def open(self) -> IO[bytes]:
        """Open the file; the error names no path."""
        try:
            return self.opener()
        except DicomReadError:
            raise
        except (OSError, RuntimeError, zipfile.BadZipFile, NotImplementedError) as error:
            kind = type(error).__name__
        raise DicomReadError(f"the file cannot be opened ({kind}): no permission, or encrypted?")

    def content(self) -> bytes:
        """Return all bytes of the file."""
        try:
            with self.open() as file:
                return file.read()
        except DicomReadError:
            raise
        except (OSError, zipfile.BadZipFile, EOFError, zlib.error) as error:
            kind = type(error).__name__
        raise DicomReadError(f"the file cannot be read ({kind})")

    @cached_property
    def sha256(self) -> str:
        """Hash of the file."""
        return hashlib.sha256(self.content()).hexdigest()


def stored_files(location: str | os.PathLike[str]) -> tuple[StoredFile, ...]:
    """Return the files of a folder (any depth), of a zip archive, or the one file that is named.

    Members of an archive are read in memory; nothing is written, whatever their names.
    """
    path = Path(location)
    if path.is_dir():
        return _numbered([_path_opener(found) for found in _files_below(path)])
    if not path.is_file():
        raise MissingObjectError("there is no such folder, archive or file")
    if zipfile.is_zipfile(path):
        return _numbered([_member_opener(path, member) for member in _members(path)])
    return _numbered([_path_opener(path)])


def _numbered(openers: list[Callable[[], IO[bytes]]]) -> tuple[StoredFile, ...]:
    total = len(openers)
    return tuple(
        StoredFile(position=position, total=total, opener=opener)
        for position, opener in enumerate(openers, 1)
    )


def _files_below(folder: Path) -> list[Path]:
    """Return all files at any depth, in an order that does not depend on the file system."""
    walk = os.walk(folder, onerror=_refuse_folder)
    found = [Path(root) / name for root, _, names in walk for name in names]
    return sorted(
        (path for path in found if path.is_file()), key=lambda path: path.relative_to(folder).as_posix()
    )


def _refuse_folder(error: OSError) -> None:
    """Raise: what lies in a folder that cannot be listed would be missing without a word."""
    raise DicomReadError(f"a folder cannot be listed ({type(error).__name__})") from None


def _path_opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _members(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        return sorted(info.filename for info in opened.infolist() if not info.is_dir())


def _member_opener(archive: Path, member: str) -> Callable[[], IO[bytes]]:
    def opener() -> IO[bytes]:
        with zipfile.ZipFile(archive) as opened:
            if opened.getinfo(member).file_size > _LARGEST_MEMBER:
                raise DicomReadError("the file unpacks to more than 4 GiB")
            return opened.open(member)

    return opener
