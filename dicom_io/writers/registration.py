"""Spatial registration: matrices that carry points of each item's frame into the registered frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, SpatialRegistrationStorage

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomValueError
from dicom_io.writers.header import ObjectHeader, decimals, finished, new_object, reference

__all__ = ["ReferencedImages", "RegistrationItem", "registration_object"]


@dataclass(frozen=True, kw_only=True)
class ReferencedImages:
    """The images of a frame of reference, and the study and series that hold them."""

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uids: tuple[str, ...]
    sop_class_uid: str = CTImageStorage

    def items(self) -> list[Dataset]:
        """Return a reference to each image."""
        return [reference(self.sop_class_uid, uid) for uid in self.sop_instance_uids]


@dataclass(frozen=True, kw_only=True, eq=False)
class RegistrationItem:
    """How one frame of reference lies in the registered one.

    Attributes
    ----------
    frame_of_reference_uid : str
        Frame that the matrices carry points from.
    matrices : tuple of ndarray, shape (4, 4)
        Row-major, acting on column vectors in mm; item order is multiplication order.
    images : ReferencedImages or None
    matrix_type : str
        ``"RIGID"``, ``"RIGID_SCALE"`` or ``"AFFINE"``.
    comment : str
    """

    frame_of_reference_uid: str
    matrices: tuple[FloatArray, ...]
    images: ReferencedImages | None = None
    matrix_type: str = "RIGID"
    comment: str = field(default="")

    def __post_init__(self) -> None:
        if not self.matrices or any(np.shape(matrix) != (4, 4) for matrix in self.matrices):
            raise DicomValueError("a registration needs at least one matrix, each 4 x 4")
        if self.matrix_type not in {"RIGID", "RIGID_SCALE", "AFFINE"}:
            raise DicomValueError(
                f"matrix type {self.matrix_type!r}: RIGID, RIGID_SCALE or AFFINE is allowed"
            )


def registration_object(
    items: Sequence[RegistrationItem], *, header: ObjectHeader, label: str, description: str = ""
) -> Dataset:
    """Return the spatial registration object of some frames of reference.

    Parameters
    ----------
    items : sequence of RegistrationItem
        As a rule the registered frame itself with the identity, then each other frame.
    header : ObjectHeader
        Its frame of reference is the registered one.
    label : str
        Content Label: upper case, at most 16 characters.
    description : str

    Returns
    -------
    Dataset
        With a UID from its content.

    Examples
    --------
    >>> from dicom_io.writers import Patient, SeriesHeader, StudyHeader
    >>> header = ObjectHeader(patient=Patient(name="Phantom^Water", patient_id="W1"),
    ...     study=StudyHeader(study_instance_uid="2.25.1"), series=SeriesHeader(series_instance_uid="2.25.2"),
    ...     frame_of_reference_uid="2.25.3")
    >>> item = RegistrationItem(frame_of_reference_uid="2.25.4", matrices=(np.eye(4),))
    >>> written = registration_object([item], header=header, label="REGISTRATION")
    >>> written.RegistrationSequence[0].FrameOfReferenceUID
    '2.25.4'
    """
    if not items:
        raise DicomValueError("a registration object needs at least one item")
    dataset = new_object(header, sop_class_uid=SpatialRegistrationStorage, modality="REG")
    dataset.InstanceNumber = 1
    dataset.ContentLabel = label
    dataset.ContentDescription = description
    dataset.ContentCreatorName = ""
    dataset.ContentDate, dataset.ContentTime = header.series.date, header.series.time
    dataset.RegistrationSequence = [_item(item) for item in items]
    _add_instance_references(dataset, [item.images for item in items if item.images is not None])
    return finished(dataset)


def _item(item: RegistrationItem) -> Dataset:
    steps = Dataset()
    if item.comment:
        steps.FrameOfReferenceTransformationComment = item.comment
    steps.RegistrationTypeCodeSequence = []
    steps.MatrixSequence = [_matrix(matrix, item.matrix_type) for matrix in item.matrices]
    dataset = Dataset()
    dataset.FrameOfReferenceUID = item.frame_of_reference_uid
    if item.images is not None:
        dataset.ReferencedImageSequence = item.images.items()
    dataset.MatrixRegistrationSequence = [steps]
    return dataset


def _matrix(matrix: FloatArray, matrix_type: str) -> Dataset:
    dataset = Dataset()
    dataset.FrameOfReferenceTransformationMatrixType = matrix_type
    dataset.FrameOfReferenceTransformationMatrix = decimals(matrix)
    return dataset


def _add_instance_references(dataset: Dataset, images: Sequence[ReferencedImages]) -> None:
    """Add the Common Instance Reference module: images of this study, then those of others."""
    own = [_series(i) for i in images if i.study_instance_uid == dataset.StudyInstanceUID]
    others = [i for i in images if i.study_instance_uid != dataset.StudyInstanceUID]
    if own:
        dataset.ReferencedSeriesSequence = own
    if others:
        dataset.StudiesContainingOtherReferencedInstancesSequence = [_study(i) for i in others]


def _series(images: ReferencedImages) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = images.series_instance_uid
    series.ReferencedInstanceSequence = images.items()
    return series


def _study(images: ReferencedImages) -> Dataset:
    study = Dataset()
    study.StudyInstanceUID = images.study_instance_uid
    study.ReferencedSeriesSequence = [_series(images)]
    return study
