"""One plan with its dose and structures, chosen from a study, linked and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dicom_io.errors import ContradictionError, DicomIoError, DicomValueError, MissingObjectError
from dicom_io.objects import DoseGrid, GridGeometry, PatientIdentity, Plan, StructureSet
from dicom_io.study.dose_sets import DosePart, DoseSet, dose_parts
from dicom_io.study.entries import DoseEntry, Entry, ImageSeries, PlanEntry, TreatmentRecordEntry
from dicom_io.study.links import Indexed, Links, images_of, link
from dicom_io.study.reconcile import check_patients, dose_findings, fractions_doubt, unit_finding
from dicom_io.wording import counted, frame_not_stated

__all__ = ["SourceFile", "TreatmentSet", "select_treatment"]

_REQUIRABLE = ("plan", "dose", "structures", "images")


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A file that a result rests on.

    Attributes
    ----------
    role : str
        ``"plan"``, ``"structures"`` or ``"dose"``; ``"record"`` of a treatment record of the plan.
    sha256 : str
    uid : str
        SOP instance UID.
    data_set_sha256 : str
        Of the data set in the file, whatever file and transfer syntax it came in; empty where it is none.
    """

    role: str
    sha256: str
    uid: str
    data_set_sha256: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class TreatmentSet:
    """One plan, its structures and its dose; what is missing is None.

    Attributes
    ----------
    plan : Plan or None
    structure_set : StructureSet or None
        With a dose, only structures in the dose's frame of reference.
    dose : DoseGrid or None
        The plan's total physical dose.
    dose_parts : tuple of DosePart
        The dose of each fraction group with its own number of fractions, where the plan has several and the
        files tell them apart; empty otherwise.
    images : ImageSeries or None
        The images that the structures were drawn on.
    n_fractions : int or None
        Planned fractions that the dose is the total of; None where that is not known.
    n_fractions_reason : str
        Why there is none; empty otherwise.
    n_fractions_delivered : int or None
        According to the treatment records; None where there are none.
    findings : tuple of str
        What is odd, what was decided and what could not be checked, in words.
    inputs : tuple of SourceFile
    patient : PatientIdentity
        Whose it is: of the first object that says; for comparing two studies, not for printing.
    label : str
        Of the plan, else of the dose or the structures; never patient data.
    """

    plan: Plan | None
    structure_set: StructureSet | None
    dose: DoseGrid | None
    images: ImageSeries | None
    n_fractions: int | None
    n_fractions_reason: str
    n_fractions_delivered: int | None
    findings: tuple[str, ...]
    inputs: tuple[SourceFile, ...]
    patient: PatientIdentity = field(repr=False)
    label: str
    dose_parts: tuple[DosePart, ...] = ()

    @property
    def patient_key(self) -> str:
        """A hash for comparing two studies; empty where no object has a patient ID. Not for printing."""
        return "" if self.patient.is_blank else self.patient.key

    @property
    def image_geometry(self) -> GridGeometry | None:
        """Where the voxels of the images lie; None without images."""
        return self.images.geometry if self.images else None

    def __repr__(self) -> str:
        told = {
            "plan": self.plan,
            "dose": self.dose,
            "structures": self.structure_set,
            "images": self.images,
        }
        present = ", ".join(name for name, part in told.items() if part is not None)
        fractions = (
            "fractions not known" if self.n_fractions is None else counted(self.n_fractions, "fraction")
        )
        return f"TreatmentSet({self.label}: {present or 'nothing'}; {fractions})"


def select_treatment(
    study: Indexed,
    plan: str | None,
    *,
    dose: str | None,
    structure_set: str | None,
    require: Sequence[str],
) -> TreatmentSet:
    """Return one plan with its dose and structures; see `Study.select`."""
    unknown = sorted(set(require) - set(_REQUIRABLE))
    if unknown:
        raise DicomValueError(f"require {unknown}: {', '.join(_REQUIRABLE)} are allowed")
    _refuse_hopeless(study, require)
    needs_dose = "dose" in require
    links = link(study, plan=plan, dose=dose, structure_set=structure_set, needs_dose=needs_dose)
    images = images_of(study, links)
    patients = [entry.patient for entry in links.entries]
    identity = check_patients([*patients, images.patient] if images else patients)
    _refuse_missing(links, images, require)
    return _loaded(study, links, images=images, identity=identity, needs_dose=needs_dose)


def _refuse_hopeless(study: Indexed, require: Sequence[str]) -> None:
    """Raise one message for all kinds of objects that the folder lacks altogether."""
    present = {
        "plan": study.plans,
        "dose": study.doses,
        "structures": study.structure_sets,
        "images": study.images,
    }
    missing = [_OBJECT_NAMES[kind] for kind in _REQUIRABLE if kind in require and not present[kind]]
    if missing:
        there = [counted(len(found), _NOUNS[kind]) for kind, found in present.items() if found]
        raise MissingObjectError(
            f"{_are_missing(missing)}; there is: {', '.join(there) or 'nothing of use'}", missing=missing
        )


def _are_missing(names: Sequence[str]) -> str:
    plural = len(names) > 1 or names[0].split(" (")[0].endswith("s")
    return f"{' and '.join(names)} {'are' if plural else 'is'} missing"


_OBJECT_NAMES = {
    "plan": "the plan (RTPLAN)",
    "dose": "the dose (RTDOSE)",
    "structures": "the structures (RTSTRUCT)",
    "images": "the images",
}
_NOUNS = {"plan": "plan", "dose": "dose", "structures": "structure set", "images": "series of image"}


def _refuse_missing(links: Links, images: ImageSeries | None, require: Sequence[str]) -> None:
    present = {
        "plan": links.plan,
        "dose": links.doses,
        "structures": links.structure_set,
        "images": images,
    }
    missing = [_OBJECT_NAMES[kind] for kind in _REQUIRABLE if kind in require and present[kind] is None]
    if missing:
        raise MissingObjectError("; ".join([_are_missing(missing), *links.findings]), missing=missing)


def _dose_of(links: Links, findings: list[str], *, needed: bool) -> DoseGrid | None:
    """Return the dose, read and joined; one that is not needed and cannot be read is said."""
    if links.doses is None:
        return None
    try:
        return links.doses.load()
    except DicomIoError as error:
        if needed:
            raise
        findings.append(f"the dose is not used: {error}")
        return None


def _loaded(
    study: Indexed,
    links: Links,
    *,
    images: ImageSeries | None,
    identity: tuple[str, ...],
    needs_dose: bool,
) -> TreatmentSet:
    plan = links.plan.plan if links.plan else None
    structure_set = links.structure_set.structure_set if links.structure_set else None
    findings = [*study.findings, *links.findings, *identity]
    dose = _dose_of(links, findings, needed=needs_dose)
    if structure_set is not None and dose is not None:
        structure_set = _in_frame(structure_set, dose.frame_of_reference_uid, findings)
    if structure_set is not None and images is not None:
        structure_set = _on_slices(structure_set, images)
    n_fractions, reason = _n_fractions(plan, links.doses, dose)
    if dose is not None and needs_dose:
        findings.extend(_dose_checks(dose, plan, complete=_is_whole(links.doses, plan)))
    if (
        plan is not None
        and dose is not None
        and _differ(plan.frame_of_reference_uid, dose.frame_of_reference_uid)
    ):
        findings.append("plan and dose name different frames of reference")
    for loaded in (plan, structure_set, dose):
        findings.extend(loaded.findings if loaded is not None else ())
    if reason:
        findings.append(f"number of fractions of the dose not known: {reason}")
    delivered = _delivered(study, links.plan, plan, findings)
    return TreatmentSet(
        plan=plan,
        structure_set=structure_set,
        dose=dose,
        images=images,
        n_fractions=n_fractions,
        n_fractions_reason=reason,
        n_fractions_delivered=delivered,
        findings=tuple(dict.fromkeys(findings)),
        inputs=_inputs(study, links),
        patient=_whose(links),
        label=links.entries[0].label if links.entries else "",
        dose_parts=dose_parts(links.doses, plan) if dose is not None and links.doses and plan else (),
    )


def _whose(links: Links) -> PatientIdentity:
    """Return the first identity that has a patient ID, else a blank one."""
    blank = PatientIdentity(patient_id="", birth_date="", sex="")
    return next((entry.patient for entry in links.entries if not entry.patient.is_blank), blank)


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def _in_frame(structure_set: StructureSet, frame: str, findings: list[str]) -> StructureSet:
    """Return the structures that lie in the dose's frame of reference; refuse when none does.

    Where one side does not state its frame nothing is computed of the two together: the DVH engine refuses
    it in the same words. Where neither states any, it is computed with the finding.
    """
    stated = any(structure.frame_of_reference_uid for structure in structure_set.structures)
    if not frame or not stated:
        findings.append(
            "the frame of reference of dose and structures is not stated: that they share one was not checked"
            if bool(frame) == stated
            else frame_not_stated("structures" if frame else "dose")
        )
        return structure_set
    elsewhere = [s for s in structure_set.structures if s.frame_of_reference_uid != frame]
    if not elsewhere:
        return structure_set
    if len(elsewhere) == len(structure_set.structures):
        raise ContradictionError("dose and structures lie in different frames of reference")
    names = ", ".join(repr(structure.name) for structure in elsewhere)
    findings.append(f"structures in another frame of reference than the dose are left out: {names}")
    kept = tuple(s for s in structure_set.structures if s not in elsewhere)
    return replace(structure_set, structures=kept, frame_of_reference_uid=frame)


def _on_slices(structure_set: StructureSet, images: ImageSeries) -> StructureSet:
    """Return the structures with the slices of the images, where the set names them."""
    slices = images.slices
    drawn_on = set(images.image_uids)
    if slices is None:
        return structure_set
    of_set = bool(drawn_on & set(structure_set.referenced_image_uids))
    structures = tuple(
        replace(structure, slices=slices)
        if of_set or any(contour.image_uid in drawn_on for contour in structure.contours)
        else structure
        for structure in structure_set.structures
    )
    return replace(structure_set, structures=structures)


def _is_whole(doses: DoseSet | None, plan: Plan | None) -> bool:
    """Return whether the dose is that of the plan's entire delivery."""
    if doses is None or plan is None:
        return False
    summations = {entry.header.summation_type for entry in doses.entries}
    return summations in ({"PLAN"}, {"RECORD"}) or doses.kind == "sum"


def _dose_checks(dose: DoseGrid, plan: Plan | None, *, complete: bool) -> tuple[str, ...]:
    maximum_gy = float(np.max(dose.dose_gy))
    if plan is None:
        told = "no plan: prescription, fractions and whether the dose is a plan's total were not checked"
        return (*unit_finding(maximum_gy), told)
    if not complete:
        told = "the dose chosen is not stated to be the plan's total: not compared with the prescription"
        return (*unit_finding(maximum_gy), told) if not plan.is_brachytherapy else (told,)
    return dose_findings(maximum_gy, plan)


def _n_fractions(plan: Plan | None, doses: DoseSet | None, dose: DoseGrid | None) -> tuple[int | None, str]:
    """Return the fractions that the dose is the total of, or why they are not known."""
    if plan is None:
        return None, "there is no plan"
    kinds = {entry.header.summation_type for entry in doses.entries} if doses else set()
    if "MULTI_PLAN" in kinds:
        return None, "the dose is the sum of several plans"
    if doses and any(len(set(entry.header.plan_uids)) > 1 for entry in doses.entries):
        return None, "the dose refers to several plans"
    if "RECORD" in kinds:
        return None, (
            "the dose is that of treatment records (RECORD), often of one session: it does not say how many "
            "fractions it holds"
        )
    groups = plan.delivering_groups
    if dose is not None and kinds == {"FRACTION"} and doses is not None and len(doses.entries) == 1:
        numbers = doses.entries[0].header.fraction_groups
        groups = tuple(group for group in groups if group.number in numbers) or groups
    if not groups:
        return None, "the plan has no fraction group"
    if len(groups) > 1:
        told = ", ".join(str(group.n_fractions_planned or "?") for group in groups)
        return None, f"the dose is a composite of {len(groups)} fraction groups of {told} fractions"
    if groups[0].n_fractions_planned is None:
        return None, "the plan does not say how many fractions are planned"
    doubt = fractions_doubt(None if dose is None else float(np.max(dose.dose_gy)), plan)
    if doubt is not None:
        return None, doubt
    return groups[0].n_fractions_planned, ""


def _delivered(study: Indexed, entry: PlanEntry | None, plan: Plan | None, findings: list[str]) -> int | None:
    """Return the fractions that the treatment records of the plan say were delivered."""
    if entry is None or plan is None or not study.treatment_records:
        return None
    records = [r.record for r in study.treatment_records]
    of_plan = [record for record in records if record.plan_uid == entry.sop_instance_uid]
    if not of_plan:
        findings.append(f"none of the {len(records)} treatment records refers to the plan chosen")
        return None
    stated = [r.n_fractions_delivered for r in of_plan if r.n_fractions_delivered is not None]
    counted = len({number for record in of_plan for number in record.fraction_numbers})
    delivered = max([*stated, counted])
    findings.append(f"treatment records: {delivered} fractions delivered, {plan.n_fractions or '?'} planned")
    if any(record.interrupted for record in of_plan):
        findings.append("treatment records: at least one beam did not end normally")
    return delivered


def _inputs(study: Indexed, links: Links) -> tuple[SourceFile, ...]:
    """Return every file that the treatment rests on, the records of the plan among them."""
    plan_uid = links.plan.sop_instance_uid if links.plan else None
    records = [entry for entry in study.treatment_records if plan_uid and entry.record.plan_uid == plan_uid]
    return tuple(
        SourceFile(
            role=_role(entry),
            sha256=entry.sha256,
            uid=entry.sop_instance_uid,
            data_set_sha256=entry.data_set_sha256,
        )
        for entry in (*links.entries, *records)
    )


def _role(entry: Entry) -> str:
    if isinstance(entry, PlanEntry):
        return "plan"
    if isinstance(entry, TreatmentRecordEntry):
        return "record"
    return "dose" if isinstance(entry, DoseEntry) else "structures"
