from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from bed.lq import eqd2
from rtplan.errors import RtplanValueError
from rtplan.sums import (
    Bounds,
    OrganCurve,
    curve_of_points,
    dose_bounds,
    mean_bounds,
    sum_of_point_maxima,
    volume_bounds,
)
from rtplan.sums.bounds import ASSUMPTION, LOOSE, curve_of_voxels, lower_bound, upper_bound


def ramp(top: float, bottom: float, volume_cc: float, label: str) -> OrganCurve:
    """A dose that falls linearly with the volume from top to bottom: D_v = top - (top - bottom) v / V."""
    nodes = np.array([0.0, volume_cc])
    doses = np.array([top, bottom])
    mean = (top + bottom) / 2

    def at(volume: np.ndarray) -> np.ndarray:
        return np.interp(volume, nodes, doses)

    return OrganCurve(
        label=label, volume_cc=volume_cc, at_most=at, at_least=at, nodes_cc=nodes, mean_gy=(mean, mean)
    )


def test_bounds_of_two_ramps_have_a_closed_form() -> None:
    # Slopes 4 and 1 Gy/cc: the upper bound gives the whole volume to the steeper curve, D_v(1) + D_0(2);
    # the lower one keeps the steeper curve at v and lets the other fall to V: D_v(1) + D_V(2), or swaps them.
    curves = [ramp(60, 20, 10, "first"), ramp(30, 20, 10, "second")]
    for volume in (0.0, 0.03, 2.5, 10.0):
        assert upper_bound(curves, volume) == pytest.approx(60 - 4 * volume + 30, abs=1e-12)
        by_first, by_second = 60 - 4 * volume + 20, 20 + 30 - volume
        assert lower_bound(curves, volume) == pytest.approx(max(by_first, by_second), abs=1e-7)


def test_one_course_bounds_itself() -> None:
    alone = ramp(60, 20, 10, "only")
    assert upper_bound([alone], 2.0) == pytest.approx(52.0)
    assert lower_bound([alone], 2.0) == pytest.approx(52.0)


def test_three_equal_ramps_fold_to_the_closed_form() -> None:
    # Equal slopes: any split of v gives 3 top - slope v above; below, D_u + D_{V+v-u} is constant in u.
    curves = [ramp(30, 10, 10, name) for name in ("a", "b", "c")]
    assert upper_bound(curves, 4.0) == pytest.approx(90 - 2 * 4.0, abs=1e-9)
    assert lower_bound(curves, 4.0) == pytest.approx(30 + 2 * (10 - 4.0), abs=1e-9)
    assert LOOSE in dose_bounds(curves, 4.0).statements


def test_two_courses_state_the_one_assumption_and_nothing_else() -> None:
    found = dose_bounds([ramp(60, 20, 10, "first"), ramp(30, 20, 10, "second")], 0.03)
    assert found.statements == (ASSUMPTION,)
    assert found.reason is None


def test_a_smaller_organ_today_is_judged_by_absolute_volumes() -> None:
    # Earlier 20 cc, today 10 cc. Absolute: today's part may be the hottest 10 cc of the earlier organ.
    found = dose_bounds([ramp(60, 20, 20, "2019"), ramp(30, 20, 10, "today")], 10.0)
    assert found.high_relative == pytest.approx(20 + 30)
    assert found.high_absolute == pytest.approx(40 + 30)
    assert found.high == found.high_absolute
    assert any(
        "uniform change" in statement and "part of the earlier one" in statement
        for statement in found.statements
    )


def test_a_larger_organ_today_is_judged_by_relative_volumes() -> None:
    found = dose_bounds([ramp(60, 20, 5, "2019"), ramp(30, 20, 10, "today")], 2.0)
    assert found.high_absolute is None
    assert found.high == found.high_relative
    assert any("cannot be part" in statement for statement in found.statements)


def test_volumes_within_five_percent_need_no_statement_but_still_take_the_larger_bound() -> None:
    found = dose_bounds([ramp(60, 20, 10.4, "2019"), ramp(30, 20, 10, "today")], 2.0)
    assert found.statements == (ASSUMPTION,)
    assert found.high_absolute is not None
    assert found.high == found.high_absolute > (found.high_relative or math.inf)


def test_the_mean_is_exact_only_where_volumes_agree() -> None:
    equal = mean_bounds([ramp(60, 20, 10, "2019"), ramp(30, 20, 10, "today")])
    assert (equal.low, equal.high) == (65.0, 65.0)
    # Hottest 10 of 20 cc: D_v from 60 to 40, mean 50 in the limit; the left nodes bound it from above.
    smaller = mean_bounds([ramp(60, 20, 20, "2019"), ramp(30, 20, 10, "today")])
    assert smaller.low == 65.0
    assert smaller.high is not None
    assert smaller.high >= 50 + 25


def test_a_typed_mean_is_bounded_by_convexity() -> None:
    # Half the organ at 60 Gy, half at 20 Gy in 30 fractions at alpha/beta 3: mean EQD2 37.3 Gy.
    low = eqd2(40.0, 30, 3.0)
    high = 40.0 / 60.0 * eqd2(60.0, 30, 3.0)
    true_mean = (eqd2(60.0, 30, 3.0) + eqd2(20.0, 30, 3.0)) / 2
    assert true_mean == pytest.approx(37.3, abs=0.05)
    assert low <= true_mean <= high


def test_a_d01cc_bounds_d003cc_from_below_only() -> None:
    printed = curve_of_points([(0.1, 50.0)], volume_cc=10, label="printed record")
    today = ramp(30, 20, 10, "today")
    near_max = dose_bounds([printed, today], 0.03)
    assert near_max.high is None
    assert near_max.reason is not None
    assert "printed record" in near_max.reason
    # Of the 0.1 cc that got 50 Gy, 0.03 cc met at least D9.93cc of today, whatever met whatever.
    assert near_max.low == pytest.approx(50 + 30 - 9.93)
    # D0.1cc of the sum: all 0.1 cc are spent on the record, so today's maximum is met.
    assert dose_bounds([printed, today], 0.1).high == pytest.approx(50 + 30)
    assert sum_of_point_maxima([printed, today]) is None


def test_an_organ_maximum_alone_bounds_everything_from_above() -> None:
    assumed = curve_of_points([(0.0, 50.0)], volume_cc=10, label="assumed")
    found = dose_bounds([assumed, ramp(30, 20, 10, "today")], 2.0)
    assert found.high == pytest.approx(50 + 28)
    assert found.low == pytest.approx(28.0)


def test_volume_at_dose_inverts_the_bounds_of_the_ramps() -> None:
    # Upper D_v = 90 - 4 v, lower D_v = 80 - 4 v until it meets 50 - v (never before 10 cc).
    found = volume_bounds([ramp(60, 20, 10, "first"), ramp(30, 20, 10, "second")], 70.0)
    assert found.low == pytest.approx(2.5, abs=1e-9)
    assert found.high == pytest.approx(5.0, abs=1e-9)
    nowhere = volume_bounds([ramp(60, 20, 10, "first"), ramp(30, 20, 10, "second")], 90.5)
    assert (nowhere.low, nowhere.high) == (0.0, 0.0)


def test_more_volume_than_the_organ_has_is_refused() -> None:
    with pytest.raises(RtplanValueError, match="no dose belongs to it"):
        dose_bounds([ramp(60, 20, 10, "first"), ramp(30, 20, 10, "second")], 10.5)


def test_record_doses_that_rise_with_the_volume_are_refused() -> None:
    with pytest.raises(RtplanValueError, match="must not rise"):
        curve_of_points([(0.0, 40.0), (0.1, 50.0)], volume_cc=10, label="printed record")


def test_no_course_at_all_is_refused() -> None:
    with pytest.raises(RtplanValueError, match="at least one course"):
        upper_bound([], 0.0)


def test_an_organ_without_volume_is_refused() -> None:
    with pytest.raises(RtplanValueError, match="above 0 cc"):
        ramp(60, 20, 0.0, "first")


def test_voxels_that_are_not_covered_are_refused() -> None:
    with pytest.raises(RtplanValueError, match="finite"):
        curve_of_voxels([10.0, math.nan], voxel_cc=1.0, label="first")


@pytest.mark.parametrize(
    "points",
    [
        [(0.0, 60.0), (0.1, 50.0), (1.0, 50.5), (2.0, 20.0)],
        [(0.0, 60.0), (0.1, 50.0), (0.1, 40.0)],
        [(0.0, 60.0), (10.01, 50.0)],
        [(10.01, 50.0)],
    ],
    ids=["rising", "twice", "beyond", "beyond alone"],
)
def test_one_point_that_cannot_be_is_enough_to_refuse_a_record(points: list[tuple[float, float]]) -> None:
    with pytest.raises(RtplanValueError, match="must not rise"):
        curve_of_points(points, volume_cc=10, label="printed record")


def test_points_may_reach_the_whole_organ_and_repeat_a_dose() -> None:
    curve = curve_of_points(
        [(0.0, 60.0), (1.0, 50.0), (5.0, 50.0), (10.0, 20.0)], volume_cc=10, label="printed"
    )
    assert curve.at_most(np.array([0.0, 0.5, 1.0, 5.0, 10.0])) == pytest.approx([60, 60, 50, 50, 20])
    assert curve.at_least(np.array([0.0, 0.5, 1.0, 5.0, 10.0])) == pytest.approx([60, 50, 50, 50, 20])


@pytest.mark.parametrize("voxel_cc", [0.008, 0.5, 2.0])
def test_a_voxel_counts_until_the_volume_is_used_up(voxel_cc: float) -> None:
    organ = curve_of_voxels([10.0, 40.0, 20.0, 30.0], voxel_cc=voxel_cc, label="first")
    volume = np.array([0.0, 0.5, 1.0, 1.001, 2.0, 3.5, 4.0]) * voxel_cc
    assert organ.at_most(volume) == pytest.approx([40, 40, 40, 30, 30, 10, 10])
    assert organ.volume_cc == pytest.approx(4 * voxel_cc)
    assert organ.mean_gy == (25.0, 25.0)
    with pytest.raises(RtplanValueError, match="at least one voxel"):
        curve_of_voxels([], voxel_cc=voxel_cc, label="first")


def test_three_courses_of_voxels_lie_between_the_best_and_the_worst_match() -> None:
    """Every way of matching the voxels of three courses gives a dose within the folded bounds."""
    doses = [np.array([30.0, 12, 5, 0]), np.array([20.0, 18, 2, 1]), np.array([16.0, 9, 8, 7])]
    curves = [curve_of_voxels(dose, voxel_cc=1.0, label=str(k)) for k, dose in enumerate(doses)]
    matches = [
        np.sort(doses[0] + doses[1][list(one)] + doses[2][list(other)])[::-1]
        for one in permutations(range(4))
        for other in permutations(range(4))
    ]
    for rank in range(4):
        found = [match[rank] for match in matches]
        low, high = lower_bound(curves, rank + 1.0), upper_bound(curves, rank + 1.0)
        assert low <= min(found) + 1e-9
        assert max(found) <= high + 1e-9
        assert high <= sum(dose.max() for dose in doses)
        assert low >= max(dose[rank] for dose in doses) - 1e-9
    assert upper_bound(curves, 0.0) == pytest.approx(66.0)
    # the smallest sum has at least the three minima, the hottest voxel at least the best single maximum
    assert lower_bound(curves, 4.0) >= 8.0 - 1e-9
    assert lower_bound(curves, 1.0) >= 30 + 1 + 7 - 1e-9


def test_volumes_are_bounded_up_to_the_dose_that_is_met_exactly() -> None:
    first = curve_of_voxels([30.0, 20.0, 10.0], voxel_cc=1, label="first")
    none = curve_of_voxels([0.0, 0.0, 0.0], voxel_cc=1, label="second")
    found = volume_bounds([first, none], 20.0)
    assert found.low == pytest.approx(2.0, abs=1e-6)
    assert found.high == pytest.approx(2.0, abs=1e-6)
    everywhere = volume_bounds([first, none], 10.0)
    assert (everywhere.low, everywhere.high) == (3.0, 3.0)
    nowhere = volume_bounds([first, none], 30.001)
    assert (nowhere.low, nowhere.high) == (0.0, 0.0)


def test_the_lower_bound_finds_where_the_second_course_steps_down() -> None:
    # First: 60 - 4 v Gy. Second: 30 Gy to 3 cc, 0 beyond. Of the 1 cc that is hottest together, the second
    # course's 3 cc cannot all miss the first course's hottest 8 cc: 60 - 32 + 30 = 58 Gy, above 56 + 0 Gy.
    second = curve_of_points([(0.0, 30.0), (3.0, 30.0), (10.0, 0.0)], volume_cc=10, label="second")
    for curves in ([ramp(60, 20, 10, "first"), second], [second, ramp(60, 20, 10, "first")]):
        assert lower_bound(curves, 1.0) == pytest.approx(58.0, abs=1e-6)


def moved(curve: OrganCurve, half_width: Callable[[np.ndarray], np.ndarray]) -> OrganCurve:
    """A curve with its ends a half-width below and above."""
    ends = [
        replace(
            curve,
            at_most=lambda volume, sign=sign: curve.at_most(volume) + sign * half_width(volume),
            at_least=lambda volume, sign=sign: curve.at_least(volume) + sign * half_width(volume),
        )
        for sign in (-1, 1)
    ]
    return replace(curve, ends=(ends[0], ends[1]))


def test_the_half_width_of_a_bound_is_that_of_the_volumes_it_is_read_at() -> None:
    """Of D_0.03cc of two ramps the lower bound takes the near-maximum of one and the minimum of the other."""
    first = moved(ramp(60, 20, 10, "first"), lambda volume: 2.0 - 0.19 * volume)  # 2 at the top, 0.1 below
    second = moved(ramp(30, 20, 10, "second"), lambda volume: 1.0 - 0.05 * volume)  # 1 at the top, 0.5 below
    found = dose_bounds([first, second], 0.03)
    assert found.low == pytest.approx(60 - 4 * 0.03 + 20, abs=1e-6)
    assert found.low_uncertainty == pytest.approx(2.0 - 0.19 * 0.03 + 0.5, abs=1e-6)
    assert found.high == pytest.approx(60 - 4 * 0.03 + 30, abs=1e-6)
    assert found.high_uncertainty == pytest.approx(2.0 - 0.19 * 0.03 + 1.0, abs=1e-6)
    assert found.uncertainty == found.high_uncertainty


def test_what_a_rule_takes_off_a_course_is_taken_off_its_half_width() -> None:
    first, second = (moved(ramp(60, 20, 10, name), np.ones_like) for name in ("first", "second"))
    found = dose_bounds([first.times(0.25), second], 0.03)
    assert found.low_uncertainty == pytest.approx(1.25)
    assert found.high_uncertainty == pytest.approx(1.25)


def test_an_end_that_is_missing_has_no_half_width() -> None:
    known = moved(ramp(60, 20, 10, "first"), np.ones_like)
    found = dose_bounds([curve_of_points([(5.0, 30.0)], volume_cc=10, label="record"), known], 0.03)
    assert found.high is None
    assert found.high_uncertainty == 0.0
    assert found.low_uncertainty == pytest.approx(1.0)


def test_bounds_hold_both_readings_and_what_their_half_widths_reach() -> None:
    def bounds(low: float | None, high: float | None, below: float, above: float) -> Bounds:
        return Bounds(
            low=low,
            high=high,
            high_absolute=None,
            high_relative=high,
            low_uncertainty=below,
            high_uncertainty=above,
        )

    one, other = bounds(10.0, 40.0, 0.1, 0.1), bounds(11.0, 39.8, 2.0, 0.5)
    for found in (one.holding(other), other.holding(one)):
        assert (found.low, found.high, found.high_relative) == (10.0, 40.0, 40.0)
        assert found.low_uncertainty == pytest.approx(10.0 - 9.0)
        assert found.high_uncertainty == pytest.approx(40.3 - 40.0)
    without = one.holding(bounds(11.0, None, 0.1, 0.0))
    assert (without.low, without.high) == (10.0, None)
