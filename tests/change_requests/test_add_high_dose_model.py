"""A high-dose model is one module and one data row."""

from __future__ import annotations

import json
from typing import Any

import pytest

WORDS = ["bed", "54Gy/3", "--alpha-beta", "10", "--model", "tangent"]


@pytest.fixture
def changed(package_copy: Any, blocks_of: Any) -> Any:
    """The copy with the row and the module of the page."""
    room = package_copy.root / "bed" / "high_dose"
    (row,) = blocks_of("add-high-dose-model.md", "csv")
    (module,) = blocks_of("add-high-dose-model.md")
    with (room / "data" / "models.csv").open("a", encoding="utf-8") as table:
        table.write(row)
    (room / "tangent.py").write_text(module, encoding="utf-8")
    return package_copy


def test_the_row_and_the_module_of_the_page_are_a_model_at_the_command_line(changed: Any) -> None:
    assert "tangent" in changed.run(["bed", "--help"]).stdout
    done = changed.run([*WORDS, "--param", "joint_dose=5", "--json"])
    lq, tangent = json.loads(done.stdout)["rows"]
    assert lq["model"] == "lq"
    # per fraction 5 (1 + 5/10) + (1 + 2 5/10) (18 - 5) = 33.5 Gy; one fraction of 2 Gy gives 2.4 Gy
    assert tangent["bed_gy"] == pytest.approx(3 * 33.5, rel=1e-12)
    assert tangent["eqd2_gy"] == pytest.approx(2 * 3 * 33.5 / 2.4, rel=1e-12)


def test_the_model_stands_beside_lq_in_the_library(changed: Any) -> None:
    code = (
        "from bed.high_dose import model_beside_lq as beside; "
        "pair = beside('tangent', 54, 3, alpha_beta=10, parameters={'joint_dose': 5}); "
        "print(pair.model, round(pair.difference_gy, 6), pair.above_transition)"
    )
    assert changed.python(code) == "LQ tangent -50.7 True"


def test_what_the_model_does_not_say_is_refused_or_has_a_reason(changed: Any) -> None:
    refused = changed.run(WORDS)
    assert refused.returncode == 2
    assert "tangent needs joint_dose: add --param joint_dose=VALUE" in refused.stderr
    twice_daily = changed.run(["bed", "39Gy/26 BID", *WORDS[2:], "--param", "joint_dose=5", "--json"])
    tangent = json.loads(twice_daily.stdout)["rows"][1]
    assert tangent["bed_gy"] is None
    assert tangent["reason"] == "tangent is not defined for several fractions a day"
