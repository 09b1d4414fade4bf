"""RT Structure Set objects: structures with their contours as drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from pydicom.dataset import Dataset

from dicom_io.arrays import FloatArray
from dicom_io.errors import (
    ContradictionError,
    DicomIoError,
    DicomReadError,
    DicomValueError,
)
from dicom_io.objects import Contour, Structure, StructureSet
from dicom_io.readers.dataset import (
    Source,
    check_class,
    code,
    date,
    integer,
    items,
    numbers,
    open_dataset,
    parse_decimals,
    raw_sequence,
    raw_value,
    reading,
    text,
    uid,
)
from dicom_io.readers.elements import item_elements
from dicom_io.wording import counted, listed

__all__ = ["RT_STRUCTURE_SET", "frames_of_reference", "read_structure_set"]

RT_STRUCTURE_SET = {"1.2.840.10008.5.1.4.1.1.481.3": "RTSTRUCT"}


_TYPE, _COUNT, _DATA = 0x30060042, 0x30060046, 0x30060050
"""Contour Geometric Type, Number of Contour Points, Contour Data."""
_IMAGES, _IMAGE_UID = 0x30060016, 0x00081155
"""Contour Image Sequence, Referenced SOP Instance UID."""
_Encoding = tuple[bool, bool]
"""Whether implicit, whether little endian."""


class _Drawn(NamedTuple):
    """One contour as the file has it."""

    data: bytes
    kind: str
    declared: int | None
    image_uid: str = ""


def read_structure_set(source: Source) -> StructureSet:
    """Return the structures of one RT Structure Set object.

    Parameters
    ----------
    source : path, bytes or Dataset

    Returns
    -------
    StructureSet
        Structures in file order. A structure without contours is kept, with none.

    Raises
    ------
    DicomReadError
        Not a structure set, or damaged. Of a structure whose contours cannot be used (coordinates that are
        no numbers, say) `unread` says why; the others are read.
    ContradictionError
        Two structures with one number: whose contours are whose cannot be told.
    """
    with reading("RT Structure Set") as oddities:
        dataset, origin = open_dataset(source)
        check_class(dataset, RT_STRUCTURE_SET, what="an RT Structure Set")
        findings: list[str] = []
        structures = _structures(dataset, findings)
        frames = frames_of_reference(dataset)
        return StructureSet(
            structures=structures,
            label=text(dataset, "StructureSetLabel"),
            sop_instance_uid=uid(dataset, "SOPInstanceUID"),
            frame_of_reference_uid=frames[0] if len(frames) == 1 else "",
            referenced_image_uids=_image_uids(dataset),
            date=date(dataset, "StructureSetDate"),
            source_sha256=origin.sha256,
            source_data_set_sha256=origin.data_set_sha256,
            findings=(*findings, *_set_findings(structures, frames), *oddities),
        )


def frames_of_reference(dataset: Dataset) -> tuple[str, ...]:
    """Return the frames of reference of the structures, or where they name none those of the set."""
    of_structures = [
        uid(roi, "ReferencedFrameOfReferenceUID") for roi in items(dataset, "StructureSetROISequence")
    ]
    of_set = [
        uid(item, "FrameOfReferenceUID") for item in items(dataset, "ReferencedFrameOfReferenceSequence")
    ]
    for found in (of_structures, of_set, [uid(dataset, "FrameOfReferenceUID")]):
        named = tuple(dict.fromkeys(value for value in found if value))
        if named:
            return named
    return ()


def _structures(dataset: Dataset, findings: list[str]) -> tuple[Structure, ...]:
    rois = _numbered_rois(dataset, findings)
    numbers_used = Counter(number for number, _ in rois)
    repeated = sorted(number for number, times in numbers_used.items() if times > 1)
    if repeated:
        raise ContradictionError(
            f"structure number {repeated[0]} is given to {numbers_used[repeated[0]]} structures"
        )
    drawn, unread = _drawn(dataset, findings)
    orphans = sorted(set(drawn) - set(numbers_used))
    if orphans:
        findings.append(f"contours of structures that the set does not list are left out: {listed(orphans)}")
    types = _interpreted_types(dataset, findings)
    default_frame = (frames_of_reference(dataset) or ("",))[0]
    structures = []
    for number, roi in rois:
        contours: tuple[Contour, ...] = ()
        why_not = unread.get(number, "")
        try:
            contours = () if why_not else _contours(drawn.get(number, []), number, findings)
        except DicomIoError as error:
            why_not = str(error)
        if why_not:
            findings.append(f"a structure cannot be used: {why_not}")
        structures.append(
            Structure(
                number=number,
                name=text(roi, "ROIName"),
                interpreted_type=types.get(number, ""),
                contours=contours,
                frame_of_reference_uid=uid(roi, "ReferencedFrameOfReferenceUID") or default_frame,
                unread=f"its contours cannot be used: {why_not}" if why_not else "",
            )
        )
    return tuple(structures)


def _interpreted_types(dataset: Dataset, findings: list[str]) -> dict[int, str]:
    """Return the type of each structure that an observation names; the first one counts."""
    types: dict[int, str] = {}
    nameless = 0
    for item in items(dataset, "RTROIObservationsSequence"):
        number = _number_or_none(item, "ReferencedROINumber")
        if number is None:
            nameless += 1
        else:
            types.setdefault(number, code(item, "RTROIInterpretedType"))
    if nameless:
        findings.append(f"{counted(nameless, 'observation')} of no structure: the type there is not used")
    return types


def _number_or_none(item: Dataset, keyword: str) -> int | None:
    """Return a structure's number; None where it is missing or no number."""
    try:
        return integer(item, keyword)
    except DicomIoError:
        return None


def _numbered_rois(dataset: Dataset, findings: list[str]) -> list[tuple[int, Dataset]]:
    """Return the structures that the set lists, by number; one without a number has no contours."""
    rois = [(_number_or_none(roi, "ROINumber"), roi) for roi in items(dataset, "StructureSetROISequence")]
    nameless = [text(roi, "ROIName") for number, roi in rois if number is None]
    if nameless:
        findings.append(
            f"structures without a number are left out, whose contours they have cannot be told: "
            f"{', '.join(map(repr, nameless))}"
        )
    return [(number, roi) for number, roi in rois if number is not None]


def _drawn(dataset: Dataset, findings: list[str]) -> tuple[dict[int, list[_Drawn]], dict[int, str]]:
    """Return the contours by structure number, those of repeated entries joined; and why some have none."""
    found: dict[int, list[_Drawn]] = {}
    unread: dict[int, str] = {}
    nameless = 0
    for item in items(dataset, "ROIContourSequence"):
        number = _number_or_none(item, "ReferencedROINumber")
        if number is None:
            nameless += 1
            continue
        try:
            found.setdefault(number, []).extend(_contours_of(item))
        except DicomIoError as error:
            unread[number] = f"structure {number}: {error}"
    if nameless:
        findings.append(
            f"contours of {counted(nameless, 'structure')} are left out: they do not say whose they are"
        )
    return found, unread


def _contours_of(item: Dataset) -> list[_Drawn]:
    """Return the contours of one structure: from the bytes where they can be walked, else by pydicom."""
    sequence = raw_sequence(item, "ContourSequence")
    if sequence is not None:
        blob, implicit, little = sequence
        wanted = frozenset({_TYPE, _COUNT, _DATA, _IMAGES})
        elements = item_elements(blob, wanted, implicit=implicit, little=little)
        if elements is not None:
            return [
                _Drawn(
                    data=found.get(_DATA, b"").strip(b" \x00"),
                    kind=found.get(_TYPE, b"").strip(b" \x00")[:16].decode("latin-1").upper(),
                    declared=_whole(found.get(_COUNT, b"")),
                    image_uid=_raw_image_uid(found.get(_IMAGES, b""), (implicit, little)),
                )
                for found in elements
            ]
    return [
        _Drawn(
            data=_contour_data(contour),
            kind=code(contour, "ContourGeometricType"),
            declared=integer(contour, "NumberOfContourPoints"),
            image_uid=_image_uid(contour),
        )
        for contour in items(item, "ContourSequence")
    ]


def _raw_image_uid(blob: bytes, encoding: _Encoding) -> str:
    """Return the one image that a contour names, from the sequence's bytes; empty where it is not one."""
    if not blob:
        return ""
    implicit, little = encoding
    try:
        elements = item_elements(blob, frozenset({_IMAGE_UID}), implicit=implicit, little=little)
    except DicomReadError:
        return ""
    if elements is None or len(elements) != 1:
        return ""
    return elements[0].get(_IMAGE_UID, b"").strip(b" \x00").decode("latin-1")


def _image_uid(contour: Dataset) -> str:
    """Return the one image that a contour names; empty where it is not one."""
    named = items(contour, "ContourImageSequence")
    return uid(named[0], "ReferencedSOPInstanceUID") if len(named) == 1 else ""


def _whole(blob: bytes) -> int | None:
    """Return a whole number; None for what is none, since the points themselves are counted."""
    digits = blob.strip(b" \x00")
    return int(digits) if digits.isdigit() and len(digits) <= 12 else None  # the longest integer string


def _contour_data(contour: Dataset) -> bytes:
    """Return the contour data as text; of a data set made in memory with all digits that a float has."""
    blob = raw_value(contour, "ContourData")
    if blob is not None:
        return blob.strip(b" \x00")
    return "\\".join(map(repr, numbers(contour, "ContourData").tolist())).encode()


def _contours(drawn: Sequence[_Drawn], structure_number: int, findings: list[str]) -> tuple[Contour, ...]:
    """Return the contours of one structure, their numbers parsed in one call."""
    contours, odd = [], Counter[str]()
    for outline, flat in zip(drawn, _coordinates(drawn, structure_number), strict=True):
        points = _open_ended(flat.reshape(-1, 3), outline.kind)
        if not len(points):
            odd["contours without points, left out"] += 1
            continue
        if outline.declared is not None and outline.declared != flat.size // 3:
            odd["contours whose stated number of points is not what they hold"] += 1
        contours.append(Contour(points=points, geometric_type=outline.kind, image_uid=outline.image_uid))
    findings.extend(f"structure {structure_number}: {times} {what}" for what, times in odd.items())
    return tuple(contours)


def _coordinates(drawn: Sequence[_Drawn], structure_number: int) -> list[FloatArray]:
    """Return the flat coordinates of each contour."""
    blobs = [outline.data for outline in drawn]
    sizes = [blob.count(b"\\") + 1 if blob else 0 for blob in blobs]
    _check_triples(sizes, structure_number)
    try:
        together = parse_decimals(b"\\".join(blob for blob in blobs if blob))
    except DicomValueError:
        place = _first_bad(blobs)
        raise DicomReadError(
            f"structure {structure_number}, contour {place}: the contour data hold what is not a number"
        ) from None
    return np.split(together, np.cumsum(sizes)[:-1]) if sizes else []


def _first_bad(blobs: Sequence[bytes]) -> int:
    """Return the place, from 1, of the first contour whose numbers cannot be read."""
    for place, blob in enumerate(blobs, start=1):
        try:
            parse_decimals(blob)
        except DicomValueError:
            return place
    return len(blobs)


def _check_triples(sizes: Sequence[int], structure_number: int) -> None:
    for place, size in enumerate(sizes, start=1):
        if size % 3:
            raise DicomReadError(
                f"structure {structure_number}, contour {place}: {size} coordinates are not whole points"
            )


def _open_ended(points: FloatArray, kind: str) -> FloatArray:
    """Return the points without a last one that repeats the first."""
    if kind.startswith("CLOSED") and len(points) > 1 and bool((points[0] == points[-1]).all()):
        return points[:-1]
    return points


def _image_uids(dataset: Dataset) -> tuple[str, ...]:
    """Return the images that the set refers to, each once."""
    of_set = (
        uid(image, "ReferencedSOPInstanceUID")
        for frame in items(dataset, "ReferencedFrameOfReferenceSequence")
        for study in items(frame, "RTReferencedStudySequence")
        for series in items(study, "RTReferencedSeriesSequence")
        for image in items(series, "ContourImageSequence")
    )
    return tuple(dict.fromkeys(value for value in of_set if value))


def _set_findings(structures: tuple[Structure, ...], frames: tuple[str, ...]) -> tuple[str, ...]:
    findings = []
    if not structures:
        findings.append("the structure set holds no structures")
    empty = [structure.number for structure in structures if not structure.is_drawn]
    if empty:
        findings.append(f"structures without contours: {listed(empty)}")
    names = Counter(structure.name for structure in structures)
    repeated = [name for name, times in names.items() if times > 1]
    if repeated:
        findings.append(f"structure names used more than once: {', '.join(map(repr, repeated))}")
    if not frames:
        findings.append("the structure set names no frame of reference")
    if len(frames) > 1:
        findings.append(f"the structures lie in {len(frames)} different frames of reference")
    return tuple(findings)
