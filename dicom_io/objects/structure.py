"""Structures as drawn: closed planar contours (and points) in patient coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomValueError, MissingObjectError, NoSuchStructureError
from dicom_io.wording import counted

__all__ = ["Contour", "ImageSlices", "Structure", "StructureSet"]

_PARALLEL = 1e-4
"""1 - cosine below which the planes of contours are those of an image: less than a degree."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Contour:
    """One contour of a structure.

    Attributes
    ----------
    points : ndarray, shape (points, 3)
        x, y, z in mm (LPS), in drawing order; the last point is not the first again.
    geometric_type : str
        ContourGeometricType, such as ``"CLOSED_PLANAR"``, ``"CLOSEDPLANAR_XOR"`` or ``"POINT"``.
    image_uid : str
        The image that it was drawn on; empty where the file names none, or several.
    """

    points: FloatArray
    geometric_type: str
    image_uid: str = ""

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.points.shape[1] != 3 or len(self.points) < 1:
            raise DicomValueError(f"contour points of shape {self.points.shape}: (points, 3) is needed")
        if not np.all(np.isfinite(self.points)):
            raise DicomValueError("a contour has coordinates that are not finite")

    def __repr__(self) -> str:
        return f"Contour({self.geometric_type}, {counted(len(self.points), 'point')})"


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageSlices:
    """Where the slices of the image lie that structures were drawn on.

    Attributes
    ----------
    normal : ndarray, shape (3,)
        Unit vector across the slices.
    heights : ndarray, shape (slices,)
        Position of each slice along `normal`, mm, not decreasing.
    thickness : float or None
        What the image says of a single slice, mm.

    Examples
    --------
    >>> slices = ImageSlices(normal=np.array([0.0, 0, 1]), heights=np.array([0.0, 3, 6]))
    >>> slices.heights_along(np.array([0.0, 0, -1])).tolist()
    [-6.0, -3.0, -0.0]
    """

    normal: FloatArray
    heights: FloatArray
    thickness: float | None = None

    def __post_init__(self) -> None:
        if self.normal.shape != (3,) or self.heights.ndim != 1 or np.any(np.diff(self.heights) < 0):
            raise DicomValueError("slices of an image need a normal and heights that do not decrease")

    def heights_along(self, normal: FloatArray) -> FloatArray:
        """Return the distinct heights along a normal, increasing; none where slices lie otherwise."""
        across = float(self.normal @ normal)
        if abs(across) < 1 - _PARALLEL:
            return np.zeros(0)
        return np.unique(np.sign(across) * self.heights)

    def __repr__(self) -> str:
        return f"ImageSlices({counted(len(self.heights), 'slice')})"


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
    slices : ImageSlices or None
        Of the image that it was drawn on, where the set names the image and the image is there.
    unread : str
        Why its contours cannot be used, such as coordinates that are no numbers; empty otherwise.
    """

    number: int
    name: str
    interpreted_type: str
    contours: tuple[Contour, ...]
    frame_of_reference_uid: str
    slices: ImageSlices | None = None
    unread: str = ""

    @property
    def is_drawn(self) -> bool:
        """Whether the file has contours of it, though they may not be usable."""
        return bool(self.contours or self.unread)

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
    source_sha256, source_data_set_sha256 : str
        Of the file, and of the data set in it, whatever file and transfer syntax it came in.
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
    source_data_set_sha256: str = ""
    findings: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The structures' names in file order."""
        return tuple(structure.name for structure in self.structures)

    def named(self, name: str) -> Structure:
        """Return the one structure of exactly this name; no name or several raise and list what is there."""
        same = self.all_named(name)
        if len(same) > 1:
            numbers = ", ".join(str(structure.number) for structure in same)
            raise MissingObjectError(
                f"{len(same)} structures are named {name!r} (numbers {numbers}); choose by number"
            )
        return same[0]

    def all_named(self, name: str) -> tuple[Structure, ...]:
        """Return the structures of exactly this name, at least one; no such name raises."""
        same = tuple(structure for structure in self.structures if structure.name == name)
        if not same:
            raise NoSuchStructureError(
                f"no structure {name!r}; there are: {', '.join(self.names) or 'none'}",
                where=name,
                missing=(name,),
            )
        return same

    def __repr__(self) -> str:
        return f"StructureSet({self.label!r}: {', '.join(map(repr, self.names)) or 'no structures'})"
