"""``rtplan gap``: the interrupted course on the command line."""

from __future__ import annotations

import json

import pytest

from rtplan.cli import main

COURSE = ["gap", "70Gy/35", "--start", "2024-01-01"]
PARAMETERS = [
    "--tumour-alpha-beta",
    "10",
    "--repopulation-rate",
    "0.9",
    "--kick-off",
    "28",
    "--late-alpha-beta",
    "3",
    "--repair-half-time",
    "1.5",
    "--hours-between",
    "6",
]
THREE_DAYS = [*COURSE, "--missed", "2024-01-22..2024-01-24", *PARAMETERS]


def body(capsys: pytest.CaptureFixture[str], words: list[str]) -> dict[str, object]:
    """Run a command that succeeds and return its document."""
    assert main([*words, "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)  # type: ignore[no-any-return]


def refusal(capsys: pytest.CaptureFixture[str], words: list[str]) -> str:
    """Run a command that is refused and return its one message."""
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    return captured.err


def test_three_missed_days_of_a_head_and_neck_course(capsys: pytest.CaptureFixture[str]) -> None:
    document = body(capsys, THREE_DAYS)
    assert document["schema"] == "rtplan.gap/1"
    rows = {row["strategy"]: row for row in document["strategies"]}  # type: ignore[attr-defined]
    assert rows["planned"]["tumour_bed_gy"] == pytest.approx(67.8)
    assert rows["no_compensation"]["tumour_difference_gy"] == pytest.approx(-4.5)
    assert rows["weekend"]["tumour_difference_gy"] == pytest.approx(0, abs=1e-9)
    assert rows["weekend"]["last_day"] == "2024-02-16"
    assert len(rows["weekend"]["fraction_days"]) == 35
    assert document["n_fractions_delivered"] == 15
    assert document["resumes"] == "2024-01-25"
    assert document["inputs"][0]["role"] == "regimen"  # type: ignore[index]


def test_days_may_be_named_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    named = [*COURSE, *PARAMETERS, "--missed", "2024-01-22", "2024-01-23", "2024-01-24"]
    assert body(capsys, named) == body(capsys, THREE_DAYS)


def test_closed_days_prolong_the_plan_itself(capsys: pytest.CaptureFixture[str]) -> None:
    document = body(capsys, [*THREE_DAYS, "--closed", "2024-02-05", "2024-01-22..2024-01-22"])
    assert document["planned_last_day"] == "2024-02-20"
    assert document["n_fractions_delivered"] == 15
    assert document["n_fractions_remaining"] == 20


def test_planning_anew_later_counts_the_days_between_as_given(capsys: pytest.CaptureFixture[str]) -> None:
    document = body(capsys, [*THREE_DAYS, "--resumes", "2024-02-05"])
    assert document["n_fractions_delivered"] == 15 + 7
    assert document["last_delivered_day"] == "2024-02-02"


def test_category_marks_what_it_does_not_tolerate(capsys: pytest.CaptureFixture[str]) -> None:
    document = body(capsys, [*THREE_DAYS, "--category", "1"])
    assert document["category"]["allowed_prolongation_days"] == 2  # type: ignore[index]
    rows = {row["strategy"]: row for row in document["strategies"]}  # type: ignore[attr-defined]
    assert rows["weekend"]["within_category"] is True
    assert rows["no_compensation"]["within_category"] is False
    assert body(capsys, THREE_DAYS)["category"] is None


def test_what_cannot_be_done_says_why_and_has_no_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    document = body(capsys, [*COURSE, "--missed", "2024-02-12..2024-02-16", *PARAMETERS, "--category", "2"])
    rows = {row["strategy"]: row for row in document["strategies"]}  # type: ignore[attr-defined]
    for key in (
        "n_fractions_remaining",
        "tumour_bed_gy",
        "late_difference_gy",
        "last_day",
        "within_category",
    ):
        assert rows["twice_daily"][key] is None
    assert "planned last day is too near" in rows["twice_daily"]["reason"]
    assert document["compromise"] is None
    assert document["compromise_reason"]


def test_text_names_parameters_strategies_and_that_nothing_is_recommended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*THREE_DAYS, "--category", "1"]) == 0
    text = capsys.readouterr().out
    for part in (
        "0.9 Gy per day after day 28",
        "15 fractions given, the last on 2024-01-19",
        "larger_fractions_tumour",
        "between the two larger fraction sizes",
        "unverified transcription",
        "not a recommendation",
    ):
        assert part in text
    assert "-0.00" not in text


def test_text_without_category_and_compromise(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COURSE, "--missed", "2024-02-12..2024-02-16", *PARAMETERS]) == 0
    text = capsys.readouterr().out
    assert "weekend: not possible, the planned last day is too near" in text
    assert "category" not in text
    assert "between the two" not in text


def test_result_outside_validity_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    words = [*THREE_DAYS]
    words[words.index("--hours-between") + 1] = "4"
    document = body(capsys, words)
    assert "less than 6 h apart" in document["warnings"][0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([*COURSE, "--missed", "2024-01-20", *PARAMETERS], "2024-01-20 is no treatment day"),
        ([*COURSE, "--missed", "2024-03-04", *PARAMETERS], "which runs from 2024-01-01 to 2024-02-16"),
        ([*COURSE, "--missed", "2024-01-01", *PARAMETERS], "no fraction was given before the gap"),
        ([*COURSE, "--missed", "22.1.2024", *PARAMETERS], "YYYY-MM-DD"),
        ([*COURSE, "--missed", "2024-01-24..2024-01-22", *PARAMETERS], "ends before it begins"),
        ([*THREE_DAYS, "--resumes", "2024-01-23"], "cannot resume"),
        ([*THREE_DAYS, "--category", "7"], "known: 1, 2, 3"),
        (THREE_DAYS[:-2], "--hours-between"),
        (["gap", "45Gy/30 BID", *THREE_DAYS[2:]], "once a day"),
        (["gap", "28Gy/4 HDR", *THREE_DAYS[2:]], "external beam"),
        (["gap", "45Gy/25 + 5.4Gy/3", *THREE_DAYS[2:]], "sequence"),
        ([*THREE_DAYS[:-1], "nan"], "hours_between"),
    ],
)
def test_refused_input_is_one_message(
    capsys: pytest.CaptureFixture[str], words: list[str], part: str
) -> None:
    assert part in refusal(capsys, words)
