"""The courses' own values of one metric, added: what clinics write down. It bounds and judges nothing.

The hottest parts of two courses may meet or lie apart, so the voxel sum may lie on either side of it. It
stands beside the voxel sum and the bounds because records ask which way of adding was used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dicom_io.dvh import Metric, MetricValue

__all__ = ["NO_BOUND", "Method", "MetricSum", "OverlapCourse", "OverlapSum"]

NO_BOUND: Final = "no bound"
"""Said beside each such sum."""


class Method(StrEnum):
    """How the courses were added in the number that judges: the sums of metrics are none of them."""

    VOXEL_SUM = "voxel sum"
    BOUNDS = "bounds without registration"


@dataclass(frozen=True, kw_only=True, eq=False)
class MetricSum:
    """The sum of the courses' own values of a metric, in Gy EQD2: no bound.

    Attributes
    ----------
    plain : MetricValue
        Every course in full.
    with_recovery : MetricValue
        With what the chosen rule takes off each earlier course.

    Examples
    --------
    >>> metric = Metric.parse("D2cc[Gy]")
    >>> values = {
    ...     "prior": MetricValue(text="D2cc[Gy]", value=48.0, unit="Gy", uncertainty=0.2),
    ...     "new": MetricValue(text="D2cc[Gy]", value=50.5, unit="Gy", uncertainty=0.1),
    ... }
    >>> added = MetricSum.of(metric, values, recovered=None, not_recovered="no recovery was chosen")
    >>> added.plain
    D2cc[Gy]: 98.5 ± 0.3 Gy
    >>> added.with_recovery
    D2cc[Gy]: not computable (no recovery was chosen)
    """

    plain: MetricValue
    with_recovery: MetricValue

    @classmethod
    def of(
        cls,
        metric: Metric,
        values: Mapping[str, MetricValue],
        *,
        recovered: Sequence[float] | None,
        not_recovered: str | None,
    ) -> MetricSum:
        """Add values of one metric.

        Parameters
        ----------
        metric : Metric
        values : mapping of str to MetricValue
            EQD2 by course label, earlier courses in order, the new one last.
        recovered : sequence of float or None
            Fraction taken off each earlier course; None where no rule applies.
        not_recovered : str or None
            Why none applies.

        Returns
        -------
        MetricSum
            Without a value, and with the reason, where the metric of one course has none.
        """
        plain = _added(metric, values, [1.0] * len(values))
        if recovered is None:
            reason = not_recovered or "no recovery was chosen"
            return cls(plain=plain, with_recovery=MetricValue.absent(metric, reason=reason))
        kept = [*(1.0 - fraction for fraction in recovered), 1.0]
        return cls(plain=plain, with_recovery=_added(metric, values, kept))

    @classmethod
    def absent(cls, metric: Metric, *, reason: str) -> MetricSum:
        """Return that there is no sum, and why."""
        nothing = MetricValue.absent(metric, reason=reason)
        return cls(plain=nothing, with_recovery=nothing)


@dataclass(frozen=True, kw_only=True, eq=False)
class OverlapCourse:
    """What one course gave the overlap.

    Attributes
    ----------
    label : str
    isodose_gy : float or None
        Physical dose of this course that bounds the overlap; None for the new course, which bounds none.
    eqd2 : MetricValue
        The metric inside the overlap.
    """

    label: str
    isodose_gy: float | None
    eqd2: MetricValue


@dataclass(frozen=True, kw_only=True, eq=False)
class OverlapSum:
    """The courses' own values of a metric inside the overlap, added: no bound.

    The overlap is the part of today's organ where the physical dose of an earlier course, carried over by the
    transform, is at least the isodose; of several earlier courses, where one of them is.

    Attributes
    ----------
    isodose : str
        As stated.
    volume : MetricValue
        Of the overlap, cc; with the reason where it is not known.
    courses : tuple of OverlapCourse
        Earlier ones in order, the new one last; empty where the overlap is not known.
    total : MetricSum
    """

    isodose: str
    volume: MetricValue
    courses: tuple[OverlapCourse, ...]
    total: MetricSum


def _added(metric: Metric, values: Mapping[str, MetricValue], kept: Sequence[float]) -> MetricValue:
    """Return the sum of what is kept of each value; half-widths add up as the values do."""
    missing = [
        value.reason if label in value.reason else f"{label}: {value.reason}"
        for label, value in values.items()
        if value.reason is not None
    ]
    if missing:
        return MetricValue.absent(metric, reason="; ".join(missing))
    parts = list(zip(values.values(), kept, strict=True))
    return MetricValue(
        text=str(metric),
        value=sum(share * (value.value or 0.0) for value, share in parts),
        unit=metric.unit,
        uncertainty=sum(share * (value.uncertainty or 0.0) for value, share in parts),
    )
