"""Ions on the photon scale, and the model of Jones by LET."""

from __future__ import annotations

import numpy as np
import pytest

from bed.errors import BedValueError, OutsideValidityWarning
from bed.lq import bed_from_dose
from bed.particles import (
    bed_ion,
    jones_alpha,
    jones_alpha_saturated,
    jones_beta,
    jones_beta_saturated,
    photon_equivalent_dose_per_fraction,
    rbe_linear_quadratic,
    rbe_mcnamara,
)

PROTON = {"let_saturation": 30.4, "let_reference": 0.22}


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


def test_centigray_is_asked_for() -> None:
    with pytest.raises(BedValueError, match="did you pass cGy"):
        rbe_mcnamara(200, 2, 2.5)
