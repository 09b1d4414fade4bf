"""Polygons in a plane: nesting, crossings, even-odd area."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_io.planar import crosses, even_odd_area, even_odd_edges, inside, nesting_signs, rotation_numbers

Array = NDArray[np.float64]


def edges_of(*polygons: Array) -> Array:
    return np.concatenate(
        [np.concatenate([polygon, np.roll(polygon, -1, axis=0)], axis=1) for polygon in polygons]
    )


def rectangle(x0: float, y0: float, x1: float, y1: float) -> Array:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


SQUARE = rectangle(0, 0, 10, 10)
BOW_TIE = np.array([[0.0, 0], [10, 10], [10, 0], [0, 10]])
PENTAGRAM = np.array([[np.cos(a), np.sin(a)] for a in np.arange(5) * 4 * np.pi / 5 + 0.3]) * 10


def test_contours_turn_once_unless_they_cross_themselves() -> None:
    edges = edges_of(SQUARE, SQUARE[::-1], BOW_TIE, PENTAGRAM)
    assert rotation_numbers(edges, np.array([0, 4, 8, 12])) == pytest.approx([1, -1, 0, 2])


def test_points_that_do_not_move_do_not_turn() -> None:
    doubled = np.repeat(SQUARE, 3, axis=0)
    point = np.zeros((3, 2))
    assert rotation_numbers(edges_of(doubled, point), np.array([0, 12])) == pytest.approx([1, 0])


def test_inside_is_even_odd() -> None:
    edges = edges_of(SQUARE, rectangle(3, 3, 7, 7))
    points = np.array([[1.0, 1], [5, 5], [-1, 5], [11, 5], [5, 1], [2, 8]])
    assert list(inside(points, edges)) == [True, False, False, False, True, True]


def test_area_by_the_even_odd_rule() -> None:
    assert even_odd_area(edges_of(SQUARE)) == pytest.approx(100)
    assert even_odd_area(edges_of(SQUARE[::-1])) == pytest.approx(100)
    assert even_odd_area(edges_of(BOW_TIE)) == pytest.approx(50)
    assert even_odd_area(edges_of(SQUARE, rectangle(5, 5, 15, 15))) == pytest.approx(150)
    assert even_odd_area(edges_of(SQUARE, SQUARE)) == pytest.approx(0)
    assert even_odd_area(edges_of(SQUARE, SQUARE, SQUARE)) == pytest.approx(100)
    assert even_odd_area(edges_of(SQUARE, rectangle(10, 0, 20, 10))) == pytest.approx(200)


def test_a_pentagram_is_its_five_points_without_its_middle() -> None:
    inner = 10 * np.cos(np.radians(72)) / np.cos(np.radians(36))
    outline = 5 * 10 * inner * np.sin(np.radians(36))
    middle = 2.5 * inner**2 * np.sin(np.radians(72))
    assert even_odd_area(edges_of(PENTAGRAM)) == pytest.approx(outline - middle)


def test_the_boundary_has_its_inside_on_the_left() -> None:
    edges, plane, changed = even_odd_edges(edges_of(BOW_TIE), np.ones(4), np.full(4, 6))
    assert list(changed) == [6]
    assert set(plane) == {6}
    middle, along = 0.5 * (edges[:, :2] + edges[:, 2:]), edges[:, 2:] - edges[:, :2]
    left = middle + 1e-3 * np.stack([-along[:, 1], along[:, 0]], axis=1)
    assert inside(left, edges_of(BOW_TIE)).all()


def test_planes_that_need_no_repair_are_left_alone() -> None:
    found = even_odd_edges(edges_of(SQUARE, rectangle(20, 0, 30, 10)), np.ones(8), np.zeros(8, dtype=int))
    assert [len(one) for one in found] == [0, 0, 0]


def test_crossing_is_noticed_between_two_sets_only() -> None:
    assert crosses(edges_of(SQUARE), edges_of(rectangle(5, 5, 15, 15)))
    assert not crosses(edges_of(SQUARE), edges_of(rectangle(3, 3, 7, 7)))
    assert not crosses(edges_of(BOW_TIE), edges_of(rectangle(20, 0, 30, 10)))


def test_depth_decides_the_sign_and_partial_overlap_is_reported() -> None:
    edges = edges_of(SQUARE, rectangle(2, 2, 8, 8)[::-1], rectangle(4, 4, 6, 6), rectangle(7, 7, 12, 12))
    starts, plane = np.arange(4) * 4, np.zeros(4, dtype=int)
    area, kept = np.array([100.0, -36, 4, 25]), np.ones(4, dtype=bool)
    sign, entangled = nesting_signs(edges, starts, plane, area, kept)
    assert list(sign[:3]) == [1, 1, 1]
    assert list(entangled) == [0]
    sign, entangled = nesting_signs(edges, starts, np.array([0, 0, 0, 1]), area, kept)
    assert list(sign) == [1, 1, 1, 1]
    assert not len(entangled)
