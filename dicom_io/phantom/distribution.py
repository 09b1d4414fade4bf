"""A quantity that is a piecewise quadratic of one coordinate, over a solid: its exact histogram."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomValueError
from dicom_io.phantom.moments import MM3_PER_CC, joined, slab_moments, volume_mm3
from dicom_io.phantom.shapes import Slab

__all__ = ["KnownDistribution", "Piece"]


_FAR_MM = 1e6
_ENOUGH_HALVINGS = 200
"""More than a double has bits: the loop ends when nothing lies between its two ends."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """A stretch of the coordinate on which the value is ``c[0] + c[1] s + c[2] s^2``.

    Attributes
    ----------
    low, high : float
        Ends of the stretch, mm.
    coefficients : ndarray, shape (3,)
    """

    low: float
    high: float
    coefficients: FloatArray

    def value(self, s: float) -> float:
        """Return the value at one coordinate."""
        c0, c1, c2 = self.coefficients
        return float(c0 + s * (c1 + s * c2))

    def extremes(self) -> list[float]:
        """Return the values at both ends, and at the vertex where it lies between them."""
        _, c1, c2 = self.coefficients
        slopes = [c1 + 2 * c2 * s for s in (self.low, self.high)]
        between = [float(-c1 / (2 * c2))] if min(slopes) < 0 < max(slopes) else []
        return [self.value(s) for s in (self.low, *between, self.high)]

    def where_at_least(self, level: float) -> list[tuple[float, float]]:
        """Return the stretches on which the value is at least `level`."""
        stops = [self.low, *self._crossings(level), self.high]
        return [
            (low, high) for low, high in itertools.pairwise(stops) if self.value((low + high) / 2) >= level
        ]

    def _crossings(self, level: float) -> list[float]:
        """Return where the value equals `level`, strictly inside the piece, in order."""
        c0, c1, c2 = self.coefficients - [level, 0.0, 0.0]
        discriminant = c1 * c1 - 4 * c2 * c0
        if discriminant <= 0:  # no crossing, or a touch
            return []
        q = -(c1 + np.copysign(np.sqrt(discriminant), c1)) / 2  # the stable form of both roots
        roots = [c0 / q]
        if abs(q) < abs(c2) * _FAR_MM:  # a straight piece has no second root, or one far away
            roots.append(q / c2)
        return sorted(float(root) for root in roots if self.low < root < self.high)


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownDistribution:
    """A quantity within (the covered part of) an organ, known in closed form.

    Attributes
    ----------
    slabs : tuple of Slab
    direction : ndarray, shape (3,)
        Of the coordinate ``s = direction . point``.
    pieces : tuple of Piece
        The quantity as a function of s, wherever some of the organ is.

    Examples
    --------
    >>> square = np.array([[0, 0], [10, 0], [10, 10], [0, 10.0]])
    >>> cube = (Slab(polygons=(square,), z_low=0.0, z_high=10.0),)
    >>> ramp = Piece(low=0.0, high=10.0, coefficients=np.array([20.0, 3.0, 0.0]))
    >>> dose = KnownDistribution(slabs=cube, direction=np.array([1.0, 0, 0]), pieces=(ramp,))
    >>> dose.mean, dose.volume_at_least(44.0), dose.value_at_hottest(0.1)
    (35.0, 0.2, 47.0)
    """

    slabs: tuple[Slab, ...]
    direction: FloatArray
    pieces: tuple[Piece, ...]

    @property
    def volume_cc(self) -> float:
        """Volume that the distribution is over, cc."""
        return volume_mm3(self.slabs) / MM3_PER_CC

    def volume_at_least(self, level: float) -> float:
        """Return the volume whose value is at least `level`, cc."""
        stretches = joined([s for piece in self.pieces for s in piece.where_at_least(level)])
        parts = [slab_moments(self.slabs, self.direction, *stretch)[0] for stretch in stretches]
        return float(sum(parts)) / MM3_PER_CC

    def value_at_hottest(self, volume_cc: float) -> float:
        """Return the value that the hottest `volume_cc` receives at least: D_v of the quantity.

        Parameters
        ----------
        volume_cc : float
            From 0 (the maximum) to the whole volume (the minimum), cc.

        Raises
        ------
        DicomValueError
            When the organ has less volume than is asked for.
        """
        if not 0 <= volume_cc <= self.volume_cc * (1 + 1e-12):
            raise DicomValueError(f"{volume_cc} cc are asked of {self.volume_cc:.3f} cc")
        low, high = self.minimum, self.maximum
        if volume_cc <= self.volume_at_least(high):
            return high
        for _ in range(_ENOUGH_HALVINGS):
            middle = (low + high) / 2
            if not low < middle < high:
                break
            if self.volume_at_least(middle) >= volume_cc:
                low = middle
            else:
                high = middle
        return low

    @property
    def mean(self) -> float:
        """Mean over the volume."""
        parts = [
            slab_moments(self.slabs, self.direction, piece.low, piece.high) @ piece.coefficients
            for piece in self.pieces
        ]
        return float(sum(parts)) / volume_mm3(self.slabs)

    @property
    def minimum(self) -> float:
        """Least value."""
        return min(value for piece in self.pieces for value in piece.extremes())

    @property
    def maximum(self) -> float:
        """Greatest value."""
        return max(value for piece in self.pieces for value in piece.extremes())
