"""What a study holds, by its headers: entries that load their object when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dicom_io.errors import DicomIoError
from dicom_io.objects import (
    DeformableTransform,
    DoseGrid,
    GridGeometry,
    ImageSlices,
    PatientIdentity,
    Plan,
    RigidTransform,
    StructureSet,
)
from dicom_io.readers import (
    DoseHeader,
    EffectiveGrid,
    ImageHeader,
    TreatmentRecord,
    read_deformable_registration,
    read_dose,
    read_effective_dose,
    read_image,
    read_plan,
    read_registration,
    read_structure_set,
    read_treatment_record,
    series_geometry,
    slices_of,
)
from dicom_io.study.files import StoredFile

__all__ = [
    "DoseEntry",
    "Entry",
    "ImageSeries",
    "PlanEntry",
    "RegistrationEntry",
    "StructureSetEntry",
    "TreatmentRecordEntry",
]

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """One object of a study.

    Attributes
    ----------
    label : str
        Date, tail of the UID and what it is: never patient data.
    sop_instance_uid : str
    frame_of_reference_uid : str
        Empty when the header does not say.
    date : str
        YYYYMMDD or empty.
    patient : PatientIdentity
    file : StoredFile
    """

    label: str
    sop_instance_uid: str
    frame_of_reference_uid: str
    date: str
    patient: PatientIdentity
    file: StoredFile = field(repr=False)

    @property
    def sha256(self) -> str:
        """Hash of the file."""
        return self._loaded_hashes()[0] or self.file.sha256

    @property
    def data_set_sha256(self) -> str:
        """Hash of the data set in the file, whatever file and transfer syntax it came in."""
        return self._loaded_hashes()[1] or self.file.data_set_sha256

    def __getstate__(self) -> dict[str, object]:
        """Return what the headers say: an object that was read is read again where it is asked for."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def _loaded_hashes(self) -> tuple[str, str]:
        """Return the hashes that an object already read carries, so that no file is read twice."""
        return "", ""

    def _read(self, reader: Callable[[bytes], T]) -> T:
        """Read the object; the error says which file it is."""
        try:
            return reader(self.file.content())
        except DicomIoError as error:
            raise type(error)(f"{self.label} ({self.file.name}): {error}") from None


@dataclass(frozen=True, kw_only=True, eq=False)
class PlanEntry(Entry):
    """A plan of the study.

    Attributes
    ----------
    plan_label : str
        RTPlanLabel as read.
    structure_set_uid : str
    prescription_gy : float or None
    """

    plan_label: str = field(repr=False)
    structure_set_uid: str
    prescription_gy: float | None

    @cached_property
    def plan(self) -> Plan:
        """The plan, read when first asked for."""
        return self._read(read_plan)

    def _loaded_hashes(self) -> tuple[str, str]:
        if "plan" not in vars(self):
            return "", ""
        return self.plan.source_sha256, self.plan.source_data_set_sha256


@dataclass(frozen=True, kw_only=True, eq=False)
class StructureSetEntry(Entry):
    """A structure set of the study.

    Attributes
    ----------
    frames_of_reference : tuple of str
    """

    frames_of_reference: tuple[str, ...]

    @cached_property
    def structure_set(self) -> StructureSet:
        """The structure set, read when first asked for."""
        return self._read(read_structure_set)

    def _loaded_hashes(self) -> tuple[str, str]:
        if "structure_set" not in vars(self):
            return "", ""
        return self.structure_set.source_sha256, self.structure_set.source_data_set_sha256


@dataclass(frozen=True, kw_only=True, eq=False)
class DoseEntry(Entry):
    """A dose of the study.

    Attributes
    ----------
    header : DoseHeader
    geometry : GridGeometry or None
        None where the header gives none that is usable.
    """

    header: DoseHeader
    geometry: GridGeometry | None

    @cached_property
    def dose(self) -> DoseGrid:
        """The dose, read when first asked for."""
        return self._read(read_dose)

    @cached_property
    def effective_dose(self) -> EffectiveGrid:
        """The values of an EFFECTIVE dose, read when first asked for; of any other it raises."""
        return self._read(read_effective_dose)

    def _loaded_hashes(self) -> tuple[str, str]:
        if "dose" not in vars(self):
            return "", ""
        return self.dose.source_sha256[0], self.dose.source_data_set_sha256[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class RegistrationEntry(Entry):
    """A spatial registration of the study.

    Attributes
    ----------
    is_deformable : bool
    """

    is_deformable: bool

    @cached_property
    def transforms(self) -> tuple[RigidTransform, ...]:
        """Its rigid transforms, read when first asked for; a deformable registration raises."""
        return self._read(read_registration)

    @cached_property
    def deformations(self) -> tuple[DeformableTransform, ...]:
        """Its deformable transforms, read when first asked for; a rigid registration raises."""
        return self._read(read_deformable_registration)


@dataclass(frozen=True, kw_only=True, eq=False)
class TreatmentRecordEntry(Entry):
    """A treatment record of the study."""

    @cached_property
    def record(self) -> TreatmentRecord:
        """The record, read when first asked for."""
        return self._read(read_treatment_record)

    def _loaded_hashes(self) -> tuple[str, str]:
        if "record" not in vars(self):
            return "", ""
        return self.record.source_sha256, self.record.source_data_set_sha256


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageSeries:
    """The images of one series.

    Attributes
    ----------
    label : str
    modality : str
    series_uid : str
    frame_of_reference_uid : str
    patient : PatientIdentity
    images : tuple of ImageHeader
        Ascending along the normal.
    files : tuple of StoredFile
        In the order of `images`.
    """

    label: str
    modality: str
    series_uid: str
    frame_of_reference_uid: str
    patient: PatientIdentity
    images: tuple[ImageHeader, ...] = field(repr=False)
    files: tuple[StoredFile, ...] = field(repr=False)

    @property
    def image_uids(self) -> tuple[str, ...]:
        """SOP instance UIDs in the order of `images`."""
        return tuple(image.sop_instance_uid for image in self.images)

    @cached_property
    def slices(self) -> ImageSlices | None:
        """Where the slices lie; None when they are not parallel."""
        return slices_of(self.images)

    @cached_property
    def geometry(self) -> GridGeometry | None:
        """Where the voxels lie; None when the images are no stack of like slices."""
        return series_geometry(self.images)

    def slice_values(self, index: int) -> NDArray[np.float32]:
        """Return one image, shape (rows, columns), rescaled (HU of a CT)."""
        return read_image(self.files[index].content())
