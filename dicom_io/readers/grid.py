"""The geometry of an image or dose grid from its attributes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dicom_io.arrays import FloatArray
from dicom_io.errors import ContradictionError, DicomValueError, MissingObjectError
from dicom_io.objects import GridGeometry
from dicom_io.readers.dataset import integer, number, numbers

__all__ = ["grid_geometry", "grid_size"]


_SAME_PLANE_MM = 0.06
"""An absolute offset vector repeats the z of Image Position (Patient); some systems round one of them."""
_NO_OFFSET_MM = 1e-3
"""A first offset that differs from 0 by less is one that a computation left behind."""


def grid_size(dataset: Dataset) -> tuple[int, int, int]:
    """Return the number of frames, rows and columns that the attributes declare."""
    rows, columns = integer(dataset, "Rows"), integer(dataset, "Columns")
    if not rows or not columns:
        raise MissingObjectError("the grid has no Rows or no Columns")
    frames = integer(dataset, "NumberOfFrames")
    shape = (1 if frames is None else frames, rows, columns)
    if min(shape) < 1:
        raise DicomValueError(f"grid of {shape} frames, rows and columns: at least 1 of each is needed")
    return shape


def grid_geometry(dataset: Dataset) -> tuple[GridGeometry, NDArray[np.intp]]:
    """Return where the voxels of an RT Dose lie, frames in ascending order.

    Parameters
    ----------
    dataset : Dataset
        With Image Position and Orientation (Patient), Pixel Spacing and Grid Frame Offset Vector, which is
        relative when it starts with 0 (but for rounding) and absolute (z coordinates, axial grids only)
        when it starts with the z of the position (DICOM PS3.3, C.8.8.3.2).

    Returns
    -------
    geometry : GridGeometry
    order : ndarray of int, shape (frames,)
        The frames of the file in the order of `geometry`.
    """
    shape = grid_size(dataset)
    position = _vector(dataset, "ImagePositionPatient", 3)
    cosines = _vector(dataset, "ImageOrientationPatient", 6)
    row_spacing, column_spacing = _vector(dataset, "PixelSpacing", 2)
    offsets = _frame_offsets(dataset, shape[0], position, cosines)
    order = np.argsort(offsets, kind="stable")
    first = offsets[order[0]]
    geometry = GridGeometry(
        shape=shape,
        origin=position + first * np.cross(cosines[:3], cosines[3:]),
        row_direction=cosines[:3],
        column_direction=cosines[3:],
        row_spacing=float(row_spacing),
        column_spacing=float(column_spacing),
        frame_offsets=offsets[order] - first,
        slice_thickness=_slice_thickness(dataset),
    )
    return geometry, order


def _vector(dataset: Dataset, keyword: str, size: int) -> FloatArray:
    values = numbers(dataset, keyword)
    if values.size == 0:
        raise MissingObjectError(f"the grid has no {keyword}")
    if values.size != size:
        raise DicomValueError(f"{keyword} has {values.size} values, {size} are needed")
    return values


def _slice_thickness(dataset: Dataset) -> float | None:
    """Return a usable slice thickness; some systems write 0 for unknown."""
    thickness = number(dataset, "SliceThickness")
    return thickness if thickness is not None and thickness > 0 else None


def _frame_offsets(dataset: Dataset, frames: int, position: FloatArray, cosines: FloatArray) -> FloatArray:
    """Return the distance of each frame of the file from Image Position along the normal."""
    vector = numbers(dataset, "GridFrameOffsetVector")
    if vector.size == 0 and frames == 1:
        return np.zeros(1)
    if vector.size != frames:
        raise ContradictionError(f"GridFrameOffsetVector has {vector.size} entries for {frames} frames")
    if np.unique(vector).size != vector.size:
        raise ContradictionError("GridFrameOffsetVector puts two frames in the same place")
    if abs(vector[0]) <= _NO_OFFSET_MM:
        relative: FloatArray = vector - vector[0]
        return relative
    if abs(vector[0] - position[2]) > _SAME_PLANE_MM:
        raise ContradictionError(
            f"GridFrameOffsetVector starts with {vector[0]:g}: neither 0 (relative) nor the z of "
            f"ImagePositionPatient, {position[2]:g} (absolute); where the frames lie cannot be told"
        )
    return _absolute_offsets(vector, cosines)


def _absolute_offsets(vector: FloatArray, cosines: FloatArray) -> FloatArray:
    """Return offsets along the normal of z coordinates, which only an axial grid may use."""
    normal = np.cross(cosines[:3], cosines[3:])
    if abs(abs(normal[2]) - 1) > 1e-4:
        raise ContradictionError("an absolute GridFrameOffsetVector is allowed on axial grids only")
    offsets: FloatArray = (vector - vector[0]) * np.sign(normal[2])
    return offsets
