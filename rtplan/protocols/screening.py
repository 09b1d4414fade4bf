"""Hold a protocol against one patient, criterion by criterion.

The answer is a list. There is no overall verdict: some criteria are for clinicians, and a count of those that
are met is no permission.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from bed import Regimen, RegimenSequence
from dicom_io.objects import Structure
from dicom_io.study import SourceFile
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.protocols.judging import Answer, Case, Truth, holds
from rtplan.protocols.patient_file import EarlierEntry, LesionEntry, Patient, PlannedEntry
from rtplan.protocols.protocol_file import Criterion, Note, Protocol
from rtplan.protocols.radiotherapy import (
    DicomCourse,
    EarlierCourse,
    Lesion,
    PlannedCourse,
    Radiotherapy,
    lesion_of_structure,
    read_dicom_course,
)
from rtplan.protocols.sheet import sheet_tissues
from rtplan.text import frame_of, table_html

__all__ = ["STATUSES", "CriterionResult", "Folders", "Screening", "Status", "gather_radiotherapy", "screen"]

Status = Literal["met", "not_met", "unknown", "clinician"]
STATUSES: Final[tuple[Status, ...]] = ("not_met", "unknown", "clinician", "met")
"""The four answers, the one that speaks against first."""

_NO_VERDICT: Final = "a list of single answers, no decision on taking part"


@dataclass(frozen=True, kw_only=True)
class CriterionResult:
    """One criterion and its answer.

    Attributes
    ----------
    criterion : Criterion
    status : {"met", "not_met", "unknown", "clinician"}
        `met`: the patient fits; for an exclusion criterion that it does not apply.
    value : str or None
        What is known, in words.
    reasons : tuple of str
        What is missing, or the question for the clinician.
    notes : tuple of str
        What a reader must know of the value.
    conflicts : tuple of Note
        The protocol's notes on this criterion.
    """

    criterion: Criterion
    status: Status
    value: str | None
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    conflicts: tuple[Note, ...]

    def __repr__(self) -> str:
        told = self.value or "; ".join(self.reasons)
        return f"<{self.criterion.id}: {self.status} ({told})>"


@dataclass(frozen=True, kw_only=True)
class Screening:
    """A protocol held against a patient.

    Attributes
    ----------
    protocol : Protocol
    results : tuple of CriterionResult
        In the order of the protocol.
    pseudonym : str
    findings : tuple of str
        What the files said that a reader must know.
    inputs : tuple of SourceFile
    """

    protocol: Protocol
    results: tuple[CriterionResult, ...]
    pseudonym: str = ""
    findings: tuple[str, ...] = ()
    inputs: tuple[SourceFile, ...] = field(default=(), repr=False)

    @property
    def counts(self) -> dict[Status, int]:
        """How many criteria have each status."""
        found = Counter(result.status for result in self.results)
        return {status: found[status] for status in STATUSES}

    def with_status(self, status: Status) -> tuple[CriterionResult, ...]:
        """Return the results of one status, in the order of the protocol."""
        return tuple(result for result in self.results if result.status == status)

    @property
    def against(self) -> tuple[CriterionResult, ...]:
        """What speaks against: the criteria that are not met."""
        return self.with_status("not_met")

    def result(self, identifier: str) -> CriterionResult:
        """Return the result of one criterion."""
        for result in self.results:
            if result.criterion.id == identifier:
                return result
        raise RtplanLookupError(f"{self.protocol.name} has no criterion {identifier!r}")

    def records(self) -> list[dict[str, Any]]:
        """Return one flat dictionary for each criterion, ready for a data frame."""
        return [
            {
                "protocol": self.protocol.id,
                "criterion": result.criterion.id,
                "kind": result.criterion.kind,
                "status": result.status,
                "value": result.value,
                "required": result.criterion.required,
                "reason": "; ".join(result.reasons) or None,
                "source": result.criterion.source,
            }
            for result in self.results
        ]

    @property
    def summary(self) -> str:
        """The counts in one line, and that they are no verdict."""
        counted = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in self.counts.items())
        return f"{counted}; {_NO_VERDICT}"

    def __repr__(self) -> str:
        against = ", ".join(result.criterion.id for result in self.against) or "nothing that is known"
        return f"<Screening for {self.protocol.name}: {self.summary}; against: {against}>"

    def to_frame(self) -> Any:
        """Return `records` as a pandas frame; needs pandas."""
        return frame_of(self.records())

    def _repr_html_(self) -> str:
        ordered = [result for status in STATUSES for result in self.with_status(status)]
        columns = ("status", "criterion", "known", "required", "open", "source", "notes")
        caption = f"{self.protocol.name} ({self.protocol.registry}): {self.summary}"
        return table_html(caption, columns, map(_html_cells, ordered), notes=self.findings)


def _html_cells(result: CriterionResult) -> tuple[str | None, ...]:
    return (
        result.status.replace("_", " "),
        result.criterion.text,
        result.value,
        result.criterion.required,
        "; ".join(result.reasons),
        result.criterion.source,
        "; ".join((*result.notes, *map(str, result.conflicts))),
    )


def screen(protocol: Protocol, patient: Patient, radiotherapy: Radiotherapy | None = None) -> Screening:
    """Hold a protocol against a patient, criterion by criterion.

    Parameters
    ----------
    protocol : Protocol
    patient : Patient
    radiotherapy : Radiotherapy, optional
        As `gather_radiotherapy` finds it; what the patient file alone says where it is left out.

    Returns
    -------
    Screening

    Raises
    ------
    RtplanValueError
        The patient file names folders and `radiotherapy` is left out.

    Examples
    --------
    >>> from rtplan.protocols import patient_of_tables
    >>> from rtplan.protocols import load_protocol
    >>> trial = load_protocol("sparkle")
    >>> patient = patient_of_tables(
    ...     {"earlier_radiotherapy": [{"regimen": "50.4Gy/28", "region": "pelvis"}]}, trial.facts)
    >>> found = screen(trial, patient)
    >>> found.result("previous-dose").status
    'not_met'
    >>> found.counts["met"]
    0
    """
    if radiotherapy is None:
        radiotherapy = gather_radiotherapy(patient, Folders())
    case = Case(
        protocol=protocol,
        patient=patient,
        radiotherapy=radiotherapy,
        alpha_betas=tuple((tissue.name, tissue.alpha_beta) for tissue in sheet_tissues()),
    )
    return Screening(
        protocol=protocol,
        results=tuple(_result(criterion, case) for criterion in protocol.criteria),
        pseudonym=patient.pseudonym,
        findings=radiotherapy.findings,
        inputs=radiotherapy.inputs,
    )


def _result(criterion: Criterion, case: Case) -> CriterionResult:
    answer = holds(criterion.condition, case)
    return CriterionResult(
        criterion=criterion,
        status=_status(answer, excludes=criterion.excludes),
        value=answer.value or None,
        reasons=answer.reasons if answer.truth in (Truth.UNKNOWN, Truth.CLINICIAN) else (),
        notes=answer.notes,
        conflicts=case.protocol.notes_on(criterion.id, *_regimens_of(criterion, case)),
    )


def _regimens_of(criterion: Criterion, case: Case) -> tuple[str, ...]:
    """Notes on regimens belong to the criterion that asks for one of them."""
    return tuple(r.id for r in case.protocol.regimens) if criterion.id == "regimen" else ()


def _status(answer: Answer, *, excludes: bool) -> Status:
    if answer.truth is Truth.UNKNOWN:
        return "unknown"
    if answer.truth is Truth.CLINICIAN:
        return "clinician"
    return "met" if (answer.truth is Truth.YES) != excludes else "not_met"


@dataclass(frozen=True, kw_only=True)
class Folders:
    """Where plans lie, as named on the command line.

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
    as_planned : bool
        Where there are no treatment records, take each plan's own date and one fraction on each weekday.
    """

    base: Path = Path()
    plan: Path | None = None
    plan_label: str | None = None
    earlier: tuple[Path, ...] = ()
    earlier_labels: tuple[str | None, ...] = ()
    as_planned: bool = False


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
        findings=(*findings, *(note for course in files for note in course.notes)),
        inputs=tuple(source for course in files for source in course.inputs),
    )


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
