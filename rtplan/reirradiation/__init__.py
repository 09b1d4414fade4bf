"""The question of a re-irradiation and its answer: who comes for a second course opens this."""

from __future__ import annotations

from rtplan.reirradiation.answer import DEFAULT_METRICS, BodyLevels, Reirradiation, reirradiate
from rtplan.reirradiation.course_sum import CourseSum, accumulate

__all__ = [
    "DEFAULT_METRICS",
    "BodyLevels",
    "CourseSum",
    "Reirradiation",
    "accumulate",
    "reirradiate",
]
