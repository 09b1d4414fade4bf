"""What a value means against a limit: within, exceeds, borderline or not evaluable.

Neither borderline nor a check that could not be made is ever a pass.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from rtplan.errors import RtplanValueError

__all__ = [
    "COMPARATORS",
    "Comparator",
    "Judgement",
    "Limit",
    "Verdict",
    "borderline_by_unsourced_rule",
    "judge",
    "margin_to_limit",
]

Comparator = Literal["<", "<=", ">", ">="]
COMPARATORS: Final[tuple[Comparator, ...]] = ("<", "<=", ">", ">=")


class Verdict(StrEnum):
    """The four answers a check can give, the gravest first."""

    EXCEEDS = "exceeds"
    BORDERLINE = "borderline"
    NOT_EVALUABLE = "not_evaluable"
    WITHIN = "within"

    @property
    def is_pass(self) -> bool:
        """Only `within` is a pass."""
        return self is Verdict.WITHIN

    @property
    def gravity(self) -> int:
        """0 for `exceeds` up to 3 for `within`; a table of verdicts is sorted by it."""
        return list(Verdict).index(self)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A published limit: one number, or a range of which nobody says which end holds.

    Attributes
    ----------
    low, high : float
        Equal for a single number; both finite and not negative.

    Examples
    --------
    >>> Limit.parse("10-15")
    Limit(low=10.0, high=15.0)
    >>> str(Limit.parse("38.0"))
    '38'
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and 0 <= self.low <= self.high):
            raise RtplanValueError(
                f"a limit is one number or a range low-high, got {self.low} and {self.high}"
            )

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Read ``"38"`` or ``"10-15"``.

        Raises
        ------
        RtplanValueError
            If the text is neither.
        """
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:[-–]\s*(\d+(?:\.\d+)?)\s*)?", text)
        if found is None:
            raise RtplanValueError(f"limit {text!r} is neither a number nor a range such as 10-15")
        low = float(found[1])
        return cls(low=low, high=float(found[2]) if found[2] else low)

    @property
    def is_range(self) -> bool:
        """Whether the two ends differ."""
        return self.low != self.high

    def strictest(self, comparator: Comparator) -> float:
        """The end that is hardest to keep."""
        return self.low if comparator in ("<", "<=") else self.high

    def loosest(self, comparator: Comparator) -> float:
        """The end that is easiest to keep."""
        return self.high if comparator in ("<", "<=") else self.low

    def __str__(self) -> str:
        return f"{self.low:g}-{self.high:g}" if self.is_range else f"{self.low:g}"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A verdict and why.

    Attributes
    ----------
    verdict : Verdict
    reason : str or None
        Given for `borderline` and `not_evaluable`; None where the numbers speak for themselves.
    margin : float or None
        Room to the strictest reading of the limit, in the metric's unit; negative when it is passed.
    """

    verdict: Verdict
    reason: str | None
    margin: float | None

    @classmethod
    def unjudged(cls, reason: str | None, *, margin: float | None = None) -> Judgement:
        """Return that nothing could be judged, and why."""
        return cls(verdict=Verdict.NOT_EVALUABLE, reason=reason, margin=margin)

    def __post_init__(self) -> None:
        if self.verdict in (Verdict.BORDERLINE, Verdict.NOT_EVALUABLE) and not self.reason:
            raise RtplanValueError(f"{self.verdict} needs a reason")


def judge(
    value: float | None,
    comparator: Comparator,
    *,
    limit: Limit,
    uncertainty: float | None,
    reason: str | None = None,
) -> Judgement:
    """Judge a value against a limit.

    Borderline when the limit lies inside value +/- uncertainty, ends included, or the value inside a
    published range, ends included. Without uncertainty a tie keeps ``<=`` and breaks ``<``.

    Parameters
    ----------
    value : float or None
        In the limit's unit; None where it could not be computed.
    comparator : {"<", "<=", ">", ">="}
        What keeps the limit.
    limit : Limit
    uncertainty : float or None
        Half-width with 95 % coverage, same unit; None where none could be stated, which is said.
    reason : str, optional
        Why there is no value.

    Returns
    -------
    Judgement

    Raises
    ------
    RtplanValueError
        If the comparator is unknown, or value or uncertainty is not finite or the latter negative.

    Examples
    --------
    >>> judge(37.2, "<=", limit=Limit(low=38, high=38), uncertainty=0.3).verdict.value
    'within'
    >>> judge(38.2, "<=", limit=Limit(low=38, high=38), uncertainty=0.3).verdict.value
    'borderline'
    >>> judge(38.0, "<", limit=Limit(low=38, high=38), uncertainty=0.0).verdict.value
    'exceeds'
    """
    _check(value, comparator, uncertainty)
    if value is None:
        return Judgement.unjudged(reason or "there is no value")
    margin = margin_to_limit(value, comparator, limit=limit)
    half_width = uncertainty or 0.0
    unsure = _why_borderline(value, comparator, limit, half_width)
    if unsure:
        return Judgement(verdict=Verdict.BORDERLINE, reason=unsure, margin=margin)
    kept = _keeps(value, comparator, limit.strictest(comparator))
    note = "no uncertainty is stated for this value" if uncertainty is None else None
    return Judgement(verdict=Verdict.WITHIN if kept else Verdict.EXCEEDS, reason=note, margin=margin)


def borderline_by_unsourced_rule(
    found: Judgement, *, plain: Judgement, recovered_gy: float | None, full_gy: float | None
) -> Judgement:
    """Return a verdict that rests on a recovery rule without a source: borderline, neither kept nor exceeded.

    Parameters
    ----------
    found, plain : Judgement
        With the rule, and without any recovery; where both have one verdict it does not rest on the rule.
    recovered_gy, full_gy : float or None
        The sums of both, for the words.

    Examples
    --------
    >>> limit = Limit(low=90, high=90)
    >>> with_rule, without = (judge(sum_gy, "<=", limit=limit, uncertainty=0.0) for sum_gy in (80, 100))
    >>> borderline_by_unsourced_rule(with_rule, plain=without, recovered_gy=80, full_gy=100).verdict.value
    'borderline'
    """
    if found.verdict is plain.verdict or found.verdict not in (Verdict.WITHIN, Verdict.EXCEEDS):
        return found
    known = recovered_gy is not None and full_gy is not None
    values = f": {recovered_gy:.2f} Gy with it, {full_gy:.2f} Gy without" if known else ""
    how = "kept" if found.verdict is Verdict.WITHIN else "exceeded"
    reason = (
        f"{how} only by a recovery rule that has no source{values}; {plain.verdict.value} without recovery"
    )
    return Judgement(verdict=Verdict.BORDERLINE, reason=reason, margin=found.margin)


def margin_to_limit(value: float, comparator: Comparator, *, limit: Limit) -> float:
    """Room to the strictest reading of a limit, negative when it is passed.

    Examples
    --------
    >>> margin_to_limit(36.5, "<=", limit=Limit(low=38, high=40))
    1.5
    >>> margin_to_limit(4.0, ">", limit=Limit(low=3, high=3))
    1.0
    """
    room = limit.strictest(comparator) - value
    return room if comparator in ("<", "<=") else -room


def _check(value: float | None, comparator: Comparator, uncertainty: float | None) -> None:
    if comparator not in COMPARATORS:
        raise RtplanValueError(f"comparator {comparator!r} is none of {', '.join(COMPARATORS)}")
    if value is not None and not math.isfinite(value):
        raise RtplanValueError(f"a value to be judged must be finite, got {value}; pass None with a reason")
    if uncertainty is not None and not (math.isfinite(uncertainty) and uncertainty >= 0):
        raise RtplanValueError(f"an uncertainty is a half-width of 0 or more, got {uncertainty}")


def _why_borderline(value: float, comparator: Comparator, limit: Limit, half_width: float) -> str | None:
    """Why neither keeping nor passing the limit can be said, or None."""
    strict, loose = limit.strictest(comparator), limit.loosest(comparator)
    if (
        limit.is_range
        and limit.low <= value <= limit.high
        and not (value == loose and not _keeps(value, comparator, loose))
    ):
        return f"the value lies inside the published range {limit}"
    for end in dict.fromkeys((strict, loose)):
        if half_width > 0 and abs(value - end) <= half_width:
            return f"the limit {end:g} lies inside {value:.6g} +/- {half_width:.3g}"
    return None


def _keeps(value: float, comparator: Comparator, end: float) -> bool:
    """Compare as written, ties included."""
    return {"<": value < end, "<=": value <= end, ">": value > end, ">=": value >= end}[comparator]
