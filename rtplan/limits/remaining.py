"""How much dose is left below a cumulative limit.

Two readings, which answer different questions and are labelled so. *Point*: a point that received the
earlier metric in full may receive so much more in n fractions. *Plan*: the new plan, scaled by one factor at
its own number of fractions, brings its voxel-sum metric to the limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from bed import dose_per_fraction_for_bed, eqd2_to_bed
from rtplan.errors import RtplanValueError
from rtplan.text import ABSENT, Cell, Column, number_cell, range_text

__all__ = [
    "REMAINING_AT_POINT_COLUMNS",
    "REMAINING_COLUMNS",
    "Basis",
    "PlanFactor",
    "Remaining",
    "plan_factor",
    "remaining_at_point",
]

_LARGEST_FACTOR: Final = 1024.0
_FACTOR_TOLERANCE: Final = 1e-7
_FOUND_GY: Final = 3e-6
"""A factor that meets the limit so closely is found: the engine's own rounding."""
_MOST_STEPS: Final = 8
_SAME_GY: Final = 0.01


class Basis(StrEnum):
    """What a remaining dose is read from."""

    POINT = "point"
    POINT_AT_LEAST = "point, at least"
    POINT_AT_MOST = "point, at most"
    IN_PLACE_OF_LAST = "point, in place of the last course"
    AFTER_ALL = "point, after all courses"
    PLAN = "plan"
    REST_BY_PLAN = "rest of the course, plan"
    REST_AT_POINT = "rest of the course, point"
    REST_AT_LEAST = "rest of the course, point, at least"
    REST_AT_MOST = "rest of the course, point, at most"

    @property
    def is_certain_at_a_point(self) -> bool:
        """Whether a point of the organ may receive so much, whatever is not known of the earlier courses."""
        return self in (Basis.POINT, Basis.POINT_AT_LEAST)

    @property
    def is_of_the_rest(self) -> bool:
        """Whether it speaks of the fractions of the new course that are still to come."""
        return self in (Basis.REST_BY_PLAN, Basis.REST_AT_POINT, Basis.REST_AT_LEAST, Basis.REST_AT_MOST)

    @property
    def from_bounds(self) -> tuple[Basis, Basis]:
        """The readings from the upper and from the lower bound, where the metric is not known exactly."""
        if self is Basis.POINT:
            return Basis.POINT_AT_LEAST, Basis.POINT_AT_MOST
        if self is Basis.REST_AT_POINT:
            return Basis.REST_AT_LEAST, Basis.REST_AT_MOST
        raise RtplanValueError(f"{self.value} is not read from bounds")


@dataclass(frozen=True, kw_only=True)
class Remaining:
    """The dose that is left, in one reading and one number of fractions.

    Attributes
    ----------
    basis : Basis
        What it is read from.
    n_fractions : int
    recovery : str
        Name of the recovery rule, ``"none"`` where the earlier courses count in full.
    total_dose_gy, dose_per_fraction_gy : float or None
        Physical dose, Gy; 0 when the limit is already spent; None where it cannot be computed.
    reason : str or None
        Why it is 0 or None.
    factor : float or None
        Of the plan reading: what the new plan's dose is multiplied by.
    low_gy, high_gy : float or None
        Total dose where the metric that it rests on lies at either end of its numerical uncertainty; None
        where that is not known.
    in_place_of : str or None
        The last course, which the reading replaces.
    is_without_repair : bool
        The fractions of a day count as one: nothing is repaired between them.
    """

    basis: Basis
    n_fractions: int
    recovery: str
    total_dose_gy: float | None
    dose_per_fraction_gy: float | None
    reason: str | None = None
    factor: float | None = None
    low_gy: float | None = None
    high_gy: float | None = None
    in_place_of: str | None = None
    is_without_repair: bool = False

    @classmethod
    def absent(cls, basis: Basis, *, n_fractions: int, recovery: str, reason: str) -> Remaining:
        """Return a reading that cannot be computed, and why."""
        return cls(
            basis=basis,
            n_fractions=n_fractions,
            recovery=recovery,
            total_dose_gy=None,
            dose_per_fraction_gy=None,
            reason=reason,
        )

    @property
    def reading(self) -> str:
        """The basis in words, with what it rests on beside."""
        basis = self.basis.value if self.in_place_of is None else f"point, in place of {self.in_place_of}"
        return f"no repair within a day: {basis}" if self.is_without_repair else basis

    def __repr__(self) -> str:
        recovery = "" if self.recovery == "none" else f" with recovery {self.recovery}"
        start = f"Remaining({self.reading}{recovery}, {self.n_fractions} fractions: "
        if self.total_dose_gy is None:
            return f"{start}not computable: {self.reason})"
        return f"{start}{self.total_dose_gy:.4g} Gy{f'; {self.reason}' if self.reason else ''})"

    def unread(self, reason: str) -> Remaining:
        """Return the same reading without a number, and why."""
        nothing = Remaining.absent(
            self.basis, n_fractions=self.n_fractions, recovery=self.recovery, reason=reason
        )
        return replace(nothing, in_place_of=self.in_place_of)

    def relabelled(self, basis: Basis) -> Remaining:
        """Return the same numbers under a more exact name of what they rest on."""
        return replace(self, basis=basis)


def _total_cell(left: Remaining) -> Cell:
    """Return the total with its ends over the half-width of what it rests on, where they differ."""
    cell = number_cell(left.total_dose_gy)
    if left.low_gy is None or left.high_gy is None or left.high_gy - left.low_gy < _SAME_GY:
        return cell
    return replace(cell, note=range_text(left.low_gy, left.high_gy))


def _factor_cell(left: Remaining) -> Cell:
    text = ABSENT if left.factor is None else f"\N{MULTIPLICATION SIGN} {left.factor:.3f}"
    return Cell(text=text, is_number=True)


REMAINING_COLUMNS: Final[tuple[Column[Remaining], ...]] = (
    Column(key="n_fractions", heading="fractions", read=lambda left: left.n_fractions),
    Column(key="basis", heading="reading", read=lambda left: left.reading),
    Column(key="recovery", heading="recovery", read=lambda left: left.recovery),
    Column(
        key="total_dose_gy",
        heading="total",
        unit="Gy",
        read=lambda left: left.total_dose_gy,
        show=_total_cell,
    ),
    Column(
        key="dose_per_fraction_gy",
        heading="per fraction",
        unit="Gy",
        read=lambda left: left.dose_per_fraction_gy,
    ),
    Column(key="factor", heading="of the new plan", read=lambda left: left.factor, show=_factor_cell),
    Column(key="low_gy", read=lambda left: left.low_gy),
    Column(key="high_gy", read=lambda left: left.high_gy),
    Column(key="reason", heading="why", read=lambda left: left.reason),
)
"""One reading of the dose that is left."""

_OF_PLANS: Final = ("factor", "low_gy", "high_gy")
REMAINING_AT_POINT_COLUMNS: Final = tuple(
    column for column in REMAINING_COLUMNS if column.key not in _OF_PLANS
)
"""The same where only regimens are known: no plan to scale, no numerical half-width."""


def remaining_at_point(
    limit_eqd2_gy: float,
    earlier_eqd2_gy: float,
    *,
    n_fractions: int,
    alpha_beta: float,
    recovery: str = "none",
    uncertainty_gy: float | None = None,
) -> Remaining:
    """Dose that a point may still receive in n equal, fully repaired fractions below a cumulative limit.

    The dose per fraction solves D (d + alpha/beta) / (2 + alpha/beta) = limit - earlier, with D = n d.

    Parameters
    ----------
    limit_eqd2_gy : float
        Cumulative limit, Gy EQD2 at this alpha/beta, not negative.
    earlier_eqd2_gy : float
        What the earlier courses gave, Gy EQD2 at the same alpha/beta, not negative, recovery taken off.
    n_fractions : int
        Whole, at least 1.
    alpha_beta : float
        Gy, above 0.
    recovery : str
        Name of the rule that `earlier_eqd2_gy` has been reduced by, for the label.
    uncertainty_gy : float, optional
        Half-width of `earlier_eqd2_gy`, Gy EQD2: gives the ends of the reading.

    Returns
    -------
    Remaining
        0 Gy with the reason when the earlier courses have spent the limit.

    Examples
    --------
    >>> left = remaining_at_point(90.0, 50.0, n_fractions=5, alpha_beta=3)
    >>> left.total_dose_gy, left.dose_per_fraction_gy
    (25.0, 5.0)
    >>> remaining_at_point(50.0, 52.0, n_fractions=5, alpha_beta=3).reason
    'the earlier courses already gave 52 of 50 Gy EQD2'
    """
    for name, value in (("limit", limit_eqd2_gy), ("earlier dose", earlier_eqd2_gy)):
        if not (math.isfinite(value) and value >= 0):
            raise RtplanValueError(f"{name} of {value} Gy EQD2: a finite value of at least 0 is needed")
    left = limit_eqd2_gy - earlier_eqd2_gy
    doubt = uncertainty_gy or 0.0
    low, middle, high = (
        _per_fraction(room, n_fractions, alpha_beta) for room in (left - doubt, left, left + doubt)
    )
    reason = None
    if left <= 0:
        reason = f"the earlier courses already gave {earlier_eqd2_gy:.4g} of {limit_eqd2_gy:.4g} Gy EQD2"
    found = _point(middle, n_fractions, recovery, reason)
    if uncertainty_gy is None:
        return found
    return replace(found, low_gy=low * n_fractions, high_gy=high * n_fractions)


def _per_fraction(left_gy: float, n_fractions: int, alpha_beta: float) -> float:
    """Dose per fraction that spends what is left, Gy EQD2; 0 where nothing is."""
    return dose_per_fraction_for_bed(eqd2_to_bed(max(left_gy, 0.0), alpha_beta), n_fractions, alpha_beta)


def _point(per_fraction: float, n_fractions: int, recovery: str, reason: str | None) -> Remaining:
    return Remaining(
        basis=Basis.POINT,
        n_fractions=n_fractions,
        recovery=recovery,
        total_dose_gy=per_fraction * n_fractions,
        dose_per_fraction_gy=per_fraction,
        reason=reason,
    )


@dataclass(frozen=True, kw_only=True)
class PlanFactor:
    """What the new plan's dose may be multiplied by.

    Attributes
    ----------
    factor : float or None
        0 when the limit is spent without the new plan; None where no factor can be given.
    reason : str or None
        Why it is 0 or None.
    """

    factor: float | None
    reason: str | None = None


def plan_factor(
    metric_at: Callable[[float], float | None],
    limit_eqd2_gy: float,
    *,
    near: Callable[[float], float] | None = None,
) -> PlanFactor:
    """Find the factor on the new plan's dose that brings its cumulative metric to the limit.

    Parameters
    ----------
    metric_at : callable
        Factor to the cumulative metric in Gy EQD2, not falling with the factor; None where not computable.
    limit_eqd2_gy : float
        Gy EQD2.
    near : callable, optional
        The same metric in little time, off by what hardly changes with the factor; NaN where not known.

    Returns
    -------
    PlanFactor

    Examples
    --------
    >>> plan_factor(lambda factor: 30 + 20 * factor**2, 35.0)
    PlanFactor(factor=0.5, reason=None)
    >>> plan_factor(lambda factor: 51 + factor, 50.0)
    PlanFactor(factor=0.0, reason='without the new plan the metric is already 51 of 50 Gy EQD2')
    """
    without = metric_at(0.0)
    if without is None:
        return PlanFactor(factor=None, reason="the cumulative metric cannot be computed")
    if without >= limit_eqd2_gy:
        reason = f"without the new plan the metric is already {without:.4g} of {limit_eqd2_gy:.4g} Gy EQD2"
        return PlanFactor(factor=0.0, reason=reason)
    above = _first_above(metric_at, limit_eqd2_gy)
    if above is None:
        return PlanFactor(factor=None, reason="the new plan gives this metric next to nothing: no factor")
    found = None if near is None else _followed(metric_at, near, limit_eqd2_gy, above)
    return PlanFactor(factor=_root(metric_at, limit_eqd2_gy, above) if found is None else found)


def _first_above(metric_at: Callable[[float], float | None], limit: float) -> float | None:
    """Double the factor until the metric reaches the limit."""
    factor = 1.0
    while factor <= _LARGEST_FACTOR:
        value = metric_at(factor)
        if value is not None and value >= limit:
            return factor
        factor *= 2
    return None


def _followed(
    metric_at: Callable[[float], float | None], near: Callable[[float], float], limit: float, above: float
) -> float | None:
    """Solve the metric near to the one asked for, corrected by a line through how far it was off before.

    None where that leads nowhere.
    """
    # Deferred: scipy.optimize takes longer to import than most commands take to run.
    from scipy.optimize import brentq  # noqa: PLC0415 - scipy loads only where it is used

    before, factor = 0.0, above
    off_before, off = _off(metric_at, near, before), _off(metric_at, near, factor)
    for _ in range(_MOST_STEPS):
        slope = (off - off_before) / (factor - before)

        def excess(trial: float, slope: float = slope, at: float = factor, off: float = off) -> float:
            return near(trial) + off + slope * (trial - at) - limit

        if not excess(0.0) < 0 <= excess(above):
            return None
        before, off_before = factor, off
        factor = float(brentq(excess, 0.0, above, xtol=_FACTOR_TOLERANCE / 100, rtol=_FACTOR_TOLERANCE / 100))
        off = _off(metric_at, near, factor)
        if abs(near(factor) + off - limit) <= _FOUND_GY or abs(factor - before) <= _FACTOR_TOLERANCE:
            return factor
    return None


def _off(metric_at: Callable[[float], float | None], near: Callable[[float], float], factor: float) -> float:
    value = metric_at(factor)
    return math.nan if value is None else value - near(factor)


def _root(metric_at: Callable[[float], float | None], limit: float, above: float) -> float:
    # Deferred: scipy.optimize takes longer to import than most commands take to run.
    from scipy.optimize import brentq  # noqa: PLC0415 - scipy loads only where it is used

    def excess(factor: float) -> float:
        value = metric_at(factor)
        if value is None:
            raise RtplanValueError(f"the cumulative metric cannot be computed at {factor:g} of the new plan")
        return value - limit

    return float(brentq(excess, 0.0, above, xtol=_FACTOR_TOLERANCE, rtol=_FACTOR_TOLERANCE))
