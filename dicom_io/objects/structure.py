"""Structures as drawn: closed planar contours (and points) in patient coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomValueError, MissingObjectError
from dicom_io.wording import counted

__all__ = ["Contour", "Structure", "StructureSet"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Contour:
    """One contour of a structure.

    Attributes
    ----------
    points : ndarray, shape (points, 3)
        x, y, z in mm (LPS), in drawing order; the last point is not the first again.
    geometric_type : str
        ContourGeometricType, such as ``"CLOSED_PLANAR"``, ``"CLOSEDPLANAR_XOR"`` or ``"POINT"``.
    """

    points: FloatArray
    geometric_type: str

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.points.shape[1] != 3 or len(self.points) < 1:
            raise DicomValueError(f"contour points of shape {self.points.shape}: (points, 3) is needed")
        if not np.all(np.isfinite(self.points)):
            raise DicomValueError("a contour has coordinates that are not finite")

    def __repr__(self) -> str:
        return f"Contour({self.geometric_type}, {counted(len(self.points), 'point')})"


@dataclass(frozen=True, kw_only=True, eq=False)
class Structure:
    """A region of interest.

    Attributes
    ----------
    number : int
        ROINumber, unique in its set; names need not be.
    name : str
        ROIName as read.
    interpreted_type : str
        RTROIInterpretedType, such as ``"ORGAN"``; empty when not given.
    contours : tuple of Contour
        Empty for a structure without contours.
    frame_of_reference_uid : str
    """

    number: int
    name: str
    interpreted_type: str
    contours: tuple[Contour, ...]
    frame_of_reference_uid: str

    def __repr__(self) -> str:
        kind = f" {self.interpreted_type}" if self.interpreted_type else ""
        return f"Structure({self.number} {self.name!r}{kind}: {counted(len(self.contours), 'contour')})"


@dataclass(frozen=True, kw_only=True, eq=False)
class StructureSet:
    """The structures of one RTSTRUCT object.

    Attributes
    ----------
    structures : tuple of Structure
        In file order.
    label : str
    sop_instance_uid : str
    frame_of_reference_uid : str
        The one frame of reference of all structures.
    referenced_image_uids : tuple of str
        Images that the contours or the set refer to.
    date : str
        StructureSetDate as read (YYYYMMDD) or empty.
    source_sha256 : str
    findings : tuple of str
        What is odd about the object, in words.
    """

    structures: tuple[Structure, ...]
    label: str
    sop_instance_uid: str
    frame_of_reference_uid: str
    referenced_image_uids: tuple[str, ...] = ()
    date: str = ""
    source_sha256: str = ""
    findings: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The structures' names in file order."""
        return tuple(structure.name for structure in self.structures)

    def named(self, name: str) -> Structure:
        """Return the one structure of exactly this name; no name or several raise and list what is there."""
        found = [structure for structure in self.structures if structure.name == name]
        if len(found) == 1:
            return found[0]
        if found:
            numbers = ", ".join(str(structure.number) for structure in found)
            raise MissingObjectError(
                f"{len(found)} structures are named {name!r} (numbers {numbers}); choose by number"
            )
        raise MissingObjectError(f"no structure {name!r}; there are: {', '.join(self.names) or 'none'}")

    def __repr__(self) -> str:
        return f"StructureSet({self.label!r}: {', '.join(map(repr, self.names)) or 'no structures'})"
