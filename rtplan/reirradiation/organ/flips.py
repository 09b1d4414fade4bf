"""Which input would flip an organ's verdict, and the range of its sum over what is uncertain.

The DVH engine's own value is moved by differences on the organ's points, so nothing is summed on a dose grid
again. Without a voxel sum the bound that decided is followed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.dvh import Metric
from rtplan.limits import CumulativeLimit, Judgement, Verdict
from rtplan.reirradiation.organ.context import Organ, curves_at
from rtplan.reirradiation.organ.flip import Flip, nearest_crossing
from rtplan.reirradiation.organ.joined import bounds_of, course_eqd2_dvh
from rtplan.sums import MovableSum

__all__ = ["flips_of", "interval_bands"]

FloatArray = NDArray[np.float64]

_UNSTATED_SHIFT_MM: Final = 10.0
"""How far a shift is looked for where no uncertainty was stated; a range that is searched, no assumption."""
_UNSTATED_FACTOR: Final = 2.0
"""Alpha/beta is looked for from half to twice the stated value where no interval was stated."""
_BAND_STEPS: Final = 9
_SHIFT_PARTS: Final = 4
_SHIFT_POINTS: Final = 20_000
"""Points that a shift is searched on: many directions and lengths are tried."""


def flips_of(
    organ: Organ, metric: Metric, limit: CumulativeLimit | None, judgement: Judgement | None
) -> tuple[Flip, ...]:
    """Return one line for each input; none where there is no verdict to flip."""
    if limit is None or judgement is None or judgement.verdict is Verdict.NOT_EVALUABLE:
        return ()
    judged = _Judged(organ, metric, limit, judgement.verdict)
    if not math.isfinite(judged.value):
        return ()
    return (judged.by_alpha_beta(), judged.by_recovery(), judged.by_shift(), judged.by_numerics())


def interval_bands(organ: Organ, metric: Metric) -> dict[str, Any]:
    """Return the range of the sum over the stated intervals of alpha/beta and of recovery, None without."""
    name, stated = organ.choice.organ, organ.choice.alpha_beta
    ratios = organ.context.alpha_beta_intervals.get(name)
    fractions = None if organ.is_target else organ.context.recovery_intervals.get(name)
    sums = _Sums(organ, metric)
    by_ratio = None
    if ratios is not None:
        by_ratio = _range([sums.ends(float(r), None) for r in np.linspace(*ratios, _BAND_STEPS)])
    by_fraction = None
    if fractions is not None:
        by_fraction = _range([sums.ends(stated, fraction) for fraction in fractions])
    return {"alpha_beta_band_gy": by_ratio, "recovery_band_gy": by_fraction}


def _range(ends: list[tuple[float, float]]) -> tuple[float, float] | None:
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None


class _Sums:
    """An organ's cumulative metric at any alpha/beta and recovery: the voxel sum, else its bounds."""

    def __init__(self, organ: Organ, metric: Metric) -> None:
        self.organ, self.metric = organ, metric
        total = organ.dvhs.total
        self.exact = None if total is None else total.metric(metric)
        self.at_points = self.exact is not None and self.exact.value is not None

    def ends(self, alpha_beta: float, recovered: float | None) -> tuple[float, float]:
        """Return the smallest and the largest that the metric can be; the same number for a voxel sum."""
        if self.at_points:
            value = self.of_voxels(alpha_beta, recovered)
            return value, value
        return self._of_bounds(alpha_beta, recovered)

    def of_voxels(self, alpha_beta: float, recovered: float | None) -> float:
        assert self.exact is not None
        assert self.exact.value is not None
        sums = self.organ.movable
        here = sums.converted(alpha_beta, recovered or 0.0)
        plain = sums.converted(self.organ.choice.alpha_beta, 0.0)
        return self.exact.value + sums.metric(self.metric, here) - sums.metric(self.metric, plain)

    def shifted(self, shift: FloatArray, recovered: tuple[float, ...] | None) -> float:
        """Return the metric with all earlier doses shifted."""
        assert self.exact is not None
        assert self.exact.value is not None
        sums = self.few
        here = sums.shifted(shift, recovered=recovered)
        plain = sums.shifted(np.zeros(3))
        return self.exact.value + sums.metric(self.metric, here) - sums.metric(self.metric, plain)

    @cached_property
    def few(self) -> MovableSum:
        """The organ on fewer points."""
        return self.organ.movable.thinned(_SHIFT_POINTS)

    def _of_bounds(self, alpha_beta: float, recovered: float | None) -> tuple[float, float]:
        organ = self.organ
        courses = (*organ.context.priors, organ.context.new)
        own = (*organ.match.priors, organ.structure)
        eqd2 = {
            course.label: dvh
            for course, structure in zip(courses, own, strict=True)
            if structure is not None
            and (dvh := course_eqd2_dvh(course, structure, organ.dvhs.physical.get(course.label), alpha_beta))
            is not None
        }
        curves = [c for c in curves_at(organ.context, organ.match, eqd2, alpha_beta) if c is not None]
        if len(curves) < len(courses):
            return math.nan, math.nan
        kept = 1.0 - (recovered or 0.0)
        exact = [replace(c, ends=None) for c in curves]  # what is searched is the bound, not its half-width
        found = bounds_of(self.metric, [*(c.times(kept) for c in exact[:-1]), exact[-1]])
        return (math.nan if found.low is None else found.low), (
            math.nan if found.high is None else found.high
        )


class _Judged:
    """One verdict, and the searches for what would change it."""

    def __init__(self, organ: Organ, metric: Metric, limit: CumulativeLimit, verdict: Verdict) -> None:
        self.organ, self.limit, self.verdict = organ, limit, verdict
        self.sums = _Sums(organ, metric)
        self.fractions = organ.recovery.fractions if organ.recovery.is_chosen else None
        self.recovered = _common(self.fractions)
        recovered_dvh = organ.dvhs.recovered
        known = self.sums.exact if recovered_dvh is None else recovered_dvh.metric(metric)
        self.uncertainty = (
            (known.uncertainty or 0.0) if known is not None and known.value is not None else 0.0
        )
        self.value = self._value_at(organ.choice.alpha_beta, self.recovered)

    def _value_at(self, alpha_beta: float, recovered: float | None) -> float:
        """The number that decides: the voxel sum, the upper bound of a pass, the lower one of a failure."""
        low, high = self.sums.ends(alpha_beta, recovered)
        return low if self.verdict is Verdict.EXCEEDS else high

    def _edges(self) -> list[tuple[float, str]]:
        """Values at which the verdict stops being what it is, and what it becomes."""
        limit, half = self.limit.eqd2_gy, self.uncertainty
        beyond = "borderline" if half else ""
        if self.verdict is Verdict.WITHIN:
            return [(limit - half, beyond or "exceeds")]
        if self.verdict is Verdict.EXCEEDS:
            return [(limit + half, beyond or "within")]
        return [(limit - half, "within"), (limit + half, "exceeds")]

    def _solved(
        self,
        name: str,
        unit: str,
        value_at: Callable[[float], float],
        stated: float,
        low: float,
        high: float,
        *,
        parts: int = 8,
    ) -> Flip:
        found = [
            (at, becomes)
            for edge, becomes in self._edges()
            if (
                at := nearest_crossing(
                    lambda x, edge=edge: value_at(x) - edge,  # type: ignore[misc]
                    stated=stated,
                    low=low,
                    high=high,
                    parts=parts,
                )
            )
            is not None
        ]
        at, becomes = min(found, key=lambda one: abs(one[0] - stated), default=(None, None))
        return Flip(input=name, unit=unit, stated=stated, low=low, high=high, at=at, becomes=becomes, note="")

    def by_alpha_beta(self) -> Flip:
        """Search alpha/beta, the limit kept as a number."""
        stated = self.organ.choice.alpha_beta
        if not math.isfinite(stated):
            return _not_searched("alpha/beta", "Gy", "it is infinite")
        low, high = self.organ.context.alpha_beta_intervals.get(
            self.organ.choice.organ, (stated / _UNSTATED_FACTOR, stated * _UNSTATED_FACTOR)
        )
        return self._solved(
            "alpha/beta", "Gy", lambda x: self._value_at(x, self.recovered), stated, low, high
        )

    def by_recovery(self) -> Flip:
        """Search one recovered fraction, the same for all earlier courses."""
        if self.limit.includes_recovery:
            return _not_searched("recovered fraction", "", "the limit already includes recovery")
        if self.organ.is_target:
            return _not_searched("recovered fraction", "", "a target never recovers")
        if self.fractions is not None and self.recovered is None:
            return _not_searched("recovered fraction", "", "the rule takes several fractions off")
        ratio = self.organ.choice.alpha_beta
        return self._solved(
            "recovered fraction", "", lambda x: self._value_at(ratio, x), self.recovered or 0.0, 0.0, 1.0
        )

    def by_shift(self) -> Flip:
        """Search the shortest shift of all earlier doses in 26 directions."""
        if not self.sums.at_points:
            return _not_searched("registration shift", "mm", "the bounds use no registration")
        stated = self.organ.context.uncertainty
        furthest = _UNSTATED_SHIFT_MM if stated is None else stated.shift_mm
        best = self._along(_directions()[0], furthest)
        for direction in _directions()[1:]:
            flip = self._along(direction, furthest if best.at is None else best.at)
            best = flip if flip.at is not None else best
        return replace(best, high=furthest)

    def _along(self, direction: FloatArray, furthest: float) -> Flip:
        flip = self._solved(
            "registration shift",
            "mm",
            lambda length: self.sums.shifted(length * direction, self.fractions),
            0.0,
            0.0,
            furthest,
            parts=_SHIFT_PARTS,
        )
        if flip.at is None:
            return flip
        vector = ", ".join(f"{part * flip.at:+.1f}" for part in direction)
        return replace(flip, note=f"x, y, z: {vector}")

    def by_numerics(self) -> Flip:
        """The half-width that the verdict can bear, held against the one that the value has."""
        if not self.sums.at_points:
            return _not_searched("numerics", "Gy", "the half-width of the bounds is in their verdict")
        margin = abs(self.limit.eqd2_gy - self.value)
        bears = margin if margin <= self.uncertainty else None
        becomes = None if bears is None else ("within" if self.value < self.limit.eqd2_gy else "exceeds")
        return Flip(
            input="numerics",
            unit="Gy",
            stated=self.uncertainty,
            low=0.0,
            high=self.uncertainty,
            at=bears,
            becomes=becomes,
            note="" if bears is None else "with a half-width below this",
        )


def _not_searched(name: str, unit: str, why: str) -> Flip:
    return Flip(input=name, unit=unit, stated=None, low=None, high=None, at=None, becomes=None, note=why)


def _common(fractions: tuple[float, ...] | None) -> float | None:
    """The one fraction that a rule takes off every course; None where there are none or several."""
    return fractions[0] if fractions and len(set(fractions)) == 1 else None


def _directions() -> list[FloatArray]:
    """Unit vectors to the faces, edges and corners of a cube."""
    steps = [
        np.array(step, dtype=np.float64) for step in itertools.product((-1, 0, 1), repeat=3) if any(step)
    ]
    return [step / np.linalg.norm(step) for step in steps]
