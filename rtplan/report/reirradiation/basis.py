"""What a re-irradiation rests on: registration, assumptions, and where each input number is from."""

from __future__ import annotations

from dicom_io.objects import DeformableTransform
from rtplan.plan_check import PlanCheck
from rtplan.reirradiation import Reirradiation
from rtplan.reirradiation.organ import recovery_for
from rtplan.report.model import Block, Cell, Facts, Paragraph, Table
from rtplan.report.reirradiation.further import residual_blocks
from rtplan.report.reirradiation.tables import alpha_beta_text
from rtplan.sums import InvertedDeformation, UsedTransform

__all__ = ["assumption_blocks", "registration_blocks", "source_table"]

_NOT_CHECKED = "taken as given, not checked by this program"


def registration_blocks(result: Reirradiation) -> list[Block]:
    """Return how the courses were joined and what is known of how well."""
    if not result.transforms:
        text = result.joined.reason or "All courses share one frame of reference; no registration was needed."
        return [Paragraph(text=text)]
    transforms = [_transform_facts(transform) for transform in result.transforms]
    return [_quality(result), *residual_blocks(result), *transforms]


def _transform_facts(transform: UsedTransform) -> Facts:
    return Facts(
        caption=f"Transform from a {transform.source}",
        items=[
            ("carries points of frame", transform.maps_from),
            ("into frame", transform.maps_to),
            *_motion_facts(transform),
            ("SOP instance UID", transform.source_uid or "none"),
            ("SHA-256", transform.source_sha256 or "none"),
        ],
    )


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


def _quality(result: Reirradiation) -> Facts:
    """Return what the answer itself says of the registration: coverage, bounds, the stated uncertainty."""
    partly = sorted(
        {r.name for r in result.rows if r.covered_fraction is not None and r.covered_fraction < 0.9999}
    )
    outside = [warning for warning in result.warnings if "lies outside the bounds" in warning]
    bands = sorted({row.band.method for row in result.rows if row.band is not None})
    reasons = sorted({row.band_reason for row in result.rows if row.band_reason})
    return Facts(
        caption="Quality",
        items=[
            ("organs not covered by all courses", ", ".join(partly) or "none"),
            ("voxel sums outside their bounds", "; ".join(outside) or "none"),
            ("uncertainty", "; ".join(bands) or "; ".join(reasons) or "not stated"),
            ("how well the images match", "not measured; look at the fused images"),
        ],
    )


def assumption_blocks(result: Reirradiation) -> list[Block]:
    """Return what the numbers rest on: recovery, bounds, structures, what was left out."""
    bounds = list(dict.fromkeys(statement for row in result.rows for statement in row.bounds.statements))
    bands = list(dict.fromkeys(row.band_reason for row in result.rows if row.band_reason))
    recovery = list(dict.fromkeys(row.recovery_statement for row in result.rows if row.recovery_statement))
    blocks: list[Block] = [
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


def source_table(result: Reirradiation, check: PlanCheck | None) -> Table:
    """Return where each number that was not computed here is from, and how it was verified."""
    rows = [*_alpha_beta_sources(result), *_limit_sources(result), *_recovery_sources(result)]
    rows += [] if check is None else _set_sources(check)
    return Table(
        caption="Numbers that were not computed here",
        columns=["what", "value", "source", "verification"],
        rows=[[Cell(text=text) for text in row] for row in dict.fromkeys(rows)],
    )


def _alpha_beta_sources(result: Reirradiation) -> list[tuple[str, str, str, str]]:
    return [
        (f"alpha/beta of {r.name}", alpha_beta_text(r), r.alpha_beta_source or "not stated", _NOT_CHECKED)
        for r in result.rows
    ]


def _limit_sources(result: Reirradiation) -> list[tuple[str, str, str, str]]:
    return [
        (f"limit of {row.name}", str(row.limit), row.limit.source, _NOT_CHECKED)
        for row in result.rows
        if row.limit is not None
    ]


def _recovery_sources(result: Reirradiation) -> list[tuple[str, str, str, str]]:
    if result.recovery == "none":
        return []
    found = []
    for match in result.matches:
        recovery = recovery_for(match, result.recovery, intervals=result.intervals)
        if recovery.reason is None:  # else nothing was taken off, and the organ's row says why
            rule = recovery.rule
            found.append((f"recovery of {match.organ}", result.recovery, rule.source, rule.how_verified))
    return found


def _set_sources(check: PlanCheck) -> list[tuple[str, str, str, str]]:
    used = [
        e.constraint for e in check.limits.evaluations if e.constraint is not None and e.structure is not None
    ]
    name = check.constraint_set.name
    return [(f"limits of {name}", "see the section on the new plan", c.source, c.verification) for c in used]
