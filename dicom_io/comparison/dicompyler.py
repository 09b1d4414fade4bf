"""dicompyler-core as a second, independent engine: its DVHs beside ours, its known faults named.

It runs in a process of its own, because as released it imports a name that pydicom 3 removed; supplying that
name there patches nothing here. Worked around: the missing name, absolute frame offsets (which it adds
twice), objects without file meta information, open contours taken for areas, metrics looked up at the
nearest bin (they are interpolated here). What cannot be worked around is named by `known_limits`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dicom_io.dvh import DVH, StoredDVH, curve_fault
from dicom_io.errors import DicomReadError
from dicom_io.objects import GridGeometry, Structure

__all__ = ["CrossCheck", "cross_check", "known_limits"]

_WORKER = Path(__file__).with_name("dicompyler_worker.py")
_FEW_VOXELS = 2000
"""Below this number of dose voxels the whole voxels that dicompyler-core counts are visible in the volume."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CrossCheck:
    """What the second engine found.

    Attributes
    ----------
    engine : str
        Name and version.
    dvhs : mapping of int to StoredDVH
        By structure number; one that it could not compute has its reason.
    """

    engine: str
    dvhs: Mapping[int, StoredDVH]


def cross_check(
    structure_set: bytes, dose: bytes, structures: Sequence[Structure], *, timeout_s: float
) -> CrossCheck:
    """Compute DVHs with dicompyler-core.

    Parameters
    ----------
    structure_set, dose : bytes
        The RT Structure Set and the one RT Dose file, as they are on disk.
    structures : sequence of Structure
        Which structures; their numbers and names are used.
    timeout_s : float
        Longest time to wait, s.

    Raises
    ------
    DicomReadError
        When dicompyler-core is not installed, does not end in time, or fails before its first structure.
    """
    task = {
        "structure_bytes": len(structure_set),
        "dose_bytes": len(dose),
        "numbers": [structure.number for structure in structures],
    }
    answer = _run(json.dumps(task).encode() + b"\n" + structure_set + dose, timeout_s)
    rows = {row["number"]: row for row in answer["dvhs"]}
    return CrossCheck(
        engine=f"dicompyler-core {answer['version']}",
        dvhs={
            structure.number: _as_stored(rows[structure.number], structure.name) for structure in structures
        },
    )


def _run(task: bytes, timeout_s: float) -> dict[str, Any]:
    """Return the answer of the worker; its messages are not passed on, they may hold a patient's data."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-W", "ignore", str(_WORKER)],
            input=task,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
        if done.returncode == 0:
            answer: dict[str, Any] = json.loads(done.stdout)
            return answer
        reason = _kind(done.stderr)
    except subprocess.TimeoutExpired:
        reason = f"it did not end within {timeout_s:g} s"
    except (OSError, ValueError) as error:
        reason = type(error).__name__
    raise DicomReadError(f"dicompyler-core cannot run as second engine: {reason}")


def _kind(trace: bytes) -> str:
    """Return the kind of the last error of a traceback, without its message."""
    lines = trace.decode(errors="replace").strip().splitlines() or ["unknown"]
    kind = lines[-1].split(":")[0].split(".")[-1]
    return "it is not installed" if kind in ("ModuleNotFoundError", "PackageNotFoundError") else kind


def _as_stored(row: Mapping[str, Any], name: str) -> StoredDVH:
    """Return its cumulative curve: volumes at the starts of its bins, nothing beyond the last."""
    known = {"structure_name": name, "structure_number": row["number"], "source": "dicompyler-core"}
    if "reason" in row:
        return StoredDVH(**known, reason=row["reason"])
    left = np.append(np.asarray(row["volume_cc"], dtype=np.float64), 0.0)
    dose, whole = np.asarray(row["bins_gy"], dtype=np.float64), float(left[0])
    if len(dose) != len(left) or whole <= 0:
        return StoredDVH(**known, reason="its histogram is empty or inconsistent")
    fraction = np.minimum.accumulate(np.maximum(left, 0.0)) / whole
    fault = curve_fault(dose, fraction)
    if fault is not None:
        return StoredDVH(**known, reason=f"its histogram has {fault}")
    return StoredDVH(**known, volume_cc=whole, dose_gy=dose, volume_fraction=fraction)


def known_limits(structure: Structure, dvh: DVH, grid: GridGeometry) -> tuple[str, ...]:
    """Return which known faults of dicompyler-core can explain a difference for a structure.

    Parameters
    ----------
    structure : Structure
    dvh : DVH
        Ours.
    grid : GridGeometry
        Of the dose.
    """
    found = []
    voxel_cc = grid.row_spacing * grid.column_spacing * grid.frame_spacing / 1000
    if dvh.volume_cc is not None and np.isfinite(voxel_cc) and dvh.volume_cc < _FEW_VOXELS * voxel_cc:
        found.append(
            f"it counts whole dose voxels in the plane, of which the structure has "
            f"{dvh.volume_cc / voxel_cc:.0f}"
        )
    if dvh.covered_fraction is not None and dvh.covered_fraction < 1:
        found.append("it gives the part outside the dose grid the doses of the part inside")
    if _uneven(structure):
        found.append("it uses the smallest distance between contour planes as thickness of all of them")
    return tuple(found)


def _uneven(structure: Structure) -> bool:
    """Return whether the distances between contour planes differ by more than 1 %."""
    heights = np.unique([round(float(contour.points[0, 2]), 2) for contour in structure.contours])
    steps = np.diff(heights)
    return len(steps) > 1 and bool(np.ptp(steps) > 0.01 * steps.min())
