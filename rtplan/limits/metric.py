"""Dose-volume metrics as the limit tables write them, and what the DVH engine must be asked for.

``D0.035cc`` and ``D10%`` are hottest volumes, ``V20Gy`` a volume at or above a dose, ``V95%`` at or above
95 % of the prescribed one (a limit in % of a ``D`` is relative to it too), ``CV(700cc)`` a critical volume:
at least that much must stay below the limit, so it is the *coldest* volume (``DC700cc[Gy]``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from rtplan.errors import RtplanValueError

__all__ = ["METRIC_UNITS", "PublishedMetric"]

METRIC_UNITS: Final = ("Gy", "cc", "%")
"""Units of metrics of one plan's physical dose."""

_NUMBER = r"\d+(?:\.\d+)?"
_BRACKET = re.compile(r"(?P<metric>[^\[\]]+?)\s*\[(?P<unit>Gy|cc|%)\]", re.IGNORECASE)
_POINT = re.compile(r"D?\s*(max|mean|min|median)", re.IGNORECASE)
_COLDEST = re.compile(rf"DC({_NUMBER})cc", re.IGNORECASE)
_RELATIVE_VOLUME = re.compile(rf"V({_NUMBER})%")
_HOTTEST = re.compile(rf"D({_NUMBER})(cc|%)")
_VOLUME = re.compile(rf"V({_NUMBER})Gy")
_CRITICAL = re.compile(rf"CV\(({_NUMBER})cc\)")
_SPAN = re.compile(rf"D({_NUMBER})-({_NUMBER})(cc|%)")
_LENGTH = re.compile(r"D\(.*length\)")
_VAGUE = re.compile(r"D\(<+\d.*\)")
_SUFFIXES: Final[tuple[tuple[str, str, str], ...]] = (
    (" cumulative EQD2", "EQD2", "cumulative"),
    (" cumulative physical", "physical", "cumulative"),
    (" SBRT course EQD2", "EQD2", "this course"),
    (" EQD2", "EQD2", "cumulative"),
)
_COURSE_WORDS: Final = ("cumulative", "ratio", "interval", "each course", "new course", "toxicity")
_LARGEST_PLAUSIBLE_GY: Final = 250.0

Quantity = Literal["physical", "EQD2", "BED"]
Courses = Literal["this course", "cumulative"]


@dataclass(frozen=True, kw_only=True)
class PublishedMetric:
    """One metric of a limit table.

    Attributes
    ----------
    text : str
        As published.
    dvh : str or None
        What to ask of a DVH, such as ``"D0.035cc[Gy]"``; None where no DVH can tell.
    quantity : {"physical", "EQD2", "BED"}
        Dose the DVH must be of.
    courses : {"this course", "cumulative"}
        Whether it speaks of the plan at hand or of several courses together.
    reason : str or None
        Why no DVH can tell.
    span_end : str or None
        For a volume published as a span, such as ``D1-10cc``: `dvh` asks at the smaller volume, which is the
        harder one to keep, and this at the larger. The table does not say which volume within it is meant.

    Examples
    --------
    >>> PublishedMetric.parse("CV(700cc)", unit="Gy").dvh
    'DC700cc[Gy]'
    >>> span = PublishedMetric.parse("D1-10cc", unit="Gy")
    >>> span.dvh, span.span_end
    ('D1cc[Gy]', 'D10cc[Gy]')
    >>> PublishedMetric.parse("V20Gy", unit="%").dvh
    'V20Gy[%]'
    >>> PublishedMetric.parse("D2%", unit="%").dvh, PublishedMetric.parse("Mean[Gy]", unit="Gy").text
    ('D2%[%]', 'Dmean')
    >>> PublishedMetric.parse("D(2cm length)", unit="Gy").reason
    'a dose to a length of the organ: a DVH knows volumes only'
    """

    text: str
    dvh: str | None
    quantity: Quantity = "physical"
    courses: Courses = "this course"
    reason: str | None = None
    span_end: str | None = None

    def __post_init__(self) -> None:
        if (self.dvh is None) == (self.reason is None):
            raise RtplanValueError(f"metric {self.text!r} needs a DVH metric or the reason why there is none")

    @classmethod
    def parse(cls, text: str, *, unit: str) -> PublishedMetric:
        """Read a metric in the unit of its limit.

        Parameters
        ----------
        text : str
            As published.
        unit : str
            Unit of the limit: ``"Gy"``, ``"cc"``, ``"%"``, or that of a test over several courses.

        Raises
        ------
        RtplanValueError
            If the metric is not one that tables use, or the unit does not belong to it.
        """
        text = _as_tables_write(text.strip(), unit)
        for suffix, quantity, courses in _SUFFIXES:
            if text.endswith(suffix) and unit != "ratio":
                base = unit.removesuffix(f" {quantity}")
                plain = cls.parse(text.removesuffix(suffix), unit=base)
                return replace(plain, text=text, quantity=quantity, courses=courses)  # type: ignore[arg-type]
        if any(word in text for word in _COURSE_WORDS):
            return cls(
                text=text,
                dvh=None,
                quantity="BED" if "BED" in f"{text} {unit}" else "EQD2",
                courses="cumulative",
                reason="a test over several courses, not a metric of one plan",
            )
        return _plain(text, unit)

    def with_volume(self, volume_cc: float) -> PublishedMetric:
        """The same critical volume with another number of cc.

        Examples
        --------
        >>> PublishedMetric.parse("CV(700cc)", unit="Gy").with_volume(800).dvh
        'DC800cc[Gy]'
        """
        if not _CRITICAL.fullmatch(self.text):
            raise RtplanValueError(f"{self.text!r} is no critical volume")
        return PublishedMetric.parse(f"CV({volume_cc:g}cc)", unit="Gy")

    @property
    def critical_volume_cc(self) -> float | None:
        """The volume of a critical-volume metric, cc."""
        found = _CRITICAL.fullmatch(self.text)
        return float(found[1]) if found else None

    @property
    def hottest_volume(self) -> tuple[float, str] | None:
        """Number and unit of a hottest-volume metric; a maximum is 0 cc."""
        text = self.text
        for suffix, *_ in _SUFFIXES:
            text = text.removesuffix(suffix)
        if text == "Dmax":
            return (0.0, "cc")
        found = _HOTTEST.fullmatch(text)
        return (float(found[1]), found[2]) if found else None

    @property
    def dose_level_gy(self) -> float | None:
        """The dose of a ``V20Gy`` metric, Gy."""
        found = _VOLUME.fullmatch(self.text)
        return float(found[1]) if found else None


def _as_tables_write(text: str, unit: str) -> str:
    """Return ``D0.03cc[Gy]`` as ``D0.03cc``, ``Max[Gy]`` as ``Dmax``, ``DC700cc[Gy]`` as ``CV(700cc)``."""
    if bracket := _BRACKET.fullmatch(text):
        if bracket["unit"].casefold() != unit.casefold():
            raise RtplanValueError(f"metric {text!r} answers in {bracket['unit']}, its limit is in {unit!r}")
        text = bracket["metric"]
    if point := _POINT.fullmatch(text):
        return f"D{point[1].lower()}"
    coldest = _COLDEST.fullmatch(text)
    return f"CV({coldest[1]}cc)" if coldest else text


def _plain(text: str, unit: str) -> PublishedMetric:
    """Read a metric of one plan's physical dose, or of a dose in % of the prescribed one."""
    if _VOLUME.fullmatch(text):
        _check_unit(text, unit, ("cc", "%"))
        _check_dose(text)
        return PublishedMetric(text=text, dvh=f"{text}[{unit}]")
    if _RELATIVE_VOLUME.fullmatch(text):
        _check_unit(text, unit, ("cc", "%"))
        return PublishedMetric(text=text, dvh=f"{text}[{unit}]")
    if not text.startswith(("D", "CV(")):
        raise RtplanValueError(_unknown(text))
    if found := _SPAN.fullmatch(text):
        return _span(text, unit, *found.groups())
    dvh, reason = _dose_metric(text, unit)
    _check_unit(text, unit, ("Gy", "%") if dvh else ("Gy",))
    return PublishedMetric(text=text, dvh=dvh, reason=reason)


def _dose_metric(text: str, unit: str) -> tuple[str | None, str | None]:
    """DVH metric, or the reason why there is none, of a metric whose value is a dose."""
    if text in ("Dmax", "Dmean", "Dmin", "Dmedian"):
        return f"{text[1:].capitalize()}[{unit}]", None
    if _HOTTEST.fullmatch(text):
        return f"{text}[{unit}]", None
    if found := _CRITICAL.fullmatch(text):
        return f"DC{found[1]}cc[{unit}]", None
    if _LENGTH.fullmatch(text):
        return None, "a dose to a length of the organ: a DVH knows volumes only"
    if _VAGUE.fullmatch(text):
        return None, "the published volume is not a number"
    raise RtplanValueError(_unknown(text))


def _span(text: str, unit: str, smaller: str, larger: str, of: str) -> PublishedMetric:
    """Read a dose to a span of volumes."""
    _check_unit(text, unit, ("Gy",))
    if float(smaller) >= float(larger):
        raise RtplanValueError(f"metric {text!r}: the two volumes of a span ascend")
    return PublishedMetric(text=text, dvh=f"D{smaller}{of}[Gy]", span_end=f"D{larger}{of}[Gy]")


def _unknown(text: str) -> str:
    return (
        f"metric {text!r} is not known; write D0.035cc, D10%, V20Gy, V95%, CV(700cc), Dmax, Dmean, Dmin "
        "or Dmedian (a volume needs cc or %, a dose level Gy, or % of the prescribed dose)"
    )


def _check_unit(text: str, unit: str, allowed: tuple[str, ...]) -> None:
    if unit not in allowed:
        raise RtplanValueError(f"metric {text!r} is measured in {' or '.join(allowed)}, not in {unit!r}")


def _check_dose(text: str) -> None:
    found = _VOLUME.fullmatch(text)
    if found and not 0 < float(found[1]) <= _LARGEST_PLAUSIBLE_GY:
        raise RtplanValueError(f"metric {text!r}: {found[1]} Gy is no plausible dose; did you pass cGy?")
