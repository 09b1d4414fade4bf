"""Small two-course patients as DICOM files: box organs in doses known at every point, in any frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from synthetic import dicom_objects as made

NEW_FRAME, OLD_FRAME = "1.2.826.0.1.301", "1.2.826.0.1.302"

Box = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]

ORGANS: Mapping[str, Box] = {
    "Rectum": ((-10, 10), (-10, 10), (-12, 12)),
    "SpinalCord": ((-8, 8), (20, 36), (-12, 12)),
    "PTV": ((-30, -14), (-8, 8), (-8, 8)),
    "External": ((-40, 40), (-40, 40), (-20, 20)),
}
_TYPES = {"PTV": "PTV", "GTV": "GTV", "External": "EXTERNAL"}
_SCALING = 1e-5


def uniform(gy: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return the same dose everywhere."""
    return lambda points: np.full(points.shape[:-1], gy)


def along(gradient: Sequence[float], at_origin: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return a dose in Gy that is linear in the patient, and 0 where it would be negative."""
    return lambda points: np.maximum(at_origin + points @ np.asarray(gradient, dtype=np.float64), 0.0)


def write_course(
    folder: Path,
    dose: Callable[[np.ndarray], np.ndarray],
    *,
    n: int,
    prescription: float,
    tail: str,
    date: str,
    frame: str = NEW_FRAME,
    organs: Mapping[str, Box] = ORGANS,
    origin: Sequence[float] = (-60.0, -60.0, -40.0),
    spacing: Sequence[float] = (2.0, 3.0, 4.0),
    shape: Sequence[int] = (21, 41, 61),
    rows_along: Sequence[float] = (1, 0, 0, 0, 1, 0),
) -> Path:
    """Write plan, dose and structures of one course.

    Parameters
    ----------
    folder : Path
    dose : callable
        Points of shape (..., 3) in the course's own frame to Gy.
    n, prescription
        Planned fractions and prescribed dose.
    tail : str
        Ends the UIDs, so that two courses are told apart.
    date : str
        YYYYMMDD, of the plan.
    frame : str
    organs : mapping of str to box
        In the course's own frame, in mm; drawn on planes 2 mm apart, so that their slabs fill them exactly.
    origin, spacing, shape, rows_along
        Of the dose grid: first voxel's centre; x, y and z step; frames, rows and columns; the directions in
        which x and y steps run.
    """
    right, down = np.array(rows_along[:3], dtype=float), np.array(rows_along[3:], dtype=float)
    normal = np.cross(right, down)
    frames, rows, columns = np.meshgrid(*map(np.arange, shape), indexing="ij")
    points = (
        np.asarray(origin, dtype=float)
        + columns[..., None] * spacing[0] * right
        + rows[..., None] * spacing[1] * down
        + frames[..., None] * spacing[2] * normal
    )
    uids = {kind: f"1.2.826.0.1.{place}.{tail}" for place, kind in enumerate(("p", "s", "d"), 5)}
    planned = made.plan(
        prescription=prescription,
        groups={1: (n, (1, 2))},
        SOPInstanceUID=uids["p"],
        RTPlanDate=date,
        FrameOfReferenceUID=frame,
        ReferencedStructureSetSequence=[made.filled(ReferencedSOPInstanceUID=uids["s"])],
    )
    stored = made.dose(
        np.rint(dose(points) / _SCALING).astype(np.int64),
        scaling=_SCALING,
        plan_uid=uids["p"],
        SOPInstanceUID=uids["d"],
        FrameOfReferenceUID=frame,
        ImagePositionPatient=[float(part) for part in origin],
        ImageOrientationPatient=[float(part) for part in rows_along],
        PixelSpacing=[float(spacing[1]), float(spacing[0])],
        GridFrameOffsetVector=[spacing[2] * k for k in range(shape[0])],
        StudyInstanceUID=f"1.2.826.0.1.8.{tail}",
        SeriesInstanceUID=f"1.2.826.0.1.9.{tail}",
    )
    drawn = made.structure_set(
        [
            made.roi(number, name, _planes(box), frame=frame)
            for number, (name, box) in enumerate(organs.items(), start=1)
        ],
        SOPInstanceUID=uids["s"],
    )
    for item, name in zip(drawn.RTROIObservationsSequence, organs, strict=True):
        item.RTROIInterpretedType = _TYPES.get(name, "ORGAN")
    return made.write(folder, p=planned, d=stored, s=drawn)


def _planes(box: Box) -> list[Any]:
    (x0, x1), (y0, y1), (z0, z1) = box
    return [[[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]] for z in np.arange(z0 + 1, z1, 2.0).tolist()]
