"""Dates that leave something open: months without a day, external beam and brachytherapy at one time."""

from __future__ import annotations

import pytest

from rtplan.cli import main
from rtplan.errors import RtplanValueError
from rtplan.regimens import PointSum, sum_courses

RULE = {"recovery": "step-25-50", "tissue": "SpinalCord"}


def summed(earlier: str, later: str, **stated: object) -> PointSum:
    return sum_courses([earlier, later], **({"alpha_betas": [3]} | stated))  # type: ignore[arg-type]


def test_a_month_without_its_day_gives_both_ends_of_the_interval_the_shortest_first() -> None:
    found = summed("50.4Gy/28@2023-05", "30Gy/5@2024-02-01")
    (shortest,), (longest,) = found.intervals, found.longest_intervals
    assert shortest is not None
    assert longest is not None
    assert (shortest.days, longest.days) == (246, 276)
    assert any("a month was given without its day" in note for note in found.notes)
    known = summed("50.4Gy/28@2023-05-01..2023-05-31", "30Gy/5@2024-02-01")
    assert known.longest_intervals == (None,)


@pytest.mark.parametrize(
    ("earlier", "later", "days"),
    [
        ("50.4Gy/28@2023-04..2023-05", "30Gy/5@2024-02-01", (246, 276)),
        ("50.4Gy/28@2023-05-20", "30Gy/5@2024-02", (257, 285)),
        ("50.4Gy/28@2023-05", "30Gy/5@2023-05", (0, 30)),
        ("50.4Gy/28@2023-05", "30Gy/5@2023-05-11", (0, 10)),
    ],
)
def test_each_way_to_leave_a_day_open(earlier: str, later: str, days: tuple[int, int]) -> None:
    found = summed(earlier, later)
    (shortest,), (longest,) = found.intervals, found.longest_intervals
    assert shortest is not None
    assert longest is not None
    assert (shortest.days, longest.days) == days


def test_a_verdict_needs_both_ends_of_an_open_interval() -> None:
    # 50 % is forgotten from a year on, 25 % before: 0.75 or 0.5 of 48.384, and 54 Gy.
    (row,) = summed("50.4Gy/28@2023-01", "30Gy/5@2024-01-15", limits_eqd2_gy=[85], **RULE).rows
    assert row.with_recovery_eqd2_gy == pytest.approx(0.75 * 48.384 + 54)
    assert row.with_recovery_longest_eqd2_gy == pytest.approx(0.5 * 48.384 + 54)
    assert row.judgement is not None
    assert row.judgement.verdict == "borderline"
    assert "exceeds after the shortest interval, within after the longest" in (row.judgement.reason or "")
    (kept,) = summed("50.4Gy/28@2023-01", "30Gy/5@2024-01-15", limits_eqd2_gy=[95], **RULE).rows
    assert kept.judgement is not None
    assert kept.judgement.verdict == "within"


def test_a_trial_rule_is_unknown_where_the_ends_disagree() -> None:
    found = summed("50Gy/25@2023-08", "30Gy/5@2024-02-10")
    rules = {result.rule.id: result.status for result in found.trial_rules}
    assert rules["sparkle-interval"] == "unknown"
    sure = summed("50Gy/25@2023-01", "30Gy/5@2024-02-10")
    assert {r.rule.id: r.status for r in sure.trial_rules}["sparkle-interval"] == "met"


def test_months_out_of_order_are_refused() -> None:
    with pytest.raises(RtplanValueError, match="before the earlier one ended"):
        summed("50.4Gy/28@2024-02", "30Gy/5@2023-05")
    with pytest.raises(RtplanValueError, match="is no date"):
        summed("50.4Gy/28@2023-13", "30Gy/5@2024-02-01")


def test_external_beam_and_brachytherapy_at_one_time_are_summed_with_a_note() -> None:
    found = summed("46Gy/23@2024-01-01..2024-02-02", "28Gy/4 HDR@2024-01-20..2024-02-10")
    assert [interval.days for interval in found.intervals if interval] == [0]
    assert any("overlap in time: they are summed" in note for note in found.notes)
    apart = summed("46Gy/23@2024-01-01..2024-02-02", "28Gy/4 HDR@2024-02-03..2024-02-20")
    assert not any("overlap" in note for note in apart.notes)
    assert found.rows[0].cumulative_eqd2_gy == apart.rows[0].cumulative_eqd2_gy


def test_two_courses_of_external_beam_at_one_time_are_still_refused() -> None:
    with pytest.raises(RtplanValueError, match="swapped"):
        summed("46Gy/23@2024-01-01..2024-02-02", "28Gy/4@2024-01-20..2024-02-10")
    with pytest.raises(RtplanValueError, match="swapped"):
        summed("46Gy/23@2024-01-01..2024-02-02", "28Gy/4 HDR@2021-01-20..2021-02-10")


def test_nothing_recovers_between_courses_that_overlap_in_time(capsys: pytest.CaptureFixture[str]) -> None:
    courses = ["46Gy/23@2024-01-01..2024-02-02", "28Gy/4 HDR@2024-01-20..2024-02-10"]
    words = ["--alpha-beta", "3", "--recovery", "step-25-50", "--tissue", "SpinalCord"]
    assert main(["sum", *courses, *words]) == 0
    (row,) = summed(*courses, **RULE).rows
    assert row.with_recovery_eqd2_gy in (None, pytest.approx(row.cumulative_eqd2_gy))


def test_a_person_reads_both_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sum", "50.4Gy/28@2023-05", "30Gy/5@2024-02-01", "--alpha-beta", "3"]) == 0
    assert "course 1 to 2: 246 days (8 months and 1 day) to 276 days" in capsys.readouterr().out
