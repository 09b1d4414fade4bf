"""Repopulation: published values, limits, named pitfalls."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bed.errors import BedTypeError, BedValueError, OutsideValidityWarning
from bed.kinetics import (
    bed_after_repopulation,
    eqd2_after_proliferation,
    eqd2_with_time,
    eqd2_with_time_on_weekdays,
    repopulation_rate_from_doubling,
    weekday_overall_time,
)

CHHIP_RATE = 0.047153  # ln 2 / (0.35 x 42) Gy/day


def test_head_and_neck_loses_nine_tenths_of_a_gray_a_day_after_four_weeks() -> None:
    assert bed_after_repopulation(84, [20, 28, 29, 46], 0.9, 28) == pytest.approx([84, 84, 83.1, 67.8])


def test_no_doubling_means_no_repopulation() -> None:
    assert repopulation_rate_from_doubling(0.3, np.inf) == 0.0
    assert bed_after_repopulation(60, 100, 0.9, np.inf) == 60.0


def test_pitfall_5_10_negative_bed_is_shown_and_warned_of_not_clipped() -> None:
    with pytest.warns(OutsideValidityWarning, match="negative"):
        assert bed_after_repopulation(5, 40, 1.0, 0) == -35.0


def test_pitfall_5_10_correcting_one_side_or_both_sides_differs() -> None:
    bed = bed_after_repopulation(60 * (1 + 3 / 3.1), 26, CHHIP_RATE, 21)
    both = eqd2_with_time(bed, 3.1, CHHIP_RATE, 21, 7 / 5)
    per_day = CHHIP_RATE / (1 + 2 / 3.1)
    one = eqd2_after_proliferation(60 * (3 + 3.1) / (2 + 3.1), 26, 21, per_day)
    assert both == pytest.approx(72.48, abs=0.02)
    assert one == pytest.approx(71.62, abs=0.02)


def test_pitfall_5_09_the_convention_of_the_first_day_costs_one_day_of_repopulation() -> None:
    from_zero = bed_after_repopulation(84, weekday_overall_time(35, first_day=0), 0.9, 28)
    from_one = bed_after_repopulation(84, weekday_overall_time(35, first_day=1), 0.9, 28)
    assert np.asarray(from_zero) - from_one == pytest.approx(0.9)


def test_pitfall_5_27_two_thirds_of_a_per_mille_separate_ln2_from_its_three_digits() -> None:
    exact, rounded = repopulation_rate_from_doubling(0.35, 5), 0.693 / (0.35 * 5)
    assert rounded / np.asarray(exact) == pytest.approx(1, abs=3e-4)
    assert rounded != exact


@pytest.mark.parametrize(
    ("n", "days"), [(1, 0), (5, 4), (6, 7), (10, 11), (11, 14), (25, 32), (30, 39), (35, 46)]
)
def test_weekdays_only(n: int, days: int) -> None:
    assert weekday_overall_time(n, first_day=0) == days
    assert weekday_overall_time(n, first_day=1) == days + 1


def test_weekday_time_refuses_less_than_a_fraction_and_other_conventions() -> None:
    for n, first in ((0.5, 0), (np.inf, 0), (5, 2)):
        with pytest.raises(BedValueError, match="first_day"):
            weekday_overall_time(n, first_day=first)  # type: ignore[arg-type]
    with pytest.raises(BedTypeError):
        weekday_overall_time(np.array([1.0, 2.0]), first_day=0)  # type: ignore[arg-type]


def test_time_corrected_dose_in_two_gray_fractions_is_itself() -> None:
    n = np.array([5, 20, 30, 40])
    bed = bed_after_repopulation(2 * n * (1 + 2 / 10), 1.4 * n, 0.6, 28)
    assert eqd2_with_time(bed, 10, 0.6, 28, 1.4) == pytest.approx(2 * n, rel=1e-12)


def test_time_corrected_dose_without_repopulation_is_eqd2() -> None:
    assert eqd2_with_time(100, 3, 0, 0, 1.4) == pytest.approx(60, rel=1e-12)
    assert eqd2_with_time(100, 3, 0.9, np.inf, 1.4) == pytest.approx(60, rel=1e-12)


def test_time_corrected_dose_does_not_exist_when_repopulation_outruns_the_fractions() -> None:
    with pytest.warns(OutsideValidityWarning, match="outruns"):
        value = eqd2_with_time([10.0, 100.0, np.nan], 10, 2.0, 7, 1.4)
    assert value[0] == pytest.approx(10 / 1.2, rel=1e-12)  # type: ignore[index]
    assert np.isnan(value[1:]).all()  # type: ignore[index]


def test_repopulation_that_eats_exactly_what_is_given_reaches_nothing_more() -> None:
    # without quadratic term 2 Gy a day against 2 Gy a day
    with pytest.warns(OutsideValidityWarning, match="outruns"):
        assert math.isnan(float(eqd2_with_time(100, math.inf, 2.0, 5, 1)))
    assert eqd2_with_time(8, math.inf, 2.0, 5, 1) == pytest.approx(8)  # before it starts


def test_dose_reached_on_the_day_of_the_kick_off_has_lost_nothing() -> None:
    # 10 fractions of 2 Gy in 10 days; 3 Gy a day from then on are more than is given
    assert eqd2_with_time(20, math.inf, 3.0, 10, 1) == pytest.approx(20)
    with pytest.warns(OutsideValidityWarning, match="outruns"):
        assert math.isnan(float(eqd2_with_time(20.001, math.inf, 3.0, 10, 1)))


def test_weekends_make_several_schedules_equal() -> None:
    # 10 fractions end on a Friday; the weekend takes back what the 10th and 11th gave
    per_fraction, rate = 2.4, 0.9
    friday = 9.8 * per_fraction - rate * (9.8 + 2)
    roots = np.array(eqd2_with_time_on_weekdays(friday, 10, rate, 0, first_day=1)) / 2
    assert roots == pytest.approx([9.8, 9.8 + 2 * rate / (per_fraction - rate)], rel=1e-12)
    for n in roots:
        time = weekday_overall_time(n, first_day=1)
        assert n * per_fraction - rate * time == pytest.approx(friday, rel=1e-12)


@pytest.mark.parametrize("rate", [0.0, 0.5, 12 / 7, 2.0, 3.0])
def test_every_weekday_root_has_the_asked_bed_and_none_is_missed(rate: float) -> None:
    grid = np.arange(1, 120, 0.001)
    time = grid + 2 * np.floor((grid - 1) / 5)
    course = grid * 2.4 - rate * np.maximum(time - 21, 0)
    for target in (10.0, 30.0, 60.0):
        side = np.sign(course - target)
        crossings = grid[1:][(side[1:] != side[:-1]) & (np.diff(course) > -1.0 - rate) & (np.diff(time) < 1)]
        roots = np.array(eqd2_with_time_on_weekdays(target, 10, rate, 21, first_day=1)) / 2
        assert roots[roots < 119] == pytest.approx(crossings, abs=2e-3)


def test_weekday_search_ends_when_repopulation_never_starts() -> None:
    assert eqd2_with_time_on_weekdays(120, 10, 5.0, np.inf, first_day=0) == pytest.approx((100.0,))


def test_no_weekday_schedule_below_one_fraction() -> None:
    assert eqd2_with_time_on_weekdays(1.0, 10, 0.5, 21, first_day=1) == ()
