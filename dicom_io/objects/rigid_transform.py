"""Transforms between frames of reference: points of one mapped to points of the other, LPS mm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike

from dicom_io.arrays import FloatArray
from dicom_io.errors import AmbiguousStudyError, ContradictionError, DicomValueError, MissingObjectError
from dicom_io.objects.patient import PatientIdentity

__all__ = ["RigidTransform", "find_chain", "find_transform", "identity"]


_ORTHOGONAL_TOLERANCE = 1e-3
"""Matrices come as decimal strings; a real scale or shear is larger than this."""

_SAME_MM = 0.01
"""Two registrations whose matrices move points within a metre alike to this are the same."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RigidTransform:
    """A rotation and a translation that carry points of one frame of reference into another.

    Attributes
    ----------
    matrix : ndarray, shape (4, 4)
        Homogeneous, row-major, acting on column vectors (x, y, z, 1) in mm.
    maps_from, maps_to : str
        Frame of reference UIDs.
    source : str
        Where it is from: ``"identity"``, ``"registration object"``, ``"matrix file"``.
    source_uid : str
        SOP instance UID of the registration object, or empty.
    source_sha256 : str
        Hash of the file, or empty.
    source_data_set_sha256 : str
        Of the data set in it, whatever file and transfer syntax it came in, or empty.
    patient : PatientIdentity or None
        Whose registration it is, by its file; None where nothing says. Compared, never shown.

    Examples
    --------
    >>> shift = np.eye(4); shift[:3, 3] = [10, 0, 0]
    >>> there = RigidTransform(matrix=shift, maps_from="1.2.3", maps_to="1.2.4", source="matrix file")
    >>> there.inverse().apply([[10.0, 0.0, 0.0]])
    array([[0., 0., 0.]])
    """

    matrix: FloatArray
    maps_from: str
    maps_to: str
    source: str
    source_uid: str = ""
    source_sha256: str = ""
    source_data_set_sha256: str = ""
    patient: PatientIdentity | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        if matrix.shape != (4, 4) or not np.all(np.isfinite(matrix)):
            raise DicomValueError("a transform needs a 4 x 4 matrix of finite numbers")
        if not np.allclose(matrix[3], [0, 0, 0, 1], atol=1e-9):
            raise DicomValueError(
                f"last row of the matrix is {matrix[3].tolist()}, not 0 0 0 1; is it column-major?"
            )
        rotation = matrix[:3, :3]
        if not np.allclose(rotation @ rotation.T, np.eye(3), atol=_ORTHOGONAL_TOLERANCE):
            raise DicomValueError(
                "the matrix scales or shears: a rigid transform is rotation and translation only"
            )
        if np.linalg.det(rotation) < 0:
            raise DicomValueError(
                "the matrix mirrors the patient (determinant -1): left and right would change sides"
            )
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)

    def apply(self, points: ArrayLike) -> FloatArray:
        """Return the mapped points, shape (..., 3), mm."""
        moved: FloatArray = np.asarray(points, dtype=np.float64) @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        return moved

    def inverse(self) -> RigidTransform:
        """Return the transform of the opposite direction."""
        return RigidTransform(
            matrix=np.asarray(np.linalg.inv(self.matrix), dtype=np.float64),
            maps_from=self.maps_to,
            maps_to=self.maps_from,
            source=self.source,
            source_uid=self.source_uid,
            source_sha256=self.source_sha256,
            source_data_set_sha256=self.source_data_set_sha256,
        )

    def then(self, following: RigidTransform) -> RigidTransform:
        """Return this transform followed by another that starts where this one ends."""
        if following.maps_from != self.maps_to:
            raise ContradictionError(
                "transforms do not chain: the second does not start where the first ends"
            )
        return RigidTransform(
            matrix=following.matrix @ self.matrix,
            maps_from=self.maps_from,
            maps_to=following.maps_to,
            source=f"{self.source}, then {following.source}",
            source_uid=following.source_uid or self.source_uid,
            source_sha256=following.source_sha256 or self.source_sha256,
            source_data_set_sha256=following.source_data_set_sha256 or self.source_data_set_sha256,
        )

    @property
    def rotation_degrees(self) -> float:
        """Angle of the rotation about its axis, degrees."""
        cosine = (np.trace(self.matrix[:3, :3]) - 1) / 2
        return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))

    @property
    def translation_mm(self) -> FloatArray:
        """Translation part, mm."""
        return self.matrix[:3, 3]


def identity(frame_of_reference_uid: str) -> RigidTransform:
    """Return the identity of a shared frame of reference."""
    return RigidTransform(
        matrix=np.eye(4), maps_from=frame_of_reference_uid, maps_to=frame_of_reference_uid, source="identity"
    )


def find_transform(transforms: Sequence[RigidTransform], *, maps_from: str, maps_to: str) -> RigidTransform:
    """Return the transform between two frames of reference, inverted and chained as needed.

    The shortest chain is taken; a shared frame of reference gives the identity.

    Parameters
    ----------
    transforms : sequence of RigidTransform
        All that there are, in either direction.
    maps_from, maps_to : str
        Frame of reference UIDs.

    Raises
    ------
    MissingObjectError
        A frame of reference is not named, or no chain joins the two.
    AmbiguousStudyError
        Several equally short chains that differ.

    Examples
    --------
    >>> shift = np.eye(4)
    >>> shift[:3, 3] = [10, 0, 0]
    >>> there = RigidTransform(matrix=shift, maps_from="1.2.3", maps_to="1.2.4", source="matrix file")
    >>> find_transform([there], maps_from="1.2.4", maps_to="1.2.3").translation_mm
    array([-10., 0., 0.])
    """
    steps = [step for _, step in _passed(transforms, maps_from, maps_to)]
    return reduce(RigidTransform.then, steps) if steps else identity(maps_from)


def find_chain(
    transforms: Sequence[RigidTransform], *, maps_from: str, maps_to: str
) -> tuple[RigidTransform, ...]:
    """Return those of the transforms that `find_transform` passes through, in order, each as it was given.

    Parameters
    ----------
    transforms : sequence of RigidTransform
    maps_from, maps_to : str
        Frame of reference UIDs; none is needed for a shared one.

    Raises
    ------
    MissingObjectError, AmbiguousStudyError
        As `find_transform`.
    """
    return tuple(given for given, _ in _passed(transforms, maps_from, maps_to))


def _passed(
    transforms: Sequence[RigidTransform], maps_from: str, maps_to: str
) -> list[tuple[RigidTransform, RigidTransform]]:
    """Return the shortest chain: each transform as given, and in the direction in which it is passed."""
    if not maps_from or not maps_to:
        raise MissingObjectError("a frame of reference is not named, so no transform can be found for it")
    if maps_from == maps_to:
        return []
    both_ways = [*transforms, *(transform.inverse() for transform in transforms)]
    chains = _shortest_chains(both_ways, maps_from, maps_to)
    if not chains:
        raise MissingObjectError("no registration, nor a chain of them, joins the two frames of reference")
    found = [reduce(RigidTransform.then, chain) for chain in chains]
    if not all(_moves_alike(found[0], other) for other in found[1:]):
        raise AmbiguousStudyError(
            f"{len(found)} registrations join the two frames of reference and differ; choose one: "
            + "; ".join(f"{other.source} …{other.source_uid[-4:]}" for other in found)
        )
    as_given = {id(step): given for step, given in zip(both_ways, [*transforms, *transforms], strict=True)}
    return [(as_given[id(step)], step) for step in chains[0]]


def _shortest_chains(
    transforms: Sequence[RigidTransform], maps_from: str, maps_to: str
) -> list[list[RigidTransform]]:
    """Return all chains of the least number of transforms."""
    open_chains = [[step] for step in transforms if step.maps_from == maps_from]
    reached = {maps_from}
    while open_chains:
        arrived = [chain for chain in open_chains if chain[-1].maps_to == maps_to]
        if arrived:
            return arrived
        reached |= {chain[-1].maps_to for chain in open_chains}
        open_chains = [
            [*chain, step]
            for chain in open_chains
            for step in transforms
            if step.maps_from == chain[-1].maps_to and step.maps_to not in reached
        ]
    return []


def _moves_alike(one: RigidTransform, other: RigidTransform) -> bool:
    """Return whether two transforms move the corners of a 1 m cube to the same places."""
    corners = np.stack(np.meshgrid(*[[-500.0, 500.0]] * 3), axis=-1).reshape(-1, 3)
    return bool(np.max(np.abs(one.apply(corners) - other.apply(corners))) < _SAME_MM)
