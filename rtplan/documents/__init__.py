"""Answers as JSON documents and as text for a person.

Each name loads its module when it is first used, so that a small answer does not wait for the large ones.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rtplan.documents.answers import (
        check_answer_document,
        record_body,
        record_document,
        reirradiation_document,
        several_checks_document,
        sum_document,
    )
    from rtplan.documents.constraints import (
        added_set_document,
        clinic_template_document,
        constraint_csv,
        constraint_set_document,
        constraint_sets_document,
        differences_document,
        export_document,
        verification_document,
        write_constraint_set,
    )
    from rtplan.documents.demo import demo_document
    from rtplan.documents.document import Document, document_body, to_json
    from rtplan.documents.phantom import phantoms_document
    from rtplan.documents.plan_check import check_document
    from rtplan.documents.plan_check_text import check_text
    from rtplan.documents.plan_comparison import comparison_rows, comparison_text
    from rtplan.documents.point_sum import point_sum_body, point_sum_text
    from rtplan.documents.protocols import (
        patient_template_document,
        protocol_body,
        protocol_document,
        protocol_head,
        protocol_text,
        protocols_document,
        screening_body,
        screening_document,
        screening_text,
        sheet_body,
        timeline_body,
        timeline_document,
        timeline_text,
    )
    from rtplan.documents.question import decision_lines, question_body
    from rtplan.documents.refusal import Refusal, refusal_body, refusal_of, without_folders
    from rtplan.documents.reirradiation import reirradiation_body
    from rtplan.documents.reirradiation_tables import reirradiation_text
    from rtplan.documents.selftest import examples_document, seeded_errors_document
    from rtplan.documents.tissues import tissues_document
    from rtplan.documents.verification import report_verification_document

__all__ = [
    "Document",
    "Refusal",
    "added_set_document",
    "check_answer_document",
    "check_document",
    "check_text",
    "clinic_template_document",
    "comparison_rows",
    "comparison_text",
    "constraint_csv",
    "constraint_set_document",
    "constraint_sets_document",
    "decision_lines",
    "demo_document",
    "differences_document",
    "document_body",
    "examples_document",
    "export_document",
    "patient_template_document",
    "phantoms_document",
    "point_sum_body",
    "point_sum_text",
    "protocol_body",
    "protocol_document",
    "protocol_head",
    "protocol_text",
    "protocols_document",
    "question_body",
    "record_body",
    "record_document",
    "refusal_body",
    "refusal_of",
    "reirradiation_body",
    "reirradiation_document",
    "reirradiation_text",
    "report_verification_document",
    "screening_body",
    "screening_document",
    "screening_text",
    "seeded_errors_document",
    "several_checks_document",
    "sheet_body",
    "sum_document",
    "timeline_body",
    "timeline_document",
    "timeline_text",
    "tissues_document",
    "to_json",
    "verification_document",
    "without_folders",
    "write_constraint_set",
]

_MODULES: Final = {
    "answers": (
        "check_answer_document",
        "record_body",
        "record_document",
        "reirradiation_document",
        "several_checks_document",
        "sum_document",
    ),
    "demo": ("demo_document",),
    "constraints": (
        "added_set_document",
        "clinic_template_document",
        "constraint_csv",
        "write_constraint_set",
        "constraint_set_document",
        "constraint_sets_document",
        "differences_document",
        "export_document",
        "verification_document",
    ),
    "document": ("Document", "document_body", "to_json"),
    "phantom": ("phantoms_document",),
    "plan_check": ("check_document",),
    "plan_check_text": ("check_text",),
    "plan_comparison": ("comparison_rows", "comparison_text"),
    "point_sum": ("point_sum_body", "point_sum_text"),
    "protocols": (
        "patient_template_document",
        "protocol_body",
        "protocol_document",
        "protocol_head",
        "protocol_text",
        "protocols_document",
        "screening_body",
        "screening_document",
        "screening_text",
        "sheet_body",
        "timeline_body",
        "timeline_document",
        "timeline_text",
    ),
    "question": ("decision_lines", "question_body"),
    "refusal": ("Refusal", "refusal_body", "refusal_of", "without_folders"),
    "reirradiation": ("reirradiation_body",),
    "reirradiation_tables": ("reirradiation_text",),
    "selftest": ("examples_document", "seeded_errors_document"),
    "tissues": ("tissues_document",),
    "verification": ("report_verification_document",),
}
"""Module and the names that it brings; type checkers read the imports above."""

_MODULE_OF: Final = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load the module that brings a name when the name is first used."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
