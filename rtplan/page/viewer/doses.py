"""Doses at points: of each course, of the sum, and what remains; NaN where a course does not cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bed import dose_per_fraction_for_bed, eqd2_to_bed
from rtplan.errors import RtplanLookupError
from rtplan.page.viewer.query import Quantity
from rtplan.reirradiation import Reirradiation
from rtplan.reirradiation.organ import Joined
from rtplan.sums import DosePart, delivered_at, moved_part, tried_parts
from rtplan.what_if import Tried

__all__ = ["CoursePoints", "by_letter", "dose_at", "sampled", "tried_course_parts"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class CoursePoints:
    """The physical dose of every part of every course at some points, as delivered.

    Attributes
    ----------
    parts : tuple of tuple of DosePart
        By course, earlier ones first; empty where no dose of the course is reached.
    dose_gy : tuple of ndarray
        By course, each of shape (parts, n).
    """

    parts: tuple[tuple[DosePart, ...], ...]
    dose_gy: tuple[FloatArray, ...] = field(repr=False)

    def physical_of(self, course: int) -> FloatArray:
        """Return a course's physical dose, Gy: of all its plans, which share tissue and time."""
        total: FloatArray = self.dose_gy[course].sum(axis=0)
        return total

    def eqd2_of(self, course: int, alpha_beta: float) -> FloatArray:
        """Return a course's EQD2 that counts, Gy."""
        total = np.zeros(self.dose_gy[course].shape[1])
        for part, dose in zip(self.parts[course], self.dose_gy[course], strict=True):
            total += part.eqd2_of_delivered(dose, alpha_beta)
        return total


def tried_course_parts(joined: Joined, tried: Tried) -> tuple[tuple[DosePart, ...], ...]:
    """Return the parts of each course with what is tried, earlier ones first.

    A recovery that is tried is taken off everywhere; without one every course counts in full.
    """
    last = len(joined.courses) - 1
    found = []
    for place, one in enumerate(joined.courses):
        label = one.course.label
        if place == last:
            found.append(tried_parts(one.parts(), regimens={label: tried.regimen}))
            continue
        moved = [moved_part(part, tried.motion) for part in one.parts()]
        found.append(tried_parts(moved, recovered={label: tried.recovered or 0.0}))
    return tuple(found)


def sampled(parts: Sequence[Sequence[DosePart]], points: FloatArray) -> CoursePoints:
    """Return the doses of parts at points of the sum's frame, shape (n, 3)."""
    return CoursePoints(
        parts=tuple(tuple(of_course) for of_course in parts),
        dose_gy=tuple(
            np.stack([delivered_at(part, points) for part in of_course])
            if of_course
            else np.zeros((0, len(points)))
            for of_course in parts
        ),
    )


def dose_at(answer: Reirradiation, quantity: Quantity, found: CoursePoints) -> FloatArray:
    """Return what is wanted at the points of sampled doses, Gy; NaN where not covered.

    Parameters
    ----------
    answer : Reirradiation
    quantity : Quantity
    found : CoursePoints

    Raises
    ------
    RtplanLookupError
        A course that is needed has no dose here; the words say why.
    """
    courses = list(range(len(found.parts)))
    needed = courses if quantity.course is None else [quantity.course]
    if quantity.kind == "remaining":
        needed = courses[:-1]
    for course in needed:
        if not found.parts[course]:
            raise RtplanLookupError(answer.joined.courses[course].reason or "no dose of this course is known")
    if quantity.kind == "physical":
        return found.physical_of(needed[0])
    total = np.sum([found.eqd2_of(course, quantity.alpha_beta) for course in needed], axis=0)
    if quantity.kind == "eqd2":
        return np.asarray(total, dtype=np.float64)
    return _remaining(quantity, total)


def _remaining(quantity: Quantity, earlier: FloatArray) -> FloatArray:
    """Dose in n fractions that a point may still receive below the limit; 0 where it is spent."""
    left = np.maximum(quantity.limit_gy - earlier, 0.0)
    n = quantity.n_fractions
    bed = eqd2_to_bed(left, quantity.alpha_beta)
    return np.asarray(dose_per_fraction_for_bed(bed, n, quantity.alpha_beta) * n, dtype=np.float64)


def by_letter(answer: Reirradiation) -> Mapping[str, str]:
    """Return the letter by which each course is named in pictures, by label: A for the first."""
    return {one.course.label: chr(ord("A") + place) for place, one in enumerate(answer.joined.courses)}
