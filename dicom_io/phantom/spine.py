"""A spinal metastasis treated with 30 Gy in 5 fractions, its GTV a stated gap away from the cord.

In plane the gap lies between the vertebral body and the cord behind it, both on the same planes; across
planes the tumour fills the canal below the cord's end, and the gap is that between their slabs. The
same anatomy can lie in any patient position: the patient's coordinates stay, the images turn.
"""

from __future__ import annotations

import numpy as np

from dicom_io.phantom.case import KnownGap, PhantomCase, PhantomCourse, frame_uid, grid
from dicom_io.phantom.profiles import AnalyticDose, DoseTerm, PiecewiseLinear
from dicom_io.phantom.shapes import Solid, ellipse, prism, rectangle
from dicom_io.writers import BeamContent, Patient

__all__ = ["spine_sabr"]

SLICE_MM = 1.0
_BODY_BACK = 18.0
"""y of the vertebral body's hindmost point, and of the plateau's edge, mm."""


def spine_sabr(
    name: str, *, gap_mm: float, across_planes: bool, patient_position: str = "HFS"
) -> PhantomCase:
    """Return the patient.

    Parameters
    ----------
    name : str
    gap_mm : float
        Smallest distance from GTV to cord, mm: a whole number of millimetres across planes.
    across_planes : bool
        Whether the gap lies along z.
    patient_position : str
        A key of `dicom_io.phantom.case.PATIENT_POSITIONS`.
    """
    scan_z = (-32.0, 42.0) if across_planes else (-32.0, 32.0)
    structures = _across(gap_mm) if across_planes else _in_plane(gap_mm)
    external = prism(
        "External",
        [ellipse(centre=(0, -24), half_axes=(132, 92), n_vertices=72, exponent=2.4)],
        z=scan_z,
        contour_spacing=SLICE_MM,
        interpreted_type="EXTERNAL",
        hounsfield=-90,
    )
    course = _course(
        name,
        (*structures, external),
        dose=_dose_across() if across_planes else _dose_in_plane(),
        scan_z=scan_z,
        position=patient_position,
    )
    where = "across planes" if across_planes else "in plane"
    return PhantomCase(
        name=name,
        summary=f"spine, 30 Gy / 5, GTV {gap_mm:g} mm from the cord {where}, {patient_position}",
        patient=Patient(name="Phantom^Spine", patient_id=f"PHANTOM-{name.upper()}", sex="O"),
        body_part="SPINE",
        courses=(course,),
        image_solids=(external, *_tissues(scan_z), *structures),
        gaps=(
            KnownGap(
                from_name="GTV",
                to_name="SpinalCord",
                as_slabs_mm=gap_mm,
                as_planes_mm=gap_mm + SLICE_MM if across_planes else gap_mm,
            ),
        ),
    )


def _in_plane(gap_mm: float) -> tuple[Solid, ...]:
    """Return structures whose nearest points are vertices on the midline, `gap_mm` apart along y."""
    gtv = ellipse(centre=(0, 0), half_axes=(20, _BODY_BACK), n_vertices=64, exponent=2.6)
    ptv = ellipse(centre=(0, -1.5), half_axes=(23, _BODY_BACK + 1.5), n_vertices=64, exponent=2.6)
    cord = ellipse(centre=(0, _BODY_BACK + gap_mm + 5.5), half_axes=(6.5, 5.5), n_vertices=40)
    return (
        prism("GTV", [gtv], z=(-10, 10), contour_spacing=SLICE_MM, interpreted_type="GTV", hounsfield=150),
        prism("PTV", [ptv], z=(-13, 13), contour_spacing=SLICE_MM, interpreted_type="PTV"),
        prism("SpinalCord", [cord], z=(-20, 20), contour_spacing=SLICE_MM, hounsfield=35),
        _esophagus((-20, 20)),
    )


def _across(gap_mm: float) -> tuple[Solid, ...]:
    """Return structures over one another, their slabs `gap_mm` apart along z."""
    gtv = ellipse(centre=(0, 26), half_axes=(9, 7), n_vertices=40)
    ptv = ellipse(centre=(0, 26), half_axes=(11, 8), n_vertices=40)
    cord = ellipse(centre=(0, 26), half_axes=(6.5, 5.5), n_vertices=40)
    return (
        prism("GTV", [gtv], z=(-22, 0), contour_spacing=SLICE_MM, interpreted_type="GTV", hounsfield=60),
        prism("PTV", [ptv], z=(-24, 0), contour_spacing=SLICE_MM, interpreted_type="PTV"),
        prism("SpinalCord", [cord], z=(gap_mm, 38), contour_spacing=SLICE_MM, hounsfield=35),
        _esophagus((-24, 0)),
    )


def _esophagus(z: tuple[float, float]) -> Solid:
    return prism(
        "Esophagus",
        [ellipse(centre=(7, -36), half_axes=(9, 7), n_vertices=32)],
        z=z,
        contour_spacing=SLICE_MM,
        hounsfield=20,
    )


def _profile(*points: tuple[float, float]) -> PiecewiseLinear:
    knots, values = zip(*points, strict=True)
    return PiecewiseLinear(knots=np.array(knots), values=np.array(values))


_LATERAL = ((-60, 0.10), (-40, 0.35), (-25, 1.0), (25, 1.0), (40, 0.35), (60, 0.10))
_FRONT = ((-60, 0.12), (-32, 0.40), (-22, 1.05))


def _dose_in_plane() -> AnalyticDose:
    """Plateau around the vertebral body, falling by 3.25 Gy/mm towards the cord."""
    y = _profile(*_FRONT, (_BODY_BACK, 1.05), (24, 0.40), (40, 0.20), (60, 0.10))
    z = _profile((-30, 0.25), (-20, 1.0), (20, 1.0), (30, 0.25))
    return AnalyticDose(terms=(DoseTerm(gy=30.0, x=_profile(*_LATERAL), y=y, z=z),))


def _dose_across() -> AnalyticDose:
    """Plateau around the tumour in the canal, falling by 3.25 Gy/mm upwards, towards the cord."""
    y = _profile(*_FRONT, (-20, 1.05), (40, 1.05), (50, 0.40), (60, 0.10))
    z = _profile((-30, 0.40), (-24, 1.0), (0, 1.0), (6, 0.40), (22, 0.24), (40, 0.10))
    return AnalyticDose(terms=(DoseTerm(gy=30.0, x=_profile(*_LATERAL), y=y, z=z),))


def _tissues(scan_z: tuple[float, float]) -> tuple[Solid, ...]:
    """Return what fills the images around the structures; no structures."""
    trunk = ellipse(centre=(0, -22), half_axes=(116, 76), n_vertices=72, exponent=2.4)
    lungs = [ellipse(centre=(side * 66, -38), half_axes=(40, 46), n_vertices=48) for side in (1, -1)]
    body = ellipse(centre=(0, 0), half_axes=(22, 19), n_vertices=64, exponent=2.6)
    arch = [rectangle(low=(-16, 16), high=(16, 40)), rectangle(low=(-4, 40), high=(4, 60))]
    canal = ellipse(centre=(0, 26), half_axes=(11, 9), n_vertices=32)
    fills = (("muscle", [trunk], 50), ("lung", lungs, -780), ("body", [body], 260), ("arch", arch, 420))
    return tuple(
        prism(name, polygons, z=scan_z, contour_spacing=SLICE_MM, hounsfield=hounsfield)
        for name, polygons, hounsfield in (*fills, ("canal", [canal], 15))
    )


def _course(
    name: str, solids: tuple[Solid, ...], *, dose: AnalyticDose, scan_z: tuple[float, float], position: str
) -> PhantomCourse:
    low, high = scan_z[0] + SLICE_MM / 2, scan_z[1] - SLICE_MM / 2
    angles = tuple(range(0, 360, 40))
    return PhantomCourse(
        label="",
        plan_label="SPINE 30",
        n_fractions=5,
        prescription_gy=30.0,
        target="PTV",
        dose=dose,
        dose_geometry=grid(
            low=(-60, -60, -30), high=(60, 60, scan_z[1] - 2), spacing=(2.5, 1, 2), patient_position=position
        ),
        image_geometry=grid(
            low=(-142.5, -166.5, low),
            high=(142.5, 118.5, high),
            spacing=(3, 3, SLICE_MM),
            patient_position=position,
        ),
        solids=solids,
        beams=tuple(
            BeamContent(
                name=f"G{angle}",
                gantry_angle=angle,
                jaw_x=(-25, 25),
                jaw_y=(-24, 24),
                dose_gy=31.5 / 5 / len(angles),
                meterset_mu=90,
                energy_mv=6,
            )
            for angle in angles
        ),
        isocentre=(0.0, 0.0, -8.0),
        patient_position=position,
        image_date="20240304",
        plan_date="20240311",
        frame_of_reference_uid=frame_uid(name, ""),
    )
