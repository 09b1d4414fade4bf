"""What a person found of a registration: checked when stated, and told organ by organ."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rtplan.errors import RtplanValueError
from rtplan.sums import NOT_JUDGED, RegistrationJudgement, Suitability, standing_of


def judgement(**stated: Any) -> RegistrationJudgement:
    given: dict[str, Any] = {
        "judged_by": "N. N.",
        "role": "physicist",
        "judged_on": date(2024, 2, 10),
        "because": "bones agree within 1 mm",
        "suitable_for": ("SacralPlex",),
    }
    return RegistrationJudgement(**(given | stated))


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"judged_by": " "}, "needs judged_by"),
        ({"role": ""}, "needs role"),
        ({"because": ""}, "needs because"),
        ({"suitable_for": ()}, "names organs"),
        ({"unsuitable_for": ("SacralPlex",), "instead": "bounds"}, "suitable and not suitable at once"),
        ({"unsuitable_for": ("Bladder",)}, "what is done instead"),
        ({"prior": 0}, "counted from 1"),
    ],
)
def test_a_judgement_without_who_why_or_for_what_is_refused(stated: dict[str, Any], words: str) -> None:
    with pytest.raises(RtplanValueError, match=words):
        judgement(**stated)


def test_a_value_that_rests_on_no_registration_has_no_standing() -> None:
    assert standing_of("Bladder", (), [judgement()]) is None


def test_an_organ_that_nobody_named_is_not_judged() -> None:
    standing = standing_of("Bladder", (1,), [judgement()])
    assert standing is not None
    assert str(standing) == NOT_JUDGED == "registration not judged"


def test_one_course_of_two_that_nobody_judged_leaves_the_sum_unjudged() -> None:
    standing = standing_of("SacralPlex", (1, 2), [judgement(prior=1)])
    assert standing is not None
    assert standing.suitability is Suitability.NOT_JUDGED
    standing = standing_of("SacralPlex", (1, 2), [judgement()])
    assert standing is not None
    assert standing.suitability is Suitability.SUITABLE
    assert str(standing) == "registration judged suitable: N. N., physicist, 2024-02-10"


def test_not_suitable_goes_before_suitable_and_says_what_is_done_instead() -> None:
    unfit = judgement(suitable_for=(), unsuitable_for=("SacralPlex",), instead="the bounds judge")
    standing = standing_of("SacralPlex", (1,), [judgement(), unfit])
    assert standing is not None
    assert standing.suitability is Suitability.NOT_SUITABLE
    assert str(standing).endswith("(N. N., physicist, 2024-02-10); instead: the bounds judge")
