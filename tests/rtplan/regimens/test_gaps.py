"""An interrupted course as it is told, asked of the library."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bed.kinetics import LateTissue, RepopulatingTumour
from rtplan.errors import RtplanContradictionError, RtplanValueError
from rtplan.regimens import GapQuestion, answer_gap, parse_days

QUESTION = GapQuestion(
    regimen="70Gy/35",
    first_day=date(2024, 1, 1),
    missed=parse_days(["2024-01-22..2024-01-24"]),
    tumour=RepopulatingTumour(alpha_beta=10, repopulation_rate=0.9, kick_off=28),
    late=LateTissue(alpha_beta=3, repair_half_time_h=1.5),
    hours_between=6,
)


def test_a_weekend_inside_a_range_was_not_missed() -> None:
    """Friday to Monday is two treatment days, however it is written."""
    by_range = replace(QUESTION, missed=parse_days(["2024-01-19..2024-01-22"]))
    one_by_one = replace(QUESTION, missed=parse_days(["2024-01-19", "2024-01-22"]))
    assert by_range.course() == one_by_one.course()
    assert by_range.course().delivered.n_fractions == 14


def test_a_day_that_no_plan_treats_is_not_missed() -> None:
    with pytest.raises(RtplanValueError, match="no treatment day of the plan"):
        replace(QUESTION, missed=()).course()


def test_treatment_cannot_resume_on_a_missed_day() -> None:
    with pytest.raises(RtplanContradictionError, match="cannot resume"):
        answer_gap(replace(QUESTION, resumes=date(2024, 1, 23)))


def test_what_is_beyond_a_category_is_said_of_each_strategy() -> None:
    """Category 1 tolerates two days: three lost days are beyond it unless they are made up."""
    answer = answer_gap(replace(QUESTION, category=1))
    judged = {o.strategy: answer.is_within_category(o) for o in answer.outcomes}
    assert judged["no_compensation"] is False or judged["no_compensation"] is None
    assert judged["planned"] is True
    assert set(map(answer_gap(QUESTION).is_within_category, answer.outcomes)) == {None}


def test_repopulation_and_what_was_lost_are_those_of_the_formula() -> None:
    """Three days later at 0.9 Gy a day, and no dose lost: 2.7 Gy; without the three fractions, more."""
    lost = {o.strategy: o.tumour_difference_gy for o in answer_gap(QUESTION).outcomes}
    prolonged = {o.strategy: o.prolongation for o in answer_gap(QUESTION).outcomes}["no_compensation"]
    assert prolonged is not None
    assert lost["no_compensation"] == pytest.approx(-0.9 * prolonged)
