"""What would flip a verdict: the value of one input, all others kept, at which it stops being what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

__all__ = ["Flip", "nearest_crossing"]


@dataclass(frozen=True, kw_only=True)
class Flip:
    """One input and where it would flip a verdict.

    Attributes
    ----------
    input : str
        ``"alpha/beta"``, ``"recovered fraction"``, ``"registration shift"``, ``"numerics"``.
    unit : str
    stated : float or None
        What the verdict rests on.
    low, high : float or None
        What was searched.
    at : float or None
        The value nearest to the stated one at which the verdict changes; None where there is none.
    becomes : str or None
        Verdict beyond it.
    note : str
        What the number means, or why nothing could be searched.
    """

    input: str
    unit: str
    stated: float | None
    low: float | None
    high: float | None
    at: float | None
    becomes: str | None
    note: str = ""

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.input}: not searched ({self.note})"
        searched = f"{self.low:g}..{self.high:g}{' ' if self.unit else ''}{self.unit}"
        if self.at is None:
            return f"{self.input}: none within {searched}"
        note = f" ({self.note})" if self.note else ""
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.input}: {self.becomes} at {self.at:.3g}{unit} (searched {searched}){note}"


def nearest_crossing(
    excess: Callable[[float], float], *, stated: float, low: float, high: float, parts: int = 8
) -> float | None:
    """Return the zero of a function nearest to a stated value within a range, or None.

    Each side is searched in parts, so that a curve which turns back is not missed; a zero that it only
    touches within one of them is.

    Parameters
    ----------
    excess : callable
        Number to number; NaN where nothing is known.
    stated, low, high : float
        With ``low <= stated <= high``.
    parts : int
        Of each side.

    Examples
    --------
    >>> nearest_crossing(lambda x: x * x - 4, stated=1.0, low=0.0, high=5.0)
    2.0
    >>> nearest_crossing(lambda x: x * x + 4, stated=1.0, low=0.0, high=5.0) is None
    True
    """
    found = [
        zero
        for end in (low, high)
        if end != stated and (zero := _towards(excess, stated, end, parts)) is not None
    ]
    return min(found, key=lambda zero: abs(zero - stated), default=None)


def _towards(excess: Callable[[float], float], stated: float, end: float, parts: int) -> float | None:
    """Walk from the stated value to one end and solve in the first part whose ends differ in sign."""
    # Deferred: scipy.optimize takes longer to import than most commands take to run.
    from scipy.optimize import brentq  # noqa: PLC0415 - scipy loads only where it is used

    places = np.linspace(stated, end, parts + 1).tolist()
    before = excess(places[0])
    for here, following in pairwise(places):
        after = excess(following)
        if np.isnan(after) or np.isnan(before):
            return None
        if before * after <= 0 and before != after:
            return float(brentq(excess, here, following, xtol=1e-6, rtol=1e-9))
        before = after
    return None
