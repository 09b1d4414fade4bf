"""Laws of the bounds that need no registration; the organ is a handful of equal voxels."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rtplan.sums import (
    OrganCurve,
    curve_of_points,
    dose_bounds,
    mean_bounds,
    sum_of_point_maxima,
    volume_bounds,
)
from rtplan.sums.bounds import curve_of_voxels, lower_bound, upper_bound

FloatArray = NDArray[np.float64]
VOXEL_CC = 0.1
EQD2 = st.one_of(st.floats(min_value=0, max_value=120), st.integers(min_value=0, max_value=9).map(float))


@st.composite
def organs(draw: st.DrawFn, n_courses: int = 2, most_voxels: int = 7) -> list[FloatArray]:
    n_voxels = draw(st.integers(min_value=1, max_value=most_voxels))
    voxels = st.lists(EQD2, min_size=n_voxels, max_size=n_voxels)
    return [np.array(draw(voxels)) for _ in range(n_courses)]


def curves_of(courses: list[FloatArray]) -> list[OrganCurve]:
    return [
        curve_of_voxels(values, voxel_cc=VOXEL_CC, label=f"course {number}")
        for number, values in enumerate(courses, start=1)
    ]


def hottest(values: FloatArray, rank: int) -> float:
    """D_v of equal voxels for v = rank voxels; rank 0 is the maximum."""
    return float(np.sort(values)[::-1][max(rank, 1) - 1])


@settings(max_examples=60)
@given(courses=organs(most_voxels=5))
def test_every_permutation_lies_inside(courses: list[FloatArray]) -> None:
    """For every one-to-one map of the organ onto itself each D_v of the sum lies inside its bounds."""
    first, second = courses
    curves = curves_of(courses)
    for rank in range(first.size + 1):
        low, high = lower_bound(curves, rank * VOXEL_CC), upper_bound(curves, rank * VOXEL_CC)
        sums = [hottest(first + np.array(mapped), rank) for mapped in permutations(second)]
        assert low - 1e-9 <= min(sums)
        assert max(sums) <= high + 1e-9


@given(courses=organs(), data=st.data())
def test_upper_bound_is_attained(courses: list[FloatArray], data: st.DataObject) -> None:
    """Pairing the hottest v of one course with the hottest v of the other, hot against cold, attains it."""
    first, second = (np.sort(values)[::-1] for values in courses)
    rank = data.draw(st.integers(min_value=1, max_value=first.size))
    paired = np.concatenate([second[:rank][::-1], second[rank:]])
    assert upper_bound(curves_of(courses), rank * VOXEL_CC) == pytest.approx(
        hottest(first + paired, rank), abs=1e-9
    )


@given(courses=organs(), data=st.data())
def test_lower_bound_is_attained(courses: list[FloatArray], data: st.DataObject) -> None:
    """Pairing the coldest V - v + one voxel of both courses, hot against cold, attains it."""
    first, second = (np.sort(values)[::-1] for values in courses)
    rank = data.draw(st.integers(min_value=1, max_value=first.size))
    paired = np.concatenate([second[: rank - 1], second[rank - 1 :][::-1]])
    assert lower_bound(curves_of(courses), rank * VOXEL_CC) == pytest.approx(
        hottest(first + paired, rank), abs=1e-9
    )


@given(courses=organs(), seed=st.integers(min_value=0, max_value=2**32 - 1))
def test_mean_is_exact(courses: list[FloatArray], seed: int) -> None:
    """However the voxels meet, the mean of the sum is the sum of the means: both bounds are that."""
    first, second = courses
    mapped = np.random.default_rng(seed).permutation(second)
    found = mean_bounds(curves_of(courses))
    assert found.low == pytest.approx(float(np.mean(first + mapped)), abs=1e-9)
    assert found.high == pytest.approx(found.low, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(courses=organs(n_courses=3, most_voxels=6), seed=st.integers(min_value=0, max_value=2**32 - 1))
def test_three_courses_lie_inside(courses: list[FloatArray], seed: int) -> None:
    """Folded bounds of three courses contain the sum of every pair of maps."""
    random = np.random.default_rng(seed)
    total = courses[0] + random.permutation(courses[1]) + random.permutation(courses[2])
    curves = curves_of(courses)
    for rank in (0, 1, total.size // 2, total.size):
        volume = rank * VOXEL_CC
        assert (
            lower_bound(curves, volume) - 1e-9 <= hottest(total, rank) <= upper_bound(curves, volume) + 1e-9
        )


@settings(max_examples=50, deadline=None)
@given(courses=organs(n_courses=2))
def test_a_course_without_dose_changes_nothing(courses: list[FloatArray]) -> None:
    """Folding in a course of 0 Gy leaves the bounds of the other two as they are."""
    curves = curves_of(courses)
    nothing = curve_of_voxels(np.zeros_like(courses[0]), voxel_cc=VOXEL_CC, label="nothing")
    for rank in (1, courses[0].size):
        volume = rank * VOXEL_CC
        assert upper_bound([*curves, nothing], volume) == pytest.approx(upper_bound(curves, volume), abs=1e-9)
        assert lower_bound([*curves, nothing], volume) == pytest.approx(lower_bound(curves, volume), abs=1e-9)


@given(courses=organs())
def test_bounds_never_leave_the_crude_corner(courses: list[FloatArray]) -> None:
    """No bound exceeds the sum of maxima, and the upper bound of the maximum is that sum."""
    curves = curves_of(courses)
    crude = sum_of_point_maxima(curves)
    assert crude is not None
    assert upper_bound(curves, 0.0) == pytest.approx(crude, abs=1e-9)
    assert upper_bound(curves, curves[0].volume_cc) <= crude + 1e-9


@given(courses=organs(), seed=st.integers(min_value=0, max_value=2**32 - 1), data=st.data())
def test_ways_of_adding_lie_in_one_order(courses: list[FloatArray], seed: int, data: st.DataObject) -> None:
    """Voxel sum <= upper bound <= sum of point maxima; the sum of the metrics lies between both bounds.

    So the sum of the metrics is no bound itself: a voxel sum may lie on either side of it.
    """
    first, second = courses
    rank = data.draw(st.integers(min_value=1, max_value=first.size))
    voxel_sum = hottest(first + np.random.default_rng(seed).permutation(second), rank)
    of_metric = hottest(first, rank) + hottest(second, rank)
    curves = curves_of(courses)
    low, high = lower_bound(curves, rank * VOXEL_CC), upper_bound(curves, rank * VOXEL_CC)
    crude = sum_of_point_maxima(curves)
    assert crude is not None
    assert voxel_sum <= high + 1e-9
    assert high <= crude + 1e-9
    assert low - 1e-9 <= of_metric <= high + 1e-9


def test_a_voxel_sum_lies_on_either_side_of_the_sum_of_metrics() -> None:
    """D of two hottest voxels: met hot on cold the sum is below, met hot beside hot it is above."""
    first = np.array([10.0, 0.0, 0.0])
    above, below = np.array([0.0, 10.0, 0.0]), np.array([10.0, 0.0, 0.0])
    assert hottest(first, 2) + hottest(below, 2) == 0.0
    assert hottest(first + above, 2) == 10.0
    assert hottest(first, 1) + hottest(above, 1) == 20.0
    assert hottest(first + above, 1) == 10.0


@given(courses=organs(), seed=st.integers(min_value=0, max_value=2**32 - 1), level=EQD2)
def test_volume_at_dose_lies_inside(courses: list[FloatArray], seed: int, level: float) -> None:
    """V_d of the sum lies between the bounds of V_d, for every dose level."""
    first, second = courses
    total = first + np.random.default_rng(seed).permutation(second)
    found = volume_bounds(curves_of(courses), level)
    volume = np.count_nonzero(total >= level) * VOXEL_CC
    assert found.low is not None
    assert found.high is not None
    # A level that a bound meets exactly decides the volume to one voxel; rounding may take either side.
    slack = 1e-9 if np.min(np.abs(total - level)) > 1e-6 else VOXEL_CC * total.size
    assert found.low - slack <= volume <= found.high + slack


@given(courses=organs(), seed=st.integers(min_value=0, max_value=2**32 - 1), data=st.data())
def test_single_numbers_of_a_record_still_bound(
    courses: list[FloatArray], seed: int, data: st.DataObject
) -> None:
    """A maximum and one D_v of the earlier course bound the sum as the whole curve would, only wider."""
    first, second = courses
    known = data.draw(st.integers(min_value=1, max_value=first.size))
    points = [(0.0, hottest(first, 0)), (known * VOXEL_CC, hottest(first, known))]
    record = curve_of_points(points, volume_cc=first.size * VOXEL_CC, label="record")
    today = curve_of_voxels(second, voxel_cc=VOXEL_CC, label="today")
    total = first + np.random.default_rng(seed).permutation(second)
    whole = curves_of(courses)
    for rank in range(first.size + 1):
        volume = rank * VOXEL_CC
        low, high = lower_bound([record, today], volume), upper_bound([record, today], volume)
        assert low - 1e-9 <= hottest(total, rank) <= high + 1e-9
        assert low <= lower_bound(whole, volume) + 1e-9
        assert high >= upper_bound(whole, volume) - 1e-9


@given(courses=organs(), kept=st.data(), seed=st.integers(min_value=0, max_value=2**32 - 1))
def test_absolute_volumes_bound_a_part_of_the_organ(
    courses: list[FloatArray], kept: st.DataObject, seed: int
) -> None:
    """When today's organ is any part of the earlier one, the upper bounds hold for D_v and for the mean."""
    first, second = courses
    n_kept = kept.draw(st.integers(min_value=1, max_value=first.size))
    random = np.random.default_rng(seed)
    total = random.permutation(first)[:n_kept] + second[:n_kept]
    curves = curves_of([first, second[:n_kept]])
    for rank in range(n_kept + 1):
        found = dose_bounds(curves, rank * VOXEL_CC)
        assert found.high_absolute is not None
        assert hottest(total, rank) <= found.high_absolute + 1e-9
    mean = mean_bounds(curves)
    assert mean.high is not None
    assert float(np.mean(total)) <= mean.high + 1e-9


def between(colder: FloatArray, hotter: FloatArray, label: str) -> OrganCurve:
    """The curve half-way, which half-widths leave anywhere between a colder and a hotter one."""
    middle, low, high = (
        curve_of_voxels(values, voxel_cc=VOXEL_CC, label=label)
        for values in ((colder + hotter) / 2, colder, hotter)
    )
    return replace(middle, ends=(low, high))


@given(data=st.data(), n_courses=st.integers(min_value=2, max_value=3))
def test_true_bounds_lie_within_the_half_widths(data: st.DataObject, n_courses: int) -> None:
    """Whatever curve each course has between its ends, its bounds lie within the half-widths."""
    colder = [np.sort(values)[::-1] for values in data.draw(organs(n_courses))]
    # a hotter curve, sorted as the colder one is: no D_v of it lies below
    warmer = st.lists(st.floats(0, 5), min_size=colder[0].size, max_size=colder[0].size)
    hotter = [np.sort(values + np.array(data.draw(warmer)))[::-1] for values in colder]
    share = st.floats(0, 1)
    true = [
        curve_of_voxels(
            low + np.array([data.draw(share) for _ in low]) * (high - low), voxel_cc=VOXEL_CC, label="true"
        )
        for low, high in zip(colder, hotter, strict=True)
    ]
    stated = [between(low, high, "stated") for low, high in zip(colder, hotter, strict=True)]
    for rank in range(colder[0].size + 1):
        found, exact = dose_bounds(stated, rank * VOXEL_CC), dose_bounds(true, rank * VOXEL_CC)
        assert exact.low is not None
        assert exact.high is not None
        assert abs(exact.low - found.low) <= found.low_uncertainty + 1e-9
        assert abs(exact.high - found.high) <= found.high_uncertainty + 1e-9
    mean = mean_bounds(stated)
    assert abs(mean_bounds(true).high - mean.high) <= mean.high_uncertainty + 1e-9


@given(courses=organs(), factor=st.floats(0, 1))
def test_the_half_width_of_bounds_shrinks_as_the_doses_do(courses: list[FloatArray], factor: float) -> None:
    """Bounds of doses that are all multiplied by a factor have half-widths multiplied by it."""
    stated = [between(values, values + 2.0, "stated") for values in courses]
    for bounds in (lambda of: dose_bounds(of, VOXEL_CC), mean_bounds):
        full, part = bounds(stated), bounds([curve.times(factor) for curve in stated])
        assert part.high_uncertainty == pytest.approx(factor * full.high_uncertainty, abs=1e-9)
        assert part.low_uncertainty == pytest.approx(factor * full.low_uncertainty, abs=1e-9)
