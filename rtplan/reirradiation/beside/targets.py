"""The target's side of a re-irradiation: what GTV, CTV and PTV have received in all, never with recovery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bed import eqd2_to_bed
from dicom_io.dvh import Metric, MetricValue, compute_dvh
from dicom_io.objects import Structure
from rtplan.courses import Course
from rtplan.errors import RtplanValueError
from rtplan.names import drawn_targets
from rtplan.reirradiation.organ import Joined, course_eqd2_dvh, metric_of, physical_dvh

__all__ = ["TARGET_METRICS", "TargetDose", "target_doses", "target_structures"]

TARGET_METRICS: Final = ("D98%[Gy]", "D50%[Gy]", "D2%[Gy]", "Mean[Gy]")
"""Near-minimum, median and near-maximum after ICRU 83, and the mean."""


@dataclass(frozen=True, kw_only=True)
class TargetDose:
    """One metric of one target.

    Attributes
    ----------
    name : str
        Structure of the new course.
    alpha_beta_gy : float
    metric : str
    new_gy : MetricValue
        EQD2 of the new course alone.
    total_gy : MetricValue
        EQD2 of the voxel sum, every course in full.
    """

    name: str
    alpha_beta_gy: float
    metric: str
    new_gy: MetricValue
    total_gy: MetricValue

    @property
    def total_bed_gy(self) -> float | None:
        """The summed metric as BED, Gy; None where there is none."""
        value = self.total_gy.value
        return None if value is None else float(eqd2_to_bed(value, self.alpha_beta_gy))


def target_structures(course: Course) -> tuple[Structure, ...]:
    """Return the structures that are targets; what counts as one says `rtplan.names.target_of`."""
    return tuple(s for s, _ in drawn_targets(course.structures))


def target_doses(new: Course, joined: Joined, *, alpha_beta: float) -> tuple[TargetDose, ...]:
    """Sum what the new course's targets have received.

    Parameters
    ----------
    new : Course
    joined : Joined
    alpha_beta : float
        Of the tumour, Gy, above 0; stated by the user.

    Returns
    -------
    tuple of TargetDose
        One for each target and metric; without a voxel sum the totals carry the reason.
    """
    if not alpha_beta > 0:
        raise RtplanValueError(f"target alpha/beta {alpha_beta} Gy; above 0 Gy is needed")
    return tuple(
        dose for target in target_structures(new) for dose in _of_target(target, new, joined, alpha_beta)
    )


def _of_target(target: Structure, new: Course, joined: Joined, alpha_beta: float) -> list[TargetDose]:
    own = course_eqd2_dvh(new, target, physical_dvh(new, target), alpha_beta)
    total = None if joined.reason else compute_dvh(target, joined.total(alpha_beta))
    why = joined.reason or "there is no voxel sum"
    return [
        TargetDose(
            name=target.name,
            alpha_beta_gy=alpha_beta,
            metric=text,
            new_gy=metric_of(own, Metric.parse(text), reason="no curve in the new course"),
            total_gy=metric_of(total, Metric.parse(text), reason=why),
        )
        for text in TARGET_METRICS
    ]
