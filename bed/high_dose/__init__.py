"""Survival models for large doses per fraction, each beside plain LQ.

LQ-L, USC, mLQ and LQC with their published parameters: what a regimen of few large fractions is worth where
the linear-quadratic curve is doubted, and how far that is from what LQ says.
"""

from __future__ import annotations

from bed.high_dose.beside_lq import BesideLQ, beside_lq, model_beside_lq
from bed.high_dose.effect import HighDoseEffect
from bed.high_dose.lqc import bed_lqc, dose_per_fraction_lqc, eqd2_lqc
from bed.high_dose.lql import (
    bed_lql,
    bed_lql_incomplete_repair,
    dose_per_fraction_lql,
    eqd2_lql,
    lql_tangent_slope,
)
from bed.high_dose.mlq import bed_mlq, bed_mlq_protracted, dose_per_fraction_mlq, eqd2_mlq
from bed.high_dose.models import HighDoseModel, high_dose_model, high_dose_model_names
from bed.high_dose.usc import (
    bed_usc,
    dose_per_fraction_usc,
    eqd2_usc,
    single_fraction_equivalent_dose_usc,
    usc_alpha_beta,
    usc_beta,
    usc_transition_dose,
)

__all__ = [
    "BesideLQ",
    "HighDoseEffect",
    "HighDoseModel",
    "bed_lqc",
    "bed_lql",
    "bed_lql_incomplete_repair",
    "bed_mlq",
    "bed_mlq_protracted",
    "bed_usc",
    "beside_lq",
    "dose_per_fraction_lqc",
    "dose_per_fraction_lql",
    "dose_per_fraction_mlq",
    "dose_per_fraction_usc",
    "eqd2_lqc",
    "eqd2_lql",
    "eqd2_mlq",
    "eqd2_usc",
    "high_dose_model",
    "high_dose_model_names",
    "lql_tangent_slope",
    "model_beside_lq",
    "single_fraction_equivalent_dose_usc",
    "usc_alpha_beta",
    "usc_beta",
    "usc_transition_dose",
]
