from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from bed.errors import BedTypeError, BedValueError
from bed.quantity import BED, EQD2, PhysicalDose

LATE_BED = BED(gy=100.0, alpha_beta=3)
LATE_EQD2 = EQD2(gy=60.0, alpha_beta=3)
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge]
SUMS = [operator.add, operator.sub, *COMPARISONS]


def test_repr_names_kind_unit_and_alpha_beta() -> None:
    assert repr(EQD2(gy=48.4, alpha_beta=3)) == "EQD2(48.4 Gy, alpha/beta 3 Gy)"
    assert repr(BED(gy=80.64, alpha_beta=2.5)) == "BED(80.64 Gy, alpha/beta 2.5 Gy)"
    assert repr(PhysicalDose(gy=50.4)) == "PhysicalDose(50.4 Gy)"


def test_repr_of_an_array_tells_shape_and_range_not_every_voxel() -> None:
    grid = np.linspace(0, 60, 24, dtype=np.float32).reshape(2, 3, 4)
    assert repr(PhysicalDose(gy=grid)) == "PhysicalDose(array 2x3x4 float32, 0 to 60 Gy)"


def test_like_quantities_add_and_subtract() -> None:
    assert BED(gy=100, alpha_beta=3) + BED(gy=20, alpha_beta=3) == BED(gy=120, alpha_beta=3)
    assert EQD2(gy=90, alpha_beta=3) - LATE_EQD2 == EQD2(gy=30, alpha_beta=3)
    assert PhysicalDose(gy=45) + PhysicalDose(gy=5.4) == PhysicalDose(gy=50.4)


def test_sum_of_a_list_of_like_quantities() -> None:
    assert sum([LATE_EQD2, LATE_EQD2]) == EQD2(gy=120, alpha_beta=3)


@pytest.mark.parametrize("operation", SUMS)
@pytest.mark.parametrize(
    ("left", "right", "way_out"),
    [
        (LATE_BED, LATE_EQD2, r"to_eqd2\(\)"),
        (LATE_EQD2, LATE_BED, r"to_bed\(\)"),
        (LATE_EQD2, EQD2(gy=60.0, alpha_beta=10), "alpha/beta differ"),
        (LATE_BED, BED(gy=60.0, alpha_beta=10), "alpha/beta differ"),
        (LATE_EQD2, PhysicalDose(gy=10), "its own number of fractions"),
        (PhysicalDose(gy=10), LATE_BED, "its own number of fractions"),
        (LATE_EQD2, 10.0, r"wrap it as EQD2\(\.\.\.\)"),
        (PhysicalDose(gy=10), 10, r"wrap it as PhysicalDose\(\.\.\.\)"),
        (LATE_EQD2, np.ones(3), r"wrap it as EQD2\(\.\.\.\)"),
        (LATE_BED, "10 Gy", r"wrap it as BED\(\.\.\.\)"),
    ],
)
def test_unlike_quantities_do_not_combine_and_the_error_names_the_way(
    operation: Callable[[Any, Any], Any], left: object, right: object, way_out: str
) -> None:
    with pytest.raises(BedTypeError, match=way_out):
        operation(left, right)


@pytest.mark.parametrize("left", [10.0, np.float64(10), np.ones(3), np.float32(1)])
def test_a_bare_number_or_array_on_the_left_is_refused_as_well(left: Any) -> None:
    for operation in (operator.add, operator.sub, operator.lt):
        with pytest.raises(BedTypeError, match="wrap it"):
            operation(left, LATE_EQD2)


def test_only_the_integer_zero_that_sum_starts_from_is_let_pass() -> None:
    with pytest.raises(BedTypeError):
        0.0 + LATE_BED
    with pytest.raises(BedTypeError):
        LATE_BED + 0


@pytest.mark.parametrize("factor", [0.75, np.float64(0.75), np.array([0.75])])
def test_a_plain_factor_scales_from_either_side(factor: Any) -> None:
    expected = EQD2(gy=np.array([45.0]) if isinstance(factor, np.ndarray) else 45.0, alpha_beta=3)
    assert LATE_EQD2 * factor == expected
    assert factor * LATE_EQD2 == expected


def test_division_gives_a_quantity_for_a_number_and_a_share_for_a_like_quantity() -> None:
    assert BED(gy=25, alpha_beta=3) == LATE_BED / 4
    assert EQD2(gy=25, alpha_beta=2) / EQD2(gy=70, alpha_beta=2) == pytest.approx(0.357143, abs=1e-6)


def test_a_dose_times_a_dose_is_refused() -> None:
    with pytest.raises(BedTypeError, match="a factor is a plain number"):
        LATE_BED * LATE_BED
    with pytest.raises(BedTypeError, match="cannot divide"):
        LATE_BED / LATE_EQD2


def test_like_quantities_compare() -> None:
    assert EQD2(gy=61, alpha_beta=3) > LATE_EQD2
    assert LATE_EQD2 <= LATE_EQD2
    assert EQD2(gy=61, alpha_beta=3) > LATE_EQD2
    assert LATE_EQD2 >= LATE_EQD2
    grid = BED(gy=np.array([99.0, 101.0]), alpha_beta=3)
    np.testing.assert_array_equal(grid < LATE_BED, [True, False])


def test_equality_needs_kind_value_and_alpha_beta() -> None:
    assert BED(gy=60, alpha_beta=3) != EQD2(gy=60, alpha_beta=3)
    assert EQD2(gy=60, alpha_beta=3) != EQD2(gy=60, alpha_beta=10)
    assert PhysicalDose(gy=60) != 60
    assert BED(gy=np.ones(2), alpha_beta=3) == BED(gy=np.ones(2), alpha_beta=3)


def test_bed_and_eqd2_convert_into_each_other() -> None:
    assert repr(LATE_BED.to_eqd2()) == repr(LATE_EQD2)
    assert LATE_EQD2.to_bed().gy == pytest.approx(100)
    assert BED(gy=60, alpha_beta=np.inf).to_eqd2() == EQD2(gy=60, alpha_beta=np.inf)


def test_arrays_are_wrapped_whole_without_a_copy() -> None:
    grid = np.ones((4, 4), dtype=np.float32)
    quantity = EQD2(gy=grid, alpha_beta=3)
    assert quantity.gy is grid
    doubled = (quantity + quantity).gy
    assert isinstance(doubled, np.ndarray)
    assert doubled.dtype == np.float32


def test_nan_is_kept_in_sums_as_not_covered() -> None:
    total = PhysicalDose(gy=[1.0, np.nan]) + PhysicalDose(gy=[1.0, 1.0])
    np.testing.assert_array_equal(total.gy, [2.0, np.nan])


def test_a_quantity_never_turns_into_a_bare_array_by_itself() -> None:
    with pytest.raises(BedTypeError, match=r"take its \.gy"):
        np.asarray(LATE_BED)
    with pytest.raises(TypeError):
        np.sqrt(LATE_BED)  # type: ignore[call-overload]


def test_a_quantity_is_not_built_from_another() -> None:
    with pytest.raises(BedTypeError, match="convert it"):
        EQD2(gy=LATE_BED, alpha_beta=3)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [-1.0, np.array([1.0, -1.0])])
def test_physical_dose_is_not_negative(bad: Any) -> None:
    with pytest.raises(BedValueError, match="a physical dose must be finite and >= 0"):
        PhysicalDose(gy=bad)


def test_bed_may_be_negative_where_repopulation_outweighs_the_treatment() -> None:
    assert BED(gy=-3.5, alpha_beta=10).gy == -3.5


@pytest.mark.parametrize("kind", [BED, EQD2])
def test_values_are_finite_and_alpha_beta_is_one_positive_number(kind: Any) -> None:
    with pytest.raises(BedValueError, match="must be finite"):
        kind(gy=np.inf, alpha_beta=3)
    with pytest.raises(BedValueError, match="alpha_beta must be > 0"):
        kind(gy=60, alpha_beta=0)
    with pytest.raises(BedTypeError, match="alpha_beta takes one number"):
        kind(gy=60, alpha_beta=[3, 10])


def test_quantities_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        LATE_BED.gy = 1.0  # type: ignore[misc]
