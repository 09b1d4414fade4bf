"""Contours drawn twice count once; contours that partly overlap have two readings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dicom_io import DVH, Contour, GridField, GridGeometry, Structure, compute_dvh
from dicom_io.contours import SlabStack

Array = NDArray[np.float64]
HEIGHTS = (-9.0, -6.0, -3.0, 0.0, 3.0, 6.0, 9.0)
SQUARE = np.array([[-10.0, -10], [10, -10], [10, 10], [-10, 10]])


def on_planes(*polygons: Array, heights: tuple[float, ...] = HEIGHTS) -> Structure:
    contours = tuple(
        Contour(points=np.column_stack([polygon, np.full(len(polygon), z)]), geometric_type="CLOSED_PLANAR")
        for z in heights
        for polygon in polygons
    )
    return Structure(number=1, name="S", interpreted_type="", contours=contours, frame_of_reference_uid="1.2")


def resampled(polygon: Array, times: int) -> Array:
    """The same outline with points between its corners."""
    following = np.roll(polygon, -1, axis=0)
    parts = np.linspace(0, 1, times, endpoint=False)
    return np.concatenate([a + parts[:, None] * (b - a) for a, b in zip(polygon, following, strict=True)])


def circle(radius: float, points: int, *, turned: float = 0.0) -> Array:
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False) + turned
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


@pytest.mark.parametrize(
    "again", [resampled(SQUARE, 2), resampled(SQUARE, 7)[::-1], SQUARE * 1.01, SQUARE + 0.1]
)
def test_a_contour_drawn_again_with_other_vertices_counts_once(again: Array) -> None:
    stack = SlabStack.of(on_planes(SQUARE, again))
    assert stack.volume_cc == pytest.approx(8.4)
    assert stack.other is None
    assert any("drawn twice" in text and "counted once" in text for text in stack.findings)


@given(
    radius=st.floats(2.0, 80.0),
    points=st.integers(40, 90),
    more=st.integers(40, 90),
    turned=st.floats(0, 0.1),
)
def test_law_a_copy_of_a_contour_never_makes_the_volume_smaller(
    radius: float, points: int, more: int, turned: float
) -> None:
    """A contour beside which it is drawn again with other vertices has its volume, whatever the vertices."""
    first = circle(radius, points)
    twice = SlabStack.of(on_planes(first, circle(radius, more, turned=turned)))
    assert twice.volume_cc == pytest.approx(SlabStack.of(on_planes(first)).volume_cc, rel=0.01)


@pytest.mark.parametrize("wall", [0.6, 1.0, 3.0])
def test_a_thin_wall_is_no_copy(wall: float) -> None:
    stack = SlabStack.of(on_planes(circle(15, 90), circle(15 - wall, 90)))
    expected = (
        SlabStack.of(on_planes(circle(15, 90))).volume_cc
        - SlabStack.of(on_planes(circle(15 - wall, 90))).volume_cc
    )
    assert stack.volume_cc == pytest.approx(expected)


def _overlapping_dvh(slope: float = 1.0) -> DVH:
    grid = GridGeometry.axial(shape=(15, 21, 21), origin=(-30, -30, -21), spacing=(3.0, 3.0, 3.0))
    points = grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))
    dose = GridField(geometry=grid, values=40 + slope * points[..., 0], frame_of_reference_uid="1.2")
    return compute_dvh(on_planes(SQUARE - [5, 0], SQUARE + [5, 0]), dose)


def test_overlapping_contours_give_both_volumes_and_metrics() -> None:
    """Squares 10 mm apart: 12.6 cc as a union, 8.4 cc by the even-odd rule, and metrics that hold both."""
    dvh = _overlapping_dvh()
    assert dvh.other is not None
    assert (dvh.volume_cc, dvh.other.volume_cc) == pytest.approx((12.6, 8.4))
    volume = dvh.metric("V35Gy[cc]")
    assert volume.readings == pytest.approx((8.4, 4.2), abs=0.01)
    assert volume.value == pytest.approx(6.3, abs=0.01)
    assert volume.uncertainty == pytest.approx(2.1, abs=0.05)
    assert dvh.metric("Mean[Gy]").readings == pytest.approx((40, 40))


def test_a_metric_that_one_reading_cannot_answer_has_no_value() -> None:
    value = _overlapping_dvh().metric("D10cc[Gy]")
    assert value.value is None
    assert value.reason is not None
    assert "two readings" in value.reason


def test_a_change_of_the_curve_reaches_both_readings() -> None:
    """Twice the dose is twice every metric in Gy, of contours with two readings as well."""
    dvh = _overlapping_dvh()

    def doubled(one: DVH) -> DVH:
        return replace(one, knots_gy=2 * one.knots_gy, knots_uncertainty_gy=2 * one.knots_uncertainty_gy)

    value, twice = dvh.metric("D2cc[Gy]"), dvh.each_reading(doubled).metric("D2cc[Gy]")
    assert value.value is not None
    assert twice.value == pytest.approx(2 * value.value)
    assert twice.readings == pytest.approx([2 * reading for reading in value.readings])


def test_both_readings_go_through_json() -> None:
    dvh = _overlapping_dvh()
    again = DVH.from_json(dvh.to_json())
    assert again.metric("V35Gy[cc]") == dvh.metric("V35Gy[cc]")


def test_a_hole_that_touches_its_outline_and_islands_that_touch_have_one_reading() -> None:
    hole = np.array([[-10.0, -5], [5, -5], [5, 5], [-10, 5]])
    touching = SlabStack.of(on_planes(SQUARE, hole))
    assert (touching.volume_cc, touching.other) == (pytest.approx((400 - 150) * 21e-3), None)
    side_by_side = SlabStack.of(on_planes(SQUARE, SQUARE + [20, 3]))
    assert (side_by_side.volume_cc, side_by_side.other) == (pytest.approx(16.8), None)
