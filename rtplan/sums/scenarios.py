"""What the uncertainty of a registration does to a cumulative metric: the scenario band.

Coherent rigid shifts, and rotations about the organ, of the whole earlier dose; each scenario is summed
anew and the metric read again. It is one of two methods, and is named apart from the other: the per-voxel
ellipsoid maximum, which lets every voxel choose its own shift.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bed import eqd2
from dicom_io.dvh import Metric, MetricValue, side_by_side
from dicom_io.objects import GridField, RigidTransform, ScalarField, Structure
from rtplan.errors import RtplanValueError
from rtplan.sums.fields import CumulativeField, DosePart, RememberedField
from rtplan.sums.points import OrganPoints, finest_mm, metric_of_points, metrics_of_rows
from rtplan.sums.sampling import GridSampler, sample_field
from rtplan.sums.shift_lattice import ShiftLattice
from rtplan.sums.transforms import PointTransform

__all__ = ["Band", "MovableSum", "MovedDose", "RegistrationUncertainty", "Scenarios", "scenarios_of"]

FloatArray = NDArray[np.float64]

_POINTS_AT_ONCE: Final = 60_000
"""Points of one pass: enough to forget the calls, few enough for the cache."""


@dataclass(frozen=True, kw_only=True)
class RegistrationUncertainty:
    """How far a registration may be off.

    Attributes
    ----------
    shift_mm : float
        Half-width with 95 % coverage along each axis, mm.
    rotation_degrees : float
        Half-width about each axis through the organ's centre, degrees.
    steps : int
        Shifts along each axis from end to end, odd; 5 gives 125 shifts.
    """

    shift_mm: float
    rotation_degrees: float = 0.0
    steps: int = 5

    def __post_init__(self) -> None:
        if not (math.isfinite(self.shift_mm) and 0 < self.shift_mm <= 100):
            raise RtplanValueError(f"registration uncertainty of {self.shift_mm} mm: above 0, up to 100 mm")
        if not 0 <= self.rotation_degrees <= 45:
            raise RtplanValueError(f"registration uncertainty of {self.rotation_degrees} degrees: 0 to 45")
        if self.steps < 3 or self.steps % 2 == 0:
            raise RtplanValueError(f"{self.steps} steps: an odd number of at least 3 is needed")

    @property
    def step_mm(self) -> float:
        """Distance of neighbouring shifts along each axis, mm."""
        return 2 * self.shift_mm / (self.steps - 1)

    def shifts(self) -> FloatArray:
        """Return all shifts, shape (steps^3, 3), mm; the middle one is none."""
        along = np.linspace(-self.shift_mm, self.shift_mm, self.steps)
        return np.array(list(itertools.product(along, repeat=3)))

    def rotations(self) -> list[FloatArray]:
        """Return both ends of the rotation about each axis; none where no rotation is uncertain."""
        if self.rotation_degrees == 0:
            return []
        ends = np.radians([-self.rotation_degrees, self.rotation_degrees])
        return [_rotation(axis, angle) for axis in range(3) for angle in ends]


def _rotation(axis: int, angle: float) -> FloatArray:
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = np.cos(angle)
    matrix[i, j], matrix[j, i] = -np.sin(angle), np.sin(angle)
    return matrix


@dataclass(frozen=True, kw_only=True, eq=False)
class MovedDose:
    """A transform after which the dose lies elsewhere: turned about a centre, then shifted.

    Attributes
    ----------
    inner : PointTransform
    rotation : ndarray, shape (3, 3)
        Of the dose, about `centre`.
    centre, shift : ndarray, shape (3,)
        mm, in the frame that the points are given in.
    """

    inner: PointTransform
    rotation: FloatArray
    centre: FloatArray
    shift: FloatArray

    @property
    def maps_from(self) -> str:
        """Frame of reference UID of the points given."""
        return self.inner.maps_from

    @property
    def maps_to(self) -> str:
        """Frame of reference UID of the points returned."""
        return self.inner.maps_to

    def apply(self, points: ArrayLike) -> FloatArray:
        """Return where the moved dose's own value at each point comes from."""
        before = np.asarray(points, dtype=np.float64) - self.shift - self.centre
        # The dose is turned by R, so what is at p was at R^-1 p; rows times R is that.
        return self.inner.apply(before @ self.rotation + self.centre)


@dataclass(frozen=True, kw_only=True, eq=False)
class Band:
    """The range of a metric over all scenarios.

    Attributes
    ----------
    low_gy, high_gy : float or None
        Gy EQD2; None with the `reason`.
    method : str
    n_scenarios : int
    worst_shift_mm : tuple of float or None
        The shift of the scenario with the highest value.
    reason : str or None
    """

    low_gy: float | None
    high_gy: float | None
    method: str
    n_scenarios: int
    worst_shift_mm: tuple[float, ...] | None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Scenarios:
    """Metrics of an organ in every scenario, on the organ's own points.

    Attributes
    ----------
    nominal : mapping of Metric to float
        With no motion at all; NaN where part of the organ is not covered.
    values : mapping of Metric to ndarray, shape (scenarios,)
    shifts_mm : tuple of ndarray, shape (3,)
        Of each scenario; zero where the dose is turned.
    method : str
    """

    nominal: Mapping[Metric, float]
    values: Mapping[Metric, FloatArray]
    shifts_mm: tuple[FloatArray, ...]
    method: str

    def band(self, metric: Metric, exact: MetricValue) -> Band:
        """Return the range of a metric; none where a scenario leaves part of the organ uncovered.

        Parameters
        ----------
        metric : Metric
        exact : MetricValue
            The same metric from the DVH engine: the scenarios say how far it moves.
        """
        if exact.value is None:
            return self._band(None, None, None, exact.reason)
        found = self.values[metric]
        lost = np.flatnonzero(np.isnan(found))
        if lost.size:
            reason = f"moved by {_shown(self.shifts_mm[int(lost[0])])} mm part of the organ is not covered"
            return self._band(None, None, None, reason)
        moved = exact.value + (found - self.nominal[metric])
        worst = self.shifts_mm[int(np.argmax(moved))]
        return self._band(
            float(np.min(moved)), float(np.max(moved)), tuple(float(part) for part in worst), None
        )

    def _band(
        self, low: float | None, high: float | None, worst: tuple[float, ...] | None, reason: str | None
    ) -> Band:
        return Band(
            low_gy=low,
            high_gy=high,
            method=self.method,
            n_scenarios=len(self.shifts_mm),
            worst_shift_mm=worst,
            reason=reason,
        )


def scenarios_of(
    organ: MovableSum, metrics: Sequence[Metric], *, uncertainty: RegistrationUncertainty
) -> Scenarios:
    """Sum anew with the earlier dose elsewhere, once for each scenario.

    The organ's points are carried through the transforms once; a shift then costs one interpolation of the
    earlier doses at these points.

    Parameters
    ----------
    organ : MovableSum
        All courses that move do so together.
    metrics : sequence of Metric
    uncertainty : RegistrationUncertainty
    """
    shifts = uncertainty.shifts()
    turns = uncertainty.rotations()
    at_once = max(_POINTS_AT_ONCE // len(organ.organ.volume_cc), 1)
    shifted = organ.shifted_together(shifts)
    blocks: list[Callable[[], FloatArray]] = [
        partial(shifted, slice(k, k + at_once)) for k in range(0, len(shifts), at_once)
    ]
    blocks += [partial(_one_row, organ, turn) for turn in turns]
    still = organ.shifted(np.zeros(3))
    return Scenarios(
        nominal={metric: organ.metric(metric, still) for metric in metrics},
        values=_each_metric(organ, metrics, blocks),
        shifts_mm=(*shifts, *(np.zeros(3) for _ in turns)),
        method="coherent shifts" if uncertainty.rotation_degrees == 0 else "coherent shifts and rotations",
    )


def _one_row(organ: MovableSum, turn: FloatArray) -> FloatArray:
    return organ.turned(turn)[None, :]


def _each_metric(
    organ: MovableSum, metrics: Sequence[Metric], blocks: Sequence[Callable[[], FloatArray]]
) -> dict[Metric, FloatArray]:
    """Read every metric of each block of scenarios; few blocks at a time keep the memory small."""

    def found(block: Callable[[], FloatArray]) -> dict[Metric, FloatArray]:
        return metrics_of_rows(metrics, block(), organ.organ.volume_cc)

    rows = side_by_side(found, blocks)
    return {metric: np.concatenate([row[metric] for row in rows]) for metric in metrics}


@dataclass(frozen=True, kw_only=True, eq=False)
class MovableSum:
    """The summed EQD2 at an organ's points, with the earlier dose where one wants it.

    Attributes
    ----------
    organ : OrganPoints
    fixed : ndarray, shape (n,)
        EQD2 of the courses that stay, Gy.
    stays : tuple of DosePart
        The parts that stay.
    moved : tuple of DosePart
        The parts that move.
    alpha_beta : float
    along : tuple of ndarray or None
        The points along each moved grid's axes; None where a shift is no shift there.
    """

    organ: OrganPoints
    fixed: FloatArray
    stays: tuple[DosePart, ...]
    moved: tuple[DosePart, ...]
    alpha_beta: float
    along: tuple[FloatArray | None, ...]

    @classmethod
    def of(
        cls,
        total: CumulativeField,
        structure: Structure,
        *,
        moved: Sequence[str],
        uncertainty: RegistrationUncertainty | None = None,
    ) -> MovableSum:
        """Return the sum at a structure's points, ready to be moved.

        Parameters
        ----------
        total : CumulativeField
        structure : Structure
        moved : sequence of str
            Labels of the courses that move.
        uncertainty : RegistrationUncertainty, optional
            By which it will be moved: the points are then laid so that moved ones meet, which saves time.
        """
        organ = OrganPoints.of(
            structure,
            spacing_mm=finest_mm(total.geometry),
            shift_step_mm=None if uncertainty is None else uncertainty.step_mm,
        )
        stay = tuple(part for part in total.parts if part.course not in moved)
        go = tuple(part for part in total.parts if part.course in moved)
        fixed = replace(total, parts=stay).sample(organ.points) if stay else np.zeros(len(organ.volume_cc))
        along = tuple(_along(part, organ.points) for part in go)
        return cls(organ=organ, fixed=fixed, stays=stay, moved=go, alpha_beta=total.alpha_beta, along=along)

    def thinned(self, most: int) -> MovableSum:
        """Return the sum on no more than about so many of the points, evenly taken."""
        every = max(len(self.organ.volume_cc) // most, 1)
        return replace(
            self,
            organ=self.organ.every(every),
            fixed=self.fixed[::every],
            along=tuple(None if one is None else one[:, ::every] for one in self.along),
        )

    def metric(self, metric: Metric, dose_gy: FloatArray) -> float:
        """Return a metric of doses at the points."""
        return metric_of_points(metric, dose_gy, self.organ.volume_cc)

    @cached_property
    def physical(self) -> tuple[tuple[DosePart, FloatArray], ...]:
        """Each part with its delivered physical dose at the points, Gy, nothing moved."""
        points = self.organ.points
        return tuple((part, part.physical_at(points)) for part in (*self.moved, *self.stays))

    def converted(self, alpha_beta: float, recovered: float) -> FloatArray:
        """Return the sum at another alpha/beta, with one fraction taken off everything that moves."""
        result = np.zeros(len(self.organ.volume_cc))
        for place, (part, physical) in enumerate(self.physical):
            kept = 1.0 - recovered if place < len(self.moved) else 1.0
            result += kept * np.asarray(eqd2(physical, part.n_fractions, alpha_beta), dtype=np.float64)
        return result

    def shifted(self, shift: FloatArray, *, recovered: Sequence[float] | None = None) -> FloatArray:
        """Return the sum with the earlier dose shifted, mm.

        Parameters
        ----------
        shift : ndarray, shape (3,)
        recovered : sequence of float, optional
            Fraction taken off each course that moves, in the order of their first parts.
        """
        result = self.fixed.copy()
        for part, along, kept in zip(self.moved, self.along, self._kept(recovered), strict=True):
            result += kept * self._shifted_part(part, along, shift)
        return result

    def shifted_by(self, shifts: FloatArray) -> FloatArray:
        """Return the sum for each of several shifts, shape (shifts, 3) to (shifts, n)."""
        result = np.broadcast_to(self.fixed, (len(shifts), len(self.fixed))).copy()
        for part, along in zip(self.moved, self.along, strict=True):
            rigid = _rigid_of(part)
            if along is None or rigid is None:
                result += np.stack([self._shifted_part(part, along, shift) for shift in shifts])
                continue
            sampler = _sampler(part)
            steps = -sampler.step(shifts @ rigid.matrix[:3, :3].T)
            result += part.eqd2_of(sampler.at_steps(along, steps), self.alpha_beta)
        return result

    def shifted_together(self, shifts: FloatArray) -> Callable[[slice], FloatArray]:
        """Return what gives the sum for some of many shifts, shape (shifts, n).

        Parameters
        ----------
        shifts : ndarray, shape (shifts, 3)
            mm.
        """
        lattice = ShiftLattice.of(self.organ, shifts)
        if lattice is None:
            return lambda chosen: self.shifted_by(shifts[chosen])
        values = self._moved_eqd2(lattice)

        def picked(chosen: slice) -> FloatArray:
            found = lattice.picked(values, chosen)
            found += self.fixed
            return found

        return picked

    def _moved_eqd2(self, lattice: ShiftLattice) -> FloatArray:
        """EQD2 of all that moves, on the whole lattice, flat."""
        values = np.zeros((lattice.n_layers, lattice.n_in_layer))
        at_once = max(_POINTS_AT_ONCE // lattice.n_in_layer, 1)
        readers = [_lattice_reader(part, lattice) for part in self.moved]

        def fill(first: int) -> None:
            layers = slice(first, first + at_once)
            for part, read in zip(self.moved, readers, strict=True):
                found = part.eqd2_of(read(layers), self.alpha_beta)
                values[layers] += found.reshape(-1, lattice.n_in_layer)

        side_by_side(fill, range(0, lattice.n_layers, at_once))
        return values.reshape(-1)

    def _kept(self, recovered: Sequence[float] | None) -> list[float]:
        """What each moved part counts with; phases of one course share their fraction."""
        labels = list(dict.fromkeys(part.course for part in self.moved))
        fraction = dict(zip(labels, recovered or [0.0] * len(labels), strict=True))
        return [1.0 - fraction[part.course] for part in self.moved]

    def _shifted_part(self, part: DosePart, along: FloatArray | None, shift: FloatArray) -> FloatArray:
        rigid = _rigid_of(part)
        if along is None or rigid is None:
            return part.eqd2_at(self.organ.points - shift, self.alpha_beta)
        sampler = _sampler(part)
        physical = sampler.at(along, -sampler.step(rigid.matrix[:3, :3] @ shift))
        return part.eqd2_of(physical, self.alpha_beta)

    def turned(self, rotation: FloatArray) -> FloatArray:
        """Return the sum with the earlier dose turned about the organ's centre."""
        centre = np.average(self.organ.points, axis=0, weights=self.organ.volume_cc)
        result = self.fixed.copy()
        for part in self.moved:
            here = replace(
                part,
                transform=MovedDose(
                    inner=part.transform, rotation=rotation, centre=centre, shift=np.zeros(3)
                ),
            )
            result += here.eqd2_at(self.organ.points, self.alpha_beta)
        return result


def _rigid_of(part: DosePart) -> RigidTransform | None:
    """Return the one rigid transform from the sum to the grid; None where there is more between them."""
    inner = part.dose.transform if isinstance(part.dose, RememberedField) else None
    own = part.transform
    if not isinstance(own, RigidTransform) or (inner is not None and not isinstance(inner, RigidTransform)):
        return None
    return own if inner is None else own.then(inner)


def _grid_of(part: DosePart) -> ScalarField:
    return part.dose.dose if isinstance(part.dose, RememberedField) else part.dose


def _lattice_reader(part: DosePart, lattice: ShiftLattice) -> Callable[[slice], FloatArray]:
    """What gives the physical dose off the field itself on some layers, without remembering the points."""
    rigid, grid = _rigid_of(part), _grid_of(part)
    if rigid is not None and isinstance(grid, GridField) and grid.is_complete:
        sampler = GridSampler(field=grid)
        origin = sampler.along(rigid.apply(np.zeros((1, 3))))[:, 0]
        directions = sampler.step(lattice.directions @ rigid.matrix[:3, :3].T)

        def read_grid(layers: slice) -> FloatArray:
            along = lattice.positions(layers, origin=origin, directions=directions)
            found: FloatArray = sampler.at_steps(along, np.zeros((1, 3)))[0]
            return found

        return read_grid

    def read_points(layers: slice) -> FloatArray:
        points = part.transform.apply(lattice.positions(layers).T)
        if isinstance(part.dose, RememberedField):
            points = part.dose.transform.apply(points)
        return sample_field(grid, points)

    return read_points


def _sampler(part: DosePart) -> GridSampler:
    grid = _grid_of(part)
    assert isinstance(grid, GridField)
    return GridSampler(field=grid)


def _along(part: DosePart, points: FloatArray) -> FloatArray | None:
    """Carry the points to the part's own grid once; None where they have to be carried for each shift."""
    rigid, grid = _rigid_of(part), _grid_of(part)
    if rigid is None or not isinstance(grid, GridField) or not grid.is_complete:
        return None
    return GridSampler(field=grid).along(rigid.apply(points))


def _shown(shift: FloatArray) -> str:
    return "(" + ", ".join(f"{part:+g}" for part in shift) + ")"
