"""Laws of the linear-quadratic model and of its typed quantities."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from bed.errors import BedTypeError
from bed.lq import LQ, bed_from_dose, bed_to_eqd2, eqd2, eqd2_to_bed, eqdx
from bed.quantity import BED, EQD2, PhysicalDose
from bed.regimen import Regimen
from bed.unequal import bed_of_fractions, eqd2_of_fractions, summed_bed, summed_eqd2

DOSES = st.floats(min_value=0.0, max_value=150.0)
RATIOS = st.floats(min_value=1e-3, max_value=1e4)
FRACTIONS = st.integers(min_value=1, max_value=70)
SIZES = st.floats(min_value=0.1, max_value=10.0)


@given(dose=DOSES, n=FRACTIONS, alpha_beta=RATIOS)
def test_law_bed_is_never_below_the_dose(dose: float, n: int, alpha_beta: float) -> None:
    """BED >= D for alpha/beta > 0, up to rounding."""
    assert bed_from_dose(dose, n, alpha_beta) >= dose * (1 - 1e-12)


@given(n=FRACTIONS, alpha_beta=st.one_of(RATIOS, st.just(math.inf)))
def test_law_eqd2_in_fractions_of_two_gray_is_the_dose_itself(n: int, alpha_beta: float) -> None:
    """EQD2 = D when d = 2 Gy, for every alpha/beta up to infinity."""
    assert eqd2(2.0 * n, n, alpha_beta) == pytest.approx(2.0 * n, rel=1e-12)


@given(n=FRACTIONS, size=SIZES, alpha_beta=RATIOS)
def test_law_eqdx_at_the_course_own_fraction_size_is_the_dose_itself(
    n: int, size: float, alpha_beta: float
) -> None:
    """EQDx = D when d = x."""
    assert eqdx(n * size, n, alpha_beta, reference_dose_per_fraction=size) == pytest.approx(
        n * size, rel=1e-12
    )


@given(dose=DOSES, n=FRACTIONS)
def test_law_infinite_alpha_beta_gives_the_dose(dose: float, n: int) -> None:
    """BED and EQD2 at infinite alpha/beta are the physical dose, exactly; large alpha/beta approach it."""
    assert bed_from_dose(dose, n, math.inf) == dose
    assert eqd2(dose, n, math.inf) == dose
    assert eqd2(dose, n, 1e13) == pytest.approx(dose, rel=1e-10)


@given(dose=DOSES, n=FRACTIONS, alpha_beta=RATIOS)
def test_law_eqd2_is_bed_over_the_relative_effectiveness_of_two_gray(
    dose: float, n: int, alpha_beta: float
) -> None:
    """EQD2 = BED / (1 + 2 / (alpha/beta)), and back."""
    bed_gy, eqd2_gy = bed_from_dose(dose, n, alpha_beta), eqd2(dose, n, alpha_beta)
    assert bed_to_eqd2(bed_gy, alpha_beta) == pytest.approx(eqd2_gy, rel=1e-12)
    assert eqd2_to_bed(eqd2_gy, alpha_beta) == pytest.approx(bed_gy, rel=1e-12)


@given(parts=st.lists(FRACTIONS, min_size=1, max_size=5), size=SIZES, alpha_beta=RATIOS)
def test_law_splitting_a_fully_repaired_course_changes_nothing(
    parts: list[int], size: float, alpha_beta: float
) -> None:
    """The BED of a split course equals the sum of its parts, without repopulation and with full repair."""
    whole = bed_from_dose(sum(parts) * size, sum(parts), alpha_beta)
    assert sum(bed_from_dose(n * size, n, alpha_beta) for n in parts) == pytest.approx(whole, rel=1e-12)
    assert summed_bed([n * size for n in parts], parts, alpha_beta) == pytest.approx(whole, rel=1e-12)
    assert bed_of_fractions([size] * sum(parts), alpha_beta) == pytest.approx(whole, rel=1e-10)


@given(first=DOSES, second=DOSES, n=FRACTIONS, alpha_beta=RATIOS)
def test_law_effect_rises_with_dose(first: float, second: float, n: int, alpha_beta: float) -> None:
    """At fixed n, more dose is never less BED or EQD2."""
    low, high = sorted((first, second))
    assert bed_from_dose(low, n, alpha_beta) <= bed_from_dose(high, n, alpha_beta) * (1 + 1e-12)
    assert eqd2(low, n, alpha_beta) <= eqd2(high, n, alpha_beta) * (1 + 1e-12)


@given(n=FRACTIONS, size=SIZES, ratios=st.tuples(RATIOS, RATIOS))
def test_law_eqd2_rises_with_alpha_beta_below_two_gray_and_falls_above(
    n: int, size: float, ratios: tuple[float, float]
) -> None:
    """The sign of d(EQD2)/d(alpha/beta) is the sign of 2 - d."""
    low, high = (eqd2(n * size, n, ratio) for ratio in sorted(ratios))
    slack = 1e-12 * max(low, high)
    assert (high - low) * (2.0 - size) >= -slack * abs(2.0 - size)


@given(doses=st.lists(DOSES, min_size=2, max_size=6), n=FRACTIONS, alpha_beta=RATIOS)
def test_law_the_mean_of_eqd2_is_not_below_the_eqd2_of_the_mean(
    doses: list[float], n: int, alpha_beta: float
) -> None:
    """Convexity in dose: convert voxels first, average afterwards (pitfall 5.13)."""
    array = np.array(doses)
    assert np.mean(eqd2(array, n, alpha_beta)) >= eqd2(float(np.mean(array)), n, alpha_beta) * (1 - 1e-9)


@given(doses=st.lists(DOSES, min_size=1, max_size=8), alpha_beta=RATIOS)
def test_law_unequal_fractions_are_at_least_the_equal_course_of_their_mean(
    doses: list[float], alpha_beta: float
) -> None:
    """BED of the true fractions >= BED of as many mean fractions, with equality for equal ones."""
    equal = bed_from_dose(sum(doses), len(doses), alpha_beta)
    assert bed_of_fractions(doses, alpha_beta) >= equal * (1 - 1e-9)
    assert eqd2_of_fractions(doses, alpha_beta) == pytest.approx(
        bed_to_eqd2(bed_of_fractions(doses, alpha_beta), alpha_beta)
    )


@given(
    courses=st.lists(st.tuples(DOSES, FRACTIONS), min_size=1, max_size=4),
    alpha_beta=RATIOS,
    seed=st.randoms(),
)
def test_law_the_order_of_courses_does_not_matter(
    courses: list[tuple[float, int]], alpha_beta: float, seed: Any
) -> None:
    """The sum of fully repaired courses is the same in any order."""
    shuffled = list(courses)
    seed.shuffle(shuffled)
    total, again = (
        summed_eqd2([dose for dose, _ in order], [n for _, n in order], alpha_beta)
        for order in (courses, shuffled)
    )
    assert total == pytest.approx(again, rel=1e-12)


ARRAY_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "bed_from_dose": lambda dose: bed_from_dose(dose, 7, 3.0),
    "eqd2": lambda dose: eqd2(dose, 7, 3.0),
    "eqdx": lambda dose: eqdx(dose, 7, 3.0, reference_dose_per_fraction=1.8),
    "bed_to_eqd2": lambda dose: bed_to_eqd2(dose, 3.0),
    "eqd2_to_bed": lambda dose: eqd2_to_bed(dose, 3.0),
    "summed_eqd2": lambda dose: summed_eqd2([dose, dose], [7, 1], 3.0),
}


@pytest.mark.parametrize("name", ARRAY_FUNCTIONS)
@given(
    doses=arrays(
        np.float64,
        array_shapes(min_dims=1, max_dims=4, max_side=3),
        elements=st.one_of(DOSES, st.just(math.nan)),
    )
)
def test_law_scalar_and_array_of_any_shape_agree(name: str, doses: np.ndarray[Any, Any]) -> None:
    """f(array)[i] == f(array[i]) for every element and shape, NaN included."""
    function = ARRAY_FUNCTIONS[name]
    result = function(doses)
    assert result.shape == doses.shape
    one_by_one = np.array([function(float(dose)) for dose in doses.ravel()]).reshape(doses.shape)
    np.testing.assert_allclose(result, one_by_one, rtol=1e-14)


@given(dose=DOSES, n=FRACTIONS, alpha_beta=RATIOS)
def test_law_single_precision_agrees_to_single_precision(dose: float, n: int, alpha_beta: float) -> None:
    """A float32 grid gives the float64 answer of the same normal numbers to 1e-6 relative."""
    assume(dose == 0 or dose > 1e-30)
    grid = np.array([dose], dtype=np.float32)
    np.testing.assert_allclose(eqd2(grid, n, alpha_beta), eqd2(grid.astype(float), n, alpha_beta), rtol=1e-6)


@given(
    dose=st.floats(min_value=0.01, max_value=300.0),
    n=st.integers(min_value=30, max_value=90),
    alpha_beta=RATIOS,
)
def test_law_the_typed_model_is_the_array_function(dose: float, n: int, alpha_beta: float) -> None:
    """LQ.bed_of and LQ.eqd2_of hold the numbers of bed_from_dose and eqd2, and convert into each other."""
    model, regimen = LQ(alpha_beta=alpha_beta), Regimen(total_dose=dose, n_fractions=n)
    assert model.bed_of(regimen).gy == bed_from_dose(dose, n, alpha_beta)
    assert model.eqd2_of(regimen).gy == eqd2(dose, n, alpha_beta)
    assert model.bed_of(regimen).to_eqd2().gy == pytest.approx(model.eqd2_of(regimen).gy, rel=1e-12)


QUANTITIES = st.one_of(
    st.builds(BED, gy=DOSES, alpha_beta=st.sampled_from([2.0, 3.0, 10.0])),
    st.builds(EQD2, gy=DOSES, alpha_beta=st.sampled_from([2.0, 3.0, 10.0])),
    st.builds(PhysicalDose, gy=DOSES),
)


@given(left=QUANTITIES, right=QUANTITIES)
def test_law_quantities_add_exactly_when_kind_and_alpha_beta_agree(left: Any, right: Any) -> None:
    """A sum exists if and only if both are of one kind and, where they have one, of one alpha/beta."""
    alike = type(left) is type(right) and getattr(left, "alpha_beta", 0) == getattr(right, "alpha_beta", 0)
    if alike:
        assert (left + right).gy == left.gy + right.gy
        assert left + right == right + left
        assert (left <= right) == (left.gy <= right.gy)
        return
    with pytest.raises(BedTypeError):
        left + right
    with pytest.raises(BedTypeError):
        left < right  # noqa: B015 - the comparison itself must raise


@given(factor=st.floats(min_value=0, max_value=1), dose=DOSES, n=FRACTIONS, alpha_beta=RATIOS)
def test_law_a_discount_commutes_between_bed_and_eqd2(
    factor: float, dose: float, n: int, alpha_beta: float
) -> None:
    """Recovery as a factor gives the same effect on BED and on EQD2 of one alpha/beta (pitfall 5.16)."""
    bed = BED(gy=bed_from_dose(dose, n, alpha_beta), alpha_beta=alpha_beta)
    assert (bed * factor).to_eqd2().gy == pytest.approx((bed.to_eqd2() * factor).gy, rel=1e-12)
