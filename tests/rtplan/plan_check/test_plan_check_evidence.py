"""The page that says what holds the plan check names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_every_named_test_and_script_is_there() -> None:
    page = (ROOT / "docs" / "plan_check_evidence.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/.]+)::(\w+)`", page)
    assert len(named) > 20
    for file, test in named:
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{test}"
    for script in re.findall(r"`python (benchmarks/\w+\.py)`", page):
        assert (ROOT / script).is_file()
