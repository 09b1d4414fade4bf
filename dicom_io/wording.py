"""Words in messages."""

from __future__ import annotations

import math
import re

__all__ = ["counted", "listed", "number_text"]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "dose"), counted(3, "dose")
    ('1 dose', '3 doses')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(numbers: tuple[int, ...] | list[int]) -> str:
    """Return numbers in words.

    Examples
    --------
    >>> listed([3, 8])
    'numbers 3, 8'
    """
    return f"number{'' if len(numbers) == 1 else 's'} {', '.join(map(str, numbers))}"


_SHARE_OF_VOLUME = re.compile(r"C?V[\d.]+(?:Gy|%)\[%\]")


def number_text(value: float, half_width: float | None = None, *, digits: int = 2, metric: str = "") -> str:
    """Return a number as people read it, rounded where its half-width begins.

    The half-width keeps two figures, neither it nor the value more than `digits` decimals. A verdict needs a
    distance of more than the half-width from its limit, so that this rounding never hides one.
    One that reaches where nothing can be is shown by its ends: no dose or volume is below 0, no share of a
    volume above 100 %; the other end is left as it is.

    Parameters
    ----------
    value : float
    half_width : float, optional
        With 95 % coverage, in the unit of the value, at least 0.
    digits : int
        Decimals without a half-width, and at most with one; what is smaller is said to be below the last.
    metric : str
        What the number is of, such as ``"V16Gy[%]"``: tells a share of a volume from one of a prescription.

    Returns
    -------
    str

    Examples
    --------
    >>> number_text(48.384), number_text(48.384, 0.1234), number_text(48.384, 1.234)
    ('48.38', '48.38 ± 0.12', '48.4 ± 1.2')
    >>> number_text(48.384, 0.001), number_text(16.02, 41.5), number_text(90.2, 15.6, metric="V16Gy[%]")
    ('48.38 ± <0.01', '16 (0 to 58)', '90 (75 to 100)')
    """
    if half_width is None:
        return _fixed(value, digits)
    decimals = _decimals_beside(half_width, digits)
    smallest = 10.0**-digits
    below = 0 < half_width < smallest / 2
    most = 100.0 if _SHARE_OF_VOLUME.fullmatch(metric) else math.inf
    low, high = value - half_width, value + half_width
    if math.isfinite(half_width) and not below and (low < 0 <= value or high > most >= value):
        ends = (_fixed(end, decimals) for end in (max(low, 0.0), min(high, most)))
        return f"{_fixed(value, decimals)} ({' to '.join(ends)})"
    return (
        f"{_fixed(value, decimals)} ± {f'<{smallest:.{digits}f}' if below else f'{half_width:.{decimals}f}'}"
    )


def _decimals_beside(half_width: float, digits: int) -> int:
    """Return the decimals at which a half-width has two figures."""
    if not (math.isfinite(half_width) and half_width > 0):
        return digits
    return min(digits, max(0, 1 - math.floor(math.log10(half_width))))


def _fixed(value: float, digits: int) -> str:
    # Adding 0.0 turns the -0.00 that rounding leaves behind into 0.00.
    return f"{round(float(value), digits) + 0.0:.{digits}f}"


def frame_not_stated(silent: str) -> str:
    """Return that one of dose and structures does not state its frame of reference.

    Parameters
    ----------
    silent : str
        ``"dose"`` or ``"structures"``.

    Examples
    --------
    >>> frame_not_stated("dose")
    'the frame of reference of the dose is not stated: that the structures share it was not checked'
    """
    other = "structures share" if silent == "dose" else "dose shares"
    return f"the frame of reference of the {silent} is not stated: that the {other} it was not checked"
