"""Closed contours in the coordinates of their common planes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray, IntArray
from dicom_io.objects import Contour, Structure

__all__ = ["Drawn", "closed_contours", "following_points", "longest_side", "why_no_contour"]

CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
FLAT_MM = 1e-3
"""Contours are flat along a patient axis to the last digits of their coordinates."""
NEARLY_FLAT_MM = 0.1
"""Contours that leave their plane by less are flat but for noise; a real tilt of so little moves nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn:
    """Closed contours in the coordinates of their planes.

    Attributes
    ----------
    u, v, normal : ndarray, shape (3,)
        Unit vectors in patient coordinates.
    points : ndarray, shape (points, 2)
        Contour after contour, mm.
    lengths : ndarray of int, shape (contours,)
        Points of each contour.
    positions : ndarray, shape (contours,)
        Where each contour lies along `normal`, mm.
    is_xor : ndarray of bool, shape (contours,)
    images : ndarray of int, shape (contours,)
        Contours that name the same image have the same number; -1 where none is named.
    off_plane : float
        How far a contour leaves its plane at most, mm.
    """

    u: FloatArray
    v: FloatArray
    normal: FloatArray
    points: FloatArray
    lengths: IntArray
    positions: FloatArray
    is_xor: BoolArray
    images: IntArray
    off_plane: float

    @classmethod
    def of(cls, contours: list[Contour]) -> Drawn:
        """Return contours, at least one, in the coordinates of their planes."""
        points = np.concatenate([contour.points for contour in contours])
        lengths = np.array([len(contour.points) for contour in contours], dtype=np.int64)
        starts = np.cumsum(lengths) - lengths
        u, v, normal = _plane_axes(points, starts)
        along = _component(points, normal)
        low, high = np.minimum.reduceat(along, starts), np.maximum.reduceat(along, starts)
        return cls(
            u=u,
            v=v,
            normal=normal,
            points=np.stack([_component(points, u), _component(points, v)], axis=1),
            lengths=lengths,
            positions=np.add.reduceat(along, starts) / lengths,
            is_xor=np.array([contour.geometric_type == "CLOSEDPLANAR_XOR" for contour in contours]),
            images=_numbered_images([contour.image_uid for contour in contours]),
            off_plane=float(np.max(high - low)),
        )

    @property
    def starts(self) -> IntArray:
        """Index of each contour's first point."""
        found: IntArray = np.cumsum(self.lengths) - self.lengths
        return found

    @property
    def edges(self) -> FloatArray:
        """Every edge as u0, v0, u1, v1, contour after contour."""
        return np.concatenate([self.points, following_points(self.points, self.starts)], axis=1)

    @property
    def boxes(self) -> FloatArray:
        """Smallest u, smallest v, largest u, largest v of each contour."""
        low = np.minimum.reduceat(self.points, self.starts)
        return np.concatenate([low, np.maximum.reduceat(self.points, self.starts)], axis=1)

    def only(self, kept: BoolArray) -> Drawn:
        """Return some of the contours."""
        if kept.all():
            return self
        return replace(
            self,
            points=self.points[np.repeat(kept, self.lengths)],
            lengths=self.lengths[kept],
            positions=self.positions[kept],
            is_xor=self.is_xor[kept],
            images=self.images[kept],
        )


def _numbered_images(uids: list[str]) -> IntArray:
    """The same number for contours that name the same image."""
    number = {uid: place for place, uid in enumerate(dict.fromkeys(uids))}
    return np.array([number[uid] if uid else -1 for uid in uids], dtype=np.int64)


def longest_side(contours: list[Contour]) -> float:
    """Return the longest side of a box around all points, mm."""
    points = np.concatenate([contour.points for contour in contours])
    halves = [along.max() / 2 - along.min() / 2 for along in points.T]
    return float(max(halves)) * 2  # halves: a difference of huge numbers would overflow


def closed_contours(structure: Structure) -> tuple[list[Contour], tuple[str, ...]]:
    """Return the contours that enclose an area, and what was left out."""
    closed = []
    ignored: dict[str, int] = {}
    for contour in structure.contours:
        kind = contour.geometric_type or "contour of a type that is not stated"
        if contour.geometric_type in CLOSED and len(contour.points) < 3:
            kind = f"{kind} of fewer than 3 points"
        elif contour.geometric_type in CLOSED:
            closed.append(contour)
            continue
        ignored[kind] = ignored.get(kind, 0) + 1
    findings = tuple(
        f"{structure.name}: left out, since they enclose nothing: {count} x {kind}"
        for kind, count in ignored.items()
    )
    return closed, findings


def why_no_contour(structure: Structure) -> str:
    """Return why a structure has no closed contour."""
    if structure.unread:
        return structure.unread
    if not structure.contours:
        return "structure has no contours"
    kinds = sorted(
        {contour.geometric_type or "of a type that is not stated" for contour in structure.contours}
    )
    return f"structure has no closed contour, only {', '.join(kinds)}"


def _plane_axes(points: FloatArray, starts: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """In-plane axes and normal of contours: a patient axis where they are flat along it, else Newell's.

    Contours that are flat but for noise, or of which most are flat to the last digit, lie across an axis:
    their own normal would be tilted by their noise, and with it the planes of all others.
    """
    axes = np.eye(3)
    for normal in (2, 0, 1):
        along = np.ascontiguousarray(points[:, normal])
        off = np.maximum.reduceat(along, starts) - np.minimum.reduceat(along, starts)
        if np.max(off) < NEARLY_FLAT_MM or np.median(off) < FLAT_MM:
            return axes[(normal + 1) % 3], axes[(normal + 2) % 3], axes[normal]
    normal_vector = _common_normal(points, starts)
    across = axes[int(np.argmin(np.abs(normal_vector)))]
    u = across - (across @ normal_vector) * normal_vector
    u /= np.linalg.norm(u)
    return u, np.cross(normal_vector, u), normal_vector


def _common_normal(points: FloatArray, starts: IntArray) -> FloatArray:
    """Unit normal of the contours, weighted by area; towards its largest coordinate."""
    following = following_points(points, starts)
    reference = np.repeat(points[starts], np.diff(np.append(starts, len(points))), axis=0)
    area = 0.5 * np.add.reduceat(np.cross(points - reference, following - reference), starts)
    largest = area[np.argmax(np.linalg.norm(area, axis=1))]
    total = np.sum(area * np.sign(area @ largest)[:, None], axis=0)
    length = np.linalg.norm(total)
    if length == 0:
        return np.array([0.0, 0.0, 1.0])
    unit: FloatArray = total / length
    upwards: FloatArray = unit * np.sign(unit[np.argmax(np.abs(unit))])
    return upwards


def _component(points: FloatArray, direction: FloatArray) -> FloatArray:
    """Coordinates along a unit vector; of a patient axis simply that column."""
    axis = int(np.argmax(np.abs(direction)))
    if direction[axis] == 1:
        return points[:, axis]
    along: FloatArray = points @ direction
    return along


def following_points(points: FloatArray, starts: IntArray) -> FloatArray:
    """Return each point's successor within its closed contour."""
    following = np.empty_like(points)
    following[:-1] = points[1:]
    ends = np.append(starts[1:], len(points)) - 1
    following[ends] = points[starts]
    return following
