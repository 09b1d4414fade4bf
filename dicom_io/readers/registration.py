"""Spatial Registration objects, rigid and deformable."""

from __future__ import annotations

from functools import reduce
from math import prod

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dicom_io.arrays import FloatArray
from dicom_io.errors import ContradictionError, DicomReadError, DicomValueError, MissingObjectError
from dicom_io.objects import DeformableTransform, GridGeometry, RigidTransform
from dicom_io.readers.dataset import Source, check_class, items, numbers, open_dataset, reading, uid

__all__ = ["DEFORMABLE", "SPATIAL_REGISTRATION", "read_deformable_registration", "read_registration"]

SPATIAL_REGISTRATION = {
    "1.2.840.10008.5.1.4.1.1.66.1": "REG",
    "1.2.840.10008.5.1.4.1.1.66.3": "REG",
}
DEFORMABLE = "1.2.840.10008.5.1.4.1.1.66.3"

_PLACES = ("Pre", "Post")


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
        dataset, origin = open_dataset(source)
        check_class(dataset, SPATIAL_REGISTRATION, what="a Spatial Registration")
        if uid(dataset, "SOPClassUID") == DEFORMABLE:
            raise DicomReadError("a deformable registration; read_deformable_registration reads it")
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
                source_sha256=origin.sha256,
                source_data_set_sha256=origin.data_set_sha256,
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
    if not matrices and maps_from == registered:
        return maps_from, np.eye(4)  # the registered frame itself, which stays where it is
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


def read_deformable_registration(source: Source) -> tuple[DeformableTransform, ...]:
    """Return the transforms of one Deformable Spatial Registration object.

    Each carries points of the registered frame, that of the object, into the item's source frame.

    Parameters
    ----------
    source : path, bytes or Dataset

    Returns
    -------
    tuple of DeformableTransform
        One per item that joins two different frames.

    Raises
    ------
    DicomReadError
        Not a deformable registration, damaged, or a grid without all its vectors.
    MissingObjectError
        A frame of reference, a grid attribute or a matrix is missing.
    DicomValueError
        A matrix that mirrors or flattens, or impossible grid attributes.
    ContradictionError
        A frame of reference deformed within itself.
    """
    with reading("Deformable Spatial Registration"):
        dataset, origin = open_dataset(source)
        check_class(dataset, {DEFORMABLE: "REG"}, what="a Deformable Spatial Registration")
        registered = uid(dataset, "FrameOfReferenceUID")
        if not registered:
            raise MissingObjectError("the registration has no FrameOfReferenceUID: what it maps is not known")
        own_uid, little = uid(dataset, "SOPInstanceUID"), dataset.original_encoding[1] is not False
        found = []
        for item in items(dataset, "DeformableRegistrationSequence"):
            source_frame = uid(item, "SourceFrameOfReferenceUID")
            if not source_frame:
                raise MissingObjectError(
                    "an item has no SourceFrameOfReferenceUID: what it maps to is not known"
                )
            if source_frame == registered:
                _refuse_motion_within(item)
                continue
            geometry, vectors = _vector_grid(item, little=little)
            found.append(
                DeformableTransform(
                    geometry=geometry,
                    vectors=vectors,
                    pre=_one_matrix(item, "PreDeformationMatrixRegistrationSequence"),
                    post=_one_matrix(item, "PostDeformationMatrixRegistrationSequence"),
                    maps_from=registered,
                    maps_to=source_frame,
                    source_uid=own_uid,
                    source_sha256=origin.sha256,
                    source_data_set_sha256=origin.data_set_sha256,
                )
            )
        return tuple(found)


def _refuse_motion_within(item: Dataset) -> None:
    """Refuse an item that deforms a frame of reference within itself: which image it moves is not said."""
    matrices = [_one_matrix(item, f"{place}DeformationMatrixRegistrationSequence") for place in _PLACES]
    if items(item, "DeformableRegistrationGridSequence") or not np.allclose(matrices, np.eye(4), atol=1e-6):
        raise ContradictionError(
            "the registration deforms a frame of reference within itself: which of its images moves is not "
            "known, and doses of one frame are taken to lie in the same place"
        )


def _one_matrix(item: Dataset, keyword: str) -> FloatArray:
    """Return the matrix before or after the deformation; the identity where there is none."""
    matrices = [_matrix(entry) for entry in items(item, keyword)]
    return reduce(np.matmul, matrices, np.eye(4))


def _vector_grid(item: Dataset, *, little: bool) -> tuple[GridGeometry | None, NDArray[np.float32]]:
    """Return the grid of an item and its vectors; no grid means no deformation."""
    grids = items(item, "DeformableRegistrationGridSequence")
    if not grids:
        return None, np.empty(0, dtype=np.float32)
    dimensions = [int(count) for count in numbers(grids[0], "GridDimensions")]
    needed, data = 12 * prod(dimensions), grids[0].get("VectorGridData") or b""
    # Before memory is taken for what the dimensions promise.
    if not data or len(data) != needed:
        raise DicomReadError(f"the vector grid of {dimensions} needs {needed} bytes and holds {len(data)}")
    geometry = _grid(grids[0])
    vectors = np.frombuffer(data, dtype="<f4" if little else ">f4").astype(np.float32)
    return geometry, vectors.reshape(*geometry.shape, 3)


def _grid(item: Dataset) -> GridGeometry:
    """Return where the vectors lie; dimensions and resolution are x, y, z of the grid."""
    sizes = {
        "ImagePositionPatient": 3,
        "ImageOrientationPatient": 6,
        "GridDimensions": 3,
        "GridResolution": 3,
    }
    values = {keyword: numbers(item, keyword) for keyword in sizes}
    for keyword, size in sizes.items():
        if values[keyword].size != size:
            raise MissingObjectError(f"the vector grid needs {size} values of {keyword}")
    columns, rows, frames = (int(count) for count in values["GridDimensions"])
    column_spacing, row_spacing, frame_spacing = values["GridResolution"]
    cosines = values["ImageOrientationPatient"]
    return GridGeometry(
        shape=(frames, rows, columns),
        origin=values["ImagePositionPatient"],
        row_direction=cosines[:3],
        column_direction=cosines[3:],
        row_spacing=float(row_spacing),
        column_spacing=float(column_spacing),
        frame_offsets=np.arange(max(frames, 0)) * frame_spacing,
    )
