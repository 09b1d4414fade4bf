"""What lies outside a dose grid is left out before anything is computed of it."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from dicom_io import Contour, GridField, GridGeometry, ScalarField, Structure
from dicom_io.dvh import compute_dvh

GRID = GridGeometry.axial(shape=(40, 40, 40), origin=(-20.0, -20.0, -20.0), spacing=(1.0, 1.0, 1.0))
VALUES = np.random.default_rng(16).random(GRID.shape).astype(np.float32) * 50
FIELD = GridField(geometry=GRID, values=VALUES, frame_of_reference_uid="1.2")


class Asked:
    """The same dose as a field that is no grid."""

    geometry = GRID
    frame_of_reference_uid = "1.2"
    sample = staticmethod(FIELD.sample)


def box(half: tuple[float, float], heights: np.ndarray) -> Structure:
    u, v = half
    corners = np.array([[-u, -v], [u, -v], [u, v], [-u, v]])
    contours = tuple(
        Contour(points=np.column_stack([corners, np.full(4, z)]), geometric_type="CLOSED_PLANAR")
        for z in heights
    )
    return Structure(
        number=1, name="Body", interpreted_type="", contours=contours, frame_of_reference_uid="1.2"
    )


@pytest.mark.parametrize("field", [FIELD, Asked()])
def test_a_body_beyond_the_grid_has_the_mean_of_the_grid_in_closed_form(field: ScalarField) -> None:
    found = compute_dvh(box((90.0, 70.0), np.arange(-98.5, 99, 3.0)), field)
    ends = np.ones(40)
    ends[[0, -1]] = 0.5  # of trilinear values between nodes the outer ones count half
    mean = np.einsum("zyx,z,y,x->", VALUES.astype(np.float64), ends, ends, ends) / 39.0**3
    assert found.covered_cc == pytest.approx(39.0**3 / 1000, rel=1e-9)
    assert found.mean_gy == pytest.approx(mean, abs=1e-5)
    assert (found.metric("D50%[Gy]").value, found.covered_cc < (found.volume_cc or 0)) == (None, True)


def peak_mb(structure: Structure, field: ScalarField) -> float:
    tracemalloc.start()
    compute_dvh(structure, field)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


@pytest.mark.parametrize(("field", "most_mb"), [(FIELD, 60.0), (Asked(), 400.0)])
def test_memory_follows_the_grid_not_the_body(field: ScalarField, most_mb: float) -> None:
    body = box((190.0, 130.0), np.arange(-79.0, 80, 3.0))  # 8 million cells of this grid
    assert peak_mb(body, field) < most_mb
