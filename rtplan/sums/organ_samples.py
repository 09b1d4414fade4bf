"""An organ's points with the physical dose of every course at each: what a moving slider asks again.

Kept once, a new alpha/beta, recovery, regimen or limit is arithmetic on arrays; a shift or a turn of an
earlier dose samples that course anew and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from dicom_io.objects import RigidTransform, Structure
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.sums.fields import CumulativeField, DosePart, RememberedField
from rtplan.sums.points import OrganPoints
from rtplan.sums.sampling import sample_field
from rtplan.sums.scenarios import MovedDose
from rtplan.sums.transforms import mapped

__all__ = ["Motion", "OrganSamples", "TriedRegimen", "delivered_at", "moved_part", "tried_parts"]

FloatArray = NDArray[np.float64]
Vector = tuple[float, float, float]

_FARTHEST_MM = 100.0
_MOST_DEGREES = 45.0
_LARGEST_FACTOR = 10.0


@dataclass(frozen=True, kw_only=True)
class Motion:
    """Where the dose of some courses is tried to lie: turned about a centre, then shifted.

    Attributes
    ----------
    shift_mm : (float, float, float)
        Along x, y and z of the sum's frame (to the patient's left, back and head), each up to 100 mm.
    rotation_degrees : (float, float, float)
        About x, then y, then z, each up to 45 degrees.
    centre_mm : (float, float, float)
        What it is turned about, in the sum's frame.

    Examples
    --------
    >>> Motion(shift_mm=(0.0, 0.0, 5.0)).is_none, Motion().is_none
    (False, True)
    """

    shift_mm: Vector = (0.0, 0.0, 0.0)
    rotation_degrees: Vector = (0.0, 0.0, 0.0)
    centre_mm: Vector = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        for name, most in (("shift_mm", _FARTHEST_MM), ("rotation_degrees", _MOST_DEGREES)):
            value = getattr(self, name)
            if not all(math.isfinite(part) and abs(part) <= most for part in value):
                raise RtplanValueError(f"{name} {value}: three numbers of at most {most:g} are needed")
        if not all(math.isfinite(part) for part in self.centre_mm):
            raise RtplanValueError(f"centre_mm {self.centre_mm}: three finite coordinates are needed")

    @property
    def is_none(self) -> bool:
        """Whether nothing is moved."""
        return not any((*self.shift_mm, *self.rotation_degrees))

    @property
    def rotation(self) -> FloatArray:
        """Matrix of the turn, acting on column vectors, shape (3, 3)."""
        found = np.eye(3)
        for axis, degrees in enumerate(self.rotation_degrees):
            found = _about(axis, math.radians(degrees)) @ found
        return found

    def origin_of(self, frame_of_reference_uid: str) -> RigidTransform:
        """Return the transform from where the moved dose is looked at to where its value comes from."""
        rotation, centre, shift = self.rotation, np.array(self.centre_mm), np.array(self.shift_mm)
        matrix = np.eye(4)
        matrix[:3, :3] = rotation.T
        matrix[:3, 3] = centre - rotation.T @ (shift + centre)
        return RigidTransform(
            matrix=matrix,
            maps_from=frame_of_reference_uid,
            maps_to=frame_of_reference_uid,
            source="tried motion",
        )


def _about(axis: int, angle: float) -> FloatArray:
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = math.cos(angle)
    matrix[i, j], matrix[j, i] = -math.sin(angle), math.sin(angle)
    return matrix


@dataclass(frozen=True, kw_only=True)
class TriedRegimen:
    """A course given in another number of fractions, or with its dose scaled.

    Attributes
    ----------
    dose_factor : float
        What the dose as delivered is multiplied by, 0 to 10.
    n_fractions : int or None
        Whole, at least 1; None for as many as there are.
    """

    dose_factor: float = 1.0
    n_fractions: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.dose_factor <= _LARGEST_FACTOR:
            raise RtplanValueError(f"dose factor of {self.dose_factor}: 0 to {_LARGEST_FACTOR:g} is allowed")
        if self.n_fractions is not None and (
            self.n_fractions < 1 or self.n_fractions != int(self.n_fractions)
        ):
            raise RtplanValueError(f"{self.n_fractions} fractions: a whole number of at least 1 is needed")


def moved_part(part: DosePart, motion: Motion) -> DosePart:
    """Return a part of a sum with its dose elsewhere."""
    here = _plain(part)
    if motion.is_none:
        return here
    if isinstance(here.transform, RigidTransform):
        way = motion.origin_of(here.transform.maps_from).then(here.transform)
        return replace(here, transform=way)
    moved = MovedDose(
        inner=here.transform,
        rotation=motion.rotation,
        centre=np.array(motion.centre_mm),
        shift=np.array(motion.shift_mm),
    )
    return replace(here, transform=moved)


def _plain(part: DosePart) -> DosePart:
    """The part without the memory of the points that it was asked for: these are kept here."""
    own, seen = part.transform, part.dose
    if not isinstance(seen, RememberedField):
        return part
    if isinstance(own, RigidTransform) and own.source == "identity":
        return replace(part, dose=seen.dose, transform=seen.transform)
    if isinstance(own, RigidTransform) and isinstance(seen.transform, RigidTransform):
        return replace(part, dose=seen.dose, transform=own.then(seen.transform))
    return part


def tried_parts(
    parts: Sequence[DosePart],
    *,
    recovered: Mapping[str, float] | None = None,
    regimens: Mapping[str, TriedRegimen] | None = None,
) -> tuple[DosePart, ...]:
    """Return the parts of a sum with other recoveries and regimens.

    Parameters
    ----------
    parts : sequence of DosePart
    recovered : mapping of str to float, optional
        Fraction forgotten of each course, 0 to 1, by label; 0 where none is named.
    regimens : mapping of str to TriedRegimen, optional
        By label; as delivered where none is named.

    Raises
    ------
    RtplanValueError
        A new number of fractions for a course of several plans: nothing says how they are shared.
    """
    found = []
    for part in parts:
        regimen = (regimens or {}).get(part.course, TriedRegimen())
        n = regimen.n_fractions
        phases = [one.n_fractions for one in parts if one.course == part.course]
        if n not in (None, sum(phases)) and len(phases) > 1:
            raise RtplanValueError(
                f"{part.course}: {n} fractions of a course of {len(phases)} plans: nothing says how they are "
                "shared; scale its dose instead"
            )
        found.append(
            replace(
                part,
                n_fractions=part.n_fractions if n is None or len(phases) > 1 else int(n),
                dose_factor=part.dose_factor * regimen.dose_factor,
                recovered=(recovered or {}).get(part.course, 0.0),
            )
        )
    return tuple(found)


@dataclass(frozen=True, kw_only=True, eq=False)
class OrganSamples:
    """Points inside an organ and the physical dose of each part of a sum there.

    Exact on its points: `eqd2_of` equals what `CumulativeField.sample` says of them, and metrics read off
    them equal those of the scenario band and of the flips, which stand on the same points. It knows no bounds
    and no half-widths, and its metrics are those of points: compare two states of the same samples, and add
    the difference to what the DVH engine says of the first.

    Attributes
    ----------
    points : ndarray, shape (n, 3)
        mm, in the frame of reference of the sum.
    volume_cc : ndarray, shape (n,)
        What each point stands for.
    parts : tuple of DosePart
        What was given, as it was sampled.
    dose_gy : ndarray, shape (parts, n)
        Physical dose of each part as delivered, Gy; NaN where not covered.
    stated : tuple of DosePart
        The parts before anything was moved.
    stated_gy : ndarray, shape (parts, n)
        Their doses.

    Examples
    --------
    >>> from dicom_io import Contour, GridField, GridGeometry, identity
    >>> from rtplan.sums import DosePart, accumulate
    >>> grid = GridGeometry.axial(shape=(5, 5, 5), origin=(0, 0, 0), spacing=(5.0, 5.0, 5.0))
    >>> def part(name, gy, n):
    ...     field = GridField(geometry=grid, values=np.full(grid.shape, gy), frame_of_reference_uid="1.2")
    ...     return DosePart(course=name, dose=field, n_fractions=n, transform=identity("1.2"))
    >>> square = np.array([[5.0, 5, 0], [15, 5, 0], [15, 15, 0], [5, 15, 0]])
    >>> contours = tuple(
    ...     Contour(points=square + [0, 0, z], geometric_type="CLOSED_PLANAR") for z in (5.0, 8.0, 11.0)
    ... )
    >>> cube = Structure(number=1, name="Cube", interpreted_type="", contours=contours,
    ...                  frame_of_reference_uid="1.2")
    >>> total = accumulate([part("first", 50.0, 25), part("second", 25.0, 5)], alpha_beta=3)
    >>> samples = OrganSamples.of(total, cube)
    >>> float(samples.eqd2_of(3.0)[0])
    90.0
    >>> float(samples.eqd2_of(3.0, recovered={"first": 0.5})[0])
    65.0
    """

    points: FloatArray = field(repr=False)
    volume_cc: FloatArray = field(repr=False)
    parts: tuple[DosePart, ...] = field(repr=False)
    dose_gy: FloatArray = field(repr=False)
    stated: tuple[DosePart, ...] = field(repr=False)
    stated_gy: FloatArray = field(repr=False)

    def __post_init__(self) -> None:
        shape = (len(self.parts), len(self.points))
        if self.dose_gy.shape != shape or self.stated_gy.shape != shape or len(self.stated) != shape[0]:
            raise RtplanValueError(
                f"doses of shape {self.dose_gy.shape} for {shape[0]} parts at {shape[1]} points"
            )
        for array in (self.points, self.volume_cc, self.dose_gy, self.stated_gy):
            array.setflags(write=False)

    @classmethod
    def of(
        cls, total: CumulativeField, structure: Structure, *, spacing_mm: float | None = None
    ) -> OrganSamples:
        """Return the samples of a structure; by default on the points by which `MovableSum` reads it.

        Parameters
        ----------
        total : CumulativeField
            Its alpha/beta plays no part; what it takes off for recovery neither.
        structure : Structure
            In the frame of reference of the sum.
        spacing_mm : float, optional
            Largest distance of the points; without it that of the finest dose grid.

        Raises
        ------
        RtplanValueError
            The structure encloses no volume.
        """
        geometry = total.geometry
        spacing = (geometry.frame_spacing, geometry.row_spacing, geometry.column_spacing)
        finest = float(np.nanmin(spacing))
        organ = OrganPoints.of(structure, spacing_mm=finest if spacing_mm is None else spacing_mm)
        parts = tuple(replace(_plain(part), recovered=0.0) for part in total.parts)
        doses = np.stack([delivered_at(part, organ.points) for part in parts])
        return cls(
            points=organ.points,
            volume_cc=organ.volume_cc,
            parts=parts,
            dose_gy=doses,
            stated=parts,
            stated_gy=doses,
        )

    @property
    def courses(self) -> tuple[str, ...]:
        """Labels of the courses, each once."""
        return tuple(dict.fromkeys(part.course for part in self.parts))

    @property
    def is_covered(self) -> bool:
        """Whether every point has a dose of every part."""
        return not bool(np.isnan(np.sum(self.dose_gy)))

    def moved(self, motion: Motion, *, courses: tuple[str, ...]) -> OrganSamples:
        """Return the samples with the dose of some courses elsewhere; only these are sampled anew.

        Parameters
        ----------
        motion : Motion
            From where the doses were stated to lie, whatever was tried before.
        courses : tuple of str
            Labels of the courses that move.
        """
        unknown = [label for label in courses if label not in self.courses]
        if unknown:
            raise RtplanLookupError(f"no course {unknown[0]!r}; there are: {', '.join(self.courses)}")
        if motion.is_none:
            return replace(self, parts=self.stated, dose_gy=self.stated_gy)
        parts = tuple(moved_part(part, motion) if part.course in courses else part for part in self.stated)
        doses = np.stack(
            [
                here if part.course not in courses else delivered_at(part, self.points)
                for part, here in zip(parts, self.stated_gy, strict=True)
            ]
        )
        return replace(self, parts=parts, dose_gy=doses)

    def eqd2_of(
        self,
        alpha_beta: float,
        *,
        recovered: Mapping[str, float] | None = None,
        regimens: Mapping[str, TriedRegimen] | None = None,
    ) -> FloatArray:
        """Return the summed EQD2 at each point, Gy; NaN where a part does not cover.

        D (d + alpha/beta) / (2 + alpha/beta) of each part with its own d = D / n, times what recovery leaves.

        Parameters
        ----------
        alpha_beta : float
            Gy, above 0.
        recovered : mapping of str to float, optional
            Fraction forgotten of each course, 0 to 1, by label; 0 where none is named.
        regimens : mapping of str to TriedRegimen, optional
            By label; as delivered where none is named. A new number of fractions needs a course of one plan.

        Returns
        -------
        ndarray, shape (n,)
        """
        tried = tried_parts(self.parts, recovered=recovered, regimens=regimens)
        total = np.zeros(len(self.points))
        for part, now, delivered in zip(self.parts, tried, self.dose_gy, strict=True):
            scale = (regimens or {}).get(part.course, TriedRegimen()).dose_factor
            dose = delivered if scale == 1.0 else delivered * scale
            total += now.eqd2_of_delivered(dose, alpha_beta)
        return total

    def stated_eqd2_of(
        self, alpha_beta: float, *, recovered: Mapping[str, float] | None = None
    ) -> FloatArray:
        """Return the summed EQD2 at each point with nothing moved, Gy."""
        return replace(self, parts=self.stated, dose_gy=self.stated_gy).eqd2_of(
            alpha_beta, recovered=recovered
        )


def delivered_at(part: DosePart, points: FloatArray) -> FloatArray:
    """Return a part's physical dose as delivered at points of the sum's frame, Gy; NaN where not covered.

    The same values as `DosePart.physical_at`, by the fast way of a whole grid.

    Parameters
    ----------
    part : DosePart
    points : ndarray, shape (n, 3)
        mm; many of them are remembered nowhere.
    """
    part = _plain(part)
    found = sample_field(part.dose, mapped(part.transform, points))
    return found if part.dose_factor == 1.0 else found * part.dose_factor
