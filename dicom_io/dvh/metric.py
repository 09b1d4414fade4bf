"""Dose-volume metrics by their TG-263 names: ``"D0.03cc[Gy]"`` to an object and back."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from dicom_io.errors import DicomValueError
from dicom_io.wording import number_text

__all__ = ["Metric", "MetricValue"]

_POINTS = {"mean": "Mean", "max": "Max", "min": "Min", "median": "Median"}
_UNITS = {"gy": "Gy", "cc": "cc", "%": "%"}
_FORM = re.compile(
    r"\s*(?P<kind>DC|CV|D|V)\s*(?P<at>\d+(?:\.\d*)?|\.\d+)\s*(?P<at_unit>cc|%|Gy)"
    r"\s*(?:\[(?P<unit>Gy|cc|%)\])?\s*",
    re.IGNORECASE,
)
_POINT_FORM = re.compile(
    r"\s*(?P<dose>D\s*)?(?P<kind>mean|max|min|median)\s*(?:\[(?P<unit>[^\]]*)\])?\s*", re.IGNORECASE
)
_ALLOWED = {"D": ({"cc", "%"}, {"Gy", "%"}), "V": ({"Gy", "%"}, {"cc", "%"})}
_EXAMPLES = "D0.03cc[Gy], D95%[Gy], V20Gy[cc], V95%[%], DC700cc[Gy], CV14Gy[cc], Mean[Gy], Max[Gy], HI"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number read off a DVH.

    Attributes
    ----------
    kind : str
        ``"D"`` dose that the hottest volume receives at least; ``"DC"`` dose that the coldest volume
        receives at most; ``"V"`` volume that receives at least a dose; ``"CV"`` volume that receives
        less; ``"Mean"``, ``"Max"``, ``"Min"``, ``"Median"``; ``"HI"`` homogeneity index of ICRU 83,
        (D2% - D98%) / D50%.
    at : float or None
        The volume (D, DC) or dose (V, CV) asked at; None for the others.
    at_unit : str
        ``"cc"`` or ``"%"`` of the structure's volume for D and DC, ``"Gy"`` or ``"%"`` of the
        prescription for V and CV, empty for the others.
    unit : str
        Unit of the answer: ``"Gy"``, ``"cc"`` or ``"%"`` (of the prescription for doses, of the
        structure's volume for volumes); empty for HI.

    Examples
    --------
    >>> Metric.parse("d0.030cc [Gy]")
    Metric(kind='D', at=0.03, at_unit='cc', unit='Gy')
    >>> str(Metric.parse("V95%[%]")), str(Metric.parse("Dmax"))
    ('V95%[%]', 'Max[Gy]')
    """

    kind: str
    at: float | None = None
    at_unit: str = ""
    unit: str = "Gy"

    def __post_init__(self) -> None:
        family = self.kind.replace("C", "")
        if family not in _ALLOWED:
            self._check_plain()
            return
        at_units, units = _ALLOWED[family]
        if self.at is None or not 0 <= self.at < 1e9:
            raise DicomValueError(f"metric {self.kind} at {self.at}: a number of at least 0 is needed")
        if self.at_unit not in at_units or self.unit not in units:
            raise DicomValueError(
                f"metric {self.kind}{self.at:g}{self.at_unit}[{self.unit}]: {self.kind} is asked at "
                f"{' or '.join(sorted(at_units))} and answers in {' or '.join(sorted(units))}"
            )
        if "%" in self.at_unit and family == "D" and self.at > 100:
            raise DicomValueError(f"metric {self}: more than 100 % of the structure")

    def _check_plain(self) -> None:
        units = {"HI": {""}}.get(self.kind, {"Gy", "%"})
        if self.kind not in {*_POINTS.values(), "HI"} or self.unit not in units or self.at is not None:
            raise DicomValueError(f"no metric {self.kind}[{self.unit}]; examples: {_EXAMPLES}")

    @classmethod
    def parse(cls, text: str) -> Metric:
        """Return the metric that `text` names.

        Parameters
        ----------
        text : str
            TG-263 form with its unit, in any case, such as ``"D95%[Gy]"``; ``Dmax``, ``Dmean``, ``Dmin`` and
            ``Dmedian`` are ``Max[Gy]`` and so on.

        Raises
        ------
        DicomValueError
            When it is no metric, or leaves open in what unit it is asked.
        """
        if text.strip().upper() == "HI":
            return cls(kind="HI", unit="")
        if match := _POINT_FORM.fullmatch(text):
            unit = _UNITS.get((match["unit"] or "").strip().lower(), match["unit"])
            unit = "Gy" if match["dose"] and match["unit"] is None else unit
            if unit is None:
                raise DicomValueError(f"metric {text!r} names no unit: write {text.strip()}[Gy] or [%]")
            return cls(kind=_POINTS[match["kind"].lower()], unit=unit)
        match = _FORM.fullmatch(text)
        if match is None:
            raise DicomValueError(f"no metric {text!r}; examples: {_EXAMPLES}")
        if match["unit"] is None:
            kinds = sorted(_ALLOWED[match["kind"].upper().replace("C", "")][1])
            choices = " or ".join(f"{text.strip()}[{unit}]" for unit in kinds)
            raise DicomValueError(f"metric {text!r} names no unit: write {choices}")
        return cls(
            kind=match["kind"].upper(),
            at=float(match["at"]),
            at_unit=_UNITS[match["at_unit"].lower()],
            unit=_UNITS[match["unit"].lower()],
        )

    def __str__(self) -> str:
        at = "" if self.at is None else f"{self.at:.10g}"
        return f"{self.kind}{at}{self.at_unit}" + (f"[{self.unit}]" if self.unit else "")

    @property
    def needs_prescription(self) -> bool:
        """Whether the metric is relative to a prescribed dose."""
        if self.kind in ("V", "CV"):
            return self.at_unit == "%"
        return self.unit == "%"


@dataclass(frozen=True, kw_only=True)
class MetricValue:
    """A metric's value, or why there is none.

    Attributes
    ----------
    text : str
        The metric, in canonical form.
    value : float or None
    unit : str
    uncertainty : float or None
        Half-width with 95 % coverage, in the unit of the value: numerical, nothing of the patient.
    reason : str or None
        Why there is no value; None when there is one.
    readings : tuple of float
        What each reading of contours that partly overlap gives; `value` is then the middle and `uncertainty`
        reaches round both. Empty where there is one reading.

    Examples
    --------
    >>> MetricValue(text="D5cc[Gy]", value=None, unit="Gy", reason="asks for 5 cc of 1.5 cc")
    D5cc[Gy]: not computable (asks for 5 cc of 1.5 cc)
    """

    text: str
    value: float | None
    unit: str
    uncertainty: float | None = None
    reason: str | None = None
    readings: tuple[float, ...] = ()

    @classmethod
    def absent(cls, metric: Metric, *, reason: str | None) -> MetricValue:
        """Return that a metric has no value, and why."""
        return cls(text=str(metric), value=None, unit=metric.unit, reason=reason)

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None):
            raise DicomValueError(f"{self.text}: either a value or a reason for having none is needed")

    def with_reading(self, other: MetricValue) -> MetricValue:
        """Return the value that holds this and another reading of the same contours.

        Examples
        --------
        >>> union = MetricValue(text="V20Gy[cc]", value=12.0, unit="cc", uncertainty=0.1)
        >>> union.with_reading(MetricValue(text="V20Gy[cc]", value=8.0, unit="cc", uncertainty=0.1))
        V20Gy[cc]: 10.0 ± 2.1 cc (12.000 and 8.000 cc)
        """
        for one in (self, other):
            if one.value is None:
                reason = f"{one.reason} (in one of two readings of contours that overlap)"
                return replace(self, value=None, uncertainty=None, reason=reason)
        assert self.value is not None
        assert other.value is not None
        ends = [
            (one.value or 0.0) + sign * (one.uncertainty or 0.0) for one in (self, other) for sign in (-1, 1)
        ]
        middle = 0.5 * (min(ends) + max(ends))
        return replace(
            self,
            value=middle,
            uncertainty=max(ends) - middle,
            readings=(self.value, other.value),
        )

    def __repr__(self) -> str:
        if self.value is None:
            return f"{self.text}: not computable ({self.reason})"
        digits = 2 if self.unit in ("Gy", "%") else 3
        number = number_text(self.value, self.uncertainty, digits=digits, metric=self.text)
        shown = f"{self.text}: {number} {self.unit}".rstrip()
        if not self.readings:
            return shown
        readings = " and ".join(number_text(value, None, digits=digits) for value in self.readings)
        return f"{shown} ({readings} {self.unit})"
