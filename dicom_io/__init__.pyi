from dicom_io.contours import END_CAPS as END_CAPS
from dicom_io.contours import SlabStack as SlabStack
from dicom_io.contours import solid_of as solid_of
from dicom_io.dvh import DVH as DVH
from dicom_io.dvh import DVHExport as DVHExport
from dicom_io.dvh import ExportedPlan as ExportedPlan
from dicom_io.dvh import Metric as Metric
from dicom_io.dvh import MetricValue as MetricValue
from dicom_io.dvh import StoredDVH as StoredDVH
from dicom_io.dvh import compute_dvh as compute_dvh
from dicom_io.dvh import compute_dvhs as compute_dvhs
from dicom_io.errors import AmbiguousStudyError as AmbiguousStudyError
from dicom_io.errors import ContradictionError as ContradictionError
from dicom_io.errors import DicomIoError as DicomIoError
from dicom_io.errors import DicomReadError as DicomReadError
from dicom_io.errors import DicomValueError as DicomValueError
from dicom_io.errors import FolderNotEmptyError as FolderNotEmptyError
from dicom_io.errors import MissingObjectError as MissingObjectError
from dicom_io.errors import NoSuchFolderError as NoSuchFolderError
from dicom_io.errors import NoSuchStructureError as NoSuchStructureError
from dicom_io.objects import Beam as Beam
from dicom_io.objects import Contour as Contour
from dicom_io.objects import DeformableTransform as DeformableTransform
from dicom_io.objects import DoseGrid as DoseGrid
from dicom_io.objects import FractionGroup as FractionGroup
from dicom_io.objects import GridField as GridField
from dicom_io.objects import GridGeometry as GridGeometry
from dicom_io.objects import InvertedPoints as InvertedPoints
from dicom_io.objects import Plan as Plan
from dicom_io.objects import Prescription as Prescription
from dicom_io.objects import ReferenceDose as ReferenceDose
from dicom_io.objects import RigidTransform as RigidTransform
from dicom_io.objects import ScalarField as ScalarField
from dicom_io.objects import Structure as Structure
from dicom_io.objects import StructureSet as StructureSet
from dicom_io.objects import find_transform as find_transform
from dicom_io.objects import identity as identity
from dicom_io.objects import stack_planes as stack_planes
from dicom_io.objects import sum_doses as sum_doses
from dicom_io.placing import LEFTOVER_PREFIX as LEFTOVER_PREFIX
from dicom_io.placing import is_leftover as is_leftover
from dicom_io.placing import written_beside as written_beside
from dicom_io.readers import DoseHeader as DoseHeader
from dicom_io.readers import EffectiveGrid as EffectiveGrid
from dicom_io.readers import read_deformable_registration as read_deformable_registration
from dicom_io.readers import read_dose as read_dose
from dicom_io.readers import read_dose_geometry as read_dose_geometry
from dicom_io.readers import read_dose_header as read_dose_header
from dicom_io.readers import read_dvh_text as read_dvh_text
from dicom_io.readers import read_effective_dose as read_effective_dose
from dicom_io.readers import read_plan as read_plan
from dicom_io.readers import read_registration as read_registration
from dicom_io.readers import read_stored_dvhs as read_stored_dvhs
from dicom_io.readers import read_structure_set as read_structure_set
from dicom_io.shapes import Derived as Derived
from dicom_io.shapes import Distance as Distance
from dicom_io.shapes import Measured as Measured
from dicom_io.shapes import StructureShape as StructureShape
from dicom_io.shapes import SurfaceDistance as SurfaceDistance
from dicom_io.shapes import combine_structures as combine_structures
from dicom_io.shapes import contract_structure as contract_structure
from dicom_io.shapes import distance as distance
from dicom_io.shapes import expand_structure as expand_structure
from dicom_io.shapes import measure_shape as measure_shape
from dicom_io.shapes import surface_distance as surface_distance
from dicom_io.study import DoseEntry as DoseEntry
from dicom_io.study import ImageSeries as ImageSeries
from dicom_io.study import PlanEntry as PlanEntry
from dicom_io.study import RegistrationEntry as RegistrationEntry
from dicom_io.study import SourceFile as SourceFile
from dicom_io.study import StructureSetEntry as StructureSetEntry
from dicom_io.study import Study as Study
from dicom_io.study import TreatmentRecordEntry as TreatmentRecordEntry
from dicom_io.study import TreatmentSet as TreatmentSet
from dicom_io.study import load_study as load_study
from dicom_io.wording import number_text as number_text

__all__ = [
    "DVH",
    "END_CAPS",
    "LEFTOVER_PREFIX",
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
    "FolderNotEmptyError",
    "FractionGroup",
    "GridField",
    "GridGeometry",
    "ImageSeries",
    "InvertedPoints",
    "Measured",
    "Metric",
    "MetricValue",
    "MissingObjectError",
    "NoSuchFolderError",
    "NoSuchStructureError",
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
    "is_leftover",
    "load_study",
    "measure_shape",
    "number_text",
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
    "written_beside",
]
