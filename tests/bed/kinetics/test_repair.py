"""Incomplete repair: published values, limits, named pitfalls."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from bed.errors import BedValueError, OutsideValidityWarning
from bed.kinetics import (
    bed_at_times,
    bed_at_times_biexponential,
    bed_incomplete_repair,
    bed_intervals,
    incomplete_repair_factor,
    incomplete_repair_factor_biexponential,
)


@pytest.mark.parametrize("m", [2, 3, 4, 6])
def test_pitfall_5_06_no_repair_gives_m_minus_one(m: int) -> None:
    assert incomplete_repair_factor(m, 6, np.inf) == pytest.approx(m - 1, rel=1e-15)
    assert incomplete_repair_factor(m, 6, 1e12) == pytest.approx(m - 1, rel=1e-10)
    assert incomplete_repair_factor(m, 0, 1.5) == pytest.approx(m - 1, rel=1e-15)


def test_one_fraction_a_day_has_no_factor() -> None:
    assert incomplete_repair_factor(1, 6, 1.5) == 0.0


def test_factor_agrees_with_thames_closed_form_where_that_does_not_cancel() -> None:
    for m in (2, 3, 5):
        phi = 2 ** (-6 / 4)
        closed = 2 * phi / (m * (1 - phi)) * (m - (1 - phi**m) / (1 - phi))
        assert incomplete_repair_factor(m, 6, 4) == pytest.approx(closed, rel=1e-13)


def test_pitfall_5_07_short_nights_are_warned_of_and_explicit_times_count_them() -> None:
    days = np.arange(10)
    times = np.sort(np.concatenate([24.0 * days, 24.0 * days + 6]))
    with pytest.warns(OutsideValidityWarning, match="after the night"):
        assumed = bed_incomplete_repair(30, 20, 3, fractions_per_day=2, interval_h=6, repair_half_time_h=4)
    explicit = bed_at_times(np.full(20, 1.5), times, 3, 4)
    nights = sum(
        (10 - g) * (2 * 2 ** (-24 * g / 4) + 2 ** (-(24 * g + 6) / 4) + 2 ** (-(24 * g - 6) / 4))
        for g in range(1, 10)
    )
    assert np.asarray(explicit) - assumed == pytest.approx(2 * 1.5**2 / 3 * nights, rel=1e-12)


def test_full_overnight_repair_makes_both_forms_agree() -> None:
    times = np.sort(np.concatenate([1000.0 * np.arange(5), 1000.0 * np.arange(5) + 6]))
    assumed = bed_incomplete_repair(15, 10, 3, fractions_per_day=2, interval_h=6, repair_half_time_h=1.5)
    assert bed_at_times(np.full(10, 1.5), times, 3, 1.5) == pytest.approx(assumed, rel=1e-12)


def test_day_that_is_too_long_is_refused() -> None:
    with pytest.raises(BedValueError, match="24 h"):
        bed_incomplete_repair(15, 10, 3, fractions_per_day=3, interval_h=12, repair_half_time_h=1)


def test_a_night_of_half_an_hour_is_short_but_a_night() -> None:
    with pytest.warns(OutsideValidityWarning):
        bed_incomplete_repair(20, 10, 3, fractions_per_day=2, interval_h=23.5, repair_half_time_h=1.5)
    with pytest.raises(BedValueError, match="do not fit in 24 h"):
        bed_incomplete_repair(20, 10, 3, fractions_per_day=2, interval_h=24, repair_half_time_h=1.5)


def test_half_days_are_warned_of() -> None:
    with pytest.warns(OutsideValidityWarning, match="no multiple"):
        bed_incomplete_repair(15, 5, 3, fractions_per_day=2, interval_h=6, repair_half_time_h=1)


def test_once_a_day_is_plain_lq_whatever_the_night() -> None:
    bed = bed_incomplete_repair(60, 30, 10, fractions_per_day=1, interval_h=0, repair_half_time_h=24)
    assert bed == pytest.approx(72)


def test_any_times_agree_with_the_sum_over_pairs() -> None:
    d, t, half_time, ratio = np.array([1.2, 3.0, 2.0, 0.5, 2.2]), np.array([0, 5, 6.5, 30, 30.0]), 3.0, 2.5
    pairs = sum(d[i] * d[j] * 2 ** (-(t[j] - t[i]) / half_time) for i, j in combinations(range(5), 2))
    assert bed_at_times(d, t, ratio, half_time) == pytest.approx(d.sum() + ((d**2).sum() + 2 * pairs) / ratio)


def test_fractions_at_the_same_time_are_one_fraction() -> None:
    assert bed_at_times([1.5, 0.5], [3, 3], 3, 1.5) == pytest.approx(2 * (1 + 2 / 3), rel=1e-14)


def test_voxels_and_tissues_broadcast() -> None:
    grid = np.arange(24.0).reshape(2, 3, 4)
    bed = bed_at_times(grid, [0, 6, 24, 30], [2.0, 3.0, 10.0], 1.5)
    assert np.shape(bed) == (2, 3)
    assert bed[1, 2] == bed_at_times(grid[1, 2], [0, 6, 24, 30], 10.0, 1.5)  # type: ignore[index]


def test_two_repair_components_average_their_own_factors() -> None:
    components = {"fast_half_time_h": 0.3, "slow_half_time_h": 4.0, "fast_weight": 0.25}
    h = incomplete_repair_factor_biexponential(2, 6, **components)
    assert h == pytest.approx(0.25 * 2 ** (-6 / 0.3) + 0.75 * 2 ** (-6 / 4))
    bed = bed_at_times_biexponential([2, 2], [0, 6], 2.5, **components)
    assert bed == pytest.approx(4 + (8 + 8 * np.asarray(h)) / 2.5)


def test_instant_fractions_are_intervals_of_no_length() -> None:
    assert bed_at_times([2, 2], [0, 6], 3, 1.5) == bed_intervals([2, 2], [0, 6], 0.0, 3, 1.5)
