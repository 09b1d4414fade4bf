"""Eclipse: *DVH export*, absolute or relative dose and volume, one plan, several and plan sums."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.dvh import DVHExport, ExportedPlan, StoredDVH
from dicom_io.errors import DicomReadError
from dicom_io.readers.dvh_text.curve import NO_CURVE, TextCurve, with_curve
from dicom_io.readers.dvh_text.fields import NumberForm, Stated, identity_of, sections_of, table_of
from dicom_io.readers.dvh_text.headings import Headings, columns_of, headings_of
from dicom_io.readers.dvh_text.system import TextSystem
from dicom_io.readers.dvh_text.units import DoseUnit, dose_unit, is_cc

__all__ = ["SYSTEM"]

_DIFFERENTIAL: Final = re.compile(r"diff?eren[ctz]", re.IGNORECASE)
_HISTOGRAM: Final = re.compile(r"[^:]+:.*h?istogram", re.IGNORECASE)
_PLAN_KEYS: Final = ("plan", "plan sum")
_DOSES: Final = ("min dose", "mean dose", "max dose")
_ROUGH: Final = 1e-3
"""Relative difference between two statements of one number that printing explains."""


def _recognises(lines: Sequence[str]) -> bool:
    return any(columns_of(line) for line in lines) or any(_HISTOGRAM.match(line) for line in lines[:30])


def _read(lines: Sequence[str], sha256: str) -> DVHExport:
    form, headings = NumberForm.of(lines), headings_of(lines)
    header, sections = sections_of(lines, headings.begins_structure)
    stated = dict(headings.fields(header, form))
    if _DIFFERENTIAL.search(stated.get("type", Stated()).value.replace("é", "e")):
        raise DicomReadError("a differential DVH export: export it as cumulative")
    plans = _plans(headings, header, form)
    return DVHExport(
        system="Eclipse",
        plans=plans,
        dvhs=tuple(_dvh(section, plans, headings, form) for section in sections),
        patient=identity_of(stated.get("patient id", Stated()).value),
        source_sha256=sha256,
    )


SYSTEM: Final = TextSystem(name="Eclipse", recognises=_recognises, reads=_read)


def _plans(headings: Headings, header: Sequence[str], form: NumberForm) -> tuple[ExportedPlan, ...]:
    """Return the plans of the header: each starts with its label."""
    plans: list[dict[str, Stated]] = []
    for field, stated in headings.fields(header, form):
        if field in _PLAN_KEYS:
            plans.append({})
        if plans:
            plans[-1][field] = stated
    return tuple(map(_plan, plans))


def _plan(stated: Mapping[str, Stated]) -> ExportedPlan:
    is_sum = "plan sum" in stated
    dose = stated.get("prescribed dose", Stated())
    unit, percent = dose_unit(dose.unit), stated.get("% for dose", Stated()).number
    return ExportedPlan(
        label=stated["plan sum" if is_sum else "plan"].value,
        course=stated.get("course", Stated()).value,
        is_sum=is_sum,
        prescription_gy=dose.number * unit.gy if unit and dose.number and dose.number > 0 else None,
        percent_for_dose=percent if percent and percent > 0 else None,
        is_rbe_weighted=unit is not None and unit.is_rbe_weighted,
    )


def _label(stated: Mapping[str, Stated]) -> str:
    return (stated.get("plan") or stated.get("plan sum") or Stated()).value


def _plan_of(stated: Mapping[str, Stated], plans: Sequence[ExportedPlan]) -> ExportedPlan | None:
    """Return the plan that a structure names, or the only one where it names none; never one of several."""
    label, course = _label(stated), stated.get("course", Stated()).value
    fits = [plan for plan in plans if not label or plan.label == label]
    exact = [plan for plan in fits if plan.course == course]
    chosen = exact if len(exact) == 1 else fits
    return chosen[0] if len(chosen) == 1 else None


def _dvh(
    lines: Sequence[str], plans: Sequence[ExportedPlan], headings: Headings, form: NumberForm
) -> StoredDVH:
    place = next((k for k, line in enumerate(lines) if columns_of(line)), len(lines))
    stated = dict(headings.fields(lines[:place], form))
    plan = _plan_of(stated, plans)
    name, findings = stated["structure"].value, list[str]()
    volume = stated.get("volume", Stated())
    units = _units(lines[place:], headings, stated)
    doses, tolerance = _stated_doses(stated, plan, findings)
    curve = _curve(lines[place:], headings, form, plan, findings)
    has_cc = volume.number is not None and is_cc(volume.unit)
    found = StoredDVH(
        structure_name=name,
        source="Eclipse text",
        volume_cc=volume.number if has_cc else None,
        volume_tolerance_cc=volume.half_digit if has_cc else 0.0,
        min_gy=doses["min dose"],
        mean_gy=doses["mean dose"],
        max_gy=doses["max dose"],
        stated_tolerance_gy=tolerance,
        covered_fraction=_covered(stated.get("dose cover")),
        prescription_gy=None if plan is None else plan.prescription_gy,
        plan=_label(stated),
        course=stated.get("course", Stated()).value,
        is_plan_sum="plan sum" in stated or (None if plan is None else plan.is_sum),
        is_rbe_weighted=_is_rbe_weighted(units, plan),
        findings=tuple(f"stored DVH of {name}: {finding}" for finding in findings),
        reason=NO_CURVE,
    )
    if len({unit.is_rbe_weighted for unit in units}) > 1:
        curve = "some of its doses are in Gy and some in Gy(RBE): which are meant is not known"
    return with_curve(found, curve)


def _covered(cover: Stated | None) -> float | None:
    """Return the part that the dose covers; 1 where the export does not speak of it, None for N/A."""
    if cover is None:
        return 1.0
    return None if cover.number is None else min(cover.number / 100, 1.0)


def _units(lines: Sequence[str], headings: Headings, stated: Mapping[str, Stated]) -> set[DoseUnit]:
    """Return the absolute units of dose that a section uses."""
    columns = headings.columns(lines[0]) if lines else []
    written = [unit for _, unit in columns] + [stated[key].unit for key in _DOSES if key in stated]
    return {unit for unit in map(dose_unit, written) if unit is not None}


def _is_rbe_weighted(units: set[DoseUnit], plan: ExportedPlan | None) -> bool:
    """Whether the doses contain an RBE; relative ones are of the plan's kind."""
    if units:
        return any(unit.is_rbe_weighted for unit in units)
    return plan is not None and plan.is_rbe_weighted


def _stated_doses(
    stated: Mapping[str, Stated], plan: ExportedPlan | None, findings: list[str]
) -> tuple[dict[str, float | None], float]:
    """Return minimum, mean and maximum in Gy and half of their last digit."""
    doses: dict[str, float | None] = dict.fromkeys(_DOSES)
    tolerance = 0.0
    for key in _DOSES:
        dose = stated.get(key, Stated())
        if dose.number is None:
            if any(letter.isdigit() for letter in dose.value):
                findings.append(f"{key} is {dose.value!r}: is its mark one of decimals or of thousands?")
            continue
        unit = dose_unit(dose.unit)
        scale = unit.gy if unit else (plan.gy_per_percent if plan and dose.unit == "%" else None)
        if scale is None:
            findings.append(f"{key} is in {dose.unit or 'no unit'} and cannot be had in Gy")
            continue
        doses[key] = dose.number * scale
        tolerance = max(tolerance, dose.half_digit * scale)
    return doses, tolerance


def _curve(
    lines: Sequence[str],
    headings: Headings,
    form: NumberForm,
    plan: ExportedPlan | None,
    findings: list[str],
) -> TextCurve | str:
    """Return the curve of a table, or why there is none."""
    if not lines:
        return NO_CURVE
    columns = headings.columns(lines[0])
    table = table_of(lines[1:], len(columns), form)
    if isinstance(table, str):
        return table
    by_column = {column: table[:, k] for k, column in enumerate(columns)}
    dose = _dose_column(by_column, plan, findings)
    volume = _volume_column(by_column)
    if isinstance(dose, str):
        return dose
    if volume is None:
        return "its table has no volume column that is known"
    return TextCurve(dose, *volume)


def _dose_column(
    columns: Mapping[tuple[str | None, str], FloatArray], plan: ExportedPlan | None, findings: list[str]
) -> FloatArray | str:
    """Return the doses in Gy: the absolute column, else the relative one times the prescription."""
    absolute = relative = None
    unread = ""
    gy_per_percent = plan.gy_per_percent if plan else None
    for (what, written), values in columns.items():
        unit = dose_unit(written)
        if what == "column dose" and unit is not None:
            absolute = values * unit.gy
        elif what in ("column dose", "column relative dose") and written == "%":
            relative = values
        elif what == "column dose":
            unread = written or "no unit"
    if absolute is None and relative is None:
        return f"its doses are in {unread or 'no unit'}: Gy, cGy or % is needed"
    if absolute is None:
        if relative is None or gy_per_percent is None:
            return "its doses are relative and the prescription is not defined"
        return relative * gy_per_percent
    if relative is not None and gy_per_percent is not None:
        difference = np.abs(absolute - relative * gy_per_percent)
        if np.any(difference > _ROUGH * np.max(absolute) + 0.01):
            findings.append("absolute and relative doses of the table contradict the prescription")
    return absolute


def _volume_column(columns: Mapping[tuple[str | None, str], FloatArray]) -> tuple[FloatArray, bool] | None:
    """Return the volumes and whether they are in cc."""
    for (what, unit), values in columns.items():
        if what in ("column ratio", "column volume") and (unit == "%" or is_cc(unit)):
            return values, unit != "%"
    return None
