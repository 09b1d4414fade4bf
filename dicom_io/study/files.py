"""Files of a folder or a zip archive, named by their place in the list and never by their names."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

from dicom_io.errors import DicomReadError, NoSuchFolderError
from dicom_io.placing import is_leftover
from dicom_io.readers import data_set_sha256

__all__ = ["StoredFile", "stored_files"]

_LARGE = 2**20
_ALWAYS_UNPACKED = 2**28
_ALWAYS_UNPACKED_IN_ALL = 2**32
_MOST_UNPACKED = 30
"""A small archive can unpack to any size: beyond 256 MiB for a member, and 4 GiB in all, no more than 30
times what is stored."""
_MOST_MEMBERS = 100_000


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
        except Exception as error:  # what a damaged archive raises depends on the damage
            kind = type(error).__name__
        raise DicomReadError(f"the file cannot be opened ({kind}): no permission, or encrypted?")

    def content(self) -> bytes:
        """Return all bytes of the file."""
        try:
            with self.open() as file:
                return file.read()
        except DicomReadError:
            raise
        except Exception as error:  # what a damaged archive raises depends on the damage
            kind = type(error).__name__
        raise DicomReadError(f"the file cannot be read ({kind})")

    @cached_property
    def sha256(self) -> str:
        """Hash of the file."""
        return hashlib.sha256(self.content()).hexdigest()

    @cached_property
    def data_set_sha256(self) -> str:
        """Hash of the data set in it, whatever transfer syntax it came in; empty where it is none."""
        return data_set_sha256(self.content())


def stored_files(location: str | os.PathLike[str]) -> tuple[StoredFile, ...]:
    """Return the files of a folder (any depth), of a zip archive, or the one file that is named.

    Members of an archive are read in memory; nothing is written, whatever their names. At most 100 000
    members are read, and beyond 256 MiB for a member and 4 GiB in all at most 30 times what is stored.
    """
    path = Path(location)
    if path.is_dir():
        inside = path.resolve()
        return _numbered([_PathOpener(path=found, inside=inside) for found in _files_below(path)])
    if not path.is_file():
        raise NoSuchFolderError("there is no such folder, archive or file", where=path.name or None)
    if zipfile.is_zipfile(path):
        return _numbered(_members(path))
    return _numbered([_PathOpener(path=path)])


def _numbered(openers: Sequence[Callable[[], IO[bytes]]]) -> tuple[StoredFile, ...]:
    total = len(openers)
    return tuple(
        StoredFile(position=position, total=total, opener=opener)
        for position, opener in enumerate(openers, 1)
    )


def _files_below(folder: Path) -> list[Path]:
    """Return all files at any depth, and linked folders, in an order that is not the file system's.

    What an interrupted write of this program left behind is nobody's object.
    """
    found = []
    for root, folders, names in os.walk(folder, onerror=_refuse_folder):
        found += [path for name in names if (path := Path(root) / name).is_file()]
        found += [path for name in folders if (path := Path(root) / name).is_symlink()]
    own = [path for path in found if not is_leftover(path.relative_to(folder))]
    return sorted(own, key=lambda path: path.relative_to(folder).as_posix())


def _refuse_folder(error: OSError) -> None:
    """Raise: what lies in a folder that cannot be listed would be missing without a word."""
    raise DicomReadError(f"a folder cannot be listed ({type(error).__name__})") from None


class _Bounded(io.BufferedReader):
    """A file of which no more is asked for than there is: a length in it may declare gigabytes."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes; memory is taken for what is left of the file at most."""
        if size is not None and size > _LARGE:
            size = min(size, max(0, os.fstat(self.fileno()).st_size - self.tell()))
        return super().read(size)


@dataclass(frozen=True, kw_only=True)
class _PathOpener:
    """Opens a file; a link that leads out of the folder that was named is not followed."""

    path: Path
    inside: Path | None = None

    def __call__(self) -> IO[bytes]:
        if self.inside is not None and self.path.is_symlink():
            if self.path.is_dir():
                raise DicomReadError("a link to a folder is not followed; name that folder itself")
            if not self.path.resolve().is_relative_to(self.inside):
                raise DicomReadError("a link that leads out of the folder is not followed")
        return _Bounded(io.FileIO(self.path))


def _members(archive: Path) -> list[_MemberOpener]:
    """Return what opens each member, by name; the list of members is read once, however many there are."""
    try:
        opened = _Archive(path=archive)
        named = [info for info in opened.file.infolist() if info.filename and not info.is_dir()]
    except Exception as error:  # damaged archives raise whatever their numbers lead to
        kind = type(error).__name__
    else:
        own = [info for info in named if not is_leftover(info.filename)]
        _refuse_too_much(own)
        return [
            _MemberOpener(archive=opened, member=info) for info in sorted(own, key=lambda info: info.filename)
        ]
    raise DicomReadError(f"the archive is damaged and cannot be read ({kind})")


def _refuse_too_much(members: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that holds, or would unpack to, more than any study."""
    if len(members) > _MOST_MEMBERS:
        raise DicomReadError(
            f"the archive has {len(members)} files, {_MOST_MEMBERS} are read at most; unpack it yourself"
        )
    unpacked, stored = (sum(getattr(m, size) for m in members) for size in ("file_size", "compress_size"))
    if unpacked > max(_ALWAYS_UNPACKED_IN_ALL, _MOST_UNPACKED * stored):
        raise DicomReadError(
            f"the archive's {stored} bytes would unpack to {unpacked}; if that is right, unpack it yourself"
        )


@dataclass(frozen=True, kw_only=True)
class _Archive:
    """A zip archive, open as long as a member may be asked for; in another process it is opened anew."""

    path: Path

    @cached_property
    def file(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(self.path)

    def __getstate__(self) -> dict[str, Path]:
        return {"path": self.path}


@dataclass(frozen=True, kw_only=True)
class _MemberOpener:
    """Unpacks a member into memory: going back in a packed one would unpack it again."""

    archive: _Archive
    member: zipfile.ZipInfo

    def __call__(self) -> IO[bytes]:
        member = self.member
        if member.file_size > max(_ALWAYS_UNPACKED, _MOST_UNPACKED * member.compress_size):
            raise DicomReadError(
                f"a file of {member.compress_size} bytes in the archive would unpack to {member.file_size}; "
                "if that is right, unpack the archive yourself"
            )
        try:
            return io.BytesIO(self.archive.file.read(member))
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            kind = type(error).__name__
        raise DicomReadError(f"the file is damaged ({kind})")
