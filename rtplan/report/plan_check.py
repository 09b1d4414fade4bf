"""A plan check as a report, or as sections of another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rtplan.files import InputRecord
from rtplan.limits import Evaluation, Verdict, verdict_cell
from rtplan.plan_check import (
    DISTANCE_COLUMNS,
    LEADING,
    VERDICT_COLUMNS,
    AcceptedEvaluation,
    Index,
    JudgedDistance,
    PlanCheck,
    TargetDistance,
    TargetQuality,
    gravest_rows,
)
from rtplan.report.model import Block, Facts, Paragraph, Report, Section, Table, Tile
from rtplan.report.parts import (
    STATEMENT,
    case_name,
    input_section,
    provenance,
    verdict_counts,
    warning_blocks,
    worst_tone,
)
from rtplan.text import (
    ABSENT,
    Cell,
    Column,
    comparator_text,
    decimals_of,
    headed,
    number_cell,
    range_text,
    value_text,
)

__all__ = ["check_report", "check_sections", "check_table", "check_tile", "distance_tile"]

_ON_PAGE_ONE: Final = 14
"""Verdicts for which the page to be signed has room."""


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
        summary=[*_open_questions(check), *_gravest(check)],
        sections=[*check_sections(check), input_section(inputs)],
        provenance=provenance(),
    )


def check_tile(check: PlanCheck) -> Tile:
    """Return how many limits are kept, exceeded, open."""
    verdicts = [e.verdict for e in check.limits.evaluations if e.verdict is not None]
    note = "limits of one published table"
    if not_drawn := check.limits.not_drawn:
        note += f"; {len(not_drawn)} more are of organs that are not drawn"
    return Tile(
        label=f"New plan against {check.constraint_set.name}",
        value=verdict_counts(verdicts) if check.n_judged else "nothing was judged",
        note=note,
        tone=worst_tone(verdicts) if check.n_judged else "not_evaluable",
    )


def distance_tile(check: PlanCheck) -> list[Tile]:
    """Return the distance from the tumour to the cord, where either is contoured."""
    distance = next((d for d in check.distances if d.to_organ == "SpinalCord"), None)
    if distance is None:
        return []
    label = f"{distance.from_name} to {distance.to_name}"
    if distance.distance_mm is None:
        return [Tile(label=label, value="not evaluable", note=distance.reason or "", tone="not_evaluable")]
    interval = f"{range_text(distance.low_mm, distance.high_mm)} mm across planes"
    return [Tile(label=label, value=f"{value_text(distance.distance_mm)} mm", note=interval)]


def _fraction_tile(check: PlanCheck) -> Tile:
    n_fractions = check.fractions.n_fractions
    if n_fractions is None:
        reason = check.treatment.n_fractions_reason
        return Tile(label="Fractions", value="unknown", note=reason, tone="not_evaluable")
    return Tile(label="Fractions", value=str(n_fractions), note="limits for this number are used")


def _open_questions(check: PlanCheck) -> list[Block]:
    """Return drawn organs without a limit first, then what was required, then what is not drawn."""
    blocks = [*_without_limit(check), *_required(check)]
    not_drawn = sorted({e.organ for e in check.limits.not_drawn})
    if not_drawn:
        blocks.append(Paragraph(text=f"Not drawn, no limit judged: {', '.join(not_drawn)}."))
    return blocks


def _gravest(check: PlanCheck) -> list[Block]:
    """Return the gravest verdicts for page one, and how many more there are."""
    contoured = gravest_rows([row for row in check.verdict_rows if row.evaluation.is_drawn])
    if not contoured:
        return []
    table = replace(check_table(contoured[:_ON_PAGE_ONE]), caption="Gravest verdicts, then by margin")
    further = len(contoured) - _ON_PAGE_ONE
    more = [Paragraph(text=f"{further} further on page 2, none graver than these.")] if further > 0 else []
    return [table, *more]


def _without_limit(check: PlanCheck) -> list[Block]:
    """Return the drawn organs that no verdict speaks of, with what they get."""
    return [
        Paragraph(
            text=f"Drawn, and no limit at this number of fractions: {drawn.organ} ({drawn.structure}), "
            f"maximum {value_text(drawn.maximum_gy.value)} Gy, mean {value_text(drawn.mean_gy.value)} Gy. "
            f"{drawn.reason}.",
            tone="not_evaluable" if drawn.at_other_fractions else "plain",
        )
        for drawn in check.drawn_without_limit
    ]


def _required(check: PlanCheck) -> list[Block]:
    return [
        Paragraph(text=f"{organ.organ} is required: {organ.reason}.", tone="not_evaluable")
        for organ in check.required
        if organ.reason
    ]


def check_sections(check: PlanCheck) -> list[Section]:
    """Return the sections of a plan check: verdicts, distances, names, what is odd."""
    sections = [
        Section(title=f"New plan against {check.constraint_set.name}", blocks=_verdict_blocks(check)),
        *_target_sections(check),
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
    contoured = gravest_rows([row for row in check.verdict_rows if row.evaluation.is_drawn])
    verifications = {row.constraint.verification for row in contoured if row.constraint}
    return [
        check_table(contoured),
        *_open_questions(check),
        _limit_sources(check, [row.evaluation for row in contoured], verifications),
    ]


def check_table(
    rows: Sequence[AcceptedEvaluation], columns: Sequence[Column[AcceptedEvaluation]] = VERDICT_COLUMNS
) -> Table:
    """Return verdicts as a table: structure and evidence under the organ, the reason under the row.

    How a limit was verified has a column only where the limits differ in it.
    """
    differ = len({row.constraint.verification for row in rows if row.constraint}) > 1
    heading = "how the limit was verified" if differ else ""
    said_elsewhere = ("structure", "reason")
    shown = headed(
        [
            replace(column, heading=heading) if column.key == "verification" else column
            for column in columns
            if column.key not in said_elsewhere
        ],
        rows,
        first=LEADING,
    )
    return Table(
        caption="Verdicts on contoured organs, gravest first, then by margin",
        columns=[column.title for column in shown],
        rows=[[_with_structure(column, row) for column in shown] for row in rows],
        remarks=[_verdict_remark(row) for row in rows],
    )


def _with_structure(column: Column[AcceptedEvaluation], row: AcceptedEvaluation) -> Cell:
    """Return a cell; the organ's names the structure that stands for it where their names differ."""
    evaluation = row.evaluation
    if column.key != "organ" or evaluation.structure in (None, evaluation.organ):
        return column.cell(row)
    return replace(column.cell(row), note=f"{evaluation.structure} ({evaluation.evidence})")


def _limit_sources(check: PlanCheck, contoured: Sequence[Evaluation], verifications: set[str]) -> Facts:
    """Return which sets were used, by content, and where their limits are from."""
    items = []
    for used in (check.constraint_set, *check.further_sets):
        items += [("set", used.name), ("content SHA-256", used.sha256)]
    items += [
        ("source", source) for source in sorted({e.constraint.source for e in contoured if e.constraint})
    ]
    if len(verifications) == 1:
        items.append(("how the limits were verified", next(iter(verifications))))
    return Facts(caption="Source of the limits", items=items)


def _verdict_remark(row: AcceptedEvaluation) -> str:
    """Return why the verdict is what it is, when the limit holds, and who accepted it nevertheless."""
    limit = row.constraint
    remarks = [row.evaluation.reason or ""]
    remarks += [f"holds for: {limit.condition}" if limit.condition else "", limit.derived] if limit else []
    remarks += [f"accepted by {a.accepted_by}: {a.because}; the verdict stands" for a in row.acceptances]
    return "; ".join(text for text in remarks if text)


def _target_sections(check: PlanCheck) -> list[Section]:
    """Return coverage and conformity of every target, one column each."""
    if not check.targets:
        reported = _icru_blocks(check)
        return [Section(title="Targets", blocks=reported)] if reported else []
    names = list(dict.fromkeys(index.name for target in check.targets for index in target.indices))
    by_name = [{index.name: index for index in target.indices} for target in check.targets]
    table = Table(
        caption="Coverage and conformity",
        columns=["index", *(target.structure for target in check.targets)],
        rows=[[Cell(text=name), *(_index_cell(indices.get(name)) for indices in by_name)] for name in names],
        remarks=[_index_reasons(name, check.targets) for name in names],
    )
    prescribed = [(t.structure, _prescription_text(t)) for t in check.targets]
    notes = dict.fromkeys(note for target in check.targets for note in target.notes)
    blocks: list[Block] = [table, Facts(caption="Prescription that the indices speak of", items=prescribed)]
    blocks += _icru_blocks(check)
    return [Section(title="Targets", blocks=[*blocks, *(Paragraph(text=note) for note in notes)])]


def _icru_blocks(check: PlanCheck) -> list[Block]:
    """Return the reporting doses of every target, one column each, and by which rule."""
    if not check.icru:
        return []
    names = list(dict.fromkeys(name for block in check.icru for name in block.values))
    table = Table(
        caption="Reporting doses",
        columns=["dose", *(block.structure for block in check.icru)],
        rows=[[Cell(text=name), *(_index_cell(b.values.get(name)) for b in check.icru)] for name in names],
    )
    rules = dict.fromkeys((block.rule, block.verification) for block in check.icru)
    return [table, Facts(caption="Reporting rules", items=list(rules))]


def _prescription_text(target: TargetQuality) -> str:
    known = "" if target.prescription_gy is None else f"{target.prescription_gy:g} Gy"
    return target.prescription_reason or known or ABSENT


def _index_reasons(name: str, targets: Sequence[TargetQuality]) -> str:
    reasons = [(t.structure, i.reason) for t in targets for i in t.indices if i.name == name and i.reason]
    return "; ".join(f"{structure}: {reason}" for structure, reason in reasons)


def _index_cell(index: Index | None) -> Cell:
    if index is None:
        return number_cell(None)
    return number_cell(index.value, uncertainty=index.uncertainty, digits=decimals_of(index.unit))


def _distance_table(distances: Sequence[TargetDistance]) -> Table:
    shown = headed(DISTANCE_COLUMNS, distances)
    return Table(
        caption="Shortest distances of the contours as drawn",
        columns=[column.title for column in shown],
        rows=[[column.cell(distance) for column in shown] for distance in distances],
    )


def _judged(judged: Sequence[JudgedDistance]) -> list[Block]:
    if not judged:
        return []
    rows = [
        [
            verdict_cell(j.judgement.verdict, note=j.judgement.reason),
            Cell(text=f"{j.distance.from_name} to {j.distance.to_name}"),
            Cell(text=f"{comparator_text(j.rule.comparator)} {j.rule.limit_mm:g} mm"),
            Cell(text=j.rule.statement, note=j.rule.source),
        ]
        for j in judged
    ]
    return [Table(caption="Distance rules", columns=["verdict", "between", "rule", "statement"], rows=rows)]


def _name_table(check: PlanCheck) -> Table:
    rows = [
        [Cell(text=a.written), Cell(text=a.standard or ABSENT), Cell(text=a.evidence.value)]
        for a in check.assignment.assigned
    ]
    rows += [
        [Cell(text=m.written), Cell(text="none"), Cell(text=m.reason or ABSENT)]
        for m in check.assignment.unmatched
    ]
    return Table(caption="Names", columns=["structure", "organ", "evidence"], rows=rows)


def judged_verdicts(check: PlanCheck) -> list[Verdict]:
    """Return every verdict of a check, limits and distance rules."""
    return [e.verdict for e in check.limits.evaluations if e.verdict is not None] + [
        j.judgement.verdict for j in check.judged_distances
    ]
