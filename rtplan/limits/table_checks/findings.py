"""Does a constraint table make sense?

A table that was copied wrongly often gives itself away: the optimal limit above the mandatory one, less dose
allowed in more fractions, more dose allowed to more volume.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

from rtplan.limits.constraint import Constraint

__all__ = ["SetFinding", "check_constraints"]

_STRICT_TO_LOOSE: Final = (
    ("optimal", "mandatory"),
    ("ideal", "maximum"),
    ("clinic secondary", "clinic primary"),
    ("priority 5", "priority 3"),
    ("priority 5", "priority 1"),
    ("priority 3", "priority 1"),
)


@dataclass(frozen=True, kw_only=True)
class SetFinding:
    """Something odd in a table.

    Attributes
    ----------
    rule : str
        ``"priority order"``, ``"fractions"``, ``"volume"`` or ``"dose level"``.
    text : str
    rows : tuple of int
        Rows of the file that it is about.
    """

    rule: str
    text: str
    rows: tuple[int, ...]


def check_constraints(constraints: Sequence[Constraint]) -> tuple[SetFinding, ...]:
    """Check the limits of a table against each other.

    Parameters
    ----------
    constraints : sequence of Constraint

    Returns
    -------
    tuple of SetFinding
        Optimal looser than mandatory; a limit falling as the number of fractions rises; more dose allowed to
        a larger volume; more volume allowed at a higher dose. Published tables hold a few; they are shown.

    Examples
    --------
    >>> from rtplan import load_constraint_set
    >>> check_constraints(load_constraint_set("tg101-2010").constraints)[0].text
    'Rib D30cc < 30 Gy (3 fx): a larger volume allows more dose than Rib D1cc < 28.8 Gy (3 fx)'
    """
    limits = [c for c in constraints if c.role.is_enforced and c.limit is not None and c.comparator]
    return (
        *_priority_order(limits),
        *_rising_with_fractions(limits),
        *_falling_with_volume(limits),
        *_falling_with_dose_level(limits),
    )


def _groups(constraints: Iterable[Constraint], *, without: Sequence[str]) -> Iterator[list[Constraint]]:
    """Group limits that differ only in the named fields."""
    grouped: dict[tuple[object, ...], list[Constraint]] = defaultdict(list)
    for c in constraints:
        fields = {
            "fractions": c.fractions.text,
            "metric": c.metric.text,
            "priority": c.priority,
            "endpoint": c.endpoint,
        }
        kept = tuple(value for name, value in fields.items() if name not in without)
        place = (c.table, c.organ_label, c.organ_as_published, c.unit, c.scope, _is_upper(c))
        grouped[(*place, *kept)].append(c)
    return (group for group in grouped.values() if len(group) > 1)


def _priority_order(limits: Sequence[Constraint]) -> Iterator[SetFinding]:
    """An optimal limit is never looser than the mandatory one."""
    for group in _groups(limits, without=("priority",)):
        for a, b in combinations(group, 2):
            for strict, loose in ((a, b), (b, a)):
                if (strict.priority, loose.priority) in _STRICT_TO_LOOSE and _looser(strict, loose):
                    yield _finding(
                        "priority order", f"the {strict.priority} limit is looser than", strict, loose
                    )


def _rising_with_fractions(limits: Sequence[Constraint]) -> Iterator[SetFinding]:
    """More fractions never allow less."""
    numbered = [c for c in limits if c.fractions.kind == "numbers" and _is_upper(c)]
    for group in _groups(numbered, without=("fractions",)):
        ordered = sorted(group, key=lambda c: (c.fractions.low or 0, c.fractions.high or 0))
        for fewer, more in pairwise(ordered):
            if (fewer.fractions.high or 0) < (more.fractions.low or 0) and _looser(fewer, more):
                yield _finding("fractions", "fewer fractions allow more than", fewer, more)


def _falling_with_volume(limits: Sequence[Constraint]) -> Iterator[SetFinding]:
    """A larger hottest volume never allows more dose."""
    hottest = [c for c in limits if c.metric.hottest_volume and _is_upper(c)]
    for group in _groups(hottest, without=("metric", "endpoint")):
        for unit in ("cc", "%"):
            sized = [c for c in group if (c.metric.hottest_volume or (0, ""))[1] == unit]
            ordered = sorted(sized, key=lambda c: c.metric.hottest_volume or (0, ""))
            for smaller, larger in pairwise(ordered):
                if _looser(larger, smaller):
                    yield _finding("volume", "a larger volume allows more dose than", larger, smaller)


def _falling_with_dose_level(limits: Sequence[Constraint]) -> Iterator[SetFinding]:
    """A higher dose level never allows more volume."""
    levels = [c for c in limits if c.metric.dose_level_gy is not None and _is_upper(c)]
    for group in _groups(levels, without=("metric", "endpoint")):
        ordered = sorted(group, key=lambda c: c.metric.dose_level_gy or 0.0)
        for lower, higher in pairwise(ordered):
            if lower.metric.text != higher.metric.text and _looser(higher, lower):
                yield _finding("dose level", "a higher dose allows more volume than", higher, lower)


def _is_upper(constraint: Constraint) -> bool:
    return constraint.comparator in ("<", "<=")


def _looser(one: Constraint, other: Constraint) -> bool:
    """Whether one limit clearly allows more than another, ranges compared end by end."""
    if one.limit is None or other.limit is None:
        return False
    if _is_upper(one):
        return one.limit.low > other.limit.high
    return one.limit.high < other.limit.low


def _finding(rule: str, words: str, one: Constraint, other: Constraint) -> SetFinding:
    return SetFinding(
        rule=rule, text=f"{one.describe()}: {words} {other.describe()}", rows=(one.row, other.row)
    )
