"""A report as data: what it says, before anybody decides how it looks.

Every text in here is plain text. A renderer escapes it for its own format; nothing is ever trusted to
be markup, so that a structure called ``<script>`` appears as just that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from rtplan.errors import RtplanValueError
from rtplan.text import Cell, Tone, plain_lines

__all__ = [
    "MARKS",
    "SIGNATURES",
    "Block",
    "Cell",
    "Facts",
    "Figure",
    "Paragraph",
    "Report",
    "Section",
    "Signature",
    "Table",
    "Tile",
    "Tone",
]

MARKS: Final[dict[Tone, str]] = {
    "plain": "",
    "within": "\N{CHECK MARK}",
    "borderline": "\N{ALMOST EQUAL TO}",
    "exceeds": "\N{BLACK UP-POINTING TRIANGLE}",
    "not_evaluable": "?",
}
"""A mark for each tone, so that colour never carries a meaning alone."""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A line to be signed; what is not stated is left to be filled in by hand.

    Attributes
    ----------
    act : str
        What the signature says, such as ``"prepared"``.
    name, role, date : str
    """

    act: str
    name: str = ""
    role: str = ""
    date: str = ""


SIGNATURES: Final = (Signature(act="prepared"), Signature(act="checked"), Signature(act="approved"))
"""The lines on page one."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with a caption that says what it shows.

    Attributes
    ----------
    caption : str
    columns : sequence of str
    rows : sequence of sequence of Cell
    remarks : sequence of str
        What must be said of each row and needs more room than a cell; empty, or one for each row.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    remarks: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.remarks and len(self.remarks) != len(self.rows):
            raise ValueError(f"table {self.caption!r}: {len(self.remarks)} remarks for {len(self.rows)} rows")
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(
                    f"table {self.caption!r}: a row of {len(row)} cells under {len(self.columns)} columns"
                )

    def is_numeric(self, place: int) -> bool:
        """Whether a column holds numbers only, dashes for missing ones among them."""
        return bool(self.rows) and all(row[place].is_number for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Names and their values, such as the inputs of a calculation."""

    caption: str
    items: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """A sentence or two; `tone` marks one that must not be missed."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture with what it shows in words.

    Attributes
    ----------
    caption : str
    alternative : str
        What a reader who cannot see the picture needs to know.
    svg : str
        The picture as an SVG document made by this package.
    """

    caption: str
    alternative: str
    svg: str


Block = Table | Facts | Paragraph | Figure


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One statement of the summary, readable at arm's length."""

    label: str
    value: str
    note: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True, kw_only=True)
class Section:
    """A titled part of the annex; one with a page of its own begins a new one on paper."""

    title: str
    blocks: Sequence[Block]
    has_own_page: bool = False


@dataclass(frozen=True, kw_only=True)
class Report:
    """A whole report.

    Attributes
    ----------
    title : str
    subtitle : str
        For whom: the pseudonym, or the identity that was asked for.
    date : str or None
        The report's date as given; None leaves a line to fill in.
    statement : str
        What the report is not; stands on the first screen.
    tiles : sequence of Tile
        The summary that fits on the first screen.
    summary : sequence of Block
        What follows the tiles on page one.
    sections : sequence of Section
        The annex.
    provenance : str
        Software and versions, one line at the foot.
    signatures : sequence of Signature
        At the foot of page one.
    """

    title: str
    subtitle: str
    date: str | None
    statement: str
    tiles: Sequence[Tile]
    summary: Sequence[Block]
    sections: Sequence[Section]
    provenance: str
    signatures: Sequence[Signature] = SIGNATURES

    def identified(self, identity: str | None) -> Report:
        """Return the report with a person's own identity line before the pseudonym; as it is for None."""
        if identity is None:
            return self
        if not identity.strip():
            raise RtplanValueError("the identity of a report is empty: say whom it is for, or leave it out")
        return replace(self, subtitle=f"{plain_lines(identity).strip()} ({self.subtitle})")
