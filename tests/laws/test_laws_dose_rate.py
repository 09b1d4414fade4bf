"""Laws of the dose-rate factor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bed.kinetics import (
    bed_intervals,
    g_constant,
    g_decaying,
    g_intervals,
    g_multi_exponential,
    g_of_rate,
    g_permanent,
    g_pulsed,
    lea_catcheside,
)

hours = st.floats(1e-3, 1e4)
half_times = st.floats(0.05, 50)


@given(duration=st.floats(0, 1e5), repair=half_times, source=st.floats(0.1, 1e5))
def test_g_lies_between_zero_and_one(duration: float, repair: float, source: float) -> None:
    """G lies in (0, 1] for constant and for decaying sources."""
    for g in (
        g_constant(duration, repair),
        g_decaying(duration, source, repair),
        g_permanent(source, repair),
    ):
        assert 0 < g <= 1


@given(x=st.floats(0, 1e6), factor=st.floats(1, 100))
def test_g_never_rises_with_the_duration(x: float, factor: float) -> None:
    """A longer exposure at the same dose never has a larger G."""
    assert lea_catcheside(x * factor) <= lea_catcheside(x) * (1 + 1e-14)


@given(duration=hours, repair=half_times, source=st.floats(0.1, 1e5), slower=st.floats(1, 10))
def test_slower_repair_never_lowers_g(duration: float, repair: float, source: float, slower: float) -> None:
    """Slower repair leaves at least as much of the quadratic term."""
    assert g_decaying(duration, source, repair * slower) >= g_decaying(duration, source, repair) * (1 - 1e-12)


@given(
    doses=st.lists(st.floats(0.01, 10), min_size=2, max_size=8),
    gap=st.floats(0, 100),
    width=st.floats(0, 3),
    repair=half_times,
)
def test_splitting_an_exposure_in_two_that_touch_changes_nothing(
    doses: list[float], gap: float, width: float, repair: float
) -> None:
    """Cutting a constant exposure into parts that touch does not change BED."""
    starts = np.arange(len(doses)) * (gap + width)
    whole = bed_intervals(doses, starts, width, 3.0, repair)
    halves = np.repeat(doses, 2) / 2
    cut = np.sort(np.concatenate([starts, starts + width / 2]))
    assert bed_intervals(halves, cut, width / 2, 3.0, repair) == pytest.approx(whole, rel=1e-9)


@given(n=st.integers(1, 40), width=st.floats(0, 1), idle=st.floats(1e-3, 10), repair=half_times)
def test_pulsed_g_lies_between_the_constant_rate_and_the_acute_dose(
    n: int, width: float, idle: float, repair: float
) -> None:
    """Pulses over the same overall time are at most as effective as one acute dose and G is in (0, 1]."""
    g = g_pulsed(n, width, width + idle, repair)
    assert 0 < g <= 1
    assert g >= g_pulsed(n, width, (width + idle) * 1.5, repair) * (1 - 1e-12)


@given(
    rates=st.lists(st.floats(0.1, 5), min_size=2, max_size=6), repair=half_times, unit=st.floats(1e-3, 1e3)
)
def test_g_does_not_depend_on_the_unit_of_the_dose_rate(
    rates: list[float], repair: float, unit: float
) -> None:
    """Scaling the whole dose-rate curve leaves G as it is, within (0, 1]."""
    times = np.arange(len(rates)) * 2.0
    g = g_of_rate(rates, times, repair)
    assert 0 < g <= 1
    assert g_of_rate(np.array(rates) * unit, times, repair) == pytest.approx(g, rel=1e-12)


@given(
    doses=st.lists(st.floats(0.1, 10), min_size=6, max_size=6),
    repair=st.lists(half_times, min_size=3, max_size=3),
)
def test_scalar_and_array_agree(doses: list[float], repair: list[float]) -> None:
    """Every function agrees between numbers one by one and arrays of any shape."""
    grid = np.array(doses).reshape(1, 3, 2)
    half_time = np.array(repair).reshape(1, 3)
    table = {
        "constant": (
            g_constant(np.array(doses).reshape(2, 3), repair),
            lambda i: g_constant(doses[i], repair[i % 3]),
        ),
        "decaying": (
            g_decaying(np.array(doses).reshape(2, 3), 7.0, repair),
            lambda i: g_decaying(doses[i], 7.0, repair[i % 3]),
        ),
        "permanent": (g_permanent(np.array(doses), 2.0), lambda i: g_permanent(doses[i], 2.0)),
        "pulsed": (
            g_pulsed([1, 4, 9], 0.2, 1.0, repair),
            lambda i: g_pulsed([1, 4, 9][i], 0.2, 1.0, repair[i]),
        ),
        "intervals": (
            g_intervals(grid, [0, 5], 0.1, half_time),
            lambda i: g_intervals(doses[2 * i : 2 * i + 2], [0, 5], 0.1, repair[i]),
        ),
        "bed": (
            bed_intervals(grid, [0, 5], 0.1, 3.0, half_time),
            lambda i: bed_intervals(doses[2 * i : 2 * i + 2], [0, 5], 0.1, 3.0, repair[i]),
        ),
        "rate": (
            g_of_rate(grid, [0, 5], half_time),
            lambda i: g_of_rate(doses[2 * i : 2 * i + 2], [0, 5], repair[i]),
        ),
        "exponentials": (
            g_multi_exponential(grid, [9.0, 30.0], half_time),
            lambda i: g_multi_exponential(doses[2 * i : 2 * i + 2], [9.0, 30.0], repair[i]),
        ),
    }
    for name, (whole, one) in table.items():
        flat = np.asarray(whole).ravel()
        assert flat == pytest.approx([one(i) for i in range(flat.size)], rel=1e-13), name
