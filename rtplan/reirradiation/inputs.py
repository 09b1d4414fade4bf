"""What the numbers of a re-irradiation rest on: every file, object and typed course, by its hash."""

from __future__ import annotations

import hashlib

from rtplan.courses import Course
from rtplan.files import InputRecord, input_of_source
from rtplan.reirradiation.question import ReirradiationQuestion

__all__ = ["inputs_of"]


def inputs_of(question: ReirradiationQuestion) -> list[InputRecord]:
    """Return the courses' files in order, then registrations, each once, named sets, the clinic's file."""
    records = [record for course in question.courses for record in _of_course(course)]
    transforms = {t.source_sha256 or id(t): t for t in question.registrations}
    sets = [InputRecord(role=f"limits {one.name}", sha256=one.sha256) for one in question.limit_sets]
    clinic = [] if question.clinic is None else [InputRecord(role="clinic", sha256=question.clinic.sha256)]
    return [
        *records,
        *(
            InputRecord(
                role=t.source,
                sha256=t.source_sha256 or None,
                uid=t.source_uid or None,
                data_set_sha256=t.source_data_set_sha256 or None,
            )
            for t in transforms.values()
        ),
        *sets,
        *clinic,
    ]


def _of_course(course: Course) -> list[InputRecord]:
    if course.prescription is not None and not course.inputs:
        typed = str(course.prescription).encode()
        return [InputRecord(role=f"{course.role} regimen", sha256=hashlib.sha256(typed).hexdigest())]
    return [input_of_source(source, role=f"{course.role} {source.role}") for source in course.inputs]
