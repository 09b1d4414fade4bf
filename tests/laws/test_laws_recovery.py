"""Laws of recovery between courses and of the cord models."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bed.quantity import BED, EQD2
from bed.retreatment import (
    DAYS_PER_YEAR,
    Recovery,
    damage_decay_recovery,
    linear_recovery,
    nieder_score,
    no_recovery,
    recovery_rule,
    recovery_rule_names,
    recovery_rule_tissues,
    woolley_repair_exponent,
    woolley_retreatment,
    woolley_tolerance,
)

# Before 70 days the model is outside its domain; the laws hold there too.
pytestmark = pytest.mark.filterwarnings("ignore::bed.errors.OutsideValidityWarning")

ALL_RULES = [
    recovery_rule(name, tissue="Rectum" if tissue == "any" else tissue)
    for name in recovery_rule_names()
    for tissue in recovery_rule_tissues(name)
]
ALL_RULES += [
    damage_decay_recovery(permanent_fraction=0.3, time_constant_days=400, tissue="x", source="x"),
    linear_recovery(start_days=70, fraction_per_year=0.3, largest_fraction=0.6, tissue="x", source="x"),
]
rules = st.sampled_from(ALL_RULES)
intervals = st.floats(min_value=0, max_value=4000)
doses = st.floats(min_value=0, max_value=150)


@given(rules, intervals, doses)
def test_what_is_left_lies_between_nothing_and_all(rule: Recovery, interval: float, dose: float) -> None:
    """Whatever the rule, what is left of an earlier EQD2 is neither negative nor more than it was."""
    assume(rule.is_defined(interval))
    assert 0 <= rule.apply(dose, interval_days=interval) <= dose


@given(rules, intervals, intervals)
def test_recovery_never_falls_with_time(rule: Recovery, one: float, other: float) -> None:
    """A longer interval never forgets less, wherever the source gives a value at both."""
    short, long = sorted((one, other))
    assume(rule.is_defined(short) and rule.is_defined(long))
    assert rule.fraction(short) <= rule.fraction(long)


@given(rules, intervals, doses, st.floats(min_value=0.5, max_value=20))
def test_discounts_commute_between_bed_and_eqd2(
    rule: Recovery, interval: float, dose: float, alpha_beta: float
) -> None:
    """A discount before or after converting between EQD2 and BED of one alpha/beta is the same."""
    assume(rule.is_defined(interval))
    course = EQD2(gy=dose, alpha_beta=alpha_beta)
    through_bed = rule.apply(course.to_bed(), interval_days=interval).to_eqd2()
    assert through_bed.gy == pytest.approx(
        rule.apply(course, interval_days=interval).gy, rel=1e-12, abs=1e-12
    )


@given(rules, intervals, st.lists(doses, min_size=1, max_size=6))
def test_an_array_recovers_voxel_by_voxel(rule: Recovery, interval: float, voxels: list[float]) -> None:
    """Applied to an array a rule gives what it gives to each number."""
    assume(rule.is_defined(interval))
    together = rule.apply(np.array(voxels), interval_days=interval)
    np.testing.assert_array_equal(together, [rule.apply(v, interval_days=interval) for v in voxels])


@given(rules, intervals)
def test_every_statement_names_the_rule_or_says_that_nothing_is_assumed(
    rule: Recovery, interval: float
) -> None:
    """A report never shows a discount without the rule's name and source."""
    statement = rule.statement(interval)
    if rule.assumes_recovery:
        assert rule.name in statement
        assert rule.source in statement
    else:
        assert statement == no_recovery().statement(interval)


risks = st.floats(min_value=0.05, max_value=20)
first_courses = st.floats(min_value=0, max_value=130)
up_to_three_years = st.floats(min_value=0, max_value=3 * DAYS_PER_YEAR)


def second_bed(first: float, interval: float, risk: float) -> float:
    answer = woolley_retreatment(
        BED(gy=first, alpha_beta=2), interval_days=interval, risk_percent=risk, conservative_percent=0
    )
    return 0.0 if answer.second_bed is None else float(answer.second_bed.gy)


@given(first_courses, up_to_three_years, up_to_three_years, risks)
def test_woolley_never_allows_less_after_a_longer_interval(
    first: float, one: float, other: float, risk: float
) -> None:
    """For a given first course and risk the second course's BED never falls with the interval."""
    short, long = sorted((one, other))
    assert second_bed(first, short, risk) <= second_bed(first, long, risk) * (1 + 1e-12)


@given(first_courses, up_to_three_years, risks)
def test_woolley_lies_between_no_recovery_and_a_fresh_cord(
    first: float, interval: float, risk: float
) -> None:
    """The second BED is at least what the first left of the tolerance and at most the whole of it."""
    tolerance = 2 * woolley_tolerance(risk_percent=risk, conservative_percent=0)
    assume(first < tolerance)
    found = second_bed(first, interval, risk)
    assert found >= tolerance - first - 1e-9
    assert found <= tolerance + 1e-9


@given(up_to_three_years, risks)
def test_woolley_without_a_first_course_leaves_the_tolerance(interval: float, risk: float) -> None:
    """Nothing given, nothing lost: after no first course the second may use the whole tolerance."""
    tolerance = 2 * woolley_tolerance(risk_percent=risk, conservative_percent=0)
    assert second_bed(0.0, interval, risk) == pytest.approx(tolerance)


@given(risks, st.floats(min_value=0, max_value=5))
def test_woolley_exponent_starts_at_zero_and_rises(risk: float, conservative: float) -> None:
    """The cubic through the primate points never falls between onset and three years."""
    days = np.linspace(0, 3 * DAYS_PER_YEAR, 60)
    exponents = [
        woolley_repair_exponent(interval_days=d, risk_percent=risk, conservative_percent=conservative)
        for d in days
    ]
    assert exponents[0] == 0
    assert np.all(np.diff(exponents) >= -1e-9)


@given(doses, doses, st.floats(min_value=0, max_value=30), intervals)
def test_nieder_score_never_falls_with_dose_and_ignores_the_order(
    first: float, second: float, more: float, interval: float
) -> None:
    """More dose never lowers the score, and the two courses may be given in either order."""

    def score(a: float, b: float) -> float:
        return nieder_score([BED(gy=a, alpha_beta=2), BED(gy=b, alpha_beta=2)], interval_days=interval).score

    assert score(first, second) == score(second, first)
    assert score(first, second) <= score(first + more, second)
