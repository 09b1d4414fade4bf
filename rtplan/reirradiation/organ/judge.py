"""The verdict on a cumulative limit: from the voxel sum where there is one, else from the bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dicom_io.dvh import MetricValue
from rtplan.interval import Interval
from rtplan.limits import CumulativeLimit, Judgement, Limit, NamedRecoveryLimit, Verdict, judge
from rtplan.sums import Bounds

__all__ = ["judge_sum", "stands_beside", "why_not_in_force"]

_NOT_NAMED: Final = (
    "it includes recovery, so it judges only where the case names it with a reason (recovery_limit); "
    "nobody named it"
)


def judge_sum(
    limit: CumulativeLimit,
    value: MetricValue,
    bounds: Bounds,
    *,
    plain: Judgement | None = None,
    deformed: bool = False,
) -> Judgement:
    """Judge a cumulative metric.

    A voxel sum is judged as a value with its uncertainty. One outside the bounds does not pass; only
    the mean of a deformed sum does, where its bounds keep the limit too: they have no width, and a transform
    that does not preserve volume moves it past them.
    Without it the bounds decide where both lie on one side of the limit; a limit between them is borderline.

    Parameters
    ----------
    limit : CumulativeLimit
    value : MetricValue
        The voxel sum, with recovery taken off where a rule was chosen.
    bounds : Bounds
        Of the same quantity; each end has its own half-width.
    plain : Judgement, optional
        The same limit judged without recovery; a different verdict is said.
    deformed : bool
        Whether a deformable registration takes part in the sum.

    Returns
    -------
    Judgement
    """
    if value.value is not None:
        found = _by_voxel_sum(limit, value, bounds, deformed=deformed)
    else:
        found = _by_bounds(limit, bounds, value.reason)
    if plain is None or plain.verdict is found.verdict:
        return found
    said = f"{plain.verdict.value} without recovery"
    return replace(found, reason=f"{found.reason}; {said}" if found.reason else said)


def _judge(limit: CumulativeLimit, value: float, uncertainty: float | None) -> Judgement:
    return judge(
        value,
        limit.comparator,
        limit=Limit(low=limit.eqd2_gy, high=limit.eqd2_gy),
        uncertainty=uncertainty,
    )


def _by_voxel_sum(limit: CumulativeLimit, value: MetricValue, bounds: Bounds, *, deformed: bool) -> Judgement:
    assert value.value is not None
    found = _judge(limit, value.value, value.uncertainty)
    if found.verdict is Verdict.WITHIN and bounds.contradict(value.value, value.uncertainty):
        reason = "the voxel sum lies outside the bounds: registration or contours of the courses disagree"
        if deformed and limit.metric.kind == "Mean" and _is_within(limit, bounds):
            return replace(found, reason=f"{reason}; both keep the limit")
        return Judgement.unjudged(reason, margin=found.margin)
    return found


def _is_within(limit: CumulativeLimit, bounds: Bounds) -> bool:
    """Whether the upper bound keeps a limit."""
    if bounds.high is None:
        return False
    return _judge(limit, bounds.high, bounds.high_uncertainty).verdict is Verdict.WITHIN


def _by_bounds(limit: CumulativeLimit, bounds: Bounds, no_sum: str | None) -> Judgement:
    """Decide where both bounds lie on one side; the larger upper bound judges."""
    lowest = None if bounds.low is None else _judge(limit, bounds.low, bounds.low_uncertainty)
    if lowest is not None and lowest.verdict is Verdict.EXCEEDS:
        return replace(lowest, reason=f"by the lower bound of {bounds.low:.2f} Gy, without registration")
    if bounds.high is None:
        why = "; ".join(reason for reason in (no_sum, bounds.reason) if reason) or "nothing bounds the sum"
        return Judgement.unjudged(why)
    highest = _judge(limit, bounds.high, bounds.high_uncertainty)
    if highest.verdict is Verdict.WITHIN:
        return replace(highest, reason=f"by the upper bound of {bounds.high:.2f} Gy, without registration")
    low = "unknown" if bounds.low is None else f"{bounds.low:.2f}"
    reason = f"the limit lies between the bounds of {low} and {bounds.high:.2f} Gy"
    return Judgement(verdict=Verdict.BORDERLINE, reason=reason, margin=highest.margin)


def why_not_in_force(
    limit: CumulativeLimit,
    *,
    intervals: Sequence[Interval],
    named: Sequence[NamedRecoveryLimit],
    recovery: str,
) -> str | None:
    """Say why a limit does not judge; None where it does, as every limit without recovery.

    Parameters
    ----------
    limit : CumulativeLimit
    intervals : sequence of Interval
        From each earlier course to the new one.
    named : sequence of NamedRecoveryLimit
        Limits that include recovery and shall judge.
    recovery : str
        The chosen rule; ``"none"`` where every course counts in full.
    """
    if limit.recovery_interval is None:
        return None
    outside = limit.recovery_interval.why_outside(intervals)
    if outside is not None:
        return outside
    if recovery != "none":
        return f"it includes recovery: the rule {recovery!r} would take it off twice"
    return None if any(one.is_of(limit) for one in named) else _NOT_NAMED


def stands_beside(limit: CumulativeLimit, others: Sequence[CumulativeLimit]) -> bool:
    """Whether a limit of the same organ and metric without recovery judges in a limit's place."""
    return limit.includes_recovery and any(
        (other.organ, other.metric) == (limit.organ, limit.metric) and not other.includes_recovery
        for other in others
    )
