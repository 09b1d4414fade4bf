"""A plan check as a report, or as sections of another one."""

from __future__ import annotations

from collections.abc import Sequence

from rtplan.evaluation import Evaluation, gravest_first
from rtplan.plan_check import JudgedDistance, PlanCheck
from rtplan.provenance import InputRecord
from rtplan.report.model import Block, Cell, Facts, Paragraph, Report, Section, Table, Tile
from rtplan.report.parts import (
    STATEMENT,
    case_name,
    input_section,
    number,
    number_cell,
    provenance,
    verdict_cell,
    verdict_counts,
    warning_blocks,
    worst_tone,
)
from rtplan.target_distance import TargetDistance
from rtplan.verdict import Verdict

__all__ = ["check_report", "check_sections", "check_tile", "distance_tile"]


def check_report(check: PlanCheck, *, inputs: Sequence[InputRecord], date: str | None) -> Report:
    """Build the report of a plan check.

    Parameters
    ----------
    check : PlanCheck
    inputs : sequence of InputRecord
    date : str or None
        The report's date as stated; None leaves a line to fill in.
    """
    return Report(
        title="Plan check",
        subtitle=f"{case_name(inputs)}: {check.treatment.label}",
        date=date,
        statement=STATEMENT,
        tiles=[check_tile(check), *distance_tile(check), _fraction_tile(check)],
        summary=_open_questions(check),
        sections=[*check_sections(check), input_section(inputs)],
        provenance=provenance(),
    )


def check_tile(check: PlanCheck) -> Tile:
    """Return how many limits are kept, exceeded, open."""
    verdicts = [e.verdict for e in check.limits.evaluations]
    return Tile(
        label=f"New plan against {check.constraint_set.name}",
        value=verdict_counts(verdicts),
        note="limits of one published table",
        tone=worst_tone(verdicts),
    )


def distance_tile(check: PlanCheck) -> list[Tile]:
    """Return the distance from the tumour to the cord, where either is contoured."""
    found = next((d for d in check.distances if d.to_organ == "SpinalCord"), None)
    if found is None:
        return []
    label = f"{found.from_name} to {found.to_name}"
    if found.distance_mm is None:
        return [Tile(label=label, value="not evaluable", note=found.reason or "", tone="not_evaluable")]
    interval = f"{number(found.low_mm, 1)} to {number(found.high_mm, 1)} mm across planes"
    return [Tile(label=label, value=f"{found.distance_mm:.1f} mm", note=interval)]


def _fraction_tile(check: PlanCheck) -> Tile:
    n_fractions = check.fractions.n_fractions
    if n_fractions is None:
        reason = check.treatment.n_fractions_reason
        return Tile(label="Fractions", value="unknown", note=reason, tone="not_evaluable")
    return Tile(label="Fractions", value=str(n_fractions), note="limits for this number are used")


def _open_questions(check: PlanCheck) -> list[Block]:
    """Return the limits that could not be judged because no structure stands for their organ."""
    missing = sorted({e.organ for e in check.limits.evaluations if e.structure is None})
    if not missing:
        return []
    return [Paragraph(text=f"No structure stands for: {', '.join(missing)}.", tone="not_evaluable")]


def check_sections(check: PlanCheck) -> list[Section]:
    """Return the sections of a plan check: verdicts, distances, names, what is odd."""
    sections = [
        Section(title=f"New plan against {check.constraint_set.name}", blocks=_verdict_blocks(check)),
        Section(
            title="Distances", blocks=[_distance_table(check.distances), *_judged(check.judged_distances)]
        ),
        Section(title="Which structure stands for which organ", blocks=[_name_table(check)]),
    ]
    if check.findings:
        sections.append(Section(title="What to know about this plan", blocks=warning_blocks(check.findings)))
    return sections


def _verdict_blocks(check: PlanCheck) -> list[Block]:
    """Return the verdicts on contoured organs, the gravest first, and what else the table asks for."""
    contoured = [e for e in check.limits.evaluations if e.structure is not None]
    rows = [_verdict_row(e) for e in gravest_first(contoured)]
    columns = [
        "verdict",
        "organ",
        "metric",
        "value",
        "limit",
        "margin",
        "endpoint",
        "how the limit was verified",
    ]
    sources = sorted({e.constraint.source for e in contoured if e.constraint})
    return [
        Table(caption="Verdicts on contoured organs, sorted by gravity", columns=columns, rows=rows),
        *_open_questions(check),
        Facts(
            caption="Source of the limits",
            items=[
                ("set", check.constraint_set.name),
                ("content SHA-256", check.constraint_set.sha256),
                *(("source", source) for source in sources),
            ],
        ),
    ]


def _verdict_row(e: Evaluation) -> list[Cell]:
    c = e.constraint
    unit = c.unit if c else ""
    organ_note = "" if e.structure in (None, e.organ) else f"{e.structure} ({e.evidence})"
    return [
        verdict_cell(e.verdict, note=e.judgement.reason),
        Cell(text=e.organ, note=organ_note),
        Cell(text=e.metric or "\N{EN DASH}"),
        number_cell(e.value, uncertainty=e.uncertainty),
        Cell(
            text=f"{c.comparator} {c.limit} {unit}" if c else "\N{EN DASH}",
            note=c.priority if c else "",
            is_number=True,
        ),
        number_cell(e.judgement.margin),
        Cell(text=(c.endpoint if c else "") or "\N{EN DASH}"),
        Cell(text=c.verification if c else "\N{EN DASH}"),
    ]


def _distance_table(distances: Sequence[TargetDistance]) -> Table:
    columns = ["from", "to", "distance, mm", "across planes, mm", "overlap, cc", "notes"]
    rows = [
        [
            Cell(text=d.from_name),
            Cell(text=d.to_name),
            number_cell(d.distance_mm, reason=d.reason, digits=1),
            Cell(text=f"{number(d.low_mm, 1)} to {number(d.high_mm, 1)}", is_number=True),
            number_cell(d.overlap_cc),
            Cell(text="; ".join(d.notes)),
        ]
        for d in distances
    ]
    return Table(caption="Shortest distances of the contours as drawn", columns=columns, rows=rows)


def _judged(judged: Sequence[JudgedDistance]) -> list[Block]:
    if not judged:
        return []
    rows = [
        [
            verdict_cell(j.judgement.verdict, note=j.judgement.reason),
            Cell(text=f"{j.distance.from_name} to {j.distance.to_name}"),
            Cell(text=f"{j.rule.comparator} {j.rule.limit_mm:g} mm"),
            Cell(text=j.rule.statement, note=j.rule.source),
        ]
        for j in judged
    ]
    return [Table(caption="Distance rules", columns=["verdict", "between", "rule", "statement"], rows=rows)]


def _name_table(check: PlanCheck) -> Table:
    rows = [
        [Cell(text=a.written), Cell(text=a.standard or "\N{EN DASH}"), Cell(text=a.evidence.value)]
        for a in check.assignment.assigned
    ]
    rows += [
        [Cell(text=m.written), Cell(text="none"), Cell(text=m.reason or "\N{EN DASH}")]
        for m in check.assignment.unmatched
    ]
    return Table(caption="Names", columns=["structure", "organ", "evidence"], rows=rows)


def judged_verdicts(check: PlanCheck) -> list[Verdict]:
    """Return every verdict of a check, limits and distance rules."""
    return [e.verdict for e in check.limits.evaluations] + [
        j.judgement.verdict for j in check.judged_distances
    ]
