"""A set that is added to those that are carried: its file checked, its hash and its entry computed."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from rtplan.files import read_typed_file
from rtplan.limits.constraint import ConstraintSet
from rtplan.limits.constraint_file import ConstraintFileError, own_constraints
from rtplan.limits.shipped_sets import SetEntry
from rtplan.names import near_names, structure_names

__all__ = ["AddedSet", "added_set"]

_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TAKEN: Final = ("sets", "second-transcription", "known-oddities")


@dataclass(frozen=True, kw_only=True)
class AddedSet:
    """A set's file and the list of sets with its entry.

    Attributes
    ----------
    entry : SetEntry
    constraint_set : ConstraintSet
    content, index : bytes
        Of the set's file and of ``sets.csv``, with LF line ends.
    """

    entry: SetEntry
    constraint_set: ConstraintSet
    content: bytes
    index: bytes


def added_set(path: Path, *, folder: Path, title: str, edition: str, citation: str) -> AddedSet:
    """Check a set's file and compute what makes it one of the carried sets.

    Parameters
    ----------
    path : Path
        CSV with the columns of a constraint file; its name is the set's: small letters, digits and hyphens.
    folder : Path
        With ``sets.csv``; nothing is written into it.
    title, edition, citation : str
        Of the published table.

    Raises
    ------
    ConstraintFileError
        All at once: rows that are no limit, organs without a standard name, a name that is taken or none, an
        empty title, edition or citation.
    """
    file = read_typed_file(path, kind="constraint file", error=ConstraintFileError)
    entries = _entries(folder)
    mistakes = file.mistakes()
    mistakes.add(*_name_mistakes(path, [entry.name for entry in entries]))
    stated = {"title": title.strip(), "edition": edition.strip(), "citation": citation.strip()}
    mistakes.add(*(f"its {key} is missing" for key, text in stated.items() if not text))
    try:
        constraints = own_constraints(file.rows(), file=file)
    except ConstraintFileError as refused:
        mistakes.add(*refused.mistakes)
        constraints = ()
    mistakes.add(*_unknown_organs([organ for c in constraints for organ in c.organs]))
    mistakes.raise_any()
    entry = SetEntry(name=path.stem, sha256=file.text_sha256, **stated)
    return AddedSet(
        entry=entry,
        constraint_set=ConstraintSet(
            name=entry.name, title=entry.title, constraints=constraints, sha256=entry.sha256
        ),
        content=file.content.replace(b"\r\n", b"\n"),
        index=_index([*(other for other in entries if other.name != entry.name), entry]),
    )


def _entries(folder: Path) -> list[SetEntry]:
    rows = read_typed_file(folder / "sets.csv", kind="list of sets").rows()
    return [SetEntry(**row.cells) for row in rows]


def _name_mistakes(path: Path, taken: list[str]) -> list[str]:
    mistakes = [] if path.suffix == ".csv" else ["a set that is added ends in .csv"]
    if not _NAME.fullmatch(path.stem):
        mistakes.append(
            f"{path.stem!r} is no name of a set: small letters, digits and hyphens, as tg101-2010"
        )
    if path.stem in (*taken, *_TAKEN):
        mistakes.append(f"a set {path.stem!r} is there already: name the file after table and edition")
    return mistakes


def _unknown_organs(organs: list[str]) -> list[str]:
    standards = structure_names()
    unknown = dict.fromkeys(organ for organ in organs if standards.standard_of(organ) != organ)
    return [
        f"{organ!r} is no standard name; near names: "
        f"{', '.join(near_names(organ, standards.standards)) or 'none is alike'}"
        for organ in unknown
    ]


def _index(entries: list[SetEntry]) -> bytes:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, [field.name for field in fields(SetEntry)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(entry) for entry in entries)
    return buffer.getvalue().encode()
