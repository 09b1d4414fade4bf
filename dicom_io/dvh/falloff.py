"""How far dose reaches beyond a structure: the largest dose at or beyond a distance from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.contours import SlabStack, expand
from dicom_io.errors import DicomValueError
from dicom_io.objects import DoseGrid, GridGeometry, Structure

__all__ = ["FarMaximum", "maximum_beyond"]


SURE_MM = 0.1
"""Distances of at least a centimetre from samples 2 mm apart are too long by less than this."""
_NEAREST_MM = 10.0
_FARTHEST_MM = 200.0
_FACE_MM = 2.0
_BORDER_MM = 1.0
_MOST_POINTS = 2e7
"""Of a surface; a body has a tenth of them."""


@dataclass(frozen=True, kw_only=True)
class FarMaximum:
    """The largest dose at or beyond a distance from a structure.

    Attributes
    ----------
    value_gy, uncertainty_gy : float or None
        The uncertainty is what a tenth of a millimetre in the distance changes.
    reason : str or None
        Why there is no value.
    """

    value_gy: float | None
    uncertainty_gy: float | None
    reason: str | None = None


def maximum_beyond(structure: Structure, dose: DoseGrid, distance_mm: float) -> FarMaximum:
    """Return the largest dose at `distance_mm` or more from a structure, in any direction.

    The voxel centres beyond the distance are looked at, and the points where it is crossed between two
    neighbouring ones. Distances are those from the slabs, rounded corners included.

    Parameters
    ----------
    structure : Structure
    dose : DoseGrid
    distance_mm : float
        From 10 to 200 mm.

    Raises
    ------
    DicomValueError
        For a distance that is not allowed.

    Examples
    --------
    >>> from dicom_io import Contour
    >>> square = np.array([[-10.0, -10, 0], [10, -10, 0], [10, 10, 0], [-10, 10, 0]])
    >>> contours = tuple(
    ...     Contour(points=square + [0, 0, z], geometric_type="CLOSED_PLANAR") for z in (-2.0, 0.0, 2.0)
    ... )
    >>> cube = Structure(number=1, name="PTV", interpreted_type="", contours=contours,
    ...                  frame_of_reference_uid="1.2")
    >>> grid = GridGeometry.axial(shape=(25, 31, 31), origin=(-45, -45, -36), spacing=(3.0, 3.0, 3.0))
    >>> x = np.abs(grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))[..., 0])
    >>> dose = DoseGrid(geometry=grid, dose_gy=np.float32(50 - x), frame_of_reference_uid="1.2")
    >>> round(maximum_beyond(cube, dose, 20.0).value_gy, 1)  # above and below, where x is 0
    50.0
    """
    if not _NEAREST_MM <= distance_mm <= _FARTHEST_MM:
        raise DicomValueError(
            f"distance {distance_mm} mm: from {_NEAREST_MM:g} to {_FARTHEST_MM:g} mm is allowed; "
            "did you pass cm?"
        )
    if structure.frame_of_reference_uid != dose.frame_of_reference_uid:
        return _nothing("structure and dose are in different frames of reference")
    stack = SlabStack.of(structure)
    if stack.reason is not None:
        return _nothing(stack.reason)
    if min(dose.geometry.shape) < 2:
        return _nothing("a dose grid of one frame has no dose in all directions")
    if _surface_points(stack) > _MOST_POINTS:
        return _nothing("the structure is too large for a map of distances")
    away = _distances(_solid_points(stack), dose.geometry, distance_mm)
    found = [_largest(dose, away, distance_mm + shift) for shift in (-SURE_MM, 0.0, SURE_MM)]
    if found[1] is None:
        return _nothing(f"no part of the dose grid is {distance_mm:g} mm away")
    missing = distance_mm - _reach(stack, dose.geometry)
    if missing > SURE_MM:
        return _nothing(
            f"the dose grid ends {distance_mm - missing:.0f} mm from it on one side; elsewhere the dose at "
            f"{distance_mm:g} mm or more reaches {found[1]:.2f} Gy"
        )
    spread = max(abs(other - found[1]) for other in found if other is not None)
    return FarMaximum(value_gy=found[1], uncertainty_gy=spread)


def _nothing(reason: str) -> FarMaximum:
    return FarMaximum(value_gy=None, uncertainty_gy=None, reason=reason)


def _solid_points(stack: SlabStack) -> FloatArray:
    """Points of the slabs' surface: on the upright sides every millimetre, on the faces every other."""
    sides, faces = [], []
    for plane, (low, high) in enumerate(stack.bounds):
        edges = stack.edges[stack.edge_plane == plane]
        border = _along(edges)
        levels = np.linspace(low, high, max(2, int(np.ceil((high - low) / _BORDER_MM)) + 1))
        sides.append(_lifted(border, levels))
        faces.append(_lifted(_filling(edges), np.array([low, high])))
    flat = np.concatenate([*sides, *faces])
    points: FloatArray = flat @ np.stack([stack.u, stack.v, stack.normal])
    return points


def _surface_points(stack: SlabStack) -> float:
    """How many points the surface has at most, before memory is taken for them."""
    low, high = stack.bounds[:, 0], stack.bounds[:, 1]
    span = np.abs(stack.edges[:, 2:] - stack.edges[:, :2]).sum(axis=1) / _BORDER_MM + 1
    sides = span * ((high - low) / _BORDER_MM + 2)[stack.edge_plane]
    u, v = stack.edges[:, ::2], stack.edges[:, 1::2]
    face = np.ptp(u) * np.ptp(v) / _FACE_MM**2
    return float(sides.sum() + 2 * face * len(low))


def _lifted(points: FloatArray, levels: FloatArray) -> FloatArray:
    """Points of a plane at each of several heights."""
    return np.concatenate([np.column_stack([points, np.full(len(points), level)]) for level in levels])


def _along(edges: FloatArray) -> FloatArray:
    """Points on edges, at most 1 mm apart, the first of each edge among them."""
    span = edges[:, 2:] - edges[:, :2]
    parts = np.ceil(np.hypot(*span.T) / _BORDER_MM).astype(np.int64).clip(1)
    owner, nth = expand(parts)
    points: FloatArray = edges[owner, :2] + (nth / parts[owner])[:, None] * span[owner]
    return points


def _filling(edges: FloatArray) -> FloatArray:
    """Points inside a polygon (even-odd), on lines 2 mm apart."""
    u0, v0, u1, v1 = (edges / _FACE_MM).T
    first, last = np.ceil(np.minimum(v0, v1)).astype(np.int64), np.ceil(np.maximum(v0, v1)).astype(np.int64)
    edge, nth = expand(last - first)
    row = first[edge] + nth
    at = u0[edge] + (row - v0[edge]) * ((u1 - u0)[edge] / (v1 - v0)[edge])
    order = np.lexsort((at, row))
    row, at = row[order], at[order]
    start, stop = np.ceil(at[::2]).astype(np.int64), np.floor(at[1::2]).astype(np.int64) + 1
    interval, step = expand((stop - start).clip(0))
    return _FACE_MM * np.column_stack([start[interval] + step, row[::2][interval]]).astype(np.float64)


def _distances(points: FloatArray, geometry: GridGeometry, distance_mm: float) -> FloatArray:
    """Distance of every voxel centre: exact near `distance_mm`, elsewhere on the right side of it."""
    from scipy.ndimage import distance_transform_edt  # noqa: PLC0415 - scipy loads only where it is used
    from scipy.spatial import KDTree  # noqa: PLC0415 - scipy loads only where it is used

    holds = np.zeros(geometry.shape, dtype=bool)
    index = np.round(geometry.to_index(points))  # NaN beyond the frames
    seen = np.all((index >= 0) & (index < geometry.shape), axis=1)
    holds[tuple(index[seen].astype(np.int64).T)] = True
    steps = (geometry.frame_spacing, geometry.row_spacing, geometry.column_spacing)
    diagonal = float(np.hypot(np.hypot(*steps[1:]), steps[0]))
    if seen.all() and geometry.is_even:
        away = np.asarray(distance_transform_edt(~holds, sampling=steps), dtype=np.float64)
        near = np.abs(away - distance_mm) <= 1.5 * diagonal + SURE_MM
    else:
        away = np.zeros(geometry.shape)
        near = np.ones(geometry.shape, dtype=bool)
    centres = geometry.to_patient(np.stack(np.nonzero(near), axis=1).astype(np.float64))
    away[near] = KDTree(points).query(centres)[0]
    return away


def _largest(dose: DoseGrid, away: FloatArray, distance_mm: float) -> float | None:
    """Largest dose of voxels beyond the distance, and where it is crossed between neighbours."""
    beyond = away >= distance_mm
    if not beyond.any():
        return None
    best = float(dose.dose_gy[beyond].max())
    for axis in range(3):
        pairs = [np.moveaxis(values, axis, 0) for values in (away, dose.dose_gy, beyond)]
        crossed = pairs[2][:-1] != pairs[2][1:]
        if not crossed.any():
            continue
        (a, b), (low, high) = ((v[:-1][crossed], v[1:][crossed]) for v in pairs[:2])
        part = (distance_mm - a) / (b - a)
        best = max(best, float(np.max(low + part * (high - low))))
    return best


def _reach(stack: SlabStack, geometry: GridGeometry) -> float:
    """How far the dose grid goes on beyond a structure on the side where it ends first, mm."""
    ends = np.concatenate([stack.edges[:, :2], stack.edges[:, :2]])
    heights = np.concatenate([stack.bounds[stack.edge_plane, 0], stack.bounds[stack.edge_plane, 1]])
    points = np.column_stack([ends, heights]) @ np.stack([stack.u, stack.v, stack.normal])
    along = geometry.to_grid_mm(points)
    last = np.array(
        [
            geometry.frame_offsets[-1],
            (geometry.shape[1] - 1) * geometry.row_spacing,
            (geometry.shape[2] - 1) * geometry.column_spacing,
        ]
    )
    return float(min(along.min(), (last - along.max(axis=0)).min()))
