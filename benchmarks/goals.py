"""What a person waits for, beside the goal that was set and what it was before.

Processor seconds of a process of its own, the least of three; memory is its largest. What a row is made of is
told in its last column; rows that only a full-size patient can answer are measured by the other benchmarks.

Run: ``python benchmarks/goals.py [--repeat N]``; ends with 0 whatever is reached: the machine is not known.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import growth
import numpy as np

from dicom_io.dvh import compute_dvh
from dicom_io.objects import DeformableTransform, GridGeometry
from dicom_io.phantom import write_phantom
from rtplan.cli import main as rtplan
from rtplan.sums import CumulativeField

METRICS = {
    "D0.03cc[Gy]": 66, "D0.1cc[Gy]": 65.5, "D0.5cc[Gy]": 63, "D1cc[Gy]": 62, "D2cc[Gy]": 61, "D5cc[Gy]": 58,
    "D10cc[Gy]": 56, "D50%[Gy]": 51.5, "D5%[Gy]": 57, "Mean[Gy]": 52, "Max[Gy]": 67, "D20cc[Gy]": 54,
}  # fmt: skip
"""Limits close to the doses of the pelvis phantom's bladder: every search has something to find."""


def words(*command: str) -> Callable[[], object]:
    """A command in an interpreter of its own."""
    return lambda: subprocess.run(
        [sys.executable, "-m", "rtplan", *command], check=True, capture_output=True, env=dict(os.environ)
    )


def limits(count: int) -> Callable[[], object]:
    """A re-irradiation of the pelvis phantom with so many limits of one organ."""
    place = Path(tempfile.mkdtemp())
    with contextlib.redirect_stdout(io.StringIO()):
        write_phantom("pelvis-two-courses", place)
    asked = [
        *("reirradiate", "--new", f"{place}/second-course", "--prior", f"{place}/first-course"),
        *("--registration", f"{place}/registration.dcm", "--prior-ended", "2023-06-08"),
        *("--new-starts", "2024-02-12", "--fractions", "5", "--tissue", "Bladder=3", "--json"),
    ]
    for metric, gy in list(METRICS.items())[:count]:
        asked += ["--limit", f"Bladder:{metric}<={gy}"]

    def work() -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            rtplan(asked)

    return work


def body() -> Callable[[], object]:
    """The DVH of a body 160 mm long around a grid of 6 cm with voxels of 1 mm."""
    grid = GridGeometry.axial(shape=(60, 60, 60), origin=(-30.0, -30.0, -30.0), spacing=(1.0, 1.0, 1.0))
    values = np.random.default_rng(1).random(grid.shape).astype(np.float32)
    dose = growth.GridField(geometry=grid, values=values, frame_of_reference_uid=growth.FRAME)
    drawn = growth.rod(radius=160.0, planes=53)
    return lambda: compute_dvh(drawn, dose)


def sums(*, deformed: bool) -> Callable[[], object]:
    """The DVHs of a sum of two courses in twelve organs."""
    total = growth.summed(2)
    if deformed:
        vectors = np.random.default_rng(2).normal(0, 1, (60, 70, 100, 3)).astype(np.float32)
        grid = GridGeometry.axial(shape=(60, 70, 100), origin=(-300, -210, -180), spacing=(6.0, 6.0, 6.0))
        ends = {"maps_from": growth.FRAME, "maps_to": "1.2.4", "pre": np.eye(4), "post": np.eye(4)}
        moved = DeformableTransform(geometry=grid, vectors=vectors, **ends)
        earlier = growth.RememberedField(dose=total.parts[1].dose.dose, transform=moved)
        parts = (total.parts[0], growth.replace(total.parts[1], dose=earlier))
        total = CumulativeField(parts=parts, alpha_beta=3.0, geometry=total.geometry)
    drawn = [growth.rod((20.0 * k - 110, 10.0 * k - 60), radius=20.0) for k in range(12)]
    return lambda: [compute_dvh(one, total) for one in drawn]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    what: str
    before: str
    goal: str
    work: Callable[[], Callable[[], object]]


ROWS = {
    "version": Row(what="`--version`", before="0.16 s", goal="0.08 s", work=lambda: words("--version")),
    "bed": Row(
        what="`bed`", before="0.24 s", goal="0.19 s", work=lambda: words("bed", "30Gy/5", "--alpha-beta", "3")
    ),
    "help": Row(what="`check --help`", before="1.1 s", goal="0.35 s", work=lambda: words("check", "--help")),
    "list": Row(
        what="`protocol list`", before="1.0 s", goal="0.35 s", work=lambda: words("protocol", "list")
    ),
    "one limit": Row(what="1 organ, 1 limit, with start", before="1.6 s", goal="-", work=lambda: limits(1)),
    "twelve limits": Row(
        what="1 organ, 12 limits near their values",
        before="9.6 s",
        goal="one limit + 1.1 s",
        work=lambda: limits(12),
    ),
    "1600 islands": Row(
        what="1,600 islands on each of 4 planes",
        before="2.3 s",
        goal="linear",
        work=lambda: growth.of_islands(1600),
    ),
    "6400 islands": Row(
        what="6,400 islands on each of 4 planes",
        before="38 s",
        goal="linear",
        work=lambda: growth.of_islands(6400),
    ),
    "body": Row(
        what="body 160 mm long around a grid of 6 cm", before="7.4 GB", goal="bounded by the grid", work=body
    ),
    "headers": Row(
        what="2,000 CT headers", before="1.2 s", goal="a quarter", work=lambda: growth.of_files(2000)
    ),
    "rigid": Row(what="rigid sum of 12 organs", before="-", goal="-", work=lambda: sums(deformed=False)),
    "deformable": Row(
        what="deformable sum of 12 organs",
        before="2.2 x rigid",
        goal="1.3 x rigid",
        work=lambda: sums(deformed=True),
    ),
}
"""In the order of use: what a person waits for first."""


def processor_seconds() -> float:
    """Seconds of this process and of those that it started."""
    own, started = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + started.ru_utime + started.ru_stime


def measure(name: str) -> None:
    """Print what a row needs; for a process of its own."""
    work = ROWS[name].work()
    before = processor_seconds()
    work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": processor_seconds() - before, "peak_mb": peak}))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        measure(args.measure)
        return 0
    print("| what | before | goal | reached | peak MB |\n| --- | --- | --- | --- | --- |")
    for name, row in ROWS.items():
        command = [sys.executable, __file__, "--measure", name]
        runs = [
            json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            for _ in range(args.repeat)
        ]
        best = min(runs, key=lambda run: run["seconds"])
        cells = [row.what, row.before, row.goal, f"{best['seconds']:.2f} s", f"{best['peak_mb']:.0f}"]
        print(f"| {' | '.join(cells)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
