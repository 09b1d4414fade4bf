"""Typed regimens without DICOM.

What they do to a tissue, summed at a point, compared over alpha/beta.
"""

from __future__ import annotations

from rtplan.regimens.comparison import Crossing, crossings, eqd2_curve, plot_regimens
from rtplan.regimens.effect import (
    MODEL_PARAMETERS,
    ModelParameters,
    RegimenEffect,
    regimen_effect,
    regimen_effects,
)
from rtplan.regimens.point_sum import PointSum, PointSumRow, sum_courses
from rtplan.regimens.sum_question import DatedRegimen, PointSumQuestion
from rtplan.regimens.trial_rules import TrialRuleResult

__all__ = [
    "MODEL_PARAMETERS",
    "Crossing",
    "DatedRegimen",
    "ModelParameters",
    "PointSum",
    "PointSumQuestion",
    "PointSumRow",
    "RegimenEffect",
    "TrialRuleResult",
    "crossings",
    "eqd2_curve",
    "plot_regimens",
    "regimen_effect",
    "regimen_effects",
    "sum_courses",
]
