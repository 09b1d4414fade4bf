"""H06: alpha/beta wrong, one for all, or a silent default."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rtplan.cli import main
from rtplan.errors import RtplanValueError
from rtplan.selftest import demo_question


def words(folder, *more):
    return [
        "reirradiate",
        *("--new", str(folder / "second-course"), "--prior", str(folder / "first-course")),
        *("--prior-ended", "2023-06-01", "--new-starts", "2024-02-05", "--json", *more),
    ]


def test_organs_without_alpha_beta_are_named_and_not_computed(two_courses, capsys) -> None:
    assert main(words(two_courses, "--tissue", "Rectum=3")) == 0
    said = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in said["organs"]} == {"Rectum"}
    assert "Bladder" in said["unassigned_structures"]
    assert "External" not in said["unassigned_structures"]
    assert any("no alpha/beta was stated" in warning and "Bladder" in warning for warning in said["warnings"])


def test_a_limit_on_an_organ_without_alpha_beta_is_not_evaluable(two_courses, capsys) -> None:
    limit = ["--limit", "Bladder:Mean[Gy]<=500"]
    assert main(words(two_courses, "--tissue", "Rectum=3", *limit)) == 1
    row = json.loads(capsys.readouterr().out)["organs"][-1]
    assert (row["name"], row["alpha_beta_gy"], row["verdict"]) == ("Bladder", None, "not_evaluable")
    assert "no alpha/beta" in row["reason"]


def test_there_is_no_default(two_courses, capsys) -> None:
    assert main(words(two_courses)) == 2
    assert json.loads(capsys.readouterr().out)["schema"] == "rtplan.refusal/1"


def test_a_notebook_has_no_default_either(two_courses) -> None:
    with pytest.raises(RtplanValueError, match="no tissue is stated"):
        replace(demo_question(two_courses), tissues=())


@pytest.mark.parametrize("tissue", ["Rectum=0", "Rectum=-3", "Rectum=", "Rectum"])
def test_what_is_no_alpha_beta_is_refused(two_courses, capsys, tissue) -> None:
    assert main(words(two_courses, "--tissue", tissue)) == 2
    printed = capsys.readouterr()
    assert json.loads(printed.out)["schema"] == "rtplan.refusal/1"
    assert "Rectum" in printed.err
