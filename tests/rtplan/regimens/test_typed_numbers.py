"""Numbers beside regimens: text and number are read alike, and what is none is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtplan.errors import RtplanValueError
from rtplan.regimens import alpha_beta_values, dose_in_gy, fraction_number


@given(st.floats(min_value=1e-6, max_value=1e6))
def test_a_dose_is_the_same_typed_or_as_a_number(value: float) -> None:
    """repr is exact: what is typed in full is the number."""
    assert dose_in_gy(repr(value), "dose") == dose_in_gy(value, "dose") == value


@given(st.integers(min_value=1, max_value=10**6))
def test_a_number_of_fractions_is_the_same_typed_or_as_a_number(value: int) -> None:
    """Every whole number of at least 1 is one."""
    assert fraction_number(f" {value} ") == fraction_number(value) == value


@pytest.mark.parametrize("given_", ["0", 0, -1, "2.5", 2.5, "five", "", "nan", "1e1"])
def test_what_is_no_number_of_fractions_is_refused(given_: str | int) -> None:
    with pytest.raises(RtplanValueError, match="no number of fractions"):
        fraction_number(given_)


@pytest.mark.parametrize("given_", ["0", 0, -3, "nan", math.nan, "three", "-inf"])
def test_what_is_no_alpha_beta_is_refused(given_: str | float) -> None:
    with pytest.raises(RtplanValueError, match="above 0 Gy"):
        alpha_beta_values([given_])


@pytest.mark.parametrize("given_", ["0", 0, "inf", math.inf, "nan", "-1", "x"])
def test_a_dose_is_finite_and_above_nothing(given_: str | float) -> None:
    with pytest.raises(RtplanValueError, match="limit"):
        dose_in_gy(given_, "limit")


def test_each_alpha_beta_is_kept_once_in_order() -> None:
    assert alpha_beta_values(["10", 3, "3.0", "inf"]) == (10.0, 3.0, math.inf)
