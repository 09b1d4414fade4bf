"""Does a constraint table make sense, and do two transcriptions of it agree?

A table that was copied wrongly often gives itself away: the optimal limit above the mandatory one, less dose
allowed in more fractions, more dose allowed to more volume.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from typing import Final

from rtplan.files import shipped_file
from rtplan.limits.constraint import Constraint, ConstraintSet

__all__ = [
    "DOUBLE_ENTRY_FRACTIONS",
    "DOUBLE_ENTRY_ORGANS",
    "Comparison",
    "Difference",
    "SetFinding",
    "check_constraints",
    "compare_transcriptions",
    "diff_sets",
]

DOUBLE_ENTRY_ORGANS: Final = (
    "SpinalCord",
    "CaudaEquina",
    "Bowel",
    "Bowel_Small",
    "Bowel_Large",
    "Jejunum_Ileum",
    "Colon",
    "Rectum",
    "Bladder",
    "Bladder_Wall",
)
"""Organs whose limits at `DOUBLE_ENTRY_FRACTIONS` must stand in a second, independent transcription."""

DOUBLE_ENTRY_FRACTIONS: Final = ("3", "5")

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


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One limit in two transcriptions.

    Attributes
    ----------
    constraint : Constraint
    second : str or None
        Limit in the other transcription; None where there is none to compare with.
    source, url : str
        Of the other transcription.
    """

    constraint: Constraint
    second: str | None
    source: str = ""
    url: str = ""

    @property
    def status(self) -> str:
        """``"agrees"``, ``"conflict"`` or ``"single transcription"``."""
        if self.second is None or self.constraint.limit is None:
            return "single transcription"
        same = not self.constraint.limit.is_range and self.constraint.limit.low == float(self.second)
        return "agrees" if same else "conflict"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One limit that two sets do not share, or share with another number.

    Attributes
    ----------
    organ, n_fractions, metric, priority : str
    in_a, in_b : str or None
        Comparator, limit and unit; None where the set has no such row.
    """

    organ: str
    n_fractions: str
    metric: str
    priority: str
    in_a: str | None
    in_b: str | None


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


def compare_transcriptions(constraint_set: ConstraintSet) -> tuple[Comparison, ...]:
    """Hold the limits that matter most against a second transcription.

    Parameters
    ----------
    constraint_set : ConstraintSet

    Returns
    -------
    tuple of Comparison
        One for each limit of `DOUBLE_ENTRY_ORGANS` at `DOUBLE_ENTRY_FRACTIONS` fractions.

    Examples
    --------
    >>> from rtplan import load_constraint_set
    >>> {c.status for c in compare_transcriptions(load_constraint_set("tg101-2010"))}
    {'agrees'}
    """
    return tuple(
        _comparison(constraint_set.name, constraint)
        for constraint in constraint_set.constraints
        if constraint.role.is_enforced
        and constraint.fractions.text in DOUBLE_ENTRY_FRACTIONS
        and set(constraint.organs) & set(DOUBLE_ENTRY_ORGANS)
    )


def diff_sets(a: ConstraintSet, b: ConstraintSet) -> tuple[Difference, ...]:
    """Compare two sets limit by limit; nothing is blended.

    Parameters
    ----------
    a, b : ConstraintSet

    Returns
    -------
    tuple of Difference
        In the order of `a`, then what only `b` has.
    """
    left, right = _limits_by_key(a.constraints), _limits_by_key(b.constraints)
    return tuple(
        Difference(
            organ=key[0],
            n_fractions=key[1],
            metric=key[2],
            priority=key[3],
            in_a=left.get(key),
            in_b=right.get(key),
        )
        for key in dict.fromkeys([*left, *right])
        if left.get(key) != right.get(key)
    )


def _limits_by_key(constraints: Iterable[Constraint]) -> dict[tuple[str, str, str, str], str]:
    """Text of every limit by organ, fractions, metric and priority; several for one key are joined."""
    found: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for c in constraints:
        if c.role.is_enforced:
            key = (c.organ_label, c.fractions.text, f"{c.metric.text}[{c.unit}]", c.priority)
            found[key].append(f"{c.comparator} {c.limit} {c.unit}")
    return {key: "; ".join(texts) for key, texts in found.items()}


def _comparison(set_name: str, constraint: Constraint) -> Comparison:
    key = (set_name, constraint.organ_as_published, constraint.fractions.text, constraint.metric.text)
    row = _second_transcription().get(key)
    if row is None:
        return Comparison(constraint=constraint, second=None)
    return Comparison(constraint=constraint, second=row["limit"], source=row["source"], url=row["url"])


@cache
def _second_transcription() -> dict[tuple[str, str, str, str], Mapping[str, str]]:
    rows = [row.cells for row in shipped_file("rtplan.limits", "second-transcription.csv").rows()]
    return {(r["set"], r["organ_as_published"], r["n_fractions"], r["metric"]): r for r in rows}


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
