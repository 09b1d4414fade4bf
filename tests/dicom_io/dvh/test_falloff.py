"""The largest dose beyond a distance, against closed forms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_io.dvh import maximum_beyond
from dicom_io.errors import DicomValueError
from dicom_io.objects import Contour, DoseGrid, GridGeometry, Structure

GRID = GridGeometry.axial(shape=(51, 61, 71), origin=(-84, -75, -62.5), spacing=(2.5, 2.5, 2.4))


def cylinder(radius: float, half_z: float, *, x: float = 0.0, spacing: float = 2.0) -> Structure:
    angle = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    ring = np.column_stack([x + radius * np.cos(angle), radius * np.sin(angle)])
    contours = tuple(
        Contour(points=np.column_stack([ring, np.full(360, z)]), geometric_type="CLOSED_PLANAR")
        for z in np.arange(-half_z + spacing / 2, half_z, spacing)
    )
    return Structure(
        number=1, name="PTV", interpreted_type="", contours=contours, frame_of_reference_uid="1.2"
    )


def grid_of(
    formula: Callable[[NDArray[np.float64]], NDArray[np.float64]], geometry: GridGeometry = GRID
) -> DoseGrid:
    points = geometry.to_patient(np.moveaxis(np.indices(geometry.shape), 0, -1).astype(float))
    return DoseGrid(geometry=geometry, dose_gy=np.float32(formula(points)), frame_of_reference_uid="1.2")


def from_axis(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A dose that falls with the distance from the z axis and as fast along it."""
    away = np.hypot(np.hypot(points[..., 0], points[..., 1]) - 15.0, 0.0)
    return np.maximum(60.0 - away - 1.5 * np.maximum(np.abs(points[..., 2]) - 10.0, 0.0), 0.0)


@pytest.mark.parametrize("distance", [10.0, 20.0, 30.0])
def test_beside_a_cylinder_the_dose_is_that_at_its_radius(distance: float) -> None:
    dose = grid_of(
        lambda p: np.maximum(
            90.0 - np.hypot(p[..., 0], p[..., 1]) - 2.0 * np.maximum(np.abs(p[..., 2]) - 30.0, 0.0), 0.0
        )
    )
    found = maximum_beyond(cylinder(15.0, 30.0), dose, distance)
    assert found.value_gy is not None
    assert found.uncertainty_gy is not None
    # beside it the dose is 75 less the distance, on the axis beyond its ends 90 less twice the distance
    assert found.value_gy == pytest.approx(max(75.0 - distance, 90.0 - 2 * distance), abs=0.15)
    assert found.uncertainty_gy <= 0.25


def test_the_direction_of_the_largest_dose_is_found() -> None:
    dose = grid_of(lambda p: np.maximum(40.0 + 0.5 * p[..., 0] - 0.5 * np.abs(p[..., 1]), 0.0))
    beyond = maximum_beyond(cylinder(15.0, 30.0), dose, 20.0)
    assert beyond.value_gy == pytest.approx(40.0 + 0.5 * 84.0, abs=1e-3)


def test_corners_are_rounded() -> None:
    dose = grid_of(lambda p: np.maximum(100.0 - np.hypot(p[..., 0], np.abs(p[..., 2]) - 0.0), 0.0))
    found = maximum_beyond(cylinder(15.0, 12.0), dose, 20.0)
    assert found.value_gy == pytest.approx(100.0 - 0.0, abs=0.05)  # on the y axis, 35 mm out


def test_a_finer_grid_changes_the_answer_by_its_uncertainty_only() -> None:
    fine = GridGeometry.axial(shape=(101, 121, 141), origin=(-84, -75, -62.5), spacing=(1.25, 1.25, 1.2))
    target = cylinder(15.0, 20.0, spacing=3.0)
    coarse_value, fine_value = (maximum_beyond(target, grid_of(from_axis, g), 20.0) for g in (GRID, fine))
    assert coarse_value.value_gy == pytest.approx(fine_value.value_gy, abs=0.2)


def test_a_grid_that_ends_near_the_target_gives_no_value() -> None:
    found = maximum_beyond(cylinder(15.0, 30.0, x=60.0), grid_of(from_axis), 20.0)
    assert found.value_gy is None
    assert "the dose grid ends 9 mm from it" in (found.reason or "")
    assert "reaches 60.00 Gy" in (found.reason or "")


def test_what_cannot_be_told_says_why() -> None:
    empty = Structure(number=1, name="PTV", interpreted_type="", contours=(), frame_of_reference_uid="1.2")
    assert "no contours" in (maximum_beyond(empty, grid_of(from_axis), 20.0).reason or "")
    elsewhere = Structure(number=1, name="PTV", interpreted_type="", contours=(), frame_of_reference_uid="9")
    assert "frames of reference" in (maximum_beyond(elsewhere, grid_of(from_axis), 20.0).reason or "")
    with pytest.raises(DicomValueError, match="did you pass cm"):
        maximum_beyond(empty, grid_of(from_axis), 2.0)
