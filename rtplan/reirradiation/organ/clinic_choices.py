"""What a clinic's file and named sets add to what is stated: alpha/beta and limits of drawn organs.

Each entry is used or named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rtplan.courses import Course
from rtplan.limits import Clinic, CumulativeLimit, CumulativeSet
from rtplan.names import standing_for
from rtplan.reirradiation.organ.tissue import TissueChoice

__all__ = [
    "limits_of_clinic",
    "limits_of_set",
    "not_of_this_patient",
    "not_used_of_set",
    "tissues_of_clinic",
    "tissues_of_limits",
]


def tissues_of_clinic(
    clinic: Clinic,
    new: Course,
    *,
    stated: Sequence[TissueChoice],
    matches: Mapping[str, tuple[str, ...]],
) -> tuple[TissueChoice, ...]:
    """Return the clinic's alpha/beta of drawn organs for which none is stated.

    Parameters
    ----------
    clinic : Clinic
    new : Course
        Whose structures count as drawn.
    stated : sequence of TissueChoice
        They go before the clinic's.
    matches : mapping of str to tuple of str
        Organs whose structures were chosen by hand count as drawn.
    """
    organs = {choice.organ for choice in stated}
    return tuple(
        TissueChoice(
            organ=entry.organ, alpha_beta=entry.alpha_beta_gy, source=f"{entry.source} (clinic file)"
        )
        for entry in clinic.alpha_betas
        if entry.organ not in organs and (entry.organ in matches or _is_drawn(entry.organ, new, clinic))
    )


def limits_of_clinic(
    clinic: Clinic, new: Course, *, stated: Sequence[CumulativeLimit], organs: Iterable[str]
) -> tuple[CumulativeLimit, ...]:
    """Return the clinic's cumulative limits of organs that are drawn or asked about."""
    asked = set(organs)
    return tuple(
        limit
        for limit in clinic.cumulative_limits
        if limit not in stated and (limit.organ in asked or _is_drawn(limit.organ, new, clinic))
    )


def not_of_this_patient(clinic: Clinic, new: Course, *, organs: Iterable[str]) -> list[str]:
    """Name the organs of the clinic's file that played no part, since nobody drew them."""
    listed = dict.fromkeys(
        [entry.organ for entry in clinic.alpha_betas] + [limit.organ for limit in clinic.cumulative_limits]
    )
    left = [organ for organ in listed if organ not in set(organs) and not _is_drawn(organ, new, clinic)]
    if not left:
        return []
    return [f"clinic file: not drawn in the new course, so their entries played no part: {', '.join(left)}"]


def limits_of_set(
    named: CumulativeSet,
    new: Course,
    *,
    stated: Sequence[CumulativeLimit],
    organs: Iterable[str],
    clinic: Clinic | None = None,
) -> tuple[CumulativeLimit, ...]:
    """Return a set's limits of organs that are drawn or asked about."""
    asked = set(organs)
    return tuple(
        limit
        for limit in named.limits
        if limit not in stated and (limit.organ in asked or _is_drawn(limit.organ, new, clinic))
    )


def not_used_of_set(
    named: CumulativeSet, new: Course, *, organs: Iterable[str], clinic: Clinic | None = None
) -> list[str]:
    """Name what of a set played no part: organs that nobody drew, rows that no sum is held against."""
    asked = set(organs)
    left = [o for o in named.organs if o not in asked and not _is_drawn(o, new, clinic)]
    start = f"{named.name}: "
    found = [f"{start}{text}" for text in named.findings]
    if left:
        found.append(f"{start}not drawn in the new course, so its limits played no part: {', '.join(left)}")
    return found + [f"{start}not judged: {text}" for text in named.unused]


def tissues_of_limits(
    limits: Sequence[CumulativeLimit], stated: Sequence[TissueChoice]
) -> tuple[TissueChoice, ...]:
    """Return stated organs at the alpha/beta of each limit that differs from every stated one."""
    known = {(choice.organ, choice.alpha_beta) for choice in stated}
    organs = {choice.organ for choice in stated}
    found = {
        (limit.organ, limit.alpha_beta_gy): TissueChoice(
            organ=limit.organ, alpha_beta=limit.alpha_beta_gy, source=f"of the limit: {limit.source}"
        )
        for limit in limits
        if limit.alpha_beta_gy is not None
        and limit.organ in organs
        and (limit.organ, limit.alpha_beta_gy) not in known
    }
    return tuple(found.values())


def _is_drawn(organ: str, new: Course, clinic: Clinic | None) -> bool:
    names = [structure.name for structure in new.structures if structure.contours]
    return bool(standing_for(organ, names, dictionary=None if clinic is None else clinic.dictionary))
