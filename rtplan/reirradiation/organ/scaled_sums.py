"""The sum of an organ with the new plan, or what is left of it, given more or less dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dicom_io.dvh import DVH, Metric, MetricValue, compute_dvh
from rtplan.courses import Course
from rtplan.reirradiation.organ.context import Organ, recovered_total
from rtplan.sums import CumulativeField, DosePart

__all__ = ["ScaledSum", "ScaledSums"]

FloatArray = NDArray[np.float64]


class ScaledSum:
    """A sum of which one course is scaled: whatever limit asks, the curve at a factor is made once.

    Parameters
    ----------
    organ : Organ
    total : CumulativeField
    label : str
        Of the course that is scaled.
    """

    def __init__(self, organ: Organ, total: CumulativeField, label: str) -> None:
        self._organ, self._total, self._label = organ, total, label
        self._known: dict[float, DVH] = {}

    def metric(self, metric: Metric, factor: float) -> MetricValue:
        """Return a metric by the DVH engine."""
        if factor not in self._known:
            scaled = self._total.with_course_scaled(self._label, factor)
            self._known[factor] = compute_dvh(self._organ.structure, scaled)
        return self._known[factor].metric(metric)

    def near(self, metric: Metric, factor: float) -> float:
        """Return a metric of few of the organ's points, Gy; NaN where one of them is not covered."""
        fixed, scaled = self._at_points
        doses = fixed.copy()
        for part, delivered in scaled:
            doses += replace(part, dose_factor=factor).eqd2_of(delivered, self._total.alpha_beta)
        return self._organ.few.metric(metric, doses)

    @cached_property
    def _at_points(self) -> tuple[FloatArray, list[tuple[DosePart, FloatArray]]]:
        """EQD2 of all that is not scaled, and what each part that is scaled delivers as planned, Gy."""
        points = self._organ.few.organ.points
        fixed = np.zeros(len(points))
        scaled = []
        for part in self._total.parts:
            if part.course == self._label:
                scaled.append((part, part.physical_at(points)))
            else:
                fixed += part.eqd2_at(points, self._total.alpha_beta)
        return fixed, scaled


class ScaledSums:
    """Every scaled sum of an organ, made when it is asked for.

    Parameters
    ----------
    organ : Organ
    """

    def __init__(self, organ: Organ) -> None:
        self.organ = organ
        self._known: dict[tuple[tuple[int, ...] | None, bool], ScaledSum] = {}

    def of_plan(self, *, recovered: bool) -> ScaledSum:
        """Return the sum of which the whole new plan is scaled."""
        if (None, recovered) not in self._known:
            total = _total(self.organ, recovered=recovered)
            self._known[None, recovered] = ScaledSum(self.organ, total, self.organ.context.new.label)
        return self._known[None, recovered]

    def of_rest(self, given: tuple[int, ...], *, recovered: bool) -> ScaledSum:
        """Return the sum of which only the fractions still to come are scaled."""
        if (given, recovered) not in self._known:
            new = self.organ.context.new
            split = _split(_total(self.organ, recovered=recovered), new, given)
            self._known[given, recovered] = ScaledSum(self.organ, split, _rest_label(new.label))
        return self._known[given, recovered]


def _total(organ: Organ, *, recovered: bool) -> CumulativeField:
    if recovered:
        return recovered_total(organ.context, organ.choice.alpha_beta, organ.recovery)
    return organ.context.joined.total(organ.choice.alpha_beta)


def _rest_label(label: str) -> str:
    return f"{label}, still to come"


def _split(total: CumulativeField, course: Course, given: Sequence[int]) -> CumulativeField:
    """Return the sum with each phase of the new course as two parts: fractions given and those to come."""
    parts = [part for part in total.parts if part.course != course.label]
    phases = [part for part in total.parts if part.course == course.label]
    for part, k in zip(phases, given, strict=True):
        n = part.n_fractions
        if k > 0:
            parts.append(replace(part, dose_factor=part.dose_factor * k / n, n_fractions=k))
        if k < n:
            parts.append(
                replace(
                    part,
                    course=_rest_label(course.label),
                    dose_factor=part.dose_factor * (n - k) / n,
                    n_fractions=n - k,
                )
            )
    return replace(total, parts=tuple(parts))
