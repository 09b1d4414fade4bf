"""How a case stands: what it states, the files that it names, and the version that answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rtplan._version import __version__
from rtplan.page.casebook import Casebook, Sheet

__all__ = ["stand_sha256"]

_NAMES_FILES: Final = frozenset(
    {"source", "file", "folder", "tissues", "limits", "clinic", "constraints", "names", "patient"}
)
"""Keys of a case file whose value may be a path."""


def stand_sha256(book: Casebook, sheet: Sheet) -> str:
    """Return a hash of a case as it stands: an answer of another stand is not its answer.

    Parameters
    ----------
    book : Casebook
    sheet : Sheet

    Returns
    -------
    str
        Of the case file, the version, and name, size and time of change of each file that the case names.
        Contents are not read: the hashes in the answer's own inputs are of those.
    """
    stand = hashlib.sha256(f"{__version__}\n{sheet.text}".encode())
    for path in sorted({book.folder / name for name in _named(sheet.tables)}):
        for file in _files(path):
            known = file.stat()
            stand.update(f"{file}\n{known.st_size} {known.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return stand.hexdigest()


def _named(tables: Mapping[str, Any]) -> Iterator[str]:
    for key, value in tables.items():
        for one in value if isinstance(value, list | tuple) else (value,):
            if isinstance(one, Mapping):
                yield from _named(one)
            elif isinstance(one, str) and one and key in _NAMES_FILES:
                yield one


def _files(path: Path) -> list[Path]:
    """Return a file, or every file of a folder in order; none where a name is no path."""
    try:
        return sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path] * path.is_file()
    except (OSError, ValueError):  # a regimen or a set's name that no file can have
        return []
