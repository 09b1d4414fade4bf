"""A form as it was sent: texts by name, read with every mistake collected."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from rtplan.alpha_beta import UnusualAlphaBeta, parse_alpha_beta
from rtplan.errors import RtplanError, RtplanValueError
from rtplan.interval import parse_date

__all__ = ["Form", "whole_number"]

_WHOLE: Final = re.compile(r"[0-9]{1,15}")


def whole_number(text: str) -> int | None:
    """Return the whole number that a text is in plain digits; None for anything else.

    Examples
    --------
    >>> whole_number("28"), whole_number("\\N{SUPERSCRIPT TWO}"), whole_number("-1")
    (28, None, None)
    """
    return int(text) if _WHOLE.fullmatch(text) else None


@dataclass(frozen=True, kw_only=True)
class Form:
    """What was filled in.

    Attributes
    ----------
    values : mapping of str to sequence of str
        By the name of the field.

    Examples
    --------
    >>> form = Form(values={"gy": ["70,5"], "day": ["2024-02-30"]})
    >>> form.number("gy", "limit"), form.day("day", "last fraction")
    (70.5, None)
    >>> form.mistakes
    ["last fraction: '2024-02-30' is no date: write year, month and day as YYYY-MM-DD, such as 2024-02-29"]
    """

    values: Mapping[str, Sequence[str]]
    mistakes: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return a text without blanks around it; empty where the field is not there."""
        found = self.values.get(name) or [""]
        return str(found[0]).strip()

    def texts(self, name: str) -> list[str]:
        """Return every value of a field that may be chosen several times."""
        return [str(value).strip() for value in self.values.get(name) or () if str(value).strip()]

    def is_ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.text(name))

    def number(self, name: str, what: str) -> float | None:
        """Return a number; None where the field is empty or says no number, which is a mistake."""
        text = self.text(name).replace(",", ".")
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.mistakes.append(f"{what}: {self.text(name)!r} is no number")
            return None
        return int(value) if value.is_integer() else value

    def alpha_beta(self, name: str, what: str) -> float | str | None:
        """Return an alpha/beta as a case file states it; one that nobody published is asked back."""
        text = self.text(name).replace(",", ".")
        if not text:
            return None
        try:
            value = parse_alpha_beta(text, what)
        except RtplanError as fault:
            self.mistakes.append(str(fault))
            return None
        if isinstance(value, UnusualAlphaBeta):
            return f"{value:g} unusual"
        return int(value) if value.is_integer() else value

    def whole(self, name: str, what: str) -> int | None:
        """Return a whole number above 0."""
        value = self.number(name, what)
        if value is not None and (value != int(value) or value < 1):
            self.mistakes.append(f"{what}: {self.text(name)!r} is no whole number of at least 1")
            return None
        return None if value is None else int(value)

    def wholes(self, name: str, what: str) -> list[int]:
        """Return whole numbers that are separated by commas or blanks."""
        words = self.text(name).replace(",", " ").split()
        found = [whole_number(word) or 0 for word in words]
        if not all(found):
            self.mistakes.append(f"{what}: {self.text(name)!r}; whole numbers such as 5, 15 are needed")
            return []
        return list(dict.fromkeys(found))

    def day(self, name: str, what: str) -> date | None:
        """Return a date."""
        text = self.text(name)
        if not text:
            return None
        try:
            return parse_date(text)
        except RtplanError as fault:
            self.mistakes.append(f"{what}: {fault}")
            return None

    def refuse_mistakes(self) -> None:
        """Refuse the form where anything in it was wrong.

        Raises
        ------
        RtplanValueError
            All of it at once.
        """
        if self.mistakes:
            raise RtplanValueError("; ".join(self.mistakes))
