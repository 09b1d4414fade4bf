"""A folder or archive of DICOM objects, indexed by UID and linked."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

from dicom_io.errors import DicomIoError, MissingObjectError
from dicom_io.objects import GridGeometry, PatientIdentity
from dicom_io.readers import (
    DEFORMABLE,
    ImageHeader,
    date,
    dose_header,
    frames_of_reference,
    grid_geometry,
    image_header,
    prescriptions,
    reading,
    referenced_uids,
    text,
    uid,
)
from dicom_io.study.entries import (
    DoseEntry,
    ImageSeries,
    PlanEntry,
    RegistrationEntry,
    StructureSetEntry,
    TreatmentRecordEntry,
)
from dicom_io.study.files import stored_files
from dicom_io.study.index import Found, index_files
from dicom_io.study.selection import TreatmentSet, select_treatment
from dicom_io.wording import counted

__all__ = ["Study", "load_study"]

_TAIL = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """The DICOM-RT objects of one folder; headers read, the rest on demand.

    Attributes
    ----------
    plans : tuple of PlanEntry
    structure_sets : tuple of StructureSetEntry
    doses : tuple of DoseEntry
    images : tuple of ImageSeries
    registrations : tuple of RegistrationEntry
    treatment_records : tuple of TreatmentRecordEntry
    findings : tuple of str
        What is odd about the folder, in words.
    """

    plans: tuple[PlanEntry, ...] = ()
    structure_sets: tuple[StructureSetEntry, ...] = ()
    doses: tuple[DoseEntry, ...] = ()
    images: tuple[ImageSeries, ...] = ()
    registrations: tuple[RegistrationEntry, ...] = ()
    treatment_records: tuple[TreatmentRecordEntry, ...] = ()
    findings: tuple[str, ...] = ()

    def select(
        self,
        plan: str | None = None,
        *,
        dose: str | None = None,
        structure_set: str | None = None,
        require: Sequence[str] = ("dose", "structures"),
    ) -> TreatmentSet:
        """Return one plan with its dose and structures, linked and checked.

        Parameters
        ----------
        plan, dose, structure_set : str, optional
            Which one, by label, UID, end of the UID (at least 3 characters) or start of the file's
            SHA-256 (at least 6); a plan also by its own label. Needed where there are several.
        require : sequence of str
            What must be there: of ``"plan"``, ``"dose"``, ``"structures"``, ``"images"``.

        Returns
        -------
        TreatmentSet

        Raises
        ------
        AmbiguousStudyError
            More than one plan, dose or structure set fits; the message lists their labels.
        MissingObjectError
            Something required is not there, or a set of doses is not complete.
        ContradictionError
            Objects of two patients or two frames of reference, or a dose that contradicts the plan.
        """
        return select_treatment(self, plan, dose=dose, structure_set=structure_set, require=require)

    def __repr__(self) -> str:
        kinds = {
            "plan": self.plans,
            "structure set": self.structure_sets,
            "dose": self.doses,
            "series of images": self.images,
            "registration": self.registrations,
            "treatment record": self.treatment_records,
        }
        told = ", ".join(f"{kind}: {len(found)}" for kind, found in kinds.items() if found)
        return f"Study({told or 'nothing'})"


def load_study(location: str | os.PathLike[str]) -> Study:
    """Index the DICOM objects of a folder, of a zip archive, or of one file.

    Any depth and any file names; objects are known by their UIDs only. Only headers are read, voxels and
    contours when they are asked for. Nothing is written and nothing is unpacked to disk.

    Parameters
    ----------
    location : path

    Returns
    -------
    Study

    Raises
    ------
    MissingObjectError
        No such folder, or no DICOM-RT object in it.
    """
    files = stored_files(location)
    index = index_files(files)
    if not index.found:
        told = "; ".join(index.findings) or "it is empty"
        raise MissingObjectError(
            f"no DICOM-RT object found among {len(files)} files: {told}", missing=("a DICOM-RT object",)
        )
    return _study(index.found, index.findings)


def _study(found: Sequence[Found], findings: tuple[str, ...]) -> Study:
    tails = _tails(found)
    odd: list[str] = list(findings)
    prescribed: dict[str, float | None] = {}

    def entries(kind: str, build: Callable[[Found, dict[str, Any]], Any]) -> tuple[Any, ...]:
        built = []
        for item in found:
            if item.kind != kind:
                continue
            try:
                with reading(f"header of {item.file.name}"):
                    built.append(build(item, _common(item, tails[item.file.position])))
            except DicomIoError as error:
                odd.append(f"{item.file.name}: {error}")
        return tuple(built)

    def plan(item: Found, common: dict[str, Any]) -> PlanEntry:
        entry = _plan_entry(item, common)
        prescribed[item.uid] = entry.prescription_gy
        return entry

    plans = entries("plan", plan)
    return Study(
        plans=plans,
        structure_sets=entries("structures", _structure_set_entry),
        doses=entries("dose", lambda item, common: _dose_entry(item, common, prescribed)),
        images=_image_series([item for item in found if item.kind == "image"], odd),
        registrations=entries("registration", _registration_entry),
        treatment_records=entries("record", _record_entry),
        findings=(*odd, *_patient_findings([item.patient for item in found])),
    )


def _tails(found: Sequence[Found]) -> dict[int, str]:
    """Return the end of each UID, long enough to tell the objects of one kind apart."""
    tails: dict[int, str] = {}
    by_kind = defaultdict(list)
    for item in found:
        by_kind[item.kind].append(item)
    for members in by_kind.values():
        length = _tail_length([item.uid for item in members])
        times = Counter(item.uid for item in members)
        for item in members:
            # Files that wrongly share a UID are told apart by their content.
            suffix = f" [{item.file.sha256[:6]}]" if times[item.uid] > 1 else ""
            tails[item.file.position] = f"…{item.uid[-length:].lstrip('.')}{suffix}"
    return tails


def _tail_length(uids: Sequence[str]) -> int:
    distinct = set(uids)
    longest = max(map(len, distinct), default=_TAIL)
    return next(
        (n for n in range(_TAIL, longest) if len({uid[-n:] for uid in distinct}) == len(distinct)), longest
    )


def _common(item: Found, tail: str) -> dict[str, Any]:
    """Return what all entries share; the label lacks its end."""
    day = date(item.header, *_DATES[item.kind])
    return {
        "label": f"{_shown_date(day)} {tail}",
        "sop_instance_uid": item.uid,
        "frame_of_reference_uid": uid(item.header, "FrameOfReferenceUID"),
        "date": day,
        "patient": item.patient,
        "file": item.file,
    }


_CREATED = ("InstanceCreationDate", "ContentDate", "SeriesDate", "StudyDate")
_DATES = {
    "plan": ("RTPlanDate", *_CREATED),
    "structures": ("StructureSetDate", *_CREATED),
    "dose": _CREATED,
    "registration": ("ContentDate", *_CREATED),
    "record": ("TreatmentDate", *_CREATED),
}


def _shown_date(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:8]}" if day else "undated"


def _plan_entry(item: Found, common: dict[str, Any]) -> PlanEntry:
    doses = [reference.target_prescription_gy for reference in prescriptions(item.header)]
    prescription = max((dose for dose in doses if dose is not None), default=None)
    return PlanEntry(
        **{**common, "label": f"{common['label']} {_shown_dose(prescription)}"},
        plan_label=text(item.header, "RTPlanLabel"),
        structure_set_uid=(referenced_uids(item.header, "ReferencedStructureSetSequence") or ("",))[0],
        prescription_gy=prescription,
    )


def _shown_dose(prescription_gy: float | None) -> str:
    return "no prescription" if prescription_gy is None else f"{round(prescription_gy, 2):g} Gy"


def _structure_set_entry(item: Found, common: dict[str, Any]) -> StructureSetEntry:
    return StructureSetEntry(
        **{**common, "label": f"{common['label']} structures"},
        frames_of_reference=frames_of_reference(item.header),
    )


def _dose_entry(item: Found, common: dict[str, Any], prescribed: dict[str, float | None]) -> DoseEntry:
    header = dose_header(item.header)
    beams = f" {', '.join(map(str, header.beam_numbers))}" if header.beam_numbers else ""
    doses = [prescribed[uid] for uid in header.plan_uids if uid in prescribed]
    told = f" of {_shown_dose(doses[0])}" if doses else ""
    return DoseEntry(
        **{**common, "label": f"{common['label']} {header.summation_type or 'unnamed'}{beams} dose{told}"},
        header=header,
        geometry=_geometry(item.header),
    )


def _geometry(header: Dataset) -> GridGeometry | None:
    """Return the grid of a dose header; None where there is none: reading the dose says why."""
    try:
        return grid_geometry(header)[0]
    except DicomIoError:
        return None


def _registration_entry(item: Found, common: dict[str, Any]) -> RegistrationEntry:
    deformable = uid(item.header, "SOPClassUID") == DEFORMABLE
    kind = "deformable registration" if deformable else "registration"
    return RegistrationEntry(**{**common, "label": f"{common['label']} {kind}"}, is_deformable=deformable)


def _record_entry(item: Found, common: dict[str, Any]) -> TreatmentRecordEntry:
    return TreatmentRecordEntry(**{**common, "label": f"{common['label']} treatment record"})


def _image_series(found: Sequence[Found], odd: list[str]) -> tuple[ImageSeries, ...]:
    """Return the images grouped by series, each in ascending order."""
    by_series: dict[str, list[tuple[ImageHeader, Found]]] = defaultdict(list)
    unusable = 0
    for item in found:
        try:
            with reading("image header"):
                header = image_header(item.header)
        except DicomIoError:
            unusable += 1
            continue
        by_series[header.series_uid].append((header, item))
    if unusable:
        odd.append(f"{unusable} images do not say where they lie and are not used")
    return tuple(_series(members) for members in by_series.values())


def _series(members: list[tuple[ImageHeader, Found]]) -> ImageSeries:
    members = sorted(members, key=lambda pair: pair[0].along_normal)
    first, found = members[0]
    with reading("image header"):
        day = date(found.header, "SeriesDate", "StudyDate")
    tail = first.series_uid[-_TAIL:].lstrip(".")
    return ImageSeries(
        label=f"{_shown_date(day)} …{tail} {counted(len(members), f'{first.modality} image')}",
        modality=first.modality,
        series_uid=first.series_uid,
        frame_of_reference_uid=first.frame_of_reference_uid,
        patient=found.patient,
        images=tuple(header for header, _ in members),
        files=tuple(item.file for _, item in members),
    )


def _patient_findings(patients: Sequence[PatientIdentity]) -> tuple[str, ...]:
    findings = []
    distinct = len({patient.patient_id for patient in patients if patient.patient_id})
    if distinct > 1:
        findings.append(f"the files carry {distinct} different patient IDs")
    blank = sum(patient.is_blank for patient in patients)
    if blank:
        findings.append(
            f"{blank} of {len(patients)} objects carry no patient ID: whose they are was not compared"
        )
    return tuple(findings)
