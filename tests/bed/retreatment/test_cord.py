"""Second courses to the spinal cord."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from bed.errors import BedTypeError, BedValueError, OutsideValidityWarning
from bed.lq import bed_from_dose
from bed.quantity import BED, EQD2
from bed.retreatment import (
    DAYS_PER_MONTH,
    DAYS_PER_YEAR,
    CordRule,
    hytec_de_novo_cord,
    nieder_low_risk_rules,
    nieder_score,
    sahgal_hytec_rules,
    woolley_repair_exponent,
    woolley_retreatment,
    woolley_tolerance,
)


def bed2(dose: float, n_fractions: int) -> BED:
    return BED(gy=bed_from_dose(dose, n_fractions, 2), alpha_beta=2)


@pytest.mark.parametrize(
    ("dose", "n_fractions", "years", "risk", "conservative", "published"),
    [(45, 25, 1, 0.1, 0, 72.69), (45, 25, 2, 0.1, 10, 77.665), (20, 5, 1, 1.0, 0, 95.475)],
)
def test_woolley_gives_the_retreatment_bed_of_the_authors_software(
    dose: float, n_fractions: int, years: float, risk: float, conservative: float, published: float
) -> None:
    answer = woolley_retreatment(
        bed2(dose, n_fractions),
        interval_days=years * DAYS_PER_YEAR,
        risk_percent=risk,
        conservative_percent=conservative,
    )
    assert answer.second_bed is not None
    assert answer.second_bed.gy == pytest.approx(published, abs=0.001)


def test_woolley_has_no_answer_once_the_first_course_reaches_the_tolerance() -> None:
    answer = woolley_retreatment(
        bed2(50, 25), interval_days=DAYS_PER_YEAR, risk_percent=0.1, conservative_percent=0
    )
    assert answer.second_bed is None
    assert answer.second_percent is None
    assert answer.reason == "the first course alone is 100.7 % of the tolerance"
    with pytest.raises(BedValueError, match="gives no second course"):
        answer.dose_per_fraction(5)


def test_woolley_is_not_extrapolated_beyond_three_years() -> None:
    late = 3 * DAYS_PER_YEAR + 1
    answer = woolley_retreatment(bed2(45, 25), interval_days=late, risk_percent=0.1, conservative_percent=0)
    assert answer.second_bed is None
    assert answer.reason is not None
    assert "not extrapolated" in answer.reason
    with pytest.raises(BedValueError, match="not extrapolated"):
        woolley_repair_exponent(interval_days=late, risk_percent=0.1, conservative_percent=0)


def test_woolley_has_no_answer_where_the_primates_have_none() -> None:
    answer = woolley_retreatment(bed2(20, 10), interval_days=400, risk_percent=0.1, conservative_percent=20)
    assert answer.second_bed is None
    assert answer.reason is not None
    assert "the model has no answer" in answer.reason


@pytest.mark.parametrize("risk", [1e-3, 0.01, 0.1, 1, 5, 50, 99, 99.999])
def test_woolley_exponent_solves_at_every_risk_that_has_room(risk: float) -> None:
    exponents = [
        woolley_repair_exponent(
            interval_days=years * DAYS_PER_YEAR, risk_percent=risk, conservative_percent=0
        )
        for years in (0.19, 0.5, 1, 2, 3)
    ]
    assert exponents == sorted(exponents)
    assert exponents[0] == 0


def test_woolley_before_onset_leaves_only_the_unused_tolerance() -> None:
    with pytest.warns(OutsideValidityWarning, match="before that it assumes no recovery"):
        answer = woolley_retreatment(bed2(45, 25), interval_days=30, risk_percent=0.1, conservative_percent=0)
    assert answer.second_percent == pytest.approx(100 - answer.first_percent)


def test_the_dose_per_fraction_spends_exactly_the_bed() -> None:
    answer = woolley_retreatment(bed2(30, 10), interval_days=700, risk_percent=1, conservative_percent=0)
    assert answer.second_bed is not None
    d = answer.dose_per_fraction(7)
    assert bed_from_dose(7 * d, 7, 2) == pytest.approx(answer.second_bed.gy)
    with pytest.raises(BedValueError, match="whole number"):
        answer.dose_per_fraction(0)


@pytest.mark.parametrize("risk", [0, 100, float("nan")])
def test_a_risk_that_is_no_percentage_is_refused(risk: float) -> None:
    with pytest.raises(BedValueError, match="1 means 1 %"):
        woolley_tolerance(risk_percent=risk, conservative_percent=0)


@pytest.mark.parametrize("conservative", [-1, 100, float("nan")])
def test_a_conservative_share_outside_its_range_is_refused(conservative: float) -> None:
    with pytest.raises(BedValueError, match="conservative_percent"):
        woolley_tolerance(risk_percent=1, conservative_percent=conservative)


def test_woolley_refuses_other_quantities() -> None:
    arguments = {"interval_days": 400, "risk_percent": 1, "conservative_percent": 0}
    with pytest.raises(BedTypeError, match="must be BED"):
        woolley_retreatment(EQD2(gy=40, alpha_beta=2), **arguments)  # type: ignore[arg-type]
    with pytest.raises(BedValueError, match="alpha/beta 2 Gy, got 3"):
        woolley_retreatment(BED(gy=80, alpha_beta=3), **arguments)
    with pytest.raises(BedValueError, match="one number"):
        woolley_retreatment(BED(gy=np.array([80.0, 70.0]), alpha_beta=2), **arguments)
    with pytest.raises(BedValueError, match="one number of 0 Gy or more"):
        woolley_retreatment(BED(gy=-1.0, alpha_beta=2), **arguments)
    with pytest.raises(BedValueError, match="are the dates in order"):
        woolley_retreatment(bed2(20, 10), interval_days=-5, risk_percent=1, conservative_percent=0)


@pytest.mark.parametrize(
    ("first", "second", "months", "score", "risk"),
    [
        (60, 60, 12, 0, "low"),
        (60, 60.1, 12, 1, "low"),
        (60, 70, 12, 1, "low"),
        (75, 75, 12, 3, "low"),
        (80, 80, 12, 4, "intermediate"),
        (60, 60, 5, 4.5, "intermediate"),
        (102, 10, 12, 4.5, "intermediate"),
        (100, 100, 12, 8, "high"),
        (101, 101, 12, 9, "high"),
        (150, 150, 3, 18, "high"),
    ],
)
def test_nieder_score_follows_its_bands(
    first: float, second: float, months: float, score: float, risk: str
) -> None:
    found = nieder_score(
        [BED(gy=first, alpha_beta=2), BED(gy=second, alpha_beta=2)], interval_days=months * DAYS_PER_MONTH
    )
    assert (found.score, found.risk) == (score, risk)
    assert found.observed_rate_percent == {"low": 3, "intermediate": 25, "high": 90}[risk]
    assert found.tag == "M"


def test_nieder_score_near_six_months_is_given_for_both_sides() -> None:
    courses = [BED(gy=60, alpha_beta=2), BED(gy=60, alpha_beta=2)]
    just_before = nieder_score(courses, interval_days=5.9 * DAYS_PER_MONTH)
    just_after = nieder_score(courses, interval_days=6.1 * DAYS_PER_MONTH)
    assert (just_before.score, just_before.score_across_edge) == (4.5, 0)
    assert (just_after.score, just_after.score_across_edge) == (0, 4.5)
    assert nieder_score(courses, interval_days=400).score_across_edge is None


@pytest.mark.parametrize(
    ("first", "second", "months", "within"),
    [(70, 65.5, 6, True), (70, 65.6, 6, False), (98.1, 20, 6, False), (60, 60, 5, False)],
)
def test_nieder_low_risk_limits(first: float, second: float, months: float, within: bool) -> None:
    courses = [BED(gy=first, alpha_beta=2), BED(gy=second, alpha_beta=2)]
    assert nieder_score(courses, interval_days=months * DAYS_PER_MONTH).within_low_risk_limits is within


def test_pitfall_5_18_the_score_is_for_two_courses_only() -> None:
    with pytest.raises(BedValueError, match="two courses, got 3"):
        nieder_score([BED(gy=40, alpha_beta=2)] * 3, interval_days=400)


def test_nieder_score_needs_alpha_beta_2() -> None:
    with pytest.raises(BedValueError, match="alpha/beta 2 Gy, got 4"):
        nieder_score([BED(gy=40, alpha_beta=4)] * 2, interval_days=400)


def test_sahgal_hytec_conditions_are_reported_one_by_one() -> None:
    rules = sahgal_hytec_rules(
        EQD2(gy=45.0, alpha_beta=2), EQD2(gy=26.0, alpha_beta=2), interval_days=4.9 * DAYS_PER_MONTH
    )
    assert [rule.holds for rule in rules] == [False, False, True, False]
    assert [rule.limit for rule in rules] == [25, 70, 0.5, 5]
    assert rules[2].value == pytest.approx(26 / 71)


def test_a_rule_that_is_met_to_the_letter_holds() -> None:
    common = {"name": "x", "unit": "Gy", "source": "x", "value": 25.0, "limit": 25.0}
    assert CordRule(comparator="<=", **common).holds  # type: ignore[arg-type]
    assert CordRule(comparator=">=", **common).holds  # type: ignore[arg-type]


def test_without_dose_sbrt_has_no_share() -> None:
    nothing = EQD2(gy=0.0, alpha_beta=2)
    with pytest.raises(BedValueError, match="no share"):
        sahgal_hytec_rules(nothing, nothing, interval_days=400)


def test_hytec_de_novo_limits_are_those_of_the_abstract() -> None:
    assert [hytec_de_novo_cord(n)[1] for n in range(1, 6)] == [14.0, 17.0, 20.3, 23.0, 25.3]
    with pytest.raises(BedValueError, match="1 to 5 fractions"):
        hytec_de_novo_cord(6)


def test_pitfall_5_28_the_error_function_of_the_authors_software_explains_the_last_digits() -> None:
    # Their erf is a polynomial good to about 1e-7; ours is scipy's. Both must give the same dose to 1e-4 Gy.
    def their_erf(z: float) -> float:
        t = 1 / (1 + 0.5 * abs(z))
        terms = (-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806)
        terms += (0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277)
        value = 1 - t * math.exp(-z * z + sum(c * t**k for k, c in enumerate(terms)))
        return value if z >= 0 else -value

    def their_risk(dose: float) -> float:
        return 0.5 * (1 + their_erf((11.3764 * (dose / 76.5571 - 1)) / math.sqrt(2)))

    shift = brentq(lambda d: their_risk(d) - 0.01, 30, 76) - 54.8
    theirs = brentq(lambda d: their_risk(d) - 0.001, 30, 76) - shift
    ours = woolley_tolerance(risk_percent=0.1, conservative_percent=0)
    assert theirs != ours
    assert theirs == pytest.approx(ours, abs=1e-4)


def test_the_low_risk_rules_are_for_two_courses() -> None:
    three = [BED(gy=40.0, alpha_beta=2)] * 3
    with pytest.raises(BedValueError, match="two courses, got 3"):
        nieder_low_risk_rules(three, interval_days=400)
