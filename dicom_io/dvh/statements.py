"""Whether the minimum, mean and maximum that a file states can be those of the curve beside them."""

from __future__ import annotations

import numpy as np

from dicom_io.dvh.stored import StoredDVH

__all__ = ["statement_fault"]

_SOME = 2e-3
"""Part of the volume that printing may hide at either end of a curve."""
_ROUGH_GY, _ROUGH = 0.05, 0.005
"""Gy and part of a dose by which two ways of computing it may differ."""
_HIDDEN = 0.02
"""Part of the maximum by which it may exceed the last dose of a curve."""


def statement_fault(dvh: StoredDVH) -> str | None:
    """Return which stated dose contradicts the curve, or None.

    Between two points the curve may be anything that does not rise, so each stated dose has a range; beyond
    it lie half of its last digit, the open end of the bins, and 0.05 Gy or 0.5 %. A maximum may lie 2 % above
    the curve's end, whose last volumes printing hides.

    Parameters
    ----------
    dvh : StoredDVH
        With a curve.

    Examples
    --------
    >>> statement_fault(StoredDVH(
    ...     structure_name="Cord", source="Eclipse text", mean_gy=28.0,
    ...     dose_gy=np.array([0.0, 10.0, 20.0, 30.0]), volume_fraction=np.array([1.0, 0.75, 0.25, 0.0])))
    'its stated mean of 28 Gy contradicts its curve (10 to 20 Gy); which is right is not known'
    """
    for name, value, (low, high) in (
        ("minimum", dvh.min_gy, _minimum(dvh)),
        ("mean", dvh.mean_gy, _mean(dvh)),
        ("maximum", dvh.max_gy, _maximum(dvh)),
    ):
        if value is None:
            continue
        spare = dvh.stated_tolerance_gy + dvh.dose_tolerance_gy + max(_ROUGH_GY, _ROUGH * value)
        if not low - spare <= value <= high + spare:
            return (
                f"its stated {name} of {value:g} Gy contradicts its curve ({_range(low, high)}); which is "
                "right is not known"
            )
    return None


def _range(low: float, high: float) -> str:
    return f"{low:g} to {high:g} Gy" if np.isfinite(high) else f"at least {low:g} Gy"


def _minimum(dvh: StoredDVH) -> tuple[float, float]:
    """Below the first point that part of the volume does not reach; a small part may receive less."""
    less = np.flatnonzero(dvh.volume_fraction < 1 - _SOME)
    return 0.0, float(dvh.dose_gy[less[0]]) if len(less) else np.inf


def _mean(dvh: StoredDVH) -> tuple[float, float]:
    """Areas under the lowest and the highest curve through the points."""
    dose, left = dvh.dose_gy, dvh.volume_fraction
    step = np.diff(dose)
    low, high = float(dose[0] + step @ left[1:]), float(dose[0] + step @ left[:-1])
    if left[-1] <= 0:
        return low, high
    # the curve stops early: what lies above its last dose may receive up to the stated maximum
    beyond = np.inf if dvh.max_gy is None else max(dvh.max_gy - float(dose[-1]), 0.0)
    return low, high + float(left[-1]) * beyond


def _maximum(dvh: StoredDVH) -> tuple[float, float]:
    """Between the last dose that some of the volume receives and a little above the first that none does."""
    some, none = np.flatnonzero(dvh.volume_fraction > 0), np.flatnonzero(dvh.volume_fraction <= 0)
    low = float(dvh.dose_gy[some[-1]]) if len(some) else 0.0
    return low, (1 + _HIDDEN) * float(dvh.dose_gy[none[0]]) if len(none) else np.inf
