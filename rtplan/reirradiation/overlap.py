"""The courses' own metrics inside the part of today's organ that earlier isodoses hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dicom_io.dvh import DVH, Metric, MetricValue, compute_dvh
from dicom_io.objects import Structure
from rtplan.courses import Isodose
from rtplan.reirradiation.organ import Joined, MetricSum, OrganRecovery, OverlapCourse, OverlapSum
from rtplan.sums import CumulativeField, IsodoseShare, Overlap, overlap_of

__all__ = ["OrganOverlap", "organ_overlap"]

_VOLUME = Metric(kind="V", at=0.0, at_unit="Gy", unit="cc")


@dataclass(frozen=True, kw_only=True, eq=False)
class OrganOverlap:
    """One organ at one alpha/beta inside earlier isodoses, for any metric.

    Attributes
    ----------
    isodose : Isodose
    levels_gy : mapping of str to float
        Physical dose of the isodose in each earlier course, by label.
    overlap : Overlap or None
        None with `reason`.
    fields : mapping of str to CumulativeField
        EQD2 of each course in the frame of today's organ, by label.
    wholes : mapping of str to DVH
        Of the whole organ in each.
    reason : str or None
        Why no overlap is known.
    """

    isodose: Isodose
    levels_gy: Mapping[str, float]
    overlap: Overlap | None
    fields: Mapping[str, CumulativeField]
    wholes: Mapping[str, DVH]
    reason: str | None

    def added(self, metric: Metric, recovery: OrganRecovery) -> OverlapSum:
        """Return the sum of a metric of each course inside the overlap."""
        if self.overlap is None:
            reason = self.reason or "no overlap is known"
            return OverlapSum(
                isodose=str(self.isodose),
                volume=MetricValue.absent(_VOLUME, reason=reason),
                courses=(),
                total=MetricSum.absent(metric, reason=reason),
            )
        values = {
            label: self.overlap.metric(metric, field, self.wholes[label])
            for label, field in self.fields.items()
        }
        return OverlapSum(
            isodose=str(self.isodose),
            volume=self.overlap.volume,
            courses=tuple(
                OverlapCourse(label=label, isodose_gy=self.levels_gy.get(label), eqd2=value)
                for label, value in values.items()
            ),
            total=_total(metric, values, recovery),
        )


def _total(metric: Metric, values: Mapping[str, MetricValue], recovery: OrganRecovery) -> MetricSum:
    """Add the values; a reason that all courses share is said once."""
    reasons = {value.reason for value in values.values()}
    if len(reasons) == 1 and (reason := next(iter(reasons))) is not None:
        return MetricSum.absent(metric, reason=reason)
    return MetricSum.of(
        metric,
        values,
        recovered=recovery.fractions if recovery.is_chosen else None,
        not_recovered=recovery.reason,
    )


def organ_overlap(
    joined: Joined, structure: Structure, *, alpha_beta: float, isodose: Isodose
) -> OrganOverlap:
    """Lay earlier isodoses over today's organ.

    Parameters
    ----------
    joined : Joined
    structure : Structure
        The organ, in the frame of reference of the sum.
    alpha_beta : float
        Gy.
    isodose : Isodose
        Per cent are those of each course's own prescription as delivered.

    Returns
    -------
    OrganOverlap
        With the reason where no transform leads to a course, or one states no prescription.
    """
    levels = {one.course.label: isodose.of_course(one.course) for one in joined.priors}
    unknown = [label for label, level in levels.items() if level is None]
    known = {label: level for label, level in levels.items() if level is not None}
    reason = joined.reason
    if reason is None and unknown:
        reason = f"{', '.join(unknown)}: no prescription is stated, so {isodose} of it is no dose"
    if reason is not None:
        return OrganOverlap(
            isodose=isodose, levels_gy=known, overlap=None, fields={}, wholes={}, reason=reason
        )
    total = joined.total(alpha_beta)
    fields = {one.course.label: total.of_course(one.course.label) for one in joined.courses}
    share = IsodoseShare(
        doses=tuple(joined.physical(label) for label in known), levels_gy=tuple(known.values())
    )
    return OrganOverlap(
        isodose=isodose,
        levels_gy=known,
        overlap=overlap_of(structure, share),
        fields=fields,
        wholes={label: compute_dvh(structure, field) for label, field in fields.items()},
        reason=None,
    )
