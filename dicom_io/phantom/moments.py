"""Exact volumes and moments of slabs between two parallel planes of any direction.

With ``s = direction . point``, the integrals of 1, s and s^2 over the part of a solid with
``low <= s <= high`` follow from moments of clipped polygons (Green's theorem): along z they are areas
times lengths, in plane polygon strips times thickness, and obliquely the height of the cut over each
point of the polygon is linear, so that the integral is again one of polygon moments.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.phantom.shapes import Slab, area_mm2, corners

__all__ = [
    "MM3_PER_CC",
    "occupied",
    "polygon_moments",
    "slab_moments",
    "slabs_between",
    "volume_mm3",
]


MM3_PER_CC = 1000.0
_PARALLEL = 1e-12


def polygon_moments(polygon: FloatArray, direction: FloatArray, low: float, high: float) -> FloatArray:
    """Return moments of s over the part of a polygon between two parallel lines.

    Parameters
    ----------
    polygon : ndarray, shape (vertices, 2)
        x, y in mm; convex or not, without self-intersection.
    direction : ndarray, shape (2,)
        Unit vector; ``s = direction . (x, y)``.
    low, high : float
        The strip ``low <= s <= high``, mm; may be infinite.

    Returns
    -------
    ndarray, shape (4,)
        Integrals of 1, s, s^2 and s^3 over the area: mm2 to mm5.

    Examples
    --------
    >>> square = np.array([[0, 0], [2, 0], [2, 2], [0, 2.0]])
    >>> polygon_moments(square, np.array([1.0, 0.0]), 1.0, 9.0)
    array([2.        , 3.        , 4.66666667, 7.5       ])
    """
    across = np.array([-direction[1], direction[0]])
    points = np.column_stack([polygon @ direction, polygon @ across])
    part = _not_below(points, points[:, 0] - low)
    part = _not_below(part, high - part[:, 0])
    if len(part) < 3:
        return np.zeros(4)
    s0, w0 = part.T
    s1, w1 = np.roll(part, -1, axis=0).T
    cross = s0 * w1 - s1 * w0
    moments = np.array(
        [
            cross.sum() / 2,
            ((s0 + s1) * cross).sum() / 6,
            ((s0**2 + s0 * s1 + s1**2) * cross).sum() / 12,
            ((s0**3 + s0**2 * s1 + s0 * s1**2 + s1**3) * cross).sum() / 20,
        ]
    )
    return np.asarray(moments * np.sign(moments[0]), dtype=np.float64)


def _not_below(points: FloatArray, height: FloatArray) -> FloatArray:
    """Return the part of a polygon where a linear height, given at its vertices, is not negative."""
    if len(points) == 0 or np.all(height >= 0):
        return points
    if np.all(height < 0):
        return np.empty((0, 2))
    after, beyond = np.roll(height, -1), np.roll(points, -1, axis=0)
    crosses = (height > 0) & (after < 0) | (height < 0) & (after > 0)
    share = np.divide(height, height - after, out=np.zeros_like(height), where=crosses)
    crossing = points + (beyond - points) * share[:, None]
    both = np.stack([points, crossing], axis=1)
    return np.asarray(both[np.stack([height >= 0, crosses], axis=1)], dtype=np.float64)


def slab_moments(slabs: Sequence[Slab], direction: FloatArray, low: float, high: float) -> FloatArray:
    """Return moments of s over the part of a solid between two parallel planes.

    Parameters
    ----------
    slabs : sequence of Slab
    direction : ndarray, shape (3,)
        Unit vector; ``s = direction . point``.
    low, high : float
        ``low <= s <= high``, mm; may be infinite.

    Returns
    -------
    ndarray, shape (3,)
        Integrals of 1, s and s^2: mm3, mm4, mm5.
    """
    total = np.zeros(3)
    for slab in slabs:
        for polygon in slab.polygons:
            total += _prism_moments(polygon, slab, direction, low, high)
    return total


def _prism_moments(
    polygon: FloatArray, slab: Slab, direction: FloatArray, low: float, high: float
) -> FloatArray:
    along = polygon @ direction[:2]
    lift = sorted((direction[2] * slab.z_low, direction[2] * slab.z_high))
    if along.min() + lift[0] >= high or along.max() + lift[1] <= low:
        return np.zeros(3)
    in_plane = float(np.hypot(direction[0], direction[1]))
    if in_plane < _PARALLEL:
        return _along_z(polygon, slab, float(np.sign(direction[2])), low, high)
    if abs(direction[2]) < _PARALLEL:
        strip = polygon_moments(polygon, direction[:2] / in_plane, low, high)[:3]
        return strip * (slab.z_high - slab.z_low)
    ends = (slab.z_low, slab.z_high)
    if direction[2] < 0:  # upside down, so that s increases along the prism
        ends = (-slab.z_high, -slab.z_low)
    oblique = _Oblique(polygon, direction[:2] / in_plane, in_plane, abs(float(direction[2])), ends)
    return oblique.below(high) - oblique.below(low)


def _along_z(polygon: FloatArray, slab: Slab, sign: float, low: float, high: float) -> FloatArray:
    ends = sorted([sign * slab.z_low, sign * slab.z_high])
    a, b = max(ends[0], low), min(ends[1], high)
    return area_mm2(polygon) * np.array([b - a, (b**2 - a**2) / 2, (b**3 - a**3) / 3])


class _Oblique:
    """A prism under a coordinate ``s = across * t + up * z`` with t in plane and ``up > 0``."""

    def __init__(
        self, polygon: FloatArray, direction: FloatArray, across: float, up: float, ends: tuple[float, float]
    ) -> None:
        self.polygon, self.direction, self.across, self.up = polygon, direction, across, up
        self.bottom, self.top = up * ends[0], up * ends[1]

    def below(self, level: float) -> FloatArray:
        """Return the integrals of 1, s and s^2 over the part with s <= level.

        Over a point whose in-plane share of s is c, s runs from ``c + bottom`` to ``c + top``, or only to
        ``level``; the integral of s^k over z is the difference of ``s^(k+1) / ((k+1) up)``.
        """
        whole = self._in_plane(-np.inf, level - self.top)
        cut = self._in_plane(level - self.top, level - self.bottom)
        result = np.zeros(3)
        for k in range(3):
            bottom = _power(self.bottom, k + 1)
            result[k] += (_power(self.top, k + 1) - bottom) @ whole[: k + 2] / ((k + 1) * self.up)
            if cut[0] > 0:  # only then is the level finite
                at_level = np.append(level ** (k + 1), np.zeros(k + 1))
                result[k] += (at_level - bottom) @ cut[: k + 2] / ((k + 1) * self.up)
        return result

    def _in_plane(self, low: float, high: float) -> FloatArray:
        """Return the moments of c over the polygon's part with low <= c <= high."""
        moments = polygon_moments(self.polygon, self.direction, low / self.across, high / self.across)
        return np.asarray(moments * self.across ** np.arange(4), dtype=np.float64)


def _power(offset: float, k: int) -> FloatArray:
    """Return the coefficients of ``(c + offset)^k`` in rising powers of c."""
    return np.asarray(np.polynomial.polynomial.polypow([offset, 1.0], k), dtype=np.float64)


def volume_mm3(slabs: Sequence[Slab]) -> float:
    """Return the volume of slabs, mm3."""
    return sum(area_mm2(p) * (slab.z_high - slab.z_low) for slab in slabs for p in slab.polygons)


def slabs_between(slabs: Sequence[Slab], low: float, high: float) -> tuple[Slab, ...]:
    """Return the parts of slabs between two heights z, mm."""
    return tuple(
        Slab(polygons=s.polygons, z_low=max(s.z_low, low), z_high=min(s.z_high, high))
        for s in slabs
        if min(s.z_high, high) > max(s.z_low, low)
    )


def occupied(slabs: Sequence[Slab], direction: FloatArray) -> list[tuple[float, float]]:
    """Return the stretches of s that hold some of the volume, apart from each other, in order."""
    stretches = []
    for slab in slabs:
        for polygon in slab.polygons:
            along = corners([Slab(polygons=(polygon,), z_low=slab.z_low, z_high=slab.z_high)]) @ direction
            stretches.append((float(along.min()), float(along.max())))
    return joined(stretches)


def joined(stretches: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return stretches with those that touch made one, in order."""
    found: list[tuple[float, float]] = []
    for low, high in sorted(stretches):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found
