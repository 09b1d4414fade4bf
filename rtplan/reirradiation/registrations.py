"""What became of registrations: used and judged or not, given without effect, lying beside unnamed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rtplan.courses import Course
from rtplan.limits import Judgement, Verdict
from rtplan.reirradiation.organ import Joined, OrganRow
from rtplan.sums import (
    Registration,
    RegistrationJudgement,
    RegistrationStanding,
    Suitability,
    idle_registrations,
    standing_of,
)

__all__ = ["registration_findings", "with_registration"]


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


def with_registration(row: OrganRow, joined: Joined, judgements: Sequence[RegistrationJudgement]) -> OrganRow:
    """Return a row with what persons found of the registrations that it rests on.

    A voxel sum through a registration that is not suitable for the organ is never within its limit.

    Parameters
    ----------
    row : OrganRow
    joined : Joined
    judgements : sequence of RegistrationJudgement
    """
    is_summed = row.voxel_sum.value is not None
    every = list(enumerate((one.course for one in joined.priors), start=1))
    if not _has_several_frames(joined.new.course):
        every = [(n, c) for n, c in every if _is_carried_over(c, joined.new.course, is_summed=is_summed)]
    standing = standing_of(row.name, [number for number, _ in every], judgements)
    if standing is None or standing.suitability is not Suitability.NOT_SUITABLE or not is_summed:
        return replace(row, registration=standing)
    judged, plain = (_not_within(one, standing) for one in (row.judgement, row.without_recovery))
    return replace(row, registration=standing, judgement=judged, without_recovery=plain)


def _is_carried_over(prior: Course, new: Course, *, is_summed: bool) -> bool:
    """Whether an earlier course's part in a value was carried over: into the sum, or between its phases."""
    return _has_several_frames(prior) or (is_summed and not _is_on_the_images_of(prior, new))


def _has_several_frames(course: Course) -> bool:
    return len({phase.frame_of_reference_uid for phase in course.phases}) > 1


def _is_on_the_images_of(prior: Course, new: Course) -> bool:
    """Whether both were planned on one series of images: then nothing was carried over."""
    series = _series(prior) | _series(new)
    return len(series) == 1 and None not in series


def _series(course: Course) -> set[str | None]:
    images = [phase.treatment.images for phase in course.phases]
    return {None if one is None else one.series_uid for one in images}


def _not_within(found: Judgement | None, standing: RegistrationStanding) -> Judgement | None:
    if found is None or found.verdict is not Verdict.WITHIN:
        return found
    return Judgement.unjudged(str(standing), margin=found.margin)
