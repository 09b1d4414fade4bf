"""How much of the body outside all named organs lies above stated EQD2 levels.

Vessels, nerves and skin that nobody contoured are in it. The body is asked at points; eight lattices, each
shifted by half a step along some of the axes, are counted apart, and their spread is the uncertainty.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.objects import Structure
from rtplan.courses import Course
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.names import structure_names
from rtplan.sums import CumulativeField, OrganMask

__all__ = ["BodyAbove", "body_above", "body_structure"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_STEP_MM: Final = 4.0
"""Distance of the points of one lattice; all eight together lie half of that apart."""


@dataclass(frozen=True, kw_only=True)
class BodyAbove:
    """The volume above one level.

    Attributes
    ----------
    level_gy : float
        EQD2 at `alpha_beta_gy`.
    alpha_beta_gy : float
    volume_cc : float
        Of the body outside all named organs; targets are in it.
    uncertainty_cc : float
        Half-width with 95 % coverage, of the counting.
    in_targets_cc : float
        Part of it that lies inside a GTV, CTV or PTV.
    not_covered_cc : float
        Of the body outside all named organs: no dose is known there, so the volume may be larger.
    """

    level_gy: float
    alpha_beta_gy: float
    volume_cc: float
    uncertainty_cc: float
    in_targets_cc: float
    not_covered_cc: float


def body_structure(course: Course) -> Structure:
    """Return the outer contour of a course: the one of type EXTERNAL, else the one so named."""
    drawn = [s for s in course.structures if s.contours]
    found = [s for s in drawn if s.interpreted_type == "EXTERNAL"]
    found = found or [s for s in drawn if structure_names().standard_of(s.name) == "External"]
    if len(found) == 1:
        return found[0]
    names = ", ".join(s.name for s in found) or "none"
    raise RtplanLookupError(f"{course.label}: one outer contour (EXTERNAL) is needed, there is {names}")


def body_above(
    total: CumulativeField,
    body: Structure,
    *,
    organs: Sequence[Structure],
    targets: Sequence[Structure],
    levels_gy: Sequence[float],
) -> tuple[BodyAbove, ...]:
    """Measure the volume of the body outside all named organs above each level.

    Parameters
    ----------
    total : CumulativeField
        Its alpha/beta is that of the levels.
    body : Structure
    organs : sequence of Structure
        The named organs, whose doses stand in rows of their own.
    targets : sequence of Structure
    levels_gy : sequence of float
        EQD2, Gy, above 0.

    Returns
    -------
    tuple of BodyAbove
        In the order of the levels.
    """
    for level in levels_gy:
        if not (math.isfinite(level) and level > 0):
            raise RtplanValueError(f"level of {level} Gy EQD2: above 0 Gy is needed")
    lattices = _lattices(body)
    mask = OrganMask.of(body)
    named = [OrganMask.of(organ) for organ in organs if organ.contours]
    aimed = [OrganMask.of(target) for target in targets if target.contours]
    counted = np.array([_counted(total, points, mask, named, aimed, levels_gy) for points in lattices])
    volumes = counted * (_STEP_MM**3 / 1000)
    middle = volumes.mean(axis=0)
    spread = 2 * volumes.std(axis=0, ddof=1)
    return tuple(
        BodyAbove(
            level_gy=float(level),
            alpha_beta_gy=total.alpha_beta,
            volume_cc=float(middle[1 + 2 * k]),
            uncertainty_cc=float(spread[1 + 2 * k]),
            in_targets_cc=float(middle[2 + 2 * k]),
            not_covered_cc=float(middle[0]),
        )
        for k, level in enumerate(levels_gy)
    )


def _lattices(body: Structure) -> list[FloatArray]:
    """Eight interleaved lattices of points over the body's bounding box."""
    drawn = np.concatenate([contour.points for contour in body.contours])
    low, high = drawn.min(axis=0) - _STEP_MM, drawn.max(axis=0) + _STEP_MM
    axes = [np.arange(start, stop, _STEP_MM) for start, stop in zip(low, high, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    return [points + np.array(step) * _STEP_MM / 2 for step in itertools.product((0, 1), repeat=3)]


def _counted(
    total: CumulativeField,
    points: FloatArray,
    body: OrganMask,
    organs: Sequence[OrganMask],
    targets: Sequence[OrganMask],
    levels_gy: Sequence[float],
) -> list[int]:
    """Count one lattice: points not covered, then for each level those above it and those in targets."""
    inside = points[body.holds(points)]
    unnamed = inside[~_any_holds(organs, inside)]
    dose = total.sample(unnamed)
    aimed = _any_holds(targets, unnamed)
    counts = [int(np.isnan(dose).sum())]
    for level in levels_gy:
        above = dose >= level
        counts += [int(above.sum()), int((above & aimed).sum())]
    return counts


def _any_holds(masks: Sequence[OrganMask], points: FloatArray) -> BoolArray:
    found = np.zeros(len(points), dtype=np.bool_)
    for mask in masks:
        found |= mask.holds(points)
    return found
