from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtplan.errors import RtplanValueError
from rtplan.interval import Interval, add_months, parse_date

DAYS = st.dates(min_value=date(1950, 1, 1), max_value=date(2100, 12, 31))


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2023, 12, 15), 1, date(2024, 1, 15)),
        (date(2024, 3, 31), -1, date(2024, 2, 29)),
        (date(2024, 5, 5), 0, date(2024, 5, 5)),
    ],
)
def test_months_are_added_on_the_calendar_and_clamped(start: date, months: int, expected: date) -> None:
    assert add_months(start, months) == expected


@given(ended=DAYS, days=st.integers(min_value=0, max_value=20_000))
def test_whole_months_are_the_most_that_fit_between_the_two_dates(ended: date, days: int) -> None:
    gap = Interval(ended=ended, starts=ended + timedelta(days=days))
    assert gap.days == days
    assert add_months(ended, gap.whole_months) <= gap.starts < add_months(ended, gap.whole_months + 1)


def test_the_day_before_six_months_counts_five() -> None:
    assert Interval(ended=date(2023, 5, 1), starts=date(2023, 10, 31)).whole_months == 5
    assert Interval(ended=date(2023, 5, 1), starts=date(2023, 11, 1)).whole_months == 6


def test_an_interval_that_runs_backwards_is_refused() -> None:
    with pytest.raises(RtplanValueError, match="swapped"):
        Interval(ended=date(2024, 2, 1), starts=date(2023, 5, 1))


@pytest.mark.parametrize("text", ["01.02.2024", "2024-2-1", "2023-02-29", "20240201", "", "2024-W05-1"])
def test_only_iso_dates_that_exist_are_read(text: str) -> None:
    with pytest.raises(RtplanValueError, match="YYYY-MM-DD"):
        parse_date(text)


def test_an_interval_prints_days_and_calendar_months() -> None:
    assert str(Interval(ended=date(2023, 5, 1), starts=date(2024, 2, 1))) == "276 days (9 months)"
    assert str(Interval(ended=date(2023, 5, 1), starts=date(2023, 6, 15))) == "45 days (1 month and 14 days)"
