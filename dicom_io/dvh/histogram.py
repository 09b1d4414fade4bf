"""Dose-volume histograms: a structure's curve, its metrics, and how sure each number is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dicom_io.arrays import FloatArray
from dicom_io.dvh.metric import Metric, MetricValue
from dicom_io.errors import DicomValueError

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

__all__ = ["DVH"]


_ROUNDING = 1e-9
"""Relative rounding allowed when a volume is compared with the structure's."""
SCHEMA = "dicom_io.dvh/1"
"""Name and edition of a DVH's JSON document."""
_NO_DVH = f"a DVH in JSON names the schema {SCHEMA!r} and has just its keys"


@dataclass(frozen=True, kw_only=True, eq=False)
class DVH:
    """The distribution of dose over a structure.

    The curve is piecewise linear between its knots, so volume at a dose and dose at a volume are each
    other's inverse. When part of the structure is not covered by the field, the curve and all doses
    describe the covered part; `metric` then refuses what the uncovered part could change.

    Attributes
    ----------
    structure_name, structure_number : str, int
    volume_cc : float or None
        Of the whole structure, exact for its polygons; None when it has none (see `reason`).
    covered_cc : float or None
        Volume inside the field.
    min_gy, mean_gy, max_gy : float or None
        Of the covered part; None when nothing is covered.
    mean_uncertainty_gy : float or None
        Half-width with 95 % coverage.
    knots_gy : ndarray, shape (knots,)
        Doses, increasing.
    knots_cc : ndarray, shape (knots,)
        Volume that receives at least each dose, not increasing, from the covered volume to 0.
    knots_uncertainty_gy : ndarray, shape (knots,)
        Half-width of the dose at the volume of each knot.
    end_caps : str
        The convention for the ends of the contours.
    findings : tuple of str
        What is odd about the structure or the field, in words.
    reason : str or None
        Why there is no curve; None when there is one.
    other : DVH or None
        The even-odd reading of contours of which some partly overlap; this is then that of their union, and
        `metric` gives values that hold both.
    """

    structure_name: str
    structure_number: int
    volume_cc: float | None
    covered_cc: float | None
    min_gy: float | None
    mean_gy: float | None
    max_gy: float | None
    mean_uncertainty_gy: float | None
    knots_gy: FloatArray
    knots_cc: FloatArray
    knots_uncertainty_gy: FloatArray
    end_caps: str
    findings: tuple[str, ...] = ()
    reason: str | None = None
    other: DVH | None = None

    @property
    def covered_fraction(self) -> float | None:
        """Covered part of the volume, 0 to 1."""
        if self.volume_cc is None or self.covered_cc is None:
            return None
        return self.covered_cc / self.volume_cc

    @property
    def uncovered_cc(self) -> float | None:
        """Volume outside the field."""
        if self.volume_cc is None or self.covered_cc is None:
            return None
        return self.volume_cc - self.covered_cc

    @property
    def median_gy(self) -> float | None:
        """Dose that half of the covered volume receives at least."""
        return None if self.reason is not None else float(self.dose_at_volume(0.5 * self.knots_cc[0]))

    def dose_at_volume(self, volume_cc: ArrayLike) -> FloatArray:
        """Return the dose D_v that volume v receives at least.

        Parameters
        ----------
        volume_cc : array_like
            From 0 (D_0 is the maximum) to `covered_cc` (its dose is the minimum), cc.

        Returns
        -------
        ndarray
            Gy, not increasing with volume.

        Raises
        ------
        DicomValueError
            When there is no curve, or a volume is negative or more than is covered.
        """
        volume = self._checked_volume(volume_cc)
        return np.interp(volume, self.knots_cc[::-1], self.knots_gy[::-1])

    def dose_uncertainty(self, volume_cc: ArrayLike) -> FloatArray:
        """Return the half-width (95 %) of `dose_at_volume`, Gy."""
        volume = self._checked_volume(volume_cc)
        return np.interp(volume, self.knots_cc[::-1], self.knots_uncertainty_gy[::-1])

    def volume_at_dose(self, dose_gy: ArrayLike) -> FloatArray:
        """Return the volume that receives at least a dose, cc."""
        self._check_curve()
        dose = np.asarray(dose_gy, dtype=np.float64)
        volume: FloatArray = np.interp(dose, self.knots_gy, self.knots_cc, left=self.knots_cc[0], right=0.0)
        return volume

    def volume_uncertainty(self, dose_gy: ArrayLike) -> FloatArray:
        """Return the half-width (95 %) of `volume_at_dose`, cc."""
        self._check_curve()
        dose = np.asarray(dose_gy, dtype=np.float64)
        half_width = np.interp(dose, self.knots_gy, self.knots_uncertainty_gy)
        here = self.volume_at_dose(dose)
        below, above = self.volume_at_dose(dose - half_width), self.volume_at_dose(dose + half_width)
        return np.maximum(below - here, here - above)

    def curve(self, *, bin_gy: float | None = None, n: int | None = None) -> tuple[FloatArray, FloatArray]:
        """Return the cumulative curve at even doses from 0 Gy to the maximum.

        Parameters
        ----------
        bin_gy : float, optional
            Step, Gy; the last dose is the first step at or beyond the maximum.
        n : int, optional
            Number of doses, at least 2; give one of the two.

        Returns
        -------
        dose_gy, volume_cc : ndarray
            Volume that receives at least each dose.
        """
        self._check_curve()
        if (bin_gy is None) == (n is None):
            raise DicomValueError("a curve needs either bin_gy or n")
        top = float(self.knots_gy[-1])
        if bin_gy is not None:
            if not (np.isfinite(bin_gy) and bin_gy > 0):
                raise DicomValueError(f"bin_gy {bin_gy}: more than 0 Gy is needed")
            dose = bin_gy * np.arange(np.ceil(max(top, 0.0) / bin_gy) + 1.0, dtype=np.float64)
        else:
            assert n is not None
            if n < 2:
                raise DicomValueError(f"{n} points: a curve needs at least 2")
            dose = np.linspace(0.0, top, n)
        return dose, self.volume_at_dose(dose)

    def differential(self, *, bin_gy: float) -> tuple[FloatArray, FloatArray]:
        """Return bin centres (Gy) and the volume in each bin (cc)."""
        dose, volume = self.curve(bin_gy=bin_gy)
        dose, volume = np.append(dose, dose[-1] + bin_gy), np.append(volume, 0.0)
        return 0.5 * (dose[1:] + dose[:-1]), volume[:-1] - volume[1:]

    def to_frame(self, *, bin_gy: float = 0.1) -> pandas.DataFrame:
        """Return the curve as a pandas frame with columns dose_gy, volume_cc and volume_percent."""
        import pandas  # noqa: PLC0415 - heavy, and needed by few

        dose, volume = self.curve(bin_gy=bin_gy)
        percent = 100 * volume / self.knots_cc[0]
        return pandas.DataFrame({"dose_gy": dose, "volume_cc": volume, "volume_percent": percent})

    def plot(
        self,
        axes: Axes | None = None,
        *,
        differential: bool = False,
        absolute_volume: bool = False,
        prescription_gy: float | None = None,
        bin_gy: float = 0.5,
    ) -> Axes:
        """Draw the curve: cumulative with the band of its half-widths, or differential.

        Parameters
        ----------
        axes : matplotlib Axes, optional
            To draw on, such as those of other structures; new ones when not given.
        differential : bool
            Volume per Gy in bins instead of the volume that receives at least a dose.
        absolute_volume : bool
            In cc instead of % of the covered volume.
        prescription_gy : float, optional
            Draw doses in % of it; without it in Gy.
        bin_gy : float
            Width of the bins of a differential curve, Gy.

        Returns
        -------
        Axes
            With labels that name the units, and the structure's name for a legend.

        Raises
        ------
        DicomValueError
            When there is no curve, or the prescription or the bin is not positive.
        """
        from dicom_io.dvh import plot as dvh_plot  # noqa: PLC0415 - matplotlib is heavy, and needed by few

        self._check_curve()
        _check_prescription(prescription_gy)
        on = dvh_plot.new_axes() if axes is None else axes
        per_cc = 1.0 if absolute_volume else 100 / float(self.knots_cc[0])
        per_gy = 1.0 if prescription_gy is None else 100 / prescription_gy
        dose_unit, volume_unit = "Gy" if prescription_gy is None else "%", "cc" if absolute_volume else "%"
        label = self.structure_name
        if self.uncovered_cc:
            label += f" ({100 * (self.covered_fraction or 0.0):.4g} % of it covered)"
        if differential:
            middle, volume = self.differential(bin_gy=bin_gy)
            edges = np.append(middle - 0.5 * bin_gy, middle[-1] + 0.5 * bin_gy)
            density = per_cc * volume / (bin_gy * per_gy)
            dvh_plot.draw_differential(on, per_gy * edges, density, label=label)
            on.set_ylabel(f"volume per dose, {volume_unit}/{dose_unit}")
        else:
            dvh_plot.draw_cumulative(
                on,
                per_gy * self.knots_gy,
                per_cc * self.knots_cc,
                per_gy * self.knots_uncertainty_gy,
                label=label,
            )
            on.set_ylabel(f"volume, {volume_unit}")
        on.set_xlabel("dose, Gy" if prescription_gy is None else "dose, % of the prescription")
        return on

    def to_json(self) -> str:
        """Return the DVH as a JSON document, from which `from_json` makes the same one, digit by digit."""
        plain = {"schema": SCHEMA, **self._plain()}
        return json.dumps(plain, indent=1, allow_nan=False, ensure_ascii=False)

    def _plain(self) -> dict[str, Any]:
        """All fields as JSON has them; the other reading only where there is one."""
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "other"}
        plain = {
            name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()
        }
        return plain if self.other is None else {**plain, "other": self.other._plain()}

    @classmethod
    def from_json(cls, text: str) -> DVH:
        """Return the DVH of a JSON document that `to_json` made.

        Raises
        ------
        DicomValueError
            When it is no such document, or one of another edition.
        """
        try:
            found = json.loads(text)
        except ValueError as fault:
            raise DicomValueError("this is no JSON document, so no DVH") from fault
        if not isinstance(found, dict) or found.pop("schema", None) != SCHEMA:
            raise DicomValueError(_NO_DVH)
        return cls._from_plain(found)

    @classmethod
    def _from_plain(cls, found: Any) -> DVH:
        """The DVH of its fields as JSON has them."""
        names = {field.name for field in fields(cls)}
        if not isinstance(found, dict) or set(found) | {"other"} != names:
            raise DicomValueError(_NO_DVH)
        other = found.pop("other", None)
        for name in ("volume_cc", "covered_cc", "min_gy", "mean_gy", "max_gy", "mean_uncertainty_gy"):
            if found[name] is not None and not isinstance(found[name], (int, float)):
                raise DicomValueError(f"{name} of a DVH in JSON: a number or null is needed")
        for name in ("knots_gy", "knots_cc", "knots_uncertainty_gy"):
            found[name] = _numbers(found[name], name)
        if len({len(found[name]) for name in ("knots_gy", "knots_cc", "knots_uncertainty_gy")}) != 1:
            raise DicomValueError("a DVH in JSON has as many doses as volumes and half-widths")
        if (found["reason"] is None) != (len(found["knots_gy"]) > 1):
            raise DicomValueError("a DVH in JSON has either a curve or a reason for having none")
        found["findings"] = tuple(found["findings"])
        return cls(**found, other=None if other is None else cls._from_plain(other))

    def metric(self, metric: str | Metric, *, prescription_gy: float | None = None) -> MetricValue:
        """Return a metric's value with its uncertainty, or the reason for having none.

        Parameters
        ----------
        metric : str or Metric
            Such as ``"D0.03cc[Gy]"``.
        prescription_gy : float, optional
            The dose that percentages of dose refer to, Gy.

        Returns
        -------
        MetricValue
            Of contours that partly overlap the middle of both readings, its half-width reaching round both.

        Raises
        ------
        DicomValueError
            When `metric` is no metric or the prescription is not positive.
        """
        asked = Metric.parse(metric) if isinstance(metric, str) else metric
        _check_prescription(prescription_gy)
        own = self._own_metric(asked, prescription_gy)
        return own if self.other is None else own.with_reading(self.other._own_metric(asked, prescription_gy))

    def each_reading(self, change: Callable[[DVH], DVH]) -> DVH:
        """Return a change of the curve made to every reading of contours that partly overlap.

        Parameters
        ----------
        change : callable
            Such as a conversion of all doses: takes a DVH of one reading and returns one.
        """
        changed = change(replace(self, other=None))
        return changed if self.other is None else replace(changed, other=change(self.other))

    def _own_metric(self, asked: Metric, prescription_gy: float | None) -> MetricValue:
        """A metric of this reading alone."""
        reason = self._why_not(asked, prescription_gy)
        if reason is not None:
            return MetricValue.absent(asked, reason=reason)
        value, uncertainty = _FORMULAS[asked.kind](self, asked, prescription_gy)
        return MetricValue(text=str(asked), value=value, unit=asked.unit, uncertainty=uncertainty)

    def _why_not(self, metric: Metric, prescription_gy: float | None) -> str | None:
        """Why a metric cannot be had."""
        if self.reason is not None:
            return self.reason
        assert self.volume_cc is not None
        assert self.uncovered_cc is not None
        if self.uncovered_cc > 0:
            return f"not covered: {_cc(self.uncovered_cc)} outside the dose grid"
        if metric.needs_prescription and prescription_gy is None:
            return "relative to the prescription, which is not given"
        if metric.kind in ("D", "DC") and self._asked_volume(metric) > self.volume_cc * (1 + _ROUNDING):
            return f"asks for {metric.at:g} cc, the structure has {_cc(self.volume_cc)}"
        if metric.kind == "HI" and not self.median_gy:
            return "D50% is 0 Gy"
        return None

    def _asked_volume(self, metric: Metric) -> float:
        """The volume of a D or DC metric, cc."""
        assert metric.at is not None
        assert self.volume_cc is not None
        return metric.at if metric.at_unit == "cc" else metric.at / 100 * self.volume_cc

    def _checked_volume(self, volume_cc: ArrayLike) -> FloatArray:
        self._check_curve()
        volume = np.asarray(volume_cc, dtype=np.float64)
        top = float(self.knots_cc[0])
        if not np.all((volume >= -_ROUNDING * top) & (volume <= top * (1 + _ROUNDING))):
            raise DicomValueError(
                f"{self.structure_name}: volumes from {np.min(volume):g} to {np.max(volume):g} cc, "
                f"but {top:g} cc are there"
            )
        return np.clip(volume, 0.0, top)

    def _check_curve(self) -> None:
        if self.reason is not None:
            raise DicomValueError(f"{self.structure_name} has no dose-volume curve: {self.reason}")

    def __repr__(self) -> str:
        if self.reason is not None:
            return f"DVH of {self.structure_name}: none ({self.reason})"
        assert self.volume_cc is not None
        assert self.covered_fraction is not None
        part = "" if self.uncovered_cc == 0 else f", {100 * self.covered_fraction:.4g} % of it covered"
        return (
            f"DVH of {self.structure_name}: {_cc(self.volume_cc)}{part}, "
            f"min {self.min_gy:.2f}, mean {self.mean_gy:.2f}, max {self.max_gy:.2f} Gy"
        )

    def _repr_html_(self) -> str:
        rows = [("structure", self.structure_name)]
        if self.volume_cc is not None:
            rows.append(("volume", _cc(self.volume_cc)))
        if self.reason is not None:
            rows.append(("no curve", self.reason))
        else:
            asked = ("Min[Gy]", "Mean[Gy]", "Max[Gy]", "D95%[Gy]", "D50%[Gy]", "D5%[Gy]")
            rows += [(value.text, repr(value).partition(": ")[2]) for value in map(self.metric, asked)]
        rows += [("finding", finding) for finding in self.findings]
        cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in rows)
        return f"<table>{cells}</table>"


def _check_prescription(prescription_gy: float | None) -> None:
    if prescription_gy is not None and not (np.isfinite(prescription_gy) and prescription_gy > 0):
        raise DicomValueError(f"prescription {prescription_gy} Gy: more than 0 Gy is needed")


def _numbers(values: Any, name: str) -> FloatArray:
    """A list of finite numbers as an array."""
    try:
        found = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as fault:
        raise DicomValueError(f"{name} of a DVH in JSON: a list of numbers is needed") from fault
    if found.ndim != 1 or not np.all(np.isfinite(found)):
        raise DicomValueError(f"{name} of a DVH in JSON: a list of finite numbers is needed")
    return found


def _cc(volume: float) -> str:
    """A volume for people: 3 significant digits."""
    return f"{volume:.3g} cc" if volume < 1000 else f"{volume:.0f} cc"


Formula = Callable[[DVH, Metric, float | None], tuple[float, float]]


def _percent_of_dose(metric: Metric, prescription_gy: float | None, *doses: float) -> tuple[Any, ...]:
    """Doses in the metric's unit."""
    if metric.unit == "Gy":
        return doses
    assert prescription_gy is not None
    return tuple(100 * dose / prescription_gy for dose in doses)


def _dose_at(dvh: DVH, metric: Metric, prescription_gy: float | None) -> tuple[float, float]:
    """D and DC: at the hottest volume, and at what is left of the coldest."""
    assert dvh.volume_cc is not None
    volume = min(dvh._asked_volume(metric), dvh.volume_cc)
    if metric.kind == "DC":
        volume = dvh.volume_cc - volume
    # the curve may end a rounding error below the volume
    volume = min(volume, float(dvh.knots_cc[0]))
    return _percent_of_dose(
        metric, prescription_gy, float(dvh.dose_at_volume(volume)), float(dvh.dose_uncertainty(volume))
    )


def _volume_at(dvh: DVH, metric: Metric, prescription_gy: float | None) -> tuple[float, float]:
    """V and CV: at or above, and below a dose."""
    assert metric.at is not None
    assert dvh.volume_cc is not None
    dose = metric.at if metric.at_unit == "Gy" else metric.at / 100 * (prescription_gy or np.nan)
    volume, uncertainty = float(dvh.volume_at_dose(dose)), float(dvh.volume_uncertainty(dose))
    if metric.kind == "CV":
        volume = dvh.volume_cc - volume
    scale = 1.0 if metric.unit == "cc" else 100 / dvh.volume_cc
    return volume * scale, uncertainty * scale


def _mean(dvh: DVH, metric: Metric, prescription_gy: float | None) -> tuple[float, float]:
    assert dvh.mean_gy is not None
    assert dvh.mean_uncertainty_gy is not None
    return _percent_of_dose(metric, prescription_gy, dvh.mean_gy, dvh.mean_uncertainty_gy)


def _at_share(share: float) -> Formula:
    """The dose at a share of the covered volume."""

    def formula(dvh: DVH, metric: Metric, prescription_gy: float | None) -> tuple[float, float]:
        volume = share * float(dvh.knots_cc[0])
        return _percent_of_dose(
            metric, prescription_gy, float(dvh.dose_at_volume(volume)), float(dvh.dose_uncertainty(volume))
        )

    return formula


def _homogeneity(dvh: DVH, metric: Metric, prescription_gy: float | None) -> tuple[float, float]:
    """ICRU 83: (D2% - D98%) / D50%."""
    volume = np.array([0.02, 0.98, 0.5]) * dvh.knots_cc[0]
    (hot, cold, middle), half_widths = dvh.dose_at_volume(volume), dvh.dose_uncertainty(volume)
    index = (hot - cold) / middle
    return float(index), float((half_widths[0] + half_widths[1] + abs(index) * half_widths[2]) / middle)


_FORMULAS: dict[str, Formula] = {
    "D": _dose_at,
    "DC": _dose_at,
    "V": _volume_at,
    "CV": _volume_at,
    "Mean": _mean,
    "Max": _at_share(0.0),
    "Min": _at_share(1.0),
    "Median": _at_share(0.5),
    "HI": _homogeneity,
}
