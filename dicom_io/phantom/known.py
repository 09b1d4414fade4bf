"""Closed forms: what is known of the doses in organs as drawn, by polygon clipping and quadratics.

No rasteriser, no histogram, no interpolation of grids takes part. Within an organ each course's dose is
a piecewise-linear function of one coordinate ``s = direction . point``; the organ's volume between two
values of s, and its first two moments, are those of clipped polygons. Any combination
``sum of a_k D_k + b_k D_k^2`` of the courses' doses (physical dose itself, or an EQD2, whose a and b
the radiobiology gives) is then a piecewise quadratic of s, and "how much volume has at least this" is a
quadratic equation on each piece.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.errors import MissingObjectError
from dicom_io.objects import RigidTransform
from dicom_io.phantom.distribution import KnownDistribution, Piece
from dicom_io.phantom.moments import MM3_PER_CC, occupied, slab_moments, slabs_between, volume_mm3
from dicom_io.phantom.profiles import AnalyticDose, DoseTerm, PiecewiseLinear, flat
from dicom_io.phantom.shapes import Slab, Solid, corners

__all__ = ["KnownDose", "KnownOrgan", "known_dose"]


_SAME_DIRECTION = 1e-9
_ON_EDGE_MM = 1e-6
"""Mapped corners carry rounding of this size; a plateau's edge is not crossed by less."""


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownDose:
    """A course's physical dose within an organ, as a function of one coordinate.

    Attributes
    ----------
    course : str
    direction : ndarray, shape (3,), or None
        Unit vector of the coordinate in the organ's frame of reference; None where the dose is constant.
    profile : PiecewiseLinear
        Gy at ``s = direction . point``.
    covered_z : (float, float)
        Where the dose grid covers the organ, mm; the formula holds there.
    """

    course: str
    direction: FloatArray | None
    profile: PiecewiseLinear
    covered_z: tuple[float, float]

    @property
    def is_flat(self) -> bool:
        """Whether the dose is the same everywhere in the organ."""
        return self.direction is None

    def __call__(self, s: FloatArray | float) -> FloatArray:
        """Return the dose in Gy at coordinates `s`, mm."""
        return self.profile(s)

    def monotonicity(self, low: float, high: float) -> str:
        """Return ``"flat"``, ``"increasing"``, ``"decreasing"`` or ``"neither"`` between two coordinates."""
        if self.is_flat:
            return "flat"
        steps = np.diff(self.profile.within(low, high).values)
        if np.all(steps >= 0):
            return "increasing" if np.any(steps > 0) else "flat"
        return "decreasing" if np.all(steps <= 0) else "neither"


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownOrgan:
    """An organ as drawn, and what is known in closed form about the doses in it.

    Attributes
    ----------
    name : str
    drawn_in : tuple of str
        Labels of the courses whose structure sets hold it.
    solid : Solid
    doses : mapping of str to KnownDose or None
        By course label; None where the dose depends on more than one coordinate, so that no elementary
        answer exists, or where the grid's coverage is not a matter of z alone.
    covered_z : mapping of str to (float, float) or None
        By course label: the z range of the organ that the dose grid covers, mm; None where the grid
        leaves out part of the organ in plane.
    """

    name: str
    drawn_in: tuple[str, ...]
    solid: Solid
    doses: Mapping[str, KnownDose | None]
    covered_z: Mapping[str, tuple[float, float] | None]

    @property
    def volume_cc(self) -> float:
        """Volume of the polygons extruded as slabs, cc."""
        return volume_mm3(self.solid.slabs) / MM3_PER_CC

    def covered_cc(self, course: str) -> float | None:
        """Return the volume that a course's dose grid covers, cc; None where no elementary answer exists."""
        z_range = self.covered_z[course]
        if z_range is None:
            return None
        return volume_mm3(slabs_between(self.solid.slabs, *z_range)) / MM3_PER_CC

    def reason(self, course: str) -> str | None:
        """Return why a course's dose in the organ has no closed form, or None where it has one."""
        if self.doses[course] is not None:
            return None
        covered = self.covered_z[course]
        if covered is None:
            return "the dose grid leaves out part of it, along more than z"
        if covered[0] >= covered[1]:
            return "not covered by the dose grid"
        return "the dose depends on more than one coordinate"

    @property
    def centroid(self) -> FloatArray:
        """Centre of the volume, shape (3,), mm."""
        axes = np.eye(3)
        sums = [slab_moments(self.solid.slabs, axis, -np.inf, np.inf) for axis in axes]
        return np.array([m[1] / m[0] for m in sums])

    def direction(self, courses: Sequence[str] | None = None) -> FloatArray:
        """Return the one coordinate's direction that all the given courses' doses depend on.

        Raises
        ------
        MissingObjectError
            Where a dose is not known, or the courses' directions differ.
        """
        known = [self._dose(course) for course in (courses or list(self.doses))]
        directions = [dose.direction for dose in known if dose.direction is not None]
        if not directions:
            return np.array([0.0, 0.0, 1.0])
        first = directions[0]
        if any(np.linalg.norm(np.cross(first, other)) > _SAME_DIRECTION for other in directions[1:]):
            raise MissingObjectError(
                f"{self.name}: the courses' doses vary along different directions; no elementary sum"
            )
        return first

    def _dose(self, course: str) -> KnownDose:
        dose = self.doses.get(course)
        if dose is None:
            raise MissingObjectError(f"{self.name}: the dose of {course} has no elementary form in it")
        return dose

    def distribution(
        self, weights: Mapping[str, tuple[float, float]], *, covered_only: bool = False
    ) -> KnownDistribution:
        """Return the distribution of ``sum of a D + b D^2`` over the courses.

        Parameters
        ----------
        weights : mapping of str to (float, float)
            a and b by course label. Physical dose is (1, 0). For EQD2 of n fractions,
            ``a = ab / (2 + ab)`` and ``b = 1 / (n (2 + ab))``.
        covered_only : bool
            Take the part of the organ that all the courses' grids cover; without it an organ that is
            not covered in full raises.

        Raises
        ------
        MissingObjectError
            Where a dose is not known, directions differ, or the organ is not covered in full.

        Examples
        --------
        >>> from dicom_io.phantom import build_case, known_organs
        >>> organs = known_organs(build_case("pelvis-two-courses"))
        >>> bladder = next(organ for organ in organs if organ.name == "Bladder")
        >>> both = bladder.distribution({"first-course": (1.0, 0.0), "second-course": (1.0, 0.0)})
        >>> both.mean, both.minimum
        (54.609, 54.000)
        """
        slabs = self._covered_slabs(weights, covered_only=covered_only)
        direction = self.direction(list(weights))
        polynomials = [_along(self._dose(course), direction, weight) for course, weight in weights.items()]
        stretches = occupied(slabs, direction)
        pieces = [p for low, high in stretches for p in _pieces(polynomials, low=low, high=high)]
        return KnownDistribution(slabs=slabs, direction=direction, pieces=tuple(pieces))

    def physical(self, course: str, *, covered_only: bool = False) -> KnownDistribution:
        """Return the distribution of a course's physical dose, Gy."""
        return self.distribution({course: (1.0, 0.0)}, covered_only=covered_only)

    def _covered_slabs(self, courses: Mapping[str, object], *, covered_only: bool) -> tuple[Slab, ...]:
        ranges = [self._dose(course).covered_z for course in courses]
        low, high = max(r[0] for r in ranges), min(r[1] for r in ranges)
        slabs = slabs_between(self.solid.slabs, low, high)
        if not slabs:
            raise MissingObjectError(f"{self.name}: no part is covered by all the courses")
        if not covered_only and not np.isclose(volume_mm3(slabs), volume_mm3(self.solid.slabs), rtol=1e-12):
            raise MissingObjectError(f"{self.name}: not covered in full")
        return slabs


@dataclass(frozen=True, kw_only=True, eq=False)
class _Weighted:
    """A dose along the organ's coordinate and the weights of its first and second power."""

    profile: PiecewiseLinear
    linear: float
    quadratic: float


def _along(dose: KnownDose, direction: FloatArray, weight: tuple[float, float]) -> _Weighted:
    """Return a dose as a function of the organ's coordinate, which may run the other way."""
    profile = dose.profile
    if dose.direction is not None and float(dose.direction @ direction) < 0:
        profile = PiecewiseLinear(knots=-profile.knots[::-1], values=profile.values[::-1])
    return _Weighted(profile=profile, linear=weight[0], quadratic=weight[1])


def _pieces(doses: Sequence[_Weighted], *, low: float, high: float) -> tuple[Piece, ...]:
    """Return the weighted sum as quadratics between the knots of all doses."""
    knots = np.unique(np.concatenate([[low, high], *(dose.profile.knots for dose in doses)]))
    knots = knots[(knots >= low) & (knots <= high)]
    pieces = []
    for a, b in itertools.pairwise(knots):
        coefficients = sum((_quadratic(dose, a, b) for dose in doses), start=np.zeros(3))
        pieces.append(Piece(low=float(a), high=float(b), coefficients=coefficients))
    return tuple(pieces)


def _quadratic(dose: _Weighted, a: float, b: float) -> FloatArray:
    """Return the coefficients of ``linear D + quadratic D^2`` on a stretch where D is straight."""
    at_a, at_b = (float(dose.profile(s)) for s in (a, b))
    slope = (at_b - at_a) / (b - a)
    start = at_a - slope * a
    return dose.linear * np.array([start, slope, 0.0]) + dose.quadratic * np.array(
        [start**2, 2 * start * slope, slope**2]
    )


def known_dose(
    solid: Solid,
    dose: AnalyticDose,
    *,
    course: str,
    from_dose_frame: RigidTransform | None,
    covered_z: tuple[float, float],
) -> KnownDose | None:
    """Return a course's dose within a solid as a function of one coordinate, where it is one.

    The corners of the solid's covered part, carried into the dose's frame, bound the ranges of x, y and
    z there; a profile that is constant over its range drops out. What is left has to be one coordinate.

    Parameters
    ----------
    solid : Solid
    dose : AnalyticDose
        In its own frame of reference.
    course : str
    from_dose_frame : RigidTransform or None
        Carries points of the dose's frame into the solid's; None where they are the same.
    covered_z : (float, float)
        Part of the solid that the dose grid covers, mm.

    Returns
    -------
    KnownDose or None
        None where the dose depends on more than one coordinate.
    """
    slabs = slabs_between(solid.slabs, *covered_z)
    if not slabs:
        return None
    matrix = np.eye(4) if from_dose_frame is None else from_dose_frame.matrix
    in_dose_frame = (corners(slabs) - matrix[:3, 3]) @ matrix[:3, :3]
    ranges = [(float(c.min()) + _ON_EDGE_MM, float(c.max()) - _ON_EDGE_MM) for c in in_dose_frame.T]
    terms = [_reduced(term, ranges) for term in dose.terms]
    axes = {term.axis for term in terms if term is not None and term.axis is not None}
    if None in terms or len(axes) > 1:
        return None
    total = functools.reduce(PiecewiseLinear.plus, [term.profile for term in terms if term is not None])
    if not axes:
        return KnownDose(course=course, direction=None, profile=total, covered_z=covered_z)
    direction = matrix[:3, axes.pop()]
    offset = float(direction @ matrix[:3, 3])  # s in the solid's frame = s in the dose's frame + offset
    return KnownDose(course=course, direction=direction, profile=total.shifted(offset), covered_z=covered_z)


@dataclass(frozen=True, kw_only=True, eq=False)
class _OneAxis:
    """A dose term within known ranges: a function of one axis of its own frame, or a constant."""

    axis: int | None
    profile: PiecewiseLinear


def _reduced(term: DoseTerm, ranges: Sequence[tuple[float, float]]) -> _OneAxis | None:
    """Return the term with its constant profiles taken out, or None where two or more are left."""
    factor, varying = term.gy, []
    for axis, (profile, (low, high)) in enumerate(zip(term.profiles, ranges, strict=True)):
        if profile.is_constant(low, high):
            factor *= float(profile(low))
        else:
            varying.append((axis, profile))
    if factor == 0 or not varying:
        return _OneAxis(axis=None, profile=flat(factor))
    if len(varying) > 1:
        return None
    axis, profile = varying[0]
    return _OneAxis(axis=axis, profile=profile.times(factor))
