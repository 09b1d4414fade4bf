"""H19: recovery applied to tumour, or twice because the limit already includes it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rtplan.cli import main
from rtplan.errors import RtplanValueError
from rtplan.limits import parse_limit
from rtplan.selftest import demo_question


def words(folder: Path, *more: str) -> list[str]:
    return [
        "reirradiate",
        *("--new", str(folder / "second-course"), "--prior", str(folder / "first-course")),
        *("--prior-ended", "2023-06-01", "--new-starts", "2024-02-05"),
        *("--registration", str(folder / "registration.dcm"), "--metric", "D0.03cc[Gy]", "--json", *more),
    ]


def test_a_limit_that_includes_recovery_is_refused_together_with_a_rule(two_courses, capsys) -> None:
    limit = ["--tissue", "Rectum=3", "--limit", "Rectum:D0.03cc[Gy]<=100 including recovery from 6 months"]
    assert main(words(two_courses, *limit, "--recovery", "michigan-2019")) == 2
    printed = capsys.readouterr()
    assert json.loads(printed.out)["schema"] == "rtplan.refusal/1"
    assert "already includes recovery" in printed.err
    named = ["--recovery-limit", "Rectum=no late effects"]
    assert main(words(two_courses, *limit, *named)) == 1  # alone it is judged on the plain sum
    row = json.loads(capsys.readouterr().out)["organs"][0]
    assert row["limit_includes_recovery"] is True
    assert row["verdict"] == "exceeds"


def test_the_question_refuses_it_whoever_asks(two_courses: Path) -> None:
    limit = parse_limit("Rectum:D0.03cc[Gy]<=100 including recovery from 6 months")
    with pytest.raises(RtplanValueError, match="already includes recovery"):
        replace(demo_question(two_courses), limits=(limit,), recovery="michigan-2019")


def test_every_limit_says_whether_it_includes_recovery(two_courses, capsys) -> None:
    main(words(two_courses, "--tissue", "Rectum=3", "--limit", "Rectum:D0.03cc[Gy]<=100"))
    row = json.loads(capsys.readouterr().out)["organs"][0]
    assert row["limit_includes_recovery"] is False


def test_no_recovery_is_ever_taken_off_a_target(two_courses, capsys) -> None:
    assert main(words(two_courses, "--tissue", "GTV=10", "--recovery", "michigan-2019")) == 0
    row = json.loads(capsys.readouterr().out)["organs"][0]
    assert row["with_recovery_gy"] is None
    assert row["with_recovery_reason"]
    assert row["voxel_sum_gy"] is not None


def test_recovery_is_off_unless_chosen_and_the_plain_sum_stays(two_courses, capsys) -> None:
    assert main(words(two_courses, "--tissue", "Rectum=3")) == 0
    plain = json.loads(capsys.readouterr().out)["organs"][0]
    assert plain["with_recovery_gy"] is None
    assert main(words(two_courses, "--tissue", "Rectum=3", "--recovery", "michigan-2019")) == 0
    chosen = json.loads(capsys.readouterr().out)["organs"][0]
    assert chosen["voxel_sum_gy"] == pytest.approx(plain["voxel_sum_gy"], abs=1e-9)
    assert chosen["with_recovery_gy"] < chosen["voxel_sum_gy"]
    assert "michigan-2019" in chosen["recovery_statement"]
