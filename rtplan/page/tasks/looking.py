"""What a course is, looked at before anything is asked of it: plans, dose, structures, findings."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from dicom_io import DicomIoError
from dicom_io.objects import PatientIdentity, Structure
from dicom_io.study import Study, TreatmentSet, load_study
from rtplan.courses import Course, CourseSource, read_course
from rtplan.limits import read_clinic_file
from rtplan.names import NameDictionary, assign, near_names, structure_names, target_of
from rtplan.work import Desk, Reply

__all__ = ["look_at_course"]

_TYPED: Final = (".toml", ".json", ".txt", ".dvh")


def look_at_course(desk: Desk) -> Reply:
    """Say what lies at a source.

    Parameters
    ----------
    desk : Desk
        ``source``: path or regimen; ``plan``: label or UID, where one was chosen; ``n_fractions``: delivered,
        where a person said so; ``clinic``: the clinic's file, or None; ``beside``: folder of the case file.
    """
    asked = desk.arguments
    source = CourseSource(
        source=asked["source"], plan=asked.get("plan"), n_fractions=asked.get("n_fractions")
    )
    dictionary = None if asked.get("clinic") is None else read_clinic_file(Path(asked["clinic"])).dictionary
    if source.is_dicom:
        return Reply(body=_dicom_facts(source, dictionary, Path(asked["beside"])))
    return Reply(body=_typed_facts(source))


def _dicom_facts(source: CourseSource, dictionary: NameDictionary | None, beside: Path) -> dict[str, Any]:
    study = load_study(source.path)
    facts: dict[str, Any] = {
        "kind": "dicom",
        "plans": [_plan(study, number) for number in range(len(study.plans))],
        "images": [{"modality": series.modality, "n": len(series.images)} for series in study.images],
        "registrations": _registrations(study, source.path, beside),
        "n_doses": len(study.doses),
        "n_structure_sets": len(study.structure_sets),
        "identity": _identity(study),
        "findings": list(study.findings),
        "recorded": _recorded_days(study),
    }
    if not (study.plans or study.doses or study.structure_sets):
        return facts
    try:
        treatment = study.select(plan=source.plan, require=("dose",))
    except DicomIoError as refusal:
        return {**facts, "problem": str(refusal)}
    return {**facts, **_treatment_facts(treatment, dictionary)}


def _plan(study: Study, number: int) -> dict[str, Any]:
    entry = study.plans[number]
    try:
        n_fractions = entry.plan.n_fractions
    except DicomIoError:
        n_fractions = None
    return {
        "label": entry.label,
        "uid": entry.sop_instance_uid,
        "date": _day(entry.date),
        "prescription_gy": entry.prescription_gy,
        "n_fractions": n_fractions,
    }


def _treatment_facts(treatment: TreatmentSet, dictionary: NameDictionary | None) -> dict[str, Any]:
    structures = treatment.structure_set.structures if treatment.structure_set else ()
    plan = treatment.plan
    return {
        "label": treatment.label,
        "n_fractions": treatment.n_fractions,
        "n_fractions_reason": treatment.n_fractions_reason,
        "n_fractions_delivered": treatment.n_fractions_delivered,
        "prescription_gy": None if plan is None else plan.prescription_gy,
        "frame_uid": treatment.dose.frame_of_reference_uid if treatment.dose else "",
        "max_gy": None if treatment.dose is None else float(treatment.dose.dose_gy.max()),
        "structures": _structure_rows(structures, dictionary),
        "treatment_findings": list(treatment.findings),
    }


def _structure_rows(
    structures: Sequence[Structure], dictionary: NameDictionary | None
) -> list[dict[str, Any]]:
    """Return each structure with what it stands for, on what evidence."""
    found = assign([(s.number, s.name) for s in structures], dictionary=dictionary)
    taken = {each.number: each for each in found.assigned}
    rows = []
    for structure in structures:
        match, target = taken.get(structure.number), target_of(structure)
        rows.append(
            {
                "name": structure.name,
                "type": structure.interpreted_type,
                "is_drawn": bool(structure.contours),
                "standard": None if match is None else match.standard,
                "evidence": None if match is None else match.evidence.value,
                "near": []
                if match is not None
                else list(near_names(structure.name, structure_names().standards)),
                "target": None if target is None else target.evidence,
                "question": None if target is None else target.question,
            }
        )
    return rows


def _typed_facts(source: CourseSource) -> dict[str, Any]:
    course = read_course(source, role="prior")
    return {
        "kind": "record" if source.suffix in _TYPED else "regimen",
        "label": course.label.removeprefix("prior: "),
        "grade": course.grade.value,
        "n_fractions": course.n_fractions,
        "prescription_gy": course.prescription_gy,
        "structures": _record_rows(course),
        "plans": [],
        "images": [],
        "registrations": [],
        "identity": _hashes(course.patients[0]) if course.patients else {},
        "recorded": [None if course.ended is None else course.ended.isoformat()] * 2,
        "findings": list(course.findings),
    }


def _record_rows(course: Course) -> list[dict[str, Any]]:
    names = [record.name for record in course.records]
    if course.export is not None:
        names = list(dict.fromkeys(curve.structure_name for curve in course.export.dvhs))
    names = names or [structure.name for structure in course.structures]
    found = assign(list(enumerate(names)))
    taken = {each.number: each for each in found.assigned}
    return [
        {
            "name": name,
            "type": "",
            "is_drawn": True,
            "standard": taken[n].standard if n in taken else None,
            "evidence": taken[n].evidence.value if n in taken else None,
            "near": [],
            "target": None,
            "question": None,
        }
        for n, name in enumerate(names)
    ]


def _identity(study: Study) -> dict[str, str]:
    """Return a hash of each thing that says whose the objects are: for comparing, not for showing."""
    headers = (*study.plans, *study.doses, *study.structure_sets, *study.registrations)
    patients = [*(entry.patient for entry in headers), *(series.patient for series in study.images)]
    patient = next((patient for patient in patients if not patient.is_blank), None)
    return {} if patient is None else _hashes(patient)


def _hashes(patient: PatientIdentity) -> dict[str, str]:
    values = {item.name: getattr(patient, item.name) for item in fields(patient)}
    return {
        name: hashlib.sha256(f"{name}\x1f{value}".encode()).hexdigest()[:32]
        for name, value in values.items()
        if value
    }


def _recorded_days(study: Study) -> list[str | None]:
    """Return the first and the last day of the treatment records; None where there are none."""
    days = sorted(filter(None, (_day(entry.date) for entry in study.treatment_records)))
    return [days[0], days[-1]] if days else [None, None]


def _day(text: str) -> str | None:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) == 8 and text.isdigit() else None


def _registrations(study: Study, source: Path, beside: Path) -> list[dict[str, Any]]:
    """Return each registration object with where the case file finds it."""
    rows = []
    for entry in study.registrations:
        place = _place_of(source, entry.sha256) if source.is_dir() else source
        rows.append(
            {
                "label": entry.label,
                "is_deformable": entry.is_deformable,
                "file": (place.relative_to(beside) if place.is_relative_to(beside) else place).as_posix(),
            }
        )
    return rows


def _place_of(folder: Path, sha256: str) -> Path:
    """Return the file of a hash, or its folder where it is none of the files."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
            return path
    return folder
