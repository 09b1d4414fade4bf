"""What is known of a course of radiotherapy, and each way to read one.

From full DICOM down to a prescription on paper; how well it is known goes with it.
"""

from __future__ import annotations

from rtplan.courses.course import Course, Grade, Phase
from rtplan.courses.course_file import read_course_file
from rtplan.courses.delivery import Delivery
from rtplan.courses.dvh_export import curve_names, curve_of_export, eqd2_of_stored, stored_dvh
from rtplan.courses.fhir_summary import read_fhir_summary
from rtplan.courses.identity import identities_differ, one_patient
from rtplan.courses.isodose import Isodose, parse_isodose
from rtplan.courses.makers import (
    course_of_export,
    course_of_records,
    course_of_regimen,
    course_of_treatments,
)
from rtplan.courses.printed_record import OrganRecord, curve_of_record
from rtplan.courses.sources import CourseSource, read_course, read_earlier_courses, read_new_course

__all__ = [
    "Course",
    "CourseSource",
    "Delivery",
    "Grade",
    "Isodose",
    "OrganRecord",
    "Phase",
    "course_of_export",
    "course_of_records",
    "course_of_regimen",
    "course_of_treatments",
    "curve_names",
    "curve_of_export",
    "curve_of_record",
    "eqd2_of_stored",
    "identities_differ",
    "one_patient",
    "parse_isodose",
    "read_course",
    "read_course_file",
    "read_earlier_courses",
    "read_fhir_summary",
    "read_new_course",
    "stored_dvh",
]
