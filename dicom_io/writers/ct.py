"""CT images: one object per slice, from an array of Hounsfield units."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from dicom_io.errors import DicomValueError
from dicom_io.objects import GridGeometry
from dicom_io.writers.header import ObjectHeader, decimal, decimals, finished, new_object, orientation

__all__ = ["RESCALE_INTERCEPT", "ct_objects"]

RESCALE_INTERCEPT = -1024
"""Stored value 0, HU."""


def ct_objects(
    hounsfield: NDArray[np.int16],
    geometry: GridGeometry,
    *,
    header: ObjectHeader,
    patient_position: str,
) -> list[Dataset]:
    """Return the CT objects of a volume, in the order of its frames.

    Parameters
    ----------
    hounsfield : ndarray of int16, shape (frames, rows, columns)
        HU, from -1024 to 3071.
    geometry : GridGeometry
        Of the same shape.
    header : ObjectHeader
    patient_position : str
        Patient Position, such as ``"HFS"``.

    Returns
    -------
    list of Dataset
        With UIDs from their content.

    Raises
    ------
    DicomValueError
        When shapes differ or values do not fit 12 bits.

    Examples
    --------
    >>> from dicom_io.writers import Patient, SeriesHeader, StudyHeader
    >>> header = ObjectHeader(patient=Patient(name="Phantom^Water", patient_id="W1"),
    ...     study=StudyHeader(study_instance_uid="2.25.1"), series=SeriesHeader(series_instance_uid="2.25.2"),
    ...     frame_of_reference_uid="2.25.3")
    >>> grid = GridGeometry.axial(shape=(2, 4, 4), origin=(0, 0, 0), spacing=(3, 1, 1))
    >>> slices = ct_objects(np.zeros((2, 4, 4), dtype=np.int16), grid, header=header, patient_position="HFS")
    >>> [float(z) for *_, z in (image.ImagePositionPatient for image in slices)]
    [0.0, 3.0]
    """
    if hounsfield.shape != geometry.shape:
        raise DicomValueError(f"image of shape {hounsfield.shape} on a grid of {geometry.shape}")
    if hounsfield.min() < RESCALE_INTERCEPT or hounsfield.max() > 4095 + RESCALE_INTERCEPT:
        raise DicomValueError("CT numbers from -1024 to 3071 HU are allowed")
    return list(_slices(hounsfield, geometry, header=header, patient_position=patient_position))


def _slices(
    hounsfield: NDArray[np.int16], geometry: GridGeometry, *, header: ObjectHeader, patient_position: str
) -> Iterator[Dataset]:
    stored = (hounsfield.astype(np.int32) - RESCALE_INTERCEPT).astype("<u2")
    for frame, pixels in enumerate(stored):
        image = new_object(header, sop_class_uid=CTImageStorage, modality="CT")
        _add_acquisition(image, patient_position, number=frame + 1)
        _add_plane(image, geometry, frame=frame)
        _add_pixels(image, pixels)
        yield finished(image)


def _add_acquisition(image: Dataset, patient_position: str, *, number: int) -> None:
    image.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
    image.DerivationDescription = "Synthetic image computed from analytic shapes"
    image.InstanceNumber = number
    image.AcquisitionNumber = 1
    image.ContentDate, image.ContentTime = image.SeriesDate, image.SeriesTime
    image.AcquisitionDate, image.AcquisitionTime = image.SeriesDate, image.SeriesTime
    image.PatientPosition = patient_position
    image.KVP = "120"


def _add_plane(image: Dataset, geometry: GridGeometry, *, frame: int) -> None:
    position = geometry.to_patient([frame, 0, 0])
    image.ImagePositionPatient = decimals(position)
    image.ImageOrientationPatient = orientation(geometry)
    image.PixelSpacing = decimals([geometry.row_spacing, geometry.column_spacing])
    image.SliceThickness = decimal(geometry.frame_spacing)
    image.SliceLocation = decimal(position[2])


def _add_pixels(image: Dataset, pixels: NDArray[np.uint16]) -> None:
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.Rows, image.Columns = pixels.shape
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    image.PixelRepresentation = 0
    image.RescaleIntercept = str(RESCALE_INTERCEPT)
    image.RescaleSlope = "1"
    image.RescaleType = "HU"
    image.WindowCenter, image.WindowWidth = "40", "400"
    image.PixelData = pixels.tobytes()
