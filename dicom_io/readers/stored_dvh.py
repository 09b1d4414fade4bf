"""DVHs stored in an RT Dose object (RT DVH module): read as they are, for comparison only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from dicom_io.arrays import FloatArray
from dicom_io.dvh import StoredDVH, curve_fault
from dicom_io.errors import DicomIoError, DicomValueError
from dicom_io.readers.dataset import (
    Source,
    check_class,
    code,
    integer,
    items,
    number,
    numbers,
    open_dataset,
    reading,
)
from dicom_io.readers.rtdose import RT_DOSE

__all__ = ["read_stored_dvhs"]


_NOISE = 1e-6
"""Part of the volume that a sum of bins leaves by rounding."""
_RESIDUE = 1e-9
"""Part of the volume below which nothing is left: splines and sums end so instead of at 0."""
_EVEN = 1e-6
_ROUNDING_GY = 1e-3
"""What printing leaves of a stated dose."""
_HIDDEN = 0.02
"""Part by which a maximum may lie beyond the last printed volume."""


@dataclass(frozen=True, kw_only=True)
class _Curve:
    """Doses in Gy and volumes in their unit, cumulative."""

    dose_gy: FloatArray
    volume: FloatArray
    tolerance_gy: float


def read_stored_dvhs(
    source: Source, *, names: Mapping[int, str] | None = None, normalisation_dose_gy: float | None = None
) -> tuple[StoredDVH, ...]:
    """Return the DVHs that an RT Dose stores.

    A stored DVH belongs to the contours and the dose of the day when it was made; nothing in the file proves
    that they are those of the same folder. DVHs computed from dose and contours are never replaced by it.

    The standard (PS3.3, C.8.8.4) does not say at which end of its bin a cumulative volume is meant. It is
    taken at the start, and a whole bin upwards is part of the uncertainty: exports at hand mean the start or
    the middle.

    Parameters
    ----------
    source : path, bytes or Dataset
    names : mapping of int to str, optional
        Structure names by number, from the structure set.
    normalisation_dose_gy : float, optional
        For DVHs of RELATIVE dose units: the dose in Gy that a stored dose of 1 stands for. Without it they
        are kept with the reason for having no doses in Gy.

    Returns
    -------
    tuple of StoredDVH
        In file order; empty where the object stores none. What is unusable is kept with its reason.

    Raises
    ------
    DicomReadError
        Not an RT Dose, or damaged.
    """
    if normalisation_dose_gy is not None and not 0 < normalisation_dose_gy < 1000:
        raise DicomValueError(f"normalisation_dose_gy {normalisation_dose_gy}: 0 to 1000 Gy; is it in cGy?")
    with reading("RT Dose"):
        dataset, _ = open_dataset(source)
        check_class(dataset, RT_DOSE, what="an RT Dose")
        return tuple(
            _stored_dvh(item, names or {}, normalisation_dose_gy) for item in items(dataset, "DVHSequence")
        )


def _stored_dvh(item: Dataset, names: Mapping[int, str], normalisation: float | None) -> StoredDVH:
    included, excluded = _structures(item, "INCLUDED"), _structures(item, "EXCLUDED")
    name = _name(included, excluded, names)
    findings: list[str] = []
    curve = _curve(item, normalisation, findings)
    if not isinstance(curve, str):
        curve = _checked(curve, code(item, "DVHVolumeUnits"), findings)
    stated = {} if isinstance(curve, str) else _stated(item, curve, normalisation, findings)
    in_cc = code(item, "DVHVolumeUnits") == "CM3"
    whole = 1.0 if isinstance(curve, str) else float(curve.volume[0])
    fraction = np.zeros(0) if isinstance(curve, str) else curve.volume / (whole if in_cc else 100.0)
    if not isinstance(curve, str) and curve.volume[-1] > 0:
        findings.append(
            f"it stops at {curve.dose_gy[-1]:g} Gy with {100 * fraction[-1]:.2g} % of the volume above"
        )
    return StoredDVH(
        structure_name=name,
        structure_number=included[0] if len(included) == 1 else None,
        source="RTDOSE",
        volume_cc=whole if in_cc and not isinstance(curve, str) else None,
        min_gy=stated.get("DVHMinimumDose"),
        mean_gy=stated.get("DVHMeanDose"),
        max_gy=stated.get("DVHMaximumDose"),
        dose_gy=np.zeros(0) if isinstance(curve, str) else curve.dose_gy,
        volume_fraction=fraction,
        dose_tolerance_gy=0.0 if isinstance(curve, str) else curve.tolerance_gy,
        covered_fraction=1.0 if in_cc or isinstance(curve, str) else float(fraction[0]),
        included_numbers=included,
        excluded_numbers=excluded,
        findings=tuple(f"stored DVH of {name}: {finding}" for finding in findings),
        reason=curve if isinstance(curve, str) else None,
    )


def _structures(item: Dataset, contribution: str) -> tuple[int, ...]:
    found = (
        integer(roi, "ReferencedROINumber")
        for roi in items(item, "DVHReferencedROISequence")
        if (code(roi, "DVHROIContributionType") or "INCLUDED") == contribution
    )
    return tuple(number for number in found if number is not None)


def _name(included: tuple[int, ...], excluded: tuple[int, ...], names: Mapping[int, str]) -> str:
    """Name what is described, such as ``Prostate without Urethra``."""
    called = [names.get(one) or f"structure {one}" for one in (*included, *excluded)]
    without = called[len(included) :]
    told = " and ".join(called[: len(included)]) or "no structure"
    return told + (f" without {' and '.join(without)}" if without else "")


def _curve(item: Dataset, normalisation: float | None, findings: list[str]) -> _Curve | str:
    """Return the cumulative curve with its doses in Gy, or why there is none."""
    if code(item, "DoseType") not in ("PHYSICAL", ""):
        return f"its DoseType is {code(item, 'DoseType')}, not physical dose"
    gy = _gy_per_unit(item, normalisation)
    if isinstance(gy, str):
        return gy
    try:
        flat, scaling = numbers(item, "DVHData"), number(item, "DVHDoseScaling")
        declared = integer(item, "DVHNumberOfBins")
    except DicomIoError as error:
        return str(error)
    if flat.size < 4 or flat.size % 2:
        return f"its DVHData hold {flat.size} numbers: at least two pairs are needed"
    if scaling is None or scaling <= 0:
        return "it has no usable DVHDoseScaling"
    width, volume = flat[::2] * scaling * gy, flat[1::2]
    if declared != len(width):
        findings.append(f"it declares {declared} bins and holds {len(width)}; those it holds are used")
    return _cumulative(code(item, "DVHType"), width, volume)


def _gy_per_unit(item: Dataset, normalisation: float | None) -> float | str:
    units = code(item, "DoseUnits")
    if units == "GY":
        return 1.0
    if units == "RELATIVE":
        return normalisation or "its doses are RELATIVE: the dose that 1 stands for is not given"
    return f"its DoseUnits is {units or 'not given'}: GY or RELATIVE is allowed"


def _cumulative(kind: str, width: FloatArray, volume: FloatArray) -> _Curve | str:
    """Return volumes at doses, the widths of the bins added up."""
    if np.any(width < 0) or not np.any(width > 0):
        return "its bins have no width, or a negative one"
    if _holds_doses(width):
        return "its bin widths grow evenly from bin to bin: doses instead of widths? Which is not known"
    edges = np.concatenate([[0.0], np.cumsum(width)])
    if kind == "DIFFERENTIAL":
        left = np.concatenate([np.cumsum(volume[::-1])[::-1], [0.0]])
        return _Curve(dose_gy=edges, volume=left, tolerance_gy=0.0)
    if kind != "CUMULATIVE":
        return f"its DVHType is {kind or 'not given'}: CUMULATIVE and DIFFERENTIAL are read"
    if width[0] == 0:
        return _Curve(dose_gy=edges[1:], volume=volume, tolerance_gy=float(width.max()))
    return _Curve(dose_gy=edges[:-1], volume=volume, tolerance_gy=float(width.max()))


def _holds_doses(width: FloatArray) -> bool:
    """Return whether the widths form an evenly rising series, as doses wrongly written for widths do."""
    steps = np.diff(width)
    return len(width) > 3 and steps[0] > 0 and bool(np.ptp(steps) <= _EVEN * width.max() + 1e-9)


def _checked(curve: _Curve, units: str, findings: list[str]) -> _Curve | str:
    """Return the curve with the rounding of its sums taken away, or why it cannot be used."""
    whole = float(curve.volume[0])
    if units not in ("CM3", "PERCENT"):
        return f"its DVHVolumeUnits is {units or 'not given'}: CM3 and PERCENT are read"
    if whole <= 0:
        return "it describes no volume"
    if units == "PERCENT" and abs(whole - 100) > 0.1:
        if whole <= 1.001:
            return f"it starts at {whole:g} PERCENT: fractions of 1? Which is not known"
        findings.append(f"it starts at {whole:g} %, not at 100 %")
    volume = np.where(curve.volume > _RESIDUE * whole, curve.volume, 0.0)
    if np.any(curve.volume < -_NOISE * whole) or np.any(np.diff(volume) > _NOISE * whole):
        return "its volumes are negative or rise with dose"
    tidy = _Curve(
        dose_gy=curve.dose_gy, volume=np.minimum.accumulate(volume), tolerance_gy=curve.tolerance_gy
    )
    if units == "PERCENT" and whole > 100:
        tidy = _Curve(
            dose_gy=tidy.dose_gy, volume=np.minimum(tidy.volume, 100.0), tolerance_gy=tidy.tolerance_gy
        )
    return curve_fault(tidy.dose_gy, tidy.volume / tidy.volume[0]) or tidy


def _stated(
    item: Dataset, curve: _Curve, normalisation: float | None, findings: list[str]
) -> dict[str, float]:
    """Return minimum, mean and maximum in Gy where they fit the curve; else say that they do not."""
    gy = _gy_per_unit(item, normalisation)
    assert isinstance(gy, float)
    found: dict[str, float] = {}
    for keyword in ("DVHMinimumDose", "DVHMeanDose", "DVHMaximumDose"):
        try:
            value = number(item, keyword)
        except DicomValueError as error:
            findings.append(str(error))
            continue
        if value is not None:
            found[keyword] = value * gy
    wrong = [keyword for keyword, value in found.items() if not _fits(keyword, value, curve)]
    if wrong:
        findings.append(
            f"{', '.join(wrong)} contradict its curve (percent instead of Gy?); stated minimum, mean and "
            "maximum are not used"
        )
        return {}
    return found


def _fits(keyword: str, value: float, curve: _Curve) -> bool:
    """Return whether a stated dose is one that the curve leaves open: anywhere in a bin, at either end of it.

    The convention for the ends of cumulative bins moves all doses up by one bin at most, and never down. A
    maximum may lie a little beyond the curve, since printing hides the last volumes.
    """
    dose, part = curve.dose_gy, curve.volume / curve.volume[0]
    closed = part[-1] <= _NOISE
    up = curve.tolerance_gy + _ROUNDING_GY
    if keyword == "DVHMinimumDose":
        full = int(np.flatnonzero(part >= 1 - _NOISE)[-1])
        return full == len(dose) - 1 or value <= float(dose[full + 1]) + up
    if keyword == "DVHMaximumDose":
        last = int(np.flatnonzero(part > _NOISE)[-1])
        return value >= float(dose[last]) - _ROUNDING_GY and (
            not closed or value <= float(dose[last + 1]) * (1 + _HIDDEN) + up
        )
    step = np.diff(dose)
    low, high = float(step @ part[1:]), float(step @ part[:-1])
    return value >= low - _ROUNDING_GY and (not closed or value <= high + up)
