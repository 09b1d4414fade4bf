from __future__ import annotations

import math

import numpy as np
import pytest

from bed.arguments import (
    as_given,
    checked_alpha_beta,
    checked_dose,
    checked_finite,
    checked_fractions,
    checked_positive,
    doses,
    external_dose_per_fraction,
    extremes,
    finite,
    non_negative,
    one_number,
    outside_validity,
    positive,
    real,
    result,
    share,
    whole,
)
from bed.errors import BedTypeError, BedValueError, OutsideValidityWarning
from bed.quantity import BED


@pytest.mark.parametrize("value", [3, 3.0, np.float32(3), np.int64(3), np.array(3)])
def test_one_number_of_any_kind_becomes_a_float(value: object) -> None:
    assert type(real(value, "x")) is float
    assert real(value, "x") == 3.0


def test_integers_of_any_size_are_numbers() -> None:
    assert real(10**20, "x") == 1e20
    assert real(-(10**400), "x") == -math.inf


@pytest.mark.parametrize("value", [None, True, "3", 1j, np.array(["a"]), object(), [True]])
def test_what_is_not_a_real_number_is_refused_by_its_name(value: object) -> None:
    with pytest.raises(BedTypeError, match="alpha_beta"):
        real(value, "alpha_beta")


def test_a_quantity_is_not_taken_for_its_number() -> None:
    with pytest.raises(BedTypeError):
        real(BED(gy=50, alpha_beta=3), "dose")


def test_a_floating_array_is_passed_on_without_a_copy() -> None:
    grid = np.zeros((2, 3), dtype=np.float32)
    assert real(grid, "dose") is grid


def test_integers_widen_to_float64_and_half_precision_to_float32() -> None:
    widened = [real(np.ones(2, dtype=kind), "dose") for kind in (np.int16, np.float16)]
    assert [value.dtype for value in widened if isinstance(value, np.ndarray)] == [np.float64, np.float32]


def test_extremes_pass_over_nan_and_are_nan_where_nothing_is_left() -> None:
    assert extremes(np.array([np.nan, 2.0, -1.0])) == (-1.0, 2.0)
    assert extremes(4.0) == (4.0, 4.0)
    assert all(map(math.isnan, extremes(np.array([]))))
    assert all(map(math.isnan, extremes(np.array([np.nan]))))


def test_as_given_unboxes_numbers_and_leaves_arrays() -> None:
    array = np.ones(1)
    assert as_given(array) is array
    assert type(as_given(np.float64(1))) is float
    assert type(as_given(np.array(1.0))) is float


@pytest.mark.parametrize(
    "bad", [-1e-9, math.inf, -math.inf, np.array([1.0, -2.0]), np.array([np.nan, np.inf])]
)
def test_a_dose_is_finite_and_not_negative(bad: object) -> None:
    with pytest.raises(BedValueError, match=r"dose must be finite and >= 0 Gy"):
        checked_dose(bad)  # type: ignore[arg-type]


def test_a_dose_may_be_nan_or_empty() -> None:
    assert math.isnan(float(checked_dose(math.nan)))
    assert np.size(checked_dose([])) == 0


@pytest.mark.parametrize("bad", [0, -1, 2.5, math.nan, math.inf, [5, 2.5], [5, math.nan], [5, 0]])
def test_a_number_of_fractions_is_whole_and_positive(bad: object) -> None:
    with pytest.raises(BedValueError, match="n_fractions must be whole and >= 1"):
        checked_fractions(bad)  # type: ignore[arg-type]


def test_whole_numbers_held_as_floats_pass() -> None:
    assert checked_fractions(28.0) == 28.0
    np.testing.assert_array_equal(checked_fractions([5.0, 25.0]), [5.0, 25.0])
    assert np.size(checked_fractions([])) == 0


@pytest.mark.parametrize("bad", [0, -1.0, math.nan, [3.0, 0.0]])
def test_alpha_beta_is_positive(bad: object) -> None:
    with pytest.raises(BedValueError, match="alpha_beta must be > 0"):
        checked_alpha_beta(bad)  # type: ignore[arg-type]


def test_alpha_beta_may_be_infinite() -> None:
    assert checked_alpha_beta(math.inf) == math.inf


def test_checked_positive_names_the_argument() -> None:
    with pytest.raises(BedValueError, match="half_time must be > 0, got 0"):
        checked_positive(0, "half_time")


@pytest.mark.parametrize("bad", [math.inf, [1.0, -math.inf]])
def test_checked_finite_refuses_infinity(bad: object) -> None:
    with pytest.raises(BedValueError, match="bed_gy must be finite"):
        checked_finite(bad, "bed_gy")  # type: ignore[arg-type]


def test_checked_finite_lets_negative_and_nan_pass() -> None:
    np.testing.assert_array_equal(checked_finite([-1.0, np.nan], "bed_gy"), [-1.0, np.nan])


def test_one_number_refuses_an_array_and_tells_its_shape() -> None:
    with pytest.raises(BedTypeError, match=r"alpha_beta takes one number, not an array of shape \(2,\)"):
        one_number([3.0, 10.0], "alpha_beta")


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
