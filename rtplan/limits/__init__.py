"""Limits as data, and what a value means against one.

Published sets and a clinic's own, limits of one course and cumulative ones, verdicts, what is left below a
limit.
"""

from __future__ import annotations

from rtplan.limits.acceptance import Acceptance, acceptances_of, unused_acceptances
from rtplan.limits.added_set import AddedSet, added_set
from rtplan.limits.clinic import CLINIC_TABLES, Clinic, ClinicAlphaBeta, clinic_template, read_clinic_file
from rtplan.limits.constraint import VERIFICATION, Constraint, ConstraintSet, Role, Scope
from rtplan.limits.constraint_file import (
    COLUMNS,
    REQUIRED_COLUMNS,
    constraints_from_rows,
    read_constraint_file,
)
from rtplan.limits.cumulative import (
    CumulativeLimit,
    NamedRecoveryLimit,
    check_dose_metric,
    dose_metric,
    parse_limit,
    parse_limits,
    refuse_two,
)
from rtplan.limits.cumulative_file import read_limit_file
from rtplan.limits.cumulative_set import (
    CumulativeSet,
    cumulative_set,
    cumulative_set_names,
    load_cumulative_set,
    set_or_file,
)
from rtplan.limits.evaluation import (
    Evaluation,
    LimitState,
    PlanFractions,
    SetEvaluation,
    Shown,
    evaluate_set,
    gravest_first,
)
from rtplan.limits.fraction_conversion import FractionConversion, convert_fractions
from rtplan.limits.metric import PublishedMetric
from rtplan.limits.recovery_interval import RecoveryInterval
from rtplan.limits.remaining import (
    REMAINING_AT_POINT_COLUMNS,
    REMAINING_COLUMNS,
    Basis,
    Remaining,
    plan_factor,
    remaining_at_point,
)
from rtplan.limits.shipped_sets import constraint_sets, load_constraint_set, shipped_folder
from rtplan.limits.table_checks import (
    Comparison,
    Difference,
    SetFinding,
    check_constraints,
    compare_transcriptions,
    diff_sets,
    independent_readings,
)
from rtplan.limits.verdict import (
    Comparator,
    Judgement,
    Limit,
    Verdict,
    borderline_by_unsourced_rule,
    judge,
)
from rtplan.limits.verdict_cell import TONES, verdict_cell, verdict_text

__all__ = [
    "CLINIC_TABLES",
    "COLUMNS",
    "REMAINING_AT_POINT_COLUMNS",
    "REMAINING_COLUMNS",
    "REQUIRED_COLUMNS",
    "TONES",
    "VERIFICATION",
    "Acceptance",
    "AddedSet",
    "Basis",
    "Clinic",
    "ClinicAlphaBeta",
    "Comparator",
    "Comparison",
    "Constraint",
    "ConstraintSet",
    "CumulativeLimit",
    "CumulativeSet",
    "Difference",
    "Evaluation",
    "FractionConversion",
    "Judgement",
    "Limit",
    "LimitState",
    "NamedRecoveryLimit",
    "PlanFractions",
    "PublishedMetric",
    "RecoveryInterval",
    "Remaining",
    "Role",
    "Scope",
    "SetEvaluation",
    "SetFinding",
    "Shown",
    "Verdict",
    "acceptances_of",
    "added_set",
    "borderline_by_unsourced_rule",
    "check_constraints",
    "check_dose_metric",
    "clinic_template",
    "compare_transcriptions",
    "constraint_sets",
    "constraints_from_rows",
    "convert_fractions",
    "cumulative_set",
    "cumulative_set_names",
    "diff_sets",
    "dose_metric",
    "evaluate_set",
    "gravest_first",
    "independent_readings",
    "judge",
    "load_constraint_set",
    "load_cumulative_set",
    "parse_limit",
    "parse_limits",
    "plan_factor",
    "read_clinic_file",
    "read_constraint_file",
    "read_limit_file",
    "refuse_two",
    "remaining_at_point",
    "set_or_file",
    "shipped_folder",
    "unused_acceptances",
    "verdict_cell",
    "verdict_text",
]
