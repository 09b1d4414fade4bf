"""Headings of Eclipse's exports in the languages that are read: ``data/eclipse_headings.csv``."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from dicom_io.errors import DicomReadError
from dicom_io.readers.dvh_text.fields import NumberForm, Stated, fields_of

__all__ = ["Headings", "columns_of", "headings_of"]

_COLUMNS: Final = re.compile(r"(?:[^\[\]:]+\[[^\]]*\]\s*){2,}")
_COLUMN: Final = re.compile(r"(?P<what>[^\[\]]+?)\s*\[(?P<unit>[^\]]*)\]\s*")


@dataclass(frozen=True, kw_only=True)
class Headings:
    """What one language calls fields and columns.

    Attributes
    ----------
    language : str
    patterns : mapping of str to pattern
        By field; matched against the heading without accents, in lower case.
    """

    language: str
    patterns: Mapping[str, re.Pattern[str]]

    @property
    def is_read(self) -> bool:
        """Whether the language is read, or only known by name."""
        return "column dose" in self.patterns

    def field_of(self, heading: str) -> str | None:
        """Return the field that a heading stands for, or None.

        Examples
        --------
        >>> german = next(found for found in _languages() if found.language == "German")
        >>> german.field_of("Mittlere Dosis"), german.field_of("Modaldosis")
        ('mean dose', None)
        """
        plain = _plain(heading)
        return next((field for field, pattern in self.patterns.items() if pattern.fullmatch(plain)), None)

    def fields(self, lines: Iterable[str], form: NumberForm) -> Iterator[tuple[str, Stated]]:
        """Yield the known fields of lines."""
        for heading, stated in fields_of(lines, form):
            field = self.field_of(heading)
            if field is not None:
                yield field, stated

    def columns(self, line: str) -> list[tuple[str | None, str]]:
        """Return field and unit of each column of a table's heading."""
        return [(self.field_of(f"column {what}"), unit) for what, unit in columns_of(line)]

    def begins_structure(self, line: str) -> bool:
        """Return whether a line begins the section of a structure."""
        heading, colon, _ = line.partition(":")
        return bool(colon) and self.field_of(heading) == "structure"


def columns_of(line: str) -> list[tuple[str, str]]:
    """Return heading and unit of each column; empty where the line is no heading of a table.

    Examples
    --------
    >>> columns_of("Dose [cGy]   Structure Volume [cm³]"), columns_of("Volume [cc]: 20.0")
    ([('Dose', 'cGy'), ('Structure Volume', 'cm³')], [])
    """
    if _COLUMNS.fullmatch(line.strip()) is None:
        return []
    return [(match["what"].strip(), match["unit"].strip()) for match in _COLUMN.finditer(line)]


def headings_of(lines: Sequence[str]) -> Headings:
    """Return the headings of the language that an export is written in.

    It is the one that knows all columns of all tables and the line that begins a structure; where no table
    tells, the one that knows most headings.

    Raises
    ------
    DicomReadError
        A language that is not read, or no structures.
    """
    tables = {line for line in lines if columns_of(line)}
    fits = [
        found
        for found in _languages()
        if found.is_read
        and any(map(found.begins_structure, lines))
        and all(field is not None for line in tables for field, _ in found.columns(line))
    ]
    if fits:
        return max(fits, key=lambda found: len(dict(found.fields(lines, NumberForm.of([])))))
    if not tables and not any(found.begins_structure(line) for found in _languages() for line in lines):
        raise DicomReadError("the DVH text export holds no structures")
    read = ", ".join(found.language for found in _languages() if found.is_read)
    called = " or ".join(
        found.language
        for found in _languages()
        if not found.is_read and any(map(found.begins_structure, lines))
    )
    shown = sorted({what for line in tables for what, _ in columns_of(line)})
    raise DicomReadError(
        f"the DVH text export has headings {f'in {called} ' if called else ''}that are not read: "
        f"{', '.join(map(repr, shown)) or 'no table of doses and volumes'}; those in {read} are: export in "
        "one of these languages"
    )


@cache
def _languages() -> tuple[Headings, ...]:
    source = resources.files(__package__).joinpath("data", "eclipse_headings.csv")
    found: dict[str, dict[str, re.Pattern[str]]] = defaultdict(dict)
    for row in csv.DictReader(source.read_text(encoding="utf-8").splitlines()):
        found[row["language"]][row["field"]] = re.compile(row["pattern"])
    return tuple(
        Headings(language=language, patterns=MappingProxyType(patterns))
        for language, patterns in sorted(found.items())
    )


def _plain(heading: str) -> str:
    """Return a heading in lower case without accents, dots at its ends and double spaces."""
    folded = unicodedata.normalize("NFKD", heading.casefold())
    letters = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(letters.replace("’", "'").split()).strip(" .")
