"""A course from what is known of it: plans, organ doses of a record, a DVH export, or a prescription."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal, NotRequired, TypedDict, Unpack

from bed import Regimen, parse_regimens
from dicom_io.dvh import DVHExport
from dicom_io.objects import DoseGrid, GridField, Plan
from dicom_io.study import RegistrationEntry, SourceFile, TreatmentSet
from rtplan.courses.course import Course, Grade, Phase
from rtplan.courses.delivery import NOT_STATED, PARTICLES, Delivery
from rtplan.courses.dvh_export import export_times
from rtplan.courses.printed_record import OrganRecord
from rtplan.errors import RtplanValueError

__all__ = [
    "StatedDelivery",
    "course_of_export",
    "course_of_records",
    "course_of_regimen",
    "course_of_treatments",
    "phases_of",
]

_OF_RADIATION: Final = {"PHOTON": "photon", "ELECTRON": "electron", "PROTON": "proton", "ION": "carbon"}
_BRACHYTHERAPY: Final = "brachytherapy"
_BRACHY_TYPES: Final = {kind: f"{kind} brachytherapy" for kind in ("HDR", "PDR", "LDR")}
"""Brachy Treatment Type (300A,0202) where it names a dose rate that is known here."""


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
    groups = treatment.plan.delivering_groups if treatment.plan else ()
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
    if modality in PARTICLES and delivery.rbe is None:
        raise RtplanValueError(_ask_for_rbe(modality, role))
    if modality in ("PDR brachytherapy", "LDR brachytherapy"):
        raise RtplanValueError(f"{role} course: {modality} cannot be converted: its dose rate matters")
    if modality == _BRACHYTHERAPY:
        raise RtplanValueError(
            f"{role} course: a brachytherapy plan without its dose rate: state in a course file whether it "
            'was HDR (modality = "HDR brachytherapy"); other dose rates cannot be converted'
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
        return [_BRACHY_TYPES.get(plan.brachy_type, _BRACHYTHERAPY)]
    named = [_OF_RADIATION.get(kind, kind.lower()) for kind in plan.radiation_types]
    # Photons and electrons share one RBE: a plan of both needs no question.
    if set(named) == {"photon", "electron"}:
        return ["photon"]
    return list(dict.fromkeys(named))


class StatedDelivery(TypedDict):
    """How a course that is known without DICOM was given, see `Delivery`: the first two are always stated."""

    n_fractions: int
    modality: str | None
    rbe: NotRequired[float | Literal["included"] | None]
    fractions_per_day: NotRequired[int | None]


def course_of_treatments(
    treatments: Sequence[tuple[TreatmentSet, Delivery]],
    *,
    role: str,
    ended: date | None = None,
    label: str | None = None,
    folders: Sequence[Path] = (),
    registrations: Sequence[RegistrationEntry] = (),
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
    folders : sequence of Path
        Where the plans were read from, for those who ask the objects again.
    registrations : sequence of RegistrationEntry
        Registration objects that lie there; none is used unless it is named.
    """
    built = [phases_of(treatment, delivery, role=role) for treatment, delivery in treatments]
    phases = tuple(phase for found, _, _ in built for phase in found)
    has_structures = any(phase.structures for phase in phases)
    modalities = list(dict.fromkeys(modality for _, modality, _ in built))
    said = [f for (t, _), (_, _, own) in zip(treatments, built, strict=True) for f in (*t.findings, *own)]
    name = label or " + ".join(treatment.label for treatment, _ in treatments)
    return Course(
        role=role,
        label=f"{role}: {name}",
        grade=Grade.DICOM if has_structures else Grade.DOSE_ONLY,
        ended=ended,
        modality=" and ".join(modalities),
        n_fractions=sum(phase.n_fractions for phase in phases),
        phases=phases,
        findings=tuple(dict.fromkeys(said)),
        inputs=tuple(i for treatment, _ in treatments for i in treatment.inputs),
        fractions_per_day=max(phase.fractions_per_day for phase in phases),
        patients=tuple(dict.fromkeys(treatment.patient for treatment, _ in treatments)),
        folders=tuple(folders),
        registrations=tuple(registrations),
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
        role=role,
        label=f"{role}: {regimen}",
        grade=Grade.PRESCRIPTION,
        ended=ended,
        modality=regimen.modality,
        n_fractions=regimen.n_fractions,
        prescription=regimen,
        findings=(*parse_regimens(text).notes, *_per_day_findings(regimen.fractions_per_day, role)),
        fractions_per_day=regimen.fractions_per_day,
    )


def _per_day_finding(fractions_per_day: int, role: str) -> str:
    return (
        f"{role} course: {fractions_per_day} fractions a day: its EQD2 is that of full repair between them; "
        "what no repair within a day would make of it is judged as well, all being repaired overnight"
    )


def _per_day_findings(fractions_per_day: int, role: str) -> tuple[str, ...]:
    return () if fractions_per_day == 1 else (_per_day_finding(fractions_per_day, role),)


def _typed_delivery(given: StatedDelivery, role: str) -> tuple[Delivery, int]:
    """Check what the user says of a course that is known without DICOM; return its fractions beside it."""
    if given.get("n_fractions") is None or "modality" not in given:
        raise RtplanValueError(
            f"{role} course: state n_fractions and modality (None where nobody says which); both are needed"
        )
    stated = None if given["modality"] == NOT_STATED else given["modality"]
    delivery = Delivery(
        n_fractions=given["n_fractions"],
        modality=stated,
        rbe=given.get("rbe"),
        fractions_per_day=given.get("fractions_per_day"),
    )
    if stated in ("PDR brachytherapy", "LDR brachytherapy"):
        raise RtplanValueError(f"{role} course: {stated} cannot be converted: its dose rate matters")
    if stated in PARTICLES and delivery.rbe is None:
        raise RtplanValueError(_ask_for_rbe(stated, role))
    return delivery, given["n_fractions"]


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
    dose_share: float = 1.0,
    ended: date | None = None,
    inputs: Sequence[SourceFile] = (),
    prescription: Regimen | None = None,
    **delivered: Unpack[StatedDelivery],
) -> Course:
    """Return a course of which single organ doses are known from a record, or are assumed.

    Parameters
    ----------
    records : sequence of OrganRecord
    role, label : str
    dose_share : float
        Share of the recorded doses that was delivered: 1 where they are those delivered.
    ended : date, optional
    inputs : sequence of SourceFile
    prescription : Regimen, optional
    **delivered
        ``n_fractions`` delivered; ``modality``, None where nobody states it, which is said; ``rbe`` for
        protons and carbon ions; ``fractions_per_day``, else that of the prescription, else one: `Delivery`.
    """
    per_day = delivered.get("fractions_per_day") or (prescription.fractions_per_day if prescription else None)
    delivery, n_fractions = _typed_delivery({**delivered, "fractions_per_day": per_day}, role)
    factor = dose_share * delivery.rbe_factor
    return Course(
        role=role,
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
    dose_share: float = 1.0,
    label: str | None = None,
    ended: date | None = None,
    inputs: Sequence[SourceFile] = (),
    **delivered: Unpack[StatedDelivery],
) -> Course:
    """Return a course of which the DVH export of a planning system is known.

    Parameters
    ----------
    export : DVHExport
    role : str
    dose_share : float
        Share of the exported doses that was delivered: 1 where the curves are those delivered.
    label : str, optional
        Instead of the export's own.
    ended : date, optional
    inputs : sequence of SourceFile
        Beside the export, such as the course file that names it.
    **delivered
        ``n_fractions`` delivered, which no export states; ``modality``, None where nobody states it, which is
        said; ``rbe`` for protons and carbon ions; ``fractions_per_day``. See `Delivery`.

    Raises
    ------
    RtplanValueError
        Doses in Gy(RBE) by the export, without a modality and ``rbe="included"``; or as for `Delivery`.
    """
    delivery, n_fractions = _typed_delivery(delivered, role)
    if export.is_rbe_weighted and delivery.rbe != "included":
        raise RtplanValueError(
            f"{role} course: the DVH export states its doses in Gy(RBE): state in a course file the modality "
            '(proton or carbon) and rbe = "included"'
        )
    said = "the curves are taken as their total" if dose_share == 1.0 else "the curves are those of the plan"
    return Course(
        role=role,
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
        patients=(export.patient,),
    )
