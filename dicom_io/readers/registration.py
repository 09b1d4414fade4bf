"""Spatial Registration objects: rigid transforms between frames of reference."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dicom_io.errors import ContradictionError, DicomReadError, DicomValueError, MissingObjectError
from dicom_io.readers.dataset import Source, check_class, items, numbers, open_dataset, reading, uid
from dicom_io.registration import RigidTransform

__all__ = ["SPATIAL_REGISTRATION", "read_registration"]

SPATIAL_REGISTRATION = {
    "1.2.840.10008.5.1.4.1.1.66.1": "REG",
    "1.2.840.10008.5.1.4.1.1.66.3": "REG",
}
_DEFORMABLE = "1.2.840.10008.5.1.4.1.1.66.3"

FloatArray = NDArray[np.float64]


def read_registration(source: Source) -> tuple[RigidTransform, ...]:
    """Return the transforms of one Spatial Registration object.

    The matrix of an item carries points of the item's frame of reference into the registered frame, that
    of the object; several matrices of one item are multiplied in item order (DICOM PS3.3, C.20.2.1.1).

    Parameters
    ----------
    source : path, bytes or Dataset

    Returns
    -------
    tuple of RigidTransform
        One per item that joins two different frames; an item that says that the registered frame is
        itself is left out.

    Raises
    ------
    DicomReadError
        Not a registration, a deformable one, or damaged.
    MissingObjectError
        A frame of reference or a matrix is missing.
    DicomValueError
        A matrix that scales, shears or mirrors.
    ContradictionError
        A frame of reference moved within itself.
    """
    with reading("Spatial Registration"):
        dataset, sha256 = open_dataset(source)
        check_class(dataset, SPATIAL_REGISTRATION, what="a Spatial Registration")
        if uid(dataset, "SOPClassUID") == _DEFORMABLE or items(dataset, "DeformableRegistrationSequence"):
            raise DicomReadError("a deformable registration: only rigid ones are read so far")
        registered = uid(dataset, "FrameOfReferenceUID")
        if not registered:
            raise MissingObjectError(
                "the registration has no FrameOfReferenceUID: what it maps to is not known"
            )
        moves = [_transform(item, registered) for item in items(dataset, "RegistrationSequence")]
        return tuple(
            RigidTransform(
                matrix=matrix,
                maps_from=maps_from,
                maps_to=registered,
                source="registration object",
                source_uid=uid(dataset, "SOPInstanceUID"),
                source_sha256=sha256,
            )
            for maps_from, matrix in moves
            if maps_from != registered
        )


def _transform(item: Dataset, registered: str) -> tuple[str, FloatArray]:
    """Return the frame of reference of an item and its matrix."""
    maps_from = uid(item, "FrameOfReferenceUID")
    if not maps_from:
        raise MissingObjectError(
            "an item of the registration has no FrameOfReferenceUID: what it maps is not known"
        )
    matrices = [
        _matrix(matrix)
        for registration in items(item, "MatrixRegistrationSequence")
        for matrix in items(registration, "MatrixSequence")
    ]
    if not matrices:
        raise MissingObjectError("an item of the registration has no matrix")
    product = reduce(np.matmul, matrices)
    if maps_from == registered and not np.allclose(product, np.eye(4), atol=1e-6):
        raise ContradictionError("the registration moves a frame of reference within itself")
    return maps_from, product


def _matrix(item: Dataset) -> FloatArray:
    values = numbers(item, "FrameOfReferenceTransformationMatrix")
    if values.size != 16:
        raise DicomValueError(f"a registration matrix has {values.size} values, 16 are needed")
    return values.reshape(4, 4)
