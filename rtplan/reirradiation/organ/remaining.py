"""How much an organ may still receive below a cumulative limit: at a point, by the plan, by its rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from dicom_io.dvh import Metric, MetricValue
from rtplan.courses import Course
from rtplan.limits import Basis, CumulativeLimit, Remaining, plan_factor, remaining_at_point
from rtplan.reirradiation.organ.context import Organ
from rtplan.reirradiation.organ.joined import bounds_of, course_eqd2_dvh, curve_of_dvh, eqd2_dvh, physical_dvh
from rtplan.reirradiation.organ.scaled_sums import ScaledSum, ScaledSums
from rtplan.sums import OrganCurve

__all__ = ["nothing_remains_of", "remaining_of"]

_NO_MEAN_AT_A_POINT: Final = "a mean is not received at a point: see the plan's factor"


def remaining_of(scaled: ScaledSums, metric: Metric, limit: CumulativeLimit) -> list[Remaining]:
    """Return every reading, without recovery and, where a rule applies, with it.

    Where fractions of the new course were given already, its rest comes first: that is what can be changed.
    """
    organ = scaled.organ
    rules: list[tuple[str, bool]] = [("none", False)]
    if organ.recovery.is_chosen:
        rules.append((organ.context.recovery, True))
    found: list[Remaining] = []
    if organ.context.delivered is not None:
        for name, recovered in rules:
            found += _for_the_rest(scaled, metric, limit, name, recovered=recovered)
    for name, recovered in rules:
        found += _at_point(organ, metric, limit, name, recovered=recovered)
        found.append(_for_plan(scaled, metric, limit, name, recovered=recovered))
    return found


def nothing_remains_of(organ: Organ, reason: str) -> list[Remaining]:
    """Return every reading without a number: the limit does not judge, so nothing is left below it."""
    context = organ.context
    found = [_none(Basis.POINT, n, "none", reason) for n in context.n_fractions]
    if context.new.n_fractions is not None:
        found.append(_none(Basis.PLAN, context.new.n_fractions, "none", reason))
    return found


def _kept(organ: Organ, *, recovered: bool) -> list[float]:
    """What each earlier course counts with."""
    if recovered and organ.recovery.fractions is not None:
        return [1 - fraction for fraction in organ.recovery.fractions]
    return [1.0] * len(organ.context.priors)


def _earlier_curves(organ: Organ, *, recovered: bool) -> list[OrganCurve] | None:
    """Curves of the earlier courses as they count; None where nothing bounds one of them."""
    earlier = [curve for curve in organ.curves[:-1] if curve is not None]
    if len(earlier) < len(organ.curves) - 1:
        return None
    kept = _kept(organ, recovered=recovered)
    return [curve.times(factor) for curve, factor in zip(earlier, kept, strict=True)]


def _at_point(
    organ: Organ, metric: Metric, limit: CumulativeLimit, rule: str, *, recovered: bool
) -> list[Remaining]:
    """Solve for the dose at a point that received the earlier metric, or at both of its bounds."""
    if metric.kind == "Mean":
        return [_none(Basis.POINT, n, rule, _NO_MEAN_AT_A_POINT) for n in organ.context.n_fractions]
    curves = _earlier_curves(organ, recovered=recovered)
    if curves is None:
        why = f"nothing bounds the organ in {' nor in '.join(organ.silent_courses)}"
        return [_none(Basis.POINT, n, rule, why) for n in organ.context.n_fractions]
    return [
        reading
        for n in organ.context.n_fractions
        for reading in _point_readings(organ, metric, limit, curves, n=n, rule=rule, basis=Basis.POINT)
    ]


def _point_readings(
    organ: Organ,
    metric: Metric,
    limit: CumulativeLimit,
    curves: Sequence[OrganCurve],
    *,
    n: int,
    rule: str,
    basis: Basis,
) -> list[Remaining]:
    bounds = bounds_of(metric, curves)
    exact = bounds.low is not None and bounds.high is not None and bounds.high - bounds.low < 1e-6
    names = (basis,) if exact else basis.from_bounds
    found = ((bounds.high, bounds.high_uncertainty), (bounds.low, bounds.low_uncertainty))
    ends = [(name, *end) for name, end in zip(names, found, strict=False)]
    return [
        _none(name, n, rule, bounds.reason or "the earlier metric is not known")
        if value is None
        else remaining_at_point(
            limit.eqd2_gy,
            value,
            n_fractions=n,
            alpha_beta=organ.choice.alpha_beta,
            recovery=rule,
            uncertainty_gy=half_width,
        ).relabelled(name)
        for name, value, half_width in ends
    ]


def _none(basis: Basis, n_fractions: int, rule: str, reason: str) -> Remaining:
    return Remaining.absent(basis, n_fractions=n_fractions, recovery=rule, reason=reason)


def _for_plan(
    scaled: ScaledSums, metric: Metric, limit: CumulativeLimit, rule: str, *, recovered: bool
) -> Remaining:
    """Scale the new plan at its own number of fractions until its voxel sum meets the limit."""
    context = scaled.organ.context
    n = context.new.n_fractions
    assert n is not None
    if scaled.organ.dvhs.total is None:
        return _none(Basis.PLAN, n, rule, context.joined.reason or "there is no voxel sum")
    return _scaled_reading(
        scaled.of_plan(recovered=recovered),
        metric,
        limit,
        prescription_gy=context.new.prescription_gy,
        empty=_none(Basis.PLAN, n, rule, "the metric cannot be computed"),
        equal_fractions=len(context.new.phases) == 1,
    )


def _scaled_reading(
    scaled: ScaledSum,
    metric: Metric,
    limit: CumulativeLimit,
    *,
    prescription_gy: float | None,
    empty: Remaining,
    equal_fractions: bool,
) -> Remaining:
    """Find the factor that meets the limit, and what it makes of the prescription.

    Phases of unequal fractions have no one dose per fraction.
    """
    metric_at = partial(scaled.metric, metric)
    start = metric_at(1.0)
    if start.value is None:
        return replace(empty, reason=start.reason)
    found = plan_factor(
        lambda factor: metric_at(factor).value, limit.eqd2_gy, near=partial(scaled.near, metric)
    )
    if found.factor is None or prescription_gy is None:
        reason = found.reason or "the new plan states no prescription; see the factor"
        return replace(empty, reason=reason, factor=found.factor)
    dose = found.factor * prescription_gy
    low, high = _ends(metric_at, found.factor, limit.eqd2_gy)
    return replace(
        empty,
        total_dose_gy=dose,
        dose_per_fraction_gy=dose / empty.n_fractions if equal_fractions else None,
        reason=found.reason,
        factor=found.factor,
        low_gy=None if low is None else low * prescription_gy,
        high_gy=None if high is None else high * prescription_gy,
    )


def _ends(
    metric_at: Callable[[float], MetricValue], factor: float, limit_gy: float
) -> tuple[float | None, float | None]:
    """Factors at either end of the metric's uncertainty.

    EQD2 is convex in the factor, so the slope of the chord from the plan left out is the smallest there is:
    the ends are never too narrow.
    """
    if factor == 0:
        return 0.0, None
    there, without = metric_at(factor), metric_at(0.0)
    if there.uncertainty is None or without.value is None or limit_gy <= without.value:
        return None, None
    slope = (limit_gy - without.value) / factor
    return max(factor - there.uncertainty / slope, 0.0), factor + there.uncertainty / slope


def _for_the_rest(
    scaled: ScaledSums, metric: Metric, limit: CumulativeLimit, rule: str, *, recovered: bool
) -> list[Remaining]:
    """What the fractions of the new course that are still to come may give: by the plan, and at a point."""
    organ = scaled.organ
    assert organ.context.delivered is not None
    given = organ.context.delivered
    return [
        _rest_by_plan(scaled, metric, limit, rule, given=given, recovered=recovered),
        *_rest_at_point(organ, metric, limit, rule, given=given, recovered=recovered),
    ]


def _to_come(course: Course, given: Sequence[int]) -> int:
    """Fractions of a course that are still to come, all phases."""
    return sum(phase.n_fractions - k for phase, k in zip(course.phases, given, strict=True))


def _rest_by_plan(
    scaled: ScaledSums,
    metric: Metric,
    limit: CumulativeLimit,
    rule: str,
    *,
    given: tuple[int, ...],
    recovered: bool,
) -> Remaining:
    context = scaled.organ.context
    n = _to_come(context.new, given)
    empty = _none(Basis.REST_BY_PLAN, n, rule, context.joined.reason or "no voxel sum")
    if scaled.organ.dvhs.total is None:
        return empty
    return _scaled_reading(
        scaled.of_rest(given, recovered=recovered),
        metric,
        limit,
        prescription_gy=_rest_prescription(context.new, given),
        empty=empty,
        equal_fractions=sum(phase.n_fractions > k for phase, k in zip(context.new.phases, given, strict=True))
        == 1,
    )


def _rest_prescription(course: Course, given: Sequence[int]) -> float | None:
    """Prescribed dose of what is still to come; None where a phase states none."""
    doses = [
        None
        if phase.prescription_gy is None
        else phase.prescription_gy * phase.dose_factor * (phase.n_fractions - k) / phase.n_fractions
        for phase, k in zip(course.phases, given, strict=True)
        if phase.n_fractions > k
    ]
    return None if None in doses else sum(dose for dose in doses if dose is not None)


def _given_so_far(organ: Organ, given: Sequence[int]) -> OrganCurve | None:
    """Return what the fractions already given say of the organ."""
    course = organ.context.new
    label = f"{course.label}, {sum(given)} of {course.n_fractions}"
    physical = organ.dvhs.physical.get(course.label)
    if len(course.phases) == 1:
        if physical is None:
            return None
        n, ratio = course.phases[0].n_fractions, organ.choice.alpha_beta
        part = eqd2_dvh(physical, n_fractions=given[0], alpha_beta=ratio, dose_factor=given[0] / n)
        return curve_of_dvh(part, label=label)
    begun = tuple(
        replace(phase, n_fractions=k, dose_factor=phase.dose_factor * k / phase.n_fractions)
        for phase, k in zip(course.phases, given, strict=True)
        if k > 0
    )
    so_far = replace(course, phases=begun)
    curve = course_eqd2_dvh(
        so_far, organ.structure, physical_dvh(so_far, organ.structure), organ.choice.alpha_beta
    )
    return None if curve is None else curve_of_dvh(curve, label=label)


def _rest_at_point(
    organ: Organ,
    metric: Metric,
    limit: CumulativeLimit,
    rule: str,
    *,
    given: Sequence[int],
    recovered: bool,
) -> list[Remaining]:
    """The point reading with the fractions already given counted among the earlier ones."""
    if metric.kind == "Mean":
        n = _to_come(organ.context.new, given)
        return [_none(Basis.REST_AT_POINT, n, rule, _NO_MEAN_AT_A_POINT)]
    curves = _earlier_curves(organ, recovered=recovered)
    so_far = _given_so_far(organ, given)
    basis = Basis.REST_AT_POINT
    n = _to_come(organ.context.new, given)
    if curves is None or so_far is None:
        why = f"nothing bounds the organ in {' nor in '.join(organ.silent_courses)}"
        return [_none(basis, n, rule, why)]
    return _point_readings(organ, metric, limit, [*curves, so_far], n=n, rule=rule, basis=basis)
