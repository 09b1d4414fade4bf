"""An organ's cumulative metrics with one input changed: alpha/beta, recovery, or where the earlier doses lie.

The searches for what flips a verdict walk along the same places for every limit of an organ. There each sum
is made once and every metric read from it; only where a search closes in does a limit need sums of its own.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.dvh import Metric
from rtplan.reirradiation.organ.context import Organ, curves_at
from rtplan.reirradiation.organ.joined import bounds_of, course_eqd2_dvh
from rtplan.sums import OrganCurve

__all__ = ["MovedSums", "ShiftWalks"]

FloatArray = NDArray[np.float64]

_UNSTATED_SHIFT_MM: Final = 10.0
"""How far a shift is looked for where no uncertainty was stated; a range that is searched, no assumption."""
_SHIFT_PARTS: Final = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class ShiftWalks:
    """Metrics along straight ways of all earlier doses from where they lie.

    Attributes
    ----------
    directions : ndarray, shape (26, 3)
        Unit vectors to the faces, edges and corners of a cube.
    lengths_mm : ndarray, shape (places,)
        From 0 to the furthest.
    values_gy : dict of Metric to ndarray, shape (26, places)
        NaN where part of the organ is not covered.
    """

    directions: FloatArray
    lengths_mm: FloatArray
    values_gy: dict[Metric, FloatArray]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Assumed:
    """The sum of an organ at one alpha/beta and one recovered fraction; made when it is looked at."""

    organ: Organ
    alpha_beta: float
    recovered: float

    @cached_property
    def doses(self) -> FloatArray:
        """EQD2 at the organ's points, Gy."""
        return self.organ.movable.converted(self.alpha_beta, self.recovered)

    @cached_property
    def curves(self) -> list[OrganCurve] | None:
        """What the courses' own curves say; None where one says nothing."""
        organ = self.organ
        courses = (*organ.context.priors, organ.context.new)
        own = (*organ.match.priors, organ.structure)
        eqd2 = {
            course.label: dvh
            for course, structure in zip(courses, own, strict=True)
            if structure is not None
            and (
                dvh := course_eqd2_dvh(
                    course, structure, organ.dvhs.physical.get(course.label), self.alpha_beta
                )
            )
            is not None
        }
        found = curves_at(organ.context, organ.match, eqd2, self.alpha_beta)
        curves = [curve for curve in found if curve is not None]
        if len(curves) < len(courses):
            return None
        exact = [curve.as_exact for curve in curves]  # the bound is searched, not its half-width
        return [*(curve.times(1.0 - self.recovered) for curve in exact[:-1]), exact[-1]]


class MovedSums:
    """Cumulative metrics of an organ at any alpha/beta, recovery and shift: the voxel sum, else its bounds.

    Parameters
    ----------
    organ : Organ
    judged : sequence of Metric
        Those with a limit.
    """

    def __init__(self, organ: Organ, judged: Sequence[Metric]) -> None:
        self.organ, self.metrics, self.judged = organ, organ.metrics, tuple(judged)
        total = organ.dvhs.total
        self.exact = {metric: None if total is None else total.metric(metric) for metric in self.metrics}
        self._kept: dict[tuple[float, float], dict[Metric, tuple[float, float]]] = {}
        self._stated: dict[Metric, float] = {}
        self._unmoved: dict[Metric, float] = {}

    def is_at_points(self, metric: Metric) -> bool:
        """Whether there is a voxel sum of the metric."""
        exact = self.exact[metric]
        return exact is not None and exact.value is not None

    def keep(self, places: Sequence[tuple[float, float | None]], metrics: Sequence[Metric]) -> None:
        """Compute metrics at several alpha/beta and recovered fractions; asked for there, they are known."""
        for ratio, recovered in places:
            known = self._kept.setdefault((ratio, recovered or 0.0), {})
            missing = [metric for metric in metrics if metric not in known]
            here = _Assumed(organ=self.organ, alpha_beta=ratio, recovered=recovered or 0.0)
            known |= {metric: self._ends(here, metric) for metric in missing}

    def ends(self, metric: Metric, alpha_beta: float, recovered: float | None) -> tuple[float, float]:
        """Return the smallest and the largest that a metric can be; the same number for a voxel sum."""
        known = self._kept.get((alpha_beta, recovered or 0.0), {}).get(metric)
        if known is not None:
            return known
        here = _Assumed(organ=self.organ, alpha_beta=alpha_beta, recovered=recovered or 0.0)
        return self._ends(here, metric)

    def _ends(self, here: _Assumed, metric: Metric) -> tuple[float, float]:
        if self.is_at_points(metric):
            there = self.organ.movable.metric(metric, here.doses)
            value = self._exact_gy(metric) + there - self._at_points_as_stated(metric)
            return value, value
        if here.curves is None:
            return math.nan, math.nan
        found = bounds_of(metric, here.curves)
        return (math.nan if found.low is None else found.low), (
            math.nan if found.high is None else found.high
        )

    def _exact_gy(self, metric: Metric) -> float:
        exact = self.exact[metric]
        assert exact is not None
        assert exact.value is not None
        return exact.value

    def _at_points_as_stated(self, metric: Metric) -> float:
        if metric not in self._stated:
            self._stated[metric] = self.organ.movable.metric(metric, self._doses_as_stated)
        return self._stated[metric]

    @cached_property
    def _doses_as_stated(self) -> FloatArray:
        return self.organ.movable.converted(self.organ.choice.alpha_beta, 0.0)

    @property
    def furthest_mm(self) -> float:
        """How far a shift is looked for."""
        stated = self.organ.context.uncertainty
        return _UNSTATED_SHIFT_MM if stated is None else stated.shift_mm

    @cached_property
    def walks(self) -> ShiftWalks:
        """Every metric with a limit, all earlier doses shifted in 26 directions."""
        directions = _directions()
        lengths = np.linspace(0.0, self.furthest_mm, _SHIFT_PARTS + 1)
        judged = [metric for metric in self.judged if self.is_at_points(metric)]
        values = {metric: np.empty((len(directions), len(lengths))) for metric in judged}
        for row, direction in enumerate(directions):
            for column, length in enumerate(lengths):
                here = self._shifted_doses(length * direction) if row == 0 or column > 0 else None
                for metric in judged:
                    values[metric][row, column] = (
                        values[metric][0, 0] if here is None else self._shifted_metric(metric, here)
                    )
        return ShiftWalks(directions=directions, lengths_mm=lengths, values_gy=values)

    def shifted(self, metric: Metric, shift: FloatArray) -> float:
        """Return a metric with all earlier doses shifted, mm, and with the recovery that was chosen."""
        return self._shifted_metric(metric, self._shifted_doses(shift))

    def _shifted_doses(self, shift: FloatArray) -> FloatArray:
        recovery = self.organ.recovery
        return self.organ.few.shifted(shift, recovered=recovery.fractions if recovery.is_chosen else None)

    def _shifted_metric(self, metric: Metric, here: FloatArray) -> float:
        if metric not in self._unmoved:
            self._unmoved[metric] = self.organ.few.metric(metric, self._few_unmoved)
        return self._exact_gy(metric) + self.organ.few.metric(metric, here) - self._unmoved[metric]

    @cached_property
    def _few_unmoved(self) -> FloatArray:
        return self.organ.few.shifted(np.zeros(3))


def _directions() -> FloatArray:
    """Unit vectors to the faces, edges and corners of a cube."""
    steps = [
        np.array(step, dtype=np.float64) for step in itertools.product((-1, 0, 1), repeat=3) if any(step)
    ]
    return np.stack([step / np.linalg.norm(step) for step in steps])
