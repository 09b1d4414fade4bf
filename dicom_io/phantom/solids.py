"""Sphere, cylinder and cone in a linear dose gradient, after Nelms et al., Med Phys 42:4435 (2015).

`drawn_solid` draws any of them with any contour spacing; `solid_case` makes a whole patient of one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dicom_io.arrays import FloatArray
from dicom_io.errors import DicomValueError
from dicom_io.phantom.case import PhantomCase, PhantomCourse, frame_uid, grid
from dicom_io.phantom.ideal import IdealSolid
from dicom_io.phantom.profiles import AnalyticDose, DoseTerm, PiecewiseLinear, flat
from dicom_io.phantom.shapes import Solid, ellipse, prism, rectangle, stack
from dicom_io.writers import BeamContent, Patient

__all__ = ["SHAPES", "drawn_solid", "linear_dose", "solid_case"]


SHAPES = ("sphere", "cylinder", "cone")

RADIUS_MM, LENGTH_MM = 12.0, 24.0
CENTRE_GY, GRADIENT_GY_PER_MM = 30.0, 1.0
PRESCRIPTION_GY = 50.0
"""At the isocentre, 20 mm up the gradient, so that the grid's maximum is 120 % of it."""
HALF_BOX_MM = 30.0
CONTOUR_SPACING_MM = 1.0
N_VERTICES = 120


def drawn_solid(
    shape: str,
    *,
    radius_mm: float,
    length_mm: float,
    axis: str,
    contour_spacing: float,
    phase: float = 0.0,
    n_vertices: int = N_VERTICES,
) -> Solid:
    """Return a solid as it is drawn on axial planes around the origin.

    Parameters
    ----------
    shape : str
        ``"sphere"``, ``"cylinder"`` or ``"cone"``.
    radius_mm : float
        Of the sphere, the cylinder, or the cone's base.
    length_mm : float
        Of the cylinder or the cone, along its axis; a sphere has none.
    axis : str
        ``"z"`` or ``"x"``: direction of the cylinder's axis, or of the cone's from base to apex.
    contour_spacing : float
        mm.
    phase : float
        Shift of the contour planes in units of the spacing, from 0 to below 1.
    n_vertices : int
        Of a full circle; vertices lie on the ideal surface.

    Returns
    -------
    Solid
        Each plane that cuts the ideal solid is drawn.

    Raises
    ------
    DicomValueError
        When shape or axis is none of those above.

    Examples
    --------
    >>> ball = drawn_solid("sphere", radius_mm=12, length_mm=24, axis="z", contour_spacing=1.0)
    >>> len(ball.contours())
    24
    """
    section, half_height = _section(shape, axis, radius_mm, length_mm, n_vertices)
    first = int(np.floor(-half_height / contour_spacing - phase - 0.5)) + 1
    last = int(np.ceil(half_height / contour_spacing - phase - 0.5)) - 1
    ends = ((first + phase) * contour_spacing, (last + 1 + phase) * contour_spacing)
    return stack(
        shape.capitalize(),
        section,
        z=ends,
        contour_spacing=contour_spacing,
        interpreted_type="PTV",
        hounsfield=60,
    )


def _section(
    shape: str, axis: str, radius: float, length: float, n_vertices: int
) -> tuple[Callable[[float], list[FloatArray]], float]:
    """Return the cross-section at a height, and half the solid's height."""

    def circle(size: float) -> list[FloatArray]:
        return [ellipse(centre=(0, 0), half_axes=(size, size), n_vertices=n_vertices)]

    def across(z: float) -> list[FloatArray]:
        half = float(np.sqrt(radius**2 - z**2))
        return [rectangle(low=(-length / 2, -half), high=(length / 2, half))]

    sections: dict[tuple[str, str], tuple[Callable[[float], list[FloatArray]], float]] = {
        ("sphere", "z"): (lambda z: circle(float(np.sqrt(radius**2 - z**2))), radius),
        ("sphere", "x"): (lambda z: circle(float(np.sqrt(radius**2 - z**2))), radius),
        ("cylinder", "z"): (lambda z: circle(radius), length / 2),
        ("cylinder", "x"): (across, radius),
        ("cone", "z"): (lambda z: circle(radius * (0.5 - z / length)), length / 2),
        ("cone", "x"): (lambda z: [_hyperbola(z, radius, length, n_vertices)], radius),
    }
    if (shape, axis) not in sections:
        raise DicomValueError(f"{shape!r} along {axis!r}: {', '.join(SHAPES)} along 'z' or 'x' are allowed")
    return sections[shape, axis]


def _hyperbola(z: float, radius: float, length: float, n_vertices: int) -> FloatArray:
    """Return the section of a cone with axis x at height z: a branch of a hyperbola, closed at the base."""
    tip = length / 2 - length * abs(z) / radius
    x = tip - (tip + length / 2) * np.linspace(0, 1, n_vertices // 4 + 1) ** 2
    local_radius = radius * (0.5 - x / length)
    half = np.sqrt(np.maximum(local_radius**2 - z**2, 0))
    upper = np.column_stack([x, half])
    lower = np.column_stack([x[:0:-1], -half[:0:-1]])
    return np.asarray(np.round(np.concatenate([upper, lower]), 3) + 0.0, dtype=np.float64)


def linear_dose(
    axis: str, *, centre_gy: float = CENTRE_GY, gradient_gy_per_mm: float = GRADIENT_GY_PER_MM
) -> AnalyticDose:
    """Return a dose that rises along one axis, within `HALF_BOX_MM` of the origin.

    Examples
    --------
    >>> linear_dose("y").at([0.0, 5.0, 0.0])
    array(35.)
    """
    reach = HALF_BOX_MM * gradient_gy_per_mm
    ramp = PiecewiseLinear(
        knots=np.array([-HALF_BOX_MM, HALF_BOX_MM]), values=np.array([centre_gy - reach, centre_gy + reach])
    )
    profiles = {name: ramp if name == axis else flat() for name in "xyz"}
    return AnalyticDose(terms=(DoseTerm(gy=1.0, **profiles),))


def solid_case(name: str, *, shape: str, axis: str, gradient_axis: str) -> PhantomCase:
    """Return a patient whose only structure is a solid in a linear gradient.

    Parameters
    ----------
    name : str
    shape : str
        One of `SHAPES`.
    axis : str
        Of the solid, ``"z"`` or ``"x"``.
    gradient_axis : str
        Of the dose, ``"x"``, ``"y"`` or ``"z"``.
    """
    solid = drawn_solid(
        shape, radius_mm=RADIUS_MM, length_mm=LENGTH_MM, axis=axis, contour_spacing=CONTOUR_SPACING_MM
    )
    water = prism(
        "External",
        [ellipse(centre=(0, 0), half_axes=(44, 44), n_vertices=N_VERTICES)],
        z=(-HALF_BOX_MM, HALF_BOX_MM),
        contour_spacing=CONTOUR_SPACING_MM,
        interpreted_type="EXTERNAL",
        hounsfield=0,
    )
    course = _course(name, solid, water, gradient_axis=gradient_axis)
    return PhantomCase(
        name=name,
        summary=f"{shape}, axis {axis}, 1 Gy/mm along {gradient_axis}",
        patient=Patient(name=f"Phantom^{shape.capitalize()}", patient_id=f"PHANTOM-{name.upper()}", sex="O"),
        body_part="WHOLEBODY",
        courses=(course,),
        image_solids=(water, solid),
        ideal=IdealSolid(
            shape=shape, radius_mm=RADIUS_MM, length_mm=LENGTH_MM, axis=axis, gradient_axis=gradient_axis
        ),
    )


def _course(name: str, solid: Solid, water: Solid, *, gradient_axis: str) -> PhantomCourse:
    to_isocentre = (PRESCRIPTION_GY - CENTRE_GY) / GRADIENT_GY_PER_MM
    above = {axis: to_isocentre if axis == gradient_axis else 0.0 for axis in "xyz"}
    half_scan = HALF_BOX_MM - CONTOUR_SPACING_MM / 2
    return PhantomCourse(
        label="",
        plan_label=f"{solid.name.upper()} {PRESCRIPTION_GY:g}",
        n_fractions=25,
        prescription_gy=PRESCRIPTION_GY,
        target=solid.name,
        dose=linear_dose(gradient_axis),
        dose_geometry=grid(low=(-HALF_BOX_MM,) * 3, high=(HALF_BOX_MM,) * 3, spacing=(2, 2.5, 3)),
        image_geometry=grid(
            low=(-47.25, -47.25, -half_scan),
            high=(47.25, 47.25, half_scan),
            spacing=(1.5, 1.5, CONTOUR_SPACING_MM),
        ),
        solids=(solid, water),
        beams=(
            BeamContent(
                name="AP",
                gantry_angle=0,
                jaw_x=(-30, 30),
                jaw_y=(-30, 30),
                dose_gy=PRESCRIPTION_GY / 25,
                meterset_mu=220,
                energy_mv=6,
            ),
        ),
        isocentre=(above["x"], above["y"], above["z"]),
        patient_position="HFS",
        image_date="20240102",
        plan_date="20240103",
        frame_of_reference_uid=frame_uid(name, ""),
    )
