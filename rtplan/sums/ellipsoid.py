"""The per-voxel ellipsoid maximum: every voxel may choose its own worst displacement of the earlier dose.

Free, the search may look anywhere within the ellipsoid, also outside the organ; restricted, only inside it.
Neither is a scenario: no registration error moves each voxel its own way. Kept inside the organ the search
hides hot spots beside it, free it may exceed the sum of maxima, so both are shown, with that sum.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dicom_io.contours import SlabStack, inside
from dicom_io.dvh import DVH, Metric, MetricValue, compute_dvh
from dicom_io.objects import GridGeometry, Structure
from rtplan.errors import RtplanValueError
from rtplan.sums.fields import CumulativeField
from rtplan.sums.points import PixelFrame, filled_pixels, outlined_pixels

__all__ = ["Ellipsoid", "EllipsoidMaximum", "OrganMask", "WorstField", "ellipsoid_maximum"]

FloatArray = NDArray[np.float64]

_MASK_MM = 0.5
"""Pixels that are decided as a whole; no result depends on it."""


@dataclass(frozen=True, kw_only=True)
class Ellipsoid:
    """How far each voxel's earlier dose may have come from.

    Attributes
    ----------
    half_axes_mm : (float, float, float)
        Along x, y and z, mm, above 0.
    steps : int
        Displacements along each axis from end to end, odd.
    """

    half_axes_mm: tuple[float, float, float]
    steps: int = 5

    def __post_init__(self) -> None:
        if not all(np.isfinite(half) and 0 < half <= 100 for half in self.half_axes_mm):
            raise RtplanValueError(
                f"ellipsoid of {self.half_axes_mm} mm: above 0, up to 100 mm along each axis"
            )
        if self.steps < 3 or self.steps % 2 == 0:
            raise RtplanValueError(f"{self.steps} steps: an odd number of at least 3 is needed")

    def displacements(self) -> FloatArray:
        """Return all displacements inside the ellipsoid, shape (n, 3), mm; none of them first."""
        along = np.linspace(-1, 1, self.steps)
        unit = np.array(list(itertools.product(along, repeat=3)))
        inside = unit[np.linalg.norm(unit, axis=1) <= 1 + 1e-9]
        ordered = inside[np.argsort(np.linalg.norm(inside, axis=1), kind="stable")]
        return np.asarray(ordered * np.array(self.half_axes_mm), dtype=np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class OrganMask:
    """A structure's slabs, for asking of many points which lie inside: exactly, as `SlabStack.holds`.

    Pixels of half a millimetre that no outline passes are inside or outside as a whole; only the points of
    the others are held against the polygons themselves.

    Attributes
    ----------
    stack : SlabStack
    low : ndarray, shape (2,)
        Corner of the first pixel along `stack.u` and `stack.v`, mm.
    inside : ndarray of bool, shape (planes, rows, columns)
        Of the centre of each pixel.
    on_outline : ndarray of bool, shape (planes, rows, columns)
        Where an outline passes, or passes near.
    """

    stack: SlabStack
    low: FloatArray
    inside: NDArray[np.bool_]
    on_outline: NDArray[np.bool_]

    @classmethod
    def of(cls, structure: Structure) -> OrganMask:
        """Return the mask of a structure as drawn."""
        stack = SlabStack.of(structure)
        if stack.reason is not None:
            raise RtplanValueError(f"{structure.name}: {stack.reason}")
        frame = PixelFrame.around(stack, step=_MASK_MM)
        planes = range(len(stack.positions))
        return cls(
            stack=stack,
            low=frame.low,
            inside=np.stack([filled_pixels(stack, plane, frame) for plane in planes]),
            on_outline=np.stack([outlined_pixels(stack, plane, frame) for plane in planes]),
        )

    def holds(self, points: FloatArray) -> NDArray[np.bool_]:
        """Return which points of shape (n, 3) lie inside; a face between two slabs belongs to the organ."""
        stack = self.stack
        height = points @ stack.normal
        plane = np.searchsorted(stack.bounds[:, 0], height, side="right") - 1
        plane = np.clip(plane, 0, len(stack.bounds) - 1)
        level = (height >= stack.bounds[plane, 0]) & (height <= stack.bounds[plane, 1])
        in_plane = np.column_stack([points @ stack.u, points @ stack.v])
        column, row = np.floor((in_plane - self.low) / _MASK_MM).astype(np.int64).T
        _, rows, columns = self.inside.shape
        within = np.flatnonzero(level & (column >= 0) & (column < columns) & (row >= 0) & (row < rows))
        pixel = (plane[within], row[within], column[within])
        found = np.zeros(len(points), dtype=np.bool_)
        found[within] = self.inside[pixel]
        near = within[self.on_outline[pixel]]
        for one in np.unique(plane[near]):
            here = near[plane[near] == one]
            found[here] = inside(in_plane[here], stack.edges[stack.edge_plane == one])
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class WorstField:
    """A sum in which each point takes the largest earlier EQD2 that lies within the ellipsoid about it.

    Attributes
    ----------
    total : CumulativeField
    moved : frozenset of str
        Labels of the courses that are searched, each on its own.
    displacements : ndarray, shape (n, 3)
        mm; the first is none.
    within : OrganMask or None
        What the search is kept inside of; None leaves it free.
    """

    total: CumulativeField
    moved: frozenset[str]
    displacements: FloatArray
    within: OrganMask | None

    @property
    def geometry(self) -> GridGeometry:
        """The grid on whose scale the sum varies."""
        return self.total.geometry

    @property
    def frame_of_reference_uid(self) -> str:
        """Frame of reference of the points."""
        return self.total.frame_of_reference_uid

    @property
    def jumps(self) -> bool:
        """Whether values jump at the organ's border, where a search kept inside it ends."""
        return self.within is not None

    def sample(self, points: FloatArray) -> FloatArray:
        """Return the worst sum at points, shape (n, 3), Gy EQD2; NaN where one is not covered."""
        result = np.zeros(len(points)) if self._fixed is None else self._fixed.sample(points)
        for label in sorted(self.moved):
            result = result + self._worst(self.total.of_course(label), points)[0]
        return result

    def interpolation_shifts(self, points: FloatArray, width: FloatArray) -> FloatArray:
        """Return the estimated true sum minus the interpolated one, by grid, where each course is worst."""
        shifts = [] if self._fixed is None else [self._fixed.interpolation_shifts(points, width)]
        for label in sorted(self.moved):
            course = self.total.of_course(label)
            shifts.append(course.interpolation_shifts(self._worst(course, points)[1], width))
        return np.vstack(shifts)

    @property
    def _fixed(self) -> CumulativeField | None:
        """The sum of what is not searched; None where everything is."""
        fixed = tuple(part for part in self.total.parts if part.course not in self.moved)
        return replace(self.total, parts=fixed) if fixed else None

    def _worst(self, course: CumulativeField, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The largest EQD2 within the ellipsoid about each point, and where it lies."""
        worst, place = course.sample(points), points.copy()
        for displacement in self.displacements[1:]:
            there = points + displacement
            value = course.sample(there)
            if self.within is not None:
                value = np.where(self.within.holds(there), value, -np.inf)
            hotter = value > worst
            place[hotter] = there[hotter]
            worst = np.maximum(worst, value)  # NaN, where not covered, stays NaN
        return worst, place


@dataclass(frozen=True, kw_only=True, eq=False)
class EllipsoidMaximum:
    """The organ's curves in the worst sum, searched in both ways.

    Attributes
    ----------
    free, restricted : DVH
        Of EQD2: searched anywhere in the ellipsoid, and only inside the organ.
    half_axes_mm : (float, float, float)
    """

    free: DVH
    restricted: DVH
    half_axes_mm: tuple[float, float, float]

    def metrics(self, metric: Metric) -> tuple[MetricValue, MetricValue]:
        """Return a dose metric of the free and of the restricted search; the free one is never the lower.

        Anywhere includes the organ. Where the curves' own rounding, within their half-widths, says otherwise
        the larger value stands for both searches.

        Parameters
        ----------
        metric : Metric
            A dose, in Gy.
        """
        free, restricted = self.free.metric(metric), self.restricted.metric(metric)
        if free.value is not None and restricted.value is not None and free.value < restricted.value:
            free = restricted
        return free, restricted


def ellipsoid_maximum(
    total: CumulativeField, structure: Structure, *, moved: Sequence[str], ellipsoid: Ellipsoid
) -> EllipsoidMaximum:
    """Compute the curves where every voxel of the earlier dose may have moved its own way.

    Parameters
    ----------
    total : CumulativeField
    structure : Structure
        In the frame of the sum.
    moved : sequence of str
        Labels of the courses whose dose is searched.
    ellipsoid : Ellipsoid

    Returns
    -------
    EllipsoidMaximum
        Its metrics have no value, with the reason, where the ellipsoid leaves a dose grid.
    """
    free = WorstField(
        total=total, moved=frozenset(moved), displacements=ellipsoid.displacements(), within=None
    )
    restricted = replace(free, within=OrganMask.of(structure))
    return EllipsoidMaximum(
        free=compute_dvh(structure, free),
        restricted=compute_dvh(structure, restricted),
        half_axes_mm=ellipsoid.half_axes_mm,
    )
