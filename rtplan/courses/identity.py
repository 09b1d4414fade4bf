"""Whose courses they are: compared before anything is summed, never shown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from dicom_io.objects import DeformableTransform, PatientIdentity, RigidTransform
from rtplan.courses.course import Course
from rtplan.errors import RtplanContradictionError

__all__ = ["identities_differ", "one_patient"]


def one_patient(
    courses: Sequence[Course],
    *,
    registrations: Sequence[RigidTransform | DeformableTransform] = (),
    same_patient: bool,
) -> tuple[str, ...]:
    """Refuse courses and registrations of two patients, and say where nothing could be compared.

    Parameters
    ----------
    courses : sequence of Course
    registrations : sequence of RigidTransform or DeformableTransform
        A matrix file states no patient, and none is asked of it.
    same_patient : bool
        Whether it is stated that all are one patient's although patient ID, birth date or sex differ.

    Returns
    -------
    tuple of str
        What is to be known, in words; no identity is in them.

    Raises
    ------
    RtplanValueError
        Two courses, two phases of one, or a course and a registration both state patient ID, birth date or
        sex and state it differently.
    """
    stated = [given.patient for given in registrations if given.patient is not None]
    what = _who_differ(_identities(courses), stated)
    if what and not same_patient:
        raise RtplanContradictionError(
            f"{what} carry different patient ID, birth date or sex: are they one patient's? "
            "State that they are (same_patient, --same-patient) if one of them was anonymised"
        )
    found = []
    if what:
        between = what.removeprefix("the ")
        found.append(
            f"patient ID, birth date or sex differ between the {between}; stated to be the same patient"
        )
    unknown = [course.label for course in courses if not _is_named(course)]
    if unknown:
        found.append(f"whose course it is could not be compared: {', '.join(unknown)}")
    if any(patient.is_blank for patient in stated):
        found.append("a registration object carries no patient ID: whose it is could not be compared")
    return tuple(found)


def identities_differ(
    courses: Sequence[Course], registrations: Sequence[RigidTransform | DeformableTransform]
) -> bool:
    """Whether courses or registrations state patient ID, birth date or sex and state it differently."""
    stated = [given.patient for given in registrations if given.patient is not None]
    return bool(_who_differ(_identities(courses), stated))


def _who_differ(courses: Sequence[PatientIdentity], registrations: Sequence[PatientIdentity]) -> str:
    """Return what carries two identities, in words; empty where all agree."""
    if any(one.differences(other) for one, other in combinations(courses, 2)):
        return "the courses"
    everyone = dict.fromkeys((*courses, *registrations))
    if any(one.differences(other) for one, other in combinations(everyone, 2)):
        return "the courses and a registration object"
    return ""


def _identities(courses: Sequence[Course]) -> list[PatientIdentity]:
    return list(dict.fromkeys(identity for course in courses for identity in course.patients))


def _is_named(course: Course) -> bool:
    """Whether every object of a course carries a patient ID."""
    return bool(course.patients) and not any(identity.is_blank for identity in course.patients)
