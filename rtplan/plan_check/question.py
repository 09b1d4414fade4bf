"""What is asked of one plan: the sets, the organs that must be judged, and what a person chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from dicom_io.objects import DoseGrid, Structure
from dicom_io.study import TreatmentSet
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.files import InputRecord, input_of_source
from rtplan.limits import Acceptance, ConstraintSet, FractionConversion, Scope
from rtplan.names import NameDictionary, near_names, structure_names
from rtplan.plan_check.distances import DistanceRule
from rtplan.plan_check.risk_volumes import RiskMargin

__all__ = ["PlanCheckQuestion", "StatedCheck", "own_contours"]


class StatedCheck(TypedDict, total=False):
    """What may be stated beside a plan and a set; each is an attribute of `PlanCheckQuestion`."""

    by_hand: Sequence[tuple[str, str]]
    dictionary: NameDictionary | None
    rules: Sequence[DistanceRule]
    distance_from: Sequence[str]
    conversion: FractionConversion | None
    acceptances: Sequence[Acceptance]
    further_sets: Sequence[ConstraintSet]
    risk_margins: Sequence[RiskMargin]
    required_organs: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class PlanCheckQuestion:
    """One plan and what it is held against.

    Attributes
    ----------
    treatment : TreatmentSet
        With dose and structures; without a plan nothing is known of fractions, and limits that ask for them
        are not evaluable.
    constraint_set : ConstraintSet
    further_sets : tuple of ConstraintSet
        Judged beside the first, each row by the set it is of; nothing is blended.
    by_hand : tuple of (str, str)
        Structure and standard name, chosen by a person.
    dictionary : NameDictionary, optional
        Names that the clinic has confirmed.
    rules : tuple of DistanceRule
        Distance rules that count as limits.
    distance_from : tuple of str
        Targets to measure distances from instead of the GTVs.
    conversion : FractionConversion, optional
        Derive limits for the plan's number of fractions where the set has none; each is labelled.
    acceptances : tuple of Acceptance
        Recorded beside the verdicts they speak of; no verdict is changed.
    risk_margins : tuple of RiskMargin
        Planning risk volumes to be made, checked and judged by limits for them.
    required_organs : tuple of str
        Standard names of organs that must be drawn and have a judged limit.
    remarks : tuple of str
        How the question came about, such as which set a clinic prefers; first among the findings.
    sources : tuple of InputRecord
        Files that the question was made of besides the plan's and the set's.

    Raises
    ------
    RtplanValueError
        If there is no dose or no structure set, or a set is given twice.
    RtplanLookupError
        If a target to measure from is not there, or a required organ is no standard name.

    Examples
    --------
    >>> from rtplan.limits import load_constraint_set
    >>> from dicom_io.phantom import write_phantom
    >>> from dicom_io.study import load_study
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_phantom("sphere", Path(folder) / "plan")
    ...     plan = load_study(Path(folder) / "plan").select()
    >>> question = PlanCheckQuestion(
    ...     treatment=plan, constraint_set=load_constraint_set("timmerman-2021"), required_organs=("Rectum",)
    ... )
    >>> [one.name for one in question.sets]
    ['timmerman-2021']
    """

    treatment: TreatmentSet
    constraint_set: ConstraintSet
    further_sets: tuple[ConstraintSet, ...] = ()
    by_hand: tuple[tuple[str, str], ...] = ()
    dictionary: NameDictionary | None = None
    rules: tuple[DistanceRule, ...] = ()
    distance_from: tuple[str, ...] = ()
    conversion: FractionConversion | None = None
    acceptances: tuple[Acceptance, ...] = ()
    risk_margins: tuple[RiskMargin, ...] = ()
    required_organs: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    sources: tuple[InputRecord, ...] = ()

    def __post_init__(self) -> None:
        for name in _LISTS:
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.treatment.dose is None or self.treatment.structure_set is None:
            raise RtplanValueError("a check needs a dose and a structure set")
        _refuse_twice([one.name for one in self.sets], "set")
        _refuse_twice([rule.id for rule in self.rules], "distance rule")
        _refuse_unknown_targets(self.structures, self.distance_from)
        refuse_no_standard(self.required_organs)

    @property
    def sets(self) -> tuple[ConstraintSet, ...]:
        """Every set that the plan is held against, the one that was asked for first."""
        return (self.constraint_set, *self.further_sets)

    @property
    def dose(self) -> DoseGrid:
        """The dose that is judged."""
        assert self.treatment.dose is not None
        return self.treatment.dose

    @property
    def structures(self) -> tuple[Structure, ...]:
        """The structures that are judged, in file order."""
        assert self.treatment.structure_set is not None
        return self.treatment.structure_set.structures

    @property
    def inputs(self) -> tuple[InputRecord, ...]:
        """What the answer rests on: the plan's files, the set, and further files."""
        files = (input_of_source(i) for i in self.treatment.inputs)
        return (*files, InputRecord(role="constraints", sha256=self.constraint_set.sha256), *self.sources)


_LISTS = (
    "further_sets",
    "by_hand",
    "rules",
    "distance_from",
    "acceptances",
    "risk_margins",
    "required_organs",
    "remarks",
    "sources",
)


def _refuse_twice(names: Sequence[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise RtplanValueError(f"the {what} {name!r} is given twice; give it once")


def _refuse_unknown_targets(structures: Sequence[Structure], names: Sequence[str]) -> None:
    present = [structure.name for structure in structures]
    for name in names:
        if name not in present:
            raise RtplanLookupError(f"no structure {name!r} to measure from; there are: {', '.join(present)}")


def refuse_no_standard(organs: Sequence[str]) -> None:
    """Refuse a required organ that no structure could ever stand for."""
    for organ in organs:
        if structure_names().standard_of(organ) != organ:
            near = ", ".join(near_names(organ, structure_names().standards)) or "none is alike"
            raise RtplanLookupError(f"required organ {organ!r} is no standard name; near names: {near}")


def own_contours(constraint_set: ConstraintSet) -> list[str]:
    """Organs of a table that have no standard name and may be chosen by hand."""
    return list(
        dict.fromkeys(
            c.organ_as_published
            for c in constraint_set.constraints
            if c.scope is Scope.OWN_CONTOUR or not c.organs
        )
    )
