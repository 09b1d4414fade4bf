"""Readers of DICOM-RT objects and of planning systems' text exports, one object each."""

from __future__ import annotations

from dicom_io.readers.data_set_hash import data_set_sha256
from dicom_io.readers.dataset import (
    code,
    date,
    looks_like_dicom,
    reading,
    referenced_uids,
    text,
    told_code,
    uid,
)
from dicom_io.readers.dvh_text import dose_unit, read_dvh_text
from dicom_io.readers.effective_dose import EffectiveGrid, read_effective_dose
from dicom_io.readers.grid import grid_geometry
from dicom_io.readers.image import (
    IMAGE,
    MULTI_FRAME,
    ImageHeader,
    image_header,
    read_image,
    series_geometry,
    slices_of,
)
from dicom_io.readers.image_walk import walked_header
from dicom_io.readers.inflation import may_be_deflated, refuse_inflation
from dicom_io.readers.registration import (
    DEFORMABLE,
    SPATIAL_REGISTRATION,
    read_deformable_registration,
    read_registration,
)
from dicom_io.readers.rtdose import (
    NOT_PHYSICAL_CREATOR,
    NOT_PHYSICAL_ELEMENT,
    NOT_PHYSICAL_GROUP,
    RT_DOSE,
    DoseHeader,
    dose_header,
    read_dose,
    read_dose_geometry,
    read_dose_header,
)
from dicom_io.readers.rtplan import RT_PLAN, prescriptions, read_plan
from dicom_io.readers.rtstruct import RT_STRUCTURE_SET, frames_of_reference, read_structure_set
from dicom_io.readers.stored_dvh import read_stored_dvhs
from dicom_io.readers.treatment import TREATMENT_RECORD, TreatmentRecord, read_treatment_record

__all__ = [
    "DEFORMABLE",
    "IMAGE",
    "MULTI_FRAME",
    "NOT_PHYSICAL_CREATOR",
    "NOT_PHYSICAL_ELEMENT",
    "NOT_PHYSICAL_GROUP",
    "RT_DOSE",
    "RT_PLAN",
    "RT_STRUCTURE_SET",
    "SPATIAL_REGISTRATION",
    "TREATMENT_RECORD",
    "DoseHeader",
    "EffectiveGrid",
    "ImageHeader",
    "TreatmentRecord",
    "code",
    "data_set_sha256",
    "date",
    "dose_header",
    "dose_unit",
    "frames_of_reference",
    "grid_geometry",
    "image_header",
    "looks_like_dicom",
    "may_be_deflated",
    "prescriptions",
    "read_deformable_registration",
    "read_dose",
    "read_dose_geometry",
    "read_dose_header",
    "read_dvh_text",
    "read_effective_dose",
    "read_image",
    "read_plan",
    "read_registration",
    "read_stored_dvhs",
    "read_structure_set",
    "read_treatment_record",
    "reading",
    "referenced_uids",
    "refuse_inflation",
    "series_geometry",
    "slices_of",
    "text",
    "told_code",
    "uid",
    "walked_header",
]
