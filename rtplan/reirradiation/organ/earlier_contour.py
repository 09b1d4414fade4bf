"""An earlier course's contour laid over today's dose: carried through the registration, plane by plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dicom_io.objects import RigidTransform, Structure
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.reirradiation.organ.joined import Joined

__all__ = ["EARLIER", "carried_contour"]

EARLIER = "@"
"""Begins the new course's name in a match where an earlier course's contour is to be used: ``@prior 1``."""


def carried_contour(joined: Joined, organ: str, names: Sequence[str]) -> Structure:
    """Return an organ's earlier contour in the frame of reference of the sum.

    A rigid motion keeps contours plane and volumes as they are. A deformable registration bends them out of
    their planes, so it carries none.

    Parameters
    ----------
    joined : Joined
    organ : str
    names : sequence of str
        As matched by hand: ``@`` and the role of the course whose contour it is, then the structure's name in
        each earlier course.

    Raises
    ------
    RtplanLookupError
        No such course or structure, or no transform that leads to it.
    RtplanValueError
        A deformable registration.
    """
    role = names[0].removeprefix(EARLIER).strip()
    places = [place for place, one in enumerate(joined.priors) if one.course.label.partition(":")[0] == role]
    if not places or len(names) != len(joined.priors) + 1:
        roles = ", ".join(f"{EARLIER}{one.course.label.partition(':')[0]}" for one in joined.priors)
        raise RtplanLookupError(
            f"match of {organ}: {names[0]!r} is no earlier course; there are: {roles}; after it comes one "
            "structure for each earlier course"
        )
    earlier = joined.priors[places[0]]
    structure = earlier.course.structure(names[1 + places[0]])
    transform = next((t for t in earlier.transforms if t.maps_to == structure.frame_of_reference_uid), None)
    if transform is None:
        raise RtplanLookupError(
            earlier.reason or f"no transform leads to the contours of {earlier.course.label}"
        )
    if not isinstance(transform, RigidTransform):
        raise RtplanValueError(
            f"match of {organ}: a deformable registration bends contours out of their planes; contour the "
            "organ on the new images"
        )
    back = transform.inverse()
    return replace(
        structure,
        number=-1 - structure.number,
        contours=tuple(replace(c, points=back.apply(c.points)) for c in structure.contours),
        frame_of_reference_uid=joined.frame_of_reference_uid,
    )
