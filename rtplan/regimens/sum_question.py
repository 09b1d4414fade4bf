"""The question of a typed sum: courses with their dates, and what is stated beside. It checks itself."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Final, TypedDict

from bed import Regimen, RegimenSequence, parse_regimens
from bed.retreatment import Recovery, no_recovery, recovery_rule
from rtplan.alpha_beta import check_alpha_beta
from rtplan.errors import RtplanValueError
from rtplan.interval import Interval, add_months, parse_date
from rtplan.limits import RecoveryInterval
from rtplan.regimens.effect import ModelParameters

__all__ = [
    "BandEnd",
    "DatedRegimen",
    "PointSumQuestion",
    "StatedOfSum",
    "interval_between",
    "longest_between",
    "overlap_in_time",
    "read_dated_regimens",
]

_MONTH: Final = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True, kw_only=True)
class DatedRegimen:
    """A course: what was given and when.

    Attributes
    ----------
    regimen : Regimen or RegimenSequence
    starts, ends : datetime.date or None
        First and last day; the same where one date was given, None where none was. Of a month without its
        day they are its first and its last one, which gives the shortest time to any other course.
    latest_start, earliest_end : datetime.date or None
        The other ends, where a month was given without its day; None where the day is known.
    """

    regimen: Regimen | RegimenSequence
    starts: date | None = None
    ends: date | None = None
    latest_start: date | None = None
    earliest_end: date | None = None

    def __post_init__(self) -> None:
        if self.starts and self.ends and self.ends < self.starts:
            raise RtplanValueError(f"{self.regimen}: ends on {self.ends}, before it starts on {self.starts}")

    @property
    def is_external_beam(self) -> bool | None:
        """Whether all of it is external beam; None where it is mixed."""
        kinds = {phase.modality == "external beam" for phase in self.regimen.phases}
        return kinds.pop() if len(kinds) == 1 else None

    def __str__(self) -> str:
        dates = [str(day) for day in dict.fromkeys((self.starts, self.ends)) if day]
        return f"{self.regimen}@{'..'.join(dates)}" if dates else str(self.regimen)


def read_dated_regimens(text: str) -> tuple[tuple[DatedRegimen, ...], tuple[str, ...]]:
    """Read ``REGIMEN``, ``REGIMEN@DATE`` or ``REGIMEN@FIRST..LAST``; a date may be a month, ``2023-05``.

    Parameters
    ----------
    text : str
        Such as ``"50.4Gy/28@2023-05-01"`` or ``"25-40Gy/5@2024-02-01..2024-02-07"``.

    Returns
    -------
    tuple of DatedRegimen, tuple of str
        One course, or the two ends of a band; and how a text without units was read.

    Raises
    ------
    RegimenError
        A regimen that is not understood.
    RtplanValueError
        A date that is none, or that ends before it starts.

    Examples
    --------
    >>> courses, _ = read_dated_regimens("50.4Gy/28@2023-05-01..2023-06-08")
    >>> print(courses[0])
    50.4Gy/28@2023-05-01..2023-06-08
    """
    written, at, when = text.rpartition("@") if "@" in text and _looks_dated(text) else (text, "", "")
    parsed = parse_regimens(written)
    first, _, last = when.partition("..")
    begun = _days(first) if at else None
    over = _days(last) if last else begun
    dates = {} if begun is None or over is None else _dates_of(begun, over)
    return tuple(DatedRegimen(regimen=regimen, **dates) for regimen in parsed.regimens), parsed.notes


def _days(text: str) -> tuple[date, date]:
    """Return the first and the last day that a date can mean: one day, or a month without its day."""
    found = _MONTH.fullmatch(text.strip())
    if found is None:
        day = parse_date(text)
        return day, day
    first = parse_date(f"{text.strip()}-01")
    return first, add_months(first, 1) - timedelta(days=1)


def _dates_of(begun: tuple[date, date], over: tuple[date, date]) -> dict[str, date]:
    """Return the dates of a course; where a day is not known, those that come nearest to other courses."""
    dates = {"starts": begun[0], "ends": over[1]}
    if begun[0] != begun[1]:
        dates["latest_start"] = begun[1]
    if over[0] != over[1]:
        dates["earliest_end"] = over[0]
    return dates


def _looks_dated(text: str) -> bool:
    """Tell the @ of a date from the @ of a dose per fraction, as in 60Gy @ 2Gy/fx."""
    return "gy" not in text.rpartition("@")[2].casefold()


@dataclass(frozen=True, kw_only=True)
class BandEnd:
    """The courses with every band at one of its ends.

    Attributes
    ----------
    name : str or None
        ``"low"`` or ``"high"``; None where no course was typed as a band.
    courses : tuple of DatedRegimen
    """

    name: str | None
    courses: tuple[DatedRegimen, ...]


class StatedOfSum(TypedDict, total=False):
    """What is stated beside the courses, by keyword; see `PointSumQuestion`."""

    alpha_betas: Sequence[float]
    limits_eqd2_gy: Sequence[float]
    limit_includes_recovery: bool
    limit_from_months: int | None
    limit_to_months: int | None
    limit_because: str
    recovery: Recovery | str | None
    tissue: str | None
    n_fractions: Sequence[int]
    parameters: ModelParameters | None


@dataclass(frozen=True, kw_only=True)
class PointSumQuestion:
    """Courses at a point that received every dose in full, and what is stated about them.

    Attributes
    ----------
    courses : tuple of str
        In the order given, such as ``("50.4Gy/28@2023-05-01", "30Gy/5@2024-02-01")``; see
        `read_dated_regimens`. A single date counts as the last day of an earlier and as the first day of a
        later course.
    alpha_betas : tuple of float
        Gy, each above 0.
    limits_eqd2_gy : tuple of float
        Cumulative limits in Gy EQD2: none, one for all alpha/beta, or one for each.
    limit_includes_recovery : bool
        The limits were derived with recovery already taken into account; then no rule may be chosen.
    limit_from_months, limit_to_months : int or None
        For which interval such limits were published; outside it they are not evaluable.
    limit_because : str
        Why such limits may judge here.
    recovery : str or Recovery
        Rule taken off the earlier courses, each by its own interval to the start of the last course: a name,
        or a rule of one's own. The sum without recovery is given as well.
    tissue : str or None
        The organ the point lies in, for a recovery rule by name.
    n_fractions : tuple of int
        Numbers of fractions for which the remaining dose below the limit is wanted, each at least 1.
    parameters : ModelParameters
        Repair half-time and interval for several fractions a day.

    Raises
    ------
    RtplanValueError
        No course or alpha/beta, dates out of order, a recovery rule without dates or beside a limit that
        already includes recovery, limits that do not match the alpha/beta, a number of fractions below 1.
    RegimenError
        A regimen that is not understood.
    """

    courses: tuple[str, ...]
    alpha_betas: tuple[float, ...]
    limits_eqd2_gy: tuple[float, ...] = ()
    limit_includes_recovery: bool = False
    limit_from_months: int | None = None
    limit_to_months: int | None = None
    limit_because: str = ""
    recovery: str | Recovery = "none"
    tissue: str | None = None
    n_fractions: tuple[int, ...] = ()
    parameters: ModelParameters = field(default_factory=ModelParameters)

    def __post_init__(self) -> None:
        for name in ("courses", "alpha_betas", "limits_eqd2_gy", "n_fractions"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        _check_limits(self.limits_eqd2_gy, self.alpha_betas)
        if self.limit_includes_recovery and self.rule.assumes_recovery:
            raise RtplanValueError(
                f"the limit already includes recovery: {self.rule.name} would take it off a second time; "
                "choose one"
            )
        _check_recovery_of_limits(self)
        for number in self.n_fractions:
            if number != int(number) or number < 1:
                raise RtplanValueError(
                    f"remaining dose in {number} fractions: a whole number of at least 1 is needed"
                )
        if not self.courses:
            raise RtplanValueError("at least one course is needed")
        if self.rule.assumes_recovery and None in (self.intervals_to_last or (None,)):
            raise RtplanValueError(
                f"recovery rule {self.rule.name} needs an earlier course and all dates: write "
                "REGIMEN@YYYY-MM-DD"
            )
        # Dates out of order are refused by the intervals themselves.
        self.intervals  # noqa: B018 - asked for, so that it refuses

    @property
    def why_limits_do_not_judge(self) -> str | None:
        """Why limits that include recovery are not evaluable here; None where every limit judges."""
        if self.limit_from_months is None:
            return None
        kept = RecoveryInterval(from_months=self.limit_from_months, to_months=self.limit_to_months)
        if None in self.intervals_to_last:
            return kept.why_outside(())
        every = (*self.intervals_to_last, *self.longest_to_last)
        return kept.why_outside([gap for gap in every if gap is not None])

    @cached_property
    def rule(self) -> Recovery:
        """The recovery rule."""
        if isinstance(self.recovery, Recovery):
            return self.recovery
        return no_recovery() if self.recovery == "none" else recovery_rule(self.recovery, tissue=self.tissue)

    @cached_property
    def _read(self) -> tuple[tuple[tuple[DatedRegimen, ...], tuple[str, ...]], ...]:
        return tuple(read_dated_regimens(text) for text in self.courses)

    @property
    def notes(self) -> tuple[str, ...]:
        """How regimens without units were read."""
        return tuple(note for _, of_text in self._read for note in of_text)

    @property
    def ends(self) -> tuple[BandEnd, ...]:
        """The courses as typed, or twice with all bands at their low and at their high end."""
        low, high = (tuple(courses[end] for courses, _ in self._read) for end in (0, -1))
        if low == high:
            return (BandEnd(name=None, courses=low),)
        return BandEnd(name="low", courses=low), BandEnd(name="high", courses=high)

    @property
    def limits(self) -> tuple[float | None, ...]:
        """One limit for each alpha/beta; None where none is stated."""
        if len(self.limits_eqd2_gy) == len(self.alpha_betas):
            return self.limits_eqd2_gy
        return (self.limits_eqd2_gy or (None,)) * len(self.alpha_betas)

    @property
    def intervals(self) -> tuple[Interval | None, ...]:
        """Between consecutive courses; None where a date is missing."""
        courses = self.ends[0].courses
        return tuple(interval_between(courses[i], courses[i + 1]) for i in range(len(courses) - 1))

    @property
    def longest_intervals(self) -> tuple[Interval | None, ...]:
        """Between consecutive courses, where a month without its day leaves it open; else None."""
        courses = self.ends[0].courses
        return tuple(longest_between(courses[i], courses[i + 1]) for i in range(len(courses) - 1))

    @property
    def longest_to_last(self) -> tuple[Interval | None, ...]:
        """From each earlier course to the last one, where a month leaves it open; else None."""
        *earlier, last = self.ends[0].courses
        return tuple(longest_between(course, last) for course in earlier)

    @property
    def intervals_to_last(self) -> tuple[Interval | None, ...]:
        """From each earlier course to the last one: each recovers for its own time."""
        *earlier, last = self.ends[0].courses
        return tuple(interval_between(course, last) for course in earlier)


def _check_limits(limits: Sequence[float], alpha_betas: Sequence[float]) -> None:
    if not alpha_betas:
        raise RtplanValueError("at least one alpha/beta is needed")
    for ratio in alpha_betas:
        check_alpha_beta(ratio, "a point")
    if len(limits) not in (0, 1, len(alpha_betas)):
        raise RtplanValueError(
            f"{len(limits)} limits for {len(alpha_betas)} alpha/beta: give one for all or one for each"
        )
    for limit in limits:
        if not (math.isfinite(limit) and 0 < limit <= 1000):
            raise RtplanValueError(f"a limit of {limit:g} Gy EQD2 is none; did you type cGy?")


def _check_recovery_of_limits(asked: PointSumQuestion) -> None:
    """A limit that includes recovery says for which interval, and somebody why it may judge."""
    if not asked.limit_includes_recovery:
        if asked.limit_from_months is not None or asked.limit_to_months is not None or asked.limit_because:
            raise RtplanValueError(
                "limit_from_months, limit_to_months and limit_because belong to a limit that includes "
                "recovery"
            )
        return
    if not asked.limits_eqd2_gy:
        return
    if asked.limit_from_months is None:
        raise RtplanValueError(
            "the limit includes recovery: from which interval on was it published? State limit_from_months"
        )
    if not asked.limit_because.strip():
        raise RtplanValueError("the limit includes recovery: why may it judge here? State limit_because")
    # An interval that is none is refused here.
    RecoveryInterval(from_months=asked.limit_from_months, to_months=asked.limit_to_months)


def interval_between(earlier: DatedRegimen, later: DatedRegimen) -> Interval | None:
    """Return the time between two courses, the shortest that the dates allow; None where one is missing.

    External beam and brachytherapy that overlap in time are one treatment: no time lies between them.
    """
    if earlier.ends is None or later.starts is None:
        return None
    longest = longest_between(earlier, later)
    if later.starts < earlier.ends and (longest is not None or overlap_in_time(earlier, later)):
        return Interval(ended=later.starts, starts=later.starts)
    return Interval(ended=earlier.ends, starts=later.starts)


def longest_between(earlier: DatedRegimen, later: DatedRegimen) -> Interval | None:
    """Return the longest time between two courses where a month without its day leaves it open; else None."""
    if earlier.earliest_end is None and later.latest_start is None:
        return None
    ended, starts = earlier.earliest_end or earlier.ends, later.latest_start or later.starts
    if ended is None or starts is None or starts < ended:
        return None
    return Interval(ended=ended, starts=starts)


def overlap_in_time(earlier: DatedRegimen, later: DatedRegimen) -> bool:
    """Whether one is external beam, the other brachytherapy, and the days of both overlap as stated."""
    if {earlier.is_external_beam, later.is_external_beam} != {True, False}:
        return False
    if earlier.starts is None or earlier.ends is None or later.starts is None or later.ends is None:
        return False
    return later.starts < earlier.ends and earlier.starts <= later.ends
