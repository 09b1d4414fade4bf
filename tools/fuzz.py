"""Drive thousands of damaged DICOM folders through the package: a result or one of its own errors, no more.

    python tools/fuzz.py [--count 20000] [--seed 1] [--workers 2] [--real FOLDER] [--only INDEX]

The cases come from ``tests/fuzz``; each is named by seed and index alone, so that ``--only`` runs one again.
Prints the count, the seed, how the cases ended, and every fault; the exit status is 1 if there was one.
Cases that stop answering are ended after two minutes and count as faults.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WORKER = ROOT / "tests" / "fuzz" / "worker.py"
REAL = ROOT.parent / "shared" / "data" / "dicom"
SILENT_SECONDS = 120.0


@dataclass
class Tally:
    """What became of the cases.

    Attributes
    ----------
    outcomes : Counter of str
    faults : list of dict
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, told: dict[str, Any]) -> None:
        """Count one case that ended."""
        with self.lock:
            self.outcomes[told["outcome"]] += 1
            if "fault" in told:
                self.faults.append(told)


def start(first: int, *, step: int, count: int, seed: int, real: Path | None) -> subprocess.Popen[str]:
    """Start a process that runs every `step`-th case from `first` on."""
    words = ["--seed", seed, "--first", first, "--step", step, "--count", count]
    words += ["--real", real] if real is not None else []
    command = [sys.executable, str(WORKER), *map(str, words)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
    )


def run_stream(first: int, *, step: int, last: int, seed: int, real: Path | None, tally: Tally) -> None:
    """Run one stream of cases; a process that dies or falls silent is replaced after its case."""
    while first < last:
        process = start(first, step=step, count=len(range(first, last, step)), seed=seed, real=real)
        at, ended = follow(process, tally)
        if at is None:
            raise SystemExit("the fuzzer's own process does not start; run tests/fuzz/worker.py to see why")
        if not ended:
            reason = f"the process stopped answering or ended with status {process.returncode}"
            tally.add({"index": at, "outcome": "fault", "fault": reason})
        first = at + step


def follow(process: subprocess.Popen[str], tally: Tally) -> tuple[int | None, bool]:
    """Take in a process's lines until it ends; return the last case it began and whether that ended."""
    assert process.stdout is not None
    at, ended = None, False
    watchdog = threading.Timer(SILENT_SECONDS, process.kill)
    watchdog.start()
    for line in process.stdout:
        watchdog.cancel()
        watchdog = threading.Timer(SILENT_SECONDS, process.kill)
        watchdog.start()
        told = json.loads(line)
        at, ended = told["index"], "outcome" in told
        if ended:
            tally.add(told)
    process.wait()
    watchdog.cancel()
    return at, ended


def report(tally: Tally, *, count: int, seed: int) -> str:
    lines = [f"{count} mutated inputs, seed {seed}, {len(tally.faults)} faults"]
    lines += [f"{times:7d}  {outcome}" for outcome, times in tally.outcomes.most_common()]
    for fault in sorted(tally.faults, key=lambda told: told["index"]):
        lines.append(f"\ncase {fault['index']} ({fault.get('base', '?')}, {fault.get('way', '?')})")
        lines += [f"  {told}" for told in fault.get("done", ())]
        lines.append(fault["fault"])
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--real", type=Path, help="folder of real objects; the shared one where it is there")
    parser.add_argument("--only", type=int, help="run this case alone")
    args = parser.parse_args()
    real = args.real or (REAL if REAL.is_dir() else None)
    first, last = (0, args.count) if args.only is None else (args.only, args.only + 1)
    tally = Tally()
    streams = [
        threading.Thread(
            target=run_stream,
            args=(first + k,),
            kwargs={"step": args.workers, "last": last, "seed": args.seed, "real": real, "tally": tally},
        )
        for k in range(args.workers)
    ]
    for stream in streams:
        stream.start()
    for stream in streams:
        stream.join()
    print(report(tally, count=sum(tally.outcomes.values()), seed=args.seed))
    print(
        "real objects: " + ("among the bases" if real is not None else "skipped, no folder of them is here")
    )
    return 0 if not tally.faults and sum(tally.outcomes.values()) == last - first else 1


if __name__ == "__main__":
    sys.exit(main())
