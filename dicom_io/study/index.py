"""The headers of all DICOM objects among some files, sorted by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from dicom_io.errors import DicomIoError
from dicom_io.objects import PatientIdentity
from dicom_io.readers import (
    IMAGE,
    MULTI_FRAME,
    RT_DOSE,
    RT_PLAN,
    RT_STRUCTURE_SET,
    SPATIAL_REGISTRATION,
    TREATMENT_RECORD,
    code,
    looks_like_dicom,
    may_be_deflated,
    reading,
    refuse_inflation,
    text,
    told_code,
    uid,
    walked_header,
)
from dicom_io.study.files import StoredFile

__all__ = ["Found", "Index", "index_files"]

_KINDS = {
    "plan": RT_PLAN,
    "structures": RT_STRUCTURE_SET,
    "dose": RT_DOSE,
    "registration": SPATIAL_REGISTRATION,
    "record": TREATMENT_RECORD,
    "image": IMAGE,
}
_START = 4096
_WALKED = 2**15
"""So much more is read of a file at once; headers of images end before."""
_DIRECTORY = "1.2.840.10008.1.3.10"

_HEADER = [
    "SOPClassUID", "SOPInstanceUID", "Modality", "PatientID", "PatientBirthDate", "PatientSex",
    "SeriesInstanceUID", "FrameOfReferenceUID", "InstanceCreationDate", "ContentDate", "SeriesDate",
    "StudyDate", "PatientPosition", "SliceThickness", "ImagePositionPatient", "ImageOrientationPatient",
    "PixelSpacing", "Rows", "Columns", "NumberOfFrames", "GridFrameOffsetVector",
    "DoseUnits", "DoseType", "DoseSummationType", "ReferencedRTPlanSequence",
    "ReferencedStructureSetSequence", "DVHSequence", "StructureSetDate", "StructureSetROISequence",
    "ReferencedFrameOfReferenceSequence", "RTPlanLabel", "RTPlanDate", "DoseReferenceSequence",
    "TreatmentDate", "RegistrationSequence",
]  # fmt: skip
"""All that linking and labelling need; everything else is skipped over in the file."""
_WANTED = {int(tag): tag for tag in map(Tag, ["SpecificCharacterSet", *_HEADER])}


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """The header of one object.

    Attributes
    ----------
    kind : str
        ``"plan"``, ``"structures"``, ``"dose"``, ``"registration"``, ``"record"`` or ``"image"``.
    uid : str
        SOP instance UID.
    header : Dataset
    patient : PatientIdentity
    file : StoredFile
    """

    kind: str
    uid: str
    header: Dataset = field(repr=False)
    patient: PatientIdentity
    file: StoredFile


@dataclass(frozen=True, kw_only=True, eq=False)
class Index:
    """What some files hold.

    Attributes
    ----------
    found : tuple of Found
    findings : tuple of str
        Files that are no DICOM, damaged, of no use here, or copies.
    """

    found: tuple[Found, ...]
    findings: tuple[str, ...]


def index_files(files: Sequence[StoredFile]) -> Index:
    """Return the headers of all objects of use, and in words what became of the other files."""
    found: list[Found] = []
    findings: list[str] = []
    others = Counter[str]()
    for file in files:
        try:
            header = _header(file)
        except DicomIoError as error:
            findings.append(f"{file.name}: {error}")
            continue
        if header is None:
            others["not DICOM"] += 1
            continue
        kind = _kind(header)
        if kind is None:
            others[_unused(header)] += 1
            continue
        found.append(_found(kind, header, file))
    findings.extend(f"{count} of {len(files)} files are {what}" for what, count in others.items())
    unique, copies = _without_copies(found)
    return Index(found=unique, findings=(*findings, *copies))


def _header(file: StoredFile) -> Dataset | None:
    """Return the header of a file; None when it is no DICOM object."""
    with reading("file"), file.open() as opened:
        start = opened.read(_START)
        start += opened.read(_WALKED)
        walked = walked_header(start, _WANTED, IMAGE.keys())
        if walked is not None:
            return walked
        if not looks_like_dicom(start[:132]):
            return None
        if may_be_deflated(start[:_START]):
            refuse_inflation(start + opened.read())
        opened.seek(0)
        dataset = dcmread(opened, stop_before_pixels=True, force=True, specific_tags=list(_HEADER))
        # pydicom leaves values raw until they are asked for; asking here finds the damage here.
        for keyword in ("SOPClassUID", "SOPInstanceUID", "Modality"):
            text(dataset, keyword)
        return dataset


def _kind(header: Dataset) -> str | None:
    with reading("header"):
        sop_class, modality = uid(header, "SOPClassUID"), code(header, "Modality")
    for kind, classes in _KINDS.items():
        if sop_class in classes or (not sop_class and modality in classes.values()):
            return kind
    return None


def _unused(header: Dataset) -> str:
    """Say what a DICOM object is that is not used."""
    with reading("header"):
        multi_frame = MULTI_FRAME.get(uid(header, "SOPClassUID"))
    if multi_frame:
        return f"{multi_frame} of many frames, which is not read: export one file for each slice"
    return f"of modality {_modality(header)}, not used here"


def _modality(header: Dataset) -> str:
    with reading("header"):
        if getattr(header, "file_meta", {}).get("MediaStorageSOPClassUID") == _DIRECTORY:
            return "DICOMDIR"
        modality = code(header, "Modality")
        return told_code(modality) if modality else "unknown"


def _found(kind: str, header: Dataset, file: StoredFile) -> Found:
    with reading("header"):
        patient = PatientIdentity(
            patient_id=text(header, "PatientID"),
            birth_date=text(header, "PatientBirthDate"),
            sex=text(header, "PatientSex"),
        )
        own_uid = uid(header, "SOPInstanceUID")
    return Found(kind=kind, uid=own_uid, header=header, patient=patient, file=file)


def _without_copies(found: Sequence[Found]) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """Return each object once: files of one UID and one content are copies, of one UID only a fault."""
    times = Counter(item.uid for item in found)
    kept: dict[tuple[str, str], Found] = {}
    for item in found:
        content = item.file.sha256 if times[item.uid] > 1 else ""
        kept.setdefault((item.uid, content), item)
    findings = []
    if len(kept) < len(found):
        findings.append(f"{len(found) - len(kept)} files are copies of others and are read once")
    distinct = Counter(uid for uid, _ in kept)
    clashing = sum(count for count in distinct.values() if count > 1)
    if clashing:
        findings.append(
            f"{clashing} files differ in content but share SOP instance UIDs, which must be unique"
        )
    return tuple(kept.values()), tuple(findings)
