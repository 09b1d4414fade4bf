"""``rtplan dvh``: dose-volume histograms of the structures in a DICOM folder."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dicom_io import DVH, GridField, Metric, Structure, TreatmentSet, compute_dvhs, load_study
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.cli.table import columns
from rtplan.errors import RtplanLookupError
from rtplan.provenance import InputRecord

__all__ = ["add_subparser", "run"]

DEFAULT_METRICS: tuple[str, ...] = ("D0.03cc[Gy]", "D50%[Gy]", "D95%[Gy]")
"""Shown when no metric is asked for: near-maximum, median and near-minimum coverage."""

CURVE_POINTS = 501


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan dvh``."""
    parser = subparsers.add_parser(
        "dvh",
        help="dose-volume histograms of a DICOM folder",
        description="Volumes, doses and metrics of each structure. A structure set and a dose are enough.",
    )
    parser.add_argument("folder", type=Path, help="folder (or zip archive) with the RTSTRUCT and the RTDOSE")
    parser.add_argument(
        "--structure", action="append", metavar="NAME", help="only this structure; repeatable"
    )
    parser.add_argument(
        "--metric", action="append", metavar="METRIC", help='such as "D0.03cc[Gy]"; repeatable'
    )
    parser.add_argument("--plan", metavar="LABEL|UID", help="which plan, where the folder holds several")
    parser.add_argument("--dose", metavar="LABEL|UID", help="which dose, where the folder holds several")
    parser.add_argument("--structure-set", metavar="LABEL|UID", help="which structure set, likewise")
    parser.add_argument("--curve", action="store_true", help="add the cumulative DVH itself")
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Read the folder, compute the DVHs and return them as data and text."""
    progress = Progress()
    metrics = [Metric.parse(text) for text in args.metric or DEFAULT_METRICS]
    progress("reading the folder")
    study = load_study(args.folder)
    chosen = study.select(plan=args.plan, dose=args.dose, structure_set=args.structure_set)
    structures = structures_asked(chosen, args.structure)
    progress(f"computing {len(structures)} DVHs")
    assert chosen.dose is not None
    dvhs = compute_dvhs(structures, GridField.of(chosen.dose))
    progress.done()
    return _result(chosen, structures, dvhs, metrics, curve=args.curve)


def structures_asked(chosen: TreatmentSet, names: Sequence[str] | None) -> list[Structure]:
    """Return the structures of these names, all when none is named; several of one name are all returned."""
    assert chosen.structure_set is not None
    present = chosen.structure_set.structures
    if not names:
        return list(present)
    for name in names:
        if name not in chosen.structure_set.names:
            known = ", ".join(chosen.structure_set.names) or "none"
            raise RtplanLookupError(f"no structure {name!r}; there are: {known}")
    return [structure for structure in present if structure.name in names]


def _result(
    chosen: TreatmentSet,
    structures: Sequence[Structure],
    dvhs: Mapping[int, DVH],
    metrics: Sequence[Metric],
    *,
    curve: bool,
) -> CommandResult:
    """Put DVHs into the document and the table."""
    prescription = chosen.plan.prescription_gy if chosen.plan else None
    rows = [
        structure_row(dvhs[structure.number], metrics, prescription_gy=prescription, curve=curve)
        for structure in structures
    ]
    findings = [*chosen.findings, *(f for s in structures for f in dvhs[s.number].findings)]
    body = {"plan": _plan_row(chosen), "dose": _dose_row(chosen), "structures": rows}
    return CommandResult(
        schema="rtplan.dvh/1",
        body=body,
        text=_text(body),
        inputs=[InputRecord(role=i.role, sha256=i.sha256, uid=i.uid) for i in chosen.inputs],
        warnings=list(dict.fromkeys(findings)),
    )


def _plan_row(chosen: TreatmentSet) -> dict[str, Any] | None:
    if chosen.plan is None:
        return None
    return {
        "label": chosen.plan.label,
        "uid": chosen.plan.sop_instance_uid,
        "n_fractions": chosen.n_fractions,
        "prescription_gy": chosen.plan.prescription_gy,
    }


def _dose_row(chosen: TreatmentSet) -> dict[str, Any]:
    dose = chosen.dose
    assert dose is not None
    geometry = dose.geometry
    spacing = geometry.frame_spacing
    return {
        "uids": list(dose.sop_instance_uids),
        "summation_type": dose.summation_type,
        "max_gy": float(dose.dose_gy.max()),
        "shape": list(geometry.shape),
        "spacing_mm": [
            spacing if np.isfinite(spacing) else None,
            geometry.row_spacing,
            geometry.column_spacing,
        ],
    }


def structure_row(
    dvh: DVH, metrics: Sequence[Metric], *, prescription_gy: float | None, curve: bool
) -> dict[str, Any]:
    """Return one structure of the document; what cannot be had is None beside its reason."""
    row: dict[str, Any] = {
        "name": dvh.structure_name,
        "number": dvh.structure_number,
        "volume_cc": number_or_none(dvh.volume_cc),
        "min_gy": number_or_none(dvh.min_gy),
        "mean_gy": number_or_none(dvh.mean_gy),
        "max_gy": number_or_none(dvh.max_gy),
        "covered_fraction": number_or_none(dvh.covered_fraction),
        "metrics": {},
    }
    for metric in metrics:
        found = dvh.metric(metric, prescription_gy=prescription_gy)
        row["metrics"][str(metric)] = {
            "value": number_or_none(found.value),
            "uncertainty": number_or_none(found.uncertainty),
            "reason": found.reason,
        }
    if curve:
        row["curve"] = _curve(dvh)
    return row


def _curve(dvh: DVH) -> dict[str, list[float]] | None:
    """Return the cumulative DVH, or None where nothing is covered."""
    if dvh.max_gy is None:
        return None
    dose_gy = np.linspace(0, dvh.max_gy, CURVE_POINTS)
    return {"dose_gy": dose_gy.tolist(), "volume_cc": np.asarray(dvh.volume_at_dose(dose_gy)).tolist()}


def number_or_none(value: float | None) -> float | None:
    """Return a finite number as a plain float; NaN and None as None."""
    return None if value is None or not np.isfinite(value) else float(value)


def _text(body: Mapping[str, Any]) -> str:
    """Return the table for a person, with what it could not say underneath."""
    rows = body["structures"]
    metrics = list(rows[0]["metrics"]) if rows else []
    header = ["structure", "volume cc", "min Gy", "mean Gy", "max Gy", "covered", *metrics]
    return "\n".join([*_heading(body), "", *columns([header, *map(_text_row, rows)]), *_footnotes(rows)])


def _heading(body: Mapping[str, Any]) -> list[str]:
    """Say which plan and which dose the table is of."""
    plan, dose = body["plan"], body["dose"]
    dose_line = f"dose: {dose['summation_type'] or 'unnamed'}, maximum {dose['max_gy']:.2f} Gy"
    if plan is None:
        return ["plan: none in this folder; fractions and prescription are unknown", dose_line]
    prescription = "unknown" if plan["prescription_gy"] is None else f"{plan['prescription_gy']:g} Gy"
    fractions = plan["n_fractions"] or "unknown"
    return [f"plan: {plan['label']!r}, fractions: {fractions}, prescription: {prescription}", dose_line]


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


def _text_row(row: Mapping[str, Any]) -> list[str]:
    """Return the cells of one structure; a dash stands for what could not be had."""
    star = "*" if _is_partly_covered(row) else ""
    doses = [_cell(row[key], star) for key in ("min_gy", "mean_gy", "max_gy")]
    covered = "-" if row["covered_fraction"] is None else f"{100 * row['covered_fraction']:.1f} %"
    metrics = [
        "-" if m["value"] is None else f"{m['value']:.2f} +/- {_cell(m['uncertainty'])}"
        for m in row["metrics"].values()
    ]
    return [row["name"], _cell(row["volume_cc"]), *doses, covered, *metrics]


def _cell(value: float | None, mark: str = "") -> str:
    return "-" if value is None else f"{value:.2f}{mark}"
