"""How far the tumour is from the spinal cord, and what a trial's distance rule says about it.

The rule speaks of the tumour: GTV, never PTV or CTV unless one is chosen, and then it is labelled. "Within
3 mm" includes exactly 3 mm. Cauda equina and thecal sac are shown beside the cord, never instead of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np

from dicom_io.contours import SlabStack
from dicom_io.objects import GridGeometry, Structure
from dicom_io.shapes import Distance, distance
from rtplan.files import shipped_file
from rtplan.limits import VERIFICATION, Comparator, Judgement, Limit, Verdict
from rtplan.names import Assignment, drawn_targets, target_of

__all__ = [
    "CORD_AND_NEIGHBOURS",
    "DistanceRule",
    "TargetDistance",
    "distance_rules",
    "judge_distance",
    "target_distances",
]

CORD_AND_NEIGHBOURS: Final = ("SpinalCord", "CaudaEquina", "ThecalSac")
"""Organs that distances are measured to, the one that rules speak of first."""

_ROUNDING_MM: Final = 1e-6


@dataclass(frozen=True, kw_only=True)
class DistanceRule:
    """A published rule on the distance between a target and an organ.

    Attributes
    ----------
    id : str
    from_target : str
        ``"GTV"``.
    to_organ : str
    comparator : {">", ">="}
        What keeps the rule.
    limit_mm : float
    statement : str
        The rule in its own words.
    source, url, how_verified : str
    """

    id: str
    from_target: str
    to_organ: str
    comparator: Comparator
    limit_mm: float
    statement: str
    source: str
    url: str
    how_verified: str

    @property
    def verification(self) -> str:
        """How the rule was checked, as a report prints it."""
        return VERIFICATION[self.how_verified]


@dataclass(frozen=True, kw_only=True)
class TargetDistance:
    """The distance of one target from one organ.

    Attributes
    ----------
    from_name, to_name : str
        The structures' own names, or what was looked for where there is none.
    to_organ : str
        Standard name of the organ.
    distance_mm, low_mm, high_mm : float or None
        As drawn, and the interval across planes.
    overlap_cc : float or None
    reason : str or None
        Why there is no distance.
    notes : tuple of str
        Slice spacing, what the contours were drawn on, a target that is no GTV.
    """

    from_name: str
    to_name: str
    to_organ: str
    distance_mm: float | None
    low_mm: float | None
    high_mm: float | None
    overlap_cc: float | None
    reason: str | None
    notes: tuple[str, ...] = ()


@cache
def distance_rules() -> tuple[DistanceRule, ...]:
    """Return the published distance rules.

    Examples
    --------
    >>> [(rule.from_target, rule.to_organ, rule.comparator, rule.limit_mm) for rule in distance_rules()]
    [('GTV', 'SpinalCord', '>', 3.0)]
    """
    rows = [row.cells for row in shipped_file("rtplan.plan_check", "distance_rules.csv").rows()]
    return tuple(DistanceRule(**{**row, "limit_mm": float(row["limit_mm"])}) for row in rows)  # type: ignore[arg-type]


def judge_distance(found: TargetDistance, rule: DistanceRule) -> Judgement:
    """Judge a distance, taking its interval across planes for what it may be.

    Parameters
    ----------
    found : TargetDistance
    rule : DistanceRule

    Returns
    -------
    Judgement
        Within when even the smallest distance keeps the rule, exceeds when not even the largest does.

    Examples
    --------
    >>> three = TargetDistance(from_name="GTV", to_name="SpinalCord", to_organ="SpinalCord", distance_mm=3.0,
    ...                        low_mm=3.0, high_mm=3.0, overlap_cc=0.0, reason=None)
    >>> judge_distance(three, distance_rules()[0]).verdict.value
    'exceeds'
    """
    limit = Limit(low=rule.limit_mm, high=rule.limit_mm)
    if found.distance_mm is None or found.low_mm is None or found.high_mm is None:
        return Judgement(
            verdict=Verdict.NOT_EVALUABLE, reason=found.reason or "there is no distance", margin=None
        )
    margin = found.distance_mm - rule.limit_mm
    kept = [_keeps(value, rule, limit) for value in (found.low_mm, found.high_mm)]
    if kept[0] == kept[1]:
        return Judgement(verdict=Verdict.WITHIN if kept[0] else Verdict.EXCEEDS, reason=None, margin=margin)
    reason = (
        f"the limit {rule.limit_mm:g} mm lies inside {found.low_mm:.2f} to {found.high_mm:.2f} mm: "
        "nobody drew between the planes"
    )
    return Judgement(verdict=Verdict.BORDERLINE, reason=reason, margin=margin)


def _keeps(value: float, rule: DistanceRule, limit: Limit) -> bool:
    """Compare; a distance that differs from the limit by rounding only is the limit."""
    if abs(value - limit.low) <= _ROUNDING_MM:
        return rule.comparator == ">="
    return value > limit.low


def target_distances(
    structures: Sequence[Structure],
    assignment: Assignment,
    *,
    image_geometry: GridGeometry | None,
    image_modality: str | None,
    from_names: Sequence[str] = (),
) -> tuple[TargetDistance, ...]:
    """Measure from every GTV to the spinal cord, and to its neighbours where they are contoured.

    Parameters
    ----------
    structures : sequence of Structure
    assignment : Assignment
        Which structures stand for cord, cauda equina and thecal sac.
    image_geometry : GridGeometry or None
        Of the images that the structures were drawn on; None where it is not known.
    image_modality : str or None
        Such as ``"CT"``.
    from_names : sequence of str, optional
        Targets to measure from instead of the GTVs; a PTV or CTV is labelled as what it is.

    Returns
    -------
    tuple of TargetDistance
        One for each target and organ; the cord always has a row, with the reason where there is no distance.
    """
    targets = _targets(structures, from_names)
    by_number = {structure.number: structure for structure in structures}
    rows = []
    for organ in CORD_AND_NEIGHBOURS:
        assigned = [by_number[a.number] for a in assignment.of(organ)]
        if organ != CORD_AND_NEIGHBOURS[0] and not assigned:
            continue
        rows.extend(_rows_to(organ, targets, assigned, image_geometry, image_modality))
    return tuple(rows)


def _targets(structures: Sequence[Structure], from_names: Sequence[str]) -> list[Structure]:
    if from_names:
        return [structure for structure in structures if structure.name in from_names]
    return [structure for structure, _ in drawn_targets(structures, "GTV")]


def _rows_to(
    organ: str,
    targets: Sequence[Structure],
    assigned: Sequence[Structure],
    geometry: GridGeometry | None,
    modality: str | None,
) -> list[TargetDistance]:
    """All rows to one organ."""
    if not targets:
        return [_no_distance("GTV", organ, organ, "no GTV is contoured; a PTV or CTV is not taken instead")]
    if not assigned:
        reason = f"no structure stands for {organ}"
        return [_no_distance(target.name, organ, organ, reason) for target in targets]
    if len(assigned) > 1:
        listed = ", ".join(repr(structure.name) for structure in assigned)
        reason = f"{len(assigned)} structures stand for {organ}: {listed}; choose one"
        return [_no_distance(target.name, organ, organ, reason) for target in targets]
    return [_measured(target, assigned[0], organ, geometry, modality) for target in targets]


def _no_distance(from_name: str, to_name: str, organ: str, reason: str) -> TargetDistance:
    return TargetDistance(
        from_name=from_name,
        to_name=to_name,
        to_organ=organ,
        distance_mm=None,
        low_mm=None,
        high_mm=None,
        overlap_cc=None,
        reason=reason,
    )


def _measured(
    target: Structure, organ: Structure, standard: str, geometry: GridGeometry | None, modality: str | None
) -> TargetDistance:
    """Measure one pair; a cord that may go on nearer outside the scan has no distance."""
    found = distance(target, organ)
    row = TargetDistance(
        from_name=target.name,
        to_name=organ.name,
        to_organ=standard,
        distance_mm=found.distance_mm,
        low_mm=found.low_mm,
        high_mm=found.high_mm,
        overlap_cc=found.overlap_cc,
        reason=found.reason,
        notes=tuple(_notes(target, organ, modality)),
    )
    leaves = _leaves_scan_nearby(target, organ, found, geometry)
    if leaves is None:
        return row
    return replace(row, distance_mm=None, low_mm=None, high_mm=None, reason=leaves)


def _notes(target: Structure, organ: Structure, modality: str | None) -> Iterable[str]:
    """What a reader must know about a distance."""
    found = target_of(target)
    if found is None or found.kind != "GTV":
        yield f"measured from {target.name!r}, which is {found.kind if found else 'no target'} and no GTV"
    elif found.question:
        yield found.question
    for structure in (target, organ):
        spacing = _plane_spacing(structure)
        if spacing is not None:
            yield f"{structure.name!r} is drawn every {spacing:g} mm"
    if modality == "CT":
        yield "drawn on CT, which stands in for the MRI that the rule names"
    elif modality is None:
        yield "the images are not there: whether CT or MRI was drawn on is not known"


def _plane_spacing(structure: Structure) -> float | None:
    """The usual spacing of a structure's planes, mm; None where there are fewer than two."""
    positions = SlabStack.of(structure).positions
    return round(float(np.median(np.diff(positions))), 3) if len(positions) > 1 else None


def _leaves_scan_nearby(
    target: Structure, organ: Structure, found: Distance, geometry: GridGeometry | None
) -> str | None:
    """Why an organ that ends with the scan may be nearer outside it, or None.

    What is not seen lies beyond the last slice; it cannot be nearer than that slice is.
    """
    if geometry is None or found.distance_mm is None or not organ.contours or not target.contours:
        return None
    spacing = _plane_spacing(organ) or 0.0
    ours, theirs = (_along_normal(structure, geometry) for structure in (target, organ))
    first, last = _scan_ends(geometry)
    for end, organ_end, gap in (
        (first, theirs.min(), ours.min() - first),
        (last, theirs.max(), last - ours.max()),
    ):
        if abs(organ_end - end) <= 0.5 * spacing + _ROUNDING_MM and gap < found.distance_mm:
            return (
                f"{organ.name!r} leaves the scan {max(float(gap), 0.0):.1f} mm from {target.name!r}: "
                "what lies outside may be nearer"
            )
    return None


def _along_normal(
    structure: Structure, geometry: GridGeometry
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Positions of a structure's contours along the normal of the images, mm."""
    points = np.array([contour.points.mean(axis=0) for contour in structure.contours])
    return np.asarray(points @ geometry.normal, dtype=np.float64)


def _scan_ends(geometry: GridGeometry) -> tuple[float, float]:
    """First and last slice along the normal, mm."""
    ends = [
        float(geometry.to_patient(np.array([[frame, 0, 0]], dtype=float))[0] @ geometry.normal)
        for frame in (0, geometry.shape[0] - 1)
    ]
    return min(ends), max(ends)
