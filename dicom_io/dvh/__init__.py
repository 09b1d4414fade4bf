"""From a structure and a field to a histogram, with a half-width on each metric.

The engine takes geometry, values and coverage; it knows no radiobiology and no file.
"""

from __future__ import annotations

from dicom_io.dvh.cores import side_by_side
from dicom_io.dvh.engine import compute_dvh, compute_dvhs
from dicom_io.dvh.falloff import maximum_beyond
from dicom_io.dvh.histogram import DVH
from dicom_io.dvh.interpolation import ComposedField, displacement_shift, interpolation_shift
from dicom_io.dvh.metric import Metric, MetricValue
from dicom_io.dvh.statements import statement_fault
from dicom_io.dvh.stored import DVHExport, ExportedPlan, StoredDVH, curve_fault

__all__ = [
    "DVH",
    "ComposedField",
    "DVHExport",
    "ExportedPlan",
    "Metric",
    "MetricValue",
    "StoredDVH",
    "compute_dvh",
    "compute_dvhs",
    "curve_fault",
    "displacement_shift",
    "interpolation_shift",
    "maximum_beyond",
    "side_by_side",
    "statement_fault",
]
