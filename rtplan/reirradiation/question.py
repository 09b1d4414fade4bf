"""The question of a re-irradiation: the courses and all that a person states. It checks itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, TypedDict, Unpack

from bed.retreatment import recovery_rule_names
from dicom_io.dvh import Metric
from rtplan.alpha_beta import check_alpha_beta
from rtplan.courses import Course, Isodose, one_patient
from rtplan.errors import NotStatedError, RtplanLookupError, RtplanValueError
from rtplan.interval import Interval
from rtplan.limits import (
    Clinic,
    CumulativeLimit,
    CumulativeSet,
    NamedRecoveryLimit,
    check_dose_metric,
    dose_metric,
    refuse_two,
)
from rtplan.reirradiation.organ import (
    TissueChoice,
    each_once,
    limits_of_clinic,
    limits_of_set,
    tissues_of_clinic,
    tissues_of_limits,
)
from rtplan.sums import (
    Registration,
    RegistrationJudgement,
    RegistrationUncertainty,
    refuse_motion_within,
)

__all__ = ["DEFAULT_METRICS", "BodyLevels", "ReirradiationQuestion", "Stated"]

DEFAULT_METRICS: Final = ("D0.03cc[Gy]", "Mean[Gy]")
"""Shown for each organ beside the metrics of its limits: the near-maximum and the mean."""

Range = tuple[float, float]


_TUPLES: Final = (
    "registration_judgements",
    "priors",
    "tissues",
    "registrations",
    "limits",
    "limit_sets",
    "recovery_limits",
    "metrics",
)


@dataclass(frozen=True, kw_only=True)
class BodyLevels:
    """Levels for the body outside all named organs.

    Attributes
    ----------
    levels_gy : tuple of float
        EQD2, Gy, above 0.
    alpha_beta : float
        Gy, of the tissue that nobody contoured, as the user states it.
    """

    levels_gy: tuple[float, ...]
    alpha_beta: float

    def __post_init__(self) -> None:
        if not self.levels_gy:
            raise RtplanValueError("levels of EQD2 for the body and an alpha/beta are needed")
        check_alpha_beta(self.alpha_beta, "body")
        for level in self.levels_gy:
            if not level > 0:
                raise RtplanValueError(f"level of {level} Gy EQD2: above 0 Gy is needed")


class Stated(TypedDict, total=False):
    """What is stated beside the courses, by keyword; see `ReirradiationQuestion`."""

    new_starts: date
    intervals: Sequence[Interval]
    tissues: Sequence[TissueChoice]
    registrations: Sequence[Registration]
    limits: Sequence[CumulativeLimit]
    limit_sets: Sequence[CumulativeSet]
    recovery_limits: Sequence[NamedRecoveryLimit]
    metrics: Sequence[str]
    matches: Mapping[str, tuple[str, ...]] | None
    recovery: str
    n_fractions: Sequence[int]
    delivered: int | Sequence[int] | None
    cord_rules: bool
    target_alpha_beta: float | None
    body: BodyLevels | None
    isodose: Isodose | None
    overlap: Isodose | None
    alpha_beta_intervals: Mapping[str, Range] | None
    recovery_intervals: Mapping[str, Range] | None
    registration_uncertainty: RegistrationUncertainty | None
    registration_judgements: Sequence[RegistrationJudgement]
    same_patient: bool
    clinic: Clinic | None


@dataclass(frozen=True, kw_only=True, eq=False)
class ReirradiationQuestion:
    """Earlier courses, a new one, and everything that is stated about them.

    Attributes
    ----------
    new : Course
        With dose and structures.
    priors : tuple of Course
        Earlier courses, of any grade, each with the day on which it ended.
    new_starts : date
        First fraction of the new course.
    tissues : tuple of TissueChoice
        Organs and their alpha/beta; an organ may come with several.
    registrations : tuple of RigidTransform or DeformableTransform
        All that are known; equal frames of reference need none.
    limits : tuple of CumulativeLimit
        Limits of one organ and metric that differ in source, in recovery or in alpha/beta are judged each, at
        their own alpha/beta.
    limit_sets : tuple of CumulativeSet
        Published sets by name: their limits of organs that are drawn stand beside those stated.
    recovery_limits : tuple of NamedRecoveryLimit
        Which limits that already include recovery judge, and why; the others are shown and judge nothing.
    metrics : tuple of str
        Shown for each organ beside those of its limits.
    matches : mapping of str to tuple of str
        Structures chosen by hand, see `parse_match`.
    recovery : str
        Name of a recovery rule; ``"none"`` counts every course in full.
    n_fractions : tuple of int
        Numbers of fractions for which the remaining dose is wanted, each at least 1.
    delivered : tuple of int or None
        Fractions of the new course already given, one number for each of its phases and fewer than planned in
        all: the readings then also say what the rest of it may give.
    cord_rules : bool
        Apply the published rules for a second course to SpinalCord and ThecalSac.
    target_alpha_beta : float or None
        Alpha/beta of the tumour, Gy: gives the targets' cumulative dose.
    body : BodyLevels or None
        Levels above which the body outside all named organs is measured.
    isodose : Isodose or None
        What counts as irradiated when the class of re-irradiation is looked for.
    overlap : Isodose or None
        Of the earlier courses: inside it each course's own metrics are added once more.
    alpha_beta_intervals, recovery_intervals : mapping of str to (float, float)
        By organ, the range over which alpha/beta (Gy) and the recovered fraction are uncertain.
    registration_uncertainty : RegistrationUncertainty or None
        For the scenario band; without it there is none.
    registration_judgements : tuple of RegistrationJudgement
        What persons found of what joins the courses; without one, each value that rests on it says so.
    same_patient : bool
        It is stated that all courses are one patient's although patient ID, birth date or sex differ.
    clinic : Clinic or None
        A clinic's file: its names, and its alpha/beta and cumulative limits of organs that are drawn. What is
        stated goes before its alpha/beta and stands beside its limits.

    Raises
    ------
    RtplanValueError, RtplanLookupError
        Input that contradicts itself, two patients, two limits of one kind, a limit that already includes
        recovery together with a recovery rule.
    """

    new: Course
    priors: tuple[Course, ...]
    new_starts: date
    tissues: tuple[TissueChoice, ...]
    registrations: tuple[Registration, ...] = field(default=(), repr=False)
    limits: tuple[CumulativeLimit, ...] = ()
    limit_sets: tuple[CumulativeSet, ...] = ()
    recovery_limits: tuple[NamedRecoveryLimit, ...] = ()
    metrics: tuple[str, ...] = DEFAULT_METRICS
    matches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recovery: str = "none"
    n_fractions: tuple[int, ...] = ()
    delivered: tuple[int, ...] | None = None
    cord_rules: bool = False
    target_alpha_beta: float | None = None
    body: BodyLevels | None = None
    isodose: Isodose | None = None
    overlap: Isodose | None = None
    alpha_beta_intervals: Mapping[str, Range] = field(default_factory=dict)
    recovery_intervals: Mapping[str, Range] = field(default_factory=dict)
    registration_uncertainty: RegistrationUncertainty | None = None
    registration_judgements: tuple[RegistrationJudgement, ...] = ()
    same_patient: bool = False
    clinic: Clinic | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in _TUPLES:
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.clinic is not None:
            self._add_clinic(self.clinic)
        for one in self.limit_sets:
            added = limits_of_set(one, self.new, stated=self.limits, organs=self.organs, clinic=self.clinic)
            self._add_limits(added)
        object.__setattr__(self, "n_fractions", tuple(dict.fromkeys(self.n_fractions)))
        _check_courses(self.new, self.priors)
        one_patient(self.courses, registrations=self.registrations, same_patient=self.same_patient)
        refuse_motion_within(self.registrations)
        _check_dates(self.new, self.priors, self.new_starts)
        _check_tissues(self.tissues, self.matches)
        _check_limits(self)
        _check_fractions(self.n_fractions)
        _check_delivered(self.new, self.delivered)
        _check_judgements(self.registration_judgements, len(self.priors))
        _check_ranges(self.alpha_beta_intervals, self.tissues, "alpha/beta")
        _check_ranges(self.recovery_intervals, self.tissues, "recovered fraction")
        for metric in self.shown_metrics:
            check_dose_metric(metric)
        if self.target_alpha_beta is not None:
            check_alpha_beta(self.target_alpha_beta, "targets")

    def _add_clinic(self, clinic: Clinic) -> None:
        """Add the clinic's alpha/beta and limits of drawn organs to what is stated."""
        added = tissues_of_clinic(clinic, self.new, stated=self.tissues, matches=self.matches)
        object.__setattr__(self, "tissues", (*self.tissues, *added))
        self._add_limits(limits_of_clinic(clinic, self.new, stated=self.limits, organs=self.organs))
        sets = {one.name: one for one in (*self.limit_sets, *clinic.cumulative_sets)}
        object.__setattr__(self, "limit_sets", tuple(sets.values()))

    def _add_limits(self, limits: Sequence[CumulativeLimit]) -> None:
        object.__setattr__(self, "limits", (*self.limits, *limits))

    @classmethod
    def of(cls, new: Course, priors: Sequence[Course], **stated: Unpack[Stated]) -> ReirradiationQuestion:
        """Return the question that these courses and statements ask.

        Parameters
        ----------
        new : Course
        priors : sequence of Course
        **stated
            As the attributes. Instead of ``new_starts``, ``intervals`` may give an `Interval` for each
            earlier course; it has to agree with the day on which the course says that it ended.

        Raises
        ------
        RtplanValueError
            Days that contradict each other, or anything that the question itself refuses.
        """
        given: dict[str, Any] = {name: value for name, value in stated.items() if value is not None}
        gaps = given.pop("intervals", None)
        if gaps is not None:
            priors = _ended_by(priors, gaps)
            given["new_starts"] = _first_day([*(gap.starts for gap in gaps), *_stated_day(given)])
        if "new_starts" not in given:
            raise RtplanValueError("when does the new course start? State new_starts, the day of its first")
        if isinstance(given.get("delivered"), int):
            given["delivered"] = (given["delivered"],)
        given.setdefault("tissues", ())
        return cls(new=new, priors=tuple(priors), **given)

    @property
    def courses(self) -> tuple[Course, ...]:
        """Earlier courses in order, the new one last."""
        return (*self.priors, self.new)

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """From each earlier course's last fraction to the first of the new one."""
        return tuple(_interval(prior, self.new_starts) for prior in self.priors)

    @property
    def organs(self) -> tuple[str, ...]:
        """Organs for which an alpha/beta is stated, each once."""
        return tuple(dict.fromkeys(choice.organ for choice in self.tissues))

    @property
    def tissues_of_limits(self) -> tuple[TissueChoice, ...]:
        """Stated organs at the alpha/beta of a limit that differs from the stated one.

        A limit is judged at its own alpha/beta and at no other: such a row stands beside the stated tissue's.
        """
        return tissues_of_limits(self.limits, self.tissues)

    @property
    def shown_metrics(self) -> tuple[Metric, ...]:
        """The metrics asked for, each once."""
        return tuple(dict.fromkeys(dose_metric(text) for text in self.metrics))

    def __repr__(self) -> str:
        courses = " + ".join(course.label for course in self.courses)
        return f"ReirradiationQuestion({courses}; {', '.join(self.organs)}; recovery {self.recovery})"


def _check_courses(new: Course, priors: Sequence[Course]) -> None:
    if not priors:
        raise RtplanValueError("at least one earlier course is needed")
    if not new.structures:
        raise RtplanLookupError(f"{new.label}: the new course needs its structures")
    labels = [course.label for course in (new, *priors)]
    if len(set(labels)) != len(labels):
        raise RtplanValueError("two courses have the same label: were the same files given twice?")


def _interval(prior: Course, starts: date) -> Interval:
    if prior.ended is None:
        raise RtplanValueError(f"{prior.label}: on which day was its last fraction? State when it ended")
    return Interval(ended=prior.ended, starts=starts)


def _check_dates(new: Course, priors: Sequence[Course], starts: date) -> None:
    for prior in priors:
        _interval(prior, starts)
    if new.ended is not None and new.ended < starts:
        raise RtplanValueError(f"{new.label}: ends on {new.ended}, before it starts on {starts}")


def _ended_by(priors: Sequence[Course], gaps: Sequence[Interval]) -> list[Course]:
    """Return the earlier courses with the day on which each ended; two days for one course are refused."""
    if len(gaps) != len(priors):
        raise RtplanValueError(f"{len(gaps)} intervals for {len(priors)} earlier courses")
    for prior, gap in zip(priors, gaps, strict=True):
        if prior.ended is not None and prior.ended != gap.ended:
            raise RtplanValueError(
                f"{prior.label}: ended on {prior.ended} by the course, on {gap.ended} by the interval; "
                "which day was its last fraction?"
            )
    return [replace(prior, ended=gap.ended) for prior, gap in zip(priors, gaps, strict=True)]


def _stated_day(given: Mapping[str, Any]) -> list[date]:
    return [given["new_starts"]] if "new_starts" in given else []


def _first_day(days: Sequence[date]) -> date:
    if not days:
        raise RtplanValueError("at least one earlier course is needed")
    if len(set(days)) > 1:
        shown = ", ".join(str(day) for day in sorted(set(days)))
        raise RtplanValueError(f"the new course starts on several days: {shown}; it has one first fraction")
    return days[0]


def _check_tissues(tissues: Sequence[TissueChoice], matches: Mapping[str, tuple[str, ...]]) -> None:
    if not tissues:
        raise NotStatedError(
            "no tissue is stated: give at least one organ with its alpha/beta", missing=("alpha_beta",)
        )
    each_once(tissues)
    stated = {choice.organ for choice in tissues}
    unused = [organ for organ in matches if organ not in stated]
    if unused:
        raise RtplanValueError(f"matched but without alpha/beta: {', '.join(unused)}; state its tissue too")


def _check_limits(question: ReirradiationQuestion) -> None:
    if question.recovery not in recovery_rule_names():
        names = ", ".join(recovery_rule_names())
        raise RtplanValueError(f"no recovery rule {question.recovery!r}; there are: {names}")
    including = [limit for limit in question.limits if limit.includes_recovery]
    for one in question.recovery_limits:
        if not any(one.is_of(limit) for limit in including):
            there = ", ".join(map(str, including)) or "none"
            raise RtplanValueError(
                f"{one}: no limit that includes recovery has this name; there are: {there}"
            )
    _refuse_recovery_twice(question, including)
    refuse_two(question.limits)


def _refuse_recovery_twice(question: ReirradiationQuestion, including: Sequence[CumulativeLimit]) -> None:
    """Refuse a rule beside a limit that includes recovery; those of a set only stand aside, unless named."""
    if question.recovery == "none":
        return
    of_sets = [limit for one in question.limit_sets for limit in one.limits]
    for limit in including:
        if limit not in of_sets or any(one.is_of(limit) for one in question.recovery_limits):
            raise RtplanValueError(
                f"the limit {limit} already includes recovery: the rule {question.recovery!r} would take it "
                "off twice"
            )


def _check_fractions(numbers: Iterable[int]) -> None:
    for number in numbers:
        if number != int(number) or number < 1:
            raise RtplanValueError(
                f"remaining dose in {number} fractions: a whole number of at least 1 is needed"
            )


def _check_delivered(new: Course, given: Sequence[int] | None) -> None:
    """Check how many fractions of each phase of the new course were given: some, but not all."""
    if given is None:
        return
    planned = [phase.n_fractions for phase in new.phases]
    in_words = " + ".join(str(n) for n in planned)
    if len(given) != len(planned):
        raise RtplanValueError(
            f"{new.label}: {len(given)} numbers of fractions given for {len(planned)} phases of {in_words}; "
            "one for each is needed, 0 where a phase has not begun"
        )
    if new.fractions_per_day > 1:
        raise RtplanValueError(
            f"{new.label}: a course in progress with {new.fractions_per_day} fractions a day is not read"
        )
    if any(not 0 <= k <= n for k, n in zip(given, planned, strict=True)) or not 0 < sum(given) < sum(planned):
        shown = " + ".join(str(k) for k in given)
        raise RtplanValueError(
            f"{new.label}: {shown} fractions given of {in_words}; at least 1 and not all of them"
        )
    _check_against_records(new, given)


def _check_against_records(new: Course, given: Sequence[int]) -> None:
    """Refuse a number of fractions given that the treatment records of a plan contradict."""
    stated: dict[int, int] = {}
    recorded: dict[int, int | None] = {}
    for phase, k in zip(new.phases, given, strict=True):
        plan = id(phase.treatment)
        stated[plan] = stated.get(plan, 0) + k
        recorded[plan] = phase.treatment.n_fractions_delivered
    for plan, k in stated.items():
        if recorded[plan] not in (None, k):
            raise RtplanValueError(
                f"{new.label}: {k} fractions given as stated, but the treatment records count "
                f"{recorded[plan]}"
            )


def _check_judgements(judgements: Sequence[RegistrationJudgement], n_priors: int) -> None:
    for judgement in judgements:
        if judgement.prior is not None and judgement.prior > n_priors:
            raise RtplanValueError(
                f"a judgement of the registration of earlier course {judgement.prior}; there are {n_priors}"
            )


def _check_ranges(given: Mapping[str, Range], tissues: Sequence[TissueChoice], what: str) -> None:
    """Check that each interval belongs to an organ and holds its stated value."""
    stated = {choice.organ: choice.alpha_beta for choice in tissues}
    highest = 1.0 if what == "recovered fraction" else math.inf
    for organ, (low, high) in given.items():
        if organ not in stated:
            raise RtplanValueError(f"an interval of {what} for {organ}, whose tissue was not stated")
        if not 0 <= low < high <= highest or (what == "alpha/beta" and not 0 < low <= stated[organ] <= high):
            raise RtplanValueError(
                f"{organ}: interval of {what} {low:g} to {high:g}: low before high, the stated value inside"
            )
        if what == "alpha/beta":
            check_alpha_beta(low, f"{organ}, interval")
            check_alpha_beta(high, f"{organ}, interval")
