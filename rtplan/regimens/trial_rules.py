"""The rules of re-irradiation trials that typed regimens and dates can answer.

These are eligibility rules of trials, not dose limits of organs. They are shown beside a sum; a complete
screening looks at the patient as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from bed import Regimen, RegimenSequence
from rtplan.files import shipped_file
from rtplan.interval import Interval, add_months

__all__ = ["PointRule", "TrialRuleResult", "point_rules", "trial_rule_results"]


@dataclass(frozen=True, kw_only=True)
class PointRule:
    """One rule of a trial.

    Attributes
    ----------
    id, protocol, protocol_id : str
        Own name, trial and registry number.
    kind : str
        `interval` in calendar months, or `prior_total_dose` in Gy.
    comparator : str
        What keeps the rule.
    value : float
    unit : str
    text, source, how_verified, note : str
        The record's words, where they stand, how they were checked, and how they are read here.
    """

    id: str
    protocol: str
    protocol_id: str
    kind: str
    comparator: str
    value: float
    unit: str
    text: str
    source: str
    how_verified: str
    note: str


@dataclass(frozen=True, kw_only=True)
class TrialRuleResult:
    """A rule and whether the courses keep it.

    Attributes
    ----------
    rule : PointRule
    status : str
        `met`, `not_met` or `unknown`.
    value : str
        What the courses show, with how far it is from the limit.
    required : str
        What the rule asks for.
    """

    rule: PointRule
    status: str
    value: str
    required: str


@cache
def point_rules() -> tuple[PointRule, ...]:
    """Every rule carried.

    Examples
    --------
    >>> [rule.id for rule in point_rules()][:2]
    ['sparkle-interval', 'sparkle-prior-dose']
    """
    rows = shipped_file("rtplan.regimens", "point_rules.csv").rows()
    return tuple(PointRule(**{**row.cells, "value": float(row.cells["value"])}) for row in rows)  # type: ignore[arg-type]


def trial_rule_results(
    earlier: Sequence[Regimen | RegimenSequence], interval: Interval | None
) -> tuple[TrialRuleResult, ...]:
    """Hold the earlier courses and the interval before the last one against every rule.

    Parameters
    ----------
    earlier : sequence of Regimen or RegimenSequence
        The courses before the last, in order; at least one.
    interval : Interval or None
        From the end of the latest of them to the start of the new course; None where a date is missing.

    Returns
    -------
    tuple of TrialRuleResult

    Examples
    --------
    >>> from datetime import date
    >>> gap = Interval(ended=date(2023, 5, 1), starts=date(2024, 2, 1))
    >>> [(r.rule.id, r.status) for r in trial_rule_results([Regimen.parse("50.4Gy/28")], gap)][:2]
    [('sparkle-interval', 'met'), ('sparkle-prior-dose', 'not_met')]
    """
    return tuple(
        _interval_result(rule, interval) if rule.kind == "interval" else _dose_result(rule, earlier)
        for rule in point_rules()
    )


def _required(rule: PointRule) -> str:
    words = {">": "more than", ">=": "at least", "<": "less than"}[rule.comparator]
    return f"{words} {rule.value:g} {rule.unit}"


def _interval_result(rule: PointRule, interval: Interval | None) -> TrialRuleResult:
    if interval is None:
        return TrialRuleResult(
            rule=rule, status="unknown", value="the courses' dates are not known", required=_required(rule)
        )
    edge = add_months(interval.ended, int(rule.value))
    kept = interval.starts > edge if rule.comparator == ">" else interval.starts >= edge
    return TrialRuleResult(
        rule=rule, status="met" if kept else "not_met", value=str(interval), required=_required(rule)
    )


def _dose_result(rule: PointRule, earlier: Sequence[Regimen | RegimenSequence]) -> TrialRuleResult:
    """Hold the physical dose of the earlier courses, added up, against the limit."""
    total = sum(regimen.total_dose for regimen in earlier)
    distance = rule.value - total
    where = (
        f"{distance:.4g} Gy below"
        if distance > 0
        else f"{-distance:.4g} Gy above"
        if distance
        else "exactly at"
    )
    return TrialRuleResult(
        rule=rule,
        status="met" if distance > 0 else "not_met",
        value=f"{total:.6g} Gy, {where} {rule.value:g} Gy",
        required=_required(rule),
    )
