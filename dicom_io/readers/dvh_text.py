"""DVH text exports of planning systems: cumulative DVHs with what the file states beside them.

Read are the formats of Eclipse (*DVH export*, absolute or relative dose and volume, one plan, several and
plan sums), of RayStation (*#RoiName* sections) and of Monaco (one line of head, rows of structure, dose and
volume; after two public readers that agree, without a sample of the system's own). The patient's name is not
kept.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.dvh import DVHExport, ExportedPlan, StoredDVH, curve_fault
from dicom_io.errors import DicomReadError
from dicom_io.objects import PatientIdentity

__all__ = ["read_dvh_text"]


_FIELD = re.compile(r"(?P<key>[^:\[]+?)\s*(?:\[(?P<unit>[^\]]*)\])?\s*:\s*(?P<value>.*)")
_COLUMN = re.compile(
    r"(?P<what>Relative dose|Dose|Ratio of Total Structure Volume|Structure Volume)\s*\[(?P<unit>[^\]]*)\]",
    re.IGNORECASE,
)
_MONACO_HEAD = re.compile(r"Patient ID:.*\|\s*Plan Name:.*\|\s*Dose Units:", re.IGNORECASE)
_MONACO_ROW = re.compile(r"(?P<name>\S.*?)\s+(?P<dose>[\d.]+)\s+(?P<volume>[\d.]+)")
_MONACO_BIN = re.compile(r"(?P<width>[\d.]+)\s*\((?P<unit>\w+|%)\)")
_PLAN_KEYS = {"plan": False, "plan sum": True}
_GY = {"gy": 1.0, "cgy": 0.01}
_ROUGH = 1e-3
"""Relative difference between two statements of one number that printing explains."""


@dataclass(frozen=True)
class _Stated:
    """A field of the file."""

    unit: str
    value: str

    @property
    def number(self) -> float | None:
        return _number(self.value)

    @property
    def half_digit(self) -> float:
        """Half of the last digit printed."""
        decimals = re.search(r"\.(\d+)", self.value)
        return 0.5 * 10.0 ** -(len(decimals[1]) if decimals else 0)


def read_dvh_text(source: str | os.PathLike[str] | bytes) -> DVHExport:
    """Return the DVHs of a text export.

    Parameters
    ----------
    source : path or bytes

    Returns
    -------
    DVHExport
        Doses in Gy. A structure whose doses cannot be had in Gy is kept with the reason.

    Raises
    ------
    DicomReadError
        No DVH text export of a known system, a differential one, or one without structures.

    Examples
    --------
    >>> export = read_dvh_text(
    ...     b"Type : Cumulative Dose Volume Histogram\\n\\nPlan: P1\\nPrescribed dose [cGy]: 5000.0\\n"
    ...     b"% for dose (%): 100.0\\n\\nStructure: Cord\\nPlan: P1\\nVolume [cc]: 20.0\\n\\n"
    ...     b"Dose [cGy]   Ratio of Total Structure Volume [%]\\n0 100\\n1000 50\\n2000 0\\n")
    >>> export.named("Cord").metric("D50%[Gy]").value
    10.0
    """
    content = source if isinstance(source, bytes) else _content(source)
    lines = [line.rstrip() for line in _decoded(content).splitlines()]
    sha256 = hashlib.sha256(content).hexdigest()
    if any(line.startswith("#RoiName:") for line in lines):
        return _raystation(lines, sha256)
    if any(_COLUMN.search(line) for line in lines) or any("Dose Volume Histogram" in line for line in lines):
        return _eclipse(lines, sha256)
    if any(_MONACO_HEAD.match(line) for line in lines[:3]):
        return _monaco(lines, sha256)
    raise DicomReadError(
        "no DVH text export that is known: those of Eclipse, of RayStation and of Monaco are read"
    )


def _content(path: str | os.PathLike[str]) -> bytes:
    """Return the bytes of a file; the error names no path."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
    raise DicomReadError(f"a DVH text file cannot be read: {reason}")


def _decoded(content: bytes) -> str:
    """Text in UTF-16 with its mark, UTF-8, or the Windows code page that exports are written in."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _number(text: str) -> float | None:
    """Return a number; None for words such as N/A and for anything not finite."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _fields(lines: Sequence[str]) -> Iterator[tuple[str, _Stated]]:
    for line in lines:
        if match := _FIELD.fullmatch(line):
            stated = _Stated(unit=(match["unit"] or "").strip().lower(), value=match["value"].strip())
            yield match["key"].strip(" .").lower(), stated


def _sections(lines: Sequence[str], start: str) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Split lines into what comes before the first section and the sections."""
    starts = [place for place, line in enumerate(lines) if line.startswith(start)]
    if not starts:
        raise DicomReadError("the DVH text export holds no structures")
    ends = [*starts[1:], len(lines)]
    return lines[: starts[0]], [lines[a:b] for a, b in zip(starts, ends, strict=True)]


def _eclipse(lines: Sequence[str], sha256: str) -> DVHExport:
    header, sections = _sections(lines, "Structure:")
    told = dict(_fields(header))
    if "differential" in told.get("type", _Stated("", "")).value.lower():
        raise DicomReadError("a differential DVH export: export it as cumulative")
    plans = _plans(header)
    return DVHExport(
        system="Eclipse",
        plans=plans,
        dvhs=tuple(_eclipse_dvh(section, plans) for section in sections),
        patient=_patient(told.get("patient id")),
        source_sha256=sha256,
        findings=("a DVH text export states no number of fractions and no dates of treatment",),
    )


def _patient(stated: _Stated | None) -> PatientIdentity:
    return PatientIdentity(patient_id="" if stated is None else stated.value, birth_date="", sex="")


def _plans(header: Sequence[str]) -> tuple[ExportedPlan, ...]:
    """Return the plans of the header: each starts with its label."""
    found: list[dict[str, _Stated]] = []
    for key, stated in _fields(header):
        if key in _PLAN_KEYS:
            found.append({})
        if found:
            found[-1][key] = stated
    return tuple(map(_plan, found))


def _plan(told: Mapping[str, _Stated]) -> ExportedPlan:
    is_sum = "plan sum" in told
    dose = told.get("prescribed dose") or told.get("total dose")
    percent = told.get("% for dose (%)")
    return ExportedPlan(
        label=told["plan sum" if is_sum else "plan"].value,
        course=told["course"].value if "course" in told else "",
        is_sum=is_sum,
        prescription_gy=_positive(dose.number * _GY[dose.unit])
        if dose and dose.number and dose.unit in _GY
        else None,
        percent_for_dose=_positive(percent.number) if percent and percent.number else None,
    )


def _positive(value: float) -> float | None:
    return value if value > 0 else None


def _plan_of(told: Mapping[str, _Stated], plans: Sequence[ExportedPlan]) -> ExportedPlan | None:
    """Return the plan that a structure names, or the only one where it names none; never one of several."""
    label = (told.get("plan") or told.get("plan sum") or _Stated("", "")).value
    course = told["course"].value if "course" in told else ""
    fits = [plan for plan in plans if not label or plan.label == label]
    exact = [plan for plan in fits if plan.course == course]
    chosen = exact if len(exact) == 1 else fits
    return chosen[0] if len(chosen) == 1 else None


def _eclipse_dvh(lines: Sequence[str], plans: Sequence[ExportedPlan]) -> StoredDVH:
    place = next((k for k, line in enumerate(lines) if len(_COLUMN.findall(line)) >= 2), len(lines))
    told = dict(_fields(lines[:place]))
    plan = _plan_of(told, plans)
    scale = None if plan is None else plan.gy_per_percent
    name, findings = told["structure"].value, list[str]()
    volume = told.get("volume")
    stated, tolerance = _stated_doses(told, scale, findings)
    curve = _eclipse_curve(lines[place:], scale, volume.number if volume else None, findings)
    dose_gy, fraction = (np.zeros(0), np.zeros(0)) if isinstance(curve, str) else curve
    cover = told.get("dose cover")
    covered = cover.number / 100 if cover and cover.number is not None else 1.0
    return StoredDVH(
        structure_name=name,
        source="Eclipse text",
        volume_cc=volume.number if volume else None,
        volume_tolerance_cc=volume.half_digit if volume else 0.0,
        min_gy=stated["min dose"],
        mean_gy=stated["mean dose"],
        max_gy=stated["max dose"],
        stated_tolerance_gy=tolerance,
        dose_gy=dose_gy,
        volume_fraction=fraction,
        covered_fraction=min(covered, 1.0),
        prescription_gy=None if plan is None else plan.prescription_gy,
        plan=(told.get("plan") or told.get("plan sum") or _Stated("", "")).value,
        course=told["course"].value if "course" in told else "",
        is_plan_sum="plan sum" in told or (None if plan is None else plan.is_sum),
        findings=tuple(f"stored DVH of {name}: {finding}" for finding in findings),
        reason=curve if isinstance(curve, str) else None,
    )


def _stated_doses(
    told: Mapping[str, _Stated], gy_per_percent: float | None, findings: list[str]
) -> tuple[dict[str, float | None], float]:
    """Return minimum, mean and maximum in Gy and half of their last digit."""
    doses: dict[str, float | None] = {}
    tolerance = 0.0
    for key in ("min dose", "mean dose", "max dose"):
        stated = told.get(key)
        doses[key] = None
        if stated is None or stated.number is None:
            continue
        scale = gy_per_percent if stated.unit == "%" else _GY.get(stated.unit)
        if scale is None:
            findings.append(f"{key} is in {stated.unit or 'no unit'} and cannot be had in Gy")
            continue
        doses[key] = stated.number * scale
        tolerance = max(tolerance, stated.half_digit * scale)
    return doses, tolerance


def _eclipse_curve(
    lines: Sequence[str], gy_per_percent: float | None, volume_cc: float | None, findings: list[str]
) -> tuple[FloatArray, FloatArray] | str:
    """Return doses in Gy and relative volumes, or why not."""
    if not lines:
        return "the export holds no curve of it"
    columns = [(match["what"].lower(), match["unit"].strip().lower()) for match in _COLUMN.finditer(lines[0])]
    table = _table(lines[1:], len(columns))
    if isinstance(table, str):
        return table
    by_name = {(what, unit): table[:, k] for k, (what, unit) in enumerate(columns)}
    dose = _dose_column(by_name, gy_per_percent, findings)
    volume = _volume_column(by_name, volume_cc, findings)
    if dose is None:
        return "its doses are relative and the prescription is not defined"
    if volume is None:
        return "its table has no volume column that is known"
    return curve_fault(dose, volume) or (dose, volume)


def _table(lines: Sequence[str], width: int) -> FloatArray | str:
    """Return the numbers up to the first line that holds none."""
    rows: list[list[float | None]] = []
    for line in lines:
        parts = line.split()
        if not parts:
            if rows:
                break
            continue
        numbers = [_number(part) for part in parts]
        if None in numbers or len(parts) != width:
            comma = " (a decimal comma? export with decimal points)" if "," in line else ""
            return f"its table has a line that is not {width} numbers{comma}"
        rows.append(numbers)
    return np.array(rows, dtype=np.float64) if rows else "its table is empty"


def _dose_column(
    columns: Mapping[tuple[str, str], FloatArray], gy_per_percent: float | None, findings: list[str]
) -> FloatArray | None:
    """Return the doses in Gy: the absolute column, else the relative one times the prescription."""
    absolute = next(
        (values * _GY[unit] for (what, unit), values in columns.items() if what == "dose" and unit in _GY),
        None,
    )
    relative = next(
        (values for (what, unit), values in columns.items() if "dose" in what and unit == "%"), None
    )
    if relative is None or gy_per_percent is None:
        return absolute
    if absolute is None:
        return relative * gy_per_percent
    if np.any(np.abs(absolute - relative * gy_per_percent) > _ROUGH * np.max(absolute) + 0.01):
        findings.append("absolute and relative doses of the table contradict the prescription")
    return absolute


def _volume_column(
    columns: Mapping[tuple[str, str], FloatArray], volume_cc: float | None, findings: list[str]
) -> FloatArray | None:
    """Return the part of the structure at each dose."""
    for (what, unit), values in columns.items():
        if "ratio" in what and unit == "%":
            return _tidy(values / 100)
        if what == "structure volume" and (unit == "cc" or unit.startswith("cm")) and values[0] > 0:
            if volume_cc is not None and abs(values[0] - volume_cc) > 0.05 + _ROUGH * volume_cc:
                findings.append(f"its curve starts at {values[0]:g} cc, its volume is {volume_cc:g} cc")
            return _tidy(values / values[0])
    return None


def _tidy(fraction: FloatArray) -> FloatArray:
    """Take away what printing adds: a little more than the whole, a last digit that rises."""
    rises = np.diff(fraction)
    if fraction[0] > 1.002 or np.any(rises > 1e-5):
        return fraction
    tidy: FloatArray = np.minimum.accumulate(np.clip(fraction, 0.0, 1.0))
    return tidy


def _raystation(lines: Sequence[str], sha256: str) -> DVHExport:
    header, sections = _sections(lines, "#RoiName:")
    told = dict(_fields([line.lstrip("#") for line in header]))
    prescription = _with_unit(told.get("rx dose"))
    label = told["dosename"].value if "dosename" in told else ""
    return DVHExport(
        system="RayStation",
        plans=(ExportedPlan(label=label, prescription_gy=prescription),),
        dvhs=tuple(_raystation_dvh(section, label, prescription) for section in sections),
        patient=_patient(told.get("patientid")),
        source_sha256=sha256,
        findings=("a DVH text export states no number of fractions and no dates of treatment",),
    )


def _with_unit(stated: _Stated | None) -> float | None:
    """Return a dose written with its unit, Gy."""
    match = re.match(r"([\d.]+)\s*(c?Gy)", stated.value if stated else "", re.IGNORECASE)
    number = _number(match[1]) if match else None
    return None if match is None or number is None else _positive(number * _GY[match[2].lower()])


def _raystation_dvh(lines: Sequence[str], plan: str, prescription_gy: float | None) -> StoredDVH:
    told = dict(_fields([line.lstrip("#") for line in lines if line.startswith("#")]))
    unit = (told.get("dose unit") or told.get("unit") or _Stated("", "")).value.lower()
    volume_unit = told.get("volume unit", _Stated("", "%")).value
    table = _table([line for line in lines if not line.startswith("#")], 2)
    curve: tuple[FloatArray, FloatArray] | str
    if isinstance(table, str):
        curve = table
    elif unit not in _GY:
        curve = f"its dose unit is {unit or 'not given'}: Gy or cGy is needed"
    elif volume_unit != "%":
        curve = f"its volumes are in {volume_unit}, percent is read"
    else:
        dose, fraction = table[:, 0] * _GY[unit], _tidy(table[:, 1] / 100)
        curve = curve_fault(dose, fraction) or (dose, fraction)
    volume = told.get("roivolume") or told.get("roi volume")
    outside = re.match(r"[\d.]+", told.get("roi volume fraction outside grid", _Stated("", "0")).value)
    return StoredDVH(
        structure_name=told["roiname"].value,
        source="RayStation text",
        volume_cc=volume.number if volume else None,
        volume_tolerance_cc=volume.half_digit if volume else 0.0,
        dose_gy=np.zeros(0) if isinstance(curve, str) else curve[0],
        volume_fraction=np.zeros(0) if isinstance(curve, str) else curve[1],
        covered_fraction=1 - float(outside[0]) / 100 if outside else 1.0,
        prescription_gy=prescription_gy,
        plan=plan,
        reason=curve if isinstance(curve, str) else None,
    )


def _monaco(lines: Sequence[str], sha256: str) -> DVHExport:
    place = next(k for k, line in enumerate(lines) if _MONACO_HEAD.match(line))
    told = dict(_fields([part.strip() for part in lines[place].split("|")]))
    plan = told.get("plan name", _Stated("", "")).value
    rows = _monaco_rows(lines[place + 1 :])
    if any(np.any(np.diff(table[:, 1]) > 1e-5 * table[:, 1].max()) for _, table in rows):
        raise DicomReadError(
            "volumes that rise with dose: a differential DVH export? export it as cumulative"
        )
    _, _, patient_id = told.get("patient id", _Stated("", "")).value.rpartition("~")
    return DVHExport(
        system="Monaco",
        plans=(ExportedPlan(label=plan),),
        dvhs=tuple(_monaco_dvh(name, table, told) for name, table in rows),
        patient=_patient(_Stated("", patient_id.strip())),
        source_sha256=sha256,
        findings=(
            "a DVH text export states no number of fractions and no dates of treatment",
            "this export does not say that its curves are cumulative; none rises: they are taken as such",
        ),
    )


def _monaco_rows(lines: Sequence[str]) -> list[tuple[str, FloatArray]]:
    """Return dose and volume of each structure, in file order."""
    matches = [_MONACO_ROW.fullmatch(line.strip()) for line in lines]
    places = [place for place, match in enumerate(matches) if match]
    if not places:
        raise DicomReadError("the DVH text export holds no structures")
    found: list[tuple[str, list[tuple[float, float]]]] = []
    for line, match in zip(lines[places[0] : places[-1] + 1], matches[places[0] :], strict=False):
        dose, volume = (None, None) if match is None else (_number(match["dose"]), _number(match["volume"]))
        if match is None or dose is None or volume is None:
            if not line.strip():
                continue
            comma = " (a decimal comma? export with decimal points)" if "," in line else ""
            raise DicomReadError(
                f"the DVH text export has a line that is no structure and two numbers{comma}"
            )
        if not found or found[-1][0] != match["name"]:
            found.append((match["name"], []))
        found[-1][1].append((dose, volume))
    return [(name, np.array(rows)) for name, rows in found]


def _monaco_dvh(name: str, table: FloatArray, told: Mapping[str, _Stated]) -> StoredDVH:
    unit = told.get("dose units", _Stated("", "")).value.lower()
    volume_unit = told.get("volume units", _Stated("", "")).value.lower()
    is_absolute = volume_unit.startswith("cm") or volume_unit == "cc"
    whole = float(table[0, 1]) if is_absolute else 100.0
    curve: tuple[FloatArray, FloatArray] | str
    if unit not in _GY:
        curve = "its doses are relative and the export names no prescription"
        if unit != "%":
            curve = f"its dose unit is {unit or 'not given'}: Gy or cGy is needed"
    elif not is_absolute and volume_unit != "%":
        curve = f"its volume unit is {volume_unit or 'not given'}: % or cm3 is needed"
    elif table[0, 0] != 0 or whole <= 0 or abs(table[0, 1] - whole) > _ROUGH * whole:
        curve = "its curve does not start with the whole volume at 0 Gy: a differential DVH?"
    else:
        dose, fraction = table[:, 0] * _GY[unit], _tidy(table[:, 1] / whole)
        curve = curve_fault(dose, fraction) or (dose, fraction)
    width = _MONACO_BIN.match(told.get("bin width", _Stated("", "")).value)
    known = width is not None and width["unit"].lower() in _GY
    return StoredDVH(
        structure_name=name,
        source="Monaco text",
        volume_cc=whole if is_absolute and not isinstance(curve, str) else None,
        dose_gy=np.zeros(0) if isinstance(curve, str) else curve[0],
        volume_fraction=np.zeros(0) if isinstance(curve, str) else curve[1],
        # whether a volume is that at the lower or the upper end of its bin is not said
        dose_tolerance_gy=float(width["width"]) * _GY[width["unit"].lower()] if width and known else 0.0,
        plan=told.get("plan name", _Stated("", "")).value,
        reason=curve if isinstance(curve, str) else None,
    )
