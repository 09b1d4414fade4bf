"""One cell of a table, for screen, notebook, page and workbook alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from rtplan.text.numbers import ABSENT, HALF_WIDTH_SIGN, signed_text, value_text

__all__ = ["Cell", "Tone", "number_cell", "signed_cell"]

Tone = Literal["plain", "within", "borderline", "exceeds", "not_evaluable"]
"""How a statement weighs. Renderers give each tone a mark beside its colour: colour never stands alone."""

_ON_TERMINALS: Final = str.maketrans({"\u2264": "<=", "\u2265": ">=", ABSENT: "-", "\u00d7": "x"})


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of a table.

    Attributes
    ----------
    text : str
    tone : Tone
    note : str
        In small print under the text; empty when there is nothing to add.
    is_number : bool
        Numbers are set flush right with equal digits.
    value : float or None
        The number that `text` shows rounded, for forms that can calculate with it; finite.
    """

    text: str
    tone: Tone = "plain"
    note: str = ""
    is_number: bool = False
    value: float | None = None

    @property
    def line(self) -> str:
        """Text and note in one line."""
        return f"{self.text} {self.note}" if self.note else self.text

    @property
    def terminal_line(self) -> str:
        """The same for a terminal, which may not have every sign; words from files stay as they are."""
        return self.line.translate(_ON_TERMINALS) if self.is_number else self.line


def number_cell(
    value: float | None,
    *,
    uncertainty: float | None = None,
    reason: str | None = None,
    digits: int = 2,
    metric: str = "",
) -> Cell:
    """Return a number with its half-width below it, or the reason why there is none.

    Examples
    --------
    >>> number_cell(48.384, uncertainty=0.1234).line
    '48.38 ± 0.12'
    >>> number_cell(16.02, uncertainty=41.5)
    Cell(text='16', tone='plain', note='(0 to 58)', is_number=True, value=16.02)
    >>> number_cell(None, reason="no dose").line
    '– no dose'
    """
    if value is None:
        return Cell(text=ABSENT, note=reason or "", is_number=not reason)
    whole = value_text(value, uncertainty, digits=digits, metric=metric)
    text, sign, half_width = whole.partition(HALF_WIDTH_SIGN)
    if not sign:  # ends, where one of them is cut
        text, sign, half_width = whole.partition("(")
    return Cell(text=text.strip(), note=f"{sign}{half_width}".strip(), is_number=True, value=float(value))


def signed_cell(value: float | None, *, digits: int = 2) -> Cell:
    """Return a difference, such as the margin to a limit, with its sign."""
    text = signed_text(value, digits=digits, absent=ABSENT)
    return Cell(text=text, is_number=True, value=None if value is None else float(value))
