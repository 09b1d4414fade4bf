"""The constraint sets that are shipped, each with the hash of its file as released."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from rtplan.errors import RtplanLookupError
from rtplan.files import shipped_file
from rtplan.limits.constraint import ConstraintSet
from rtplan.limits.constraint_file import constraints_from_rows, read_constraint_file

__all__ = ["SetEntry", "constraint_sets", "load_constraint_set", "shipped_folder"]

_ROOM: Final = "rtplan.limits"


@dataclass(frozen=True, kw_only=True)
class SetEntry:
    """One line of the list of shipped sets.

    Attributes
    ----------
    name, title, edition, citation : str
    sha256 : str
        Of the file as released; a file that differs is reported.
    """

    name: str
    title: str
    edition: str
    citation: str
    sha256: str


@cache
def constraint_sets() -> tuple[SetEntry, ...]:
    """Return the sets that are shipped.

    Examples
    --------
    >>> "tg101-2010" in [entry.name for entry in constraint_sets()]
    True
    """
    return tuple(SetEntry(**row.cells) for row in shipped_file(_ROOM, "sets.csv").rows())


def load_constraint_set(name: str | Path) -> ConstraintSet:
    """Load a shipped set by its name, or a file by its path.

    Parameters
    ----------
    name : str or Path
        One of `constraint_sets`, or a file ending in ``.csv``, ``.toml`` or ``.xlsx``.

    Returns
    -------
    ConstraintSet

    Raises
    ------
    RtplanLookupError
        If there is neither such a set nor such a file; the sets are listed.
    ConstraintFileError
        If the file has mistakes; all are listed.

    Examples
    --------
    >>> load_constraint_set("quantec").constraints[0].describe()
    'Brain Dmax <= 60 Gy (conventional (1.8-2 Gy/fx) fx, QUANTEC summary value)'
    """
    entry = next((entry for entry in constraint_sets() if entry.name == str(name)), None)
    if entry is not None:
        return _load_shipped(entry)
    path = Path(name)
    if path.is_file():
        return read_constraint_file(path)
    known = ", ".join(entry.name for entry in constraint_sets())
    raise RtplanLookupError(f"no constraint set or file {path.name!r}; the sets are: {known}")


def shipped_folder() -> Path:
    """Return the folder that the shipped sets lie in."""
    return Path(__file__).resolve().parent / "data"


def _load_shipped(entry: SetEntry) -> ConstraintSet:
    """Load a shipped set and say so when its file is not the released one."""
    file = shipped_file(_ROOM, f"{entry.name}.csv")
    findings = []
    if file.text_sha256 != entry.sha256:
        findings.append(f"{entry.name}: the file differs from the released one; its limits may be changed")
    rows = [row.cells for row in file.rows()]
    return ConstraintSet(
        name=entry.name,
        title=entry.title,
        constraints=constraints_from_rows(rows, name=entry.name),
        sha256=file.text_sha256,
        findings=tuple(findings),
    )
