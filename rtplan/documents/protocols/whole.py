"""Whole documents about trial protocols: what is carried, one of them, a screening, a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rtplan.case import ScreenCase
from rtplan.documents.document import Document
from rtplan.documents.protocols.bodies import (
    protocol_body,
    protocol_head,
    screening_body,
    sheet_body,
    timeline_body,
)
from rtplan.documents.protocols.text import protocol_text, screening_text, timeline_text
from rtplan.documents.question import decision_lines, question_body
from rtplan.files import InputRecord, input_of_source
from rtplan.protocols import Protocol, RegimenSheet, Screening, ScreeningQuestion, Timeline, patient_template

__all__ = [
    "patient_template_document",
    "protocol_document",
    "protocols_document",
    "screening_document",
    "timeline_document",
]


def protocols_document(protocols: Sequence[Protocol]) -> Document:
    """Return the list of protocols, one line each."""
    rows: list[dict[str, Any]] = [
        {
            **protocol_head(protocol),
            "criteria": len(protocol.criteria),
            "regimens": [entry.label for entry in protocol.regimens],
            "conflicts": sum(note.conflict for note in protocol.notes),
        }
        for protocol in protocols
    ]
    width = max(len(row["id"]) for row in rows)
    lines = [
        f"{row['id'].ljust(width)}  {row['registry']}  {row['criteria']:>2} criteria, "
        f"{row['conflicts']} conflicts  {row['name']}"
        for row in rows
    ]
    return Document(
        schema="rtplan.protocol.list/1",
        body={"protocols": rows},
        text="\n".join(lines),
        inputs=[_input(protocol) for protocol in protocols],
    )


def protocol_document(protocol: Protocol, sheet: RegimenSheet, *, as_json: bool) -> Document:
    """Return one protocol; as JSON its conflicts are warnings, in the text they stand where they belong."""
    conflicts = [f"conflict in the records: {note}" for note in protocol.notes if note.conflict]
    return Document(
        schema="rtplan.protocol.show/1",
        body={**protocol_body(protocol), "regimen_sheet": sheet_body(sheet)},
        text=protocol_text(protocol, sheet),
        inputs=[_input(protocol)],
        warnings=conflicts if as_json else [],
    )


def patient_template_document(protocol: Protocol) -> Document:
    """Return the patient file that a protocol asks for, to be filled in."""
    text = patient_template(protocol)
    return Document(
        schema="rtplan.protocol.template/1",
        body={"protocol": protocol_head(protocol), "template": text},
        text=text.rstrip("\n"),
        inputs=[_input(protocol)],
    )


def screening_document(case: ScreenCase, question: ScreeningQuestion, screening: Screening) -> Document:
    """Return a screening, criterion by criterion; notes on the whole protocol are warnings."""
    notes = [str(note) for note in screening.protocol.notes_on("protocol")]
    return Document(
        schema="rtplan.protocol.screen/1",
        body={**question_body(case, question), **screening_body(screening)},
        text="\n".join([screening_text(screening), *decision_lines(case)]),
        inputs=[
            _input(screening.protocol),
            InputRecord(role="patient file", sha256=question.patient.sha256),
            *(input_of_source(i) for i in screening.inputs),
        ],
        warnings=list(dict.fromkeys((*screening.findings, *notes))),
        limit_failed=any(result.status != "met" for result in screening.results),
    )


def timeline_document(timeline: Timeline, protocol: Protocol, *, as_json: bool) -> Document:
    """Return a timeline; as JSON its assumptions are warnings, in the text they stand below it."""
    return Document(
        schema="rtplan.protocol.timeline/1",
        body=timeline_body(timeline),
        text=timeline_text(timeline),
        inputs=[_input(protocol)],
        warnings=list(timeline.assumptions) if as_json else [],
        limit_failed=bool(timeline.conflicts),
    )


def _input(protocol: Protocol) -> InputRecord:
    return InputRecord(role=f"protocol {protocol.id}", sha256=protocol.sha256)
