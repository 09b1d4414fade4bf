"""A recovery rule is one data file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

COURSES = ["50.4Gy/28@2023-05-01", "30Gy/5@2025-05-01", "--alpha-beta", "2", "--tissue", "SpinalCord"]


@pytest.fixture
def rules(package_copy: Any) -> Path:
    folder: Path = package_copy.root / "bed" / "retreatment" / "data" / "recovery"
    return folder


def cumulative_eqd2(done: Any) -> float:
    (row,) = json.loads(done.stdout)["rows"]
    return float(row["with_recovery_eqd2_gy"])


def test_the_file_of_the_page_is_a_rule_for_the_library_and_both_commands(
    package_copy: Any, blocks_of: Any, rules: Path
) -> None:
    (content,) = blocks_of("add-recovery-rule.md", "toml")
    (rules / "example-2026.toml").write_text(content, encoding="utf-8")
    names = package_copy.python("from bed import recovery_rule_names; print(*recovery_rule_names())")
    assert "example-2026" in names.split()
    for command in ("sum", "reirradiate"):
        assert "example-2026" in "".join(package_copy.run([command, "--help"]).stdout.split())
    done = package_copy.run(["sum", *COURSES, "--recovery", "example-2026", "--json"])
    # 50.4 Gy in 28 are 47.88 Gy EQD2 at 2 Gy, of which 40 % are forgotten after two years; 30 Gy in 5 are 60.
    assert cumulative_eqd2(done) == pytest.approx(0.6 * 47.88 + 60, abs=1e-9)
    assert "Example 2026, Journal 1:1" in done.stdout
    assert "a made-up rule" in done.stdout


def test_an_interval_without_value_and_another_organ_stay_without_answer(
    package_copy: Any, blocks_of: Any, rules: Path
) -> None:
    (content,) = blocks_of("add-recovery-rule.md", "toml")
    (rules / "example-2026.toml").write_text(content, encoding="utf-8")
    refused = package_copy.run(["sum", *COURSES[:-1], "Rectum", "--recovery", "example-2026"])
    assert refused.returncode == 2
    assert "says nothing about 'Rectum'" in refused.stderr


def test_a_file_without_its_citation_is_refused_by_name(package_copy: Any, rules: Path) -> None:
    (rules / "example-2026.toml").write_text('kind = "steps"\nsorce = "x"\n', encoding="utf-8")
    refused = package_copy.run(["sum", *COURSES, "--recovery", "example-2026"])
    assert refused.returncode == 2
    assert "recovery rule example-2026" in refused.stderr
    assert "how_verified is missing" in refused.stderr
    assert "sorce is not known" in refused.stderr
