"""Gap compensation: the worked numbers by hand, and what cannot be done says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from bed.errors import BedTypeError, BedValueError, OutsideValidityWarning
from bed.kinetics import (
    MONDAY_TO_FRIDAY,
    GapOutcome,
    InterruptedCourse,
    LateTissue,
    RepopulatingTumour,
    Schedule,
    compensate_gap,
    compromise_curve,
    gap_category,
    planned_schedule,
)

HEAD_AND_NECK = RepopulatingTumour(alpha_beta=10, repopulation_rate=0.9, kick_off=28)
LATE = LateTissue(alpha_beta=3, repair_half_time_h=1.5)
MONDAY = date(2024, 1, 1)
PLAN = planned_schedule(35, first_day=MONDAY)


def course(*, resumes: date, missed_from: date = date(2024, 1, 22), **changes: object) -> InterruptedCourse:
    """35 fractions of 2 Gy from a Monday, nothing given from one day until another."""
    given = {
        "dose_per_fraction": 2.0,
        "planned": PLAN,
        "delivered": PLAN.before(missed_from),
        "resumes": resumes,
        "hours_between": 6.0,
        "weekdays": MONDAY_TO_FRIDAY,
        "closed": frozenset(),
    }
    return InterruptedCourse(**(given | changes))  # type: ignore[arg-type]


def outcomes(
    interrupted: InterruptedCourse, tumour: RepopulatingTumour = HEAD_AND_NECK
) -> dict[str, GapOutcome]:
    return {outcome.strategy: outcome for outcome in compensate_gap(interrupted, tumour=tumour, late=LATE)}


THREE_DAYS = course(resumes=date(2024, 1, 25))


def test_plan_has_the_published_bed_of_the_head_and_neck_set() -> None:
    plan = outcomes(THREE_DAYS)["planned"]
    assert plan.tumour_bed_gy == pytest.approx(84 - 0.9 * (46 - 28))
    assert plan.late_bed_gy == pytest.approx(70 * (1 + 2 / 3), abs=0.01)
    assert plan.schedule is PLAN
    assert plan.prolongation == 0


def test_without_compensation_the_tumour_gains_its_rate_times_the_days() -> None:
    plain = outcomes(THREE_DAYS)["no_compensation"]
    assert plain.prolongation == 5  # three weekdays and the weekend they run over
    assert plain.tumour_difference_gy == pytest.approx(-0.9 * 5)
    assert plain.late_difference_gy == pytest.approx(0, abs=1e-3)


def test_weekends_restore_the_plan() -> None:
    weekend = outcomes(THREE_DAYS)["weekend"]
    assert weekend.prolongation == 0
    assert weekend.tumour_difference_gy == pytest.approx(0, abs=1e-9)
    assert weekend.schedule is not None
    assert [day for day in weekend.schedule.days if day.weekday() > 4] == [
        date(2024, 1, 27),
        date(2024, 1, 28),
        date(2024, 2, 3),
    ]


def test_two_a_day_costs_late_tissue_its_incomplete_repair() -> None:
    twice = outcomes(THREE_DAYS)["twice_daily"]
    assert twice.tumour_difference_gy == pytest.approx(0, abs=1e-9)
    within = 3 * 2 * 2 * 2 * 2 ** (-6 / 1.5) / 3  # three pairs, 2 d**2 phi / (alpha/beta)
    assert twice.late_difference_gy == pytest.approx(within, rel=2e-2)
    assert twice.schedule is not None
    assert len(twice.schedule.days) == 32


def test_weekends_are_taken_before_two_a_day() -> None:
    found = outcomes(course(resumes=date(2024, 1, 29)))
    assert found["weekend"].reason is not None
    assert "5 weekend days are needed and 4 are left" in found["weekend"].reason
    mixed = found["weekend_and_twice_daily"].schedule
    assert mixed is not None
    assert sum(day.weekday() > 4 for day in mixed.days) == 4
    assert mixed.n_fractions - len(mixed.days) == 1
    assert mixed.overall_time == PLAN.overall_time


def test_larger_fractions_agree_with_the_quadratics_by_hand() -> None:
    found = outcomes(THREE_DAYS)
    tumour, late = found["larger_fractions_tumour"], found["larger_fractions_late"]
    assert tumour.n_remaining == late.n_remaining == 17
    assert tumour.dose_per_fraction == pytest.approx(
        5 * (np.sqrt(1 + 4 * (20 * 2.4 / 17) / 10) - 1), rel=1e-9
    )
    assert late.dose_per_fraction == pytest.approx(
        1.5 * (np.sqrt(1 + 4 * (20 * 10 / 3 / 17) / 3) - 1), rel=1e-4
    )
    assert tumour.tumour_difference_gy == pytest.approx(0, abs=1e-9)
    assert tumour.late_difference_gy is not None
    assert tumour.late_difference_gy > 0
    assert late.late_difference_gy == pytest.approx(0, abs=1e-9)
    assert late.tumour_difference_gy is not None
    assert late.tumour_difference_gy < 0


def test_prolonged_course_with_larger_fractions_restores_the_tumour() -> None:
    prolonged = outcomes(THREE_DAYS)["prolonged_larger_fractions"]
    assert (prolonged.n_remaining, prolonged.prolongation) == (20, 5)
    expected = 5 * (np.sqrt(1 + 4 * ((48 + 4.5) / 20) / 10) - 1)
    assert prolonged.dose_per_fraction == pytest.approx(expected, rel=1e-9)
    assert prolonged.tumour_difference_gy == pytest.approx(0, abs=1e-9)


def test_pitfall_5_11_extra_fractions_are_whole_and_shown_with_the_number_below() -> None:
    found = outcomes(THREE_DAYS)
    short, enough = found["extra_fractions_short"], found["extra_fractions"]
    assert short.n_remaining is not None
    assert enough.n_remaining == short.n_remaining + 1
    assert short.tumour_difference_gy is not None
    assert enough.tumour_difference_gy is not None
    assert short.tumour_difference_gy < 0 <= enough.tumour_difference_gy
    # from Wednesday 21 February on: Thursday -3.0, Friday -1.5, Monday -1.8, Tuesday -0.3, Wednesday +1.2 Gy
    assert enough.n_remaining - 20 == 5
    assert short.tumour_difference_gy == pytest.approx(4 * 2.4 - 0.9 * (5 + 6))
    assert enough.tumour_difference_gy == pytest.approx(5 * 2.4 - 0.9 * (5 + 7))


def test_no_extra_fraction_where_nothing_regrows() -> None:
    found = outcomes(THREE_DAYS, replace(HEAD_AND_NECK, repopulation_rate=0.0))
    assert found["extra_fractions_short"].reason == "no extra fraction is needed"
    assert found["extra_fractions"].n_remaining == 20


def test_repopulation_that_outruns_the_fractions_is_not_compensated_by_more_of_them() -> None:
    found = outcomes(THREE_DAYS, RepopulatingTumour(alpha_beta=10, repopulation_rate=1.75, kick_off=28))
    assert found["extra_fractions"].schedule is None
    assert "do not restore" in str(found["extra_fractions"].reason)


def test_gap_at_the_end_leaves_no_room() -> None:
    found = outcomes(course(resumes=date(2024, 2, 19), missed_from=date(2024, 2, 12)))
    for strategy in ("weekend", "twice_daily", "weekend_and_twice_daily"):
        assert "planned last day is too near" in str(found[strategy].reason)
    for strategy in ("larger_fractions_tumour", "larger_fractions_late"):
        assert found[strategy].reason == "no treatment day is left before the planned last day"
    assert found["no_compensation"].n_remaining == 5


def test_delivered_dose_beyond_the_plans_effect_leaves_no_isoeffective_dose() -> None:
    days = [*PLAN.days[:34]]
    crowded = Schedule.on_days([day for day in days for _ in (0, 1)][:34], hours_between=0.1)
    with pytest.warns(OutsideValidityWarning, match="less than 6 h"):
        packed = course(resumes=date(2024, 1, 29), delivered=crowded, hours_between=0.1)
    fast = RepopulatingTumour(alpha_beta=10, repopulation_rate=5.0, kick_off=17)
    with pytest.warns(OutsideValidityWarning, match="negative"):
        found = outcomes(packed, fast)
    assert "exceed the planned BED" in str(found["larger_fractions_late"].reason)


def test_tumour_ahead_of_the_plan_needs_no_dose() -> None:
    # all but one fraction given twice a day: the tumour is ahead of the plan by weeks of repopulation
    days = [day for day in PLAN.days[:17] for _ in (0, 1)]
    ahead = course(resumes=date(2024, 1, 25), delivered=Schedule.on_days(days, hours_between=6))
    found = outcomes(ahead)
    assert "exceed the planned BED" in str(found["larger_fractions_tumour"].reason)
    assert "exceed the planned BED" in str(found["prolonged_larger_fractions"].reason)
    with pytest.raises(BedValueError, match="no compromise curve"):
        compromise_curve(ahead, tumour=HEAD_AND_NECK, late=LATE, n_points=3)


def test_closed_days_are_not_treated_on() -> None:
    closed = frozenset({date(2024, 1, 27), date(2024, 1, 29), date(2024, 2, 20)})
    found = outcomes(course(resumes=date(2024, 1, 25), closed=closed))
    for outcome in found.values():
        if outcome.strategy != "planned" and outcome.schedule is not None:
            assert not closed & set(outcome.schedule.days)


def test_compromise_runs_from_late_to_tumour_isoeffect() -> None:
    curve = compromise_curve(THREE_DAYS, tumour=HEAD_AND_NECK, late=LATE, n_points=5)
    assert curve.dose_per_fraction.shape == (5,)
    assert curve.late_difference_gy[0] == pytest.approx(0, abs=1e-9)
    assert curve.tumour_difference_gy[-1] == pytest.approx(0, abs=1e-9)
    assert (np.diff(curve.tumour_difference_gy) > 0).all()
    assert (np.diff(curve.late_difference_gy) > 0).all()


def test_compromise_needs_two_points_and_a_day_to_treat_on() -> None:
    with pytest.raises(BedValueError, match="two points"):
        compromise_curve(THREE_DAYS, tumour=HEAD_AND_NECK, late=LATE, n_points=1)
    with pytest.raises(BedValueError, match="no compromise curve"):
        compromise_curve(course(resumes=date(2024, 2, 19)), tumour=HEAD_AND_NECK, late=LATE, n_points=3)


def test_delivery_after_resuming_and_finished_courses_are_refused() -> None:
    with pytest.raises(BedValueError, match="on or after"):
        course(resumes=date(2024, 1, 19))
    with pytest.raises(BedValueError, match="nothing remains"):
        course(resumes=date(2024, 3, 1), delivered=PLAN)


def test_plans_with_two_fractions_a_day_and_long_days_are_refused() -> None:
    twice = planned_schedule(34, first_day=MONDAY, fractions_per_day=2, hours_between=6)
    with pytest.raises(BedValueError, match="one planned fraction a day"):
        course(resumes=date(2024, 1, 25), planned=twice)
    with pytest.raises(BedValueError, match="24"):
        course(resumes=date(2024, 1, 25), hours_between=24.0)


def test_centigray_is_asked_for() -> None:
    with pytest.raises(BedValueError, match="did you pass cGy"):
        course(resumes=date(2024, 1, 25), dose_per_fraction=200.0)


@pytest.mark.parametrize(
    "wrong", [{"alpha_beta": 0}, {"repopulation_rate": -0.1}, {"kick_off": -1}, {"alpha_beta": np.inf}]
)
def test_tumour_parameters_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BedValueError, match=next(iter(wrong))):
        replace(HEAD_AND_NECK, **wrong)


def test_late_parameters_out_of_range_are_refused() -> None:
    with pytest.raises(BedValueError, match="repair_half_time_h"):
        LateTissue(alpha_beta=3, repair_half_time_h=0)
    with pytest.raises(BedTypeError):
        LateTissue(alpha_beta=[2, 3], repair_half_time_h=1.5)  # type: ignore[arg-type]


def test_categories_carry_their_source_and_how_they_were_checked() -> None:
    assert [gap_category(c).allowed_prolongation_days for c in (1, 2, 3)] == [2, 5, 7]
    assert all("Royal College" in gap_category(c).source and gap_category(c).verification for c in (1, 2, 3))
    with pytest.raises(BedValueError, match="known: 1, 2, 3"):
        gap_category(4)


def test_next_days_skip_weekends() -> None:
    assert THREE_DAYS.next_days(3) == (
        date(2024, 1, 25),
        date(2024, 1, 26),
        date(2024, 1, 26) + timedelta(days=3),
    )
