"""DICOM-RT objects made for tests: small, valid unless told otherwise, of one made-up patient."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import config
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

FRAME = "1.2.826.0.1.100"
PLAN = "1.2.826.0.1.5.1111"
STRUCTURES = "1.2.826.0.1.3.2222"
DOSE = "1.2.826.0.1.2.3333"

PATIENT = {
    "PatientName": "Zzsurname^Zzgiven",
    "PatientID": "ZZID-4711",
    "PatientBirthDate": "19480229",
    "PatientSex": "F",
}
SECRETS = ("Zzsurname", "Zzgiven", "ZZID-4711", "19480229")
"""None of this may appear in any message."""

SYNTAXES = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
}


def filled(**attributes: Any) -> Dataset:
    """Return a data set with these attributes; None leaves one out."""
    return _changed(Dataset(), attributes)


def _changed(dataset: Dataset, changes: Mapping[str, Any]) -> Dataset:
    """Set attributes, values that break the DICOM rules included."""
    with config.disable_value_validation():
        for keyword, value in changes.items():
            if value is not None:
                setattr(dataset, keyword, value)
            elif keyword in dataset:
                delattr(dataset, keyword)
    return dataset


def dose(
    values: np.ndarray | None = None,
    *,
    scaling: float = 0.01,
    bits: int = 32,
    plan_uid: str | None = PLAN,
    beams: Sequence[int] = (),
    fraction_group: int | None = None,
    **changes: Any,
) -> Dataset:
    """Return an RT Dose; `values` are the stored integers, [frame, row, column]."""
    stored = np.arange(2 * 3 * 4).reshape(2, 3, 4) if values is None else np.asarray(values)
    frames, rows, columns = stored.shape
    dataset = filled(
        **PATIENT,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.481.2",
        SOPInstanceUID=DOSE,
        Modality="RTDOSE",
        InstanceCreationDate="20230501",
        FrameOfReferenceUID=FRAME,
        ImagePositionPatient=[-10, -20, 30],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        PixelSpacing=[2, 3],
        Rows=rows,
        Columns=columns,
        NumberOfFrames=frames,
        GridFrameOffsetVector=[2.5 * frame for frame in range(frames)],
        BitsAllocated=bits,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelRepresentation=0,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        DoseUnits="GY",
        DoseType="PHYSICAL",
        DoseSummationType="PLAN",
        DoseGridScaling=scaling,
    )
    if plan_uid is not None:
        reference = filled(
            ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.481.5", ReferencedSOPInstanceUID=plan_uid
        )
        if beams or fraction_group is not None:
            group = filled(ReferencedFractionGroupNumber=1 if fraction_group is None else fraction_group)
            if beams:
                group.ReferencedBeamSequence = [filled(ReferencedBeamNumber=beam) for beam in beams]
            reference.ReferencedFractionGroupSequence = [group]
        dataset.ReferencedRTPlanSequence = [reference]
    dataset.PixelData = stored.astype(f"<u{bits // 8}").tobytes()
    dataset["PixelData"].VR = "OW"
    return _changed(dataset, changes)


def square(z: float, half: float = 5.0) -> list[list[float]]:
    """Return the corners of a square about the z axis."""
    return [[-half, -half, z], [half, -half, z], [half, half, z], [-half, half, z]]


def roi(
    number: int,
    name: str,
    contours: Sequence[Any],
    *,
    kind: str = "CLOSED_PLANAR",
    frame: str | None = FRAME,
) -> dict[str, Any]:
    """Return one structure for `structure_set`; a contour is a list of points or a ready ContourData text."""
    return {"number": number, "name": name, "contours": contours, "kind": kind, "frame": frame}


def structure_set(rois: Sequence[Mapping[str, Any]] | None = None, **changes: Any) -> Dataset:
    """Return an RT Structure Set."""
    rois = [roi(1, "cord", [square(z) for z in (0, 2.5, 5)])] if rois is None else rois
    dataset = filled(
        **PATIENT,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.481.3",
        SOPInstanceUID=STRUCTURES,
        Modality="RTSTRUCT",
        StructureSetLabel="set",
        StructureSetDate="20230430",
    )
    dataset.StructureSetROISequence = [
        filled(ROINumber=item["number"], ROIName=item["name"], ReferencedFrameOfReferenceUID=item["frame"])
        for item in rois
    ]
    dataset.ROIContourSequence = [_roi_contours(item) for item in rois]
    dataset.RTROIObservationsSequence = [
        filled(
            ObservationNumber=item["number"], ReferencedROINumber=item["number"], RTROIInterpretedType="ORGAN"
        )
        for item in rois
    ]
    return _changed(dataset, changes)


def _roi_contours(item: Mapping[str, Any]) -> Dataset:
    found = filled(ReferencedROINumber=item["number"])
    sequence = []
    for contour in item["contours"]:
        drawn = filled(ContourGeometricType=item["kind"], NumberOfContourPoints=len(contour))
        drawn.ContourData = [round(float(x), 4) for point in contour for x in point]
        sequence.append(drawn)
    if sequence:
        found.ContourSequence = sequence
    return found


def _beam_dose(prescription: float | None, n_fractions: int | None, beams: Sequence[int]) -> float:
    """Dose of a beam in each fraction such that all together give the prescription."""
    return round((prescription or 50.4) / (n_fractions or 1) / len(beams), 6)


def plan(
    *,
    prescription: float | None = 50.4,
    groups: Mapping[int, tuple[int | None, Sequence[int]]] | None = None,
    setup_beams: Sequence[int] = (),
    **changes: Any,
) -> Dataset:
    """Return an RT Plan; `groups` maps a fraction group to its fractions and its beams."""
    groups = {1: (28, (1, 2))} if groups is None else groups
    dataset = filled(
        **PATIENT,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.481.5",
        SOPInstanceUID=PLAN,
        Modality="RTPLAN",
        RTPlanLabel="pelvis",
        RTPlanDate="20230501",
        FrameOfReferenceUID=FRAME,
        ReferencedStructureSetSequence=[filled(ReferencedSOPInstanceUID=STRUCTURES)],
    )
    if prescription is not None:
        dataset.DoseReferenceSequence = [
            filled(
                DoseReferenceNumber=1,
                DoseReferenceStructureType="SITE",
                DoseReferenceType="TARGET",
                TargetPrescriptionDose=prescription,
            )
        ]
    dataset.FractionGroupSequence = [
        filled(
            FractionGroupNumber=number,
            NumberOfFractionsPlanned=n_fractions,
            NumberOfBeams=len(beams),
            ReferencedBeamSequence=[
                filled(ReferencedBeamNumber=beam, BeamDose=_beam_dose(prescription, n_fractions, beams))
                for beam in beams
            ],
        )
        for number, (n_fractions, beams) in groups.items()
    ]
    dataset.BeamSequence = [
        filled(
            BeamNumber=beam,
            BeamName=f"beam {beam}",
            RadiationType="PHOTON",
            TreatmentDeliveryType="SETUP" if beam in setup_beams else "TREATMENT",
        )
        for _, beams in groups.values()
        for beam in beams
    ]
    return _changed(dataset, changes)


def registration(items: Sequence[tuple[str | None, Sequence[Any]]], **changes: Any) -> Dataset:
    """Return a Spatial Registration; an item is its frame of reference and its matrices."""
    dataset = filled(
        **PATIENT,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.66.1",
        SOPInstanceUID="1.2.826.0.1.9.9999",
        Modality="REG",
        ContentDate="20240101",
        FrameOfReferenceUID=FRAME,
    )
    dataset.RegistrationSequence = [
        filled(
            FrameOfReferenceUID=frame,
            MatrixRegistrationSequence=[
                filled(
                    MatrixSequence=[
                        filled(
                            FrameOfReferenceTransformationMatrixType="RIGID",
                            FrameOfReferenceTransformationMatrix=[
                                round(float(x), 9) for x in np.ravel(matrix)
                            ],
                        )
                        for matrix in matrices
                    ]
                )
            ],
        )
        for frame, matrices in items
    ]
    return _changed(dataset, changes)


def ct_slice(z: float, **changes: Any) -> Dataset:
    """Return a CT slice of 4 x 5 pixels."""
    dataset = filled(
        **PATIENT,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.2",
        SOPInstanceUID=f"1.2.826.0.1.7.{round(z * 10) + 5000}",
        SeriesInstanceUID="1.2.826.0.1.7",
        Modality="CT",
        SeriesDate="20230429",
        FrameOfReferenceUID=FRAME,
        ImagePositionPatient=[-8, -6, z],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        PixelSpacing=[3, 4],
        SliceThickness=2.5,
        Rows=4,
        Columns=5,
        BitsAllocated=16,
        BitsStored=16,
        HighBit=15,
        PixelRepresentation=1,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        RescaleSlope=2,
        RescaleIntercept=-1000,
    )
    dataset.PixelData = np.full((4, 5), 500, dtype="<i2").tobytes()
    dataset["PixelData"].VR = "OW"
    return _changed(dataset, changes)


def treatment_record(
    fractions: Sequence[int], *, plan_uid: str = PLAN, ending: str = "NORMAL", **changes: Any
) -> Dataset:
    """Return an RT Beams Treatment Record."""
    dataset = filled(
        **PATIENT,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.481.4",
        SOPInstanceUID=f"1.2.826.0.1.8.{sum(fractions)}.{len(fractions)}",
        Modality="RTRECORD",
        TreatmentDate="20230601",
        ReferencedRTPlanSequence=[filled(ReferencedSOPInstanceUID=plan_uid)],
        TreatmentSessionBeamSequence=[
            filled(CurrentFractionNumber=fraction, TreatmentTerminationStatus=ending)
            for fraction in fractions
        ],
    )
    return _changed(dataset, changes)


def as_bytes(dataset: Dataset, syntax: str = "explicit", *, bare: bool = False) -> bytes:
    """Return the file of a data set; `bare` leaves out preamble and file meta information."""
    uid = SYNTAXES[syntax]
    little = uid != ExplicitVRBigEndian
    if not little and "PixelData" in dataset:
        width = dataset.BitsAllocated // 8
        dataset.PixelData = np.frombuffer(dataset.PixelData, f"<u{width}").astype(f">u{width}").tobytes()
    buffer = BytesIO()
    with config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _save(dataset, buffer, uid, bare=bare, little=little)
    return buffer.getvalue()


def _save(dataset: Dataset, buffer: BytesIO, uid: UID, *, bare: bool, little: bool) -> None:
    if not bare:
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = uid
        dataset.file_meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", "1.2")
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", "1.2")
        dataset.save_as(buffer, enforce_file_format=True)
    else:
        dataset.save_as(
            buffer, implicit_vr=uid.is_implicit_VR, little_endian=little, enforce_file_format=False
        )


def write(folder: Path, **datasets: Dataset) -> Path:
    """Write data sets into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, dataset in datasets.items():
        (folder / f"Zzsurname_{name}").write_bytes(as_bytes(dataset))
    return folder
