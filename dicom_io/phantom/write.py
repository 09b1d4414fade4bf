"""Writing a synthetic patient as complete DICOM sets, whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from dicom_io.errors import DicomIoError, FolderNotEmptyError
from dicom_io.objects import Contour, Structure
from dicom_io.phantom.case import PhantomCase, PhantomCourse
from dicom_io.phantom.cases import CASES, build_case
from dicom_io.phantom.images import hounsfield_volume
from dicom_io.phantom.shapes import Solid
from dicom_io.placing import folder_beside
from dicom_io.writers import (
    DoseAttributes,
    ImageSeries,
    ObjectHeader,
    PlanContent,
    ReferencedImages,
    RegistrationItem,
    SeriesHeader,
    StudyHeader,
    content_uid,
    ct_objects,
    dose_object,
    plan_object,
    registration_object,
    save,
    structure_set_object,
)

__all__ = ["ALL_CASES", "WrittenPhantom", "case_objects", "write_phantom", "write_phantoms"]

DOSE_STEP_GY = 1e-3
"""Stored unit of the dose grids, in 16 bits: where answers are known, nodes hold whole milligrays."""

ALL_CASES = "all"
"""Stands for every case, each in a folder of its own."""

_TIME = "090000"
_REVIEWER = "Phantom^Reviewer"

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class WrittenPhantom:
    """What was written.

    Attributes
    ----------
    case : str
    folder : Path
    files : tuple of str
        Relative to the folder, with forward slashes, sorted.
    """

    case: str
    folder: Path
    files: tuple[str, ...]


def write_phantom(
    case: str | PhantomCase,
    folder: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    report: Report | None = None,
) -> WrittenPhantom:
    """Write a synthetic patient into a folder, whole or not at all.

    A case of two courses has a folder for each, ``first-course`` and ``second-course``, and
    ``registration.dcm`` beside them; others have their objects in the folder itself.

    Parameters
    ----------
    case : str or PhantomCase
        A name of `CASES`, or a case of one's own.
    folder : path
        Made when it is not there; must be empty or absent unless `overwrite`.
    overwrite : bool
        Replace the files that this case writes; other files in the folder stay.
    report : callable, optional
        Called with what is being done.

    Returns
    -------
    WrittenPhantom

    Raises
    ------
    DicomValueError
        When no case has this name.
    DicomIoError
        When the folder is not empty and `overwrite` is not given, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_phantom("sphere", f"{folder}/sphere")
    >>> written.files[-3:]
    ('RTDOSE.dcm', 'RTPLAN.dcm', 'RTSTRUCT.dcm')
    """
    built = build_case(case) if isinstance(case, str) else case
    target = Path(folder)
    _refuse_occupied(target, overwrite=overwrite)
    try:
        partial = folder_beside(target)
        try:
            files = _write_all(built, partial, report or (lambda _: None))
            _move_into_place(partial, target, files)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as problem:
        raise DicomIoError(f"the phantom could not be written: {problem.strerror}") from None
    return WrittenPhantom(case=built.name, folder=target, files=files)


def write_phantoms(
    case: str,
    folder: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    report: Report | None = None,
) -> tuple[tuple[PhantomCase, WrittenPhantom], ...]:
    """Write one synthetic patient into a folder, or every one, each into its own folder below.

    Parameters
    ----------
    case : str
        One of `CASES`, or `ALL_CASES`.
    folder : path
    overwrite : bool
        As in `write_phantom`.
    report : callable, optional
        Called with what is being done.

    Returns
    -------
    tuple of (PhantomCase, WrittenPhantom)

    Raises
    ------
    DicomValueError
        When no case has this name.
    DicomIoError
        When one of the folders is not empty; then none is written.
    """
    target = Path(folder)
    folders = {name: target / name for name in CASES} if case == ALL_CASES else {case: target}
    built = {name: build_case(name) for name in folders}
    for place in folders.values():
        _refuse_occupied(place, overwrite=overwrite)
    return tuple(
        (built[name], write_phantom(built[name], place, overwrite=overwrite, report=report))
        for name, place in folders.items()
    )


def _refuse_occupied(folder: Path, *, overwrite: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise DicomIoError(f"{folder.name} is a file; a folder is needed")
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise FolderNotEmptyError(
            f"folder {folder.name} is not empty; --overwrite replaces files of the same names in it",
            where=folder.name,
        )


def _write_all(case: PhantomCase, folder: Path, report: Report) -> tuple[str, ...]:
    files = []
    for name, dataset in case_objects(case, report=report).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        save(dataset, path)
        files.append(name)
    return tuple(sorted(files))


def _move_into_place(partial: Path, folder: Path, files: tuple[str, ...]) -> None:
    """Rename the finished folder, or, where one is there to be overwritten, each finished file."""
    if not folder.exists():
        partial.rename(folder)
        return
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (partial / name).replace(folder / name)


def case_objects(case: PhantomCase, *, report: Report = lambda _: None) -> dict[str, Dataset]:
    """Return all objects of a case by file name, relative and with forward slashes."""
    objects: dict[str, Dataset] = {}
    images: dict[str, ImageSeries] = {}
    for course in case.courses:
        report(f"{case.name}: {course.label or 'course'}")
        in_folder, images[course.label] = _course_objects(case, course)
        prefix = f"{course.label}/" if course.label else ""
        objects |= {prefix + name: dataset for name, dataset in in_folder.items()}
    if len(case.courses) > 1:
        objects["registration.dcm"] = _registration(case, images)
    return objects


def _course_objects(case: PhantomCase, course: PhantomCourse) -> tuple[dict[str, Dataset], ImageSeries]:
    slices = ct_objects(
        hounsfield_volume(course, case.image_solids),
        course.image_geometry,
        header=_header(case, course, "CT"),
        patient_position=course.patient_position,
    )
    images = _image_series(case, course, slices)
    structures = structure_set_object(
        [_structure(solid, course) for solid in course.solids],
        header=_header(case, course, "RTSTRUCT"),
        label="DRAWN",
        images=images,
        approval_status="APPROVED",
        reviewer=_REVIEWER,
    )
    plan = plan_object(_plan(course, structures), header=_header(case, course, "RTPLAN"))
    objects = {f"CT.{k:03d}.dcm": image for k, image in enumerate(slices, start=1)}
    objects |= {"RTSTRUCT.dcm": structures, "RTPLAN.dcm": plan, "RTDOSE.dcm": _dose(case, course, plan)}
    return objects, images


def _study_uid(case: PhantomCase, course: PhantomCourse) -> str:
    return content_uid("phantom", case.name, course.label, "study")


def _series_uid(case: PhantomCase, course: PhantomCourse, modality: str) -> str:
    return content_uid("phantom", case.name, course.label, modality, "series")


def _header(case: PhantomCase, course: PhantomCourse, modality: str) -> ObjectHeader:
    number = ["CT", "RTSTRUCT", "RTPLAN", "RTDOSE", "REG"].index(modality) + 1
    return ObjectHeader(
        patient=case.patient,
        study=StudyHeader(
            study_instance_uid=_study_uid(case, course),
            study_id=course.label[:16] or "phantom",
            date=course.image_date,
            time=_TIME,
            description=f"Synthetic patient {case.name}",
        ),
        series=SeriesHeader(
            series_instance_uid=_series_uid(case, course, modality),
            number=number,
            description=f"{modality} {course.plan_label}",
            date=course.image_date if modality in {"CT", "RTSTRUCT"} else course.plan_date,
            time=_TIME,
            body_part=case.body_part if modality in {"CT", "REG"} else "",
        ),
        frame_of_reference_uid=course.frame_of_reference_uid,
    )


def _image_series(case: PhantomCase, course: PhantomCourse, slices: list[Dataset]) -> ImageSeries:
    frames = np.arange(len(slices))
    corners = course.image_geometry.to_patient(np.stack([frames, 0 * frames, 0 * frames], axis=-1))
    return ImageSeries(
        study_instance_uid=_study_uid(case, course),
        series_instance_uid=_series_uid(case, course, "CT"),
        sop_instance_uids=tuple(str(image.SOPInstanceUID) for image in slices),
        positions=corners,
        normal=course.image_geometry.normal,
    )


def _structure(solid: Solid, course: PhantomCourse) -> Structure:
    contours = tuple(
        Contour(points=course.from_main(points), geometric_type="CLOSED_PLANAR")
        for points in solid.contours()
    )
    return Structure(
        number=course.number_of(solid.name),
        name=solid.name,
        interpreted_type=solid.interpreted_type,
        contours=contours,
        frame_of_reference_uid=course.frame_of_reference_uid,
    )


def _plan(course: PhantomCourse, structures: Dataset) -> PlanContent:
    return PlanContent(
        label=course.plan_label,
        n_fractions=course.n_fractions,
        prescription_gy=course.prescription_gy,
        target_roi_number=course.number_of(course.target),
        structure_set_uid=str(structures.SOPInstanceUID),
        isocentre=course.isocentre,
        patient_position=course.patient_position,
        beams=course.beams,
        date=course.plan_date,
        approval_status="APPROVED",
        reviewer=_REVIEWER,
    )


def _dose(case: PhantomCase, course: PhantomCourse, plan: Dataset) -> Dataset:
    return dose_object(
        course.dose.on(course.dose_geometry),
        course.dose_geometry,
        header=_header(case, course, "RTDOSE"),
        attributes=DoseAttributes(
            dose_type="PHYSICAL",
            summation_type="PLAN",
            plan_uids=(str(plan.SOPInstanceUID),),
            comment="synthetic, products of piecewise-linear profiles",
        ),
        scaling_gy=DOSE_STEP_GY,
        bits=16,
    )


def _registration(case: PhantomCase, images: dict[str, ImageSeries]) -> Dataset:
    newest = case.courses[-1]
    return registration_object(
        [_registration_item(course, images[course.label]) for course in reversed(case.courses)],
        header=_header(case, newest, "REG"),
        label="REGISTRATION",
        description="Earlier courses carried into the newest course's frame",
    )


def _registration_item(course: PhantomCourse, images: ImageSeries) -> RegistrationItem:
    matrix = np.eye(4) if course.to_main is None else course.to_main.matrix
    return RegistrationItem(
        frame_of_reference_uid=course.frame_of_reference_uid,
        matrices=(matrix,),
        images=ReferencedImages(
            study_instance_uid=images.study_instance_uid,
            series_instance_uid=images.series_instance_uid,
            sop_instance_uids=images.sop_instance_uids,
        ),
    )
