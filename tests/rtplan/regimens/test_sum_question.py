"""The question of a typed sum checks itself, whoever asks it."""

from __future__ import annotations

from typing import Any

import pytest

from bed.retreatment import recovery_rule
from rtplan.errors import RtplanTypeError, RtplanValueError
from rtplan.regimens import PointSumQuestion, sum_courses

COURSES = ("50.4Gy/28@2023-05-01", "30Gy/5@2024-02-01")


def test_a_question_and_the_same_words_by_keyword_have_one_answer() -> None:
    stated: dict[str, Any] = {"alpha_betas": (3.0,), "limits_eqd2_gy": (90.0,), "n_fractions": (5,)}
    question = PointSumQuestion(courses=COURSES, **stated)
    assert sum_courses(question) == sum_courses(list(COURSES), **stated)
    with pytest.raises(RtplanTypeError, match="nothing goes beside it"):
        sum_courses(question, alpha_betas=[3])  # type: ignore[call-overload]


def test_a_rule_by_name_and_the_rule_itself_are_one() -> None:
    by_name = PointSumQuestion(
        courses=COURSES, alpha_betas=(2.0,), recovery="step-25-50", tissue="SpinalCord"
    )
    assert by_name.rule == recovery_rule("step-25-50", tissue="SpinalCord")
    assert sum_courses(by_name) == sum_courses(list(COURSES), alpha_betas=[2.0], recovery=by_name.rule)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"courses": ()}, "at least one course"),
        ({"alpha_betas": ()}, "at least one alpha/beta"),
        ({"alpha_betas": (0.0,)}, "above 0 Gy is needed"),
        ({"alpha_betas": (float("nan"),)}, "above 0 Gy is needed"),
        ({"n_fractions": (0,)}, "remaining dose in 0 fractions"),
        ({"n_fractions": (5, -3)}, "remaining dose in -3 fractions"),
        ({"limits_eqd2_gy": (9000.0,)}, "did you type cGy"),
        ({"limits_eqd2_gy": (90.0, 80.0)}, "2 limits for 1 alpha/beta"),
        ({"courses": COURSES[::-1]}, "before the earlier one ended"),
        ({"courses": ("50Gy/25", "30Gy/5"), "recovery": "michigan-2019", "tissue": "Rectum"}, "all dates"),
        (
            {"limit_includes_recovery": True, "recovery": "michigan-2019", "tissue": "Rectum"},
            "a second time",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RtplanValueError, match=message):
        PointSumQuestion(**{"courses": COURSES, "alpha_betas": (3.0,), **changes})
