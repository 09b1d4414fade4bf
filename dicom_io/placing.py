"""How a file comes to its place: written under a temporary name beside it, then renamed in one step.

What a kill leaves behind has a name by which it is known and passed over when a folder is read.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path, PurePath
from typing import Final

__all__ = ["LEFTOVER_PREFIX", "folder_beside", "is_leftover", "written_beside"]

LEFTOVER_PREFIX: Final = ".rtplan-"
_PART: Final = ".part"
_ENDINGS: Final = (_PART, ".set")


def is_leftover(path: str | PurePath) -> bool:
    """Return whether a file, or a folder above it, is what an interrupted write of this program left behind.

    Parameters
    ----------
    path : str or PurePath
        Relative to the folder or archive that is read.

    Examples
    --------
    >>> is_leftover(".rtplan-x7f.part/CT.001.dcm"), is_leftover("course/RD.dcm")
    (True, False)
    """
    parts = PurePath(path).parts
    return any(part.startswith(LEFTOVER_PREFIX) and part.endswith(_ENDINGS) for part in parts)


def written_beside(path: Path, content: bytes) -> Path:
    """Write content to the disk under a temporary name in the folder of `path`; nothing stays on failure.

    Parameters
    ----------
    path : Path
        Where the content is to be renamed to; its folder must exist.
    content : bytes

    Returns
    -------
    Path
        The temporary file.

    Raises
    ------
    OSError
        When the disk or the folder does not take it.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     beside = written_beside(Path(folder) / "RD.dcm", b"dose")
    ...     is_leftover(beside.name), beside.read_bytes()
    (True, b'dose')
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=LEFTOVER_PREFIX, suffix=_PART)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(beside, 0o666 & ~_umask())
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return beside


def folder_beside(path: Path) -> Path:
    """Make an empty folder with a temporary name beside `path`, whose own folder is made where absent.

    Raises
    ------
    OSError
        When the folder above does not take it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=LEFTOVER_PREFIX, suffix=_PART))
    folder.chmod(0o777 & ~_umask())
    return folder


def _umask() -> int:
    """Return the process's file mode mask; reading it means setting it for a moment."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
