"""Solids as they are drawn: polygons on planes, each extruded half-way to its neighbours.

Coordinates are those of the patient (LPS, mm) in the frame of reference of the newest course. Polygon
vertices are rounded to a micrometre, so that the file holds exactly the polygon of the closed forms.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dicom_io.arrays import BoolArray, FloatArray
from dicom_io.errors import DicomValueError

__all__ = ["Slab", "Solid", "area_mm2", "corners", "ellipse", "inside", "prism", "rectangle", "stack"]


_VERTEX_DIGITS = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Slab:
    """Polygons extruded along z.

    Attributes
    ----------
    polygons : tuple of ndarray, shape (vertices, 2)
        x, y in mm; apart from each other, without self-intersection, in either sense of rotation.
    z_low, z_high : float
        mm.
    """

    polygons: tuple[FloatArray, ...]
    z_low: float
    z_high: float

    def __post_init__(self) -> None:
        if not self.z_low < self.z_high:
            raise DicomValueError(f"a slab from z = {self.z_low} to {self.z_high} mm has no thickness")


@dataclass(frozen=True, kw_only=True, eq=False)
class Solid:
    """A structure as drawn.

    Attributes
    ----------
    name : str
        ROI name.
    interpreted_type : str
        RT ROI Interpreted Type, such as ``"ORGAN"``.
    slabs : tuple of Slab
        From low to high z, each a whole number of contour spacings thick, without gaps.
    contour_spacing : float
        Distance between contour planes, mm.
    hounsfield : int or None
        CT number to fill it with, HU; None leaves the image as it is.
    """

    name: str
    interpreted_type: str
    slabs: tuple[Slab, ...]
    contour_spacing: float
    hounsfield: int | None = None

    def __post_init__(self) -> None:
        for low, high in itertools.pairwise(self.slabs):
            if low.z_high != high.z_low:
                raise DicomValueError(f"{self.name}: slabs have to follow each other without gaps")
        for slab in self.slabs:
            planes = (slab.z_high - slab.z_low) / self.contour_spacing
            if abs(planes - round(planes)) > 1e-9:
                raise DicomValueError(f"{self.name}: a slab is not a whole number of contour spacings")

    @property
    def z_range(self) -> tuple[float, float]:
        """Lowest and highest z of the slabs, mm."""
        return self.slabs[0].z_low, self.slabs[-1].z_high

    def contours(self) -> list[FloatArray]:
        """Return the contours that draw the solid, each of shape (vertices, 3), from low to high z."""
        drawn = []
        for slab in self.slabs:
            n_planes = round((slab.z_high - slab.z_low) / self.contour_spacing)
            for plane in range(n_planes):
                z = slab.z_low + (plane + 0.5) * self.contour_spacing
                drawn += [np.column_stack([p, np.full(len(p), z)]) for p in slab.polygons]
        return drawn


def corners(slabs: Sequence[Slab]) -> FloatArray:
    """Return all corners of slabs, shape (corners, 3): the volume lies within their hull."""
    ends = [
        np.column_stack([polygon, np.full(len(polygon), z)])
        for slab in slabs
        for polygon in slab.polygons
        for z in (slab.z_low, slab.z_high)
    ]
    return np.concatenate(ends)


def ellipse(
    *,
    centre: tuple[float, float],
    half_axes: tuple[float, float],
    n_vertices: int,
    exponent: float = 2.0,
) -> FloatArray:
    """Return a polygon inscribed in a superellipse.

    Parameters
    ----------
    centre : (float, float)
        mm.
    half_axes : (float, float)
        Along x and y, mm.
    n_vertices : int
        A multiple of 4 puts vertices on the axes.
    exponent : float
        2 an ellipse; larger values approach a rectangle.

    Returns
    -------
    ndarray, shape (n_vertices, 2)
        Rounded to a micrometre.

    Examples
    --------
    >>> ellipse(centre=(0, 0), half_axes=(2, 1), n_vertices=4)
    array([[ 2.,  0.], [ 0.,  1.], [-2.,  0.], [ 0., -1.]])
    """
    angle = 2 * np.pi * np.arange(n_vertices) / n_vertices
    unit = np.column_stack([np.cos(angle), np.sin(angle)])
    bent = np.sign(unit) * np.abs(np.where(np.abs(unit) < 1e-12, 0, unit)) ** (2 / exponent)
    vertices = np.asarray(centre, dtype=np.float64) + bent * np.asarray(half_axes, dtype=np.float64)
    return np.asarray(np.round(vertices, _VERTEX_DIGITS) + 0.0, dtype=np.float64)


def rectangle(*, low: tuple[float, float], high: tuple[float, float]) -> FloatArray:
    """Return an axis-parallel rectangle, shape (4, 2), mm."""
    (x0, y0), (x1, y1) = low, high
    polygon = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=np.float64)
    return np.asarray(np.round(polygon, _VERTEX_DIGITS), dtype=np.float64)


def area_mm2(polygon: ArrayLike) -> float:
    """Return the area of a polygon, mm2, by the shoelace formula.

    Examples
    --------
    >>> area_mm2([[0, 0], [3, 0], [3, 2], [0, 2]])
    6.0
    """
    x, y = np.asarray(polygon, dtype=np.float64).T
    return float(abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2)


def prism(
    name: str,
    polygons: Sequence[FloatArray],
    *,
    z: tuple[float, float],
    contour_spacing: float,
    interpreted_type: str = "ORGAN",
    hounsfield: int | None = None,
) -> Solid:
    """Return a solid with the same polygons on all its planes."""
    return Solid(
        name=name,
        interpreted_type=interpreted_type,
        slabs=(Slab(polygons=tuple(polygons), z_low=z[0], z_high=z[1]),),
        contour_spacing=contour_spacing,
        hounsfield=hounsfield,
    )


def stack(
    name: str,
    polygons_at: Callable[[float], Sequence[FloatArray]],
    *,
    z: tuple[float, float],
    contour_spacing: float,
    interpreted_type: str = "ORGAN",
    hounsfield: int | None = None,
) -> Solid:
    """Return a solid whose polygons change from plane to plane.

    Parameters
    ----------
    name : str
    polygons_at : callable
        Polygons of the plane at a height z, mm.
    z : (float, float)
        Ends of the solid, a whole number of contour spacings apart.
    contour_spacing : float
        mm.
    interpreted_type : str
    hounsfield : int, optional

    Returns
    -------
    Solid
        With one slab per plane.
    """
    n_planes = round((z[1] - z[0]) / contour_spacing)
    edges = [z[0] + k * contour_spacing for k in range(n_planes + 1)]
    slabs = tuple(
        Slab(polygons=tuple(polygons_at((low + high) / 2)), z_low=low, z_high=high)
        for low, high in itertools.pairwise(edges)
    )
    return Solid(
        name=name,
        interpreted_type=interpreted_type,
        slabs=slabs,
        contour_spacing=contour_spacing,
        hounsfield=hounsfield,
    )


def inside(polygon: FloatArray, points: FloatArray) -> BoolArray:
    """Return which points lie in a polygon, by the even-odd rule: for painting images only.

    Parameters
    ----------
    polygon : ndarray, shape (vertices, 2)
    points : ndarray, shape (n, 2)
    """
    result = np.zeros(len(points), dtype=bool)
    near = np.flatnonzero(np.all((points >= polygon.min(axis=0)) & (points <= polygon.max(axis=0)), axis=1))
    px, py = points[near].T
    crossings = np.zeros(len(near), dtype=bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y0 != y1:
            crossings ^= ((y0 > py) != (y1 > py)) & (px < x0 + (py - y0) * (x1 - x0) / (y1 - y0))
    result[near] = crossings
    return result
