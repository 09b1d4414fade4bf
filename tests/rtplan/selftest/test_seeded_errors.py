"""Planted errors: one for each hazard, all caught on good guards, and a missing guard shows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rtplan.cli import main
from rtplan.selftest import seeded_errors
from rtplan.selftest.seeded_errors import SEEDED_ERRORS, SeededError

HAZARDS = [f"H{number:02d}" for number in range(1, 31)]


def test_there_is_one_for_each_hazard() -> None:
    assert [error.id for error in SEEDED_ERRORS] == HAZARDS
    assert len({error.planted for error in SEEDED_ERRORS}) == 30


@pytest.mark.parametrize("hazard", HAZARDS)
def test_each_hazard_has_a_file_of_tests_that_plant_it(hazard: str) -> None:
    folder = Path(__file__).resolve().parents[2] / "hazards"
    (path,) = folder.glob(f"test_{hazard.lower()}_*.py")
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f'"""{hazard}: ')
    assert "def test_" in text


def test_all_are_caught_and_the_command_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selftest", "--seeded-errors", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in said["rows"]] == HAZARDS
    assert all(row["caught"] and row["how"] for row in said["rows"])
    assert (said["schema"], said["n_missed"]) == ("rtplan.selftest.seeded-errors/1", 0)


def _without_guard(error: SeededError) -> SeededError:
    return replace(error, replay=lambda _: (False, "accepted: 42"))


def test_an_error_that_is_not_caught_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = next(error for error in SEEDED_ERRORS if error.id == "H07")
    bad = _without_guard(next(error for error in SEEDED_ERRORS if error.id == "H09"))
    monkeypatch.setattr(seeded_errors, "SEEDED_ERRORS", [good, bad])
    assert main(["selftest", "--seeded-errors"]) == 1
    printed = capsys.readouterr().out
    assert "H07  caught" in printed
    assert "H09  MISSED" in printed
    assert "2 errors planted in synthetic patients; 1 MISSED: H09." in printed


def _raising(error: Exception):
    def replay(_):
        raise error

    return replay


@pytest.mark.parametrize(
    ("error", "caught"),
    [
        (seeded_errors.RtplanError("told so"), True),
        (seeded_errors.RtplanError("other"), False),
        (OSError("x"), False),
    ],
)
def test_only_the_guards_own_words_count_as_caught(error: Exception, caught: bool) -> None:
    planted = SeededError(id="H01", planted="something", replay=_raising(error), told="told so")
    assert planted.run(None).caught is caught  # type: ignore[arg-type]
