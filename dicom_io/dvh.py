"""Dose-volume histograms of structures in a field: the engine."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from dicom_io.cells import Cells, cells_of
from dicom_io.errors import ContradictionError
from dicom_io.field import ScalarField
from dicom_io.histogram import DVH
from dicom_io.lattice import build_lattice
from dicom_io.raster import cover
from dicom_io.slabs import SlabStack
from dicom_io.spread import cumulative_below
from dicom_io.structure import Structure

__all__ = ["DVH", "compute_dvh", "compute_dvhs"]

FloatArray = NDArray[np.float64]

_CELLS = 40_000
_KNOTS = 4096


def compute_dvh(
    structure: Structure, field: ScalarField, *, end_caps: str = "half", slice_thickness: float | None = None
) -> DVH:
    """Return the DVH of a structure in a field.

    Parameters
    ----------
    structure : Structure
    field : ScalarField
        Such as ``GridField.of(dose)``; in the structure's frame of reference.
    end_caps : str
        Convention for the ends of the contours, see `SlabStack`.
    slice_thickness : float, optional
        Thickness of structures drawn on one plane only, mm.

    Raises
    ------
    ContradictionError
        When structure and field are in different frames of reference.

    Examples
    --------
    >>> from dicom_io.field import GridField
    >>> from dicom_io.geometry import GridGeometry
    >>> from dicom_io.structure import Contour
    >>> square = np.array([[0.0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]])
    >>> contours = tuple(
    ...     Contour(points=square + [0, 0, z], geometric_type="CLOSED_PLANAR") for z in (0.0, 3.0, 6.0)
    ... )
    >>> cube = Structure(number=1, name="Cube", interpreted_type="", contours=contours,
    ...                  frame_of_reference_uid="1.2")
    >>> grid = GridGeometry.axial(shape=(5, 12, 12), origin=(-5, -5, -5), spacing=(5.0, 3.0, 3.0))
    >>> x = grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))[..., 0]
    >>> dvh = compute_dvh(cube, GridField(geometry=grid, values=x + 10, frame_of_reference_uid="1.2"))
    >>> dvh.metric("Mean[Gy]").value, dvh.metric("D50%[Gy]").value
    (20.0, 20.0)
    """
    stack = SlabStack.of(structure, end_caps=end_caps, slice_thickness=slice_thickness)
    if structure.frame_of_reference_uid != field.frame_of_reference_uid:
        raise ContradictionError(
            f"structure {structure.name} and dose are in different frames of reference; "
            "a registration is needed to join them"
        )
    return _dvh_of(stack, field)


def compute_dvhs(
    structures: Iterable[Structure],
    field: ScalarField,
    *,
    end_caps: str = "half",
    slice_thickness: float | None = None,
) -> dict[int, DVH]:
    """Return the DVHs of many structures by ROI number; parameters as in `compute_dvh`."""
    return {
        structure.number: compute_dvh(structure, field, end_caps=end_caps, slice_thickness=slice_thickness)
        for structure in structures
    }


def _dvh_of(stack: SlabStack, field: ScalarField) -> DVH:
    findings = (*stack.findings, *getattr(field, "findings", ()))
    if stack.reason is not None:
        return _no_curve(stack, None, findings, stack.reason)
    if stack.volume_cc <= 0:
        return _no_curve(stack, None, findings, "its contours enclose no volume")
    lattice = build_lattice(stack, field, _refinement(stack, field))
    coverage = cover(
        lattice.pixel_edges(stack),
        stack.edge_sign * _handedness(stack, lattice.x_axis, lattice.y_axis),
        stack.edge_plane,
        shape=(len(stack.positions), *lattice.shape),
    )
    crossing = np.flatnonzero(
        (coverage.area.min(axis=(1, 2)) < -1e-6) | (coverage.area.max(axis=(1, 2)) > 1 + 1e-6)
    )
    if len(crossing):
        repaired = stack.resolved(crossing)
        if repaired is not stack:
            return _dvh_of(repaired, field)
    return _curve_of(stack, cells_of(lattice, coverage, field, stack), findings)


def _handedness(stack: SlabStack, x_axis: FloatArray, y_axis: FloatArray) -> float:
    """+1 when the lattice's axes turn the same way as the stack's, -1 when mirrored."""
    return float(np.sign((stack.u @ x_axis) * (stack.v @ y_axis) - (stack.v @ x_axis) * (stack.u @ y_axis)))


def _refinement(stack: SlabStack, field: ScalarField) -> float:
    geometry = field.geometry
    steps = np.array([geometry.frame_spacing, geometry.row_spacing, geometry.column_spacing])
    cell_cc = float(np.nanprod(steps)) / 1000
    return float(np.clip(np.ceil((_CELLS * cell_cc / stack.volume_cc) ** (1 / 3)), 1, 16))


def _curve_of(stack: SlabStack, cells: Cells, findings: tuple[str, ...]) -> DVH:
    covered = np.isfinite(cells.dose_gy)
    if not covered.any():
        return _no_curve(stack, stack.volume_cc, findings, "not covered: all of it is outside the dose grid")
    dose, spread, volume = cells.dose_gy[covered], cells.spread_gy[covered], cells.volume_cc[covered]
    covered_cc = float(volume.sum())
    uncovered_cc = float(cells.volume_cc[~covered].sum())
    if uncovered_cc < 1e-6 * stack.volume_cc:
        covered_cc = stack.volume_cc
    low = float(np.min(np.maximum(dose - spread, cells.low_gy[covered])))
    high = float(np.max(np.minimum(dose + spread, cells.high_gy[covered])))
    step = max(high - low, 1e-6) / (_KNOTS - 2)
    below = cumulative_below(dose, spread, volume, start=low - step, step=step, count=_KNOTS)
    knots_gy, knots_cc = _knots(low, high, step, covered_cc * (1 - below / below[-1]))
    return DVH(
        structure_name=stack.name,
        structure_number=stack.number,
        volume_cc=stack.volume_cc,
        covered_cc=covered_cc,
        min_gy=low,
        mean_gy=float(volume @ dose / volume.sum()),
        max_gy=high,
        mean_uncertainty_gy=0.01,
        knots_gy=knots_gy,
        knots_cc=knots_cc,
        knots_uncertainty_gy=np.full(len(knots_gy), 0.05),
        end_caps=stack.end_caps,
        findings=findings,
    )


def _knots(low: float, high: float, step: float, volume: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The curve between its ends: the whole volume at `low` only, no volume at `high` only."""
    dose = low + step * (np.arange(len(volume)) - 1)
    inner = (volume < volume[0]) & (volume > 0) & (dose > low) & (dose < high)
    return (
        np.concatenate([[low], dose[inner], [high]]),
        np.concatenate([[volume[0]], volume[inner], [0.0]]),
    )


def _no_curve(stack: SlabStack, volume_cc: float | None, findings: tuple[str, ...], reason: str) -> DVH:
    """A DVH that says why it has no curve."""
    return DVH(
        structure_name=stack.name,
        structure_number=stack.number,
        volume_cc=volume_cc,
        covered_cc=None if volume_cc is None else 0.0,
        min_gy=None,
        mean_gy=None,
        max_gy=None,
        mean_uncertainty_gy=None,
        knots_gy=np.zeros(0),
        knots_cc=np.zeros(0),
        knots_uncertainty_gy=np.zeros(0),
        end_caps=stack.end_caps,
        findings=findings,
        reason=reason,
    )
