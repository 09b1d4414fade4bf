"""The image on which the new course was planned: read once, sliced in no time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dicom_io import DicomIoError
from dicom_io.objects import GridGeometry
from dicom_io.study import ImageSeries, load_study
from rtplan.courses import Course
from rtplan.page.viewer.planes import SlicePlane

__all__ = ["Image", "image_of"]

FloatArray = NDArray[np.float64]

_MOST_VOXELS: Final = 400_000_000
_NO_IMAGE: Final = "no CT lies beside the new course: doses and contours are shown without one"


@dataclass(frozen=True, kw_only=True, eq=False)
class Image:
    """A CT in the frame of reference of the sum.

    Attributes
    ----------
    geometry : GridGeometry
    values : ndarray of int16, shape (frames, rows, columns)
        HU.
    label : str
    """

    geometry: GridGeometry
    values: NDArray[np.int16] = field(repr=False)
    label: str

    def on(self, plane: SlicePlane) -> NDArray[np.float32]:
        """Return the HU at the pixel centres of a slice, interpolated along each axis; NaN outside.

        Parameters
        ----------
        plane : SlicePlane
            On the axes of this image.
        """
        axis = plane.axes.grid_axis
        at = np.array([plane.at_mm])
        across = self._index(plane, plane.across, at)
        frame = _taken(self.values, axis[plane.across], across)
        down = self._index(plane, plane.down, plane.down_sign * plane.y_mm)
        frame = _taken(frame, axis[plane.down], down)
        right = self._index(plane, plane.right, plane.x_mm)
        frame = _taken(frame, axis[plane.right], right)
        flat = np.squeeze(frame, axis=axis[plane.across])
        is_turned = axis[plane.down] > axis[plane.right]
        return np.ascontiguousarray(flat.T if is_turned else flat)

    def at(self, points: FloatArray) -> FloatArray:
        """Return the HU at patient points of shape (n, 3), trilinear; NaN outside."""
        index = self.geometry.to_index(points)
        last = np.array(self.geometry.shape) - 1
        outside = ~np.all((index >= -1e-6) & (index <= last + 1e-6), axis=1)
        index = np.clip(np.nan_to_num(index), 0, last)
        below = np.minimum(index.astype(np.int64), np.maximum(last - 1, 0))
        part = index - below
        total = np.zeros(len(index))
        for corner in np.ndindex(2, 2, 2):
            weight = np.prod(np.where(corner, part, 1 - part), axis=1)
            place = np.minimum(below + corner, last)
            total += weight * self.values[tuple(place.T)]
        total[outside] = np.nan
        return total

    def _index(self, plane: SlicePlane, axis: int, along: FloatArray) -> FloatArray:
        """Fractional index of positions along one axis of the slice; NaN outside."""
        grid_axis = plane.axes.grid_axis[axis]
        own = self.geometry.axes[grid_axis]
        sign = float(np.sign(own @ plane.axes.directions[axis]))
        offset = sign * along - own @ self.geometry.origin
        spacing = (None, self.geometry.row_spacing, self.geometry.column_spacing)[grid_axis]
        size = self.geometry.shape[grid_axis]
        knots = self.geometry.frame_offsets if spacing is None else np.arange(size) * spacing
        inside = (offset >= knots[0] - 1e-3) & (offset <= knots[-1] + 1e-3)
        found = np.interp(offset, knots, np.arange(size, dtype=np.float64))
        return np.where(inside, found, np.nan)


def _taken(
    values: NDArray[np.int16] | NDArray[np.float32], axis: int, index: FloatArray
) -> NDArray[np.float32]:
    """Values at fractional indices along one axis."""
    size = values.shape[axis]
    unknown = np.isnan(index)
    below = np.clip(np.nan_to_num(index).astype(np.int64), 0, max(size - 2, 0))
    part = (np.nan_to_num(index) - below).astype(np.float32)
    shape = [1, 1, 1]
    shape[axis] = len(index)
    low = np.take(values, below, axis=axis).astype(np.float32)
    if np.any(part > 1e-6):
        high = np.take(values, np.minimum(below + 1, size - 1), axis=axis)
        low += (high - low) * part.reshape(shape)
    if unknown.any():
        low[(slice(None),) * axis + (unknown,)] = np.nan
    return low


def image_of(course: Course) -> tuple[Image | None, str]:
    """Read the CT of a course from where its objects lie.

    Parameters
    ----------
    course : Course

    Returns
    -------
    Image or None, str
        The largest CT in the frame of reference of the contours; without one, why.
    """
    try:
        series = [one for folder in course.folders for one in load_study(folder).images]
    except (DicomIoError, OSError):
        return None, _NO_IMAGE
    found = [s for s in series if s.modality == "CT" and s.frame_of_reference_uid == course.contour_frame_uid]
    if not found:
        return None, _NO_IMAGE
    chosen = max(found, key=lambda one: len(one.images))
    geometry = chosen.geometry
    if geometry is None:
        return None, "the slices of the CT are no stack of like images: it is not shown"
    if np.prod(geometry.shape, dtype=np.float64) > _MOST_VOXELS:
        return None, f"the CT has more than {_MOST_VOXELS / 1e6:g} million voxels: it is not shown"
    return Image(geometry=geometry, values=_values(chosen, geometry), label=chosen.modality), ""


def _values(series: ImageSeries, geometry: GridGeometry) -> NDArray[np.int16]:
    found = np.empty(geometry.shape, dtype=np.int16)
    for place in range(geometry.shape[0]):
        found[place] = np.clip(np.round(series.slice_values(place)), -32768, 32767)
    return found
