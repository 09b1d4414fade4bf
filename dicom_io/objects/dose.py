"""Dose on a grid: physical dose in Gy, always."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dicom_io.arrays import BoolArray
from dicom_io.errors import ContradictionError, DicomValueError
from dicom_io.objects.geometry import GridGeometry

__all__ = ["DoseGrid", "stack_planes", "sum_doses"]

_SAME_MM = 1e-3
"""Grids of one export agree to the last decimal; this allows for rounding."""


LARGEST_GY = 1e6
"""Far above what touches any source."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DoseGrid:
    """Physical dose in Gy on the voxel centres of a grid.

    Attributes
    ----------
    geometry : GridGeometry
    dose_gy : ndarray of float32, shape (frames, rows, columns)
        Total dose, Gy, finite and not negative. Outside the grid is *not covered*, never 0 Gy.
    covered : ndarray of bool, shape (frames, rows, columns), or None
        False where the file has no dose, which is 0 in `dose_gy` and not covered; None where it has one
        everywhere.
    frame_of_reference_uid : str
    sop_instance_uids : tuple of str
        The RTDOSE objects it came from; several when a complete set of beams was summed.
    summation_type : str
        DoseSummationType as read, such as ``"PLAN"``.
    plan_uids : tuple of str
        RTPLAN objects that the dose refers to.
    source_sha256 : tuple of str
        Hashes of the files, in the order of `sop_instance_uids`.
    source_data_set_sha256 : tuple of str
        Of the data sets in them, whatever file and transfer syntax they came in.
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
    source_data_set_sha256: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    covered: BoolArray | None = None

    def __post_init__(self) -> None:
        if self.covered is not None and self.covered.shape != self.dose_gy.shape:
            raise DicomValueError("the coverage mask must have the shape of the dose")
        if self.dose_gy.shape != self.geometry.shape:
            raise DicomValueError(f"dose of shape {self.dose_gy.shape} on a grid of {self.geometry.shape}")
        if self.dose_gy.dtype != np.float32:
            raise DicomValueError(f"dose values are {self.dose_gy.dtype}, float32 is needed")
        low, high = float(np.min(self.dose_gy)), float(np.max(self.dose_gy))
        if not (np.isfinite(low) and np.isfinite(high)) or low < 0:
            raise DicomValueError(f"dose from {low} to {high} Gy: finite values of at least 0 Gy are needed")
        if high > LARGEST_GY:
            raise DicomValueError(
                f"dose up to {high:.3g} Gy: at most {LARGEST_GY:g} Gy is possible; is DoseGridScaling wrong?"
            )

    def __repr__(self) -> str:
        kind = f"{self.summation_type} dose, " if self.summation_type else ""
        low, high = float(np.min(self.dose_gy)), float(np.max(self.dose_gy))
        return f"DoseGrid({kind}{low:.4g} to {high:.4g} Gy on {self.geometry!r})"


def sum_doses(doses: Sequence[DoseGrid], *, summation_type: str) -> DoseGrid:
    """Return the sum of doses on one grid, such as those of all beams of a plan.

    Parameters
    ----------
    doses : sequence of DoseGrid
        At least one; same geometry and same frame of reference.
    summation_type : str
        What the sum is, such as ``"PLAN"``.

    Raises
    ------
    ContradictionError
        The grids differ, or the frames of reference do.
    """
    first = doses[0]
    for other in doses[1:]:
        if not _same_grid(first.geometry, other.geometry):
            raise ContradictionError("doses on different grids are not summed voxel by voxel")
    total = np.zeros(first.geometry.shape, dtype=np.float64)
    for dose in doses:
        total += dose.dose_gy
    masks = [dose.covered for dose in doses if dose.covered is not None]
    summed = _joined(doses, first.geometry, total.astype(np.float32), summation_type)
    return replace(summed, covered=np.logical_and.reduce(masks)) if masks else summed


def stack_planes(doses: Sequence[DoseGrid]) -> DoseGrid:
    """Return one grid from doses of a single plane each, as some systems export them.

    Parameters
    ----------
    doses : sequence of DoseGrid
        One frame each, alike but for their place along the normal.

    Raises
    ------
    ContradictionError
        Planes that differ in size, spacing, direction or place in their plane, or that coincide.
    """
    first = doses[0].geometry
    along = np.array([first.to_grid_mm(dose.geometry.origin) for dose in doses])
    for dose, offset in zip(doses, along, strict=True):
        if (
            dose.geometry.shape[0] != 1
            or not _same_plane(first, dose.geometry)
            or np.any(abs(offset[1:]) > _SAME_MM)
        ):
            raise ContradictionError("single-plane doses that are no stack of like planes")
    order = np.argsort(along[:, 0])
    offsets = along[order, 0] - along[order[0], 0]
    if np.any(np.diff(offsets) <= _SAME_MM):
        raise ContradictionError("two single-plane doses lie in the same plane")
    geometry = replace(
        first,
        shape=(len(doses), *first.shape[1:]),
        origin=doses[order[0]].geometry.origin,
        frame_offsets=offsets,
    )
    stacked = np.concatenate([doses[place].dose_gy for place in order])
    joined = _joined(doses, geometry, stacked, doses[0].summation_type)
    covered = None
    if any(dose.covered is not None for dose in doses):
        covered = np.concatenate([_mask_of(doses[place]) for place in order])
    return replace(joined, covered=covered, findings=(*joined.findings, *geometry.hole_findings))


def _mask_of(dose: DoseGrid) -> BoolArray:
    return np.ones(dose.dose_gy.shape, dtype=np.bool_) if dose.covered is None else dose.covered


def _joined(
    doses: Sequence[DoseGrid], geometry: GridGeometry, dose_gy: NDArray[np.float32], summation_type: str
) -> DoseGrid:
    """Return a dose that remembers all objects it is made of."""
    frames = {dose.frame_of_reference_uid for dose in doses}
    if len(frames) > 1:
        raise ContradictionError("doses in different frames of reference are not joined")
    return DoseGrid(
        geometry=geometry,
        dose_gy=dose_gy,
        frame_of_reference_uid=doses[0].frame_of_reference_uid,
        sop_instance_uids=tuple(uid for dose in doses for uid in dose.sop_instance_uids),
        summation_type=summation_type,
        plan_uids=tuple(dict.fromkeys(uid for dose in doses for uid in dose.plan_uids)),
        source_sha256=tuple(digest for dose in doses for digest in dose.source_sha256),
        source_data_set_sha256=tuple(digest for dose in doses for digest in dose.source_data_set_sha256),
        findings=tuple(dict.fromkeys(finding for dose in doses for finding in dose.findings)),
    )


def _same_plane(one: GridGeometry, other: GridGeometry) -> bool:
    """Return whether two grids have the same rows, columns, spacing and directions."""
    return (
        one.shape[1:] == other.shape[1:]
        and bool(np.allclose(one.axes, other.axes, atol=1e-4))
        and abs(one.row_spacing - other.row_spacing) < _SAME_MM
        and abs(one.column_spacing - other.column_spacing) < _SAME_MM
    )


def _same_grid(one: GridGeometry, other: GridGeometry) -> bool:
    """Return whether two grids have the same voxel centres."""
    return (
        one.shape == other.shape
        and _same_plane(one, other)
        and bool(np.allclose(one.origin, other.origin, rtol=0, atol=_SAME_MM))
        and bool(np.allclose(one.frame_offsets, other.frame_offsets, rtol=0, atol=_SAME_MM))
    )
