"""Size, place and distances of a folder's structures as a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dicom_io.shapes import Measured, StructureShape, SurfaceDistance
from rtplan.documents.document import Document
from rtplan.files import input_of_source
from rtplan.structures import FolderGeometry
from rtplan.text import cell, columns

__all__ = ["geometry_document"]


def geometry_document(answer: FolderGeometry) -> Document:
    """Return what was measured as data and text."""
    structure_set = answer.structure_set
    body = {
        "structure_set": {"label": structure_set.label, "uid": structure_set.sop_instance_uid},
        "structures": [_shape_row(shape) for shape in answer.shapes],
        "distances": [_distance_row(distance) for distance in answer.distances],
    }
    return Document(
        schema="rtplan.geometry/1",
        body=body,
        text=_text(body),
        inputs=[
            input_of_source(i) for i in answer.treatment.inputs if i.uid == structure_set.sop_instance_uid
        ],
        warnings=answer.findings,
    )


def _interval(measured: Measured | None, name: str, unit: str) -> dict[str, float | None]:
    """A measured number under three keys."""
    return {
        f"{name}_{unit}": None if measured is None else measured.value,
        f"{name}_low_{unit}": None if measured is None else measured.low,
        f"{name}_high_{unit}": None if measured is None else measured.high,
    }


def _shape_row(shape: StructureShape) -> dict[str, Any]:
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


def _distance_row(distance: SurfaceDistance) -> dict[str, Any]:
    """Return one pair of the document."""
    return {
        "from": distance.from_name,
        "to": distance.to_name,
        **_interval(distance.signed_mm, "distance", "mm"),
        **_interval(distance.mean_mm, "mean", "mm"),
        **_interval(distance.hausdorff95_mm, "hausdorff95", "mm"),
        **_interval(distance.hausdorff_mm, "hausdorff", "mm"),
        "overlap_cc": distance.overlap_cc,
        "reason": distance.reason,
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
        cell(row["volume_cc"], digits=2),
        _between(row, "surface", "cm2"),
        _between(row, "diameter", "mm"),
        cell(row["plane_diameter_mm"], digits=1),
        "-" if centroid is None else ", ".join(cell(coordinate, digits=1) for coordinate in centroid),
    ]


def _distance_cells(row: Mapping[str, Any]) -> list[str]:
    numbers = [_between(row, name, "mm") for name in ("distance", "mean", "hausdorff95", "hausdorff")]
    return [row["from"], row["to"], *numbers, cell(row["overlap_cc"], digits=2)]


def _between(row: Mapping[str, Any], name: str, unit: str) -> str:
    """An interval; one number where its ends are the same to a tenth."""
    low, high = cell(row[f"{name}_low_{unit}"], digits=1), cell(row[f"{name}_high_{unit}"], digits=1)
    return low if low == high else f"{low} to {high}"
