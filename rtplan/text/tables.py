"""Plain-text tables: the first column to the left, numbers to the right."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

__all__ = ["columns", "left_aligned"]


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table whose cells are aligned.

    Parameters
    ----------
    rows : sequence of sequence of str
        All of one length; the first is the header.

    Examples
    --------
    >>> print(*columns([["organ", "Gy"], ["Bladder", "4.2"]]), sep="\\n")
    organ     Gy
    Bladder  4.2
    """
    shown = [[_one_line(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    lines = []
    for first, *others in shown:
        cells = [first + " " * (widths[0] - _width(first))]
        cells += [" " * (width - _width(cell)) + cell for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return lines


def left_aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table of words: every column to the left, the last as long as it is.

    Examples
    --------
    >>> print(*left_aligned([["verdict", "why"], ["within", ""]]), sep="\\n")
    verdict  why
    within
    """
    shown = [[_one_line(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in shown
    ]


def _one_line(text: str) -> str:
    """Return text from a file as one harmless line: control characters could rewrite a terminal."""
    return "".join(c if unicodedata.category(c)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _width(text: str) -> int:
    """Return the columns a text takes on a terminal: wide characters take two, combining ones none."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)
