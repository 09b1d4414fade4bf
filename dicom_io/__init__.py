"""DICOM-RT files to arrays and back: geometry, contours, dose grids, DVHs."""

from __future__ import annotations

from dicom_io.combination import combine_structures
from dicom_io.deformation import DeformableTransform, InvertedPoints
from dicom_io.derived import Derived
from dicom_io.dose import DoseGrid, stack_planes, sum_doses
from dicom_io.dvh import DVH, compute_dvh, compute_dvhs
from dicom_io.entries import (
    DoseEntry,
    ImageSeries,
    PlanEntry,
    RegistrationEntry,
    StructureSetEntry,
    TreatmentRecordEntry,
)
from dicom_io.errors import (
    AmbiguousStudyError,
    ContradictionError,
    DicomIoError,
    DicomReadError,
    DicomValueError,
    MissingObjectError,
)
from dicom_io.expansion import contract_structure, expand_structure
from dicom_io.field import GridField, ScalarField
from dicom_io.geometry import GridGeometry
from dicom_io.margins import Distance, distance
from dicom_io.metric import Metric, MetricValue
from dicom_io.outlines import END_CAPS, solid_of
from dicom_io.plan import Beam, FractionGroup, Plan, Prescription, ReferenceDose
from dicom_io.readers import (
    DoseHeader,
    EffectiveGrid,
    read_deformable_registration,
    read_dose,
    read_dose_geometry,
    read_dose_header,
    read_dvh_text,
    read_effective_dose,
    read_plan,
    read_registration,
    read_stored_dvhs,
    read_structure_set,
)
from dicom_io.registration import RigidTransform, find_transform, identity
from dicom_io.selection import SourceFile, TreatmentSet
from dicom_io.shape import Measured, StructureShape, measure_shape
from dicom_io.slabs import SlabStack
from dicom_io.stored_curve import DVHExport, ExportedPlan, StoredDVH
from dicom_io.structure import Contour, Structure, StructureSet
from dicom_io.study import Study, load_study
from dicom_io.surface_distance import SurfaceDistance, surface_distance

__all__ = [
    "DVH",
    "END_CAPS",
    "AmbiguousStudyError",
    "Beam",
    "Contour",
    "ContradictionError",
    "DVHExport",
    "DeformableTransform",
    "Derived",
    "DicomIoError",
    "DicomReadError",
    "DicomValueError",
    "Distance",
    "DoseEntry",
    "DoseGrid",
    "DoseHeader",
    "EffectiveGrid",
    "ExportedPlan",
    "FractionGroup",
    "GridField",
    "GridGeometry",
    "ImageSeries",
    "InvertedPoints",
    "Measured",
    "Metric",
    "MetricValue",
    "MissingObjectError",
    "Plan",
    "PlanEntry",
    "Prescription",
    "ReferenceDose",
    "RegistrationEntry",
    "RigidTransform",
    "ScalarField",
    "SlabStack",
    "SourceFile",
    "StoredDVH",
    "Structure",
    "StructureSet",
    "StructureSetEntry",
    "StructureShape",
    "Study",
    "SurfaceDistance",
    "TreatmentRecordEntry",
    "TreatmentSet",
    "combine_structures",
    "compute_dvh",
    "compute_dvhs",
    "contract_structure",
    "distance",
    "expand_structure",
    "find_transform",
    "identity",
    "load_study",
    "measure_shape",
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
    "solid_of",
    "stack_planes",
    "sum_doses",
    "surface_distance",
]
