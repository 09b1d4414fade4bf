"""Endpoints that are arithmetic: rates with exact confidence intervals, and times to an event.

Response by RECIST 1.1 is in `rtplan.protocols.recist`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from rtplan.errors import RtplanValueError

__all__ = [
    "Rate",
    "TimeToEvent",
    "duration_of_response",
    "exact_rate",
    "overall_survival_time",
    "progression_free_time",
]


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A proportion with its exact confidence interval.

    Attributes
    ----------
    count, total : int
    rate, low, high : float
        As fractions.
    confidence : float
    """

    count: int
    total: int
    rate: float
    low: float
    high: float
    confidence: float

    def __str__(self) -> str:
        return (
            f"{self.count} of {self.total} ({100 * self.rate:.1f} %, {100 * self.confidence:g} % interval "
            f"{100 * self.low:.1f} to {100 * self.high:.1f} %)"
        )


def exact_rate(count: int, total: int, *, confidence: float) -> Rate:
    """Proportion with its exact (Clopper-Pearson) interval.

    The lower end is the p at which `count` or more of `total` have probability (1 - confidence) / 2, the
    upper end that at which `count` or fewer have it; with no event the lower end is 0, with all the upper
    is 1.

    Parameters
    ----------
    count : int
        Patients with the response or event, 0 to `total`.
    total : int
        Patients, >= 1.
    confidence : float
        Such as 0.95; between 0 and 1.

    Returns
    -------
    Rate

    Raises
    ------
    RtplanValueError
        Arguments out of range.

    Notes
    -----
    Clopper and Pearson 1934, Biometrika 26:404, doi:10.1093/biomet/26.4.404.

    Examples
    --------
    >>> print(exact_rate(18, 31, confidence=0.95))
    18 of 31 (58.1 %, 95 % interval 39.1 to 75.5 %)
    """
    if not (0 <= count <= total and total >= 1 and count == int(count) and total == int(total)):
        raise RtplanValueError(f"{count} of {total}: whole numbers are needed, 0 to the number of patients")
    if not 0 < confidence < 1:
        raise RtplanValueError(f"confidence {confidence:g}: between 0 and 1 is needed, such as 0.95")
    from scipy.special import betaincinv  # noqa: PLC0415 - heavy, and needed only here

    tail = (1 - confidence) / 2
    low = 0.0 if count == 0 else float(betaincinv(count, total - count + 1, tail))
    high = 1.0 if count == total else float(betaincinv(count + 1, total - count, 1 - tail))
    return Rate(count=count, total=total, rate=count / total, low=low, high=high, confidence=confidence)


@dataclass(frozen=True, kw_only=True)
class TimeToEvent:
    """A time, and whether it ended with the event or was censored.

    Attributes
    ----------
    days : int
    event : bool
        False where the time is censored.
    ended_by : str
        ``"progression"``, ``"death"`` or ``"last follow-up"``.
    ended_on : date
    """

    days: int
    event: bool
    ended_by: str
    ended_on: date


def progression_free_time(
    start: date,
    *,
    progression: date | None,
    death: date | None,
    last_follow_up: date,
    death_counts: Literal["event", "censored"],
) -> TimeToEvent:
    """Time from the start of treatment to progression.

    Parameters
    ----------
    start : date
    progression, death : date or None
        None where it did not happen.
    last_follow_up : date
        Last day on which the patient was known to be free of progression or alive.
    death_counts : {"event", "censored"}
        Whether death without progression ends the time as an event, as usual, or is censored, as the record
        of TORCH-R words it. There is no default.

    Returns
    -------
    TimeToEvent

    Raises
    ------
    RtplanValueError
        Dates before the start, or after death.

    Examples
    --------
    >>> found = progression_free_time(
    ...     date(2025, 1, 2), progression=None, death=date(2025, 7, 1),
    ...     last_follow_up=date(2025, 7, 1), death_counts="censored")
    >>> found.days, found.event
    (180, False)
    """
    _check_order(start, progression, death, last_follow_up)
    if death_counts not in ("event", "censored"):
        raise RtplanValueError(f"death_counts {death_counts!r}: event or censored is needed")
    if progression is not None:
        return _ended(start, progression, by="progression", event=True)
    if death is not None:
        return _ended(start, death, by="death", event=death_counts == "event")
    return _ended(start, last_follow_up, by="last follow-up", event=False)


def overall_survival_time(start: date, *, death: date | None, last_follow_up: date) -> TimeToEvent:
    """Time from the start of treatment to death from any cause, censored at the last follow-up.

    Parameters
    ----------
    start : date
    death : date or None
    last_follow_up : date

    Returns
    -------
    TimeToEvent

    Raises
    ------
    RtplanValueError
        Dates before the start, or a follow-up after death.

    Examples
    --------
    >>> overall_survival_time(date(2025, 1, 2), death=None, last_follow_up=date(2025, 1, 12)).event
    False
    """
    _check_order(start, None, death, last_follow_up)
    if death is not None:
        return _ended(start, death, by="death", event=True)
    return _ended(start, last_follow_up, by="last follow-up", event=False)


def duration_of_response(response: date, *, progression: date | None, last_follow_up: date) -> TimeToEvent:
    """Time from the first documented response to progression, censored at the last follow-up.

    Parameters
    ----------
    response : date
        First documented response of a patient whose response is confirmed.
    progression : date or None
    last_follow_up : date

    Returns
    -------
    TimeToEvent

    Raises
    ------
    RtplanValueError
        Dates before the response.

    Examples
    --------
    >>> duration_of_response(
    ...     date(2025, 3, 1), progression=date(2025, 9, 1), last_follow_up=date(2025, 9, 1)).days
    184
    """
    _check_order(response, progression, None, last_follow_up)
    if progression is not None:
        return _ended(response, progression, by="progression", event=True)
    return _ended(response, last_follow_up, by="last follow-up", event=False)


def _check_order(start: date, progression: date | None, death: date | None, last_follow_up: date) -> None:
    for name, day in (("progression", progression), ("death", death), ("last follow-up", last_follow_up)):
        if day is not None and day < start:
            raise RtplanValueError(f"{name} on {day} lies before the start on {start}; are they swapped?")
        if day is not None and death is not None and day > death:
            raise RtplanValueError(f"{name} on {day} lies after death on {death}")


def _ended(start: date, end: date, *, by: str, event: bool) -> TimeToEvent:
    return TimeToEvent(days=(end - start).days, event=event, ended_by=by, ended_on=end)
