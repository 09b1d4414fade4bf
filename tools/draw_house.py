"""Draw the floors of the three packages from the import contracts, one row a floor, one box a room.

    python tools/draw_house.py [--out docs/images/house.svg]

What is drawn is what the contracts of pyproject.toml hold, with the first sentence of each room's door: the
drawing cannot say anything that is not checked. A test draws it again and compares.
"""

from __future__ import annotations

import argparse
import ast
import sys
import tomllib
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TITLES = {
    "rtplan": "rtplan: the clinic",
    "dicom_io": "dicom_io: files and values",
    "bed": "bed: numbers and arrays",
}
COLUMN = {"rtplan": 1000, "dicom_io": 440, "bed": 540}
HEIGHT, GAP, MARGIN, HEADING = 52, 6, 16, 24
CHARACTER = 5.2
"""Mean width of a character of the small print, px."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """A room or a module at the root of a package."""

    name: str
    sentence: str


def floors(package: str) -> list[list[Room]]:
    """Return a package's floors from the top, as its layers contract has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layers,) = [
        contract["layers"] for contract in contracts["contracts"] if contract.get("containers") == [package]
    ]
    return [[room_of(package, name.strip()) for name in floor.split("|")] for floor in layers]


def room_of(package: str, name: str) -> Room:
    """Return a room with the first sentence of its docstring."""
    folder = ROOT / package / name
    path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = text.partition("\n")[0]
    return Room(name=f"{name}/" if folder.is_dir() else name, sentence=first.rstrip("."))


def wrapped(sentence: str, *, width: float, lines: int = 2) -> list[str]:
    """Break a sentence into lines of a width; what does not fit ends in an ellipsis."""
    rows = [""]
    for word in sentence.replace("`", "").split():
        if (len(rows[-1]) + len(word) + 1) * CHARACTER > width and rows[-1]:
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}".strip()
    return rows if len(rows) <= lines else [*rows[: lines - 1], f"{rows[lines - 1]} …"]


def box(room: Room, *, x: float, y: float, width: float) -> str:
    """Return one room as SVG."""
    lines = "".join(
        f'<text x="{x + 8:g}" y="{y + 32 + 12 * row:g}" class="what">{escape(line)}</text>'
        for row, line in enumerate(wrapped(room.sentence, width=width - 16))
    )
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{HEIGHT}" rx="5"/>'
        f'<text x="{x + 8:g}" y="{y + 17:g}" class="room">{escape(room.name)}</text>{lines}'
    )


def column(package: str, *, x: float, y: float) -> tuple[str, float]:
    """Return a package's floors as SVG, and where they end."""
    parts = [f'<text x="{x:g}" y="{y + 14:g}" class="title">{escape(TITLES[package])}</text>']
    y += HEADING
    for floor in floors(package):
        width = (COLUMN[package] - GAP * (len(floor) - 1)) / len(floor)
        parts += [
            box(room, x=x + place * (width + GAP), y=y, width=width) for place, room in enumerate(floor)
        ]
        y += HEIGHT + GAP
    return "".join(parts), y


def drawn() -> str:
    """Return the whole house as SVG."""
    top, below = column("rtplan", x=MARGIN, y=MARGIN)
    left, left_end = column("dicom_io", x=MARGIN, y=below + MARGIN)
    right, right_end = column("bed", x=MARGIN + COLUMN["rtplan"] - COLUMN["bed"], y=below + MARGIN)
    width, height = COLUMN["rtplan"] + 2 * MARGIN, max(left_end, right_end) + MARGIN
    style = (
        "rect{fill:#f4f6f8;stroke:#5b6b7b}text{font-family:sans-serif;fill:#1c2733}"
        ".title{font-size:15px;font-weight:bold}.room{font-size:13px;font-weight:bold}.what{font-size:10px}"
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}">'
    label = "<title>The floors of the three packages; a room imports only rooms below it</title>"
    return f"{head}{label}<style>{style}</style>{top}{left}{right}</svg>\n"


def main() -> int:
    """Write the drawing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images" / "house.svg")
    args = parser.parse_args()
    args.out.write_text(drawn(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
