"""The distributions of one organ: each course's own, the sum's, and what bounds can be drawn from them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bed import eqd2
from dicom_io import MissingObjectError
from dicom_io.dvh import DVH, Metric, MetricValue, compute_dvh
from dicom_io.objects import DeformableTransform, GridField, GridGeometry, Structure, identity
from rtplan.courses import Course
from rtplan.errors import RtplanLookupError
from rtplan.sums import (
    Bounds,
    CumulativeField,
    DosePart,
    InvertedDeformation,
    OrganCurve,
    PhysicalField,
    Registration,
    RememberedField,
    UsedTransform,
    dose_bounds,
    mean_bounds,
    registrations_between,
    transform_to,
)

__all__ = ["CourseDose", "Joined", "bounds_of", "curve_of_dvh", "eqd2_dvh", "join", "metric_volume"]

FloatArray = NDArray[np.float64]

_STORED = 2.0**-23
"""Relative rounding of a dose that is stored as float32."""
_JUMP = 1e-9
"""Share of the volume by which a curve is read before (or after) a node, where it may jump."""


def eqd2_dvh(physical: DVH, *, n_fractions: int, alpha_beta: float, dose_factor: float = 1.0) -> DVH:
    """Return the EQD2 curve of one course of equal fractions from its physical curve.

    EQD2 rises with the dose, so each D_v converts as it is; the mean is that of the converted curve, not the
    conversion of the mean.

    Parameters
    ----------
    physical : DVH
    n_fractions : int
        Fractions of the whole dose that the curve is of.
    alpha_beta : float
        Gy.
    dose_factor : float
        What the curve's doses are multiplied by first.

    Returns
    -------
    DVH
        In Gy EQD2; a structure without a curve is returned as it is.
    """
    return physical.each_reading(
        partial(_eqd2_of, n_fractions=n_fractions, alpha_beta=alpha_beta, dose_factor=dose_factor)
    )


def _eqd2_of(physical: DVH, *, n_fractions: int, alpha_beta: float, dose_factor: float) -> DVH:
    """The EQD2 curve of one reading of the contours."""
    if physical.reason is not None:
        return physical
    dose = physical.knots_gy * dose_factor
    converted = np.asarray(eqd2(dose, n_fractions, alpha_beta), dtype=np.float64)
    slope = dose_factor * (1 / (1 + 2 / alpha_beta) + 2 * dose / (n_fractions * (2 + alpha_beta)))
    steepest = float(slope[-1])
    return replace(
        physical,
        knots_gy=converted,
        knots_uncertainty_gy=(physical.knots_uncertainty_gy + physical.knots_gy * _STORED) * slope,
        min_gy=float(converted[0]),
        max_gy=float(converted[-1]),
        mean_gy=_mean(dose, physical.knots_cc, n_fractions, alpha_beta),
        mean_uncertainty_gy=((physical.mean_uncertainty_gy or 0.0) + (physical.mean_gy or 0.0) * _STORED)
        * steepest,
    )


def _mean(dose: FloatArray, volume: FloatArray, n_fractions: int, alpha_beta: float) -> float:
    """Mean EQD2 of a curve that is linear between its knots; Simpson's rule is exact for a quadratic."""
    middle = 0.5 * (dose[1:] + dose[:-1])
    low, mid, high = (np.asarray(eqd2(d, n_fractions, alpha_beta)) for d in (dose[:-1], middle, dose[1:]))
    return float(np.sum((low + 4 * mid + high) / 6 * (volume[:-1] - volume[1:])) / volume[0])


def curve_of_dvh(dvh: DVH, *, label: str) -> OrganCurve | None:
    """Return what an EQD2 curve says of an organ: all of it, but for the part that is not covered.

    A part that the dose grid leaves out may have received any dose: it opens the curve upwards for as much
    volume as it has, and nothing is known of it from below. The ends of the curve's half-widths and the
    other reading of contours that partly overlap go with it.

    Parameters
    ----------
    dvh : DVH
        Of EQD2.
    label : str
        The course.

    Returns
    -------
    OrganCurve or None
        None for a structure without a curve, in either reading.
    """
    readings = [_curve_of_reading(one, label) for one in (dvh, dvh.other) if one is not None]
    curve = readings[0]
    if curve is None or readings[-1] is None:
        return None
    return curve if len(readings) == 1 else replace(curve, other=readings[1])


def _curve_of_reading(dvh: DVH, label: str) -> OrganCurve | None:
    """What one reading says, with the curves at both ends of its half-widths."""
    if dvh.reason is not None or dvh.volume_cc is None or dvh.covered_cc is None or dvh.mean_gy is None:
        return None
    colder, hotter = (_plain_curve(_at_end(dvh, sign), label) for sign in (-1, 1))
    return replace(_plain_curve(dvh, label), ends=(colder, hotter))


def _at_end(dvh: DVH, sign: int) -> DVH:
    """Return a curve at the lower (-1) or upper (1) end of its half-widths; where they change, not inside."""
    moved = np.maximum(dvh.knots_gy + sign * dvh.knots_uncertainty_gy, 0.0)
    falling = np.maximum.accumulate(moved) if sign > 0 else np.minimum.accumulate(moved[::-1])[::-1]
    mean = (dvh.mean_gy or 0.0) + sign * (dvh.mean_uncertainty_gy or 0.0)
    return replace(dvh, knots_gy=falling, mean_gy=max(mean, 0.0))


def _plain_curve(dvh: DVH, label: str) -> OrganCurve:
    """What a curve says, taken as exact."""
    assert dvh.volume_cc is not None
    assert dvh.covered_cc is not None
    assert dvh.mean_gy is not None
    covered, open_cc = float(dvh.knots_cc[0]), max(dvh.volume_cc - dvh.covered_cc, 0.0)
    nudge = _JUMP * covered

    def at_most(volume: FloatArray) -> FloatArray:
        known = dvh.dose_at_volume(np.clip(volume - open_cc - nudge, 0.0, covered))
        return np.where(volume < open_cc, np.inf, known)

    def at_least(volume: FloatArray) -> FloatArray:
        known = dvh.dose_at_volume(np.clip(volume + nudge, 0.0, covered))
        return np.where(volume > covered * (1 + 1e-9), 0.0, known)

    mean = dvh.mean_gy * covered / dvh.volume_cc
    return OrganCurve(
        label=label,
        volume_cc=dvh.volume_cc,
        at_most=at_most,
        at_least=at_least,
        nodes_cc=np.unique(np.concatenate([dvh.knots_cc, dvh.knots_cc + open_cc])),
        mean_gy=(mean, math.inf if open_cc > 0 else mean),
    )


def metric_volume(metric: Metric, volume_cc: float) -> float:
    """Return the volume v whose D_v a metric is, in an organ of this volume; the mean has none (NaN)."""
    shares = {"Max": 0.0, "Median": 0.5, "Min": 1.0, "Mean": math.nan}
    if metric.at is None:
        return shares[metric.kind] * volume_cc
    volume = metric.at if metric.at_unit == "cc" else metric.at / 100 * volume_cc
    return volume_cc - volume if metric.kind == "DC" else volume


def bounds_of(metric: Metric, curves: Sequence[OrganCurve]) -> Bounds:
    """Bound a metric of the summed EQD2; the last curve is that of the course whose organ it speaks of.

    Of contours that partly overlap every reading of every course is tried, and the bounds hold all of them.
    """
    of_readings = [_bounds_of_reading(metric, reading) for reading in product(*(c.readings for c in curves))]
    return reduce(Bounds.holding, of_readings)


def _bounds_of_reading(metric: Metric, curves: Sequence[OrganCurve]) -> Bounds:
    whole = curves[-1].volume_cc
    volume = metric_volume(metric, whole)
    if math.isnan(volume):
        return mean_bounds(curves)
    if not -1e-9 * whole <= volume <= whole * (1 + 1e-9):
        reason = f"{metric} asks for more volume than the {whole:.3g} cc of the organ"
        return Bounds.unknown(reason)
    return dose_bounds(curves, min(max(volume, 0.0), whole))


@dataclass(frozen=True, kw_only=True, eq=False)
class CourseDose:
    """One course's dose, seen from the frame of reference of the sum.

    Attributes
    ----------
    course : Course
    seen : tuple of RememberedField
        One for each phase; empty where the course has no dose or no transform leads to it.
    transforms : tuple of RigidTransform, DeformableTransform or InvertedDeformation
        From the frame of the sum to each phase's; empty with `reason`.
    reason : str or None
        Why the course cannot be part of a voxel sum.
    registrations : tuple of RigidTransform or DeformableTransform
        Those of the registrations given by which its doses are reached.
    """

    course: Course
    seen: tuple[RememberedField, ...]
    transforms: tuple[UsedTransform, ...]
    reason: str | None
    registrations: tuple[Registration, ...] = ()

    def parts(self, *, recovered: float = 0.0) -> tuple[DosePart, ...]:
        """Return the phases as parts of a sum."""
        here = [identity(field.frame_of_reference_uid) for field in self.seen]
        return tuple(
            DosePart(
                course=self.course.label,
                dose=field,
                n_fractions=phase.n_fractions,
                transform=same,
                dose_factor=phase.dose_factor,
                recovered=recovered,
            )
            for field, phase, same in zip(self.seen, self.course.phases, here, strict=True)
        )


def _seen_from(
    course: Course, frame: str, registrations: Sequence[Registration], probe: GridGeometry
) -> CourseDose:
    if not course.phases:
        reason = f"{course.label}: no dose distribution is known ({course.grade.value})"
        return CourseDose(course=course, seen=(), transforms=(), reason=reason)
    try:
        transforms = tuple(
            transform_to(registrations, maps_from=frame, maps_to=phase.frame_of_reference_uid, probe=probe)
            for phase in course.phases
        )
    except MissingObjectError:
        stated = frame and all(phase.frame_of_reference_uid for phase in course.phases)
        what = "is another one and no registration leads to it" if stated else "is not stated"
        reason = f"{course.label}: its frame of reference {what}, so no voxel sum is made"
        return CourseDose(course=course, seen=(), transforms=(), reason=reason)
    seen = tuple(
        RememberedField(dose=phase.dose, transform=transform)
        for phase, transform in zip(course.phases, transforms, strict=True)
    )
    used = _between(course, frame, registrations)
    return CourseDose(course=course, seen=seen, transforms=transforms, reason=None, registrations=used)


def _between(course: Course, frame: str, registrations: Sequence[Registration]) -> tuple[Registration, ...]:
    """Return the registrations that lead from a frame of reference to the doses of a course, each once."""
    used = [
        one
        for phase in course.phases
        for one in registrations_between(registrations, maps_from=frame, maps_to=phase.frame_of_reference_uid)
    ]
    return tuple({id(one): one for one in used}.values())


def _on_one_image(one: CourseDose, registrations: Sequence[Registration]) -> CourseDose:
    """Return a course with the way from its contours to the doses of phases planned on other images.

    The way is that of the voxel sum where there is one, so that both are of the same registrations.
    """
    course, home = one.course, one.course.contour_frame_uid
    if all(phase.frame_of_reference_uid == home for phase in course.phases):
        return one
    taken = one.registrations if one.reason is None else registrations
    probe = next((p for p in course.phases if p.frame_of_reference_uid == home), course.phases[0])
    try:
        ways = [
            transform_to(
                taken, maps_from=home, maps_to=phase.frame_of_reference_uid, probe=probe.dose.geometry
            )
            for phase in course.phases
        ]
    except MissingObjectError:
        return one
    used = {id(given): given for given in (*one.registrations, *_between(course, home, taken))}
    phases = tuple(replace(phase, from_contours=way) for phase, way in zip(course.phases, ways, strict=True))
    return replace(one, course=replace(course, phases=phases), registrations=tuple(used.values()))


@dataclass(frozen=True, kw_only=True, eq=False)
class Joined:
    """All courses, each with what leads to it from the new course's frame of reference.

    Attributes
    ----------
    new : CourseDose
    priors : tuple of CourseDose
        In the order given.
    frame_of_reference_uid : str
        Of the new course: the frame of the sum.
    """

    new: CourseDose
    priors: tuple[CourseDose, ...]
    frame_of_reference_uid: str

    @property
    def courses(self) -> tuple[CourseDose, ...]:
        """Earlier courses in order, the new one last."""
        return (*self.priors, self.new)

    @property
    def reason(self) -> str | None:
        """Why there is no voxel sum; None when there is one."""
        reasons = [course.reason for course in self.courses if course.reason]
        return "; ".join(reasons) or None

    @property
    def geometry(self) -> GridGeometry:
        """The dose grid of the new course."""
        return _dose_in(self.new.course, self.frame_of_reference_uid).geometry

    @property
    def registrations(self) -> tuple[Registration, ...]:
        """Those of the registrations given that are used, each once."""
        used = {id(given): given for one in self.courses for given in one.registrations}
        return tuple(used.values())

    @property
    def is_deformed(self) -> bool:
        """Whether a deformable registration takes part: a sum through it need not preserve volume."""
        every = (transform for course in self.courses for transform in course.transforms)
        return any(isinstance(transform, DeformableTransform | InvertedDeformation) for transform in every)

    @property
    def most_per_day(self) -> int:
        """The most fractions a day that any course gave."""
        return max(one.course.fractions_per_day for one in self.courses)

    def without_repair(self) -> Joined:
        """Return the same courses with nothing repaired between the fractions of a day."""
        return replace(
            self,
            new=replace(self.new, course=self.new.course.without_repair()),
            priors=tuple(replace(one, course=one.course.without_repair()) for one in self.priors),
        )

    def total(self, alpha_beta: float, *, recovered: Mapping[str, float] | None = None) -> CumulativeField:
        """Return the summed EQD2 in the new course's frame.

        Parameters
        ----------
        alpha_beta : float
            Gy.
        recovered : mapping of str to float, optional
            Fraction forgotten of each course, by label; the plain sum without it.

        Raises
        ------
        RtplanLookupError
            When a course has no dose or no transform leads to it.
        """
        if self.reason is not None:
            raise RtplanLookupError(self.reason)
        forgotten = recovered or {}
        parts = tuple(
            part for one in self.courses for part in one.parts(recovered=forgotten.get(one.course.label, 0.0))
        )
        return CumulativeField(parts=parts, alpha_beta=alpha_beta, geometry=_finest(parts))

    def physical(self, label: str) -> PhysicalField:
        """Return one course's physical dose in the new course's frame, as delivered, for pictures."""
        one = next((one for one in self.courses if one.course.label == label), None)
        if one is None:
            labels = ", ".join(course.course.label for course in self.courses)
            raise RtplanLookupError(f"no course {label!r}; there are: {labels}")
        if one.reason is not None:
            raise RtplanLookupError(one.reason)
        parts = one.parts()
        return PhysicalField(parts=parts, geometry=_finest(parts))


def join(new: Course, priors: Sequence[Course], registrations: Sequence[Registration]) -> Joined:
    """Find what leads from the new course's frame of reference to each course's dose."""
    if not new.phases:
        raise RtplanLookupError(f"{new.label}: the new course needs its dose distribution")
    frame = new.contour_frame_uid
    probe = _dose_in(new, frame).geometry
    seen = [
        _on_one_image(_seen_from(course, frame, registrations, probe), registrations)
        for course in (new, *priors)
    ]
    return Joined(new=seen[0], priors=tuple(seen[1:]), frame_of_reference_uid=frame)


def _dose_in(course: Course, frame: str) -> GridField:
    """Return the first dose of a course in a frame of reference, else its first."""
    return next((p for p in course.phases if p.frame_of_reference_uid == frame), course.phases[0]).dose


def _finest(parts: Sequence[DosePart]) -> GridGeometry:
    """Grid of the finest dose: the sum varies as finely as the finest of its parts, turned or not."""

    def spacing(part: DosePart) -> float:
        geometry = part.dose.geometry
        steps = (geometry.frame_spacing, geometry.row_spacing, geometry.column_spacing)
        return float(np.nanmin(steps))

    return min(parts, key=spacing).dose.geometry


def physical_dvh(course: Course, structure: Structure) -> DVH | None:
    """Return the curve of a structure in its own course's dose, as delivered; None without such a dose."""
    parts = _parts_around(course, structure)
    if len(parts) == 1 and course.phases[0].frame_of_reference_uid == structure.frame_of_reference_uid:
        phase = course.phases[0]
        curve = compute_dvh(structure, phase.dose)
        factor = phase.dose_factor
        return curve if factor == 1.0 else curve.each_reading(partial(_scaled, factor=factor))
    return compute_dvh(structure, PhysicalField(parts=parts, geometry=_finest(parts))) if parts else None


def _scaled(curve: DVH, factor: float) -> DVH:
    if curve.reason is not None or curve.min_gy is None or curve.mean_gy is None or curve.max_gy is None:
        return curve
    return replace(
        curve,
        knots_gy=curve.knots_gy * factor,
        knots_uncertainty_gy=curve.knots_uncertainty_gy * factor,
        min_gy=curve.min_gy * factor,
        mean_gy=curve.mean_gy * factor,
        max_gy=curve.max_gy * factor,
        mean_uncertainty_gy=(curve.mean_uncertainty_gy or 0.0) * factor,
    )


def _parts_around(course: Course, structure: Structure) -> tuple[DosePart, ...]:
    """Return every phase as a part of a sum in the structure's frame; nothing where one is not reached."""
    ways = [phase.way_from(structure.frame_of_reference_uid) for phase in course.phases]
    parts = tuple(
        phase.part(course.label, way)
        for phase, way in zip(course.phases, ways, strict=True)
        if way is not None
    )
    return parts if len(parts) == len(ways) else ()


def course_eqd2_dvh(
    course: Course, structure: Structure, physical: DVH | None, alpha_beta: float
) -> DVH | None:
    """Return the EQD2 curve of a structure in its own course; phases are converted one by one."""
    if physical is None:
        return None
    if len(course.phases) == 1:
        return eqd2_dvh(physical, n_fractions=course.phases[0].n_fractions, alpha_beta=alpha_beta)
    parts = _parts_around(course, structure)
    return compute_dvh(
        structure, CumulativeField(parts=parts, alpha_beta=alpha_beta, geometry=_finest(parts))
    )


def metric_of(dvh: DVH | None, metric: Metric, *, reason: str) -> MetricValue:
    """Return a metric of a curve, or the reason why there is no curve."""
    if dvh is None:
        return MetricValue.absent(metric, reason=reason)
    return dvh.metric(metric)
