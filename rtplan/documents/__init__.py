"""Answers as JSON documents and as text for a person."""

from __future__ import annotations

from rtplan.documents.plan_check import check_document, check_text
from rtplan.documents.point_sum import point_sum_body, point_sum_text
from rtplan.documents.protocols import protocol_body, protocol_head, screening_body, sheet_body, timeline_body
from rtplan.documents.protocols_text import protocol_text, screening_text, timeline_text
from rtplan.documents.reirradiation import reirradiation_body
from rtplan.documents.reirradiation_text import reirradiation_text

__all__ = [
    "check_document",
    "check_text",
    "point_sum_body",
    "point_sum_text",
    "protocol_body",
    "protocol_head",
    "protocol_text",
    "reirradiation_body",
    "reirradiation_text",
    "screening_body",
    "screening_text",
    "sheet_body",
    "timeline_body",
    "timeline_text",
]
