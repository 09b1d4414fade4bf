"""A re-irradiation answer as the JSON document of the command line."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dicom_io.objects import DeformableTransform, RigidTransform
from rtplan.courses import Course
from rtplan.reirradiation import Reirradiation
from rtplan.reirradiation.beside import CordRuleSet, OrganResidual, RertClass, TargetDose, rert_items
from rtplan.reirradiation.organ import ORGAN_COLUMNS
from rtplan.sums import InvertedDeformation, UsedTransform
from rtplan.text import record_of

__all__ = ["largest_vector_mm", "reirradiation_body"]


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
            {"course": prior.label, **asdict(imported), "agrees": imported.agrees}
            for prior in result.priors
            for imported in prior.imported
        ],
        "transforms": [_transform(transform) for transform in result.transforms],
        "unassigned_structures": list(result.unassigned),
        "matches": [{"organ": match.organ, "evidence": list(match.evidence)} for match in result.matches],
        "organs": [record_of(ORGAN_COLUMNS, row) for row in result.rows],
        "targets": [_target(dose) for dose in result.targets],
        "body_outside_named_organs": [asdict(above) for above in result.body],
        "cord_rules": [_cord_rule(rule) for rule in result.cord_rules],
        "observations": [asdict(seen) for seen in result.observations],
        "rert_class": None if result.rert_class is None else _rert_class(result.rert_class),
        "registration_quality": [_residual(residual) for residual in result.registration_quality],
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
                "name": condition.name,
                "value": condition.value,
                "uncertainty": condition.uncertainty,
                "comparator": condition.comparator,
                "limit": condition.limit,
                "unit": condition.unit,
                "verdict": condition.judgement.verdict.value,
                "reason": condition.judgement.reason,
            }
            for condition in rule.conditions
        ],
    }


def _rert_class(rert_class: RertClass) -> dict[str, Any]:
    texts = {item.item: item.text for item in rert_items()}
    return {
        "decided": rert_class.decided,
        "candidates": [{"class": name, "definition": texts[name]} for name in rert_class.candidates],
        "isodose": rert_class.isodose,
        "overlap_cc": rert_class.overlap_cc,
        "not_covered_cc": rert_class.not_covered_cc,
        "reason": rert_class.reason,
        "informing": list(rert_class.informing),
        "to_report": [
            {"item": item.item, "text": item.text, "source": item.source, "verification": item.how_verified}
            for item in rert_items()
            if item.item.startswith(("Reporting", "Decision"))
        ],
    }


def _residual(residual: OrganResidual) -> dict[str, Any]:
    return {
        "organ": residual.organ,
        "course": residual.course,
        "dice": residual.dice,
        "mean_surface_mm": residual.mean_surface_mm,
        "largest_surface_mm": residual.largest_surface_mm,
        "centroid_shift_mm": None if residual.centroid_shift_mm is None else list(residual.centroid_shift_mm),
        "centroid_distance_mm": residual.centroid_distance_mm,
        "determinant": residual.determinant,
        "rotation_degrees": residual.rotation_degrees,
        "reason": residual.reason,
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
        "largest_vector_mm": largest_vector_mm(transform),
        "inversion_residual_mm": transform.residual_mm
        if isinstance(transform, InvertedDeformation)
        else None,
    }


def largest_vector_mm(transform: UsedTransform) -> float | None:
    """Return the longest vector of a deformation; a rigid transform has none."""
    if isinstance(transform, InvertedDeformation):
        return transform.deformation.largest_vector_mm
    return transform.largest_vector_mm if isinstance(transform, DeformableTransform) else None
