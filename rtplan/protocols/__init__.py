"""Trial protocols: criteria, regimens, schedules and endpoints as data, held against patient and plan."""

from __future__ import annotations

from rtplan.protocols.endpoints import (
    duration_of_response,
    exact_rate,
    overall_survival_time,
    progression_free_time,
)
from rtplan.protocols.gathering import Folders, gather_radiotherapy
from rtplan.protocols.patient_file import Patient, patient_of_tables, read_patient_file
from rtplan.protocols.protocol_file import (
    Criterion,
    Note,
    Protocol,
    load_protocol,
    protocol_ids,
    read_protocol_file,
)
from rtplan.protocols.question import ScreeningQuestion
from rtplan.protocols.recist import (
    Assessment,
    TargetLesion,
    best_overall_response,
    overall_response,
    responses,
    target_response,
)
from rtplan.protocols.rows import protocol_rows, protocol_text_lines, radiotherapy_only
from rtplan.protocols.screening import (
    STATUSES,
    CriterionResult,
    Screening,
    Status,
    screen,
)
from rtplan.protocols.sheet import AfterEarlier, RegimenRow, RegimenSheet, regimen_sheet
from rtplan.protocols.template import patient_template
from rtplan.protocols.timeline import Event, Timeline, TimelineChoices, build_timeline

__all__ = [
    "STATUSES",
    "AfterEarlier",
    "Assessment",
    "Criterion",
    "CriterionResult",
    "Event",
    "Folders",
    "Note",
    "Patient",
    "Protocol",
    "RegimenRow",
    "RegimenSheet",
    "Screening",
    "ScreeningQuestion",
    "Status",
    "TargetLesion",
    "Timeline",
    "TimelineChoices",
    "best_overall_response",
    "build_timeline",
    "duration_of_response",
    "exact_rate",
    "gather_radiotherapy",
    "load_protocol",
    "overall_response",
    "overall_survival_time",
    "patient_of_tables",
    "patient_template",
    "progression_free_time",
    "protocol_ids",
    "protocol_rows",
    "protocol_text_lines",
    "radiotherapy_only",
    "read_patient_file",
    "read_protocol_file",
    "regimen_sheet",
    "responses",
    "screen",
    "target_response",
]
