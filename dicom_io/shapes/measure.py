"""Size and place of a structure as drawn: volume, surface, centroid, diameter, box.

Volume and centroid are those of the slabs (each polygon fills half-way to its neighbours) and exact. The
steps between slabs are no surface of an organ, so the surface is estimated from outlines that are linked from
plane to plane: each point of an outline goes straight to the nearest point of the next one, and the
area of the strip is its length times its slant. Of prisms and of cones' frusta this is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from dicom_io.arrays import BoolArray, FloatArray
from dicom_io.contours import SlabStack, along_edges, loops_of, overlay, signed_distances
from dicom_io.objects import Structure
from dicom_io.shapes.derived import PlaneSolid

__all__ = ["Measured", "StructureShape", "measure_shape"]


_STEP_MM: Final = 1.0
"""Pieces of an outline that are linked to the next plane one by one."""
_TOUCHING_MM: Final = 1e-6
_ROWS: Final = 1000
_ROUNDING: Final = 1e-6


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A number that depends on what lies between and beyond drawn planes.

    Attributes
    ----------
    value : float
        By the convention that volumes and doses use: slabs.
    low, high : float
        The smallest and the largest by the conventions that were tried.
    """

    value: float
    low: float
    high: float

    @classmethod
    def among(cls, value: float, *others: float) -> Measured:
        """Return a value with the interval that others open around it."""
        return cls(value=value, low=min(value, *others), high=max(value, *others))


@dataclass(frozen=True, kw_only=True, eq=False)
class StructureShape:
    """What can be measured on one structure.

    Attributes
    ----------
    structure_name, structure_number : str, int
    volume_cc : float or None
        Of the slabs, exact.
    surface_cm2 : Measured or None
        Of linked outlines: the end outlines extruded by half the spacing (value), or closed where drawn.
    stepped_surface_cm2 : float or None
        Of the slabs themselves, steps and all: never the organ's, however fine the spacing. That of a sphere
        tends to (pi + 2) / 4, 1.29 times its surface.
    centroid_mm : ndarray, shape (3,), or None
        x, y, z of the slabs' centre of mass in patient coordinates.
    diameter_mm : Measured or None
        Largest distance between two points in space: of the slabs (value) and of what was drawn.
    plane_diameter_mm : float or None
        Largest distance between two points of one plane; exact.
    box_mm : ndarray, shape (2, 3), or None
        Lowest and highest x, y and z of the slabs.
    n_planes : int
    findings : tuple of str
    reason : str or None
        Why nothing can be measured.
    """

    structure_name: str
    structure_number: int
    volume_cc: float | None = None
    surface_cm2: Measured | None = None
    stepped_surface_cm2: float | None = None
    centroid_mm: FloatArray | None = None
    diameter_mm: Measured | None = None
    plane_diameter_mm: float | None = None
    box_mm: FloatArray | None = None
    n_planes: int = 0
    findings: tuple[str, ...] = ()
    reason: str | None = None

    def __repr__(self) -> str:
        if self.reason is not None:
            return f"Shape of {self.structure_name}: none ({self.reason})"
        assert self.surface_cm2 is not None
        assert self.diameter_mm is not None
        return (
            f"Shape of {self.structure_name}: {self.volume_cc:.2f} cc, surface {self.surface_cm2.low:.1f} to "
            f"{self.surface_cm2.high:.1f} cm2, diameter {self.diameter_mm.low:.1f} to "
            f"{self.diameter_mm.high:.1f} mm"
        )


def measure_shape(structure: Structure, *, slice_thickness: float | None = None) -> StructureShape:
    """Return what can be measured on a structure as drawn.

    Parameters
    ----------
    structure : Structure
    slice_thickness : float, optional
        Thickness of a structure drawn on one plane only, mm.

    Examples
    --------
    >>> from dicom_io import Contour
    >>> square = np.array([[0.0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]])
    >>> contours = tuple(
    ...     Contour(points=square + [0, 0, z], geometric_type="CLOSED_PLANAR") for z in range(0, 30, 3)
    ... )
    >>> rod = Structure(number=1, name="Rod", interpreted_type="", contours=contours,
    ...                 frame_of_reference_uid="1.2")
    >>> measure_shape(rod)
    Shape of Rod: 12.00 cc, surface 29.6 to 32.0 cm2, diameter 39.1 to 41.2 mm
    >>> measure_shape(rod).centroid_mm
    array([10. , 10. , 13.5])
    """
    stack = SlabStack.of(structure, slice_thickness=slice_thickness)
    reason = stack.reason
    if reason is None and stack.volume_cc <= 0:
        reason = "its contours enclose no volume"
    if reason is not None:
        return StructureShape(
            structure_name=structure.name,
            structure_number=structure.number,
            findings=stack.findings,
            reason=reason,
        )
    axes = np.stack([stack.u, stack.v, stack.normal])
    solid = PlaneSolid.of(stack, stack).with_borders()
    volume = float(np.array([_area(one) for one in solid.edges]) @ np.diff(solid.bounds)[:, 0])
    if abs(volume - 1000 * stack.volume_cc) > _ROUNDING * volume:
        stack = stack.resolved(np.arange(len(stack.positions)))  # contours that cross themselves
    steps = _steps(solid)
    faces = _points(solid, solid.bounds[:, :1], solid.bounds[:, 1:])
    drawn = _points(solid, solid.positions[:, None])
    return StructureShape(
        structure_name=structure.name,
        structure_number=structure.number,
        volume_cc=stack.volume_cc,
        surface_cm2=_linked_surface(solid, steps),
        stepped_surface_cm2=_stepped_surface(solid, steps),
        centroid_mm=_centroid(solid) @ axes,
        diameter_mm=Measured.among(largest_distance(faces), largest_distance(drawn)),
        plane_diameter_mm=max(largest_distance(one[:, :2]) for one in solid.edges if len(one)),
        box_mm=np.stack([(faces @ axes).min(axis=0), (faces @ axes).max(axis=0)]),
        n_planes=len(solid.positions),
        findings=stack.findings,
    )


def _points(solid: PlaneSolid, *heights: FloatArray) -> FloatArray:
    """Corners of the polygons at heights given by plane: u, v and height."""
    counts = [len(one) for one in solid.edges]
    corners = np.concatenate([one[:, :2] for one in solid.edges])
    return np.concatenate([np.column_stack([corners, np.repeat(z[:, 0], counts)]) for z in heights])


def _centroid(solid: PlaneSolid) -> FloatArray:
    """Centre of mass of the slabs: u, v and height."""
    total, moment = 0.0, np.zeros(3)
    for edges, (low, high) in zip(solid.edges, solid.bounds, strict=True):
        if not len(edges):
            continue
        origin = edges[0, :2]
        u0, v0, u1, v1 = (edges - np.tile(origin, 2)).T
        doubled = u0 * v1 - u1 * v0
        volume = 0.5 * doubled.sum() * (high - low)
        first = np.array([np.sum((u0 + u1) * doubled), np.sum((v0 + v1) * doubled)]) / 6 * (high - low)
        total += volume
        moment += np.append(first + origin * volume, 0.5 * (low + high) * volume)
    return moment / total


def largest_distance(points: FloatArray) -> float:
    """Return the largest distance between any two points of shape (points, dimensions), exactly.

    Examples
    --------
    >>> largest_distance(np.array([[0.0, 0], [3, 0], [3, 4], [1, 1]]))
    5.0
    """
    from scipy.spatial.distance import cdist  # noqa: PLC0415 - scipy loads only where it is used

    outer = _hull(points)
    return max(
        (float(cdist(outer[k : k + _ROWS], outer).max()) for k in range(0, len(outer), _ROWS)), default=0.0
    )


def _hull(points: FloatArray) -> FloatArray:
    """The corners of the convex hull; all points where they span no volume."""
    from scipy.spatial import ConvexHull, QhullError  # noqa: PLC0415 - scipy loads only where it is used

    try:
        return points[ConvexHull(points).vertices]
    except QhullError:
        return np.unique(points, axis=0)


def _perimeter(edges: FloatArray) -> float:
    return float(np.hypot(*(edges[:, 2:] - edges[:, :2]).T).sum())


def _area(edges: FloatArray) -> float:
    """Area within a border, mm2."""
    if not len(edges):
        return 0.0
    u0, v0, u1, v1 = (edges - np.tile(edges[0, :2], 2)).T
    return float(0.5 * np.sum(u0 * v1 - u1 * v0))


def _ends(solid: PlaneSolid) -> tuple[BoolArray, BoolArray]:
    """Which planes have nothing below, and nothing above."""
    joined = np.abs(solid.bounds[1:, 0] - solid.bounds[:-1, 1]) < _TOUCHING_MM
    return np.append(True, ~joined), np.append(~joined, True)


def _steps(solid: PlaneSolid) -> list[float]:
    """Area between each outline and the next seen along the normal, mm2; 0 where none joins."""
    _, last = _ends(solid)
    return [
        0.0 if is_last else _area(overlay(*pair, "symmetric difference"))
        for pair, is_last in zip(pairwise([*solid.edges, np.zeros((0, 4))]), last, strict=True)
    ]


def _stepped_surface(solid: PlaneSolid, steps: Sequence[float]) -> float:
    """Walls, steps and ends, cm2."""
    first, last = _ends(solid)
    total = 0.0
    for plane, edges in enumerate(solid.edges):
        total += _perimeter(edges) * float(np.diff(solid.bounds[plane])[0])
        total += _area(edges) * (int(first[plane]) + int(last[plane]))
        total += steps[plane]
    return total / 100


def _linked_surface(solid: PlaneSolid, steps: Sequence[float]) -> Measured:
    """Strips between planes and flat ends, cm2."""
    first, last = _ends(solid)
    ends = sides = strips = 0.0
    for plane, edges in enumerate(solid.edges):
        below = solid.positions[plane] - solid.bounds[plane, 0]
        above = solid.bounds[plane, 1] - solid.positions[plane]
        ends += _area(edges) * (int(first[plane]) + int(last[plane]))
        sides += _perimeter(edges) * (below * first[plane] + above * last[plane])
        if not last[plane]:
            strips += _strip(solid, plane, steps[plane])
    return Measured.among((ends + strips + sides) / 100, (ends + strips) / 100)


def _strip(solid: PlaneSolid, plane: int, step: float) -> float:
    """Area between the outlines of a plane and of the next, mm2.

    Half comes from each of the two: length times the slant to the nearest point of the other.
    """
    height = float(solid.positions[plane + 1] - solid.positions[plane])
    pair = (solid.edges[plane], solid.edges[plane + 1])
    total = 0.0
    for edges, other in (pair, pair[::-1]):
        for length, shift in _links(edges, other):
            total += 0.5 * float(np.sum(length * np.hypot(height, shift)))
    # a strip is nowhere larger than its wall and its step together
    return min(total, 0.5 * height * sum(map(_perimeter, pair)) + step)


def _links(edges: FloatArray, other: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield, by polygon, the length of its pieces and how far in plane they are from the other outline.

    What shrinks to nothing shrinks by no more than its own inner radius, twice its area over its perimeter.
    """
    for polygon in loops_of(edges):
        closed = np.concatenate([polygon, np.roll(polygon, -1, axis=0)], axis=1)
        pieces, _ = along_edges(closed, _STEP_MM)
        length = np.hypot(*(pieces[:, 2:] - pieces[:, :2]).T)
        away = signed_distances(0.5 * (pieces[:, :2] + pieces[:, 2:]), other)
        area = _area(closed)
        inner_radius = 2 * abs(area) / _perimeter(closed)
        shrinks = away > 0 if area > 0 else away < 0
        yield length, np.where(shrinks, np.minimum(np.abs(away), inner_radius), np.abs(away))
