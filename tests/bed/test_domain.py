"""Checks at the door: what is refused, and that the message names value, range and likely mistake."""

from __future__ import annotations

import numpy as np
import pytest

from bed.domain import (
    doses,
    external_dose_per_fraction,
    finite,
    non_negative,
    outside_validity,
    positive,
    result,
    share,
    whole,
)
from bed.errors import BedTypeError, BedValueError, OutsideValidityWarning
from bed.quantity import BED


def test_dose_lets_nan_through_and_refuses_negative_and_infinite() -> None:
    assert np.isnan(doses([1.0, np.nan], "dose")[1])
    for bad in (-1.0, np.inf):
        with pytest.raises(BedValueError, match="dose"):
            doses(bad, "dose")


@pytest.mark.parametrize("check", [positive, non_negative])
def test_parameters_refuse_nan_negative_and_infinity_unless_it_has_a_meaning(check: object) -> None:
    for bad in (np.nan, -1.0, np.inf):
        with pytest.raises(BedValueError, match=r"mu must be .* 1/h"):
            check(bad, "mu", unit="1/h")  # type: ignore[operator]
    assert np.isinf(check(np.inf, "mu", unit="1/h", infinite=True))  # type: ignore[operator]


def test_zero_is_allowed_only_where_it_is_no_divisor() -> None:
    assert non_negative(0, "x", unit="") == 0
    with pytest.raises(BedValueError, match="> 0"):
        positive(0, "x", unit="")


def test_message_names_the_first_offender_of_an_array() -> None:
    with pytest.raises(BedValueError, match="got -3"):
        positive([[1, 2], [-3, -4]], "x", unit="Gy")


def test_centigray_is_asked_for() -> None:
    with pytest.raises(BedValueError, match="did you pass cGy"):
        external_dose_per_fraction(np.array(180.0), "dose per fraction")


def test_share_stays_between_zero_and_one() -> None:
    assert share([0, 1], "w").tolist() == [0, 1]
    for bad in (-0.1, 1.1, np.nan):
        with pytest.raises(BedValueError, match="within 0 to 1"):
            share(bad, "w")


def test_counts_are_whole_and_at_least_one() -> None:
    assert whole(3, "n") == 3
    for bad in (0, 2.5, np.nan, -1):
        with pytest.raises(BedValueError, match="whole"):
            whole(bad, "n")


def test_typed_quantities_and_text_are_refused() -> None:
    for bad in (BED(gy=10.0, alpha_beta=3.0), "10", True, None, 1j):
        with pytest.raises(BedTypeError):
            positive(bad, "x", unit="Gy")  # type: ignore[arg-type]


def test_finite_allows_negative_values() -> None:
    assert finite(-2, "bed") == -2
    with pytest.raises(BedValueError):
        finite(-np.inf, "bed")


def test_result_is_a_float_for_a_number_and_an_array_for_an_array() -> None:
    assert type(result(np.float64(1))) is float
    assert isinstance(result(np.ones(2)), np.ndarray)


def test_outside_validity_is_the_packages_own_warning() -> None:
    with pytest.warns(OutsideValidityWarning, match="beyond"):
        outside_validity("beyond")
