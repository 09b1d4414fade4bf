"""How the rows of one organ are computed from its curves, the joined courses, limits and recovery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bed.errors import BedError
from bed.recovery import Recovery, no_recovery, recovery_rule
from dicom_io.dvh import DVH, compute_dvh
from dicom_io.metric import Metric, MetricValue
from dicom_io.structure import Structure
from rtplan.accumulation import CumulativeField
from rtplan.bounds import Bounds, OrganCurve, sum_of_maxima
from rtplan.course import Course, Grade
from rtplan.cumulative_limit import CumulativeLimit
from rtplan.cumulative_verdict import judge_sum
from rtplan.ellipsoid import Ellipsoid, EllipsoidMaximum, ellipsoid_maximum
from rtplan.interval import Interval
from rtplan.organ_dose import (
    Joined,
    bounds_of,
    course_eqd2_dvh,
    curve_of_dvh,
    metric_of,
    physical_dvh,
)
from rtplan.organ_match import OrganMatch
from rtplan.organ_record import curve_of_record
from rtplan.organ_row import OrganCourse, OrganDvhs, OrganRow
from rtplan.remaining import Remaining, plan_factor, remaining_at_point
from rtplan.robustness import Band, RegistrationUncertainty, Scenarios, scenarios_of
from rtplan.tissue_choice import TissueChoice
from rtplan.verdict import Judgement, Verdict

__all__ = ["Context", "organ_rows", "row_without_tissue"]

_NO_BAND = "no uncertainty of the registration was stated"


@dataclass(frozen=True, kw_only=True, eq=False)
class Context:
    """What all organs share."""

    joined: Joined
    intervals: tuple[Interval, ...]
    recovery: str
    n_fractions: tuple[int, ...]
    uncertainty: RegistrationUncertainty | None

    @property
    def priors(self) -> tuple[Course, ...]:
        """Earlier courses in order."""
        return tuple(one.course for one in self.joined.priors)

    @property
    def new(self) -> Course:
        """The new course."""
        return self.joined.new.course


@dataclass(frozen=True, kw_only=True, eq=False)
class _OrganRecovery:
    """A recovery rule applied to one organ, one fraction for each earlier course."""

    rule: Recovery
    fractions: tuple[float, ...] | None
    reason: str | None
    statement: str

    @property
    def is_chosen(self) -> bool:
        return self.rule.assumes_recovery and self.fractions is not None


def _recovery_for(organ: str, name: str, intervals: Sequence[Interval]) -> _OrganRecovery:
    if name == "none":
        rule = no_recovery()
        return _OrganRecovery(
            rule=rule, fractions=None, reason="no recovery was chosen", statement=rule.statement(0)
        )
    try:
        rule = recovery_rule(name, tissue=organ)
        fractions = tuple(rule.fraction(interval.days) for interval in intervals)
    except BedError as refusal:
        said = f"No recovery taken off: {refusal}"
        return _OrganRecovery(rule=no_recovery(), fractions=None, reason=str(refusal), statement=said)
    statement = " ".join(dict.fromkeys(rule.statement(interval.days) for interval in intervals))
    return _OrganRecovery(rule=rule, fractions=fractions, reason=None, statement=statement)


def organ_rows(
    context: Context,
    choice: TissueChoice,
    match: OrganMatch,
    limits: Sequence[CumulativeLimit],
    shown: Sequence[Metric],
) -> tuple[OrganDvhs, list[OrganRow]]:
    """Compute one organ at one alpha/beta: its curves, then a row for each metric."""
    assert match.new is not None
    recovery = _recovery_for(choice.organ, context.recovery, context.intervals)
    dvhs = _organ_dvhs(context, choice, match, match.new, recovery)
    of_organ = [limit for limit in limits if limit.organ == choice.organ]
    metrics = list(dict.fromkeys([*(limit.metric for limit in of_organ), *shown]))
    organ = _Organ(
        context=context,
        choice=choice,
        structure=match.new,
        dvhs=dvhs,
        curves=_curves(context, choice, match, dvhs),
        recovery=recovery,
        scenarios=_scenarios(context, choice, match.new, metrics),
        ellipsoid=_ellipsoid(context, choice, match.new),
    )
    limit_of = {limit.metric: limit for limit in of_organ}
    return dvhs, [_row(organ, metric, limit_of.get(metric)) for metric in metrics]


def _organ_dvhs(
    context: Context,
    choice: TissueChoice,
    match: OrganMatch,
    structure: Structure,
    recovery: _OrganRecovery,
) -> OrganDvhs:
    physical: dict[str, DVH] = {}
    eqd2: dict[str, DVH] = {}
    for course, own in zip((*context.priors, context.new), (*match.priors, structure), strict=True):
        curve = physical_dvh(course, own) if own is not None else None
        converted = None if own is None else course_eqd2_dvh(course, own, curve, choice.alpha_beta)
        if curve is not None and converted is not None:
            physical[course.label], eqd2[course.label] = curve, converted
    total = recovered = None
    if context.joined.reason is None:
        total = compute_dvh(structure, context.joined.total(choice.alpha_beta))
        if recovery.is_chosen:
            recovered = compute_dvh(structure, _recovered_total(context, choice.alpha_beta, recovery))
    return OrganDvhs(
        organ=choice.organ,
        alpha_beta=choice.alpha_beta,
        physical=physical,
        eqd2=eqd2,
        total=total,
        recovered=recovered,
    )


def _recovered_total(context: Context, alpha_beta: float, recovery: _OrganRecovery) -> CumulativeField:
    labels = [course.label for course in context.priors]
    forgotten = dict(zip(labels, recovery.fractions or (), strict=False))
    return context.joined.total(alpha_beta, recovered=forgotten)


def _curves(
    context: Context, choice: TissueChoice, match: OrganMatch, dvhs: OrganDvhs
) -> tuple[OrganCurve | None, ...]:
    """Return what each course's own files or record say of the organ; None where they say nothing."""
    own = dvhs.eqd2.get(context.new.label)
    today = None if own is None else curve_of_dvh(own, label=context.new.label)
    if today is None:
        return (*(None for _ in context.priors), None)
    priors = [_prior_curve(course, choice, dvhs, today.volume_cc) for course in context.priors]
    return (*priors, today)


def _prior_curve(
    course: Course, choice: TissueChoice, dvhs: OrganDvhs, volume_cc: float
) -> OrganCurve | None:
    if course.label in dvhs.eqd2:
        return curve_of_dvh(dvhs.eqd2[course.label], label=course.label)
    record = course.record(choice.organ)
    if record is None or course.n_fractions is None:
        return None
    return curve_of_record(
        record,
        n_fractions=course.n_fractions,
        alpha_beta=choice.alpha_beta,
        label=course.label,
        volume_cc=volume_cc,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Organ:
    """One organ at one alpha/beta with all that its rows are read from."""

    context: Context
    choice: TissueChoice
    structure: Structure
    dvhs: OrganDvhs
    curves: tuple[OrganCurve | None, ...]
    recovery: _OrganRecovery
    scenarios: Scenarios | None
    ellipsoid: EllipsoidMaximum | None

    @property
    def known_curves(self) -> list[OrganCurve] | None:
        """All curves, or None where one is missing."""
        curves = [curve for curve in self.curves if curve is not None]
        return curves if len(curves) == len(self.curves) else None

    @property
    def silent_courses(self) -> list[str]:
        """Courses of which nothing bounds this organ."""
        courses = (*self.context.priors, self.context.new)
        return [
            f"{course.label} ({course.grade.value})"
            for course, curve in zip(courses, self.curves, strict=True)
            if curve is None
        ]


def _row(organ: _Organ, metric: Metric, limit: CumulativeLimit | None) -> OrganRow:
    no_sum = organ.context.joined.reason or "there is no voxel sum"
    voxel_sum = metric_of(organ.dvhs.total, metric, reason=no_sum)
    recovered = metric_of(organ.dvhs.recovered, metric, reason=organ.recovery.reason or no_sum)
    bounds = _bounds(organ, metric)
    doubt = _curves_uncertainty(organ, metric)
    judged = voxel_sum if organ.dvhs.recovered is None else recovered
    plain = None if limit is None else judge_sum(limit, voxel_sum, bounds, bounds_uncertainty=doubt)
    judgement = plain
    if limit is not None and organ.recovery.is_chosen:
        recovered_bounds = _bounds(organ, metric, recovered=True)
        judgement = judge_sum(limit, judged, recovered_bounds, bounds_uncertainty=doubt, plain=plain)
    band, band_reason = _band(organ, metric)
    return OrganRow(
        name=organ.choice.organ,
        alpha_beta_gy=organ.choice.alpha_beta,
        alpha_beta_source=organ.choice.source,
        metric=str(metric),
        courses=_organ_courses(organ, metric),
        grade=_worst_grade((*organ.context.priors, organ.context.new)),
        voxel_sum=voxel_sum,
        bounds=bounds,
        bounds_uncertainty_gy=doubt,
        sum_of_maxima_gy=None if organ.known_curves is None else sum_of_maxima(organ.known_curves),
        band=band,
        band_reason=band_reason,
        ellipsoid_free=metric_of(_curve(organ, "free"), metric, reason=band_reason or "not searched"),
        ellipsoid_restricted=metric_of(
            _curve(organ, "restricted"), metric, reason=band_reason or "not searched"
        ),
        with_recovery=recovered,
        recovery=organ.context.recovery,
        recovery_statement=organ.recovery.statement,
        limit=limit,
        judgement=judgement,
        without_recovery=plain,
        covered_fraction=None if organ.dvhs.total is None else organ.dvhs.total.covered_fraction,
        remaining=() if limit is None else tuple(_remaining(organ, metric, limit)),
    )


def _worst_grade(courses: Sequence[Course]) -> Grade:
    return max((course.grade for course in courses), key=lambda grade: grade.rank)


def _bounds(organ: _Organ, metric: Metric, *, recovered: bool = False) -> Bounds:
    curves = organ.known_curves
    if curves is None:
        reason = f"nothing bounds the organ in {' nor in '.join(organ.silent_courses)}"
        return Bounds(
            low=None, high=None, high_absolute=None, high_relative=None, statements=(), reason=reason
        )
    if recovered:
        kept = [1 - fraction for fraction in organ.recovery.fractions or ()]
        curves = [*(_times(c, k) for c, k in zip(curves[:-1], kept, strict=True)), curves[-1]]
    return bounds_of(metric, curves)


def _times(curve: OrganCurve, factor: float) -> OrganCurve:
    return replace(
        curve,
        at_most=lambda volume: curve.at_most(volume) * factor,
        at_least=lambda volume: curve.at_least(volume) * factor,
        mean_gy=(curve.mean_gy[0] * factor, curve.mean_gy[1] * factor),
    )


def _curves_uncertainty(organ: _Organ, metric: Metric) -> float:
    """Numerical uncertainty of the courses' own values, added up: that of both bounds."""
    values = [dvh.metric(metric) for dvh in organ.dvhs.eqd2.values()]
    return sum(value.uncertainty or 0.0 for value in values)


def _organ_courses(organ: _Organ, metric: Metric) -> tuple[OrganCourse, ...]:
    days = (*(interval.days for interval in organ.context.intervals), None)
    fractions = organ.recovery.fractions or ()
    courses = (*organ.context.priors, organ.context.new)
    return tuple(
        _organ_course(
            organ, course, metric, days[place], fractions[place] if place < len(fractions) else None
        )
        for place, course in enumerate(courses)
    )


def _organ_course(
    organ: _Organ, course: Course, metric: Metric, days: int | None, recovered: float | None
) -> OrganCourse:
    curve = organ.dvhs.physical.get(course.label)
    record = course.record(organ.choice.organ)
    if curve is None and record is not None and course.n_fractions is not None:
        physical, eqd2 = _recorded(organ, course, metric)
    else:
        why = f"no curve of the organ in {course.label} ({course.grade.value})"
        physical = metric_of(curve, metric, reason=why)
        eqd2 = metric_of(organ.dvhs.eqd2.get(course.label), metric, reason=why)
    return OrganCourse(
        label=course.label,
        grade=course.grade,
        interval_days=days,
        physical=physical,
        eqd2=eqd2,
        recovered_fraction=recovered,
    )


def _recorded(organ: _Organ, course: Course, metric: Metric) -> tuple[MetricValue, MetricValue]:
    """Return a recorded dose as it was typed, and its EQD2 where one number has one."""
    record = course.record(organ.choice.organ)
    assert record is not None
    dose = record.doses_gy.get(metric)
    if dose is None:
        why = f"the record of {course.label} does not give {metric}"
        nothing = MetricValue(text=str(metric), value=None, unit="Gy", reason=why)
        return nothing, nothing
    physical = MetricValue(text=str(metric), value=dose, unit="Gy")
    place = [c.label for c in organ.context.priors].index(course.label)
    curve = organ.curves[place]
    if metric.kind == "Mean" or curve is None:
        why = "a mean has no EQD2 of its own: see the bounds"
        return physical, MetricValue(text=str(metric), value=None, unit="Gy", reason=why)
    from_curve = bounds_of(metric, [curve])
    assert from_curve.high is not None
    return physical, MetricValue(text=str(metric), value=from_curve.high, unit="Gy")


def _scenarios(
    context: Context, choice: TissueChoice, structure: Structure, metrics: Sequence[Metric]
) -> Scenarios | None:
    if context.uncertainty is None or context.joined.reason is not None:
        return None
    return scenarios_of(
        context.joined.total(choice.alpha_beta),
        structure,
        metrics,
        moved=[course.label for course in context.priors],
        uncertainty=context.uncertainty,
    )


def _ellipsoid(context: Context, choice: TissueChoice, structure: Structure) -> EllipsoidMaximum | None:
    if context.uncertainty is None or context.joined.reason is not None:
        return None
    half = context.uncertainty.shift_mm
    return ellipsoid_maximum(
        context.joined.total(choice.alpha_beta),
        structure,
        moved=[course.label for course in context.priors],
        ellipsoid=Ellipsoid(half_axes_mm=(half, half, half), steps=context.uncertainty.steps),
    )


def _curve(organ: _Organ, search: str) -> DVH | None:
    if organ.ellipsoid is None:
        return None
    return organ.ellipsoid.free if search == "free" else organ.ellipsoid.restricted


def _band(organ: _Organ, metric: Metric) -> tuple[Band | None, str | None]:
    if organ.context.uncertainty is None:
        return None, _NO_BAND
    if organ.scenarios is None:
        return None, organ.context.joined.reason
    band = organ.scenarios.band(metric, metric_of(organ.dvhs.total, metric, reason="no voxel sum"))
    return band, band.reason


def _remaining(organ: _Organ, metric: Metric, limit: CumulativeLimit) -> list[Remaining]:
    """Return both readings, without recovery and, where a rule applies, with it."""
    rules: list[tuple[str, bool]] = [("none", False)]
    if organ.recovery.is_chosen:
        rules.append((organ.context.recovery, True))
    found: list[Remaining] = []
    for name, recovered in rules:
        found += _at_point(organ, metric, limit, name, recovered=recovered)
        found.append(_for_plan(organ, metric, limit, name, recovered=recovered))
    return found


def _at_point(
    organ: _Organ, metric: Metric, limit: CumulativeLimit, rule: str, *, recovered: bool
) -> list[Remaining]:
    """Solve for the dose at a point that received the earlier metric, or at both of its bounds."""
    earlier = [curve for curve in organ.curves[:-1] if curve is not None]
    if len(earlier) < len(organ.curves) - 1:
        why = f"nothing bounds the organ in {' nor in '.join(organ.silent_courses)}"
        return [_none("point", n, rule, why) for n in organ.context.n_fractions]
    kept = [1 - f for f in organ.recovery.fractions or ()] if recovered else [1.0] * len(earlier)
    bounds = bounds_of(metric, [_times(curve, factor) for curve, factor in zip(earlier, kept, strict=True)])
    exact = bounds.low is not None and bounds.high is not None and bounds.high - bounds.low < 1e-6
    readings = (
        [("point", bounds.high)]
        if exact
        else [
            ("point, at least", bounds.high),
            ("point, at most", bounds.low),
        ]
    )
    return [
        _none(basis, n, rule, bounds.reason or "the earlier metric is not known")
        if value is None
        else remaining_at_point(
            limit.eqd2_gy,
            value,
            n_fractions=n,
            alpha_beta=organ.choice.alpha_beta,
            recovery=rule,
        ).relabelled(basis)
        for n in organ.context.n_fractions
        for basis, value in readings
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


def _for_plan(
    organ: _Organ, metric: Metric, limit: CumulativeLimit, rule: str, *, recovered: bool
) -> Remaining:
    """Scale the new plan at its own number of fractions until its voxel sum meets the limit."""
    context = organ.context
    n = context.new.n_fractions
    assert n is not None
    if organ.dvhs.total is None:
        return _none("plan", n, rule, context.joined.reason or "there is no voxel sum")
    start = organ.dvhs.total.metric(metric)
    if start.value is None:
        return _none("plan", n, rule, start.reason or "the metric cannot be computed")
    total = (
        _recovered_total(context, organ.choice.alpha_beta, organ.recovery)
        if recovered
        else context.joined.total(organ.choice.alpha_beta)
    )

    def metric_at(factor: float) -> float | None:
        scaled = total.with_course_scaled(context.new.label, factor)
        return compute_dvh(organ.structure, scaled).metric(metric).value

    found = plan_factor(metric_at, limit.eqd2_gy)
    prescription = context.new.prescription_gy
    if found.factor is None or prescription is None:
        reason = found.reason or "the new plan states no prescription; see the factor"
        return replace(_none("plan", n, rule, reason), factor=found.factor)
    dose = found.factor * prescription
    return Remaining(
        basis="plan",
        n_fractions=n,
        recovery=rule,
        total_dose_gy=dose,
        dose_per_fraction_gy=dose / n,
        reason=found.reason,
        factor=found.factor,
    )


def row_without_tissue(limit: CumulativeLimit, new: Course, priors: Sequence[Course]) -> OrganRow:
    """A limit on an organ whose tissue nobody stated: named, never computed with a guess."""
    reason = f"no alpha/beta was stated for {limit.organ}"
    nothing = MetricValue(text=str(limit.metric), value=None, unit="Gy", reason=reason)
    judgement = Judgement(verdict=Verdict.NOT_EVALUABLE, reason=reason, margin=None)
    return OrganRow(
        name=limit.organ,
        alpha_beta_gy=None,
        alpha_beta_source=None,
        metric=str(limit.metric),
        courses=(),
        grade=_worst_grade((*priors, new)),
        voxel_sum=nothing,
        bounds=Bounds(
            low=None, high=None, high_absolute=None, high_relative=None, statements=(), reason=reason
        ),
        bounds_uncertainty_gy=0.0,
        sum_of_maxima_gy=None,
        band=None,
        band_reason=reason,
        ellipsoid_free=nothing,
        ellipsoid_restricted=nothing,
        with_recovery=nothing,
        recovery="none",
        recovery_statement="",
        limit=limit,
        judgement=judgement,
        without_recovery=judgement,
        covered_fraction=None,
        remaining=(),
    )
