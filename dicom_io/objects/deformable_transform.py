"""Deformable transforms: a grid of vectors that carries points of one frame of reference into another."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomValueError
from dicom_io.objects.geometry import GridGeometry
from dicom_io.objects.patient import PatientIdentity

__all__ = ["DeformableTransform", "InvertedPoints"]


_ITERATIONS = 100


@dataclass(frozen=True, kw_only=True, eq=False)
class InvertedPoints:
    """Points that a deformable transform carries to given ones.

    Attributes
    ----------
    points : ndarray, shape (n, 3)
        mm; NaN where none was found.
    residual_mm : ndarray, shape (n,)
        How far each lands from where it should; NaN where none was found.
    """

    points: FloatArray
    residual_mm: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class DeformableTransform:
    """Carries points of the registered frame into the source frame: x_src = post(pre x + vector(x)).

    The vectors are interpolated trilinearly at the point itself, in the registered frame (DICOM PS3.3,
    C.20.3.1.1). Outside the hull of the grid's centres, and next to a vector that is NaN, a point is not
    covered.

    Attributes
    ----------
    geometry : GridGeometry or None
        Where the vectors lie, in the registered frame; None for no grid, when all vectors are 0.
    vectors : ndarray of float32, shape (frames, rows, columns, 3)
        x, y, z of each vector, mm; empty without grid.
    pre, post : ndarray, shape (4, 4)
        Homogeneous matrices applied before and after the vectors are added.
    maps_from : str
        The registered frame of reference.
    maps_to : str
        The source frame of reference.
    source, source_uid, source_sha256, source_data_set_sha256 : str
    patient : PatientIdentity or None
        As in `RigidTransform`.

    Examples
    --------
    >>> grid = GridGeometry.axial(shape=(2, 2, 2), origin=(0, 0, 0), spacing=(10, 10, 10))
    >>> vectors = np.zeros((2, 2, 2, 3), dtype=np.float32)
    >>> vectors[:, :, 1, 0] = 4.0
    >>> moved = DeformableTransform(
    ...     geometry=grid, vectors=vectors, pre=np.eye(4), post=np.eye(4), maps_from="1.2", maps_to="1.3")
    >>> moved.apply([[5.0, 5.0, 5.0], [11.0, 5.0, 5.0]])
    array([[ 7.,  5.,  5.],
           [nan, nan, nan]])
    """

    geometry: GridGeometry | None
    vectors: NDArray[np.float32]
    pre: FloatArray
    post: FloatArray
    maps_from: str
    maps_to: str
    source: str = "deformable registration object"
    source_uid: str = ""
    source_sha256: str = ""
    source_data_set_sha256: str = ""
    patient: PatientIdentity | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("pre", "post"):
            matrix = np.array(getattr(self, name), dtype=np.float64)
            _check_matrix(matrix, name)
            matrix.setflags(write=False)
            object.__setattr__(self, name, matrix)
        expected = (0,) if self.geometry is None else (*self.geometry.shape, 3)
        if self.vectors.shape != expected:
            raise DicomValueError(f"vectors of shape {self.vectors.shape} on a grid that needs {expected}")

    @property
    def largest_vector_mm(self) -> float:
        """Length of the longest vector of the grid, mm; 0 without grid."""
        if self.geometry is None:
            return 0.0
        lengths = np.linalg.norm(self.vectors, axis=-1)
        return float(np.max(lengths[np.isfinite(lengths)], initial=0.0))

    def apply(self, points: ArrayLike) -> FloatArray:
        """Return the points in the source frame, shape (..., 3), mm; NaN where not covered."""
        registered = np.asarray(points, dtype=np.float64)
        moved = _times(self.pre, registered) + self._vectors_at(registered)
        return _times(self.post, moved)

    def inverted(self, points: ArrayLike, *, tolerance_mm: float) -> InvertedPoints:
        """Return the points of the registered frame that are carried to these of the source frame.

        Solved by iteration, point by point; what does not come within the tolerance is not covered.

        Parameters
        ----------
        points : array_like, shape (n, 3)
            In the source frame, mm.
        tolerance_mm : float
            Largest residual that is accepted, above 0.
        """
        if not tolerance_mm > 0:
            raise DicomValueError(f"tolerance_mm is {tolerance_mm}: a positive distance is needed")
        wanted = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        undo = np.asarray(np.linalg.inv(self.post @ self.pre), dtype=np.float64)
        turn = undo[:3, :3].T
        found = _times(undo, wanted)
        residual = np.full(len(wanted), np.nan)
        for _ in range(_ITERATIONS):
            missed = self.apply(found) - wanted
            residual = np.linalg.norm(missed, axis=1)
            if not np.any(residual > tolerance_mm / 100):
                break
            found = found - missed @ turn
        accepted = residual <= tolerance_mm
        return InvertedPoints(
            points=np.where(accepted[:, None], found, np.nan),
            residual_mm=np.where(accepted, residual, np.nan),
        )

    def _vectors_at(self, points: FloatArray) -> FloatArray:
        """Return the vectors at points, trilinear; NaN outside the hull of the centres."""
        if self.geometry is None:
            return np.zeros(points.shape)
        index = self.geometry.to_index(points)
        last = np.array(self.geometry.shape) - 1
        inside = np.all((index >= 0) & (index <= last), axis=-1)
        index = np.where(inside[..., None], index, 0.0)
        if self._is_complete and index.ndim > 1:
            return np.where(inside[..., None], self._interpolated(index), np.nan)
        low = np.clip(np.floor(index).astype(np.intp), 0, np.maximum(last - 1, 0))
        part = index - low
        total = np.zeros(points.shape)
        for corner in np.ndindex(2, 2, 2):
            place = np.minimum(low + corner, last)
            weight = np.prod(np.where(np.array(corner, dtype=bool), part, 1 - part), axis=-1)
            # A weight of 0 must not spread a neighbour's NaN.
            vector = self.vectors[place[..., 0], place[..., 1], place[..., 2]]
            total += np.where((weight > 0)[..., None], weight[..., None] * vector, 0.0)
        return np.where(inside[..., None], total, np.nan)

    @cached_property
    def _is_complete(self) -> bool:
        return bool(np.isfinite(self.vectors).all())

    def _interpolated(self, index: FloatArray) -> FloatArray:
        """Return the vectors at places within the grid, in one compiled pass for each component."""
        from scipy.ndimage import map_coordinates  # noqa: PLC0415 - scipy loads only where it is used

        places = np.ascontiguousarray(np.moveaxis(index, -1, 0))
        found = np.empty(index.shape)
        for axis in range(3):
            found[..., axis] = map_coordinates(
                self.vectors[..., axis], places, order=1, output=np.float64, mode="nearest", prefilter=False
            )
        return found


def _check_matrix(matrix: FloatArray, name: str) -> None:
    if matrix.shape != (4, 4) or not np.all(np.isfinite(matrix)):
        raise DicomValueError(f"the {name}-deformation matrix is no 4 x 4 matrix of finite numbers")
    if not np.allclose(matrix[3], [0, 0, 0, 1], atol=1e-9):
        raise DicomValueError(
            f"last row of the {name}-deformation matrix is not 0 0 0 1; is it column-major?"
        )
    if not np.linalg.det(matrix[:3, :3]) > 0:
        raise DicomValueError(f"the {name}-deformation matrix mirrors or flattens the patient")


def _times(matrix: FloatArray, points: FloatArray) -> FloatArray:
    product: FloatArray = points @ matrix[:3, :3].T + matrix[:3, 3]
    return product
