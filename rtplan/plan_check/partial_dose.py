"""What a structure that lies partly outside the dose grid receives at least.

Dose is never negative, and no volume outside the grid takes dose away from the volume inside it. So the dose
that the hottest volume of the covered part receives is a lower bound of that of the whole structure, and the
volume that receives a dose is one too. A lower bound can show that an upper limit is exceeded; it can never
show that one is kept.
"""

from __future__ import annotations

from dicom_io.dvh import DVH, Metric, MetricValue

__all__ = ["lower_bound"]


def lower_bound(dvh: DVH, metric: str) -> MetricValue | None:
    """Return a lower bound of a metric of a partly covered structure.

    Parameters
    ----------
    dvh : DVH
    metric : str
        Such as ``"D0.035cc[Gy]"``; in Gy, cc or % of the structure's volume.

    Returns
    -------
    MetricValue or None
        None where the structure is covered whole or not at all, or nothing can be said.
    """
    asked = Metric.parse(metric)
    if dvh.reason is not None or not dvh.uncovered_cc or asked.needs_prescription:
        return None
    found = _volume(dvh, asked) if asked.kind == "V" else _dose(dvh, asked)
    if found is None:
        return None
    value, uncertainty = found
    return MetricValue(text=str(asked), value=value, unit=asked.unit, uncertainty=uncertainty)


def _volume(dvh: DVH, metric: Metric) -> tuple[float, float]:
    """Volume at or above a dose, in the metric's unit."""
    assert metric.at is not None
    assert dvh.volume_cc is not None
    scale = 1.0 if metric.unit == "cc" else 100.0 / dvh.volume_cc
    return (
        scale * float(dvh.volume_at_dose(metric.at)),
        scale * float(dvh.volume_uncertainty(metric.at)),
    )


def _dose(dvh: DVH, metric: Metric) -> tuple[float, float] | None:
    """Dose to a hottest or coldest volume, or the mean, in Gy."""
    assert dvh.volume_cc is not None
    assert dvh.covered_cc is not None
    if metric.kind == "Mean":
        assert dvh.mean_gy is not None
        share = dvh.covered_cc / dvh.volume_cc
        return share * dvh.mean_gy, share * (dvh.mean_uncertainty_gy or 0.0)
    hottest = _hottest_cc(dvh.volume_cc, metric)
    if hottest is None or not 0 <= hottest <= float(dvh.knots_cc[0]):
        return None
    return float(dvh.dose_at_volume(hottest)), float(dvh.dose_uncertainty(hottest))


def _hottest_cc(volume_cc: float, metric: Metric) -> float | None:
    """The hottest volume whose dose a metric is, cc."""
    if metric.kind in ("D", "DC"):
        assert metric.at is not None
        volume = metric.at if metric.at_unit == "cc" else metric.at / 100 * volume_cc
        return volume if metric.kind == "D" else volume_cc - volume
    return {"Max": 0.0, "Median": 0.5 * volume_cc}.get(metric.kind)
