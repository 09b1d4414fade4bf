"""Markdown and CSV as the validation kit writes them: line feeds, no clock, the same bytes each time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

TEXTS = Path(__file__).resolve().parent / "texts"


def page(name: str, **parts: str) -> str:
    """Return a page: its text with the parts that were made for it put in."""
    return (TEXTS / f"{name}.md").read_text(encoding="utf-8").format(**parts)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; a bar or a line end within a cell would end it."""
    lines = [list(columns), ["---"] * len(columns), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def csv_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file; none where there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(value: float, digits: int = 6) -> str:
    """Return a number with so many significant digits."""
    return f"{value:.{digits}g}"


def difference(value: float) -> str:
    """Return a difference; what arithmetic leaves below 1e-9 is 0 to any reader."""
    return "0" if abs(value) < 1e-9 else f"{value:+.2g}"
