"""A plan check as a report, or as sections of another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rtplan.files import InputRecord
from rtplan.limits import Constraint, Evaluation, Verdict, acceptances_of, gravest_first
from rtplan.plan_check import Index, JudgedDistance, PlanCheck, TargetDistance, TargetQuality
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

__all__ = ["check_report", "check_sections", "check_tile", "distance_tile"]

_SIGNS: Final = {"<=": "\N{LESS-THAN OR EQUAL TO}", ">=": "\N{GREATER-THAN OR EQUAL TO}"}
_NONE: Final = "\N{EN DASH}"


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
    """Return drawn organs without a limit first, then what was required, then what is not drawn."""
    blocks = [*_without_limit(check), *_required(check)]
    not_drawn = sorted({e.organ for e in check.limits.not_drawn})
    if not_drawn:
        blocks.append(Paragraph(text=f"Not drawn, no limit judged: {', '.join(not_drawn)}."))
    return blocks


def _without_limit(check: PlanCheck) -> list[Block]:
    """Return the drawn organs that no verdict speaks of, with what they get."""
    return [
        Paragraph(
            text=f"Drawn, and no limit at this number of fractions: {one.organ} ({one.structure}), maximum "
            f"{number(one.maximum_gy.value)} Gy, mean {number(one.mean_gy.value)} Gy. {one.reason}.",
            tone="not_evaluable" if one.at_other_fractions else "plain",
        )
        for one in check.drawn_without_limit
    ]


def _required(check: PlanCheck) -> list[Block]:
    return [
        Paragraph(text=f"{one.organ} is required: {one.reason}.", tone="not_evaluable")
        for one in check.required
        if one.reason
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
    contoured = gravest_first([e for e in check.limits.evaluations if e.is_drawn])
    verifications = {e.constraint.verification for e in contoured if e.constraint}
    columns = ["verdict", "organ", "metric", "value", "limit", "margin", "endpoint"]
    differ = len(verifications) > 1
    return [
        Table(
            caption="Verdicts on contoured organs, gravest first, then by margin",
            columns=[*columns, "how the limit was verified"] if differ else columns,
            rows=[_verdict_row(e, with_verification=differ) for e in contoured],
            remarks=[_verdict_remark(e, check) for e in contoured],
        ),
        *_open_questions(check),
        _limit_sources(check, contoured, verifications),
    ]


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


def _verdict_row(e: Evaluation, *, with_verification: bool) -> list[Cell]:
    c = e.constraint
    organ_note = "" if e.structure in (None, e.organ) else f"{e.structure} ({e.evidence})"
    return [
        verdict_cell(e.verdict),
        Cell(text=e.organ, note=organ_note),
        Cell(text=e.metric or _NONE),
        number_cell(e.value, uncertainty=e.uncertainty, metric=e.metric or ""),
        Cell(text=_limit_text(c), note=c.priority if c else "", is_number=True),
        number_cell(e.margin),
        Cell(text=(c.endpoint if c else "") or _NONE),
        *([Cell(text=c.verification if c else _NONE)] if with_verification else []),
    ]


def _limit_text(constraint: Constraint | None) -> str:
    """Return a limit with its unit; what is no plain number is shown as published."""
    if constraint is None:
        return _NONE
    if constraint.comparator is None or constraint.limit is None:
        return constraint.limit_as_published or _NONE
    sign = _SIGNS.get(constraint.comparator, constraint.comparator)
    return f"{sign} {constraint.limit} {constraint.unit}"


def _verdict_remark(e: Evaluation, check: PlanCheck) -> str:
    """Return why the verdict is what it is, when the limit holds, and who accepted it nevertheless."""
    c = e.constraint
    said = [e.reason or ""]
    said += [f"holds for: {c.condition}" if c.condition else "", c.derived] if c else []
    said += [
        f"accepted by {a.accepted_by}: {a.because}; the verdict stands"
        for a in acceptances_of(e, check.acceptances)
    ]
    return "; ".join(text for text in said if text)


def _target_sections(check: PlanCheck) -> list[Section]:
    """Return coverage and conformity of every target, one column each."""
    if not check.targets:
        reported = _icru_blocks(check)
        return [Section(title="Targets", blocks=reported)] if reported else []
    names = list(dict.fromkeys(index.name for target in check.targets for index in target.indices))
    found = [{index.name: index for index in target.indices} for target in check.targets]
    table = Table(
        caption="Coverage and conformity",
        columns=["index", *(target.structure for target in check.targets)],
        rows=[[Cell(text=name), *(_index_cell(of.get(name)) for of in found)] for name in names],
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
    return target.prescription_reason or known or _NONE


def _index_reasons(name: str, targets: Sequence[TargetQuality]) -> str:
    reasons = [(t.structure, i.reason) for t in targets for i in t.indices if i.name == name and i.reason]
    return "; ".join(f"{structure}: {reason}" for structure, reason in reasons)


def _index_cell(index: Index | None) -> Cell:
    return number_cell(None) if index is None else number_cell(index.value, uncertainty=index.uncertainty)


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
    return [e.verdict for e in check.limits.evaluations if e.verdict is not None] + [
        j.judgement.verdict for j in check.judged_distances
    ]
