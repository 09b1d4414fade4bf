"""What an answer rests on, so that no output takes its place."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rtplan.errors import OutputIsInputError
from rtplan.files.provenance import InputRecord

__all__ = ["NO_ORIGINALS", "Originals"]

_PREAMBLE: Final = 128
_FIRST_GROUPS: Final = (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08")
"""How a DICOM file without a preamble begins: group 2 or 8, in either order of bytes."""


@dataclass(frozen=True, kw_only=True)
class Originals:
    """The files that were read: none of them is ever replaced, whatever name an output gives it.

    Attributes
    ----------
    paths : tuple of Path
        Files and archives, and folders, of which every DICOM file counts at any depth. What is not there
        is passed over.
    sha256 : frozenset of str
        Hashes of files whose place is not known; a file of the same bytes is not replaced either.
    """

    paths: tuple[Path, ...] = ()
    sha256: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *, paths: Iterable[Path] = (), inputs: Iterable[InputRecord] = ()) -> Originals:
        """Return the originals at these paths and of these records."""
        return cls(paths=tuple(paths), sha256=frozenset(i.sha256 for i in inputs if i.sha256 is not None))

    def refuse(self, target: Path) -> None:
        """Refuse an output that would replace one of the originals.

        Parameters
        ----------
        target : Path
            Under any name: relative, a link, another case of letters where the disk makes no difference.

        Raises
        ------
        OutputIsInputError
            The target is an original.
        """
        if target.is_file() and (self._is_at_a_path(target) or self._has_a_hash(target)):
            raise OutputIsInputError(
                f"{target.name!r} is an input of this answer and is never replaced, --overwrite or not; "
                "give the output another name",
                where=target.name,
            )

    def _is_at_a_path(self, target: Path) -> bool:
        there = _identity(target)
        for path in self.paths:
            if path.is_file() and _identity(path) == there:
                return True
            if path.is_dir() and _looks_like_dicom(target) and there in _identities_below(path):
                return True
        return False

    def _has_a_hash(self, target: Path) -> bool:
        """Whether it has the bytes of an original, or its text: some hashes are taken with LF line ends."""
        if not self.sha256:
            return False
        content = target.read_bytes()
        forms = {content, content.replace(b"\r\n", b"\n")}
        return any(hashlib.sha256(form).hexdigest() in self.sha256 for form in forms)


NO_ORIGINALS: Final = Originals()
"""Of an answer that rests on nothing but words."""


def _identity(path: Path) -> tuple[int, int]:
    """Return what a file is to the disk: the same for each of its names."""
    status = path.stat()
    return status.st_dev, status.st_ino


def _identities_below(folder: Path) -> Iterator[tuple[int, int]]:
    for root, _, names in os.walk(folder):
        for name in names:
            if (path := Path(root) / name).is_file():
                yield _identity(path)


def _looks_like_dicom(path: Path) -> bool:
    with path.open("rb") as stream:
        first = stream.read(_PREAMBLE + 4)
    return first[_PREAMBLE:] == b"DICM" or first.startswith(_FIRST_GROUPS)
