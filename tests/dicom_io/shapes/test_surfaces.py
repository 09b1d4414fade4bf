"""Distances between surfaces against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import KDTree

from dicom_io.contours import SlabStack
from dicom_io.objects import Contour, Structure
from dicom_io.phantom.shapes import Solid
from dicom_io.phantom.solids import drawn_solid
from dicom_io.shapes import SurfaceDistance, surface_distance
from dicom_io.shapes.derived import PlaneSolid
from dicom_io.shapes.surfaces import _Linked, _Slabs

FloatArray = NDArray[np.float64]


def structure(*contours: Contour, name: str = "A", frame: str = "1.2") -> Structure:
    return Structure(
        number=1, name=name, interpreted_type="", contours=contours, frame_of_reference_uid=frame
    )


def flat(polygon: FloatArray, z: float) -> Contour:
    return Contour(
        points=np.column_stack([polygon, np.full(len(polygon), z)]), geometric_type="CLOSED_PLANAR"
    )


def prism(polygon: FloatArray, heights: FloatArray) -> Structure:
    return structure(*(flat(polygon, z) for z in heights))


def rectangle(x0: float, y0: float, x1: float, y1: float) -> FloatArray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def circle(radius: float, x: float = 0.0, y: float = 0.0, n: int = 360) -> FloatArray:
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def ball(radius: float, spacing: float, *, x: float = 0.0, z: float = 0.0) -> Structure:
    solid: Solid = drawn_solid(
        "sphere", radius_mm=radius, length_mm=0, axis="z", contour_spacing=spacing, n_vertices=120
    )
    return structure(
        *(Contour(points=one + [x, 0, z], geometric_type="CLOSED_PLANAR") for one in solid.contours())
    )


def numbers(found: SurfaceDistance) -> FloatArray:
    assert found.signed_mm is not None
    assert found.mean_mm is not None
    assert found.hausdorff_mm is not None
    assert found.hausdorff95_mm is not None
    return np.array(
        [
            (one.value, one.low, one.high)
            for one in (found.signed_mm, found.mean_mm, found.hausdorff_mm, found.hausdorff95_mm)
        ]
    )


HEIGHTS = np.arange(10) * 3.0


@pytest.mark.parametrize("gap", [0.5, 7.0, 60.0])
def test_blocks_apart(gap: float) -> None:
    found = surface_distance(
        prism(rectangle(0, 0, 20, 20), HEIGHTS), prism(rectangle(20 + gap, 0, 40 + gap, 20), HEIGHTS)
    )
    signed, mean, largest, _ = numbers(found)
    assert signed == pytest.approx([gap] * 3, abs=1e-6)
    assert largest == pytest.approx([20 + gap] * 3, abs=1e-6)
    # walls of 20 mm at 0, 20 and all between, and both ends: the mean of each block is at its middle
    assert mean == pytest.approx([10 + gap] * 3, abs=0.01 * gap)


@pytest.mark.parametrize("reach", [1.0, 4.0, 9.0])
def test_blocks_that_overlap_have_a_negative_distance(reach: float) -> None:
    found = surface_distance(
        prism(rectangle(0, 0, 20, 20), HEIGHTS), prism(rectangle(20 - reach, -20, 60, 40), HEIGHTS)
    )
    assert numbers(found)[0] == pytest.approx([-reach] * 3, abs=1e-6)
    assert found.overlap_cc == pytest.approx(reach * 20 * 30 / 1000)


def test_a_structure_is_no_distance_from_itself_and_as_deep_as_its_inner_radius() -> None:
    cylinder = prism(circle(7.0), HEIGHTS)
    signed, mean, largest, most = numbers(surface_distance(cylinder, cylinder))
    assert signed == pytest.approx([-7.0] * 3, abs=0.1)
    assert [*mean, *largest, *most] == pytest.approx([0.0] * 9, abs=1e-6)


def test_what_goes_right_through_is_as_deep_as_half_its_thickness() -> None:
    bar, plate = prism(rectangle(-30, -3, 30, 3), HEIGHTS), prism(rectangle(-4, -30, 4, 30), HEIGHTS)
    assert numbers(surface_distance(bar, plate))[0] == pytest.approx([-4.0] * 3, abs=0.1)


def test_concentric_cylinders() -> None:
    inner, outer, height = 5.0, 9.0, 30.0
    found = surface_distance(prism(circle(inner), HEIGHTS), prism(circle(outer), HEIGHTS))
    _, mean, largest, most = numbers(found)
    gap = outer - inner
    assert largest == pytest.approx([gap] * 3, abs=0.01)
    assert most == pytest.approx([gap] * 3, abs=0.01)
    # the inner ends lie on the outer ones; the ring around them is up to `gap` from their rim
    # the inner wall is nearer to the outer ends than to the outer wall where they are nearer than `gap`
    walls = gap * 2 * np.pi * (inner + outer) * height - 2 * np.pi * inner * gap**2
    ring = 2 * 2 * np.pi * ((outer**3 - inner**3) / 3 - inner * (outer**2 - inner**2) / 2)
    area = 2 * np.pi * (inner + outer) * height + 2 * np.pi * (inner**2 + outer**2)
    assert mean[0] == pytest.approx((walls + ring) / area, abs=0.02)


def test_concentric_spheres_are_evenly_apart() -> None:
    spacing = 2.0
    found = surface_distance(ball(10.0, spacing), ball(20.0, spacing))
    _, mean, largest, most = numbers(found)
    # slabs end half a spacing beyond the last plane, linked outlines on it
    assert mean == pytest.approx([10.0] * 3, abs=0.3 * spacing)
    assert largest == pytest.approx([10.0] * 3, abs=0.15 * spacing)
    assert most == pytest.approx([10.0] * 3, abs=0.1 * spacing)


@pytest.mark.parametrize(("x", "z"), [(16.0, 0.0), (20.0, 0.0), (0.0, 16.0)])
def test_spheres_that_overlap_reach_as_deep_as_their_lens_is_thick(x: float, z: float) -> None:
    found = surface_distance(ball(12.0, 1.0), ball(12.0, 1.0, x=x, z=z))
    lens = 24.0 - np.hypot(x, z)
    value, low, high = numbers(found)[0]
    # along the axis linked outlines end on the last plane, half a millimetre earlier in each
    nearer = lens if z == 0 else lens - 1.0
    assert (value, low, high) == pytest.approx((-lens, -lens, -nearer), abs=0.1 if z == 0 else 0.25)


@pytest.mark.parametrize("shift", [0.0, 5.0])
def test_the_largest_distance_along_the_axis_is_that_of_the_ends(shift: float) -> None:
    """One cylinder reaches beyond the other; who ends where is known to half a spacing at each end."""
    one, other = prism(circle(8.0), HEIGHTS), prism(circle(8.0), HEIGHTS + shift)
    largest = numbers(surface_distance(one, other))[2]
    assert largest == pytest.approx([shift] * 3, abs=1e-6)
    longer = prism(circle(8.0), np.arange(19) * 1.5)
    _, low, high = numbers(surface_distance(one, longer))[2]
    assert (low, high) == pytest.approx((0.0, 0.75), abs=1e-6)


def test_it_is_the_same_both_ways_and_in_any_position() -> None:
    star = circle(8.0, 2.0, 1.0, n=14) * np.where(np.arange(14) % 2, 1.0, 0.6)[:, None]
    a, b = prism(star, np.arange(7) * 2.0), prism(circle(6.0, 9.0, 2.0), np.arange(5) * 3.0 + 0.4)
    plain = numbers(surface_distance(a, b))
    assert numbers(surface_distance(b, a)) == pytest.approx(plain, abs=0.03)
    turned, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))

    def moved(one: Structure) -> Structure:
        return structure(
            *(
                Contour(points=c.points @ turned.T + [7, -90, 400], geometric_type="CLOSED_PLANAR")
                for c in one.contours
            )
        )

    assert numbers(surface_distance(moved(a), moved(b))) == pytest.approx(plain, abs=0.03)


def test_a_hole_and_a_keyhole_are_the_same_surface() -> None:
    outer, inner = rectangle(0, 0, 30, 30), np.array([[10, 10], [10, 20], [20, 20], [20, 10], [10, 10]])
    holed = structure(
        *(contour for z in HEIGHTS for contour in (flat(outer, z), flat(rectangle(10, 10, 20, 20), z)))
    )
    keyhole = prism(np.vstack([outer, outer[:1], inner]), HEIGHTS)
    assert numbers(surface_distance(holed, keyhole))[2] == pytest.approx([0, 0, 0], abs=1e-6)
    plug = prism(rectangle(13, 13, 17, 17), HEIGHTS)
    for one in (holed, keyhole):
        signed, _, largest, _ = numbers(surface_distance(one, plug))
        assert signed == pytest.approx([3.0] * 3, abs=1e-6)
        assert largest == pytest.approx([np.sqrt(2) * 13] * 3, abs=0.05)


def test_the_depth_of_a_point_is_that_of_the_nearest_point_of_the_surface() -> None:
    """Against a cloud of points on walls, steps and ends; both surfaces of a step with a hole and a gap."""
    heights = [0.0, 3.0, 6.0, 9.0, 40.0, 43.0]
    contours = [flat(circle(9.0 - k, 0.5 * k, 0.0, n=30), z) for k, z in enumerate(heights)]
    contours += [flat(circle(3.0, n=12), z) for z in (3.0, 6.0)]
    stack = SlabStack.of(structure(*contours))
    solid = PlaneSolid.of(stack, stack).with_borders()
    points = np.random.default_rng(3).uniform([-14, -14, -5], [14, 14, 50], size=(300, 3))
    for surface, within in ((_Slabs.of(solid), 0.1), (_Linked.of(solid), None)):
        depths = surface.depths(points)
        pieces = surface.pieces()
        for _ in range(3):
            pieces = surface.divided(pieces)
        cloud = pieces.middle[pieces.counts]
        nearest = KDTree(cloud).query(points)[0]
        # a linked surface runs between the outlines that the cloud is made of
        assert np.all(np.abs(depths) <= nearest + 1e-9)
        if within is not None:
            assert np.abs(depths) == pytest.approx(nearest, abs=within)
            for point, depth in zip(points, depths, strict=True):
                radius, plane = np.hypot(point[0], point[1]), solid.plane_at(float(point[2]))
                assert not (depth > 0 and plane is None)
                assert not (depth > 0 and plane in (1, 2) and radius < 2.8)


def test_a_linked_cone_is_measured_square_to_its_side() -> None:
    heights = np.array([0.0, 20.0])
    cone = structure(*(flat(circle(r, n=720), z) for r, z in ((20.0, 0.0), (10.0, 20.0))))
    stack = SlabStack.of(cone)
    surface = _Linked.of(PlaneSolid.of(stack, stack).with_borders())
    for u in (0.0, 12.0, 14.0, 18.0, 30.0):
        point = np.array([[u, 0.0, 10.0]])
        side = (15.0 - u) * np.cos(np.arctan(10 / 20))
        assert surface.depths(point)[0] == pytest.approx(min(side, 10.0), abs=0.01)
    assert len(heights) == len(stack.positions)


def test_what_cannot_be_measured_says_why() -> None:
    a = prism(circle(5.0), HEIGHTS)
    assert "no contours" in (surface_distance(a, structure()).reason or "")
    elsewhere = structure(*a.contours, frame="9")
    found = surface_distance(a, elsewhere)
    assert "frames of reference" in (found.reason or "")
    assert found.mean_mm is None
