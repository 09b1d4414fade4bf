"""Build the table of standard structure names from the one that was collected beside this script.

    python tools/build_names.py [FOLDER]

FOLDER is where the tables are written, the package's own ``rtplan/names/data`` when left out. The source is
``tools/sources/tg263.csv`` (standard names of TG-263, their side, and what they are called elsewhere). Two
reviewed lists beside this script say what differs: ``tg263_refused.csv`` (synonyms that name another side,
another organ, or several; each with the reason, which the program prints) and ``tg263_added.csv`` (names that
limit tables use, and common synonyms). A synonym of one side holds for the other side too, side and all. The
build stops when a synonym would stand for two names, or contradicts its name's side.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

from rtplan.names import split_side

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "sources" / "tg263.csv"
SHIPPED = HERE.parent / "rtplan" / "names" / "data"
COLUMNS = ("name", "laterality", "synonyms", "anatomic_group", "how_verified", "note")
REFUSED_COLUMNS = ("name", "written", "reason")
SIDE_WORDS = {"L": "left", "R": "right"}


def read(path: Path) -> list[dict[str, str]]:
    """Read a CSV file."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def split_synonyms(text: str) -> list[str]:
    """Split a list of synonyms."""
    return [synonym.strip() for synonym in text.split(";") if synonym.strip()]


def other_side(name: str) -> str:
    """Name of the same organ on the other side."""
    return name[:-1] + {"L": "R", "R": "L"}[name[-1]]


def standard_rows() -> dict[str, dict[str, str]]:
    """Return the collected names and those that were added, without synonyms."""
    rows = {}
    for row in read(SOURCE):
        rows[row["name"]] = {column: row.get(column, "") for column in COLUMNS} | {"synonyms": ""}
    for row in read(HERE / "tg263_added.csv"):
        if row["name"] not in rows:
            blank = dict.fromkeys(COLUMNS, "")
            rows[row["name"]] = blank | {
                "name": row["name"],
                "laterality": row["laterality"],
                "how_verified": "read in secondary",
                "note": row["note"],
            }
    return rows


def all_synonyms(names: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    """Return synonyms by name: collected and added, less the refused ones, mirrored to the other side."""
    refused = {(row["name"], row["written"]) for row in read(HERE / "tg263_refused.csv")}
    sources = [*read(SOURCE), *read(HERE / "tg263_added.csv")]
    found: dict[str, list[str]] = {name: [] for name in names}
    for row in sources:
        for written in split_synonyms(row["synonyms"]):
            if (row["name"], written) in refused:
                continue
            found[row["name"]].append(written)
            body, side = split_side(written)
            if side and names[row["name"]]["laterality"] == side and other_side(row["name"]) in names:
                found[other_side(row["name"])].append(f"{body} {SIDE_WORDS[{'L': 'R', 'R': 'L'}[side]]}")
    return found


def check(names: dict[str, dict[str, str]], synonyms: dict[str, list[str]]) -> None:
    """Stop at a synonym that stands for two names, or for another side than its name's."""
    owner: dict[tuple[str, str | None], str] = {}
    for name in names:
        owner[split_side(name)] = name
    for name, listed in synonyms.items():
        for written in listed:
            key = split_side(written)
            if owner.setdefault(key, name) != name:
                raise SystemExit(f"{written!r} stands for {owner[key]} and {name}")
            if key[1] is not None and key[1] != names[name]["laterality"]:
                raise SystemExit(f"{written!r} names side {key[1]}, {name} does not")


def distinct(name: str, listed: list[str]) -> list[str]:
    """Drop synonyms that differ from the name, or from one before, in case or separators only."""
    seen = {split_side(name)}
    kept = []
    for written in listed:
        if split_side(written) not in seen:
            seen.add(split_side(written))
            kept.append(written)
    return kept


def csv_text(rows: list[dict[str, str]], columns: tuple[str, ...]) -> str:
    """Write rows as CSV text with LF line ends."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def main(target: Path) -> None:
    """Write the names and the refused synonyms."""
    target.mkdir(parents=True, exist_ok=True)
    names = standard_rows()
    synonyms = all_synonyms(names)
    check(names, synonyms)
    for name, row in names.items():
        row["synonyms"] = "; ".join(distinct(name, synonyms[name]))
    (target / "tg263.csv").write_text(csv_text(list(names.values()), COLUMNS), encoding="utf-8", newline="\n")
    refused = read(HERE / "tg263_refused.csv")
    (target / "tg263_refused.csv").write_text(
        csv_text(refused, REFUSED_COLUMNS), encoding="utf-8", newline="\n"
    )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]) if len(sys.argv) == 2 else SHIPPED)
