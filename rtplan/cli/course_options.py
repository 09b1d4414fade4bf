"""The courses and registrations that ``rtplan reirradiate`` is given, read and compared."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bed import RegimenError
from dicom_io.objects import PatientIdentity
from dicom_io.readers import read_dvh_text
from dicom_io.study import TreatmentSet, load_study
from rtplan.courses import (
    Course,
    Delivery,
    course_of_export,
    course_of_regimen,
    course_of_treatments,
    phase_folders,
    read_course_file,
    read_fhir_summary,
)
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.interval import Interval, parse_date
from rtplan.sums import Registration, read_matrix_file

__all__ = ["CourseInputs", "read_courses"]

_DVH_EXPORTS = (".txt", ".dvh")
_NEVER_READ = (".pdf", ".csv", ".xml", ".xlsx", ".xls", ".docx", ".doc", ".png", ".jpg", ".jpeg")


@dataclass(frozen=True, kw_only=True, eq=False)
class CourseInputs:
    """The courses and transforms that were read.

    Attributes
    ----------
    new : Course
    priors : tuple of Course
    intervals : tuple of Interval
    registrations : tuple of RigidTransform or DeformableTransform
    new_folders : tuple of Path
        Where the new course's DICOM objects are.
    warnings : tuple of str
    """

    new: Course
    priors: tuple[Course, ...]
    intervals: tuple[Interval, ...]
    registrations: tuple[Registration, ...]
    new_folders: tuple[Path, ...]
    warnings: tuple[str, ...] = ()


def read_courses(args: argparse.Namespace) -> CourseInputs:
    """Read everything that the options name, and compare whose it is."""
    ended = [parse_date(text) for text in args.prior_ended]
    plans = _one_each(args.prior_plan, args.prior, "--prior-plan")
    fractions = _one_each(args.prior_fractions, args.prior, "--prior-fractions")
    if len(ended) != len(args.prior):
        raise RtplanValueError(
            f"{len(args.prior)} --prior but {len(ended)} --prior-ended: one for each is needed"
        )
    starts = parse_date(args.new_starts)
    intervals = tuple(Interval(ended=day, starts=starts) for day in ended)
    new, folders = _new(args)
    roles = ["prior"] if len(args.prior) == 1 else [f"prior {k + 1}" for k in range(len(args.prior))]
    priors = tuple(
        _prior(source, role=role, ended=day, plan=plan, fractions=n)
        for source, role, day, plan, n in zip(args.prior, roles, ended, plans, fractions, strict=True)
    )
    warnings = tuple(_identity_warnings(new, priors, folders, same_patient=args.same_patient))
    registrations = tuple(t for path in args.registration or () for t in _registrations(path))
    return CourseInputs(
        new=new,
        priors=priors,
        intervals=intervals,
        registrations=registrations,
        new_folders=folders,
        warnings=warnings,
    )


def _new(args: argparse.Namespace) -> tuple[Course, tuple[Path, ...]]:
    """Read the new course: a folder with its plan, or a course file with its phases."""
    if args.new.suffix.lower() == ".toml" and args.new.is_file():
        if args.new_plan is not None:
            raise RtplanValueError("--new-plan is for a folder; a course file names the plan of each phase")
        course = read_course_file(args.new, role="new", ended=None)
        if not course.phases:
            raise RtplanValueError(
                f"--new {args.new.name!r}: the new course needs [[phases]] with a folder each"
            )
        return course, phase_folders(args.new)
    treatment = load_study(args.new).select(plan=args.new_plan)
    delivery = _new_delivery(treatment, args)
    return course_of_treatments([(treatment, delivery)], role="new"), (args.new,)


def _new_delivery(treatment: TreatmentSet, args: argparse.Namespace) -> Delivery:
    """Count the whole plan of a course in progress: its records say only what was given so far."""
    recorded = treatment.n_fractions_delivered
    if args.new_delivered is None:
        return Delivery()
    if recorded is not None and [recorded] != args.new_delivered:
        stated = ", ".join(str(k) for k in args.new_delivered)
        raise RtplanValueError(
            f"--new-delivered {stated}, but the treatment records count {recorded} fractions"
        )
    return Delivery(n_fractions=treatment.n_fractions)


def _one_each(given: Sequence[str] | None, priors: Sequence[str], option: str) -> list[str | None]:
    if given is None:
        return [None] * len(priors)
    if len(given) != len(priors):
        raise RtplanValueError(f"{len(given)} {option} for {len(priors)} --prior: one for each, in order")
    return [text or None for text in given]


def _prior(source: str, *, role: str, ended: date, plan: str | None, fractions: str | None) -> Course:
    """Read a prior course: a course file, a summary, a DVH export, a folder or archive, else a regimen."""
    path = Path(source)
    suffix = path.suffix.lower() if path.is_file() else ""
    is_dicom = path.exists() and suffix not in (".toml", ".json", *_DVH_EXPORTS, *_NEVER_READ)
    if plan is not None and not is_dicom:
        raise RtplanValueError(
            f"--prior-plan {plan} for {path.name!r}: only a DICOM folder or archive has plans"
        )
    if fractions is not None and not (is_dicom or suffix in _DVH_EXPORTS):
        raise RtplanValueError(
            f"--prior-fractions {fractions} for {path.name!r}: it belongs to a DVH export, or to a DICOM "
            "folder whose plan was not given in full; a course file states its own"
        )
    if suffix == ".toml":
        return read_course_file(path, role=role, ended=ended)
    if suffix == ".json":
        return read_fhir_summary(path, role=role, ended=ended)
    if suffix in _DVH_EXPORTS:
        return _exported_course(path, role=role, ended=ended, fractions=fractions)
    if suffix in _NEVER_READ:
        raise RtplanLookupError(
            f"prior {path.name!r} is no kind of file that is read: give a DICOM folder, an archive (.zip), a "
            "course file (.toml), a DVH text export (.txt), a FHIR course summary (.json) or a regimen such "
            "as 50.4Gy/28"
        )
    if path.exists():
        treatment = load_study(path).select(plan=plan, require=("dose",))
        delivery = Delivery(n_fractions=None if fractions is None else _whole_fractions(fractions))
        return course_of_treatments([(treatment, delivery)], role=role, ended=ended)
    try:
        return course_of_regimen(source, role=role, ended=ended)
    except RegimenError as fault:
        raise RtplanLookupError(
            f"prior {path.name!r} is no folder or course file that exists, and no regimen: {fault}"
        ) from None


def _exported_course(path: Path, *, role: str, ended: date, fractions: str | None) -> Course:
    """Read a DVH text export; how many fractions its doses are of is the user's word."""
    export = read_dvh_text(path)
    if fractions is None:
        raise RtplanValueError(
            f"prior {path.name!r}: a DVH export states no number of fractions: give --prior-fractions N"
        )
    return course_of_export(
        export, role=role, n_fractions=_whole_fractions(fractions), modality=None, ended=ended
    )


def _whole_fractions(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise RtplanValueError(f"--prior-fractions {text!r}: a whole number of at least 1 is needed")
    return int(text)


def _treatments(course: Course) -> list[TreatmentSet]:
    return [phase.treatment for phase in course.phases]


def _identity_warnings(
    new: Course, priors: Sequence[Course], new_folders: Sequence[Path], *, same_patient: bool
) -> list[str]:
    """Refuse courses of two patients; say where nothing could be compared. Shows no identity."""
    keys = [(course, t.patient_key) for course in (*priors, new) for t in _treatments(course)]
    known = {key for _, key in keys if key}
    exports = [p.export.patient for p in priors if p.export is not None and not p.export.patient.is_blank]
    today = _identities(new, new_folders) if exports else []
    others = any(exported.differences(mine) for exported in exports for mine in today)
    if (len(known) > 1 or others) and not same_patient:
        raise RtplanValueError(
            "the courses carry different patient ID, birth date or sex: are they one patient's? "
            "State --same-patient if one of them was anonymised"
        )
    found = []
    if len(known) > 1 or others:
        found.append(
            "patient ID, birth date or sex differ between the courses; stated to be the same patient"
        )
    unknown = [course.label for course, key in keys if not key]
    compared = today and not all(mine.is_blank for mine in today)
    unknown += [
        course.label
        for course in priors
        if not course.phases
        and not (compared and course.export is not None and not course.export.patient.is_blank)
    ]
    if unknown:
        found.append(f"whose course it is could not be compared: {', '.join(unknown)}")
    return found


def _identities(new: Course, folders: Sequence[Path]) -> list[PatientIdentity]:
    """Return whose the new course's dose files are."""
    uids = {source.uid for source in new.inputs if source.role == "dose"}
    return [
        entry.patient
        for folder in folders
        for entry in load_study(folder).doses
        if entry.sop_instance_uid in uids
    ]


def _registrations(path: Path) -> tuple[Registration, ...]:
    if not path.exists():
        raise RtplanLookupError(f"registration {path.name!r} does not exist")
    if path.suffix.lower() in (".toml", ".json"):
        return (read_matrix_file(path),)
    entries = load_study(path).registrations
    if not entries:
        raise RtplanLookupError(f"{path.name!r} holds no spatial registration object")
    found: list[Registration] = []
    for entry in entries:
        found += entry.deformations if entry.is_deformable else entry.transforms
    return tuple(found)
