"""Whose courses they are: compared before anything is summed, never shown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from dicom_io.objects import PatientIdentity
from rtplan.courses.course import Course
from rtplan.errors import RtplanContradictionError

__all__ = ["one_patient"]


def one_patient(courses: Sequence[Course], *, same_patient: bool) -> tuple[str, ...]:
    """Refuse courses of two patients, and say where nothing could be compared.

    Parameters
    ----------
    courses : sequence of Course
    same_patient : bool
        Whether it is stated that all are one patient's although patient ID, birth date or sex differ.

    Returns
    -------
    tuple of str
        What is to be known, in words; no identity is in them.

    Raises
    ------
    RtplanValueError
        Two courses, or two phases of one, both state patient ID, birth date or sex and state it differently.
    """
    differ = any(one.differences(other) for one, other in combinations(_identities(courses), 2))
    if differ and not same_patient:
        raise RtplanContradictionError(
            "the courses carry different patient ID, birth date or sex: are they one patient's? "
            "State that they are (same_patient, --same-patient) if one of them was anonymised"
        )
    found = []
    if differ:
        found.append(
            "patient ID, birth date or sex differ between the courses; stated to be the same patient"
        )
    unknown = [course.label for course in courses if not _is_named(course)]
    if unknown:
        found.append(f"whose course it is could not be compared: {', '.join(unknown)}")
    return tuple(found)


def _identities(courses: Sequence[Course]) -> list[PatientIdentity]:
    return list(dict.fromkeys(identity for course in courses for identity in course.patients))


def _is_named(course: Course) -> bool:
    """Whether every object of a course carries a patient ID."""
    return bool(course.patients) and not any(identity.is_blank for identity in course.patients)
