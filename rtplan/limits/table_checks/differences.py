"""What two sets do not share; nothing is blended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rtplan.limits.constraint import Constraint, ConstraintSet

__all__ = ["Difference", "diff_sets"]


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
