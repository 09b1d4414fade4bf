"""A re-irradiation answer as a report: the answers side by side, with what each rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from dicom_io.objects import Structure
from rtplan.files import InputRecord
from rtplan.limits import Verdict
from rtplan.names import drawn_targets
from rtplan.plan_check import PlanCheck
from rtplan.protocols import Screening
from rtplan.record import Record
from rtplan.reirradiation import Reirradiation
from rtplan.reirradiation.organ import OrganRow
from rtplan.report.model import Block, Cell, Facts, Figure, Paragraph, Report, Section, Table, Tile
from rtplan.report.parts import (
    STATEMENT,
    case_name,
    input_section,
    provenance,
    verdict_counts,
    warning_blocks,
    worst_tone,
)
from rtplan.report.plan_check import check_sections, check_tile, distance_tile
from rtplan.report.protocol import screening_section, screening_tile
from rtplan.report.reirradiation.basis import assumption_blocks, registration_blocks, source_table
from rtplan.report.reirradiation.further import flip_blocks, further_sections
from rtplan.report.reirradiation.pictures import dvh_figure_svg, short_label, slices_figure_svg
from rtplan.report.reirradiation.planes import (
    AXIAL,
    CORONAL,
    SAGITTAL,
    SQUARE_MM,
    Hottest,
    checkered_views,
    hottest_overlap,
    plane_views,
)
from rtplan.report.reirradiation.record_section import record_line, record_section
from rtplan.report.reirradiation.tables import (
    brief,
    cumulative_blocks,
    limit_text,
    remaining_sections,
    sorted_by_margin,
    verdict_table,
    worst_table,
)

__all__ = ["reirradiation_report"]

_ON_THE_FIRST_PAGE: Final = 5
_COURSES_IN_A_ROW: Final = 4
_MOST_NAMES: Final = 8


def reirradiation_report(
    result: Reirradiation,
    *,
    inputs: Sequence[InputRecord],
    warnings: Sequence[str],
    date: str | None,
    check: PlanCheck | None = None,
    screening: Screening | None = None,
    extra_sections: Sequence[Section] = (),
    record: Record | None = None,
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
    screening : Screening, optional
        Against a trial protocol.
    extra_sections : sequence of Section
        Put before the inputs.
    record : Record, optional
        Has a page of its own; what of it is missing stands on page one.

    Returns
    -------
    Report
    """
    judged = sorted_by_margin([row for row in result.rows if row.judgement is not None])
    hottest = _hottest(result)
    sections = [
        *_verdict_sections(judged),
        Section(title="Dose-volume histograms", blocks=_dvh_blocks(result)),
        Section(title="Through the hottest overlap", blocks=_slice_blocks(result, hottest)),
        Section(title="Cumulative EQD2", blocks=cumulative_blocks(result.rows)),
        *remaining_sections(result.rows),
        Section(title="Registration", blocks=[*registration_blocks(result), *_fused_blocks(result, hottest)]),
        *(check_sections(check) if check is not None else []),
        *([screening_section(screening)] if screening is not None else []),
        *further_sections(result),
        Section(title="Assumptions", blocks=assumption_blocks(result)),
        Section(title="Sources", blocks=[source_table(result, check)]),
        *([record_section(record)] if record is not None else []),
        *extra_sections,
        input_section(inputs),
    ]
    return Report(
        title="Re-irradiation: cumulative dose",
        subtitle=f"{case_name(inputs)}, named after the content of its files",
        date=date,
        statement=STATEMENT,
        tiles=_tiles(result, judged, check, screening),
        summary=[*_first_page(result, judged, check, warnings), _method(result), *_missing(record)],
        sections=sections,
        provenance=provenance(),
    )


def _verdict_sections(judged: Sequence[OrganRow]) -> list[Section]:
    if not judged:
        return []
    return [Section(title="Verdicts", blocks=[verdict_table(judged), *flip_blocks(judged)])]


def _tiles(
    result: Reirradiation, judged: Sequence[OrganRow], check: PlanCheck | None, screening: Screening | None
) -> list[Tile]:
    """Return what must be seen first: verdicts, interval, what is left, the new plan alone, the cord."""
    verdicts = [row.verdict for row in judged if row.verdict is not None and not row.is_shown_only]
    tiles = [
        Tile(
            label="Cumulative limits asked for",
            value=verdict_counts(verdicts),
            note=f"recovery: {result.recovery}",
            tone=worst_tone(verdicts),
        ),
        *_interval_tiles(result),
        *_least_remaining(judged),
    ]
    if check is not None:
        tiles += [check_tile(check), *distance_tile(check)]
    return [*tiles, screening_tile(screening)] if screening is not None else tiles


def _interval_tiles(result: Reirradiation) -> list[Tile]:
    """Return the shortest interval; the table of courses has every one."""
    pairs = zip(result.priors, result.intervals, strict=True)
    prior, gap = min(pairs, key=lambda pair: pair[1].days)
    days, _, months = str(gap).rstrip(")").partition(" (")
    return [
        Tile(
            label="Interval",
            value=days,
            note=f"{months} from the last fraction of {short_label(prior.label)}",
        )
    ]


def _least_remaining(judged: Sequence[OrganRow]) -> list[Tile]:
    """Return the smallest dose that a point of a limited organ may still receive, whatever is not known.

    "At most" is no such dose: it is what might be left if the earlier course gave the least that it can have.
    """
    readings = [
        (row, left)
        for row in judged
        for left in row.remaining
        if left.basis.is_certain_at_a_point and left.recovery == "none"
    ]
    unknown = [row for row, left in readings if left.total_dose_gy is None]
    if unknown:
        names = ", ".join(dict.fromkeys(row.name for row in unknown))
        return [Tile(label="Least left at a point", value="not known", note=names, tone="not_evaluable")]
    known = [(left.total_dose_gy, row, left) for row, left in readings if left.total_dose_gy is not None]
    if not known:
        return []
    total, row, left = min(known, key=lambda one: one[0])
    return [
        Tile(
            label=f"Least left at a point, {row.name}",
            value=f"{total:.1f} Gy in {left.n_fractions}",
            note=f"below {limit_text(row)}",
        )
    ]


def _first_page(
    result: Reirradiation, judged: Sequence[OrganRow], check: PlanCheck | None, warnings: Sequence[str]
) -> list[Block]:
    """Return courses, worst margins, organs without a limit, and what could not be judged."""
    blocks: list[Block] = [_course_table(result)]
    if judged:
        blocks += [*_without_limit(result, judged), *_worst(judged)]
    else:
        text = "No cumulative limit was asked for: doses are reported without a verdict."
        blocks.append(Paragraph(text=text))
    return [*blocks, *_not_judged(judged, check), *warning_blocks(warnings)]


def _worst(judged: Sequence[OrganRow]) -> list[Block]:
    """Return the gravest verdicts, and how many more there are."""
    more = len(judged) - _ON_THE_FIRST_PAGE
    said = [Paragraph(text=f"{more} further on page 2.")] if more > 0 else []
    return [worst_table(judged[:_ON_THE_FIRST_PAGE]), *said]


def _without_limit(result: Reirradiation, judged: Sequence[OrganRow]) -> list[Block]:
    """Return the organs that are summed and that no limit was stated for."""
    limited = {row.name for row in judged}
    names = [name for name in dict.fromkeys(row.name for row in result.rows) if name not in limited]
    return [Paragraph(text=f"Summed, and no limit was stated: {', '.join(names)}.")] if names else []


def _method(result: Reirradiation) -> Facts:
    """Return how the courses were added, in which quantity and at which alpha/beta."""
    methods: dict[str, list[str]] = {}
    ratios: dict[str, list[str]] = {}
    for row in result.rows:
        methods.setdefault(row.method.value if row.method else "nothing known", []).append(row.name)
        ratio = "not stated" if row.alpha_beta_gy is None else f"{row.alpha_beta_gy:g} Gy"
        ratios.setdefault(ratio, []).append(row.name)
    return Facts(
        caption="Method",
        items=[
            ("added by", _grouped(methods)),
            ("quantity", "EQD2 of the LQ model, each course by its own dose per fraction"),
            ("alpha/beta", _grouped(ratios)),
        ],
    )


def _grouped(organs: Mapping[str, Sequence[str]]) -> str:
    """Return what holds for which organs; beyond eight only how many more there are."""
    said = []
    for what, names in organs.items():
        each = list(dict.fromkeys(names))
        more = f" and {len(each) - _MOST_NAMES} more" if len(each) > _MOST_NAMES else ""
        said.append(f"{what}: {', '.join(each[:_MOST_NAMES])}{more}")
    return "; ".join(said)


def _missing(record: Record | None) -> list[Block]:
    """Return what of the record is missing, in one line."""
    items = record_line(record)
    return [Facts(caption="Missing", items=items)] if items else []


def _course_table(result: Reirradiation) -> Table:
    gaps = [str(gap) for gap in result.intervals]
    rows = []
    for course, gap in zip((*result.priors, result.new), [*gaps, "\N{EN DASH}"], strict=True):
        role, _, label = course.label.partition(": ")
        fractions = course.n_fractions
        rows.append(
            [
                Cell(text=role),
                Cell(text=label),
                Cell(
                    text="unknown" if fractions is None else str(fractions), is_number=True, value=fractions
                ),
                Cell(text=course.modality),
                Cell(text=course.grade.value),
                Cell(text=gap),
            ]
        )
    columns = ["course", "plan: date, end of UID, prescription", "fractions", "modality", "known from"]
    return Table(caption="Courses", columns=[*columns, "ended before the new one"], rows=rows)


def _not_judged(judged: Sequence[OrganRow], check: PlanCheck | None) -> list[Block]:
    """Return what has no verdict, with the reason."""
    items = [
        (f"{row.name} {row.metric}", brief(row, row.reason))
        for row in judged
        if row.verdict is Verdict.NOT_EVALUABLE
    ]
    if check is not None:
        items += _unjudged_constraints(check)
    return [Facts(caption="Could not be judged", items=items)] if items else []


def _unjudged_constraints(check: PlanCheck) -> list[tuple[str, str]]:
    """Return how many limits of the set are open: for want of a structure, and for other reasons."""
    absent = check.limits.not_drawn
    organs = {e.organ for e in absent}
    others = [e for e in check.limits.evaluations if e.verdict is Verdict.NOT_EVALUABLE]
    name = check.constraint_set.name
    items = []
    if absent:
        said = f"{len(organs)} of its organs are not drawn, listed in the section on the new plan"
        items.append((f"{len(absent)} limits of {name}", said))
    for organ in dict.fromkeys(e.organ for e in others):
        reasons = dict.fromkeys(e.reason or "" for e in others if e.organ == organ)
        items.append((f"{organ}, limits of {name}", "; ".join(reasons)))
    return items


def _dvh_blocks(result: Reirradiation) -> list[Block]:
    drawn = [organ for organ in result.dvhs if organ.total is not None or organ.eqd2]
    if not drawn:
        return [Paragraph(text="No organ has a dose-volume histogram.", tone="not_evaluable")]
    names = ", ".join(dict.fromkeys(organ.organ for organ in drawn))
    return [
        Figure(
            caption=(
                "EQD2 of each course in its own images, and of the voxel sum in the new course's images. "
                "Shaded: where the sum's curve can lie without any registration, unless that is unknown."
            ),
            alternative=f"Cumulative dose-volume histograms of {names}; the tables have the numbers.",
            svg=dvh_figure_svg(result, drawn),
        )
    ]


def _ratio_of_pictures(result: Reirradiation) -> float | None:
    """Return the one alpha/beta of the pictures; None where nobody stated one."""
    return min((row.alpha_beta_gy for row in result.rows if row.alpha_beta_gy is not None), default=None)


def _shown_structures(result: Reirradiation) -> tuple[list[Structure], list[Structure]]:
    """Return targets and organs of the new course."""
    targets = [s for s, _ in drawn_targets(result.new.structures)]
    return targets, [s for match in result.matches if (s := match.new) is not None]


def _hottest(result: Reirradiation) -> Hottest | None:
    """Return the point that the pictures go through; None where there is no sum to look for it in."""
    alpha_beta = _ratio_of_pictures(result)
    if result.joined.reason is not None or alpha_beta is None:
        return None
    labels = [course.label for course in (*result.priors, result.new)]
    return hottest_overlap(result.total(alpha_beta), courses=labels)


def _fused_blocks(result: Reirradiation, hottest: Hottest | None) -> list[Block]:
    """Return a checkerboard of each earlier course's images and the new ones: a picture for the eye."""
    found: list[Block] = []
    new = result.new.phases[0].treatment.images
    if hottest is None or new is None or new.geometry is None:
        return found
    targets, organs = _shown_structures(result)
    body = next((s for s in result.new.structures if s.interpreted_type == "EXTERNAL"), None)
    for prior in result.joined.priors:
        pairs = zip(prior.course.phases, prior.transforms, strict=False)
        for phase, transform in pairs:
            earlier = phase.treatment.images
            if earlier is None or earlier.geometry is None:
                continue
            if earlier.frame_of_reference_uid != transform.maps_to:
                continue
            views = checkered_views(
                new,
                earlier,
                transform,
                planes=[AXIAL, CORONAL, SAGITTAL],
                point_mm=hottest.point_mm,
                structures=list({s.number: s for s in (*targets, *organs)}.values()),
                within=result.joined.geometry,
                body=body,
            )
            label = short_label(prior.course.label)
            found.append(
                Figure(
                    caption=(
                        f"Images of the new course and, in every second square of {SQUARE_MM:g} mm, of "
                        f"{label}, carried over by the transform: edges that break at a square's side show a "
                        "mismatch. "
                        "Outlines are those of the new course."
                    ),
                    alternative=f"A checkerboard of the new images and those of {label} on three planes.",
                    svg=slices_figure_svg(views, [plane.name for plane in (AXIAL, CORONAL, SAGITTAL)]),
                )
            )
            break
    return found


def _slice_blocks(result: Reirradiation, hottest: Hottest | None) -> list[Block]:
    """Return the summed EQD2 on three planes, and each course's physical dose on the axial one."""
    alpha_beta = _ratio_of_pictures(result)
    if result.joined.reason is not None or alpha_beta is None:
        reason = result.joined.reason or "no alpha/beta was stated"
        return [Paragraph(text=f"No picture of the sum: {reason}.", tone="not_evaluable")]
    if hottest is None:
        text = "No picture of the sum: no point is covered by all courses."
        return [Paragraph(text=text, tone="not_evaluable")]
    labels = [course.label for course in (*result.priors, result.new)]
    targets, structures = _shown_structures(result)
    shown = list({s.number: s for s in (*targets, *structures)}.values())
    images = result.new.phases[0].treatment.images
    body = next((s for s in result.new.structures if s.interpreted_type == "EXTERNAL"), None)
    total = (result.total(alpha_beta), f"sum, EQD2 at alpha/beta {alpha_beta:g} Gy")
    each = [(result.joined.physical(c), f"{short_label(c)}, physical dose") for c in labels]
    three = plane_views(
        [total],
        planes=[AXIAL, CORONAL, SAGITTAL],
        point_mm=hottest.point_mm,
        structures=shown,
        images=images,
        within=result.joined.geometry,
        body=body,
    )
    alone = plane_views(
        each[-_COURSES_IN_A_ROW:],
        planes=[AXIAL],
        point_mm=hottest.point_mm,
        structures=shown,
        images=images,
        within=result.joined.geometry,
        body=body,
    )
    return [
        Figure(
            caption=_slice_caption(hottest, alpha_beta),
            alternative="Axial, coronal and sagittal plane with isodoses of the summed EQD2 and outlines.",
            svg=slices_figure_svg(three, [plane.name for plane in (AXIAL, CORONAL, SAGITTAL)]),
        ),
        Figure(
            caption="The courses alone on the same axial plane, in the new course's images: physical dose.",
            alternative="The axial plane once for each course with isodoses of its physical dose.",
            svg=slices_figure_svg(alone, [view.dose_label for view in alone]),
        ),
    ]


def _slice_caption(hottest: Hottest, alpha_beta: float) -> str:
    x, y, z = hottest.point_mm
    return (
        f"EQD2 of all courses through x = {x:.1f}, y = {y:.1f}, z = {z:.1f} mm in the new course's images "
        f"(dotted): the hottest sum, {hottest.total_gy:.1f} Gy, among voxels where at least two courses gave "
        f"at least half of the largest overlap. For the pictures alone one alpha/beta ({alpha_beta:g} Gy) is "
        "used everywhere; the tables use each organ's own. Outlines are as contoured, on the slice that "
        "holds the plane."
    )
