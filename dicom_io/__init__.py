"""DICOM-RT files to arrays and back: geometry, contours, dose grids, DVHs.

Each name loads its module when first used, so that importing this package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

_LOADED_WHEN_USED: dict[str, tuple[str, ...]] = {
    "contours": (
        "END_CAPS",
        "SlabStack",
        "solid_of",
    ),
    "dvh": (
        "DVH",
        "DVHExport",
        "ExportedPlan",
        "Metric",
        "MetricValue",
        "StoredDVH",
        "compute_dvh",
        "compute_dvhs",
    ),
    "errors": (
        "AmbiguousStudyError",
        "ContradictionError",
        "DicomIoError",
        "DicomReadError",
        "DicomValueError",
        "FolderNotEmptyError",
        "MissingObjectError",
        "NoSuchFolderError",
        "NoSuchStructureError",
    ),
    "objects": (
        "Beam",
        "Contour",
        "DeformableTransform",
        "DoseGrid",
        "FractionGroup",
        "GridField",
        "GridGeometry",
        "InvertedPoints",
        "Plan",
        "Prescription",
        "ReferenceDose",
        "RigidTransform",
        "ScalarField",
        "Structure",
        "StructureSet",
        "find_transform",
        "identity",
        "stack_planes",
        "sum_doses",
    ),
    "placing": (
        "LEFTOVER_PREFIX",
        "is_leftover",
        "written_beside",
    ),
    "readers": (
        "DoseHeader",
        "EffectiveGrid",
        "read_deformable_registration",
        "read_dose",
        "read_dose_geometry",
        "read_dose_header",
        "read_dvh_text",
        "read_effective_dose",
        "read_plan",
        "read_registration",
        "read_stored_dvhs",
        "read_structure_set",
    ),
    "shapes": (
        "Derived",
        "Distance",
        "Measured",
        "StructureShape",
        "SurfaceDistance",
        "combine_structures",
        "contract_structure",
        "distance",
        "expand_structure",
        "measure_shape",
        "surface_distance",
    ),
    "study": (
        "DoseEntry",
        "ImageSeries",
        "PlanEntry",
        "RegistrationEntry",
        "SourceFile",
        "StructureSetEntry",
        "Study",
        "TreatmentRecordEntry",
        "TreatmentSet",
        "load_study",
    ),
    "wording": ("number_text",),
}
"""Room and the public names that it brings; the stub beside this file tells type checkers the same."""

_MODULE_OF = {name: module for module, names in _LOADED_WHEN_USED.items() for name in names}

__all__ = list(_MODULE_OF)


def __getattr__(name: str) -> Any:
    """Load the module that brings a name when the name is first used."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"dicom_io.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List every public name, loaded or not."""
    return sorted(set(globals()) | set(__all__))
