"""What several reports share: verdict cells, the list of inputs, the software they were made with."""

from __future__ import annotations

import hashlib
import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import version

from rtplan._version import __version__
from rtplan.files import InputRecord
from rtplan.limits import TONES, Verdict, verdict_cell, verdict_text
from rtplan.report.model import Cell, Facts, Paragraph, Section, Table, Tone
from rtplan.text import ABSENT, number_cell

__all__ = [
    "STATEMENT",
    "case_name",
    "input_section",
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

_LIBRARIES = ("numpy", "scipy", "pydicom", "matplotlib")


def worst_tone(verdicts: Iterable[Verdict]) -> Tone:
    """Return the tone of the gravest verdict; plain where there is none."""
    return min(((v.gravity, TONES[v]) for v in verdicts), default=(0, "plain"))[1]


def verdict_counts(verdicts: Iterable[Verdict]) -> str:
    """Return how many of each verdict there are, the gravest first."""
    counts = Counter(verdicts)
    return ", ".join(f"{counts[v]} {verdict_text(v)}" for v in Verdict if counts[v]) or "none"


def case_name(inputs: Sequence[InputRecord]) -> str:
    """Return a name for the case made of its inputs' hashes: it identifies the data, not the person."""
    digest = hashlib.sha256("".join(i.sha256 or "" for i in inputs).encode()).hexdigest()
    return f"Case {digest[:8]}"


def input_section(inputs: Sequence[InputRecord]) -> Section:
    """Return the section that says which bytes the numbers came from."""
    rows = [[Cell(text=i.role), Cell(text=i.sha256 or "none"), Cell(text=i.uid or ABSENT)] for i in inputs]
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
