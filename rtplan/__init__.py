"""The clinic: courses, limits, decisions, reports and the command line.

Everything a notebook needs can be imported from here; each name loads its module when first used, so that
``import rtplan`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

from rtplan._version import __version__

_LOADED_WHEN_USED: dict[str, tuple[str, ...]] = {
    "alpha_beta": ("UnusualAlphaBeta",),
    "courses": (
        "Course",
        "CourseSource",
        "Delivery",
        "Grade",
        "OrganRecord",
        "course_of_records",
        "course_of_regimen",
        "course_of_treatments",
        "read_course",
        "read_course_file",
        "read_earlier_courses",
        "read_new_course",
    ),
    "drawing": (
        "Curve",
        "OKABE_ITO",
        "SliceView",
        "new_figure",
        "plot_dvhs",
        "plot_slice",
    ),
    "errors": (
        "NoSuchFileError",
        "NotStatedError",
        "OutputExistsError",
        "PackageMissingError",
        "RtplanContradictionError",
        "RtplanError",
        "RtplanLookupError",
        "RtplanTypeError",
        "RtplanValueError",
    ),
    "interval": (
        "Interval",
        "add_months",
        "parse_date",
    ),
    "limits": (
        "Acceptance",
        "Constraint",
        "ConstraintSet",
        "CumulativeLimit",
        "CumulativeSet",
        "Evaluation",
        "FractionConversion",
        "Judgement",
        "Limit",
        "NamedRecoveryLimit",
        "RecoveryInterval",
        "Remaining",
        "Verdict",
        "constraint_sets",
        "judge",
        "load_constraint_set",
        "load_cumulative_set",
        "parse_limit",
        "parse_limits",
        "remaining_at_point",
    ),
    "names": (
        "NameDictionary",
        "assign",
        "structure_names",
        "target_of",
    ),
    "plan_check": (
        "DistanceRule",
        "PlanCheck",
        "PlanCheckQuestion",
        "check_plan",
        "distance_rules",
    ),
    "protocols": (
        "Folders",
        "Patient",
        "Protocol",
        "Screening",
        "ScreeningQuestion",
        "load_protocol",
        "read_patient_file",
        "screen",
    ),
    "regimens": (
        "Crossing",
        "ModelParameters",
        "PointSum",
        "PointSumQuestion",
        "RegimenEffect",
        "crossings",
        "eqd2_curve",
        "plot_regimens",
        "regimen_effects",
        "sum_courses",
    ),
    "reirradiation": (
        "CourseSum",
        "Reirradiation",
        "ReirradiationQuestion",
        "accumulate",
        "reirradiate",
    ),
    "reirradiation.organ": (
        "OrganRow",
        "TissueChoice",
        "parse_tissue",
        "parse_tissues",
        "read_tissue_file",
    ),
    "selftest": (
        "KnownCumulative",
        "known_cumulative",
        "known_value",
    ),
    "sums": (
        "BioGrid",
        "Bounds",
        "CumulativeField",
        "DosePart",
        "OrganCurve",
        "RegistrationUncertainty",
        "curve_of_points",
        "dose_bounds",
        "mean_bounds",
        "read_matrix_file",
        "read_registrations",
        "volume_bounds",
    ),
}
"""Room and the public names that it brings; the stub beside this file tells type checkers the same."""

_MODULE_OF = {name: module for module, names in _LOADED_WHEN_USED.items() for name in names}

__all__ = [
    "__version__",
]
__all__ += list(_MODULE_OF)


def __getattr__(name: str) -> Any:
    """Load the module that brings a name when the name is first used."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"rtplan.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List every public name, loaded or not."""
    return sorted(set(globals()) | set(__all__))
