"""Cumulative EQD2 metrics of organs from dose functions: the reference of the sums' coverage.

A dose is a function of position, a deformation another one; an organ is a stack of convex polygons, each
extruded half-way to its neighbours. The functions are asked at about a million points of each organ, with the
exact length of every line inside it as weight. No dose grid, no interpolation, and no code of the engine
takes part in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from dicom_io import Contour, Structure

Array = NDArray[np.float64]
Mapping = Callable[[Array], Array]
"""Points of one frame of reference, shape (n, 3), to those of another."""
DoseFunction = Callable[[Array], Array]
"""Points, shape (n, 3), to doses in Gy."""

STEP_MM = 0.3
"""Distance of the lines, and of the points on them, that an organ is asked along."""
SEARCHED = 4001
"""Volumes that a bound is searched over."""
GOLDEN = 0.6180339887498949
"""Multiples of the golden section fill an interval evenly."""


# --- doses


def gaussian(peak_gy: float, centre: Array, sigma_mm: Array) -> DoseFunction:
    """Return a summit with its own width along each axis."""
    return lambda points: peak_gy * np.exp(-0.5 * np.sum(((points - centre) / sigma_mm) ** 2, axis=1))


def field_edges(dose_gy: float, centre: Array, half_mm: Array, sigma_mm: float, axes: Array) -> DoseFunction:
    """Return a box of even dose, its edges error functions, along axes of its own."""

    def dose(points: Array) -> Array:
        along = np.abs((points - centre) @ axes.T)
        return dose_gy * np.prod(0.5 * (1 - erf((along - half_mm) / (np.sqrt(2) * sigma_mm))), axis=1)

    return dose


def ramp(dose_gy: float, gradient: Array) -> DoseFunction:
    """Return a dose that is linear in the patient."""
    return lambda points: dose_gy + points @ gradient


def inverse_square(strength: float, source: Array) -> DoseFunction:
    """Return the dose of a point source: strength (Gy mm2) over the square of the distance."""
    return lambda points: strength / np.sum((points - source) ** 2, axis=1)


# --- organs


@dataclass(frozen=True, kw_only=True, eq=False)
class ConvexStack:
    """Convex polygons in axial planes, evenly spaced, each extruded half-way to its neighbours.

    Attributes
    ----------
    name : str
    polygons : tuple of ndarray, shape (corners, 2)
    heights : ndarray
        Of the planes, mm.
    """

    name: str
    polygons: tuple[Array, ...]
    heights: Array

    def structure(self, frame: str) -> Structure:
        """Return the same as contours."""
        contours = tuple(
            Contour(
                points=np.column_stack([polygon, np.full(len(polygon), height)]),
                geometric_type="CLOSED_PLANAR",
            )
            for polygon, height in zip(self.polygons, self.heights, strict=True)
        )
        return Structure(
            number=1,
            name=self.name,
            interpreted_type="ORGAN",
            contours=contours,
            frame_of_reference_uid=frame,
        )

    def points(self, step_mm: float) -> tuple[Array, Array]:
        """Return points inside, shape (n, 3), and the volume (cc) that each stands for."""
        thickness = float(self.heights[1] - self.heights[0])
        parts = int(np.ceil(thickness / step_mm))
        points, volumes = [], []
        for polygon, height in zip(self.polygons, self.heights, strict=True):
            flat, area = _lines_inside(polygon, step_mm)
            # the points of a layer stand at all its heights, so that no dose comes in steps
            up = np.mod(np.arange(len(flat)) * GOLDEN, 1.0)
            along = height + ((np.arange(parts)[:, None] + up) / parts - 0.5) * thickness
            points.append(np.column_stack([np.tile(flat, (parts, 1)), along.ravel()]))
            volumes.append(np.tile(area, parts) * thickness / parts / 1000)
        return np.concatenate(points), np.concatenate(volumes)


def _lines_inside(polygon: Array, step_mm: float) -> tuple[Array, Array]:
    """Points on lines along x through a convex polygon, and the area that each stands for."""
    low, high = polygon[:, 1].min(), polygon[:, 1].max()
    rows = int(np.ceil((high - low) / step_mm))
    y = low + (np.arange(rows) + 0.5) * (high - low) / rows
    (x0, y0), (x1, y1) = polygon.T, np.roll(polygon, -1, axis=0).T
    crosses = (np.minimum(y0, y1) <= y[:, None]) & (y[:, None] < np.maximum(y0, y1))
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    x = x0 + (y[:, None] - y0) * (x1 - x0) / rise
    left, right = np.where(crosses, x, np.inf).min(axis=1), np.where(crosses, x, -np.inf).max(axis=1)
    columns = int(np.ceil((right - left).max() / step_mm))
    part = (np.arange(columns) + 0.5) / columns
    along = left[:, None] + (right - left)[:, None] * part
    area = np.repeat((right - left) / columns * (high - low) / rows, columns)
    return np.column_stack([along.ravel(), np.repeat(y, columns)]), area


def ellipsoid(centre: Array, half_mm: Array, spacing_mm: float) -> ConvexStack:
    """Return an ellipsoid, each of its planes an ellipse of 180 corners."""
    planes = int(np.floor(2 * half_mm[2] / spacing_mm))
    heights = (np.arange(planes) - 0.5 * (planes - 1)) * spacing_mm
    scale = np.sqrt(np.maximum(1 - (heights / half_mm[2]) ** 2, 0.0))
    turn = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    return ConvexStack(
        name="ellipsoid",
        polygons=tuple(centre[:2] + circle * half_mm[:2] * each for each in scale),
        heights=centre[2] + heights,
    )


def cylinder(centre: Array, half_mm: Array, spacing_mm: float) -> ConvexStack:
    """Return an elliptical cylinder along z."""
    round_ = ellipsoid(centre, half_mm, spacing_mm)
    widest = round_.polygons[len(round_.polygons) // 2]
    return ConvexStack(name="cylinder", polygons=(widest,) * len(round_.polygons), heights=round_.heights)


def box(centre: Array, half_mm: Array, spacing_mm: float) -> ConvexStack:
    """Return a box whose sides are turned by 25 degrees in the plane."""
    turn = np.radians(25.0)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = centre[:2] + (np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half_mm[:2]) @ turned.T
    heights = ellipsoid(centre, half_mm, spacing_mm).heights
    return ConvexStack(name="box", polygons=(corners,) * len(heights), heights=heights)


# --- what the sum is


@dataclass(frozen=True, kw_only=True, eq=False)
class Given:
    """What fractions that were alike gave.

    Attributes
    ----------
    course : str
    dose : callable
        Physical dose of all of them, in the course's own frame, Gy.
    n_fractions : int
    seen_through : callable
        From the frame of the sum to the course's own.
    kept : float
        Share of its EQD2 that the tissue remembers.
    """

    course: str
    dose: DoseFunction
    n_fractions: int
    seen_through: Mapping
    kept: float = 1.0

    def eqd2(self, points: Array, alpha_beta: float) -> Array:
        """Return what it counts at points of the frame of the sum: d (d / n + a/b) / (2 + a/b)."""
        dose = self.dose(self.seen_through(points))
        return self.kept * dose * (dose / self.n_fractions + alpha_beta) / (2 + alpha_beta)


def true_metrics(
    organ: ConvexStack, given: Sequence[Given], alpha_beta: float, metrics: Sequence[str]
) -> dict[str, float]:
    """Return ``D{v}cc``, ``D{v}%`` and ``Mean`` of the summed EQD2, Gy.

    Parameters
    ----------
    organ : ConvexStack
    given : sequence of Given
    alpha_beta : float
        Gy.
    metrics : sequence of str
    """
    points, volume = organ.points(STEP_MM)
    curve = Distribution.of(np.sum([part.eqd2(points, alpha_beta) for part in given], axis=0), volume)
    return {
        name: curve.mean if name == "Mean" else float(curve.dose_at(_volume_of(name, curve.whole)))
        for name in metrics
    }


def true_bounds(
    organ: ConvexStack, courses: Sequence[Sequence[Given]], alpha_beta: float, metrics: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """Return the lowest and highest that each metric of two courses can have together, Gy EQD2.

    Both courses are asked in the same organ, each in images of its own; which of its points met which of the
    other course is not known. Each bound is searched over many volumes u, as its formula says.

    Parameters
    ----------
    organ : ConvexStack
    courses : two sequences of Given
        Their doses as functions in the organ's own frame: `seen_through` leads nowhere.
    alpha_beta : float
        Gy.
    metrics : sequence of str
    """
    points, volume = organ.points(STEP_MM)
    first, second = (
        Distribution.of(np.sum([part.eqd2(points, alpha_beta) for part in given], axis=0), volume)
        for given in courses
    )
    whole, found = first.whole, {}
    for name in metrics:
        if name == "Mean":
            found[name] = (first.mean + second.mean,) * 2
            continue
        v = _volume_of(name, whole)
        below, above = np.linspace(0, v, SEARCHED), np.linspace(v, whole, SEARCHED)
        found[name] = (
            float(np.max(first.dose_at(above) + second.dose_at(whole + v - above))),
            float(np.min(first.dose_at(v - below) + second.dose_at(below))),
        )
    return found


def _volume_of(metric: str, whole: float) -> float:
    """The volume of ``D{v}cc`` or ``D{v}%``, cc."""
    return float(metric[1:-2]) if metric.endswith("cc") else float(metric[1:-1]) / 100 * whole


@dataclass(frozen=True, kw_only=True, eq=False)
class Distribution:
    """Doses of an organ's points, the hottest first, and the volume down to the middle of each."""

    doses: Array
    middles: Array
    whole: float
    mean: float

    @classmethod
    def of(cls, doses: Array, volumes: Array) -> Distribution:
        """Return the doses of points that stand for some volume each."""
        order = np.argsort(-doses)
        whole = float(volumes.sum())
        return cls(
            doses=doses[order],
            middles=np.cumsum(volumes[order]) - volumes[order] / 2,
            whole=whole,
            mean=float(doses @ volumes / whole),
        )

    def dose_at(self, volume: Array | float) -> Array:
        """Return D_v, Gy."""
        return np.interp(volume, self.middles, self.doses)
