"""Volume, surface, centroid and diameter against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_io.objects import Contour, Structure
from dicom_io.phantom.shapes import Solid
from dicom_io.phantom.solids import drawn_solid
from dicom_io.shapes import measure_shape
from dicom_io.shapes.measure import largest_distance

FloatArray = NDArray[np.float64]


def structure(*contours: Contour) -> Structure:
    return Structure(number=1, name="A", interpreted_type="", contours=contours, frame_of_reference_uid="1.2")


def flat(polygon: FloatArray, z: float) -> Contour:
    return Contour(
        points=np.column_stack([polygon, np.full(len(polygon), z)]), geometric_type="CLOSED_PLANAR"
    )


def prism(polygon: FloatArray, heights: FloatArray) -> Structure:
    return structure(*(flat(polygon, z) for z in heights))


def rectangle(x0: float, y0: float, x1: float, y1: float) -> FloatArray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def circle(radius: float, x: float = 0.0, y: float = 0.0, n: int = 720) -> FloatArray:
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def as_drawn(solid: Solid) -> Structure:
    return structure(*(Contour(points=one, geometric_type="CLOSED_PLANAR") for one in solid.contours()))


def moved(plain: Structure, rotation: FloatArray, shift: FloatArray) -> Structure:
    return structure(
        *(
            Contour(points=c.points @ rotation.T + shift, geometric_type=c.geometric_type)
            for c in plain.contours
        )
    )


def rotation(seed: int) -> FloatArray:
    turned, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    result: FloatArray = turned * np.sign(np.linalg.det(turned))
    return result


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
@pytest.mark.parametrize("spacing", [1.0, 3.0])
def test_a_box_in_any_position_is_measured_exactly(seed: int | None, spacing: float) -> None:
    planes = int(30 / spacing)
    box = prism(rectangle(-4, -8, 6, 12), (np.arange(planes) + 0.5) * spacing)
    turn = np.eye(3) if seed is None else rotation(seed)
    shift = np.array([20.0, -150.0, 333.0])
    found = measure_shape(moved(box, turn, shift))
    assert found.volume_cc == pytest.approx(10 * 20 * 30 / 1000, rel=1e-6)
    assert found.surface_cm2 is not None
    assert found.surface_cm2.value == pytest.approx((2 * 200 + 60 * 30) / 100, rel=1e-6)
    assert found.surface_cm2.low == pytest.approx((2 * 200 + 60 * (30 - spacing)) / 100, rel=1e-6)
    assert found.stepped_surface_cm2 == pytest.approx(found.surface_cm2.high, rel=1e-6)
    assert found.centroid_mm == pytest.approx(turn @ [1.0, 2.0, 15.0] + shift, abs=1e-4)
    assert found.diameter_mm is not None
    assert found.diameter_mm.value == pytest.approx(np.sqrt(100 + 400 + 900), abs=1e-4)
    assert found.diameter_mm.low == pytest.approx(np.sqrt(500 + (30 - spacing) ** 2), abs=1e-4)
    assert found.plane_diameter_mm == pytest.approx(np.sqrt(500), abs=1e-4)
    corners = np.array([[x, y, z] for x in (-4, 6) for y in (-8, 12) for z in (0, 30)]) @ turn.T + shift
    assert found.box_mm == pytest.approx(np.stack([corners.min(axis=0), corners.max(axis=0)]), abs=1e-4)


@pytest.mark.parametrize("spacing", [1.0, 3.0, 5.0])
@pytest.mark.parametrize("slope", [0.0, 0.5, 2.0])
def test_the_frustum_of_a_cone_has_its_own_surface(spacing: float, slope: float) -> None:
    heights = np.arange(7) * spacing
    radii = 70.0 - slope * heights
    cone = structure(*(flat(circle(r), z) for r, z in zip(radii, heights, strict=True)))
    found = measure_shape(cone).surface_cm2
    assert found is not None
    slant = np.hypot(1.0, slope) * heights[-1]
    lateral = np.pi * (radii[0] + radii[-1]) * slant
    ends = np.pi * (radii[0] ** 2 + radii[-1] ** 2)
    beyond = np.pi * (radii[0] + radii[-1]) * spacing
    assert found.low == pytest.approx((lateral + ends) / 100, rel=2e-4)
    assert found.high == pytest.approx((lateral + ends + beyond) / 100, rel=2e-4)


@pytest.mark.parametrize(("spacing", "within"), [(1.0, 0.005), (2.0, 0.01), (3.0, 0.015)])
@pytest.mark.parametrize("phase", [0.0, 0.3])
def test_a_sphere_is_as_large_as_its_spacing_lets_it_be(spacing: float, within: float, phase: float) -> None:
    ball = drawn_solid(
        "sphere", radius_mm=20, length_mm=0, axis="z", contour_spacing=spacing, phase=phase, n_vertices=360
    )
    found = measure_shape(as_drawn(ball))
    assert found.surface_cm2 is not None
    assert found.diameter_mm is not None
    exact = 4 * np.pi * 400 / 100
    assert found.surface_cm2.low == pytest.approx(exact, rel=within)
    assert found.surface_cm2.low <= exact <= found.surface_cm2.high
    assert found.diameter_mm.low == pytest.approx(40.0, abs=0.02)
    assert 40.0 <= found.diameter_mm.high <= 40.0 + spacing
    assert found.centroid_mm == pytest.approx([0, 0, 0], abs=0.05 * spacing)


def test_the_steps_of_a_finely_drawn_sphere_never_become_smooth() -> None:
    ball = drawn_solid("sphere", radius_mm=20, length_mm=0, axis="z", contour_spacing=0.2, n_vertices=180)
    found = measure_shape(as_drawn(ball))
    assert found.stepped_surface_cm2 == pytest.approx((np.pi + 2) * np.pi * 400 / 100, rel=0.01)


def test_holes_add_surface_and_keyhole_bridges_do_not() -> None:
    heights = np.arange(9) * 2.0
    outer, inner = rectangle(0, 0, 30, 30), np.array([[10, 10], [10, 20], [20, 20], [20, 10], [10, 10]])
    holed = structure(
        *(contour for z in heights for contour in (flat(outer, z), flat(rectangle(10, 10, 20, 20), z)))
    )
    keyhole = prism(np.vstack([outer, outer[:1], inner]), heights)
    expected = 2 * (900 - 100) + (120 + 40) * 18
    for one in (holed, keyhole):
        found = measure_shape(one)
        assert found.surface_cm2 is not None
        assert found.surface_cm2.value == pytest.approx(expected / 100, rel=1e-6)


def test_an_island_that_ends_is_closed_by_no_more_than_a_cone() -> None:
    tall, short = np.arange(9) * 3.0, np.arange(4) * 3.0
    pair = structure(*(flat(circle(8.0), z) for z in tall), *(flat(circle(5.0, 60.0), z) for z in short))
    alone = [measure_shape(prism(circle(r), z)).surface_cm2 for r, z in ((8.0, tall), (5.0, short))]
    found = measure_shape(pair).surface_cm2
    assert found is not None
    assert alone[0] is not None
    assert alone[1] is not None
    # the disc that closes the island and half the wall of its last slab give way to a cone over 3 mm
    instead = np.pi * 5 * np.hypot(5, 3) - np.pi * 25 - 2 * np.pi * 5 * 1.5
    assert found.value == pytest.approx(alone[0].value + alone[1].value + instead / 100, rel=1e-4)


def test_a_spike_through_the_border_counts_by_the_even_odd_rule() -> None:
    """It crosses the border twice and so turns no more often than a plain contour."""
    spiked = np.array([[0.0, 0], [20, 0], [20, 20], [9, 20], [10, -8], [11, 20], [0, 20]])
    found = measure_shape(prism(spiked, np.arange(4) * 3.0))
    slit = 0.5 * 2 * 28  # two parts of one triangle: cut out above the border, added below
    below = slit * (8 / 28) ** 2
    assert found.volume_cc == pytest.approx((400 - (slit - below) + below) * 12 / 1000, rel=1e-6)
    assert "cross themselves" in found.findings[-1]


def test_the_centroid_of_parts_is_weighted_by_volume() -> None:
    heights = np.arange(5) * 3.0
    pair = structure(
        *(
            contour
            for z in heights
            for contour in (flat(rectangle(0, 0, 10, 10), z), flat(rectangle(40, 0, 50, 20), z))
        )
    )
    assert measure_shape(pair).centroid_mm == pytest.approx([(5 * 1 + 45 * 2) / 3, (5 * 1 + 10 * 2) / 3, 6])
    # a triangle's is its corners' mean, however it is turned
    corner = np.array([[0.0, 0], [30, 0], [0, 12]])
    for polygon in (corner, corner[::-1]):
        assert measure_shape(prism(polygon, heights)).centroid_mm == pytest.approx([10, 4, 6])


def test_the_largest_distance_is_between_points_not_around_them() -> None:
    points = np.random.default_rng(7).normal(size=(400, 3))
    every = np.linalg.norm(points[:, None] - points[None], axis=2).max()
    assert largest_distance(points) == pytest.approx(every, rel=1e-12)
    line = np.arange(5.0)[:, None] * [1.0, 2.0, 2.0]
    assert largest_distance(line) == pytest.approx(12.0)
    triangle = 10 * np.array([[0, 0], [1, 0], [0.5, np.sqrt(0.75)]])
    assert largest_distance(triangle) == pytest.approx(10.0)


def test_what_cannot_be_measured_says_why() -> None:
    assert "no contours" in (measure_shape(structure()).reason or "")
    one_plane = prism(circle(5.0), np.array([3.0]))
    assert "one plane" in (measure_shape(one_plane).reason or "")
    assert measure_shape(one_plane, slice_thickness=2.0).volume_cc == pytest.approx(np.pi * 0.05, rel=1e-3)
    assert "none (" in repr(measure_shape(structure()))
