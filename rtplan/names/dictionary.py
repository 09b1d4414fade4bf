"""Names that a person of the clinic has confirmed, from a small table; they go before the shipped names."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.names.standard import contradicts_side, structure_names

__all__ = ["DICTIONARY_COLUMNS", "NameDictionary"]

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
        RtplanValueError
            With all mistakes of the file at once: a standard name that is not one, a row nobody confirmed, a
            name listed twice, a side that the standard name contradicts.
        """
        if not path.is_file():
            raise RtplanLookupError(f"no dictionary file {path.name!r}")
        rows = _dictionary_rows(path)
        mistakes: list[str] = []
        standards: dict[str, str] = {}
        for number, row in enumerate(rows, start=1):
            written, standard = (row.get("written") or "").strip(), (row.get("standard") or "").strip()
            if not standard:
                continue
            mistakes.extend(f"row {number}: {m}" for m in _row_mistakes(row, standards))
            standards[written.casefold()] = standard
        if mistakes:
            raise RtplanValueError(f"{path.name}: {len(mistakes)} mistakes\n  " + "\n  ".join(mistakes))
        return cls(standards=standards)


def _dictionary_rows(path: Path) -> list[dict[str, str | None]]:
    """Rows of a dictionary file; a file that is no such table is refused, not taken for an empty one."""
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")), strict=True)
        rows = [dict(row) for row in reader]
    except (UnicodeDecodeError, csv.Error):
        raise RtplanValueError(f"{path.name!r} cannot be read as a table of UTF-8 text") from None
    missing = [column for column in DICTIONARY_COLUMNS[:3] if column not in (reader.fieldnames or ())]
    if missing:
        raise RtplanValueError(
            f"{path.name!r} is no dictionary of names: its first line lacks {', '.join(missing)} "
            f"(columns: {', '.join(DICTIONARY_COLUMNS)}; to start one: rtplan names FOLDER --propose FILE)"
        )
    return rows


def _row_mistakes(row: Mapping[str, str | None], known: Mapping[str, str]) -> list[str]:
    """Say what is wrong with one filled row of a dictionary."""
    written, standard = (row.get("written") or "").strip(), (row.get("standard") or "").strip()
    found = []
    if not written:
        found.append("the written name is missing")
    if not (row.get("confirmed_by") or "").strip():
        found.append(f"nobody confirmed {written!r}")
    if structure_names().standard_of(standard) != standard:
        found.append(f"{standard!r} is no standard name")
    if written.casefold() in known:
        found.append(f"{written!r} is listed twice")
    if contradicts_side(written, standard):
        found.append(f"{written!r} names the other side than {standard!r}")
    return found
