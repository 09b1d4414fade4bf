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
        used=joined.registrations,
        frame=joined.frame_of_reference_uid,
        dose_frames=[phase.frame_of_reference_uid for course in courses for phase in course.phases],
        probe=joined.geometry,
    )
    return [*idle, *_unnamed(courses, registrations), *_on_several_images(courses)]


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


def _on_several_images(courses: Sequence[Course]) -> list[str]:
    """Say where the phases of one course lie on several images: its own curves rest on what joins them."""
    found = []
    for course in courses:
        frames = dict.fromkeys(phase.frame_of_reference_uid for phase in course.phases)
        if len(frames) < 2:
            continue
        where = f"{course.label}: its phases lie in {len(frames)} frames of reference"
        if all(phase.way_from(course.contour_frame_uid) is not None for phase in course.phases):
            found.append(
                f"{where}: the course's own values, and bounds, rest on the registration between them"
            )
        else:
            found.append(
                f"{where}, which no registration, nor a chain of rigid ones, joins to that of its contours: "
                "the course's own values are not known and nothing bounds its organs"
            )
    return found
