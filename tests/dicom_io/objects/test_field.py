"""Grid fields: trilinear values and where they are not covered."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_io.errors import DicomValueError
from dicom_io.objects import DoseGrid, GridField, GridGeometry

Array = NDArray[np.float64]

ORIENTATIONS = {
    "head first supine": ([1, 0, 0], [0, 1, 0]),
    "head first prone": ([-1, 0, 0], [0, -1, 0]),
    "feet first supine": ([-1, 0, 0], [0, 1, 0]),
    "decubitus left": ([0, -1, 0], [1, 0, 0]),
    "sagittal": ([0, 1, 0], [0, 0, -1]),
    "oblique": ([0.8, 0.6, 0], [-0.6 * 0.8, 0.8 * 0.8, 0.6]),
}


def geometry(orientation: str, offsets: list[float]) -> GridGeometry:
    row, column = ORIENTATIONS[orientation]
    return GridGeometry(
        shape=(len(offsets), 7, 9),
        origin=np.array([-11.0, 5.0, 40.0]),
        row_direction=np.array(row, dtype=float),
        column_direction=np.array(column, dtype=float),
        row_spacing=2.5,
        column_spacing=1.5,
        frame_offsets=np.array(offsets),
    )


def voxel_centres(grid: GridGeometry) -> Array:
    return grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("offsets", [[0.0, 3.0, 6.0, 9.0], [0.0, 2.0, 6.0, 7.0, 11.5]])
def test_a_linear_field_is_sampled_exactly_in_any_orientation(orientation: str, offsets: list[float]) -> None:
    grid = geometry(orientation, offsets)
    slope = np.array([0.3, -0.7, 1.1])
    field = GridField(geometry=grid, values=50 + voxel_centres(grid) @ slope, frame_of_reference_uid="1.2")
    index = np.random.default_rng(3).uniform(0, 1, (200, 3)) * (np.array(grid.shape) - 1)
    points = grid.to_patient(index)
    assert np.allclose(field.sample(points), 50 + points @ slope, atol=1e-9)


def test_values_at_voxel_centres_and_faces_of_the_hull_are_covered() -> None:
    grid = geometry("head first prone", [0.0, 3.0, 6.0])
    values = np.random.default_rng(0).uniform(0, 60, grid.shape)
    field = GridField(geometry=grid, values=values, frame_of_reference_uid="1.2")
    assert np.allclose(field.sample(voxel_centres(grid).reshape(-1, 3)), values.ravel())


def test_outside_the_hull_is_nan_not_zero() -> None:
    grid = GridGeometry.axial(shape=(3, 4, 5), origin=(0, 0, 0), spacing=(3, 2, 1))
    field = GridField(geometry=grid, values=np.ones(grid.shape), frame_of_reference_uid="1.2")
    outside = np.array([[-0.01, 1, 1], [4.01, 1, 1], [1, 6.01, 1], [1, 1, 6.01], [1, 1, -0.01]])
    assert np.all(np.isnan(field.sample(outside)))
    assert np.all(field.sample(np.array([[0.0, 0, 0], [4, 6, 6]])) == 1)


def test_a_masked_voxel_uncovers_the_cells_around_it_and_no_others() -> None:
    grid = GridGeometry.axial(shape=(3, 3, 4), origin=(0, 0, 0), spacing=(1, 1, 1))
    covered = np.ones(grid.shape, dtype=bool)
    covered[1, 1, 1] = False
    field = GridField(
        geometry=grid, values=np.full(grid.shape, 2.0), frame_of_reference_uid="1.2", covered=covered
    )
    points = np.array([[1.5, 1.5, 1.5], [0.5, 0.5, 0.5], [2.0, 1.5, 1.5], [2.5, 1.5, 1.5], [2.0, 1.0, 1.0]])
    assert np.array_equal(np.isnan(field.sample(points)), [True, True, False, False, False])


def test_a_single_frame_reaches_half_its_thickness_and_says_so() -> None:
    grid = GridGeometry(
        shape=(1, 3, 3),
        origin=np.zeros(3),
        row_direction=np.array([1.0, 0, 0]),
        column_direction=np.array([0.0, 1, 0]),
        row_spacing=1.0,
        column_spacing=1.0,
        frame_offsets=np.zeros(1),
        slice_thickness=3.0,
    )
    field = GridField(geometry=grid, values=np.full(grid.shape, 7.0), frame_of_reference_uid="1.2")
    found = field.sample(np.array([[1, 1, 1.49], [1, 1, -1.49], [1, 1, 1.51], [1, 1, 0]]))
    assert np.array_equal(found, [7, 7, np.nan, 7], equal_nan=True)
    assert "1.5 mm" in field.findings[0]


def test_values_that_cannot_be_a_field_are_refused() -> None:
    grid = GridGeometry.axial(shape=(2, 2, 2), origin=(0, 0, 0), spacing=(1, 1, 1))
    with pytest.raises(DicomValueError, match="shape"):
        GridField(geometry=grid, values=np.ones((2, 2, 3)), frame_of_reference_uid="1.2")
    with pytest.raises(DicomValueError, match="floating"):
        GridField(geometry=grid, values=np.ones((2, 2, 2), dtype=int), frame_of_reference_uid="1.2")
    with pytest.raises(DicomValueError, match="infinite"):
        GridField(geometry=grid, values=np.full((2, 2, 2), np.inf), frame_of_reference_uid="1.2")
    with pytest.raises(DicomValueError, match="mask"):
        GridField(
            geometry=grid,
            values=np.ones((2, 2, 2)),
            frame_of_reference_uid="1.2",
            covered=np.ones((2, 2), dtype=bool),
        )


def test_the_field_of_a_dose_grid_has_its_values_and_frame() -> None:
    grid = GridGeometry.axial(shape=(2, 2, 2), origin=(0, 0, 0), spacing=(1, 1, 1))
    dose = DoseGrid(geometry=grid, dose_gy=np.full((2, 2, 2), 2.0, np.float32), frame_of_reference_uid="1.9")
    field = GridField.of(dose)
    assert field.frame_of_reference_uid == "1.9"
    assert field.sample(np.array([[0.5, 0.5, 0.5]])) == 2
