"""Monaco: one line of head, rows of structure, dose and volume.

Written after two public readers that agree, without a sample of the system's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.dvh import DVHExport, ExportedPlan, StoredDVH
from dicom_io.errors import DicomReadError
from dicom_io.readers.dvh_text.curve import NO_CURVE, TextCurve, with_curve
from dicom_io.readers.dvh_text.fields import NumberForm, Stated, fields_of, identity_of
from dicom_io.readers.dvh_text.system import TextSystem
from dicom_io.readers.dvh_text.units import dose_unit, is_cc

__all__ = ["SYSTEM"]

_HEAD: Final = re.compile(r"Patient ID:.*\|\s*Plan Name:.*\|\s*Dose Units:", re.IGNORECASE)
_ROW: Final = re.compile(r"(?P<name>\S.*?)\s+(?P<dose>[\d.,]+)\s+(?P<volume>[\d.,]+)")
_BIN: Final = re.compile(r"(?P<width>[\d.,]+)\s*\((?P<unit>.+)\)")


def _recognises(lines: Sequence[str]) -> bool:
    return any(_HEAD.match(line) for line in lines[:3])


def _read(lines: Sequence[str], sha256: str) -> DVHExport:
    form = NumberForm.of(lines)
    place = next(k for k, line in enumerate(lines) if _HEAD.match(line))
    stated = dict(fields_of([part.strip() for part in lines[place].split("|")], form))
    rows = _rows(lines[place + 1 :], form)
    if any(np.any(np.diff(table[:, 1]) > 1e-5 * table[:, 1].max()) for _, table in rows):
        raise DicomReadError(
            "volumes that rise with dose: a differential DVH export? export it as cumulative"
        )
    _, _, patient_id = stated.get("patient id", Stated()).value.rpartition("~")
    return DVHExport(
        system="Monaco",
        plans=(ExportedPlan(label=stated.get("plan name", Stated()).value),),
        dvhs=tuple(_dvh(name, table, stated, form) for name, table in rows),
        patient=identity_of(patient_id.strip()),
        source_sha256=sha256,
        findings=(
            "this export does not say that its curves are cumulative; none rises: they are taken as such",
        ),
    )


SYSTEM: Final = TextSystem(name="Monaco", recognises=_recognises, reads=_read)


def _rows(lines: Sequence[str], form: NumberForm) -> list[tuple[str, FloatArray]]:
    """Return dose and volume of each structure, in file order."""
    matches = [_ROW.fullmatch(line.strip()) for line in lines]
    places = [place for place, match in enumerate(matches) if match]
    if not places:
        raise DicomReadError("the DVH text export holds no structures")
    found: list[tuple[str, list[tuple[float, float]]]] = []
    for line, match in zip(lines[places[0] : places[-1] + 1], matches[places[0] :], strict=False):
        if not line.strip():
            continue
        numbers = [] if match is None else [form.number(match["dose"]), form.number(match["volume"])]
        if match is None or None in numbers:
            comma = " (is its comma one of decimals or of thousands?)" if "," in line else ""
            raise DicomReadError(
                f"the DVH text export has a line that is no structure and two numbers{comma}"
            )
        if not found or found[-1][0] != match["name"]:
            found.append((match["name"], []))
        dose, volume = (number for number in numbers if number is not None)
        found[-1][1].append((dose, volume))
    return [(name, np.array(rows)) for name, rows in found]


def _dvh(name: str, table: FloatArray, stated: Mapping[str, Stated], form: NumberForm) -> StoredDVH:
    unit = dose_unit(stated.get("dose units", Stated()).value)
    curve = _curve(table, stated)
    in_cc = isinstance(curve, TextCurve) and curve.in_cc
    found = StoredDVH(
        structure_name=name,
        source="Monaco text",
        volume_cc=float(table[0, 1]) if in_cc else None,
        dose_tolerance_gy=_bin_gy(stated.get("bin width", Stated()), form),
        plan=stated.get("plan name", Stated()).value,
        is_rbe_weighted=unit is not None and unit.is_rbe_weighted,
        reason=NO_CURVE,
    )
    return with_curve(found, curve)


def _bin_gy(width: Stated, form: NumberForm) -> float:
    """Return the width of a bin; whether a volume is that at its lower or upper end is not said."""
    match = _BIN.match(width.value)
    unit = dose_unit(match["unit"]) if match else None
    number = form.number(match["width"]) if match else None
    return number * unit.gy if number and unit else 0.0


def _curve(table: FloatArray, stated: Mapping[str, Stated]) -> TextCurve | str:
    """Return the curve of a structure, or why there is none."""
    written = stated.get("dose units", Stated()).value
    volume_unit = stated.get("volume units", Stated()).value
    unit = dose_unit(written)
    if unit is None and written == "%":
        return "its doses are relative and the export names no prescription"
    if unit is None:
        return f"its dose unit is {written or 'not given'}: Gy or cGy is needed"
    if volume_unit != "%" and not is_cc(volume_unit):
        return f"its volume unit is {volume_unit or 'not given'}: % or cm3 is needed"
    # no other statement tells a cumulative curve from a differential one
    if table[0, 0] != 0 or table[0, 1] <= 0 or (volume_unit == "%" and abs(table[0, 1] - 100) > 0.1):
        return "its curve does not start with the whole volume at 0 Gy: a differential DVH?"
    return TextCurve(table[:, 0] * unit.gy, table[:, 1], in_cc=volume_unit != "%")
