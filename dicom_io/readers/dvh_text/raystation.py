"""RayStation: sections that begin with ``#RoiName``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dicom_io.dvh import DVHExport, ExportedPlan, StoredDVH
from dicom_io.readers.dvh_text.curve import NO_CURVE, TextCurve, with_curve
from dicom_io.readers.dvh_text.fields import (
    NumberForm,
    Stated,
    fields_of,
    identity_of,
    sections_of,
    table_of,
)
from dicom_io.readers.dvh_text.system import TextSystem
from dicom_io.readers.dvh_text.units import DoseUnit, dose_unit, is_cc

__all__ = ["SYSTEM"]

_DOSE: Final = re.compile(r"(?P<number>[\d.,]+)\s*(?P<unit>\S.*)")


def _begins_structure(line: str) -> bool:
    return line.startswith("#RoiName:")


def _recognises(lines: Sequence[str]) -> bool:
    return any(map(_begins_structure, lines))


def _read(lines: Sequence[str], sha256: str) -> DVHExport:
    form = NumberForm.of(lines)
    header, sections = sections_of(lines, _begins_structure)
    stated = dict(fields_of(_heads(header, everything=True), form))
    plan = _plan(stated, form)
    return DVHExport(
        system="RayStation",
        plans=(plan,),
        dvhs=tuple(_dvh(section, plan, form) for section in sections),
        patient=identity_of(stated.get("patientid", Stated()).value),
        source_sha256=sha256,
    )


SYSTEM: Final = TextSystem(name="RayStation", recognises=_recognises, reads=_read)


def _heads(lines: Sequence[str], *, everything: bool = False) -> Iterator[str]:
    return (line.lstrip("#") for line in lines if everything or line.startswith("#"))


def _plan(stated: Mapping[str, Stated], form: NumberForm) -> ExportedPlan:
    match = _DOSE.fullmatch(stated.get("rx dose", Stated()).value)
    number = form.number(match["number"]) if match else None
    unit = dose_unit(match["unit"]) if match else None
    return ExportedPlan(
        label=stated.get("dosename", Stated()).value,
        prescription_gy=number * unit.gy if number and unit else None,
        is_rbe_weighted=unit is not None and unit.is_rbe_weighted,
    )


def _dvh(lines: Sequence[str], plan: ExportedPlan, form: NumberForm) -> StoredDVH:
    stated = dict(fields_of(_heads(lines), form))
    unit = dose_unit((stated.get("dose unit") or stated.get("unit") or Stated()).value)
    volume = stated.get("roivolume") or stated.get("roi volume") or Stated()
    found = StoredDVH(
        structure_name=stated["roiname"].value,
        source="RayStation text",
        volume_cc=volume.number,
        volume_tolerance_cc=0.0 if volume.number is None else volume.half_digit,
        covered_fraction=_covered(stated.get("roi volume fraction outside grid")),
        prescription_gy=plan.prescription_gy,
        plan=plan.label,
        is_rbe_weighted=unit is not None and unit.is_rbe_weighted,
        reason=NO_CURVE,
    )
    return with_curve(found, _curve(lines, stated, unit, form))


def _covered(outside: Stated | None) -> float | None:
    """Return the part inside the grid; 1 where the export does not speak of it, None for no number."""
    if outside is None:
        return 1.0
    return None if outside.number is None else 1 - outside.number / 100


def _curve(
    lines: Sequence[str], stated: Mapping[str, Stated], unit: DoseUnit | None, form: NumberForm
) -> TextCurve | str:
    """Return the curve of a section, or why there is none."""
    table = table_of([line for line in lines if not line.startswith("#")], 2, form)
    if isinstance(table, str):
        return table
    if unit is None:
        written = (stated.get("dose unit") or stated.get("unit") or Stated()).value
        return f"its dose unit is {written or 'not given'}: Gy or cGy is needed"
    volume_unit = stated.get("volume unit", Stated()).value
    # a curve that starts at 100 is the same in % and in cc of an organ of 100 cc
    if not volume_unit and table[0, 1] != 100:
        return f"its volumes start at {table[0, 1]:g} and have no unit: export them with one, in % or cc"
    if volume_unit not in ("", "%") and not is_cc(volume_unit):
        return f"its volumes are in {volume_unit}: % or cc is needed"
    return TextCurve(table[:, 0] * unit.gy, table[:, 1], in_cc=is_cc(volume_unit))
