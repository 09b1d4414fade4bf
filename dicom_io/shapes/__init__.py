"""Structures measured and made: size, surface, distances, margins, union, intersection and difference."""

from __future__ import annotations

from dicom_io.shapes.boolean import combine_structures, common_part
from dicom_io.shapes.derived import Derived
from dicom_io.shapes.distances import Distance, distance
from dicom_io.shapes.expansion import LARGEST_MARGIN_MM, contract_structure, expand_structure
from dicom_io.shapes.measure import Measured, StructureShape, measure_shape
from dicom_io.shapes.surfaces import SurfaceDistance, surface_distance

__all__ = [
    "LARGEST_MARGIN_MM",
    "Derived",
    "Distance",
    "Measured",
    "StructureShape",
    "SurfaceDistance",
    "combine_structures",
    "common_part",
    "contract_structure",
    "distance",
    "expand_structure",
    "measure_shape",
    "surface_distance",
]
