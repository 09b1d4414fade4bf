"""Files written whole or not at all, and never over an input or, unless told to, over something else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from dicom_io import written_beside
from rtplan.errors import OutputExistsError, RtplanError, RtplanValueError
from rtplan.files.interrupted import interrupted_sets, leave_notes
from rtplan.files.originals import NO_ORIGINALS, Originals

__all__ = ["OutputError", "write_set", "write_whole"]

_OWN_STREAMS: Final = (0, 1, 2)


class OutputError(RtplanError, OSError):
    """A file could not be written; what was there before is still there."""

    code = "output_failed"


def write_whole(path: Path, content: bytes, *, overwrite: bool, originals: Originals = NO_ORIGINALS) -> None:
    """Write a file so that it appears complete or not at all; a set of one, see `write_set`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder) / "report.html", b"<p>", overwrite=False)
    ...     (Path(folder) / "report.html").read_bytes()
    b'<p>'
    """
    write_set({path: content}, overwrite=overwrite, originals=originals)


def write_set(
    contents: Mapping[Path, bytes], *, overwrite: bool, originals: Originals = NO_ORIGINALS
) -> None:
    """Write files that belong together: every one is checked and on the disk before the first is in place.

    A file that has the same content already is no overwriting: it is left alone. A kill between two renames
    is told by the next run that writes into the folder.

    Parameters
    ----------
    contents : mapping of Path to bytes
        The folders must exist.
    overwrite : bool
        Whether files of other content may be replaced.
    originals : Originals
        What the answer rests on; never replaced.

    Raises
    ------
    OutputIsInputError
        A target is an input.
    OutputExistsError
        A target has other content and `overwrite` is False.
    RtplanValueError
        A target is a folder, a pipe or a device; two targets are one file; or an earlier run left a set of
        these half in place. Whatever is refused, nothing was written.
    OutputError
        The disk or a folder does not take a file; what was there before is still there.
    """
    for path in contents:
        _check_kind(path)
        originals.refuse(path)
    _refuse_twice(contents)
    name = ""
    try:
        notes = interrupted_sets(contents, overwrite=overwrite)
        beside: dict[Path, Path] = {}
        try:
            for path, content in contents.items():
                name = path.name
                if _is_to_be_written(path, content, overwrite=overwrite):
                    beside[path] = written_beside(path, content)
            _put_in_place(beside)
        finally:
            _remove(beside.values())
        _remove(notes)
    except OSError as failure:
        shown = Path(failure.filename2).name if failure.filename2 else name
        raise OutputError(
            f"{shown!r} could not be written: {failure.strerror or 'unknown reason'}", where=shown
        ) from None


def _check_kind(path: Path) -> None:
    """Refuse what no file can take the place of."""
    try:
        status = path.stat()
    except OSError:
        return  # not there, or not to be looked at: writing says why
    if stat.S_ISDIR(status.st_mode):
        raise RtplanValueError(f"{path.name!r} is a folder, a file name is needed", where=path.name)
    if not stat.S_ISREG(status.st_mode):
        raise RtplanValueError(f"{path.name!r} is a pipe or a device; a file name is needed", where=path.name)
    for stream in _OWN_STREAMS:
        with suppress(OSError):
            if os.path.samestat(os.fstat(stream), status):
                raise RtplanValueError(
                    f"{path.name!r} is where this program's own words go to or come from; another file name "
                    "is needed",
                    where=path.name,
                )


def _refuse_twice(paths: Iterable[Path]) -> None:
    seen: dict[Path, Path] = {}
    for path in paths:
        other = seen.setdefault(path.resolve(), path)
        if other is not path:
            raise RtplanValueError(f"{other.name!r} and {path.name!r} are one file; two outputs need two")


def _is_to_be_written(path: Path, content: bytes, *, overwrite: bool) -> bool:
    if not path.exists():
        return True
    if path.read_bytes() == content:
        return False
    if not overwrite:
        raise OutputExistsError(
            f"{path.name!r} is there already with other content; add --overwrite to replace it",
            where=path.name,
        )
    return True


def _put_in_place(beside: Mapping[Path, Path]) -> None:
    """Rename each file, which is atomic; where one cannot be, those before it are as they were."""
    notes = leave_notes(list(beside))
    kept: dict[Path, Path | None] = {}
    try:
        if len(beside) > 1:
            kept = {path: _kept(path) for path in beside}
        done: list[Path] = []
        try:
            for path, temporary in beside.items():
                os.replace(temporary, path)
                done.append(path)
        except OSError:
            for path in done:
                _restore(path, kept.get(path))
            raise
    finally:
        _remove(old for old in kept.values() if old is not None)
        _remove(notes)


def _kept(path: Path) -> Path | None:
    """Return a copy of what is there, to be put back; None where nothing is there."""
    return written_beside(path, path.read_bytes()) if path.exists() else None


def _restore(path: Path, old: Path | None) -> None:
    if old is None:
        path.unlink(missing_ok=True)
    else:
        os.replace(old, path)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
