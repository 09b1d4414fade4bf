"""The five steps as views of the case file: a form becomes tables, and what is still missing is named.

Pure functions: a sheet and a form in, a sheet out.
"""

from __future__ import annotations

from rtplan.page.steps.courses import (
    Card,
    cards_of,
    courses_open,
    propose_roles,
    state_courses,
    with_another_plan,
    with_card,
    with_facts,
    without_card,
)
from rtplan.page.steps.forms import Form, whole_number
from rtplan.page.steps.limits import limit_rows, limits_open, state_limits
from rtplan.page.steps.organs import (
    OrganChoice,
    organ_choices,
    organs_open,
    published_alpha_betas,
    state_organs,
    targets_of,
)
from rtplan.page.steps.plans import state_check
from rtplan.page.steps.progress import STEPS, Open, StepState, step_states
from rtplan.page.steps.record import RecordField, RecordPart, record_parts, state_record
from rtplan.page.steps.registration import (
    FoundRegistration,
    found_registrations,
    matrix_text,
    registration_open,
    same_frame,
    state_registration,
)

__all__ = [
    "STEPS",
    "Card",
    "Form",
    "FoundRegistration",
    "Open",
    "OrganChoice",
    "RecordField",
    "RecordPart",
    "StepState",
    "cards_of",
    "courses_open",
    "found_registrations",
    "limit_rows",
    "limits_open",
    "matrix_text",
    "organ_choices",
    "organs_open",
    "propose_roles",
    "published_alpha_betas",
    "record_parts",
    "registration_open",
    "same_frame",
    "state_check",
    "state_courses",
    "state_limits",
    "state_organs",
    "state_record",
    "state_registration",
    "step_states",
    "targets_of",
    "whole_number",
    "with_another_plan",
    "with_card",
    "with_facts",
    "without_card",
]
