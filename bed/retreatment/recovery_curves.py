"""Curves of recovery with time: steps, points, a linear rise, damage that decays.

Each gives the fraction of an earlier course's EQD2 or BED that is forgotten after an interval in days, or
None where its source gives no value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bed.arguments import non_negative, positive
from bed.errors import BedValueError

__all__ = [
    "DAYS_PER_MONTH",
    "DAYS_PER_YEAR",
    "DamageDecay",
    "LinearRecovery",
    "RecoveryCurve",
    "RecoveryEdge",
    "RecoveryPoints",
    "RecoverySteps",
]

DAYS_PER_YEAR: Final = 365.25
DAYS_PER_MONTH: Final = DAYS_PER_YEAR / 12


@dataclass(frozen=True, kw_only=True)
class RecoveryEdge:
    """A jump of a step rule, seen from both sides.

    Attributes
    ----------
    edge_days : float
        Interval at which the rule jumps, in days.
    before, after : float or None
        Fraction just below and just above the edge; None where the source gives no value.
    """

    edge_days: float
    before: float | None
    after: float | None


@dataclass(frozen=True, kw_only=True)
class RecoverySteps:
    """Constant fractions between edges; an interval equal to an edge belongs to the later step.

    Attributes
    ----------
    edges_days : tuple of float
        Start of each step in days, ascending; the last step is open.
    fractions : tuple of float or None
        One fraction in [0, 1] per step, never falling; None where the source gives no value.
    """

    edges_days: tuple[float, ...]
    fractions: tuple[float | None, ...]

    def __post_init__(self) -> None:
        if not self.edges_days or len(self.edges_days) != len(self.fractions):
            raise BedValueError("a step rule needs one fraction for each of its edges")
        if any(b <= a for a, b in pairwise(self.edges_days)) or self.edges_days[0] < 0:
            raise BedValueError(f"edges must ascend from 0 days or later, got {self.edges_days}")
        _check_rising([f for f in self.fractions if f is not None])

    def at(self, interval_days: float) -> float | None:
        """Fraction after an interval, or None where the source gives no value."""
        step = sum(edge <= interval_days for edge in self.edges_days) - 1
        return self.fractions[step] if step >= 0 else None

    def edge_near(self, interval_days: float, *, within_days: float) -> RecoveryEdge | None:
        """Nearest jump no further away than `within_days`, or None."""
        jumps = [
            RecoveryEdge(edge_days=edge, before=before, after=after)
            for edge, (before, after) in zip(self.edges_days[1:], pairwise(self.fractions), strict=True)
            if before != after and abs(edge - interval_days) <= within_days
        ]
        return min(jumps, key=lambda jump: abs(jump.edge_days - interval_days), default=None)


@dataclass(frozen=True, kw_only=True)
class RecoveryPoints:
    """Published points joined by straight lines; nothing is said outside the first and last.

    Attributes
    ----------
    days : tuple of float
        Intervals of the points, ascending.
    fractions : tuple of float
        Fractions in [0, 1], never falling.
    """

    days: tuple[float, ...]
    fractions: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.days) < 2 or len(self.days) != len(self.fractions):
            raise BedValueError("points need at least two intervals and one fraction for each")
        if any(b <= a for a, b in pairwise(self.days)) or self.days[0] < 0:
            raise BedValueError(f"intervals must ascend from 0 days or later, got {self.days}")
        _check_rising(self.fractions)

    def at(self, interval_days: float) -> float | None:
        """Fraction after an interval, or None outside the published points."""
        for (t0, f0), (t1, f1) in pairwise(zip(self.days, self.fractions, strict=True)):
            if t0 <= interval_days <= t1:
                return f0 + (f1 - f0) * (interval_days - t0) / (t1 - t0)
        return None

    def edge_near(self, interval_days: float, *, within_days: float) -> RecoveryEdge | None:
        """Where the published points begin or end, if no further away than `within_days`."""
        if abs(interval_days - self.days[0]) <= within_days:
            return RecoveryEdge(edge_days=self.days[0], before=None, after=self.fractions[0])
        if abs(interval_days - self.days[-1]) <= within_days:
            return RecoveryEdge(edge_days=self.days[-1], before=self.fractions[-1], after=None)
        return None


@dataclass(frozen=True, kw_only=True)
class DamageDecay:
    r"""Damage that decays towards a part that stays: fraction :math:`(1-f_\infty)(1-e^{-t/\tau})`.

    Attributes
    ----------
    permanent_fraction : float
        :math:`f_\infty`, the part of the effect that is never forgotten, in [0, 1].
    time_constant_days : float
        :math:`\tau` in days, positive.
    """

    permanent_fraction: float
    time_constant_days: float

    def __post_init__(self) -> None:
        _check_fraction(self.permanent_fraction, "permanent_fraction")
        positive(self.time_constant_days, "time_constant_days", unit="days")

    def at(self, interval_days: float) -> float:
        """Fraction after an interval."""
        return (1 - self.permanent_fraction) * -math.expm1(-interval_days / self.time_constant_days)

    def edge_near(self, interval_days: float, *, within_days: float) -> None:
        """Return None: this curve is continuous."""


@dataclass(frozen=True, kw_only=True)
class LinearRecovery:
    """Recovery linear in time from a start, up to a largest fraction.

    Attributes
    ----------
    start_days : float
        No recovery before this interval.
    fraction_per_year : float
        Slope after the start, not negative.
    largest_fraction : float
        Ceiling in [0, 1].
    """

    start_days: float
    fraction_per_year: float
    largest_fraction: float

    def __post_init__(self) -> None:
        non_negative(self.start_days, "start_days", unit="days")
        non_negative(self.fraction_per_year, "fraction_per_year", unit="per year")
        _check_fraction(self.largest_fraction, "largest_fraction")

    def at(self, interval_days: float) -> float:
        """Fraction after an interval."""
        years = max(0.0, interval_days - self.start_days) / DAYS_PER_YEAR
        return min(self.largest_fraction, self.fraction_per_year * years)

    def edge_near(self, interval_days: float, *, within_days: float) -> None:
        """Return None: this curve is continuous."""


RecoveryCurve = RecoverySteps | RecoveryPoints | DamageDecay | LinearRecovery
"""One of the four."""


def _check_fraction(value: float, name: str) -> None:
    """Refuse what does not lie between 0 and 1."""
    if not 0 <= value <= 1:
        raise BedValueError(f"{name} must lie in [0, 1], got {value}; did you pass a percentage?")


def _check_rising(fractions: Sequence[float]) -> None:
    """Refuse fractions that fall with time or are none."""
    for value in fractions:
        _check_fraction(value, "fraction")
    if any(b < a for a, b in pairwise(fractions)):
        raise BedValueError(f"recovery cannot fall with time, got {tuple(fractions)}")
