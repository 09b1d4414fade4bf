"""Lines of a text export as fields, sections and tables of numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomReadError
from dicom_io.objects import PatientIdentity

__all__ = ["NumberForm", "Stated", "fields_of", "identity_of", "sections_of", "table_of"]

_FIELD: Final = re.compile(r"(?P<key>[^:\[]+?)\s*(?:\[(?P<unit>[^\]]*)\])?\s*:\s*(?P<value>.*)")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")
_THOUSANDS: Final = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
"""A number whose mark may be one of decimals or of thousands."""


@dataclass(frozen=True, kw_only=True)
class NumberForm:
    """Which marks surely begin decimals in a file: ``20,5`` and ``0,125`` do, ``1,250`` may be thousands.

    Examples
    --------
    >>> NumberForm.of(["Volume [cc]: 20,5"]).number("1,250"), NumberForm.of([]).number("1,250")
    (1.25, None)
    """

    commas: bool
    points: bool

    @classmethod
    def of(cls, lines: Iterable[str]) -> NumberForm:
        """Return the form of a file's numbers."""
        written = {word for line in lines for word in _last_words(line) if "," in word or "." in word}
        clear = [word for word in written if _NUMBER.fullmatch(word) and not _THOUSANDS.fullmatch(word)]
        return cls(commas=any("," in word for word in clear), points=any("." in word for word in clear))

    def number(self, text: str) -> float | None:
        """Return a number; None for words such as N/A, and for a mark that may be one of thousands."""
        if not _NUMBER.fullmatch(text):
            return None
        if _THOUSANDS.fullmatch(text) and not self._is_decimal(text):
            return None
        value = float(text.replace(",", "."))
        return value if np.isfinite(value) else None

    def _is_decimal(self, text: str) -> bool:
        return self.commas if "," in text else self.points or not self.commas


def _last_words(line: str) -> list[str]:
    """Return what may be numbers: the one word behind a colon, the last three of a row."""
    before, colon, after = line.rpartition(":")
    words = after.split()
    if colon:
        return words if before and len(words) == 1 else []
    return words[-3:]


@dataclass(frozen=True, kw_only=True)
class Stated:
    """A field of the file.

    Attributes
    ----------
    unit : str
        In lower case; empty where there is none.
    value : str
    number : float or None
        None where the value is no number, such as N/A.
    """

    unit: str = ""
    value: str = ""
    number: float | None = None

    @property
    def half_digit(self) -> float:
        """Half of the last digit printed."""
        decimals = re.search(r"[.,](\d+)", self.value)
        return 0.5 * 10.0 ** -(len(decimals[1]) if decimals else 0)


def fields_of(lines: Iterable[str], form: NumberForm) -> Iterator[tuple[str, Stated]]:
    """Yield the heading in lower case and the statement of each line such as ``Volume [cc]: 20.0``."""
    for line in lines:
        if match := _FIELD.fullmatch(line):
            value = match["value"].strip()
            unit = (match["unit"] or "").strip().lower()
            yield (
                match["key"].strip(" .").lower(),
                Stated(unit=unit, value=value, number=form.number(value.removesuffix("%").strip())),
            )


def sections_of(
    lines: Sequence[str], begins: Callable[[str], bool]
) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Split lines into what comes before the first section and the sections.

    Raises
    ------
    DicomReadError
        There are none.
    """
    starts = [place for place, line in enumerate(lines) if begins(line)]
    if not starts:
        raise DicomReadError("the DVH text export holds no structures")
    ends = [*starts[1:], len(lines)]
    return lines[: starts[0]], [lines[a:b] for a, b in zip(starts, ends, strict=True)]


def table_of(lines: Iterable[str], width: int, form: NumberForm) -> FloatArray | str:
    """Return the numbers up to the first blank line, shape (rows, width), or why there are none."""
    rows: list[list[float | None]] = []
    for line in lines:
        parts = line.split()
        if not parts:
            if rows:
                break
            continue
        numbers = [form.number(part) for part in parts]
        if None in numbers or len(parts) != width:
            comma = " (is its comma one of decimals or of thousands?)" if "," in line else ""
            return f"its table has a line that is not {width} numbers{comma}"
        rows.append(numbers)
    return np.array(rows, dtype=np.float64) if rows else "its table is empty"


def identity_of(patient_id: str) -> PatientIdentity:
    """Return whose the export is, by the identifier alone."""
    return PatientIdentity(patient_id=patient_id, birth_date="", sex="")
