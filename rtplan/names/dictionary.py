"""Names that a person of the clinic has confirmed, from a small table; they go before the shipped names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rtplan.errors import RtplanValueError
from rtplan.files import Row, TypedFile, read_typed_file
from rtplan.names.standard import contradicts_side, near_names, structure_names

__all__ = ["DICTIONARY_COLUMNS", "NameDictionary", "joined_names", "row_mistakes"]

DICTIONARY_COLUMNS: Final = ("written", "standard", "confirmed_by", "note")


@dataclass(frozen=True, kw_only=True)
class NameDictionary:
    """Names that a person of the clinic has confirmed.

    Attributes
    ----------
    standards : mapping
        Written name, folded in case, to standard name.
    """

    standards: Mapping[str, str]

    @classmethod
    def read(cls, path: Path) -> NameDictionary:
        """Read a dictionary file, ``written,standard,confirmed_by,note``.

        Rows without a standard name are proposals nobody has filled in; they are skipped.

        Raises
        ------
        RtplanLookupError
            If the file is not there.
        RtplanValueError
            With all mistakes of the file at once: a standard name that is not one, a row nobody confirmed, a
            name listed twice, a side that the standard name contradicts.
        """
        file = read_typed_file(path, kind="dictionary file")
        mistakes = file.mistakes()
        standards: dict[str, str] = {}
        for row in _dictionary_rows(file):
            written, standard = row.cells["written"], row.cells["standard"]
            if not standard:
                continue
            mistakes.add(*(f"{row.place}: {text}" for text in row_mistakes(row.cells, standards)))
            standards[written.casefold()] = standard
        mistakes.raise_any()
        return cls(standards=standards)


def _dictionary_rows(file: TypedFile) -> tuple[Row, ...]:
    """Rows of a dictionary file; a file that is no such table is refused, not taken for an empty one."""
    columns = file.columns()
    missing = [column for column in DICTIONARY_COLUMNS[:3] if column not in columns]
    if missing:
        file.refuse(
            f"it is no dictionary of names: its first line lacks {', '.join(missing)} "
            f"(columns: {', '.join(DICTIONARY_COLUMNS)}; to start one: rtplan names FOLDER --propose FILE)"
        )
    return file.rows()


def row_mistakes(row: Mapping[str, str], known: Mapping[str, str]) -> list[str]:
    """Say what is wrong with one filled row of a dictionary.

    Parameters
    ----------
    row : mapping
        ``written``, ``standard`` and ``confirmed_by`` to text.
    known : mapping
        Written names that were read before, folded in case, with their standard names.
    """
    written, standard = row["written"], row["standard"]
    wrong = []
    if not written:
        wrong.append("the written name is missing")
    if not row["confirmed_by"]:
        wrong.append(f"nobody confirmed {written!r}")
    if structure_names().standard_of(standard) != standard:
        near = ", ".join(near_names(standard, structure_names().standards)) or "none is alike"
        wrong.append(f"{standard!r} is no standard name; near names: {near}")
    if written.casefold() in known:
        wrong.append(f"{written!r} is listed twice")
    if contradicts_side(written, standard):
        wrong.append(f"{written!r} names the other side than {standard!r}")
    return wrong


def joined_names(one: NameDictionary | None, other: NameDictionary | None) -> NameDictionary | None:
    """Return the names of a dictionary and of a clinic's file, which must not disagree.

    Raises
    ------
    RtplanValueError
        If one name stands for two organs.

    Examples
    --------
    >>> joined_names(NameDictionary(standards={"Blase": "Bladder"}), None).standards
    {'Blase': 'Bladder'}
    """
    if one is None or other is None:
        return one or other
    for written in one.standards.keys() & other.standards.keys():
        if one.standards[written] != other.standards[written]:
            raise RtplanValueError(
                f"{written!r} is {one.standards[written]} in the dictionary of --names and "
                f"{other.standards[written]} in the clinic's file"
            )
    return NameDictionary(standards={**one.standards, **other.standards})
