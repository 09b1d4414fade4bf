"""Writers of DICOM objects, one kind each; equal content gives equal bytes."""

from __future__ import annotations

from dicom_io.writers.ct import ct_objects
from dicom_io.writers.header import (
    ObjectHeader,
    Patient,
    SeriesHeader,
    StudyHeader,
    content_uid,
    encoded,
    header_like,
    save,
)
from dicom_io.writers.registration import ReferencedImages, RegistrationItem, registration_object
from dicom_io.writers.rtdose import DoseAttributes, dose_object
from dicom_io.writers.rtplan import BeamContent, PlanContent, plan_object
from dicom_io.writers.rtstruct import ImageSeries, structure_set_object

__all__ = [
    "BeamContent",
    "DoseAttributes",
    "ImageSeries",
    "ObjectHeader",
    "Patient",
    "PlanContent",
    "ReferencedImages",
    "RegistrationItem",
    "SeriesHeader",
    "StudyHeader",
    "content_uid",
    "ct_objects",
    "dose_object",
    "encoded",
    "header_like",
    "plan_object",
    "registration_object",
    "save",
    "structure_set_object",
]
