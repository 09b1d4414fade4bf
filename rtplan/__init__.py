"""The clinic: courses, limits, decisions, reports and the command line.

Everything a notebook needs can be imported from here; each name loads its module when first used, so that
``import rtplan`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

from rtplan._version import __version__

_LOADED_WHEN_USED: dict[str, tuple[str, ...]] = {
    "acceptance": ("Acceptance",),
    "accumulation": ("BioGrid", "CumulativeField", "DosePart"),
    "bounds": ("Bounds", "OrganCurve", "curve_of_points", "dose_bounds", "mean_bounds", "volume_bounds"),
    "constraint": ("Constraint", "ConstraintSet", "constraint_sets", "load_constraint_set"),
    "course": (
        "Course",
        "Delivery",
        "Grade",
        "course_of_records",
        "course_of_regimen",
        "course_of_treatments",
    ),
    "course_file": ("read_course_file",),
    "course_sum": ("CourseSum", "accumulate"),
    "cumulative_limit": ("CumulativeLimit", "parse_limit", "parse_limits"),
    "errors": ("RtplanError", "RtplanLookupError", "RtplanTypeError", "RtplanValueError"),
    "evaluation": ("Evaluation",),
    "fraction_conversion": ("FractionConversion",),
    "interval": ("Interval", "add_months", "parse_date"),
    "known_answers": ("KnownCumulative", "known_cumulative", "known_value"),
    "matrix_file": ("read_matrix_file",),
    "names": ("NameDictionary", "assign", "structure_names"),
    "organ_record": ("OrganRecord",),
    "organ_row": ("OrganRow",),
    "plan_check": ("PlanCheck", "check_plan"),
    "plotting": ("OKABE_ITO", "Curve", "SliceView", "new_figure", "plot_dvhs", "plot_slice"),
    "point_sum": ("PointSum", "sum_courses"),
    "regimen_comparison": ("Crossing", "crossings", "eqd2_curve", "plot_regimens"),
    "regimen_effect": ("ModelParameters", "RegimenEffect", "regimen_effects"),
    "reirradiation": ("Reirradiation", "reirradiate"),
    "remaining": ("Remaining", "remaining_at_point"),
    "robustness": ("RegistrationUncertainty",),
    "target_distance": ("DistanceRule", "distance_rules"),
    "tissue_choice": ("TissueChoice", "parse_tissue", "parse_tissues", "read_tissue_file"),
    "verdict": ("Judgement", "Limit", "Verdict", "judge"),
}
"""Module and the public names it brings; the stub beside this file tells type checkers the same."""

_MODULE_OF = {name: module for module, names in _LOADED_WHEN_USED.items() for name in names}

__all__ = ["__version__"]
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
