"""Boolean operations on polygons: laws, closed forms and every kind of touching."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dicom_io.contours import LATTICE_MM, border, inside, loops_of, overlay
from dicom_io.contours.overlays import OPERATIONS
from dicom_io.errors import DicomValueError

FloatArray = NDArray[np.float64]

corner = st.tuples(st.integers(0, 6), st.integers(0, 6))
outline = st.lists(corner, min_size=3, max_size=9)
area_of_several = st.lists(outline, min_size=1, max_size=3)


def edges_of(outlines: Sequence[Sequence[tuple[float, float]]]) -> FloatArray:
    points = [np.array(one, dtype=np.float64) for one in outlines]
    return np.concatenate([np.concatenate([one, np.roll(one, -1, axis=0)], axis=1) for one in points])


def area(edges: FloatArray) -> float:
    return float(0.5 * np.sum(edges[:, 0] * edges[:, 3] - edges[:, 1] * edges[:, 2]))


def turn(edges: FloatArray, angle: float) -> FloatArray:
    turned = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.concatenate([edges[:, :2] @ turned, edges[:, 2:] @ turned], axis=1)


@given(area_of_several, area_of_several, st.sampled_from([0.0, 0.3, 1.1]))
@settings(deadline=None)
def test_inclusion_and_exclusion(
    a: list[list[tuple[int, int]]], b: list[list[tuple[int, int]]], angle: float
) -> None:
    """Union plus intersection are the two areas; the difference lacks the intersection; the rest is both."""
    first, second = turn(edges_of(a), angle), turn(edges_of(b), angle)
    found = {name: area(overlay(first, second, name)) for name in OPERATIONS}
    whole_a, whole_b = area(border(first)), area(border(second))
    assert found["union"] + found["intersection"] == pytest.approx(whole_a + whole_b, abs=2e-3)
    assert found["difference"] == pytest.approx(whole_a - found["intersection"], abs=2e-3)
    assert found["symmetric difference"] == pytest.approx(found["union"] - found["intersection"], abs=2e-3)
    assert min(found.values()) >= -1e-9


@given(area_of_several, area_of_several, st.sampled_from([0.0, 0.3, 1.1]))
@settings(deadline=None)
def test_a_point_is_inside_when_the_operation_says_so_of_the_two_areas(
    a: list[list[tuple[int, int]]], b: list[list[tuple[int, int]]], angle: float
) -> None:
    """A point is in the result exactly when union, intersection or difference of its two answers is true."""
    first, second = turn(edges_of(a), angle), turn(edges_of(b), angle)
    points = np.stack(np.meshgrid(*2 * [np.linspace(-7.013, 7.871, 23)]), axis=-1).reshape(-1, 2)
    both = np.concatenate([first, second])
    points = points[_distance_from(points, both) > 1e-3]
    for name, operation in OPERATIONS.items():
        expected = operation(inside(points, first), inside(points, second))
        edges = overlay(first, second, name)
        found = inside(points, edges) if len(edges) else np.zeros(len(points), dtype=bool)
        assert np.array_equal(found, expected)


def _distance_from(points: FloatArray, edges: FloatArray) -> FloatArray:
    span, gap = edges[:, 2:] - edges[:, :2], points[:, None] - edges[:, :2]
    at = np.clip(np.sum(gap * span, axis=2) / np.maximum(np.sum(span**2, axis=1), 1e-12), 0, 1)
    nearest: FloatArray = np.min(np.linalg.norm(gap - at[..., None] * span, axis=2), axis=1)
    return nearest


@given(area_of_several, area_of_several)
@settings(deadline=None)
def test_borders_close_and_touch_themselves_nowhere(
    a: list[list[tuple[int, int]]], b: list[list[tuple[int, int]]]
) -> None:
    """Every polygon of a result visits each of its corners once, and all of them have the result's area."""
    for name in OPERATIONS:
        edges = overlay(edges_of(a), edges_of(b), name)
        loops = loops_of(edges)
        assert sum(map(len, loops)) == len(edges)
        for loop in loops:
            assert len(np.unique(np.round(loop, 4), axis=0)) == len(loop)
        again = sum(area(np.concatenate([one, np.roll(one, -1, axis=0)], axis=1)) for one in loops)
        assert again == pytest.approx(area(edges), abs=1e-9)


def test_a_square_less_a_smaller_one_is_a_ring() -> None:
    outer, inner = edges_of([[(0, 0), (9, 0), (9, 9), (0, 9)]]), edges_of([[(3, 3), (6, 3), (6, 6), (3, 6)]])
    ring = overlay(outer, inner, "difference")
    areas = sorted(area(np.concatenate([p, np.roll(p, -1, axis=0)], axis=1)) for p in loops_of(ring))
    assert areas == pytest.approx([-9.0, 81.0])


def test_parts_that_touch_in_a_point_are_polygons_of_their_own() -> None:
    two = edges_of([[(0, 0), (4, 0), (4, 4), (0, 4)], [(4, 4), (8, 4), (8, 8), (4, 8)]])
    assert sorted(map(len, loops_of(border(two)))) == [4, 4]
    holed = edges_of([[(0, 0), (8, 0), (8, 8), (0, 8)], [(0, 0), (4, 1), (4, 4), (1, 4)]])
    assert sorted(map(len, loops_of(border(holed)))) == [4, 4]


def test_a_figure_of_eight_is_two_triangles() -> None:
    eight = edges_of([[(0, 0), (4, 4), (4, 0), (0, 4)]])
    loops = loops_of(border(eight))
    assert sorted(map(len, loops)) == [3, 3]
    assert area(border(eight)) == pytest.approx(8.0)


def test_spikes_and_repeated_outlines_bound_nothing() -> None:
    spike = edges_of([[(0, 0), (4, 0), (4, 2), (9, 2), (4, 2), (4, 4), (0, 4)]])
    assert area(border(spike)) == pytest.approx(16.0)
    assert border(spike)[:, [0, 2]].max() == pytest.approx(4.0)
    square = [(0, 0), (4, 0), (4, 4), (0, 4)]
    assert len(border(edges_of([square, square]))) == 0
    assert loops_of(border(edges_of([square, square]))) == []


def test_nearly_parallel_edges_that_cross_again_and_again_are_resolved() -> None:
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    one = [tuple(p) for p in 30 * np.column_stack([np.cos(angle), np.sin(angle)])]
    other = [tuple(p) for p in 30 * np.column_stack([np.cos(angle + 1e-3), np.sin(angle + 1e-3)])]
    whole = 0.5 * 400 * 900 * np.sin(2 * np.pi / 400)
    common = area(overlay(edges_of([one]), edges_of([other]), "intersection"))
    # two regular polygons turned by d share a polygon of twice the corners around the same circle
    inner = 30 * np.cos(np.pi / 400)
    tangents = np.tan(0.5e-3) + np.tan(np.pi / 400 - 0.5e-3)
    assert common == pytest.approx(400 * inner**2 * tangents, abs=2 * np.pi * 30 * LATTICE_MM)
    assert common < whole


def test_nothing_and_something() -> None:
    square, none = edges_of([[(0, 0), (4, 0), (4, 4), (0, 4)]]), np.zeros((0, 4))
    assert area(overlay(square, none, "union")) == pytest.approx(16.0)
    assert len(overlay(none, none, "union")) == len(overlay(square, none, "intersection")) == 0
    assert area(overlay(none, square, "symmetric difference")) == pytest.approx(16.0)


def test_a_square_of_four_metres_is_no_harder() -> None:
    square = 1000.0 * edges_of([[(0, 0), (4, 0), (4, 4), (0, 4)]])
    assert area(overlay(square, square + 1000.0, "union")) == pytest.approx(23e6)
    assert len(loops_of(overlay(square, square + 1000.0, "symmetric difference"))) == 2


def test_what_cannot_be_is_refused() -> None:
    square = edges_of([[(0, 0), (4, 0), (4, 4), (0, 4)]])
    with pytest.raises(DicomValueError, match="minus"):
        overlay(square, square, "minus")
    with pytest.raises(DicomValueError, match="5 m"):
        overlay(square, square + 6000.0, "union")
    with pytest.raises(DicomValueError, match="do not close"):
        loops_of(square[:3])
