"""The rows and the curve of an organ with other values, from its samples.

Exact: with nothing tried a row is the answer's own. On the samples' points every tried sum is the engine's
own (interpolated dose, converted point by point, summed); a tried value is the answer's value plus what the
metric moves on these points, as the scenario band reads it.

Not answered: bounds without registration, the registration band, remaining dose and cord rules are not tried.
A half-width is not computed anew: it is the stated one, grown where the value grows, plus what the points
get wrong at the stated values. Where several fractions a day were given, or the stated verdict could not be
reached, a tried verdict is *not evaluable*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.dvh import Metric, MetricValue
from rtplan.limits import (
    CumulativeLimit,
    Judgement,
    Limit,
    Verdict,
    borderline_by_unsourced_rule,
    judge,
)
from rtplan.reirradiation.organ import OrganRow
from rtplan.sums import TriedRegimen, metric_of_points
from rtplan.what_if.organ import StatedOrgan
from rtplan.what_if.tried import Tried

__all__ = ["TriedCurve", "TriedRow", "tried_curve", "tried_rows"]

FloatArray = NDArray[np.float64]

_NOT_COVERED: Final = "with these values part of the organ is not covered by a dose grid"
_SEVERAL_A_DAY: Final = (
    "several fractions a day: values are tried with full repair between them only; see the stated verdict"
)
_MOST_KNOTS: Final = 300


@dataclass(frozen=True, kw_only=True)
class TriedRow:
    """One metric of one organ, as stated and as tried.

    Attributes
    ----------
    organ, metric : str
    stated_alpha_beta_gy, alpha_beta_gy : float
    stated, tried : MetricValue
        Gy EQD2, recovery taken off where one counts.
    recovered : mapping of str to float
        Fraction taken off each earlier course in the tried value, by label.
    limit_gy : float or None
        What is judged against; None without a limit.
    stated_judgement, judgement : Judgement or None
        None without a limit.
    """

    organ: str
    metric: str
    stated_alpha_beta_gy: float
    alpha_beta_gy: float
    stated: MetricValue
    tried: MetricValue
    recovered: Mapping[str, float]
    limit_gy: float | None
    stated_judgement: Judgement | None
    judgement: Judgement | None


@dataclass(frozen=True, kw_only=True, eq=False)
class TriedCurve:
    """The cumulative curve of an organ on its points, with tried values.

    Attributes
    ----------
    dose_gy : ndarray, shape (knots,)
        Gy EQD2, not decreasing.
    volume_cc : ndarray, shape (knots,)
        Volume that receives at least each dose.
    """

    dose_gy: FloatArray
    volume_cc: FloatArray


def tried_rows(
    organ: StatedOrgan, tried: Tried, *, regimens: Mapping[str, TriedRegimen]
) -> tuple[TriedRow, ...]:
    """Return every row of an organ with what is tried.

    Parameters
    ----------
    organ : StatedOrgan
        On samples that were moved by `Tried.motion`, where it moves anything.
    tried : Tried
    regimens : mapping of str to TriedRegimen
        As `Tried.regimens` gives them.

    Returns
    -------
    tuple of TriedRow
        In the order of the answer's rows; those of the answer where nothing is tried.
    """
    if tried.is_stated:
        return tuple(_as_stated(organ, row) for row in organ.rows)
    recovered = _recovered(organ, tried)
    counts, plain = (_doses(organ, tried, regimens, taken) for taken in (recovered, {}))
    return tuple(_tried_row(organ, row, tried, recovered, counts, plain) for row in organ.rows)


def tried_curve(
    organ: StatedOrgan, tried: Tried, *, regimens: Mapping[str, TriedRegimen]
) -> TriedCurve | None:
    """Return an organ's curve with what is tried; None where part of it is not covered or nothing is sampled.

    Like a tried value each D_v is the answer's own plus what it moves on the points.

    Parameters
    ----------
    organ : StatedOrgan
    tried : Tried
    regimens : mapping of str to TriedRegimen
    """
    recovered = _recovered(organ, tried)
    anchored = bool(recovered) and tried.recovered is None
    stated = organ.dvhs.recovered if anchored else organ.dvhs.total
    dose = _doses(organ, tried, regimens, recovered)
    if dose is None or organ.samples is None or np.isnan(np.sum(dose)):
        return None
    if stated is None or stated.reason is not None or not organ.samples.is_covered:
        return None
    before = organ.samples.stated_eqd2_of(organ.alpha_beta, recovered=recovered if anchored else None)
    if np.isnan(np.sum(before)):
        return None
    whole = float(stated.knots_cc[0])
    # Closer together at the hot end, where limits are.
    share = np.linspace(0, 1, _MOST_KNOTS) ** 2
    moved = _doses_at(dose, organ.samples.volume_cc, share) - _doses_at(
        before, organ.samples.volume_cc, share
    )
    at = np.maximum(stated.dose_at_volume(share * whole) + moved, 0.0)
    return TriedCurve(dose_gy=np.maximum.accumulate(at[::-1]), volume_cc=share[::-1] * whole)


def _doses_at(dose: FloatArray, volume_cc: FloatArray, share: FloatArray) -> FloatArray:
    """Dose that each share of the volume receives at least, through the middles of the points."""
    order = np.argsort(-dose)
    middles = np.cumsum(volume_cc[order]) - volume_cc[order] / 2
    return np.interp(share * float(volume_cc.sum()), middles, dose[order])


def _recovered(organ: StatedOrgan, tried: Tried) -> Mapping[str, float]:
    """What is taken off each earlier course."""
    if tried.recovered is None:
        return organ.stated_recovery
    if organ.match.new_target is not None or tried.recovered == 0:
        return {}
    return dict.fromkeys(organ.priors, tried.recovered)


def _doses(
    organ: StatedOrgan,
    tried: Tried,
    regimens: Mapping[str, TriedRegimen],
    recovered: Mapping[str, float],
) -> FloatArray | None:
    if organ.samples is None:
        return None
    alpha_beta = tried.alpha_beta_of(organ.organ, organ.alpha_beta)
    return organ.samples.eqd2_of(alpha_beta, recovered=recovered, regimens=regimens)


def _as_stated(organ: StatedOrgan, row: OrganRow) -> TriedRow:
    value = row.with_recovery if organ.recovery.is_chosen else row.voxel_sum
    return TriedRow(
        organ=organ.organ,
        metric=row.metric,
        stated_alpha_beta_gy=organ.alpha_beta,
        alpha_beta_gy=organ.alpha_beta,
        stated=value,
        tried=value,
        recovered=organ.stated_recovery,
        limit_gy=None if row.limit is None else row.limit.eqd2_gy,
        stated_judgement=row.judgement,
        judgement=row.judgement,
    )


def _tried_row(
    organ: StatedOrgan,
    row: OrganRow,
    tried: Tried,
    recovered: Mapping[str, float],
    counts: FloatArray | None,
    plain: FloatArray | None,
) -> TriedRow:
    metric = Metric.parse(row.metric)
    stated = _as_stated(organ, row)
    # A tried recovery is read from the plain sum, so that none at all gives the plain sum itself.
    anchored = bool(recovered) and tried.recovered is None
    start, before = (row.with_recovery, organ.recovered_gy) if anchored else (row.voxel_sum, organ.plain_gy)
    value = _moved_value(organ, metric, start, before, counts)
    full = _moved_value(organ, metric, row.voxel_sum, organ.plain_gy, plain)
    alpha_beta = tried.alpha_beta_of(organ.organ, organ.alpha_beta)
    limit = row.limit
    limit_gy = None if limit is None else tried.limits.get((organ.organ, row.metric), limit.eqd2_gy)
    judgement = None
    if limit is not None and limit_gy is not None:
        judgement = _unjudged(organ, row, limit, alpha_beta, recovered) or _judged(
            limit, limit_gy, value, full, is_tried=tried.recovered is not None
        )
    return TriedRow(
        organ=organ.organ,
        metric=row.metric,
        stated_alpha_beta_gy=organ.alpha_beta,
        alpha_beta_gy=alpha_beta,
        stated=stated.stated,
        tried=value,
        recovered=recovered,
        limit_gy=limit_gy,
        stated_judgement=row.judgement,
        judgement=judgement,
    )


def _moved_value(
    organ: StatedOrgan,
    metric: Metric,
    start: MetricValue,
    before: Mapping[Metric, float],
    dose: FloatArray | None,
) -> MetricValue:
    """The answer's value plus what the metric moves on the points, with its half-width."""
    if start.value is None or dose is None or organ.samples is None:
        return MetricValue.absent(metric, reason=start.reason or organ.reason or _NOT_COVERED)
    now = metric_of_points(metric, dose, organ.samples.volume_cc)
    if not (np.isfinite(now) and np.isfinite(before[metric])):
        return MetricValue.absent(metric, reason=_NOT_COVERED)
    value = max(start.value + (now - before[metric]), 0.0)
    if start.uncertainty is None:
        return MetricValue(text=start.text, value=value, unit=start.unit)
    grown = max(value / start.value, 1.0) if start.value > 0 else 1.0
    half_width = start.uncertainty * grown
    if now != before[metric]:
        half_width += abs(start.value - before[metric])
    return MetricValue(text=start.text, value=value, unit=start.unit, uncertainty=half_width)


def _unjudged(
    organ: StatedOrgan,
    row: OrganRow,
    limit: CumulativeLimit,
    alpha_beta: float,
    recovered: Mapping[str, float],
) -> Judgement | None:
    """Why a tried value is not judged, or None."""
    if organ.several_a_day:
        return Judgement.unjudged(_SEVERAL_A_DAY)
    if row.judgement is not None and row.judgement.verdict is Verdict.NOT_EVALUABLE:
        return row.judgement
    if limit.alpha_beta_gy is not None and limit.alpha_beta_gy != alpha_beta:
        return Judgement.unjudged(
            f"the limit is one at alpha/beta {limit.alpha_beta_gy:g} Gy: it says nothing of {alpha_beta:g} Gy"
        )
    if limit.includes_recovery and any(recovered.values()):
        return Judgement.unjudged("the limit already includes recovery: it would be taken off twice")
    return None


def _judged(
    limit: CumulativeLimit, limit_gy: float, value: MetricValue, full: MetricValue, *, is_tried: bool
) -> Judgement:
    """The verdict on a tried value; a recovery that somebody tries has no source and makes none `within`."""
    judged, plain = (
        judge(
            one.value,
            limit.comparator,
            limit=Limit(low=limit_gy, high=limit_gy),
            uncertainty=one.uncertainty,
            reason=one.reason,
        )
        for one in (value, full)
    )
    if not is_tried:
        return judged
    return borderline_by_unsourced_rule(judged, plain=plain, recovered_gy=value.value, full_gy=full.value)
