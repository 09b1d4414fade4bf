"""Several plans against the same limits, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from rtplan.limits import Evaluation, LimitState, Verdict
from rtplan.plan_check.check import JudgedDistance, PlanCheck

__all__ = ["ComparedLimit", "PlanComparison", "compare_plans", "comparison_rows", "comparison_text"]


@dataclass(frozen=True, kw_only=True)
class ComparedCell:
    """What one plan gives for one limit.

    Attributes
    ----------
    verdict : Verdict or None
        None where the organ is not drawn in that plan.
    state : LimitState
    value, uncertainty : float or None
    reason : str or None
    """

    verdict: Verdict | None
    state: LimitState
    value: float | None
    uncertainty: float | None
    reason: str | None

    @property
    def gravity(self) -> int:
        """0 for `exceeds`; what is not drawn comes after what is within."""
        return len(Verdict) if self.verdict is None else self.verdict.gravity

    @property
    def word(self) -> str:
        """The verdict, or that there is none."""
        return (self.verdict or self.state).value.replace("_", " ")


@dataclass(frozen=True, kw_only=True)
class ComparedLimit:
    """One limit and what each plan gives.

    Attributes
    ----------
    organ, metric, limit, set_name : str
    cells : tuple of ComparedCell or None
        One for each plan; None where the limit was not asked of it.
    """

    organ: str
    metric: str
    limit: str
    set_name: str
    cells: tuple[ComparedCell | None, ...]

    @property
    def gravity(self) -> int:
        """Of the gravest verdict; 0 is `exceeds`."""
        return min(cell.gravity for cell in self.cells if cell is not None)


@dataclass(frozen=True, kw_only=True)
class PlanComparison:
    """Several checks.

    Attributes
    ----------
    checks : tuple of PlanCheck
        In the order given.
    labels : tuple of str
        ``"A"``, ``"B"`` ...
    limits : tuple of ComparedLimit
        Every limit that was asked of any plan, in the order of the first that it was asked of.
    """

    checks: tuple[PlanCheck, ...]
    labels: tuple[str, ...]
    limits: tuple[ComparedLimit, ...]

    @property
    def all_within(self) -> bool:
        """Whether every plan keeps everything that was asked of it."""
        return all(check.all_within for check in self.checks)


def compare_plans(checks: Sequence[PlanCheck]) -> PlanComparison:
    """Put checks side by side; a limit is the same where its set, organ, metric, number and priority are.

    Parameters
    ----------
    checks : sequence of PlanCheck
        At most 26.

    Returns
    -------
    PlanComparison
    """
    columns = [_cells(check) for check in checks]
    keys = list(dict.fromkeys(key for column in columns for key in column))
    return PlanComparison(
        checks=tuple(checks),
        labels=tuple(ascii_uppercase[: len(checks)]),
        limits=tuple(
            ComparedLimit(
                set_name=key[0],
                organ=key[1],
                metric=key[2],
                limit=key[3],
                cells=tuple(column.get(key) for column in columns),
            )
            for key in keys
        ),
    )


def _cells(check: PlanCheck) -> dict[tuple[str, str, str, str], ComparedCell]:
    """What one plan gives, by limit; the gravest of several structures of one name is kept."""
    found: dict[tuple[str, str, str, str], ComparedCell] = {}
    for e in check.limits.evaluations:
        cell = ComparedCell(
            verdict=e.verdict, state=e.state, value=e.value, uncertainty=e.uncertainty, reason=e.reason
        )
        key = _key(e)
        if key not in found or cell.gravity < found[key].gravity:
            found[key] = cell
    for judged in check.judged_distances:
        found[_distance_key(judged)] = _distance_cell(judged)
    return found


def _key(e: Evaluation) -> tuple[str, str, str, str]:
    c = e.constraint
    if c is None:
        return e.set_name, e.organ, "-", "no limit for this number of fractions"
    priority = f" {c.priority}" if c.priority else ""
    limit = f"{c.comparator} {c.limit} {c.unit} ({c.fractions.text} fx{priority})"
    return e.set_name, e.organ, c.metric.text, limit


def _distance_key(judged: JudgedDistance) -> tuple[str, str, str, str]:
    rule = judged.rule
    metric = f"distance from {judged.distance.from_name}"
    return rule.id, rule.to_organ, metric, f"{rule.comparator} {rule.limit_mm:g} mm"


def _distance_cell(judged: JudgedDistance) -> ComparedCell:
    verdict = judged.judgement.verdict
    return ComparedCell(
        verdict=verdict,
        state=LimitState.NOT_EVALUABLE if verdict is Verdict.NOT_EVALUABLE else LimitState.JUDGED,
        value=judged.distance.distance_mm,
        uncertainty=None,
        reason=judged.judgement.reason,
    )


def comparison_rows(comparison: PlanComparison) -> list[dict[str, Any]]:
    """Return the limits as the keys of a JSON document."""
    return [
        {
            "set": row.set_name,
            "organ": row.organ,
            "metric": row.metric,
            "limit": row.limit,
            "plans": {
                label: None
                if cell is None
                else {
                    "verdict": cell.verdict.value if cell.verdict else None,
                    "state": cell.state.value,
                    "value": cell.value,
                    "uncertainty": cell.uncertainty,
                    "reason": cell.reason,
                }
                for label, cell in zip(comparison.labels, row.cells, strict=True)
            },
        }
        for row in comparison.limits
    ]


def comparison_text(comparison: PlanComparison) -> str:
    """Return one table with a column for each plan, the gravest limits first."""
    rows = sorted(comparison.limits, key=lambda row: row.gravity)
    judged = [row for row in rows if any(cell and cell.value is not None for cell in row.cells)]
    not_drawn = [row for row in rows if row.gravity == len(Verdict)]
    others = [row for row in rows if row not in judged and row not in not_drawn]
    table = [["organ", "metric", "limit", *comparison.labels]]
    table += [[row.organ, row.metric, row.limit, *map(_cell_text, row.cells)] for row in judged]
    lines = [*_head(comparison), "", *_aligned(table)] if judged else [*_head(comparison)]
    if others:
        lines += ["", f"not judged in any plan ({len(others)} limits):"]
        told = dict.fromkeys(
            (row.organ, next((c.reason for c in row.cells if c and c.reason), "no value")) for row in others
        )
        lines += [f"  {organ}: {reason}" for organ, reason in told]
    if not_drawn:
        organs = ", ".join(dict.fromkeys(row.organ for row in not_drawn))
        lines += ["", f"not drawn in any plan ({len(not_drawn)} limits): {organs}"]
    return "\n".join([*lines, *_quality_lines(comparison)])


def _head(comparison: PlanComparison) -> list[str]:
    """Which plan is which, and the count of verdicts of each."""
    lines = []
    for label, check in zip(comparison.labels, comparison.checks, strict=True):
        n_fractions = check.fractions.n_fractions
        counted = ", ".join(f"{n} {state.replace('_', ' ')}" for state, n in check.verdict_counts.items())
        lines.append(f"{label}: {check.treatment.label}, {n_fractions or 'unknown'} fractions; {counted}")
        lines += [] if check.n_judged else [f"  {label}: nothing was judged"]
        lines += [
            f"  {label}: {one.organ} is drawn and has no limit at this number of fractions"
            for one in check.drawn_without_limit
        ]
        lines += [f"  {label}: required: {one.organ}: {one.reason}" for one in check.required if one.reason]
    sets = dict.fromkeys(
        (one.name, one.title, one.sha256)
        for check in comparison.checks
        for one in (check.constraint_set, *check.further_sets)
    )
    return [*lines, *(f"constraints: {title} ({name}), content {sha}" for name, title, sha in sets)]


def _cell_text(cell: ComparedCell | None) -> str:
    if cell is None:
        return "-"
    number = "" if cell.value is None else f"{cell.value:.2f}"
    half = "" if cell.uncertainty is None or cell.value is None else f" +/- {cell.uncertainty:.2g}"
    return f"{cell.word} {number}{half}".strip()


def _quality_lines(comparison: PlanComparison) -> list[str]:
    """Indices of the targets, a column for each plan."""
    columns = [
        {(t.structure, i.name): i for t in check.targets for i in t.indices} for check in comparison.checks
    ]
    keys = list(dict.fromkeys(key for column in columns for key in column))
    if not keys:
        return []
    rows = [["target", "index", *comparison.labels]]
    for key in keys:
        found = [column.get(key) for column in columns]
        rows.append([*key, *("-" if i is None or i.value is None else f"{i.value:.2f}" for i in found)])
    return ["", *_aligned(rows)]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
