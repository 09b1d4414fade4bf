"""How well a registration carries contours that both courses have onto each other.

Dice, mean and largest surface distance and the shift of the centre, organ by organ. Contours differ between
observers and organs fill and empty, so residuals describe contours and registration together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.contours import SlabStack
from dicom_io.objects import Structure
from rtplan.reirradiation.organ import Joined, OrganMatch
from rtplan.sums import OrganPoints, PointTransform

__all__ = ["OrganResidual", "organ_residual", "registration_quality"]

FloatArray = NDArray[np.float64]

_POINTS_MM: Final = 2.0
_MOST_SURFACE_POINTS: Final = 20_000


@dataclass(frozen=True, kw_only=True)
class OrganResidual:
    """How one organ's contours of two courses meet.

    Attributes
    ----------
    organ : str
    course : str
        Label of the earlier course.
    dice : float or None
        Twice the common volume over the sum of both, 0 to 1, counted on points about 2 mm apart.
    mean_surface_mm, largest_surface_mm : float or None
        From points on today's contours, carried over, to the earlier contours and back; across planes a
        distance is no finer than the planes are apart.
    centroid_shift_mm : (float, float, float) or None
        Earlier centre minus today's carried over, in the earlier frame, mm.
    determinant : float or None
        Of the transform's derivative at the organ's centre: 1 for a rigid one, the local change of volume.
    rotation_degrees : float or None
        Of the derivative's rotational part there.
    reason : str or None
        Why there is nothing.
    is_registered : bool
        False in a shared frame of reference: contours meet as they lie.
    """

    organ: str
    course: str
    dice: float | None = None
    mean_surface_mm: float | None = None
    largest_surface_mm: float | None = None
    centroid_shift_mm: tuple[float, float, float] | None = None
    determinant: float | None = None
    rotation_degrees: float | None = None
    reason: str | None = None
    is_registered: bool = True

    @property
    def centroid_distance_mm(self) -> float | None:
        """Length of the shift of the centre, mm."""
        return None if self.centroid_shift_mm is None else math.dist(self.centroid_shift_mm, (0, 0, 0))


def registration_quality(joined: Joined, matches: Sequence[OrganMatch]) -> tuple[OrganResidual, ...]:
    """Return the residuals of every organ that the new course and an earlier one have.

    Parameters
    ----------
    joined : Joined
    matches : sequence of OrganMatch
    """
    found = []
    for place, prior in enumerate(joined.priors):
        if prior.reason is not None:
            continue
        for match in matches:
            earlier = match.priors[place]
            if match.new is None or earlier is None or match.is_carried:
                continue
            transform = next(
                (t for t in prior.transforms if t.maps_to == earlier.frame_of_reference_uid), None
            )
            if transform is not None:
                residual = organ_residual(
                    match.new, earlier, transform, organ=match.organ, course=prior.course.label
                )
                found.append(replace(residual, is_registered=transform.source != "identity"))
    return tuple(found)


def organ_residual(
    new: Structure, earlier: Structure, transform: PointTransform, *, organ: str, course: str
) -> OrganResidual:
    """Carry an organ's contours through a transform and measure how they meet the earlier ones.

    Parameters
    ----------
    new, earlier : Structure
        In the frames that the transform maps from and to.
    transform : PointTransform
    organ, course : str
        Names for the result.
    """
    stacks = [SlabStack.of(structure) for structure in (new, earlier)]
    reason = next((stack.reason for stack in stacks if stack.reason is not None), None)
    if reason is not None:
        return OrganResidual(organ=organ, course=course, reason=reason)
    inside = OrganPoints.of(new, spacing_mm=_POINTS_MM)
    carried = transform.apply(inside.points)
    if np.isnan(carried).any():
        reason = "the transform does not cover the whole organ"
        return OrganResidual(organ=organ, course=course, reason=reason)
    before = OrganPoints.of(earlier, spacing_mm=_POINTS_MM)
    centre, old_centre = _centre(carried, inside.volume_cc), _centre(before.points, before.volume_cc)
    shift = old_centre - centre
    distances = _surface_distances(transform.apply(_surface(stacks[0])), _surface(stacks[1]))
    determinant, rotation = _local(transform, _centre(inside.points, inside.volume_cc))
    return OrganResidual(
        organ=organ,
        course=course,
        dice=_dice(inside, carried, before, stacks[1], determinant),
        mean_surface_mm=float(distances.mean()),
        largest_surface_mm=float(distances.max()),
        centroid_shift_mm=(float(shift[0]), float(shift[1]), float(shift[2])),
        determinant=determinant,
        rotation_degrees=rotation,
    )


def _centre(points: FloatArray, weight: FloatArray) -> FloatArray:
    centre: FloatArray = np.average(points, axis=0, weights=weight)
    return centre


def _dice(
    inside: OrganPoints, carried: FloatArray, before: OrganPoints, earlier: SlabStack, determinant: float
) -> float:
    """Twice the common volume over both: what each point stands for is common where it lands inside."""
    volume = inside.volume_cc * abs(determinant)
    common = float(volume[earlier.holds(carried)].sum())
    return min(1.0, 2 * common / float(volume.sum() + before.volume_cc.sum()))


def _surface(stack: SlabStack) -> FloatArray:
    """Points along the contours about 1 mm apart."""
    start, span = stack.edges[:, :2], stack.edges[:, 2:] - stack.edges[:, :2]
    parts = np.ceil(np.hypot(*span.T)).astype(np.int64).clip(1)
    owner = np.repeat(np.arange(len(parts)), parts)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(parts) - parts, parts)
    flat = start[owner] + (nth / parts[owner])[:, None] * span[owner]
    plane = stack.edge_plane[owner]
    in_plane = np.outer(flat[:, 0], stack.u) + np.outer(flat[:, 1], stack.v)
    points = in_plane + np.outer(stack.positions[plane], stack.normal)
    step = max(len(points) // _MOST_SURFACE_POINTS, 1)
    thinned: FloatArray = points[::step]
    return thinned


def _surface_distances(one: FloatArray, other: FloatArray) -> FloatArray:
    """Distance of every point of each surface from the nearest of the other's."""
    from scipy.spatial import KDTree  # noqa: PLC0415 - scipy loads only where it is used

    there, _ = KDTree(other).query(one)
    back, _ = KDTree(one).query(other)
    return np.concatenate([np.asarray(there), np.asarray(back)])


def _local(transform: PointTransform, at: FloatArray) -> tuple[float, float]:
    """Determinant and rotation of a transform's derivative at a point, from central differences."""
    step = 1.0
    derivative = np.stack(
        [
            (transform.apply(at + step * axis) - transform.apply(at - step * axis)).ravel() / (2 * step)
            for axis in np.eye(3)
        ],
        axis=1,
    )
    left, _, right = np.linalg.svd(derivative)
    cosine = (np.trace(left @ right) - 1) / 2
    return float(np.linalg.det(derivative)), float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
