"""One plan judged: its sanity, limits, distances, targets and risk volumes."""

from __future__ import annotations

from rtplan.plan_check.check import PlanCheck, check_plan, fractions_of
from rtplan.plan_check.columns import (
    DISTANCE_COLUMNS,
    DISTANCE_RULE_COLUMNS,
    LEADING,
    TARGET_COLUMNS,
    VERDICT_COLUMNS,
    AcceptedEvaluation,
    JudgedDistance,
    gravest_rows,
    limit_text,
    metric_values,
    verdict_table,
)
from rtplan.plan_check.comparison import ComparedCell, PlanComparison, compare_plans
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
    "DISTANCE_COLUMNS",
    "DISTANCE_RULE_COLUMNS",
    "LEADING",
    "TARGET_COLUMNS",
    "VERDICT_COLUMNS",
    "AcceptedEvaluation",
    "ComparedCell",
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
    "distance_rules",
    "fractions_of",
    "gravest_rows",
    "judge_distance",
    "limit_text",
    "load_plans",
    "metric_values",
    "plan_choices",
    "questions_about",
    "read_request",
    "target_distances",
    "verdict_table",
]
