"""Typed regimens without DICOM.

What they do to a tissue, summed at a point, compared over alpha/beta.
"""

from __future__ import annotations

from rtplan.regimens.comparison import (
    Crossing,
    RegimenComparison,
    compare_regimens,
    crossings,
    eqd2_curve,
    plot_regimens,
    write_comparison_plot,
)
from rtplan.regimens.effect import (
    MODEL_PARAMETERS,
    ModelParameters,
    RegimenEffect,
    regimen_effect,
    regimen_effects,
)
from rtplan.regimens.effect_table import EffectRow, EffectTable, dose_per_fraction, effects_of_regimens
from rtplan.regimens.gaps import GapAnswer, GapQuestion, answer_gap, parse_days
from rtplan.regimens.isoeffect import Isoeffect, IsoeffectTable, find_isoeffects
from rtplan.regimens.point_sum import PointSum, PointSumRow, sum_courses
from rtplan.regimens.sum_question import DatedRegimen, PointSumQuestion, interval_between
from rtplan.regimens.trial_rules import TrialRuleResult
from rtplan.regimens.typed_numbers import alpha_beta_values, dose_in_gy, fraction_number

__all__ = [
    "MODEL_PARAMETERS",
    "Crossing",
    "DatedRegimen",
    "EffectRow",
    "EffectTable",
    "GapAnswer",
    "GapQuestion",
    "Isoeffect",
    "IsoeffectTable",
    "ModelParameters",
    "PointSum",
    "PointSumQuestion",
    "PointSumRow",
    "RegimenComparison",
    "RegimenEffect",
    "TrialRuleResult",
    "alpha_beta_values",
    "answer_gap",
    "compare_regimens",
    "crossings",
    "dose_in_gy",
    "dose_per_fraction",
    "effects_of_regimens",
    "eqd2_curve",
    "find_isoeffects",
    "fraction_number",
    "interval_between",
    "parse_days",
    "plot_regimens",
    "regimen_effect",
    "regimen_effects",
    "sum_courses",
    "write_comparison_plot",
]
