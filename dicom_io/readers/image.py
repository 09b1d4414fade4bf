"""CT, MR and PET images: headers of slices, the stack they make, one slice's values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomIoError, DicomReadError
from dicom_io.objects import GridGeometry, ImageSlices
from dicom_io.readers.dataset import Source, code, number, numbers, open_dataset, reading, uid
from dicom_io.readers.grid import grid_size

__all__ = [
    "IMAGE",
    "MULTI_FRAME",
    "ImageHeader",
    "image_header",
    "read_image",
    "read_image_header",
    "series_geometry",
    "slices_of",
]

IMAGE = {
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.128": "PT",
}

MULTI_FRAME = {
    "1.2.840.10008.5.1.4.1.1.2.1": "enhanced CT",
    "1.2.840.10008.5.1.4.1.1.2.2": "legacy converted enhanced CT",
    "1.2.840.10008.5.1.4.1.1.4.1": "enhanced MR",
    "1.2.840.10008.5.1.4.1.1.4.4": "legacy converted enhanced MR",
    "1.2.840.10008.5.1.4.1.1.128.1": "legacy converted enhanced PET",
    "1.2.840.10008.5.1.4.1.1.130": "enhanced PET",
}
"""Images whose slices are frames of one object, each with a place of its own: named, not read."""


_SAME_MM = 0.01
_MOST_PIXELS = 2**26
"""Compressed pixel data can declare any size; more than 8192 x 8192 is refused before memory is taken."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageHeader:
    """Where one slice lies.

    Attributes
    ----------
    sop_instance_uid : str
    series_uid : str
    frame_of_reference_uid : str
    modality : str
    patient_position : str
        ``"HFS"``, ``"FFP"`` ... or empty.
    rows, columns : int
    position : ndarray, shape (3,)
        Centre of the first pixel, mm.
    cosines : ndarray, shape (6,)
        Row direction, then column direction.
    spacing : ndarray, shape (2,)
        Between rows, between columns, mm.
    slice_thickness : float or None
    """

    sop_instance_uid: str
    series_uid: str
    frame_of_reference_uid: str
    modality: str
    patient_position: str
    rows: int
    columns: int
    position: FloatArray
    cosines: FloatArray
    spacing: FloatArray
    slice_thickness: float | None

    @property
    def along_normal(self) -> float:
        """Distance of the slice from the frame's origin along its normal, mm."""
        return float(self.position @ np.cross(self.cosines[:3], self.cosines[3:]))


def read_image_header(source: Source) -> ImageHeader:
    """Return where one CT, MR or PET slice lies."""
    with reading("image"):
        dataset, _ = open_dataset(source)
        return image_header(dataset)


def image_header(dataset: Dataset) -> ImageHeader:
    """Return the header of an opened image. To be called within `reading`."""
    _, rows, columns = grid_size(dataset)
    position, cosines = numbers(dataset, "ImagePositionPatient"), numbers(dataset, "ImageOrientationPatient")
    spacing = numbers(dataset, "PixelSpacing")
    if (position.size, cosines.size, spacing.size) != (3, 6, 2):
        raise DicomReadError("the image does not say where it lies in the patient")
    return ImageHeader(
        sop_instance_uid=uid(dataset, "SOPInstanceUID"),
        series_uid=uid(dataset, "SeriesInstanceUID"),
        frame_of_reference_uid=uid(dataset, "FrameOfReferenceUID"),
        modality=code(dataset, "Modality"),
        patient_position=code(dataset, "PatientPosition"),
        rows=rows,
        columns=columns,
        position=position,
        cosines=cosines,
        spacing=spacing,
        slice_thickness=number(dataset, "SliceThickness") or None,
    )


def series_geometry(images: Sequence[ImageHeader]) -> GridGeometry | None:
    """Return the grid of slices in ascending order; None when they are no stack of like slices."""
    if not images or not all(_alike(images[0], image) for image in images):
        return None
    first = images[0]
    offsets = np.array([image.along_normal - first.along_normal for image in images])
    try:
        return GridGeometry(
            shape=(len(images), first.rows, first.columns),
            origin=first.position,
            row_direction=first.cosines[:3],
            column_direction=first.cosines[3:],
            row_spacing=float(first.spacing[0]),
            column_spacing=float(first.spacing[1]),
            frame_offsets=offsets,
            slice_thickness=first.slice_thickness,
        )
    except DicomIoError:
        return None


def slices_of(images: Sequence[ImageHeader]) -> ImageSlices | None:
    """Return where parallel slices in ascending order lie; None when they are not parallel."""
    if not images:
        return None
    cosines = images[0].cosines
    if not all(np.allclose(cosines, image.cosines, atol=1e-4) for image in images):
        return None
    normal = np.cross(cosines[:3], cosines[3:])
    return ImageSlices(
        normal=normal / np.linalg.norm(normal),
        heights=np.sort([float(image.position @ normal) for image in images]),
        thickness=images[0].slice_thickness,
    )


def _alike(first: ImageHeader, other: ImageHeader) -> bool:
    """Return whether two slices have the same pixels, directions and place in their plane."""
    if (first.rows, first.columns) != (other.rows, other.columns):
        return False
    normal = np.cross(first.cosines[:3], first.cosines[3:])
    apart = other.position - first.position
    return bool(
        np.allclose(first.cosines, other.cosines, atol=1e-4)
        and np.allclose(first.spacing, other.spacing, atol=1e-4)
        and np.linalg.norm(apart - (apart @ normal) * normal) < _SAME_MM
    )


def read_image(source: Source) -> NDArray[np.float32]:
    """Return the values of one slice, shape (rows, columns), rescaled (HU of a CT)."""
    with reading("image"):
        dataset, _ = open_dataset(source)
        if not getattr(dataset, "file_meta", None) or "TransferSyntaxUID" not in dataset.file_meta:
            raise DicomReadError("the image does not say how its pixels are encoded")
        if prod(grid_size(dataset)) > _MOST_PIXELS:
            raise DicomReadError("the image declares more pixels than a slice has")
        slope, intercept = number(dataset, "RescaleSlope"), number(dataset, "RescaleIntercept")
        pixels = np.asarray(dataset.pixel_array, dtype=np.float32)
        return pixels * np.float32(1.0 if slope is None else slope) + np.float32(intercept or 0.0)
