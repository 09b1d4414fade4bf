"""A plan check as the command line's document."""

from __future__ import annotations

from typing import Any

from rtplan.limits import Shown
from rtplan.plan_check import (
    DISTANCE_COLUMNS,
    DISTANCE_RULE_COLUMNS,
    TARGET_COLUMNS,
    VERDICT_COLUMNS,
    DrawnWithoutLimit,
    IcruReport,
    PlanCheck,
    RiskVolume,
    metric_values,
)
from rtplan.text import record_of

__all__ = ["check_document"]


def check_document(check: PlanCheck) -> dict[str, Any]:
    """Return a check as the keys of the JSON document; lists keep the order of the set and of the files.

    Parameters
    ----------
    check : PlanCheck

    Returns
    -------
    dict
    """
    plan = check.treatment.plan
    return {
        "plan": None
        if plan is None
        else {
            "label": plan.label,
            "uid": plan.sop_instance_uid,
            "n_fractions": check.treatment.n_fractions,
            "prescription_gy": plan.prescription_gy,
        },
        "n_fractions": check.fractions.n_fractions,
        "dose_per_fraction_gy": check.fractions.dose_per_fraction_gy,
        "constraints": {"set": check.constraint_set.name, "sha256": check.constraint_set.sha256},
        "verdicts": [
            *(record_of(VERDICT_COLUMNS, row) for row in check.verdict_rows),
            *(record_of(DISTANCE_RULE_COLUMNS, judged) for judged in check.judged_distances),
        ],
        "counts": check.verdict_counts,
        "n_judged": check.n_judged,
        "n_limits_for_other_fractions": len(check.limits.other_fractions),
        "drawn_without_limit": [_without_limit_row(organ) for organ in check.drawn_without_limit],
        "required": [
            {"organ": organ.organ, "judged": organ.is_judged, "reason": organ.reason}
            for organ in check.required
        ],
        "shown": [_shown_row(row) for row in check.limits.shown],
        "distances": [record_of(DISTANCE_COLUMNS, distance) for distance in check.distances],
        "targets": [record_of(TARGET_COLUMNS, target) for target in check.targets],
        "icru": [_icru_row(report) for report in check.icru],
        "risk_volumes": [_risk_volume_row(volume) for volume in check.risk_volumes],
        "further_sets": [{"set": further.name, "sha256": further.sha256} for further in check.further_sets],
        "names": [
            {"structure": a.written, "number": a.number, "organ": a.standard, "evidence": a.evidence.value}
            for a in check.assignment.assigned
        ],
        "unmatched_names": [{"structure": m.written, "reason": m.reason} for m in check.assignment.unmatched],
    }


def _without_limit_row(drawn: DrawnWithoutLimit) -> dict[str, Any]:
    """A drawn organ that no limit speaks of, with what it gets."""
    return {
        "organ": drawn.organ,
        "structure": drawn.structure,
        "at_other_fractions": drawn.at_other_fractions,
        "reason": drawn.reason,
        "metrics": metric_values((drawn.maximum_gy, drawn.mean_gy)),
    }


def _shown_row(row: Shown) -> dict[str, Any]:
    """A row that is no limit."""
    c = row.constraint
    return {
        "organ": row.organ,
        "structure": row.structure,
        "metric": row.metric,
        "role": c.role.value,
        "comparator": c.comparator,
        "published": c.limit_as_published,
        "unit": c.unit,
        "value": row.value,
        "uncertainty": row.uncertainty,
        "reason": row.reason,
        "endpoint": c.endpoint or None,
        "source": c.source,
        "verification": c.verification,
        "note": c.note or None,
    }


def _icru_row(report: IcruReport) -> dict[str, Any]:
    """The reporting block of one target."""
    return {
        "name": report.structure,
        "kind": report.kind,
        "volume_cc": report.volume_cc,
        "rule": report.rule,
        "verification": report.verification,
        "values": {
            name: {
                "metric": index.name,
                "value": index.value,
                "uncertainty": index.uncertainty,
                "reason": index.reason,
            }
            for name, index in report.values.items()
        },
    }


def _risk_volume_row(volume: RiskVolume) -> dict[str, Any]:
    """One planning risk volume."""
    low, high = volume.reach_mm or (None, None)
    return {
        "name": volume.name,
        "organ": volume.margin.organ,
        "structure": volume.organ_structure,
        "margin_mm": volume.margin.margin_mm,
        "volume_cc": volume.volume_cc,
        "reach_across_planes_low_mm": low,
        "reach_across_planes_high_mm": high,
        "metrics": metric_values(volume.metrics),
        "overlaps": [
            {
                "target": overlap.target,
                "overlap_cc": overlap.volume_cc,
                "metrics": metric_values(overlap.doses),
                "reason": overlap.reason,
            }
            for overlap in volume.overlaps
        ],
        "drawn": volume.drawn,
        "drawn_lacks_cc": volume.missed_cc,
        "drawn_has_more_cc": volume.beyond_cc,
        "notes": list(volume.notes),
        "reason": volume.reason,
    }
