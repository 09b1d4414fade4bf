"""CT numbers of a synthetic patient: solids filled in, air around them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dicom_io.arrays import FloatArray
from dicom_io.phantom.case import PhantomCourse
from dicom_io.phantom.shapes import Slab, Solid, inside

__all__ = ["AIR_HU", "hounsfield_volume"]

AIR_HU = -1000


def hounsfield_volume(course: PhantomCourse, solids: Sequence[Solid]) -> NDArray[np.int16]:
    """Return the CT numbers of a course's images, HU.

    Parameters
    ----------
    course : PhantomCourse
    solids : sequence of Solid
        In the main frame of reference; later ones lie over earlier ones, those without a CT number
        are left out.

    Returns
    -------
    ndarray of int16, shape (frames, rows, columns)
    """
    volume = np.full(course.image_geometry.shape, AIR_HU, dtype=np.int16)
    filled = [(solid, solid.hounsfield) for solid in solids if solid.hounsfield is not None]
    if course.keeps_z:
        _paint_slabs(volume, course, filled)
    else:
        for frame, image in enumerate(volume):
            _paint_points(image.reshape(-1), _pixel_positions(course, frame), filled)
    return volume


def _paint_slabs(
    volume: NDArray[np.int16], course: PhantomCourse, solids: Sequence[tuple[Solid, int]]
) -> None:
    """Fill the slabs of a course whose image planes are those of the main frame: once for all slices."""
    frames = np.array([_pixel_positions(course, frame)[0, 2] for frame in range(len(volume))])
    in_plane = _pixel_positions(course, 0)[:, :2]
    for solid, hounsfield in solids:
        for slab in solid.slabs:
            at_height = np.flatnonzero((frames >= slab.z_low) & (frames < slab.z_high))
            within = np.any([inside(polygon, in_plane) for polygon in slab.polygons], axis=0)
            flat = volume.reshape(len(volume), -1)
            flat[np.ix_(at_height, np.flatnonzero(within))] = hounsfield


def _pixel_positions(course: PhantomCourse, frame: int) -> FloatArray:
    """Return the pixel centres of an image in the main frame of reference, shape (pixels, 3)."""
    _, n_rows, n_columns = course.image_geometry.shape
    rows, columns = np.meshgrid(np.arange(n_rows), np.arange(n_columns), indexing="ij")
    index = np.stack([np.full(rows.size, frame), rows.ravel(), columns.ravel()], axis=-1)
    points = course.image_geometry.to_patient(index)
    return points if course.to_main is None else course.to_main.apply(points)


def _paint_points(pixels: NDArray[np.int16], points: FloatArray, solids: Sequence[tuple[Solid, int]]) -> None:
    low, high = float(points[:, 2].min()), float(points[:, 2].max())
    for solid, hounsfield in solids:
        for slab in solid.slabs:
            if slab.z_low <= high and slab.z_high >= low:
                pixels[_within(slab, points)] = hounsfield


def _within(slab: Slab, points: FloatArray) -> NDArray[np.intp]:
    """Return the indices of the points that lie in a slab."""
    z = points[:, 2]
    at_height = np.flatnonzero((z >= slab.z_low) & (z < slab.z_high))
    found = [at_height[inside(polygon, points[at_height, :2])] for polygon in slab.polygons]
    return np.concatenate(found)
