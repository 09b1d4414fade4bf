"""Several plans against the same limits, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from rtplan.limits import Evaluation, LimitState, Verdict
from rtplan.plan_check.check import PlanCheck
from rtplan.plan_check.columns import JudgedDistance

__all__ = ["ComparedCell", "ComparedLimit", "PlanComparison", "compare_plans"]


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
    cells: dict[tuple[str, str, str, str], ComparedCell] = {}
    for e in check.limits.evaluations:
        cell = ComparedCell(
            verdict=e.verdict, state=e.state, value=e.value, uncertainty=e.uncertainty, reason=e.reason
        )
        key = _key(e)
        if key not in cells or cell.gravity < cells[key].gravity:
            cells[key] = cell
    for judged in check.judged_distances:
        cells[_distance_key(judged)] = _distance_cell(judged)
    return cells


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
    return ComparedCell(
        verdict=judged.judgement.verdict,
        state=judged.state,
        value=judged.distance.distance_mm,
        uncertainty=None,
        reason=judged.judgement.reason,
    )
