"""What became of registrations: those given without effect, and those that lie beside the courses unnamed."""

from __future__ import annotations

from collections.abc import Sequence

from rtplan.courses import Course
from rtplan.reirradiation.organ import Joined
from rtplan.sums import Registration, idle_registrations

__all__ = ["registration_findings"]


def registration_findings(joined: Joined, registrations: Sequence[Registration]) -> list[str]:
    """Name every registration that was given and not used, or found and not given.

    Parameters
    ----------
    joined : Joined
    registrations : sequence of RigidTransform or DeformableTransform
        All that were given.
    """
    courses = [one.course for one in joined.courses]
    idle = idle_registrations(
        registrations,
        frame=joined.frame_of_reference_uid,
        dose_frames=[phase.frame_of_reference_uid for course in courses for phase in course.phases],
        probe=joined.geometry,
    )
    return [*idle, *_unnamed(courses, registrations)]


def _unnamed(courses: Sequence[Course], registrations: Sequence[Registration]) -> list[str]:
    """Name registration objects that lie beside a course's files and were not given, each once."""
    given = {one.source_uid for one in registrations}
    lying = {
        entry.sop_instance_uid: f"{course.role}: {entry.label} lies beside its files and was not named, so "
        "it is not used"
        for course in reversed(courses)
        for entry in course.registrations
    }
    return [said for uid, said in reversed(lying.items()) if uid not in given]
