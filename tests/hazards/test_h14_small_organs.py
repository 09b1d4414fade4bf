"""H14: small organs: noise of D0.03cc, end caps."""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import Contour, DicomValueError, GridField, GridGeometry, Structure, compute_dvh

GRADIENT_GY_PER_MM = 2.0


def _prism(side: float, *, shift: float, planes: int = 3, spacing: float = 2.0) -> Structure:
    """A square prism of few planes, off the dose grid's nodes."""
    corners = np.array([[-side, -side], [side, -side], [side, side], [-side, side]]) / 2 + shift
    contours = tuple(
        Contour(points=np.column_stack([corners, np.full(4, spacing * k)]), geometric_type="CLOSED_PLANAR")
        for k in range(planes)
    )
    return Structure(
        number=1, name="Chiasm", interpreted_type="ORGAN", contours=contours, frame_of_reference_uid="1.2"
    )


def _field() -> GridField:
    """A dose that rises along x by 2 Gy/mm, on a coarse grid."""
    grid = GridGeometry.axial(shape=(9, 21, 21), origin=(-30, -30, -10), spacing=(3.0, 3.0, 3.0))
    x = grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))[..., 0]
    return GridField(geometry=grid, values=70 + GRADIENT_GY_PER_MM * x, frame_of_reference_uid="1.2")


@pytest.mark.parametrize("shift", [0.0, 0.37, 1.1, 1.49])
@pytest.mark.parametrize("side", [2.0, 4.0, 7.0])
def test_the_near_maximum_of_a_small_organ_is_the_closed_form_wherever_the_grid_lies(side, shift):
    dvh = compute_dvh(_prism(side, shift=shift), _field())
    volume_cc = side * side * 6.0 / 1000
    assert dvh.volume_cc == pytest.approx(volume_cc, rel=1e-6)
    if volume_cc < 0.03:
        assert dvh.metric("D0.03cc[Gy]").value is None
        return
    found = dvh.metric("D0.03cc[Gy]")
    # The hottest 0.03 cc of a prism under a linear dose is a slab of 30 mm3 at its hot side.
    exact = 70 + GRADIENT_GY_PER_MM * (shift + side / 2 - 30.0 / (side * 6.0))
    assert found.uncertainty < 0.5
    assert abs(found.value - exact) <= found.uncertainty + 1e-6


def test_a_metric_that_asks_for_more_volume_than_the_organ_has_is_refused():
    dvh = compute_dvh(_prism(2.0, shift=0.3), _field())
    asked = dvh.metric("D0.03cc[Gy]")
    assert asked.value is None
    assert "asks for 0.03 cc" in asked.reason
    with pytest.raises(DicomValueError):
        dvh.dose_at_volume(0.03)


def test_the_end_caps_are_a_stated_convention_and_change_the_volume():
    half = compute_dvh(_prism(4.0, shift=0.0), _field())
    none = compute_dvh(_prism(4.0, shift=0.0), _field(), end_caps="none")
    assert half.volume_cc == pytest.approx(16 * 6 / 1000)
    assert none.volume_cc == pytest.approx(16 * 4 / 1000)
    with pytest.raises(DicomValueError, match="half"):
        compute_dvh(_prism(4.0, shift=0.0), _field(), end_caps="guess")
