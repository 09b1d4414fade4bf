"""Any source of a course, read: a folder, archive, course file, DVH export, FHIR summary, or regimen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from bed import RegimenError
from dicom_io.readers import read_dvh_text
from dicom_io.study import TreatmentSet, load_study
from rtplan.courses.course import Course
from rtplan.courses.course_file import read_course_file
from rtplan.courses.delivery import Delivery
from rtplan.courses.fhir_summary import read_fhir_summary
from rtplan.courses.makers import course_of_export, course_of_regimen, course_of_treatments
from rtplan.errors import RtplanLookupError, RtplanValueError

__all__ = ["CourseSource", "read_course", "read_earlier_courses", "read_new_course"]

_DVH_EXPORTS: Final = (".txt", ".dvh")
_NEVER_READ: Final = (".pdf", ".csv", ".xml", ".xlsx", ".xls", ".docx", ".doc", ".png", ".jpg", ".jpeg")
_OTHER_KINDS: Final = (".toml", ".json", *_DVH_EXPORTS, *_NEVER_READ)


@dataclass(frozen=True, kw_only=True)
class CourseSource:
    """Where an earlier course is to be read from, and what its files do not say.

    Attributes
    ----------
    source : str
        Path of a DICOM folder or archive, a course file (.toml), a DVH text export (.txt, .dvh) or a FHIR
        course summary (.json); or a regimen such as ``"50.4Gy/28"``.
    ended : date or None
        Day of the last fraction; None leaves it to a file that says.
    plan : str or None
        Label or UID, where a folder holds several plans.
    n_fractions : int or None
        Fractions delivered, of a DVH export or of a folder whose plan was not given in full.
    """

    source: str
    ended: date | None = None
    plan: str | None = None
    n_fractions: int | None = None

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise RtplanValueError("a course without a source: give a folder, a file or a regimen")
        if self.n_fractions is not None and self.n_fractions < 1:
            raise RtplanValueError(
                f"{self.n_fractions} fractions delivered: a whole number of at least 1 is needed"
            )

    @property
    def path(self) -> Path:
        """The source as a path, whether or not there is one."""
        return Path(self.source)

    @property
    def suffix(self) -> str:
        """Ending of a file that exists, in lower case; empty otherwise."""
        return self.path.suffix.lower() if self.path.is_file() else ""

    @property
    def is_dicom(self) -> bool:
        """Whether it is read as a DICOM folder or archive."""
        return self.path.exists() and self.suffix not in _OTHER_KINDS

    def refuse_unused(self) -> None:
        """Refuse a plan or a number of fractions that this kind of source has no use for."""
        name = self.path.name
        if self.plan is not None and not self.is_dicom:
            raise RtplanValueError(
                f"plan {self.plan} of {name!r}: only a DICOM folder or archive has plans to choose from"
            )
        if self.n_fractions is not None and not (self.is_dicom or self.suffix in _DVH_EXPORTS):
            raise RtplanValueError(
                f"{self.n_fractions} fractions delivered of {name!r}: that is said of a DVH export, or of a "
                "DICOM folder whose plan was not given in full; a course file states its own"
            )


def read_earlier_courses(sources: Sequence[CourseSource]) -> tuple[Course, ...]:
    """Read every earlier course, in order; several are numbered from 1."""
    roles = ["prior"] if len(sources) == 1 else [f"prior {k}" for k in range(1, len(sources) + 1)]
    return tuple(read_course(source, role=role) for source, role in zip(sources, roles, strict=True))


def read_course(source: CourseSource, *, role: str) -> Course:
    """Read an earlier course from whatever it is known by.

    Parameters
    ----------
    source : CourseSource
    role : str
        Such as ``"prior"``; begins the course's label.

    Raises
    ------
    RtplanLookupError
        No such file, and no regimen.
    RtplanValueError
        A file that contradicts what is stated, or lacks what has to be.

    Examples
    --------
    >>> read_course(CourseSource(source="50.4Gy/28"), role="prior")
    Course(prior: 50.4Gy/28: prescription only, 28 fractions, external beam)
    """
    source.refuse_unused()
    path, suffix = source.path, source.suffix
    if suffix == ".toml":
        return read_course_file(path, role=role, ended=source.ended)
    if suffix == ".json":
        return read_fhir_summary(path, role=role, ended=source.ended)
    if suffix in _DVH_EXPORTS:
        return _exported(source, role)
    if suffix in _NEVER_READ:
        raise RtplanLookupError(
            f"{role} {path.name!r} is no kind of file that is read: give a DICOM folder, an archive (.zip), "
            "a course file (.toml), a DVH text export (.txt), a FHIR course summary (.json) or a regimen "
            "such as 50.4Gy/28"
        )
    if path.exists():
        study = load_study(path)
        treatment = study.select(plan=source.plan, require=("dose",))
        return course_of_treatments(
            [(treatment, Delivery(n_fractions=source.n_fractions))],
            role=role,
            ended=source.ended,
            folders=[path],
            registrations=study.registrations,
        )
    try:
        return course_of_regimen(source.source, role=role, ended=source.ended)
    except RegimenError as fault:
        raise RtplanLookupError(
            f"{role} {path.name!r} is no folder or course file that exists, and no regimen: {fault}"
        ) from None


def _exported(source: CourseSource, role: str) -> Course:
    """Read a DVH text export; how many fractions its doses are of is the user's word."""
    if source.n_fractions is None:
        raise RtplanValueError(
            f"{role} {source.path.name!r}: a DVH export states no number of fractions: state those "
            "delivered (n_fractions, --prior-fractions)"
        )
    return course_of_export(
        read_dvh_text(source.path),
        role=role,
        n_fractions=source.n_fractions,
        modality=None,
        ended=source.ended,
    )


def read_new_course(path: Path, *, plan: str | None = None, in_progress: bool = False) -> Course:
    """Read the new course: a folder with its plan, or a course file with its phases.

    Parameters
    ----------
    path : Path
    plan : str, optional
        Label or UID, where the folder holds several plans.
    in_progress : bool
        The course is counted as planned in full: its treatment records say only what was given so far.

    Raises
    ------
    RtplanValueError
        A course file without phases, or a plan chosen beside one.
    """
    if path.suffix.lower() == ".toml" and path.is_file():
        if plan is not None:
            raise RtplanValueError(
                f"plan {plan} of {path.name!r}: a course file names the plan of each phase itself"
            )
        course = read_course_file(path, role="new", ended=None)
        if not course.phases:
            raise RtplanValueError(f"{path.name!r}: the new course needs [[phases]] with a folder each")
        return course
    study = load_study(path)
    treatment = study.select(plan=plan)
    delivery = _planned(treatment) if in_progress else Delivery()
    return course_of_treatments(
        [(treatment, delivery)], role="new", folders=[path], registrations=study.registrations
    )


def _planned(treatment: TreatmentSet) -> Delivery:
    return Delivery(n_fractions=treatment.n_fractions)
