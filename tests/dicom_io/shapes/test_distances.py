"""Distances between structures, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_io.contours import LATTICE_MM
from dicom_io.objects import Contour, Structure
from dicom_io.shapes import distance


def prism(
    polygon: NDArray[np.float64], heights: list[float], *, name: str = "A", frame: str = "1.2"
) -> Structure:
    contours = tuple(
        Contour(points=np.column_stack([polygon, np.full(len(polygon), z)]), geometric_type="CLOSED_PLANAR")
        for z in heights
    )
    return Structure(
        number=1, name=name, interpreted_type="", contours=contours, frame_of_reference_uid=frame
    )


def rectangle(x0: float, y0: float, x1: float, y1: float) -> NDArray[np.float64]:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def circle(radius: float, x: float, y: float, n: int = 360) -> NDArray[np.float64]:
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


HEIGHTS = [0.0, 3.0, 6.0, 9.0]


@pytest.mark.parametrize("gap", [0.1, 2.0, 5.0, 137.3])
def test_in_plane_distance_is_that_of_the_edges(gap: float) -> None:
    found = distance(
        prism(rectangle(0, 0, 20, 20), HEIGHTS), prism(rectangle(20 + gap, -50, 60 + gap, 90), HEIGHTS)
    )
    assert found.distance_mm == pytest.approx(gap, abs=1e-9)
    assert found.low_mm == found.high_mm == found.distance_mm
    assert found.overlap_cc == 0


def test_distance_of_circles_and_of_corners() -> None:
    circles = distance(prism(circle(5, 0, 0), HEIGHTS), prism(circle(8, 16, 12), HEIGHTS))
    assert circles.distance_mm == pytest.approx(7.0, abs=0.01)
    corners = distance(prism(rectangle(0, 0, 1, 1), HEIGHTS), prism(rectangle(4, 5, 6, 7), HEIGHTS))
    assert corners.distance_mm == pytest.approx(5.0, abs=1e-12)


def test_overlap_is_zero_distance_and_its_volume_is_exact() -> None:
    found = distance(prism(rectangle(0, 0, 20, 20), HEIGHTS), prism(rectangle(15, 10, 40, 30), HEIGHTS))
    assert found.distance_mm == 0
    assert found.overlap_cc == pytest.approx(5 * 10 * 12 / 1000, rel=1e-12)


def test_crossing_bars_overlap_without_a_corner_inside() -> None:
    found = distance(prism(rectangle(0, 8, 30, 12), HEIGHTS), prism(rectangle(10, 0, 14, 30), HEIGHTS))
    assert found.distance_mm == 0
    assert found.overlap_cc == pytest.approx(4 * 4 * 12 / 1000, rel=1e-12)


def test_one_inside_the_other_overlaps_wholly_and_identical_structures_too() -> None:
    outer, inner = prism(rectangle(0, 0, 20, 20), HEIGHTS), prism(circle(5, 10, 10), HEIGHTS)
    area = 0.5 * 360 * 25 * np.sin(2 * np.pi / 360)
    rounding = 2 * np.pi * 5 * LATTICE_MM * 12 / 1000  # of every corner to a nanometre
    assert distance(outer, inner).overlap_cc == pytest.approx(area * 12 / 1000, abs=rounding)
    assert distance(inner, inner).overlap_cc == pytest.approx(area * 12 / 1000, abs=rounding)


def test_island_inside_a_hole_keeps_its_distance() -> None:
    ring = Structure(
        number=1,
        name="Ring",
        interpreted_type="",
        frame_of_reference_uid="1.2",
        contours=(
            *prism(rectangle(0, 0, 40, 40), HEIGHTS).contours,
            *prism(rectangle(10, 10, 30, 30), HEIGHTS).contours,
        ),
    )
    found = distance(ring, prism(rectangle(14, 15, 26, 26), HEIGHTS))
    assert found.distance_mm == pytest.approx(4.0, abs=1e-12)
    assert found.overlap_cc == 0


def test_gap_across_planes_ends_where_the_slab_ends() -> None:
    found = distance(
        prism(rectangle(0, 0, 20, 20), [0.0, 2.0, 4.0]), prism(rectangle(0, 0, 20, 20), [8.0, 10.0, 12.0])
    )
    assert found.distance_mm == pytest.approx(2.0)
    assert (found.low_mm, found.high_mm) == pytest.approx((2.0, 4.0))


def test_oblique_gap_joins_height_and_plane() -> None:
    found = distance(
        prism(rectangle(0, 0, 20, 20), [0.0, 2.0, 4.0]), prism(rectangle(24, 0, 30, 20), [9.0, 11.0, 13.0])
    )
    assert found.distance_mm == pytest.approx(5.0)
    assert found.high_mm == pytest.approx(np.hypot(4, 5))


def test_planes_between_planes_are_linked_linearly() -> None:
    cone = Structure(
        number=1,
        name="Cone",
        interpreted_type="",
        frame_of_reference_uid="1.2",
        contours=(
            *prism(rectangle(0, 0, 10, 10), [0.0]).contours,
            *prism(rectangle(0, 0, 16, 10), [40.0]).contours,
        ),
    )
    found = distance(cone, prism(rectangle(12, 0, 30, 10), [10.0, 11.0]))
    assert found.distance_mm == pytest.approx(2.0)
    assert (found.low_mm, found.high_mm) == pytest.approx((12 - (10 + 6 * 11 / 40), 2.0))


def test_sagittal_planes_measure_like_axial_ones() -> None:
    def turned(structure: Structure) -> Structure:
        contours = tuple(
            Contour(points=contour.points[:, [2, 0, 1]], geometric_type=contour.geometric_type)
            for contour in structure.contours
        )
        return Structure(
            number=1,
            name=structure.name,
            interpreted_type="",
            contours=contours,
            frame_of_reference_uid="1.2",
        )

    a, b = prism(circle(5, 0, 0), HEIGHTS), prism(circle(8, 16, 12), [20.0, 22.0])
    assert distance(turned(a), turned(b)).distance_mm == pytest.approx(distance(a, b).distance_mm)


def test_what_cannot_be_measured_says_why() -> None:
    a = prism(rectangle(0, 0, 1, 1), HEIGHTS)
    empty = Structure(number=2, name="Empty", interpreted_type="", contours=(), frame_of_reference_uid="1.2")
    assert distance(a, empty).distance_mm is None
    assert "no contours" in (distance(a, empty).reason or "")
    elsewhere = prism(rectangle(5, 5, 6, 6), HEIGHTS, frame="9")
    assert "frames of reference" in (distance(a, elsewhere).reason or "")
    assert "one plane" in (distance(a, prism(rectangle(5, 5, 6, 6), [0.0])).reason or "")
