"""How numbers, half-widths, signs and what is absent are written, on screen, in notebooks and on pages."""

from __future__ import annotations

import math
from typing import Final

from dicom_io import number_text

__all__ = [
    "ABSENT",
    "HALF_WIDTH_SIGN",
    "cell",
    "comparator_text",
    "decimals_of",
    "json_number",
    "range_text",
    "ratio_text",
    "share_text",
    "signed_text",
    "value_text",
]

ABSENT: Final = "\N{EN DASH}"
"""What stands where there is no number."""
HALF_WIDTH_SIGN: Final = "\N{PLUS-MINUS SIGN}"
_COMPARATORS: Final = {"<=": "\N{LESS-THAN OR EQUAL TO}", ">=": "\N{GREATER-THAN OR EQUAL TO}"}
_DECIMALS: Final = {"Gy": 2, "mm": 2, "%": 2}
_DECIMALS_OF_OTHERS: Final = 3


def decimals_of(unit: str) -> int:
    """Return the decimals of a measured value: doses and lengths have two, volumes and pure numbers three.

    Examples
    --------
    >>> decimals_of("Gy"), decimals_of("cc")
    (2, 3)
    """
    return _DECIMALS.get(unit, _DECIMALS_OF_OTHERS)


def value_text(
    value: float | None,
    uncertainty: float | None = None,
    *,
    digits: int = 2,
    absent: str = ABSENT,
    metric: str = "",
) -> str:
    """Return a number with its half-width where it has one, rounded where the half-width begins.

    Parameters
    ----------
    value, uncertainty : float or None
    digits : int
        Decimals without a half-width, and at most with one.
    absent : str
        What stands for None.
    metric : str
        What the number is of: no share of a volume, such as ``"V16Gy[%]"``, is shown to reach above 100 %.

    Examples
    --------
    >>> value_text(48.384, 0.1234), value_text(48.384, 0.001), value_text(48.384), value_text(None)
    ('48.38 ± 0.12', '48.38 ± <0.01', '48.38', '–')
    """
    return absent if value is None else number_text(value, uncertainty, digits=digits, metric=metric)


def range_text(low: float | None, high: float | None, *, digits: int = 2) -> str:
    """Return the two ends of a range; an end that nobody knows is unknown, not left out.

    Examples
    --------
    >>> range_text(40.123, 52), range_text(40, None), range_text(None, None)
    ('40.12 to 52.00', '40.00 to unknown', '–')
    """
    if low is None and high is None:
        return ABSENT
    return " to ".join(value_text(end, digits=digits, absent="unknown") for end in (low, high))


def signed_text(value: float | None, *, digits: int = 2, absent: str = "-") -> str:
    """Return a difference, such as the margin to a limit, with its sign.

    Examples
    --------
    >>> signed_text(1.234), signed_text(-0.001), signed_text(None)
    ('+1.23', '+0.00', '-')
    """
    if value is None:
        return absent
    text = number_text(value, digits=digits)
    return text if text.startswith("-") else f"+{text}"


def share_text(share: float | None) -> str:
    """Return a share of a whole in per cent.

    Examples
    --------
    >>> share_text(0.9876), share_text(None)
    ('98.8 %', '–')
    """
    return ABSENT if share is None else f"{number_text(100 * share, digits=1)} %"


def comparator_text(comparator: str) -> str:
    """Return a comparator as a page prints it.

    Examples
    --------
    >>> comparator_text("<="), comparator_text("<")
    ('≤', '<')
    """
    return _COMPARATORS.get(comparator, comparator)


def cell(value: float | int | str | None, *, digits: int = 2) -> str:
    """Return a value as it stands in a table on a terminal; None is a hyphen.

    Examples
    --------
    >>> cell(48.384), cell(None), cell(28)
    ('48.38', '-', '28')
    """
    if isinstance(value, float):
        return number_text(value, digits=digits)
    return "-" if value is None else str(value)


def json_number(value: float) -> float | str:
    """Return a number as JSON can hold it: infinity has no number there and is written in words.

    Examples
    --------
    >>> json_number(3.0), json_number(math.inf)
    (3.0, 'inf')
    """
    return value if math.isfinite(value) else "inf"


def ratio_text(value: float | str) -> str:
    """Return alpha/beta as it stands in a table.

    Examples
    --------
    >>> ratio_text(8.639), ratio_text("inf")
    ('8.639', 'inf')
    """
    return value if isinstance(value, str) else f"{value:.4g}"
