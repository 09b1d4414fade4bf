"""Which transform leads from the new course's frame of reference to an earlier dose: rigid or deformable.

Rigid registrations are inverted and chained as needed. A deformable one is used as it is when it starts in
the new frame; when it runs the other way it is inverted numerically, point by point, with its residual shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dicom_io.objects import (
    DeformableTransform,
    GridGeometry,
    RigidTransform,
    find_chain,
    find_transform,
)
from rtplan.errors import RtplanValueError

__all__ = [
    "InvertedDeformation",
    "PointTransform",
    "Registration",
    "UsedTransform",
    "carried_back",
    "mapped",
    "probe_points",
    "registrations_between",
    "transform_to",
]

FloatArray = NDArray[np.float64]
Registration: TypeAlias = RigidTransform | DeformableTransform

INVERSION_TOLERANCE_MM: Final = 0.1
_PROBE_STEP_MM: Final = 10.0


class PointTransform(Protocol):
    """Points of one frame of reference to points of another, whatever kind of registration is behind it."""

    @property
    def maps_from(self) -> str:
        """Frame of reference UID of the points given."""
        ...

    @property
    def maps_to(self) -> str:
        """Frame of reference UID of the points returned."""
        ...

    def apply(self, points: ArrayLike) -> FloatArray:
        """Return the mapped points, shape (n, 3), mm."""
        ...


def mapped(transform: PointTransform, points: FloatArray) -> FloatArray:
    """Return points carried through a transform; as they are through an identity, which saves the time."""
    if isinstance(transform, RigidTransform) and transform.source == "identity":
        return points
    return transform.apply(points)


def carried_back(transform: PointTransform, points: FloatArray) -> FloatArray:
    """Return the points that a transform carries to these, shape (n, 3), mm; NaN where none is known."""
    if isinstance(transform, RigidTransform):
        return mapped(transform.inverse(), points)
    if isinstance(transform, InvertedDeformation):
        return transform.deformation.apply(points)
    assert isinstance(transform, DeformableTransform)
    return transform.inverted(points, tolerance_mm=INVERSION_TOLERANCE_MM).points


@dataclass(frozen=True, kw_only=True, eq=False)
class InvertedDeformation:
    """A deformable registration of the wrong direction, solved backwards point by point.

    Attributes
    ----------
    deformation : DeformableTransform
        Carries points of the earlier dose's frame into the new course's.
    residual_mm : float
        Largest distance by which a probed point misses, mm; points that miss by more than 0.1 mm are not
        covered.
    """

    deformation: DeformableTransform
    residual_mm: float

    @classmethod
    def of(cls, deformation: DeformableTransform, probe: GridGeometry) -> InvertedDeformation:
        """Invert a registration and probe its residual on a coarse grid over the new dose."""
        found = deformation.inverted(probe_points(probe), tolerance_mm=INVERSION_TOLERANCE_MM)
        reached = found.residual_mm[np.isfinite(found.residual_mm)]
        if reached.size == 0:
            raise RtplanValueError(
                "the deformable registration runs from the earlier frame to the new one and cannot be "
                "inverted where the new dose lies: export it in the other direction"
            )
        return cls(deformation=deformation, residual_mm=float(np.max(reached)))

    @property
    def maps_from(self) -> str:
        """Frame of reference UID of the points given."""
        return self.deformation.maps_to

    @property
    def maps_to(self) -> str:
        """Frame of reference UID of the points returned."""
        return self.deformation.maps_from

    @property
    def source(self) -> str:
        """Where it is from."""
        return f"{self.deformation.source}, inverted numerically"

    @property
    def source_uid(self) -> str:
        """SOP instance UID of the registration object."""
        return self.deformation.source_uid

    @property
    def source_sha256(self) -> str:
        """Hash of its file."""
        return self.deformation.source_sha256

    @property
    def source_data_set_sha256(self) -> str:
        """Hash of the data set in it."""
        return self.deformation.source_data_set_sha256

    def apply(self, points: ArrayLike) -> FloatArray:
        """Return the points of the earlier frame; NaN where none lands within 0.1 mm."""
        wanted = np.asarray(points, dtype=np.float64)
        return self.deformation.inverted(wanted, tolerance_mm=INVERSION_TOLERANCE_MM).points


UsedTransform: TypeAlias = RigidTransform | DeformableTransform | InvertedDeformation


def probe_points(geometry: GridGeometry) -> FloatArray:
    """Points about 10 mm apart over a grid, its ends included."""
    steps = (geometry.frame_spacing, geometry.row_spacing, geometry.column_spacing)
    axes = []
    for size, step in zip(geometry.shape, steps, strict=True):
        length = (size - 1) * (step if np.isfinite(step) else 0.0)
        axes.append(np.linspace(0.0, size - 1.0, max(int(length / _PROBE_STEP_MM), 1) + 1))
    index = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    return geometry.to_patient(index.reshape(-1, 3))


def transform_to(
    registrations: Sequence[Registration], *, maps_from: str, maps_to: str, probe: GridGeometry
) -> UsedTransform:
    """Return what carries points of the new frame into an earlier dose's frame.

    Parameters
    ----------
    registrations : sequence of RigidTransform or DeformableTransform
    maps_from, maps_to : str
        Frame of reference UIDs.
    probe : GridGeometry
        The new dose grid, over which the residual of an inversion is measured.

    Raises
    ------
    MissingObjectError
        Nothing joins the two.
    RtplanValueError
        Several deformable registrations, or a rigid and a deformable one, join the same two frames.
    """
    deformable = _deformable_between(registrations, maps_from, maps_to)
    if deformable is None:
        return find_transform(_rigid(registrations), maps_from=maps_from, maps_to=maps_to)
    if deformable.maps_from == maps_from:
        return deformable
    return InvertedDeformation.of(deformable, probe)


def registrations_between(
    registrations: Sequence[Registration], *, maps_from: str, maps_to: str
) -> tuple[Registration, ...]:
    """Return those of the registrations that `transform_to` takes, as they were given; it raises the same."""
    deformable = _deformable_between(registrations, maps_from, maps_to)
    if deformable is not None:
        return (deformable,)
    return find_chain(_rigid(registrations), maps_from=maps_from, maps_to=maps_to)


def _deformable_between(
    registrations: Sequence[Registration], maps_from: str, maps_to: str
) -> DeformableTransform | None:
    """Return the deformable registration that joins two different frames either way; None without one."""
    ends = {maps_from, maps_to}
    direct = [t for t in registrations if maps_from != maps_to and {t.maps_from, t.maps_to} == ends]
    deformable = [t for t in direct if isinstance(t, DeformableTransform)]
    if deformable and len(direct) > 1:
        raise RtplanValueError(
            f"{len(deformable)} deformable and {len(_rigid(direct))} rigid registrations join the same "
            "frames of reference: give only the one that was approved"
        )
    return deformable[0] if deformable else None


def _rigid(registrations: Sequence[Registration]) -> list[RigidTransform]:
    return [t for t in registrations if isinstance(t, RigidTransform)]
