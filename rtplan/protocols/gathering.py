"""What patient file and plans say of radiotherapy and metastases, gathered for one screening."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bed import Regimen, RegimenSequence
from dicom_io.objects import Structure
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.protocols.patient_file import EarlierEntry, LesionEntry, Patient, PlannedEntry
from rtplan.protocols.radiotherapy import (
    DicomCourse,
    EarlierCourse,
    Lesion,
    PlannedCourse,
    Radiotherapy,
    lesion_of_structure,
    read_dicom_course,
)

__all__ = ["Folders", "gather_radiotherapy"]


@dataclass(frozen=True, kw_only=True)
class Folders:
    """Where plans lie.

    Attributes
    ----------
    base : Path
        Folders that the patient file names are looked for from here.
    plan : Path or None
        The new course.
    plan_label : str or None
    earlier : tuple of Path
        Earlier courses.
    earlier_labels : tuple of str or None
        Which plan of each, where one holds several; none or one for each.
    as_planned : bool
        Where there are no treatment records, take each plan's own date and one fraction on each weekday.

    Raises
    ------
    RtplanValueError
        If the labels do not fit the earlier courses.
    """

    base: Path = Path()
    plan: Path | None = None
    plan_label: str | None = None
    earlier: tuple[Path, ...] = ()
    earlier_labels: tuple[str | None, ...] = ()
    as_planned: bool = False

    def __post_init__(self) -> None:
        if self.earlier_labels and len(self.earlier_labels) != len(self.earlier):
            raise RtplanValueError(
                f"{len(self.earlier_labels)} labels of plans for {len(self.earlier)} earlier courses: one "
                "for each, in order"
            )


def gather_radiotherapy(patient: Patient, folders: Folders) -> Radiotherapy:
    """Return what patient file and plans say of radiotherapy and metastases.

    Parameters
    ----------
    patient : Patient
    folders : Folders

    Returns
    -------
    Radiotherapy

    Raises
    ------
    RtplanValueError
        File and plan contradict each other, or the plans are those of two patients.
    DicomIoError
        A folder that cannot be read.
    """
    planned, plan_files = _planned(patient.planned, folders)
    earlier, earlier_files = _earlier(patient.earlier, folders)
    files = [course for course in (plan_files, *earlier_files) if course is not None]
    findings = _identity(files)
    structures = plan_files.structures if plan_files else ()
    lesions = patient.metastases
    return Radiotherapy(
        earlier=earlier,
        planned=planned,
        metastases=None
        if lesions is None
        else tuple(_lesion(entry, structures, number) for number, entry in enumerate(lesions, start=1)),
        distances=plan_files.distances if plan_files else (),
        findings=(
            *findings,
            *_readings_of(patient),
            *(note for course in files for note in course.notes),
        ),
        inputs=tuple(source for course in files for source in course.inputs),
    )


def _readings_of(patient: Patient) -> Iterator[str]:
    """How regimens of the patient file were read that can be read in two ways."""
    tables: dict[str, Sequence[EarlierEntry | PlannedEntry | LesionEntry]] = {
        "earlier course": patient.earlier or (),
        "planned course": () if patient.planned is None else (patient.planned,),
        "metastasis": patient.metastases or (),
    }
    for label, entries in tables.items():
        for number, entry in enumerate(entries, start=1):
            place = label if label == "planned course" else f"{label} {number}"
            yield from (f"{place}: {reading}" for reading in entry.readings)


def _planned(entry: PlannedEntry | None, folders: Folders) -> tuple[PlannedCourse | None, DicomCourse | None]:
    """The new course from the folder that is named, else as typed."""
    folder = folders.plan or (folders.base / entry.folder if entry and entry.folder else None)
    if folder is None:
        if entry is None:
            return None, None
        came_from = "patient file" if entry.starts else ""
        typed = PlannedCourse(
            label="planned course", regimen=entry.regimen, starts=entry.starts, dates_from=came_from
        )
        return typed, None
    if folders.plan and entry and entry.folder:
        raise RtplanValueError("the patient file names a folder for the planned course and --plan another")
    found = read_dicom_course(
        folder,
        plan=folders.plan_label or (entry.plan if entry else None),
        as_planned=folders.as_planned or bool(entry and entry.as_planned),
        role="planned course",
    )
    if entry and entry.regimen is not None and not _same(entry.regimen, found.regimen):
        raise RtplanValueError(
            f"planned_radiotherapy: the patient file says {entry.regimen}, "
            f"the plan {found.regimen or 'no prescription'}"
        )
    return found.as_planned_course(starts=entry.starts if entry else None), found


def _same(typed: Regimen | RegimenSequence, found: Regimen | None) -> bool:
    return (
        found is not None
        and typed.n_fractions == found.n_fractions
        and abs(typed.total_dose - found.total_dose) < 1e-6
    )


def _earlier(
    entries: Sequence[EarlierEntry] | None, folders: Folders
) -> tuple[tuple[EarlierCourse, ...] | None, list[DicomCourse]]:
    """The earlier courses, as typed or from folders."""
    if folders.earlier and entries is not None:
        raise RtplanValueError(
            "earlier radiotherapy is named on the command line and in the patient file: use one of them"
        )
    if folders.earlier:
        labels = folders.earlier_labels or (None,) * len(folders.earlier)
        files = [
            read_dicom_course(
                folder, plan=label, as_planned=folders.as_planned, role=f"earlier course {number}"
            )
            for number, (folder, label) in enumerate(zip(folders.earlier, labels, strict=True), start=1)
        ]
        return tuple(course.as_earlier(region="", ended=None) for course in files), files
    if entries is None:
        return None, []
    read = [_one_earlier(entry, number, folders) for number, entry in enumerate(entries, start=1)]
    return tuple(course for course, _ in read), [files for _, files in read if files is not None]


def _one_earlier(
    entry: EarlierEntry, number: int, folders: Folders
) -> tuple[EarlierCourse, DicomCourse | None]:
    label = f"earlier course {number}"
    if entry.folder:
        found = read_dicom_course(
            folders.base / entry.folder,
            plan=entry.plan,
            as_planned=entry.as_planned or folders.as_planned,
            role=label,
        )
        return found.as_earlier(region=entry.region, ended=entry.ended), found
    typed = EarlierCourse(
        label=label,
        regimen=entry.regimen,
        ended=entry.ended,
        region=entry.region,
        dates_from="patient file" if entry.ended else "",
    )
    return typed, None


def _identity(files: Sequence[DicomCourse]) -> list[str]:
    """Refuse plans of two patients; shows no identity."""
    known = {course.patient_key for course in files if course.patient_key}
    if len(known) > 1:
        raise RtplanValueError(
            "the plans carry different patient ID, birth date or sex: are they one patient's?"
        )
    blank = [course.label for course in files if not course.patient_key]
    return [f"whose plan it is could not be compared: {', '.join(blank)}"] if blank and len(files) > 1 else []


def _lesion(entry: LesionEntry, structures: Sequence[Structure], number: int) -> Lesion:
    """What is typed wins; a structure gives the rest."""
    diameter = None if entry.diameter_mm is None else (entry.diameter_mm, entry.diameter_mm)
    volume, measured_on = entry.volume_cc, "patient file"
    if entry.structure and structures:
        contoured, contoured_volume = lesion_of_structure(_structure(entry, structures, number))
        measured_on = "patient file" if diameter else f"contours of {entry.structure}"
        diameter = diameter or contoured
        volume = contoured_volume if volume is None else volume
    return Lesion(
        organ=entry.organ,
        diameter_mm=diameter,
        volume_cc=volume,
        sabr=entry.sabr_planned,
        measured_on=measured_on,
        sabr_note=entry.sabr_regimen,
    )


def _structure(entry: LesionEntry, structures: Sequence[Structure], number: int) -> Structure:
    fits = [structure for structure in structures if structure.name == entry.structure]
    if len(fits) != 1:
        names = ", ".join(structure.name for structure in structures) or "none"
        trouble = "several structures are" if fits else "no structure is"
        raise RtplanLookupError(
            f"metastasis {number}: {trouble} named {entry.structure!r}; there are: {names}"
        )
    return fits[0]
