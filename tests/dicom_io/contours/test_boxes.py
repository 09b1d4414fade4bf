"""Which boxes overlap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dicom_io.contours import boxes

SIDES = arrays(
    np.float64, st.tuples(st.integers(1, 40), st.just(4)), elements=st.integers(-20, 20).map(float)
)


def as_boxes(corners: np.ndarray) -> np.ndarray:
    return np.hstack([np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])])


def every_pair(a: np.ndarray, b: np.ndarray) -> list[tuple[int, int]]:
    touch = np.all((a[:, None, :2] <= b[None, :, 2:]) & (b[None, :, :2] <= a[:, None, 2:]), axis=2)
    return list(zip(*(index.tolist() for index in np.nonzero(touch)), strict=True))


@given(SIDES, SIDES, st.sampled_from([1.0, 1e-6, 1e4]))
def test_squares_of_the_plane_lose_no_pair_and_count_none_twice(
    first: np.ndarray, second: np.ndarray, scale: float
) -> None:
    """The pairs found by squares are those found by comparing every box with every other."""
    a, b = as_boxes(first * scale), as_boxes(second * scale)
    of_a, of_b = boxes._sharing_a_square(a, b)
    touch = np.all((a[of_a, :2] <= b[of_b, 2:]) & (b[of_b, :2] <= a[of_a, 2:]), axis=1)
    found = sorted(zip(of_a[touch].tolist(), of_b[touch].tolist(), strict=True))
    assert found == every_pair(a, b)
    assert list(zip(*(pair.tolist() for pair in boxes.overlapping_pairs(a, b)), strict=True)) == every_pair(
        a, b
    )


@pytest.mark.parametrize("n", [400, 6400])
def test_pairs_looked_at_grow_with_the_boxes_not_with_their_square(n: int) -> None:
    side = int(np.sqrt(n))
    corner = 3.0 * np.stack(np.divmod(np.arange(n), side), axis=1)
    islands = np.hstack([corner, corner + 2.0])
    body = np.array([[-5.0, -5.0, 3 * side + 5.0, 3 * side + 5.0]])
    every = np.concatenate([body, islands])
    looked_at, _ = boxes._sharing_a_square(every, every)
    assert len(looked_at) < 20 * n
