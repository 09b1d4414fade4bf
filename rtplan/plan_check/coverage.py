"""What a check leaves open: drawn organs without a limit, and organs that had to be judged and were not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bed.retreatment import target_kind_of_name
from dicom_io.dvh import MetricValue, compute_dvhs
from dicom_io.objects import DoseGrid, GridField, Structure
from rtplan.limits import Evaluation, LimitState
from rtplan.names import Assigned, Assignment

__all__ = ["DrawnWithoutLimit", "RequiredOrgan", "drawn_without_limit", "required_organs"]

_NO_ORGANS: Final = ("EXTERNAL", "SUPPORT", "BOLUS")
_RISK_VOLUME: Final = re.compile(r"_PRV\d*(?=_[LR]$|$)")


@dataclass(frozen=True, kw_only=True)
class DrawnWithoutLimit:
    """A drawn organ for which no set has a limit at the plan's number of fractions.

    Attributes
    ----------
    organ, structure : str
        Standard name, and the structure's own.
    at_other_fractions : bool
        Whether a set limits the organ at other numbers of fractions; the organ then has no verdict that it
        could have, and the check does not pass.
    reason : str
    maximum_gy, mean_gy : MetricValue
        What the organ gets.
    """

    organ: str
    structure: str
    at_other_fractions: bool
    reason: str
    maximum_gy: MetricValue
    mean_gy: MetricValue


@dataclass(frozen=True, kw_only=True)
class RequiredOrgan:
    """An organ that had to be judged.

    Attributes
    ----------
    organ : str
    reason : str or None
        Why it was not judged; None where it was.
    """

    organ: str
    reason: str | None

    @property
    def is_judged(self) -> bool:
        """Whether at least one limit of the organ was held against its dose."""
        return self.reason is None


def drawn_without_limit(
    structures: Sequence[Structure],
    assignment: Assignment,
    dose: DoseGrid,
    *,
    evaluations: Sequence[Evaluation],
) -> tuple[DrawnWithoutLimit, ...]:
    """Return the drawn organs that no limit speaks of at the plan's number of fractions.

    Parameters
    ----------
    structures : sequence of Structure
    assignment : Assignment
    dose : DoseGrid
    evaluations : sequence of Evaluation
        Of every set.

    Returns
    -------
    tuple of DrawnWithoutLimit
        Those that a set limits at other numbers of fractions first, then in file order. Targets are no
        organs, and a planning risk volume is left out where its organ has a limit.
    """
    limited = {e.organ for e in evaluations if e.constraint is not None and e.is_drawn}
    elsewhere = {e.organ: e.reason or "" for e in evaluations if e.constraint is None}
    drawn = {s.number: s for s in structures if s.is_drawn and s.interpreted_type not in _NO_ORGANS}
    found = [
        a
        for a in assignment.assigned
        if a.number in drawn and a.standard not in limited and not _is_beside(a.standard, limited)
    ]
    dvhs = compute_dvhs([drawn[n] for n in dict.fromkeys(a.number for a in found)], GridField.of(dose))
    rows = [
        DrawnWithoutLimit(
            organ=a.standard,
            structure=a.written,
            at_other_fractions=a.standard in elsewhere,
            reason=elsewhere.get(a.standard, "no set that was asked for limits this organ"),
            maximum_gy=dvhs[a.number].metric("Max[Gy]"),
            mean_gy=dvhs[a.number].metric("Mean[Gy]"),
        )
        for a in _in_file_order(found, structures)
    ]
    return tuple(sorted(rows, key=lambda row: not row.at_other_fractions))


def _is_beside(standard: str, limited: Iterable[str]) -> bool:
    """Whether a name is the outline's, a target's, or that of a planning risk volume of a limited organ."""
    organ = _RISK_VOLUME.sub("", standard)
    return (
        standard in ("Body", "External")
        or target_kind_of_name(standard) is not None
        or (organ != standard and organ in limited)
    )


def _in_file_order(found: Sequence[Assigned], structures: Sequence[Structure]) -> list[Assigned]:
    place = {s.number: position for position, s in enumerate(structures)}
    return sorted(found, key=lambda a: place[a.number])


def required_organs(
    organs: Sequence[str], assignment: Assignment, *, evaluations: Sequence[Evaluation], empty: Iterable[int]
) -> tuple[RequiredOrgan, ...]:
    """Say of each required organ whether it was judged, or why not.

    Parameters
    ----------
    organs : sequence of str
        Standard names.
    assignment : Assignment
    evaluations : sequence of Evaluation
        Of every set.
    empty : iterable of int
        ROI numbers of structures without contours.
    """
    without = set(empty)
    drawn = {a.standard for a in assignment.assigned if a.number not in without}
    judged = {e.organ for e in evaluations if e.state is LimitState.JUDGED}
    return tuple(
        RequiredOrgan(organ=organ, reason=_why_not_judged(organ, drawn, judged))
        for organ in dict.fromkeys(organs)
    )


def _why_not_judged(organ: str, drawn: set[str], judged: set[str]) -> str | None:
    if organ in judged:
        return None
    return f"no limit of {organ} was judged" if organ in drawn else f"{organ} is not drawn"
