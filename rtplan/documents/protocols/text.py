"""Protocols, screenings, regimen sheets and timelines as text for a person."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from rtplan.protocols import (
    STATUSES,
    AfterEarlier,
    CriterionResult,
    Event,
    Protocol,
    RegimenRow,
    RegimenSheet,
    Screening,
    Timeline,
)
from rtplan.text import columns

__all__ = ["protocol_text", "screening_text", "sheet_text", "timeline_text"]

_WIDTH = 100


def screening_text(screening: Screening) -> str:
    """Return a screening for a person: what speaks against first, then what is open, then the rest."""
    protocol = screening.protocol
    lines = [f"{protocol.name} ({protocol.registry}), record date: {protocol.record_date}", screening.summary]
    titles = {
        "not_met": "Speaks against",
        "unknown": "Not known: something is missing",
        "clinician": "For a clinician",
        "met": "Met (an exclusion criterion: does not apply)",
    }
    for status in STATUSES:
        results = screening.with_status(status)
        if results:
            lines += ["", f"{titles[status]} ({len(results)})"]
            lines += [line for result in results for line in _result_lines(result, full=status != "met")]
    lines += _listed("Not specified by the record", protocol.not_specified)
    return "\n".join(lines)


def _result_lines(result: CriterionResult, *, full: bool) -> list[str]:
    """One criterion; what is met takes one line."""
    known = result.value or "; ".join(result.reasons)
    lines = [f"  {result.criterion.id}: {known}"]
    if full:
        lines += _wrapped(f"record: {result.criterion.text} [{result.criterion.source}]")
        lines += _wrapped(f"asks: {result.criterion.required}")
    if result.value and result.reasons:
        lines += _wrapped("; ".join(result.reasons))
    lines += [
        line for note in (*result.notes, *map(str, result.conflicts)) for line in _wrapped(f"note: {note}")
    ]
    return lines


def _wrapped(text: str) -> list[str]:
    return wrap(text, width=_WIDTH, initial_indent="      ", subsequent_indent="        ")


def _listed(title: str, texts: Sequence[str]) -> list[str]:
    if not texts:
        return []
    return [
        "",
        title,
        *(
            line
            for text in texts
            for line in wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="    ")
        ),
    ]


def protocol_text(protocol: Protocol, sheet: RegimenSheet) -> str:
    """Return a protocol with its regimen sheet for a person."""
    lines = [
        f"{protocol.name} ({protocol.registry}; {protocol.registry_note})",
        *wrap(protocol.title, _WIDTH),
        f"phase {protocol.phase}; {protocol.design}; {protocol.sponsor}; {protocol.status}",
        f"record date: {protocol.record_date}; protocol file version {protocol.version}, {protocol.sha256}",
        "",
        *wrap(protocol.treatment, _WIDTH),
        "",
        *_regimen_lines(protocol),
        "",
        sheet_text(sheet),
    ]
    for kind, title in (
        ("inclusion", "Inclusion"),
        ("exclusion", "Exclusion"),
        ("treatment", "Rules of treatment"),
    ):
        lines += _criteria_lines(protocol, kind, title)
    lines += _listed(
        "Endpoints", [f"{e.role}: {e.text} {e.horizon} [{e.source}]" for e in protocol.endpoints]
    )
    lines += _listed("Not specified by the record", protocol.not_specified)
    lines += _listed(
        "Conflicts and notes",
        [f"{'conflict: ' if note.conflict else ''}{note} [{note.source}]" for note in protocol.notes],
    )
    return "\n".join(lines)


def _regimen_lines(protocol: Protocol) -> list[str]:
    if not protocol.regimens:
        return ["Regimen: not specified by the record"]
    lines = ["Regimens"]
    for entry in protocol.regimens:
        who = "with" if entry.after_pelvic_radiotherapy else "without"
        lines.append(f"  {entry.label}, {who} earlier pelvic radiotherapy [{entry.source}]")
        lines += [line for note in protocol.notes_on(entry.id) for line in _wrapped(f"note: {note}")]
    return lines


def _criteria_lines(protocol: Protocol, kind: str, title: str) -> list[str]:
    chosen = [criterion for criterion in protocol.criteria if criterion.kind == kind]
    if not chosen:
        return []
    lines = ["", title]
    for criterion in chosen:
        lines += wrap(
            f"{criterion.id}: {criterion.text} [{criterion.source}]",
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
        )
        lines += _wrapped(f"asks: {criterion.required}")
        if criterion.reading:
            lines += _wrapped(f"read as: {criterion.reading}")
    return lines


def sheet_text(sheet: RegimenSheet) -> str:
    """Return a regimen sheet for a person."""
    if not sheet.rows:
        return "Regimen sheet: not specified by the record"
    fractions = [n for n, _ in sheet.rows[0].isoeffective]
    table = [
        ["regimen", "for", "Gy/fx", "tissue", "a/b", "BED", "EQD2", *(f"same in {n} fx" for n in fractions)],
        *(_sheet_cells(row) for row in sheet.rows),
    ]
    after = [["after", "then", "tissue", "a/b", "earlier EQD2", "sum BED", "sum EQD2", "protocol gives it"]]
    after += [_after_cells(row) for row in sheet.after]
    notes = dict.fromkeys(note for row in sheet.rows for note in row.notes)
    parts = [
        "Regimen sheet, Gy, at a point that receives the dose in full",
        *columns(table),
        "",
        "After earlier pelvic treatment, without recovery",
        *columns(after),
        *sheet.rules,
        *(f"alpha/beta {t.alpha_beta:g} ({t.name}): {t.source}" for t in sheet.tissues),
        *(f"note: {note}" for note in notes),
    ]
    return "\n".join(parts)


def _sheet_cells(row: RegimenRow) -> list[str]:
    return [
        str(row.regimen),
        "re-irradiation" if row.entry.after_pelvic_radiotherapy else "primary",
        f"{row.regimen.dose_per_fraction:.2f}",
        row.tissue.name,
        f"{row.tissue.alpha_beta:g}",
        f"{row.bed_gy:.2f}",
        f"{row.eqd2_gy:.2f}",
        *(f"{dose:.2f}" for _, dose in row.isoeffective),
    ]


def _after_cells(row: AfterEarlier) -> list[str]:
    def shown(value: float | None) -> str:
        return "-" if value is None else f"{value:.2f}"

    return [
        row.earlier.regimen,
        str(row.regimen),
        row.tissue.name,
        f"{row.tissue.alpha_beta:g}",
        shown(row.earlier_eqd2_gy),
        shown(row.cumulative_bed_gy),
        shown(row.cumulative_eqd2_gy),
        "yes" if row.given_after_pelvic_radiotherapy else "no",
    ]


def timeline_text(timeline: Timeline) -> str:
    """Return a timeline for a person: conflicts first, then the dates."""
    protocol = timeline.protocol
    table = [["step", "first day", "last day", "latest"]]
    table += [_event_cells(event) for event in timeline.events]
    lines = [f"{protocol.name} ({protocol.registry}) from {timeline.start}"]
    lines += [f"conflict: {conflict}" for conflict in timeline.conflicts] or ["no conflict found"]
    lines += ["", *columns(table), *_event_notes(timeline)]
    steps = dict.fromkeys(event.step for event in timeline.events)
    notes = dict.fromkeys(f"note: {note}" for note in protocol.notes_on(*steps))
    assumed = (f"assumed: {text}" for text in timeline.assumptions)
    return "\n".join([*lines, *(line for text in (*notes, *assumed) for line in _hanging(text))])


def _hanging(text: str) -> list[str]:
    return wrap(text, _WIDTH, subsequent_indent="  ")


def _event_cells(event: Event) -> list[str]:
    days = ["-" if day is None else str(day) for day in (event.first, event.last, event.latest_last)]
    marks = [
        text for text, is_so in (("not before", event.not_before), ("optional", event.optional)) if is_so
    ]
    return [event.label + "".join(f" [{mark}]" for mark in marks), *days]


def _event_notes(timeline: Timeline) -> list[str]:
    """Why a line has no date, and what was moved."""
    notes = [
        f"{event.label}: {text}"
        for event in timeline.events
        for text in (*event.notes, *((event.reason,) if event.reason else ()))
    ]
    return ["", *(line for note in notes for line in _hanging(note)), ""] if notes else [""]
