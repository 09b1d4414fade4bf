"""One number line that tells a verdict: limit, sum with its half-width, band, and what is possible."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

__all__ = ["LimitLine", "limit_line_svg"]

_WIDTH, _HEIGHT, _AXIS, _EDGE = 380, 64, 28, 6
_INK, _PALE, _GREY, _LIMIT, _SUM = "#1b2430", "#c8d1db", "#9fb3c8", "#a4161a", "#00795a"
_WORD: Final = 42
"""Half the room that a number over the line takes, px."""


@dataclass(frozen=True, kw_only=True)
class LimitLine:
    """What stands on the line; what is not known is None and not drawn.

    Attributes
    ----------
    unit : str
        Such as ``"Gy EQD2"``.
    limit : float or None
    value, half_width : float or None
        The sum, and its numerical uncertainty.
    band : (float, float) or None
        Lowest and highest value over the stated uncertainty of the registration.
    possible : (float or None, float or None)
        What the courses allow without a registration; an open end has no number.
    """

    unit: str
    limit: float | None = None
    value: float | None = None
    half_width: float | None = None
    band: tuple[float, float] | None = None
    possible: tuple[float | None, float | None] = (None, None)

    @property
    def highest(self) -> float:
        """Where the line ends: a tenth beyond whatever stands on it."""
        known = [self.limit, self.value, *(self.band or ()), *self.possible]
        return 1.1 * max((one for one in known if one is not None), default=1.0) or 1.0

    @property
    def sentence(self) -> str:
        """The same in words, for who cannot see it."""
        parts = [] if self.limit is None else [f"limit {self.limit:g}"]
        if self.value is not None:
            parts.append(f"sum {self.value:.1f}" + _with_half_width(self.half_width))
        else:
            parts.append("no sum")
        if self.band is not None:
            parts.append(f"with the registration's uncertainty {self.band[0]:.1f} to {self.band[1]:.1f}")
        low, high = self.possible
        if low is not None or high is not None:
            ends = [("open" if end is None else f"{end:.1f}") for end in (low, high)]
            parts.append(f"possible without a registration {ends[0]} to {ends[1]}")
        return f"{', '.join(parts)}; {self.unit}"


def limit_line_svg(line: LimitLine) -> str:
    """Draw the line as an SVG element without styles, so that any page may show it.

    Parameters
    ----------
    line : LimitLine

    Returns
    -------
    str

    Examples
    --------
    >>> svg = limit_line_svg(LimitLine(unit="Gy EQD2", limit=70.0, value=99.0, half_width=0.9))
    >>> "limit 70, sum 99.0 ± 0.9; Gy EQD2" in svg
    True
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'class="limit-line" aria-label="{escape(line.sentence)}">',
        f'<line x1="0" y1="{_AXIS}" x2="{_WIDTH}" y2="{_AXIS}" stroke="{_PALE}"/>',
        *_possible(line),
        *_band(line),
        *_value(line),
        *_limit(line),
        _small(0, "0", "start"),
        _small(_WIDTH, f"{line.highest:.0f} {line.unit}", "end"),
        "</svg>",
    ]
    return "".join(parts)


def _x(line: LimitLine, value: float) -> float:
    return _EDGE + value / line.highest * (_WIDTH - 2 * _EDGE)


def _possible(line: LimitLine) -> list[str]:
    """Return the bounds as a grey bar; an open end fades out in strokes."""
    low, high = line.possible
    if low is None and high is None:
        return []
    left = _x(line, low or 0.0)
    right = _x(line, line.highest if high is None else high)
    bar = (
        f'<rect x="{left:.1f}" y="{_AXIS - 6}" width="{max(right - left, 1.5):.1f}" height="12" '
        f'fill="{_GREY}" fill-opacity="0.55"/>'
    )
    if high is not None:
        return [bar]
    return [bar, f'<text x="{_WIDTH - 2}" y="{_AXIS + 4}" font-size="12" text-anchor="end">?</text>']


def _band(line: LimitLine) -> list[str]:
    if line.band is None:
        return []
    left, right = (_x(line, end) for end in line.band)
    ends = "".join(
        f'<line x1="{x:.1f}" y1="{_AXIS - 4}" x2="{x:.1f}" y2="{_AXIS + 4}" stroke="{_INK}"/>'
        for x in (left, right)
    )
    return [
        f'<line x1="{left:.1f}" y1="{_AXIS}" x2="{right:.1f}" y2="{_AXIS}" stroke="{_INK}" '
        'stroke-width="2"/>',
        ends,
    ]


def _value(line: LimitLine) -> list[str]:
    if line.value is None:
        return []
    x = _x(line, line.value)
    half = (line.half_width or 0.0) / line.highest * (_WIDTH - 2 * _EDGE)
    words = f"{line.value:.1f}{_with_half_width(line.half_width)}"
    at = min(max(x, _WORD), _WIDTH - _WORD)
    return [
        f'<line x1="{x - half:.1f}" y1="{_AXIS}" x2="{x + half:.1f}" y2="{_AXIS}" stroke="{_SUM}" '
        'stroke-width="9" stroke-opacity="0.35"/>',
        f'<circle cx="{x:.1f}" cy="{_AXIS}" r="5" fill="{_SUM}"/>',
        f'<text x="{at:.1f}" y="{_AXIS + 21}" font-size="12" font-weight="600" text-anchor="middle" '
        f'fill="{_INK}">{words}</text>',
    ]


def _limit(line: LimitLine) -> list[str]:
    if line.limit is None:
        return []
    x = _x(line, line.limit)
    anchor, at = ("start", x + 4) if x < _WIDTH / 2 else ("end", x - 4)
    return [
        f'<line x1="{x:.1f}" y1="{_AXIS - 20}" x2="{x:.1f}" y2="{_AXIS + 12}" stroke="{_LIMIT}" '
        'stroke-width="2"/>',
        f'<text x="{at:.1f}" y="{_AXIS - 12}" font-size="11" text-anchor="{anchor}" fill="{_LIMIT}">'
        f"limit {line.limit:g}</text>",
    ]


def _small(x: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x:g}" y="{_HEIGHT - 4}" font-size="10" text-anchor="{anchor}" fill="#52606f">'
        f"{escape(text)}</text>"
    )


def _with_half_width(half_width: float | None) -> str:
    return "" if half_width is None else f" \N{PLUS-MINUS SIGN} {max(half_width, 0.05):.1f}"
