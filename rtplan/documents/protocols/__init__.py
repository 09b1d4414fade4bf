"""Protocols, screenings, regimen sheets and timelines as documents and as text."""

from __future__ import annotations

from rtplan.documents.protocols.bodies import (
    protocol_body,
    protocol_head,
    screening_body,
    sheet_body,
    timeline_body,
)
from rtplan.documents.protocols.text import protocol_text, screening_text, timeline_text
from rtplan.documents.protocols.whole import (
    patient_template_document,
    protocol_document,
    protocols_document,
    screening_document,
    timeline_document,
)

__all__ = [
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
]
