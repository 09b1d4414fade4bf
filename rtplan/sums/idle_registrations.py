"""Registrations that were given and take no part in a sum: each is named, with why.

Of N registrations given, each is passed by a way that was taken, refused, or named here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from dicom_io import DicomIoError
from dicom_io.objects import GridGeometry, RigidTransform
from rtplan.errors import RtplanValueError
from rtplan.sums.transforms import Registration, probe_points, transform_to

__all__ = ["idle_registrations", "refuse_motion_within"]

FloatArray = NDArray[np.float64]

_SAME_MM = 0.01


def refuse_motion_within(registrations: Iterable[Registration]) -> None:
    """Refuse a registration that moves a frame of reference within itself.

    Doses and contours of one frame are taken to lie in the same place; which of its images such a
    registration moves is not known.

    Raises
    ------
    RtplanValueError
    """
    for given in registrations:
        if given.maps_from == given.maps_to and not _stays(given):
            raise RtplanValueError(
                f"{_name(given)} moves a frame of reference within itself: which of its images it "
                "moves is not known. Give that image a frame of reference of its own, or leave it out"
            )


def _stays(given: Registration) -> bool:
    return isinstance(given, RigidTransform) and np.allclose(given.matrix, np.eye(4), atol=1e-6)


def idle_registrations(
    registrations: Sequence[Registration],
    *,
    used: Sequence[Registration],
    frame: str,
    dose_frames: Iterable[str],
    probe: GridGeometry,
) -> tuple[str, ...]:
    """Return a sentence for each registration that was given and has no effect on a sum.

    Parameters
    ----------
    registrations : sequence of RigidTransform or DeformableTransform
        All that were given.
    used : sequence of RigidTransform or DeformableTransform
        Those of them that are used, the same objects.
    frame : str
        Frame of reference UID of the sum.
    dose_frames : iterable of str
        Frame of reference UID of every dose in it.
    probe : GridGeometry
        The grid over which ways that differ are compared.
    """
    known, joined, found = {frame, *dose_frames}, list(used), []
    for given in registrations:
        if any(given is one for one in used):
            continue
        apart = _apart_mm(given, joined, frame, probe)
        if apart is None and given.maps_from != given.maps_to:
            joined.append(given)
        found.append(f"{_name(given)} was given and has no effect: {_why(given, known, apart)}")
    return tuple(found)


def _apart_mm(
    given: Registration, joined: Sequence[Registration], frame: str, probe: GridGeometry
) -> float | None:
    """Return by how much a registration differs at most from the way that the others take between its ends.

    None where the others do not reach both.
    """
    try:
        start, end = (
            transform_to(joined, maps_from=frame, maps_to=reached, probe=probe)
            for reached in (given.maps_from, given.maps_to)
        )
    except (DicomIoError, RtplanValueError):
        return None
    points = probe_points(probe)
    distances = np.linalg.norm(given.apply(start.apply(points)) - end.apply(points), axis=-1)
    reached = distances[np.isfinite(distances)]
    return float(np.max(reached)) if reached.size else None


def _why(given: Registration, known: set[str], apart: float | None) -> str:
    if given.maps_from == given.maps_to:
        return "it leaves a frame of reference where it is"
    if apart is not None and apart < _SAME_MM:
        return "it says what the registrations that are used say already"
    if apart is not None:
        return (
            f"the doses are joined without it, and it differs from that way by up to {apart:.1f} mm: which "
            "of them was approved?"
        )
    ends = {given.maps_from, given.maps_to}
    if ends <= known:
        return "it joins doses of these courses, but no way to the new course leads through it"
    if ends & known:
        return "it leads to a frame of reference in which no dose of these courses lies"
    return "it joins two frames of reference in which no dose of these courses lies"


def _name(given: Registration) -> str:
    """Return where a registration is from, and the end of its UID or the start of its hash."""
    if given.source_uid:
        return f"{given.source} …{given.source_uid[-4:].lstrip('.')}"
    return f"{given.source}, sha256 {given.source_sha256[:12]}" if given.source_sha256 else given.source
