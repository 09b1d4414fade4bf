"""Readers of DICOM-RT objects, one object each."""

from __future__ import annotations

from dicom_io.readers.dvh_text import read_dvh_text
from dicom_io.readers.effective_dose import EffectiveGrid, read_effective_dose
from dicom_io.readers.registration import read_deformable_registration, read_registration
from dicom_io.readers.rtdose import DoseHeader, read_dose, read_dose_geometry, read_dose_header
from dicom_io.readers.rtplan import read_plan
from dicom_io.readers.rtstruct import read_structure_set
from dicom_io.readers.stored_dvh import read_stored_dvhs

__all__ = [
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
]
