"""What several reports share: verdict cells, the list of inputs, the software they were made with."""

from __future__ import annotations

import hashlib
import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import version

from rtplan._version import __version__
from rtplan.files import InputRecord
from rtplan.limits import Verdict
from rtplan.report.model import Cell, Facts, Paragraph, Section, Table, Tone

__all__ = [
    "STATEMENT",
    "case_name",
    "input_section",
    "number",
    "number_cell",
    "provenance",
    "verdict_cell",
    "verdict_counts",
    "warning_blocks",
    "worst_tone",
]

STATEMENT = (
    "Research software, not a medical device. Every number needs the check of a medical physicist. "
    "Borderline and not evaluable are not passes; nothing in here recommends a regimen."
)

_TONES: dict[Verdict, Tone] = {
    Verdict.EXCEEDS: "exceeds",
    Verdict.BORDERLINE: "borderline",
    Verdict.NOT_EVALUABLE: "not_evaluable",
    Verdict.WITHIN: "within",
}
_WORDS = {
    Verdict.EXCEEDS: "exceeds",
    Verdict.BORDERLINE: "borderline",
    Verdict.NOT_EVALUABLE: "not evaluable",
    Verdict.WITHIN: "within",
}
_LIBRARIES = ("numpy", "scipy", "pydicom", "matplotlib")


def verdict_cell(verdict: Verdict | None, *, note: str | None = None) -> Cell:
    """Return the cell of a verdict; a row without a limit has none."""
    if verdict is None:
        return Cell(text="no limit asked for", note=note or "")
    return Cell(text=_WORDS[verdict], tone=_TONES[verdict], note=note or "")


def worst_tone(verdicts: Iterable[Verdict]) -> Tone:
    """Return the tone of the gravest verdict; plain where there is none."""
    return min(((v.gravity, _TONES[v]) for v in verdicts), default=(0, "plain"))[1]


def verdict_counts(verdicts: Iterable[Verdict]) -> str:
    """Return how many of each verdict there are, the gravest first."""
    counts = Counter(verdicts)
    return ", ".join(f"{counts[v]} {_WORDS[v]}" for v in Verdict if counts[v]) or "none"


def number(value: float | None, digits: int = 2) -> str:
    """Return a number with a fixed number of digits, a dash where there is none."""
    return "\N{EN DASH}" if value is None else f"{value:.{digits}f}"


def number_cell(
    value: float | None, *, uncertainty: float | None = None, reason: str | None = None, digits: int = 2
) -> Cell:
    """Return a number with its half-width, or the reason why there is none."""
    if value is None:
        return Cell(text="\N{EN DASH}", note=reason or "", is_number=not reason)
    half_width = "" if uncertainty is None else f"\N{PLUS-MINUS SIGN}{_half_width(uncertainty, digits)}"
    return Cell(text=f"{value:.{digits}f}", note=half_width, is_number=True, value=float(value))


def _half_width(uncertainty: float, digits: int) -> str:
    """Return a half-width; one that rounds to nothing is said to be below the last digit, not to be none."""
    smallest = 10.0**-digits
    return f"<{smallest:.{digits}f}" if 0 < uncertainty < smallest / 2 else f"{uncertainty:.{digits}f}"


def case_name(inputs: Sequence[InputRecord]) -> str:
    """Return a name for the case made of its inputs' hashes: it identifies the data, not the person."""
    digest = hashlib.sha256("".join(i.sha256 or "" for i in inputs).encode()).hexdigest()
    return f"Case {digest[:8]}"


def input_section(inputs: Sequence[InputRecord]) -> Section:
    """Return the section that says which bytes the numbers came from."""
    rows = [
        [Cell(text=i.role), Cell(text=i.sha256 or "none"), Cell(text=i.uid or "\N{EN DASH}")] for i in inputs
    ]
    software = [("rtplan", __version__), ("Python", platform.python_version())]
    software += [(name, version(name)) for name in _LIBRARIES]
    return Section(
        title="Inputs and software",
        blocks=[
            Table(caption="Inputs", columns=["role", "SHA-256", "SOP instance UID"], rows=rows),
            Facts(caption="Software", items=software),
        ],
    )


def warning_blocks(warnings: Sequence[str]) -> list[Paragraph]:
    """Return the warnings, each a paragraph of its own."""
    return [Paragraph(text=warning, tone="borderline") for warning in warnings]


def provenance() -> str:
    """Return the line at the foot."""
    return f"Made by rtplan {__version__}. The same inputs, versions and platform give the same bytes."
