"""A curve of a text export, held against what its file says of the structure."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.dvh import StoredDVH, curve_fault, statement_fault

__all__ = ["NO_CURVE", "TextCurve", "with_curve"]

NO_CURVE = "the export holds no curve of it"
_ROUGH = 2e-3
"""Part of the volume that printing explains."""
_LAST_CC = 0.05
"""Half of the last digit of most printed volumes."""


class TextCurve(NamedTuple):
    """Doses in Gy and the volumes that receive at least each, in % or in cc.

    Attributes
    ----------
    dose_gy, volume : ndarray, shape (points,)
    in_cc : bool
    """

    dose_gy: FloatArray
    volume: FloatArray
    in_cc: bool


def with_curve(stated: StoredDVH, curve: TextCurve | str) -> StoredDVH:
    """Return what the file states of a structure together with its curve, or with why that is not used.

    Not used is a curve that is damaged, or that does not begin with the whole volume, or that contradicts the
    minimum, mean or maximum stated beside it: which of the two is right is not known, so neither is used.

    Parameters
    ----------
    stated : StoredDVH
        Without a curve (``reason=NO_CURVE``).
    curve : TextCurve or str
        Or the reason for having none.
    """
    if stated.is_rbe_weighted:
        said = f"stored DVH of {stated.structure_name}: its doses are Gy(RBE), as the file states"
        stated = replace(stated, findings=(*stated.findings, said))
    if isinstance(curve, str):
        return replace(stated, reason=curve)
    start = _start_fault(stated, curve)
    if start is not None:
        return replace(stated, reason=start, min_gy=None, mean_gy=None, max_gy=None)
    whole = float(curve.volume[0]) if curve.in_cc else 100.0
    dose, fraction = curve.dose_gy, _tidy(curve.volume / whole)
    damage = curve_fault(dose, fraction)
    if damage is not None:
        return replace(stated, reason=damage)
    held = replace(stated, reason=None, dose_gy=dose, volume_fraction=fraction)
    contradiction = statement_fault(held)
    if contradiction is not None:
        return replace(stated, reason=contradiction, min_gy=None, mean_gy=None, max_gy=None)
    return held


def _start_fault(stated: StoredDVH, curve: TextCurve) -> str | None:
    """Return why the first point is not the whole volume, or None.

    A curve that says that it describes a part only is left to that part.
    """
    if curve.volume.size == 0:
        return "its table is empty"
    start, unit = float(curve.volume[0]), "cc" if curve.in_cc else "%"
    at = f"its curve starts at {start:g} {unit}"
    if start <= 0:
        return f"{at}: it does not start with the whole volume at 0 Gy"
    if stated.covered_fraction is not None and stated.covered_fraction < 1 - _ROUGH:
        return None
    if curve.in_cc and stated.volume_cc is None:
        return None if curve.dose_gy[0] == 0 else f"{at}, not with the whole volume at 0 Gy"
    whole = stated.volume_cc if curve.in_cc and stated.volume_cc is not None else 100.0
    spare = _ROUGH * whole + (max(stated.volume_tolerance_cc, _LAST_CC) if curve.in_cc else 0.0)
    if start < whole - spare or (curve.in_cc and start > whole + spare):
        return f"{at}, the whole volume is {whole:g} {unit}: how much it describes is not known"
    return None


def _tidy(fraction: FloatArray) -> FloatArray:
    """Take away what printing adds: a little more than the whole, a last digit that rises."""
    rises = np.diff(fraction)
    if fraction[0] > 1 + _ROUGH or np.any(rises > 1e-5):
        return fraction
    tidy: FloatArray = np.minimum.accumulate(np.clip(fraction, 0.0, 1.0))
    return tidy
