"""``rtplan demo``: the main job end to end, against closed forms, the same to the byte each time."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from rtplan.cli import main

QUANTITIES = {"EQD2 of the first-course", "EQD2 of the second-course", "EQD2, voxel sum"}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "demo-output"
    assert main(["demo", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def data(out: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return loaded


def test_every_number_agrees_with_its_closed_form_within_its_half_width(data: dict[str, Any]) -> None:
    answers = data["known_answers"]
    assert len(answers) >= 30
    assert {answer["quantity"] for answer in answers} == QUANTITIES
    for answer in answers:
        assert abs(answer["computed_gy"] - answer["known_gy"]) <= answer["uncertainty_gy"], answer
        assert answer["agrees"] is True


def test_the_stated_half_widths_are_small_enough_to_mean_something(data: dict[str, Any]) -> None:
    for answer in data["known_answers"]:
        assert 0 < answer["uncertainty_gy"] <= max(0.05, 0.05 * answer["known_gy"]), answer


def test_an_organ_that_is_not_covered_has_no_sum_and_no_pass(data: dict[str, Any]) -> None:
    (cord,) = [
        row
        for row in data["reirradiate"]["organs"]
        if row["name"] == "SpinalCord" and row["metric"] == "D0.03cc[Gy]"
    ]
    assert cord["voxel_sum_gy"] is None
    assert "not covered" in cord["voxel_sum_reason"]
    assert cord["verdict"] == "not_evaluable"


def test_the_verdicts_follow_from_the_closed_forms(data: dict[str, Any]) -> None:
    known = {
        a["organ"]: a["known_gy"]
        for a in data["known_answers"]
        if a["quantity"] == "EQD2, voxel sum" and a["metric"] == "D0.03cc[Gy]"
    }
    judged = [r for r in data["reirradiate"]["organs"] if r["verdict"] in ("within", "exceeds")]
    assert judged
    for row in judged:
        assert (row["verdict"] == "within") == (known[row["name"]] <= row["limit_gy"])


def test_two_runs_in_two_folders_give_the_same_bytes(out: Path, tmp_path: Path) -> None:
    again = tmp_path / "elsewhere with a space"
    assert main(["demo", "--out", str(again)]) == 0
    names = {p.relative_to(out) for p in out.rglob("*") if p.is_file()}
    assert names == {p.relative_to(again) for p in again.rglob("*") if p.is_file()}
    assert all((out / name).read_bytes() == (again / name).read_bytes() for name in names)


def test_the_page_holds_every_part_and_leaves_nothing_outside(out: Path) -> None:
    page = (out / "report.html").read_text(encoding="utf-8")
    headings = re.findall(r'<h2 id="[^"]*">([^<]+)</h2>', page)
    assert headings == [
        "Verdicts",
        "Dose-volume histograms",
        "Through the hottest overlap",
        "Cumulative EQD2",
        "Remaining dose",
        "Registration",
        "New plan against timmerman-2021",
        "Targets",
        "Distances",
        "Which structure stands for which organ",
        "What to know about this plan",
        "Observed by others",
        "Assumptions",
        "Sources",
        "Known answers of this phantom",
        "Inputs and software",
    ]
    assert page.count("<img ") == 5
    assert "A checkerboard of the new images" in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)


def test_no_name_and_no_path_is_in_the_report(out: Path) -> None:
    for name in ("report.html", "report.json"):
        text = (out / name).read_text(encoding="utf-8")
        assert "Phantom^" not in text
        assert str(out.parent) not in text


def test_the_command_that_is_printed_gives_the_same_answer(
    out: Path, data: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(out)
    assert main([*shlex.split(data["command"])[1:], "--json"]) == 1
    again = json.loads(capsys.readouterr().out)
    assert {key: again[key] for key in data["reirradiate"]} == data["reirradiate"]


def test_an_earlier_demo_is_replaced_only_when_told(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--out", str(out)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main(["demo", "--out", str(out), "--overwrite"]) == 0


def test_limits_that_are_asked_for_do_not_change_the_demos_status(data: dict[str, Any]) -> None:
    assert "exceeds" in {row["verdict"] for row in data["reirradiate"]["organs"]}
