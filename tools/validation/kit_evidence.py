"""What the kit computes on this machine: published examples, DVHs beside closed forms, planted errors."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import build_docs
import nelms
import numpy as np
from kit_tables import csv_text, difference, number, page, table

from bed.published import OracleCheck, check_oracles
from rtplan.selftest import Replay, replay_seeded_errors

TRANSCRIPTIONS = {
    "R": "compared: read in the publication, page or program",
    "S": "compared: output of the authors' own software",
    "M": "not compared with the publication",
    "I": "none needed: identity, limit or arithmetic",
}
ORACLE_COLUMNS = (
    "row",
    "model",
    "inputs",
    "published",
    "ours",
    "difference",
    "tolerance",
    "holds",
    "transcription",
    "source",
)
EXACT_SECTION = "## Against the exact histogram of the contours as drawn"
"""Of the accuracy benchmark's page: what is required and what was found."""


# --- published examples


def oracle_pages(made: str) -> dict[str, str]:
    """Return the page and the CSV file of all published examples, recomputed."""
    checks = check_oracles()
    counts = Counter(check.row.tag for check in checks)
    failed = sum(not check.holds for check in checks)
    rows = [_oracle_row(check) for check in checks]
    columns = ["row", "model: inputs", "published", "ours", "difference", "holds", "tag", "source"]
    shown = [
        (r[0], f"{r[1]}: {r[2]}", f"{r[3]} ± {r[6]}", *r[4:6], r[7], check.row.tag, r[9])
        for r, check in zip(rows, checks, strict=True)
    ]
    text = page(
        "oracles",
        made=made,
        count=str(len(checks)),
        held=str(len(checks) - failed),
        failed=str(failed),
        compared=str(counts["R"] + counts["S"]),
        unseen=str(counts["M"]),
        arithmetic=str(counts["I"]),
        tags=table(["tag", "transcription"], TRANSCRIPTIONS.items()),
        rows=table(columns, shown),
    )
    return {"oracles.md": text, "oracles.csv": csv_text(ORACLE_COLUMNS, rows)}


def _oracle_row(check: OracleCheck) -> tuple[str, ...]:
    row = check.row
    return (
        row.id,
        row.model,
        "; ".join([row.inputs, *check.notes]),
        number(row.expected),
        number(check.got),
        difference(check.got - row.expected),
        number(row.tolerance, 2),
        "yes" if check.holds else "NO",
        TRANSCRIPTIONS[row.tag],
        row.source,
    )


# --- dose-volume histograms


def accuracy_page(made: str, *, many: str, sums: str, shared_data: Path) -> dict[str, str]:
    """Return the page of histograms beside closed forms and beside another system's files."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        solids, patient = build_docs.table_of_solids(), build_docs.table_of_known_answers()
    nelms_table = nelms_part(shared_data)
    return {
        "dvh-accuracy.md": page(
            "dvh-accuracy",
            made=made,
            solids=solids,
            patient=patient,
            many=many,
            sums=sums,
            nelms=nelms_table,
        )
    }


def many_solids(page_of_accuracy: Path) -> str:
    """Return the summary of the accuracy benchmark from the page that its full run wrote."""
    if not page_of_accuracy.is_file():
        return f"No full run is recorded: there is no `docs/{page_of_accuracy.name}`."
    text = page_of_accuracy.read_text(encoding="utf-8")
    made = re.search(r"^Made by .*$", text, flags=re.M)
    part = text.partition(EXACT_SECTION)[2].partition("### By solid")[0].strip()
    if made is None or not part:
        raise ValueError(f"{page_of_accuracy.name}: no line 'Made by', or no section {EXACT_SECTION!r}")
    link = f"All tables are on [its page](../{page_of_accuracy.name})."
    return f"{made[0]} {link}\n\n{part}"


def sums_covered(page_of_coverage: Path) -> str:
    """Return what the coverage benchmark of sums requires and found, from the page of its full run."""
    if not page_of_coverage.is_file():
        return f"No full run is recorded: there is no `docs/{page_of_coverage.name}`."
    _, made, found = page_of_coverage.read_text(encoding="utf-8").partition("Made by ")
    if not made or "| --- |" not in found:
        raise ValueError(f"{page_of_coverage.name}: no line 'Made by', or no table")
    return made + found.strip()


def nelms_part(shared_data: Path) -> str:
    """Return the comparison with another system's files, or say that they are not here."""
    folder = shared_data / "dicom" / nelms.DATA.name
    if not folder.is_dir():
        return "**Not here**: the data set was not beside the checkout when this page was made."
    counted = nelms.counted(nelms.run(folder))
    rows = [_nelms_row(name, [p for p in counted if p.name == name]) for name in ("volume", *nelms.COLUMNS)]
    off, shapes = sum(p.is_off for p in counted), len({p.structure.split("_")[0] for p in counted})
    published = ", ".join(f"{name} {count}" for name, count in nelms.PUBLISHED.items())
    told = (
        f"{off} of {len(counted)} parameters of {shapes} shapes are off. Published, of 255 of five shapes: "
        f"{published}. The two shapes that the public data set lacks are cones."
    )
    columns = ["parameter", "numbers", "off by more than 3 %", "largest difference %"]
    return f"{told}\n\n{table(columns, rows)}"


def _nelms_row(name: str, found: Sequence[Any]) -> tuple[str, ...]:
    largest = max(found, key=lambda p: abs(p.percent))
    return name, str(len(found)), str(sum(p.is_off for p in found)), f"{largest.percent:+.2f}"


# --- planted errors


def seeded_page(made: str) -> dict[str, str]:
    """Return the page of planted errors, replayed."""
    replays: tuple[Replay, ...] = replay_seeded_errors()
    caught = sum(replay.caught for replay in replays)
    rows = [
        (r.id, r.planted, "yes" if r.caught else "**NO**", f"`{r.how.replace('`', '')}`") for r in replays
    ]
    text = page(
        "seeded-errors",
        made=made,
        count=str(len(replays)),
        caught=str(caught),
        missed=str(len(replays) - caught),
        rows=table(["hazard", "planted", "caught", "how"], rows),
    )
    return {"seeded-errors.md": text}


# --- the machine


def machine_rows() -> list[tuple[str, str]]:
    """Return what the figures were measured on: no host, no user, no path."""
    return [
        ("processor", _processor()),
        ("architecture", platform.machine()),
        ("cores", str(_cores())),
        ("memory", _memory()),
        ("operating system", platform.system()),
        ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
        ("floating point", f"{sys.float_info.dig} digits, {np.dtype(float).itemsize * 8} bits"),
    ]


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    names = [line for line in path.read_text().splitlines() if "model name" in line] if path.is_file() else []
    return names[0].partition(":")[2].strip() if names else platform.processor() or "not told by this system"


def _cores() -> int:
    return os.cpu_count() or 0


def _memory() -> str:
    path = Path("/proc/meminfo")
    if not path.is_file():
        return "not told by this system"
    kilobytes = int(path.read_text().splitlines()[0].split()[1])
    return f"{kilobytes / 2**20:.0f} GiB"
