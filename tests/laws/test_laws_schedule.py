"""Laws of schedules."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bed.kinetics import MONDAY_TO_FRIDAY, planned_schedule

WEEKDAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2050, 1, 1)).filter(
    lambda day: day.weekday() in MONDAY_TO_FRIDAY
)


@given(
    n=st.integers(min_value=1, max_value=60), first=WEEKDAYS, per_day=st.integers(min_value=1, max_value=3)
)
def test_law_all_fractions_fall_on_weekdays_in_order(n: int, first: date, per_day: int) -> None:
    """A planned course has n rising fractions on weekdays, at most m a day, the first on its first day."""
    schedule = planned_schedule(n, first_day=first, fractions_per_day=per_day, hours_between=6)
    assert schedule.n_fractions == n
    assert schedule.days[0] == first
    assert all(day.weekday() in MONDAY_TO_FRIDAY for day in schedule.days)
    assert np.all(np.diff(schedule.hours) > 0)
    assert len(schedule.days) == -(-n // per_day)
    assert schedule.gaps() == ()


@given(n=st.integers(min_value=1, max_value=60), first=WEEKDAYS)
def test_law_the_overall_time_of_a_weekday_course_is_the_weekend_staircase(n: int, first: date) -> None:
    """T = n - 1 days plus two for every weekend between the first day and the last."""
    weekends = (first.weekday() + n - 1) // 5
    assert planned_schedule(n, first_day=first).overall_time == n - 1 + 2 * weekends


@given(
    n=st.integers(min_value=2, max_value=40),
    first=WEEKDAYS,
    closed=st.sets(st.integers(min_value=1, max_value=60), max_size=10),
)
def test_law_closing_days_never_shortens_a_course(n: int, first: date, closed: set[int]) -> None:
    """T with closed days >= T without, and no fraction falls on a closed day."""
    days = {first + timedelta(days=offset) for offset in closed}
    schedule = planned_schedule(n, first_day=first, closed=days)
    assert schedule.overall_time >= planned_schedule(n, first_day=first).overall_time
    assert not days & set(schedule.days)
