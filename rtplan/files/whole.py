"""Files written whole or not at all, and never over something else without being told to."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from rtplan.errors import OutputExistsError, RtplanError, RtplanValueError

__all__ = ["OutputError", "write_whole"]


class OutputError(RtplanError, OSError):
    """A file could not be written; what was there before is still there."""

    code = "output_failed"


def write_whole(path: Path, content: bytes, *, overwrite: bool) -> None:
    """Write a file so that it appears complete or not at all.

    The same content again is no overwriting: it succeeds and leaves the file alone.

    Parameters
    ----------
    path : Path
        Its folder must exist.
    content : bytes
    overwrite : bool
        Whether a file of other content may be replaced.

    Raises
    ------
    OutputExistsError
        When a file of other content is there and `overwrite` is False.
    OutputError
        When the disk or the folder does not take it.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder) / "report.html", b"<p>", overwrite=False)
    ...     (Path(folder) / "report.html").read_bytes()
    b'<p>'
    """
    if path.is_dir():
        raise RtplanValueError(f"{path.name!r} is a folder, a file name is needed")
    try:
        if path.exists():
            if path.read_bytes() == content:
                return
            if not overwrite:
                raise OutputExistsError(
                    f"{path.name!r} is there already with other content; add --overwrite to replace it",
                    where=path.name,
                )
        _write_beside_and_rename(path, content)
    except OSError as failure:
        raise OutputError(
            f"{path.name!r} could not be written: {failure.strerror or 'unknown reason'}",
            where=path.name,
        ) from None


def _write_beside_and_rename(path: Path, content: bytes) -> None:
    """Write into a temporary file of the same folder, then rename it: the rename is atomic."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".rtplan-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """Return the process's file mode mask; reading it means setting it for a moment."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
