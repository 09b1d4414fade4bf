"""Does a constraint table make sense?

A table that was copied wrongly often gives itself away: the optimal limit above the mandatory one, less dose
allowed in more fractions, more dose allowed to more volume.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations, pairwise
from typing import Final

from bed import eqd2
from rtplan.files import shipped_file
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
        ``"priority order"``, ``"fractions"``, ``"volume"``, ``"dose level"``, ``"earlier dose"`` or
        ``"condition"``.
    text : str
    rows : tuple of int
        Rows of the file that it is about.
    printed_so : str
        Where the oddity is known and why it stands; empty where nobody looked.
    """

    rule: str
    text: str
    rows: tuple[int, ...]
    printed_so: str = ""


def check_constraints(constraints: Sequence[Constraint], *, set_name: str = "") -> tuple[SetFinding, ...]:
    """Check the limits of a table against each other.

    Parameters
    ----------
    constraints : sequence of Constraint
    set_name : str
        Of a carried set: what is known to be printed so in it is flagged.

    Returns
    -------
    tuple of SetFinding
        Optimal looser than mandatory; a limit falling as the number of fractions rises; more dose allowed to
        a larger volume; more volume allowed at a higher dose; a limit rising with the earlier dose; a cell
        that breaks a condition of its own set by more than its rounding. Published tables hold a few.

    Examples
    --------
    >>> from rtplan import load_constraint_set
    >>> check_constraints(load_constraint_set("tg101-2010").constraints)[0].text
    'Rib D30cc < 30 Gy (3 fx): a larger volume allows more dose than Rib D1cc < 28.8 Gy (3 fx)'
    """
    limits = [c for c in constraints if c.role.is_enforced and c.limit is not None and c.comparator]
    found = (
        *_priority_order(limits),
        *_rising_with_fractions(limits),
        *_falling_with_volume(limits),
        *_falling_with_dose_level(limits),
        *_rising_with_earlier_dose(limits),
        *_breaking_a_condition(limits),
    )
    known = _printed_so()
    return tuple(replace(one, printed_so=known.get((set_name, one.text), "")) for one in found)


@cache
def _printed_so() -> dict[tuple[str, str], str]:
    """What was looked at and stands so in its source, by set and words."""
    rows = [row.cells for row in shipped_file("rtplan.limits", "known-oddities.csv").rows()]
    return {(row["set"], row["finding"]): f"{row['why']} ({row['source']})" for row in rows}


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
        time = str(c.recovery_interval or "")
        place = (
            c.table,
            c.organ_label,
            c.organ_as_published,
            c.unit,
            c.scope,
            time,
            _is_upper(c),
            c.condition,
        )
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


def _rising_with_earlier_dose(limits: Sequence[Constraint]) -> Iterator[SetFinding]:
    """What a new course may give never rises with what an earlier one gave."""
    grouped: dict[tuple[object, ...], list[Constraint]] = defaultdict(list)
    for c in limits:
        if c.earlier_eqd2_gy is not None and _is_upper(c):
            grouped[(c.table, c.organ_label, c.fractions.text, c.metric.text, c.unit, c.priority)].append(c)
    for group in grouped.values():
        for less, more in combinations(sorted(group, key=lambda c: c.earlier_eqd2_gy or 0.0), 2):
            if less.earlier_eqd2_gy != more.earlier_eqd2_gy and _looser(more, less):
                yield _finding("earlier dose", "more dose after a higher earlier one than", more, less)


def _breaking_a_condition(limits: Sequence[Constraint]) -> Iterator[SetFinding]:
    """A cell after an earlier course keeps the conditions of its own set, as far as it is printed."""
    conditions = [c for c in limits if c.metric.text in _CONDITIONS and c.unit == "Gy EQD2" and _is_upper(c)]
    for cell in limits:
        least = _least_eqd2(cell)
        if least is None or cell.earlier_eqd2_gy is None:
            continue
        for condition in conditions:
            if condition.alpha_beta_gy != cell.alpha_beta_gy or not set(condition.organs) & set(cell.organs):
                continue
            value = least + (cell.earlier_eqd2_gy if condition.metric.courses == "cumulative" else 0.0)
            if condition.limit is not None and value > condition.limit.high:
                words = f"at least {value:.2f} Gy EQD2, rounding allowed for, beside"
                yield _finding("condition", words, cell, condition)


_CONDITIONS: Final = ("Dmax SBRT course EQD2", "Dmax cumulative EQD2")


def _least_eqd2(cell: Constraint) -> float | None:
    """EQD2 of the lowest dose that is printed as this limit; None where the row does not give one."""
    n = cell.fractions.low
    is_whole = cell.unit == "Gy" and cell.limit is not None and n is not None and n == cell.fractions.high
    if not is_whole or cell.alpha_beta_gy is None or cell.metric.hottest_volume != (0.0, "cc"):
        return None
    assert cell.limit is not None
    assert n is not None
    decimals = len(str(cell.limit).partition(".")[2])
    printed = cell.limit.low - 0.5 * 10.0**-decimals
    return float(eqd2(printed, n, cell.alpha_beta_gy))


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
