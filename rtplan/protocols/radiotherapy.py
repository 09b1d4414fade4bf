"""What radiotherapy a patient had and is to have, as typed or as the files of the plans say.

Doses are physical, as prescribed and as far as they were delivered. Dates come from treatment records, from
the patient file, or, where that is stated, from the plan's own date and one fraction on each weekday; they
are never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bed import Regimen, RegimenSequence
from bed.kinetics import MONDAY_TO_FRIDAY, planned_schedule
from dicom_io.contours import SlabStack
from dicom_io.objects import Structure
from dicom_io.study import SourceFile, Study, TreatmentSet, load_study
from rtplan.errors import RtplanValueError
from rtplan.names import assign
from rtplan.plan_check import TargetDistance, target_distances

__all__ = [
    "DicomCourse",
    "EarlierCourse",
    "Lesion",
    "PlannedCourse",
    "Radiotherapy",
    "lesion_of_structure",
    "next_weekday",
    "read_dicom_course",
]

_PART = 1000


@dataclass(frozen=True, kw_only=True)
class EarlierCourse:
    """One earlier course.

    Attributes
    ----------
    label : str
    regimen : Regimen or RegimenSequence or None
        As delivered; None where it is not known.
    ended : date or None
        Day of the last fraction.
    region : str
        What was treated, ``"pelvis"`` or another word; empty where nobody said.
    dates_from : str
        Where the date comes from.
    reasons : tuple of str
        Why the dose or the date is not known.
    notes : tuple of str
    """

    label: str
    regimen: Regimen | RegimenSequence | None
    ended: date | None
    region: str = ""
    dates_from: str = ""
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlannedCourse:
    """The new course.

    Attributes
    ----------
    label : str
    regimen : Regimen or RegimenSequence or None
    starts : date or None
        Day of the first fraction.
    dates_from : str
    reasons, notes : tuple of str
    """

    label: str
    regimen: Regimen | RegimenSequence | None
    starts: date | None
    dates_from: str = ""
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Lesion:
    """One distant metastasis.

    Attributes
    ----------
    organ : str
        In lower case.
    diameter_mm : (float, float) or None
        What the largest diameter may be: as measured, or within a plane and in any direction as contoured.
    volume_cc : float or None
    sabr : bool or None
        Whether SABR is planned to it; None where nobody said.
    measured_on : str
        ``"patient file"`` or the structure's name.
    sabr_note : str
    """

    organ: str
    diameter_mm: tuple[float, float] | None = None
    volume_cc: float | None = None
    sabr: bool | None = None
    measured_on: str = "patient file"
    sabr_note: str = ""


@dataclass(frozen=True, kw_only=True)
class Radiotherapy:
    """Everything about radiotherapy and metastases that rules look at.

    Attributes
    ----------
    earlier : tuple of EarlierCourse or None
        Empty when there was none; None where nobody said.
    planned : PlannedCourse or None
    metastases : tuple of Lesion or None
        Empty when there is none; None where nobody said.
    distances : tuple of TargetDistance
        From the contours of the plan; empty without a plan.
    findings : tuple of str
    inputs : tuple of SourceFile
    """

    earlier: tuple[EarlierCourse, ...] | None = None
    planned: PlannedCourse | None = None
    metastases: tuple[Lesion, ...] | None = None
    distances: tuple[TargetDistance, ...] = ()
    findings: tuple[str, ...] = ()
    inputs: tuple[SourceFile, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class DicomCourse:
    """What the files of one plan say.

    Attributes
    ----------
    label : str
    regimen : Regimen or None
        Prescription and fractions, as delivered where treatment records say so.
    first_day, last_day : date or None
    dates_from : str
    reasons, notes : tuple of str
    distances : tuple of TargetDistance
    structures : tuple of Structure
    inputs : tuple of SourceFile
    patient_key : str
        For comparing two courses; not for printing.
    """

    label: str
    regimen: Regimen | None
    first_day: date | None
    last_day: date | None
    dates_from: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    distances: tuple[TargetDistance, ...]
    structures: tuple[Structure, ...]
    inputs: tuple[SourceFile, ...]
    patient_key: str = field(repr=False)

    def as_earlier(self, *, region: str, ended: date | None) -> EarlierCourse:
        """Return it as an earlier course; a date that was typed must agree with the treatment records."""
        day, came_from = _agreed(ended, self.last_day, self.dates_from, "ended")
        return EarlierCourse(
            label=self.label,
            regimen=self.regimen,
            ended=day,
            region=region,
            dates_from=came_from,
            reasons=_still_open(self.reasons, day),
            notes=self.notes,
        )

    def as_planned_course(self, *, starts: date | None) -> PlannedCourse:
        """Return it as the new course."""
        day, came_from = _agreed(starts, self.first_day, self.dates_from, "starts")
        return PlannedCourse(
            label=self.label,
            regimen=self.regimen,
            starts=day,
            dates_from=came_from,
            reasons=_still_open(self.reasons, day),
            notes=self.notes,
        )


_NO_DATES = "no treatment records of this plan"


def _still_open(reasons: Sequence[str], day: date | None) -> tuple[str, ...]:
    return tuple(text for text in reasons if day is None or not text.startswith(_NO_DATES))


def _agreed(typed: date | None, found: date | None, dates_from: str, name: str) -> tuple[date | None, str]:
    """The date that counts; what was typed wins over a plan's date and must not contradict the records."""
    if typed is None:
        return found, dates_from
    if found is not None and dates_from == "treatment records" and typed != found:
        raise RtplanValueError(f"{name} = {typed} in the patient file, but the treatment records say {found}")
    return typed, "patient file"


def next_weekday(day: date) -> date:
    """Return the day itself, or the Monday after it where it lies on a weekend.

    Examples
    --------
    >>> next_weekday(date(2024, 2, 3))
    datetime.date(2024, 2, 5)
    """
    while day.weekday() not in MONDAY_TO_FRIDAY:
        day += timedelta(days=1)
    return day


def read_dicom_course(folder: Path, *, plan: str | None, as_planned: bool, role: str) -> DicomCourse:
    """Read prescription, fractions, days and contours of a plan.

    Parameters
    ----------
    folder : Path
        Folder or archive with the plan; structures and treatment records where there are.
    plan : str or None
        Which plan, where there are several.
    as_planned : bool
        Where there are no treatment records, take the plan's own date for the first fraction and one fraction
        for each weekday.
    role : str
        ``"earlier course"`` or ``"planned course"``; begins the label.

    Returns
    -------
    DicomCourse

    Raises
    ------
    DicomIoError
        No plan, or several and none chosen.
    """
    study = load_study(folder)
    treatment = study.select(plan=plan, require=("plan",))
    regimen, reasons = _regimen(treatment)
    first, last, dates_from, why = _days(study, treatment, regimen, as_planned=as_planned)
    structures = treatment.structure_set.structures if treatment.structure_set else ()
    return DicomCourse(
        label=f"{role} {treatment.label}",
        regimen=regimen,
        first_day=first,
        last_day=last,
        dates_from=dates_from,
        reasons=(*reasons, *why),
        notes=tuple(_notes(treatment, regimen, dates_from, first, last)),
        distances=_distances(treatment),
        structures=structures,
        inputs=tuple(replace(i, role=f"{role} {i.role}") for i in treatment.inputs),
        patient_key=treatment.patient_key,
    )


def _regimen(treatment: TreatmentSet) -> tuple[Regimen | None, list[str]]:
    """Prescription as delivered, or why it is not known."""
    plan = treatment.plan
    assert plan is not None
    if plan.is_brachytherapy:
        return None, ["a brachytherapy plan: state the course in the patient file"]
    planned = plan.n_fractions
    if plan.prescription_gy is None or plan.prescription_gy <= 0:
        return None, ["the plan states no prescription dose"]
    if planned is None:
        return None, ["the plan does not state one number of fractions"]
    delivered = treatment.n_fractions_delivered or planned
    total = plan.prescription_gy if delivered == planned else plan.prescription_gy * delivered / planned
    return Regimen(total_dose=total, n_fractions=delivered), []


def _days(
    study: Study, treatment: TreatmentSet, regimen: Regimen | None, *, as_planned: bool
) -> tuple[date | None, date | None, str, list[str]]:
    """First and last day, where they come from, and why there are none."""
    plan = treatment.plan
    assert plan is not None
    of_plan = [e.record for e in study.treatment_records if e.record.plan_uid == plan.sop_instance_uid]
    recorded = sorted(day for record in of_plan if (day := _day(record.date)))
    if recorded:
        return recorded[0], recorded[-1], "treatment records", []
    planned_on = _day(plan.date)
    told = f", whose own date is {planned_on}" if planned_on else ""
    why = f"{_NO_DATES}{told}: state the date, or that the plan's dates are taken"
    if not as_planned or planned_on is None or regimen is None:
        return None, None, "", [why]
    first = next_weekday(planned_on)
    last = planned_schedule(regimen.n_fractions, first_day=first).days[-1]
    return first, last, "plan date", []


def _day(text: str) -> date | None:
    """A DICOM date, or None where there is none."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def _notes(
    treatment: TreatmentSet, regimen: Regimen | None, dates_from: str, first: date | None, last: date | None
) -> list[str]:
    """What a reader must know of a course that was read from files."""
    plan = treatment.plan
    assert plan is not None
    notes = []
    if dates_from == "plan date":
        notes.append(
            "dates as planned, not as treated: the plan's date and one fraction on each weekday, "
            f"{first} to {last}"
        )
    if regimen is not None and plan.n_fractions is not None and regimen.n_fractions < plan.n_fractions:
        notes.append(
            f"treatment records: {regimen.n_fractions} of {plan.n_fractions} planned fractions delivered"
        )
    particles = [kind for kind in plan.radiation_types if kind in ("PROTON", "ION")]
    if particles:
        notes.append("a particle plan: whether its prescription contains the RBE is not said")
    return notes


def _distances(treatment: TreatmentSet) -> tuple[TargetDistance, ...]:
    if treatment.structure_set is None:
        return ()
    structures = treatment.structure_set.structures
    return target_distances(
        structures,
        assign([(s.number, s.name) for s in structures]),
        image_geometry=treatment.image_geometry,
        image_modality=treatment.images.modality if treatment.images else None,
    )


def lesion_of_structure(structure: Structure) -> tuple[tuple[float, float] | None, float | None]:
    """Measure a contoured lesion.

    Parameters
    ----------
    structure : Structure

    Returns
    -------
    (float, float) or None
        Largest diameter in mm: within one plane as a radiologist measures it, and in any direction with the
        slabs that the contours stand for.
    float or None
        Volume in cc.
    """
    stack = SlabStack.of(structure)
    if not structure.contours or not stack.volume_cc:
        return None, None
    in_plane = max(_longest(contour.points) for contour in structure.contours)
    points = np.concatenate([contour.points for contour in structure.contours])
    thickest = float(np.max(stack.thicknesses))
    # Half a slab lies beyond the contours at either end.
    return (in_plane, _longest(points) + thickest), float(stack.volume_cc)


def _longest(points: NDArray[np.float64]) -> float:
    """Largest distance between any two points, mm; in parts, as all pairs at once may not fit."""
    from scipy.spatial.distance import cdist  # noqa: PLC0415 - slow to load

    parts = (points[start : start + _PART] for start in range(0, len(points), _PART))
    return max(float(cdist(part, points).max()) for part in parts)
