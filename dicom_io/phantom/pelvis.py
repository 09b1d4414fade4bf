"""A pelvic patient irradiated twice: 50.4 Gy in 28 fractions, then 30 Gy in 5, in two frames of reference.

The second course's frame is the main one, with z = 0 at the sacrum's lower part. Each organ lies so that
each course's dose depends on at most one coordinate within it: above and below the plateaus on z, in
front and beside them on y or x. The frames differ by a rotation about z and a translation that do not
commute; profiles along z stay parallel. Ramps rise by whole milligrays from node to node, so that the
stored doses are those of the formula.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.objects import GridGeometry, RigidTransform
from dicom_io.phantom.case import PhantomCase, PhantomCourse, frame_uid, grid
from dicom_io.phantom.profiles import AnalyticDose, DoseTerm, PiecewiseLinear, flat
from dicom_io.phantom.shapes import Solid, ellipse, prism, rectangle, stack
from dicom_io.writers import BeamContent, Patient

__all__ = ["FIRST_COURSE", "SECOND_COURSE", "pelvis_two_courses"]


FIRST_COURSE, SECOND_COURSE = "first-course", "second-course"

SLICE_MM = 3.0
PIXEL_MM = 3.75
SCAN_Z = (-90.0, 240.0)
"""Ends of the scan: half a slice beyond the outermost image planes."""

FIRST_TO_SECOND_SHIFT_MM = (40.0, -24.0, 42.0)
UPRIGHT_ROTATION_DEGREES = (0.0, 0.0, 6.0)
TILTED_ROTATION_DEGREES = (2.0, 1.5, 6.0)
"""About the x, y and z axis, applied in this order."""


def pelvis_two_courses(name: str, *, rotation_degrees: tuple[float, float, float]) -> PhantomCase:
    """Return the patient.

    Parameters
    ----------
    name : str
    rotation_degrees : (float, float, float)
        About x, y and z, applied in this order: the rotation from the first course's frame of
        reference to the second's.
    """
    to_main = RigidTransform(
        matrix=_matrix(rotation_degrees, FIRST_TO_SECOND_SHIFT_MM),
        maps_from=frame_uid(name, FIRST_COURSE),
        maps_to=frame_uid(name, SECOND_COURSE),
        source="registration object",
    )
    organs, external = _organs(), _external()
    return PhantomCase(
        name=name,
        summary="pelvis, 50.4 Gy / 28 and 30 Gy / 5 eight months later, two frames of reference",
        patient=Patient(name="Phantom^Pelvis", patient_id="PHANTOM-PELVIS", birth_date="19500101", sex="F"),
        body_part="PELVIS",
        courses=(_first(to_main, organs, external), _second(to_main, organs, external)),
        image_solids=(external, *_tissues(), *organs, *_bones()),
    )


def _matrix(rotation_degrees: tuple[float, float, float], shift: tuple[float, float, float]) -> FloatArray:
    """Return the homogeneous matrix of rotations about x, y and z in this order, then a shift."""
    matrix = np.eye(4)
    for axis, angle in enumerate(np.radians(rotation_degrees)):
        step = np.eye(3)
        i, j = (axis + 1) % 3, (axis + 2) % 3
        step[i, i] = step[j, j] = np.cos(angle)
        step[i, j], step[j, i] = -np.sin(angle), np.sin(angle)
        matrix[:3, :3] = step @ matrix[:3, :3]
    matrix[:3, 3] = shift
    return matrix


def _first(to_main: RigidTransform, organs: Sequence[Solid], external: Solid) -> PhantomCourse:
    shift = to_main.matrix[2, 3]
    beams = _beams((0, 90, 180, 270), dose_gy=50.4 / 28, jaw_x=(-88, 88), jaw_y=(-75, 75), energy_mv=15)
    return PhantomCourse(
        label=FIRST_COURSE,
        plan_label="PELVIS 50.4",
        n_fractions=28,
        prescription_gy=50.4,
        target="PTV",
        dose=_first_dose(),
        dose_geometry=grid(low=(-189, -90, -132), high=(141, 135, 177), spacing=(3, 2.5, 3)),
        image_geometry=_images(centre=(-37.5, 30.0), z_shift=-shift),
        solids=(*_first_targets(), *organs, external),
        beams=beams,
        isocentre=(-36.0, 28.0, -60.0),
        patient_position="HFS",
        image_date="20230417",
        plan_date="20230424",
        frame_of_reference_uid=to_main.maps_from,
        to_main=to_main,
    )


def _second(to_main: RigidTransform, organs: Sequence[Solid], external: Solid) -> PhantomCourse:
    angles = tuple(range(0, 360, 40))
    beams = _beams(angles, dose_gy=31.6 / 5, jaw_x=(-46, 46), jaw_y=(-24, 24), energy_mv=6)
    return PhantomCourse(
        label=SECOND_COURSE,
        plan_label="PRESACRAL 30",
        n_fractions=5,
        prescription_gy=30.0,
        target="PTV",
        dose=_second_dose(),
        dose_geometry=grid(low=(-120, -90, -80), high=(120, 110, 205), spacing=(2.5, 2, 2.5)),
        image_geometry=_images(centre=(0.0, 0.0), z_shift=0.0),
        solids=(*_second_targets(), *organs, external),
        beams=beams,
        isocentre=(0.0, 36.0, 7.5),
        patient_position="HFS",
        image_date="20240122",
        plan_date="20240129",
        frame_of_reference_uid=to_main.maps_to,
    )


def _images(*, centre: tuple[float, float], z_shift: float) -> GridGeometry:
    """Return the image grid; contour planes of the main frame lie on its slices after the shift."""
    low, high = SCAN_Z[0] + SLICE_MM / 2 + z_shift, SCAN_Z[1] - SLICE_MM / 2 + z_shift
    half = 55.5 * PIXEL_MM
    return grid(
        low=(centre[0] - half, centre[1] - half, low),
        high=(centre[0] + half, centre[1] + half, high),
        spacing=(PIXEL_MM, PIXEL_MM, SLICE_MM),
    )


def _beams(
    angles: Sequence[float],
    *,
    dose_gy: float,
    jaw_x: tuple[float, float],
    jaw_y: tuple[float, float],
    energy_mv: float,
) -> tuple[BeamContent, ...]:
    """Return beams that share a fraction's dose at the isocentre evenly."""
    each = dose_gy / len(angles)
    return tuple(
        BeamContent(
            name=f"G{angle:g}",
            gantry_angle=angle,
            jaw_x=jaw_x,
            jaw_y=jaw_y,
            dose_gy=each,
            meterset_mu=round(each * 125, 2),
            energy_mv=energy_mv,
        )
        for angle in angles
    )


def _profile(*points: tuple[float, float]) -> PiecewiseLinear:
    knots, values = zip(*points, strict=True)
    return PiecewiseLinear(knots=np.array(knots), values=np.array(values))


def _first_dose() -> AnalyticDose:
    """Box field of the first course, in its own frame: z is 42 mm less than in the main one."""
    x = _profile((-189, 0.05), (-153, 0.20), (-117, 1.0), (45, 1.0), (81, 0.20), (141, 0.05))
    y = _profile((-90, 0.85), (-75, 1.0), (115, 1.0), (135, 0.85))
    z = _profile(
        (-132, 0.04),
        (-120, 0.10),
        (-105, 1.0),
        (-6, 1.0),
        (9, 1.025),
        (21, 1.0),
        (51, 0.30),
        (75, 0.10),
        (177, 0.015),
    )
    return AnalyticDose(terms=(DoseTerm(gy=50.4, x=x, y=y, z=z),))


def _second_dose() -> AnalyticDose:
    """Hot box around the presacral target, and a bath that depends on z alone."""
    box = DoseTerm(
        gy=28.0,
        x=_profile((-65, 0.0), (-45, 1.0), (45, 1.0), (65, 0.0)),
        y=_profile((-20, 0.0), (12, 1.0), (84, 1.0), (104, 0.0)),
        z=_profile((-50, 0.0), (-15, 1.0), (30, 1.0), (42.5, 0.0)),
    )
    bath = DoseTerm(
        gy=3.6,
        x=flat(),
        y=flat(),
        z=_profile((-80, 0.5), (-67.5, 1.0), (32.5, 1.0), (70, 0.4), (120, 0.1), (205, 0.015)),
    )
    return AnalyticDose(terms=(box, bath))


def _first_targets() -> tuple[Solid, Solid]:
    gtv = stack(
        "GTV",
        _ellipsoid(centre=(2, 34, -33), half_axes=(24, 21, 24), n_vertices=48),
        z=(-57, -9),
        contour_spacing=SLICE_MM,
        interpreted_type="GTV",
    )
    ptv = prism(
        "PTV",
        [ellipse(centre=(2, 6), half_axes=(66, 70), n_vertices=60, exponent=3.0)],
        z=(-60, 57),
        contour_spacing=SLICE_MM,
        interpreted_type="PTV",
    )
    return gtv, ptv


def _second_targets() -> tuple[Solid, Solid]:
    gtv = stack(
        "GTV",
        _ellipsoid(centre=(0, 38, 7.5), half_axes=(34, 18, 18.5), n_vertices=48),
        z=(-9, 24),
        contour_spacing=SLICE_MM,
        interpreted_type="GTV",
        hounsfield=45,
    )
    ptv = stack(
        "PTV",
        _ellipsoid(centre=(0, 38, 7.5), half_axes=(41, 24, 26.0), n_vertices=60),
        z=(-15, 30),
        contour_spacing=SLICE_MM,
        interpreted_type="PTV",
    )
    return gtv, ptv


class _Ellipsoid:
    """Cross-sections of an ellipsoid: an ellipse whose size follows its height."""

    def __init__(
        self,
        *,
        centre: tuple[float, float, float],
        half_axes: tuple[float, float, float],
        n_vertices: int,
        exponent: float = 2.0,
    ) -> None:
        self.centre, self.half_axes = centre, half_axes
        self.n_vertices, self.exponent = n_vertices, exponent

    def __call__(self, z: float) -> list[FloatArray]:
        """Return the polygon at a height."""
        size = np.sqrt(max(1 - ((z - self.centre[2]) / self.half_axes[2]) ** 2, 0.0))
        return [
            ellipse(
                centre=self.centre[:2],
                half_axes=(self.half_axes[0] * size, self.half_axes[1] * size),
                n_vertices=self.n_vertices,
                exponent=self.exponent,
            )
        ]


_ellipsoid = _Ellipsoid


@functools.cache
def _organs() -> tuple[Solid, ...]:
    """Return the organs that both courses' structure sets hold, in TG-263 names."""
    return (
        stack(
            "Bladder",
            _ellipsoid(centre=(0, -34, 7.5), half_axes=(40, 27, 28), n_vertices=48),
            z=(-15, 30),
            contour_spacing=SLICE_MM,
            hounsfield=8,
        ),
        stack("Bag_Bowel", _bowel, z=(33, 135), contour_spacing=SLICE_MM, hounsfield=20),
        stack("Rectum", _rectum, z=(-75, -15), contour_spacing=SLICE_MM, hounsfield=30),
        stack("SacralPlex", _plexus, z=(-15, 30), contour_spacing=SLICE_MM, hounsfield=35),
        stack("CaudaEquina", _cauda, z=(39, 195), contour_spacing=SLICE_MM, hounsfield=25),
        prism(
            "SpinalCord",
            [ellipse(centre=(0, 66), half_axes=(6.5, 5), n_vertices=32)],
            z=(195, 240),
            contour_spacing=SLICE_MM,
            hounsfield=35,
        ),
        _femoral_head("Femur_Head_L", x=95),
        _femoral_head("Femur_Head_R", x=-95),
        _iliac("A_Iliac_L", side=1),
        _iliac("A_Iliac_R", side=-1),
    )


def _bowel(z: float) -> list[FloatArray]:
    """Return the bowel bag at a height: it widens upwards."""
    width = 50 + 12 * (z - 33) / 102
    return [ellipse(centre=(6, -55), half_axes=(width, 34), n_vertices=60, exponent=2.6)]


def _rectum(z: float) -> list[FloatArray]:
    """Return the rectal stump at a height: closed above, bent backwards."""
    half = 17 - 3.5 * ((z + 45) / 30) ** 2
    return [ellipse(centre=(1.5, 38 - 0.1 * (z + 45)), half_axes=(half, half * 0.9), n_vertices=40)]


def _plexus(z: float) -> list[FloatArray]:
    """Return both halves of the sacral plexus at a height: they run apart downwards."""
    x = 55 - 0.08 * (z - 7.5)
    y = 46 - 0.15 * (z - 7.5)
    return [ellipse(centre=(side * x, y), half_axes=(7, 10), n_vertices=24) for side in (1, -1)]


def _cauda(z: float) -> list[FloatArray]:
    """Return the thecal sac at a height: it narrows downwards."""
    half = 6 + 3 * (z - 39) / 156
    return [ellipse(centre=(0, 68 - 2 * (z - 39) / 156), half_axes=(half, 0.75 * half), n_vertices=32)]


def _femoral_head(name: str, *, x: float) -> Solid:
    return stack(
        name,
        _ellipsoid(centre=(x, -6, -37.5), half_axes=(23, 23, 23), n_vertices=40),
        z=(-60, -15),
        contour_spacing=SLICE_MM,
        hounsfield=450,
    )


def _iliac(name: str, *, side: int) -> Solid:
    """Return a common iliac artery: it runs outwards and forwards on its way down."""

    def at(z: float) -> list[FloatArray]:
        down = (111 - z) / 66
        return [
            ellipse(centre=(side * (18 + 26 * down), 14 - 12 * down), half_axes=(5.5, 5.5), n_vertices=24)
        ]

    return stack(name, at, z=(45, 111), contour_spacing=SLICE_MM, hounsfield=160)


@functools.cache
def _external() -> Solid:
    def at(z: float) -> list[FloatArray]:
        waist = 14 * np.exp(-(((z - 160) / 70) ** 2))
        return [ellipse(centre=(0, 2), half_axes=(186 - waist, 112 - waist / 2), n_vertices=72, exponent=2.5)]

    return stack(
        "External", at, z=SCAN_Z, contour_spacing=SLICE_MM, interpreted_type="EXTERNAL", hounsfield=-95
    )


def _tissue(name: str, polygons: Sequence[FloatArray], z: tuple[float, float], hounsfield: int) -> Solid:
    return prism(name, polygons, z=z, contour_spacing=SLICE_MM, hounsfield=hounsfield)


def _tissues() -> tuple[Solid, ...]:
    """Return what fills the images around the organs; no structures."""
    trunk = ellipse(centre=(0, 2), half_axes=(158, 90), n_vertices=72, exponent=2.6)
    cavity = ellipse(centre=(0, -22), half_axes=(92, 58), n_vertices=60, exponent=2.4)
    return (_tissue("muscle", [trunk], SCAN_Z, 50), _tissue("cavity", [cavity], (-72, 240), -60))


def _bones() -> tuple[Solid, ...]:
    wings = [
        np.array([[s * 62, 62], [s * 84, 66], [s * 122, -8], [s * 116, -22], [s * 104, -14], [s * 70, 48.0]])
        for s in (1, -1)
    ]
    hips = [
        np.array([[s * 70, -30], [s * 78, -34], [s * 72, 22], [s * 86, 40], [s * 74, 46], [s * 62, 12.0]])
        for s in (1, -1)
    ]
    sacrum = [ellipse(centre=(0, 74), half_axes=(42, 11), n_vertices=32, exponent=2.6)]
    vertebra = [
        ellipse(centre=(0, 38), half_axes=(23, 17), n_vertices=32, exponent=2.6),
        rectangle(low=(-4, 78), high=(4, 98)),
    ]
    return (
        _tissue("iliac bone", wings, (30, 120), 420),
        _tissue("acetabulum", hips, (-66, 3), 480),
        _tissue("sacrum", sacrum, (-21, 39), 350),
        *(_tissue("vertebra", vertebra, (z, z + 30), 380) for z in range(63, 240, 36) if z + 30 <= 240),
    )


def upright() -> PhantomCase:
    """Return the patient whose frames differ by a rotation about z and a translation."""
    return pelvis_two_courses("pelvis-two-courses", rotation_degrees=UPRIGHT_ROTATION_DEGREES)


def tilted() -> PhantomCase:
    """Return the patient whose frames differ by a rotation about an oblique axis and a translation."""
    return pelvis_two_courses("pelvis-two-courses-tilted", rotation_degrees=TILTED_ROTATION_DEGREES)
