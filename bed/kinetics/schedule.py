"""When fractions are given: weekdays, weekends, closed days, several a day, interruptions, real dates.

The overall time T is the last treatment day minus the first, so a single fraction has T = 0 and five
weekdays in a row have T = 4. Models with repopulation take this T; other conventions count one day more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from bed.arguments import FloatArray, checked_fractions, checked_positive, one_number
from bed.errors import BedTypeError, BedValueError

__all__ = ["MONDAY_TO_FRIDAY", "Gap", "Schedule", "planned_schedule"]

MONDAY_TO_FRIDAY = frozenset(range(5))
"""Weekdays as numbers, Monday 0 to Friday 4."""

_LONGEST_PLAN_DAYS = 3660


@dataclass(frozen=True, kw_only=True)
class Gap:
    """An interruption: treatment weekdays without treatment between two treatment days.

    Attributes
    ----------
    last_before, first_after : datetime.date
        The treatment days on either side.
    days_missed : tuple of datetime.date
        The weekdays between them on which treatment would have been possible.
    """

    last_before: date
    first_after: date
    days_missed: tuple[date, ...]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The times of the fractions of one course.

    Attributes
    ----------
    times : tuple of datetime.datetime
        One for each fraction, without time zone, strictly rising. Where only days are known, the first
        fraction of each day stands at midnight.

    Raises
    ------
    BedValueError
        No fraction, or times that do not rise.
    BedTypeError
        Something other than naive datetimes.

    Examples
    --------
    >>> schedule = planned_schedule(5, first_day=date(2024, 2, 1))
    >>> print(schedule)
    5 fractions on 5 days, 2024-02-01 to 2024-02-07, overall time 6 days (last minus first day)
    """

    times: tuple[datetime, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", tuple(self.times))
        if not self.times:
            raise BedValueError("a schedule has at least one fraction")
        if not all(map(_is_naive_datetime, self.times)):
            raise BedTypeError(
                "a schedule takes datetimes without time zone; for days use Schedule.on_days()"
            )
        for before, after in pairwise(self.times):
            if not before < after:
                raise BedValueError(
                    f"fraction times must rise, got {before:%Y-%m-%d %H:%M} then {after:%Y-%m-%d %H:%M}"
                )

    @classmethod
    def on_days(cls, days: Iterable[date], *, hours_between: float | None = None) -> Schedule:
        """Schedule of known treatment days, a day named twice holding two fractions.

        Parameters
        ----------
        days : iterable of datetime.date
            One for each fraction, in order.
        hours_between : float, optional
            Hours between fractions of one day; needed when a day is named more than once.

        Returns
        -------
        Schedule
            First fraction of each day at midnight.

        Raises
        ------
        BedValueError
            Days out of order; several fractions a day without `hours_between`, or too many for a day.

        Examples
        --------
        >>> days = [date(2024, 2, 1), date(2024, 2, 1), date(2024, 2, 2)]
        >>> Schedule.on_days(days, hours_between=6).hours
        array([ 0.,  6., 24.])
        """
        times: list[datetime] = []
        for day in days:
            if type(day) is not date:
                raise BedTypeError(f"on_days takes dates, not {type(day).__name__}")
            same = sum(moment.date() == day for moment in times)
            times.append(datetime.combine(day, time()) + timedelta(hours=_offset(same, hours_between)))
            if times[-1].date() != day:
                raise BedValueError(f"{same + 1} fractions {hours_between:g} h apart do not fit in one day")
        return cls(times=tuple(times))

    @property
    def n_fractions(self) -> int:
        """Number of fractions."""
        return len(self.times)

    @property
    def days(self) -> tuple[date, ...]:
        """Treatment days in order, each once."""
        return tuple(dict.fromkeys(moment.date() for moment in self.times))

    @property
    def overall_time(self) -> int:
        """Days from the first treatment day to the last: last minus first."""
        return (self.days[-1] - self.days[0]).days

    @property
    def hours(self) -> FloatArray:
        """Hours of each fraction after the first, shape (n,)."""
        return np.array([(moment - self.times[0]) / timedelta(hours=1) for moment in self.times])

    def before(self, day: date) -> Schedule:
        """Fractions given before a day.

        Parameters
        ----------
        day : datetime.date
            First day that no longer counts.

        Returns
        -------
        Schedule
            The earlier fractions.

        Raises
        ------
        BedValueError
            No fraction before that day.

        Examples
        --------
        >>> planned_schedule(5, first_day=date(2024, 2, 1)).before(date(2024, 2, 5)).n_fractions
        2
        """
        return Schedule(times=tuple(moment for moment in self.times if moment.date() < day))

    def gaps(
        self, *, weekdays: Collection[int] = MONDAY_TO_FRIDAY, closed: Collection[date] = ()
    ) -> tuple[Gap, ...]:
        """Interruptions: treatment weekdays that passed without treatment.

        Parameters
        ----------
        weekdays : collection of int
            Days of the week on which the machine runs, Monday 0.
        closed : collection of datetime.date
            Planned closures, which are no interruptions.

        Returns
        -------
        tuple of Gap
            In order; empty for an uninterrupted course.

        Examples
        --------
        >>> days = [date(2024, 2, 1), date(2024, 2, 2), date(2024, 2, 7)]
        >>> [len(gap.days_missed) for gap in Schedule.on_days(days).gaps()]
        [2]
        """
        gaps = []
        for before, after in pairwise(self.days):
            between = (before + timedelta(days=i) for i in range(1, (after - before).days))
            missed = tuple(day for day in between if day.weekday() in weekdays and day not in closed)
            if missed:
                gaps.append(Gap(last_before=before, first_after=after, days_missed=missed))
        return tuple(gaps)

    def __str__(self) -> str:
        return (
            f"{self.n_fractions} fractions on {len(self.days)} days, {self.days[0]} to {self.days[-1]}, "
            f"overall time {self.overall_time} days (last minus first day)"
        )


def _is_naive_datetime(moment: object) -> bool:
    return isinstance(moment, datetime) and moment.tzinfo is None


def _offset(earlier_that_day: int, hours_between: float | None) -> float:
    """Hours after the day's first fraction."""
    if not earlier_that_day:
        return 0.0
    if hours_between is None:
        raise BedValueError("several fractions a day need hours_between")
    return earlier_that_day * one_number(checked_positive(hours_between, "hours_between"), "hours_between")


def planned_schedule(
    n_fractions: int,
    *,
    first_day: date,
    fractions_per_day: int = 1,
    hours_between: float | None = None,
    weekdays: Collection[int] = MONDAY_TO_FRIDAY,
    closed: Collection[date] = (),
    extra: Collection[date] = (),
) -> Schedule:
    """Schedule of a course on a calendar.

    Parameters
    ----------
    n_fractions : int
        Number of fractions, >= 1.
    first_day : datetime.date
        First treatment day; must be a day on which treatment takes place.
    fractions_per_day : int
        Fractions on each treatment day; the last day may hold fewer.
    hours_between : float, optional
        Hours between the fractions of a day; needed for more than one.
    weekdays : collection of int
        Days of the week with treatment, Monday 0; Monday to Friday unless given.
    closed : collection of datetime.date
        Days without treatment in spite of their weekday: holidays, service days, an interruption.
    extra : collection of datetime.date
        Days with treatment in spite of their weekday, such as a compensating Saturday.

    Returns
    -------
    Schedule
        Times of all fractions.

    Raises
    ------
    BedValueError
        `first_day` without treatment, a day both closed and extra, no day left to treat on, arguments out
        of range.

    Examples
    --------
    28 fractions from a Monday, with Whit Monday closed:

    >>> schedule = planned_schedule(28, first_day=date(2023, 5, 1), closed=[date(2023, 5, 29)])
    >>> schedule.days[-1], schedule.overall_time
    (datetime.date(2023, 6, 8), 38)
    """
    total = int(one_number(checked_fractions(n_fractions), "n_fractions"))
    per_day = int(one_number(checked_fractions(fractions_per_day, "fractions_per_day"), "fractions_per_day"))
    both = sorted(set(closed) & set(extra))
    if both:
        raise BedValueError(f"{both[0]} is both closed and extra")
    days = _treatment_days(-(-total // per_day), first_day, weekdays, closed, extra)
    return Schedule.on_days(
        [day for day in days for _ in range(per_day)][:total], hours_between=hours_between
    )


def _treatment_days(
    count: int, first_day: date, weekdays: Collection[int], closed: Collection[date], extra: Collection[date]
) -> list[date]:
    """The first `count` days with treatment, the first of which must be `first_day`."""

    def open_on(day: date) -> bool:
        return day in extra or (day.weekday() in weekdays and day not in closed)

    if not open_on(first_day):
        raise BedValueError(f"{first_day:%A} {first_day} is no treatment day; name it in extra if it is one")
    days: list[Any] = []
    for offset in range(_LONGEST_PLAN_DAYS):
        day = first_day + timedelta(days=offset)
        days += [day] if open_on(day) else []
        if len(days) == count:
            return days
    raise BedValueError(f"{count} treatment days do not fit in ten years; are any weekdays left to treat on?")
