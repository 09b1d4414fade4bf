"""Change the code in small ways, one at a time, and see whether its tests notice.

    python tools/mutate.py [--count 600] [--seed 1] [--workers 2] [--only FILE] [--own-tests] [--log FILE]

A seeded sample of mutants of `bed` and of the code for DVHs, bounds and remaining dose (``mutants.py``). All
tests run once as things are, to see which of them run which lines; then each mutant meets the tests that run
its line, its own module's and the fastest first, in a process of its own and in memory: no file is changed. A
mutant lives when all of them pass; one on a line that no test runs lives at once. What is used while modules
are imported meets its tests in a process that imports everything again. Prints the kill rate and every
survivor; ``mutants_that_live.csv`` says why. The exit status is 1 when fewer than 85 % are killed.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import dataclasses
import functools
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import os
import pickle
import resource
import shutil
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # before numpy: threads do not fork

import pytest
from covering import Covering, ImportLines, TestSession, covering, forked, run_pytest
from mutants import ROOT, Mutant, files, mutated, sample

KNOWN = Path(__file__).with_name("mutants_that_live.csv")
NEEDED = 0.85

WIDER = {
    "bed": ["tests/bed/**/*.py", "tests/laws/*.py", "tests/reference/*.py"],
    "dicom_io": ["tests/dicom_io/dvh/*.py", "tests/dicom_io/contours/*.py", "tests/dicom_io/objects/*.py"],
    "rtplan": [
        *(
            "tests/rtplan/sums/*.py",
            "tests/rtplan/reirradiation/**/*.py",
            "tests/rtplan/limits/test_remaining.py",
        ),
        *("tests/rtplan/courses/test_printed_record.py", "tests/laws/test_laws_bounds.py"),
    ],
}
"""The tests that mutants of a package meet, beside those of their own modules and the examples in them."""


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What became of a mutant: how it ended, and at which test."""

    ending: str
    test: str = ""

    @property
    def killed(self) -> bool:
        """Whether the tests noticed it."""
        return self.ending in (FAILS, HANGS, CRASHES)


FAILS, HANGS, CRASHES = "a test fails", "a test hangs", "a test ends the process"
LIVES, UNTOUCHED = "all its tests pass", "no test runs it"
AGAIN = "must be imported"

STATUS_LIVES, STATUS_FAILS, STATUS_AGAIN = 10, 11, 12


# Tests ----------------------------------------------------------------------------------------------------


def own_tests(name: str) -> list[str]:
    """Return a file's own tests: its examples, its test module and its laws."""
    stem = Path(name).stem
    own = [f"tests/{Path(name).parent.as_posix()}/test_{stem}.py", f"tests/laws/test_laws_{stem}.py"]
    return [name, *(test for test in own if (ROOT / test).is_file())]


def tests_for(names: Sequence[str], *, own_only: bool) -> list[str]:
    """Return what pytest is given for mutants of some files."""
    every = [test for name in names for test in (own_tests(name) if own_only else _all_tests(name))]
    return list(dict.fromkeys(every))


def _all_tests(name: str) -> list[str]:
    wider = [path for pattern in WIDER[Path(name).parts[0]] for path in sorted(ROOT.glob(pattern))]
    return list(dict.fromkeys([*own_tests(name), *(path.relative_to(ROOT).as_posix() for path in wider)]))


def ordered(tests: set[str], mutant: Mutant, found: Covering) -> list[str]:
    """Return those of some tests that are a mutant's, in the order in which it meets them."""
    own, every = own_tests(mutant.file), _all_tests(mutant.file)
    chosen = [test for test in tests if test.split("::")[0] in every]
    return sorted(chosen, key=lambda test: (test.split("::")[0] not in own, found.seconds[test], test))


def covering_tests(mutant: Mutant, found: Covering) -> list[str]:
    """Return the tests that run a mutant's statement."""
    return ordered(found.tests_of(str(ROOT / mutant.file), mutant.lines), mutant, found)


def tests_after_import(mutant: Mutant, found: Covering) -> list[str]:
    """Return the tests that run anything of a mutant's file."""
    file = str(ROOT / mutant.file)
    return ordered(found.tests_of(file, found.lines.get(file, {})), mutant, found)


# A change in what is imported already ---------------------------------------------------------------------


def functions_of(names: Sequence[str]) -> dict[str, dict[tuple[str, int], list[FunctionType]]]:
    """Return every living function of some files by its name and line."""
    found: dict[str, dict[tuple[str, int], list[FunctionType]]] = {str(ROOT / name): {} for name in names}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename in found:
            code = each.__code__
            found[code.co_filename].setdefault((code.co_qualname, code.co_firstlineno), []).append(each)
    return found


def changed_functions(mutant: Mutant) -> dict[tuple[str, int], CodeType] | None:
    """Return the code that a mutant gives to functions; nothing if it changes more than functions."""
    path = str(ROOT / mutant.file)
    before = _codes(compile((ROOT / mutant.file).read_bytes(), path, "exec"))
    after = _codes(compile(mutated(mutant.file, mutant.place), path, "exec"))
    changed = {key: codes for key, codes in after.items() if codes != before.get(key)}
    if any(len(codes) > 1 or not codes[0].co_flags & inspect.CO_OPTIMIZED for codes in changed.values()):
        return None
    return {key: codes[0] for key, codes in changed.items()}


def _codes(code: CodeType) -> dict[tuple[str, int], list[CodeType]]:
    """Return the code of every function; that of modules and classes without the functions in them."""
    found = defaultdict[tuple[str, int], list[CodeType]](list)
    inside = [each for each in code.co_consts if isinstance(each, CodeType)]
    own = code
    if not code.co_flags & inspect.CO_OPTIMIZED:
        own = code.replace(co_consts=tuple(each for each in code.co_consts if not isinstance(each, CodeType)))
    found[code.co_qualname, code.co_firstlineno].append(own)
    for each in inside:
        for key, codes in _codes(each).items():
            found[key] += codes
    return found


def put_in(mutant: Mutant, functions: dict[tuple[str, int], list[FunctionType]]) -> bool:
    """Give living functions a mutant's code; whether that is all that there is to change."""
    changed = changed_functions(mutant)
    if changed is None or any(key not in functions for key in changed if "<locals>" not in key[0]):
        return False
    with contextlib.suppress(ValueError):  # a name of the function around is no longer used
        for key, code in changed.items():
            for function in functions.get(key, ()):
                function.__code__ = code
        return True
    return False


# A change before anything is imported ---------------------------------------------------------------------


class _Finder(importlib.abc.MetaPathFinder):
    """Gives one module changed, all others as they are."""

    def __init__(self, mutant: Mutant) -> None:
        self.module = mutant.file.removesuffix(".py").replace("/", ".")
        self.path, self.tree = ROOT / mutant.file, mutated(mutant.file, mutant.place)

    def find_spec(self, fullname: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        """Return the changed module's spec, for its name only."""
        if fullname != self.module:
            return None
        finder = self

        class Loader(importlib.machinery.SourceFileLoader):
            def get_code(self, fullname: str) -> Any:
                return compile(finder.tree, str(finder.path), "exec")

        return importlib.util.spec_from_file_location(
            fullname, self.path, loader=Loader(fullname, str(self.path))
        )


def met_after_import(mutant: Mutant, tests: Sequence[str], *, seconds: dict[str, float], note: Path) -> int:
    """In a process of its own: import everything with the change in it, then run tests up to a failure."""
    status = STATUS_FAILS  # what cannot be imported is noticed

    def work(session: TestSession, items: Sequence[pytest.Item]) -> None:
        nonlocal status
        status = met(session, items, tests, seconds=seconds, note=note)

    files_of_tests = list(dict.fromkeys(test.split("::")[0] for test in tests))
    run_pytest(files_of_tests, work, finders=[_Finder(mutant)])
    return status


def met(
    session: TestSession,
    items: Sequence[pytest.Item],
    tests: Sequence[str],
    *,
    seconds: dict[str, float],
    note: Path,
) -> int:
    """Run tests up to the first failure."""
    named = {item.nodeid: item for item in items}
    chosen = [named[test] for test in tests if test in named]
    with contextlib.suppress(BaseException):
        if session.first_failure(chosen, seconds=seconds, begun=note.write_text) is None:
            return STATUS_LIVES
    return STATUS_FAILS


# Running --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Room:
    """How many processes run at a time, and where they may write."""

    workers: int
    scratch: Path
    log: Path | None = None

    def tell(self, start: Callable[[Path], int], fate: Fate) -> None:
        """Write down what became of one, for those who wait."""
        if self.log is not None and isinstance(start, functools.partial):
            with self.log.open("a", encoding="utf-8") as handle:
                print(fate.ending, fate.test, *start.args, *start.keywords.values(), sep="; ", file=handle)

    def fates(self, starts: Sequence[Callable[[Path], int]]) -> list[Fate]:
        """Start a process for each of some functions, some at a time, and return how they ended."""
        ended: dict[int, Fate] = {}
        running: dict[int, tuple[int, Path]] = {}

        def take_one() -> None:
            child, status = os.wait()
            place, folder = running.pop(child)
            ended[place] = _fate(status, folder / "test")
            self.tell(starts[place], ended[place])
            shutil.rmtree(folder, ignore_errors=True)

        for place, start in enumerate(starts):
            if len(running) == self.workers:
                take_one()
            folder = Path(tempfile.mkdtemp(dir=self.scratch))
            running[forked(functools.partial(start, folder / "test"), scratch=folder)] = (place, folder)
        while running:
            take_one()
        return [ended[place] for place in range(len(starts))]


def _fate(status: int, note: Path) -> Fate:
    test = note.read_text(encoding="utf-8") if note.is_file() else ""
    if os.WIFSIGNALED(status):
        hangs = os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM)
        return Fate(ending=HANGS if hangs else CRASHES, test=test)
    told = {STATUS_LIVES: LIVES, STATUS_FAILS: FAILS, STATUS_AGAIN: AGAIN}.get(os.WEXITSTATUS(status))
    if told is None:
        raise SystemExit(f"a run ended in an unforeseen way at {test or 'its start'}: status {status}")
    return Fate(ending=told, test=test)


def meet_tests(mutants: Sequence[Mutant], *, tests: Sequence[str], room: Room) -> dict[Mutant, Fate]:
    """Return what became of each mutant."""
    target = room.scratch / "first"
    work = functools.partial(_first_meeting, mutants, tests=tests, room=room, target=target)
    _, status = os.waitpid(forked(work, scratch=room.scratch / "session"), 0)
    if status or not target.is_file():
        raise SystemExit(f"the tests did not get as far as the mutants: status {status}")
    found, fates = pickle.loads(target.read_bytes())
    if found.failed:
        raise SystemExit("tests fail without any change:\n" + "\n".join(found.failed))
    again = [mutant for mutant, fate in fates.items() if _is_imported(mutant, fate, found)]

    def start(note: Path, *, mutant: Mutant) -> int:
        return _second_meeting(mutant, note, fate=fates[mutant], found=found)

    starts = [functools.partial(start, mutant=mutant) for mutant in again]
    fates |= dict(zip(again, room.fates(starts), strict=True))
    return {mutant: _said(mutant, fate, found) for mutant, fate in fates.items()}


def _is_imported(mutant: Mutant, fate: Fate, found: Covering) -> bool:
    """Whether a mutant that lives so far may act while modules are imported."""
    imported = not found.importing[str(ROOT / mutant.file)].isdisjoint(mutant.lines)
    return fate.ending == AGAIN or (fate.ending == LIVES and imported)


def _said(mutant: Mutant, fate: Fate, found: Covering) -> Fate:
    untouched = fate.ending == LIVES and not fate.test and not covering_tests(mutant, found)
    return Fate(ending=UNTOUCHED) if untouched else fate


def _second_meeting(mutant: Mutant, note: Path, *, fate: Fate, found: Covering) -> int:
    tests = [] if fate.ending == AGAIN else covering_tests(mutant, found)
    tests = tests or tests_after_import(mutant, found)
    return met_after_import(mutant, tests, seconds=found.seconds, note=note)


def _first_meeting(mutants: Sequence[Mutant], *, tests: Sequence[str], room: Room, target: Path) -> int:
    """In a process of its own: import everything as it is, find which tests run what, and try the mutants."""
    signal.alarm(0)
    paths = [ROOT / name for name in dict.fromkeys(mutant.file for mutant in mutants)]
    importing = ImportLines(paths)

    def work(session: TestSession, items: Sequence[pytest.Item]) -> None:
        lines = importing()
        found = covering(session, items, files=paths, workers=room.workers, scratch=room.scratch)
        found = dataclasses.replace(found, importing=lines)
        fates = {} if found.failed else _tried(mutants, session, items, found=found, room=room)
        target.write_bytes(pickle.dumps((found, fates)))

    return run_pytest(tests, work)


def _tried(
    mutants: Sequence[Mutant],
    session: TestSession,
    items: Sequence[pytest.Item],
    *,
    found: Covering,
    room: Room,
) -> dict[Mutant, Fate]:
    functions = functions_of(sorted({mutant.file for mutant in mutants}))
    gc.collect()
    gc.freeze()  # so that processes share what they only read

    def start(note: Path, *, mutant: Mutant) -> int:
        if not put_in(mutant, functions[str(ROOT / mutant.file)]):
            return STATUS_AGAIN
        return met(session, items, covering_tests(mutant, found), seconds=found.seconds, note=note)

    def alone(note: Path, *, test: str) -> int:
        return met(session, items, [test], seconds=found.seconds, note=note)

    fates = dict(
        zip(mutants, room.fates([functools.partial(start, mutant=each) for each in mutants]), strict=True)
    )
    noticed = sorted({fate.test for fate in fates.values() if fate.killed})
    for test, fate in zip(
        noticed, room.fates([functools.partial(alone, test=test) for test in noticed]), strict=True
    ):
        if fate.killed:  # then its failing says nothing about a change
            found.failed.append(f"{test} (when it runs alone: {fate.ending})")
    return fates


# Telling --------------------------------------------------------------------------------------------------


def known_survivors() -> dict[tuple[str, str, str, str], str]:
    """Return why mutants that were looked at live."""
    if not KNOWN.is_file():
        return {}
    with KNOWN.open(encoding="utf-8", newline="") as handle:
        return {
            (row["file"], row["source"], row["was"], row["became"]): row["reason"]
            for row in csv.DictReader(handle)
        }


def report(fates: dict[Mutant, Fate], *, seed: int) -> int:
    """Print the rate and every survivor with its reason; return the exit status."""
    reasons = known_survivors()
    killed = sum(fate.killed for fate in fates.values())
    print(f"{killed} of {len(fates)} mutants killed ({100 * killed / len(fates):.1f} %), seed {seed}")
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(f"  {sum(each.ru_utime + each.ru_stime for each in used) / 60:.1f} minutes of processor time")
    for ending, number in Counter(fate.ending for fate in fates.values()).most_common():
        print(f"  {number:4d}  {ending}")
    for mutant, fate in fates.items():
        if not fate.killed:
            print(f"{mutant}\n    {fate.ending}; {reasons.get(mutant.key, 'not looked at')}")
    return 0 if killed >= NEEDED * len(fates) else 1


def asked() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", action="append", metavar="FILE", help="mutants of this file; repeatable")
    parser.add_argument(
        "--own-tests", action="store_true", help="only the tests of the changed files themselves"
    )
    parser.add_argument("--log", type=Path, help="a file that is told of each mutant as it ends")
    parser.add_argument("--list", action="store_true", help="show the sample and run nothing")
    return parser.parse_args()


def main() -> int:
    args = asked()
    mutants = sample(args.only or files(), count=args.count, seed=args.seed)
    if args.list:
        print("\n".join(map(str, mutants)))
        return 0
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    tests = tests_for(list(dict.fromkeys(mutant.file for mutant in mutants)), own_only=args.own_tests)
    with tempfile.TemporaryDirectory() as scratch:
        fates = meet_tests(
            mutants, tests=tests, room=Room(workers=args.workers, scratch=Path(scratch), log=args.log)
        )
    return report(fates, seed=args.seed)


if __name__ == "__main__":
    sys.exit(main())
