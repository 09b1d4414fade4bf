"""Objects kept whole, by the hash of their content; what a sender calls them is no path."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rtplan.errors import RtplanError, RtplanLookupError

__all__ = ["DiskFullError", "ObjectStore", "StoredObject", "private_folder"]

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class DiskFullError(RtplanError, OSError):
    """The disk takes nothing more; what was kept before is still there."""

    code = "disk_full"


def private_folder(path: Path) -> Path:
    """Return a folder that only its owner may enter, made where it is not there.

    Raises
    ------
    RtplanError
        Something else is in its place.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """One object.

    Attributes
    ----------
    sha256 : str
        Of its bytes.
    size : int
        Bytes.
    is_new : bool
        It was not there before.
    """

    sha256: str
    size: int
    is_new: bool


@dataclass(frozen=True)
class ObjectStore:
    """A folder of objects, mode 0700.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    def __post_init__(self) -> None:
        private_folder(self.folder)

    def keep(self, chunks: Iterable[bytes]) -> StoredObject:
        """Keep an object: whole and on the disk when this returns, or not at all.

        Parameters
        ----------
        chunks : iterable of bytes
            Its content, in order.

        Raises
        ------
        DiskFullError
            Nothing was kept of it.

        Examples
        --------
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     store = ObjectStore(Path(folder) / "objects")
        ...     first, again = store.keep([b"abc"]), store.keep([b"ab", b"c"])
        >>> first.is_new, again.is_new, first.sha256 == again.sha256
        (True, False, True)
        """
        descriptor, name = -1, ""
        try:
            descriptor, name = tempfile.mkstemp(prefix=".incoming-", dir=self.folder)
            return self._written(descriptor, Path(name), chunks)
        except OSError as fault:
            if fault.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFullError(
                    "the disk is full: this was not kept, everything before it was; make room, then send "
                    "it again"
                ) from None
            raise
        finally:
            if name:
                Path(name).unlink(missing_ok=True)

    def _written(self, descriptor: int, temporary: Path, chunks: Iterable[bytes]) -> StoredObject:
        digest, size = hashlib.sha256(), 0
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        sha256 = digest.hexdigest()
        target = self._place(sha256)
        if target.exists():
            return StoredObject(sha256=sha256, size=size, is_new=False)
        private_folder(target.parent)
        os.replace(temporary, target)
        return StoredObject(sha256=sha256, size=size, is_new=True)

    def path(self, sha256: str) -> Path:
        """Return where an object lies.

        Raises
        ------
        RtplanLookupError
            No hash, or no object of it.
        """
        if not _SHA256.fullmatch(sha256) or not (place := self._place(sha256)).is_file():
            raise RtplanLookupError("no object of this hash is kept")
        return place

    def link(self, sha256: str, target: Path) -> None:
        """Make an object appear under another name as well, by a link where the disk can, else by a copy."""
        source = self.path(sha256)
        if target.exists():
            return
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256
