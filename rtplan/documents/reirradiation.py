"""A re-irradiation answer as the JSON document of the command line, and as text for a person."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dicom_io.dvh import MetricValue
from dicom_io.objects import DeformableTransform, RigidTransform
from rtplan.courses import Course
from rtplan.limits import Remaining
from rtplan.reirradiation import Reirradiation
from rtplan.reirradiation.beside import CordRuleSet, OrganResidual, RertClass, TargetDose, rert_items
from rtplan.reirradiation.organ import Flip, OrganCourse, OrganRow
from rtplan.sums import InvertedDeformation, UsedTransform

__all__ = ["reirradiation_body", "reirradiation_text"]


def reirradiation_body(result: Reirradiation) -> dict[str, Any]:
    """Return the document's own keys; values not computable are None beside a reason."""
    return {
        "interval_days": min(interval.days for interval in result.intervals),
        "intervals": [
            {"course": prior.label, "days": gap.days, "months": gap.whole_months}
            for prior, gap in zip(result.priors, result.intervals, strict=True)
        ],
        "recovery": result.recovery,
        "courses": [_course_head(course) for course in (*result.priors, result.new)],
        "imported_eqd2": [
            {"course": prior.label, **asdict(one), "agrees": one.agrees}
            for prior in result.priors
            for one in prior.imported
        ],
        "transforms": [_transform(transform) for transform in result.transforms],
        "unassigned_structures": list(result.unassigned),
        "matches": [{"organ": match.organ, "evidence": list(match.evidence)} for match in result.matches],
        "organs": [_row(row) for row in result.rows],
        "targets": [_target(dose) for dose in result.targets],
        "body_outside_named_organs": [asdict(above) for above in result.body],
        "cord_rules": [_cord_rule(rule) for rule in result.cord_rules],
        "observations": [asdict(seen) for seen in result.observations],
        "rert_class": None if result.rert_class is None else _rert_class(result.rert_class),
        "registration_quality": [_residual(found) for found in result.registration_quality],
    }


def _course_head(course: Course) -> dict[str, Any]:
    return {
        "label": course.label,
        "grade": course.grade.value,
        "ended": None if course.ended is None else course.ended.isoformat(),
        "modality": course.modality,
        "n_fractions": course.n_fractions,
        "fractions_per_day": course.fractions_per_day,
        "prescription_delivered_gy": course.prescription_gy,
        "phases": [
            {
                "plan": phase.treatment.label,
                "n_fractions": phase.n_fractions,
                "n_fractions_planned": phase.treatment.n_fractions,
                "dose_factor": phase.dose_factor,
            }
            for phase in course.phases
        ],
        "findings": list(course.findings),
    }


def _target(dose: TargetDose) -> dict[str, Any]:
    return {
        "name": dose.name,
        "alpha_beta_gy": dose.alpha_beta_gy,
        "metric": dose.metric,
        "new_eqd2_gy": dose.new_gy.value,
        "total_eqd2_gy": dose.total_gy.value,
        "total_eqd2_uncertainty_gy": dose.total_gy.uncertainty,
        "total_bed_gy": dose.total_bed_gy,
        "reason": dose.total_gy.reason,
    }


def _cord_rule(rule: CordRuleSet) -> dict[str, Any]:
    return {
        "name": rule.name,
        "organ": rule.organ or None,
        "verdict": rule.verdict.value,
        "statement": rule.statement,
        "source": rule.source or None,
        "conditions": [
            {
                "name": one.name,
                "value": one.value,
                "uncertainty": one.uncertainty,
                "comparator": one.comparator,
                "limit": one.limit,
                "unit": one.unit,
                "verdict": one.judgement.verdict.value,
                "reason": one.judgement.reason,
            }
            for one in rule.conditions
        ],
    }


def _rert_class(found: RertClass) -> dict[str, Any]:
    texts = {item.item: item.text for item in rert_items()}
    return {
        "decided": found.decided,
        "candidates": [{"class": name, "definition": texts[name]} for name in found.candidates],
        "isodose": found.isodose,
        "overlap_cc": found.overlap_cc,
        "not_covered_cc": found.not_covered_cc,
        "reason": found.reason,
        "informing": list(found.informing),
        "to_report": [
            {"item": item.item, "text": item.text, "source": item.source, "verification": item.how_verified}
            for item in rert_items()
            if item.item.startswith(("Reporting", "Decision"))
        ],
    }


def _residual(found: OrganResidual) -> dict[str, Any]:
    return {
        "organ": found.organ,
        "course": found.course,
        "dice": found.dice,
        "mean_surface_mm": found.mean_surface_mm,
        "largest_surface_mm": found.largest_surface_mm,
        "centroid_shift_mm": None if found.centroid_shift_mm is None else list(found.centroid_shift_mm),
        "centroid_distance_mm": found.centroid_distance_mm,
        "determinant": found.determinant,
        "rotation_degrees": found.rotation_degrees,
        "reason": found.reason,
    }


def _row(row: OrganRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "alpha_beta_gy": row.alpha_beta_gy,
        "alpha_beta_source": row.alpha_beta_source,
        "metric": row.metric,
        "quantity": "EQD2",
        "grade": row.grade.value,
        "courses": [_course(course) for course in row.courses],
        "voxel_sum_gy": row.voxel_sum.value,
        "voxel_sum_uncertainty_gy": row.voxel_sum.uncertainty,
        "voxel_sum_reason": row.voxel_sum.reason,
        "bounds_gy": [row.bounds.low, row.bounds.high],
        "bounds_uncertainty_gy": row.bounds_uncertainty_gy,
        "bounds_absolute_high_gy": row.bounds.high_absolute,
        "bounds_relative_high_gy": row.bounds.high_relative,
        "bounds_assume": list(row.bounds.statements),
        "bounds_reason": row.bounds.reason,
        "sum_of_maxima_gy": row.sum_of_maxima_gy,
        "band_gy": None if row.band is None or row.band.reason else [row.band.low_gy, row.band.high_gy],
        "band_method": None if row.band is None else row.band.method,
        "band_reason": row.band_reason,
        "ellipsoid_free_gy": row.ellipsoid_free.value,
        "ellipsoid_free_uncertainty_gy": row.ellipsoid_free.uncertainty,
        "ellipsoid_restricted_gy": row.ellipsoid_restricted.value,
        "ellipsoid_restricted_uncertainty_gy": row.ellipsoid_restricted.uncertainty,
        "ellipsoid_reason": row.ellipsoid_free.reason,
        "with_recovery_gy": row.with_recovery.value,
        "with_recovery_reason": row.with_recovery.reason,
        "recovery_statement": row.recovery_statement,
        "comparator": None if row.limit is None else row.limit.comparator,
        "limit_gy": None if row.limit is None else row.limit.eqd2_gy,
        "limit_includes_recovery": None if row.limit is None else row.limit.includes_recovery,
        "limit_source": None if row.limit is None else row.limit.source,
        "verdict": None if row.verdict is None else row.verdict.value,
        "verdict_without_recovery": None
        if row.without_recovery is None
        else row.without_recovery.verdict.value,
        "reason": row.reason,
        "covered_fraction": row.covered_fraction,
        "remaining": [_remaining(left) for left in row.remaining],
        "flips": [_flip(flip) for flip in row.flips],
        "alpha_beta_band_gy": None if row.alpha_beta_band_gy is None else list(row.alpha_beta_band_gy),
        "recovery_band_gy": None if row.recovery_band_gy is None else list(row.recovery_band_gy),
        "without_repair_in_a_day": None if row.without_repair is None else _unrepaired(row.without_repair),
    }


def _unrepaired(row: OrganRow) -> dict[str, Any]:
    return {
        "voxel_sum_gy": row.voxel_sum.value,
        "bounds_gy": [row.bounds.low, row.bounds.high],
        "sum_of_maxima_gy": row.sum_of_maxima_gy,
        "with_recovery_gy": row.with_recovery.value,
        "verdict": None if row.verdict is None else row.verdict.value,
    }


def _flip(flip: Flip) -> dict[str, Any]:
    return {
        "input": flip.input,
        "unit": flip.unit,
        "stated": flip.stated,
        "searched": None if flip.low is None else [flip.low, flip.high],
        "flips_at": flip.at,
        "becomes": flip.becomes,
        "reason": flip.note or (None if flip.at is not None else f"none within {flip.low:g}..{flip.high:g}"),
    }


def _course(course: OrganCourse) -> dict[str, Any]:
    return {
        "label": course.label,
        "grade": course.grade.value,
        "interval_days": course.interval_days,
        "physical_gy": course.physical.value,
        "physical_uncertainty_gy": course.physical.uncertainty,
        "eqd2_gy": course.eqd2.value,
        "eqd2_uncertainty_gy": course.eqd2.uncertainty,
        "recovered_fraction": course.recovered_fraction,
        "reason": course.eqd2.reason,
    }


def _remaining(left: Remaining) -> dict[str, Any]:
    return {
        "n_fractions": left.n_fractions,
        "basis": left.basis,
        "recovery": left.recovery,
        "total_dose_gy": left.total_dose_gy,
        "dose_per_fraction_gy": left.dose_per_fraction_gy,
        "factor": left.factor,
        "low_gy": left.low_gy,
        "high_gy": left.high_gy,
        "reason": left.reason,
    }


def _transform(transform: UsedTransform) -> dict[str, Any]:
    rigid = transform if isinstance(transform, RigidTransform) else None
    return {
        "maps_from": transform.maps_from,
        "maps_to": transform.maps_to,
        "source": transform.source,
        "uid": transform.source_uid or None,
        "sha256": transform.source_sha256 or None,
        "rotation_degrees": rigid.rotation_degrees if rigid else None,
        "translation_mm": [float(part) for part in rigid.translation_mm] if rigid else None,
        "largest_vector_mm": _largest_vector(transform),
        "inversion_residual_mm": transform.residual_mm
        if isinstance(transform, InvertedDeformation)
        else None,
    }


def _largest_vector(transform: UsedTransform) -> float | None:
    if isinstance(transform, InvertedDeformation):
        return transform.deformation.largest_vector_mm
    return transform.largest_vector_mm if isinstance(transform, DeformableTransform) else None


def reirradiation_text(result: Reirradiation) -> str:
    """Return the answer for a person: one block for each organ, metric and alpha/beta."""
    lines = [
        f"{prior.label}: {_known(prior)}; ended {gap} before the new course" for prior, gap in _gaps(result)
    ]
    lines += [f"{result.new.label}: {_known(result.new)}", f"recovery: {result.recovery}"]
    lines += [_transform_text(transform) for transform in result.transforms]
    for row in result.rows:
        lines += ["", *_row_text(row)]
    for block in (_targets_text, _body_text, _cord_text, _observed_text, _class_text, _quality_text):
        said = block(result)
        lines += ["", *said] if said else []
    return "\n".join(lines)


def _known(course: Course) -> str:
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


def _targets_text(result: Reirradiation) -> list[str]:
    return [
        f"{dose.name}, {dose.metric}, alpha/beta {dose.alpha_beta_gy:g} Gy: new course {_value(dose.new_gy)} "
        f"EQD2, all courses {_value(dose.total_gy)} EQD2 = {_number(dose.total_bed_gy)} BED"
        for dose in result.targets
    ]


def _body_text(result: Reirradiation) -> list[str]:
    return [
        f"body outside all named organs above {above.level_gy:g} Gy EQD2 (alpha/beta "
        f"{above.alpha_beta_gy:g} Gy): {above.volume_cc:.1f} ± {above.uncertainty_cc:.1f} cc, of which "
        f"{above.in_targets_cc:.1f} cc in targets; not covered: {above.not_covered_cc:.1f} cc"
        for above in result.body
    ]


def _cord_text(result: Reirradiation) -> list[str]:
    lines = []
    for rule in result.cord_rules:
        lines.append(f"{rule.name}, {rule.organ or 'cord'}: {rule.verdict.value} ({rule.statement})")
        lines += [
            f"  {one.name} {one.value:.4g} {one.comparator} {one.limit:g} {one.unit}".rstrip()
            + f": {one.judgement.verdict.value}"
            for one in rule.conditions
        ]
    return lines


def _observed_text(result: Reirradiation) -> list[str]:
    return [
        f"observed by others, no limit: {seen.organ}: {seen.text}"
        + (f", alpha/beta {seen.alpha_beta_gy:g} Gy" if seen.alpha_beta_gy else "")
        + f" ({'; '.join(part for part in (seen.endpoint, seen.source, seen.verification) if part)})"
        for seen in result.observations
    ]


def _class_text(result: Reirradiation) -> list[str]:
    found = result.rert_class
    if found is None:
        return []
    texts = {item.item: item.text for item in rert_items()}
    lines = [f"class of re-irradiation (ESTRO/EORTC): {found.decided or 'for the clinician'}: {found.reason}"]
    lines += [f"  candidate: {name} ({texts[name]})" for name in found.candidates if found.decided is None]
    lines += [f"  {said}" for said in found.informing if found.decided is None]
    return lines


def _quality_text(result: Reirradiation) -> list[str]:
    return [
        f"registration on {found.organ}: {found.reason}"
        if found.reason is not None
        else f"registration on {found.organ}: Dice {found.dice:.3f}, surfaces {found.mean_surface_mm:.1f} mm "
        f"apart on average, {found.largest_surface_mm:.1f} mm at most, centres "
        f"{found.centroid_distance_mm:.1f} mm apart; determinant {found.determinant:.3f}"
        for found in result.registration_quality
    ]


def _gaps(result: Reirradiation) -> list[tuple[Any, Any]]:
    return list(zip(result.priors, result.intervals, strict=True))


def _transform_text(transform: UsedTransform) -> str:
    largest = _largest_vector(transform)
    if isinstance(transform, RigidTransform):
        motion = f"rotation {transform.rotation_degrees:.2f} degrees"
    else:
        motion = f"vectors up to {largest:.1f} mm"
    return f"joined by {transform.source}: {motion}, sha256 {transform.source_sha256[:12] or 'none'}"


def _row_text(row: OrganRow) -> list[str]:
    ratio = "not stated" if row.alpha_beta_gy is None else f"{row.alpha_beta_gy:g} Gy"
    lines = [f"{row.name}, {row.metric}, alpha/beta {ratio} (Gy EQD2; {row.grade.value})"]
    for course in row.courses:
        lines.append(f"  {course.label}: {_value(course.physical)} physical, {_value(course.eqd2)} EQD2")
    lines.append(f"  voxel sum: {_value(row.voxel_sum)}")
    lines.append(
        f"  bounds without registration: {_ends(row)}; sum of maxima {_number(row.sum_of_maxima_gy)}"
    )
    if row.band is not None and row.band.reason is None:
        lines.append(
            f"  scenario band: {_number(row.band.low_gy)} to {_number(row.band.high_gy)} ({row.band.method})"
        )
    if row.ellipsoid_free.value is not None:
        lines.append(
            f"  per-voxel ellipsoid maximum: {_value(row.ellipsoid_free)} free, "
            f"{_value(row.ellipsoid_restricted)} kept inside the organ; "
            f"sum of maxima {_number(row.sum_of_maxima_gy)}"
        )
    if row.without_repair is not None:
        lines.append(
            "  without any repair between the fractions of a day: voxel sum "
            f"{_value(row.without_repair.voxel_sum)}, bounds {_ends(row.without_repair)}"
        )
    if row.with_recovery.value is not None:
        lines.append(f"  with recovery: {_value(row.with_recovery)}. {row.recovery_statement}")
    if row.limit is not None and row.verdict is not None:
        because = f" ({row.reason})" if row.reason else ""
        lines.append(f"  limit {row.limit}: {row.verdict.value}{because}")
    lines += [f"  would flip it: {flip}" for flip in row.flips]
    if row.alpha_beta_band_gy is not None:
        lines.append(f"  over the stated alpha/beta: {_pair(row.alpha_beta_band_gy)}")
    if row.recovery_band_gy is not None:
        lines.append(f"  over the stated recovery: {_pair(row.recovery_band_gy)}")
    lines += [f"  {_left(left)}" for left in row.remaining]
    return lines


def _left(left: Remaining) -> str:
    recovery = "" if left.recovery == "none" else f" with recovery {left.recovery}"
    if left.total_dose_gy is None:
        return (
            f"remaining, {left.basis}{recovery}, {left.n_fractions} fractions: not computable ({left.reason})"
        )
    why = f" ({left.reason})" if left.reason else ""
    factor = "" if left.factor is None else f", {left.factor:.3f} of {_scaled(left)}"
    ends = (
        "" if left.low_gy is None or left.high_gy is None else f" [{left.low_gy:.2f} to {left.high_gy:.2f}]"
    )
    return (
        f"remaining, {left.basis}{recovery}, {left.n_fractions} fractions: "
        f"{left.total_dose_gy:.2f} Gy{ends}{factor}{why}"
    )


def _scaled(left: Remaining) -> str:
    return "the fractions still to come" if left.basis.startswith("rest") else "the new plan"


def _value(value: MetricValue) -> str:
    if value.value is None:
        return f"none ({value.reason})"
    return f"{value.value:.2f}{_half_width(value.uncertainty)} Gy"


def _half_width(uncertainty: float | None) -> str:
    """Return a half-width to two digits, but none finer than the value it stands beside."""
    if uncertainty is None:
        return ""
    return " ± <0.01" if uncertainty < 0.005 else f" ± {max(uncertainty, 0.01):.2g}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f} Gy"


def _pair(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.2f} to {ends[1]:.2f} Gy"


def _ends(row: OrganRow) -> str:
    if row.bounds.low is None and row.bounds.high is None:
        return f"none ({row.bounds.reason})"
    return f"{_number(row.bounds.low)} to {_number(row.bounds.high)}"
