"""What is dropped on the page: kept by content, sorted into sources, limited in size and number.

A file's name says at most which kind of file it is; it is never a path and is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from rtplan.errors import RtplanValueError
from rtplan.page.casebook import Casebook
from rtplan.work import private_folder

__all__ = [
    "MOST_BYTES",
    "MOST_FILES",
    "MOST_SOURCES",
    "Dropped",
    "group_name",
    "keep_file",
    "limited",
    "refuse_size",
]

MOST_FILES: Final = 20_000
"""Of one source: two courses with CT are some 600."""
MOST_BYTES: Final = 4 * 2**30
"""Of one file, 4 GiB."""
MOST_SOURCES: Final = 24
"""Of one case."""

_KINDS: Final = {
    ".zip": ".zip",
    ".toml": ".toml",
    ".json": ".json",
    ".txt": ".txt",
    ".dvh": ".dvh",
}
"""Endings that say how a single file is read; anything else is an object of a DICOM folder."""
_GROUP: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """A file that was kept.

    Attributes
    ----------
    source : str
        Where the case finds it: its folder, or itself, relative to the case file.
    sha256 : str
    size : int
    """

    source: str
    sha256: str
    size: int


def group_name(text: str) -> str:
    """Return the name of a group of files that belong together, as the browser numbered it.

    Raises
    ------
    RtplanValueError
        Anything but letters, digits, ``-`` and ``_``: it becomes the name of a folder.
    """
    if not _GROUP.fullmatch(text):
        raise RtplanValueError("what was sent belongs to no group of files; drop it again")
    return text


def limited(chunks: Iterable[bytes], *, most: int = MOST_BYTES) -> Iterable[bytes]:
    """Pass bytes on until there are too many of them.

    Raises
    ------
    RtplanValueError
    """
    size = 0
    for chunk in chunks:
        size += len(chunk)
        refuse_size(size, most=most)
        yield chunk


def refuse_size(size: int, *, most: int = MOST_BYTES) -> None:
    """Refuse a file of more bytes than one may have.

    Raises
    ------
    RtplanValueError
    """
    if size > most:
        raise RtplanValueError(
            f"a file of more than {most / 2**30:.0f} GiB is not taken; choose its folder by path instead"
        )


def keep_file(book: Casebook, chunks: Iterable[bytes], *, name: str, group: str) -> Dropped:
    """Keep a file of a case.

    Parameters
    ----------
    book : Casebook
    chunks : iterable of bytes
    name : str
        As the browser says; only its ending counts.
    group : str
        The folder it was dropped with, see `group_name`.

    Raises
    ------
    RtplanValueError
        A file too large, a group of too many files, or too many groups.
    DiskFullError
        Everything that was kept before is still there.
    """
    ending = _KINDS.get(PurePosixPath(name.replace("\\", "/")).suffix.lower())
    folder = book.folder / "courses" / group_name(group)
    _refuse_more(folder)
    kept = book.objects.keep(limited(chunks))
    private_folder(folder.parent)
    private_folder(folder)
    place = folder / f"{kept.sha256}{ending or '.dcm'}"
    book.objects.link(kept.sha256, place)
    found = place if ending else folder
    return Dropped(source=found.relative_to(book.folder).as_posix(), sha256=kept.sha256, size=kept.size)


def _refuse_more(folder: Path) -> None:
    groups = list(folder.parent.iterdir()) if folder.parent.is_dir() else []
    if not folder.is_dir() and len(groups) >= MOST_SOURCES:
        raise RtplanValueError(f"more than {MOST_SOURCES} sources in one case; begin another case")
    if folder.is_dir() and sum(1 for _ in folder.iterdir()) >= MOST_FILES:
        raise RtplanValueError(
            f"more than {MOST_FILES} files in one folder; choose it by its path instead, or leave out images "
            "that are not the planning images"
        )
