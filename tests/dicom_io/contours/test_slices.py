"""Which contours lie on one slice, and what islands on planes of their own fill."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dicom_io.contours import SlabStack
from dicom_io.objects import Contour, ImageSlices, Structure

Array = NDArray[np.float64]
HEIGHTS = (-9.0, -6.0, -3.0, 0.0, 3.0, 6.0, 9.0)


def square(z: float, *, half: float = 10.0, x: float = 0.0, image: str = "") -> Contour:
    corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half]]) + [x, 0.0]
    return Contour(
        points=np.column_stack([corners, np.full(4, z)]), geometric_type="CLOSED_PLANAR", image_uid=image
    )


def structure(*contours: Contour, slices: ImageSlices | None = None) -> Structure:
    return Structure(
        number=1,
        name="S",
        interpreted_type="",
        contours=contours,
        frame_of_reference_uid="1.2",
        slices=slices,
    )


def image(*heights: float) -> ImageSlices:
    return ImageSlices(normal=np.array([0.0, 0, 1]), heights=np.array(heights))


@pytest.mark.parametrize("offset", [0.0, 0.04, 0.05, 0.06, 0.1, 0.5, 0.6, 1.0, 1.5, 2.9])
def test_islands_that_differ_in_height_keep_their_volumes(offset: float) -> None:
    """A pair of boxes of 8.4 cc each is 16.8 cc however much higher one is drawn, up to a slice."""
    pair = [square(z, x=-20) for z in HEIGHTS] + [square(z + offset, x=20) for z in HEIGHTS]
    assert SlabStack.of(structure(*pair)).volume_cc == pytest.approx(16.8, rel=0.01)


@pytest.mark.parametrize("offset", [0.02, 0.1, 0.5, 0.7])
@pytest.mark.parametrize("hole", [4.0, 9.0])
def test_a_hole_drawn_a_little_higher_is_a_hole(offset: float, hole: float) -> None:
    ring = [square(z) for z in HEIGHTS] + [square(z + offset, half=hole) for z in HEIGHTS]
    assert SlabStack.of(structure(*ring)).volume_cc == pytest.approx(
        (20**2 - (2 * hole) ** 2) * 21e-3, rel=0.04
    )


def test_an_even_run_of_close_planes_stays_planes_whatever_the_image() -> None:
    """A pyramid drawn every 0.5 mm on slices of 3 mm is no stack of rings."""
    heights = np.arange(0.0, 12.0, 0.5)
    contours = [square(z, half=12.0 - z / 2, image=f"1.{round(z / 3)}") for z in heights]
    expected = sum((24.0 - z) ** 2 * 0.5 for z in heights) / 1000
    for slices in (None, image(0, 3, 6, 9, 12)):
        assert SlabStack.of(structure(*contours, slices=slices)).volume_cc == pytest.approx(expected)


def test_slices_of_one_and_of_five_millimetres_are_both_filled() -> None:
    heights = [*range(-20, -7), -3, 2, 7, 12, 17]
    for slices in (None, image(*heights, 22)):
        stack = SlabStack.of(structure(*(square(z, half=5) for z in heights), slices=slices))
        assert stack.volume_cc == pytest.approx(4.0)
        assert (stack.bounds.min(), stack.bounds.max()) == pytest.approx((-20.5, 19.5))


def test_parts_that_lie_apart_on_purpose_are_computed_apart() -> None:
    """Two nodes of two and three slices of 1 mm, 8 mm apart in the same place, are not joined."""
    stack = SlabStack.of(structure(*(square(z, half=3) for z in (0.0, 1.0, 9.0, 10.0, 11.0))))
    assert stack.volume_cc == pytest.approx(36 * 5 / 1000)
    assert any("separate parts" in text for text in stack.findings)


def test_gaps_that_come_regularly_are_refused_since_they_may_be_slices() -> None:
    heights = [z + step for z in (0.0, 9.0, 18.0, 27.0) for step in (0.0, 1.0, 2.0)]
    reason = SlabStack.of(structure(*(square(z) for z in heights))).reason
    assert reason is not None
    assert "3 gaps of 7 mm" in reason


def test_an_island_on_every_second_slice_is_filled() -> None:
    both = [square(z, x=-20) for z in range(0, 30, 3)] + [square(z, x=20) for z in range(0, 30, 6)]
    stack = SlabStack.of(structure(*both))
    assert stack.volume_cc == pytest.approx((400 * 30 + 400 * 30) / 1000)
    assert any("planes of their own" in text for text in stack.findings)


def test_an_island_absent_from_a_slice_that_others_are_drawn_on_is_absent() -> None:
    some = [square(z, x=-20) for z in HEIGHTS] + [square(z, x=20) for z in HEIGHTS if z]
    assert SlabStack.of(structure(*some)).volume_cc == pytest.approx(400 * 39 / 1000)


@pytest.mark.parametrize("noise", [2e-3, 0.02, 0.09])
def test_contours_that_are_not_flat_to_the_last_digit_lie_on_their_planes(noise: float) -> None:
    rough = [square(z, x=x) for z in HEIGHTS for x in (-80.0, 80.0)]
    rise = np.array([[0.0], [noise], [0], [-noise]]) / 2
    tilted = [Contour(points=one.points + [0, 0, 1] * rise, geometric_type="CLOSED_PLANAR") for one in rough]
    stack = SlabStack.of(structure(*tilted))
    assert stack.normal.tolist() == [0, 0, 1]
    assert stack.volume_cc == pytest.approx(16.8)
    one_bad = [*rough[:-1], tilted[-1]]
    assert SlabStack.of(structure(*one_bad)).volume_cc == pytest.approx(16.8)


def test_contours_that_name_one_image_are_of_one_slice() -> None:
    ring = [square(z, image=f"1.{k}") for k, z in enumerate(HEIGHTS)]
    ring += [square(z + 1.0, half=5, image=f"1.{k}") for k, z in enumerate(HEIGHTS)]
    assert SlabStack.of(structure(*ring)).volume_cc == pytest.approx(300 * 21 / 1000, rel=0.05)


def test_a_structure_on_one_slice_is_as_thick_as_the_image_says() -> None:
    stack = SlabStack.of(structure(square(0), slices=image(-3, 0, 3)))
    assert stack.volume_cc == pytest.approx(1.2)
    assert "taken 3 mm thick" in stack.findings[0]
    assert "image" in (SlabStack.of(structure(square(0))).reason or "")


@given(
    spacings=st.lists(st.sampled_from([1.0, 2.0, 2.5, 3.0, 5.0]), min_size=2, max_size=4),
    offsets=st.lists(st.floats(0.0, 3.0), min_size=4, max_size=4),
    counts=st.lists(st.integers(4, 12), min_size=4, max_size=4),
)
def test_law_islands_side_by_side_have_the_sum_of_their_volumes(
    spacings: list[float], offsets: list[float], counts: list[int]
) -> None:
    """Islands drawn evenly, each on planes of its own, have the sum of their volumes, or are refused."""
    assume(max(spacings) <= 4 * min(spacings))
    islands = [
        [square(offset + spacing * k, x=40.0 * place) for k in range(count)]
        for place, (spacing, offset, count) in enumerate(zip(spacings, offsets, counts, strict=False))
    ]
    stack = SlabStack.of(structure(*(one for island in islands for one in island)))
    alone = sum(SlabStack.of(structure(*island)).volume_cc for island in islands)
    if stack.reason is None:
        assert stack.volume_cc == pytest.approx(alone, rel=0.1)
    else:
        assert "cannot be told" in stack.reason
