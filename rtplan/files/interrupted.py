"""A note that lies in a folder while a set of files is put in place: after a kill the next run finds it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from dicom_io import LEFTOVER_PREFIX, written_beside
from rtplan.errors import RtplanValueError

__all__ = ["interrupted_sets", "leave_notes"]

_ENDING: Final = ".set"


def leave_notes(targets: Sequence[Path]) -> list[Path]:
    """Write into each folder which files are being put in place; one file alone needs no note.

    Returns
    -------
    list of Path
        To be removed after the last rename.
    """
    if len(targets) < 2:
        return []
    content = json.dumps(sorted(path.name for path in targets)).encode()
    return [_note(folder, content) for folder in sorted({path.parent for path in targets})]


def _note(folder: Path, content: bytes) -> Path:
    beside = written_beside(folder / "note", content)
    return beside.rename(beside.with_suffix(_ENDING))


def interrupted_sets(targets: Iterable[Path], *, overwrite: bool) -> list[Path]:
    """Tell of sets that an earlier run left half in place, and return the notes that this run settles.

    Parameters
    ----------
    targets : iterable of Path
        What is about to be written.
    overwrite : bool
        A run that writes every file of an interrupted set again makes it whole.

    Returns
    -------
    list of Path
        Notes of sets that are made whole, to be removed after the last rename.

    Raises
    ------
    RtplanValueError
        A target belongs to an interrupted set that this run does not make whole.

    Warns
    -----
    UserWarning
        Another interrupted set lies in the folder, or one is made whole.
    """
    paths = list(targets)
    names = {path.name for path in paths}
    settled = []
    for note in _notes({path.parent for path in paths}):
        of_set = set(json.loads(note.read_bytes()))
        told = f"an earlier run was ended while it put {_listed(of_set)} in place: some are new, some are not"
        if of_set <= names and overwrite:
            warnings.warn(f"{told}; all are written again now", stacklevel=4)
            settled.append(note)
        elif of_set & names:
            raise RtplanValueError(
                f"{told}; write all of them again in one run with --overwrite, or look at each and delete "
                f"{note.name!r} beside them"
            )
        else:
            warnings.warn(f"{told}; look at each and delete {note.name!r} beside them", stacklevel=4)
    return settled


def _notes(folders: Iterable[Path]) -> list[Path]:
    pattern = f"{LEFTOVER_PREFIX}*{_ENDING}"
    return [note for folder in sorted(folders) for note in sorted(folder.glob(pattern))]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in sorted(names))
