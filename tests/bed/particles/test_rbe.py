"""RBE, LET and oxygen: limits, published coefficients, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from bed.errors import BedValueError, OutsideValidityWarning
from bed.lq import bed_from_dose
from bed.particles import (
    PROTON_RBE_ICRU_78,
    bed_ion,
    bed_with_oxygen,
    jones_alpha,
    jones_alpha_saturated,
    jones_beta,
    jones_beta_saturated,
    oxygen_enhancement_ratio,
    photon_equivalent_dose_per_fraction,
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

PROTON = {"let_saturation": 30.4, "let_reference": 0.22}


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


def test_ion_bed_is_the_photon_bed_of_the_rbe_weighted_dose() -> None:
    d, n, ab, high, low = 2.0, 30, 3.0, 1.5, 1.1
    weighted = d * np.asarray(rbe_linear_quadratic(d, ab, high, low))
    assert bed_ion(n * d, n, ab, high, low) == pytest.approx(bed_from_dose(n * weighted, n, ab), rel=1e-13)


def test_photons_have_no_rbe_in_the_ion_form() -> None:
    assert bed_ion(60, 30, 3, 1, 1) == pytest.approx(bed_from_dose(60, 30, 3))


def test_jones_is_photons_at_the_reference_let_and_saturated_at_its_peak() -> None:
    assert jones_alpha(0.06, 0.22, **PROTON) == pytest.approx(0.06)
    assert jones_alpha(0.06, 30.4, **PROTON) == pytest.approx(jones_alpha_saturated(0.06))
    assert jones_beta(0.03, 0.22, **PROTON) == pytest.approx(0.03)
    assert jones_beta(0.03, 30.4, **PROTON) == pytest.approx(jones_beta_saturated(0.03))


def test_photon_equivalent_dose_has_the_effect_of_the_particles() -> None:
    d = 2.0
    photon = np.asarray(
        photon_equivalent_dose_per_fraction(d, alpha=0.06, beta=0.03, let_kev_per_um=5.0, **PROTON)
    )
    particle = (
        np.asarray(jones_alpha(0.06, 5.0, **PROTON)) * d + np.asarray(jones_beta(0.03, 5.0, **PROTON)) * d**2
    )
    assert 0.06 * photon + 0.03 * photon**2 == pytest.approx(particle, rel=1e-13)


def test_jones_outside_its_range_of_let_is_warned_of_or_refused() -> None:
    with pytest.warns(OutsideValidityWarning, match="LET outside"):
        jones_alpha(0.06, 31, **PROTON)
    with pytest.raises(BedValueError, match="let_saturation - let_reference"):
        jones_alpha(0.06, 2, let_saturation=0.2, let_reference=0.22)


def test_oxygen_enhancement_runs_from_one_to_its_maximum() -> None:
    oer = oxygen_enhancement_ratio([0, 3, 1e9], oer_max=3, half_effect_mmhg=3)
    assert oer == pytest.approx([1, 2, 3], rel=1e-8)
    with pytest.raises(BedValueError, match="oer_max - 1"):
        oxygen_enhancement_ratio(5, oer_max=0.9, half_effect_mmhg=3)


def test_hypoxia_acts_like_a_smaller_dose() -> None:
    assert bed_with_oxygen(60, 30, 10, 1.75) == pytest.approx(bed_from_dose(60 / 1.75, 30, 10), rel=1e-14)
    assert bed_with_oxygen(60, 30, 10, 1) == pytest.approx(72)


def test_centigray_is_asked_for() -> None:
    with pytest.raises(BedValueError, match="did you pass cGy"):
        rbe_mcnamara(200, 2, 2.5)
