"""Which tests run which lines: one run of all of them, and runs of chosen ones in processes of their own.

A process collects the tests once; every run after that is a fork of it, so that nothing is imported again and
no run leaves anything behind for the next one.
"""

from __future__ import annotations

import functools
import gc
import importlib.abc
import os
import pickle
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import coverage
import pytest
from hypothesis import HealthCheck, Phase, settings

ADDRESS_SPACE = 6 * 2**30
SPARE_CPU_SECONDS, SLOWER, WAITING_SECONDS = 5.0, 10.0, 900
"""A test hangs that needs ten times its processor time and five seconds more, or waits for 15 minutes."""

OPTIONS = ["-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "--hypothesis-seed=0"]
# What was imported before is not rewritten for prettier messages.
OPTIONS += ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]


@dataclass(frozen=True, kw_only=True)
class Covering:
    """Which tests run which lines of the files looked at.

    Attributes
    ----------
    seconds : dict[str, float]
        Processor time of each test with the fixtures that it shares with others.
    lines : dict[str, dict[int, set[str]]]
        For each file and line the tests that run it.
    importing : dict[str, set[int]]
        For each file the lines that run while modules and tests are imported.
    failed : list[str]
        Tests that fail as things are.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    importing: dict[str, set[int]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def tests_of(self, file: str, lines: Iterable[int]) -> set[str]:
        """Return the tests that run one of some lines."""
        known = self.lines.get(file, {})
        return set().union(*(known.get(line, set()) for line in lines))


class TestSession:
    """A pytest plugin: collects, then hands the tests to a function in place of running them."""

    def __init__(
        self,
        work: Callable[[TestSession, Sequence[pytest.Item]], None],
        finders: Sequence[importlib.abc.MetaPathFinder],
    ) -> None:
        self.work, self.finders = work, finders
        self.failed: list[str] = []
        self.shared_fixture: Callable[[Any], Any] | None = None

    def pytest_collection(self) -> None:
        """Look for a counterexample only: nothing shortens, stores or times it."""
        for (
            finder
        ) in self.finders:  # pytest has put its own before them, which loads what it is given as it is
            sys.meta_path.remove(finder)
            sys.meta_path.insert(0, finder)
        settings.register_profile(
            "mutants",
            parent=settings(),
            database=None,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        )
        settings.load_profile("mutants")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what needs data beside the repository: results must not depend on its being there."""
        items[:] = [item for item in items if "shared_data" not in getattr(item, "fixturenames", ())]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Hand the tests over."""
        if session.testsfailed:
            raise session.Failed("tests cannot be imported")
        self.work(self, session.items)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what fails."""
        if report.failed:
            self.failed.append(report.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, Any]:
        """Tell of the making of what several tests share."""
        if self.shared_fixture is None or fixturedef.scope == "function":
            return (yield)
        leave = self.shared_fixture(fixturedef)
        try:
            return (yield)
        finally:
            leave()

    def first_failure(
        self, items: Sequence[pytest.Item], *, seconds: dict[str, float], begun: Callable[[str], None]
    ) -> str | None:
        """Run tests up to the first that fails and return its name; a test that hangs ends the process."""
        for item, following in in_turn(items):
            begun(item.nodeid)
            signal.setitimer(signal.ITIMER_PROF, SPARE_CPU_SECONDS + SLOWER * seconds.get(item.nodeid, 0.0))
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return self.failed[0]
        return None


def in_turn(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    """Return each test with the one after it, as pytest wants them."""
    yield from zip(items, [*items[1:], None], strict=False)


def run_pytest(
    tests: Sequence[str],
    work: Callable[[TestSession, Sequence[pytest.Item]], None],
    *,
    finders: Sequence[importlib.abc.MetaPathFinder] = (),
) -> int:
    """Collect tests, modules coming from some finders first, and hand them to a function."""
    sys.meta_path[:0] = finders
    return int(pytest.main([*OPTIONS, *tests], plugins=[TestSession(work, finders)]))


# Processes ------------------------------------------------------------------------------------------------


def forked(work: Callable[[], int], *, scratch: Path) -> int:
    """Start a process that does something silently in a folder of its own and ends with what that returns."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        _set_apart(scratch)
        status = work()
    finally:
        os._exit(status)


def _set_apart(scratch: Path) -> None:
    scratch.mkdir(parents=True, exist_ok=True)
    os.environ |= {"PYTEST_DEBUG_TEMPROOT": str(scratch), "TMPDIR": str(scratch)}
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(WAITING_SECONDS)
    with open(os.devnull, "w", encoding="utf-8") as null:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(null.fileno(), 1)
        os.dup2(null.fileno(), 2)


# One run of everything ------------------------------------------------------------------------------------


class ImportLines:
    """Notes the lines of some files that run until it is asked for them."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = [str(file) for file in files]
        self.tracer = _tracer(self.files)
        self.tracer.start()

    def __call__(self) -> dict[str, set[int]]:
        """Return the lines of each file and note no more."""
        self.tracer.stop()
        data = self.tracer.get_data()
        return {file: set(data.lines(file) or ()) for file in self.files}


def _tracer(files: Sequence[str]) -> coverage.Coverage:
    os.environ["COVERAGE_CORE"] = "ctrace"  # the one that can tell tests apart on every Python
    tracer = coverage.Coverage(data_file=None, config_file=False, include=files)
    tracer.set_option("run:disable_warnings", ["module-not-imported", "no-data-collected"])
    return tracer


def covering(
    session: TestSession,
    items: Sequence[pytest.Item],
    *,
    files: Sequence[Path],
    workers: int,
    scratch: Path,
) -> Covering:
    """Run every test once, in some processes, and return which lines each of them runs."""
    modules = list(dict.fromkeys(item.path for item in items))
    children = []
    for part in range(min(workers, len(modules))):
        chosen = [item for item in items if modules.index(item.path) % min(workers, len(modules)) == part]
        target = scratch / f"covering-{part}"
        work = functools.partial(_record, session, chosen, files=files, target=target)
        children.append((forked(work, scratch=scratch / f"run-{part}"), target))
    found = Covering()
    for child, target in children:
        _, ended = os.waitpid(child, 0)
        if ended or not target.is_file():
            raise SystemExit(f"the run of all tests came to an end before its time: status {ended}")
        part_of = pickle.loads(target.read_bytes())
        found.seconds.update(part_of.seconds)
        found.failed.extend(part_of.failed)
        for file, lines in part_of.lines.items():
            for line, tests in lines.items():
                found.lines.setdefault(file, {}).setdefault(line, set()).update(tests)
    return found


def _record(
    session: TestSession, items: Sequence[pytest.Item], *, files: Sequence[Path], target: Path
) -> int:
    signal.alarm(0)
    caches = _caches_of(files)
    tracer = _tracer([str(file) for file in files])
    own, shared = defaultdict[str, float](float), defaultdict[str, float](float)
    current = ""

    def shared_fixture(definition: Any) -> Callable[[], None]:
        name, started = f"fixture {id(definition)}", time.process_time()
        tracer.switch_context(name)

        def leave() -> None:
            shared[name] += time.process_time() - started
            tracer.switch_context(current)

        return leave

    session.shared_fixture = shared_fixture
    tracer.start()
    for item, following in in_turn(items):
        for cache in caches:  # what one test leaves in them, the next would not run
            cache.cache_clear()
        current, started = item.nodeid, time.process_time()
        tracer.switch_context(current)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        own[current] = time.process_time() - started
    tracer.stop()
    target.write_bytes(pickle.dumps(_recorded(items, tracer.get_data(), own, shared, session.failed)))
    return 0


def _recorded(
    items: Sequence[pytest.Item],
    data: coverage.CoverageData,
    own: dict[str, float],
    shared: dict[str, float],
    failed: list[str],
) -> Covering:
    users = defaultdict[str, set[str]](set)
    seconds = {}
    for item in items:
        definitions = getattr(item, "_fixtureinfo").name2fixturedefs.values()  # noqa: B009 - no public way
        fixtures = {f"fixture {id(each)}" for several in definitions for each in several} & shared.keys()
        for name in fixtures:
            users[name].add(item.nodeid)
        users[item.nodeid].add(item.nodeid)
        seconds[item.nodeid] = own[item.nodeid] + sum(shared[name] for name in fixtures)
    lines = {
        file: {
            line: set().union(*(users[name] for name in names if name))
            for line, names in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    return Covering(seconds=seconds, lines=lines, failed=failed)


def _caches_of(files: Sequence[Path]) -> list[Any]:
    names = {str(file) for file in files}
    found = [each for each in gc.get_objects() if isinstance(each, functools._lru_cache_wrapper)]
    return [
        each
        for each in found
        if getattr(each.__wrapped__, "__code__", _caches_of.__code__).co_filename in names
    ]
