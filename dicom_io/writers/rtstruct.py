"""RTSTRUCT: structures as drawn, linked to the images they were drawn on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydicom.charset import default_encoding
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import CTImageStorage, ImplicitVRLittleEndian, RTStructureSetStorage

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomValueError
from dicom_io.objects import Contour, Structure
from dicom_io.writers.header import ObjectHeader, add_approval, finished, new_object, reference

__all__ = ["ImageSeries", "structure_set_object"]

CONTOUR_DIGITS = 6
"""Digits after the point of contour coordinates: a nanometre, far below anything that matters."""

_PALETTE = (
    (230, 25, 75),
    (60, 180, 75),
    (0, 130, 200),
    (245, 130, 48),
    (145, 30, 180),
    (70, 240, 240),
    (240, 50, 230),
    (210, 245, 60),
    (0, 128, 128),
    (170, 110, 40),
    (128, 128, 0),
    (128, 128, 128),
)
_DETACHED_STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"
"""Detached Study Management: retired, and still what the referenced-study item has to name."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageSeries:
    """The images that contours are drawn on.

    Attributes
    ----------
    study_instance_uid, series_instance_uid : str
    sop_instance_uids : tuple of str
        One per image.
    positions : ndarray, shape (images, 3)
        Image Position (Patient) of each, mm.
    normal : ndarray, shape (3,)
        Unit normal of the image planes.
    sop_class_uid : str
    """

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uids: tuple[str, ...]
    positions: FloatArray
    normal: FloatArray
    sop_class_uid: str = CTImageStorage

    def image_of(self, points: FloatArray, *, tolerance_mm: float = 0.01) -> str | None:
        """Return the image whose plane holds all points, or None where none does."""
        heights = points @ self.normal
        along = self.positions @ self.normal
        nearest = int(np.argmin(np.abs(along - heights[0])))
        if np.max(np.abs(heights - along[nearest])) > tolerance_mm:
            return None
        return self.sop_instance_uids[nearest]


def structure_set_object(
    structures: Sequence[Structure],
    *,
    header: ObjectHeader,
    label: str,
    images: ImageSeries | None = None,
    colours: Mapping[str, tuple[int, int, int]] | None = None,
    generation_algorithm: str = "AUTOMATIC",
    approval_status: str = "UNAPPROVED",
    reviewer: str = "",
) -> Dataset:
    """Return the RTSTRUCT object of structures.

    It is encoded with implicit VR, because a contour of more than 64 KB of text does not fit an
    explicit one.

    Parameters
    ----------
    structures : sequence of Structure
        With unique numbers.
    header : ObjectHeader
        Its frame of reference is that of all structures.
    label : str
        Structure Set Label, at most 16 characters.
    images : ImageSeries, optional
        Contours that lie on one of them refer to it.
    colours : mapping of str to (int, int, int), optional
        Display colours by structure name.
    generation_algorithm : str
        ``"AUTOMATIC"``, ``"SEMIAUTOMATIC"`` or ``"MANUAL"``.
    approval_status : str
    reviewer : str
        DICOM person name of who approved or rejected it.

    Returns
    -------
    Dataset
        With a UID from its content.

    Raises
    ------
    DicomValueError
        When numbers repeat, the label is too long or a structure is in another frame of reference.

    Examples
    --------
    >>> from dicom_io.writers import Patient, SeriesHeader, StudyHeader
    >>> header = ObjectHeader(patient=Patient(name="Phantom^Water", patient_id="W1"),
    ...     study=StudyHeader(study_instance_uid="2.25.1"), series=SeriesHeader(series_instance_uid="2.25.2"),
    ...     frame_of_reference_uid="2.25.3")
    >>> corners = np.array([[0, 0, 5], [10, 0, 5], [10, 10, 5.0]])
    >>> square = Contour(points=corners, geometric_type="CLOSED_PLANAR")
    >>> cord = Structure(number=1, name="SpinalCord", interpreted_type="ORGAN", contours=(square,),
    ...     frame_of_reference_uid="2.25.3")
    >>> written = structure_set_object([cord], header=header, label="DRAWN")
    >>> written.StructureSetROISequence[0].ROIName
    'SpinalCord'
    """
    _check(structures, header=header, label=label)
    dataset = new_object(
        header,
        sop_class_uid=RTStructureSetStorage,
        modality="RTSTRUCT",
        transfer_syntax_uid=ImplicitVRLittleEndian,
    )
    dataset.InstanceNumber = 1
    dataset.StructureSetLabel = label
    dataset.StructureSetDate, dataset.StructureSetTime = header.series.date, header.series.time
    dataset.ReferencedFrameOfReferenceSequence = [_frame(header.frame_of_reference_uid, images)]
    dataset.StructureSetROISequence = [_roi(structure, generation_algorithm) for structure in structures]
    dataset.ROIContourSequence = [
        _drawn(structure, images, colour=(colours or {}).get(structure.name, _PALETTE[k % len(_PALETTE)]))
        for k, structure in enumerate(structures)
    ]
    dataset.RTROIObservationsSequence = [_observation(structure) for structure in structures]
    add_approval(
        dataset,
        status=approval_status,
        date=header.series.date,
        time=header.series.time,
        reviewer=reviewer,
    )
    return finished(dataset)


def _check(structures: Sequence[Structure], *, header: ObjectHeader, label: str) -> None:
    numbers = [structure.number for structure in structures]
    if len(set(numbers)) != len(numbers) or not numbers:
        raise DicomValueError("a structure set needs structures, each with a number of its own")
    if not 0 < len(label) <= 16:
        raise DicomValueError(f"structure set label {label!r}: 1 to 16 characters are allowed")
    if any(s.frame_of_reference_uid != header.frame_of_reference_uid for s in structures):
        raise DicomValueError("a structure is in another frame of reference than the set")


def _frame(uid: str, images: ImageSeries | None) -> Dataset:
    """Return the item that ties the set to a frame of reference, study, series and images."""
    frame = Dataset()
    frame.FrameOfReferenceUID = uid
    if images is not None:
        series = Dataset()
        series.SeriesInstanceUID = images.series_instance_uid
        series.ContourImageSequence = [
            reference(images.sop_class_uid, image) for image in images.sop_instance_uids
        ]
        study = reference(_DETACHED_STUDY_CLASS, images.study_instance_uid)
        study.RTReferencedSeriesSequence = [series]
        frame.RTReferencedStudySequence = [study]
    return frame


def _roi(structure: Structure, generation_algorithm: str) -> Dataset:
    roi = Dataset()
    roi.ROINumber = structure.number
    roi.ReferencedFrameOfReferenceUID = structure.frame_of_reference_uid
    roi.ROIName = structure.name
    roi.ROIGenerationAlgorithm = generation_algorithm
    return roi


def _drawn(structure: Structure, images: ImageSeries | None, *, colour: tuple[int, int, int]) -> Dataset:
    drawn = Dataset()
    drawn.ROIDisplayColor = list(colour)
    drawn.ReferencedROINumber = structure.number
    if structure.contours:
        drawn.ContourSequence = [_contour(contour, images) for contour in structure.contours]
    return drawn


def _contour(contour: Contour, images: ImageSeries | None) -> Dataset:
    item = Dataset()
    image = images.image_of(contour.points) if images is not None else None
    if images is not None and image is not None:
        item.ContourImageSequence = [reference(images.sop_class_uid, image)]
    item.ContourGeometricType = contour.geometric_type
    item.NumberOfContourPoints = len(contour.points)
    item[Tag("ContourData")] = _contour_data(contour.points)
    item.set_original_encoding(True, True, default_encoding)  # the text below is written as it stands
    return item


def _contour_data(points: FloatArray) -> RawDataElement:
    """Return the coordinates as text already encoded: pydicom would make an object of each number."""
    rounded = np.round(points, CONTOUR_DIGITS) + 0.0
    text = "\\".join(map(repr, rounded.ravel().tolist())).encode("ascii")
    text += b" " * (len(text) % 2)
    return RawDataElement(Tag("ContourData"), "DS", len(text), text, 0, True, True)


def _observation(structure: Structure) -> Dataset:
    observation = Dataset()
    observation.ObservationNumber = structure.number
    observation.ReferencedROINumber = structure.number
    observation.RTROIInterpretedType = structure.interpreted_type
    observation.ROIInterpreter = ""
    return observation
