"""One plan judged: its sanity, limits, distances, targets and risk volumes."""

from __future__ import annotations

from rtplan.plan_check.check import JudgedDistance, PlanCheck, check_plan, fractions_of
from rtplan.plan_check.comparison import PlanComparison, compare_plans, comparison_rows, comparison_text
from rtplan.plan_check.coverage import DrawnWithoutLimit, RequiredOrgan
from rtplan.plan_check.distances import (
    DistanceRule,
    TargetDistance,
    distance_rules,
    judge_distance,
    target_distances,
)
from rtplan.plan_check.icru import IcruReport
from rtplan.plan_check.question import PlanCheckQuestion, StatedCheck
from rtplan.plan_check.request import (
    PlanCheckRequest,
    PlanChoice,
    ReadRequest,
    choice_by_hand,
    load_plans,
    plan_choices,
    questions_about,
    read_request,
)
from rtplan.plan_check.risk_volumes import RiskMargin, RiskVolume, TargetOverlap
from rtplan.plan_check.targets import Index, TargetQuality

__all__ = [
    "DistanceRule",
    "DrawnWithoutLimit",
    "IcruReport",
    "Index",
    "JudgedDistance",
    "PlanCheck",
    "PlanCheckQuestion",
    "PlanCheckRequest",
    "PlanChoice",
    "PlanComparison",
    "ReadRequest",
    "RequiredOrgan",
    "RiskMargin",
    "RiskVolume",
    "StatedCheck",
    "TargetDistance",
    "TargetOverlap",
    "TargetQuality",
    "check_plan",
    "choice_by_hand",
    "compare_plans",
    "comparison_rows",
    "comparison_text",
    "distance_rules",
    "fractions_of",
    "judge_distance",
    "load_plans",
    "plan_choices",
    "questions_about",
    "read_request",
    "target_distances",
]
