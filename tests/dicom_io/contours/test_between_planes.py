"""What lies between and beyond drawn planes, by each convention, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dicom_io import (
    END_CAPS,
    GridField,
    GridGeometry,
    SlabStack,
    Structure,
    compute_dvh,
    compute_dvhs,
    solid_of,
)
from dicom_io.errors import DicomValueError
from dicom_io.objects import Contour

Array = NDArray[np.float64]
INTERPOLATED = [caps for caps in END_CAPS if caps.startswith("interpolated")]


def circle(radius: float, x: float = 0.0, y: float = 0.0) -> Array:
    """A polygon of the circle's own area, so that volumes are those of round solids."""
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    radius *= np.sqrt(np.pi / (90 * np.sin(2 * np.pi / 180)))
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def drawn(*planes: tuple[float, list[Array]]) -> Structure:
    contours = [
        Contour(points=np.column_stack([p, np.full(len(p), z)]), geometric_type="CLOSED_PLANAR")
        for z, polygons in planes
        for p in polygons
    ]
    return Structure(
        number=1, name="A", interpreted_type="", contours=tuple(contours), frame_of_reference_uid="1.2"
    )


def frustum_cc(r: float, s: float, height: float) -> float:
    return np.pi * height / 3 * (r * r + r * s + s * s) / 1000


@settings(max_examples=20, deadline=None)
@given(r=st.floats(6, 30), ratio=st.floats(0.6, 1.6), height=st.floats(0.5, 10), x=st.floats(-0.5, 0.5))
def test_outlines_between_two_circles_are_a_frustum(r: float, ratio: float, height: float, x: float) -> None:
    """Two circles one above the other, a little aside or not, are joined by the frustum of a cone."""
    s = r * ratio
    cone = drawn((0.0, [circle(r, x)]), (height, [circle(s, x)]))
    found = solid_of(cone, end_caps="interpolated-none")
    assert found.volume_cc == pytest.approx(frustum_cc(r, s, height), rel=4e-3)
    assert found.bounds[0, 0] == 0
    assert found.bounds[-1, 1] == pytest.approx(height)
    np.testing.assert_allclose(found.bounds[1:, 0], found.bounds[:-1, 1])


def test_each_end_has_the_length_that_its_name_says() -> None:
    """A cylinder of 100 mm2 on planes 0, 3 and 6 mm; a taper is a cone of half the spacing."""
    cylinder = drawn(*((z, [circle(10 / np.sqrt(np.pi))]) for z in (0.0, 3.0, 6.0)))
    expected = {
        "half": 9.0,
        "none": 6.0,
        "full": 12.0,
        "interpolated-half": 9.0,
        "interpolated-none": 6.0,
        "interpolated-tapered": 6.0 + 2 * 1.5 / 3,
    }
    assert set(expected) == set(END_CAPS)
    for caps, length in expected.items():
        found = solid_of(cylinder, end_caps=caps)
        assert found.end_caps == caps
        assert found.volume_cc == pytest.approx(0.1 * length, rel=3e-3), caps


def test_slabs_are_what_they_were() -> None:
    cone = drawn((0.0, [circle(9)]), (3.0, [circle(5)]))
    assert solid_of(cone).volume_cc == SlabStack.of(cone).volume_cc
    assert solid_of(cone, end_caps="none").volume_cc == SlabStack.of(cone, end_caps="none").volume_cc


@pytest.mark.parametrize("caps", INTERPOLATED)
def test_holes_stay_holes(caps: str) -> None:
    ring = drawn(*((z, [circle(12), circle(6)]) for z in (0.0, 2.0, 4.0)))
    solid, hole = (drawn(*((z, [circle(r)]) for z in (0.0, 2.0, 4.0))) for r in (12, 6))
    if caps != "interpolated-tapered":
        volumes = [solid_of(one, end_caps=caps).volume_cc for one in (solid, hole, ring)]
        assert volumes[2] == pytest.approx(volumes[0] - volumes[1], rel=2e-3)
    else:  # a ring of mean radius 9 mm and 6 mm width, which shrinks to nothing over 1 mm
        between = 4 * np.pi * (144 - 36) / 1000
        taper = 2 * np.pi * 9 * 6 / 2 / 1000
        assert solid_of(ring, end_caps=caps).volume_cc == pytest.approx(between + 2 * taper, rel=3e-3)


@pytest.mark.parametrize("caps", END_CAPS)
def test_separate_parts_stay_apart(caps: str) -> None:
    heights = (0.0, 2.0, 4.0, 40.0, 42.0, 44.0)
    both = solid_of(drawn(*((z, [circle(8)]) for z in heights)), end_caps=caps)
    one = solid_of(drawn(*((z, [circle(8)]) for z in heights[:3])), end_caps=caps)
    assert both.volume_cc == pytest.approx(2 * one.volume_cc, rel=1e-6)


def test_an_outline_of_no_width_ends_a_wedge() -> None:
    """From 20 x 20 mm to a line of 20 mm the area is 400 (1 - t) (1 - t / 2) mm2: the ends recede as well."""
    square = np.array([[-10.0, -10], [10, -10], [10, 10], [-10, 10]])
    line = np.array([[-10.0, -0.001], [10, -0.001], [10, 0.001], [-10, 0.001]])
    found = solid_of(drawn((0.0, [square]), (6.0, [line])), end_caps="interpolated-none")
    assert found.volume_cc == pytest.approx(400 * 6 * 5 / 12 / 1000, rel=5e-3)


def test_one_outline_becomes_two() -> None:
    """Half-way to two circles within a circle something is left of each, and nothing is added."""
    found = solid_of(
        drawn((0.0, [circle(20)]), (4.0, [circle(6, -10), circle(6, 10)])), end_caps="interpolated-none"
    )
    areas = found.plane_areas
    assert np.all(np.diff(areas) < 0)
    assert np.pi * 400 > areas[0]
    assert areas[-1] > 2 * np.pi * 36


def test_a_structure_of_one_plane_is_a_slab_by_any_name() -> None:
    alone = drawn((0.0, [circle(8)]))
    for caps in INTERPOLATED:
        assert "one plane" in (solid_of(alone, end_caps=caps).reason or "")
    given_cc = solid_of(alone, end_caps="interpolated-half", slice_thickness=2.0).volume_cc
    assert given_cc == pytest.approx(np.pi * 64 * 2 / 1000, rel=1e-6)


def test_tilted_planes_have_the_same_volume() -> None:
    upright = drawn((0.0, [circle(12)]), (3.0, [circle(7)]), (6.0, [circle(9)]))
    c, s = np.cos(0.4), np.sin(0.4)
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    tilted = Structure(
        number=1,
        name="A",
        interpreted_type="",
        contours=tuple(
            Contour(points=contour.points @ turn.T, geometric_type="CLOSED_PLANAR")
            for contour in upright.contours
        ),
        frame_of_reference_uid="1.2",
    )
    for caps in INTERPOLATED:
        volumes = [solid_of(one, end_caps=caps).volume_cc for one in (upright, tilted)]
        assert volumes[0] == pytest.approx(volumes[1], rel=2e-3)


def test_an_unknown_convention_lists_those_there_are() -> None:
    with pytest.raises(DicomValueError, match="'round': one of half, none, full, interpolated-half"):
        solid_of(drawn((0.0, [circle(8)])), end_caps="round")


def test_uneven_planes_are_told_without_saying_that_slabs_fill_them() -> None:
    uneven = drawn(*((z, [circle(8)]) for z in (0.0, 2.0, 4.0, 9.0)))
    slabs, outlines = (" ".join(solid_of(uneven, end_caps=c).findings) for c in ("half", "interpolated-half"))
    assert "fills half-way" in slabs
    assert "fills half-way" not in outlines
    assert "unevenly spaced" in outlines
    assert "interpolated between planes" in outlines


def test_the_dvh_of_a_cone_along_its_axis() -> None:
    """1 Gy/mm along the axis of a cone of 12 mm with outlines every 3 mm: V(z) = (1 - z / 24)^3 of it all."""
    heights = np.arange(0.0, 24.0, 3.0)
    cone = drawn(*((float(z), [circle(12 * (1 - z / 24))]) for z in heights))
    grid = GridGeometry.axial(shape=(20, 22, 22), origin=(-21, -21, -9), spacing=(2.0, 2.0, 2.0))
    height = grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))[..., 2]
    field = GridField(geometry=grid, values=height + 20, frame_of_reference_uid="1.2")
    dvh = compute_dvhs([cone], field, end_caps="interpolated-none")[1]
    assert dvh.end_caps == "interpolated-none"
    z = np.linspace(0.5, 20.5, 30)
    left = frustum_cc(12, 1.5, 21) - np.array([frustum_cc(12, 12 * (1 - one / 24), one) for one in z])
    np.testing.assert_allclose(dvh.volume_at_dose(z + 20), left, atol=0.002 * dvh.volume_cc)
    slabs = compute_dvh(cone, field, end_caps="none")
    assert np.max(np.abs(slabs.volume_at_dose(z + 20) - left)) > 0.005 * slabs.volume_cc
