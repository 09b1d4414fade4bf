"""A synthetic patient as data: solids, courses, images; nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomValueError
from dicom_io.objects import GridGeometry, RigidTransform
from dicom_io.phantom.ideal import IdealSolid
from dicom_io.phantom.known import KnownDose, KnownOrgan, known_dose
from dicom_io.phantom.profiles import AnalyticDose
from dicom_io.phantom.shapes import Solid, corners
from dicom_io.writers import BeamContent, Patient, content_uid

__all__ = ["PATIENT_POSITIONS", "KnownGap", "PhantomCase", "PhantomCourse", "grid", "known_organs"]


PATIENT_POSITIONS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "HFS": ((1, 0, 0), (0, 1, 0)),
    "HFP": ((-1, 0, 0), (0, -1, 0)),
    "HFDL": ((0, -1, 0), (1, 0, 0)),
    "HFDR": ((0, 1, 0), (-1, 0, 0)),
    "FFS": ((-1, 0, 0), (0, 1, 0)),
    "FFP": ((1, 0, 0), (0, -1, 0)),
    "FFDL": ((0, 1, 0), (1, 0, 0)),
    "FFDR": ((0, -1, 0), (-1, 0, 0)),
}
"""Row and column direction of an axial image by Patient Position (DICOM PS3.3 C.7.3.1.1.2)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PhantomCourse:
    """One course of treatment of a synthetic patient.

    Attributes
    ----------
    label : str
        Also the name of its folder; empty for the case's own folder.
    plan_label : str
    n_fractions : int
    prescription_gy : float
    target : str
        Name of the structure that is prescribed to.
    dose : AnalyticDose
        In this course's frame of reference.
    dose_geometry, image_geometry : GridGeometry
        In this course's frame of reference.
    solids : tuple of Solid
        Structures of the course, drawn in the case's main frame of reference.
    beams : tuple of BeamContent
    isocentre : (float, float, float)
        mm, in this course's frame of reference.
    patient_position : str
    image_date, plan_date : str
        YYYYMMDD.
    frame_of_reference_uid : str
    to_main : RigidTransform or None
        Carries points of this course's frame into the main one; None where they are the same.
    """

    label: str
    plan_label: str
    n_fractions: int
    prescription_gy: float
    target: str
    dose: AnalyticDose
    dose_geometry: GridGeometry
    image_geometry: GridGeometry
    solids: tuple[Solid, ...]
    beams: tuple[BeamContent, ...]
    isocentre: tuple[float, float, float]
    patient_position: str
    image_date: str
    plan_date: str
    frame_of_reference_uid: str
    to_main: RigidTransform | None = None

    def from_main(self, points: FloatArray) -> FloatArray:
        """Carry points of the main frame of reference into this course's."""
        if self.to_main is None:
            return points
        matrix = self.to_main.matrix
        return np.asarray((points - matrix[:3, 3]) @ matrix[:3, :3], dtype=np.float64)

    @property
    def keeps_z(self) -> bool:
        """Whether axial planes of this course are axial planes of the main frame."""
        return self.to_main is None or abs(float(self.to_main.matrix[2, 2]) - 1) < 1e-12

    def named(self, name: str) -> Solid:
        """Return the structure of a name."""
        return next(solid for solid in self.solids if solid.name == name)

    def number_of(self, name: str) -> int:
        """Return the ROI number of a structure: its place in the list."""
        return [solid.name for solid in self.solids].index(name) + 1


@dataclass(frozen=True, kw_only=True)
class KnownGap:
    """The distance between two structures of a case.

    Attributes
    ----------
    from_name, to_name : str
    as_slabs_mm : float
        Between the contours extruded half-way to their neighbours.
    as_planes_mm : float
        Between the outermost contours themselves: larger across planes, the same in plane.
    """

    from_name: str
    to_name: str
    as_slabs_mm: float
    as_planes_mm: float


@dataclass(frozen=True, kw_only=True, eq=False)
class PhantomCase:
    """A synthetic patient.

    Attributes
    ----------
    name : str
    summary : str
        One line for people.
    patient : Patient
    body_part : str
        Body Part Examined.
    courses : tuple of PhantomCourse
        From the earliest to the newest, whose frame of reference is the main one.
    image_solids : tuple of Solid
        Filled into the images in this order, in the main frame; most are no structures.
    ideal : IdealSolid or None
        The smooth solid that the case draws, where it is about one.
    gaps : tuple of KnownGap
        Distances that the case is about.
    """

    name: str
    summary: str
    patient: Patient
    body_part: str
    courses: tuple[PhantomCourse, ...]
    image_solids: tuple[Solid, ...]
    ideal: IdealSolid | None = None
    gaps: tuple[KnownGap, ...] = ()

    def course(self, label: str) -> PhantomCourse:
        """Return the course of a label."""
        return next(course for course in self.courses if course.label == label)


def grid(
    *,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
    spacing: tuple[float, float, float],
    patient_position: str = "HFS",
) -> GridGeometry:
    """Return the axial grid that fills a box, laid out as the patient position has it.

    Parameters
    ----------
    low, high : (float, float, float)
        x, y, z of the outermost voxel centres, mm, whole numbers of spacings apart.
    spacing : (float, float, float)
        Along the patient's x, y and z, mm.
    patient_position : str
        A key of `PATIENT_POSITIONS`.

    Examples
    --------
    >>> prone = grid(low=(0, 0, 0), high=(9, 8, 4), spacing=(3, 2, 1), patient_position="FFP")
    >>> prone.shape, prone.origin.tolist()
    ((5, 5, 4), [0.0, 8.0, 4.0])
    """
    row, column = (np.array(direction, dtype=np.float64) for direction in PATIENT_POSITIONS[patient_position])
    normal = np.cross(row, column)
    box, steps = np.subtract(high, low), np.asarray(spacing, dtype=np.float64)
    counts = np.rint(box / steps)
    if not np.allclose(counts * steps, box, atol=1e-9):
        raise DicomValueError("the box is not a whole number of spacings wide")
    forward = row + column + normal > 0
    n_columns, n_rows, n_frames = (int(np.abs(axis) @ counts) + 1 for axis in (row, column, normal))
    return GridGeometry(
        shape=(n_frames, n_rows, n_columns),
        origin=np.where(forward, low, high).astype(np.float64),
        row_direction=row,
        column_direction=column,
        row_spacing=float(np.abs(column) @ steps),
        column_spacing=float(np.abs(row) @ steps),
        frame_offsets=np.arange(n_frames, dtype=np.float64) * float(np.abs(normal) @ steps),
    )


def frame_uid(case: str, course: str) -> str:
    """Return the frame of reference UID of a case's course."""
    return content_uid("phantom", case, course, "frame of reference")


def known_organs(case: PhantomCase) -> tuple[KnownOrgan, ...]:
    """Return the structures of a case with what is known of them in closed form.

    Structures that several courses hold in common come once; courses' own structures of the same
    name (each course's PTV, say) come apart, told by `KnownOrgan.drawn_in`.

    Parameters
    ----------
    case : PhantomCase

    Returns
    -------
    tuple of KnownOrgan
        Those of the newest course first, in its order.

    Examples
    --------
    >>> from dicom_io.phantom import build_case
    >>> sphere = known_organs(build_case("sphere"))[0]
    >>> sphere.name, sphere.volume_cc, sphere.physical("").value_at_hottest(0.03)
    ('Sphere', 7.241, 41.187)
    """
    found: dict[int, tuple[Solid, list[str]]] = {}
    for course in reversed(case.courses):
        for solid in course.solids:
            found.setdefault(id(solid), (solid, []))[1].insert(0, course.label)
    return tuple(_known_organ(solid, tuple(labels), case) for solid, labels in found.values())


def _known_organ(solid: Solid, drawn_in: tuple[str, ...], case: PhantomCase) -> KnownOrgan:
    covered = {course.label: _covered_z(solid, course) for course in case.courses}
    doses: dict[str, KnownDose | None] = {}
    for course in case.courses:
        z_range = covered[course.label]
        doses[course.label] = (
            None
            if z_range is None
            else known_dose(
                solid,
                course.dose,
                course=course.label,
                from_dose_frame=course.to_main,
                covered_z=z_range,
            )
        )
    return KnownOrgan(name=solid.name, drawn_in=drawn_in, solid=solid, doses=doses, covered_z=covered)


def _covered_z(solid: Solid, course: PhantomCourse) -> tuple[float, float] | None:
    """Return the z range of a solid that a dose grid covers, where the grid leaves it through z alone."""
    low, high = _box(course.dose_geometry)
    points = course.from_main(corners(solid.slabs))
    inside = (points >= low - 1e-9) & (points <= high + 1e-9)
    if np.all(inside):
        return solid.z_range
    if not np.all(inside[:, :2]) or not course.keeps_z:
        return None
    shift = 0.0 if course.to_main is None else float(course.to_main.matrix[2, 3])
    return max(solid.z_range[0], float(low[2]) + shift), min(solid.z_range[1], float(high[2]) + shift)


def _box(geometry: GridGeometry) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and highest x, y, z of the voxel centres."""
    ends = geometry.to_patient([[0, 0, 0], [n - 1 for n in geometry.shape]])
    return ends.min(axis=0), ends.max(axis=0)
