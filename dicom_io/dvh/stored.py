"""DVHs that another system computed and stored: read as they are, never recomputed, never mixed with ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.dvh.metric import Metric, MetricValue
from dicom_io.errors import DicomValueError, MissingObjectError
from dicom_io.objects import PatientIdentity

__all__ = ["DVHExport", "ExportedPlan", "StoredDVH", "curve_fault"]


_WHOLE = 1e-6
"""Relative volume that printing with six digits leaves."""


class _Between(NamedTuple):
    """A value and the range that the stored points leave open."""

    low: float
    value: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredDVH:
    """A cumulative DVH as another system stored it.

    Only the stored points are known: between two of them the curve can be anything that does not rise.
    Values are interpolated linearly, and the uncertainty of a metric is what the points leave open.

    Attributes
    ----------
    structure_name : str
        Empty where the file gives a number only.
    structure_number : int or None
    source : str
        What stored it: ``"Eclipse text"``, ``"RayStation text"``, ``"Monaco text"`` or ``"RTDOSE"``.
    volume_cc : float or None
        Of the whole structure; None where the file holds relative volumes only.
    volume_tolerance_cc : float
        Half of the last digit of `volume_cc`.
    min_gy, mean_gy, max_gy : float or None
        As stated in the file, not from the curve; None where they are not stated or contradict the curve.
    stated_tolerance_gy : float
        Half of the last digit of these.
    dose_gy : ndarray, shape (points,)
        Doses, not decreasing; empty when there is no usable curve (see `reason`).
    volume_fraction : ndarray, shape (points,)
        Part of the structure that receives at least each dose, not increasing, 0 to 1.
    dose_tolerance_gy : float
        How far all doses may be shifted upwards, such as by an open convention for the bins.
    covered_fraction : float or None
        Part of the structure that the stored curve describes; None where the file leaves it open.
    prescription_gy : float or None
    plan, course : str
        Labels; empty where not stated.
    is_plan_sum : bool or None
        None where the file cannot say.
    is_rbe_weighted : bool
        Whether the file says that its doses, here called Gy, are Gy(RBE).
    included_numbers, excluded_numbers : tuple of int
        Structures that an RTDOSE adds and takes away for this DVH.
    findings : tuple of str
    reason : str or None
        Why there is no usable curve.

    Examples
    --------
    >>> stored = StoredDVH(
    ...     structure_name="Cord", source="Eclipse text", volume_cc=20.0,
    ...     dose_gy=np.array([0.0, 10.0, 20.0]), volume_fraction=np.array([1.0, 0.5, 0.0]))
    >>> stored.metric("D25%[Gy]")
    D25%[Gy]: 15.0 ± 5.0 Gy
    >>> stored.metric("V10Gy[cc]").value
    10.0
    """

    structure_name: str
    source: str
    structure_number: int | None = None
    volume_cc: float | None = None
    volume_tolerance_cc: float = 0.0
    min_gy: float | None = None
    mean_gy: float | None = None
    max_gy: float | None = None
    stated_tolerance_gy: float = 0.0
    dose_gy: FloatArray = field(default_factory=lambda: np.zeros(0))
    volume_fraction: FloatArray = field(default_factory=lambda: np.zeros(0))
    dose_tolerance_gy: float = 0.0
    covered_fraction: float | None = 1.0
    prescription_gy: float | None = None
    plan: str = ""
    course: str = ""
    is_plan_sum: bool | None = None
    is_rbe_weighted: bool = False
    included_numbers: tuple[int, ...] = ()
    excluded_numbers: tuple[int, ...] = ()
    findings: tuple[str, ...] = ()
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.reason is None:
            fault = curve_fault(self.dose_gy, self.volume_fraction)
            if fault is not None:
                raise DicomValueError(f"stored DVH of {self.structure_name or 'a structure'}: {fault}")
        if self.volume_cc is not None and not self.volume_cc >= 0:
            raise DicomValueError(f"stored DVH of {self.structure_name}: volume {self.volume_cc} cc")

    @property
    def ends_at_fraction(self) -> float:
        """Part of the structure that still receives more than the last dose: 0 for a complete curve."""
        return float(self.volume_fraction[-1]) if len(self.volume_fraction) and self.max_gy is None else 0.0

    def metric(self, metric: str | Metric, *, prescription_gy: float | None = None) -> MetricValue:
        """Return a metric as the stored points give it, or the reason for having none.

        Parameters
        ----------
        metric : str or Metric
            Such as ``"D0.03cc[Gy]"``.
        prescription_gy : float, optional
            The dose that percentages of dose refer to, Gy; without it, the one that the file states.

        Raises
        ------
        DicomValueError
            When `metric` is no metric.
        """
        asked = Metric.parse(metric) if isinstance(metric, str) else metric
        prescription = self.prescription_gy if prescription_gy is None else prescription_gy
        found = self._why_not(asked, prescription) or _FORMULAS[asked.kind](self, asked, prescription)
        if isinstance(found, str):
            return MetricValue.absent(asked, reason=found)
        half_width = max(found.value - found.low, found.high - found.value)
        return MetricValue(text=str(asked), value=found.value, unit=asked.unit, uncertainty=half_width)

    def _why_not(self, metric: Metric, prescription_gy: float | None) -> str | None:
        if metric.needs_prescription and prescription_gy is None:
            return "relative to the prescription, which is not given"
        if self.covered_fraction is None:
            return "the file leaves open how much of the structure the stored curve describes"
        if self.covered_fraction < 1 - 1e-3:
            return f"the stored curve describes {100 * self.covered_fraction:.1f} % of the structure only"
        if "cc" in (metric.at_unit, metric.unit) and self.volume_cc is None:
            return "the file states no volume in cc"
        stated = {"Mean": self.mean_gy, "Min": self.min_gy, "Max": self.max_gy}.get(metric.kind)
        return self.reason if stated is None else None

    def _dose_at(self, low: float, fraction: float, high: float) -> _Between | str:
        """Dose that a part of the structure receives at least, the part known between two."""
        knots, left = self._knots()
        if low <= left[-1] and left[-1] > 0:
            above = f"{100 * left[-1]:.3g} % of the structure"
            return f"the stored curve stops at {knots[-1]:g} Gy with {above} above"
        empty = int(np.argmax(left <= 0)) if left[-1] <= 0 else len(left) - 1
        cold = min(max(_last_at_least(left, high), 0), max(empty - 1, 0))
        hot = min(_last_at_least(left, low) + 1, empty)
        value = float(np.clip(np.interp(fraction, left[::-1], knots[::-1]), knots[cold], knots[hot]))
        closing = self.stated_tolerance_gy if hot == len(self.dose_gy) else 0.0
        return _Between(float(knots[cold]), value, float(knots[hot]) + self.dose_tolerance_gy + closing)

    def _knots(self) -> tuple[FloatArray, FloatArray]:
        """The curve, closed by the stated maximum where it stops short of it."""
        if self.volume_fraction[-1] <= 0 or self.max_gy is None:
            return self.dose_gy, self.volume_fraction
        top = max(self.max_gy, float(self.dose_gy[-1]))
        return np.append(self.dose_gy, top), np.append(self.volume_fraction, 0.0)

    def _volume_at(self, dose_gy: float) -> _Between | str:
        """Part of the structure at or above a dose."""
        knots, left = self._knots()
        if dose_gy > knots[-1] and left[-1] > 0:
            return f"the stored curve stops at {knots[-1]:g} Gy"
        value = float(np.interp(dose_gy, knots, left, right=0.0))
        below = int(np.searchsorted(knots, dose_gy - self.dose_tolerance_gy, side="right")) - 1
        above = int(np.searchsorted(knots, dose_gy, side="left"))
        low = float(left[above]) if above < len(left) else 0.0
        return _Between(min(low, value), value, max(float(left[max(below, 0)]), value))


def curve_fault(dose_gy: FloatArray, volume_fraction: FloatArray) -> str | None:
    """Return what is wrong with a cumulative curve, or None.

    Parameters
    ----------
    dose_gy, volume_fraction : ndarray, shape (points,)

    Examples
    --------
    >>> curve_fault(np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.2, 0.4]))
    'volumes that rise with dose'
    """
    if len(dose_gy) != len(volume_fraction) or len(dose_gy) < 2:
        return f"{len(dose_gy)} doses and {len(volume_fraction)} volumes: at least two of each are needed"
    if not (np.all(np.isfinite(dose_gy)) and np.all(np.isfinite(volume_fraction))):
        return "numbers that are not finite"
    if np.any(np.diff(dose_gy) < 0) or dose_gy[0] < 0:
        return "doses that fall, or are negative"
    if np.any(np.diff(volume_fraction) > 0):
        return "volumes that rise with dose"
    if volume_fraction[0] > 1 + 1e-9 or volume_fraction[-1] < 0:
        return "volumes outside 0 to 100 %"
    return None


def _last_at_least(falling: FloatArray, value: float) -> int:
    """Place of the last number that is at least a value; -1 where none is."""
    return int(np.searchsorted(-falling, -value * (1 - _WHOLE), side="right")) - 1


def _percent(found: _Between | str, scale: float) -> _Between | str:
    return found if isinstance(found, str) else _Between(*(scale * number for number in found))


def _dose_scale(metric: Metric, prescription_gy: float | None) -> float:
    return 1.0 if metric.unit != "%" else 100 / (prescription_gy or np.nan)


def _dose(dvh: StoredDVH, metric: Metric, prescription_gy: float | None) -> _Between | str:
    """D and DC."""
    assert metric.at is not None
    low = fraction = high = metric.at / 100
    if metric.at_unit == "cc":
        assert dvh.volume_cc is not None
        if metric.at > dvh.volume_cc:
            return f"asks for {metric.at:g} cc, the structure has {dvh.volume_cc:g} cc"
        fraction = metric.at / dvh.volume_cc
        low = metric.at / (dvh.volume_cc + dvh.volume_tolerance_cc)
        high = min(metric.at / max(dvh.volume_cc - dvh.volume_tolerance_cc, 1e-9), 1.0)
    if metric.kind == "DC":
        low, fraction, high = 1 - high, 1 - fraction, 1 - low
    return _percent(dvh._dose_at(low, fraction, high), _dose_scale(metric, prescription_gy))


def _volume(dvh: StoredDVH, metric: Metric, prescription_gy: float | None) -> _Between | str:
    """V and CV."""
    assert metric.at is not None
    dose_gy = metric.at if metric.at_unit == "Gy" else metric.at / 100 * (prescription_gy or np.nan)
    found = dvh._volume_at(dose_gy)
    if isinstance(found, str):
        return found
    low, value, high = found if metric.kind == "V" else (1 - found.high, 1 - found.value, 1 - found.low)
    if metric.unit == "%":
        return _Between(100 * low, 100 * value, 100 * high)
    assert dvh.volume_cc is not None
    cc, open_cc = dvh.volume_cc, dvh.volume_tolerance_cc
    return _Between(low * (cc - open_cc), value * cc, high * (cc + open_cc))


def _mean(dvh: StoredDVH, metric: Metric, prescription_gy: float | None) -> _Between | str:
    """The mean as stated, else the area under the curve."""
    if dvh.mean_gy is not None:
        return _percent(_stated(dvh, dvh.mean_gy), _dose_scale(metric, prescription_gy))
    knots, left = dvh._knots()
    if left[-1] > 0:
        return f"the stored curve stops at {knots[-1]:g} Gy, and no mean is stated"
    step = np.diff(knots)
    low, high = float(knots[0] + step @ left[1:]), float(knots[0] + step @ left[:-1])
    found = _Between(low, 0.5 * (low + high), high + dvh.dose_tolerance_gy)
    return _percent(found, _dose_scale(metric, prescription_gy))


def _stated(dvh: StoredDVH, value: float) -> _Between:
    return _Between(value - dvh.stated_tolerance_gy, value, value + dvh.stated_tolerance_gy)


def _extreme(dvh: StoredDVH, metric: Metric, prescription_gy: float | None) -> _Between | str:
    """Minimum and maximum as stated, else where the curve leaves 100 % and reaches 0."""
    stated = dvh.max_gy if metric.kind == "Max" else dvh.min_gy
    found: _Between | str
    if stated is not None:
        found = _stated(dvh, stated)
    elif metric.kind == "Min":
        found = dvh._dose_at(1.0, 1.0, 1.0)
    elif dvh.volume_fraction[-1] > 0:
        found = f"the stored curve stops at {dvh.dose_gy[-1]:g} Gy, and no maximum is stated"
    else:
        top = int(np.argmax(dvh.volume_fraction <= 0))
        low, high = float(dvh.dose_gy[max(top - 1, 0)]), float(dvh.dose_gy[top])
        found = _Between(low, 0.5 * (low + high), high + dvh.dose_tolerance_gy)
    return _percent(found, _dose_scale(metric, prescription_gy))


def _median(dvh: StoredDVH, metric: Metric, prescription_gy: float | None) -> _Between | str:
    return _percent(dvh._dose_at(0.5, 0.5, 0.5), _dose_scale(metric, prescription_gy))


def _homogeneity(dvh: StoredDVH, metric: Metric, prescription_gy: float | None) -> _Between | str:
    """ICRU 83: (D2% - D98%) / D50%."""
    hot, cold, middle = (dvh._dose_at(part, part, part) for part in (0.02, 0.98, 0.5))
    for found in (hot, cold, middle):
        if isinstance(found, str):
            return found
    assert isinstance(hot, _Between)
    assert isinstance(cold, _Between)
    assert isinstance(middle, _Between)
    if middle.low <= 0:
        return "D50% may be 0 Gy"
    return _Between(
        (hot.low - cold.high) / middle.high,
        (hot.value - cold.value) / middle.value,
        (hot.high - cold.low) / middle.low,
    )


_FORMULAS: dict[str, Callable[[StoredDVH, Metric, float | None], _Between | str]] = {
    "D": _dose,
    "DC": _dose,
    "V": _volume,
    "CV": _volume,
    "Mean": _mean,
    "Max": _extreme,
    "Min": _extreme,
    "Median": _median,
    "HI": _homogeneity,
}


@dataclass(frozen=True, kw_only=True)
class ExportedPlan:
    """A plan or plan sum that a text export names.

    Attributes
    ----------
    label, course : str
    is_sum : bool
    prescription_gy : float or None
        None where it is not defined, as for sums.
    percent_for_dose : float or None
        The relative dose that the prescription is; 100 in nearly all plans.
    is_rbe_weighted : bool
        Whether the file says that its prescription is in Gy(RBE).
    """

    label: str
    course: str = ""
    is_sum: bool = False
    prescription_gy: float | None = None
    percent_for_dose: float | None = None
    is_rbe_weighted: bool = False

    @property
    def gy_per_percent(self) -> float | None:
        """Gy of 1 % of relative dose; None where prescription or percentage is not defined."""
        if self.prescription_gy is None or not self.percent_for_dose:
            return None
        return self.prescription_gy / self.percent_for_dose


@dataclass(frozen=True, kw_only=True, eq=False)
class DVHExport:
    """A DVH text export of a planning system.

    Number of fractions and dates of treatment are not in such files: they have to be stated apart.

    Attributes
    ----------
    system : str
        Such as ``"Eclipse"``, ``"RayStation"`` or ``"Monaco"``.
    plans : tuple of ExportedPlan
    dvhs : tuple of StoredDVH
        In file order; a structure appears once for each plan.
    patient : PatientIdentity
        For comparing with other files; shows nothing.
    source_sha256 : str
    findings : tuple of str
    """

    system: str
    plans: tuple[ExportedPlan, ...]
    dvhs: tuple[StoredDVH, ...]
    patient: PatientIdentity
    source_sha256: str
    findings: tuple[str, ...] = ()

    @property
    def is_rbe_weighted(self) -> bool:
        """Whether the file says of any of its doses that they are Gy(RBE)."""
        return any(dvh.is_rbe_weighted for dvh in self.dvhs)

    def named(self, name: str, *, plan: str | None = None) -> StoredDVH:
        """Return the one DVH of a structure, of one plan where the export holds several.

        Raises
        ------
        MissingObjectError
            When there is none, or more than one; the message lists what is there.
        """
        found = [dvh for dvh in self.dvhs if dvh.structure_name == name and plan in (None, dvh.plan)]
        if len(found) == 1:
            return found[0]
        if not found:
            present = ", ".join(dict.fromkeys(dvh.structure_name for dvh in self.dvhs))
            raise MissingObjectError(f"no stored DVH of {name!r}; there are: {present or 'none'}")
        plans = ", ".join(repr(dvh.plan) for dvh in found)
        raise MissingObjectError(f"{len(found)} stored DVHs of {name!r}, of plans {plans}; choose a plan")
