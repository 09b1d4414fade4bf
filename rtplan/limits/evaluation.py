"""Evaluate a constraint set for one plan: every limit gets a verdict, or the reason why it has none.

Nothing here reads files or computes doses. What a structure receives is asked of `metric_of`, so that only
the metrics that are needed are computed, and tests can answer with closed forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Protocol

from rtplan.errors import RtplanValueError
from rtplan.limits.constraint import Constraint, ConstraintSet, Scope
from rtplan.limits.fraction_numbers import FractionMatch
from rtplan.limits.metric import PublishedMetric
from rtplan.limits.verdict import Judgement, Verdict, judge
from rtplan.names import Assigned, Assignment, near_names, split_side

__all__ = [
    "Evaluation",
    "LimitState",
    "PlanFractions",
    "SetEvaluation",
    "Shown",
    "ValueOfMetric",
    "evaluate_set",
    "gravest_first",
]

_DOUBT: Final = re.compile(r"\bCONFLICT\b|\bcheck$|\bcheck;|possible slip|\btypo\b|not captured")
_WHOLE_TREATMENT: Final = (
    "conventional limits speak of the whole treatment: other phases and earlier courses are not in this plan"
)
_IF_FIRST_COURSE: Final = "holds without earlier radiotherapy only, which a plan alone does not say"
_SEVERAL_COURSES: Final = "a test over several courses, not over one plan: see the reirradiate command"


class ValueOfMetric(Protocol):
    """What a DVH answers: a value with its uncertainty, or the reason for having none."""

    @property
    def value(self) -> float | None:
        """In the metric's unit."""
        ...

    @property
    def uncertainty(self) -> float | None:
        """Half-width with 95 % coverage."""
        ...

    @property
    def reason(self) -> str | None:
        """Why there is no value."""
        ...


MetricOf = Callable[[int, str], ValueOfMetric]
"""ROI number and DVH metric to its value."""

VolumeOf = Callable[[int], float | None]
"""ROI number to the structure's volume, cc."""

LowerBoundOf = Callable[[int, str], ValueOfMetric | None]
"""ROI number and DVH metric to what the part of the structure with a known dose gives at least."""


@dataclass(frozen=True, kw_only=True)
class PlanFractions:
    """What a plan says about its fractions.

    Attributes
    ----------
    n_fractions : int or None
        None where the plan does not say one number; it is never guessed.
    dose_per_fraction_gy : float or None
        Of the prescription.
    """

    n_fractions: int | None
    dose_per_fraction_gy: float | None

    def match(self, constraint: Constraint) -> FractionMatch:
        """Whether a limit was published for this fraction number."""
        return constraint.fractions.match(self.n_fractions, dose_per_fraction=self.dose_per_fraction_gy)


class LimitState(StrEnum):
    """What became of a limit."""

    JUDGED = "judged"
    NOT_EVALUABLE = "not_evaluable"
    NOT_DRAWN = "not_drawn"


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """One limit and one structure.

    A limit whose organ nobody drew was never held against a dose: it has no verdict.

    Attributes
    ----------
    organ : str
        Standard name, or the names that the limit would have taken.
    structure : str or None
        The structure's own name; None where none stands for the organ.
    evidence : str or None
        Why that structure stands for the organ.
    metric : str or None
        What the DVH was asked, such as ``"D0.035cc[Gy]"``; the published text where no DVH can tell; None for
        an organ that the set limits at other fraction numbers only.
    value, uncertainty : float or None
        In the limit's unit.
    judgement : Judgement or None
        None where nobody drew the organ.
    constraint : Constraint or None
    why_not_drawn : str or None
        Which structure is missing or has no contours; in place of a judgement.
    near : tuple of str
        Names that look alike, where no structure stands for the organ.
    set_name : str
        The set that the limit is of.
    """

    organ: str
    structure: str | None
    evidence: str | None
    metric: str | None
    value: float | None
    uncertainty: float | None
    judgement: Judgement | None
    constraint: Constraint | None
    why_not_drawn: str | None = None
    near: tuple[str, ...] = ()
    set_name: str = ""

    def __post_init__(self) -> None:
        if (self.judgement is None) != bool(self.why_not_drawn):
            raise RtplanValueError(
                f"a limit of {self.organ} has either a judgement or a reason why it is not drawn"
            )

    @property
    def state(self) -> LimitState:
        """Whether the limit was judged, could not be, or speaks of an organ that nobody drew."""
        if self.judgement is None:
            return LimitState.NOT_DRAWN
        is_open = self.judgement.verdict is Verdict.NOT_EVALUABLE
        return LimitState.NOT_EVALUABLE if is_open else LimitState.JUDGED

    @property
    def is_drawn(self) -> bool:
        """Whether a drawn structure stands for the organ."""
        return self.judgement is not None

    @property
    def verdict(self) -> Verdict | None:
        """The verdict alone; None where nobody drew the organ."""
        return self.judgement.verdict if self.judgement else None

    @property
    def reason(self) -> str | None:
        """Why the limit was not judged, or what to know of its verdict."""
        return self.judgement.reason if self.judgement else self.why_not_drawn

    @property
    def margin(self) -> float | None:
        """Room to the limit, in its unit."""
        return self.judgement.margin if self.judgement else None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A row that is no limit, with what the plan gives beside it; it is never judged.

    Attributes
    ----------
    organ, structure : str
    metric : str
    value, uncertainty : float or None
    reason : str or None
        Why there is no value.
    constraint : Constraint
    """

    organ: str
    structure: str
    metric: str
    value: float | None
    uncertainty: float | None
    reason: str | None
    constraint: Constraint


@dataclass(frozen=True, kw_only=True)
class SetEvaluation:
    """A whole set for one plan.

    Attributes
    ----------
    evaluations : tuple of Evaluation
        In the set's order.
    shown : tuple of Shown
        Observations, risk points and alternates.
    findings : tuple of str
        What was not judged and why, as far as no row says it.
    other_fractions : tuple of Constraint
        Limits that were not held against the plan, since they were published for other numbers of fractions.
    """

    evaluations: tuple[Evaluation, ...]
    shown: tuple[Shown, ...]
    findings: tuple[str, ...]
    other_fractions: tuple[Constraint, ...] = ()

    @property
    def n_judged(self) -> int:
        """How many limits were held against a dose."""
        return sum(e.state is LimitState.JUDGED for e in self.evaluations)

    @property
    def open_or_failed(self) -> tuple[Evaluation, ...]:
        """Limits of drawn organs that are not kept for certain: exceeded, borderline or not evaluable."""
        return tuple(e for e in self.evaluations if e.verdict is not None and not e.verdict.is_pass)

    @property
    def not_drawn(self) -> tuple[Evaluation, ...]:
        """Limits of organs that nobody drew."""
        return tuple(e for e in self.evaluations if not e.is_drawn)

    @property
    def all_within(self) -> bool:
        """Whether a limit was judged and every limit of a drawn organ is kept for certain."""
        return self.n_judged > 0 and not self.open_or_failed


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What `evaluate_set` was given, passed along as one."""

    assignment: Assignment
    fractions: PlanFractions
    metric_of: MetricOf
    volume_of: VolumeOf
    structure_names: tuple[str, ...]
    set_name: str
    blocked: Mapping[int, str] = field(default_factory=dict)
    empty: frozenset[int] = frozenset()
    lower_bound_of: LowerBoundOf = field(default=lambda number, metric: None)


def evaluate_set(
    constraint_set: ConstraintSet,
    assignment: Assignment,
    *,
    fractions: PlanFractions,
    metric_of: MetricOf,
    volume_of: VolumeOf,
    blocked: Mapping[int, str] | None = None,
    lower_bound_of: LowerBoundOf | None = None,
    empty: Collection[int] = (),
) -> SetEvaluation:
    """Judge every limit of a set that was published for the plan's fraction number.

    Parameters
    ----------
    constraint_set : ConstraintSet
    assignment : Assignment
        Which structures stand for which organs.
    fractions : PlanFractions
    metric_of : callable
        ROI number and DVH metric to a value; called only for what is needed.
    volume_of : callable
        ROI number to volume, cc.
    blocked : mapping, optional
        ROI numbers that must not be judged, with the reason.
    lower_bound_of : callable, optional
        ROI number and DVH metric to a lower bound where part of the structure is not covered: it is enough to
        exceed an upper limit, and never to keep one.
    empty : collection of int, optional
        ROI numbers of structures without contours: they are named, not drawn.

    Returns
    -------
    SetEvaluation
    """
    names = tuple(dict.fromkeys([*(a.written for a in assignment.assigned), *_unmatched(assignment)]))
    plan = _Plan(
        assignment=assignment,
        fractions=fractions,
        metric_of=metric_of,
        volume_of=volume_of,
        structure_names=names,
        set_name=constraint_set.name,
        blocked=blocked or {},
        empty=frozenset(empty),
        lower_bound_of=lower_bound_of or (lambda number, metric: None),
    )
    limits = [c for c in constraint_set.constraints if c.role.is_enforced]
    others = [c for c in constraint_set.constraints if not c.role.is_enforced]
    return SetEvaluation(
        evaluations=(
            *(row for c in limits if fractions.match(c).matches for row in _evaluate(c, plan)),
            *_other_fractions_only(limits, plan),
            *_fractions_unknown(limits, plan),
        ),
        shown=tuple(row for c in others if fractions.match(c).matches for row in _show(c, plan)),
        findings=(
            *_one_sided(limits, plan),
            *_doubtful(limits, plan),
            *_nothing_matches(limits, plan),
            *_metrics_at_other_fractions(limits, plan),
            *_whole_treatment(limits, plan),
        ),
        other_fractions=tuple(c for c in limits if not fractions.match(c).matches),
    )


def gravest_first(evaluations: Sequence[Evaluation]) -> tuple[Evaluation, ...]:
    """Sort by verdict, the gravest first; what cannot be judged comes before what is within.

    What is not drawn comes last. Within a verdict the order is that of the set, structures that are there
    before those that are not.
    """
    return tuple(sorted(evaluations, key=_gravity))


def _gravity(evaluation: Evaluation) -> tuple[int, bool]:
    is_named = evaluation.structure is not None
    return (len(Verdict) if evaluation.verdict is None else evaluation.verdict.gravity, not is_named)


def _unmatched(assignment: Assignment) -> Iterator[str]:
    return (match.written for match in assignment.unmatched)


def _organs_of(constraint: Constraint) -> tuple[str, ...]:
    """Names under which a structure can stand for a limit's organ."""
    if constraint.scope is Scope.OWN_CONTOUR or not constraint.organs:
        return (constraint.organ_as_published,)
    return constraint.organs


def _evaluate(constraint: Constraint, plan: _Plan) -> list[Evaluation]:
    """Judge one limit for each structure that stands for its organ."""
    found = [(organ, plan.assignment.of(organ)) for organ in _organs_of(constraint)]
    rows = [_judge_organ(constraint, organ, assigned, plan) for organ, assigned in found if assigned]
    return [replace(row, set_name=plan.set_name) for row in rows or [_not_contoured(constraint, plan)]]


def _judge_organ(constraint: Constraint, organ: str, assigned: Sequence[Assigned], plan: _Plan) -> Evaluation:
    """Judge one limit for the one structure of an organ, or say why that cannot be done."""
    first = assigned[0]
    if all(a.number in plan.empty for a in assigned):
        why = ", ".join(f"{a.written!r} has no contours" for a in assigned)
        return _row(constraint, organ, first, verdict=why)
    if len(assigned) > 1:
        listed = ", ".join(f"{a.written!r} ({a.evidence})" for a in assigned)
        why = f"{len(assigned)} structures stand for {organ}: {listed}; choose one"
        return _row(constraint, organ, None, verdict=_not_evaluable(why))
    metric, note = _metric_to_ask(constraint, first, plan)
    reason = plan.blocked.get(first.number) or metric.reason
    if constraint.scope is Scope.SEVERAL_COURSES or metric.quantity != "physical":
        reason = _SEVERAL_COURSES
    if constraint.scope is Scope.NO_EARLIER_COURSE:
        note = "; ".join(text for text in (note, _IF_FIRST_COURSE) if text)
    if reason or metric.dvh is None:
        return _row(constraint, organ, first, metric=metric, verdict=_not_evaluable(reason or "no metric"))
    answer = plan.metric_of(first.number, metric.dvh)
    verdict = _judgement(constraint, answer, note)
    if answer.value is None and (bound := plan.lower_bound_of(first.number, metric.dvh)) is not None:
        least = _by_lower_bound(constraint, bound, metric, reason=verdict.reason)
        if least is not None:
            return _row(constraint, organ, first, metric=metric, answer=bound, verdict=least)
    if metric.span_end is not None and answer.value is not None:
        verdict = _over_span(constraint, verdict, plan.metric_of(first.number, metric.span_end), metric)
    return _row(constraint, organ, first, metric=metric, answer=answer, verdict=verdict)


def _by_lower_bound(
    constraint: Constraint, bound: ValueOfMetric, metric: PublishedMetric, *, reason: str | None
) -> Judgement | None:
    """Call an upper limit exceeded when what is known alone exceeds it, under every reading of it.

    A volume published as a span is read at its larger end there, which this bound does not speak of.
    """
    is_upper = constraint.comparator in ("<", "<=")
    if not is_upper or metric.span_end is not None or constraint.scope is Scope.AFTER_EARLIER_COURSE:
        return None
    found = _judgement(constraint, bound, None)
    if found.verdict is not Verdict.EXCEEDS:
        return None
    why = "; ".join(text for text in ("the covered part alone exceeds", found.reason, reason) if text)
    return replace(found, reason=f"{why}; the value is a lower bound")


def _over_span(
    constraint: Constraint, strict: Judgement, other_end: ValueOfMetric, metric: PublishedMetric
) -> Judgement:
    """Judge a limit whose volume is published as a span: only what both ends say is said."""
    loose = _judgement(constraint, other_end, None)
    at_other = "unknown" if other_end.value is None else f"{other_end.value:.2f} {constraint.unit}"
    said = f"published as {metric.text}; {metric.span_end} is {at_other}"
    reasons = "; ".join(text for text in (strict.reason, said) if text)
    if strict.verdict is Verdict.NOT_EVALUABLE or loose.verdict is strict.verdict:
        return replace(strict, reason=reasons)
    if loose.verdict is Verdict.NOT_EVALUABLE:
        return replace(strict, verdict=Verdict.NOT_EVALUABLE, reason=f"{reasons}: {loose.reason}")
    return replace(strict, verdict=Verdict.BORDERLINE, reason=f"{reasons}: the ends do not agree")


def _judgement(constraint: Constraint, answer: ValueOfMetric, note: str | None) -> Judgement:
    """Judge a value, unless the limit presupposes what a plan alone does not say."""
    assert constraint.comparator is not None
    assert constraint.limit is not None
    if constraint.scope is Scope.AFTER_EARLIER_COURSE:
        return _not_evaluable(f"holds only for: {constraint.condition}; a plan alone does not say that")
    found = judge(
        answer.value,
        constraint.comparator,
        limit=constraint.limit,
        uncertainty=answer.uncertainty,
        reason=answer.reason,
    )
    reasons = "; ".join(text for text in (found.reason, note, constraint.derived) if text) or None
    return Judgement(verdict=found.verdict, reason=reasons, margin=found.margin)


def _metric_to_ask(
    constraint: Constraint, structure: Assigned, plan: _Plan
) -> tuple[PublishedMetric, str | None]:
    """The metric for this structure: a critical volume may be a third of the organ."""
    stated = constraint.metric.critical_volume_cc
    if stated is None or not constraint.uses_a_third_of_the_organ:
        return constraint.metric, None
    volume = plan.volume_of(structure.number)
    if volume is None or volume / 3 <= stated:
        return constraint.metric, None
    third = constraint.metric.with_volume(round(volume / 3, 3))
    return third, f"the critical volume is a third of the contoured organ, not {stated:g} cc"


def _not_contoured(constraint: Constraint, plan: _Plan) -> Evaluation:
    """Say that no structure stands for the organ, and which names are near."""
    organs = _organs_of(constraint)
    near = tuple(dict.fromkeys(name for organ in organs for name in near_names(organ, plan.structure_names)))
    label = " or ".join(organs)
    reason = f"no structure stands for {label}"
    if constraint.scope is Scope.OWN_CONTOUR:
        reason = f"needs a contour of its own, chosen by hand: {label}"
    if constraint.scope is Scope.SEVERAL_COURSES:
        reason = f"{_SEVERAL_COURSES}; {reason}"
    if near:
        reason = f"{reason}; near names: {', '.join(near)}"
    return _row(constraint, constraint.organ_label, None, verdict=reason, near=near)


def _row(
    constraint: Constraint,
    organ: str,
    structure: Assigned | None,
    *,
    verdict: Judgement | str,
    metric: PublishedMetric | None = None,
    answer: ValueOfMetric | None = None,
    near: tuple[str, ...] = (),
) -> Evaluation:
    """Put one evaluation together, with a judgement or the reason why the organ is not drawn."""
    asked = metric or constraint.metric
    return Evaluation(
        organ=organ,
        structure=structure.written if structure else None,
        evidence=structure.evidence if structure else None,
        metric=asked.dvh or asked.text,
        value=answer.value if answer else None,
        uncertainty=answer.uncertainty if answer else None,
        judgement=verdict if isinstance(verdict, Judgement) else None,
        why_not_drawn=verdict if isinstance(verdict, str) else None,
        constraint=constraint,
        near=near,
    )


def _not_evaluable(reason: str) -> Judgement:
    return Judgement.unjudged(reason)


def _drawn_organs(
    limits: Sequence[Constraint], plan: _Plan
) -> Iterator[tuple[str, list[Assigned], list[Constraint]]]:
    """Each drawn organ with its structures and the limits that speak of it, at whatever fraction number."""
    by_organ: dict[str, list[Constraint]] = {}
    for constraint in limits:
        for organ in _organs_of(constraint):
            by_organ.setdefault(organ, []).append(constraint)
    for organ, constraints in by_organ.items():
        assigned = [a for a in plan.assignment.of(organ) if a.number not in plan.empty]
        if assigned:
            yield organ, assigned, constraints


def _fractions_unknown(limits: Sequence[Constraint], plan: _Plan) -> Iterator[Evaluation]:
    """Limits of drawn organs that may hold: the plan does not say its fractions. Another limit is judged."""
    for organ, assigned, constraints in _drawn_organs(limits, plan):
        matches = [plan.fractions.match(c) for c in constraints]
        if any(match.matches for match in matches):
            for constraint, match in zip(constraints, matches, strict=True):
                if match.matches is None:
                    why = _not_evaluable(match.reason or "the plan does not state its fractions")
                    yield replace(_row(constraint, organ, assigned[0], verdict=why), set_name=plan.set_name)


def _metrics_at_other_fractions(limits: Sequence[Constraint], plan: _Plan) -> Iterator[str]:
    """Name metrics of a drawn organ that the set limits at other fraction numbers only, beside others."""
    for organ, _, constraints in _drawn_organs(limits, plan):
        judged = {_subject(c) for c in constraints if plan.fractions.match(c).matches}
        texts: dict[str, list[str]] = {}
        for c in constraints:
            if plan.fractions.match(c).matches is False and judged and _subject(c) not in judged:
                texts.setdefault(c.metric.text, []).append(c.fractions.text)
        if texts:
            listed = "; ".join(f"{metric}: {', '.join(dict.fromkeys(n))}" for metric, n in texts.items())
            yield (
                f"{plan.set_name} limits these metrics of {organ} at other numbers of fractions only: "
                f"{listed}; the plan has {plan.fractions.n_fractions}, so they were not judged"
            )


def _subject(constraint: Constraint) -> tuple[str, str]:
    """What a limit is of, whatever its number: the metric and the side on which it lies."""
    return constraint.metric.dvh or constraint.metric.text, (constraint.comparator or "")[:1]


def _other_fractions_only(limits: Sequence[Constraint], plan: _Plan) -> Iterator[Evaluation]:
    """One row for each contoured organ that the set limits at other fraction numbers only."""
    for organ, assigned, constraints in _drawn_organs(limits, plan):
        if not any(plan.fractions.match(c).matches for c in constraints):
            yield Evaluation(
                organ=organ,
                structure=assigned[0].written,
                evidence=assigned[0].evidence,
                metric=None,
                value=None,
                uncertainty=None,
                judgement=_not_evaluable(
                    _why_other_fractions(plan.set_name, organ, constraints, plan.fractions)
                ),
                constraint=None,
                set_name=plan.set_name,
            )


def _why_other_fractions(
    set_name: str, organ: str, constraints: Sequence[Constraint], fractions: PlanFractions
) -> str:
    """Say at which fraction numbers the set has limits, and what is missing or differs."""
    texts = ", ".join(dict.fromkeys(c.fractions.text for c in constraints))
    unsaid = [m.reason for c in constraints if (m := fractions.match(c)).matches is None]
    tail = unsaid[0] if unsaid else f"the plan has {fractions.n_fractions}"
    return f"{set_name} limits {organ} at these numbers of fractions only: {texts}; {tail}"


def _nothing_matches(limits: Sequence[Constraint], plan: _Plan) -> list[str]:
    """Say when a set has no limit for the plan's fraction number at all."""
    if any(plan.fractions.match(c).matches for c in limits):
        return []
    texts = ", ".join(dict.fromkeys(c.fractions.text for c in limits)) or "none at all"
    n_fractions = plan.fractions.n_fractions
    has = "is not known" if n_fractions is None else f"is {n_fractions}"
    return [f"no limit of this set is for the plan's number of fractions, which {has}; the set's: {texts}"]


def _whole_treatment(limits: Sequence[Constraint], plan: _Plan) -> list[str]:
    """Say that conventional limits speak of all phases together, where any was judged."""
    judged = [
        c
        for c in limits
        if c.fractions.kind == "conventional"
        and plan.fractions.match(c).matches
        and any(plan.assignment.of(organ) for organ in c.organs)
    ]
    return [_WHOLE_TREATMENT] if judged else []


def _one_sided(limits: Sequence[Constraint], plan: _Plan) -> list[str]:
    """Say when only one organ of a pair is contoured."""
    found = []
    for constraint in limits:
        for organ in constraint.organs if plan.fractions.match(constraint).matches else ():
            side = split_side(organ)[1]
            other = organ[:-1] + ("R" if side == "L" else "L")
            is_pair = side is not None and other in constraint.organs
            if is_pair and plan.assignment.of(other) and not plan.assignment.of(organ):
                found.append(f"{organ} is not contoured: its limits were not judged, those of {other} were")
    return list(dict.fromkeys(found))


def _doubtful(limits: Sequence[Constraint], plan: _Plan) -> list[str]:
    """Repeat the notes of limits whose transcription is in doubt, where they were judged."""
    return [
        f"{c.describe()}: {c.note}"
        for c in limits
        if _DOUBT.search(c.note)
        and plan.fractions.match(c).matches
        and any(plan.assignment.of(organ) for organ in c.organs)
    ]


def _show(constraint: Constraint, plan: _Plan) -> Iterator[Shown]:
    """Show what the plan gives beside a row that is no limit."""
    for organ in _organs_of(constraint):
        for assigned in plan.assignment.of(organ):
            dvh = constraint.metric.dvh
            several = not constraint.scope.is_of_one_plan or constraint.metric.quantity != "physical"
            answer = None if dvh is None or several else plan.metric_of(assigned.number, dvh)
            reason = constraint.metric.reason or (_SEVERAL_COURSES if several else None)
            yield Shown(
                organ=organ,
                structure=assigned.written,
                metric=dvh or constraint.metric.text,
                value=answer.value if answer else None,
                uncertainty=answer.uncertainty if answer else None,
                reason=answer.reason if answer else reason,
                constraint=constraint,
            )
