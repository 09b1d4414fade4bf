"""The plans that the benchmarks read: small phantoms, or a pelvis of 25 structures and 780,000 points."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import check_speed
import dvh_speed
import dvh_speed_comparison
import sides

from dicom_io import Metric, SlabStack, load_study
from dicom_io.phantom import write_phantom
from dicom_io.writers import (
    BeamContent,
    DoseAttributes,
    ObjectHeader,
    Patient,
    PlanContent,
    SeriesHeader,
    StudyHeader,
    dose_object,
    plan_object,
    save,
    structure_set_object,
)
from rtplan.limits import load_constraint_set
from rtplan.plan_check import check_plan


def prepare_files(folder: Path, *, quick: bool) -> None:
    """Write the plans, and what the sides need to know of them."""
    plan, checked = folder / "plan", folder / "checked"
    if quick:
        write_phantom("spine-sabr-5mm", plan)
        write_phantom("spine-sabr-2mm", checked)
    else:
        for place in (plan, checked):
            place.mkdir()
        dvh_speed_comparison.write_plan(plan)
        write_checked_plan(checked)
    (folder / "voxels.json").write_text(json.dumps(voxel_counts(plan)), encoding="utf-8")
    write_limits(checked, folder / "limits.csv")


def write_checked_plan(folder: Path) -> None:
    """Write the plan of dvh_speed.py under names that limits know, with an RTPLAN of 5 fractions."""
    names = ["External", *(name for name in check_speed.STRUCTURES if name != "External")]
    drawn = [replace(s, name=name) for s, name in zip(dvh_speed.structures(), names, strict=True)]
    field = dvh_speed.field()

    def header(number: int) -> ObjectHeader:
        return ObjectHeader(
            patient=Patient(name="Phantom^Speed", patient_id="SPEED"),
            study=StudyHeader(study_instance_uid="2.25.11"),
            series=SeriesHeader(series_instance_uid=f"2.25.{number}"),
            frame_of_reference_uid=dvh_speed.FRAME,
        )

    structures = structure_set_object(drawn, header=header(12), label="SPEED")
    beam = BeamContent(
        name="1", gantry_angle=0, jaw_x=(-50, 50), jaw_y=(-50, 50), dose_gy=10, meterset_mu=1000, energy_mv=6
    )
    content = PlanContent(
        label="SPEED",
        n_fractions=5,
        prescription_gy=45,
        target_roi_number=drawn[names.index("PTV")].number,
        structure_set_uid=str(structures.SOPInstanceUID),
        isocentre=(0, 0, 0),
        patient_position="HFS",
        beams=(beam,),
        date="20240101",
    )
    plan = plan_object(content, header=header(13))
    attributes = DoseAttributes(
        dose_type="PHYSICAL",
        summation_type="PLAN",
        plan_uids=(str(plan.SOPInstanceUID),),
        structure_set_uid=str(structures.SOPInstanceUID),
    )
    dose = dose_object(field.values, field.geometry, header=header(14), attributes=attributes)
    for name, written in (("RTSTRUCT", structures), ("RTPLAN", plan), ("RTDOSE", dose)):
        save(written, folder / f"{name}.dcm")


def voxel_counts(plan: Path) -> list[int]:
    """Return how many dose voxels each structure holds."""
    chosen = load_study(plan).select()
    assert chosen.dose is not None
    assert chosen.structure_set is not None
    grid = chosen.dose.geometry
    voxel_cc = grid.row_spacing * grid.column_spacing * grid.frame_spacing / 1000
    return [
        round(SlabStack.of(s).volume_cc / voxel_cc) for s in chosen.structure_set.structures if s.contours
    ]


def write_limits(plan: Path, file: Path) -> None:
    """Write the metrics that the plan check needs, for the side that cannot match names."""
    found = check_plan(load_study(plan).select(), load_constraint_set(sides.CONSTRAINTS))
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["structure", "metric", "kind", "at", "at_unit", "unit"])
        for row in found.limits.evaluations:
            if row.value is not None and row.metric is not None:
                metric = Metric.parse(row.metric)
                writer.writerow(
                    [row.structure, row.metric, metric.kind, metric.at, metric.at_unit, metric.unit]
                )
