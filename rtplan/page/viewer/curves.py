"""Curves of an organ as data for a plot: each course, the sum, what bounds it, limits; and its hot spot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dicom_io.dvh import DVH
from rtplan.page.viewer.scene import Scene
from rtplan.reirradiation.organ import OrganDvhs, curve_of_dvh, prior_curve
from rtplan.sums import OrganCurve, dose_bounds
from rtplan.what_if import StatedOrgan, Tried, TriedRow, tried_curve, tried_rows

__all__ = ["curves_record", "hot_spot_record", "tried_record"]

FloatArray = NDArray[np.float64]

_KNOTS: Final = 240
_BOUNDS: Final = 28


def curves_record(scene: Scene, organ: StatedOrgan, tried: Tried) -> dict[str, Any]:
    """Return the curves of an organ: volumes in percent of the organ, doses in Gy EQD2.

    Parameters
    ----------
    scene : Scene
    organ : StatedOrgan
    tried : Tried
        Adds the curve of the sum with what is tried.
    """
    stated = scene.remembered_curves(organ, lambda: _stated_curves(scene, organ))
    return {
        **stated,
        "tried_alpha_beta_gy": tried.alpha_beta_of(organ.organ, organ.alpha_beta),
        "tried": _tried_curve(scene, organ, tried),
    }


def _stated_curves(scene: Scene, organ: StatedOrgan) -> dict[str, Any]:
    dvhs, letters = organ.dvhs, scene.letters
    curves = [
        _curve(dvh, kind="course", name=letters[label], label=label)
        for label, dvh in sorted(dvhs.eqd2.items(), key=lambda item: letters[item[0]])
        if dvh.reason is None
    ]
    for kind, own in (("sum", dvhs.total), ("recovered", dvhs.recovered)):
        if own is not None and own.reason is None:
            curves.append(_curve(own, kind=kind, name=kind, label=kind))
    return {
        "organ": organ.organ,
        "alpha_beta_gy": organ.alpha_beta,
        "volume_cc": None if dvhs.total is None else dvhs.total.volume_cc,
        "covered_fraction": None if dvhs.total is None else dvhs.total.covered_fraction,
        "curves": curves,
        "bounds": _bounds(scene, organ, dvhs),
        "limits": _limits(organ),
        "reason": organ.reason,
    }


def _curve(dvh: DVH, *, kind: str, name: str, label: str) -> dict[str, Any]:
    assert dvh.volume_cc is not None
    pick = np.unique(np.round(np.linspace(0, len(dvh.knots_gy) - 1, _KNOTS)).astype(int))
    return {
        "kind": kind,
        "name": name,
        "label": label,
        "dose_gy": _rounded(dvh.knots_gy[pick]),
        "volume_percent": _rounded(100 * dvh.knots_cc[pick] / dvh.volume_cc),
    }


def _rounded(values: FloatArray) -> list[float]:
    return [round(value, 3) for value in values.tolist()]


def _tried_curve(scene: Scene, organ: StatedOrgan, tried: Tried) -> dict[str, Any] | None:
    if tried.is_stated:
        return None
    curve = tried_curve(scene.moved_organ(organ, tried), tried, regimens=tried.regimens(scene.answer))
    if curve is None:
        return None
    return {
        "dose_gy": _rounded(curve.dose_gy),
        "volume_percent": _rounded(100 * curve.volume_cc / curve.volume_cc[0]),
    }


def _bounds(scene: Scene, organ: StatedOrgan, dvhs: OrganDvhs) -> dict[str, Any] | None:
    """What is possible without registration at a row of volumes; None where a course says nothing."""
    curves = _organ_curves(scene, organ, dvhs)
    if curves is None:
        return None
    whole = curves[-1].volume_cc
    share = (1 - np.cos(np.linspace(0, np.pi, _BOUNDS))) / 2
    found = [dose_bounds(curves, float(part * whole)) for part in share]
    return {
        "volume_percent": _rounded(100 * share),
        "low_gy": [None if b.low is None else round(b.low, 3) for b in found],
        "high_gy": [None if b.high is None else round(b.high, 3) for b in found],
    }


def _organ_curves(scene: Scene, organ: StatedOrgan, dvhs: OrganDvhs) -> list[OrganCurve] | None:
    own = dvhs.eqd2.get(scene.answer.new.label)
    today = None if own is None else curve_of_dvh(own, label=scene.answer.new.label)
    if today is None:
        return None
    found: list[OrganCurve] = []
    for place, course in enumerate(scene.answer.priors):
        curve = prior_curve(
            course,
            organ.match.name_in(place),
            dvhs.eqd2,
            alpha_beta=organ.alpha_beta,
            volume_cc=today.volume_cc,
        )
        if curve is None:
            return None
        found.append(curve)
    return [*found, today]


def _limits(organ: StatedOrgan) -> list[dict[str, Any]]:
    return [
        {
            "metric": row.metric,
            "gy": row.limit.eqd2_gy,
            "comparator": row.limit.comparator,
            "source": row.limit.source,
            "verdict": None if row.verdict is None else row.verdict.value,
        }
        for row in organ.rows
        if row.limit is not None
    ]


def hot_spot_record(scene: Scene, organ: StatedOrgan, tried: Tried) -> dict[str, Any]:
    """Return where an organ's sum is largest, of its points that every course covers."""
    here = scene.moved_organ(organ, tried)
    if here.samples is None:
        return {"organ": organ.organ, "point_mm": None, "reason": organ.reason}
    dose = here.samples.eqd2_of(
        tried.alpha_beta_of(organ.organ, organ.alpha_beta),
        recovered=dict.fromkeys(organ.priors, tried.recovered or 0.0),
        regimens=tried.regimens(scene.answer),
    )
    if not np.isfinite(dose).any():
        return {"organ": organ.organ, "point_mm": None, "reason": "no point of it is covered by every course"}
    hottest = int(np.nanargmax(dose))
    return {
        "organ": organ.organ,
        "alpha_beta_gy": organ.alpha_beta,
        "point_mm": [round(part, 2) for part in here.samples.points[hottest].tolist()],
        "eqd2_gy": round(float(dose[hottest]), 3),
        "reason": None
        if np.isfinite(dose).all()
        else "part of the organ is not covered: it may be hotter there",
    }


def tried_record(scene: Scene, tried: Tried, shown: StatedOrgan | None) -> dict[str, Any]:
    """Return every row with what is tried, and the curves of one organ."""
    regimens: Mapping[str, Any] = tried.regimens(scene.answer)
    rows = [
        row
        for organ in scene.organs
        for row in tried_rows(scene.moved_organ(organ, tried), tried, regimens=regimens)
    ]
    return {
        "is_stated": tried.is_stated,
        "rows": [_row_record(row) for row in rows],
        "curves": None if shown is None else curves_record(scene, shown, tried),
    }


def _row_record(row: TriedRow) -> dict[str, Any]:
    stated, judged = row.stated_judgement, row.judgement
    return {
        "organ": row.organ,
        "metric": row.metric,
        "stated_alpha_beta_gy": row.stated_alpha_beta_gy,
        "alpha_beta_gy": row.alpha_beta_gy,
        "stated_gy": row.stated.value,
        "tried_gy": row.tried.value,
        "half_width_gy": row.tried.uncertainty,
        "reason": row.tried.reason or (None if judged is None else judged.reason),
        "limit_gy": row.limit_gy,
        "stated_verdict": None if stated is None else stated.verdict.value,
        "verdict": None if judged is None else judged.verdict.value,
        "margin_gy": None if judged is None else judged.margin,
    }
