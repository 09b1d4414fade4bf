"""Polygons in planes, and the solids that they fill.

Exact areas, nesting, slabs half-way to the neighbouring plane; knows neither dose nor files.
"""

from __future__ import annotations

from dicom_io.contours.between_planes import END_CAPS, solid_of
from dicom_io.contours.overlays import LATTICE_MM, border, loops_of, overlay
from dicom_io.contours.plane_distance import Border, along_edges, border_distances, signed_distances
from dicom_io.contours.plane_grid import FAR_MM, PlaneGrid, zero_lines
from dicom_io.contours.planes import SAME_PLANE_MM
from dicom_io.contours.polygons import crosses, inside
from dicom_io.contours.ragged import expand, tally
from dicom_io.contours.raster import Coverage, cover
from dicom_io.contours.slabs import SlabStack
from dicom_io.contours.spacing import LARGEST_GAP

__all__ = [
    "END_CAPS",
    "FAR_MM",
    "LARGEST_GAP",
    "LATTICE_MM",
    "SAME_PLANE_MM",
    "Border",
    "Coverage",
    "PlaneGrid",
    "SlabStack",
    "along_edges",
    "border",
    "border_distances",
    "cover",
    "crosses",
    "expand",
    "inside",
    "loops_of",
    "overlay",
    "signed_distances",
    "solid_of",
    "tally",
    "zero_lines",
]
