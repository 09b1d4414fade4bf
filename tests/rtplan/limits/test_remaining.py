from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bed.lq import eqd2
from rtplan.errors import RtplanValueError
from rtplan.limits import plan_factor, remaining, remaining_at_point
from rtplan.limits.remaining import PlanFactor


@given(
    limit=st.floats(min_value=1, max_value=200),
    earlier_share=st.floats(min_value=0, max_value=0.999),
    n=st.integers(min_value=1, max_value=40),
    alpha_beta=st.floats(min_value=1e-6, max_value=1e6),
)
def test_point_reading_returns_to_the_limit(
    limit: float, earlier_share: float, n: int, alpha_beta: float
) -> None:
    """Earlier EQD2 plus the EQD2 of the remaining dose is the limit, to 1e-9."""
    earlier = limit * earlier_share
    left = remaining_at_point(limit, earlier, n_fractions=n, alpha_beta=alpha_beta)
    assert left.total_dose_gy is not None
    assert earlier + eqd2(left.total_dose_gy, n, alpha_beta) == pytest.approx(limit, abs=1e-9, rel=1e-12)


def test_the_published_example_comes_back() -> None:
    # 50 Gy in 25 fractions is 50 Gy EQD2; 25 Gy in 5 at alpha/beta 3 is 40 Gy: 90 Gy together.
    left = remaining_at_point(90.0, 50.0, n_fractions=5, alpha_beta=3.0)
    assert left.total_dose_gy == pytest.approx(25.0, abs=1e-12)
    assert left.reason is None


def test_without_quadratic_term_the_remaining_dose_is_the_difference() -> None:
    left = remaining_at_point(90.0, 50.0, n_fractions=5, alpha_beta=math.inf)
    assert left.total_dose_gy == pytest.approx(40.0)


@pytest.mark.parametrize("earlier", [60.0, 60.0000001, 1000.0])
def test_a_spent_limit_leaves_zero_and_says_why(earlier: float) -> None:
    left = remaining_at_point(60.0, earlier, n_fractions=5, alpha_beta=3.0)
    assert (left.total_dose_gy, left.dose_per_fraction_gy) == (0.0, 0.0)
    assert left.reason is not None
    assert "of 60 Gy EQD2" in left.reason


def test_recovery_is_a_label_of_its_own() -> None:
    assert remaining_at_point(60, 10, n_fractions=5, alpha_beta=3).recovery == "none"
    assert remaining_at_point(60, 10, n_fractions=5, alpha_beta=3, recovery="step").recovery == "step"


@pytest.mark.parametrize(("limit", "earlier"), [(math.nan, 1.0), (60.0, -1.0), (60.0, math.inf)])
def test_what_is_no_dose_is_refused(limit: float, earlier: float) -> None:
    with pytest.raises(RtplanValueError, match="Gy EQD2"):
        remaining_at_point(limit, earlier, n_fractions=5, alpha_beta=3)


def test_plan_factor_solves_a_voxel_sum_in_closed_form() -> None:
    # One voxel: 40 Gy EQD2 before, 20 Gy in 5 now; alpha/beta 3; limit 60 Gy EQD2.
    # 20 f (4 f + 3) / 5 = 20  =>  f = (-3 + sqrt(9 + 80)) / 8
    found = plan_factor(lambda factor: 40 + eqd2(20 * factor, 5, 3.0), 60.0)
    assert found.factor == pytest.approx((-3 + math.sqrt(89)) / 8, abs=1e-6)


@pytest.mark.parametrize("limit", [45.0, 60.0, 75.0, 400.0])
def test_a_cheaper_metric_finds_the_same_factor_with_fewer_questions(limit: float) -> None:
    asked = []

    def exact(factor: float) -> float:
        asked.append(factor)
        return 40 + eqd2(20 * factor, 5, 3.0)

    plain = plan_factor(exact, limit).factor
    n_plain, asked[:] = len(asked), []
    found = plan_factor(exact, limit, near=lambda factor: 38.5 + eqd2(20.3 * factor, 5, 3.0)).factor
    assert found == pytest.approx(plain, abs=1e-6)
    assert exact(found or 0.0) == pytest.approx(limit, abs=4e-6)
    assert len(set(asked)) < n_plain


@pytest.mark.parametrize("near", [lambda factor: math.nan, lambda factor: 1.0, lambda factor: -20 * factor])
def test_a_cheaper_metric_that_leads_nowhere_is_left_aside(near: Callable[[float], float]) -> None:
    def exact(factor: float) -> float:
        return 40 + eqd2(20 * factor, 5, 3.0)

    assert plan_factor(exact, 60.0, near=near).factor == pytest.approx((-3 + math.sqrt(89)) / 8, abs=1e-6)


def test_plan_factor_above_one_is_found() -> None:
    found = plan_factor(lambda factor: 10 * factor, 75.0)
    assert found.factor == pytest.approx(7.5, abs=1e-5)


def test_a_plan_that_misses_the_organ_has_no_factor() -> None:
    found = plan_factor(lambda factor: 40.0, 60.0)
    assert found.factor is None
    assert found.reason is not None


def test_a_metric_that_cannot_be_computed_has_no_factor() -> None:
    assert plan_factor(lambda factor: None, 60.0) == PlanFactor(
        factor=None, reason="the cumulative metric cannot be computed"
    )
    with pytest.raises(RtplanValueError, match="cannot be computed at"):
        plan_factor(lambda factor: 70.0 if factor == 1 else (0.0 if factor == 0 else None), 60.0)


def dose_for(room_gy: float, n: int, alpha_beta: float) -> float:
    """Total dose D of n fractions with D (D / n + alpha_beta) / (2 + alpha_beta) = room."""
    return n * (math.sqrt(alpha_beta**2 + 4 * room_gy * (2 + alpha_beta) / n) - alpha_beta) / 2


def test_doubt_about_the_earlier_dose_gives_a_range_around_the_remaining_one() -> None:
    left = remaining_at_point(90.0, 50.0, n_fractions=5, alpha_beta=3.0, uncertainty_gy=10.0)
    assert left.low_gy == pytest.approx(dose_for(30.0, 5, 3.0), rel=1e-12)
    assert left.total_dose_gy == pytest.approx(25.0, rel=1e-12)
    assert left.high_gy == pytest.approx(dose_for(50.0, 5, 3.0), rel=1e-12)
    assert left.reason is None


def test_doubt_larger_than_what_is_left_reaches_down_to_nothing() -> None:
    left = remaining_at_point(60.0, 55.0, n_fractions=5, alpha_beta=3.0, uncertainty_gy=10.0)
    assert left.low_gy == 0.0
    assert left.high_gy == pytest.approx(dose_for(15.0, 5, 3.0), rel=1e-12)
    spent = remaining_at_point(60.0, 65.0, n_fractions=5, alpha_beta=3.0, uncertainty_gy=10.0)
    assert (spent.low_gy, spent.total_dose_gy) == (0.0, 0.0)
    assert spent.high_gy == pytest.approx(dose_for(5.0, 5, 3.0), rel=1e-12)
    assert spent.reason is not None


def test_without_known_doubt_there_is_no_range() -> None:
    left = remaining_at_point(90.0, 50.0, n_fractions=5, alpha_beta=3.0)
    assert (left.low_gy, left.high_gy) == (None, None)


@pytest.mark.parametrize("dose", [0.01, 0.5, 7.0, 1000.0])
def test_the_factor_on_a_plan_may_be_far_from_one(dose: float) -> None:
    assert plan_factor(lambda factor: dose * factor, 10.0).factor == pytest.approx(10.0 / dose, rel=1e-6)


def test_a_factor_is_looked_for_up_to_the_largest_and_no_further() -> None:
    largest = remaining._LARGEST_FACTOR
    top = 2.0 ** math.floor(math.log2(largest))
    assert plan_factor(lambda factor: factor, top).factor == pytest.approx(top, rel=1e-6)
    assert plan_factor(lambda factor: factor, 2 * top).factor is None


def test_what_remains_is_told_with_its_recovery_and_why_there_is_nothing() -> None:
    left = remaining_at_point(90.0, 50.0, n_fractions=5, alpha_beta=3.0)
    assert repr(left) == "Remaining(point, 5 fractions: 25 Gy)"
    spent = remaining_at_point(50.0, 52.0, n_fractions=5, alpha_beta=3.0, recovery="step")
    assert repr(spent) == (
        "Remaining(point with recovery step, 5 fractions: 0 Gy; "
        "the earlier courses already gave 52 of 50 Gy EQD2)"
    )
    unknown = replace(left, total_dose_gy=None, dose_per_fraction_gy=None, reason="no registration")
    assert repr(unknown) == "Remaining(point, 5 fractions: not computable: no registration)"
