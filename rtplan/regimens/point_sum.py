"""The sum of courses at a point, without DICOM: the calculator that stays open beside the planning system.

Every number here is *at a point that received all doses in full*: prescriptions, not organs. BED and EQD2
are computed course by course and added at one alpha/beta. The sum without recovery is always shown.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Unpack, overload

from bed import Regimen, RegimenSequence, lq_validity_note
from bed.kinetics import planned_schedule
from bed.retreatment import Recovery
from rtplan.errors import RtplanTypeError
from rtplan.interval import Interval
from rtplan.limits import (
    Basis,
    Judgement,
    Limit,
    Remaining,
    Verdict,
    borderline_by_unsourced_rule,
    judge,
    remaining_at_point,
)
from rtplan.regimens.effect import (
    RegimenEffect,
    regimen_effect,
    unused_parameters,
)
from rtplan.regimens.sum_question import (
    BandEnd,
    DatedRegimen,
    PointSumQuestion,
    StatedOfSum,
    interval_between,
    longest_between,
    overlap_in_time,
)
from rtplan.regimens.trial_rules import TrialRuleResult, trial_rule_results
from rtplan.text import frame_of, table_html, value_text

__all__ = ["PointSum", "PointSumRow", "sum_courses"]

DATE_CONVENTION = (
    "a single date is taken as the last day of an earlier course and as the first day of the course that "
    "follows; write @FIRST..LAST to give both"
)


@dataclass(frozen=True, kw_only=True)
class PointSumRow:
    """The sum at one alpha/beta.

    Attributes
    ----------
    alpha_beta : float
        Gy.
    band_end : str or None
        `low` or `high` where a course was typed as a band.
    effects : tuple of RegimenEffect
        One for each course, in order.
    cumulative_bed_gy, cumulative_eqd2_gy : float or None
        Without recovery; None where one course has no value.
    with_recovery_eqd2_gy : float or None
        With the chosen rule taken off the earlier courses; None where no rule was chosen or it is silent.
    with_recovery_longest_eqd2_gy : float or None
        The same after the longest interval that the dates allow, where a month was given without its day.
    recovered_fractions : tuple of float or None
        What each earlier course has forgotten by the start of the last one.
    limit_gy : float or None
        Cumulative limit, Gy EQD2 at this alpha/beta.
    limit_includes_recovery : bool
        Whether the limit was derived with recovery already taken into account.
    judgement : Judgement or None
        With the chosen recovery; None where no limit was given.
    remaining : tuple of Remaining
    reason : str or None
        Why a value is missing.
    """

    alpha_beta: float
    band_end: str | None
    effects: tuple[RegimenEffect, ...]
    cumulative_bed_gy: float | None
    cumulative_eqd2_gy: float | None
    with_recovery_eqd2_gy: float | None
    recovered_fractions: tuple[float | None, ...]
    limit_gy: float | None
    limit_includes_recovery: bool
    judgement: Judgement | None
    remaining: tuple[Remaining, ...]
    reason: str | None
    with_recovery_longest_eqd2_gy: float | None = None


@dataclass(frozen=True, kw_only=True)
class PointSum:
    """The whole answer.

    Attributes
    ----------
    label : str
        For which point the numbers hold.
    courses : tuple of tuple of DatedRegimen
        The courses of each row's band end; one tuple unless a course is a band.
    intervals : tuple of Interval or None
        Between consecutive courses; the shortest where a month was given without its day.
    longest_intervals : tuple of Interval or None
        The longest then; None where the days are known.
    recovery : Recovery
    rows : tuple of PointSumRow
        For each end of a band and each alpha/beta.
    trial_rules : tuple of TrialRuleResult
        Rules of re-irradiation trials that regimens and dates can answer; empty for one course.
    notes : tuple of str
        Warnings that travel with the result.
    """

    label: str
    courses: tuple[tuple[DatedRegimen, ...], ...]
    intervals: tuple[Interval | None, ...]
    recovery: Recovery
    rows: tuple[PointSumRow, ...]
    trial_rules: tuple[TrialRuleResult, ...]
    notes: tuple[str, ...]
    longest_intervals: tuple[Interval | None, ...] = ()

    @property
    def limit_failed(self) -> bool:
        """Whether a limit was asked for and is not kept for certain."""
        return any(row.judgement is not None and not row.judgement.verdict.is_pass for row in self.rows)

    def records(self) -> list[dict[str, Any]]:
        """Return one flat dictionary for each row, ready for a data frame.

        Examples
        --------
        >>> found = sum_courses(["25Gy/5", "50Gy/25"], alpha_betas=[3])
        >>> found.records()[0]["cumulative_eqd2_gy"]
        90.0
        """
        return [_record(row) for row in self.rows]

    def to_frame(self) -> Any:
        """Return the rows as a pandas frame."""
        return frame_of(self.records())

    def __repr__(self) -> str:
        courses = " + ".join(map(str, self.courses[0]))
        return f"PointSum({courses}; {len(self.rows)} rows, recovery {self.recovery.name})"

    def _repr_html_(self) -> str:
        rows = [_shown_row(row) for row in self.rows]
        return table_html(f"EQD2 {self.label}: {self!r}", _SHOWN, rows, notes=self.notes)


_SHOWN = (
    "α/β Gy",
    "band end",
    "courses, EQD2 Gy",
    "sum Gy",
    "with recovery Gy",
    "limit Gy",
    "verdict",
    "why",
)


def _shown_row(row: PointSumRow) -> tuple[str, ...]:
    return (
        f"{row.alpha_beta:g}",
        row.band_end or "",
        " + ".join(value_text(effect.eqd2_gy) for effect in row.effects),
        value_text(row.cumulative_eqd2_gy),
        value_text(row.with_recovery_eqd2_gy),
        "" if row.limit_gy is None else f"{row.limit_gy:g}",
        row.judgement.verdict.value if row.judgement else "",
        (row.judgement.reason if row.judgement else row.reason) or "",
    )


def _record(row: PointSumRow) -> dict[str, Any]:
    courses = {f"course_{i}_eqd2_gy": effect.eqd2_gy for i, effect in enumerate(row.effects, start=1)}
    left = {
        f"remaining_gy_in_{left.n_fractions} ({left.reading}, recovery {left.recovery})": left.total_dose_gy
        for left in row.remaining
    }
    return {
        "alpha_beta_gy": row.alpha_beta,
        "band_end": row.band_end,
        **courses,
        "cumulative_bed_gy": row.cumulative_bed_gy,
        "cumulative_eqd2_gy": row.cumulative_eqd2_gy,
        "with_recovery_eqd2_gy": row.with_recovery_eqd2_gy,
        "with_recovery_longest_eqd2_gy": row.with_recovery_longest_eqd2_gy,
        "limit_gy": row.limit_gy,
        "verdict": row.judgement.verdict.value if row.judgement else None,
        "reason": row.reason,
        **left,
    }


@overload
def sum_courses(question: PointSumQuestion, /) -> PointSum: ...


@overload
def sum_courses(courses: Sequence[str], /, **stated: Unpack[StatedOfSum]) -> PointSum: ...


def sum_courses(asked: PointSumQuestion | Sequence[str], /, **stated: Unpack[StatedOfSum]) -> PointSum:
    """Sum courses at a point that received every dose in full.

    Parameters
    ----------
    asked : PointSumQuestion or sequence of str
        The whole question; or the courses, for those who ask by keyword.
    **stated
        What is stated beside the courses: the attributes of `PointSumQuestion`.

    Returns
    -------
    PointSum

    Raises
    ------
    RtplanValueError
        A question that contradicts itself.
    RegimenError
        A regimen that is not understood.

    Examples
    --------
    >>> found = sum_courses(["50.4Gy/28@2023-05-01", "30Gy/5@2024-02-01"], alpha_betas=[3],
    ...                     limits_eqd2_gy=[90], n_fractions=[5])
    >>> row = found.rows[0]
    >>> row.cumulative_eqd2_gy, row.judgement.verdict.value
    (102.384, 'exceeds')
    >>> print(found.intervals[0])
    276 days (9 months)
    """
    if isinstance(asked, PointSumQuestion):
        if stated:
            raise RtplanTypeError("a question holds its statements: nothing goes beside it")
        return _summed(asked)
    given: dict[str, Any] = {name: value for name, value in stated.items() if value is not None}
    given.setdefault("alpha_betas", ())
    return _summed(PointSumQuestion(courses=tuple(asked), **given))


def _summed(question: PointSumQuestion) -> PointSum:
    rows = tuple(
        _row(question, end, alpha_beta=ratio, limit=limit)
        for end in question.ends
        for ratio, limit in zip(question.alpha_betas, question.limits, strict=True)
    )
    return PointSum(
        label=f"at a point that received {_all(len(question.courses))} in full",
        courses=tuple(end.courses for end in question.ends),
        intervals=question.intervals,
        longest_intervals=question.longest_intervals,
        recovery=question.rule,
        rows=rows,
        trial_rules=_trial_rules(question),
        notes=tuple(dict.fromkeys([*question.notes, *_warnings(rows, question)])),
    )


def _all(n_courses: int) -> str:
    return {1: "the dose", 2: "both doses"}.get(n_courses, f"all {n_courses} doses")


def _row(question: PointSumQuestion, end: BandEnd, *, alpha_beta: float, limit: float | None) -> PointSumRow:
    rule, to_last = question.rule, question.intervals_to_last
    effects = tuple(
        regimen_effect(course.regimen, model="lq", alpha_beta=alpha_beta, parameters=question.parameters)
        for course in end.courses
    )
    forgotten = tuple(_forgotten(rule, interval) for interval in to_last)
    reduced = _with_recovery(effects, forgotten) if rule.assumes_recovery else None
    after_longest = _forgotten_at_longest(question)
    total = _sum([effect.eqd2_gy for effect in effects])
    row = PointSumRow(
        alpha_beta=alpha_beta,
        band_end=end.name,
        effects=effects,
        cumulative_bed_gy=_sum([effect.bed_gy for effect in effects]),
        cumulative_eqd2_gy=total,
        with_recovery_eqd2_gy=reduced,
        recovered_fractions=forgotten,
        limit_gy=limit,
        limit_includes_recovery=question.limit_includes_recovery,
        judgement=None,
        remaining=(),
        reason=_why_missing(effects, forgotten, rule),
        with_recovery_longest_eqd2_gy=None
        if after_longest is None
        else _with_recovery(effects, after_longest),
    )
    if limit is None:
        return row
    idle = question.why_limits_do_not_judge
    if idle is not None:
        readings = _remaining(row, limit, rule, question.n_fractions)
        return replace(
            row,
            judgement=Judgement.unjudged(idle),
            remaining=tuple(left.unread(idle) for left in readings),
        )
    return replace(
        row,
        judgement=_judged(row, limit, rule, to_last, is_open=after_longest is not None),
        remaining=tuple(_remaining(row, limit, rule, question.n_fractions)),
    )


def _forgotten(rule: Recovery, interval: Interval | None) -> float | None:
    if interval is None:
        return None if rule.assumes_recovery else 0.0
    return rule.fraction(interval.days) if rule.is_defined(interval.days) else None


def _forgotten_at_longest(question: PointSumQuestion) -> tuple[float | None, ...] | None:
    """Return what is forgotten after the longest intervals; None where every day is known."""
    longest = question.longest_to_last
    if not question.rule.assumes_recovery or not any(longest):
        return None
    pairs = zip(longest, question.intervals_to_last, strict=True)
    return tuple(_forgotten(question.rule, long or short) for long, short in pairs)


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) if len(known) == len(values) else None


def _kept(effects: Sequence[RegimenEffect], forgotten: Sequence[float | None]) -> list[float | None]:
    """What is left of each earlier course's EQD2."""
    return [
        None if effect.eqd2_gy is None or share is None else effect.eqd2_gy * (1.0 - share)
        for effect, share in zip(effects, forgotten, strict=False)
    ]


def _with_recovery(effects: Sequence[RegimenEffect], forgotten: Sequence[float | None]) -> float | None:
    return _sum([*_kept(effects, forgotten), effects[-1].eqd2_gy])


def _why_missing(
    effects: Sequence[RegimenEffect], forgotten: Sequence[float | None], rule: Recovery
) -> str | None:
    reasons = [f"{effect.regimen}: {effect.reason}" for effect in effects if effect.bed_gy is None]
    if None in forgotten:
        reasons.append(f"recovery rule {rule.name} gives no value for this interval")
    return "; ".join(reasons) or None


def _judged(
    row: PointSumRow, limit: float, rule: Recovery, to_last: Sequence[Interval | None], *, is_open: bool
) -> Judgement:
    """Judge with the chosen recovery, and say so where the sum without it reads differently."""
    plain = _against(row.cumulative_eqd2_gy, limit, row.reason)
    if plain.verdict is Verdict.NOT_EVALUABLE:
        floor = _sum([_at_least(effect) for effect in row.effects])
        if floor is not None and floor > limit and not rule.assumes_recovery:
            reason = f"already with full repair between fractions the sum is {floor:.4g} Gy; {row.reason}"
            return Judgement(verdict=Verdict.EXCEEDS, reason=reason, margin=limit - floor)
    if not rule.assumes_recovery:
        return plain
    found = _with_rule(row, limit, rule, to_last, is_open=is_open)
    if rule.is_unsourced:
        found = borderline_by_unsourced_rule(
            found, plain=plain, recovered_gy=row.with_recovery_eqd2_gy, full_gy=row.cumulative_eqd2_gy
        )
    if found.verdict in (plain.verdict, Verdict.BORDERLINE):
        return found
    said = f"{plain.verdict.value} without recovery"
    return replace(found, reason=f"{found.reason}; {said}" if found.reason else said)


def _with_rule(
    row: PointSumRow, limit: float, rule: Recovery, to_last: Sequence[Interval | None], *, is_open: bool
) -> Judgement:
    """Judge the sum with recovery; neither a jump of the rule near the interval nor an open one decides."""
    found = _against(row.with_recovery_eqd2_gy, limit, row.reason)
    if is_open:
        silent = f"recovery rule {rule.name} gives no value after the longest interval"
        other = _against(row.with_recovery_longest_eqd2_gy, limit, silent)
        if other.verdict is not found.verdict:
            reason = (
                f"{found.verdict.value} after the shortest interval, {other.verdict.value} after the longest"
            )
            return Judgement(
                verdict=Verdict.BORDERLINE, reason=f"{reason}: a month has no day", margin=found.margin
            )
    edge = _verdict_across_edges(row, limit, rule, to_last)
    if edge is not None and edge.verdict is not found.verdict:
        reason = (
            f"the recovery rule {rule.name} jumps near this interval: {edge.verdict.value} on its other side"
        )
        return Judgement(verdict=Verdict.BORDERLINE, reason=reason, margin=found.margin)
    return found


def _verdict_across_edges(
    row: PointSumRow, limit: float, rule: Recovery, to_last: Sequence[Interval | None]
) -> Judgement | None:
    """Judge with the fractions on the other side of every edge that lies near an interval."""
    if row.with_recovery_eqd2_gy is None:
        return None
    edges = [rule.edge_near(interval.days) if interval else None for interval in to_last]
    across = [
        share if edge is None else (edge.before if share == edge.after else edge.after)
        for edge, share in zip(edges, row.recovered_fractions, strict=True)
    ]
    return _against(_with_recovery(row.effects, across), limit, row.reason) if any(edges) else None


def _at_least(effect: RegimenEffect) -> float | None:
    return effect.eqd2_full_repair_gy if effect.eqd2_gy is None else effect.eqd2_gy


def _against(value: float | None, limit: float, reason: str | None) -> Judgement:
    # A typed dose has no stated uncertainty, and rounding must not turn a sum at the limit into one above.
    rounded = None if value is None else round(value, 9)
    return judge(rounded, "<=", limit=Limit(low=limit, high=limit), uncertainty=0.0, reason=reason)


def _remaining(row: PointSumRow, limit: float, rule: Recovery, n_fractions: Sequence[int]) -> list[Remaining]:
    """Dose below the limit in place of the last course, and after all of them."""
    earlier = row.effects[:-1]
    found: list[Remaining] = []
    for n in n_fractions:
        if earlier:
            whole = _sum([effect.eqd2_gy for effect in earlier])
            found.append(_left(limit, whole, n, row, basis=Basis.IN_PLACE_OF_LAST, recovery="none"))
            if rule.assumes_recovery:
                kept = _sum(_kept(earlier, row.recovered_fractions))
                found.append(_left(limit, kept, n, row, basis=Basis.IN_PLACE_OF_LAST, recovery=rule.name))
        found.append(_left(limit, row.cumulative_eqd2_gy, n, row, basis=Basis.AFTER_ALL, recovery="none"))
    return found


def _left(
    limit: float, spent: float | None, n: int, row: PointSumRow, *, basis: Basis, recovery: str
) -> Remaining:
    if spent is None:
        reason = row.reason or "the sum is not known"
        left = Remaining.absent(basis, n_fractions=n, recovery=recovery, reason=reason)
    else:
        ratio = row.alpha_beta
        left = remaining_at_point(limit, spent, n_fractions=n, alpha_beta=ratio, recovery=recovery)
    if row.limit_includes_recovery and basis is Basis.AFTER_ALL:
        left = left.unread("the limit includes recovery, and how long after the last course is not known")
    place = str(row.effects[-1].regimen) if basis is Basis.IN_PLACE_OF_LAST else None
    return replace(left, basis=basis, in_place_of=place)


def _trial_rules(question: PointSumQuestion) -> tuple[TrialRuleResult, ...]:
    """Hold the courses against every rule; where a month has no day, met or not only as both ends say."""
    courses = question.ends[-1].courses
    if len(courses) < 2:
        return ()
    earlier = [course.regimen for course in courses[:-1]]
    found = trial_rule_results(earlier, question.intervals[-1])
    longest = question.longest_intervals[-1]
    if longest is None:
        return found
    return tuple(
        short
        if short.status == long.status
        else replace(short, status="unknown", value=f"{short.value} to {long.value}")
        for short, long in zip(found, trial_rule_results(earlier, longest), strict=True)
    )


def _warnings(rows: Sequence[PointSumRow], question: PointSumQuestion) -> list[str]:
    courses = question.ends[0].courses
    found = [note for row in rows for effect in row.effects for note in effect.notes]
    sizes = [left.dose_per_fraction_gy for row in rows for left in row.remaining]
    found += [f"remaining dose: {note}" for size in sizes if size and (note := lq_validity_note(size))]
    found += _without_effect(question)
    if len(question.limits_eqd2_gy) == 1 and len(question.alpha_betas) > 1:
        found.append(
            "one limit is held against the sum at every alpha/beta; a published limit belongs to one"
        )
    found += _of_dates(courses)
    if len(courses) > 1 and any(course.starts and course.starts == course.ends for course in courses):
        found.append(DATE_CONVENTION)
        found += _if_the_date_was_the_first_day(courses)
    return found


def _of_dates(courses: Sequence[DatedRegimen]) -> list[str]:
    """Say which courses overlap in time, and between which a month without its day leaves the time open."""
    found = []
    for earlier, later in itertools.pairwise(courses):
        if overlap_in_time(earlier, later):
            found.append(
                f"{earlier.regimen} and {later.regimen} overlap in time: they are summed, and no time counts "
                "as lying between them"
            )
        longest, shortest = longest_between(earlier, later), interval_between(earlier, later)
        if longest is not None and shortest is not None:
            found.append(
                f"a month was given without its day: from {earlier.regimen} to {later.regimen} {shortest} to "
                f"{longest} passed; the shortest counts, and verdicts only where both ends agree"
            )
    return found


def _without_effect(question: PointSumQuestion) -> list[str]:
    """Say which statements change nothing in this answer, and why."""
    found = []
    if question.n_fractions and not question.limits_eqd2_gy:
        found.append("no limit was stated, so no remaining dose is read")
    if question.limit_includes_recovery and not question.limits_eqd2_gy:
        found.append("no limit was stated that could include recovery: limit_includes_recovery has no effect")
    if question.tissue is not None and not question.rule.assumes_recovery:
        found.append(f"{question.tissue} was stated and no recovery rule: the tissue has no effect")
    regimens = [course.regimen for end in question.ends for course in end.courses]
    return found + unused_parameters(question.parameters, regimens)


def _if_the_date_was_the_first_day(courses: Sequence[DatedRegimen]) -> list[str]:
    """Say where a trial rule would read differently if the one date given was the first day."""
    before, last = courses[-2], courses[-1]
    if before.starts is None or before.starts != before.ends or last.starts is None:
        return []
    assumed = f"if {before.starts} was the first day of {before.regimen}"
    ended = before.starts + timedelta(days=_shortest_course(before.regimen, before.starts))
    if ended > last.starts:
        return [f"{assumed}, it had not ended by {last.starts}"]
    earlier = [course.regimen for course in courses[:-1]]
    shorter = Interval(ended=ended, starts=last.starts)
    both = zip(
        trial_rule_results(earlier, interval_between(before, last)),
        trial_rule_results(earlier, shorter),
        strict=True,
    )
    flipped = [other.rule.protocol for plain, other in both if plain.status != other.status]
    if not flipped:
        return []
    return [f"{assumed}, about {shorter} have passed, too short for {', '.join(flipped)}"]


def _shortest_course(regimen: Regimen | RegimenSequence, starts: date) -> int:
    """Days from the first fraction to the last on weekdays without interruption."""
    days = sum(-(-phase.n_fractions // phase.fractions_per_day) for phase in regimen.phases)
    return planned_schedule(days, first_day=starts, extra=[starts]).overall_time
