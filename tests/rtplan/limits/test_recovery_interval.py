"""The time for which a limit that includes recovery was published."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtplan.errors import RtplanValueError
from rtplan.interval import Interval, add_months
from rtplan.limits import RecoveryInterval

ENDS = st.dates(min_value=date(2000, 1, 1), max_value=date(2030, 1, 1))


def gap(days: int, ended: date = date(2023, 1, 15)) -> Interval:
    return Interval(ended=ended, starts=ended + timedelta(days=days))


@given(ended=ENDS, months=st.integers(1, 60), days=st.integers(0, 2500))
def test_law_an_interval_shorter_than_printed_is_always_outside(ended: date, months: int, days: int) -> None:
    """Below its interval a limit that includes recovery never speaks of a patient, on it always."""
    why = RecoveryInterval(from_months=months).why_outside([gap(days, ended)])
    assert (why is None) == (ended + timedelta(days=days) >= add_months(ended, months))


@given(days=st.lists(st.integers(0, 2500), min_size=1, max_size=4))
def test_law_every_earlier_course_has_to_lie_inside(days: list[int]) -> None:
    """Several earlier courses are inside an interval exactly when each of them is."""
    kept = RecoveryInterval(from_months=6, to_months=24)
    each = [kept.why_outside([gap(n)]) is None for n in days]
    assert (kept.why_outside([gap(n) for n in days]) is None) == all(each)


def test_the_day_itself_is_inside_at_both_ends() -> None:
    ended = date(2023, 8, 31)
    kept = RecoveryInterval(from_months=6, to_months=12)
    inside = [Interval(ended=ended, starts=day) for day in (date(2024, 2, 29), date(2024, 8, 31))]
    outside = [Interval(ended=ended, starts=day) for day in (date(2024, 2, 28), date(2024, 9, 1))]
    assert [kept.why_outside([one]) for one in inside] == [None, None]
    assert all("6 to 12 months" in (kept.why_outside([one]) or "") for one in outside)


def test_without_an_interval_nothing_is_assumed() -> None:
    assert "not known" in (RecoveryInterval(from_months=12).why_outside([]) or "")


@pytest.mark.parametrize(("start", "end"), [(0, None), (-3, None), (601, None), (6, 6), (6, 3), (6, 700)])
def test_an_interval_that_is_none_is_refused(start: int, end: int | None) -> None:
    with pytest.raises(RtplanValueError):
        RecoveryInterval(from_months=start, to_months=end)
