"""Several plans against the same limits, as the command line's document and as a table for a person."""

from __future__ import annotations

from typing import Any

from rtplan.limits import Verdict
from rtplan.plan_check import ComparedCell, Index, PlanComparison
from rtplan.text import decimals_of, left_aligned, value_text

__all__ = ["comparison_rows", "comparison_text"]


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
    lines = [*_head(comparison), "", *left_aligned(table)] if judged else [*_head(comparison)]
    if others:
        lines += ["", f"not judged in any plan ({len(others)} limits):"]
        reasons = dict.fromkeys(
            (row.organ, next((c.reason for c in row.cells if c and c.reason), "no value")) for row in others
        )
        lines += [f"  {organ}: {reason}" for organ, reason in reasons]
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
            f"  {label}: {organ.organ} is drawn and has no limit at this number of fractions"
            for organ in check.drawn_without_limit
        ]
        lines += [
            f"  {label}: required: {organ.organ}: {organ.reason}" for organ in check.required if organ.reason
        ]
    sets = dict.fromkeys(
        (used.name, used.title, used.sha256)
        for check in comparison.checks
        for used in (check.constraint_set, *check.further_sets)
    )
    return [*lines, *(f"constraints: {title} ({name}), content {sha}" for name, title, sha in sets)]


def _cell_text(cell: ComparedCell | None) -> str:
    if cell is None:
        return "-"
    return f"{cell.word} {value_text(cell.value, cell.uncertainty, absent='')}".strip()


def _index_text(index: Index | None) -> str:
    return (
        "-"
        if index is None
        else value_text(index.value, index.uncertainty, digits=decimals_of(index.unit), absent="-")
    )


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
        indices = [column.get(key) for column in columns]
        rows.append([*key, *(_index_text(index) for index in indices)])
    return ["", *left_aligned(rows)]
