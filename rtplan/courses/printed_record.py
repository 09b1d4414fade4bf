"""What a printed record says of an organ: single physical doses, and how far they bound its EQD2."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bed import eqd2
from dicom_io.dvh import Metric
from rtplan.errors import RtplanValueError
from rtplan.sums import OrganCurve, curve_of_points

__all__ = ["OrganRecord", "curve_of_record"]

_KINDS = ("D", "Max", "Mean", "Min", "Median")
_SHARE = {"Max": 0.0, "Median": 0.5, "Min": 1.0}


@dataclass(frozen=True, kw_only=True)
class OrganRecord:
    """Doses of one organ in one course, typed from paper.

    Attributes
    ----------
    name : str
        Standard name of the organ.
    doses_gy : mapping of Metric to float
        Physical dose in Gy, total of the fractions delivered: maximum, mean, D0.1cc and their like.
    volume_cc : float or None
        The organ's volume as recorded; None where the record does not say.
    assumed : bool
        The doses are the user's assumption, not read in any record.

    Examples
    --------
    >>> printed = OrganRecord(name="Bladder", doses_gy={Metric.parse("Max[Gy]"): 51.0})
    >>> printed.max_gy
    51.0
    """

    name: str
    doses_gy: Mapping[Metric, float] = field(hash=False)
    volume_cc: float | None = None
    assumed: bool = False

    def __post_init__(self) -> None:
        if not self.doses_gy:
            raise RtplanValueError(f"{self.name}: a record needs at least one dose")
        for metric, dose in self.doses_gy.items():
            self._check_dose(metric, dose)
        if self.volume_cc is not None and not 0 < self.volume_cc < 1e6:
            raise RtplanValueError(f"{self.name}: a volume of {self.volume_cc} cc is no organ's")
        if self.max_gy is not None and any(dose > self.max_gy for dose in self.doses_gy.values()):
            raise RtplanValueError(f"{self.name}: a recorded dose is larger than the recorded maximum")

    def _check_dose(self, metric: Metric, dose: float) -> None:
        if metric.kind not in _KINDS or metric.unit != "Gy":
            raise RtplanValueError(f"{self.name}: {metric} is no dose in Gy that bounds an organ")
        if not (math.isfinite(dose) and dose >= 0):
            raise RtplanValueError(f"{self.name}: {metric} of {dose} Gy; at least 0 Gy is needed")
        if dose > 300:
            raise RtplanValueError(f"{self.name}: {metric} of {dose:g} Gy; did you type cGy?")

    def times(self, factor: float) -> OrganRecord:
        """Return the record with every dose multiplied by a factor: a stated RBE, or the share delivered."""
        if factor == 1.0:
            return self
        return replace(self, doses_gy={metric: dose * factor for metric, dose in self.doses_gy.items()})

    def _one(self, kind: str) -> float | None:
        return next((dose for metric, dose in self.doses_gy.items() if metric.kind == kind), None)

    @property
    def max_gy(self) -> float | None:
        """Recorded maximum, Gy."""
        return self._one("Max")

    @property
    def mean_gy(self) -> float | None:
        """Recorded mean, Gy."""
        return self._one("Mean")

    def points(self, volume_cc: float) -> list[tuple[float, float]]:
        """Return (volume in cc, physical dose in Gy) of every recorded D_v of an organ of this volume."""
        return [
            (_volume_of(metric, volume_cc), dose)
            for metric, dose in self.doses_gy.items()
            if metric.kind != "Mean"
        ]


def _volume_of(metric: Metric, volume_cc: float) -> float:
    if metric.at is None:
        return _SHARE[metric.kind] * volume_cc
    return metric.at if metric.at_unit == "cc" else metric.at / 100 * volume_cc


def curve_of_record(
    record: OrganRecord, *, n_fractions: int, alpha_beta: float, label: str, volume_cc: float
) -> OrganCurve:
    """Return what a record says of the EQD2 curve of its organ.

    EQD2 rises with the dose, so every recorded D_v converts as it is. It is convex in the dose, so of a mean
    only EQD2(Dmean) <= mean EQD2 <= (Dmean / Dmax) EQD2(Dmax) is known, and without a maximum no upper end.

    Parameters
    ----------
    record : OrganRecord
    n_fractions : int
        Fractions delivered in that course.
    alpha_beta : float
        Gy.
    label : str
        The course.
    volume_cc : float
        Volume of the organ where the record does not give one.

    Examples
    --------
    >>> record = OrganRecord(name="Bladder", doses_gy={Metric.parse("Max[Gy]"): 50.0,
    ...                                                Metric.parse("Mean[Gy]"): 25.0})
    >>> curve = curve_of_record(record, n_fractions=25, alpha_beta=3, label="2019", volume_cc=100)
    >>> curve.max_gy, curve.mean_gy
    (50.0, (20.0, 25.0))
    """
    volume = record.volume_cc or volume_cc
    converted = [(v, float(eqd2(dose, n_fractions, alpha_beta))) for v, dose in record.points(volume)]
    return curve_of_points(
        converted,
        volume_cc=volume,
        label=label,
        mean_gy=_mean_bounds(record, n_fractions, alpha_beta),
    )


def _mean_bounds(record: OrganRecord, n_fractions: int, alpha_beta: float) -> tuple[float, float]:
    """Bound the mean EQD2: convexity from below, the chord to the maximum from above."""
    mean, highest = record.mean_gy, record.max_gy
    low = 0.0 if mean is None else float(eqd2(mean, n_fractions, alpha_beta))
    if highest is None:
        return low, math.inf
    at_highest = float(eqd2(highest, n_fractions, alpha_beta))
    if mean is None or highest == 0:
        return low, at_highest
    return low, mean / highest * at_highest
