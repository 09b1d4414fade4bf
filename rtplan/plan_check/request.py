"""From what a person states (folders, a set's name, files) to questions about plans.

Names and files are read once and hold for every plan; a folder is read once for each plan of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Final, TypeVar

from dicom_io import DicomIoError
from dicom_io.study import TreatmentSet, load_study
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.files import InputRecord, input_of_file
from rtplan.limits import (
    Acceptance,
    Clinic,
    ConstraintSet,
    FractionConversion,
    load_constraint_set,
    read_clinic_file,
)
from rtplan.names import NameDictionary, joined_names, near_names
from rtplan.plan_check.check import fractions_of
from rtplan.plan_check.distances import DistanceRule, distance_rules
from rtplan.plan_check.question import PlanCheckQuestion, refuse_no_standard
from rtplan.plan_check.risk_volumes import RiskMargin

__all__ = [
    "PlanCheckRequest",
    "PlanChoice",
    "ReadRequest",
    "choice_by_hand",
    "load_plans",
    "plan_choices",
    "questions_about",
    "read_request",
]

Value = TypeVar("Value")

MOST_PLANS: Final = len(ascii_uppercase)
"""Plans that can be put side by side: each has a letter."""


@dataclass(frozen=True, kw_only=True)
class PlanChoice:
    """One plan of a folder.

    Attributes
    ----------
    folder : Path
        A folder or zip archive.
    plan, dose, structures : str or None
        Label or UID, where the folder holds several.
    """

    folder: Path
    plan: str | None = None
    dose: str | None = None
    structures: str | None = None

    def load(self) -> TreatmentSet:
        """Read the plan with its dose and structures."""
        return load_study(self.folder).select(plan=self.plan, dose=self.dose, structure_set=self.structures)


@dataclass(frozen=True, kw_only=True)
class PlanCheckRequest:
    """What a person asks of every plan, as stated: nothing is read yet.

    Attributes
    ----------
    constraints : str or None
        A set's name, or a file of limits; None for what the clinic's file prefers.
    clinic : Path or None
        The clinic's limits, alpha/beta, names, preferred sets and required organs.
    names : Path or None
        A dictionary of names.
    by_hand : tuple of (str, str)
        Structure and standard name.
    rules : tuple of str
        Ids of published distance rules.
    distance_from : tuple of str
        Targets to measure from instead of the GTVs.
    conversion : str or None
        Such as ``"linear"`` or ``"eqd2:3"``.
    acceptances : tuple of Acceptance
    risk_margins : tuple of RiskMargin
    required_organs : tuple of str
        Standard names, besides those of the clinic's file.

    Raises
    ------
    RtplanValueError
        If there is neither a set nor a clinic's file.
    RtplanLookupError
        If a required organ is no standard name.

    Examples
    --------
    >>> PlanCheckRequest(constraints="quantec", required_organs=("SpinalCord",)).required_organs
    ('SpinalCord',)
    """

    constraints: str | None = None
    clinic: Path | None = None
    names: Path | None = None
    by_hand: tuple[tuple[str, str], ...] = ()
    rules: tuple[str, ...] = ()
    distance_from: tuple[str, ...] = ()
    conversion: str | None = None
    acceptances: tuple[Acceptance, ...] = ()
    risk_margins: tuple[RiskMargin, ...] = ()
    required_organs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.constraints is None and self.clinic is None:
            raise RtplanValueError(_NO_SET)
        refuse_no_standard(self.required_organs)


_NO_SET: Final = (
    "--constraints SET is needed (rtplan constraints list), or a --clinic file with limits or preferred sets"
)


@dataclass(frozen=True, kw_only=True)
class ReadRequest:
    """A request with its files read.

    Attributes
    ----------
    request : PlanCheckRequest
    constraint_set : ConstraintSet or None
        The set that was asked for.
    clinic : Clinic or None
    dictionary : NameDictionary or None
        Of the names' file and the clinic's.
    conversion : FractionConversion or None
    rules : tuple of DistanceRule
    sources : tuple of InputRecord
    """

    request: PlanCheckRequest
    constraint_set: ConstraintSet | None
    clinic: Clinic | None
    dictionary: NameDictionary | None
    conversion: FractionConversion | None
    rules: tuple[DistanceRule, ...]
    sources: tuple[InputRecord, ...]

    def question(self, treatment: TreatmentSet) -> PlanCheckQuestion:
        """Ask it of one plan.

        Raises
        ------
        RtplanLookupError
            If the clinic prefers no set for the plan's fractions and has no limits of its own.
        """
        return self._question(treatment, self.request.by_hand)

    def questions(self, treatments: Sequence[TreatmentSet]) -> tuple[PlanCheckQuestion, ...]:
        """Ask it of several plans; a choice by hand holds for the plans that have the structure."""
        if len(treatments) == 1:
            return (self.question(treatments[0]),)
        _refuse_absent(self.request.by_hand, treatments)
        return tuple(
            self._question(plan, [choice for choice in self.request.by_hand if choice[0] in _names_of(plan)])
            for plan in treatments
        )

    def _question(self, treatment: TreatmentSet, by_hand: Sequence[tuple[str, str]]) -> PlanCheckQuestion:
        sets, remarks = self._sets_for(treatment)
        of_clinic = self.clinic.required_organs if self.clinic else ()
        return PlanCheckQuestion(
            treatment=treatment,
            constraint_set=sets[0],
            further_sets=tuple(sets[1:]),
            by_hand=tuple(by_hand),
            dictionary=self.dictionary,
            rules=self.rules,
            distance_from=self.request.distance_from,
            conversion=self.conversion,
            acceptances=self.request.acceptances,
            risk_margins=self.request.risk_margins,
            required_organs=tuple(dict.fromkeys((*of_clinic, *self.request.required_organs))),
            remarks=tuple(remarks),
            sources=self.sources,
        )

    def _sets_for(self, treatment: TreatmentSet) -> tuple[list[ConstraintSet], list[str]]:
        """The set that was asked for or that the clinic prefers, then the clinic's own limits."""
        own = [self.clinic.limits] if self.clinic and self.clinic.limits else []
        if self.constraint_set is not None:
            return [self.constraint_set, *own], []
        assert self.clinic is not None
        fractions = fractions_of(treatment)
        name = self.clinic.preferred_set(
            fractions.n_fractions, dose_per_fraction=fractions.dose_per_fraction_gy
        )
        for_fractions = f"{fractions.n_fractions or 'an unknown number of'} fractions"
        if name is not None:
            remark = f"{name} is the set that the clinic's file prefers for {for_fractions}"
            return [load_constraint_set(name), *own], [remark]
        if not own:
            raise RtplanLookupError(
                f"the clinic's file prefers no set for {for_fractions} and has no limits of its own; "
                "give --constraints SET"
            )
        remarks = (
            [f"the clinic's file prefers no set for {for_fractions}"] if self.clinic.preferred_sets else []
        )
        return own, [*remarks, "only the clinic's own limits were judged"]


def read_request(request: PlanCheckRequest) -> ReadRequest:
    """Read everything that a request names and that is no DICOM.

    Parameters
    ----------
    request : PlanCheckRequest

    Returns
    -------
    ReadRequest

    Raises
    ------
    RtplanValueError
        If a file is wrong, the clinic's file gives nothing to judge by, or two dictionaries disagree.
    RtplanLookupError
        If a set, a file or a distance rule is not there.
    """
    clinic = read_clinic_file(request.clinic) if request.clinic else None
    if request.constraints is None and (clinic is None or not (clinic.limits or clinic.preferred_sets)):
        raise RtplanValueError(_NO_SET)
    names = NameDictionary.read(request.names) if request.names else None
    by_organ = clinic.alpha_beta_by_organ if clinic else None
    sources = [InputRecord(role="clinic", sha256=clinic.sha256)] if clinic else []
    sources += [input_of_file(request.names, role="names")] if request.names else []
    return ReadRequest(
        request=request,
        constraint_set=None if request.constraints is None else load_constraint_set(request.constraints),
        clinic=clinic,
        dictionary=joined_names(names, clinic.dictionary if clinic else None),
        conversion=FractionConversion.parse(request.conversion, by_organ=by_organ)
        if request.conversion
        else None,
        rules=tuple(_rule(identifier) for identifier in request.rules),
        sources=tuple(sources),
    )


def questions_about(
    request: PlanCheckRequest, choices: Sequence[PlanChoice]
) -> tuple[PlanCheckQuestion, ...]:
    """Read a request and the plans that it is about, each file once.

    Parameters
    ----------
    request : PlanCheckRequest
    choices : sequence of PlanChoice

    Returns
    -------
    tuple of PlanCheckQuestion
        In the order of the choices.
    """
    return read_request(request).questions(load_plans(choices))


def load_plans(choices: Sequence[PlanChoice]) -> list[TreatmentSet]:
    """Read plans; where there are several, a refusal says which."""
    if len(choices) == 1:
        return [choices[0].load()]
    return [_load_as(label, choice) for label, choice in zip(ascii_uppercase, choices, strict=False)]


def _load_as(label: str, choice: PlanChoice) -> TreatmentSet:
    try:
        return choice.load()
    except DicomIoError as refusal:
        raise RtplanValueError(f"plan {label}: {refusal.args[0] if refusal.args else refusal}") from None


def plan_choices(
    folders: Sequence[Path],
    *,
    plans: Sequence[str] = (),
    doses: Sequence[str] = (),
    structures: Sequence[str] = (),
) -> tuple[PlanChoice, ...]:
    """Say which plans are meant.

    Each sequence has one entry, which then holds for all plans, or one for each plan; several plans with one
    folder are several plans of that folder.

    Parameters
    ----------
    folders : sequence of Path
    plans, doses, structures : sequence of str
        Labels or UIDs.

    Returns
    -------
    tuple of PlanChoice

    Raises
    ------
    RtplanValueError
        If the numbers do not fit together, a plan is given twice, or there are more plans than letters.

    Examples
    --------
    >>> [choice.plan for choice in plan_choices([Path("a")], plans=["one", "two"])]
    ['one', 'two']
    """
    given = {"folder": folders, "plan": plans, "dose": doses, "structures": structures}
    count = max(map(len, given.values()))
    for option, values in given.items():
        if len(values) not in (0, 1, count):
            raise RtplanValueError(
                f"{len(values)} times {option} for {count} plans: give it once, or once for each"
            )
    if not folders:
        raise RtplanValueError("no folder: a check needs the folder of a plan")
    if count > MOST_PLANS:
        raise RtplanValueError(f"{count} plans: at most {MOST_PLANS} are put side by side")
    choices = tuple(
        PlanChoice(
            folder=_spread(folders, place),
            plan=_spread(plans, place) if plans else None,
            dose=_spread(doses, place) if doses else None,
            structures=_spread(structures, place) if structures else None,
        )
        for place in range(count)
    )
    if len(set(choices)) < len(choices):
        raise RtplanValueError("the same plan is given twice")
    return choices


def _spread(values: Sequence[Value], place: int) -> Value:
    """The one value for all, or the one for this place."""
    return values[0] if len(values) == 1 else values[place]


def _names_of(treatment: TreatmentSet) -> list[str]:
    structures = treatment.structure_set.structures if treatment.structure_set else ()
    return [structure.name.strip() for structure in structures]


def _refuse_absent(by_hand: Sequence[tuple[str, str]], treatments: Sequence[TreatmentSet]) -> None:
    """Refuse a choice by hand of a structure that no plan has; of one plan the check itself refuses it."""
    present = list(dict.fromkeys(name for treatment in treatments for name in _names_of(treatment)))
    for written, standard in by_hand:
        if written not in present:
            near = ", ".join(near_names(written, present)) or "none is alike"
            raise RtplanLookupError(
                f"no plan has a structure {written!r} to take for {standard!r}; near names: {near}"
            )


def choice_by_hand(text: str) -> tuple[str, str]:
    """Read ``NAME=STANDARD``; the name may hold an equals sign, the standard name does not.

    Examples
    --------
    >>> choice_by_hand("rectum stump=Rectum")
    ('rectum stump', 'Rectum')
    """
    written, sign, standard = text.rpartition("=")
    if not sign or not written.strip() or not standard.strip():
        raise RtplanValueError(f"{text!r} is no choice of a structure; write NAME=STANDARD")
    return written.strip(), standard.strip()


def _rule(identifier: str) -> DistanceRule:
    for rule in distance_rules():
        if rule.id == identifier:
            return rule
    known = ", ".join(rule.id for rule in distance_rules())
    raise RtplanLookupError(f"no distance rule {identifier!r}; there are: {known}")
