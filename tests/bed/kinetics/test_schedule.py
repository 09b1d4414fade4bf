from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from bed.errors import BedTypeError, BedValueError
from bed.kinetics import Schedule, planned_schedule

MONDAY = date(2023, 5, 1)
FRIDAY = date(2023, 5, 5)


def test_five_weekdays_from_a_monday_last_four_days() -> None:
    schedule = planned_schedule(5, first_day=MONDAY)
    assert schedule.days == tuple(MONDAY + timedelta(days=i) for i in range(5))
    assert schedule.overall_time == 4


@pytest.mark.parametrize(("first", "days"), [(MONDAY, 4), (date(2023, 5, 2), 6), (FRIDAY, 6)])
def test_pitfall_5_9_the_starting_weekday_changes_the_overall_time(first: date, days: int) -> None:
    assert planned_schedule(5, first_day=first).overall_time == days


def test_the_convention_of_the_overall_time_is_stated() -> None:
    text = str(planned_schedule(35, first_day=MONDAY))
    assert text == (
        "35 fractions on 35 days, 2023-05-01 to 2023-06-16, overall time 46 days (last minus first day)"
    )


def test_one_fraction_takes_no_time() -> None:
    assert planned_schedule(1, first_day=MONDAY).overall_time == 0


def test_closed_days_push_the_rest_back() -> None:
    schedule = planned_schedule(28, first_day=MONDAY, closed=[date(2023, 5, 8), date(2023, 5, 29)])
    assert date(2023, 5, 8) not in schedule.days
    assert schedule.days[-1] == date(2023, 6, 9)


def test_an_extra_saturday_shortens_the_course() -> None:
    plain = planned_schedule(6, first_day=MONDAY)
    saturday = planned_schedule(6, first_day=MONDAY, extra=[date(2023, 5, 6)])
    assert (plain.overall_time, saturday.overall_time) == (7, 5)


def test_treatment_on_all_seven_days() -> None:
    assert planned_schedule(14, first_day=MONDAY, weekdays=range(7)).overall_time == 13


def test_twice_daily_holds_two_fractions_on_each_day() -> None:
    schedule = planned_schedule(5, first_day=FRIDAY, fractions_per_day=2, hours_between=6)
    np.testing.assert_array_equal(schedule.hours, [0, 6, 72, 78, 96])
    assert (schedule.n_fractions, len(schedule.days), schedule.overall_time) == (5, 3, 4)


def test_several_fractions_a_day_need_the_hours_between_them() -> None:
    with pytest.raises(BedValueError, match="need hours_between"):
        planned_schedule(4, first_day=MONDAY, fractions_per_day=2)
    with pytest.raises(BedValueError, match="hours_between must be > 0"):
        planned_schedule(4, first_day=MONDAY, fractions_per_day=2, hours_between=0)


def test_fractions_of_one_day_must_fit_in_it() -> None:
    with pytest.raises(BedValueError, match="4 fractions 8 h apart do not fit in one day"):
        planned_schedule(4, first_day=MONDAY, fractions_per_day=4, hours_between=8)


@pytest.mark.parametrize("closed", [date(2023, 5, 6), date(2023, 5, 1)])
def test_a_course_cannot_start_on_a_day_without_treatment(closed: date) -> None:
    with pytest.raises(BedValueError, match="is no treatment day"):
        planned_schedule(5, first_day=closed, closed=[MONDAY])


def test_a_day_is_not_both_closed_and_extra() -> None:
    with pytest.raises(BedValueError, match="2023-05-06 is both closed and extra"):
        planned_schedule(5, first_day=MONDAY, closed=[date(2023, 5, 6)], extra=[date(2023, 5, 6)])


def test_a_calendar_without_treatment_days_is_refused() -> None:
    with pytest.raises(BedValueError, match="ten years"):
        planned_schedule(5, first_day=MONDAY, weekdays=(), extra=[MONDAY])


@pytest.mark.parametrize("bad", [0, -1, 2.5])
def test_numbers_of_fractions_are_whole(bad: float) -> None:
    with pytest.raises(BedValueError, match="n_fractions"):
        planned_schedule(bad, first_day=MONDAY)  # type: ignore[arg-type]
    with pytest.raises(BedValueError, match="fractions_per_day"):
        planned_schedule(5, first_day=MONDAY, fractions_per_day=bad)  # type: ignore[arg-type]


def test_an_interruption_is_the_weekdays_missed() -> None:
    days = [MONDAY, date(2023, 5, 2), date(2023, 5, 5), date(2023, 5, 8), date(2023, 5, 15)]
    first, second = Schedule.on_days(days).gaps()
    assert (first.last_before, first.first_after) == (date(2023, 5, 2), date(2023, 5, 5))
    assert first.days_missed == (date(2023, 5, 3), date(2023, 5, 4))
    assert len(second.days_missed) == 4


def test_weekends_and_planned_closures_are_no_interruptions() -> None:
    holiday = date(2023, 5, 29)
    schedule = planned_schedule(28, first_day=MONDAY, closed=[holiday])
    assert schedule.gaps(closed=[holiday]) == ()
    assert [gap.days_missed for gap in schedule.gaps()] == [(holiday,)]
    assert len(Schedule.on_days([FRIDAY, date(2023, 5, 8)]).gaps(weekdays=range(7))) == 1


def test_the_fractions_given_before_a_day() -> None:
    schedule = planned_schedule(10, first_day=MONDAY)
    assert schedule.before(date(2023, 5, 8)).n_fractions == 5
    with pytest.raises(BedValueError, match="at least one fraction"):
        schedule.before(MONDAY)


def test_real_times_are_kept() -> None:
    schedule = Schedule(
        times=(datetime(2023, 5, 1, 9), datetime(2023, 5, 1, 15, 30), datetime(2023, 5, 2, 8))
    )
    np.testing.assert_allclose(schedule.hours, [0, 6.5, 23])
    assert schedule.overall_time == 1


def test_times_must_rise() -> None:
    with pytest.raises(BedValueError, match="must rise, got 2023-05-02 00:00 then 2023-05-01 00:00"):
        Schedule.on_days([date(2023, 5, 2), MONDAY])
    with pytest.raises(BedValueError, match="at least one"):
        Schedule(times=())


def test_only_naive_datetimes_and_plain_dates_are_taken() -> None:
    with pytest.raises(BedTypeError, match="on_days"):
        Schedule(times=(MONDAY,))  # type: ignore[arg-type]
    with pytest.raises(BedTypeError, match="without time zone"):
        Schedule(times=(datetime(2023, 5, 1, tzinfo=UTC),))
    with pytest.raises(BedTypeError, match="takes dates, not datetime"):
        Schedule.on_days([datetime(2023, 5, 1, 9)])
