from rtplan._version import __version__ as __version__
from rtplan.alpha_beta import UnusualAlphaBeta as UnusualAlphaBeta
from rtplan.courses import Course as Course
from rtplan.courses import CourseSource as CourseSource
from rtplan.courses import Delivery as Delivery
from rtplan.courses import Grade as Grade
from rtplan.courses import OrganRecord as OrganRecord
from rtplan.courses import course_of_records as course_of_records
from rtplan.courses import course_of_regimen as course_of_regimen
from rtplan.courses import course_of_treatments as course_of_treatments
from rtplan.courses import read_course as read_course
from rtplan.courses import read_course_file as read_course_file
from rtplan.courses import read_earlier_courses as read_earlier_courses
from rtplan.courses import read_new_course as read_new_course
from rtplan.drawing import OKABE_ITO as OKABE_ITO
from rtplan.drawing import Curve as Curve
from rtplan.drawing import SliceView as SliceView
from rtplan.drawing import new_figure as new_figure
from rtplan.drawing import plot_dvhs as plot_dvhs
from rtplan.drawing import plot_slice as plot_slice
from rtplan.errors import NoSuchFileError as NoSuchFileError
from rtplan.errors import NotStatedError as NotStatedError
from rtplan.errors import OutputExistsError as OutputExistsError
from rtplan.errors import PackageMissingError as PackageMissingError
from rtplan.errors import RtplanContradictionError as RtplanContradictionError
from rtplan.errors import RtplanError as RtplanError
from rtplan.errors import RtplanLookupError as RtplanLookupError
from rtplan.errors import RtplanTypeError as RtplanTypeError
from rtplan.errors import RtplanValueError as RtplanValueError
from rtplan.interval import Interval as Interval
from rtplan.interval import add_months as add_months
from rtplan.interval import parse_date as parse_date
from rtplan.limits import Acceptance as Acceptance
from rtplan.limits import Constraint as Constraint
from rtplan.limits import ConstraintSet as ConstraintSet
from rtplan.limits import CumulativeLimit as CumulativeLimit
from rtplan.limits import CumulativeSet as CumulativeSet
from rtplan.limits import Evaluation as Evaluation
from rtplan.limits import FractionConversion as FractionConversion
from rtplan.limits import Judgement as Judgement
from rtplan.limits import Limit as Limit
from rtplan.limits import NamedRecoveryLimit as NamedRecoveryLimit
from rtplan.limits import RecoveryInterval as RecoveryInterval
from rtplan.limits import Remaining as Remaining
from rtplan.limits import Verdict as Verdict
from rtplan.limits import constraint_sets as constraint_sets
from rtplan.limits import judge as judge
from rtplan.limits import load_constraint_set as load_constraint_set
from rtplan.limits import load_cumulative_set as load_cumulative_set
from rtplan.limits import parse_limit as parse_limit
from rtplan.limits import parse_limits as parse_limits
from rtplan.limits import remaining_at_point as remaining_at_point
from rtplan.names import NameDictionary as NameDictionary
from rtplan.names import assign as assign
from rtplan.names import structure_names as structure_names
from rtplan.names import target_of as target_of
from rtplan.plan_check import DistanceRule as DistanceRule
from rtplan.plan_check import PlanCheck as PlanCheck
from rtplan.plan_check import PlanCheckQuestion as PlanCheckQuestion
from rtplan.plan_check import check_plan as check_plan
from rtplan.plan_check import distance_rules as distance_rules
from rtplan.protocols import Folders as Folders
from rtplan.protocols import Patient as Patient
from rtplan.protocols import Protocol as Protocol
from rtplan.protocols import Screening as Screening
from rtplan.protocols import ScreeningQuestion as ScreeningQuestion
from rtplan.protocols import load_protocol as load_protocol
from rtplan.protocols import read_patient_file as read_patient_file
from rtplan.protocols import screen as screen
from rtplan.regimens import Crossing as Crossing
from rtplan.regimens import ModelParameters as ModelParameters
from rtplan.regimens import PointSum as PointSum
from rtplan.regimens import PointSumQuestion as PointSumQuestion
from rtplan.regimens import RegimenEffect as RegimenEffect
from rtplan.regimens import crossings as crossings
from rtplan.regimens import eqd2_curve as eqd2_curve
from rtplan.regimens import plot_regimens as plot_regimens
from rtplan.regimens import regimen_effects as regimen_effects
from rtplan.regimens import sum_courses as sum_courses
from rtplan.reirradiation import CourseSum as CourseSum
from rtplan.reirradiation import Reirradiation as Reirradiation
from rtplan.reirradiation import ReirradiationQuestion as ReirradiationQuestion
from rtplan.reirradiation import accumulate as accumulate
from rtplan.reirradiation import reirradiate as reirradiate
from rtplan.reirradiation.organ import OrganRow as OrganRow
from rtplan.reirradiation.organ import TissueChoice as TissueChoice
from rtplan.reirradiation.organ import parse_tissue as parse_tissue
from rtplan.reirradiation.organ import parse_tissues as parse_tissues
from rtplan.reirradiation.organ import read_tissue_file as read_tissue_file
from rtplan.selftest import KnownCumulative as KnownCumulative
from rtplan.selftest import known_cumulative as known_cumulative
from rtplan.selftest import known_value as known_value
from rtplan.sums import BioGrid as BioGrid
from rtplan.sums import Bounds as Bounds
from rtplan.sums import CumulativeField as CumulativeField
from rtplan.sums import DosePart as DosePart
from rtplan.sums import OrganCurve as OrganCurve
from rtplan.sums import RegistrationUncertainty as RegistrationUncertainty
from rtplan.sums import curve_of_points as curve_of_points
from rtplan.sums import dose_bounds as dose_bounds
from rtplan.sums import mean_bounds as mean_bounds
from rtplan.sums import read_matrix_file as read_matrix_file
from rtplan.sums import read_registrations as read_registrations
from rtplan.sums import volume_bounds as volume_bounds

__all__ = [
    "OKABE_ITO",
    "Acceptance",
    "BioGrid",
    "Bounds",
    "Constraint",
    "ConstraintSet",
    "Course",
    "CourseSource",
    "CourseSum",
    "Crossing",
    "CumulativeField",
    "CumulativeLimit",
    "CumulativeSet",
    "Curve",
    "Delivery",
    "DistanceRule",
    "DosePart",
    "Evaluation",
    "Folders",
    "FractionConversion",
    "Grade",
    "Interval",
    "Judgement",
    "KnownCumulative",
    "Limit",
    "ModelParameters",
    "NameDictionary",
    "NamedRecoveryLimit",
    "NoSuchFileError",
    "NotStatedError",
    "OrganCurve",
    "OrganRecord",
    "OrganRow",
    "OutputExistsError",
    "PackageMissingError",
    "Patient",
    "PlanCheck",
    "PlanCheckQuestion",
    "PointSum",
    "PointSumQuestion",
    "Protocol",
    "RecoveryInterval",
    "RegimenEffect",
    "RegistrationUncertainty",
    "Reirradiation",
    "ReirradiationQuestion",
    "Remaining",
    "RtplanContradictionError",
    "RtplanError",
    "RtplanLookupError",
    "RtplanTypeError",
    "RtplanValueError",
    "Screening",
    "ScreeningQuestion",
    "SliceView",
    "TissueChoice",
    "UnusualAlphaBeta",
    "Verdict",
    "__version__",
    "accumulate",
    "add_months",
    "assign",
    "check_plan",
    "constraint_sets",
    "course_of_records",
    "course_of_regimen",
    "course_of_treatments",
    "crossings",
    "curve_of_points",
    "distance_rules",
    "dose_bounds",
    "eqd2_curve",
    "judge",
    "known_cumulative",
    "known_value",
    "load_constraint_set",
    "load_cumulative_set",
    "load_protocol",
    "mean_bounds",
    "new_figure",
    "parse_date",
    "parse_limit",
    "parse_limits",
    "parse_tissue",
    "parse_tissues",
    "plot_dvhs",
    "plot_regimens",
    "plot_slice",
    "read_course",
    "read_course_file",
    "read_earlier_courses",
    "read_matrix_file",
    "read_new_course",
    "read_patient_file",
    "read_registrations",
    "read_tissue_file",
    "regimen_effects",
    "reirradiate",
    "remaining_at_point",
    "screen",
    "structure_names",
    "sum_courses",
    "target_of",
    "volume_bounds",
]
