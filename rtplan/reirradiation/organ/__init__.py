"""One organ: what its rows are read from, and each reading of them."""

from __future__ import annotations

from rtplan.reirradiation.organ.adding import NO_BOUND, Method, MetricSum, OverlapCourse, OverlapSum
from rtplan.reirradiation.organ.clinic_choices import (
    limits_of_clinic,
    limits_of_set,
    not_of_this_patient,
    not_used_of_set,
    tissues_of_clinic,
    tissues_of_limits,
)
from rtplan.reirradiation.organ.columns import (
    COURSE_COLUMNS,
    FLIP_COLUMNS,
    ORGAN_COLUMNS,
    UNREPAIRED_COLUMNS,
)
from rtplan.reirradiation.organ.context import (
    Context,
    Organ,
    OrganRecovery,
    curves_at,
    prior_curve,
    recovered_total,
    recovery_for,
)
from rtplan.reirradiation.organ.daily_repair import between_repairs
from rtplan.reirradiation.organ.earlier_contour import EARLIER, carried_contour
from rtplan.reirradiation.organ.flip import Flip
from rtplan.reirradiation.organ.flips import flips_of, interval_bands
from rtplan.reirradiation.organ.joined import (
    CourseDose,
    Joined,
    bounds_of,
    course_eqd2_dvh,
    curve_of_dvh,
    join,
    metric_of,
    physical_dvh,
)
from rtplan.reirradiation.organ.judge import judge_sum, stands_beside, why_not_in_force
from rtplan.reirradiation.organ.match import NO_STRUCTURES, OrganMatch, match_organ, parse_match
from rtplan.reirradiation.organ.moved_sums import MovedSums
from rtplan.reirradiation.organ.remaining import nothing_remains_of, remaining_of
from rtplan.reirradiation.organ.row import OrganCourse, OrganDvhs, OrganRow, disagreement, rests_on_recovery
from rtplan.reirradiation.organ.scaled_sums import ScaledSums
from rtplan.reirradiation.organ.tissue import (
    TissueChoice,
    each_once,
    parse_alpha_beta_ranges,
    parse_ranges,
    parse_tissue,
    parse_tissues,
    read_tissue_file,
)

__all__ = [
    "COURSE_COLUMNS",
    "EARLIER",
    "FLIP_COLUMNS",
    "NO_BOUND",
    "NO_STRUCTURES",
    "ORGAN_COLUMNS",
    "UNREPAIRED_COLUMNS",
    "Context",
    "CourseDose",
    "Flip",
    "Joined",
    "Method",
    "MetricSum",
    "MovedSums",
    "Organ",
    "OrganCourse",
    "OrganDvhs",
    "OrganMatch",
    "OrganRecovery",
    "OrganRow",
    "OverlapCourse",
    "OverlapSum",
    "ScaledSums",
    "TissueChoice",
    "between_repairs",
    "bounds_of",
    "carried_contour",
    "course_eqd2_dvh",
    "curve_of_dvh",
    "curves_at",
    "disagreement",
    "each_once",
    "flips_of",
    "interval_bands",
    "join",
    "judge_sum",
    "limits_of_clinic",
    "limits_of_set",
    "match_organ",
    "metric_of",
    "not_of_this_patient",
    "not_used_of_set",
    "nothing_remains_of",
    "parse_alpha_beta_ranges",
    "parse_match",
    "parse_ranges",
    "parse_tissue",
    "parse_tissues",
    "physical_dvh",
    "prior_curve",
    "read_tissue_file",
    "recovered_total",
    "recovery_for",
    "remaining_of",
    "rests_on_recovery",
    "stands_beside",
    "tissues_of_clinic",
    "tissues_of_limits",
    "why_not_in_force",
]
