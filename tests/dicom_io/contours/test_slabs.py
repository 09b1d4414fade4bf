"""Structures as slabs: volumes in closed form, and what is said about odd contours."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_io.contours import LARGEST_GAP, SlabStack
from dicom_io.errors import DicomValueError
from dicom_io.objects import Contour, Structure

Array = NDArray[np.float64]


def rectangle(x0: float, y0: float, x1: float, y1: float) -> Array:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def contour(polygon: Array, z: float, kind: str = "CLOSED_PLANAR") -> Contour:
    return Contour(points=np.column_stack([polygon, np.full(len(polygon), z)]), geometric_type=kind)


def structure(*contours: Contour, name: str = "Organ") -> Structure:
    return Structure(
        number=7, name=name, interpreted_type="", contours=contours, frame_of_reference_uid="1.2"
    )


def on_planes(
    *polygons: Array, heights: tuple[float, ...] = (0.0, 3.0, 6.0, 9.0), kind: str = "CLOSED_PLANAR"
) -> Structure:
    return structure(*(contour(polygon, z, kind) for z in heights for polygon in polygons))


SQUARE, HOLE, ISLAND = rectangle(0, 0, 20, 20), rectangle(5, 5, 15, 15), rectangle(8, 8, 12, 12)


def test_a_bow_tie_with_points_drawn_twice_is_repaired_all_the_same() -> None:
    bow_tie = np.array([[0.0, 0], [10, 10], [10, 10], [10, 0], [0, 10], [0, 10], [0, 10]])
    stack = SlabStack.of(on_planes(bow_tie))
    assert stack.volume_cc == pytest.approx(50 * 12 / 1000)
    assert "cross themselves" in stack.findings[0]


def test_planes_of_which_no_gap_is_the_usual_one_fill_half_way() -> None:
    stack = SlabStack.of(on_planes(SQUARE, heights=(2.0, 3.0, 5.0, 8.0, 9.0)))
    assert (stack.bounds.min(), stack.bounds.max()) == pytest.approx((1.5, 9.5))
    assert "unevenly spaced: 1 to 3 mm" in stack.findings[0]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("hole_turned", [False, True])
def test_holes_and_islands_count_by_nesting_whatever_their_direction(turned: bool, hole_turned: bool) -> None:
    outer, hole = SQUARE[::-1] if turned else SQUARE, HOLE[::-1] if hole_turned else HOLE
    assert SlabStack.of(on_planes(outer)).volume_cc == pytest.approx(400 * 12 / 1000)
    assert SlabStack.of(on_planes(outer, hole)).volume_cc == pytest.approx(300 * 12 / 1000)
    assert SlabStack.of(on_planes(hole, ISLAND, outer)).volume_cc == pytest.approx(316 * 12 / 1000)


def test_separate_contours_on_a_plane_add_up() -> None:
    stack = SlabStack.of(on_planes(SQUARE, SQUARE + [30, 0], SQUARE + [0, 20]))
    assert stack.volume_cc == pytest.approx(3 * 400 * 12 / 1000)
    assert stack.findings == ()


def test_a_keyhole_encloses_what_is_between_its_borders() -> None:
    channel = np.array([[0.0, 10.0], [5.0, 10.0]])
    around = np.array([[5.0, 15], [15, 15], [15, 5], [5, 5], [5.0, 10.0]])
    keyhole = np.concatenate([np.array([[0.0, 0], [20, 0], [20, 20], [0, 20]]), channel, around, channel[:1]])
    stack = SlabStack.of(on_planes(keyhole))
    assert stack.volume_cc == pytest.approx(300 * 12 / 1000)
    assert stack.findings == ()


def test_xor_contours_are_their_symmetric_difference() -> None:
    nested = SlabStack.of(on_planes(SQUARE, HOLE, kind="CLOSEDPLANAR_XOR"))
    assert nested.volume_cc == pytest.approx(300 * 12 / 1000)
    overlapping = SlabStack.of(on_planes(SQUARE, rectangle(10, 10, 30, 30), kind="CLOSEDPLANAR_XOR"))
    assert overlapping.volume_cc == pytest.approx((400 + 400 - 2 * 100) * 12 / 1000)


def test_a_self_crossing_contour_counts_by_the_even_odd_rule_and_is_named() -> None:
    bow_tie = np.array([[0.0, 0], [10, 10], [10, 0], [0, 10]])
    stack = SlabStack.of(
        structure(contour(SQUARE, 0), contour(bow_tie, 3), contour(SQUARE, 6), name="Rectum")
    )
    assert stack.volume_cc == pytest.approx((400 + 50 + 400) * 3 / 1000)
    assert any("Rectum" in text and "plane 3 mm" in text and "cross" in text for text in stack.findings)


def test_a_small_curl_in_a_contour_is_found() -> None:
    curl = np.array([[0.0, 0], [20, 0], [20, 20], [11, 20], [9, 18], [9, 19], [11, 17], [0, 17]])
    stack = SlabStack.of(on_planes(curl))
    assert any("cross" in text for text in stack.findings)


def test_overlapping_contours_are_named() -> None:
    stack = SlabStack.of(on_planes(SQUARE, rectangle(10, 10, 30, 30)))
    assert stack.volume_cc == pytest.approx(700 * 12 / 1000)
    assert stack.other is not None
    assert stack.other.volume_cc == pytest.approx(600 * 12 / 1000)
    assert any("8.4 cc as their union, 7.2 cc by the even-odd rule" in text for text in stack.findings)


def test_contours_drawn_twice_count_once_and_are_named() -> None:
    again = np.roll(SQUARE, 2, axis=0)[::-1]
    stack = SlabStack.of(on_planes(SQUARE, again))
    assert stack.volume_cc == pytest.approx(400 * 12 / 1000)
    assert any("drawn twice" in text for text in stack.findings)
    same_place = structure(contour(SQUARE, 0), contour(SQUARE, 0.004), contour(SQUARE, 3))
    assert SlabStack.of(same_place).volume_cc == pytest.approx(400 * 6 / 1000, rel=1e-3)


def test_slabs_reach_half_way_to_their_neighbours() -> None:
    stack = SlabStack.of(on_planes(SQUARE, heights=(0.0, 3.0, 6.0, 12.0, 15.0)))
    assert stack.bounds == pytest.approx(
        np.array([[-1.5, 1.5], [1.5, 4.5], [4.5, 9.0], [9.0, 13.5], [13.5, 16.5]])
    )
    assert any("unevenly spaced" in text and "plane 6 mm" in text for text in stack.findings)


def test_order_of_contours_does_not_matter() -> None:
    shuffled = on_planes(SQUARE, HOLE, heights=(9.0, 0.0, 6.0, 3.0))
    assert SlabStack.of(shuffled).volume_cc == pytest.approx(300 * 12 / 1000)


def test_without_end_caps_a_structure_ends_on_its_last_planes() -> None:
    stack = SlabStack.of(on_planes(SQUARE), end_caps="none")
    assert stack.volume_cc == pytest.approx(400 * 9 / 1000)
    with pytest.raises(DicomValueError, match="end caps"):
        SlabStack.of(on_planes(SQUARE), end_caps="rounded")


def test_parts_far_apart_are_not_joined() -> None:
    stack = SlabStack.of(on_planes(SQUARE, heights=(0.0, 3.0, 6.0, 60.0, 63.0, 66.0)))
    assert stack.volume_cc == pytest.approx(400 * 18 / 1000)
    assert any("separate parts" in text for text in stack.findings)


def test_one_plane_has_no_volume_unless_its_thickness_is_given() -> None:
    alone = structure(contour(SQUARE, 0))
    assert "one plane" in (SlabStack.of(alone).reason or "")
    given = SlabStack.of(alone, slice_thickness=2.5)
    assert given.volume_cc == pytest.approx(1.0)
    assert any("2.5 mm" in text for text in given.findings)
    with pytest.raises(DicomValueError, match="slice thickness"):
        SlabStack.of(alone, slice_thickness=0.0)


def test_points_and_open_contours_are_ignored_and_said_so() -> None:
    mixed = structure(
        *on_planes(SQUARE).contours,
        contour(SQUARE[:1], 0, "POINT"),
        contour(SQUARE[:3], 3, "OPEN_PLANAR"),
        contour(SQUARE[:2], 3),
    )
    stack = SlabStack.of(mixed)
    assert stack.volume_cc == pytest.approx(400 * 12 / 1000)
    assert len(stack.findings) == 3
    point = SlabStack.of(structure(contour(SQUARE[:1], 0, "POINT")))
    assert point.reason == "structure has no closed contour, only POINT"
    assert SlabStack.of(structure()).reason == "structure has no contours"


@pytest.mark.parametrize("order", [[0, 1, 2], [1, 2, 0], [2, 0, 1]])
def test_contours_may_lie_on_planes_across_any_patient_axis(order: list[int]) -> None:
    turned = structure(
        *(
            Contour(points=one.points[:, order], geometric_type=one.geometric_type)
            for one in on_planes(SQUARE, HOLE).contours
        )
    )
    assert SlabStack.of(turned).volume_cc == pytest.approx(300 * 12 / 1000)


def test_oblique_planes_have_the_same_volume() -> None:
    axis = np.array([1.0, 2.0, 3.0]) / np.sqrt(14)
    across = np.array([3.0, 0.0, -1.0]) / np.sqrt(10)
    turn = np.stack([across, np.cross(axis, across), axis])
    turned = structure(
        *(
            Contour(points=np.round(one.points @ turn + [10, -20, 30], 3), geometric_type=one.geometric_type)
            for one in on_planes(SQUARE, HOLE).contours
        )
    )
    stack = SlabStack.of(turned)
    assert stack.volume_cc == pytest.approx(300 * 12 / 1000, rel=1e-3)
    assert np.abs(stack.normal @ axis) == pytest.approx(1, abs=1e-6)


def test_contours_that_share_no_plane_direction_are_refused() -> None:
    slanted = SQUARE[:, [0, 1, 1]] * [1, 1, 0.5]
    mixed = structure(*on_planes(SQUARE).contours, Contour(points=slanted, geometric_type="CLOSED_PLANAR"))
    assert "plane" in (SlabStack.of(mixed).reason or "")


def test_a_closing_point_repeated_or_points_doubled_change_nothing() -> None:
    closed = np.repeat(np.concatenate([SQUARE, SQUARE[:1]]), 2, axis=0)
    stack = SlabStack.of(on_planes(closed))
    assert stack.volume_cc == pytest.approx(400 * 12 / 1000)
    assert stack.findings == ()


def test_a_point_far_away_is_named_instead_of_filling_the_memory() -> None:
    far = np.array([[0.0, 0, 0], [1e7, 0, 0], [1e7, 1e7, 0], [0, 1e7, 0]])
    for scale in (1.0, 1e300):
        contours = tuple(
            Contour(points=far * scale + [0, 0, z], geometric_type="CLOSED_PLANAR") for z in (0.0, 2.0)
        )
        structure = Structure(
            number=1, name="Far", interpreted_type="", contours=contours, frame_of_reference_uid="1.2"
        )
        assert "which no body does: a coordinate is wrong" in str(SlabStack.of(structure).reason)


def test_two_gaps_that_differ_leave_nothing_usual_to_name() -> None:
    stack = SlabStack.of(on_planes(SQUARE, heights=(0.0, 2.0, 6.0)))
    assert stack.volume_cc == pytest.approx(400 * (1 + 1 + 1 + 2 + 2 + 2) / 1000)
    (finding,) = stack.findings
    assert "unevenly spaced: 2 to 4 mm" in finding
    assert "usually" not in finding


def test_uneven_planes_are_told_by_usual_and_odd_distances() -> None:
    stack = SlabStack.of(on_planes(SQUARE, heights=(0.0, 3.0, 6.0, 9.0, 13.0, 18.0, 21.0)))
    (finding,) = stack.findings
    assert "usually 3 mm, 4 to 5 mm above planes 9, 13 mm" in finding


def test_of_many_uneven_planes_the_first_four_are_named() -> None:
    gaps = np.array([3.0, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4])
    heights = tuple(float(z) for z in np.concatenate([[0.0], np.cumsum(gaps)]))
    (finding,) = SlabStack.of(on_planes(SQUARE, heights=heights)).findings
    assert "usually 3 mm, 4 mm above planes 21, 25, 29, 33 and 1 more mm" in finding
    (finding,) = SlabStack.of(on_planes(SQUARE, heights=heights[:-1])).findings
    assert "above planes 21, 25, 29, 33 mm" in finding


def test_the_widest_gap_within_a_part_is_a_multiple_of_the_usual_one() -> None:
    usual = 7.0
    within = (0.0, usual, 2 * usual, (2 + LARGEST_GAP) * usual, (3 + LARGEST_GAP) * usual)
    stack = SlabStack.of(on_planes(SQUARE, heights=within))
    assert stack.volume_cc == pytest.approx(400 * (within[-1] + usual) / 1000)
    beyond = (*within[:3], within[3] + 0.1, within[4] + 0.1)
    stack = SlabStack.of(on_planes(SQUARE, heights=beyond))
    assert stack.volume_cc == pytest.approx(400 * 5 * usual / 1000)


@pytest.mark.parametrize(("span", "fits"), [(4900.0, True), (5100.0, False)])
@pytest.mark.parametrize("origin", [-50_000.0, 0.0, 50_000.0])
def test_no_body_is_longer_than_five_metres_wherever_it_lies(span: float, fits: bool, origin: float) -> None:
    far = rectangle(origin, origin, origin + span, origin + 20)
    stack = SlabStack.of(on_planes(far))
    assert (stack.reason is None) == fits
    if fits:
        assert stack.volume_cc == pytest.approx(span * 20 * 12 / 1000)


def test_contours_tilted_within_their_plane_direction_are_refused_with_how_far() -> None:
    tilted = contour(SQUARE, 0.0)
    points = tilted.points + np.array([0.0, 0, 1]) * np.array([[0.0], [0], [8], [0]])
    bent = Contour(points=points, geometric_type="CLOSED_PLANAR")
    stack = SlabStack.of(structure(contour(SQUARE, 20.0), bent, contour(SQUARE, 40.0)))
    assert "leave their common plane direction" in str(stack.reason)
    assert stack.edges.shape == (0, 4)
    assert stack.bounds.shape == (0, 2)
