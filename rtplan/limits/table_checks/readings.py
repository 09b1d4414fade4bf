"""Do two transcriptions of a table agree?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from rtplan.files import shipped_file
from rtplan.limits.constraint import Constraint, ConstraintSet, Role
from rtplan.limits.verdict import Limit

__all__ = [
    "DOUBLE_ENTRY_FRACTIONS",
    "DOUBLE_ENTRY_ORGANS",
    "Comparison",
    "compare_transcriptions",
    "independent_readings",
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
    is_independent : bool
        Whether the other one is known not to rest on the same copy.
    decision : str
        Where they disagree: which is carried, and why; empty where nobody has decided.
    """

    constraint: Constraint
    second: str | None
    source: str = ""
    url: str = ""
    is_independent: bool = True
    decision: str = ""

    @property
    def status(self) -> str:
        """``"agrees"``, ``"decided"``, ``"conflict"`` or ``"single transcription"``."""
        if self.second is None or self.constraint.limit is None:
            return "single transcription"
        if Limit.parse(self.second) == self.constraint.limit:
            return "agrees"
        return "decided" if self.decision else "conflict"


def compare_transcriptions(constraint_set: ConstraintSet) -> tuple[Comparison, ...]:
    """Hold the limits that matter most against a second transcription.

    Parameters
    ----------
    constraint_set : ConstraintSet

    Returns
    -------
    tuple of Comparison
        One for each limit of `DOUBLE_ENTRY_ORGANS` at `DOUBLE_ENTRY_FRACTIONS` fractions, and for every other
        row that was read a second time.

    Examples
    --------
    >>> from rtplan import load_constraint_set
    >>> sorted({c.status for c in compare_transcriptions(load_constraint_set("tg101-2010"))})
    ['agrees', 'decided']
    """
    return tuple(
        _comparison(constraint_set.name, constraint)
        for constraint in constraint_set.constraints
        if _needs_a_second(constraint) or _second(constraint_set.name, constraint) is not None
    )


def independent_readings(set_name: str, constraint: Constraint) -> int:
    """Return how many independent readings of a row there are: its own, and a second one known to be so.

    Parameters
    ----------
    set_name : str
    constraint : Constraint

    Examples
    --------
    >>> from rtplan import load_constraint_set
    >>> cells = load_constraint_set("reirradiation-cord").constraints
    >>> {independent_readings("reirradiation-cord", c) for c in cells if c.earlier_eqd2_gy}
    {2}
    """
    second = _second(set_name, constraint)
    return 1 if second is None or second["independent"] != "yes" else 2


def _needs_a_second(constraint: Constraint) -> bool:
    return (
        constraint.role.is_enforced
        and constraint.fractions.text in DOUBLE_ENTRY_FRACTIONS
        and bool(set(constraint.organs) & set(DOUBLE_ENTRY_ORGANS))
    )


def _comparison(set_name: str, constraint: Constraint) -> Comparison:
    row = _second(set_name, constraint)
    if row is None:
        return Comparison(constraint=constraint, second=None)
    return Comparison(
        constraint=constraint,
        second=row["limit"],
        source=row["source"],
        url=row["url"],
        is_independent=row["independent"] == "yes",
        decision=row["decision"],
    )


def _second(set_name: str, constraint: Constraint) -> Mapping[str, str] | None:
    """The second transcription of a row, alternates apart: they are other values of the same place."""
    if constraint.role is Role.ALTERNATE:
        return None
    key = (set_name, constraint.organ_as_published, constraint.fractions.text, constraint.metric.text)
    return _second_transcription().get(key)


@cache
def _second_transcription() -> dict[tuple[str, str, str, str], Mapping[str, str]]:
    rows = [row.cells for row in shipped_file("rtplan.limits", "second-transcription.csv").rows()]
    return {(r["set"], r["organ_as_published"], r["n_fractions"], r["metric"]): r for r in rows}
