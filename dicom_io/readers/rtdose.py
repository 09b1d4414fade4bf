"""RT Dose objects: header, geometry and dose in Gy."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import UID

from dicom_io.arrays import BoolArray
from dicom_io.errors import DicomReadError, DicomValueError, MissingObjectError
from dicom_io.objects import DoseGrid, GridGeometry
from dicom_io.readers.dataset import (
    Source,
    check_class,
    code,
    date,
    integer,
    items,
    number,
    open_dataset,
    reading,
    referenced_uids,
    text,
    told_code,
    uid,
)
from dicom_io.readers.grid import grid_geometry, grid_size

__all__ = [
    "RT_DOSE",
    "DoseHeader",
    "dose_header",
    "read_dose",
    "read_dose_geometry",
    "read_dose_header",
    "scaled_grid",
]

RT_DOSE = {"1.2.840.10008.5.1.4.1.1.481.2": "RTDOSE"}

NOT_PHYSICAL_GROUP, NOT_PHYSICAL_ELEMENT = 0x3287, 0x01
NOT_PHYSICAL_CREATOR = "RTPLAN NOT PHYSICAL"
"""Private element that marks a dose as not physical whatever its DoseType says."""

_DESCRIBING = (
    "DoseComment",
    "DerivationDescription",
    "SeriesDescription",
    "ImageComments",
    "ContentDescription",
    "ContentLabel",
)
_WEIGHTED = re.compile(
    r"(?<![A-Za-z])(?:[Ee][Qq][Dd][ _]?2?|BED|[Bb]iological(?:ly)?[ _-]+(?:effective|equivalent))(?![A-Za-z])"
)
"""BED in capitals only: a bed is furniture."""

_NO_DOSE, _ABOVE_ALL = 0x7FFFFFFF, 10
"""Some systems store the largest whole number where they have no dose; it is so where no other comes near."""

_ALWAYS_DECODED, _MOST_DECODED = 2**27, 5
"""Compressed pixel data can declare any size: beyond 128 MiB more than 5 times what is stored is refused."""


@dataclass(frozen=True, kw_only=True)
class DoseHeader:
    """What an RT Dose says about itself, without its voxels.

    Attributes
    ----------
    sop_instance_uid : str
    summation_type : str
        DoseSummationType: ``"PLAN"``, ``"BEAM"``, ``"FRACTION"`` ...
    units : str
        DoseUnits: ``"GY"`` or ``"RELATIVE"``.
    dose_type : str
        DoseType: ``"PHYSICAL"``, ``"EFFECTIVE"`` or ``"ERROR"``.
    frame_of_reference_uid : str
    plan_uids : tuple of str
        Plans that it refers to.
    structure_set_uids : tuple of str
        Structure sets that it refers to.
    fraction_groups : tuple of int
        Fraction groups that it refers to; empty when none is named.
    beam_numbers : tuple of int
        Beams that it refers to; empty when none is named.
    application_setups : tuple of int
        Brachytherapy application setups that it refers to.
    date : str
        Content or creation date (YYYYMMDD) or empty.
    has_grid : bool
        Whether it describes a grid; False for an object with histograms only.
    n_dvhs : int
        Histograms stored in it. They are never taken as the dose's own.
    says_weighted : str
        The attribute whose words say EQD2 or BED; empty where none does.
    not_physical : str
        What the values are where a private element says that they are no physical dose; empty otherwise.
    """

    sop_instance_uid: str
    summation_type: str
    units: str
    dose_type: str
    frame_of_reference_uid: str
    plan_uids: tuple[str, ...] = ()
    structure_set_uids: tuple[str, ...] = ()
    fraction_groups: tuple[int, ...] = ()
    beam_numbers: tuple[int, ...] = ()
    application_setups: tuple[int, ...] = ()
    date: str = ""
    has_grid: bool = True
    n_dvhs: int = 0
    not_physical: str = ""
    says_weighted: str = ""


def read_dose_header(source: Source) -> DoseHeader:
    """Return what an RT Dose says about itself.

    Parameters
    ----------
    source : path, bytes or Dataset
    """
    with reading("RT Dose"):
        dataset, _ = open_dataset(source)
        check_class(dataset, RT_DOSE, what="an RT Dose")
        return dose_header(dataset)


def read_dose_geometry(source: Source) -> GridGeometry:
    """Return where the voxels of an RT Dose lie; the voxels themselves need not be there.

    Parameters
    ----------
    source : path, bytes or Dataset
    """
    with reading("RT Dose"):
        dataset, _ = open_dataset(source)
        check_class(dataset, RT_DOSE, what="an RT Dose")
        return grid_geometry(dataset)[0]


def read_dose(source: Source, *, normalisation_dose_gy: float | None = None) -> DoseGrid:
    """Return the physical dose of one RT Dose object.

    Parameters
    ----------
    source : path, bytes or Dataset
    normalisation_dose_gy : float, optional
        Needed for a dose of RELATIVE units and only then: the dose in Gy that a grid value of 1 stands
        for. A grid in percent needs a hundredth of the dose at 100 %.

    Returns
    -------
    DoseGrid
        Frames ascending along the normal, values in Gy as float32.

    Raises
    ------
    DicomReadError
        Not an RT Dose, cut short, or compressed in a way that no installed decoder reads.
    MissingObjectError
        Voxels, scaling, units or geometry missing; RELATIVE units without a normalisation dose.
    DicomValueError
        A dose that is not physical, negative, or has an impossible scaling.
    ContradictionError
        Frame offsets that do not fit the frames.
    """
    with reading("RT Dose") as oddities:
        dataset, origin = open_dataset(source)
        check_class(dataset, RT_DOSE, what="an RT Dose")
        header = dose_header(dataset)
        gy_per_unit = _gy_per_unit(header, normalisation_dose_gy)
        geometry, order = grid_geometry(dataset)
        dose_gy, covered = scaled_grid(dataset, gy_per_unit, order)
    return DoseGrid(
        geometry=geometry,
        dose_gy=dose_gy,
        covered=covered,
        frame_of_reference_uid=header.frame_of_reference_uid,
        sop_instance_uids=(header.sop_instance_uid,),
        summation_type=header.summation_type,
        plan_uids=header.plan_uids,
        source_sha256=(origin.sha256,),
        source_data_set_sha256=(origin.data_set_sha256,),
        findings=(
            *oddities,
            *_dose_findings(header, dose_gy),
            *_coverage_findings(covered),
            *geometry.hole_findings,
        ),
    )


def _coverage_findings(covered: BoolArray | None) -> tuple[str, ...]:
    if covered is None:
        return ()
    return (
        f"{int(np.sum(~covered))} of {covered.size} voxels hold the largest whole number, which stands for "
        "no dose: they are not covered",
    )


def dose_header(dataset: Dataset) -> DoseHeader:
    """Return the header of an opened RT Dose. To be called within `reading`."""
    groups = [group for plan in items(dataset, "ReferencedRTPlanSequence") for group in _groups(plan)]
    return DoseHeader(
        sop_instance_uid=uid(dataset, "SOPInstanceUID"),
        summation_type=code(dataset, "DoseSummationType"),
        units=code(dataset, "DoseUnits"),
        dose_type=code(dataset, "DoseType"),
        frame_of_reference_uid=uid(dataset, "FrameOfReferenceUID"),
        plan_uids=referenced_uids(dataset, "ReferencedRTPlanSequence"),
        structure_set_uids=referenced_uids(dataset, "ReferencedStructureSetSequence"),
        fraction_groups=_numbers_of(groups, "ReferencedFractionGroupNumber"),
        beam_numbers=_nested(groups, "ReferencedBeamSequence", "ReferencedBeamNumber"),
        application_setups=_nested(
            groups, "ReferencedBrachyApplicationSetupSequence", "ReferencedBrachyApplicationSetupNumber"
        ),
        date=date(dataset, "InstanceCreationDate", "ContentDate", "SeriesDate", "StudyDate"),
        has_grid="Rows" in dataset,
        n_dvhs=len(items(dataset, "DVHSequence")),
        not_physical=_not_physical(dataset),
        says_weighted=_says_weighted(dataset),
    )


def _says_weighted(dataset: Dataset) -> str:
    """Return the first attribute whose words say that the values are EQD2 or BED; empty where none does."""
    return next((keyword for keyword in _DESCRIBING if _WEIGHTED.search(text(dataset, keyword))), "")


def _not_physical(dataset: Dataset) -> str:
    """Return what the private mark says that the values are; empty without it."""
    try:
        block = dataset.private_block(NOT_PHYSICAL_GROUP, NOT_PHYSICAL_CREATOR)
        value = block[NOT_PHYSICAL_ELEMENT].value
    except KeyError:
        return ""
    return value.decode("utf-8", "replace").strip() if isinstance(value, bytes) else str(value)


def _groups(plan: Dataset) -> tuple[Dataset, ...]:
    return items(plan, "ReferencedFractionGroupSequence")


def _numbers_of(datasets: list[Dataset] | tuple[Dataset, ...], keyword: str) -> tuple[int, ...]:
    found = (integer(dataset, keyword) for dataset in datasets)
    return tuple(value for value in found if value is not None)


def _nested(groups: list[Dataset], sequence: str, keyword: str) -> tuple[int, ...]:
    return _numbers_of([item for group in groups for item in items(group, sequence)], keyword)


def _first_text(dataset: Dataset, *keywords: str) -> str:
    return next((found for keyword in keywords if (found := text(dataset, keyword))), "")


def _gy_per_unit(header: DoseHeader, normalisation_dose_gy: float | None) -> float:
    """Return the Gy of a scaled grid value of 1, or refuse what is not physical dose."""
    if header.not_physical:
        raise DicomValueError(
            "the dose is marked as not physical although its DoseType says so: it is an EQD2 sum that was "
            "labelled for a system that ignores DoseType, and may not be converted or added again"
        )
    if header.dose_type != "PHYSICAL":
        raise DicomValueError(
            f"DoseType is {told_code(header.dose_type)}, physical dose is needed: an EFFECTIVE dose is "
            "already weighted (RBE, EQD2) and may not be converted or added as if it were physical"
        )
    if header.units == "GY":
        if normalisation_dose_gy is not None:
            raise DicomValueError("a normalisation dose was given for a dose that is in Gy already")
        return 1.0
    if header.units != "RELATIVE":
        raise DicomValueError(f"DoseUnits is {told_code(header.units)}: GY or RELATIVE is allowed")
    if normalisation_dose_gy is None:
        raise MissingObjectError(
            "the dose is RELATIVE, not in Gy: export it in Gy (in a notebook, read_dose takes it with "
            "normalisation_dose_gy, the dose that a grid value of 1 is)"
        )
    if not 0 < normalisation_dose_gy < 1000:
        raise DicomValueError(f"normalisation_dose_gy {normalisation_dose_gy}: 0 to 1000 Gy; is it in cGy?")
    return normalisation_dose_gy


_SMALLEST_MAXIMUM_GY = 1e-6
"""A grid whose largest dose is below this is no dose of a treatment but a wrong unit."""


def scaled_grid(
    dataset: Dataset, gy_per_unit: float, order: NDArray[np.intp]
) -> tuple[NDArray[np.float32], BoolArray | None]:
    """Return the dose with frames in the given order, and where there is one (None: everywhere).

    One float64 product per voxel, then float32; 0 where the stored number means that there is no dose.
    """
    scaling = number(dataset, "DoseGridScaling")
    if scaling is None:
        raise MissingObjectError("the RT Dose has no DoseGridScaling")
    if not scaling > 0:
        raise DicomValueError(f"DoseGridScaling is {scaling:g}: a positive number is needed")
    stored = _stored_values(dataset)
    if stored.dtype.kind == "i" and stored.min() < 0:
        raise DicomValueError("the dose has negative values: it is a difference, not a dose")
    covered = _covered(stored)
    if covered is not None:
        stored = np.where(covered, stored, stored.dtype.type(0))
    largest_gy = float(stored.max()) * scaling * gy_per_unit
    if 0 < largest_gy < _SMALLEST_MAXIMUM_GY:
        raise DicomValueError(f"the largest dose is {largest_gy:.3g} Gy: is DoseGridScaling wrong?")
    dose_gy = np.empty(stored.shape, dtype=np.float32)
    ascending = np.array_equal(order, np.arange(len(order)))
    # Fancy indexing copies the grid: only where the frames are not in order already.
    np.multiply(stored if ascending else stored[order], scaling * gy_per_unit, out=dose_gy, dtype=np.float64)
    return dose_gy, covered if covered is None or ascending else covered[order]


def _covered(stored: NDArray[np.integer]) -> BoolArray | None:
    """Return where the grid has a dose; None where that is everywhere."""
    if stored.dtype.itemsize != 4 or int(stored.max()) != _NO_DOSE:
        return None
    covered: BoolArray = stored != _NO_DOSE
    if not covered.any():
        raise DicomValueError("the grid has no dose anywhere: all its voxels hold the mark of none")
    return covered if int(stored[covered].max()) * _ABOVE_ALL < _NO_DOSE else None


def _stored_values(dataset: Dataset) -> NDArray[np.integer]:
    """Return the integers of the grid, their number checked before memory is taken."""
    shape, dtype = grid_size(dataset), _stored_type(dataset)
    pixel_data = dataset.get("PixelData")
    if not pixel_data:
        raise MissingObjectError("the RT Dose has no pixel data: a header, or histograms only")
    needed = shape[0] * shape[1] * shape[2] * dtype.itemsize
    syntax = _transfer_syntax(dataset)
    if syntax.is_compressed and syntax.is_encapsulated:
        return _decoded(dataset, syntax, shape, needed)
    # A value of odd length is padded to even.
    if not needed <= len(pixel_data) <= needed + needed % 2:
        raise DicomReadError(
            f"the grid of {shape} declares {needed} bytes of pixel data and holds {len(pixel_data)}: cut "
            "short or inconsistent"
        )
    return np.frombuffer(pixel_data, dtype=dtype, count=needed // dtype.itemsize).reshape(shape)


def _stored_type(dataset: Dataset) -> np.dtype[np.integer]:
    bits, stored = integer(dataset, "BitsAllocated"), integer(dataset, "BitsStored")
    if bits not in (16, 32):
        raise DicomValueError(f"BitsAllocated is {bits}: 16 or 32 is allowed in an RT Dose")
    if stored not in (None, bits):
        raise DicomValueError(f"BitsStored {stored} of BitsAllocated {bits}: they must agree in an RT Dose")
    if integer(dataset, "SamplesPerPixel") not in (None, 1):
        raise DicomValueError("a dose grid has one sample per pixel")
    kind = "i" if integer(dataset, "PixelRepresentation") == 1 else "u"
    little = dataset.original_encoding[1]
    return np.dtype(f"{'>' if little is False else '<'}{kind}{bits // 8}")


def _transfer_syntax(dataset: Dataset) -> UID:
    """Return the transfer syntax; where none is given the data were readable, so not compressed."""
    meta = getattr(dataset, "file_meta", None)
    given = None if meta is None else meta.get("TransferSyntaxUID")
    return UID(given) if given else UID("1.2.840.10008.1.2")


def _decoded(dataset: Dataset, syntax: UID, shape: tuple[int, int, int], needed: int) -> NDArray[np.integer]:
    if needed > max(_ALWAYS_DECODED, _MOST_DECODED * len(dataset.PixelData)):
        raise DicomReadError(f"compressed pixel data that declare {needed} bytes are refused")
    try:
        values: NDArray[np.integer] = np.asarray(dataset.pixel_array)
    except Exception:  # each decoder plugin raises its own
        values = np.empty(0, dtype=np.int64)
    if values.size != shape[0] * shape[1] * shape[2]:
        raise DicomReadError(
            f"pixel data compressed as {syntax.name} cannot be decoded with what is installed"
        )
    return values.reshape(shape)


def _dose_findings(header: DoseHeader, dose_gy: NDArray[np.float32]) -> tuple[str, ...]:
    findings = []
    if not dose_gy.any():
        findings.append("the dose is 0 Gy everywhere")
    if header.says_weighted:
        findings.append(
            f"the dose's own words ({header.says_weighted}) say EQD2 or BED although its type is PHYSICAL; "
            "if they are right it is no physical dose, and nothing converted from it is right"
        )
    if not header.frame_of_reference_uid:
        findings.append("the dose names no frame of reference")
    if not header.summation_type:
        findings.append("the dose does not say what it sums (DoseSummationType)")
    if not header.plan_uids:
        findings.append("the dose refers to no plan")
    if header.n_dvhs:
        findings.append(f"{header.n_dvhs} stored DVHs in the dose file are not used; DVHs are recomputed")
    return tuple(findings)
