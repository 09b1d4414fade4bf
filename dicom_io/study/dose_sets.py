"""Which RT Dose objects make the dose of a plan: one, a complete set of beams, a stack of planes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dicom_io.errors import AmbiguousStudyError, DicomValueError, MissingObjectError
from dicom_io.objects import DoseGrid, Plan, stack_planes, sum_doses
from dicom_io.study.entries import DoseEntry

__all__ = ["DosePart", "DoseSet", "dose_parts", "dose_set", "labels"]

_WHOLE_PLAN = ("PLAN", "RECORD")
_PARTS = {
    "BEAM": "beams",
    "FRACTION": "fraction groups",
    "BRACHY": "application setups",
}
"""Summation types of which a complete set makes up the plan (DICOM PS3.3, C.8.8.3)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DoseSet:
    """The objects that make one dose.

    Attributes
    ----------
    entries : tuple of DoseEntry
    kind : str
        ``"one"``, ``"sum"`` or ``"stack"``.
    findings : tuple of str
    """

    entries: tuple[DoseEntry, ...]
    kind: str
    findings: tuple[str, ...] = ()

    def load(self) -> DoseGrid:
        """Return the dose, read and joined."""
        doses = [entry.dose for entry in self.entries]
        if self.kind == "sum":
            return sum_doses(doses, summation_type="PLAN")
        return stack_planes(doses) if self.kind == "stack" else doses[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class DosePart:
    """The dose of one fraction group: it may be converted with its own number of fractions.

    Attributes
    ----------
    fraction_group : int
    n_fractions : int or None
    dose : DoseGrid
        Physical dose of all fractions of the group.
    """

    fraction_group: int
    n_fractions: int | None
    dose: DoseGrid


def dose_parts(found: DoseSet, plan: Plan) -> tuple[DosePart, ...]:
    """Return the dose of each fraction group, where the objects tell them apart; none otherwise."""
    if found.kind != "sum" or len(plan.delivering_groups) < 2:
        return ()
    groups_of = [_groups_of(entry, plan) for entry in found.entries]
    if any(len(groups) != 1 for groups in groups_of):
        return ()
    parts = []
    for group in plan.delivering_groups:
        doses = [
            entry.dose
            for entry, groups in zip(found.entries, groups_of, strict=True)
            if group.number in groups
        ]
        dose = sum_doses(doses, summation_type="FRACTION")
        parts.append(DosePart(fraction_group=group.number, n_fractions=group.n_fractions_planned, dose=dose))
    return tuple(parts)


def _groups_of(entry: DoseEntry, plan: Plan) -> set[int]:
    """Return the fraction groups that a dose belongs to, by its beams or by name."""
    header = entry.header
    by_part = {
        group.number
        for group in plan.fraction_groups
        if set(group.beam_numbers) & set(header.beam_numbers)
        or set(group.application_setup_numbers) & set(header.application_setups)
    }
    return by_part or set(header.fraction_groups)


def labels(entries: Sequence[DoseEntry]) -> str:
    """Return the labels of some doses as one line."""
    return "; ".join(entry.label for entry in entries)


def dose_set(entries: Sequence[DoseEntry], plan: Plan | None) -> DoseSet:
    """Return the objects that make the dose, of the doses that belong to one plan.

    Parameters
    ----------
    entries : sequence of DoseEntry
        The doses of the plan; at least one.
    plan : Plan or None
        None when there is none: then a set of parts cannot be known to be complete.

    Raises
    ------
    AmbiguousStudyError
        More than one dose is the plan's total.
    MissingObjectError
        Only parts, and not all of them.
    """
    findings: list[str] = []
    usable = _physical(entries, findings)
    whole = [entry for entry in usable if entry.header.summation_type in _WHOLE_PLAN]
    if whole:
        return _one_of(whole, usable, findings)
    for summation, what in _PARTS.items():
        parts = [entry for entry in usable if entry.header.summation_type == summation]
        if parts:
            return _complete(parts, plan, what, findings)
    multi = [entry for entry in usable if entry.header.summation_type == "MULTI_PLAN"]
    if len(multi) == 1:
        findings.append("the dose is the sum of several plans (MULTI_PLAN)")
        return DoseSet(entries=(multi[0],), kind="one", findings=tuple(findings))
    if multi:
        raise AmbiguousStudyError(f"{len(multi)} doses fit; choose one of: {labels(multi)}")
    kinds = sorted({entry.header.summation_type or "not stated" for entry in usable})
    raise MissingObjectError(f"no dose of a whole plan: the summation types there are {', '.join(kinds)}")


def _physical(entries: Sequence[DoseEntry], findings: list[str]) -> list[DoseEntry]:
    """Return the doses that can be physical dose with voxels; say what is left out."""
    kept = [entry for entry in entries if entry.header.has_grid and entry.header.dose_type != "EFFECTIVE"]
    if not kept:
        return list(entries)
    effective = sum(entry.header.dose_type == "EFFECTIVE" for entry in entries)
    if effective:
        findings.append(f"{effective} doses of type EFFECTIVE are left out: they are not physical dose")
    return kept


def _one_of(whole: list[DoseEntry], usable: list[DoseEntry], findings: list[str]) -> DoseSet:
    others = len(usable) - len(whole)
    if others:
        findings.append(f"{others} doses of parts of the plan are left out, its total is there")
    if len(whole) == 1:
        return DoseSet(entries=tuple(whole), kind="one", findings=tuple(findings))
    if all(entry.geometry is not None and entry.geometry.shape[0] == 1 for entry in whole):
        findings.append(f"the dose was exported plane by plane: {len(whole)} files are stacked")
        return DoseSet(entries=tuple(whole), kind="stack", findings=tuple(findings))
    raise AmbiguousStudyError(f"{len(whole)} doses fit; choose one of: {labels(whole)}")


def _complete(parts: list[DoseEntry], plan: Plan | None, what: str, findings: list[str]) -> DoseSet:
    """Return the parts when each of the plan's is there once."""
    if plan is None:
        return _without_plan(parts, what, findings)
    expected = _expected(plan, what)
    if what == "fraction groups" and len(parts) == len(expected) == 1:
        return DoseSet(entries=tuple(parts), kind="sum", findings=tuple(findings))
    if len(parts) > 1:
        parts = _without_empty(parts, what, findings)
    held = Counter(number for entry in parts for number in _covers(entry, what))
    missing = [str(number) for number in expected if not held[number]]
    if missing or not held:
        raise MissingObjectError(
            f"the doses do not make up the plan: {what} {', '.join(missing) or 'not named'} missing; "
            f"there are: {labels(parts)}"
        )
    strange = sorted(set(held) - set(expected))
    if strange:
        raise MissingObjectError(
            f"doses of {what} {strange} that the plan does not have; there are: {labels(parts)}"
        )
    if max(held.values()) > 1:
        raise AmbiguousStudyError(f"some {what} have more than one dose; there are: {labels(parts)}")
    if len(parts) > 1:
        findings.append(f"the dose is the sum of {len(parts)} files, one or more {what} each")
    return DoseSet(entries=tuple(parts), kind="sum", findings=tuple(findings))


def _without_plan(parts: list[DoseEntry], what: str, findings: list[str]) -> DoseSet:
    if what != "fraction groups" or len(parts) > 1:
        raise MissingObjectError(
            f"the doses are those of single {what}, and the plan that says which there are is missing; "
            f"there are: {labels(parts)}"
        )
    findings.append(
        "the dose is that of one fraction group (FRACTION); without the plan it is not known whether there "
        "are others, nor whether it is the dose of all its fractions"
    )
    return DoseSet(entries=tuple(parts), kind="one", findings=tuple(findings))


def _expected(plan: Plan, what: str) -> tuple[int, ...]:
    """Return the numbers of the plan's treatment beams, fraction groups or application setups."""
    groups = plan.delivering_groups
    if what == "fraction groups":
        return tuple(group.number for group in groups)
    if what == "application setups":
        return tuple(number for group in groups for number in group.application_setup_numbers)
    idle = {beam.number for beam in plan.beams if not beam.treats}
    return tuple(number for group in groups for number in group.beam_numbers if number not in idle)


def _covers(entry: DoseEntry, what: str) -> tuple[int, ...]:
    header = entry.header
    by_kind = {
        "fraction groups": header.fraction_groups,
        "application setups": header.application_setups,
        "beams": header.beam_numbers,
    }
    return by_kind[what]


def _without_empty(parts: list[DoseEntry], what: str, findings: list[str]) -> list[DoseEntry]:
    """Return the parts without doses of 0 Gy everywhere, which some systems export beside the real ones."""
    full = []
    for entry in parts:
        try:
            empty = not entry.dose.dose_gy.any()
        except DicomValueError:
            empty = False
        if empty:
            findings.append(f"a dose of 0 Gy everywhere is left out: {entry.label}")
        else:
            full.append(entry)
    if not full:
        raise MissingObjectError(f"all doses of the {what} are 0 Gy everywhere")
    return full
