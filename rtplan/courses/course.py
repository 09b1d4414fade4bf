"""A course of radiotherapy as far as it is known: from full DICOM down to a prescription on paper.

The grade of a course says how well it is known, and every verdict that rests on it inherits the grade. What
is not known is asked for and never assumed: fractions, modality, RBE.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

from bed import Regimen
from dicom_io.dvh import DVHExport
from dicom_io.objects import GridField, PatientIdentity, Structure, identity
from dicom_io.study import RegistrationEntry, SourceFile, TreatmentSet
from rtplan.courses.imported_eqd2 import ImportedEqd2
from rtplan.courses.printed_record import OrganRecord
from rtplan.errors import RtplanLookupError
from rtplan.sums import DosePart, PointTransform

__all__ = ["Course", "Grade", "Phase"]


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
    from_contours : PointTransform or None
        From the frame of reference of the course's contours to the dose's, where the phase was planned on
        other images; None where both are one, or nothing joins them.
    """

    dose: GridField
    n_fractions: int
    dose_factor: float
    structures: tuple[Structure, ...]
    prescription_gy: float | None
    treatment: TreatmentSet = field(repr=False)
    fractions_per_day: int = 1
    from_contours: PointTransform | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return (
            f"Phase({self.treatment.label}: {self.n_fractions} fractions, {self.dose_factor:.4g} of the "
            f"planned dose, {len(self.structures)} structures)"
        )

    @property
    def frame_of_reference_uid(self) -> str:
        """Frame of reference of dose and structures."""
        return self.dose.frame_of_reference_uid

    def way_from(self, frame_of_reference_uid: str) -> PointTransform | None:
        """Return what carries points of a frame of reference to the dose; None where nothing is known to."""
        if frame_of_reference_uid == self.frame_of_reference_uid:
            return identity(frame_of_reference_uid)
        way = self.from_contours
        return way if way is not None and way.maps_from == frame_of_reference_uid else None

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
    role : str
        ``"new"``, ``"prior"``, ``"prior 2"``: begins the label.
    label : str
        Date, end of the plan's UID and prescription, or what the record calls it; never patient data.
    grade : Grade
    ended : date or None
        Day of its last fraction, stated here and nowhere else; None for the new course.
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
    patients : tuple of PatientIdentity
        Whose its objects are, each identity once; empty where none of them says. Compared, never shown.
    folders : tuple of Path
        Where its DICOM objects were read from; never shown, as names of folders often hold patients' names.
    registrations : tuple of RegistrationEntry
        Registration objects that lie there: none is used unless it is named.
    """

    role: str
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
    patients: tuple[PatientIdentity, ...] = field(default=(), repr=False)
    folders: tuple[Path, ...] = field(default=(), repr=False)
    registrations: tuple[RegistrationEntry, ...] = field(default=(), repr=False)

    @property
    def has_dose(self) -> bool:
        """Whether the dose is known voxel by voxel."""
        return bool(self.phases)

    @property
    def structures(self) -> tuple[Structure, ...]:
        """Structures of the first phase that has any."""
        return next((phase.structures for phase in self.phases if phase.structures), ())

    @property
    def contour_frame_uid(self) -> str:
        """Frame of reference of its structures, else of its first phase; empty without phases."""
        if self.structures:
            return self.structures[0].frame_of_reference_uid
        return self.phases[0].frame_of_reference_uid if self.phases else ""

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
