"""Several plans against the same limits, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from rtplan.limits import Evaluation, Verdict
from rtplan.plan_check.check import JudgedDistance, PlanCheck

__all__ = ["ComparedLimit", "PlanComparison", "compare_plans", "comparison_rows", "comparison_text"]


@dataclass(frozen=True, kw_only=True)
class ComparedLimit:
    """One limit and what each plan gives.

    Attributes
    ----------
    organ, metric, limit, set_name : str
    cells : tuple of (Verdict, float or None, float or None, str or None) or None
        One for each plan: verdict, value, uncertainty, reason; None where the limit was not asked of it.
    """

    organ: str
    metric: str
    limit: str
    set_name: str
    cells: tuple[tuple[Verdict, float | None, float | None, str | None] | None, ...]

    @property
    def gravity(self) -> int:
        """Of the gravest verdict; 0 is `exceeds`."""
        return min(cell[0].gravity for cell in self.cells if cell is not None)


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


Cell = tuple[Verdict, float | None, float | None, str | None]


def _cells(check: PlanCheck) -> dict[tuple[str, str, str, str], Cell]:
    """What one plan gives, by limit; the gravest of several structures of one name is kept."""
    found: dict[tuple[str, str, str, str], Cell] = {}
    for e in check.limits.evaluations:
        cell = (e.verdict, e.value, e.uncertainty, e.judgement.reason)
        key = _key(e)
        if key not in found or cell[0].gravity < found[key][0].gravity:
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


def _distance_cell(judged: JudgedDistance) -> Cell:
    return judged.judgement.verdict, judged.distance.distance_mm, None, judged.judgement.reason


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
                    "verdict": cell[0].value,
                    "value": cell[1],
                    "uncertainty": cell[2],
                    "reason": cell[3],
                }
                for label, cell in zip(comparison.labels, row.cells, strict=True)
            },
        }
        for row in comparison.limits
    ]


def comparison_text(comparison: PlanComparison) -> str:
    """Return one table with a column for each plan, the gravest limits first."""
    rows = sorted(comparison.limits, key=lambda row: row.gravity)
    judged = [row for row in rows if any(cell and cell[1] is not None for cell in row.cells)]
    others = [row for row in rows if row not in judged]
    table = [["organ", "metric", "limit", *comparison.labels]]
    table += [[row.organ, row.metric, row.limit, *map(_cell_text, row.cells)] for row in judged]
    lines = [*_head(comparison), "", *_aligned(table)] if judged else [*_head(comparison)]
    if others:
        lines += ["", f"not judged in any plan ({len(others)} limits):"]
        told = dict.fromkeys(
            (row.organ, next((c[3] for c in row.cells if c and c[3]), "no value")) for row in others
        )
        lines += [f"  {organ}: {reason}" for organ, reason in told]
    return "\n".join([*lines, *_quality_lines(comparison)])


def _head(comparison: PlanComparison) -> list[str]:
    """Which plan is which, and the count of verdicts of each."""
    lines = []
    for label, check in zip(comparison.labels, comparison.checks, strict=True):
        n_fractions = check.fractions.n_fractions
        count = Counter([e.verdict for e in check.limits.evaluations])
        count.update(j.judgement.verdict for j in check.judged_distances)
        told = ", ".join(f"{count[v]} {v.value.replace('_', ' ')}" for v in Verdict)
        lines.append(f"{label}: {check.treatment.label}, {n_fractions or 'unknown'} fractions; {told}")
    sets = dict.fromkeys(
        (one.name, one.title, one.sha256)
        for check in comparison.checks
        for one in (check.constraint_set, *check.further_sets)
    )
    return [*lines, *(f"constraints: {title} ({name}), content {sha}" for name, title, sha in sets)]


def _cell_text(cell: Cell | None) -> str:
    if cell is None:
        return "-"
    verdict, value, uncertainty, _ = cell
    number = "" if value is None else f"{value:.2f}"
    half = "" if uncertainty is None or value is None else f" +/- {uncertainty:.2g}"
    return f"{verdict.value.replace('_', ' ')} {number}{half}".strip()


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
