"""A screening against a trial protocol as a report, or as a section of another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rtplan.files import InputRecord
from rtplan.protocols import (
    STATUSES,
    CriterionResult,
    Event,
    Protocol,
    RegimenSheet,
    Screening,
    Status,
    Timeline,
)
from rtplan.report.model import Block, Cell, Facts, Figure, Paragraph, Report, Section, Table, Tile, Tone
from rtplan.report.parts import STATEMENT, case_name, input_section, number_cell, provenance, warning_blocks
from rtplan.report.timeline_picture import timeline_svg

__all__ = ["screening_report", "screening_section", "screening_tile", "sheet_section", "timeline_section"]

_TONES: Final[dict[Status, Tone]] = {
    "not_met": "exceeds",
    "unknown": "not_evaluable",
    "clinician": "borderline",
    "met": "within",
}
_WORDS: Final[dict[Status, str]] = {
    "not_met": "not met",
    "unknown": "unknown",
    "clinician": "clinician",
    "met": "met",
}


def screening_report(screening: Screening, *, inputs: Sequence[InputRecord], date: str | None) -> Report:
    """Build the report of a screening.

    Parameters
    ----------
    screening : Screening
    inputs : sequence of InputRecord
    date : str or None
        The report's date as stated; None leaves a line to fill in.
    """
    protocol = screening.protocol
    return Report(
        title=f"Screening for {protocol.name}",
        subtitle=f"{screening.pseudonym or case_name(inputs)}: {protocol.registry}",
        date=date,
        statement=STATEMENT,
        tiles=[screening_tile(screening)],
        summary=[Paragraph(text=screening.summary)],
        sections=[screening_section(screening), _record_section(protocol), input_section(inputs)],
        provenance=provenance(),
    )


def screening_tile(screening: Screening) -> Tile:
    """Return the counts; the gravest status gives the tone."""
    counts = screening.counts
    gravest: Status = next((status for status in STATUSES if counts[status]), "met")
    return Tile(
        label=f"{screening.protocol.name} {screening.protocol.registry}",
        value=", ".join(f"{counts[status]} {_WORDS[status]}" for status in STATUSES),
        note="single criteria, no decision on taking part",
        tone=_TONES[gravest],
    )


def screening_section(screening: Screening) -> Section:
    """Return the criteria, what speaks against first, with the notes on conflicting records.

    Parameters
    ----------
    screening : Screening
    """
    ordered = [result for status in STATUSES for result in screening.with_status(status)]
    table = Table(
        caption="An exclusion criterion is met when it does not apply",
        columns=["status", "criterion", "known", "required", "source"],
        rows=[_row(result) for result in ordered],
    )
    blocks: list[Block] = [Paragraph(text=screening.summary), table]
    return Section(
        title=f"Criteria of {screening.protocol.name} ({screening.protocol.registry})",
        blocks=[*blocks, *warning_blocks(screening.findings)],
    )


def _row(result: CriterionResult) -> list[Cell]:
    criterion = result.criterion
    notes = "; ".join((*result.notes, *map(str, result.conflicts)))
    return [
        Cell(text=_WORDS[result.status], tone=_TONES[result.status], note="; ".join(result.reasons)),
        Cell(text=criterion.text, note=criterion.id),
        Cell(text=result.value or "\N{EN DASH}", note=notes),
        Cell(text=criterion.required, note=criterion.reading),
        Cell(text=criterion.source),
    ]


def _record_section(protocol: Protocol) -> Section:
    """What the criteria were encoded from, and what the record leaves open."""
    facts = Facts(
        caption="Protocol file",
        items=[
            ("protocol", f"{protocol.name}, {protocol.registry} ({protocol.registry_note})"),
            ("record of", protocol.record_date),
            ("version", protocol.version),
            ("SHA-256", protocol.sha256),
            *((f"record {r.id}", f"{r.title}: {r.verification}") for r in protocol.records),
        ],
    )
    open_points: list[Block] = [
        Paragraph(text=f"Not specified by the record: {text}", tone="not_evaluable")
        for text in protocol.not_specified
    ]
    conflicts: list[Block] = [
        Paragraph(text=f"Conflict: {note} [{note.source}]", tone="borderline")
        for note in protocol.notes
        if note.conflict
    ]
    return Section(title="Record", blocks=[facts, *conflicts, *open_points])


def sheet_section(sheet: RegimenSheet) -> Section:
    """Return a regimen sheet: BED and EQD2 of each regimen at a point that receives the dose in full.

    Parameters
    ----------
    sheet : RegimenSheet
    """
    title = f"Regimens of {sheet.protocol.name}"
    if not sheet.rows:
        return Section(
            title=title, blocks=[Paragraph(text="Not specified by the record.", tone="not_evaluable")]
        )
    rows = [
        [
            Cell(text=str(row.regimen)),
            Cell(text=row.tissue.name),
            number_cell(row.tissue.alpha_beta),
            number_cell(row.bed_gy),
            number_cell(row.eqd2_gy),
        ]
        for row in sheet.rows
    ]
    table = Table(
        caption="At a point that receives the dose in full",
        columns=["regimen", "tissue", "alpha/beta [Gy]", "BED [Gy]", "EQD2 [Gy]"],
        rows=rows,
    )
    return Section(title=title, blocks=[table, *(Paragraph(text=rule) for rule in sheet.rules)])


def timeline_section(timeline: Timeline) -> Section:
    """Return a timeline as a picture and a table, its conflicts first.

    Parameters
    ----------
    timeline : Timeline
    """
    conflicts = [Paragraph(text=f"Conflict: {c}", tone="exceeds") for c in timeline.conflicts]
    table = Table(
        caption=f"Dates of {timeline.protocol.name} from {timeline.start}",
        columns=["step", "first day", "last day", "latest", "source"],
        rows=[_event_row(event) for event in timeline.events],
    )
    picture = Figure(
        caption=f"{timeline.protocol.name} from {timeline.start}",
        alternative=f"{len(timeline.events)} events and {len(timeline.conflicts)} conflicts, as in the table",
        svg=timeline_svg(timeline),
    )
    assumed = [Paragraph(text=text) for text in timeline.assumptions]
    return Section(
        title=f"Timeline of {timeline.protocol.name}", blocks=[*conflicts, picture, table, *assumed]
    )


def _event_row(event: Event) -> list[Cell]:
    def day(value: object) -> str:
        return "\N{EN DASH}" if value is None else str(value)

    marks = [
        text for text, holds in (("not before", event.not_before), ("optional", event.optional)) if holds
    ]
    notes = [*marks, *event.notes, *([event.reason] if event.reason else [])]
    return [
        Cell(text=event.label, note="; ".join(notes)),
        Cell(text=day(event.first)),
        Cell(text=day(event.last)),
        Cell(text=day(event.latest_last)),
        Cell(text=event.source),
    ]
