"""Which input would flip an organ's verdict, and the range of its sum over what is uncertain.

The DVH engine's own value is moved by differences on the organ's points, so nothing is summed on a dose grid
again. Without a voxel sum the bound that decided is followed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.dvh import Metric
from rtplan.limits import CumulativeLimit, Judgement, Verdict
from rtplan.reirradiation.organ.flip import Flip, nearest_crossing
from rtplan.reirradiation.organ.moved_sums import MovedSums, ShiftWalks

__all__ = ["flips_of", "interval_bands"]

FloatArray = NDArray[np.float64]

_UNSTATED_FACTOR: Final = 2.0
"""Alpha/beta is looked for from half to twice the stated value where no interval was stated."""
_BAND_STEPS: Final = 9
_PARTS: Final = 8
"""Of each side of a stated number."""


def flips_of(
    sums: MovedSums, metric: Metric, limit: CumulativeLimit | None, judgement: Judgement | None
) -> tuple[Flip, ...]:
    """Return one line for each input; none where there is no verdict to flip."""
    if limit is None or judgement is None or judgement.verdict is Verdict.NOT_EVALUABLE:
        return ()
    judged = _Judged(sums, metric, limit, judgement.verdict)
    if not math.isfinite(judged.value):
        return ()
    return (judged.by_alpha_beta(), judged.by_recovery(), judged.by_shift(), judged.by_numerics())


def interval_bands(sums: MovedSums, metric: Metric) -> dict[str, Any]:
    """Return the range of the sum over the stated intervals of alpha/beta and of recovery, None without."""
    organ = sums.organ
    name, stated = organ.choice.organ, organ.choice.alpha_beta
    ratios = organ.context.alpha_beta_intervals.get(name)
    fractions = None if organ.is_target else organ.context.recovery_intervals.get(name)
    by_ratio = by_fraction = None
    if ratios is not None:
        by_ratio = _range_at(
            sums, metric, [(ratio, None) for ratio in np.linspace(*ratios, _BAND_STEPS).tolist()]
        )
    if fractions is not None:
        by_fraction = _range_at(sums, metric, [(stated, fraction) for fraction in fractions])
    return {"alpha_beta_band_gy": by_ratio, "recovery_band_gy": by_fraction}


def _range_at(
    sums: MovedSums, metric: Metric, places: Sequence[tuple[float, float | None]]
) -> tuple[float, float] | None:
    sums.keep(places, sums.metrics)
    ends = [sums.ends(metric, *place) for place in places]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Crossing:
    """Where a metric first passes an edge along one direction: between which lengths."""

    direction: FloatArray
    low_mm: float
    high_mm: float
    excess_low_gy: float
    estimate_mm: float
    edge_gy: float
    becomes: str


def _crossings(walks: ShiftWalks, excess_gy: FloatArray, edge_gy: float, becomes: str) -> Iterator[_Crossing]:
    """Yield the first crossing of each direction; nothing is looked for beyond a place not covered."""
    for direction, along in zip(walks.directions, excess_gy, strict=True):
        known = np.cumprod(np.isfinite(along)).astype(bool)
        passed = known[1:] & (along[:-1] * along[1:] <= 0) & (along[:-1] != along[1:])
        if passed.any():
            k = int(np.argmax(passed))
            low, high = walks.lengths_mm[k : k + 2].tolist()
            before, after = along[k : k + 2].tolist()
            yield _Crossing(
                direction=direction,
                low_mm=low,
                high_mm=high,
                excess_low_gy=before,
                estimate_mm=low + (high - low) * before / (before - after),
                edge_gy=edge_gy,
                becomes=becomes,
            )


def _walked(stated: float, low: float, high: float) -> list[float]:
    """Return where `nearest_crossing` looks first."""
    return [
        place
        for end in (low, high)
        if end != stated
        for place in np.linspace(stated, end, _PARTS + 1).tolist()
    ]


class _Judged:
    """One verdict, and the searches for what would change it."""

    def __init__(self, sums: MovedSums, metric: Metric, limit: CumulativeLimit, verdict: Verdict) -> None:
        organ = sums.organ
        self.sums, self.organ, self.metric, self.limit, self.verdict = sums, organ, metric, limit, verdict
        self.fractions = organ.recovery.fractions if organ.recovery.is_chosen else None
        self.recovered = _common(self.fractions)
        recovered_dvh = organ.dvhs.recovered
        known = sums.exact[metric] if recovered_dvh is None else recovered_dvh.metric(metric)
        self.uncertainty = (
            (known.uncertainty or 0.0) if known is not None and known.value is not None else 0.0
        )
        self.value = self._value_at(organ.choice.alpha_beta, self.recovered)

    def _value_at(self, alpha_beta: float, recovered: float | None) -> float:
        """The number that decides: the voxel sum, the upper bound of a pass, the lower one of a failure."""
        low, high = self.sums.ends(self.metric, alpha_beta, recovered)
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
    ) -> Flip:
        found = [
            (at, becomes)
            for edge, becomes in self._edges()
            if (
                at := nearest_crossing(
                    lambda x, edge=edge: value_at(x) - edge,  # type: ignore[misc]  # a default keeps its edge
                    stated=stated,
                    low=low,
                    high=high,
                    parts=_PARTS,
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
        self._keep([(ratio, self.recovered) for ratio in _walked(stated, low, high)])
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
        self._keep([(ratio, fraction) for fraction in _walked(self.recovered or 0.0, 0.0, 1.0)])
        return self._solved(
            "recovered fraction", "", lambda x: self._value_at(ratio, x), self.recovered or 0.0, 0.0, 1.0
        )

    def _keep(self, places: Sequence[tuple[float, float | None]]) -> None:
        self.sums.keep(places, self.sums.judged)

    def by_shift(self) -> Flip:
        """Search the shortest shift of all earlier doses in 26 directions."""
        if not self.sums.is_at_points(self.metric):
            return _not_searched("registration shift", "mm", "the bounds use no registration")
        furthest, walks = self.sums.furthest_mm, self.sums.walks
        none = Flip(
            input="registration shift", unit="mm", stated=0.0, low=0.0, high=furthest, at=None, becomes=None
        )
        crossings = sorted(
            (
                crossing
                for edge, becomes in self._edges()
                for crossing in _crossings(walks, walks.values_gy[self.metric] - edge, edge, becomes)
            ),
            key=lambda crossing: crossing.estimate_mm,
        )
        best = none
        for crossing in crossings:
            at = self._solved_along(crossing, furthest if best.at is None else best.at)
            if at is not None:
                vector = ", ".join(f"{part * at:+.1f}" for part in crossing.direction)
                best = replace(none, at=at, becomes=crossing.becomes, note=f"x, y, z: {vector}")
        return best

    def _solved_along(self, crossing: _Crossing, furthest: float) -> float | None:
        """Return the length of a shift that crosses an edge, where it is no longer than the furthest."""
        # Deferred: scipy.optimize takes longer to import than most commands take to run.
        from scipy.optimize import brentq  # noqa: PLC0415 - scipy loads only where it is used

        def excess(length: float) -> float:
            return self.sums.shifted(self.metric, length * crossing.direction) - crossing.edge_gy

        if crossing.low_mm >= furthest:
            return None
        if crossing.high_mm > furthest and crossing.excess_low_gy * excess(furthest) > 0:
            return None
        high = min(crossing.high_mm, furthest)
        return float(brentq(excess, crossing.low_mm, high, xtol=1e-6, rtol=1e-9))

    def by_numerics(self) -> Flip:
        """The half-width that the verdict can bear, held against the one that the value has."""
        if not self.sums.is_at_points(self.metric):
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
