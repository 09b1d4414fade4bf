"""Protocols, screenings and regimen sheets as the command line's documents."""

from __future__ import annotations

from datetime import date
from typing import Any

from rtplan.protocols import (
    AfterEarlier,
    Criterion,
    CriterionResult,
    Event,
    Note,
    Protocol,
    RegimenRow,
    RegimenSheet,
    Screening,
    Timeline,
)

__all__ = [
    "protocol_body",
    "protocol_head",
    "screening_body",
    "sheet_body",
    "timeline_body",
]


def protocol_head(protocol: Protocol) -> dict[str, Any]:
    """Return what says which protocol, in which version, from which record."""
    return {
        "id": protocol.id,
        "name": protocol.name,
        "title": protocol.title,
        "registry": protocol.registry,
        "registry_note": protocol.registry_note,
        "version": protocol.version,
        "sha256": protocol.sha256,
        "record_date": protocol.record_date,
        "status": protocol.status,
    }


def protocol_body(protocol: Protocol) -> dict[str, Any]:
    """Return a whole protocol as data."""
    return {
        "protocol": protocol_head(protocol),
        "phase": protocol.phase,
        "design": protocol.design,
        "sponsor": protocol.sponsor,
        "treatment": protocol.treatment,
        "records": [
            {
                "id": r.id,
                "title": r.title,
                "date": r.date,
                "verification": r.verification,
                "url": r.url or None,
            }
            for r in protocol.records
        ],
        "regimens": [
            {
                "id": r.id,
                "regimen": r.label,
                "for": "re-irradiation" if r.after_pelvic_radiotherapy else "primary",
                "text": r.text,
                "source": r.source,
                "in_record": r.in_record,
                "notes": [str(note) for note in protocol.notes_on(r.id)],
            }
            for r in protocol.regimens
        ],
        "criteria": [_criterion(protocol, c) for c in protocol.criteria],
        "endpoints": [
            {
                "id": e.id,
                "role": e.role,
                "text": e.text,
                "horizon": e.horizon or None,
                "source": e.source,
                "notes": [str(note) for note in protocol.notes_on(e.id)],
            }
            for e in protocol.endpoints
        ],
        "not_specified": list(protocol.not_specified),
        "notes": [_note(note) for note in protocol.notes],
    }


def _criterion(protocol: Protocol, criterion: Criterion) -> dict[str, Any]:
    return {
        "id": criterion.id,
        "kind": criterion.kind,
        "text": criterion.text,
        "required": criterion.required,
        "reading": criterion.reading or None,
        "source": criterion.source,
        "notes": [str(note) for note in protocol.notes_on(criterion.id)],
    }


def _note(note: Note) -> dict[str, Any]:
    return {
        "id": note.id,
        "conflict": note.conflict,
        "text": note.text,
        "handling": note.handling or None,
        "concerns": list(note.concerns),
        "source": note.source,
    }


def sheet_body(sheet: RegimenSheet) -> dict[str, Any]:
    """Return a regimen sheet as data."""
    return {
        "label": "at a point that receives every dose in full; no statement about an organ",
        "alpha_betas": [
            {"tissue": t.name, "alpha_beta_gy": t.alpha_beta, "source": t.source} for t in sheet.tissues
        ],
        "rows": [_sheet_row(row) for row in sheet.rows],
        "after_earlier": [_after_row(row) for row in sheet.after],
        "rules": list(sheet.rules),
        "reason": None if sheet.rows else "not specified by the record",
    }


def _sheet_row(row: RegimenRow) -> dict[str, Any]:
    return {
        "regimen": row.entry.label,
        "for": "re-irradiation" if row.entry.after_pelvic_radiotherapy else "primary",
        "end": row.end or None,
        "total_dose_gy": row.regimen.total_dose,
        "n_fractions": row.regimen.n_fractions,
        "dose_per_fraction_gy": row.regimen.dose_per_fraction,
        "tissue": row.tissue.name,
        "alpha_beta_gy": row.tissue.alpha_beta,
        "bed_gy": row.bed_gy,
        "eqd2_gy": row.eqd2_gy,
        "isoeffective": [{"n_fractions": n, "total_dose_gy": dose} for n, dose in row.isoeffective],
        "notes": list(row.notes),
    }


def _after_row(row: AfterEarlier) -> dict[str, Any]:
    return {
        "earlier": row.earlier.regimen,
        "regimen": str(row.regimen),
        "tissue": row.tissue.name,
        "alpha_beta_gy": row.tissue.alpha_beta,
        "earlier_eqd2_gy": row.earlier_eqd2_gy,
        "cumulative_bed_gy": row.cumulative_bed_gy,
        "cumulative_eqd2_gy": row.cumulative_eqd2_gy,
        "recovery": "none",
        "given_after_pelvic_radiotherapy": row.given_after_pelvic_radiotherapy,
    }


def screening_body(screening: Screening) -> dict[str, Any]:
    """Return a screening as the keys of the JSON document, criteria in the order of the protocol."""
    return {
        "protocol": protocol_head(screening.protocol),
        "pseudonym": screening.pseudonym or None,
        "criteria": [_result(result) for result in screening.results],
        "counts": screening.counts,
        "against": [result.criterion.id for result in screening.against],
        "statement": screening.summary,
        "not_specified": list(screening.protocol.not_specified),
    }


def _result(result: CriterionResult) -> dict[str, Any]:
    criterion = result.criterion
    return {
        "id": criterion.id,
        "text": criterion.text,
        "status": result.status,
        "value": result.value,
        "required": criterion.required,
        "source": criterion.source,
        "kind": criterion.kind,
        "reason": "; ".join(result.reasons) or None,
        "reading": criterion.reading or None,
        "notes": [*result.notes, *map(str, result.conflicts)],
    }


def timeline_body(timeline: Timeline) -> dict[str, Any]:
    """Return a timeline as the keys of the JSON document."""
    return {
        "protocol": protocol_head(timeline.protocol),
        "start": str(timeline.start),
        "events": [_event(event, timeline.protocol) for event in timeline.events],
        "conflicts": [
            {"text": conflict.text, "steps": list(conflict.steps)} for conflict in timeline.conflicts
        ],
        "assumptions": list(timeline.assumptions),
    }


def _event(event: Event, protocol: Protocol) -> dict[str, Any]:
    def day(value: date | None) -> str | None:
        return None if value is None else str(value)

    return {
        "id": event.step,
        "kind": event.kind,
        "label": event.label,
        "first_day": day(event.first),
        "last_day": day(event.last),
        "latest_first_day": day(event.latest_first),
        "latest_last_day": day(event.latest_last),
        "optional": event.optional,
        "not_before": event.not_before,
        "reason": event.reason,
        "text": event.text,
        "source": event.source,
        "notes": [*event.notes, *map(str, protocol.notes_on(event.step))],
    }
