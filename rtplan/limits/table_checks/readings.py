"""Do two transcriptions of a table agree?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from rtplan.files import shipped_file
from rtplan.limits.constraint import Constraint, ConstraintSet

__all__ = ["DOUBLE_ENTRY_FRACTIONS", "DOUBLE_ENTRY_ORGANS", "Comparison", "compare_transcriptions"]

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
