"""A course of radiotherapy as far as it is known: from full DICOM down to a prescription on paper.

The grade of a course says how well it is known, and every verdict that rests on it inherits the grade. What
is not known is asked for and never assumed: fractions, modality, RBE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final, Literal

from bed import Regimen
from dicom_io.dvh import DVHExport
from dicom_io.objects import DoseGrid, GridField, Plan, Structure
from dicom_io.study import SourceFile, TreatmentSet
from rtplan.courses.dvh_export import export_times
from rtplan.courses.imported_eqd2 import ImportedEqd2
from rtplan.courses.printed_record import OrganRecord
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.sums import DosePart, PointTransform

__all__ = [
    "Course",
    "Delivery",
    "Grade",
    "Modality",
    "Phase",
    "course_of_export",
    "course_of_records",
    "course_of_regimen",
    "course_of_treatments",
    "phases_of",
]


class Grade(StrEnum):
    """How well a course is known, the best first."""

    DICOM = "DICOM with structures"
    DOSE_ONLY = "DICOM without structures"
    EXPORT = "DVH export of a planning system"
    RECORD = "organ doses from a record"
    ASSUMED = "organ maximum assumed, not known"
    PRESCRIPTION = "prescription only"

    @property
    def rank(self) -> int:
        """0 for the best; the grade of a sum is its worst course's."""
        return list(Grade).index(self)


Modality = Literal[
    "photon", "electron", "proton", "carbon", "HDR brachytherapy", "PDR brachytherapy", "LDR brachytherapy"
]
_MODALITIES: Final[tuple[Modality, ...]] = (
    "photon",
    "electron",
    "proton",
    "carbon",
    "HDR brachytherapy",
    "PDR brachytherapy",
    "LDR brachytherapy",
)
_OF_RADIATION: Final = {"PHOTON": "photon", "ELECTRON": "electron", "PROTON": "proton", "ION": "carbon"}
_BRACHYTHERAPY: Final = "brachytherapy"
_PARTICLES: Final = ("proton", "carbon")
NOT_STATED: Final = "not stated"
_MOST_PER_DAY: Final = 4


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What the user states about how a course was given; None leaves it to the plan.

    Attributes
    ----------
    n_fractions : int or None
        Fractions delivered.
    modality : str or None
        ``"photon"``, ``"electron"``, ``"proton"``, ``"carbon"``, ``"HDR brachytherapy"`` ...
    rbe : float or "included" or None
        Needed for protons and carbon ions: a constant factor on the dose, or that the dose contains it.
    fractions_per_day : int or None
        None is one a day.
    """

    n_fractions: int | None = None
    modality: str | None = None
    rbe: float | Literal["included"] | None = None
    fractions_per_day: int | None = None

    def __post_init__(self) -> None:
        if self.n_fractions is not None and (
            self.n_fractions < 1 or self.n_fractions != int(self.n_fractions)
        ):
            raise RtplanValueError(
                f"{self.n_fractions} fractions delivered: a whole number of at least 1 is needed"
            )
        if self.modality is not None and self.modality not in _MODALITIES:
            raise RtplanValueError(f"modality {self.modality!r}: one of {', '.join(_MODALITIES)} is needed")
        if self.rbe not in (None, "included") and not (
            isinstance(self.rbe, (int, float)) and 0.5 <= self.rbe <= 5
        ):
            raise RtplanValueError(f"rbe {self.rbe!r}: 'included' or a factor between 0.5 and 5 is needed")
        if self.rbe is not None and self.modality is None:
            raise RtplanValueError("an rbe without a modality: say of what")
        if self.rbe is not None and self.modality not in _PARTICLES:
            raise RtplanValueError(f"rbe {self.rbe!r} of {self.modality}: an rbe belongs to proton or carbon")
        if self.fractions_per_day is not None and not 1 <= self.fractions_per_day <= _MOST_PER_DAY:
            raise RtplanValueError(
                f"{self.fractions_per_day} fractions per day: 1 to {_MOST_PER_DAY} are allowed"
            )

    @property
    def rbe_factor(self) -> float:
        """What the dose is multiplied by for its RBE; 1 where the dose contains it or has none."""
        return float(self.rbe) if isinstance(self.rbe, (int, float)) else 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Phase:
    """One plan of a course, as delivered.

    Attributes
    ----------
    dose : GridField
        Physical dose of the plan in Gy, all its planned fractions.
    n_fractions : int
        Fractions delivered.
    dose_factor : float
        From the planned physical dose to the delivered, RBE-weighted one.
    structures : tuple of Structure
        In the frame of reference of the dose; empty where there are none.
    prescription_gy : float or None
        Of the plan as planned.
    treatment : TreatmentSet
    fractions_per_day : int
    """

    dose: GridField
    n_fractions: int
    dose_factor: float
    structures: tuple[Structure, ...]
    prescription_gy: float | None
    treatment: TreatmentSet = field(repr=False)
    fractions_per_day: int = 1

    def __repr__(self) -> str:
        return (
            f"Phase({self.treatment.label}: {self.n_fractions} fractions, {self.dose_factor:.4g} of the "
            f"planned dose, {len(self.structures)} structures)"
        )

    @property
    def frame_of_reference_uid(self) -> str:
        """Frame of reference of dose and structures."""
        return self.dose.frame_of_reference_uid

    def part(self, course: str, transform: PointTransform, *, recovered: float = 0.0) -> DosePart:
        """Return this phase as a part of a sum, seen through a transform from the sum's frame."""
        return DosePart(
            course=course,
            dose=self.dose,
            n_fractions=self.n_fractions,
            transform=transform,
            dose_factor=self.dose_factor,
            recovered=recovered,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """One course.

    Attributes
    ----------
    label : str
        Date, end of the plan's UID and prescription, or what the record calls it; never patient data.
    grade : Grade
    ended : date or None
        Day of its last fraction; None for the new course.
    phases : tuple of Phase
        Empty where no dose distribution is known.
    records : tuple of OrganRecord
        Organ doses typed from paper.
    n_fractions : int or None
        Delivered in all; None where nobody said.
    modality : str
        As stated by the plan or the user, ``"not stated"`` where neither did.
    prescription : Regimen or None
    findings : tuple of str
    inputs : tuple of SourceFile
    imported : tuple of ImportedEqd2
        EQD2 and BED that its source states, each recomputed; none is used.
    export : DVHExport or None
        Curves that a planning system stored, as delivered.
    fractions_per_day : int
        The most of any phase.
    """

    label: str
    grade: Grade
    ended: date | None
    modality: str
    n_fractions: int | None
    phases: tuple[Phase, ...] = ()
    records: tuple[OrganRecord, ...] = ()
    prescription: Regimen | None = None
    findings: tuple[str, ...] = ()
    inputs: tuple[SourceFile, ...] = ()
    imported: tuple[ImportedEqd2, ...] = ()
    export: DVHExport | None = field(default=None, repr=False)
    fractions_per_day: int = 1

    @property
    def has_dose(self) -> bool:
        """Whether the dose is known voxel by voxel."""
        return bool(self.phases)

    @property
    def structures(self) -> tuple[Structure, ...]:
        """Structures of the first phase that has any."""
        return next((phase.structures for phase in self.phases if phase.structures), ())

    @property
    def prescription_gy(self) -> float | None:
        """Prescribed dose as delivered, all phases; None where one phase has none."""
        if self.prescription is not None:
            share = 1.0 if self.n_fractions is None else self.n_fractions / self.prescription.n_fractions
            return self.prescription.total_dose * share
        doses = [
            None if phase.prescription_gy is None else phase.prescription_gy * phase.dose_factor
            for phase in self.phases
        ]
        return None if not doses or None in doses else sum(dose for dose in doses if dose is not None)

    def without_repair(self) -> Course:
        """Return the course as if nothing were repaired between the fractions of a day.

        They then act as one fraction of their summed dose, which is the most that incomplete repair can do
        (Thames 1985, Int J Radiat Biol 47:319: h_m = m - 1); a last day that is not full counts with the
        day before.
        """
        if self.fractions_per_day == 1:
            return self
        return replace(
            self,
            n_fractions=None
            if self.n_fractions is None
            else max(self.n_fractions // self.fractions_per_day, 1),
            phases=tuple(
                replace(phase, n_fractions=max(phase.n_fractions // phase.fractions_per_day, 1))
                for phase in self.phases
            ),
        )

    def structure(self, name: str) -> Structure:
        """Return the one structure of this name, in any case; none or several raise."""
        found = [s for s in self.structures if s.name.casefold() == name.casefold()]
        exact = [s for s in found if s.name == name]
        chosen = exact if len(exact) == 1 else found
        if len(chosen) == 1:
            return chosen[0]
        names = ", ".join(s.name for s in self.structures) or "none"
        trouble = "several structures are" if chosen else "no structure is"
        raise RtplanLookupError(f"{self.label}: {trouble} named {name!r}; there are: {names}")

    def record(self, name: str) -> OrganRecord | None:
        """Return the record of an organ, or None."""
        return next((r for r in self.records if r.name.casefold() == name.casefold()), None)

    def __repr__(self) -> str:
        fractions = "fractions not stated" if self.n_fractions is None else f"{self.n_fractions} fractions"
        return f"Course({self.label}: {self.grade.value}, {fractions}, {self.modality})"


def phases_of(
    treatment: TreatmentSet, delivery: Delivery, *, role: str
) -> tuple[tuple[Phase, ...], str, list[str]]:
    """Return a plan as delivered, its modality, and what is worth saying.

    A plan of several fraction groups is several phases: each group's dose is converted with its own number of
    fractions. Where the files do not tell the groups' doses apart the plan is refused.

    Parameters
    ----------
    treatment : TreatmentSet
        With a dose.
    delivery : Delivery
    role : str
        Such as ``"new"``, for messages.

    Raises
    ------
    RtplanValueError
        Number of fractions, modality or RBE is missing or contradicted.
    """
    if treatment.dose is None:
        raise RtplanValueError(f"{role} course: no dose")
    findings: list[str] = []
    modality = _modality(treatment.plan, delivery, role, findings)
    given = _groups(treatment, delivery, role, findings) or [
        (treatment.dose, *_fractions(treatment, delivery, role, findings))
    ]
    structures = treatment.structure_set.structures if treatment.structure_set else ()
    prescription = treatment.plan.prescription_gy if treatment.plan else None
    per_day = delivery.fractions_per_day or 1
    if per_day > 1:
        findings.append(_per_day_finding(per_day, role))
    phases = tuple(
        Phase(
            dose=GridField.of(dose),
            n_fractions=delivered,
            dose_factor=share * delivery.rbe_factor,
            structures=structures,
            prescription_gy=prescription if len(given) == 1 else None,
            treatment=treatment,
            fractions_per_day=per_day,
        )
        for dose, delivered, share in given
    )
    return phases, modality, findings


def _groups(
    treatment: TreatmentSet, delivery: Delivery, role: str, findings: list[str]
) -> list[tuple[DoseGrid, int, float]]:
    """Return each fraction group's dose and fractions; nothing for a plan of one group."""
    groups = treatment.plan.fraction_groups if treatment.plan else ()
    if len(groups) < 2:
        return []
    planned = [group.n_fractions_planned for group in groups]
    told = ", ".join(str(n or "?") for n in planned)
    parts = [(p.dose, p.n_fractions) for p in treatment.dose_parts if p.n_fractions is not None]
    if len(parts) < len(groups):
        if delivery.n_fractions is not None and len(set(planned)) == 1:
            return []
        raise RtplanValueError(
            f"{role} course: the dose is a composite of {len(groups)} fraction groups of {told} fractions "
            "and has no EQD2 of its own; export the dose of each group"
        )
    total = sum(n for _, n in parts)
    delivered = delivery.n_fractions or treatment.n_fractions_delivered or total
    if delivered != total:
        raise RtplanValueError(
            f"{role} course: {delivered} fractions of {len(groups)} fraction groups of {told}: say of which, "
            "each group as one of the [[phases]] of a course file"
        )
    findings.append(f"{role} course: {len(groups)} fraction groups of {told} fractions, each converted alone")
    return [(dose, n, 1.0) for dose, n in parts]


def _fractions(
    treatment: TreatmentSet, delivery: Delivery, role: str, findings: list[str]
) -> tuple[int, float]:
    """Return fractions delivered and the share of the planned dose; records and the user's word win."""
    planned = treatment.n_fractions
    delivered = delivery.n_fractions or treatment.n_fractions_delivered or planned
    if delivered is None:
        raise RtplanValueError(
            f"{role} course: {treatment.n_fractions_reason or 'the number of fractions is not known'}; "
            "state it in a course file (n_fractions)"
        )
    if planned is None:
        findings.append(f"{role} course: {delivered} fractions as stated; the dose is taken as their total")
        return delivered, 1.0
    if delivered > planned:
        raise RtplanValueError(f"{role} course: {delivered} fractions delivered of {planned} planned")
    if delivered < planned:
        findings.append(
            f"{role} course: {delivered} of {planned} planned fractions delivered; "
            f"the dose counts as {delivered}/{planned} of the plan's"
        )
    return delivered, delivered / planned


def _modality(plan: Plan | None, delivery: Delivery, role: str, findings: list[str]) -> str:
    """Return the modality that the plan or the user states; particles and brachytherapy are asked about."""
    planned = _planned_modalities(plan)
    stated = delivery.modality
    if stated and planned and stated not in planned and not _names_kind_of(stated, planned):
        raise RtplanValueError(f"{role} course: stated {stated}, but the plan says {' and '.join(planned)}")
    modality = stated or (planned[0] if len(planned) == 1 else NOT_STATED)
    if not stated and len(planned) > 1:
        raise RtplanValueError(
            f"{role} course: the plan mixes {' and '.join(planned)}: state the modality and rbe"
        )
    if modality in _PARTICLES and delivery.rbe is None:
        raise RtplanValueError(_ask_for_rbe(modality, role))
    if modality in ("PDR brachytherapy", "LDR brachytherapy"):
        raise RtplanValueError(f"{role} course: {modality} cannot be converted: its dose rate matters")
    if modality == _BRACHYTHERAPY:
        raise RtplanValueError(
            f"{role} course: a brachytherapy plan: state in a course file whether it was HDR "
            '(modality = "HDR brachytherapy"); other dose rates cannot be converted'
        )
    if modality == NOT_STATED:
        findings.append(f"{role} course: modality not stated; the dose is taken as it is, without any RBE")
    return modality


def _names_kind_of(stated: str, planned: list[str]) -> bool:
    """Whether the user says which kind of brachytherapy a brachytherapy plan was."""
    return planned == [_BRACHYTHERAPY] and stated.endswith(_BRACHYTHERAPY)


def _planned_modalities(plan: Plan | None) -> list[str]:
    if plan is None:
        return []
    if plan.is_brachytherapy:
        return [_BRACHYTHERAPY]
    named = [_OF_RADIATION.get(kind, kind.lower()) for kind in plan.radiation_types]
    # Photons and electrons share one RBE: a plan of both needs no question.
    if set(named) == {"photon", "electron"}:
        return ["photon"]
    return list(dict.fromkeys(named))


def course_of_treatments(
    treatments: Sequence[tuple[TreatmentSet, Delivery]],
    *,
    role: str,
    ended: date | None = None,
    label: str | None = None,
) -> Course:
    """Return the course that one or several plans make up, phases kept apart.

    Parameters
    ----------
    treatments : sequence of (TreatmentSet, Delivery)
    role : str
        Such as ``"new"`` or ``"prior"``; begins the label.
    ended : date, optional
    label : str, optional
        Instead of the plans' own labels.
    """
    built = [phases_of(treatment, delivery, role=role) for treatment, delivery in treatments]
    phases = tuple(phase for found, _, _ in built for phase in found)
    has_structures = any(phase.structures for phase in phases)
    modalities = list(dict.fromkeys(modality for _, modality, _ in built))
    said = [f for (t, _), (_, _, own) in zip(treatments, built, strict=True) for f in (*t.findings, *own)]
    name = label or " + ".join(treatment.label for treatment, _ in treatments)
    return Course(
        label=f"{role}: {name}",
        grade=Grade.DICOM if has_structures else Grade.DOSE_ONLY,
        ended=ended,
        modality=" and ".join(modalities),
        n_fractions=sum(phase.n_fractions for phase in phases),
        phases=phases,
        findings=tuple(dict.fromkeys(said)),
        inputs=tuple(i for treatment, _ in treatments for i in treatment.inputs),
        fractions_per_day=max(phase.fractions_per_day for phase in phases),
    )


def course_of_regimen(text: str, *, role: str, ended: date | None = None) -> Course:
    """Return a course of which only the prescription is known: it bounds no organ.

    Examples
    --------
    >>> course_of_regimen("50.4Gy/28", role="prior")
    Course(prior: 50.4Gy/28: prescription only, 28 fractions, external beam)
    """
    regimen = Regimen.parse(text)
    return Course(
        label=f"{role}: {regimen}",
        grade=Grade.PRESCRIPTION,
        ended=ended,
        modality=regimen.modality,
        n_fractions=regimen.n_fractions,
        prescription=regimen,
        findings=_per_day_findings(regimen.fractions_per_day, role),
        fractions_per_day=regimen.fractions_per_day,
    )


def _per_day_finding(fractions_per_day: int, role: str) -> str:
    return (
        f"{role} course: {fractions_per_day} fractions a day: its EQD2 is that of full repair between them; "
        "what no repair within a day would make of it is judged as well, all being repaired overnight"
    )


def _per_day_findings(fractions_per_day: int, role: str) -> tuple[str, ...]:
    return () if fractions_per_day == 1 else (_per_day_finding(fractions_per_day, role),)


def _typed_delivery(
    n_fractions: int,
    modality: str | None,
    rbe: float | Literal["included"] | None,
    fractions_per_day: int | None,
    role: str,
) -> Delivery:
    """Check what the user says of a course that is known without DICOM."""
    stated = None if modality == NOT_STATED else modality
    delivery = Delivery(
        n_fractions=n_fractions, modality=stated, rbe=rbe, fractions_per_day=fractions_per_day
    )
    if stated in ("PDR brachytherapy", "LDR brachytherapy"):
        raise RtplanValueError(f"{role} course: {stated} cannot be converted: its dose rate matters")
    if stated in _PARTICLES and rbe is None:
        raise RtplanValueError(_ask_for_rbe(stated, role))
    return delivery


def _ask_for_rbe(modality: str, role: str) -> str:
    return (
        f"{role} course: {modality} dose: state in a course file whether it contains the RBE "
        '(rbe = "included") or the factor to apply (rbe = 1.1); it is never inferred'
    )


def _typed_findings(delivery: Delivery, dose_share: float, role: str) -> tuple[str, ...]:
    """Say what typed or exported doses were multiplied by, and what nobody stated."""
    found = list(_per_day_findings(delivery.fractions_per_day or 1, role))
    if delivery.modality is None:
        found.append(f"{role} course: modality not stated; the dose is taken as it is, without any RBE")
    if delivery.rbe_factor != 1.0:
        found.append(f"{role} course: its doses are multiplied by the stated RBE of {delivery.rbe_factor:g}")
    if dose_share != 1.0:
        found.append(
            f"{role} course: its doses are those of the plan and count with {dose_share:.4g} of them"
        )
    return tuple(found)


def course_of_records(
    records: Sequence[OrganRecord],
    *,
    role: str,
    label: str,
    n_fractions: int,
    modality: str | None,
    rbe: float | Literal["included"] | None = None,
    fractions_per_day: int | None = None,
    dose_share: float = 1.0,
    ended: date | None = None,
    inputs: Sequence[SourceFile] = (),
    prescription: Regimen | None = None,
) -> Course:
    """Return a course of which single organ doses are known from a record, or are assumed.

    Parameters
    ----------
    records : sequence of OrganRecord
    role, label : str
    n_fractions : int
        Fractions delivered.
    modality : str or None
        As for `Delivery`; None where nobody states it, which is said.
    rbe : float or "included", optional
        Needed for protons and carbon ions.
    fractions_per_day : int, optional
        As stated, else that of the prescription, else one.
    dose_share : float
        Share of the recorded doses that was delivered: 1 where they are those delivered.
    ended : date, optional
    inputs : sequence of SourceFile
    prescription : Regimen, optional
    """
    per_day = fractions_per_day or (prescription.fractions_per_day if prescription else None)
    delivery = _typed_delivery(n_fractions, modality, rbe, per_day, role)
    factor = dose_share * delivery.rbe_factor
    return Course(
        label=f"{role}: {label}",
        grade=Grade.ASSUMED if all(record.assumed for record in records) else Grade.RECORD,
        ended=ended,
        modality=delivery.modality or NOT_STATED,
        n_fractions=n_fractions,
        records=tuple(record.times(factor) for record in records),
        prescription=prescription,
        findings=_typed_findings(delivery, dose_share, role),
        inputs=tuple(inputs),
        fractions_per_day=delivery.fractions_per_day or 1,
    )


def course_of_export(
    export: DVHExport,
    *,
    role: str,
    n_fractions: int,
    modality: str | None,
    rbe: float | Literal["included"] | None = None,
    fractions_per_day: int | None = None,
    dose_share: float = 1.0,
    label: str | None = None,
    ended: date | None = None,
    inputs: Sequence[SourceFile] = (),
) -> Course:
    """Return a course of which the DVH export of a planning system is known.

    Parameters
    ----------
    export : DVHExport
    role : str
    n_fractions : int
        Fractions delivered, as the user states: an export does not.
    modality : str or None
        As for `Delivery`; None where nobody states it, which is said.
    rbe : float or "included", optional
        Needed for protons and carbon ions.
    fractions_per_day : int, optional
    dose_share : float
        Share of the exported doses that was delivered: 1 where the curves are those delivered.
    label : str, optional
        Instead of the export's own.
    ended : date, optional
    inputs : sequence of SourceFile
        Beside the export, such as the course file that names it.
    """
    delivery = _typed_delivery(n_fractions, modality, rbe, fractions_per_day, role)
    said = "the curves are taken as their total" if dose_share == 1.0 else "the curves are those of the plan"
    return Course(
        label=f"{role}: {label or f'{export.system} DVH export'}",
        grade=Grade.EXPORT,
        ended=ended,
        modality=delivery.modality or NOT_STATED,
        n_fractions=n_fractions,
        findings=(
            *export.findings,
            f"{role} course: {n_fractions} fractions as stated; {said}",
            *_typed_findings(delivery, dose_share, role),
        ),
        inputs=(*inputs, SourceFile(role="DVH export", sha256=export.source_sha256, uid="")),
        export=export_times(export, dose_share * delivery.rbe_factor),
        fractions_per_day=delivery.fractions_per_day or 1,
    )
