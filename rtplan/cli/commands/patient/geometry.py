"""``rtplan geometry``: size, place and distances of structures as drawn; a structure set is enough."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dicom_io.objects import Structure
from dicom_io.shapes import Measured, StructureShape, SurfaceDistance, measure_shape, surface_distance
from dicom_io.study import TreatmentSet, load_study
from rtplan.cli.commands.patient.dvh import structures_asked
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.errors import RtplanLookupError
from rtplan.files import InputRecord
from rtplan.text import columns

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan geometry``."""
    parser = subparsers.add_parser(
        "geometry",
        help="size, place and distances of structures as drawn",
        description="Volume, surface, centroid, diameter and distances of contours, measured on polygons. "
        "Nobody drew between planes: what depends on it is given as an interval.",
    )
    parser.add_argument("folder", type=Path, help="folder (or zip archive) with the RTSTRUCT")
    parser.add_argument(
        "--structure", action="append", metavar="NAME", help="only this structure; repeatable"
    )
    parser.add_argument(
        "--between",
        action="append",
        nargs=2,
        metavar="NAME",
        help="distances between the surfaces of two structures; repeatable",
    )
    parser.add_argument("--plan", metavar="LABEL|UID", help="which plan, where the folder holds several")
    parser.add_argument("--dose", metavar="LABEL|UID", help="which dose, where several fit")
    parser.add_argument("--structure-set", metavar="LABEL|UID", help="which structure set, likewise")
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Read the folder, measure, and return it as data and text."""
    progress = Progress()
    progress("reading the folder")
    chosen = load_study(args.folder).select(
        plan=args.plan, dose=args.dose, structure_set=args.structure_set, require=("structures",)
    )
    asked = structures_asked(chosen, args.structure)
    pairs = [(_one(chosen, first), _one(chosen, second)) for first, second in args.between or ()]
    progress(f"measuring {len(asked)} structures")
    shapes = [measure_shape(structure) for structure in asked]
    distances = []
    for first, second in pairs:
        progress(f"measuring from {first.name} to {second.name}")
        distances.append(surface_distance(first, second))
    progress.done()
    return _result(chosen, shapes, distances)


def _one(chosen: TreatmentSet, name: str) -> Structure:
    """The structure of a name that is used once."""
    found = structures_asked(chosen, [name])
    if len(found) > 1:
        raise RtplanLookupError(f"{len(found)} structures are named {name!r}: a distance needs one")
    return found[0]


def _result(
    chosen: TreatmentSet, shapes: Sequence[StructureShape], distances: Sequence[SurfaceDistance]
) -> CommandResult:
    assert chosen.structure_set is not None
    body = {
        "structure_set": {
            "label": chosen.structure_set.label,
            "uid": chosen.structure_set.sop_instance_uid,
        },
        "structures": [shape_row(shape) for shape in shapes],
        "distances": [distance_row(found) for found in distances],
    }
    findings = [*chosen.structure_set.findings, *(text for shape in shapes for text in shape.findings)]
    return CommandResult(
        schema="rtplan.geometry/1",
        body=body,
        text=_text(body),
        inputs=[
            InputRecord(role=i.role, sha256=i.sha256, uid=i.uid)
            for i in chosen.inputs
            if i.uid == chosen.structure_set.sop_instance_uid
        ],
        warnings=list(dict.fromkeys(findings)),
    )


def _interval(found: Measured | None, name: str, unit: str) -> dict[str, float | None]:
    """A measured number under three keys."""
    return {
        f"{name}_{unit}": None if found is None else found.value,
        f"{name}_low_{unit}": None if found is None else found.low,
        f"{name}_high_{unit}": None if found is None else found.high,
    }


def shape_row(shape: StructureShape) -> dict[str, Any]:
    """Return one structure of the document; what cannot be had is None beside the reason."""
    return {
        "name": shape.structure_name,
        "number": shape.structure_number,
        "volume_cc": shape.volume_cc,
        **_interval(shape.surface_cm2, "surface", "cm2"),
        **_interval(shape.diameter_mm, "diameter", "mm"),
        "plane_diameter_mm": shape.plane_diameter_mm,
        "centroid_mm": None if shape.centroid_mm is None else shape.centroid_mm.tolist(),
        "box_mm": None if shape.box_mm is None else shape.box_mm.tolist(),
        "n_planes": shape.n_planes,
        "reason": shape.reason,
    }


def distance_row(found: SurfaceDistance) -> dict[str, Any]:
    """Return one pair of the document."""
    return {
        "from": found.from_name,
        "to": found.to_name,
        **_interval(found.signed_mm, "distance", "mm"),
        **_interval(found.mean_mm, "mean", "mm"),
        **_interval(found.hausdorff95_mm, "hausdorff95", "mm"),
        **_interval(found.hausdorff_mm, "hausdorff", "mm"),
        "overlap_cc": found.overlap_cc,
        "reason": found.reason,
    }


def _text(body: Mapping[str, Any]) -> str:
    """Return the tables for a person."""
    header = ["structure", "planes", "volume cc", "surface cm2", "diameter mm", "in plane mm", "centroid mm"]
    lines = columns([header, *map(_shape_cells, body["structures"])])
    if body["distances"]:
        header = ["from", "to", "distance mm", "mean mm", "95 % mm", "Hausdorff mm", "overlap cc"]
        lines += ["", *columns([header, *map(_distance_cells, body["distances"])])]
        if any((row["distance_mm"] or 0.0) < 0 for row in body["distances"]):
            lines += ["", "a distance below 0: how deep one lies inside the other, at its deepest"]
    notes = [f"{row['name']}: {row['reason']}" for row in body["structures"] if row["reason"]]
    notes += [f"{row['from']}, {row['to']}: {row['reason']}" for row in body["distances"] if row["reason"]]
    return "\n".join([*lines, *(["", *notes] if notes else [])])


def _shape_cells(row: Mapping[str, Any]) -> list[str]:
    centroid = row["centroid_mm"]
    return [
        row["name"],
        str(row["n_planes"]),
        _cell(row["volume_cc"], 2),
        _between(row, "surface", "cm2"),
        _between(row, "diameter", "mm"),
        _cell(row["plane_diameter_mm"], 1),
        "-" if centroid is None else ", ".join(_cell(one, 1) for one in centroid),
    ]


def _distance_cells(row: Mapping[str, Any]) -> list[str]:
    numbers = [_between(row, name, "mm") for name in ("distance", "mean", "hausdorff95", "hausdorff")]
    return [row["from"], row["to"], *numbers, _cell(row["overlap_cc"], 2)]


def _between(row: Mapping[str, Any], name: str, unit: str) -> str:
    """An interval; one number where its ends are the same to a tenth."""
    low, high = _cell(row[f"{name}_low_{unit}"], 1), _cell(row[f"{name}_high_{unit}"], 1)
    return low if low == high else f"{low} to {high}"


def _cell(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{round(value, digits) + 0.0:.{digits}f}"
