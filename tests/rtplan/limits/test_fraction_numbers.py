"""A limit's fraction number must be the plan's."""

from __future__ import annotations

import pytest

from rtplan.errors import RtplanValueError
from rtplan.limits.fraction_numbers import FractionNumbers


@pytest.mark.parametrize(
    ("text", "n_fractions", "matches"),
    [
        ("5", 5, True),
        ("5", 3, False),
        ("3", 5, False),
        ("1-5", 1, True),
        ("1-5", 5, True),
        ("1-5", 6, False),
        ("25-28", 28, True),
        ("25-28", 24, False),
        ("any", 37, True),
        ("any", None, True),
        ("5", None, None),
        ("EBRT+BT", 5, False),
        ("SBRT after CRT", 5, False),
        ("5 fx", 5, True),
        ("5.0", 5, True),
        ("5 fractions", 5, True),
        ("5 #", 3, False),
        ("Any", 37, True),
        ("all", None, True),
        ("1 - 5", 3, True),
        ("25-28 fx", 26, True),
        ("<=5", 1, True),
        ("<=5", 5, True),
        ("<=5", 6, False),
        ("< 5", 5, False),
        ("≥20", 28, True),
        (">=20", 19, False),
        ("> 20", 20, False),
        ("5.5", 5, False),
    ],
)
def test_numbers_are_inclusive_and_never_guessed(
    text: str, n_fractions: int | None, matches: bool | None
) -> None:
    found = FractionNumbers.parse(text).match(n_fractions, dose_per_fraction=None)
    assert found.matches is matches
    assert matches is True or found.reason


@pytest.mark.parametrize("text", ["conventional", "conventional (1.8-2 Gy/fx)", "Conventional"])
@pytest.mark.parametrize(
    ("dose_per_fraction", "matches"),
    [(50.4 / 28, True), (2.0, True), (1.9, True), (1.79, False), (2.01, False), (5.0, False), (None, None)],
)
def test_conventional_is_1_8_to_2_gy_per_fraction_of_the_prescription(
    text: str, dose_per_fraction: float | None, matches: bool | None
) -> None:
    assert FractionNumbers.parse(text).match(28, dose_per_fraction=dose_per_fraction).matches is matches


@pytest.mark.parametrize("text", ["", "  ", "0", "5-3", "0-2", "< 1", "0 fx", "<=0"])
def test_numbers_that_do_not_ascend_from_one_are_refused(text: str) -> None:
    with pytest.raises(RtplanValueError):
        FractionNumbers.parse(text)
