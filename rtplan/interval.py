"""The time between two courses: days, and calendar months as people count them.

The interval runs from the last fraction of the earlier course to the first fraction of the new one.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from rtplan.errors import RtplanValueError

__all__ = ["Interval", "add_months", "parse_date"]

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_date(text: str) -> date:
    """Read a date written as YYYY-MM-DD, the one form that no two countries read differently.

    Parameters
    ----------
    text : str
        Such as ``"2024-02-29"``.

    Raises
    ------
    RtplanValueError
        Another form, or a day that the calendar does not have.

    Examples
    --------
    >>> parse_date("2024-02-29")
    datetime.date(2024, 2, 29)
    """
    try:
        if not _ISO_DATE.fullmatch(text.strip()):
            raise ValueError
        return date.fromisoformat(text.strip())
    except ValueError:
        raise RtplanValueError(
            f"{text!r} is no date: write year, month and day as YYYY-MM-DD, such as 2024-02-29"
        ) from None


def add_months(start: date, months: int) -> date:
    """Return the same day so many calendar months later, clamped to the end of a shorter month.

    Parameters
    ----------
    start : date
    months : int
        Whole calendar months; negative ones go back.

    Examples
    --------
    >>> add_months(date(2023, 8, 31), 6)
    datetime.date(2024, 2, 29)
    """
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last_day))


@dataclass(frozen=True, kw_only=True)
class Interval:
    """From the last fraction of one course to the first of the next.

    Attributes
    ----------
    ended : date
        Day of the last fraction of the earlier course.
    starts : date
        Day of the first fraction of the new course; not before `ended`.

    Examples
    --------
    >>> gap = Interval(ended=date(2023, 8, 31), starts=date(2024, 2, 29))
    >>> gap.days, gap.whole_months
    (182, 6)
    >>> print(gap)
    182 days (6 months)
    """

    ended: date
    starts: date

    def __post_init__(self) -> None:
        if self.starts < self.ended:
            raise RtplanValueError(
                f"the new course starts on {self.starts}, before the earlier one ended on {self.ended}; "
                "are the two dates swapped?"
            )

    @property
    def days(self) -> int:
        """Days between the two dates."""
        return (self.starts - self.ended).days

    @property
    def whole_months(self) -> int:
        """Calendar months that have passed in full."""
        months = (self.starts.year - self.ended.year) * 12 + self.starts.month - self.ended.month
        return months if add_months(self.ended, months) <= self.starts else months - 1

    def __str__(self) -> str:
        months = self.whole_months
        rest = (self.starts - add_months(self.ended, months)).days
        spare = f" and {_counted(rest, 'day')}" if rest else ""
        return f"{_counted(self.days, 'day')} ({_counted(months, 'month')}{spare})"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
