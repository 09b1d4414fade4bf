"""``rtplan dvh``: dose-volume histograms of the structures in a DICOM folder."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dicom_io.comparison import (
    Beside,
    beside,
    cross_check,
    export_of_structures,
    known_limits,
    stored_of_structures,
)
from dicom_io.contours import END_CAPS
from dicom_io.dvh import DVH, Metric, StoredDVH, compute_dvhs
from dicom_io.objects import GridField, Structure
from dicom_io.readers import read_dvh_text, read_stored_dvhs
from dicom_io.study import Study, TreatmentSet, load_study
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.errors import RtplanLookupError
from rtplan.files import InputRecord
from rtplan.text import columns

__all__ = ["add_subparser", "run"]

DEFAULT_METRICS: tuple[str, ...] = ("D0.03cc[Gy]", "D50%[Gy]", "D95%[Gy]")
"""Shown when no metric is asked for: near-maximum, median and near-minimum coverage."""

CURVE_POINTS = 501

IN_DOSE = "(the dose file)"
"""What ``--stored`` alone means; no file can be called so."""

EXTRUDED = "half"
"""Each polygon extruded half-way to its neighbours, and as far beyond the last plane."""

CROSS_CHECK_TIMEOUT_S = 1800.0
"""dicompyler-core takes about a minute for a large plan."""


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
    parser.add_argument(
        "--end-caps",
        choices=END_CAPS,
        default=EXTRUDED,
        help="what lies between and beyond the drawn planes: slabs that reach half a slice, nothing or a "
        "whole slice beyond the last plane, or outlines interpolated between planes; to compare with a "
        "planning system that does so (default: %(default)s)",
    )
    parser.add_argument("--curve", action="store_true", help="add the cumulative DVH itself")
    parser.add_argument(
        "--stored",
        nargs="?",
        const=IN_DOSE,
        metavar="EXPORT",
        help="show beside ours what the dose file stores, or a DVH text export of a planning system",
    )
    parser.add_argument(
        "--cross-check", action="store_true", help="compute all with dicompyler-core too and show both"
    )
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
    dvhs = compute_dvhs(structures, GridField.of(chosen.dose), end_caps=args.end_caps)
    others, warnings = _others(args, study, chosen, structures, dvhs, metrics, progress)
    progress.done()
    return _result(
        chosen,
        structures,
        dvhs,
        metrics,
        end_caps=args.end_caps,
        curve=args.curve,
        others=others,
        other_warnings=warnings,
    )


Others = dict[str, dict[int, Beside]]
"""By key of the document, by structure number."""


def _others(
    args: argparse.Namespace,
    study: Study,
    chosen: TreatmentSet,
    structures: Sequence[Structure],
    dvhs: Mapping[int, DVH],
    metrics: Sequence[Metric],
    progress: Progress,
) -> tuple[Others, list[str]]:
    """Return what other sources say, as far as asked for."""
    found: dict[str, tuple[str, Mapping[int, StoredDVH]]] = {}
    warnings: list[str] = []
    if args.stored is not None:
        progress("reading stored DVHs")
        found["stored"] = _stored(args.stored, study, chosen, warnings)
    if args.cross_check:
        progress("computing all with dicompyler-core")
        found["cross_check"] = _cross_checked(study, chosen, structures)
    prescription = chosen.plan.prescription_gy if chosen.plan else None
    assert chosen.dose is not None
    grid = chosen.dose.geometry
    others: Others = {}
    for key, (source, stored) in found.items():
        others[key] = {
            s.number: beside(
                dvhs[s.number],
                stored.get(s.number),
                metrics,
                prescription_gy=prescription,
                source=source,
                findings=known_limits(s, dvhs[s.number], grid) if key == "cross_check" else (),
            )
            for s in structures
        }
    return others, warnings


def _stored(
    asked: str, study: Study, chosen: TreatmentSet, warnings: list[str]
) -> tuple[str, Mapping[int, StoredDVH]]:
    """Return stored DVHs by structure number, from the dose file or from a text export."""
    assert chosen.structure_set is not None
    names = {structure.number: structure.name for structure in chosen.structure_set.structures}
    if asked == IN_DOSE:
        stored = read_stored_dvhs(_one_dose(study, chosen, "stored DVHs"), names=names)
        if not stored:
            warnings.append("the dose file stores no DVHs")
        return "the dose file", stored_of_structures(stored)
    found, told = export_of_structures(
        read_dvh_text(asked), names, plan=chosen.plan.label if chosen.plan else None
    )
    warnings.extend(told)
    return "the DVH export", found


def _cross_checked(
    study: Study, chosen: TreatmentSet, structures: Sequence[Structure]
) -> tuple[str, Mapping[int, StoredDVH]]:
    """Return what dicompyler-core computes from the same two files."""
    assert chosen.structure_set is not None
    uid = chosen.structure_set.sop_instance_uid
    drawn = next(entry for entry in study.structure_sets if entry.sop_instance_uid == uid)
    dose = _one_dose(study, chosen, "a cross-check")
    found = cross_check(drawn.file.content(), dose, structures, timeout_s=CROSS_CHECK_TIMEOUT_S)
    return found.engine, found.dvhs


def _one_dose(study: Study, chosen: TreatmentSet, what: str) -> bytes:
    """Return the bytes of the one dose file; refuse where the dose is the sum of several."""
    assert chosen.dose is not None
    uids = chosen.dose.sop_instance_uids
    if len(uids) != 1:
        raise RtplanLookupError(f"the dose is the sum of {len(uids)} files: {what} can be had for one only")
    return next(entry for entry in study.doses if entry.sop_instance_uid == uids[0]).file.content()


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
    end_caps: str,
    curve: bool,
    others: Others,
    other_warnings: Sequence[str],
) -> CommandResult:
    """Put DVHs into the document and the table."""
    prescription = chosen.plan.prescription_gy if chosen.plan else None
    rows = [
        structure_row(dvhs[structure.number], metrics, prescription_gy=prescription, curve=curve)
        for structure in structures
    ]
    for key, rows_beside in others.items():
        for row in rows:
            row[key] = rows_beside[row["number"]].document()
    findings = [
        *chosen.findings,
        *other_warnings,
        *(f for s in structures for f in dvhs[s.number].findings),
    ]
    body = {
        "plan": _plan_row(chosen),
        "dose": _dose_row(chosen),
        "end_caps": end_caps,
        "structures": rows,
    }
    return CommandResult(
        schema="rtplan.dvh/1",
        body=body,
        text="\n".join([_text(body), *_text_beside(others)]),
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


def _text_beside(others: Others) -> list[str]:
    """Return the tables of ours beside another source."""
    lines = []
    for rows in others.values():
        source = next((one.source for one in rows.values() if one.reason is None), "none")
        header = ["structure", "number", "ours", source, "difference"]
        cells = [cell for one in rows.values() for cell in _rows_beside(one)]
        notes = [note for one in rows.values() for note in _notes_beside(one)]
        lines += ["", f"ours beside: {source}", "", *columns([header, *cells]), "", *dict.fromkeys(notes)]
    return lines


def _rows_beside(one: Beside) -> list[list[str]]:
    """Return a row for the volume and for each metric that at least one of the two has."""
    ours_cc, theirs_cc = one.volumes_cc
    change = None if None in (ours_cc, theirs_cc) else (ours_cc or 0.0) - (theirs_cc or 0.0)
    rows = [[one.own_name, "volume cc", _cell(ours_cc), _cell(theirs_cc), _signed(change)]]
    for text, (ours, theirs) in one.metrics.items():
        if ours.value is None and theirs.value is None:
            continue
        shown = [
            _cell(v.value) + (f" +/- {_cell(v.uncertainty)}" if v.uncertainty else "") for v in (ours, theirs)
        ]
        rows.append(["", text, *shown, _signed(one.differences[text])])
    return rows if one.reason is None else rows[:1]


def _notes_beside(one: Beside) -> list[str]:
    reasons = [theirs.reason for _, theirs in one.metrics.values() if theirs.reason]
    return [
        f"{one.own_name}: {note}"
        for note in dict.fromkeys([*filter(None, [one.reason]), *reasons, *one.findings])
    ]


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f}"


def _heading(body: Mapping[str, Any]) -> list[str]:
    """Say which plan and which dose the table is of."""
    plan, dose = body["plan"], body["dose"]
    told = [f"dose: {dose['summation_type'] or 'unnamed'}, maximum {dose['max_gy']:.2f} Gy"]
    if body["end_caps"] != EXTRUDED:
        told.append(f"end caps: {body['end_caps']!r}, as asked; every other command extrudes ({EXTRUDED!r})")
    if plan is None:
        return ["plan: none in this folder; fractions and prescription are unknown", *told]
    prescription = "unknown" if plan["prescription_gy"] is None else f"{plan['prescription_gy']:g} Gy"
    fractions = plan["n_fractions"] or "unknown"
    return [f"plan: {plan['label']!r}, fractions: {fractions}, prescription: {prescription}", *told]


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
