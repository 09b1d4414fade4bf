"""A re-irradiation answer as a report: the answers side by side, with what each rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dicom_io.deformation import DeformableTransform
from dicom_io.metric import MetricValue
from rtplan.joining import InvertedDeformation, UsedTransform
from rtplan.organ_row import OrganRow
from rtplan.plan_check import PlanCheck
from rtplan.provenance import InputRecord
from rtplan.reirradiation import Reirradiation
from rtplan.remaining import Remaining
from rtplan.report.check import check_sections, check_tile, distance_tile
from rtplan.report.model import Block, Cell, Facts, Figure, Paragraph, Report, Section, Table, Tile
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
from rtplan.report.pictures import axial_view, dvh_figure_svg, hottest_plane_mm, slices_figure_svg

__all__ = ["reirradiation_report"]

_BAND: Final = "scenario band"
_RECOVERED: Final = "with recovery"


def reirradiation_report(
    result: Reirradiation,
    *,
    inputs: Sequence[InputRecord],
    warnings: Sequence[str],
    date: str | None,
    check: PlanCheck | None = None,
    extra_sections: Sequence[Section] = (),
) -> Report:
    """Build the report of a re-irradiation.

    Parameters
    ----------
    result : Reirradiation
    inputs : sequence of InputRecord
    warnings : sequence of str
    date : str or None
        The report's date as stated; None leaves a line to fill in.
    check : PlanCheck, optional
        Of the new plan alone, against one published set.
    extra_sections : sequence of Section
        Put before the inputs.

    Returns
    -------
    Report
    """
    judged = [row for row in result.rows if row.judgement is not None]
    sections = [
        Section(title="Cumulative dose", blocks=[_cumulative_table(result.rows), *_readings()]),
        Section(title="Dose-volume histograms", blocks=_dvh_blocks(result)),
        Section(title="Through the hottest part of the sum", blocks=_slice_blocks(result)),
        *_remaining_sections(result.rows),
        *(check_sections(check) if check is not None else []),
        Section(title="Registration", blocks=_registration_blocks(result)),
        Section(title="Assumptions", blocks=_assumption_blocks(result)),
        *extra_sections,
        input_section(inputs),
    ]
    return Report(
        title="Re-irradiation: cumulative dose",
        subtitle=f"{case_name(inputs)}: {'; '.join(c.label for c in (*result.priors, result.new))}",
        date=date,
        statement=STATEMENT,
        tiles=_tiles(result, judged, check),
        summary=[_limit_table(judged), *warning_blocks(warnings)],
        sections=sections,
        provenance=provenance(),
    )


def _tiles(result: Reirradiation, judged: Sequence[OrganRow], check: PlanCheck | None) -> list[Tile]:
    """Return what must be seen first: interval, verdicts, what is left, the new plan alone, the cord."""
    verdicts = [row.verdict for row in judged if row.verdict is not None]
    tiles = [
        Tile(
            label="Interval",
            value=str(gap),
            note=f"from the last fraction of {prior.label.partition(':')[0]}",
        )
        for prior, gap in zip(result.priors, result.intervals, strict=True)
    ]
    tiles.append(
        Tile(
            label="Cumulative limits asked for",
            value=verdict_counts(verdicts),
            note=f"recovery: {result.recovery}",
            tone=worst_tone(verdicts),
        )
    )
    tiles += _least_remaining(judged)
    if check is not None:
        tiles += [check_tile(check), *distance_tile(check)]
    return tiles


def _least_remaining(judged: Sequence[OrganRow]) -> list[Tile]:
    """Return the smallest dose that a point of a limited organ may still receive."""
    known = [
        (left.total_dose_gy, row, left)
        for row in judged
        for left in row.remaining
        if left.total_dose_gy is not None and left.basis.startswith("point") and left.recovery == "none"
    ]
    if not known:
        return []
    total, row, left = min(known, key=lambda one: one[0])
    return [
        Tile(
            label=f"Least left at a point, {row.name}",
            value=f"{total:.1f} Gy in {left.n_fractions}",
            note=f"below {row.limit}; {left.basis}",
        )
    ]


def _limit_table(judged: Sequence[OrganRow]) -> Block:
    """Return the verdicts, the gravest and tightest first."""
    if not judged:
        return Paragraph(text="No cumulative limit was asked for: doses are reported without a verdict.")

    def gravity(row: OrganRow) -> tuple[int, float]:
        assert row.judgement is not None
        return (
            row.judgement.verdict.gravity,
            row.judgement.margin if row.judgement.margin is not None else 0.0,
        )

    columns = [
        "verdict",
        "organ",
        "metric (EQD2)",
        "voxel sum, Gy",
        "bounds, Gy",
        "limit, Gy",
        "margin, Gy",
        "alpha/beta",
    ]
    rows = [
        [
            verdict_cell(row.verdict, note=row.reason),
            Cell(text=row.name, note=row.grade.value),
            Cell(text=row.metric),
            _metric_cell(row.voxel_sum),
            Cell(text=_ends(row.bounds.low, row.bounds.high), is_number=True),
            Cell(text=f"{row.limit.comparator} {row.limit.eqd2_gy:g}" if row.limit else "", is_number=True),
            Cell(text=number(row.judgement.margin if row.judgement else None), is_number=True),
            Cell(text=_alpha_beta(row), is_number=True),
        ]
        for row in sorted(judged, key=gravity)
    ]
    return Table(caption="Cumulative limits that were asked for", columns=columns, rows=rows)


def _alpha_beta(row: OrganRow) -> str:
    return "not stated" if row.alpha_beta_gy is None else f"{row.alpha_beta_gy:g} Gy"


def _metric_cell(value: MetricValue) -> Cell:
    return number_cell(value.value, uncertainty=value.uncertainty, reason=value.reason)


def _ends(low: float | None, high: float | None) -> str:
    return f"{number(low)} to {number(high)}"


def _cumulative_table(rows: Sequence[OrganRow]) -> Table:
    """Return every organ, metric and alpha/beta with all answers side by side."""
    optional = _optional_columns(rows)
    columns = ["organ", "metric"]
    for course in rows[0].courses if rows else ():
        label = course.label.partition(":")[0]
        columns += [f"{label}: physical", f"{label}: EQD2"]
    columns += ["voxel sum", "bounds without registration", "sum of maxima", *optional, "covered"]
    return Table(
        caption="Gy; EQD2 at the organ's alpha/beta, with 95 % half-widths of the numerics",
        columns=columns,
        rows=[_cumulative_row(row, optional) for row in rows],
    )


def _optional_columns(rows: Sequence[OrganRow]) -> tuple[str, ...]:
    """Return the columns that some row has something to say in."""
    said = {
        _BAND: any(row.band is not None and row.band.reason is None for row in rows),
        _RECOVERED: any(row.with_recovery.value is not None for row in rows),
    }
    return tuple(column for column, present in said.items() if present)


def _cumulative_row(row: OrganRow, optional: Sequence[str]) -> list[Cell]:
    cells = [Cell(text=row.name, note=f"alpha/beta {_alpha_beta(row)}"), Cell(text=row.metric)]
    for course in row.courses:
        cells += [_metric_cell(course.physical), _metric_cell(course.eqd2)]
    band = None if row.band is None or row.band.reason else row.band
    shown = {
        _BAND: Cell(text=_ends(band.low_gy, band.high_gy) if band else "\N{EN DASH}", is_number=True),
        _RECOVERED: _metric_cell(row.with_recovery),
    }
    covered = "\N{EN DASH}" if row.covered_fraction is None else f"{100 * row.covered_fraction:.1f} %"
    return [
        *cells,
        _metric_cell(row.voxel_sum),
        Cell(text=_ends(row.bounds.low, row.bounds.high), note=row.bounds.reason or "", is_number=True),
        Cell(text=number(row.sum_of_maxima_gy), is_number=True),
        *(shown[column] for column in optional),
        Cell(text=covered, is_number=True),
    ]


def _readings() -> list[Block]:
    """Return how to read the columns of the cumulative table."""
    return [
        Facts(
            caption="How to read the columns",
            items=[
                (
                    "voxel sum",
                    "physical dose of each course interpolated through the registration, converted to EQD2 "
                    "with the voxel's own dose per fraction, then summed",
                ),
                (
                    "bounds without registration",
                    "what the courses' own EQD2 histograms allow, whatever voxel met whatever voxel",
                ),
                ("sum of maxima", "the crudest corner of the bounds: each course's own maximum, added"),
                (
                    "covered",
                    "share of the organ inside the dose grids of all courses; outside is unknown, not 0 Gy",
                ),
            ],
        )
    ]


def _dvh_blocks(result: Reirradiation) -> list[Block]:
    drawn = [organ for organ in result.dvhs if organ.total is not None or organ.eqd2]
    if not drawn:
        return [Paragraph(text="No organ has a dose-volume histogram.", tone="not_evaluable")]
    names = ", ".join(organ.organ for organ in drawn)
    return [
        Figure(
            caption="EQD2 of each course in its own images, and of the voxel sum in the new course's images.",
            alternative=f"Cumulative dose-volume histograms of {names}; numbers stand in the table above.",
            svg=dvh_figure_svg(drawn),
        )
    ]


def _slice_blocks(result: Reirradiation) -> list[Block]:
    """Return the new plan's physical dose and the summed EQD2 on one axial plane."""
    ratios = [row.alpha_beta_gy for row in result.rows if row.alpha_beta_gy is not None]
    if result.joined.reason is not None or not ratios:
        reason = result.joined.reason or "no alpha/beta was stated"
        return [Paragraph(text=f"No picture of the sum: {reason}.", tone="not_evaluable")]
    alpha_beta = min(ratios)
    total = result.total(alpha_beta)
    structures = [s for match in result.matches if (s := match.new) is not None]
    targets = [s for s in result.new.structures if s.name in ("GTV", "PTV", "CTV")]
    shown = list({s.number: s for s in (*targets, *structures)}.values())
    z_mm = hottest_plane_mm(total, structures=targets or structures)
    if z_mm is None:
        return [
            Paragraph(text="No picture of the sum: no point is covered by all courses.", tone="not_evaluable")
        ]
    images = result.new.phases[0].treatment.images
    views = [
        axial_view(field, z_mm=z_mm, structures=shown, images=images, dose_label=label)
        for field, label in (
            (result.joined.physical(result.new.label), "new course, physical dose, Gy"),
            (total, f"all courses, EQD2 at alpha/beta {alpha_beta:g} Gy, Gy"),
        )
    ]
    return [
        Figure(
            caption=(
                f"Axial plane at z = {z_mm:.1f} mm in the new course's images. For the picture alone one "
                f"alpha/beta ({alpha_beta:g} Gy) is used everywhere; the tables use each organ's own."
            ),
            alternative="Axial plane with isodoses and outlines; left, the new plan; right, the sum.",
            svg=slices_figure_svg(views),
        )
    ]


def _remaining_sections(rows: Sequence[OrganRow]) -> list[Section]:
    """Return what is left below each limit, where it was asked for."""
    cells = [_remaining_row(row, left) for row in rows for left in row.remaining]
    if not cells:
        return []
    columns = [
        "organ",
        "limit",
        "reading",
        "recovery",
        "fractions",
        "total, Gy",
        "per fraction, Gy",
        "of the new plan",
    ]
    table = Table(caption="Dose left below each cumulative limit", columns=columns, rows=cells)
    meaning = Facts(
        caption="Readings",
        items=[
            (
                "point",
                "a point that received the earlier metric in full: LQ solved for the dose in n fractions",
            ),
            (
                "plan",
                "the factor on the new plan's dose, at its own n, that brings its voxel sum to the limit",
            ),
        ],
    )
    return [Section(title="Remaining dose", blocks=[table, meaning])]


def _remaining_row(row: OrganRow, left: Remaining) -> list[Cell]:
    factor = "\N{EN DASH}" if left.factor is None else f"\N{MULTIPLICATION SIGN} {left.factor:.3f}"
    return [
        Cell(text=row.name, note=f"alpha/beta {_alpha_beta(row)}"),
        Cell(text=f"{row.metric} {row.limit.comparator} {row.limit.eqd2_gy:g} Gy" if row.limit else ""),
        Cell(text=left.basis),
        Cell(text=left.recovery),
        Cell(text=str(left.n_fractions), is_number=True),
        Cell(text=number(left.total_dose_gy), note=left.reason or "", is_number=True),
        Cell(text=number(left.dose_per_fraction_gy), is_number=True),
        Cell(text=factor, is_number=True),
    ]


def _registration_blocks(result: Reirradiation) -> list[Block]:
    if not result.transforms:
        text = result.joined.reason or "All courses share one frame of reference; no registration was needed."
        return [Paragraph(text=text)]
    blocks: list[Block] = []
    for transform in result.transforms:
        blocks.append(
            Facts(
                caption=f"Transform from a {transform.source}",
                items=[
                    ("carries points of frame", transform.maps_from),
                    ("into frame", transform.maps_to),
                    *_motion_facts(transform),
                    ("SOP instance UID", transform.source_uid or "none"),
                    ("SHA-256", transform.source_sha256 or "none"),
                ],
            )
        )
    return blocks


def _motion_facts(transform: UsedTransform) -> list[tuple[str, str]]:
    """Return how a transform moves points: its matrix, or the size and the residual of its vectors."""
    if isinstance(transform, InvertedDeformation):
        longest = f"{transform.deformation.largest_vector_mm:.2f} mm"
        return [("longest vector", longest), ("residual of the inversion", f"{transform.residual_mm:.3g} mm")]
    if isinstance(transform, DeformableTransform):
        return [("longest vector", f"{transform.largest_vector_mm:.2f} mm")]
    shift = ", ".join(f"{part:.2f}" for part in transform.translation_mm)
    rows = ["  ".join(f"{value:.6f}" for value in row) for row in transform.matrix]
    return [
        ("rotation", f"{transform.rotation_degrees:.3f} degrees"),
        ("translation part", f"{shift} mm"),
        *((f"matrix row {k}", row) for k, row in enumerate(rows, start=1)),
    ]


def _assumption_blocks(result: Reirradiation) -> list[Block]:
    """Return what the numbers rest on: courses, alpha/beta, recovery, bounds, structures left out."""
    courses = [
        (c.label, f"{c.grade.value}; {c.modality}; {c.n_fractions or 'unknown'} fractions")
        for c in (*result.priors, result.new)
    ]
    ratios = {
        row.name: f"{_alpha_beta(row)}, {row.alpha_beta_source or 'source not stated'}" for row in result.rows
    }
    bounds = list(dict.fromkeys(statement for row in result.rows for statement in row.bounds.statements))
    bands = list(dict.fromkeys(row.band_reason for row in result.rows if row.band_reason))
    recovery = list(dict.fromkeys(row.recovery_statement for row in result.rows))
    blocks: list[Block] = [
        Facts(caption="Courses", items=courses),
        Facts(caption="Alpha/beta", items=list(ratios.items())),
        Facts(
            caption="Recovery", items=[("rule", result.recovery), *(("statement", text) for text in recovery)]
        ),
        Facts(caption="Bounds", items=[("assumption", text) for text in bounds]),
        *([Facts(caption="Scenario band", items=[("none", text) for text in bands])] if bands else []),
        Facts(
            caption="Which structure stands for which organ",
            items=[(match.organ, "; ".join(match.evidence)) for match in result.matches],
        ),
    ]
    if result.unassigned:
        text = f"No alpha/beta was stated for: {', '.join(result.unassigned)}. They are not in any sum."
        blocks.append(Paragraph(text=text, tone="not_evaluable"))
    return blocks
