"""The columns of a plan check's rows, one list each: verdicts, distance rules, distances, targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dicom_io.dvh import MetricValue
from rtplan.limits import (
    Acceptance,
    Constraint,
    Evaluation,
    Judgement,
    Limit,
    LimitState,
    Verdict,
    gravest_first,
    verdict_cell,
)
from rtplan.plan_check.distances import DistanceRule, TargetDistance
from rtplan.plan_check.targets import Index, TargetQuality
from rtplan.text import (
    ABSENT,
    Cell,
    Column,
    comparator_text,
    decimals_of,
    headed,
    number_cell,
    range_text,
    signed_cell,
)

__all__ = [
    "DISTANCE_COLUMNS",
    "DISTANCE_RULE_COLUMNS",
    "LEADING",
    "TARGET_COLUMNS",
    "VERDICT_COLUMNS",
    "AcceptedEvaluation",
    "JudgedDistance",
    "gravest_rows",
    "limit_text",
    "metric_values",
    "verdict_table",
]


@dataclass(frozen=True, kw_only=True)
class JudgedDistance:
    """A distance that a rule was asked about.

    Attributes
    ----------
    distance : TargetDistance
    rule : DistanceRule
    judgement : Judgement
    """

    distance: TargetDistance
    rule: DistanceRule
    judgement: Judgement

    @property
    def state(self) -> LimitState:
        """Whether the rule was judged or could not be."""
        is_open = self.judgement.verdict is Verdict.NOT_EVALUABLE
        return LimitState.NOT_EVALUABLE if is_open else LimitState.JUDGED

    @property
    def half_width_mm(self) -> float | None:
        """The longer arm of the interval across planes."""
        value, low, high = self.distance.distance_mm, self.distance.low_mm, self.distance.high_mm
        if value is None or low is None or high is None:
            return None
        return max(high - value, value - low)


@dataclass(frozen=True, kw_only=True)
class AcceptedEvaluation:
    """A limit with its verdict, and what persons said of it.

    Attributes
    ----------
    evaluation : Evaluation
    acceptances : tuple of Acceptance
        Those that speak of this verdict; it stands all the same.
    """

    evaluation: Evaluation
    acceptances: tuple[Acceptance, ...] = ()

    @property
    def constraint(self) -> Constraint | None:
        """The limit; None where the set has none at this number of fractions."""
        return self.evaluation.constraint


def limit_value(limit: Limit | None) -> float | list[float] | None:
    """Return a limit as one number, or the two ends of a range."""
    if limit is None:
        return None
    return [limit.low, limit.high] if limit.is_range else limit.low


def limit_text(constraint: Constraint | None) -> str:
    """Return a limit with its unit; what is no plain number is shown as published."""
    if constraint is None:
        return ABSENT
    if constraint.comparator is None or constraint.limit is None:
        return constraint.limit_as_published or ABSENT
    return f"{comparator_text(constraint.comparator)} {constraint.limit} {constraint.unit}".rstrip()


def metric_values(values: Sequence[MetricValue]) -> dict[str, Any]:
    """Return metrics as a document holds them, by name."""
    return {v.text: {"value": v.value, "uncertainty": v.uncertainty, "reason": v.reason} for v in values}


def index_values(indices: Sequence[Index]) -> dict[str, Any]:
    """Return indices of a target as a document holds them, by name."""
    return {
        index.name: {"value": index.value, "uncertainty": index.uncertainty, "reason": index.reason}
        for index in indices
    }


def _of_limit(read: Callable[[Constraint], Any]) -> Callable[[AcceptedEvaluation], Any]:
    """Return what is read off the limit; None where there is none, and for an empty text."""

    def value(row: AcceptedEvaluation) -> Any:
        found = None if row.constraint is None else read(row.constraint)
        return None if found == "" else found

    return value


def _verdict(row: AcceptedEvaluation) -> Cell:
    evaluation = row.evaluation
    if evaluation.verdict is None:
        return Cell(text=evaluation.state.value.replace("_", " "))
    return verdict_cell(evaluation.verdict)


def _structure(row: AcceptedEvaluation) -> Cell:
    evidence = row.evaluation.evidence
    note = f"[{evidence}]" if evidence not in (None, "exact") else ""
    return Cell(text=row.evaluation.structure or ABSENT, note=note)


def _value(row: AcceptedEvaluation) -> Cell:
    digits = decimals_of(row.constraint.unit if row.constraint else "Gy")
    evaluation = row.evaluation
    return number_cell(
        evaluation.value,
        uncertainty=evaluation.uncertainty,
        digits=digits,
        metric=evaluation.metric or "",
    )


def _limit(row: AcceptedEvaluation) -> Cell:
    priority = row.constraint.priority if row.constraint else ""
    return Cell(text=limit_text(row.constraint), note=priority or "", is_number=True)


def _accepted(row: AcceptedEvaluation) -> list[dict[str, str]]:
    return [{"by": a.accepted_by, "because": a.because} for a in row.acceptances]


def _why(row: AcceptedEvaluation) -> Cell:
    accepted = (f"accepted by {a.accepted_by}: {a.because}" for a in row.acceptances)
    return Cell(text="; ".join([*([row.evaluation.reason] if row.evaluation.reason else []), *accepted]))


VERDICT_COLUMNS: Final[tuple[Column[AcceptedEvaluation], ...]] = (
    Column(key="organ", heading="organ", read=lambda row: row.evaluation.organ),
    Column(key="structure", heading="structure", read=lambda row: row.evaluation.structure, show=_structure),
    Column(key="metric", heading="metric", read=lambda row: row.evaluation.metric),
    Column(key="comparator", read=_of_limit(lambda limit: limit.comparator)),
    Column(key="limit", heading="limit", read=_of_limit(lambda limit: limit_value(limit.limit)), show=_limit),
    Column(key="unit", read=lambda row: row.constraint.unit if row.constraint else None),
    Column(key="value", heading="value", read=lambda row: row.evaluation.value, show=_value),
    Column(key="uncertainty", read=lambda row: row.evaluation.uncertainty),
    Column(
        key="verdict",
        heading="verdict",
        read=lambda row: row.evaluation.verdict.value if row.evaluation.verdict else None,
        show=_verdict,
    ),
    Column(key="reason", heading="why", read=lambda row: row.evaluation.reason, show=_why),
    Column(key="priority", read=_of_limit(lambda limit: limit.priority)),
    Column(key="source", read=lambda row: row.constraint.source if row.constraint else None),
    Column(key="verification", read=lambda row: row.constraint.verification if row.constraint else None),
    Column(
        key="margin",
        heading="margin",
        read=lambda row: row.evaluation.margin,
        show=lambda row: signed_cell(row.evaluation.margin),
        note="room to the strictest reading of the limit, in its unit; negative where it is passed",
    ),
    Column(key="state", read=lambda row: row.evaluation.state.value),
    Column(key="set", read=lambda row: row.evaluation.set_name),
    Column(key="evidence", read=lambda row: row.evaluation.evidence),
    Column(key="near_names", read=lambda row: list(row.evaluation.near)),
    Column(key="n_fractions", read=lambda row: row.constraint.fractions.text if row.constraint else None),
    Column(key="table", read=_of_limit(lambda limit: limit.table)),
    Column(key="organ_as_published", read=_of_limit(lambda limit: limit.organ_as_published)),
    Column(
        key="metric_as_published", read=lambda row: row.constraint.metric.text if row.constraint else None
    ),
    Column(key="condition", read=_of_limit(lambda limit: limit.condition)),
    Column(
        key="endpoint",
        heading="endpoint",
        read=_of_limit(lambda limit: limit.endpoint),
        only_where_known=True,
    ),
    Column(key="note", read=_of_limit(lambda limit: limit.note)),
    Column(key="accepted", read=_accepted),
)
"""A limit, the structure that it was held against, and its verdict."""

DISTANCE_RULE_COLUMNS: Final[tuple[Column[JudgedDistance], ...]] = (
    Column(key="organ", heading="organ", read=lambda judged: judged.rule.to_organ),
    Column(
        key="structure",
        heading="structure",
        read=lambda judged: f"{judged.distance.from_name} to {judged.distance.to_name}",
    ),
    Column(key="metric", heading="metric", read=lambda judged: "distance[mm]"),
    Column(key="comparator", read=lambda judged: judged.rule.comparator),
    Column(
        key="limit",
        heading="limit",
        read=lambda judged: judged.rule.limit_mm,
        show=lambda judged: Cell(
            text=f"{comparator_text(judged.rule.comparator)} {judged.rule.limit_mm:g} mm", is_number=True
        ),
    ),
    Column(key="unit", read=lambda judged: "mm"),
    Column(
        key="value",
        heading="value",
        read=lambda judged: judged.distance.distance_mm,
        show=lambda judged: number_cell(judged.distance.distance_mm, uncertainty=judged.half_width_mm),
    ),
    Column(key="uncertainty", read=lambda judged: judged.half_width_mm),
    Column(
        key="verdict",
        heading="verdict",
        read=lambda judged: judged.judgement.verdict.value,
        show=lambda judged: verdict_cell(judged.judgement.verdict),
    ),
    Column(
        key="reason",
        heading="why",
        read=lambda judged: judged.judgement.reason,
        show=lambda judged: Cell(text=judged.judgement.reason or judged.rule.statement),
    ),
    Column(key="priority", read=lambda judged: None),
    Column(key="source", read=lambda judged: judged.rule.source),
    Column(key="verification", read=lambda judged: judged.rule.verification),
    Column(
        key="margin",
        heading="margin",
        read=lambda judged: judged.judgement.margin,
        show=lambda judged: signed_cell(judged.judgement.margin),
    ),
    Column(key="state", read=lambda judged: judged.state.value),
    Column(key="note", read=lambda judged: judged.rule.statement),
)
"""A distance rule in the shape of a verdict: some of the same keys, with the same meaning."""

DISTANCE_COLUMNS: Final[tuple[Column[TargetDistance], ...]] = (
    Column(key="from", heading="from", read=lambda distance: distance.from_name),
    Column(key="to", heading="to", read=lambda distance: distance.to_name),
    Column(
        key="distance_mm",
        heading="distance",
        unit="mm",
        read=lambda distance: distance.distance_mm,
        show=lambda distance: number_cell(distance.distance_mm, reason=distance.reason),
    ),
    Column(
        key="low_mm",
        heading="across planes",
        unit="mm",
        read=lambda distance: distance.low_mm,
        show=lambda distance: Cell(text=range_text(distance.low_mm, distance.high_mm), is_number=True),
        note="what the distance may be where nobody drew between two planes",
    ),
    Column(key="high_mm", read=lambda distance: distance.high_mm),
    Column(
        key="overlap_cc",
        heading="overlap",
        unit="cc",
        read=lambda distance: distance.overlap_cc,
        show=lambda distance: number_cell(distance.overlap_cc),
    ),
    Column(key="reason", read=lambda distance: distance.reason),
    Column(key="to_organ", read=lambda distance: distance.to_organ),
    Column(
        key="notes",
        heading="notes",
        read=lambda distance: list(distance.notes),
        show=lambda distance: Cell(text="; ".join(distance.notes)),
    ),
)
"""The distance of one target from one organ."""

TARGET_COLUMNS: Final[tuple[Column[TargetQuality], ...]] = (
    Column(key="name", heading="target", read=lambda target: target.structure),
    Column(
        key="prescription_gy", heading="prescription", unit="Gy", read=lambda target: target.prescription_gy
    ),
    Column(
        key="reason", heading="why", read=lambda target: target.prescription_reason, only_where_known=True
    ),
    Column(
        key="volume_cc",
        heading="volume",
        unit="cc",
        read=lambda target: target.volume_cc,
        show=lambda target: number_cell(target.volume_cc),
    ),
    Column(key="indices", read=lambda target: index_values(target.indices)),
    Column(key="notes", read=lambda target: list(target.notes)),
)
"""One target with its indices."""

LEADING: Final = ("verdict", "organ", "structure", "metric", "value", "limit", "margin")
"""What a table of verdicts begins with."""


def verdict_table(
    rows: Sequence[AcceptedEvaluation],
    judged: Sequence[JudgedDistance],
    columns: Sequence[Column[AcceptedEvaluation]] = VERDICT_COLUMNS,
) -> tuple[list[str], list[list[Cell]]]:
    """Return headings and cells of verdicts for people: distance rules first, then the gravest limits.

    Parameters
    ----------
    rows : sequence of AcceptedEvaluation
    judged : sequence of JudgedDistance
        A column that a distance rule has nothing to say in is empty there.
    columns : sequence of Column

    Returns
    -------
    list of str, list of list of Cell
    """
    sorted_rows = gravest_rows(rows)
    shown = headed(columns, sorted_rows, first=LEADING)
    of_rules = {column.key: column for column in DISTANCE_RULE_COLUMNS}
    return [column.title for column in shown], [
        *([_rule_cell(of_rules.get(column.key), rule) for column in shown] for rule in judged),
        *([column.cell(row) for column in shown] for row in sorted_rows),
    ]


def gravest_rows(rows: Sequence[AcceptedEvaluation]) -> list[AcceptedEvaluation]:
    """Return the rows in the order of `gravest_first`."""
    places = {id(e): place for place, e in enumerate(gravest_first([row.evaluation for row in rows]))}
    return sorted(rows, key=lambda row: places[id(row.evaluation)])


def _rule_cell(column: Column[JudgedDistance] | None, rule: JudgedDistance) -> Cell:
    return Cell(text="") if column is None else column.cell(rule)
