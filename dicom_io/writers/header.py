"""What every written object shares: patient, study, series, identifiers, encoding.

Nothing here looks at a clock or a random source: identifiers come from the content, dates from the
caller, so equal content gives equal bytes.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, ExplicitVRLittleEndian
from pydicom.valuerep import format_number_as_ds

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomIoError, DicomReadError, DicomValueError
from dicom_io.objects import GridGeometry
from dicom_io.placing import written_beside

__all__ = [
    "IMPLEMENTATION_CLASS_UID",
    "ObjectHeader",
    "Patient",
    "SeriesHeader",
    "StudyHeader",
    "add_approval",
    "content_uid",
    "decimal",
    "decimals",
    "encoded",
    "finished",
    "header_like",
    "new_object",
    "orientation",
    "reference",
    "save",
]

FILE_VERSION = b"\x00\x01"
IMPLEMENTATION_VERSION_NAME = "RTPLAN_DICOM_1"
MANUFACTURER = "rtplan"
MODEL_NAME = "rtplan dicom_io"


@dataclass(frozen=True, kw_only=True)
class Patient:
    """Whom an object is about.

    Attributes
    ----------
    name : str
        DICOM person name, ``"Family^Given"``.
    patient_id : str
    birth_date : str
        YYYYMMDD or empty.
    sex : str
        ``"M"``, ``"F"``, ``"O"`` or empty.
    """

    name: str
    patient_id: str
    birth_date: str = ""
    sex: str = ""

    def __post_init__(self) -> None:
        _check_date(self.birth_date, "birth date")
        if self.sex not in {"M", "F", "O", ""}:
            raise DicomValueError("patient sex: M, F, O or empty is allowed")


@dataclass(frozen=True, kw_only=True)
class StudyHeader:
    """The study that an object belongs to; dates YYYYMMDD, times HHMMSS, both may be empty."""

    study_instance_uid: str
    study_id: str = ""
    date: str = ""
    time: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        _check_date(self.date, "study date")


@dataclass(frozen=True, kw_only=True)
class SeriesHeader:
    """The series that an object belongs to.

    Attributes
    ----------
    series_instance_uid : str
    number : int
    description : str
    date, time : str
        Of the object's making, YYYYMMDD and HHMMSS, or empty.
    body_part : str
        Body Part Examined, such as ``"PELVIS"``; images and registrations without one have to say which
        side they show.
    """

    series_instance_uid: str
    number: int = 1
    description: str = ""
    date: str = ""
    time: str = ""
    body_part: str = ""

    def __post_init__(self) -> None:
        _check_date(self.date, "series date")


@dataclass(frozen=True, kw_only=True)
class ObjectHeader:
    """Patient, study, series and frame of reference of one object to be written."""

    patient: Patient
    study: StudyHeader
    series: SeriesHeader
    frame_of_reference_uid: str


def _check_date(text: str, what: str) -> None:
    """Refuse a date that is not YYYYMMDD; the date itself stays out of the message."""
    if text and not (len(text) == 8 and text.isdigit()):
        raise DicomValueError(f"{what}: eight digits YYYYMMDD or nothing are allowed")


def content_uid(*parts: str | bytes) -> str:
    """Return a UID that is a function of `parts`: a name-based UUID under the root 2.25.

    Parameters
    ----------
    *parts : str or bytes
        What the UID stands for; the same parts in the same order give the same UID.

    Returns
    -------
    str
        At most 44 characters.

    Examples
    --------
    >>> content_uid("a series") == content_uid("a series"), content_uid("a", "bc") == content_uid("ab", "c")
    (True, False)
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    number = int.from_bytes(digest.digest()[:16], "big")
    number = number & ~(0xF << 76) | (8 << 76)  # UUID version 8: made from one's own content
    number = number & ~(0x3 << 62) | (0x2 << 62)  # the variant of RFC 9562
    return f"2.25.{number}"


IMPLEMENTATION_CLASS_UID = content_uid("rtplan dicom_io", "implementation class")


def decimal(value: float) -> str:
    """Return a decimal string (DS) of at most 16 characters; minus zero becomes zero.

    Examples
    --------
    >>> decimal(-0.0), decimal(1 / 3)
    ('0.0', '0.33333333333333')
    """
    number = float(value)
    if not np.isfinite(number):
        raise DicomValueError(f"{number} cannot be written as a decimal string")
    return format_number_as_ds(number + 0.0)


def decimals(values: ArrayLike) -> list[str]:
    """Return decimal strings of an array's values in row-major order."""
    flat: FloatArray = np.asarray(values, dtype=np.float64).ravel()
    return [decimal(value) for value in flat.tolist()]


def reference(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    """Return a sequence item that refers to an object."""
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class_uid
    item.ReferencedSOPInstanceUID = sop_instance_uid
    return item


def new_object(
    header: ObjectHeader,
    *,
    sop_class_uid: str,
    modality: str,
    transfer_syntax_uid: str = ExplicitVRLittleEndian,
) -> Dataset:
    """Return a dataset with the modules that all objects share; `finished` gives it its UID."""
    dataset = Dataset()
    dataset.file_meta = _file_meta(sop_class_uid, transfer_syntax_uid)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = sop_class_uid
    _add_patient_and_study(dataset, header.patient, header.study)
    _add_series(dataset, header.series, modality=modality)
    dataset.FrameOfReferenceUID = header.frame_of_reference_uid
    dataset.PositionReferenceIndicator = ""
    return dataset


def _file_meta(sop_class_uid: str, transfer_syntax_uid: str) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = FILE_VERSION
    meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    return meta


def _add_patient_and_study(dataset: Dataset, patient: Patient, study: StudyHeader) -> None:
    dataset.PatientName = patient.name
    dataset.PatientID = patient.patient_id
    dataset.PatientBirthDate = patient.birth_date
    dataset.PatientSex = patient.sex
    dataset.StudyInstanceUID = study.study_instance_uid
    dataset.StudyID = study.study_id
    dataset.StudyDate = study.date
    dataset.StudyTime = study.time
    dataset.StudyDescription = study.description
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""


def _add_series(dataset: Dataset, series: SeriesHeader, *, modality: str) -> None:
    dataset.Modality = modality
    dataset.SeriesInstanceUID = series.series_instance_uid
    dataset.SeriesNumber = series.number
    dataset.SeriesDescription = series.description
    dataset.SeriesDate = series.date
    dataset.SeriesTime = series.time
    dataset.OperatorsName = ""
    if series.body_part:
        dataset.BodyPartExamined = series.body_part
    dataset.Manufacturer = MANUFACTURER
    dataset.ManufacturerModelName = MODEL_NAME
    dataset.DeviceSerialNumber = "0"
    dataset.SoftwareVersions = IMPLEMENTATION_VERSION_NAME


def header_like(file: Path | bytes, *, series: SeriesHeader) -> ObjectHeader:
    """Return a header for an object that belongs to the patient, study and frame of reference of a file.

    Parameters
    ----------
    file : Path or bytes
        A DICOM file or its content, such as the RTDOSE that a derived dose is made of.
    series : SeriesHeader
        The new object's own.

    Raises
    ------
    DicomReadError
        When the file is no DICOM file with a patient, a study and a frame of reference.
    """
    try:
        source = io.BytesIO(file) if isinstance(file, bytes) else file
        found = dcmread(source, stop_before_pixels=True)
        return ObjectHeader(
            patient=Patient(
                name=str(found.PatientName),
                patient_id=str(found.PatientID),
                birth_date=str(found.PatientBirthDate or ""),
                sex=str(found.PatientSex or ""),
            ),
            study=StudyHeader(
                study_instance_uid=str(found.StudyInstanceUID),
                study_id=str(found.get("StudyID") or ""),
                date=str(found.get("StudyDate") or ""),
                time=str(found.get("StudyTime") or ""),
                description=str(found.get("StudyDescription") or ""),
            ),
            series=series,
            frame_of_reference_uid=str(found.FrameOfReferenceUID),
        )
    except (OSError, InvalidDicomError, AttributeError):
        name = "content" if isinstance(file, bytes) else file.name
        raise DicomReadError(
            f"{name}: no DICOM file with patient, study and frame of reference to go with"
        ) from None


def add_approval(dataset: Dataset, *, status: str, date: str, time: str, reviewer: str) -> None:
    """Add the approval module; a reviewed object has to say when and by whom."""
    dataset.ApprovalStatus = status
    if status != "UNAPPROVED":
        dataset.ReviewDate, dataset.ReviewTime = date, time
        dataset.ReviewerName = reviewer


def finished(dataset: Dataset) -> Dataset:
    """Give an object the UID that its own content determines, and return it."""
    _set_uid(dataset, content_uid("not known yet"))
    _set_uid(dataset, content_uid("object", encoded(dataset)))
    return dataset


def _set_uid(dataset: Dataset, uid: str) -> None:
    dataset.SOPInstanceUID = uid
    dataset.file_meta.MediaStorageSOPInstanceUID = UID(uid)


def encoded(dataset: Dataset) -> bytes:
    """Return the bytes of the DICOM file that the object makes."""
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def save(dataset: Dataset, path: Path, *, overwrite: bool = False) -> None:
    """Write an object to a file, whole or not at all.

    Parameters
    ----------
    dataset : Dataset
        As a writer of this package returned it.
    path : Path
        The folder must be there.
    overwrite : bool
        Without it a file that is there already is left alone.

    Raises
    ------
    DicomIoError
        When the file is there already, or cannot be written.
    """
    if path.exists() and not overwrite:
        raise DicomIoError(f"{path.name} is there already and is not overwritten without being told to")
    if path.exists() and not path.is_file():
        raise DicomIoError(f"{path.name} is a folder, a pipe or a device; a file name is needed")
    try:
        beside = written_beside(path, encoded(dataset))
        try:
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as problem:
        raise DicomIoError(f"{path.name} could not be written: {problem.strerror}") from None


def orientation(geometry: GridGeometry) -> list[str]:
    """Return Image Orientation (Patient): the direction of a row, then that of a column."""
    return decimals(np.concatenate([geometry.row_direction, geometry.column_direction]))
