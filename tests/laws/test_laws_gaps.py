"""Laws of gap compensation."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bed.kinetics import (
    MONDAY_TO_FRIDAY,
    InterruptedCourse,
    LateTissue,
    RepopulatingTumour,
    compensate_gap,
    planned_schedule,
)

tumours = st.builds(
    RepopulatingTumour,
    alpha_beta=st.floats(3, 20),
    repopulation_rate=st.floats(0, 0.8),
    kick_off=st.floats(0, 35),
)
tissues = st.builds(LateTissue, alpha_beta=st.floats(1, 5), repair_half_time_h=st.floats(0.3, 4))


@st.composite
def courses(draw: st.DrawFn) -> InterruptedCourse:
    n = draw(st.integers(10, 38))
    plan = planned_schedule(n, first_day=date(2024, 1, 1) + timedelta(days=draw(st.integers(0, 4))))
    given_fractions = draw(st.integers(2, n - 2))
    stop = plan.days[given_fractions]
    return InterruptedCourse(
        dose_per_fraction=draw(st.floats(1.5, 3)),
        planned=plan,
        delivered=plan.before(stop),
        resumes=stop + timedelta(days=draw(st.integers(0, 12))),
        hours_between=draw(st.floats(6, 12)),
        weekdays=MONDAY_TO_FRIDAY,
        closed=frozenset(),
    )


@settings(max_examples=60)
@given(course=courses(), tumour=tumours, late=tissues)
def test_every_strategy_keeps_its_promise(
    course: InterruptedCourse, tumour: RepopulatingTumour, late: LateTissue
) -> None:
    """A strategy that can be done keeps what it promises: overall time, number, or one of the two BEDs.

    It holds for once-daily plans; K small enough for the BED to stay positive.
    """
    for outcome in compensate_gap(course, tumour=tumour, late=late):
        if outcome.schedule is None:
            assert outcome.reason
            assert outcome.tumour_bed_gy is None
            continue
        assert outcome.reason is None
        assert outcome.schedule.times[: course.delivered.n_fractions] == course.delivered.times or (
            outcome.strategy == "planned"
        )
        if outcome.strategy in ("weekend", "twice_daily", "weekend_and_twice_daily"):
            assert outcome.schedule.n_fractions == course.planned.n_fractions
            assert outcome.prolongation is not None
            assert outcome.prolongation <= 0
            assert outcome.tumour_difference_gy is not None
            assert outcome.tumour_difference_gy >= -1e-9
        if outcome.strategy in ("larger_fractions_tumour", "prolonged_larger_fractions"):
            assert outcome.tumour_difference_gy == pytest.approx(0, abs=1e-8)
        if outcome.strategy == "larger_fractions_late":
            assert outcome.late_difference_gy == pytest.approx(0, abs=1e-8)
        if outcome.strategy == "extra_fractions":
            assert outcome.tumour_difference_gy is not None
            assert outcome.tumour_difference_gy >= -1e-6
        if outcome.strategy == "extra_fractions_short":
            assert outcome.tumour_difference_gy is not None
            assert outcome.tumour_difference_gy < 0


@settings(max_examples=40)
@given(course=courses(), tumour=tumours, late=tissues)
def test_doing_nothing_never_helps_the_tumour(
    course: InterruptedCourse, tumour: RepopulatingTumour, late: LateTissue
) -> None:
    """Without compensation the tumour BED never exceeds the planned one, and late BED never grows."""
    plain = next(
        o for o in compensate_gap(course, tumour=tumour, late=late) if o.strategy == "no_compensation"
    )
    assert plain.tumour_difference_gy is not None
    assert plain.late_difference_gy is not None
    assert plain.tumour_difference_gy <= 1e-9
    assert plain.late_difference_gy <= 1e-9
