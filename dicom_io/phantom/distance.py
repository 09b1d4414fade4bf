"""Distance between two solids as drawn, from their polygons' edges; no voxels take part."""

from __future__ import annotations

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.phantom.shapes import Slab, Solid, inside

__all__ = ["polygon_distance_mm", "slab_distance_mm"]


def slab_distance_mm(a: Solid, b: Solid) -> float:
    """Return the smallest distance between two solids as slabs, mm; 0 where they touch or overlap.

    Parameters
    ----------
    a, b : Solid

    Examples
    --------
    >>> from dicom_io.phantom.shapes import prism, rectangle
    >>> low = prism("A", [rectangle(low=(0, 0), high=(1, 1))], z=(0, 5), contour_spacing=1)
    >>> high = prism("B", [rectangle(low=(4, 0), high=(5, 1))], z=(9, 12), contour_spacing=1)
    >>> slab_distance_mm(low, high)
    5.0
    """
    return min(_between(s, t) for s in a.slabs for t in b.slabs)


def _between(a: Slab, b: Slab) -> float:
    along_z = max(a.z_low - b.z_high, b.z_low - a.z_high, 0.0)
    in_plane = min(polygon_distance_mm(p, q) for p in a.polygons for q in b.polygons)
    return float(np.hypot(along_z, in_plane))


def polygon_distance_mm(a: FloatArray, b: FloatArray) -> float:
    """Return the smallest distance between two polygons, mm; 0 where they overlap.

    Examples
    --------
    >>> triangle = np.array([[0, 0], [4, 0], [0, 3.0]])
    >>> polygon_distance_mm(triangle, triangle + [4, 3])
    2.4
    """
    if np.any(inside(a, b)) or np.any(inside(b, a)) or _edges_cross(a, b):
        return 0.0
    return min(_vertices_to_edges(a, b), _vertices_to_edges(b, a))


def _vertices_to_edges(vertices: FloatArray, polygon: FloatArray) -> float:
    start, along = polygon, np.roll(polygon, -1, axis=0) - polygon
    offset = vertices[:, None, :] - start[None, :, :]
    share = np.clip(np.sum(offset * along, axis=-1) / np.sum(along**2, axis=-1), 0, 1)
    return float(np.min(np.linalg.norm(offset - share[..., None] * along, axis=-1)))


def _edges_cross(a: FloatArray, b: FloatArray) -> bool:
    """Whether an edge of one polygon properly crosses an edge of the other."""
    a1, b1 = np.roll(a, -1, axis=0), np.roll(b, -1, axis=0)
    sides_of_a = _side(a[:, None], a1[:, None], b[None]) * _side(a[:, None], a1[:, None], b1[None])
    sides_of_b = _side(b[None], b1[None], a[:, None]) * _side(b[None], b1[None], a1[:, None])
    return bool(np.any((sides_of_a < 0) & (sides_of_b < 0)))


def _side(start: FloatArray, end: FloatArray, point: FloatArray) -> FloatArray:
    """Return twice the signed area of triangles: on which side of a line a point lies."""
    along, to = end - start, point - start
    return np.asarray(along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0], dtype=np.float64)
