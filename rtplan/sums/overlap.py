"""The part of an organ that earlier isodoses hold, and metrics of any field inside it.

Its volume is the DVH engine's. Metrics are read on the organ's points; where the part inside has the value of
the whole organ it is the engine's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.dvh import DVH, Metric, MetricValue, compute_dvh
from dicom_io.objects import GridGeometry, ScalarField, Structure
from rtplan.errors import RtplanValueError
from rtplan.sums.fields import PhysicalField
from rtplan.sums.points import OrganPoints, finest_mm, metric_of_points

__all__ = ["IsodoseShare", "Overlap", "overlap_of"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_VOLUME: Final = Metric(kind="V", at=1.0, at_unit="Gy", unit="cc")
"""Volume at or above a share of 1; the engine takes any number for a dose."""
_PER_STEP: Final = 8
"""Points for each step of the finest grid, along each axis, as far as the organ is not too large."""
_NEAREST: Final = 256
"""Points about as hot as a metric, whose spread says what their distance leaves open."""
_FILLING: Final = np.array([0.8191725134, 0.6710436067, 0.5497004779])
"""Multiples of these, modulo 1, fill a cube evenly (powers of 1 / 1.2207440846, the root of x^4 = x + 1)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class IsodoseShare:
    """How much of its isodose the physical dose of an earlier course reaches: the most of any course.

    Attributes
    ----------
    doses : tuple of PhysicalField
        Of the earlier courses, seen from one frame of reference.
    levels_gy : tuple of float
        Isodose of each, Gy, above 0.
    """

    doses: tuple[PhysicalField, ...]
    levels_gy: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.doses or len(self.doses) != len(self.levels_gy):
            raise RtplanValueError(f"{len(self.levels_gy)} isodoses for {len(self.doses)} earlier doses")
        if not all(np.isfinite(level) and level > 0 for level in self.levels_gy):
            raise RtplanValueError(f"isodoses of {self.levels_gy} Gy: above 0 Gy is needed")

    @property
    def geometry(self) -> GridGeometry:
        """The finest grid of the doses."""
        return min((dose.geometry for dose in self.doses), key=finest_mm)

    @property
    def frame_of_reference_uid(self) -> str:
        """Frame of reference of the points."""
        return self.doses[0].frame_of_reference_uid

    def sample(self, points: FloatArray) -> FloatArray:
        """Return the share at points of shape (n, 3), 1 on an isodose; NaN where a course does not cover."""
        shares = [dose.sample(points) / level for dose, level in zip(self.doses, self.levels_gy, strict=True)]
        most: FloatArray = np.maximum.reduce(shares)
        return most

    def interpolation_shifts(self, points: FloatArray, width: FloatArray) -> FloatArray:
        """Return the estimated true share minus the interpolated one at points, by grid."""
        return np.vstack(
            [
                dose.interpolation_shifts(points, width) / level
                for dose, level in zip(self.doses, self.levels_gy, strict=True)
            ]
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Overlap:
    """An organ's part inside the isodoses.

    Attributes
    ----------
    volume : MetricValue
        cc; with the reason where it is not known.
    points : OrganPoints or None
        Of the whole organ; None where the volume is not known.
    share : ndarray, shape (n,)
        At the scattered points.
    share_half_width : float
        Of the share on the isodose.
    """

    volume: MetricValue
    points: OrganPoints | None
    share: FloatArray
    share_half_width: float

    def metric(self, metric: Metric, field: ScalarField, whole: DVH) -> MetricValue:
        """Return a dose metric of the part inside.

        Parameters
        ----------
        metric : Metric
            A dose in Gy; per cent are those of the part inside.
        field : ScalarField
            Gy, in the frame of reference of the organ.
        whole : DVH
            Of the whole organ in this field.

        Returns
        -------
        MetricValue
            With the reason where the part inside is empty, not known or smaller than what is asked for. Its
            half-width holds that of the dose, of the isodose's place and of the points.
        """
        exact = whole.metric(metric)
        reason = self._why_not(metric) or exact.reason
        if reason is not None or self.points is None or exact.value is None:
            return MetricValue.absent(metric, reason=reason or "nothing is known of the organ")
        read = _InOrgan.of(field, self.points)
        inside = self.share >= 1
        found = read.metric(metric, inside)
        half_width = self._of_border(metric, read)
        if found == read.metric(metric, np.ones_like(inside)):
            found = exact.value
        else:
            half_width += read.half_width(metric, inside, found)
            if metric.kind == "Max" or (metric.kind == "D" and metric.at_unit == "cc"):
                found = min(found, exact.value)  # a part is nowhere hotter than the whole
        half_width += self._of_dose(metric, whole, found)
        return MetricValue(text=str(metric), value=found, unit=metric.unit, uncertainty=half_width)

    def _why_not(self, metric: Metric) -> str | None:
        if self.volume.value is None:
            return self.volume.reason
        if not np.any(self.share >= 1):
            return "no part of the organ lies inside the isodose"
        asked = metric.at if metric.at_unit == "cc" else None
        if asked is not None and asked > self.volume.value:
            return f"asks for {asked:g} cc, the overlap has {self.volume.value:.3g} cc"
        return None

    def _of_dose(self, metric: Metric, whole: DVH, found: float) -> float:
        """Half-width of the dose, of the whole organ's metric or about as high as the one inside."""
        of_whole = whole.metric(metric).uncertainty or 0.0
        if metric.kind == "Mean":
            # All that the organ's mean leaves open may lie inside.
            assert self.volume.value is not None
            return of_whole * (whole.volume_cc or 0.0) / self.volume.value
        return max(of_whole, float(whole.dose_uncertainty(whole.volume_at_dose(found))))

    def _of_border(self, metric: Metric, read: _InOrgan) -> float:
        """Half of what the metric moves by while the isodose moves within its half-width."""
        ends = [
            read.metric(metric, inside)
            for sign in (-1, 1)
            if (inside := self.share >= 1 + sign * self.share_half_width).any()
        ]
        return 0.5 * (max(ends) - min(ends))


def overlap_of(structure: Structure, share: IsodoseShare) -> Overlap:
    """Return the part of an organ inside earlier isodoses.

    Parameters
    ----------
    structure : Structure
        In the frame of reference of the share.
    share : IsodoseShare
    """
    dvh = compute_dvh(structure, share)
    volume = dvh.metric(_VOLUME)
    if volume.value is None:
        return Overlap(volume=volume, points=None, share=np.zeros(0), share_half_width=0.0)
    points = OrganPoints.of(structure, spacing_mm=finest_mm(share.geometry) / _PER_STEP)
    half_width = float(dvh.dose_uncertainty(dvh.volume_at_dose(1.0)))
    return Overlap(
        volume=volume,
        points=points,
        share=_sampled(share, points),
        share_half_width=half_width,
    )


def _sampled(field: ScalarField, points: OrganPoints) -> FloatArray:
    """Return a field at the organ's points, each moved evenly within the cube that it stands for.

    Points in rows would all cross a plane at once: a flat isodose or a dose that rises along an axis would be
    read in steps of their distance. Where a moved point leaves the grid it is asked where it was.
    """
    place = np.arange(len(points.points))[:, None] * _FILLING % 1.0 - 0.5
    found = field.sample(points.points + points.step_mm * place @ points.directions)
    outside = np.flatnonzero(~np.isfinite(found))
    if len(outside):
        found[outside] = field.sample(points.points[outside])
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class _InOrgan:
    """A dose at an organ's points, and how much it varies within the cube that each stands for."""

    dose_gy: FloatArray
    spread_gy: FloatArray
    volume_cc: FloatArray

    @classmethod
    def of(cls, field: ScalarField, points: OrganPoints) -> _InOrgan:
        dose = _sampled(field, points)
        spread = np.abs(dose - field.sample(points.points))
        return cls(dose_gy=dose, spread_gy=spread, volume_cc=points.volume_cc)

    def metric(self, metric: Metric, inside: BoolArray) -> float:
        return metric_of_points(metric, self.dose_gy[inside], self.volume_cc[inside])

    def half_width(self, metric: Metric, inside: BoolArray, found: float) -> float:
        """What the points leave open: a border between them is known to half of their distance."""
        spread = self.spread_gy[inside]
        if metric.kind == "Mean":
            return float(spread.mean())
        nearest = np.argsort(np.abs(self.dose_gy[inside] - found), kind="stable")[:_NEAREST]
        return float(np.quantile(spread[nearest], 0.95))
