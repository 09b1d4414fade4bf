"""Laws of repopulation and repair between fractions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bed.kinetics import (
    bed_after_repopulation,
    bed_at_times,
    bed_incomplete_repair,
    eqd2_after_proliferation,
    eqd2_with_time,
    eqd2_with_time_on_weekdays,
    incomplete_repair_factor,
    repopulation_rate_from_doubling,
    weekday_overall_time,
)
from bed.lq import bed_from_dose

rates = st.floats(0.01, 1.0)
days = st.floats(0, 100)
ratios = st.floats(0.5, 20)
half_times = st.floats(0.1, 10)


@given(time=days, longer=days, rate=rates, kick_off=days)
def test_bed_never_rises_with_overall_time(time: float, longer: float, rate: float, kick_off: float) -> None:
    """With K > 0 a longer overall time never gives a larger BED (BED large enough to stay positive)."""
    assert bed_after_repopulation(300, time + longer, rate, kick_off) <= bed_after_repopulation(
        300, time, rate, kick_off
    )


@given(time=days, rate=rates, kick_off=days)
def test_nothing_is_lost_before_the_kick_off(time: float, rate: float, kick_off: float) -> None:
    """Up to the kick-off the BED is untouched, whatever K."""
    assert bed_after_repopulation(300, min(time, kick_off), rate, kick_off) == 300


@given(n=st.integers(1, 60), ratio=ratios, rate=st.floats(0, 0.8), kick_off=days)
def test_time_corrected_eqd2_of_a_two_gray_course_is_its_dose(
    n: int, ratio: float, rate: float, kick_off: float
) -> None:
    """In 2 Gy fractions at the same pace the time-corrected EQD2 is the dose (net gain per fraction > 0)."""
    bed = 2 * n * (1 + 2 / ratio) - rate * max(1.4 * n - kick_off, 0)
    assert eqd2_with_time(bed, ratio, rate, kick_off, 1.4) == pytest.approx(2 * n, rel=1e-9)


@given(
    n=st.integers(1, 60),
    ratio=ratios,
    rate=st.floats(0, 1.2),
    kick_off=days,
    first_day=st.sampled_from([0, 1]),
)
def test_weekday_eqd2_contains_the_course_itself(
    n: int, ratio: float, rate: float, kick_off: float, first_day: int
) -> None:
    """Among the weekday schedules of equal BED is the one we started from (BED >= 0)."""
    time = weekday_overall_time(n + 0.5, first_day=first_day)  # type: ignore[arg-type]
    bed = 2 * (n + 0.5) * (1 + 2 / ratio) - rate * max(time - kick_off, 0)
    roots = eqd2_with_time_on_weekdays(max(bed, 0), ratio, rate, kick_off, first_day=first_day)  # type: ignore[arg-type]
    assert bed < 0 or min(abs(root - 2 * n - 1) for root in roots) < 1e-6


@given(m=st.integers(1, 8), interval=st.floats(0, 12), half_time=half_times)
def test_repair_factor_lies_between_full_and_no_repair(m: int, interval: float, half_time: float) -> None:
    """h_m lies in [0, m - 1]."""
    assert 0 <= incomplete_repair_factor(m, interval, half_time) <= (m - 1) * (1 + 1e-15)


@given(m=st.integers(2, 8), interval=st.floats(0, 12))
def test_no_repair_makes_the_day_one_fraction(m: int, interval: float) -> None:
    """Without repair h_m = m - 1, so the fractions of a day act as one."""
    assert incomplete_repair_factor(m, interval, np.inf) == pytest.approx(m - 1, rel=1e-14)
    assert bed_at_times([2.0] * m, np.arange(m) * interval, 3, np.inf) == pytest.approx(
        2 * m * (1 + 2 * m / 3)
    )


@given(
    doses=st.lists(st.floats(0, 8), min_size=2, max_size=30),
    cut=st.integers(1, 29),
    ratio=ratios,
    half_time=st.floats(0.1, 2),
)
def test_splitting_a_fully_repaired_course_changes_nothing(
    doses: list[float], cut: int, ratio: float, half_time: float
) -> None:
    """The BED of a course split in two is the sum of its parts, when all is repaired and none repopulates."""
    cut = min(cut, len(doses) - 1)
    times = np.arange(len(doses)) * 24.0 * 30
    together = bed_at_times(doses, times, ratio, half_time)
    first = bed_at_times(doses[:cut], times[:cut], ratio, half_time)
    second = bed_at_times(doses[cut:], times[cut:], ratio, half_time)
    assert together == pytest.approx(np.asarray(first) + second, rel=1e-12)
    assert together == pytest.approx(sum(bed_from_dose(d, 1, ratio) for d in doses), rel=1e-12)


@given(
    gaps=st.lists(st.floats(0, 100), min_size=3, max_size=3),
    wider=st.floats(1, 5),
    ratio=ratios,
    t=half_times,
)
def test_more_time_between_fractions_never_raises_bed(
    gaps: list[float], wider: float, ratio: float, t: float
) -> None:
    """Stretching the times of the fractions never raises the BED of a tissue that only repairs."""
    times = np.cumsum([0.0, *gaps])
    narrow = bed_at_times([2, 1, 3, 2], times, ratio, t)
    assert bed_at_times([2, 1, 3, 2], times * wider, ratio, t) <= np.asarray(narrow) * (1 + 1e-12)


@given(
    values=st.lists(st.floats(0, 60), min_size=6, max_size=6),
    ratio=st.lists(ratios, min_size=3, max_size=3),
    rate=st.lists(st.floats(0, 0.3), min_size=3, max_size=3),
)
def test_scalar_and_array_agree(values: list[float], ratio: list[float], rate: list[float]) -> None:
    """Every function agrees between numbers one by one and arrays of any shape."""
    grid = np.array(values).reshape(2, 3)
    day = {"fractions_per_day": 2, "interval_h": 6, "repair_half_time_h": 1.5}
    table = {
        "rate": (
            repopulation_rate_from_doubling(grid + 0.1, ratio),
            lambda i: repopulation_rate_from_doubling(values[i] + 0.1, ratio[i % 3]),
        ),
        "after": (
            bed_after_repopulation(grid + 100, 40, rate, 28),
            lambda i: bed_after_repopulation(values[i] + 100, 40, rate[i % 3], 28),
        ),
        "proliferation": (
            eqd2_after_proliferation(grid, 40, 30, rate),
            lambda i: eqd2_after_proliferation(values[i], 40, 30, rate[i % 3]),
        ),
        "with time": (
            eqd2_with_time(grid, ratio, rate, 21, 1.4),
            lambda i: eqd2_with_time(values[i], ratio[i % 3], rate[i % 3], 21, 1.4),
        ),
        "incomplete": (
            bed_incomplete_repair(grid, 20, ratio, **day),
            lambda i: bed_incomplete_repair(values[i], 20, ratio[i % 3], **day),
        ),
        "times": (
            bed_at_times(grid, [0, 6, 24], 3.0, np.array(ratio[:2])),
            lambda i: bed_at_times(values[3 * i : 3 * i + 3], [0, 6, 24], 3.0, ratio[i]),
        ),
    }
    for name, (whole, one) in table.items():
        flat = np.asarray(whole).ravel()
        assert flat == pytest.approx([one(i) for i in range(flat.size)], rel=1e-13), name
    assert incomplete_repair_factor([1, 2, 5], 6, ratio) == pytest.approx(
        [incomplete_repair_factor(m, 6, t) for m, t in zip([1, 2, 5], ratio, strict=True)], rel=1e-14
    )
