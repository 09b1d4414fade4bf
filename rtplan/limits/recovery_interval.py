"""The time after an earlier course for which a limit that already contains recovery was published."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rtplan.errors import RtplanValueError
from rtplan.interval import Interval, add_months

__all__ = ["RecoveryInterval", "recovery_interval", "yes_or_no"]

_YES_NO = {"yes": True, "no": False, "true": True, "false": False}
_LONGEST_MONTHS = 600


@dataclass(frozen=True, kw_only=True)
class RecoveryInterval:
    """From which interval on, and up to which, a limit with recovery in it speaks of a patient.

    Attributes
    ----------
    from_months : int
        Whole calendar months between the last fraction of an earlier course and the first of the new one.
    to_months : int or None
        Where the source prints an end; that day is still inside.

    Examples
    --------
    >>> str(RecoveryInterval(from_months=6, to_months=12)), str(RecoveryInterval(from_months=12))
    ('6 to 12 months', '12 months or more')
    """

    from_months: int
    to_months: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.from_months <= _LONGEST_MONTHS:
            raise RtplanValueError(
                f"from_months {self.from_months}: 1 to {_LONGEST_MONTHS} months are needed"
            )
        if self.to_months is not None and not self.from_months < self.to_months <= _LONGEST_MONTHS:
            raise RtplanValueError(
                f"to_months {self.to_months}: more than from_months ({self.from_months}) is needed"
            )

    def why_outside(self, intervals: Sequence[Interval]) -> str | None:
        """Say why the limit does not speak of courses so far apart; None where it does.

        Every earlier course has to lie inside: the last one decides the lower end, the first one the upper.

        Parameters
        ----------
        intervals : sequence of Interval
            From each earlier course to the new one.

        Examples
        --------
        >>> from datetime import date
        >>> gap = Interval(ended=date(2023, 6, 1), starts=date(2024, 2, 5))
        >>> found = RecoveryInterval(from_months=12).why_outside([gap])
        >>> found.split("; ")[1]
        'here it is 249 days (8 months and 4 days)'
        """
        outside = [gap for gap in intervals if not self._holds(gap)]
        if intervals and not outside:
            return None
        here = "the interval is not known" if not outside else f"here it is {outside[0]}"
        return f"it includes recovery and was published for {self} after the earlier course; {here}"

    def overlaps(self, other: RecoveryInterval) -> bool:
        """Whether more than one day lies inside both."""
        return self.from_months < (other.to_months or math.inf) and other.from_months < (
            self.to_months or math.inf
        )

    @property
    def in_words(self) -> str:
        """As a limit is typed: ``12 months``, or ``6 months to 12 months``."""
        start = f"{self.from_months} month{'s' if self.from_months > 1 else ''}"
        return start if self.to_months is None else f"{start} to {self.to_months} months"

    def _holds(self, gap: Interval) -> bool:
        if gap.starts < add_months(gap.ended, self.from_months):
            return False
        return self.to_months is None or gap.starts <= add_months(gap.ended, self.to_months)

    def __str__(self) -> str:
        if self.to_months is None:
            return f"{self.from_months} months or more"
        return f"{self.from_months} to {self.to_months} months"


def yes_or_no(text: str) -> bool:
    """Read whether a limit includes recovery."""
    if text.lower() not in _YES_NO:
        raise RtplanValueError(f"includes_recovery {text!r}: yes or no is needed")
    return _YES_NO[text.lower()]


def recovery_interval(
    from_months: str, to_months: str, *, includes_recovery: bool | None
) -> RecoveryInterval | None:
    """Return the interval that the cells of a row state, or None for a limit without recovery.

    Parameters
    ----------
    from_months, to_months : str
        As typed; empty where nothing is stated.
    includes_recovery : bool or None

    Raises
    ------
    RtplanValueError
        A limit that includes recovery without ``from_months``, or an interval of one that does not.
    """
    if includes_recovery:
        if not from_months:
            raise RtplanValueError(
                "it includes recovery but does not say from which interval on: from_months is missing, whole "
                "months after the earlier course, as its source prints them"
            )
        return RecoveryInterval(
            from_months=_months("from_months", from_months),
            to_months=_months("to_months", to_months) if to_months else None,
        )
    if from_months or to_months:
        raise RtplanValueError("from_months and to_months belong to a limit with includes_recovery yes")
    return None


def _months(name: str, text: str) -> int:
    try:
        months = float(text)
    except ValueError:
        months = 0.5
    if months != int(months):
        raise RtplanValueError(f"{name} {text!r}: whole months are needed")
    return int(months)
