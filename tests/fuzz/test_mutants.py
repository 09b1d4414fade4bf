"""A short run of the mutation tool: a few changed lines, each noticed, and one that cannot be.

The long run, 600 of them, is ``python tools/mutate.py``.
"""

from __future__ import annotations

import csv
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork") or not TOOLS.is_dir(), reason="the tool forks, and lies beside the packages"
)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(TOOLS)},
    )


def test_tests_notice_a_few_changed_lines() -> None:
    ended = run("tools/mutate.py", "--count", "8", "--seed", "1", "--only", "bed/lq.py", "--own-tests")
    assert ended.stdout.startswith("8 of 8 mutants killed (100.0 %), seed 1"), ended.stdout + ended.stderr
    assert ended.returncode == 0


UNTOUCHED = """
import os, sys, tempfile
from pathlib import Path
from mutate import ROOT, Room, meet_tests
from mutants import mutants_of
os.chdir(ROOT)
sys.path.insert(0, str(ROOT))
chosen = [each for each in mutants_of("bed/lq.py") if "quadratic" in each.source]
with tempfile.TemporaryDirectory() as scratch:
    room = Room(workers=2, scratch=Path(scratch))
    fates = meet_tests(chosen, tests=["tests/bed/test_arguments.py"], room=room)
print(len(chosen), {fate.ending for fate in fates.values()}, any(fate.killed for fate in fates.values()))
"""


def test_a_change_that_no_test_runs_lives() -> None:
    ended = run("-c", UNTOUCHED)
    number, told = ended.stdout.split(maxsplit=1)
    assert int(number) > 3, ended.stderr
    assert told.strip() == "{'no test runs it'} False"


IMPORTED = UNTOUCHED.replace("bed/lq.py", "bed/retreatment/recovery.py").replace(
    '"quadratic"', '"EDGE_WINDOW_DAYS: "'
)
IMPORTED = IMPORTED.replace(
    '"tests/bed/test_arguments.py"', '"bed/retreatment/recovery.py", "tests/bed/retreatment/test_recovery.py"'
)


def test_a_changed_constant_is_noticed_after_importing_again() -> None:
    ended = run("-c", IMPORTED)
    assert ended.stdout.strip() == "2 {'a test fails'} True", ended.stdout + ended.stderr


def test_the_sample_stays_when_another_line_changes() -> None:
    sys.path.insert(0, str(TOOLS))
    try:
        mutants = importlib.import_module("mutants")
    finally:
        sys.path.remove(str(TOOLS))
    names = ["bed/lq.py", "bed/outcome/eud.py"]
    both = {each.key for each in mutants.sample(names, count=30, seed=1)}
    alone = {each.key for each in mutants.sample(names[:1], count=30, seed=1)}
    assert {key for key in both if key[0] == names[0]} <= alone
    assert len({frozenset(each.key for each in mutants.sample(names, count=5, seed=k)) for k in range(5)}) > 1


def test_every_survivor_that_was_looked_at_has_its_reason() -> None:
    with (TOOLS / "mutants_that_live.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert list(rows[0]) == ["file", "source", "was", "became", "reason"]
    assert all(len(row["reason"]) > 20 and (ROOT / row["file"]).is_file() for row in rows)
    assert len({(row["file"], row["source"], row["was"], row["became"]) for row in rows}) == len(rows)
