"""An interrupted course as it is told, and what each published compensation gives."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from bed import BedValueError, OutsideValidityWarning, Regimen, parse_regimens
from bed.kinetics import (
    MONDAY_TO_FRIDAY,
    CompromiseCurve,
    GapCategory,
    GapOutcome,
    InterruptedCourse,
    LateTissue,
    RepopulatingTumour,
    Schedule,
    compensate_gap,
    compromise_curve,
    gap_category,
    planned_schedule,
)
from rtplan.alpha_beta import check_alpha_beta
from rtplan.errors import RtplanContradictionError, RtplanValueError
from rtplan.interval import parse_date

__all__ = ["GapAnswer", "GapQuestion", "answer_gap", "parse_days"]

_CURVE_POINTS = 5


def parse_days(texts: Iterable[str]) -> tuple[date, ...]:
    """Read days one by one or as ``FIRST..LAST``, both included.

    Parameters
    ----------
    texts : iterable of str

    Returns
    -------
    tuple of date

    Raises
    ------
    RtplanValueError
        No date, or a range that ends before it begins.

    Examples
    --------
    >>> [day.day for day in parse_days(["2024-01-22..2024-01-24", "2024-02-05"])]
    [22, 23, 24, 5]
    """
    return tuple(day for text in texts for day in _days(text))


def _days(text: str) -> list[date]:
    first, _, last = text.partition("..")
    begin = parse_date(first)
    end = parse_date(last) if last else begin
    if end < begin:
        raise RtplanValueError(f"{text!r} ends before it begins")
    return [begin + timedelta(days=count) for count in range((end - begin).days + 1)]


@dataclass(frozen=True, kw_only=True)
class GapQuestion:
    """A once-daily course, Monday to Friday, that was interrupted, and the biology to judge it by.

    Attributes
    ----------
    regimen : str
        As planned, such as ``"70Gy/35"``; external beam once a day.
    first_day : date
        First treatment day.
    missed : tuple of date
        Treatment days without treatment; weekends and closed days among them are no treatment days.
    resumes : date or None
        First day still to plan; the day after the last missed one unless given.
    closed : tuple of date
        Days without treatment in any case.
    tumour : RepopulatingTumour
    late : LateTissue
    hours_between : float
        Hours between two fractions where a strategy gives two a day.
    category : int or None
        Guideline category of the course.
    """

    regimen: str
    first_day: date
    missed: tuple[date, ...]
    tumour: RepopulatingTumour
    late: LateTissue
    hours_between: float
    resumes: date | None = None
    closed: tuple[date, ...] = field(default=())
    category: int | None = None

    def __post_init__(self) -> None:
        check_alpha_beta(self.tumour.alpha_beta, "tumour")
        check_alpha_beta(self.late.alpha_beta, "late-reacting tissue")

    def course(self) -> InterruptedCourse:
        """Return the course with what was given so far.

        Raises
        ------
        RtplanValueError
            Not external beam once a day, a missed day that was none, nothing given before the gap.
        RtplanContradictionError
            It resumes on or before a missed day.
        """
        regimen = Regimen.parse(self.regimen)
        if regimen.fractions_per_day != 1 or regimen.modality != "external beam":
            raise RtplanValueError(f"{regimen}: the published strategies are for external beam once a day")
        closed = frozenset(self.closed)
        planned = planned_schedule(regimen.n_fractions, first_day=self.first_day, closed=closed)
        missed = self._missed(planned)
        resumes = self.resumes or max(missed) + timedelta(days=1)
        if resumes <= max(missed):
            raise RtplanContradictionError(
                f"treatment cannot resume on {resumes}: {max(missed)} was still missed"
            )
        given = [day for day in planned.days if day < resumes and day not in missed]
        if not given:
            raise RtplanValueError(
                "no fraction was given before the gap: plan the course anew from its first day"
            )
        return InterruptedCourse(
            dose_per_fraction=regimen.dose_per_fraction,
            planned=planned,
            delivered=Schedule.on_days(given),
            resumes=resumes,
            hours_between=self.hours_between,
            weekdays=MONDAY_TO_FRIDAY,
            closed=closed,
        )

    def _missed(self, planned: Schedule) -> frozenset[date]:
        """Return the treatment days among the missed ones."""
        missed = frozenset(self.missed) & frozenset(planned.days)
        idle = missed | frozenset(self.closed)
        wrong = [day for day in self.missed if day not in idle and day.weekday() in MONDAY_TO_FRIDAY]
        if wrong or not missed:
            day = next(iter([*wrong, *self.missed]), "no day at all")
            raise RtplanValueError(
                f"{day} is no treatment day of the plan, which runs from {planned.days[0]} to "
                f"{planned.days[-1]}"
            )
        return missed


@dataclass(frozen=True, kw_only=True)
class GapAnswer:
    """Outcomes of the published strategies side by side; none is recommended.

    Attributes
    ----------
    question : GapQuestion
    course : InterruptedCourse
    category : GapCategory or None
    outcomes : tuple of GapOutcome
    compromise : CompromiseCurve or None
        Between the two larger fraction sizes; None with its reason.
    compromise_reason : str or None
    notes : tuple of str
        Where a model is used outside the domain that its source supports.
    """

    question: GapQuestion
    course: InterruptedCourse
    category: GapCategory | None
    outcomes: tuple[GapOutcome, ...]
    compromise: CompromiseCurve | None
    compromise_reason: str | None
    notes: tuple[str, ...]

    def is_within_category(self, outcome: GapOutcome) -> bool | None:
        """Whether a prolongation is tolerated; None without a category or a schedule."""
        if self.category is None or outcome.prolongation is None:
            return None
        return outcome.prolongation <= self.category.allowed_prolongation_days


def answer_gap(question: GapQuestion) -> GapAnswer:
    """Work out every published strategy for an interrupted course.

    Parameters
    ----------
    question : GapQuestion

    Returns
    -------
    GapAnswer

    Raises
    ------
    RegimenError, RtplanValueError
        As `GapQuestion.course` says.
    BedValueError
        A biological parameter out of range, or no such category.

    Examples
    --------
    >>> answer = answer_gap(GapQuestion(
    ...     regimen="70Gy/35", first_day=date(2024, 1, 1), missed=parse_days(["2024-01-22..2024-01-24"]),
    ...     tumour=RepopulatingTumour(alpha_beta=10, repopulation_rate=0.9, kick_off=28),
    ...     late=LateTissue(alpha_beta=3, repair_half_time_h=1.5), hours_between=6))
    >>> {o.strategy: o.tumour_difference_gy for o in answer.outcomes}["no_compensation"]
    -4.5
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", OutsideValidityWarning)
        course = question.course()
        category = None if question.category is None else gap_category(question.category)
        outcomes = compensate_gap(course, tumour=question.tumour, late=question.late)
        curve, reason = _compromise(course, question)
    return GapAnswer(
        question=question,
        course=course,
        category=category,
        outcomes=tuple(outcomes),
        compromise=curve,
        compromise_reason=reason,
        notes=(
            *parse_regimens(question.regimen).notes,
            *dict.fromkeys(str(warning.message) for warning in caught),
        ),
    )


def _compromise(
    course: InterruptedCourse, question: GapQuestion
) -> tuple[CompromiseCurve | None, str | None]:
    try:
        curve = compromise_curve(course, tumour=question.tumour, late=question.late, n_points=_CURVE_POINTS)
    except BedValueError as refusal:
        return None, str(refusal)
    return curve, None
