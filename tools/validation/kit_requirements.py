"""Requirements, each with the tests and measurements that show it; whether the tests named exist and pass."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HAZARD_ROW = re.compile(r"^\| (H\d\d) \| (.*?) \| (.*?) \| (.*?) \|$", re.M)
LINK = re.compile(r"\]\(\.\./([^)]+)\)")


@dataclass(frozen=True, kw_only=True)
class Hazard:
    """One row of the hazard table: what goes wrong, what stands against it, its tests."""

    id: str
    goes_wrong: str
    guard: str
    tests: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """What must be shown, and by what it is: pytest names, rows of measurements, what is left open."""

    id: str
    area: str
    text: str
    tests: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    not_shown: str = ""


def hazards(table: str) -> list[Hazard]:
    """Return the rows of the hazard table."""
    return [
        Hazard(id=row[0], goes_wrong=row[1], guard=row[2], tests=tuple(LINK.findall(row[3])))
        for row in HAZARD_ROW.findall(table)
    ]


def requirements(path: Path, listed: Sequence[Hazard]) -> list[Requirement]:
    """Return the requirements of a file, and one for each hazard's guard."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["requirement"]
    own = [
        Requirement(
            id=row["id"],
            area=row["area"],
            text=row["text"],
            tests=tuple(row.get("tests", ())),
            measured=tuple(row.get("measured", ())),
            not_shown=row.get("not_shown", ""),
        )
        for row in rows
    ]
    guards = [
        Requirement(id=f"R-{h.id}", area="Hazards", text=f"{h.goes_wrong}: {h.guard}", tests=h.tests)
        for h in listed
    ]
    return [*own, *guards]


def mistakes(found: Sequence[Requirement], root: Path) -> list[str]:
    """Return what is wrong with the links: names used twice, tests that do not exist."""
    ids = [requirement.id for requirement in found]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    absent = [
        f"{requirement.id}: there is no test {test}"
        for requirement in found
        for test in requirement.tests
        if not tests_in(test, root)
    ]
    return [f"{name} is used twice" for name in twice] + absent


def tests_in(name: str, root: Path) -> tuple[str, ...]:
    """Return the test functions that a pytest name stands for; none where it does not exist."""
    file, _, function = name.partition("::")
    functions = _functions(root / file)
    return functions if not function else tuple(f for f in functions if f == function)


@cache
def _functions(path: Path) -> tuple[str, ...]:
    if not path.is_file():
        return ()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return tuple(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def shown_by(requirement: Requirement, measurements: Mapping[str, Mapping[str, str]]) -> str:
    """Say in a word what shows a requirement: tests, measured, in part, or not shown."""
    rows = [measurements.get(name) for name in requirement.measured]
    if any(row is not None and row["holds"] != "yes" for row in rows):
        return "NOT MET"
    if any(row is None for row in rows):
        return "in part" if requirement.tests else "not shown"
    if not requirement.tests and not rows:
        return "not shown"
    if requirement.not_shown:
        return "in part"
    return (
        "tests"
        if requirement.tests and not rows
        else "tests and measured"
        if requirement.tests
        else "measured"
    )


def run_tests(found: Sequence[Requirement], root: Path) -> dict[str, dict[str, int]]:
    """Run every test named; return passed, failed and skipped counts by requirement."""
    names = sorted({test for requirement in found for test in requirement.tests})
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            *names,
            f"--junitxml={report}",
            "-o",
            "junit_family=xunit1",
        ]
        subprocess.run(command, cwd=root, check=False)
        outcomes = _outcomes(report)
    return {requirement.id: _counts(requirement, outcomes) for requirement in found if requirement.tests}


def _outcomes(report: Path) -> list[tuple[str, str, str]]:
    """Return file, test function and outcome of each test case."""
    cases = ElementTree.parse(report).getroot().iter("testcase")
    return [
        (case.get("file") or "", (case.get("name") or "").partition("[")[0], _outcome(case)) for case in cases
    ]


def _outcome(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


def _counts(requirement: Requirement, outcomes: Sequence[tuple[str, str, str]]) -> dict[str, int]:
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for file, function, outcome in outcomes:
        if file in requirement.tests or f"{file}::{function}" in requirement.tests:
            counts[outcome] += 1
    return counts
