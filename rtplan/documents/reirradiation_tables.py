"""A re-irradiation answer as text for a person."""

from __future__ import annotations

from typing import Final, TypeVar

from dicom_io.dvh import MetricValue
from dicom_io.objects import RigidTransform
from rtplan.courses import Course
from rtplan.documents.reirradiation import largest_vector_mm
from rtplan.limits import Remaining
from rtplan.reirradiation import Reirradiation
from rtplan.reirradiation.beside import OrganResidual, rert_items
from rtplan.reirradiation.organ import COURSE_COLUMNS, ORGAN_COLUMNS, OrganCourse, OrganRow
from rtplan.sums import UsedTransform
from rtplan.text import ABSENT, Column, range_text, value_text

__all__ = ["reirradiation_text"]

Row = TypeVar("Row")


def reirradiation_text(result: Reirradiation) -> str:
    """Return the answer for a person: one block for each organ, metric and alpha/beta."""
    lines = [
        f"{prior.label}: {_delivery_text(prior)}; ended {gap} before the new course"
        for prior, gap in zip(result.priors, result.intervals, strict=True)
    ]
    lines += [f"{result.new.label}: {_delivery_text(result.new)}", f"recovery: {result.recovery}"]
    lines += [_transform_text(transform) for transform in result.transforms]
    for row in result.rows:
        lines += ["", *_row_lines(row)]
    blocks = (_target_lines, _body_lines, _cord_lines, _observation_lines, _class_lines, _residual_lines)
    for block in blocks:
        block_lines = block(result)
        lines += ["", *block_lines] if block_lines else []
    return "\n".join(lines)


def _delivery_text(course: Course) -> str:
    """Say what was delivered, of what, and how well it is known."""
    number = "fractions not stated"
    if course.n_fractions is not None:
        number = f"{course.n_fractions} fraction{'' if course.n_fractions == 1 else 's'}"
    if len(course.phases) > 1:
        number += f" in {len(course.phases)} phases"
    if course.fractions_per_day > 1:
        number += f", {course.fractions_per_day} a day"
    modality = "modality not stated" if course.modality == "not stated" else course.modality
    return f"{number}, {modality}, {course.grade.value}"


def _target_lines(result: Reirradiation) -> list[str]:
    return [
        f"{dose.name}, {dose.metric}, alpha/beta {dose.alpha_beta_gy:g} Gy: "
        f"new course {_metric_text(dose.new_gy)} EQD2, all courses {_metric_text(dose.total_gy)} EQD2 = "
        f"{value_text(dose.total_bed_gy, absent='unknown')} Gy BED"
        for dose in result.targets
    ]


def _body_lines(result: Reirradiation) -> list[str]:
    return [
        f"body outside all named organs above {above.level_gy:g} Gy EQD2 (alpha/beta "
        f"{above.alpha_beta_gy:g} Gy): {_cc(above.volume_cc, above.uncertainty_cc)}, of which "
        f"{_cc(above.in_targets_cc)} in targets; not covered: {_cc(above.not_covered_cc)}"
        for above in result.body
    ]


def _cc(volume_cc: float, uncertainty_cc: float | None = None) -> str:
    """Return a large volume, to a tenth of a cc at most."""
    return f"{value_text(volume_cc, uncertainty_cc, digits=1)} cc"


def _cord_lines(result: Reirradiation) -> list[str]:
    lines = []
    for rule in result.cord_rules:
        lines.append(f"{rule.name}, {rule.organ or 'cord'}: {rule.verdict.value} ({rule.statement})")
        for condition in rule.conditions:
            asked = f"{condition.comparator} {condition.limit:g} {condition.unit}".rstrip()
            value = f"{condition.name} {condition.value:.4g}"
            lines.append(f"  {value} {asked}: {condition.judgement.verdict.value}")
    return lines


def _observation_lines(result: Reirradiation) -> list[str]:
    return [
        f"observed by others, no limit: {seen.organ}: {seen.text}"
        + (f", alpha/beta {seen.alpha_beta_gy:g} Gy" if seen.alpha_beta_gy else "")
        + f" ({'; '.join(part for part in (seen.endpoint, seen.source, seen.verification) if part)})"
        for seen in result.observations
    ]


def _class_lines(result: Reirradiation) -> list[str]:
    rert = result.rert_class
    if rert is None:
        return []
    decided = rert.decided or "for the clinician"
    lines = [f"class of re-irradiation (ESTRO/EORTC): {decided}: {rert.reason}"]
    if rert.decided is None:
        texts = {item.item: item.text for item in rert_items()}
        lines += [f"  candidate: {name} ({texts[name]})" for name in rert.candidates]
        lines += [f"  {statement}" for statement in rert.informing]
    return lines


def _residual_lines(result: Reirradiation) -> list[str]:
    return [
        f"{_met_by(residual)} on {residual.organ}: {_residual_text(residual)}"
        for residual in result.registration_quality
    ]


def _met_by(residual: OrganResidual) -> str:
    return "registration" if residual.is_registered else "shared frame of reference, no registration,"


def _residual_text(residual: OrganResidual) -> str:
    if residual.reason is not None:
        return residual.reason
    return (
        f"Dice {residual.dice:.3f}, surfaces {residual.mean_surface_mm:.1f} mm apart on average, "
        f"{residual.largest_surface_mm:.1f} mm at most, centres "
        f"{residual.centroid_distance_mm:.1f} mm apart; determinant {residual.determinant:.3f}"
    )


def _transform_text(transform: UsedTransform) -> str:
    if isinstance(transform, RigidTransform):
        motion = f"rotation {transform.rotation_degrees:.2f} degrees"
    else:
        motion = f"vectors up to {largest_vector_mm(transform):.1f} mm"
    return f"joined by {transform.source}: {motion}, sha256 {transform.source_sha256[:12] or 'none'}"


def _row_lines(row: OrganRow) -> list[str]:
    """Return one organ, metric and alpha/beta: every answer on a line of its own."""
    ratio = "not stated" if row.alpha_beta_gy is None else f"{row.alpha_beta_gy:g} Gy"
    return [
        f"{row.name}, {row.metric}, alpha/beta {ratio} (Gy EQD2; {row.grade.value})",
        *(f"  {_course_text(course)}" for course in row.courses),
        *(f"  {text}" for column in ORGAN_COLUMNS if (text := _answer_text(column, row))),
        *(f"  {text}" for text in (*_repair_lines(row), *_verdict_lines(row))),
        *(f"  would flip it: {flip}" for flip in row.flips),
        *(f"  {_remaining_text(left)}" for left in row.remaining),
    ]


_IN_THE_HEADING: Final = ("name", "alpha_beta_gy", "metric")
_IN_THE_VERDICT: Final = ("limit_gy", "verdict", "verdict_without_recovery", "reason")


def _answer_text(column: Column[OrganRow], row: OrganRow) -> str:
    """Return the line of a column with a heading; empty where another line says it, or nobody asked."""
    if not column.heading or column.key in (*_IN_THE_HEADING, *_IN_THE_VERDICT):
        return ""
    if column.only_where_known and not column.speaks_of(row):
        return ""
    notes = {
        "band_gy": f" ({row.band.method})" if row.band else "",
        "with_recovery_gy": f". {row.recovery_statement}",
        "overlap_cc": f" inside the earlier {row.overlap.isodose} isodose" if row.overlap else "",
    }
    return f"{column.heading}: {_with_unit(column, row)}{notes.get(column.key, '')}"


def _with_unit(column: Column[Row], row: Row) -> str:
    """Return a value with its half-width and unit, or the reason why there is none."""
    reason = column.reason(row) if column.reason else None
    shown = column.cell(row)
    if shown.text == ABSENT:
        return f"none ({reason})" if reason else "unknown"
    return f"{shown.line} {column.unit}".rstrip()


def _course_text(course: OrganCourse) -> str:
    values = (f"{_with_unit(column, course)} {column.heading}" for column in COURSE_COLUMNS if column.heading)
    return f"{course.label}: {', '.join(values)}"


def _repair_lines(row: OrganRow) -> list[str]:
    if row.without_repair is None:
        return []
    sums = [
        f"{column.heading} {_with_unit(column, row.without_repair)}"
        for column in ORGAN_COLUMNS
        if column.key in ("voxel_sum_gy", "bounds_gy")
    ]
    return [f"without any repair between the fractions of a day: {', '.join(sums)}"]


def _verdict_lines(row: OrganRow) -> list[str]:
    if row.limit is None or row.verdict is None:
        return []
    because = f" ({row.reason})" if row.reason else ""
    agreed = f" [{row.limit.agreement}]" if row.limit.agreement else ""
    verdict = "shown, not judging" if row.is_shown_only else row.verdict.value
    is_open = row.registration is not None and not row.registration.is_judged
    unjudged = f"; {row.registration}" if is_open else ""
    return [f"limit {row.limit}{agreed}: {verdict}{because}{unjudged}"]


def _remaining_text(left: Remaining) -> str:
    recovery = "" if left.recovery == "none" else f" with recovery {left.recovery}"
    reading = f"remaining, {left.reading}{recovery}, {left.n_fractions} fractions"
    if left.total_dose_gy is None:
        return f"{reading}: not computable ({left.reason})"
    why = f" ({left.reason})" if left.reason else ""
    factor = "" if left.factor is None else f", {left.factor:.3f} of {_what_is_scaled(left)}"
    is_range = left.low_gy is not None and left.high_gy is not None
    ends = f" [{range_text(left.low_gy, left.high_gy)}]" if is_range else ""
    return f"{reading}: {value_text(left.total_dose_gy)} Gy{ends}{factor}{why}"


def _what_is_scaled(left: Remaining) -> str:
    return "the fractions still to come" if left.basis.is_of_the_rest else "the new plan"


def _metric_text(value: MetricValue) -> str:
    if value.value is None:
        return f"none ({value.reason})"
    return f"{value_text(value.value, value.uncertainty)} Gy"
