"""Drive hostile cases through the package in this process and print what happened, one JSON line a case.

    python tests/fuzz/worker.py --seed S --first I --count N [--real FOLDER]

A case ends in a result or in one of the package's own errors. Everything else is a fault: another exception,
more than 10 s of processor time, memory beyond 10 times the input plus 500 MB, output that is neither whole
nor empty, a file opened outside the case's folder or written at all.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib.font_manager  # noqa: F401 - writes its list of fonts on the first use of a machine, before files are watched
import mutations

import dicom_io.phantom  # noqa: F401 - loaded before files are watched, as are the commands below
import rtplan.cli.commands.patient.check
import rtplan.cli.commands.patient.dvh
import rtplan.cli.commands.patient.names
import rtplan.cli.commands.patient.protocol
import rtplan.cli.commands.patient.reirradiate
import rtplan.documents.refusal
import rtplan.report
from bed.errors import BedError
from dicom_io import GridField, compute_dvhs, load_study
from dicom_io.errors import DicomIoError
from rtplan.cli import main as rtplan_main
from rtplan.errors import RtplanError

OWN_ERRORS = (BedError, DicomIoError, RtplanError)
SECONDS = 10.0
MEMORY_TIMES, MEMORY_PLUS = 10, 500_000_000


CHANGES = frozenset(
    {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.truncate"}
)
EVENTS = CHANGES | {"open", "os.listdir", "os.scandir"}
"""Events of the interpreter that name a file or folder as their first argument."""


class TookTooLongError(BaseException):
    """More processor time than a case may take; no `except Exception` swallows it."""


@dataclass
class Watch:
    """Which files may be opened, and which others were.

    Attributes
    ----------
    allowed : tuple of Path
        Folders that the case may read.
    writable : tuple of Path
    strays : list of str
    """

    allowed: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    strays: list[str] = field(default_factory=list)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note an opened file that is out of bounds; called by the interpreter for every event."""
        if not self.allowed or event not in EVENTS:
            return
        path = arguments[0]
        if not isinstance(path, str | bytes | os.PathLike):
            return
        allowed, self.allowed = self.allowed, ()  # realpath opens nothing, but its own events are no concern
        real = Path(os.path.realpath(os.fsdecode(path)))
        flags = arguments[2] if event == "open" and isinstance(arguments[2], int) else 0
        writes = event in CHANGES or bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        places = self.writable if writes else allowed
        if not any(real.is_relative_to(place) for place in places):
            self.strays.append(f"{event} {'for writing ' if writes else ''}{real}")
        self.allowed = allowed


WATCH = Watch()
LIBRARIES = tuple(
    {Path(os.path.realpath(path)) for path in (sys.prefix, sys.base_prefix, *sys.path) if path}
    | {Path(module.__file__).resolve().parent for module in (rtplan.cli, mutations) if module.__file__}
)


@contextlib.contextmanager
def watching(folder: Path, writable: Path) -> Iterator[list[str]]:
    """Watch what is opened inside; the list of strays is complete on leaving."""
    WATCH.strays = []
    WATCH.allowed, WATCH.writable = (folder, writable, *LIBRARIES, Path("/proc")), (writable,)
    try:
        yield WATCH.strays
    finally:
        WATCH.allowed = ()


@contextlib.contextmanager
def limited(input_bytes: int) -> Iterator[None]:
    """Limit processor time and address space; a case that asks for more fails instead of the machine."""

    def stop(*_: object) -> None:
        raise TookTooLongError

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    room = _memory("VmSize") + 2 * (MEMORY_TIMES * input_bytes + MEMORY_PLUS)
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (room, before[1]))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, before)


def _memory(which: str) -> int:
    """Return a size of this process, bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{which}:"):
            return 1024 * int(line.split()[1])
    return 0


def _forget_peak() -> None:
    """Let the peak of the resident memory start again from what is used now."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


# What is done with a case ---------------------------------------------------------------------------------


def read_and_select(place: Path, _: random.Random, __: Path) -> str:
    """Read a folder, select, compute the DVHs: the library's own way in."""
    chosen = load_study(place).select()
    assert chosen.dose is not None
    assert chosen.structure_set is not None
    compute_dvhs(chosen.structure_set.structures, GridField.of(chosen.dose))
    return "result"


def read_all(place: Path, _: random.Random, __: Path) -> str:
    """Read every object of a folder, whether or not they belong together."""
    study = load_study(place)
    refused = 0
    for entry in (*study.plans, *study.structure_sets, *study.doses, *study.registrations):
        for what in ("plan", "structure_set", "dose", "transforms", "deformations"):
            try:
                getattr(entry, what, None)
            except DicomIoError:
                refused += 1
    for series in study.images:
        _ = series.geometry
        with contextlib.suppress(DicomIoError):
            series.slice_values(0)
    return "result" if not refused else "result, some objects refused"


def command(words: list[str]) -> str:
    """Run a command; its output must be whole or empty, as its exit status says."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = rtplan_main(words)
    printed, told = (stream.buffer.getvalue().decode("utf-8") for stream in (out, err))
    if "Error while parsing)" in told and "MemoryError" in told:
        raise MemoryError("caught and told as damage")
    if status in (0, 1):
        if "--json" in words:
            json.loads(printed, parse_constant=_no_constant)
        elif not printed.strip():
            raise AssertionError("done, and nothing was printed")
        odd = [c for c in printed + told if ord(c) < 32 and c not in "\n"]
        if odd:
            raise AssertionError(f"control characters on the terminal: {odd[:5]}")
        return "result"
    if status == 2 and "--json" in words:
        assert json.loads(printed)["schema"] == "rtplan.refusal/1"
        printed = ""
    if status != 2 or printed or not told.strip() or "Traceback" in told:
        raise AssertionError(f"status {status}, {len(printed)} bytes printed, told {told[:300]!r}")
    return "refused by the command"


def _no_constant(text: str) -> float:
    raise AssertionError(f"{text} in a JSON document")


def dvh(place: Path, chance: random.Random, _: Path) -> str:
    """``rtplan dvh``."""
    return command(["dvh", str(place), *chance.choice([[], ["--json"], ["--curve", "--json"], ["--stored"]])])


def check(place: Path, chance: random.Random, _: Path) -> str:
    """``rtplan check``."""
    limits = chance.choice(["timmerman-2021", "tg101-2010", "quantec"])
    return command(["check", str(place), "--constraints", limits, *chance.choice([[], ["--json"]])])


def screen(place: Path, chance: random.Random, _: Path) -> str:
    """``rtplan protocol screen`` with the folder as today's plan."""
    patient = place.parent / "patient.toml"
    words = ["protocol", "screen", "sparkle", "--patient", str(patient), "--plan", str(place)]
    return command([*words, *chance.choice([[], ["--json"]])])


def names(place: Path, chance: random.Random, _: Path) -> str:
    """``rtplan names``."""
    return command(["names", str(place), *chance.choice([[], ["--json"]])])


def reirradiate(place: Path, chance: random.Random, reports: Path) -> str:
    """``rtplan reirradiate``, with a report now and then."""
    two = (place / "new").is_dir() and (place / "prior").is_dir()
    new, prior = (place / "new", place / "prior") if two else (place, place)
    words = ["reirradiate", "--new", str(new), "--prior", str(prior), "--prior-ended", "2020-01-01"]
    words += ["--new-starts", "2024-01-01", "--tissue", "Rectum=3", "--fractions", "5"]
    words += ["--limit", "Rectum:D0.03cc[Gy]<=100", "--same-patient"]
    if (place / "registration.dcm").is_file():
        words += ["--registration", str(place / "registration.dcm")]
    words += chance.choice([[], ["--json"]])
    if chance.random() < 0.05:
        words += ["--shift-mm", "3", "--shift-steps", "3", "--cord-rules"]
    if chance.random() < 0.1:
        words += ["--report", str(reports / "report.json"), str(reports / "report.html")]
    told = command(words)
    left = sorted(path.name for path in reports.iterdir())
    if left not in ([], ["report.html", "report.json"]) or (left and told != "result"):
        raise AssertionError(f"partial output: {left}")
    return told


WAYS: list[Callable[[Path, random.Random, Path], str]] = [
    read_and_select, read_and_select, read_all, dvh, check, names, reirradiate, screen,
]  # fmt: skip


def run_case(case: mutations.Case, *, chance: random.Random, folder: Path) -> dict[str, Any]:
    """Run one case and return what happened: ``outcome``, and ``fault`` where there is one."""
    outside, inside, reports = folder / "outside", folder / "inside", folder / "reports"
    for place in (outside, inside, reports):
        place.mkdir()
    (outside / "secret.dcm").write_bytes(next(iter(case.base.files.values())))
    place = mutations.write_case(case, inside, outside=outside)
    (inside / "patient.toml").touch()  # nothing is known of the patient
    input_bytes = sum(p.stat().st_size for p in inside.rglob("*") if p.is_file() and not p.is_symlink())
    way = reirradiate if case.base.two_courses and chance.random() < 0.8 else chance.choice(WAYS)
    told: dict[str, Any] = {"way": way.__name__, "base": case.base.name, "done": case.done}
    _forget_peak()
    before = _memory("VmRSS")
    with watching(inside, reports) as strays:
        try:
            with limited(input_bytes):
                told["outcome"] = way(place, chance, reports)
        except OWN_ERRORS as error:
            told["outcome"] = type(error).__name__
            if "MemoryError" in str(error) or str(folder) in str(error):
                told["fault"] = f"message: {error}"
        except (Exception, TookTooLongError) as error:
            told["outcome"] = "fault"
            told["fault"] = "".join(traceback.format_exception(error)[-6:])
    more = _memory("VmHWM") - before
    if more > MEMORY_TIMES * input_bytes + MEMORY_PLUS:
        told["fault"] = f"{more} bytes of memory for {input_bytes} bytes of input; " + told.get("fault", "")
    if strays:
        told["fault"] = f"out of bounds: {strays[:5]}; " + told.get("fault", "")
    return told


def main() -> None:
    """Run the cases that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--step", type=int, default=1, help="every how many cases")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--real", type=Path, help="folder of real objects")
    args = parser.parse_args()
    sys.addaudithook(WATCH)
    report = sys.stdout
    # Building a case must not fill the machine either.
    resource.setrlimit(resource.RLIMIT_AS, (8 * 10**9, resource.getrlimit(resource.RLIMIT_AS)[1]))
    with tempfile.TemporaryDirectory() as name:
        top = Path(name).resolve()
        bases = mutations.load_bases(top / "bases", real=args.real)
        for index in range(args.first, args.first + args.step * args.count, args.step):
            report.write(json.dumps({"index": index, "starts": True}) + "\n")
            report.flush()
            folder = top / f"case{index}"
            folder.mkdir()
            case = mutations.hostile_case(bases, seed=args.seed, index=index)
            chance = random.Random(f"{args.seed}/{index}/way")
            told = run_case(case, chance=chance, folder=folder)
            shutil.rmtree(folder)
            report.write(json.dumps({"index": index, **told}) + "\n")
            report.flush()


if __name__ == "__main__":
    main()
