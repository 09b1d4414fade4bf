"""RTDOSE: a dose grid with a plain record of what kind of dose it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import RTDoseStorage, RTPlanStorage, RTStructureSetStorage

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomValueError
from dicom_io.objects import GridGeometry
from dicom_io.readers import NOT_PHYSICAL_CREATOR, NOT_PHYSICAL_ELEMENT, NOT_PHYSICAL_GROUP
from dicom_io.writers.header import (
    ObjectHeader,
    decimal,
    decimals,
    finished,
    new_object,
    orientation,
    reference,
)

__all__ = ["DoseAttributes", "dose_object"]

_NEEDS_PLAN = {"PLAN", "MULTI_PLAN", "FRACTION", "BEAM", "BRACHY", "FRACTION_SESSION", "BEAM_SESSION"}
_LONGEST = {
    "comment": 64,
    "not_physical": 64,
    "series_description": 64,
    "derivation_description": 1024,
    "image_comments": 10240,
}


@dataclass(frozen=True, kw_only=True)
class DoseAttributes:
    """What kind of dose the values are, in DICOM's own words.

    Attributes
    ----------
    dose_type : str
        ``"PHYSICAL"`` or ``"EFFECTIVE"``.
    summation_type : str
        ``"PLAN"``, ``"MULTI_PLAN"``, ``"BEAM"``, ``"FRACTION"`` ...
    plan_uids : tuple of str
        RTPLAN objects that the dose is of.
    structure_set_uid : str
        RTSTRUCT object that the dose was planned on, or empty.
    beam_number, fraction_group_number : int or None
        Both for ``"BEAM"``; the group for ``"FRACTION"``.
    comment : str
        At most 64 characters.
    derivation_description : str
        The full statement of how the values were made; at most 1024 characters.
    image_comments : str
        The same for programs, as JSON; at most 10240 characters.
    not_physical : str
        What the values are where they are labelled physical for the sake of a system that ignores DoseType;
        at most 64 characters. It goes into a private element by which `read_dose` refuses the object.
    """

    dose_type: str
    summation_type: str
    plan_uids: tuple[str, ...] = ()
    structure_set_uid: str = ""
    beam_number: int | None = None
    fraction_group_number: int | None = None
    comment: str = ""
    derivation_description: str = ""
    image_comments: str = ""
    not_physical: str = ""

    def __post_init__(self) -> None:
        if self.dose_type not in {"PHYSICAL", "EFFECTIVE"}:
            raise DicomValueError(f"dose type {self.dose_type!r}: PHYSICAL or EFFECTIVE is allowed")
        if self.summation_type in _NEEDS_PLAN and not self.plan_uids:
            raise DicomValueError(f"a dose of summation type {self.summation_type} has to name its plan")
        if self.summation_type == "BEAM" and None in (self.beam_number, self.fraction_group_number):
            raise DicomValueError("a BEAM dose has to name its beam and its fraction group")
        for name in ("comment", "derivation_description", "image_comments", "not_physical"):
            if len(getattr(self, name)) > _LONGEST[name]:
                raise DicomValueError(f"{name}: at most {_LONGEST[name]} characters are allowed")


def dose_object(
    dose_gy: NDArray[np.floating],
    geometry: GridGeometry,
    *,
    header: ObjectHeader,
    attributes: DoseAttributes,
    scaling_gy: float | None = None,
    bits: int = 32,
) -> Dataset:
    """Return the RTDOSE object of an array, stored as integers.

    A stored DVH is never written: it would outlive the dose it was made of.

    Parameters
    ----------
    dose_gy : ndarray, shape (frames, rows, columns)
        Gy, finite and not negative; values nobody knows have to be left out by a smaller grid, since
        RTDOSE has no way to say *not covered*.
    geometry : GridGeometry
        Of the same shape.
    header : ObjectHeader
    attributes : DoseAttributes
    scaling_gy : float, optional
        Gy per stored unit; without it the smallest that holds the maximum.
    bits : int
        Bits Allocated, 16 or 32. (The validator dciodvfy of 2022 aborts on any 32-bit pixel data.)

    Returns
    -------
    Dataset
        With a UID from its content.

    Raises
    ------
    DicomValueError
        When shapes differ, a value is not finite or negative, or the maximum does not fit.

    Examples
    --------
    >>> from dicom_io.writers import Patient, SeriesHeader, StudyHeader
    >>> header = ObjectHeader(patient=Patient(name="Phantom^Water", patient_id="W1"),
    ...     study=StudyHeader(study_instance_uid="2.25.1"), series=SeriesHeader(series_instance_uid="2.25.2"),
    ...     frame_of_reference_uid="2.25.3")
    >>> grid = GridGeometry.axial(shape=(2, 3, 4), origin=(0, 0, 0), spacing=(3, 2, 1))
    >>> kind = DoseAttributes(dose_type="PHYSICAL", summation_type="PLAN", plan_uids=("2.25.4",))
    >>> dose = dose_object(np.ones((2, 3, 4)), grid, header=header, attributes=kind)
    >>> [float(spacing) for spacing in dose.PixelSpacing], int(dose.NumberOfFrames)
    ([2.0, 1.0], 2)
    """
    values = _checked(np.asarray(dose_gy, dtype=np.float64), geometry)
    text, step = _scaling(float(values.max()), scaling_gy, bits=bits)
    dose = new_object(header, sop_class_uid=RTDoseStorage, modality="RTDOSE")
    _add_kind(dose, attributes)
    _add_references(dose, attributes)
    _add_grid(dose, geometry)
    dose.DoseGridScaling = text
    _add_pixels(dose, np.rint(values / step), bits=bits)
    return finished(dose)


def _checked(values: FloatArray, geometry: GridGeometry) -> FloatArray:
    if values.shape != geometry.shape:
        raise DicomValueError(f"dose of shape {values.shape} on a grid of {geometry.shape}")
    if not np.all(np.isfinite(values)) or values.min() < 0:
        raise DicomValueError("dose values must be finite and at least 0 Gy; RTDOSE cannot say 'not covered'")
    return values


def _scaling(maximum_gy: float, scaling_gy: float | None, *, bits: int) -> tuple[str, float]:
    """Return the dose per stored unit as it will be read, and as a number."""
    if bits not in (16, 32):
        raise DicomValueError(f"{bits} bits: 16 or 32 are allowed")
    largest = 2**bits - 1
    chosen = max(maximum_gy, 1e-3) * (1 + 1e-9) / largest if scaling_gy is None else scaling_gy
    text = decimal(chosen)
    if float(text) <= 0 or round(maximum_gy / float(text)) > largest:
        raise DicomValueError(f"{maximum_gy:g} Gy do not fit {bits} bits at {chosen:g} Gy per unit")
    return text, float(text)


def _add_kind(dose: Dataset, attributes: DoseAttributes) -> None:
    dose.InstanceNumber = 1
    dose.ContentDate, dose.ContentTime = dose.SeriesDate, dose.SeriesTime
    dose.ImageType = ["DERIVED", "SECONDARY", "DOSE"]
    dose.DoseUnits = "GY"
    dose.DoseType = attributes.dose_type
    dose.DoseSummationType = attributes.summation_type
    if attributes.comment:
        dose.DoseComment = attributes.comment
    if attributes.derivation_description:
        dose.DerivationDescription = attributes.derivation_description
    if attributes.image_comments:
        dose.ImageComments = attributes.image_comments
    if attributes.not_physical:
        block = dose.private_block(NOT_PHYSICAL_GROUP, NOT_PHYSICAL_CREATOR, create=True)
        block.add_new(NOT_PHYSICAL_ELEMENT, "LO", attributes.not_physical)


def _add_references(dose: Dataset, attributes: DoseAttributes) -> None:
    plans = [reference(RTPlanStorage, uid) for uid in attributes.plan_uids]
    if plans and attributes.fraction_group_number is not None:
        plans[0].ReferencedFractionGroupSequence = [_fraction_group(attributes)]
    if plans:
        dose.ReferencedRTPlanSequence = plans
    if attributes.structure_set_uid:
        dose.ReferencedStructureSetSequence = [reference(RTStructureSetStorage, attributes.structure_set_uid)]


def _fraction_group(attributes: DoseAttributes) -> Dataset:
    group = Dataset()
    group.ReferencedFractionGroupNumber = attributes.fraction_group_number
    if attributes.beam_number is not None:
        beam = Dataset()
        beam.ReferencedBeamNumber = attributes.beam_number
        group.ReferencedBeamSequence = [beam]
    return group


def _add_grid(dose: Dataset, geometry: GridGeometry) -> None:
    dose.ImagePositionPatient = decimals(geometry.origin)
    dose.ImageOrientationPatient = orientation(geometry)
    dose.PixelSpacing = decimals([geometry.row_spacing, geometry.column_spacing])
    thickness = geometry.frame_spacing
    dose.SliceThickness = decimal(thickness) if np.isfinite(thickness) else None
    dose.NumberOfFrames, dose.Rows, dose.Columns = geometry.shape
    if geometry.shape[0] > 1:
        dose.GridFrameOffsetVector = decimals(geometry.frame_offsets)
        dose.FrameIncrementPointer = Tag("GridFrameOffsetVector")


def _add_pixels(dose: Dataset, stored: FloatArray, *, bits: int) -> None:
    dose.SamplesPerPixel = 1
    dose.PhotometricInterpretation = "MONOCHROME2"
    dose.BitsAllocated, dose.BitsStored, dose.HighBit = bits, bits, bits - 1
    dose.PixelRepresentation = 0
    dose.PixelData = stored.astype(f"<u{bits // 8}").tobytes()
