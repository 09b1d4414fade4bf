"""A folder or archive of DICOM files as linked and checked objects, and one treatment chosen from it."""

from __future__ import annotations

from dicom_io.study.entries import (
    DoseEntry,
    ImageSeries,
    PlanEntry,
    RegistrationEntry,
    StructureSetEntry,
    TreatmentRecordEntry,
)
from dicom_io.study.listing import ListedFile, list_files
from dicom_io.study.selection import SourceFile, TreatmentSet
from dicom_io.study.study import Study, load_study

__all__ = [
    "DoseEntry",
    "ImageSeries",
    "ListedFile",
    "PlanEntry",
    "RegistrationEntry",
    "SourceFile",
    "StructureSetEntry",
    "Study",
    "TreatmentRecordEntry",
    "TreatmentSet",
    "list_files",
    "load_study",
]
