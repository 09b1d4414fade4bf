"""What else a re-irradiation answer knows: what flips verdicts, targets, cord rules, what others observed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rtplan.reirradiation import Reirradiation
from rtplan.reirradiation.beside import CordRuleSet, OrganResidual, RertClass, rert_items
from rtplan.reirradiation.organ import OrganRow
from rtplan.report.model import Block, Cell, Facts, Paragraph, Section, Table
from rtplan.report.parts import number_cell, verdict_cell
from rtplan.report.reirradiation.pictures import short_label

__all__ = ["flip_blocks", "further_sections", "residual_blocks"]

_NONE: Final = "\N{EN DASH}"
_SIGNS: Final = {"<=": "\N{LESS-THAN OR EQUAL TO}", ">=": "\N{GREATER-THAN OR EQUAL TO}"}


def flip_blocks(rows: Sequence[OrganRow]) -> list[Block]:
    """Return at which value of each input a verdict would change; nothing where none was searched."""
    found = [(row, flip) for row in rows for flip in row.flips]
    if not found:
        return []
    cells = [
        [
            Cell(text=row.name),
            Cell(text=row.metric),
            Cell(text=f"{flip.input}, {flip.unit}" if flip.unit else flip.input),
            _figure_cell(flip.stated),
            Cell(
                text=_NONE if flip.low is None or flip.high is None else f"{flip.low:.3g} to {flip.high:.3g}"
            ),
            _figure_cell(flip.at),
            Cell(
                text=(flip.becomes or "unchanged" if flip.low is not None else "not searched").replace(
                    "_", " "
                )
            ),
        ]
        for row, flip in found
    ]
    columns = ["organ", "metric", "input", "stated", "searched", "changes at", "becomes"]
    caption = "What would change a verdict: one input at a time, all others kept"
    notes = [flip.note for _, flip in found]
    return [Table(caption=caption, columns=columns, rows=cells, remarks=notes)]


def _figure_cell(value: float | None) -> Cell:
    return Cell(text=_NONE if value is None else f"{value:.3g}", is_number=True, value=value)


def residual_blocks(result: Reirradiation) -> list[Block]:
    """Return how well the organs' contours of both courses meet after the registration."""
    found = result.registration_quality
    if not found:
        return []
    several = len(result.priors) > 1
    columns = ["organ", *(["course"] if several else []), "Dice", "surfaces apart, mean, mm"]
    columns += ["at most, mm", "centres apart, mm", "determinant", "rotation, degrees"]
    rows = [
        [
            Cell(text=one.organ),
            *([Cell(text=short_label(one.course))] if several else []),
            number_cell(one.dice, digits=3),
            number_cell(one.mean_surface_mm, digits=1),
            number_cell(one.largest_surface_mm, digits=1),
            number_cell(one.centroid_distance_mm, digits=1),
            number_cell(one.determinant, digits=3),
            number_cell(one.rotation_degrees, digits=1),
        ]
        for one in found
    ]
    caption = f"How the organs' contours of both courses meet {_joined_by(found)}"
    return [Table(caption=caption, columns=columns, rows=rows, remarks=[one.reason or "" for one in found])]


def _joined_by(found: Sequence[OrganResidual]) -> str:
    """Return what brought both courses' contours together: no registration where they share a frame."""
    ways = {True: "after the registration", False: "in the frame of reference that they share, unregistered"}
    return " or ".join(ways[way] for way in ways if way in {one.is_registered for one in found})


def further_sections(result: Reirradiation) -> list[Section]:
    """Return targets and body, cord rules, the class, and published observations, where there are any."""
    parts: list[tuple[str, list[Block]]] = [
        ("Cumulative dose of targets and body", [*_target_blocks(result), *_body_blocks(result)]),
        ("Published rules for the cord", [b for rule in result.cord_rules for b in _rule_blocks(rule)]),
        ("Class of re-irradiation", _class_blocks(result.rert_class)),
        ("Observed by others", _observed_blocks(result)),
    ]
    return [Section(title=title, blocks=blocks) for title, blocks in parts if blocks]


def _target_blocks(result: Reirradiation) -> list[Block]:
    if not result.targets:
        return []
    rows = [
        [
            Cell(text=dose.name, note=f"alpha/beta {dose.alpha_beta_gy:g} Gy"),
            Cell(text=dose.metric),
            number_cell(dose.new_gy.value, uncertainty=dose.new_gy.uncertainty),
            number_cell(dose.total_gy.value, uncertainty=dose.total_gy.uncertainty),
            number_cell(dose.total_bed_gy),
        ]
        for dose in result.targets
    ]
    columns = ["target", "metric", "new course, Gy EQD2", "all courses, Gy EQD2", "all courses, Gy BED"]
    reasons = [dose.total_gy.reason or "" for dose in result.targets]
    return [Table(caption="Targets, every course in full", columns=columns, rows=rows, remarks=reasons)]


def _body_blocks(result: Reirradiation) -> list[Block]:
    if not result.body:
        return []
    rows = [
        [
            Cell(
                text=f"{above.level_gy:g}",
                note=f"alpha/beta {above.alpha_beta_gy:g} Gy",
                value=above.level_gy,
            ),
            number_cell(above.volume_cc, uncertainty=above.uncertainty_cc, digits=1),
            number_cell(above.in_targets_cc, digits=1),
            number_cell(above.not_covered_cc, digits=1),
        ]
        for above in result.body
    ]
    columns = ["above, Gy EQD2", "volume, cc", "of it in targets, cc", "not covered, cc"]
    return [Table(caption="Body outside all named organs", columns=columns, rows=rows)]


def _rule_blocks(rule: CordRuleSet) -> list[Block]:
    title = f"{rule.name}, {rule.organ}" if rule.organ else rule.name
    source = f" Source: {rule.source}." if rule.source else ""
    if not rule.conditions:
        return [Paragraph(text=f"{title}: not evaluable. {rule.statement}{source}", tone="not_evaluable")]
    rows = [
        [
            verdict_cell(one.judgement.verdict),
            Cell(text=one.name),
            number_cell(one.value, uncertainty=one.uncertainty),
            Cell(
                text=f"{_SIGNS.get(one.comparator, one.comparator)} {one.limit:g} {one.unit}", is_number=True
            ),
        ]
        for one in rule.conditions
    ]
    columns = ["verdict", "condition", "value", "limit"]
    reasons = [one.judgement.reason or "" for one in rule.conditions]
    table = Table(caption=title, columns=columns, rows=rows, remarks=reasons)
    return [table, Paragraph(text=f"{rule.statement}{source}")]


def _class_blocks(found: RertClass | None) -> list[Block]:
    """Return the class where the numbers decide it, else what the clinician may choose from."""
    if found is None:
        return []
    texts = {item.item: item.text for item in rert_items()}
    if found.decided is not None:
        chosen = (found.decided, texts.get(found.decided, ""))
        return [Facts(caption="ESTRO/EORTC consensus", items=[chosen, ("because", found.reason)])]
    items = [(name, texts[name]) for name in found.candidates]
    items += [("why it is open", found.reason), *(("informing", said) for said in found.informing)]
    return [Facts(caption="ESTRO/EORTC consensus: for the clinician to choose", items=items)]


def _observed_blocks(result: Reirradiation) -> list[Block]:
    if not result.observations:
        return []
    rows = [
        [
            Cell(text=seen.organ),
            Cell(text=seen.text),
            Cell(text=_NONE if seen.alpha_beta_gy is None else f"{seen.alpha_beta_gy:g} Gy"),
            Cell(text=seen.endpoint or _NONE, note=seen.note),
            Cell(text=seen.source, note=seen.verification),
        ]
        for seen in result.observations
    ]
    columns = ["organ", "observed", "alpha/beta", "endpoint", "source"]
    return [
        Table(caption="Doses that were given and what followed; none is a limit", columns=columns, rows=rows)
    ]
