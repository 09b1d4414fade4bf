"""Exact dose-volume histograms of drawn solids in doses that vary along one axis: the accuracy reference.

A solid is a stack of polygons, each extruded half-way to its neighbours. Cut by planes across an axis, its
cross-section is piecewise linear in the coordinate, with corners where polygons have theirs; so the volume on
one side of a plane is a piecewise quadratic that is known exactly. No grid, no sampling, and no code of the
engine takes part in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dicom_io import Contour, Structure

Array = NDArray[np.float64]

AXES = {"x": 0, "y": 1, "z": 2}
FRAME = "1.2.3"
UPRIGHT_MM = 1e-9
"""Edges that run less than this along the axis bound the cross-section at one coordinate."""
PIECE_MM = 0.5
"""Longest piece that a dose is integrated over at once: four nodes then leave nothing of a smooth dose."""
LENGTH_MM, RADIUS_MM = 24.0, 12.0
"""Cylinders and cones, after Nelms et al., Med Phys 42:4435 (2015)."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Polygons (points, 2), anticlockwise, with the heights of their planes."""

    name: str
    polygons: tuple[Array, ...]
    heights: Array

    @property
    def bounds(self) -> Array:
        """Lower and upper face of each slab, mm."""
        gaps = np.diff(self.heights)
        below, above = np.append(gaps[0], gaps) / 2, np.append(gaps, gaps[-1]) / 2
        return np.stack([self.heights - below, self.heights + above], axis=1)

    @property
    def structure(self) -> Structure:
        """The same for an engine."""
        contours = tuple(
            Contour(
                points=np.column_stack([polygon, np.full(len(polygon), height)]),
                geometric_type="CLOSED_PLANAR",
            )
            for polygon, height in zip(self.polygons, self.heights, strict=True)
        )
        return Structure(
            number=1, name=self.name, interpreted_type="", contours=contours, frame_of_reference_uid=FRAME
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Profile:
    """Cross-section of a solid along an axis, mm2: after each knot ``area + slope * (c - knot)``."""

    knots: Array
    area: Array
    slope: Array

    @classmethod
    def of(cls, drawn: Drawn, axis: int) -> Profile:
        """Return the cross-sections of a drawn solid along x (0), y (1) or z (2)."""
        if axis == 2:
            area = np.array([area_of(polygon) for polygon in drawn.polygons])
            return cls.stepwise(drawn.bounds, area)
        place, value, slope = [], [], []
        for polygon, (lower, upper) in zip(drawn.polygons, drawn.bounds, strict=True):
            along, across = polygon[:, axis], polygon[:, 1 - axis] - polygon[:, 1 - axis].mean()
            sign = -1.0 if axis == 0 else 1.0
            start, end = np.stack([along, across]), np.stack([np.roll(along, -1), np.roll(across, -1)])
            moves = np.abs(end[0] - start[0]) > UPRIGHT_MM
            start, end = start[:, moves], end[:, moves]
            steep = (end[1] - start[1]) / (end[0] - start[0])
            weight = sign * np.sign(end[0] - start[0]) * (upper - lower)
            first, last = (np.where(end[0] > start[0], a, b) for a, b in ((start, end), (end, start)))
            place += [first[0], last[0]]
            value += [weight * first[1], -weight * last[1]]
            slope += [weight * steep, -weight * steep]
        return cls.summed(np.concatenate(place), np.concatenate(value), np.concatenate(slope))

    @classmethod
    def stepwise(cls, bounds: Array, area: Array) -> Profile:
        """Return slabs of constant area."""
        place = bounds.ravel()
        return cls.summed(place, np.column_stack([area, -area]).ravel(), np.zeros(len(place)))

    @classmethod
    def summed(cls, place: Array, value: Array, slope: Array) -> Profile:
        """Return the sum of what begins (and ends, with the opposite sign) at each place."""
        order = np.argsort(place, kind="stable")
        place, slope = place[order], np.cumsum(slope[order])
        area = np.cumsum(value[order] + np.append(0.0, slope[:-1] * np.diff(place)))
        return cls(knots=place, area=area, slope=slope)

    @cached_property
    def below_knots(self) -> Array:
        """Volume below each knot, mm3."""
        width = np.diff(self.knots)
        pieces = width * (self.area[:-1] + 0.5 * width * self.slope[:-1])
        return np.append(0.0, np.cumsum(pieces))

    @property
    def volume_cc(self) -> float:
        """Whole volume, cc."""
        return float(self.below_knots[-1]) / 1000

    def below(self, position: Array) -> Array:
        """Return the volume (cc) whose coordinate is at most each position."""
        index = (np.searchsorted(self.knots, position, side="right") - 1).clip(0, len(self.knots) - 2)
        width = np.clip(position, self.knots[0], self.knots[-1]) - self.knots[index]
        return (self.below_knots[index] + width * (self.area[index] + 0.5 * width * self.slope[index])) / 1000

    def mean(self, dose: Callable[[Array], Array], corners: Array) -> float:
        """Return the mean of a dose that is smooth between its corners."""
        low, high = self.knots[0], self.knots[-1]
        even = np.linspace(low, high, int(np.ceil((high - low) / PIECE_MM)) + 1)
        ends = np.unique(np.concatenate([self.knots, even, corners[(corners > low) & (corners < high)]]))
        node, weight = np.polynomial.legendre.leggauss(4)
        half = 0.5 * np.diff(ends)
        place = 0.5 * (ends[1:] + ends[:-1])[:, None] + half[:, None] * node
        index = np.searchsorted(self.knots, 0.5 * (ends[1:] + ends[:-1]), side="right") - 1
        area = self.area[index, None] + self.slope[index, None] * (place - self.knots[index, None])
        return float(np.sum(half[:, None] * weight * area * dose(place)) / self.below_knots[-1])


def area_of(polygon: Array) -> float:
    """Return the area of an anticlockwise polygon, mm2."""
    u, v = (polygon - polygon.mean(axis=0)).T
    return 0.5 * float(np.sum(u * np.roll(v, -1) - np.roll(u, -1) * v))


@dataclass(frozen=True, kw_only=True)
class Dose:
    """A dose that varies along one axis.

    Attributes
    ----------
    kind : str
        ``"linear"``: 1 Gy/mm; ``"gauss"``: a Gaussian; ``"gauss as sampled"``: the same between samples.
    along, values : ndarray
        Samples of the grid, mm and Gy.
    """

    kind: str
    along: Array
    values: Array

    @property
    def range_gy(self) -> tuple[float, float]:
        """Doses beyond which there is nothing in reach of any solid."""
        return (OFFSET_GY - 40, OFFSET_GY + 40) if self.kind == "linear" else (0.0, OFFSET_GY)

    def at(self, position: Array) -> Array:
        """Return the dose at positions."""
        if self.kind == "gauss as sampled":
            return np.interp(position, self.along, self.values)
        return dose_at(self.kind, position)

    def between(self, dose: Array) -> tuple[Array, Array]:
        """Return where along the axis the dose is at least as high."""
        if self.kind == "linear":
            return dose - OFFSET_GY, np.full(len(dose), 1e6)
        if self.kind == "gauss":
            reach = SIGMA_MM * np.sqrt(2 * np.log(OFFSET_GY / np.clip(dose, 1e-9, OFFSET_GY)))
            return PEAK_MM - reach, PEAK_MM + reach
        peak = int(np.argmax(self.values))
        left = np.interp(dose, self.values[: peak + 1], self.along[: peak + 1])
        right = np.interp(-dose, -self.values[peak:], self.along[peak:])
        none = dose > self.values[peak]
        return np.where(none, 0.0, left), np.where(none, 0.0, right)


OFFSET_GY, SIGMA_MM, PEAK_MM = 50.0, 12.0, 3.0
"""Dose at the origin of a linear dose and height of the Gaussian; its width and place."""


def dose_at(kind: str, along: Array) -> Array:
    """Return the linear or the Gaussian dose."""
    if kind == "linear":
        return OFFSET_GY + along
    return OFFSET_GY * np.exp(-0.5 * ((along - PEAK_MM) / SIGMA_MM) ** 2)


@dataclass(frozen=True, kw_only=True)
class Exact:
    """The exact DVH of a solid."""

    profile: Profile
    dose: Dose

    def volume_at_dose(self, dose_gy: Array) -> Array:
        """Return the volume (cc) that receives at least each dose."""
        left, right = self.dose.between(dose_gy)
        return self.profile.below(right) - self.profile.below(left)

    def dose_at_volume(self, volume_cc: Array) -> Array:
        """Return the dose of the hottest volumes, by bisection."""
        low, high = (np.full(len(volume_cc), end) for end in self.dose.range_gy)
        for _ in range(50):
            middle = 0.5 * (low + high)
            enough = self.volume_at_dose(middle) >= volume_cc
            low, high = np.where(enough, middle, low), np.where(enough, high, middle)
        return 0.5 * (low + high)

    @property
    def mean_gy(self) -> float:
        """Mean dose."""
        return self.profile.mean(self.dose.at, self.dose.along)


# --- solids


def circle(radius: float, centre: tuple[float, float], points: int = 144) -> Array:
    """Return a regular polygon."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.column_stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)])


def mirrored(x: Array, half_width: Array, centre: tuple[float, float]) -> Array:
    """Return the polygon of a profile and its mirror image."""
    upper, lower = np.column_stack([x, half_width]), np.column_stack([x, -half_width])
    points = np.concatenate([lower, upper[::-1]])
    keep = np.any(np.abs(points - np.roll(points, 1, axis=0)) > 1e-12, axis=1)
    return points[keep] + np.array(centre)


def section(shape: str, size: float, z: float, centre: tuple[float, float]) -> Array | None:
    """Return the cross-section of a solid at height z above its middle; None outside."""
    if shape == "sphere":
        return circle(np.sqrt(size**2 - z**2), centre) if abs(z) < 0.999 * size else None
    if shape in ("cylinder z", "cone z"):
        if abs(z) > LENGTH_MM / 2:
            return None
        r = RADIUS_MM if shape == "cylinder z" else RADIUS_MM * (0.5 - z / LENGTH_MM)
        return circle(r, centre) if r > 0.05 else None
    if abs(z) >= 0.999 * RADIUS_MM:
        return None
    if shape == "cylinder x":
        half = np.full(2, np.sqrt(RADIUS_MM**2 - z**2))
        return mirrored(np.array([-LENGTH_MM / 2, LENGTH_MM / 2]), half, centre)
    tip = LENGTH_MM / 2 - LENGTH_MM * abs(z) / RADIUS_MM
    x = np.linspace(-LENGTH_MM / 2, tip, 80)
    r = RADIUS_MM * (0.5 - x / LENGTH_MM)
    return mirrored(x, np.sqrt(np.maximum(r**2 - z**2, 0.0)), centre)


def draw(shape: str, size: float, spacing: float, shift: Array) -> Drawn:
    """Draw a solid on planes; both are shifted by fractions of the spacing."""
    count = np.ceil((size + 15) / spacing)
    heights = (np.arange(-count, count + 1) + shift[2]) * spacing
    centre = (float(shift[0] * spacing), float(shift[1] * spacing))
    sections = [(z, section(shape, size, z, centre)) for z in heights]
    kept = [(z, polygon) for z, polygon in sections if polygon is not None]
    return Drawn(
        name=f"{shape} {size:g}" if shape == "sphere" else shape,
        polygons=tuple(polygon for _, polygon in kept),
        heights=np.array([z for z, _ in kept]),
    )
