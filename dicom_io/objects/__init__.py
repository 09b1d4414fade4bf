"""What DICOM-RT objects say, as plain frozen values.

Geometry, field, dose, structure, plan, patient, transforms. Nothing here opens a file.
"""

from __future__ import annotations

from dicom_io.objects.deformable_transform import DeformableTransform, InvertedPoints
from dicom_io.objects.dose import DoseGrid, stack_planes, sum_doses
from dicom_io.objects.field import EDGE_TOLERANCE_MM, GridField, ScalarField
from dicom_io.objects.geometry import GridGeometry
from dicom_io.objects.patient import PatientIdentity
from dicom_io.objects.plan import Beam, FractionGroup, Plan, Prescription, ReferenceDose
from dicom_io.objects.rigid_transform import RigidTransform, find_chain, find_transform, identity
from dicom_io.objects.structure import Contour, ImageSlices, Structure, StructureSet

__all__ = [
    "EDGE_TOLERANCE_MM",
    "Beam",
    "Contour",
    "DeformableTransform",
    "DoseGrid",
    "FractionGroup",
    "GridField",
    "GridGeometry",
    "ImageSlices",
    "InvertedPoints",
    "PatientIdentity",
    "Plan",
    "Prescription",
    "ReferenceDose",
    "RigidTransform",
    "ScalarField",
    "Structure",
    "StructureSet",
    "find_chain",
    "find_transform",
    "identity",
    "stack_planes",
    "sum_doses",
]
