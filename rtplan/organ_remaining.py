"""How much an organ may still receive below a cumulative limit: at a point, by the plan, by its rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dicom_io.dvh import compute_dvh
from dicom_io.metric import Metric, MetricValue
from rtplan.accumulation import CumulativeField
from rtplan.bounds import OrganCurve
from rtplan.cumulative_limit import CumulativeLimit
from rtplan.organ_context import Organ, recovered_total, times
from rtplan.organ_dose import bounds_of, curve_of_dvh, eqd2_dvh
from rtplan.remaining import Remaining, plan_factor, remaining_at_point

__all__ = ["remaining_of"]


def remaining_of(organ: Organ, metric: Metric, limit: CumulativeLimit) -> list[Remaining]:
    """Return every reading, without recovery and, where a rule applies, with it."""
    rules: list[tuple[str, bool]] = [("none", False)]
    if organ.recovery.is_chosen:
        rules.append((organ.context.recovery, True))
    found: list[Remaining] = []
    for name, recovered in rules:
        found += _at_point(organ, metric, limit, name, recovered=recovered)
        found.append(_for_plan(organ, metric, limit, name, recovered=recovered))
        if organ.context.delivered is not None:
            found += _for_the_rest(organ, metric, limit, name, recovered=recovered)
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
    return [times(curve, factor) for curve, factor in zip(earlier, kept, strict=True)]


def _earlier_uncertainty(organ: Organ, metric: Metric, *, also_new: bool = False) -> float:
    """Numerical half-widths of the courses' own metrics, added up; a recorded number has none."""
    new = organ.context.new.label
    values = [dvh.metric(metric) for label, dvh in organ.dvhs.eqd2.items() if also_new or label != new]
    return sum(value.uncertainty or 0.0 for value in values)


def _at_point(
    organ: Organ, metric: Metric, limit: CumulativeLimit, rule: str, *, recovered: bool
) -> list[Remaining]:
    """Solve for the dose at a point that received the earlier metric, or at both of its bounds."""
    curves = _earlier_curves(organ, recovered=recovered)
    if curves is None:
        why = f"nothing bounds the organ in {' nor in '.join(organ.silent_courses)}"
        return [_none("point", n, rule, why) for n in organ.context.n_fractions]
    doubt = _earlier_uncertainty(organ, metric)
    return [
        reading
        for n in organ.context.n_fractions
        for reading in _point_readings(
            organ, metric, limit, curves, n=n, rule=rule, doubt=doubt, basis="point"
        )
    ]


def _point_readings(
    organ: Organ,
    metric: Metric,
    limit: CumulativeLimit,
    curves: Sequence[OrganCurve],
    *,
    n: int,
    rule: str,
    doubt: float,
    basis: str,
) -> list[Remaining]:
    bounds = bounds_of(metric, curves)
    exact = bounds.low is not None and bounds.high is not None and bounds.high - bounds.low < 1e-6
    ends = (
        [(basis, bounds.high)]
        if exact
        else [(f"{basis}, at least", bounds.high), (f"{basis}, at most", bounds.low)]
    )
    return [
        _none(name, n, rule, bounds.reason or "the earlier metric is not known")
        if value is None
        else remaining_at_point(
            limit.eqd2_gy,
            value,
            n_fractions=n,
            alpha_beta=organ.choice.alpha_beta,
            recovery=rule,
            uncertainty_gy=doubt,
        ).relabelled(name)
        for name, value in ends
    ]


def _none(basis: str, n_fractions: int, rule: str, reason: str) -> Remaining:
    return Remaining(
        basis=basis,
        n_fractions=n_fractions,
        recovery=rule,
        total_dose_gy=None,
        dose_per_fraction_gy=None,
        reason=reason,
    )


def _total(organ: Organ, *, recovered: bool) -> CumulativeField:
    if recovered:
        return recovered_total(organ.context, organ.choice.alpha_beta, organ.recovery)
    return organ.context.joined.total(organ.choice.alpha_beta)


def _for_plan(
    organ: Organ, metric: Metric, limit: CumulativeLimit, rule: str, *, recovered: bool
) -> Remaining:
    """Scale the new plan at its own number of fractions until its voxel sum meets the limit."""
    context = organ.context
    n = context.new.n_fractions
    assert n is not None
    if organ.dvhs.total is None:
        return _none("plan", n, rule, context.joined.reason or "there is no voxel sum")
    total = _total(organ, recovered=recovered)
    return _scaled_reading(
        _metric_of_scaled(organ, metric, total, context.new.label),
        limit,
        prescription_gy=context.new.prescription_gy,
        empty=_none("plan", n, rule, "the metric cannot be computed"),
    )


def _metric_of_scaled(
    organ: Organ, metric: Metric, total: CumulativeField, label: str
) -> Callable[[float], MetricValue]:
    def metric_at(factor: float) -> MetricValue:
        return compute_dvh(organ.structure, total.with_course_scaled(label, factor)).metric(metric)

    return metric_at


def _scaled_reading(
    metric_at: Callable[[float], MetricValue],
    limit: CumulativeLimit,
    *,
    prescription_gy: float | None,
    empty: Remaining,
) -> Remaining:
    """Find the factor that meets the limit, and what it makes of the prescription."""
    start = metric_at(1.0)
    if start.value is None:
        return replace(empty, reason=start.reason)
    found = plan_factor(lambda factor: metric_at(factor).value, limit.eqd2_gy)
    if found.factor is None or prescription_gy is None:
        reason = found.reason or "the new plan states no prescription; see the factor"
        return replace(empty, reason=reason, factor=found.factor)
    dose = found.factor * prescription_gy
    low, high = _ends(metric_at, found.factor, limit.eqd2_gy)
    return replace(
        empty,
        total_dose_gy=dose,
        dose_per_fraction_gy=dose / empty.n_fractions,
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
    organ: Organ, metric: Metric, limit: CumulativeLimit, rule: str, *, recovered: bool
) -> list[Remaining]:
    """What the fractions of the new course that are still to come may give: by the plan, and at a point."""
    given = organ.context.delivered
    n = organ.context.new.n_fractions
    assert given is not None
    assert n is not None
    return [
        _rest_by_plan(organ, metric, limit, rule, given=given, n=n, recovered=recovered),
        *_rest_at_point(organ, metric, limit, rule, given=given, n=n, recovered=recovered),
    ]


def _rest_by_plan(
    organ: Organ, metric: Metric, limit: CumulativeLimit, rule: str, *, given: int, n: int, recovered: bool
) -> Remaining:
    context = organ.context
    empty = _none("rest of the course, plan", n - given, rule, context.joined.reason or "no voxel sum")
    if organ.dvhs.total is None:
        return empty
    split = _split(_total(organ, recovered=recovered), context.new.label, given=given, n=n)
    prescription = context.new.prescription_gy
    return _scaled_reading(
        _metric_of_scaled(organ, metric, split, _rest_label(context.new.label)),
        limit,
        prescription_gy=None if prescription is None else prescription * (n - given) / n,
        empty=empty,
    )


def _rest_label(label: str) -> str:
    return f"{label}, still to come"


def _split(total: CumulativeField, label: str, *, given: int, n: int) -> CumulativeField:
    """Return the sum with the new course as two parts: the fractions given and those to come."""
    parts = []
    for part in total.parts:
        if part.course != label:
            parts.append(part)
            continue
        parts.append(replace(part, dose_factor=part.dose_factor * given / n, n_fractions=given))
        parts.append(
            replace(
                part,
                course=_rest_label(label),
                dose_factor=part.dose_factor * (n - given) / n,
                n_fractions=n - given,
            )
        )
    return replace(total, parts=tuple(parts))


def _rest_at_point(
    organ: Organ, metric: Metric, limit: CumulativeLimit, rule: str, *, given: int, n: int, recovered: bool
) -> list[Remaining]:
    """The point reading with the fractions already given counted among the earlier ones."""
    curves = _earlier_curves(organ, recovered=recovered)
    physical = organ.dvhs.physical.get(organ.context.new.label)
    so_far = None
    if physical is not None:
        part = eqd2_dvh(
            physical, n_fractions=given, alpha_beta=organ.choice.alpha_beta, dose_factor=given / n
        )
        so_far = curve_of_dvh(part, label=f"{organ.context.new.label}, {given} of {n}")
    basis = "rest of the course, point"
    if curves is None or so_far is None:
        why = f"nothing bounds the organ in {' nor in '.join(organ.silent_courses)}"
        return [_none(basis, n - given, rule, why)]
    doubt = _earlier_uncertainty(organ, metric, also_new=True)
    return _point_readings(
        organ, metric, limit, [*curves, so_far], n=n - given, rule=rule, doubt=doubt, basis=basis
    )
