"""Cumulative EQD2: physical dose is interpolated, then converted, voxel by voxel, then summed.

Each voxel's dose per fraction is its own dose over the number of fractions of its course; doses of several
courses are never added before they are converted. A point that any course does not cover has no sum.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bed import EQD2, eqd2
from dicom_io.objects import DeformableTransform, GridGeometry, ScalarField
from rtplan.errors import RtplanTypeError, RtplanValueError
from rtplan.sums.interpolation import shifts_through
from rtplan.sums.sampling import sample_field
from rtplan.sums.transforms import InvertedDeformation, PointTransform, carried_back, mapped

__all__ = [
    "BioGrid",
    "CumulativeField",
    "DosePart",
    "PhysicalField",
    "RememberedField",
    "accumulate",
]

FloatArray = NDArray[np.float64]

_CHUNK_POINTS = 200_000
_REMEMBERED_POINT_SETS = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class RememberedField:
    """A dose seen through a transform, which keeps the values of the point sets it was asked for last.

    One organ is looked at with several alpha/beta, recoveries and factors; its points and their physical
    doses are the same each time, and interpolating them is what costs.

    Attributes
    ----------
    dose : ScalarField
    transform : PointTransform
    """

    dose: ScalarField
    transform: PointTransform
    _known: OrderedDict[bytes, FloatArray] = field(default_factory=OrderedDict, repr=False)

    def __post_init__(self) -> None:
        if self.transform.maps_to != self.dose.frame_of_reference_uid:
            raise RtplanValueError("the transform does not lead to the frame of reference of the dose")

    @property
    def geometry(self) -> GridGeometry:
        """The grid of the dose itself."""
        return self.dose.geometry

    @property
    def frame_of_reference_uid(self) -> str:
        """Frame of reference of the points, before the transform."""
        return self.transform.maps_from

    def sample(self, points: FloatArray) -> FloatArray:
        """Return the interpolated values at points of shape (n, 3); NaN where not covered."""
        key = hashlib.blake2b(np.ascontiguousarray(points).tobytes(), digest_size=16).digest()
        found = self._known.get(key)
        if found is None:
            found = sample_field(self.dose, mapped(self.transform, points))
            found.setflags(write=False)
            self._known[key] = found
            while len(self._known) > _REMEMBERED_POINT_SETS:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return found

    def interpolation_shifts(self, points: FloatArray, width: FloatArray) -> FloatArray:
        """Return the estimated true dose minus the interpolated one at points, by grid, Gy."""
        return shifts_through(self.transform, self.dose, points, width)


def _deformation(way: PointTransform) -> DeformableTransform | None:
    """The deformation behind a transform; None behind a rigid one."""
    found = way.deformation if isinstance(way, InvertedDeformation) else way
    return found if isinstance(found, DeformableTransform) else None


@dataclass(frozen=True, kw_only=True, eq=False)
class DosePart:
    """The physical dose of fractions that were alike: one plan of one course.

    Attributes
    ----------
    course : str
        Label of the course it belongs to.
    dose : ScalarField
        Physical dose in Gy, total of the fractions as planned, in its own frame of reference.
    n_fractions : int
        Fractions delivered, whole and at least 1.
    transform : PointTransform
        From the frame of reference of the sum to that of the field.
    dose_factor : float
        What the dose is multiplied by before it is converted: 1 as planned; also the share delivered of a
        plan that was stopped early, or a stated RBE.
    recovered : float
        Fraction of this part's EQD2 that the tissue has forgotten; 0 counts it in full.
    """

    course: str
    dose: ScalarField
    n_fractions: int
    transform: PointTransform
    dose_factor: float = 1.0
    recovered: float = 0.0

    def __post_init__(self) -> None:
        if self.n_fractions < 1 or self.n_fractions != int(self.n_fractions):
            raise RtplanValueError(f"{self.course}: {self.n_fractions} fractions; a whole number is needed")
        if not 0 <= self.recovered <= 1:
            raise RtplanValueError(f"{self.course}: recovery of {self.recovered}; 0 to 1 is allowed")
        if not (np.isfinite(self.dose_factor) and self.dose_factor >= 0):
            raise RtplanValueError(f"{self.course}: dose factor {self.dose_factor}; at least 0 is needed")
        if self.transform.maps_to != self.dose.frame_of_reference_uid:
            raise RtplanValueError(f"{self.course}: the transform does not lead to the frame of its dose")

    def physical_at(self, points: FloatArray) -> FloatArray:
        """Return the interpolated physical dose at points of the sum's frame, Gy; NaN where not covered."""
        sampled: FloatArray = self.dose.sample(mapped(self.transform, points))
        return sampled if self.dose_factor == 1.0 else sampled * self.dose_factor

    def eqd2_at(self, points: FloatArray, alpha_beta: float) -> FloatArray:
        """Return the EQD2 that counts at points of the sum's frame, Gy."""
        return self.eqd2_of_delivered(self.physical_at(points), alpha_beta)

    def physical_shifts(self, points: FloatArray, width: FloatArray) -> FloatArray:
        """Return the estimated true delivered dose minus the interpolated one at points, Gy.

        Parameters
        ----------
        points : ndarray, shape (n, 3)
            mm, in the frame of the sum.
        width : ndarray, shape (n,)
            Side of the cube over which the shift is averaged, mm.

        Returns
        -------
        ndarray, shape (grids, n)
            By the grid of the dose and, where a deformation leads to it, by that of its vectors.
        """
        return self.dose_factor * shifts_through(self.transform, self.dose, points, width)

    def voxels_of_frame(self, frame: int) -> FloatArray:
        """Return the voxel centres of a frame of its grid, in the sum's frame of reference, shape (n, 3), mm.

        Voxels that no transform leads to are left out.
        """
        _, rows, columns = self.dose.geometry.shape
        index = np.indices((1, rows, columns)).reshape(3, -1).T + [frame, 0, 0]
        points = self._carried_back(self.dose.geometry.to_patient(index))
        return points[np.isfinite(points).all(axis=1)]

    @property
    def grid_key(self) -> tuple[bytes, ...]:
        """The same for parts whose voxels lie in the same places, seen from the sum."""
        geometry = self.dose.geometry
        ends = np.indices((2, 2, 2)).reshape(3, -1).T * (np.array(geometry.shape) - 1)
        corners = np.round(self._carried_back(geometry.to_patient(ends)), 6) + 0.0
        bent = [str(id(_deformation(way))) for way in self._ways if _deformation(way) is not None]
        return (
            repr(geometry.shape).encode(),
            corners.tobytes(),
            "".join(bent).encode(),
            geometry.frame_offsets.tobytes(),
        )

    @property
    def _ways(self) -> list[PointTransform]:
        """The transforms that lead from the sum to the grid, in order."""
        own = [self.dose.transform] if isinstance(self.dose, RememberedField) else []
        return [self.transform, *own]

    def _carried_back(self, points: FloatArray) -> FloatArray:
        """Return points of the grid's frame of reference in that of the sum; NaN where none is known."""
        for way in reversed(self._ways):
            points = carried_back(way, points)
        return points

    def eqd2_shifts(self, points: FloatArray, width: FloatArray, alpha_beta: float) -> FloatArray:
        """Return what `physical_shifts` make of the EQD2 that counts, Gy: times its slope there."""
        dose = np.nan_to_num(self.physical_at(points))
        slope = 1 / (1 + 2 / alpha_beta) + 2 * dose / (self.n_fractions * (2 + alpha_beta))
        return self.physical_shifts(points, width) * slope * (1.0 - self.recovered)

    def eqd2_of(self, dose_gy: FloatArray, alpha_beta: float) -> FloatArray:
        """Return the EQD2 that counts of doses read off the field itself, before the dose factor, Gy."""
        delivered = dose_gy if self.dose_factor == 1.0 else dose_gy * self.dose_factor
        return self.eqd2_of_delivered(delivered, alpha_beta)

    def eqd2_of_delivered(self, delivered_gy: FloatArray, alpha_beta: float) -> FloatArray:
        """Return the EQD2 that counts of delivered doses, Gy."""
        found: FloatArray = np.asarray(eqd2(delivered_gy, self.n_fractions, alpha_beta), dtype=np.float64)
        return found * (1.0 - self.recovered) if self.recovered else found

    def scaled(self, factor: float) -> DosePart:
        """Return this part with its dose per fraction multiplied by a factor."""
        return replace(self, dose_factor=self.dose_factor * factor)


@dataclass(frozen=True, kw_only=True, eq=False)
class CumulativeField:
    """The summed EQD2 of several courses as a field that the DVH engine can ask at any point.

    Attributes
    ----------
    parts : tuple of DosePart
        All of one frame of reference on the side of the sum.
    alpha_beta : float
        Gy, above 0.
    geometry : GridGeometry
        The grid on whose scale the sum varies: usually the new course's dose grid.

    Examples
    --------
    >>> from dicom_io import GridField
    >>> from dicom_io import identity
    >>> grid = GridGeometry.axial(shape=(2, 2, 2), origin=(0, 0, 0), spacing=(1.0, 1.0, 1.0))
    >>> def part(gy, n):
    ...     field = GridField(geometry=grid, values=np.full((2, 2, 2), gy), frame_of_reference_uid="1.2")
    ...     return DosePart(course=f"{gy} Gy", dose=field, n_fractions=n, transform=identity("1.2"))
    >>> total = CumulativeField(parts=(part(50.0, 25), part(25.0, 5)), alpha_beta=3, geometry=grid)
    >>> total
    CumulativeField(50.0 Gy + 25.0 Gy: EQD2 at alpha/beta 3 Gy)
    >>> total.sample(np.array([[0.5, 0.5, 0.5], [9.0, 0.5, 0.5]]))
    array([90., nan])
    """

    parts: tuple[DosePart, ...]
    alpha_beta: float
    geometry: GridGeometry

    def __post_init__(self) -> None:
        if not self.parts:
            raise RtplanValueError("a cumulative dose needs at least one course")
        if len({part.transform.maps_from for part in self.parts}) != 1:
            raise RtplanValueError("the parts of one sum must start from one frame of reference")

    @property
    def frame_of_reference_uid(self) -> str:
        """Frame of reference of the points."""
        return self.parts[0].transform.maps_from

    def __repr__(self) -> str:
        courses = " + ".join(dict.fromkeys(part.course for part in self.parts))
        return f"CumulativeField({courses}: EQD2 at alpha/beta {self.alpha_beta:g} Gy)"

    def sample(self, points: FloatArray) -> FloatArray:
        """Return the summed EQD2 at points of shape (n, 3), Gy; NaN where any part does not cover."""
        total = np.zeros(len(points))
        for part in self.parts:
            total += part.eqd2_at(points, self.alpha_beta)
        return total

    def voxel_frames(self) -> list[Callable[[], FloatArray]]:
        """Return what gives the voxel centres of each frame of each grid behind the sum.

        In the frame of reference of the sum, shape (n, 3), mm; voxels that no transform leads to are left
        out, and a grid that several parts have stands there once.
        """
        grids = {part.grid_key: part for part in self.parts}
        return [
            partial(part.voxels_of_frame, frame)
            for part in grids.values()
            for frame in range(part.dose.geometry.shape[0])
        ]

    def interpolation_shifts(self, points: FloatArray, width: FloatArray) -> FloatArray:
        """Return the estimated true sum minus the interpolated one at points, by each grid behind it.

        What one grid leaves open no finer grid of another course closes.

        Parameters
        ----------
        points : ndarray, shape (n, 3)
            mm.
        width : ndarray, shape (n,)
            Side of the cube over which the shift is averaged, mm.

        Returns
        -------
        ndarray, shape (grids, n)
            Gy EQD2.
        """
        return np.vstack([part.eqd2_shifts(points, width, self.alpha_beta) for part in self.parts])

    def without_recovery(self) -> CumulativeField:
        """Return the plain sum, every course in full."""
        return replace(self, parts=tuple(replace(part, recovered=0.0) for part in self.parts))

    def of_course(self, label: str) -> CumulativeField:
        """Return what one course contributes."""
        return replace(self, parts=tuple(part for part in self.parts if part.course == label))

    def with_course_scaled(self, label: str, factor: float) -> CumulativeField:
        """Return the sum with one course's physical dose multiplied by a factor."""
        scaled = tuple(part.scaled(factor) if part.course == label else part for part in self.parts)
        return replace(self, parts=scaled)


@dataclass(frozen=True, kw_only=True, eq=False)
class PhysicalField:
    """The physical dose of one course in another frame of reference, for display; it is never summed.

    Attributes
    ----------
    parts : tuple of DosePart
        Of one course: its phases share tissue and time, and their physical total is what its plan shows.
    geometry : GridGeometry
    """

    parts: tuple[DosePart, ...]
    geometry: GridGeometry

    def __post_init__(self) -> None:
        if len({part.course for part in self.parts}) != 1:
            raise RtplanTypeError(
                "physical doses of different courses are not added: convert each to EQD2 first"
            )

    @property
    def frame_of_reference_uid(self) -> str:
        """Frame of reference of the points."""
        return self.parts[0].transform.maps_from

    def sample(self, points: FloatArray) -> FloatArray:
        """Return the physical dose at points of shape (n, 3), Gy; NaN where not covered."""
        total = np.zeros(len(points))
        for part in self.parts:
            total += part.physical_at(points)
        return total

    def interpolation_shifts(self, points: FloatArray, width: FloatArray) -> FloatArray:
        """Return the estimated true dose minus the interpolated one at points, by grid, Gy."""
        return np.vstack([part.physical_shifts(points, width) for part in self.parts])


@dataclass(frozen=True, kw_only=True, eq=False)
class BioGrid:
    """EQD2 on the voxel centres of a grid: for pictures and for export.

    Attributes
    ----------
    geometry : GridGeometry
    eqd2 : EQD2
        Array of float32, shape (frames, rows, columns), Gy; NaN where not covered.
    covered : ndarray of bool
        Where every course covers the voxel.
    frame_of_reference_uid : str
    courses : tuple of str
        Labels of what was summed.
    """

    geometry: GridGeometry
    eqd2: EQD2
    covered: NDArray[np.bool_]
    frame_of_reference_uid: str
    courses: tuple[str, ...]

    def __post_init__(self) -> None:
        if np.shape(self.eqd2.gy) != self.geometry.shape or self.covered.shape != self.geometry.shape:
            raise RtplanValueError("EQD2, coverage and grid must have one shape")

    @classmethod
    def of(cls, field: CumulativeField, geometry: GridGeometry) -> BioGrid:
        """Sample a cumulative field on a grid of its own frame of reference."""
        values = np.empty(geometry.shape, dtype=np.float32)
        flat = values.reshape(-1)
        for start in range(0, flat.size, _CHUNK_POINTS):
            stop = min(start + _CHUNK_POINTS, flat.size)
            index = np.stack(np.unravel_index(np.arange(start, stop), geometry.shape), axis=-1)
            flat[start:stop] = field.sample(geometry.to_patient(index))
        return cls(
            geometry=geometry,
            eqd2=EQD2(gy=values, alpha_beta=field.alpha_beta),
            covered=np.isfinite(values),
            frame_of_reference_uid=field.frame_of_reference_uid,
            courses=tuple(dict.fromkeys(part.course for part in field.parts)),
        )

    def __add__(self, other: BioGrid) -> BioGrid:
        if self.frame_of_reference_uid != other.frame_of_reference_uid or self.geometry is not other.geometry:
            raise RtplanTypeError(
                "two EQD2 grids add only on one and the same grid: accumulate the courses anew"
            )
        return replace(
            self,
            eqd2=self.eqd2 + other.eqd2,
            covered=self.covered & other.covered,
            courses=self.courses + other.courses,
        )

    def __repr__(self) -> str:
        share = float(np.mean(self.covered))
        return f"BioGrid({' + '.join(self.courses)}: {self.eqd2!r}, {share:.1%} of the voxels covered)"


def accumulate(
    parts: Sequence[DosePart], *, alpha_beta: float, geometry: GridGeometry | None = None
) -> CumulativeField:
    """Sum the EQD2 of several courses, voxel by voxel.

    Parameters
    ----------
    parts : sequence of DosePart
        What was given, each with its own number of fractions and its transform from the frame of the sum.
    alpha_beta : float
        Of the tissue, Gy, above 0.
    geometry : GridGeometry, optional
        Grid on whose scale the sum is looked at; that of the last part when it lies in the sum's own frame.

    Returns
    -------
    CumulativeField
        Sample it anywhere, hand it to the DVH engine, or lay it on a grid with `BioGrid.of`.

    Raises
    ------
    RtplanValueError
        No parts, several frames of reference on the side of the sum, or no grid that belongs to it.
    """
    if not parts:
        raise RtplanValueError("a cumulative dose needs at least one course")
    if geometry is None:
        last = parts[-1]
        if last.transform.maps_from != last.transform.maps_to:
            raise RtplanValueError(
                "name the grid of the sum: the last course lies in another frame of reference"
            )
        geometry = last.dose.geometry
    return CumulativeField(parts=tuple(parts), alpha_beta=alpha_beta, geometry=geometry)
