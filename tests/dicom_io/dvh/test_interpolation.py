"""The estimate of what linear interpolation misses is exact for a quadratic field."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_io.dvh.interpolation import interpolation_shift
from dicom_io.objects import GridField, GridGeometry

Array = NDArray[np.float64]
SPACING = (3.0, 2.0, 2.5)
BENDS = np.array([0.02, -0.03, 0.05])
"""Half the second derivatives along x, y and z, Gy / mm2."""


class Opaque:
    """A field that can only be asked at points."""

    def __init__(self, field: GridField) -> None:
        self.field = field

    @property
    def geometry(self) -> GridGeometry:
        return self.field.geometry

    @property
    def frame_of_reference_uid(self) -> str:
        return self.field.frame_of_reference_uid

    def sample(self, points: Array) -> Array:
        return self.field.sample(points)


def true_dose(points: Array) -> Array:
    found: Array = 50 + points @ np.array([0.4, -0.2, 0.3]) + points**2 @ BENDS
    return found


def quadratic(shape: tuple[int, int, int] = (9, 8, 7), unknown: tuple[int, ...] | None = None) -> GridField:
    grid = GridGeometry.axial(shape=shape, origin=(-6.0, -7.0, -9.0), spacing=SPACING)
    values = true_dose(grid.to_patient(np.moveaxis(np.indices(shape), 0, -1)))
    if unknown is not None:
        values[unknown] = np.nan
    return GridField(geometry=grid, values=values, frame_of_reference_uid="1.2")


def inside(field: GridField, n: int = 200) -> Array:
    index = np.random.default_rng(4).uniform(0, 1, (n, 3)) * (np.array(field.values.shape) - 1)
    return field.geometry.to_patient(index)


def test_a_quadratic_field_is_restored_at_every_point() -> None:
    field = quadratic()
    points = inside(field)
    shift = interpolation_shift(field, points, np.zeros(len(points)))
    assert field.sample(points) + shift == pytest.approx(true_dose(points), abs=1e-9)
    assert np.abs(shift).max() > 0.05  # there is something to restore


def test_over_a_small_cube_the_mean_shift_is_restored() -> None:
    field = quadratic()
    width = 0.8
    origin, (dz, dy, dx) = field.geometry.origin, SPACING
    middle = origin + np.array([2.3 * dx, 3.6 * dy, 4.5 * dz])
    steps = (np.arange(40) + 0.5) / 40 * width - width / 2
    cube = middle + np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    missed = np.mean(true_dose(cube) - field.sample(cube))
    found = interpolation_shift(field, middle[None], np.array([width]))
    assert found[0] == pytest.approx(missed, rel=1e-3)


def test_over_a_cell_a_field_known_at_points_only_misses_a_twelfth_of_its_bends() -> None:
    """-h2 f'' / 12 along each axis: the mean of t (1 - t) / 2 is 1/12."""
    field = quadratic()
    points = inside(field)
    keep = np.all(np.abs(points - points.mean(axis=0)) < 4, axis=1)  # all neighbours are known there
    found = interpolation_shift(Opaque(field), points[keep], np.zeros(keep.sum()))
    # A quadratic's second differences are the same everywhere, interpolated or not.
    steps = np.array(SPACING)[::-1]
    assert keep.sum() > 10
    assert found == pytest.approx(-np.full(keep.sum(), np.sum(2 * BENDS * steps**2) / 12), rel=1e-9)


def test_what_is_unknown_around_shifts_nothing() -> None:
    field = quadratic(unknown=(slice(None), slice(None), 3))
    points = field.geometry.to_patient(np.array([[4.5, 3.5, 1.5], [4.5, 3.5, 4.5]]))
    assert np.isfinite(interpolation_shift(field, points, np.zeros(2))).all()
    alone = quadratic(shape=(2, 2, 2))
    middle = alone.geometry.to_patient(np.array([[0.5, 0.5, 0.5]]))
    assert interpolation_shift(alone, middle, np.zeros(1))[0] == 0.0
    assert interpolation_shift(Opaque(alone), middle, np.zeros(1))[0] == 0.0


def test_a_field_that_is_known_on_one_plane_bends_along_it_only() -> None:
    field = quadratic(shape=(1, 8, 7))
    points = field.geometry.to_patient(np.array([[0.0, 3.5, 2.5]]))
    found = interpolation_shift(field, points, np.zeros(1))
    # half way between nodes: -h2 f'' / 8 along each axis in the plane
    expected = -(SPACING[1] ** 2 * BENDS[1] + SPACING[2] ** 2 * BENDS[0]) / 4
    assert found[0] == pytest.approx(expected, rel=1e-9)
