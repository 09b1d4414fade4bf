"""Make the validation kit, or record a measurement for it.

    python tools/validation build --date 2026-11-21 [--out DIR] [--run-tests]
    python tools/validation record --id NAME --what TEXT --command TEXT --result TEXT --holds yes --date DATE
    python tools/validation record-benchmarks benchmark-output/benchmarks.json --date DATE

Everything in docs/validation/ is made by the first command, from the data files in that folder, the texts
beside this file, and by computing; the date is passed in and no clock is asked. Pages that state or compute
are the same bytes each time; versions, machine and bill of materials are those of the machine. Long runs are
kept as recorded until they are asked for again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
for _folder in ("tools", "benchmarks"):
    sys.path.insert(0, str(ROOT / _folder))

import kit_evidence  # noqa: E402
import kit_materials  # noqa: E402
import kit_pages  # noqa: E402
from kit_requirements import Hazard, Requirement, hazards, mistakes, requirements, run_tests  # noqa: E402
from kit_tables import csv_rows, csv_text, page  # noqa: E402

from rtplan._version import __version__  # noqa: E402

KIT = ROOT / "docs" / "validation"
HERE = Path(__file__).resolve().parent
SHARED_DATA = ROOT.parent / "shared" / "data"
RUN_COLUMNS = ("requirement", "passed", "failed", "skipped", "date")


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What the kit is made of."""

    made: str
    found: list[Requirement]
    measurements: list[dict[str, str]]
    test_run: list[dict[str, str]]
    shared_data: Path

    @property
    def latest(self) -> dict[str, dict[str, str]]:
        """The last record of each measurement."""
        return {row["id"]: row for row in self.measurements}


def listed_hazards() -> list[Hazard]:
    """Return the rows of the documentation's hazard table."""
    return hazards((ROOT / "docs" / "hazards.md").read_text(encoding="utf-8"))


def sources(day: str, *, folder: Path = KIT, shared_data: Path = SHARED_DATA) -> Sources:
    """Read the data files; stop at links that lead nowhere."""
    found = requirements(KIT / "requirements.toml", listed_hazards())
    wrong = mistakes(found, ROOT)
    if wrong:
        raise SystemExit("requirements.toml or hazards.md:\n  " + "\n  ".join(wrong))
    return Sources(
        made=f"Made {day} from rtplan {__version__} by tools/validation.",
        found=found,
        measurements=csv_rows(folder / "measured.csv"),
        test_run=csv_rows(folder / "test_run.csv"),
        shared_data=shared_data,
    )


# --- pages


def stated_pages(given: Sources) -> dict[str, str]:
    """Pages that are made of text and data files: the same bytes anywhere."""
    made = given.made
    return {
        "index.md": page("index", made=made),
        "intended-use.md": page("intended-use", made=made),
        "requirements.md": kit_pages.requirement_page(made, given.found, given.latest),
        "test-run.md": kit_pages.test_run_page(made, given.found, given.test_run),
        "risks.md": kit_pages.risk_page(made, KIT / "risks.toml", listed_hazards()),
        "known-anomalies.md": kit_pages.anomaly_page(made, KIT / "anomalies.toml"),
        "measured.md": kit_pages.measured_page(made, given.measurements),
    }


def computed_accuracy(given: Sources) -> dict[str, str]:
    """Histograms beside closed forms, as computed now and as recorded."""
    many = kit_evidence.many_solids(ROOT / "docs" / "dvh_accuracy.md")
    sums = kit_evidence.sums_covered(ROOT / "docs" / "sum_coverage.md")
    return kit_evidence.accuracy_page(given.made, many=many, sums=sums, shared_data=given.shared_data)


def computed_pages(given: Sources) -> dict[str, str]:
    """Pages whose numbers are computed anew; their last digits may differ between machines."""
    return {
        **kit_evidence.oracle_pages(given.made),
        **computed_accuracy(given),
        **kit_evidence.seeded_page(given.made),
    }


def machine_pages(given: Sources, day: str) -> dict[str, str]:
    """What differs from machine to machine."""
    found = kit_materials.components()
    hashes = {name: package_sha256(ROOT / name) for name in ("bed", "dicom_io", "rtplan")}
    return {
        "versions.md": kit_pages.version_page(
            given.made, found, machine=kit_evidence.machine_rows(), version=__version__, sources=hashes
        ),
        "materials.md": kit_pages.materials_page(given.made, found),
        "bom.cdx.json": kit_materials.cyclonedx(found, version=__version__, date=day),
    }


def package_sha256(folder: Path) -> str:
    """Return one hash over path and contents of every file of a package."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


# --- what takes long, and is asked for


def record_test_run(folder: Path, day: str, found: list[Requirement]) -> None:
    """Run the tests that the requirements name and keep what became of them."""
    outcomes = run_tests(found, ROOT)
    rows = [(name, c["passed"], c["failed"], c["skipped"], day) for name, c in outcomes.items()]
    (folder / "test_run.csv").write_text(csv_text(RUN_COLUMNS, rows), encoding="utf-8", newline="\n")


def append_measurement(path: Path, row: dict[str, str]) -> None:
    """Add a row; earlier ones of the same id stay, and the last one counts."""
    rows = [*csv_rows(path), row]
    columns = kit_pages.MEASURED_COLUMNS
    text = csv_text(columns, [[one[c] for c in columns] for one in rows])
    path.write_text(text, encoding="utf-8", newline="\n")


SPEED_ROWS = {"DVH": "speed-dvh", "voxel sum": "speed-voxel-sum", "band": "speed-voxel-sum"} | {
    "EQD2 of a grid": "speed-eqd2"
}
"""Which measurement a comparison of the benchmarks belongs to."""
DVH_MEMORY_MB = 500.0


def speed_measurements(document: dict[str, Any], *, day: str, commit: str) -> list[dict[str, str]]:
    """Return what a full run of the benchmarks says of the ratios that are required; the clock decides."""
    rows = []
    for name in dict.fromkeys(SPEED_ROWS.values()):
        chosen = [c for c in document["comparisons"] if SPEED_ROWS.get(c["name"]) == name]
        asked = [c for c in chosen if c["required_at_most"] is not None]
        told = [
            f"{c['name']} / {c['other']} {c['wall']['median']:.3g}, by processor time "
            f"{c['cpu']['median']:.3g} (at most {c['required_at_most']:.3g})"
            for c in asked
        ]
        holds = all(c["wall"]["median"] <= c["required_at_most"] for c in asked)
        peak = max((c["ours_peak_mb"] or 0.0) for c in chosen)
        if name == "speed-dvh":
            told.append(f"peak memory {peak:.0f} MB (below {DVH_MEMORY_MB:g})")
            holds = holds and peak < DVH_MEMORY_MB
        rows.append(
            {
                "id": name,
                "what": "median time, ours / theirs",
                "command": "python benchmarks/run.py",
                "seed": "",
                "count": f"{min(c['turns'] for c in asked)} turns or more",
                "result": "; ".join(told),
                "holds": "yes" if holds else "no",
                "date": day,
                "commit": commit,
            }
        )
    return rows


# --- the command


def build(args: argparse.Namespace) -> int:
    """Make every page."""
    folder: Path = args.out
    folder.mkdir(parents=True, exist_ok=True)
    if args.run_tests:
        record_test_run(folder, args.date, sources(args.date, folder=folder).found)
    given = sources(args.date, folder=folder, shared_data=args.shared_data)
    pages = stated_pages(given) | computed_pages(given) | machine_pages(given, args.date)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(pages)} files of the validation kit are made; start at index.md")
    return 0


def record(args: argparse.Namespace) -> int:
    """Add a measurement."""
    row = {name: str(getattr(args, name)) for name in kit_pages.MEASURED_COLUMNS}
    append_measurement(args.file, row)
    print(f"recorded {args.id}; make the pages again with: make validation DATE={args.date}")
    return 0


def record_benchmarks(args: argparse.Namespace) -> int:
    """Add what a run of the benchmarks says."""
    document = json.loads(args.results.read_text(encoding="utf-8"))
    if document["size"] != "full":
        print(
            "a quick run measures inputs that are too small; give the results of a full one", file=sys.stderr
        )
        return 2
    for row in speed_measurements(document, day=args.date, commit=args.commit):
        append_measurement(args.file, row)
        print(
            f"recorded {row['id']}: {row['result']}: {'holds' if row['holds'] == 'yes' else 'DOES NOT HOLD'}"
        )
    return 0


def a_date(text: str) -> str:
    """Return a date as it is written, if it is one."""
    return date.fromisoformat(text).isoformat()


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    top = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = top.add_subparsers(required=True)
    make = commands.add_parser("build", help="make every page of the kit")
    make.add_argument("--date", type=a_date, required=True, help="the date the kit carries, YYYY-MM-DD")
    make.add_argument("--out", type=Path, default=KIT, metavar="DIR")
    make.add_argument("--shared-data", type=Path, default=SHARED_DATA, metavar="DIR", help="real DICOM sets")
    make.add_argument(
        "--run-tests", action="store_true", help="run the tests that the requirements name (minutes)"
    )
    make.set_defaults(call=build)
    note = commands.add_parser("record", help="record a measurement")
    note.add_argument("--file", type=Path, default=KIT / "measured.csv")
    note.add_argument("--id", required=True, help="as a requirement names it, such as fuzz-20000")
    for name in ("what", "command", "result"):
        note.add_argument(f"--{name}", required=True)
    note.add_argument("--holds", required=True, choices=("yes", "no"), help="whether what is required is met")
    note.add_argument("--date", type=a_date, required=True)
    for name in ("seed", "count", "commit"):
        note.add_argument(f"--{name}", default="")
    note.set_defaults(call=record)
    speed = commands.add_parser("record-benchmarks", help="record the ratios of a run of the benchmarks")
    speed.add_argument("results", type=Path, metavar="benchmarks.json")
    speed.add_argument("--file", type=Path, default=KIT / "measured.csv")
    speed.add_argument("--date", type=a_date, required=True)
    speed.add_argument("--commit", default="")
    speed.set_defaults(call=record_benchmarks)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Make the kit or record a measurement."""
    args = parser().parse_args(arguments)
    status: int = args.call(args)
    return status


if __name__ == "__main__":
    sys.exit(main())
