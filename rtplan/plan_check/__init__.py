"""One plan judged: its sanity, limits, distances, targets and risk volumes."""

from __future__ import annotations

from rtplan.plan_check.check import JudgedDistance, PlanCheck, check_plan, fractions_of
from rtplan.plan_check.comparison import PlanComparison, compare_plans, comparison_rows, comparison_text
from rtplan.plan_check.distances import (
    DistanceRule,
    TargetDistance,
    distance_rules,
    judge_distance,
    target_distances,
)
from rtplan.plan_check.icru import IcruReport
from rtplan.plan_check.risk_volumes import RiskMargin, RiskVolume, TargetOverlap
from rtplan.plan_check.targets import Index, TargetQuality

__all__ = [
    "DistanceRule",
    "IcruReport",
    "Index",
    "JudgedDistance",
    "PlanCheck",
    "PlanComparison",
    "RiskMargin",
    "RiskVolume",
    "TargetDistance",
    "TargetOverlap",
    "TargetQuality",
    "check_plan",
    "compare_plans",
    "comparison_rows",
    "comparison_text",
    "distance_rules",
    "fractions_of",
    "judge_distance",
    "target_distances",
]
