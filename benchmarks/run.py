"""All benchmarks in one run: this package, and beside it another program or a loop written by hand.

    python benchmarks/run.py [--quick] [--repeat N] [--only NAME ...] [--out DIR] [--record FILE --date DATE]
    python benchmarks/run.py --results benchmark-output/benchmarks.json --record FILE --date DATE

Each measurement is a process of its own that prepares, and then times its work once. The sides take turns, so
that all meet the same machine, and the ratio is taken within each turn. A first turn is discarded (warm
caches), except of sides that take tens of seconds. Processor time stands beside the clock, for machines with
other work. Both sides must compute the same numbers. A JSON document and a Markdown table go into a folder;
with --record the table goes into a page of the documentation, with the date that is passed in.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import sides

HERE = Path(__file__).resolve().parent
PAGE = HERE / "page.md"
OURS = "rtplan"
DICOMPYLER, BY_HAND = "dicompyler-core", "NumPy loop by hand"
PACKAGES = ("rtplan", "numpy", "scipy", "pydicom", "dicompyler-core", "matplotlib")


@dataclass(frozen=True, kw_only=True)
class Other:
    """What stands beside ours: its name, its work, what the ratio is required to be."""

    name: str
    prepare: Callable[[Path, bool], sides.Work]
    at_most: float | None = None
    """Largest ratio ours / other that is required, for the full size."""
    slow: bool = False
    """Whether its first turn counts, since it takes tens of seconds."""
    partial: bool = False
    """Whether it does only part of the work and has no numbers to compare."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One thing that is measured: ours and what stands beside it."""

    name: str
    what: str
    ours: Callable[[Path, bool], sides.Work]
    others: tuple[Other, ...]
    relative: float
    """How far numbers may differ, as a part of the other's."""
    absolute: float
    """And in their unit."""

    def side(self, name: str) -> Callable[[Path, bool], sides.Work]:
        """Return what a side prepares."""
        return self.ours if name == OURS else next(o.prepare for o in self.others if o.name == name)


COMPARISONS = (
    Comparison(
        name="reading",
        what="RTSTRUCT and RTDOSE from disk: all contour points and the dose as arrays",
        ours=sides.read_ours,
        others=(Other(name="plain pydicom", prepare=sides.read_pydicom),),
        relative=1e-6,
        absolute=1e-3,
    ),
    Comparison(
        name="DVH",
        what="from the folder to the DVHs of all structures with D, V and mean metrics",
        ours=sides.dvh_ours,
        others=(
            Other(name=DICOMPYLER, prepare=sides.dvh_dicompyler, at_most=1 / 40, slow=True),
            Other(name="reading floor", prepare=sides.dvh_floor, at_most=4.0, partial=True),
        ),
        relative=0.03,
        absolute=0.5,
    ),
    Comparison(
        name="check",
        what=f"from the folder to the verdicts of {sides.CONSTRAINTS}, with names, distances and targets; "
        "dicompyler-core: the same limits' metrics only",
        ours=sides.check_ours,
        others=(Other(name=DICOMPYLER, prepare=sides.check_dicompyler),),
        relative=0.05,
        absolute=1.0,
    ),
    Comparison(
        name="voxel sum",
        what="EQD2 of two courses through a rigid transform, DVH and 5 metrics of each organ with their "
        "uncertainty; by hand: voxel centres inside the contours, sorted, no uncertainty",
        ours=sides.sum_ours,
        others=(
            Other(name=BY_HAND, prepare=sides.sum_by_hand),
            Other(name="one resampling", prepare=sides.sum_one_resampling, at_most=3.0, partial=True),
        ),
        relative=0.02,
        absolute=0.5,
    ),
    Comparison(
        name="band",
        what="125 shifts of the earlier dose, 5 metrics of each organ in each; by hand: at the voxel centres",
        ours=sides.band_ours,
        others=(
            Other(name=BY_HAND, prepare=sides.band_by_hand),
            Other(name="125 resamplings", prepare=sides.band_resamplings, at_most=1.0, partial=True),
        ),
        relative=0.02,
        absolute=0.5,
    ),
    Comparison(
        name="EQD2 of a grid",
        what="EQD2 of 50 million float32 voxels (--quick: 2 million)",
        ours=sides.eqd2_ours,
        others=(Other(name=BY_HAND, prepare=sides.eqd2_by_hand, at_most=2.0),),
        relative=1e-5,
        absolute=1e-4,
    ),
)


# --- one measurement, in a process of its own


def measure(comparison: str, side: str, folder: Path, *, quick: bool) -> dict[str, Any]:
    """Prepare, then time the work once."""
    work = next(c for c in COMPARISONS if c.name == comparison).side(side)(folder, quick)
    before_mb = peak_memory_mb()
    start, cpu = time.perf_counter(), time.process_time()
    numbers = work()
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {
        "wall_s": wall,
        "cpu_s": cpu,
        "peak_mb": peak_memory_mb(),
        "before_mb": before_mb,
        "numbers": numbers,
    }


def peak_memory_mb() -> float | None:
    """Return the largest resident memory of this process; None where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return None
    return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024


def in_own_process(comparison: str, side: str, folder: Path, *, quick: bool) -> dict[str, Any]:
    """Measure in a process of its own; what it prints beside is not ours to show."""
    command = [sys.executable, "-W", "ignore", __file__, "--measure", comparison, side, str(folder)]
    done = subprocess.run([*command, *(["--quick"] if quick else [])], capture_output=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{comparison}, {side}: {done.stderr.decode()[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


# --- turns, ratios, and whether both sides computed the same


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """Ours over the other, turn by turn."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, ours: Sequence[float], other: Sequence[float]) -> Ratio:
        """Return the ratios of as many turns as both have."""
        each = [a / max(b, 1e-9) for a, b in zip(ours, other, strict=False)]
        return cls(median=statistics.median(each), lowest=min(each), highest=max(each))

    def __str__(self) -> str:
        return f"{self.median:.3g} ({self.lowest:.3g} to {self.highest:.3g})"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one comparison showed."""

    name: str
    what: str
    other: str
    wall: Ratio
    cpu: Ratio
    memory: Ratio | None
    ours_cpu_s: float
    other_cpu_s: float
    ours_peak_mb: float | None
    other_peak_mb: float | None
    turns: int
    required_at_most: float | None
    n_numbers: int
    largest_difference: str
    same_numbers: bool | None

    @property
    def in_words(self) -> str:
        """The median by processor time, as people say it."""
        ratio = self.cpu.median
        return f"{1 / ratio:.2g} times less" if ratio < 1 else f"{ratio:.2g} times as much"

    @classmethod
    def of(cls, row: dict[str, Any]) -> Found:
        """Return what a written document says."""
        ratios = {name: Ratio(**row[name]) for name in ("wall", "cpu", "memory") if row[name] is not None}
        return cls(**(row | ratios))


def compare(
    comparison: Comparison, folder: Path, *, repeat: int, quick: bool, say: Callable[[str], None]
) -> list[Found]:
    """Run all sides in turns."""
    runs: dict[str, list[dict[str, Any]]] = {OURS: []} | {other.name: [] for other in comparison.others}
    slow = {other.name for other in comparison.others if other.slow and not quick}
    for turn in range(repeat if quick else repeat + 1):
        for side, measured in runs.items():
            say(f"{comparison.name}: {side}, turn {turn + 1}")
            if turn > 0 or quick or side not in slow:
                measured.append(in_own_process(comparison.name, side, folder, quick=quick))
    if not quick:
        runs = {side: found if side in slow else found[1:] for side, found in runs.items()}
    return [
        _found(comparison, other, runs[OURS], runs[other.name], quick=quick) for other in comparison.others
    ]


def _found(
    comparison: Comparison,
    other: Other,
    ours: list[dict[str, Any]],
    theirs: list[dict[str, Any]],
    *,
    quick: bool,
) -> Found:
    def ratio(key: str) -> Ratio:
        return Ratio.of([run[key] for run in ours], [run[key] for run in theirs])

    told = all(run["peak_mb"] is not None for run in (*ours, *theirs))
    same, largest, count = _same(comparison, ours[0]["numbers"], theirs[0]["numbers"])
    return Found(
        name=comparison.name,
        what=comparison.what,
        other=other.name,
        wall=ratio("wall_s"),
        cpu=ratio("cpu_s"),
        memory=ratio("peak_mb") if told else None,
        ours_cpu_s=statistics.median(run["cpu_s"] for run in ours),
        other_cpu_s=statistics.median(run["cpu_s"] for run in theirs),
        ours_peak_mb=max(run["peak_mb"] for run in ours) if told else None,
        other_peak_mb=max(run["peak_mb"] for run in theirs) if told else None,
        turns=min(len(ours), len(theirs)),
        required_at_most=None if quick else other.at_most,
        n_numbers=count,
        largest_difference="" if other.partial else largest,
        same_numbers=None if other.partial else same,
    )


def _same(comparison: Comparison, ours: dict[str, float], theirs: dict[str, float]) -> tuple[bool, str, int]:
    """Hold the numbers of both sides against each other; a name that one lacks is a difference."""
    if not theirs or ours.keys() != theirs.keys():
        return False, f"names differ: {sorted(set(ours) ^ set(theirs))[:3]}", 0
    apart = {name: abs(ours[name] - theirs[name]) for name in ours}
    worst = max(apart, key=lambda name: math.inf if math.isnan(apart[name]) else apart[name])
    same = all(apart[n] <= comparison.absolute + comparison.relative * abs(theirs[n]) for n in ours)
    return same, f"{worst}: {ours[worst]:.6g} and {theirs[worst]:.6g}", len(ours)


# --- what is printed and written


def machine() -> dict[str, str]:
    """Return versions and machine: no host, no user, no path."""
    path = Path("/proc/cpuinfo")
    names = [line for line in path.read_text().splitlines() if "model name" in line] if path.is_file() else []
    return {
        "processor": names[0].partition(":")[2].strip() if names else platform.machine(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        **{name: metadata.version(name) for name in PACKAGES},
    }


def table(found: Sequence[Found]) -> str:
    """Return the ratios as a Markdown table."""
    columns = ("what", "beside", "time, ours / theirs", "processor time, ours / theirs", "peak MB", "memory")
    columns = (*columns, "required", "same numbers")
    lines = [columns, ("---",) * len(columns), *(_line(one) for one in found)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _line(one: Found) -> tuple[str, ...]:
    same = {True: f"yes, {one.n_numbers}", False: "**NO**", None: "part of the work only"}[one.same_numbers]
    told = one.ours_peak_mb is not None and one.other_peak_mb is not None
    return (
        one.name,
        one.other,
        str(one.wall),
        f"{one.cpu}: ours needs {one.in_words}",
        f"{one.ours_peak_mb:.0f} / {one.other_peak_mb:.0f}" if told else "-",
        str(one.memory) if one.memory else "-",
        _required(one),
        same,
    )


def _required(one: Found) -> str:
    if one.required_at_most is None:
        return "-"
    by = {"time": one.wall, "processor time": one.cpu}
    met = [
        f"{'met' if r.median <= one.required_at_most else '**missed**'} by {name}" for name, r in by.items()
    ]
    return f"at most {one.required_at_most:.3g}: {', '.join(met)}"


def write_results(out: Path, found: Sequence[Found], *, quick: bool) -> dict[str, Any]:
    """Write JSON and Markdown into the folder; return the document."""
    out.mkdir(parents=True, exist_ok=True)
    document = {
        "schema": "rtplan.benchmarks/1",
        "size": "quick" if quick else "full",
        "machine": machine(),
        "comparisons": [asdict(one) for one in found],
    }
    (out / "benchmarks.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    (out / "benchmarks.md").write_text(told(document), encoding="utf-8", newline="\n")
    return document


def told(document: dict[str, Any]) -> str:
    """Return a document as Markdown: table, what was measured, machine and versions."""
    found = [Found.of(row) for row in document["comparisons"]]
    listed = ", ".join(f"{name} {value}" for name, value in document["machine"].items())
    return "\n\n".join([table(found), _explained(found), f"Machine and versions: {listed}."]) + "\n"


def _explained(found: Sequence[Found]) -> str:
    first = {one.name: one.what for one in found}
    return "\n".join(f"- *{name}*: {what}" for name, what in first.items())


def record(page: Path, text: str, *, day: str, remark: str) -> None:
    """Write the documentation page: the text of its template with the table of this run."""
    told = f"Recorded on {day}{': ' + remark if remark else ''}."
    template = PAGE.read_text(encoding="utf-8")
    page.write_text(
        template.replace("{recorded}", f"{told}\n\n{text.strip()}"), encoding="utf-8", newline="\n"
    )


# --- the command


def parsed() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--quick", action="store_true", help="small inputs, under a minute")
    parser.add_argument("--repeat", type=int, metavar="N", help="turns that count; 5, with --quick 2")
    parser.add_argument("--only", nargs="+", choices=[c.name for c in COMPARISONS], metavar="NAME")
    parser.add_argument("--out", type=Path, default=Path("benchmark-output"), metavar="DIR")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="also write this page of the documentation"
    )
    parser.add_argument("--results", type=Path, metavar="JSON", help="for --record: of an earlier run")
    parser.add_argument("--date", type=lambda text: date.fromisoformat(text).isoformat(), help="for --record")
    parser.add_argument("--remark", default="", help="for --record, such as: the machine was shared")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.record and (args.date is None or args.quick or args.only):
        parser.error("--record needs --date, and the whole run")
    if args.results and not args.record:
        parser.error("--results is for --record")
    return args


def main() -> int:
    """Compare, print, write; status 1 where two sides do not compute the same."""
    args = parsed()
    if args.measure:
        comparison, side, folder = args.measure
        print(json.dumps(measure(comparison, side, Path(folder), quick=args.quick)))
        return 0
    if args.results:
        document = json.loads(args.results.read_text(encoding="utf-8"))
    else:
        document = write_results(args.out, run(args), quick=args.quick)
    print(told(document))
    if args.record:
        record(args.record, told(document), day=args.date, remark=args.remark)
    apart = [row for row in document["comparisons"] if row["same_numbers"] is False]
    for row in apart:
        print(f"{row['name']} beside {row['other']}: {row['largest_difference']}", file=sys.stderr)
    return 1 if apart else 0


def run(args: argparse.Namespace) -> list[Found]:
    """Measure what was asked for."""
    # Deferred: it loads all of the package, which a process that measures another program must not hold.
    import plans  # noqa: PLC0415

    repeat = args.repeat or (2 if args.quick else 5)
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        plans.prepare_files(folder, quick=args.quick)
        for comparison in COMPARISONS:
            if not args.only or comparison.name in args.only:
                found += compare(comparison, folder, repeat=repeat, quick=args.quick, say=_progress)
    return found


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
