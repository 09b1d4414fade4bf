"""Polygons in a plane: nesting, crossings, even-odd area."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_io.contours import crosses, inside
from dicom_io.contours.polygons import even_odd_area, even_odd_edges, nesting_signs, rotation_numbers

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


def test_spikes_and_points_that_do_not_move_have_no_area() -> None:
    spike = np.array([[0.0, 2], [1, 1], [0, 2], [4, 4], [6, 0], [0, 0]])
    assert even_odd_area(edges_of(spike)) == pytest.approx(16)
    still = np.array([[0.0, 0], [0, 0], [0, 0]])
    assert even_odd_area(edges_of(np.repeat(BOW_TIE, 2, axis=0), still)) == pytest.approx(50)
    assert not crosses(edges_of(still), edges_of(still))


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


def odd_squares(boxes: NDArray[np.int64]) -> int:
    """Unit squares covered an odd number of times by boxes of whole corners."""
    count = np.zeros((12, 12), dtype=np.int64)
    for x0, y0, x1, y1 in boxes:
        count[min(x0, x1) : max(x0, x1), min(y0, y1) : max(y0, y1)] += 1
    return int(np.sum(count % 2))


def some_boxes(generator: np.random.Generator, number: int) -> NDArray[np.int64]:
    """Boxes of whole corners: their sides often share lines, ends and whole edges."""
    first = generator.integers(0, 10, (number, 2))
    return np.concatenate([first, first + generator.integers(1, 5, (number, 2)).clip(max=12 - first)], axis=1)


def shoelace(edges: Array) -> float:
    """Twice the area of closed edges, inside on the left, halved."""
    return float(np.sum(edges[:, 0] * edges[:, 3] - edges[:, 2] * edges[:, 1]) / 2)


def rotated(polygon: Array, angle: float) -> Array:
    cos, sin = np.cos(angle), np.sin(angle)
    return polygon @ np.array([[cos, sin], [-sin, cos]])


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 2, 2.1, np.pi])
@pytest.mark.parametrize("seed", range(8))
def test_area_of_boxes_with_shared_sides_is_that_of_their_odd_squares(seed: int, angle: float) -> None:
    boxes = some_boxes(np.random.default_rng(seed), 2 + seed % 4)
    polygons = [rotated(rectangle(*map(float, box)), angle) for box in boxes]
    turned = [polygon[::-1] if k % 2 else polygon for k, polygon in enumerate(polygons)]
    assert even_odd_area(edges_of(*turned)) == pytest.approx(odd_squares(boxes), abs=1e-6)


@pytest.mark.parametrize("angle", [0.0, 0.7, 1.9])
def test_each_plane_gets_the_boundary_of_its_own_area(angle: float) -> None:
    generator = np.random.default_rng(11)
    planes = {plane: some_boxes(generator, 3) for plane in (2, 5, 9)}
    edges, plane, wanted = [], [], {}
    for one, boxes in planes.items():
        own = edges_of(*(rotated(rectangle(*map(float, box)), angle) for box in boxes))
        edges.append(own)
        plane.append(np.full(len(own), one))
        wanted[one] = odd_squares(boxes), shoelace(own)
    found, of_plane, changed = even_odd_edges(
        np.concatenate(edges), np.ones(sum(map(len, edges))), np.concatenate(plane)
    )
    assert list(changed) == [one for one, (odd, plain) in wanted.items() if abs(odd - plain) > 1e-3]
    assert len(changed) >= 2
    for one in changed:
        assert shoelace(found[of_plane == one]) == pytest.approx(wanted[one][0], abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_crossing_of_segments_agrees_with_which_side_their_ends_lie_on(seed: int) -> None:
    a, b = np.random.default_rng(seed).uniform(0, 10, (2, 1, 4))

    def side(edge: Array, point: Array) -> float:
        along, gap = edge[2:] - edge[:2], point - edge[:2]
        return float(along[0] * gap[1] - along[1] * gap[0])

    expected = (
        side(a[0], b[0, :2]) * side(a[0], b[0, 2:]) < 0 and side(b[0], a[0, :2]) * side(b[0], a[0, 2:]) < 0
    )
    assert crosses(a, b) == crosses(b, a) == expected


def test_edges_that_touch_in_the_middle_meet_and_those_that_share_an_end_do_not() -> None:
    edge = np.array([[0.0, 0, 10, 0]])
    assert crosses(edge, np.array([[5.0, 0, 5, 5]]))
    assert crosses(np.array([[5.0, 0, 5, 5]]), edge)
    assert not crosses(edge, np.array([[10.0, 0, 10, 5]]))
    assert not crosses(edge, np.array([[10.5, 0, 10.5, 5]]))
    # lines that meet beyond the end of one of them, within the box around both
    slope = np.array([[0.0, 0, 10, 10]])
    for short in (np.array([[8.0, 0, 6, 5]]), np.array([[-1.0, 8, 3, 6]])):
        assert not crosses(slope, short)
        assert not crosses(short, slope)
    # along one line: overlapping, one after the other, side by side
    assert crosses(edge, np.array([[5.0, 0, 15, 0]]))
    assert not crosses(edge, np.array([[10.0, 0, 15, 0]]))
    assert not crosses(edge, np.array([[5.0, 0.1, 15, 0.1]]))


def test_the_repaired_boundary_of_one_plane_does_not_depend_on_the_others_place() -> None:
    bow = edges_of(BOW_TIE)
    for shift in (0.0, 9.0, 1000.0):
        moved = bow + np.tile([shift, -shift], 2)
        found, of_plane, changed = even_odd_edges(
            np.concatenate([bow, moved]), np.ones(8), np.repeat([0, 1], 4)
        )
        assert list(changed) == [0, 1]
        for one in (0, 1):
            assert shoelace(found[of_plane == one]) == pytest.approx(50, abs=1e-6)
