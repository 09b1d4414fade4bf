"""The DVHs of a folder as a document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import numpy as np

from dicom_io import number_text
from dicom_io.comparison import Beside
from dicom_io.dvh import DVH, Metric
from dicom_io.objects import DoseGrid
from dicom_io.readers import EffectiveGrid
from dicom_io.study import TreatmentSet
from rtplan.documents.document import Document
from rtplan.files import InputRecord, input_of_source
from rtplan.structures import FolderDvhs
from rtplan.text import columns

__all__ = ["dvh_document"]

_CURVE_POINTS: Final = 501
_EXTRUDED: Final = "half"
"""Each polygon extruded half-way to its neighbours, and as far beyond the last plane."""


def dvh_document(answer: FolderDvhs, *, with_curve: bool = False) -> Document:
    """Return the DVHs of a folder as data and text.

    Parameters
    ----------
    answer : FolderDvhs
    with_curve : bool
        Add the cumulative DVHs themselves.
    """
    rows = [_row_of(answer, structure.number, with_curve=with_curve) for structure in answer.structures]
    body = {
        "plan": _plan_row(answer.treatment),
        "dose": _dose_row(answer),
        "end_caps": answer.question.end_caps,
        "structures": rows,
    }
    return Document(
        schema="rtplan.dvh/1",
        body=body,
        text="\n".join([_text(body), *_clinic_lines(rows), *_text_beside(answer.others)]),
        inputs=[*map(input_of_source, answer.treatment.inputs), *_clinic_input(answer)],
        warnings=answer.findings,
    )


def _row_of(answer: FolderDvhs, number: int, *, with_curve: bool) -> dict[str, Any]:
    """Return one structure of the document, with what others say of it."""
    dvh = answer.dvhs[number]
    row = _row(dvh, answer.question.parsed_metrics, prescription_gy=answer.prescription_gy)
    if with_curve:
        row["curve"] = _curve(dvh)
    if answer.clinic_sha256 is not None:
        organ = answer.clinic.organs.get(number)
        row["organ"] = None if organ is None else organ.organ
        row["evidence"] = None if organ is None else organ.evidence
        row["clinic_metrics"] = _values(
            dvh, () if organ is None else organ.metrics, prescription_gy=answer.prescription_gy
        )
    return row | {key: others[number].document() for key, others in answer.others.items()}


def _plan_row(treatment: TreatmentSet) -> dict[str, Any] | None:
    if treatment.plan is None:
        return None
    return {
        "label": treatment.plan.label,
        "uid": treatment.plan.sop_instance_uid,
        "n_fractions": treatment.n_fractions,
        "prescription_gy": treatment.plan.prescription_gy,
    }


def _dose_row(answer: FolderDvhs) -> dict[str, Any]:
    dose = answer.dose
    geometry = dose.geometry
    spacing = geometry.frame_spacing
    values = dose.dose_gy if isinstance(dose, DoseGrid) else dose.values
    uids = dose.sop_instance_uids if isinstance(dose, DoseGrid) else (dose.sop_instance_uid,)
    stated = {} if isinstance(dose, DoseGrid) else {"quantity": answer.quantity, "description": _words(dose)}
    return {
        "uids": list(uids),
        "summation_type": dose.summation_type,
        **stated,
        "max_gy": float(np.nanmax(values)),
        "shape": list(geometry.shape),
        "spacing_mm": [
            spacing if np.isfinite(spacing) else None,
            geometry.row_spacing,
            geometry.column_spacing,
        ],
    }


_SAYS_WHAT_IT_IS = re.compile(
    r"(?:eqd\w{0,2}|bed|rbe|cge|gye?|gy\(rbe\)|biolog\w*|effective|equivalent|weighted|physical|alpha/?beta|alpha|beta"
    r"|a/b|dose|sum|total|plan|fractions?|fx|of|at|in|the|constant|variable|model|factor|=|\d{1,3}(?:[.,]\d{1,3})?)",
    re.IGNORECASE,
)
"""Words that say what a dose is; any other word of a free text may be a name."""


def _words(dose: EffectiveGrid) -> str:
    """Return the file's own description of an EFFECTIVE dose; words that may be a name become an ellipsis."""
    described = "; ".join(filter(None, (dose.comment, dose.derivation_description)))
    words = re.findall(r"[^\s,;:]+", described)
    shown = [word if _SAYS_WHAT_IT_IS.fullmatch(word.strip("().")) else "…" for word in words]
    return " ".join(word for word, _ in groupby(shown))


def _row(dvh: DVH, metrics: Sequence[Metric], *, prescription_gy: float | None) -> dict[str, Any]:
    """Return one structure; what cannot be had is None beside its reason."""
    row: dict[str, Any] = {
        "name": dvh.structure_name,
        "number": dvh.structure_number,
        "volume_cc": _finite(dvh.volume_cc),
        "min_gy": _finite(dvh.min_gy),
        "mean_gy": _finite(dvh.mean_gy),
        "max_gy": _finite(dvh.max_gy),
        "covered_fraction": _finite(dvh.covered_fraction),
        "metrics": _values(dvh, metrics, prescription_gy=prescription_gy),
    }
    return row


def _values(dvh: DVH, metrics: Sequence[Metric], *, prescription_gy: float | None) -> dict[str, Any]:
    """Return metrics of one structure by their names."""
    values = {str(metric): dvh.metric(metric, prescription_gy=prescription_gy) for metric in metrics}
    return {
        name: {
            "value": _finite(value.value),
            "uncertainty": _finite(value.uncertainty),
            "reason": value.reason,
            **({"readings": list(value.readings)} if value.readings else {}),
        }
        for name, value in values.items()
    }


def _clinic_input(answer: FolderDvhs) -> list[InputRecord]:
    return [] if answer.clinic_sha256 is None else [InputRecord(role="clinic", sha256=answer.clinic_sha256)]


def _clinic_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the metrics of the clinic's limits, a line for each structure that has any."""
    lines = []
    for row in rows:
        shown = [
            f"{name} {_with_half_width(m['value'], m['uncertainty'], name) if m['reason'] is None else '-'}"
            for name, m in row.get("clinic_metrics", {}).items()
        ]
        reasons = dict.fromkeys(m["reason"] for m in row.get("clinic_metrics", {}).values() if m["reason"])
        if shown:
            lines.append(f"  {row['organ']} ({row['name']}): {'; '.join([*shown, *reasons])}")
    return ["", "metrics of the clinic's own limits:", *lines] if lines else []


def _curve(dvh: DVH) -> dict[str, list[float]] | None:
    """Return the cumulative DVH, or None where nothing is covered."""
    if dvh.max_gy is None:
        return None
    dose_gy = np.linspace(0, dvh.max_gy, _CURVE_POINTS)
    return {"dose_gy": dose_gy.tolist(), "volume_cc": np.asarray(dvh.volume_at_dose(dose_gy)).tolist()}


def _finite(value: float | None) -> float | None:
    """Return a finite number as a plain float; NaN and None as None."""
    return None if value is None or not np.isfinite(value) else float(value)


def _text(body: Mapping[str, Any]) -> str:
    """Return the table for a person, with what it could not say underneath."""
    rows = body["structures"]
    metrics = list(rows[0]["metrics"]) if rows else []
    header = ["structure", "volume cc", "min Gy", "mean Gy", "max Gy", "covered", *metrics]
    return "\n".join([*_heading(body), "", *columns([header, *map(_text_row, rows)]), *_footnotes(rows)])


def _text_beside(others: Mapping[str, Mapping[int, Beside]]) -> list[str]:
    """Return the tables of ours beside another source."""
    lines = []
    for rows in others.values():
        source = next((row.source for row in rows.values() if row.reason is None), "none")
        header = ["structure", "number", "ours", source, "difference"]
        cells = [cells for row in rows.values() for cells in _rows_beside(row)]
        notes = [note for row in rows.values() for note in _notes_beside(row)]
        lines += ["", f"ours beside: {source}", "", *columns([header, *cells]), "", *dict.fromkeys(notes)]
    return lines


def _rows_beside(both: Beside) -> list[list[str]]:
    """Return a row for the volume and for each metric that at least one of the two has."""
    ours_cc, theirs_cc = both.volumes_cc
    change = None if None in (ours_cc, theirs_cc) else (ours_cc or 0.0) - (theirs_cc or 0.0)
    rows = [[both.own_name, "volume cc", _number(ours_cc), _number(theirs_cc), _signed(change)]]
    for text, (ours, theirs) in both.metrics.items():
        if ours.value is None and theirs.value is None:
            continue
        shown = [
            _number(v.value) + (f" +/- {_number(v.uncertainty)}" if v.uncertainty else "")
            for v in (ours, theirs)
        ]
        rows.append(["", text, *shown, _signed(both.differences[text])])
    return rows if both.reason is None else rows[:1]


def _notes_beside(both: Beside) -> list[str]:
    reasons = [theirs.reason for _, theirs in both.metrics.values() if theirs.reason]
    return [
        f"{both.own_name}: {note}"
        for note in dict.fromkeys([*filter(None, [both.reason]), *reasons, *both.findings])
    ]


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f}"


def _heading(body: Mapping[str, Any]) -> list[str]:
    """Say which plan and which dose the table is of."""
    plan, dose = body["plan"], body["dose"]
    lines = [f"dose: {dose['summation_type'] or 'unnamed'}, maximum {dose['max_gy']:.2f} Gy"]
    if "quantity" in dose:
        said = f" ({dose['description']})" if dose["description"] else ""
        lines.append(f"values: {dose['quantity']}{said}; no physical dose, never converted")
    if body["end_caps"] != _EXTRUDED:
        lines.append(
            f"end caps: {body['end_caps']!r}, as asked; every other command extrudes ({_EXTRUDED!r})"
        )
    if plan is None:
        return ["plan: none in this folder; fractions and prescription are unknown", *lines]
    prescription = "unknown" if plan["prescription_gy"] is None else f"{plan['prescription_gy']:g} Gy"
    fractions = plan["n_fractions"] or "unknown"
    return [f"plan: {plan['label']!r}, fractions: {fractions}, prescription: {prescription}", *lines]


def _footnotes(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return why there is a dash, structure by structure, and what the star means."""
    notes = [
        f"{row['name']}: {reason}"
        for row in rows
        for reason in dict.fromkeys(m["reason"] for m in row["metrics"].values() if m["reason"])
    ]
    if any(_is_partly_covered(row) for row in rows):
        notes.append("* of the part inside the dose grid only; what lies outside is unknown, not 0 Gy")
    return ["", *notes] if notes else []


def _is_partly_covered(row: Mapping[str, Any]) -> bool:
    return row["covered_fraction"] is not None and 0 < row["covered_fraction"] < 1


def _with_half_width(value: float, uncertainty: float | None, metric: str) -> str:
    """Return a value with its half-width, or with its ends where one of them is cut."""
    if uncertainty is not None and "(" in (text := number_text(value, uncertainty, metric=metric)):
        return text
    return f"{value:.2f} +/- {_number(uncertainty)}"


def _text_row(row: Mapping[str, Any]) -> list[str]:
    """Return the cells of one structure; a dash stands for what could not be had."""
    star = "*" if _is_partly_covered(row) else ""
    doses = [_number(row[key], star) for key in ("min_gy", "mean_gy", "max_gy")]
    covered = "-" if row["covered_fraction"] is None else f"{100 * row['covered_fraction']:.1f} %"
    metrics = [
        "-" if m["value"] is None else _with_half_width(m["value"], m["uncertainty"], name)
        for name, m in row["metrics"].items()
    ]
    return [row["name"], _number(row["volume_cc"]), *doses, covered, *metrics]


def _number(value: float | None, mark: str = "") -> str:
    return "-" if value is None else f"{value:.2f}{mark}"
