"""Unscheduled gaps: what each published way of compensating does to tumour and late tissue.

Given the plan, what was delivered and the calendar, every strategy is worked out with the same two models
and shown beside the plan: LQ with repopulation from a kick-off for the tumour (fully repaired between
fractions), LQ with repair at the actual times of the fractions for the late tissue. The choice is not made
here. Dale 2002, doi:10.1053/clon.2002.0111; Hendry 1996, doi:10.1016/S0936-6555(05)80715-0; Royal College of
Radiologists, The timely delivery of radical radiotherapy, 4th edition 2019.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np

from bed.arguments import (
    FloatArray,
    external_dose_per_fraction,
    non_negative,
    one_number,
    outside_validity,
    positive,
)
from bed.errors import BedValueError
from bed.kinetics.repair import bed_at_times
from bed.kinetics.repopulation import bed_after_repopulation
from bed.kinetics.schedule import Schedule
from bed.tables import csv_rows

__all__ = [
    "CompromiseCurve",
    "GapCategory",
    "GapOutcome",
    "InterruptedCourse",
    "LateTissue",
    "RepopulatingTumour",
    "compensate_gap",
    "compromise_curve",
    "gap_category",
]

_SHORTEST_INTERVAL_H = 6.0
_MOST_EXTRA_FRACTIONS = 30


@dataclass(frozen=True, kw_only=True)
class RepopulatingTumour:
    """The tumour's parameters; none of them has a default.

    Attributes
    ----------
    alpha_beta : float
        Alpha/beta in Gy, > 0.
    repopulation_rate : float
        K in Gy of BED per day after the kick-off, >= 0.
    kick_off : float
        Tk in days after the first treatment day, >= 0.
    """

    alpha_beta: float
    repopulation_rate: float
    kick_off: float

    def __post_init__(self) -> None:
        positive(one_number(self.alpha_beta, "alpha_beta"), "alpha_beta", unit="Gy")
        rate = one_number(self.repopulation_rate, "repopulation_rate")
        non_negative(rate, "repopulation_rate", unit="Gy/day")
        non_negative(one_number(self.kick_off, "kick_off"), "kick_off", unit="days")


@dataclass(frozen=True, kw_only=True)
class LateTissue:
    """The late-reacting tissue's parameters; none of them has a default.

    Attributes
    ----------
    alpha_beta : float
        Alpha/beta in Gy, > 0.
    repair_half_time_h : float
        Half-time of sublethal damage repair in hours, > 0.
    """

    alpha_beta: float
    repair_half_time_h: float

    def __post_init__(self) -> None:
        positive(one_number(self.alpha_beta, "alpha_beta"), "alpha_beta", unit="Gy")
        half_time = one_number(self.repair_half_time_h, "repair_half_time_h")
        positive(half_time, "repair_half_time_h", unit="h")


@dataclass(frozen=True, kw_only=True)
class InterruptedCourse:
    """A once-daily course that was interrupted, with the calendar on which it can be finished.

    Attributes
    ----------
    dose_per_fraction : float
        Dose of each planned and delivered fraction in Gy, > 0, at most 100 Gy.
    planned : Schedule
        The course as planned, one fraction a day.
    delivered : Schedule
        The fractions given so far, all before `resumes`.
    resumes : datetime.date
        First day on which treatment is possible again.
    hours_between : float
        Hours between two fractions of one day, where a strategy gives two; at least 6 h in practice.
    weekdays : frozenset of int
        Days of the week on which the machine runs regularly, Monday 0.
    closed : frozenset of datetime.date
        Days on which no treatment is possible, weekends included.
    """

    dose_per_fraction: float
    planned: Schedule
    delivered: Schedule
    resumes: date
    hours_between: float
    weekdays: frozenset[int]
    closed: frozenset[date]

    def __post_init__(self) -> None:
        dose = positive(
            one_number(self.dose_per_fraction, "dose_per_fraction"), "dose_per_fraction", unit="Gy"
        )
        external_dose_per_fraction(dose, "dose_per_fraction")
        interval = positive(one_number(self.hours_between, "hours_between"), "hours_between", unit="h")
        if interval >= 24.0:
            raise BedValueError(f"two fractions {self.hours_between:g} h apart do not fit in one day")
        if interval < _SHORTEST_INTERVAL_H:
            outside_validity("fractions of one day less than 6 h apart: not compensation as published")
        if len(self.planned.days) != self.planned.n_fractions:
            raise BedValueError("the published strategies are for courses of one planned fraction a day")
        if self.delivered.days[-1] >= self.resumes:
            raise BedValueError("fractions were delivered on or after the day on which treatment resumes")
        if self.n_remaining < 1:
            raise BedValueError("nothing remains: as many fractions were delivered as planned")

    @property
    def n_remaining(self) -> int:
        """Planned fractions not yet given."""
        return self.planned.n_fractions - self.delivered.n_fractions

    def days_until_planned_end(self, *, weekends: bool) -> tuple[date, ...]:
        """Days to treat on from the day of resuming to the planned last day.

        Parameters
        ----------
        weekends : bool
            The days on which the machine does not run regularly, instead of those on which it does.

        Returns
        -------
        tuple of datetime.date
            In order.
        """
        span = (self.planned.days[-1] - self.resumes).days
        days = (self.resumes + timedelta(days=i) for i in range(span + 1))
        return tuple(
            day for day in days if self._is_open(day) and (day.weekday() in self.weekdays) != weekends
        )

    def next_days(self, count: int) -> tuple[date, ...]:
        """The next regular treatment days from the day of resuming.

        Parameters
        ----------
        count : int
            How many.

        Returns
        -------
        tuple of datetime.date
            In order.
        """
        days: list[date] = []
        day = self.resumes
        while len(days) < count:
            if self._is_open(day) and day.weekday() in self.weekdays:
                days.append(day)
            day += timedelta(days=1)
        return tuple(days)

    def _is_open(self, day: date) -> bool:
        return day not in self.closed


@dataclass(frozen=True, kw_only=True)
class GapOutcome:
    """What one strategy gives, beside the plan.

    Attributes
    ----------
    strategy : str
        Its key, such as ``"weekend"``.
    description : str
        What it does.
    schedule : Schedule or None
        The whole course, delivered and remaining; None where the strategy is not possible.
    n_remaining : int or None
        Number of fractions still to give.
    dose_per_fraction : float or None
        Their dose in Gy.
    prolongation : int or None
        Days by which the overall time exceeds the planned one.
    tumour_bed_gy, late_bed_gy : float or None
        BED of tumour (after repopulation) and late tissue in Gy, each at its own alpha/beta.
    tumour_difference_gy, late_difference_gy : float or None
        The same minus the plan's.
    reason : str or None
        Why the strategy is not possible.
    """

    strategy: str
    description: str
    schedule: Schedule | None
    n_remaining: int | None
    dose_per_fraction: float | None
    prolongation: int | None
    tumour_bed_gy: float | None
    late_bed_gy: float | None
    tumour_difference_gy: float | None
    late_difference_gy: float | None
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class CompromiseCurve:
    """What is lost and gained between the two isoeffective doses per fraction.

    Attributes
    ----------
    dose_per_fraction : ndarray, shape (n,)
        Dose of each remaining fraction in Gy, from the late-isoeffective to the tumour-isoeffective one.
    tumour_difference_gy, late_difference_gy : ndarray, shape (n,)
        BED minus the plan's in Gy.
    """

    dose_per_fraction: FloatArray
    tumour_difference_gy: FloatArray
    late_difference_gy: FloatArray


@dataclass(frozen=True, kw_only=True)
class GapCategory:
    """How much prolongation a published guideline tolerates.

    Attributes
    ----------
    category : int
        1, 2 or 3.
    name : str
        What it stands for.
    allowed_prolongation_days : int
        Prolongation in days up to which the guideline does not ask for compensation.
    examples : str
        Tumours that belong to it.
    source : str
        Where it is published.
    verification : str
        How the row was checked: R read, S software, M unverified transcription, I identity.
    """

    category: int
    name: str
    allowed_prolongation_days: int
    examples: str
    source: str
    verification: str


@cache
def _categories() -> dict[int, GapCategory]:
    rows = csv_rows("bed.kinetics", "gap_categories.csv")
    return {
        int(row["category"]): GapCategory(
            category=int(row["category"]),
            name=row["name"],
            allowed_prolongation_days=int(row["allowed_prolongation_days"]),
            examples=row["examples"],
            source=row["source"],
            verification=row["verification"],
        )
        for row in rows
    }


def gap_category(category: int) -> GapCategory:
    """Category of a course by the Royal College of Radiologists.

    Parameters
    ----------
    category : int
        1 rapidly repopulating and radical, 2 slower and radical, 3 palliative.

    Returns
    -------
    GapCategory
        With its tolerated prolongation and source.

    Raises
    ------
    BedValueError
        Another category.

    Examples
    --------
    >>> gap_category(1).allowed_prolongation_days
    2
    """
    known = _categories()
    if category not in known:
        raise BedValueError(f"unknown category {category!r}; known: {', '.join(map(str, known))}")
    return known[category]


@dataclass(frozen=True, kw_only=True)
class _Models:
    """Course, tumour and late tissue: turns a list of remaining treatments into two BED values."""

    course: InterruptedCourse
    tumour: RepopulatingTumour
    late: LateTissue

    def schedule(self, days: list[date]) -> Schedule:
        """The delivered fractions followed by one fraction for each entry of `days`."""
        remaining = Schedule.on_days(sorted(days), hours_between=self.course.hours_between)
        return Schedule(times=self.course.delivered.times + remaining.times)

    def doses(self, schedule: Schedule, dose: float) -> FloatArray:
        """Dose of each fraction when those still to give have `dose`."""
        given = self.course.delivered.n_fractions
        return np.array([self.course.dose_per_fraction] * given + [dose] * (schedule.n_fractions - given))

    def tumour_bed(self, schedule: Schedule, dose: float) -> float:
        each = self.doses(schedule, dose)
        killed = float((each * (1.0 + each / self.tumour.alpha_beta)).sum())
        rate, start = self.tumour.repopulation_rate, self.tumour.kick_off
        return float(bed_after_repopulation(killed, schedule.overall_time, rate, start))

    def late_bed(self, schedule: Schedule, dose: float) -> float:
        each, half_time = self.doses(schedule, dose), self.late.repair_half_time_h
        return float(bed_at_times(each, schedule.hours, self.late.alpha_beta, half_time))

    @property
    def planned_tumour_bed(self) -> float:
        planned = self.course.planned
        each = self.course.dose_per_fraction
        killed = planned.n_fractions * each * (1.0 + each / self.tumour.alpha_beta)
        rate, start = self.tumour.repopulation_rate, self.tumour.kick_off
        return float(bed_after_repopulation(killed, planned.overall_time, rate, start))

    @property
    def planned_late_bed(self) -> float:
        planned, tissue = self.course.planned, self.late
        each = np.full(planned.n_fractions, self.course.dose_per_fraction)
        return float(bed_at_times(each, planned.hours, tissue.alpha_beta, tissue.repair_half_time_h))

    def outcome(self, strategy: str, days: list[date], dose: float) -> GapOutcome:
        schedule = self.schedule(days)
        tumour, late = self.tumour_bed(schedule, dose), self.late_bed(schedule, dose)
        return GapOutcome(
            strategy=strategy,
            description=_DESCRIPTIONS[strategy],
            schedule=schedule,
            n_remaining=len(days),
            dose_per_fraction=dose,
            prolongation=schedule.overall_time - self.course.planned.overall_time,
            tumour_bed_gy=tumour,
            late_bed_gy=late,
            tumour_difference_gy=tumour - self.planned_tumour_bed,
            late_difference_gy=late - self.planned_late_bed,
            reason=None,
        )


_DESCRIPTIONS = {
    "planned": "the course as planned, without the gap",
    "no_compensation": "same dose per fraction and number; the course ends later",
    "weekend": "same overall time, number and dose; missed fractions on weekends",
    "twice_daily": "same overall time, number and dose; two fractions on some days",
    "weekend_and_twice_daily": "same overall time, number and dose; weekends first, then two fractions a day",
    "larger_fractions_tumour": "same overall time, fewer and larger fractions; tumour BED as planned",
    "larger_fractions_late": "same overall time, fewer and larger fractions; late BED as planned",
    "prolonged_larger_fractions": "ends later, same number, larger fractions; tumour BED as planned",
    "extra_fractions_short": "ends later, extra fractions of the planned dose; one too few for the tumour",
    "extra_fractions": "ends later, extra fractions of the planned dose; tumour BED at least as planned",
}


def _impossible_outcome(strategy: str, reason: str) -> GapOutcome:
    return GapOutcome(
        strategy=strategy,
        description=_DESCRIPTIONS[strategy],
        schedule=None,
        n_remaining=None,
        dose_per_fraction=None,
        prolongation=None,
        tumour_bed_gy=None,
        late_bed_gy=None,
        tumour_difference_gy=None,
        late_difference_gy=None,
        reason=reason,
    )


def compensate_gap(
    course: InterruptedCourse, *, tumour: RepopulatingTumour, late: LateTissue
) -> tuple[GapOutcome, ...]:
    """Work out every published strategy for an interrupted course, the plan itself first.

    Tumour: BED = sum of d (1 + d / (alpha/beta)) - K max(T - Tk, 0). Late tissue: `bed_at_times`.

    Parameters
    ----------
    course : InterruptedCourse
        Plan, delivered fractions, day of resuming, calendar.
    tumour : RepopulatingTumour
        Alpha/beta, K and kick-off.
    late : LateTissue
        Alpha/beta and repair half-time.

    Returns
    -------
    tuple of GapOutcome
        ``planned``, ``no_compensation``, ``weekend``, ``twice_daily``, ``weekend_and_twice_daily``,
        ``larger_fractions_tumour``, ``larger_fractions_late``, ``prolonged_larger_fractions``,
        ``extra_fractions_short``, ``extra_fractions``, in this order. One that cannot be done says why.

    Raises
    ------
    BedValueError
        Parameters out of range.

    Warns
    -----
    OutsideValidityWarning
        A tumour BED below 0 after repopulation.

    Notes
    -----
    Dale 2002, doi:10.1053/clon.2002.0111; Hendry 1996, doi:10.1016/S0936-6555(05)80715-0; Royal College of
    Radiologists 2019. Overall time T is last minus first treatment day. None of the outcomes is a
    recommendation: acute reactions, concurrent drugs and the parameters' uncertainty are not in it.

    Examples
    --------
    35 fractions of 2 Gy from a Monday, Monday to Wednesday of the fourth week missed:

    >>> from bed import planned_schedule
    >>> plan = planned_schedule(35, first_day=date(2024, 1, 1))
    >>> course = InterruptedCourse(
    ...     dose_per_fraction=2, planned=plan, delivered=plan.before(date(2024, 1, 22)),
    ...     resumes=date(2024, 1, 25), hours_between=6, weekdays=frozenset(range(5)), closed=frozenset())
    >>> outcomes = compensate_gap(
    ...     course, tumour=RepopulatingTumour(alpha_beta=10, repopulation_rate=0.9, kick_off=28),
    ...     late=LateTissue(alpha_beta=3, repair_half_time_h=1.5))
    >>> [(o.strategy, round(o.tumour_bed_gy, 1), round(o.late_bed_gy, 1)) for o in outcomes[:3]]
    [('planned', 67.8, 116.7), ('no_compensation', 63.3, 116.7), ('weekend', 67.8, 116.7)]
    """
    models = _Models(course=course, tumour=tumour, late=late)
    return (
        _planned_outcome(models),
        _outcome_without_compensation(models),
        *_outcomes_in_same_overall_time(models),
        *_outcomes_with_larger_fractions(models),
        _outcome_when_prolonged(models),
        *_outcomes_with_extra_fractions(models),
    )


def _planned_outcome(models: _Models) -> GapOutcome:
    course = models.course
    return GapOutcome(
        strategy="planned",
        description=_DESCRIPTIONS["planned"],
        schedule=course.planned,
        n_remaining=course.n_remaining,
        dose_per_fraction=course.dose_per_fraction,
        prolongation=0,
        tumour_bed_gy=models.planned_tumour_bed,
        late_bed_gy=models.planned_late_bed,
        tumour_difference_gy=0.0,
        late_difference_gy=0.0,
        reason=None,
    )


def _outcome_without_compensation(models: _Models) -> GapOutcome:
    course = models.course
    return models.outcome(
        "no_compensation", list(course.next_days(course.n_remaining)), course.dose_per_fraction
    )


def _outcomes_in_same_overall_time(models: _Models) -> tuple[GapOutcome, ...]:
    """Keep overall time, number and dose: weekends, two a day, or both."""
    course = models.course
    regular = list(course.days_until_planned_end(weekends=False))
    free = list(course.days_until_planned_end(weekends=True))
    missing = max(course.n_remaining - len(regular), 0)
    first_days = regular[: course.n_remaining]
    doubled = min(max(missing - len(free), 0), len(regular))
    plans = {
        "weekend": (
            first_days + free[:missing],
            f"{missing} weekend days are needed and {len(free)} are left",
        ),
        "twice_daily": (
            first_days + regular[:missing],
            f"{missing} days with two fractions are needed and {len(regular)} treatment days are left",
        ),
        "weekend_and_twice_daily": (
            first_days + free[: missing - doubled] + regular[:doubled],
            f"{missing} more fractions are needed than days, and {len(free) + len(regular)} places are left",
        ),
    }
    return tuple(
        models.outcome(strategy, days, course.dose_per_fraction)
        if len(days) == course.n_remaining
        else _impossible_outcome(strategy, f"the planned last day is too near: {lack}")
        for strategy, (days, lack) in plans.items()
    )


def _dose_reaching(target: float, effect: Callable[[float], float]) -> float | None:
    """Dose per fraction at which a quadratic effect reaches the target; None where 0 Gy already does."""
    at_zero, at_one, at_two = effect(0.0), effect(1.0), effect(2.0)
    quadratic = (at_two - 2.0 * at_one + at_zero) / 2.0
    linear = at_one - at_zero - quadratic
    lacking = target - at_zero
    if lacking <= 0:
        return None
    return 2.0 * lacking / (linear + math.sqrt(linear**2 + 4.0 * quadratic * lacking))


def _isoeffective_doses(models: _Models, schedule: Schedule) -> tuple[float | None, float | None]:
    """Doses per fraction for which a schedule has the planned tumour BED and the planned late BED.

    Repopulation depends on the schedule alone, so the planned tumour BED is reached from the killed part.
    """
    tumour, late = models.tumour, models.late

    def killed(dose: float) -> float:
        each = models.doses(schedule, dose)
        return float((each * (1.0 + each / tumour.alpha_beta)).sum())

    def damaged(dose: float) -> float:
        each = models.doses(schedule, dose)
        return float(bed_at_times(each, schedule.hours, late.alpha_beta, late.repair_half_time_h))

    regrown = tumour.repopulation_rate * max(schedule.overall_time - tumour.kick_off, 0.0)
    return (
        _dose_reaching(models.planned_tumour_bed + regrown, killed),
        _dose_reaching(models.planned_late_bed, damaged),
    )


def _days_of_larger_fractions(course: InterruptedCourse) -> list[date]:
    return list(course.days_until_planned_end(weekends=False))[: course.n_remaining]


def _outcomes_with_larger_fractions(models: _Models) -> tuple[GapOutcome, ...]:
    """Keep the overall time with fewer, larger fractions, isoeffective for the tumour or for late tissue."""
    strategies = ("larger_fractions_tumour", "larger_fractions_late")
    days = _days_of_larger_fractions(models.course)
    if not days:
        return tuple(
            _impossible_outcome(s, "no treatment day is left before the planned last day") for s in strategies
        )
    isoeffective = _isoeffective_doses(models, models.schedule(days))
    return tuple(
        models.outcome(strategy, days, dose)
        if dose is not None
        else _impossible_outcome(strategy, "the delivered fractions alone exceed the planned BED")
        for strategy, dose in zip(strategies, isoeffective, strict=True)
    )


def _outcome_when_prolonged(models: _Models) -> GapOutcome:
    """Accept the prolongation and raise the dose of the remaining fractions."""
    days = list(models.course.next_days(models.course.n_remaining))
    dose, _ = _isoeffective_doses(models, models.schedule(days))
    if dose is None:
        return _impossible_outcome(
            "prolonged_larger_fractions", "the delivered fractions alone exceed the planned BED"
        )
    return models.outcome("prolonged_larger_fractions", days, dose)


def _outcomes_with_extra_fractions(models: _Models) -> tuple[GapOutcome, ...]:
    """Accept the prolongation and add fractions: the first number that restores the tumour, and one less."""
    course, dose = models.course, models.course.dose_per_fraction
    days = list(course.next_days(course.n_remaining + _MOST_EXTRA_FRACTIONS))
    tolerance = 1e-9 * abs(models.planned_tumour_bed)
    for extra in range(_MOST_EXTRA_FRACTIONS + 1):
        outcome = models.outcome("extra_fractions", days[: course.n_remaining + extra], dose)
        if (outcome.tumour_difference_gy or 0.0) >= -tolerance:
            short = (
                models.outcome("extra_fractions_short", days[: course.n_remaining + extra - 1], dose)
                if extra
                else _impossible_outcome("extra_fractions_short", "no extra fraction is needed")
            )
            return short, outcome
    lack = f"{_MOST_EXTRA_FRACTIONS} extra fractions do not restore the tumour BED"
    return tuple(_impossible_outcome(s, lack) for s in ("extra_fractions_short", "extra_fractions"))


def compromise_curve(
    course: InterruptedCourse, *, tumour: RepopulatingTumour, late: LateTissue, n_points: int
) -> CompromiseCurve:
    """Tumour and late BED between the two isoeffective doses of fewer, larger fractions.

    Parameters
    ----------
    course : InterruptedCourse
        Plan, delivered fractions, day of resuming, calendar.
    tumour : RepopulatingTumour
        Alpha/beta, K and kick-off.
    late : LateTissue
        Alpha/beta and repair half-time.
    n_points : int
        Number of points, >= 2.

    Returns
    -------
    CompromiseCurve
        From the late-isoeffective dose per fraction to the tumour-isoeffective one.

    Raises
    ------
    BedValueError
        Fewer than two points, or a course for which one of the two doses does not exist.

    Notes
    -----
    Dale 2002, doi:10.1053/clon.2002.0111.

    Examples
    --------
    >>> from bed import planned_schedule
    >>> plan = planned_schedule(35, first_day=date(2024, 1, 1))
    >>> course = InterruptedCourse(
    ...     dose_per_fraction=2, planned=plan, delivered=plan.before(date(2024, 1, 22)),
    ...     resumes=date(2024, 1, 25), hours_between=6, weekdays=frozenset(range(5)), closed=frozenset())
    >>> curve = compromise_curve(
    ...     course, tumour=RepopulatingTumour(alpha_beta=10, repopulation_rate=0.9, kick_off=28),
    ...     late=LateTissue(alpha_beta=3, repair_half_time_h=1.5), n_points=3)
    >>> curve.dose_per_fraction.round(2).tolist()
    [2.24, 2.27, 2.3]
    """
    if n_points < 2:
        raise BedValueError(f"a curve needs at least two points, got {n_points}")
    models = _Models(course=course, tumour=tumour, late=late)
    days = _days_of_larger_fractions(course)
    ends = _isoeffective_doses(models, models.schedule(days)) if days else (None, None)
    if ends[0] is None or ends[1] is None:
        raise BedValueError("no compromise curve: one of the isoeffective doses per fraction does not exist")
    schedule, steps = models.schedule(days), np.linspace(ends[1], ends[0], n_points)
    return CompromiseCurve(
        dose_per_fraction=steps,
        tumour_difference_gy=np.array([models.tumour_bed(schedule, d) for d in steps])
        - models.planned_tumour_bed,
        late_difference_gy=np.array([models.late_bed(schedule, d) for d in steps]) - models.planned_late_bed,
    )
