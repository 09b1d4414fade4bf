"""Dose-volume histograms of structures in a field: the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from dicom_io.contours import Coverage, SlabStack, cover, solid_of
from dicom_io.dvh.bulk import bulk_of
from dicom_io.dvh.cells import cells_of
from dicom_io.dvh.cores import side_by_side
from dicom_io.dvh.curve import Integration, curve_of
from dicom_io.dvh.histogram import DVH
from dicom_io.dvh.lattice import Lattice, build_lattice, nodes_of, spacing_of
from dicom_io.errors import ContradictionError
from dicom_io.objects import GridField, ScalarField, Structure
from dicom_io.wording import frame_not_stated

__all__ = ["DVH", "compute_dvh", "compute_dvhs"]

_OUTSIDE = "not covered: all of it is outside the dose grid"
_MOST_PIXELS = 60_000_000
"""More than this, and more than four for each voxel of the grid, are refused before memory is taken."""
_MOST_CROSSINGS = 3_000_000
"""So are more borders between pixels that contours cross, and more than one for four voxels of the grid."""


FEWEST_CELLS = 12_000
"""A structure of fewer cells of the field is looked at more finely."""
MOST_TIMES = 16
_COVERED = 1e-6
"""Relative rounding between the volume of the polygons and that of their cells."""


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
        What lies between and beyond the planes, one of `END_CAPS`; the DVH names it.
    slice_thickness : float, optional
        Thickness of structures drawn on one plane only, mm.

    Raises
    ------
    ContradictionError
        When structure and field are in different frames of reference.

    Examples
    --------
    >>> from dicom_io import GridField
    >>> from dicom_io import GridGeometry
    >>> from dicom_io import Contour
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
    stack = solid_of(structure, end_caps=end_caps, slice_thickness=slice_thickness)
    _check_frames(structure, field)
    dvh = _dvh_of(stack, field)
    return dvh if stack.other is None else replace(dvh, other=_dvh_of(stack.other, field))


def _check_frames(structure: Structure, field: ScalarField) -> None:
    """Refuse a structure and a field that are not known to lie in one frame of reference."""
    of_structure, of_field = structure.frame_of_reference_uid, field.frame_of_reference_uid
    if of_structure == of_field:
        return
    if not of_structure or not of_field:
        told = frame_not_stated("structures" if of_field else "dose")
        raise ContradictionError(f"structure {structure.name}: {told}; export both again from one system")
    raise ContradictionError(
        f"structure {structure.name} and dose are in different frames of reference; "
        "a registration is needed to join them"
    )


def compute_dvhs(
    structures: Iterable[Structure],
    field: ScalarField,
    *,
    end_caps: str = "half",
    slice_thickness: float | None = None,
) -> dict[int, DVH]:
    """Return the DVHs of many structures by ROI number; parameters as in `compute_dvh`.

    Several structures are worked on at a time where there are several cores.
    """
    every = list(structures)

    def one(structure: Structure) -> DVH:
        return compute_dvh(structure, field, end_caps=end_caps, slice_thickness=slice_thickness)

    # The largest first, so that none of them is left for the end.
    order = sorted(range(len(every)), key=lambda k: -sum(len(c.points) for c in every[k].contours))
    found = dict(zip(order, side_by_side(one, [every[k] for k in order]), strict=True))
    return {structure.number: found[k] for k, structure in enumerate(every)}


def _dvh_of(stack: SlabStack, field: ScalarField) -> DVH:
    """The DVH of a solid."""
    findings = (*stack.findings, *getattr(field, "findings", ()))
    if stack.reason is not None:
        return _no_curve(stack, None, findings, stack.reason)
    volume_cc = stack.volume_cc
    if volume_cc <= 0:
        return _no_curve(stack, None, findings, "its contours enclose no volume")
    if _is_apart(stack, field):
        return _no_curve(stack, volume_cc, findings, _OUTSIDE)
    lattice = build_lattice(stack, field, _times(volume_cc, field))
    pixels = len(stack.positions) * int(np.prod(lattice.shape))
    if pixels > max(_MOST_PIXELS, 4 * int(np.prod(field.geometry.shape))):
        reason = f"too large for this dose grid: its contours cover {pixels / 1e6:.0f} million pixels of it"
        return _no_curve(stack, volume_cc, findings, reason)
    edges = lattice.pixel_edges(stack)
    crossed = float(np.abs(edges[:, 2:] - edges[:, :2]).sum())
    if crossed > max(_MOST_CROSSINGS, np.prod(field.geometry.shape) / 4):
        reason = f"too large for this dose grid: its contours cross {crossed / 1e6:.0f} million pixels of it"
        return _no_curve(stack, volume_cc, findings, reason)
    coverage = cover(
        edges,
        stack.edge_sign * lattice.handedness(stack),
        stack.edge_plane,
        shape=(len(stack.positions), *lattice.shape),
    )
    if len(coverage.crossed):
        repaired = stack.resolved(coverage.crossed)
        if repaired is not stack:
            return _dvh_of(repaired, field)
    whole = _integration(lattice, coverage, field)
    if whole.volume_cc <= 0:
        return _no_curve(stack, volume_cc, findings, _OUTSIDE)
    return _described(stack, volume_cc, whole, findings)


def _is_apart(stack: SlabStack, field: ScalarField) -> bool:
    """Whether a box around the structure lies beyond one of the faces of a grid, in any position."""
    if not isinstance(field, GridField):
        return False
    geometry = field.geometry
    u, v = stack.edges[:, ::2], stack.edges[:, 1::2]
    sides = [(u.min(), u.max()), (v.min(), v.max()), (stack.bounds[0, 0], stack.bounds[-1, 1])]
    corners = np.stack(np.meshgrid(*sides), axis=-1).reshape(8, 3) @ np.stack(
        [stack.u, stack.v, stack.normal]
    )
    along = (corners - geometry.origin) @ geometry.axes.T
    _, rows, columns = geometry.shape
    last = [
        geometry.frame_offsets[-1],
        (rows - 1) * geometry.row_spacing,
        (columns - 1) * geometry.column_spacing,
    ]
    reach = geometry.slice_thickness or 0.0  # a grid of one frame covers half of it to either side
    return bool(np.any((along.max(axis=0) < -reach) | (along.min(axis=0) > np.array(last) + reach)))


def _times(volume_cc: float, field: ScalarField) -> int:
    """How many times finer than the field a structure is looked at: small ones more."""
    cell_cc = float(np.nanprod(spacing_of(field))) / 1000
    wanted = np.ceil(np.cbrt(FEWEST_CELLS * cell_cc / volume_cc) - 0.2)
    if not isinstance(field, GridField):
        wanted = max(wanted, 2 if volume_cc < FEWEST_CELLS * cell_cc else 1)
    return int(np.clip(wanted, 1, MOST_TIMES))


def _integration(lattice: Lattice, coverage: Coverage, field: ScalarField) -> Integration:
    """All pieces of a structure with their doses."""
    nodes = nodes_of(lattice, field, coverage)
    bulk = bulk_of(lattice, coverage, nodes)
    cells = cells_of(lattice, coverage, nodes, without=None if bulk is None else bulk.mask)
    covered = np.isfinite(cells.dose_gy)
    return Integration(
        cells=cells if covered.all() else cells[covered],
        bulk=bulk,
        lattice=lattice,
        coverage=coverage,
        nodes=nodes,
        field=field,
    )


def _described(stack: SlabStack, volume_cc: float, whole: Integration, findings: tuple[str, ...]) -> DVH:
    """The DVH with its curve."""
    curve = curve_of(whole)
    covered_cc = whole.volume_cc
    if abs(volume_cc - covered_cc) < _COVERED * volume_cc:
        covered_cc = volume_cc
    return DVH(
        structure_name=stack.name,
        structure_number=stack.number,
        volume_cc=volume_cc,
        covered_cc=covered_cc,
        min_gy=float(curve.dose_gy[0]),
        # of an even dose, rounding must not carry the mean beyond it
        mean_gy=float(np.clip(whole.mean_gy, curve.dose_gy[0], curve.dose_gy[-1])),
        max_gy=float(curve.dose_gy[-1]),
        mean_uncertainty_gy=curve.mean_uncertainty_gy,
        knots_gy=curve.dose_gy,
        knots_cc=np.append(covered_cc, curve.volume_cc[1:] * (covered_cc / curve.volume_cc[0])),
        knots_uncertainty_gy=curve.uncertainty_gy,
        end_caps=stack.end_caps,
        findings=findings,
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
