"""Curves where a single dose holds much of the volume, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicom_io import DVH, Contour, GridField, GridGeometry, Structure, compute_dvh

SIDE_MM = 20.0


def dvh_of_box(profile: list[float], spacing: float) -> DVH:
    """A box of 20 x 20 x 21 mm in a dose with these values on planes of x around its middle."""
    square = np.array([[-10.0, -10], [10, -10], [10, 10], [-10, 10]])
    contours = tuple(
        Contour(points=np.column_stack([square, np.full(4, z)]), geometric_type="CLOSED_PLANAR")
        for z in np.arange(-9.0, 10.0, 3.0)
    )
    box = Structure(
        number=1, name="Box", interpreted_type="", contours=contours, frame_of_reference_uid="1.2"
    )
    n = len(profile)
    start = -0.5 * (n - 1) * spacing
    across = int(np.ceil(30 / spacing)) + 1
    grid = GridGeometry.axial(shape=(across, across, n), origin=(start, -15, -15), spacing=(spacing,) * 3)
    values = np.broadcast_to(np.array(profile), grid.shape).astype(np.float32)
    return compute_dvh(box, GridField(geometry=grid, values=values, frame_of_reference_uid="1.2"))


@pytest.mark.parametrize("spacing", [1.0, 0.5])  # one by one, and as the inside of a large structure
def test_a_layer_of_one_dose_is_a_step_of_the_curve(spacing: float) -> None:
    """A ridge of 2 mm has one dose, far below the highest: a tenth of the box steps down at it."""
    nodes = np.arange(-12.0, 12.0 + 1e-6, spacing)
    profile = 40 - 2 * np.clip(np.abs(nodes) - 1, 0, None) + np.where(nodes > 5, 60 * (nodes - 5), 0)
    dvh = dvh_of_box(profile.tolist(), spacing)
    asked = np.linspace(20, 300, 20001)
    x = np.linspace(-10, 10, 400001)
    dose = np.sort(np.interp(0.5 * (x[1:] + x[:-1]), nodes, profile))
    exact = (1 - np.searchsorted(dose, asked) / len(dose)) * SIDE_MM**2 * 21 / 1000
    away = np.abs(asked - 40) > 2e-3
    assert np.max(np.abs(dvh.volume_at_dose(asked) - exact)[away]) < 0.004 * dvh.volume_cc
    step = dvh.volume_at_dose(39.995) - dvh.volume_at_dose(40.005)
    assert step == pytest.approx(0.1 * dvh.volume_cc, rel=0.03)


def turned_wedge(tip_mm: float, turn: float) -> Structure:
    """A triangle with a sharp tip, `tip_mm` from its base of 6 mm, turned, on planes 2.5 mm apart."""
    flat = np.array([[0.0, -3], [tip_mm, 0], [0, 3]])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = flat @ rotation.T
    contours = tuple(
        Contour(points=np.column_stack([corners, np.full(3, z)]), geometric_type="CLOSED_PLANAR")
        for z in (-2.5, 0.0, 2.5)
    )
    return Structure(
        number=1, name="Wedge", interpreted_type="", contours=contours, frame_of_reference_uid="1.2"
    )


@settings(max_examples=30, deadline=None)
@given(
    tip_mm=st.floats(5, 40),
    turn=st.floats(0, 6.28),
    spacing=st.sampled_from([1.0, 2.0, 3.0]),
    slope=st.tuples(st.floats(-2, 2), st.floats(-2, 2), st.floats(-2, 2)),
)
def test_extremes_of_a_linear_dose_are_those_at_the_corners(
    tip_mm: float, turn: float, spacing: float, slope: tuple[float, float, float]
) -> None:
    """Lowest and highest dose reach those at the corners of the outline, and pass them by less than 0.1 mm.

    0.1 mm is what geometry as drawn is promised to; the gradient turns it into dose.
    """
    wedge = turned_wedge(tip_mm, turn)
    n = int(100 / spacing) + 1
    grid = GridGeometry.axial(shape=(n, n, n), origin=(-50.3, -50.1, -49.7), spacing=(spacing,) * 3)
    at = grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))
    values = (200 + at @ np.array(slope)).astype(np.float32)
    dvh = compute_dvh(wedge, GridField(geometry=grid, values=values, frame_of_reference_uid="1.2"))
    points = np.concatenate([contour.points for contour in wedge.contours])
    reached = 200 + np.concatenate([points + [0, 0, up] for up in (-1.25, 1.25)]) @ np.array(slope)
    assert dvh.min_gy <= reached.min() + 1e-3
    assert dvh.max_gy >= reached.max() - 1e-3
    assert dvh.min_gy == pytest.approx(reached.min(), abs=0.1 * np.abs(slope).sum() + 1e-3)
    assert dvh.max_gy == pytest.approx(reached.max(), abs=0.1 * np.abs(slope).sum() + 1e-3)
