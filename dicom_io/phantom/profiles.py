"""Analytic dose that a grid holds exactly.

A sum of products of piecewise-linear profiles, ``gy * px(x) * py(y) * pz(z)``, whose kinks lie on grid
nodes, is reproduced by trilinear interpolation of its node values at every point of the grid: what a
program samples between the nodes is the formula itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomValueError
from dicom_io.objects import GridGeometry

__all__ = ["AnalyticDose", "DoseTerm", "PiecewiseLinear", "flat"]


_SAME = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class PiecewiseLinear:
    """A continuous function made of straight pieces, constant beyond its first and last knot.

    Attributes
    ----------
    knots : ndarray
        Strictly increasing, mm.
    values : ndarray
        At the knots.

    Examples
    --------
    >>> ramp = PiecewiseLinear(knots=[0, 10], values=[0, 1])
    >>> ramp([-5, 2.5, 20])
    array([0.  , 0.25, 1.  ])
    """

    knots: FloatArray
    values: FloatArray

    def __post_init__(self) -> None:
        for name in ("knots", "values"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if self.knots.shape != self.values.shape or self.knots.ndim != 1 or self.knots.size < 1:
            raise DicomValueError("a profile needs as many values as knots, at least one")
        if np.any(np.diff(self.knots) <= 0):
            raise DicomValueError("the knots of a profile have to increase strictly")

    def __call__(self, s: ArrayLike) -> FloatArray:
        """Return the values at positions `s`, mm."""
        at = np.asarray(s, dtype=np.float64)
        return np.asarray(np.interp(at, self.knots, self.values), dtype=np.float64)

    def within(self, low: float, high: float) -> PiecewiseLinear:
        """Return the piece from `low` to `high`, with knots at both ends."""
        inner = self.knots[(self.knots > low) & (self.knots < high)]
        knots = np.concatenate([[low], inner, [high]]) if high > low else np.array([low])
        return PiecewiseLinear(knots=knots, values=self(knots))

    def is_constant(self, low: float, high: float) -> bool:
        """Whether the function does not change between `low` and `high`."""
        return bool(np.ptp(self.within(low, high).values) < _SAME)

    def shifted(self, by: float) -> PiecewiseLinear:
        """Return the same function moved by a distance, mm."""
        return PiecewiseLinear(knots=self.knots + by, values=self.values)

    def times(self, factor: float) -> PiecewiseLinear:
        """Return the function times a number."""
        return PiecewiseLinear(knots=self.knots, values=self.values * factor)

    def plus(self, other: PiecewiseLinear) -> PiecewiseLinear:
        """Return the sum of two functions."""
        knots = np.union1d(self.knots, other.knots)
        return PiecewiseLinear(knots=knots, values=self(knots) + other(knots))


def flat(value: float = 1.0) -> PiecewiseLinear:
    """Return the constant function."""
    return PiecewiseLinear(knots=np.zeros(1), values=np.array([value]))


@dataclass(frozen=True, kw_only=True, eq=False)
class DoseTerm:
    """One product of profiles along x, y and z; `gy` is its dose where all three are 1."""

    gy: float
    x: PiecewiseLinear
    y: PiecewiseLinear
    z: PiecewiseLinear

    @property
    def profiles(self) -> tuple[PiecewiseLinear, PiecewiseLinear, PiecewiseLinear]:
        """The profiles along x, y and z."""
        return self.x, self.y, self.z


@dataclass(frozen=True, kw_only=True, eq=False)
class AnalyticDose:
    """A physical dose in Gy as a sum of terms, in the frame of reference of its own course.

    Attributes
    ----------
    terms : tuple of DoseTerm
    """

    terms: tuple[DoseTerm, ...]

    def at(self, points: ArrayLike) -> FloatArray:
        """Return the dose in Gy at points of shape (..., 3), mm."""
        x, y, z = np.moveaxis(np.asarray(points, dtype=np.float64), -1, 0)
        total = np.zeros(x.shape)
        for term in self.terms:
            total += term.gy * term.x(x) * term.y(y) * term.z(z)
        return total

    def on(self, geometry: GridGeometry) -> FloatArray:
        """Return the dose in Gy at the voxel centres, shape (frames, rows, columns).

        Raises
        ------
        DicomValueError
            When a kink does not lie on a grid node: then interpolation would not be exact.
        """
        positions = node_positions(geometry)
        for term in self.terms:
            _check_kinks(term, positions)
        total = np.zeros(geometry.shape)
        order = _order_of_axes(geometry)
        for term in self.terms:
            along = [term.profiles[axis](positions[axis]) for axis in order]
            total += term.gy * along[0][:, None, None] * along[1][None, :, None] * along[2][None, None, :]
        return total


def node_positions(geometry: GridGeometry) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the x, y and z of the voxel centres of a grid parallel to the patient's axes, index order."""
    order = _order_of_axes(geometry)
    index = [np.zeros((n, 3)) for n in geometry.shape]
    along: list[FloatArray] = [np.empty(0)] * 3
    for grid_axis, patient_axis in enumerate(order):
        index[grid_axis][:, grid_axis] = np.arange(geometry.shape[grid_axis])
        along[patient_axis] = geometry.to_patient(index[grid_axis])[:, patient_axis]
    return along[0], along[1], along[2]


def _order_of_axes(geometry: GridGeometry) -> Sequence[int]:
    """Return which patient axis (x, y, z) the frames, the rows' stack and the columns run along."""
    size = np.abs(geometry.axes)
    if not np.allclose(np.sort(size, axis=1), [0, 0, 1], atol=1e-12):
        raise DicomValueError("an analytic dose needs a grid parallel to the patient's axes")
    return [int(axis) for axis in np.argmax(size, axis=1)]


def _check_kinks(term: DoseTerm, positions: Sequence[FloatArray]) -> None:
    for profile, nodes, name in zip(term.profiles, positions, "xyz", strict=True):
        inner = profile.knots[(profile.knots > nodes.min()) & (profile.knots < nodes.max())]
        off = [float(k) for k in inner if np.min(np.abs(nodes - k)) > 1e-6 and not _is_straight(profile, k)]
        if off:
            raise DicomValueError(f"the dose bends at {name} = {off} mm, between grid nodes")


def _is_straight(profile: PiecewiseLinear, knot: float) -> bool:
    """Whether the profile does not bend at a knot."""
    around = profile(np.array([knot - 1e-3, knot, knot + 1e-3]))
    return bool(abs(around[0] - 2 * around[1] + around[2]) < 1e-12)
