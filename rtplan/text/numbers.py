"""How numbers stand in tables and in JSON."""

from __future__ import annotations

import math

__all__ = ["cell", "json_number", "ratio_text"]


def cell(value: float | int | str | None, *, digits: int = 2) -> str:
    """Return a value as it stands in a table; None is a dash.

    Examples
    --------
    >>> cell(48.384), cell(None), cell(28)
    ('48.38', '-', '28')
    """
    if value is None:
        return "-"
    # Adding 0.0 turns the -0.00 that rounding leaves behind into 0.00.
    return f"{round(value, digits) + 0.0:.{digits}f}" if isinstance(value, float) else str(value)


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
