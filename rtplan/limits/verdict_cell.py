"""A verdict as a table shows it."""

from __future__ import annotations

from typing import Final

from rtplan.limits.verdict import Verdict
from rtplan.text import Cell, Tone

__all__ = ["TONES", "verdict_cell", "verdict_text"]

TONES: Final[dict[Verdict, Tone]] = {
    Verdict.EXCEEDS: "exceeds",
    Verdict.BORDERLINE: "borderline",
    Verdict.NOT_EVALUABLE: "not_evaluable",
    Verdict.WITHIN: "within",
}
"""How each verdict weighs on a page."""


def verdict_text(verdict: Verdict) -> str:
    """Return a verdict in words.

    Examples
    --------
    >>> verdict_text(Verdict.NOT_EVALUABLE)
    'not evaluable'
    """
    return verdict.value.replace("_", " ")


def verdict_cell(verdict: Verdict | None, *, note: str | None = None) -> Cell:
    """Return the cell of a verdict; a row without a limit has none.

    Examples
    --------
    >>> verdict_cell(None).text
    'no limit asked for'
    """
    if verdict is None:
        return Cell(text="no limit asked for", note=note or "")
    return Cell(text=verdict_text(verdict), tone=TONES[verdict], note=note or "")
