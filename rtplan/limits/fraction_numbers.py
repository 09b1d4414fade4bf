"""For which numbers of fractions a published limit holds, and whether a plan is one of them.

A limit for three fractions is never applied to five.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final, Literal

from rtplan.errors import RtplanValueError

__all__ = ["CONVENTIONAL_GY_PER_FRACTION", "FractionMatch", "FractionNumbers"]

CONVENTIONAL_GY_PER_FRACTION: Final = (1.8, 2.0)
"""Dose per fraction of the prescription, Gy, that the tables call conventional; ends included."""

_ROUNDING_GY: Final = 1e-6
_NO_UPPER_END: Final = 10_000
_UNIT: Final = r"(?:\s*(?:fx|fxs|fr|frs|#|fractions?))?"
_RANGE: Final = re.compile(
    rf"(?P<low>\d{{1,4}})(?:\.0*)?(?:\s*(?:[-–]|to)\s*(?P<high>\d{{1,4}})(?:\.0*)?)?{_UNIT}", re.IGNORECASE
)
_BOUND: Final = re.compile(rf"(?P<sign><=|>=|<|>|≤|≥)\s*(?P<number>\d{{1,4}})(?:\.0*)?{_UNIT}", re.IGNORECASE)
_CONVENTIONAL: Final = re.compile(r"conventional(\s*\(.*\))?", re.IGNORECASE)
_ANY: Final = ("any", "all")


@dataclass(frozen=True, kw_only=True)
class FractionMatch:
    """Whether a limit's fraction number is the plan's.

    Attributes
    ----------
    matches : bool or None
        None where the plan does not say enough.
    reason : str or None
        Why not, or what is missing.
    """

    matches: bool | None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class FractionNumbers:
    """The fraction numbers a limit was published for.

    Attributes
    ----------
    kind : {"numbers", "conventional", "any", "other"}
        ``"other"`` is text that no plan can be compared with, such as ``"EBRT+BT"``.
    text : str
        As published.
    low, high : int or None
        Inclusive ends of ``"numbers"``.

    Examples
    --------
    >>> FractionNumbers.parse("1-5").match(5, dose_per_fraction=None).matches
    True
    >>> FractionNumbers.parse("3").match(5, dose_per_fraction=None).reason
    'the limit is for 3 fractions, the plan has 5'
    """

    kind: Literal["numbers", "conventional", "any", "other"]
    text: str
    low: int | None = None
    high: int | None = None

    def __post_init__(self) -> None:
        if (self.kind == "numbers") != (self.low is not None and self.high is not None):
            raise RtplanValueError(
                f"fraction numbers {self.text!r}: both ends are needed, and only for numbers"
            )
        if self.low is not None and self.high is not None and not 1 <= self.low <= self.high:
            raise RtplanValueError(f"fraction numbers {self.text!r} do not ascend from 1 or more")

    @classmethod
    def parse(cls, text: str) -> FractionNumbers:
        """Read ``"5"``, ``"1-5"``, ``"<=5"``, ``"conventional"`` (with or without a bracket) or ``"any"``.

        A unit after a number (``"5 fx"``, ``"25-28 fractions"``) and ``"all"`` are read, in any case; `text`
        then says what was read. Anything else is ``"other"``.

        Raises
        ------
        RtplanValueError
            If the text is empty, or its numbers do not ascend from 1.

        Examples
        --------
        >>> [FractionNumbers.parse(text).text for text in ("5.0", "25 - 28 fx", "<=5", ">= 20", "All")]
        ['5', '25-28', '1-5', '20 or more', 'any']
        """
        text = text.strip()
        if not text:
            raise RtplanValueError(
                'the fraction numbers are missing: a number, "1-5", "conventional" or "any"'
            )
        if found := _RANGE.fullmatch(text):
            low, high = int(found["low"]), int(found["high"] or found["low"])
            return cls(
                kind="numbers", text=f"{low}-{high}" if found["high"] else f"{low}", low=low, high=high
            )
        if found := _BOUND.fullmatch(text):
            return cls._bounded(found["sign"], int(found["number"]))
        if _CONVENTIONAL.fullmatch(text):
            return cls(kind="conventional", text=text)
        if text.casefold() in _ANY:
            return cls(kind="any", text="any")
        return cls(kind="other", text=text)

    @classmethod
    def _bounded(cls, sign: str, number: int) -> FractionNumbers:
        """At most or at least a number of fractions."""
        if sign in ("<", "<=", "≤"):
            high = number - 1 if sign == "<" else number
            return cls(kind="numbers", text=f"1-{high}" if high != 1 else "1", low=1, high=high)
        low = number + 1 if sign == ">" else number
        return cls(kind="numbers", text=f"{low} or more", low=low, high=_NO_UPPER_END)

    def match(self, n_fractions: int | None, *, dose_per_fraction: float | None) -> FractionMatch:
        """Compare with a plan.

        Parameters
        ----------
        n_fractions : int or None
            None where the plan does not say; it is never guessed.
        dose_per_fraction : float or None
            Of the prescription, Gy.

        Returns
        -------
        FractionMatch
        """
        if self.kind == "any":
            return FractionMatch(matches=True)
        if self.kind == "conventional":
            return _match_conventional(dose_per_fraction)
        if self.kind == "other":
            return FractionMatch(
                matches=False, reason=f"the limit is for {self.text}, not for one plan alone"
            )
        if n_fractions is None:
            return FractionMatch(matches=None, reason="the plan does not state one number of fractions")
        assert self.low is not None
        assert self.high is not None
        if self.low <= n_fractions <= self.high:
            return FractionMatch(matches=True)
        return FractionMatch(
            matches=False, reason=f"the limit is for {self.text} {_plural(self)}, the plan has {n_fractions}"
        )


def _plural(numbers: FractionNumbers) -> str:
    return "fraction" if numbers.high == 1 else "fractions"


def _match_conventional(dose_per_fraction: float | None) -> FractionMatch:
    """Compare with 1.8 to 2.0 Gy per fraction of the prescription."""
    low, high = CONVENTIONAL_GY_PER_FRACTION
    if dose_per_fraction is None or not math.isfinite(dose_per_fraction):
        return FractionMatch(
            matches=None,
            reason=f"the limit is for {low:g} to {high:g} Gy per fraction, which the plan does not state",
        )
    if low - _ROUNDING_GY <= dose_per_fraction <= high + _ROUNDING_GY:
        return FractionMatch(matches=True)
    return FractionMatch(
        matches=False,
        reason=f"the limit is for {low:g} to {high:g} Gy per fraction, not {dose_per_fraction:.4g} Gy",
    )
