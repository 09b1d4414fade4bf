"""How the rows of one organ are computed from its curves, the joined courses, limits and recovery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from dicom_io.dvh import DVH, DVHExport, Metric, MetricValue, compute_dvh
from dicom_io.objects import Structure
from rtplan.courses import Course, Grade, OrganRecord, curve_names, eqd2_of_stored, stored_dvh
from rtplan.limits import CumulativeLimit, Judgement, Remaining, borderline_by_unsourced_rule
from rtplan.reirradiation.beside import CORD_ORGANS, CordRuleSet, cord_rules
from rtplan.reirradiation.organ import (
    Context,
    Flip,
    MetricSum,
    MovedSums,
    Organ,
    OrganCourse,
    OrganDvhs,
    OrganMatch,
    OrganRecovery,
    OrganRow,
    ScaledSums,
    TissueChoice,
    bounds_of,
    course_eqd2_dvh,
    curves_at,
    flips_of,
    interval_bands,
    judge_sum,
    metric_of,
    nothing_remains_of,
    physical_dvh,
    recovered_total,
    recovery_for,
    remaining_of,
    stands_beside,
    why_not_in_force,
)
from rtplan.reirradiation.overlap import OrganOverlap, organ_overlap
from rtplan.sums import (
    Band,
    Bounds,
    Ellipsoid,
    EllipsoidMaximum,
    ellipsoid_maximum,
    sum_of_point_maxima,
)

__all__ = ["OrganAnswer", "organ_answer", "row_without_tissue"]

_NO_BAND = "no uncertainty of the registration was stated"


@dataclass(frozen=True, kw_only=True, eq=False)
class OrganAnswer:
    """All that is known of one organ at one alpha/beta.

    Attributes
    ----------
    dvhs : OrganDvhs
    rows : tuple of OrganRow
    cord_rules : tuple of CordRuleSet
        Empty where none were asked for or the organ is no cord.
    """

    dvhs: OrganDvhs
    rows: tuple[OrganRow, ...]
    cord_rules: tuple[CordRuleSet, ...]


def organ_answer(
    context: Context,
    choice: TissueChoice,
    match: OrganMatch,
    limits: Sequence[CumulativeLimit],
    shown: Sequence[Metric],
    *,
    with_cord_rules: bool,
) -> OrganAnswer:
    """Compute one organ at one alpha/beta: its curves, then a row for each metric."""
    assert match.new is not None
    recovery = recovery_for(match, context.recovery, intervals=context.intervals)
    dvhs = _organ_dvhs(context, choice, match, match.new, recovery)
    of_organ = [limit for limit in limits if _speaks_of(limit, choice)]
    also = [limit.metric for limit in limits if limit.organ == choice.organ] if shown else []
    metrics = list(dict.fromkeys([*(limit.metric for limit in of_organ), *also, *shown]))
    organ = Organ(
        context=context,
        choice=choice,
        structure=match.new,
        dvhs=dvhs,
        curves=curves_at(context, match, dvhs.eqd2, choice.alpha_beta),
        match=match,
        recovery=recovery,
        ellipsoid=_ellipsoid(context, choice, match.new),
        metrics=tuple(metrics),
    )
    overlap = None
    if context.overlap is not None:
        overlap = organ_overlap(
            context.joined, match.new, alpha_beta=choice.alpha_beta, isodose=context.overlap
        )
    sums = MovedSums(organ, judged=list(dict.fromkeys(limit.metric for limit in of_organ)))
    scaled = ScaledSums(organ)
    return OrganAnswer(
        dvhs=dvhs,
        rows=tuple(
            replace(
                _row(metric, limit, sums=sums, scaled=scaled, overlap=overlap),
                stands_beside=limit is not None and stands_beside(limit, of_organ),
            )
            for metric in metrics
            for limit in _limits_of(metric, of_organ)
        ),
        cord_rules=cord_rules(organ) if with_cord_rules and choice.organ in CORD_ORGANS else (),
    )


def _limits_of(metric: Metric, limits: Sequence[CumulativeLimit]) -> list[CumulativeLimit | None]:
    """Return the limits of a metric, each for a row of its own, or None for one row without a limit."""
    return [limit for limit in limits if limit.metric == metric] or [None]


def _speaks_of(limit: CumulativeLimit, choice: TissueChoice) -> bool:
    """Whether a limit is one of this organ at this alpha/beta."""
    return limit.organ == choice.organ and limit.alpha_beta_gy in (None, choice.alpha_beta)


def _organ_dvhs(
    context: Context,
    choice: TissueChoice,
    match: OrganMatch,
    structure: Structure,
    recovery: OrganRecovery,
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
            recovered = compute_dvh(structure, recovered_total(context, choice.alpha_beta, recovery))
    return OrganDvhs(
        organ=choice.organ,
        alpha_beta=choice.alpha_beta,
        physical=physical,
        eqd2=eqd2,
        total=total,
        recovered=recovered,
    )


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """What a limit says of a metric; empty without one."""

    judgement: Judgement | None = None
    plain: Judgement | None = None
    flips: tuple[Flip, ...] = ()
    remaining: tuple[Remaining, ...] = ()


def _judged(
    limit: CumulativeLimit,
    voxel_sum: MetricValue,
    *,
    recovered: MetricValue,
    bounds: Bounds,
    sums: MovedSums,
    scaled: ScaledSums,
) -> _Judged:
    """Hold a metric against its limit, unless the limit does not judge in this case."""
    organ, metric = sums.organ, limit.metric
    context = organ.context
    idle = why_not_in_force(
        limit, intervals=context.intervals, named=context.recovery_limits, recovery=context.recovery
    )
    if idle is not None:
        remaining = tuple(nothing_remains_of(organ, idle))
        return _Judged(judgement=Judgement.unjudged(idle), remaining=remaining)
    judge_here = partial(judge_sum, deformed=context.joined.is_deformed)
    judgement = plain = judge_here(limit, voxel_sum, bounds)
    if organ.recovery.is_chosen:
        value = voxel_sum if organ.dvhs.recovered is None else recovered
        judgement = judge_here(limit, value, _bounds(organ, metric, recovered=True), plain=plain)
    flips = flips_of(sums, metric, limit, judgement)
    if organ.recovery.rule.is_unsourced:
        judgement = borderline_by_unsourced_rule(
            judgement, plain=plain, recovered_gy=recovered.value, full_gy=voxel_sum.value
        )
    return _Judged(
        judgement=judgement,
        plain=plain,
        flips=flips,
        remaining=tuple(remaining_of(scaled, metric, limit)),
    )


def _row(
    metric: Metric,
    limit: CumulativeLimit | None,
    *,
    sums: MovedSums,
    scaled: ScaledSums,
    overlap: OrganOverlap | None,
) -> OrganRow:
    organ = sums.organ
    no_sum = organ.context.joined.reason or "there is no voxel sum"
    voxel_sum = metric_of(organ.dvhs.total, metric, reason=no_sum)
    recovered = metric_of(organ.dvhs.recovered, metric, reason=organ.recovery.reason or no_sum)
    bounds = _bounds(organ, metric)
    judged = _Judged()
    if limit is not None:
        judged = _judged(limit, voxel_sum, recovered=recovered, bounds=bounds, sums=sums, scaled=scaled)
    band, band_reason = _band(organ, metric)
    free, restricted = _searched(organ, metric, band_reason)
    courses = _organ_courses(organ, metric)
    return OrganRow(
        name=organ.choice.organ,
        alpha_beta_gy=organ.choice.alpha_beta,
        alpha_beta_source=organ.choice.source,
        metric=str(metric),
        courses=courses,
        grade=_worst_grade((*organ.context.priors, organ.context.new)),
        voxel_sum=voxel_sum,
        bounds=bounds,
        sum_of_point_maxima_gy=_sum_of_point_maxima(organ),
        sum_of_metric=_sum_of_metric(organ, metric, courses),
        band=band,
        band_reason=band_reason,
        ellipsoid_free=free,
        ellipsoid_restricted=restricted,
        with_recovery=recovered,
        recovery=organ.context.recovery if organ.recovery.is_chosen else "none",
        recovery_statement=organ.recovery.statement,
        limit=limit,
        judgement=judged.judgement,
        without_recovery=judged.plain,
        covered_fraction=None if organ.dvhs.total is None else organ.dvhs.total.covered_fraction,
        remaining=judged.remaining,
        findings=_findings_of(organ.dvhs),
        flips=judged.flips,
        overlap=None if overlap is None else overlap.added(metric, organ.recovery),
        **interval_bands(sums, metric),
    )


def _findings_of(dvhs: OrganDvhs) -> tuple[str, ...]:
    """What is odd about the contours and doses of each course; of the sum only what no course has."""
    of_courses = [f"{label}: {text}" for label, dvh in dvhs.physical.items() for text in dvh.findings]
    known = {text for dvh in dvhs.physical.values() for text in dvh.findings}
    of_sum = [text for text in (dvhs.total.findings if dvhs.total else ()) if text not in known]
    return tuple(dict.fromkeys([*of_courses, *of_sum]))


def _worst_grade(courses: Sequence[Course]) -> Grade:
    return max((course.grade for course in courses), key=lambda grade: grade.rank)


def _bounds(organ: Organ, metric: Metric, *, recovered: bool = False) -> Bounds:
    curves = organ.known_curves
    if curves is None:
        reason = f"nothing bounds the organ in {' nor in '.join(organ.silent_courses)}"
        return Bounds.unknown(reason)
    if recovered:
        kept = [1 - fraction for fraction in organ.recovery.fractions or ()]
        curves = [*(c.times(k) for c, k in zip(curves[:-1], kept, strict=True)), curves[-1]]
    return bounds_of(metric, curves)


def _organ_courses(organ: Organ, metric: Metric) -> tuple[OrganCourse, ...]:
    days = (*(interval.days for interval in organ.context.intervals), None)
    fractions = organ.recovery.fractions or ()
    courses = (*organ.context.priors, organ.context.new)
    return tuple(
        _organ_course(organ, place, metric, days[place], fractions[place] if place < len(fractions) else None)
        for place in range(len(courses))
    )


def _sum_of_point_maxima(organ: Organ) -> float | None:
    return None if organ.known_curves is None else sum_of_point_maxima(organ.known_curves)


def _sum_of_metric(organ: Organ, metric: Metric, courses: Sequence[OrganCourse]) -> MetricSum:
    """Add the courses' own values of a metric, whatever tissue each is of."""
    return MetricSum.of(
        metric,
        {course.label: course.eqd2 for course in courses},
        recovered=organ.recovery.fractions if organ.recovery.is_chosen else None,
        not_recovered=organ.recovery.reason,
    )


def _organ_course(
    organ: Organ, place: int, metric: Metric, days: int | None, recovered: float | None
) -> OrganCourse:
    course = (*organ.context.priors, organ.context.new)[place]
    curve = organ.dvhs.physical.get(course.label)
    name = organ.match.name_in(place) if place < len(organ.context.priors) else None
    record = None if name is None else course.record(name)
    if curve is None and record is not None and course.n_fractions is not None:
        physical, eqd2 = _recorded(organ, place, record, metric)
    elif course.export is not None and course.n_fractions is not None:
        physical, eqd2 = _exported(organ, course.export, name, course.n_fractions, metric)
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


def _exported(
    organ: Organ, export: DVHExport, name: str | None, n_fractions: int, metric: Metric
) -> tuple[MetricValue, MetricValue]:
    """Return a metric as a planning system's stored points give it, and its EQD2."""
    stored = None if name is None else stored_dvh(export, name, stated=name)
    if stored is None:
        why = f"the DVH export holds no curve for {organ.choice.organ}; there are: {curve_names(export)}"
        nothing = MetricValue.absent(metric, reason=why)
        return nothing, nothing
    physical = stored.metric(metric)
    converted = eqd2_of_stored(physical, metric, n_fractions=n_fractions, alpha_beta=organ.choice.alpha_beta)
    return physical, converted


def _recorded(
    organ: Organ, place: int, record: OrganRecord, metric: Metric
) -> tuple[MetricValue, MetricValue]:
    """Return a recorded dose as it was typed, and its EQD2 where one number has one."""
    dose = record.doses_gy.get(metric)
    if dose is None:
        why = f"the record does not give {metric}"
        nothing = MetricValue.absent(metric, reason=why)
        return nothing, nothing
    physical = MetricValue(text=str(metric), value=dose, unit="Gy")
    curve = organ.curves[place]
    if metric.kind == "Mean" or curve is None:
        why = "a mean has no EQD2 of its own: see the bounds"
        return physical, MetricValue.absent(metric, reason=why)
    from_curve = bounds_of(metric, [curve])
    assert from_curve.high is not None
    return physical, MetricValue(text=str(metric), value=from_curve.high, unit="Gy")


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


def _searched(organ: Organ, metric: Metric, reason: str | None) -> tuple[MetricValue, MetricValue]:
    """The metric of the free and of the restricted search."""
    if organ.ellipsoid is not None:
        return organ.ellipsoid.metrics(metric)
    nothing = MetricValue.absent(metric, reason=reason or "not searched")
    return nothing, nothing


def _band(organ: Organ, metric: Metric) -> tuple[Band | None, str | None]:
    if organ.context.uncertainty is None:
        return None, _NO_BAND
    if organ.scenarios is None:
        return None, organ.context.joined.reason
    band = organ.scenarios.band(metric, metric_of(organ.dvhs.total, metric, reason="no voxel sum"))
    return band, band.reason


def row_without_tissue(limit: CumulativeLimit, new: Course, priors: Sequence[Course]) -> OrganRow:
    """A limit on an organ whose tissue nobody stated: named, never computed with a guess."""
    at = "" if limit.alpha_beta_gy is None else f" of {limit.alpha_beta_gy:g} Gy, as the limit needs,"
    reason = f"no alpha/beta{at} was stated for {limit.organ}"
    nothing = MetricValue.absent(limit.metric, reason=reason)
    judgement = Judgement.unjudged(reason)
    return OrganRow(
        name=limit.organ,
        alpha_beta_gy=None,
        alpha_beta_source=None,
        metric=str(limit.metric),
        courses=(),
        grade=_worst_grade((*priors, new)),
        voxel_sum=nothing,
        bounds=Bounds.unknown(reason),
        sum_of_point_maxima_gy=None,
        sum_of_metric=MetricSum.absent(limit.metric, reason=reason),
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
