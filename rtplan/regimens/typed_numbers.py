"""Numbers that stand beside regimens, as typed or as numbers: one check and one message for both."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rtplan.alpha_beta import parse_alpha_beta
from rtplan.errors import RtplanValueError

__all__ = ["alpha_beta_values", "dose_in_gy", "fraction_number"]


def alpha_beta_values(given: Iterable[str | float]) -> tuple[float, ...]:
    """Return alpha/beta values in the order given, each once.

    Parameters
    ----------
    given : iterable of str or float
        Gy, each > 0; infinity allowed, a finite one above 25 only as ``"30 unusual"`` or
        ``UnusualAlphaBeta(30)``.

    Raises
    ------
    RtplanValueError
        One of them is no number above 0 Gy, or one that nobody published and that is not stated to be meant.

    Examples
    --------
    >>> alpha_beta_values(["3", 10, "inf"])
    (3.0, 10.0, inf)
    """
    return tuple(dict.fromkeys(parse_alpha_beta(one, "a point") for one in given))


def fraction_number(given: str | int) -> int:
    """Return a number of fractions.

    Parameters
    ----------
    given : str or int
        Whole, at least 1.

    Raises
    ------
    RtplanValueError
        It is no whole number of at least 1.

    Examples
    --------
    >>> fraction_number("5"), fraction_number(5)
    (5, 5)
    """
    text = str(given).strip()
    if not text.isdecimal() or int(text) < 1:
        raise RtplanValueError(f"{given!r} is no number of fractions: a whole number of at least 1 is needed")
    return int(text)


def dose_in_gy(given: str | float, name: str) -> float:
    """Return a dose.

    Parameters
    ----------
    given : str or float
        Gy, finite, > 0.
    name : str
        What it is, for the message.

    Raises
    ------
    RtplanValueError
        It is no finite number above 0 Gy.

    Examples
    --------
    >>> dose_in_gy("1.8", "dose per fraction")
    1.8
    """
    value = _number(given)
    if not (math.isfinite(value) and value > 0):
        raise RtplanValueError(f"{name} {given!r}: a number above 0 Gy is needed")
    return value


def _number(given: str | float) -> float:
    try:
        return float(given)
    except ValueError:
        return math.nan
