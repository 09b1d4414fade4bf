"""Dose on a grid: physical dose in Gy, always."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dicom_io.errors import DicomValueError
from dicom_io.geometry import GridGeometry

__all__ = ["DoseGrid"]


@dataclass(frozen=True, kw_only=True, eq=False)
class DoseGrid:
    """Physical dose in Gy on the voxel centres of a grid.

    Attributes
    ----------
    geometry : GridGeometry
    dose_gy : ndarray of float32, shape (frames, rows, columns)
        Total dose, Gy, finite and not negative. Outside the grid is *not covered*, never 0 Gy.
    frame_of_reference_uid : str
    sop_instance_uids : tuple of str
        The RTDOSE objects it came from; several when a complete set of beams was summed.
    summation_type : str
        DoseSummationType as read, such as ``"PLAN"``.
    plan_uids : tuple of str
        RTPLAN objects that the dose refers to.
    source_sha256 : tuple of str
        Hashes of the files, in the order of `sop_instance_uids`.
    findings : tuple of str
        What is odd about the object, in words.
    """

    geometry: GridGeometry
    dose_gy: NDArray[np.float32]
    frame_of_reference_uid: str
    sop_instance_uids: tuple[str, ...] = ()
    summation_type: str = ""
    plan_uids: tuple[str, ...] = ()
    source_sha256: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.dose_gy.shape != self.geometry.shape:
            raise DicomValueError(f"dose of shape {self.dose_gy.shape} on a grid of {self.geometry.shape}")
        if self.dose_gy.dtype != np.float32:
            raise DicomValueError(f"dose values are {self.dose_gy.dtype}, float32 is needed")
        low, high = float(np.min(self.dose_gy)), float(np.max(self.dose_gy))
        if not (np.isfinite(low) and np.isfinite(high)) or low < 0:
            raise DicomValueError(f"dose from {low} to {high} Gy: finite values of at least 0 Gy are needed")
