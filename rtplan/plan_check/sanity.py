"""What is odd about a plan before any limit is looked at, and what must therefore not be judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.objects import GridGeometry, Plan, Structure
from rtplan.names import Assignment, split_side

__all__ = ["SanityCheck", "check_plan_sanity"]

FEWEST_VOXELS_ACROSS: Final = 3.0
"""A structure narrower than this many dose voxels is named: its near-maximum hangs on interpolation."""

_SURELY_BESIDE_MM: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class SanityCheck:
    """What was found before looking at limits.

    Attributes
    ----------
    findings : tuple of str
    blocked : mapping
        ROI numbers that must not be judged, with the reason.
    """

    findings: tuple[str, ...]
    blocked: Mapping[int, str]


def check_plan_sanity(
    plan: Plan | None,
    structures: Sequence[Structure],
    assignment: Assignment,
    *,
    dose_geometry: GridGeometry,
    image_geometry: GridGeometry | None,
) -> SanityCheck:
    """Check what a plan says about itself, and the structures that stand for organs.

    Parameters
    ----------
    plan : Plan or None
    structures : sequence of Structure
    assignment : Assignment
    dose_geometry : GridGeometry
    image_geometry : GridGeometry or None

    Returns
    -------
    SanityCheck
        Structures whose left and right are swapped are blocked; everything else is a finding.
    """
    judged = _judged_structures(structures, assignment)
    swapped = dict(_swapped_sides(structures, assignment))
    findings = (
        *_plan_findings(plan),
        *_support_and_bolus(structures),
        *dict.fromkeys(swapped.values()),
        *_beside_the_body(structures, assignment, swapped),
        *(text for structure in judged for text in _narrow(structure, dose_geometry)),
        *(text for structure in judged for text in _beyond_images(structure, image_geometry)),
    )
    return SanityCheck(findings=findings, blocked=swapped)


def _judged_structures(structures: Sequence[Structure], assignment: Assignment) -> list[Structure]:
    """Structures that stand for an organ and have contours."""
    numbers = {a.number for a in assignment.assigned}
    return [s for s in structures if s.number in numbers and s.contours]


def _plan_findings(plan: Plan | None) -> Iterator[str]:
    """What the plan says about itself that matters to limits."""
    if plan is None:
        yield "there is no plan: fractions and prescription are unknown"
        return
    if plan.approval_status != "APPROVED":
        yield f"the plan's approval status is {plan.approval_status or 'not given'}"
    if plan.is_brachytherapy:
        yield "a brachytherapy plan: limits of external-beam tables do not hold for its dose rate"
    unusual = [kind for kind in plan.radiation_types if kind not in ("PHOTON", "ELECTRON")]
    if unusual and not plan.is_brachytherapy:
        yield f"radiation type {', '.join(unusual)}: whether the dose is weighted by an RBE is not inferred"
    if plan.prescription_gy is None:
        yield "the plan states no target prescription"


def _support_and_bolus(structures: Sequence[Structure]) -> Iterator[str]:
    """Name couch and bolus structures: whether the dose took them into account is not in the files."""
    for kind, what in (("SUPPORT", "couch or support"), ("BOLUS", "bolus")):
        names = [structure.name for structure in structures if structure.interpreted_type == kind]
        if names:
            yield f"{what} contoured: {', '.join(map(repr, names))}"


def _middle(structure: Structure) -> NDArray[np.float64]:
    """Middle of a structure's points, mm."""
    points = np.concatenate([contour.points for contour in structure.contours])
    return np.asarray((points.min(axis=0) + points.max(axis=0)) / 2, dtype=np.float64)


def _swapped_sides(structures: Sequence[Structure], assignment: Assignment) -> Iterator[tuple[int, str]]:
    """Pairs whose left one lies on the patient's right of the other; x grows towards the patient's left."""
    by_number = {s.number: s for s in structures if s.contours}
    for left in assignment.assigned:
        if split_side(left.standard)[1] != "L" or left.number not in by_number:
            continue
        for right in assignment.of(f"{left.standard[:-1]}R"):
            if right.number not in by_number:
                continue
            gap = _middle(by_number[left.number])[0] - _middle(by_number[right.number])[0]
            if gap < 0:
                reason = (
                    f"{left.written!r} lies {-gap:.0f} mm to the patient's right of {right.written!r}: "
                    "their sides look swapped"
                )
                yield left.number, reason
                yield right.number, reason


def _beside_the_body(
    structures: Sequence[Structure], assignment: Assignment, swapped: Mapping[int, str]
) -> Iterator[str]:
    """Structures of one side that lie clearly on the other side of the body's middle."""
    body = next((s for s in structures if s.interpreted_type == "EXTERNAL" and s.contours), None)
    by_number = {s.number: s for s in structures if s.contours}
    if body is None:
        return
    for assigned in assignment.assigned:
        side = split_side(assigned.standard)[1]
        if side is None or assigned.number in swapped or assigned.number not in by_number:
            continue
        offset = _middle(by_number[assigned.number])[0] - _middle(body)[0]
        if (offset < -_SURELY_BESIDE_MM) if side == "L" else (offset > _SURELY_BESIDE_MM):
            where = "right" if side == "L" else "left"
            yield f"{assigned.written!r} lies {abs(offset):.0f} mm to the {where} of the body's middle"


def _narrow(structure: Structure, dose_geometry: GridGeometry) -> Iterator[str]:
    """Say when a structure is only a few dose voxels wide."""
    points = np.concatenate([contour.points for contour in structure.contours])
    spacing = max(dose_geometry.row_spacing, dose_geometry.column_spacing)
    across = min(float(np.ptp(points @ axis)) for axis in dose_geometry.axes[1:])
    if across < FEWEST_VOXELS_ACROSS * spacing:
        yield f"{structure.name!r} is {across:.1f} mm wide on a dose grid of {spacing:g} mm"


def _beyond_images(structure: Structure, geometry: GridGeometry | None) -> Iterator[str]:
    """Say when contours lie outside the images they were drawn on."""
    if geometry is None:
        return
    points = np.concatenate([contour.points for contour in structure.contours])
    index = geometry.to_index(points)
    last = np.array(geometry.shape) - 0.5
    outside = int(np.count_nonzero(np.any((index < -0.5 - 1e-6) | (index > last + 1e-6), axis=1)))
    if outside:
        yield f"{structure.name!r} has {outside} contour points outside the images"
