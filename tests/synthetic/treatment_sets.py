"""Treatment sets made for tests: box organs in linear doses, whose sums are known without a DVH engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from dicom_io.objects import (
    Contour,
    DoseGrid,
    FractionGroup,
    GridGeometry,
    PatientIdentity,
    Plan,
    Prescription,
    Structure,
    StructureSet,
)
from dicom_io.study import SourceFile, TreatmentSet

NEW_FRAME, OLD_FRAME = "1.2.826.0.1.201", "1.2.826.0.1.202"

BOX = {"Rectum": ((-10, 10), (-10, 10), (-12, 12)), "Bladder": ((20, 40), (-10, 10), (-12, 12))}
"""x, y and z of two organs, mm."""

GRID = GridGeometry.axial(shape=(21, 51, 51), origin=(-50, -50, -40), spacing=(4.0, 2.0, 2.0))


def box_organ(name: str, *, number: int, frame: str, box: Any = None) -> Structure:
    """Return a box drawn on planes 2 mm apart, so that its slabs fill it exactly."""
    (x0, x1), (y0, y1), (z0, z1) = BOX[name] if box is None else box
    square = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=np.float64)
    heights = np.arange(z0 + 1, z1, 2.0)
    contours = tuple(
        Contour(points=np.column_stack([square, np.full(4, z)]), geometric_type="CLOSED_PLANAR")
        for z in heights
    )
    return Structure(
        number=number, name=name, interpreted_type="ORGAN", contours=contours, frame_of_reference_uid=frame
    )


def linear(gradient: Sequence[float], at_origin: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return a dose in Gy that is linear in the patient, and 0 where it would be negative."""
    return lambda points: np.maximum(at_origin + points @ np.asarray(gradient, dtype=np.float64), 0.0)


def treatment(
    dose: Callable[[np.ndarray], np.ndarray] | None,
    *,
    n: int | None,
    prescription: float | None = 50.0,
    frame: str = NEW_FRAME,
    organs: Mapping[str, Any] | None = None,
    label: str = "2024-01-29 …1111 50 Gy",
    radiation: tuple[str, ...] = ("PHOTON",),
    brachytherapy: bool = False,
    delivered: int | None = None,
    grid: GridGeometry = GRID,
    patient_key: str = "same",
    with_plan: bool = True,
) -> TreatmentSet:
    """Return a treatment set; `organs` maps names to boxes, None to their usual ones."""
    boxes = dict.fromkeys(BOX) if organs is None else organs
    structures = tuple(
        box_organ(name, number=k, frame=frame, box=box)
        for k, (name, box) in enumerate(boxes.items(), start=1)
    )
    index = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    values = None if dose is None else dose(grid.to_patient(index)).astype(np.float32)
    return TreatmentSet(
        plan=plan(n, prescription, radiation, brachytherapy=brachytherapy) if with_plan else None,
        structure_set=StructureSet(
            structures=structures, label="DRAWN", sop_instance_uid="1.2.3", frame_of_reference_uid=frame
        )
        if structures
        else None,
        dose=None
        if values is None
        else DoseGrid(geometry=grid, dose_gy=values, frame_of_reference_uid=frame),
        images=None,
        n_fractions=n,
        n_fractions_reason="" if n else "the plan does not say how many fractions are planned",
        n_fractions_delivered=delivered,
        findings=(),
        inputs=(
            SourceFile(role="dose", sha256=f"{label}{n}".encode().hex().ljust(64, "0")[:64], uid="1.2.4"),
        ),
        patient=PatientIdentity(patient_id=patient_key, birth_date="", sex=""),
        label=label,
    )


def plan(
    n: int | None, prescription: float | None, radiation: tuple[str, ...], *, brachytherapy: bool
) -> Plan:
    """Return the plan of a treatment set."""
    prescribed = Prescription(
        structure_type="SITE",
        reference_type="TARGET",
        description="",
        target_prescription_gy=prescription,
        referenced_roi_number=None,
    )
    return Plan(
        label="PLAN",
        sop_instance_uid="1.2.5",
        frame_of_reference_uid="",
        structure_set_uid="",
        fraction_groups=(
            FractionGroup(number=1, n_fractions_planned=n, beam_numbers=(1,), beam_doses_gy=(None,)),
        ),
        prescriptions=(prescribed,),
        radiation_types=radiation,
        approval_status="APPROVED",
        intent="CURATIVE",
        date="20240129",
        is_brachytherapy=brachytherapy,
    )
