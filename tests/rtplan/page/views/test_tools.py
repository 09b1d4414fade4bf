"""The other tabs: what they show is what the command line prints of the same words."""

from __future__ import annotations

import html
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from rtplan.cli import main

Visitor = Any
"""As tests/rtplan/page/conftest.py has it."""

GAP = {
    "regimen": "70Gy/35", "start": "2024-01-08", "missed": "2024-01-15", "tumour_alpha_beta": "10",
    "repopulation_rate": "0.9", "kick_off": "28", "late_alpha_beta": "3", "repair_half_time": "1.5",
    "hours_between": "6",
}  # fmt: skip

SAME: list[tuple[str, dict[str, str], list[str]]] = [
    (
        "effect",
        {"regimens": "50.4Gy/28\n25Gy/5", "alpha_betas": "3, 10"},
        ["bed", "50.4Gy/28", "25Gy/5", "--alpha-beta", "3", "--alpha-beta", "10"],
    ),
    (
        "compare",
        {"regimens": "50.4Gy/28\n25Gy/5", "alpha_betas": "1 20"},
        ["compare", "50.4Gy/28", "25Gy/5", "--alpha-beta", "1", "--alpha-beta", "20"],
    ),
    (
        "isoeffect",
        {"regimen": "50.4Gy/28", "n": "5, 15", "alpha_betas": "3"},
        ["isoeffect", "50.4Gy/28", "--fractions", "5", "--fractions", "15", "--alpha-beta", "3"],
    ),
    (
        "sum",
        {"courses": "50.4Gy/28@2023-05-01\n30Gy/5@2024-02-01", "alpha_betas": "3", "limits": "90", "n": "5"},
        ["sum", "50.4Gy/28@2023-05-01", "30Gy/5@2024-02-01", "--alpha-beta", "3", "--limit", "90",
         "--fractions", "5"],
    ),
    (
        "gap",
        GAP,
        ["gap", "70Gy/35", "--start", "2024-01-08", "--missed", "2024-01-15", "--tumour-alpha-beta", "10",
         "--repopulation-rate", "0.9", "--kick-off", "28", "--late-alpha-beta", "3", "--repair-half-time",
         "1.5", "--hours-between", "6"],
    ),
]  # fmt: skip


def result_of(text: str) -> str:
    found = re.search(r'<pre class="result"[^>]*>(.*?)</pre>', text, re.S)
    assert found, re.findall(r'class="refusal".*?</div>', text, re.S)
    return html.unescape(found[1]).strip()


@pytest.mark.parametrize(("calculator", "typed", "words"), SAME, ids=[same[0] for same in SAME])
def test_a_calculator_says_what_the_command_line_prints(
    visitor: Visitor,
    capsys: pytest.CaptureFixture[str],
    calculator: str,
    typed: dict[str, str],
    words: list[str],
) -> None:
    answer = visitor.client.get("/calculators", params={"calculator": calculator, **typed})
    assert main(words) in (0, 1)
    assert result_of(answer.text) == capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"calculator": "effect", "regimens": "hello", "alpha_betas": "3"}, "not understood"),
        ({"calculator": "effect", "regimens": "50Gy/25"}, "alpha betas is missing"),
        ({"calculator": "gap", **GAP, "kick_off": "soon"}, "is no number"),
        ({"calculator": "nothing"}, "no such calculator"),
    ],
    ids=str,
)
def test_what_is_typed_wrong_is_said_beside_what_was_typed(
    visitor: Visitor, typed: dict[str, str], said: str
) -> None:
    text = html.unescape(visitor.client.get("/calculators", params=typed).text)
    assert said in text
    assert 'class="refusal"' in text


def test_a_comparison_is_drawn(visitor: Visitor) -> None:
    answer = visitor.client.get(
        "/calculators/comparison.svg", params={"regimens": "50.4Gy/28\n25Gy/5", "alpha_betas": "1 20"}
    )
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "<svg" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_trial_is_held_against_what_was_filled_in(visitor: Visitor) -> None:
    page = visitor.read("/trials?protocol=tracer").text
    template = re.search(r'<textarea name="patient"[^>]*>(.*?)</textarea>', page, re.S)
    assert template
    patient = html.unescape(template[1])
    assert tomllib.loads(patient) is not None
    answer = visitor.send("/trials", {"protocol": "tracer", "patient": patient, "plan": ""})
    assert "Criterion by criterion" in answer.text
    assert "not known" in answer.text
    wrong = visitor.send("/trials", {"protocol": "tracer", "patient": "ecog = ", "plan": ""})
    assert wrong.status_code == 400


def new_check(visitor: Visitor) -> str:
    nonce = re.search(r'name="nonce" value="(\w+)"', visitor.read("/check").text)
    assert nonce
    return str(visitor.send("/check", {"nonce": nonce[1]}).url.path)


def checked(visitor: Visitor, page: str, folders: list[Path]) -> str:
    case = page.removesuffix("/check")
    for folder in folders:
        visitor.send(f"{case}/path", {"path": str(folder)})
    visitor.fill(page, page, constraints="timmerman-2021", then="run")
    visitor.wait_for_state(case)
    return str(visitor.read(page).text)


def test_a_plan_is_checked_as_by_the_command_line(
    visitor: Visitor, two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = new_check(visitor)
    text = checked(visitor, page, [two_courses / "second-course"])
    case_file = visitor.work / "cases" / page.split("/")[2] / "case.toml"
    assert main(["case", "run", str(case_file), "--json", "--report", str(tmp_path / "r.json")]) in (0, 1)
    document = json.loads(capsys.readouterr().out)
    shown = visitor.read(page.replace("/check", "/answer/report.json")).content
    assert shown == (tmp_path / "r.json").read_bytes()
    judged = [row for row in document["verdicts"] if row["verdict"]]
    assert judged
    for row in judged:
        assert row["organ"] in text


def test_several_plans_stand_side_by_side(visitor: Visitor, two_courses: Path) -> None:
    text = checked(visitor, new_check(visitor), [two_courses / "first-course", two_courses / "second-course"])
    assert '<th scope="col">A' in text
    assert '<th scope="col">B' in text


def test_a_check_without_limits_or_plans_is_refused(visitor: Visitor) -> None:
    page = new_check(visitor)
    assert "against what" in visitor.fill(page, page, then="run").text
    assert "drop its folder first" in visitor.fill(page, page, constraints="quantec", then="run").text
