from __future__ import annotations

import numpy as np
import pytest

from bed.errors import BedTypeError, BedValueError
from bed.lq import bed_from_dose, eqd2
from bed.unequal import bed_of_fractions, eqd2_of_fractions, summed_bed, summed_eqd2


def test_equal_fractions_are_the_plain_course() -> None:
    assert bed_of_fractions([2.0] * 25, 3) == pytest.approx(50 * (1 + 2 / 3))
    assert eqd2_of_fractions([5.0] * 5, 3) == pytest.approx(40)


def test_each_fraction_counts_with_its_own_size() -> None:
    assert bed_of_fractions([1.0, 3.0], 10) == pytest.approx(1 * 1.1 + 3 * 1.3)


def test_voxel_axes_follow_the_fraction_axis() -> None:
    doses = np.array([[[1.0, np.nan], [0.0, 2.0]], [[3.0, 1.0], [0.0, 2.0]]], dtype=np.float32)
    result = bed_of_fractions(doses, 10)
    np.testing.assert_allclose(result, [[5.0, np.nan], [0.0, 4.8]], rtol=1e-6)
    assert isinstance(result, np.ndarray)
    assert result.dtype == np.float32


@pytest.mark.parametrize("bad", [[], 2.0, [-1.0, 2.0]])
def test_at_least_one_fraction_and_none_negative(bad: object) -> None:
    with pytest.raises(BedValueError, match="fraction_doses"):
        bed_of_fractions(bad, 3)  # type: ignore[arg-type]


def test_published_sums_of_courses() -> None:
    assert summed_bed([45.0, 24.0], [25, 3], 10) == pytest.approx(96.3)
    assert summed_eqd2([50.0, 24.0], [25, 3], 3) == pytest.approx(102.8)


def test_pitfall_5_14_courses_are_converted_one_by_one() -> None:
    assert summed_eqd2([25.0, 50.0], [5, 25], 3) == pytest.approx(90.0)
    assert eqd2(75.0, 30, 3) == pytest.approx(82.5)


def test_grids_sum_voxel_by_voxel_and_nan_of_one_course_leaves_the_sum_unknown() -> None:
    first, second = np.array([10.0, 20.0, np.nan]), np.array([5.0, np.nan, 1.0])
    total = summed_bed([first, second], [5, 1], 3)
    np.testing.assert_allclose(total, [10 * (1 + 2 / 3) + 5 * (1 + 5 / 3), np.nan, np.nan])
    np.testing.assert_array_equal(first, [10.0, 20.0, np.nan])


def test_one_course_is_itself() -> None:
    assert summed_bed([60.0], [30], 10) == bed_from_dose(60.0, 30, 10)


def test_courses_need_their_own_numbers_and_one_shape() -> None:
    with pytest.raises(BedValueError, match="got 1 for 2 courses"):
        summed_bed([25.0, 50.0], [5], 3)
    with pytest.raises(BedValueError, match="got 0 for 0 courses"):
        summed_eqd2([], [], 3)
    with pytest.raises(BedValueError, match="same points"):
        summed_bed([np.ones(2), np.ones(3)], [5, 5], 3)
    with pytest.raises(BedTypeError, match="one number"):
        summed_bed([1.0], [5], [3.0, 10.0])  # type: ignore[arg-type]
