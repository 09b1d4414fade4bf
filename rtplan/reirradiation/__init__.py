"""The question of a re-irradiation and its answer: who comes for a second course opens this."""

from __future__ import annotations

from rtplan.reirradiation.answer import Reirradiation
from rtplan.reirradiation.compute import reirradiate
from rtplan.reirradiation.course_sum import COURSE_SUM_COLUMNS, CourseSum, SummedMetric, accumulate
from rtplan.reirradiation.inputs import inputs_of
from rtplan.reirradiation.question import DEFAULT_METRICS, BodyLevels, ReirradiationQuestion

__all__ = [
    "COURSE_SUM_COLUMNS",
    "DEFAULT_METRICS",
    "BodyLevels",
    "CourseSum",
    "Reirradiation",
    "ReirradiationQuestion",
    "SummedMetric",
    "accumulate",
    "inputs_of",
    "reirradiate",
]
