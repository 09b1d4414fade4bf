"""The question as a file: what a person states, and where the objects are.

Every door builds a case or a question and calls the same function; a case file is written by any of them and
read by any of them. It also carries who decided what, and why.
"""

from __future__ import annotations

from rtplan.case.beside import CheckBeside, check_beside, protocol_beside
from rtplan.case.case_file import (
    Case,
    CaseFileError,
    case_template,
    case_text,
    kind_of,
    read_case,
    save_case,
)
from rtplan.case.decisions import Decision
from rtplan.case.digest import Question, question_sha256
from rtplan.case.draft import draft_tables, draft_text
from rtplan.case.keys import EDITION, KINDS
from rtplan.case.plan_check import CheckCase
from rtplan.case.point_sum import SumCase
from rtplan.case.record import (
    ADDING_METHODS,
    CLASSES,
    REGIONS,
    REVIEWS,
    EarlierCourse,
    FollowUp,
    MethodOfOrgan,
    NotApplicable,
    Patient,
    RecordStatements,
    Review,
    Treatment,
)
from rtplan.case.reirradiation import ReirradiationCase
from rtplan.case.screening import ScreenCase
from rtplan.case.words import parse_course_sources

__all__ = [
    "ADDING_METHODS",
    "CLASSES",
    "EDITION",
    "KINDS",
    "REGIONS",
    "REVIEWS",
    "Case",
    "CaseFileError",
    "CheckBeside",
    "CheckCase",
    "Decision",
    "EarlierCourse",
    "FollowUp",
    "MethodOfOrgan",
    "NotApplicable",
    "Patient",
    "Question",
    "RecordStatements",
    "ReirradiationCase",
    "Review",
    "ScreenCase",
    "SumCase",
    "Treatment",
    "case_template",
    "case_text",
    "check_beside",
    "draft_tables",
    "draft_text",
    "kind_of",
    "parse_course_sources",
    "protocol_beside",
    "question_sha256",
    "read_case",
    "save_case",
]
