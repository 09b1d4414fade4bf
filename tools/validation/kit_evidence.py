"""What the kit computes on this machine: published examples, DVHs beside closed forms, planted errors."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import build_docs
import dvh_accuracy
import nelms
import numpy as np
from kit_tables import csv_text, difference, number, page, table

from bed.oracles import OracleCheck, check_oracles
from rtplan.seeded_errors import Replay, replay_seeded_errors

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
ACCURACY_COLUMNS = (
    "dose",
    "quantity",
    "cases",
    "unit",
    "median error",
    "largest error",
    "median stated",
    "largest stated",
    "covered percent",
    "beyond what is required",
)


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


def accuracy_page(made: str, *, many: str, shared_data: Path) -> dict[str, str]:
    """Return the page of histograms beside closed forms and beside another system's files."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        solids, patient = build_docs.table_of_solids(), build_docs.table_of_known_answers()
    nelms_table = nelms_part(shared_data)
    return {
        "dvh-accuracy.md": page(
            "dvh-accuracy", made=made, solids=solids, patient=patient, many=many, nelms=nelms_table
        )
    }


def many_solids(recorded: Sequence[Mapping[str, str]], run: Mapping[str, str] | None) -> str:
    """Return the recorded table of the accuracy benchmark."""
    if not recorded or run is None:
        return "No run is recorded; `python tools/validation build --date DATE --accuracy full` makes one."
    told = f"Recorded on {run['date']} with `{run['command']}`: {run['result']} ([CSV](dvh_accuracy.csv))."
    columns = list(recorded[0])
    return f"{told}\n\n{table(columns, [[row[c] or '-' for c in columns] for row in recorded])}"


def accuracy_csv(*, quick: bool) -> str:
    """Run the accuracy benchmark and return its summary as CSV."""
    rows = dvh_accuracy.run(quick)
    return csv_text(ACCURACY_COLUMNS, [line for kind in dvh_accuracy.KINDS for line in _summary(rows, kind)])


def _summary(rows: Sequence[Any], kind: str) -> list[tuple[str, ...]]:
    chosen = [row for row in rows if row.kind == kind]
    count, nothing = str(len(chosen)), ("", "", "")
    volume = np.array([abs(row.volume_error_percent) for row in chosen])
    curve = np.array([row.dvh_error_percent for row in chosen])
    lines = [
        (kind, "volume", count, "%", *_spread(volume), *nothing, str(int(np.sum(volume > 0.1)))),
        (kind, "DVH", count, "% of volume", *_spread(curve), *nothing, _beyond_curve(curve, kind)),
    ]
    for name in (*dvh_accuracy.METRICS, "Mean"):
        error = np.abs([row.errors[name] for row in chosen])
        stated = np.array([row.stated[name] for row in chosen])
        allowed = _allowed(name, stated, kind)
        covered = f"{100 * np.mean(error <= stated):.1f}"
        beyond = str(int(np.sum(error > allowed)))
        lines.append((kind, name, count, "Gy", *_spread(error), *_spread(stated), covered, beyond))
    return lines


def _allowed(name: str, stated: Any, kind: str) -> Any:
    """Return what the benchmark allows: a Gaussian's mean needs its interpolation error as well."""
    if name == "Mean":
        return 0.01 + (stated if kind == "gauss" else 0 * stated)
    return 0.05 + stated


def _beyond_curve(curve: Any, kind: str) -> str:
    """Between the grid's voxels a true Gaussian cannot be known; nothing is required of its whole curve."""
    return "" if kind == "gauss" else str(int(np.sum(curve > 0.5)))


def _spread(values: Any) -> tuple[str, str]:
    return f"{np.median(values):.4f}", f"{np.max(values):.4f}"


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
