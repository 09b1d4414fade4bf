"""Proton RBE: limits, published coefficients, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from bed.errors import OutsideValidityWarning
from bed.particles import (
    PROTON_RBE_ICRU_78,
    physical_dose,
    rbe_carabe,
    rbe_linear_let,
    rbe_linear_quadratic,
    rbe_max_carabe,
    rbe_max_mcnamara,
    rbe_max_wedenberg,
    rbe_mcnamara,
    rbe_min_carabe,
    rbe_min_mcnamara,
    rbe_wedenberg,
    rbe_weighted_dose,
)


def test_constant_rbe_is_undone_by_its_inverse() -> None:
    assert physical_dose(rbe_weighted_dose(60, PROTON_RBE_ICRU_78), 1.1) == pytest.approx(60)


def test_rbe_has_its_published_limits_at_no_and_at_large_dose() -> None:
    assert rbe_linear_quadratic(0, 2, 1.44, 1.09) == 1.44
    assert rbe_linear_quadratic(1e-9, 2, 1.44, 1.09) == pytest.approx(1.44, rel=1e-8)
    assert rbe_linear_quadratic(100, 0.001, 1.44, 1.09) == pytest.approx(1.09, rel=1e-4)


def test_rbe_agrees_with_its_formula_as_published() -> None:
    d, ab, high, low = 2.0, 3.0, 1.5, 1.1
    expected = (np.sqrt(ab**2 + 4 * d * ab * high + 4 * d**2 * low**2) - ab) / (2 * d)
    assert rbe_linear_quadratic(d, ab, high, low) == pytest.approx(expected, rel=1e-14)


def test_mcnamara_carries_the_printed_first_parameter() -> None:
    assert rbe_max_mcnamara(2, 0) == pytest.approx(0.99064, abs=1e-12)
    assert rbe_max_mcnamara(1, 1) == pytest.approx(0.99064 + 0.35605, abs=1e-12)
    assert rbe_min_mcnamara(1, 1) == pytest.approx(1.1012 - 0.0038703, abs=1e-12)


def test_the_named_models_use_their_own_limits() -> None:
    assert rbe_mcnamara(2, 2, 2.5) == pytest.approx(
        rbe_linear_quadratic(2, 2, rbe_max_mcnamara(2, 2.5), rbe_min_mcnamara(2, 2.5))
    )
    assert rbe_wedenberg(2, 2, 2.5) == pytest.approx(rbe_linear_quadratic(2, 2, 1 + 0.434 * 2.5 / 2, 1))
    assert rbe_carabe(2, 2, 2.5) == pytest.approx(
        rbe_linear_quadratic(2, 2, rbe_max_carabe(2, 2.5), rbe_min_carabe(2, 2.5))
    )
    assert rbe_max_wedenberg(2, 2.5) == pytest.approx(1.5425)
    assert rbe_max_carabe(2.686, 0) == pytest.approx(0.843)
    assert rbe_min_carabe(2.686, 1) == pytest.approx(1.096)


@pytest.mark.parametrize("model", [rbe_max_mcnamara, rbe_min_mcnamara, rbe_max_carabe, rbe_min_carabe])
def test_let_beyond_the_fit_is_warned_of(model: object) -> None:
    with pytest.warns(OutsideValidityWarning, match="20 keV/um"):
        model(2, 25)  # type: ignore[operator]


def test_let_beyond_wedenbergs_fit_is_warned_of_once() -> None:
    with pytest.warns(OutsideValidityWarning, match="30 keV/um") as record:
        rbe_wedenberg(2, 2, 31)
    assert len(record) == 1


def test_mcnamara_is_not_defined_where_its_rbe_min_turns_negative() -> None:
    with pytest.warns(OutsideValidityWarning, match="negative"):
        value = rbe_mcnamara(2, [2, 1000], 20)
    assert np.isnan(value).tolist() == [False, True]


def test_linear_let_scales_with_the_slope_that_is_given() -> None:
    assert rbe_linear_let([0, 10], 0.04) == pytest.approx([1, 1.4])
