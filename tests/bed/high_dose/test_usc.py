"""The universal survival curve: its smooth joint, its own alpha/beta, its inverse."""

from __future__ import annotations

import numpy as np
import pytest

from bed.errors import BedValueError
from bed.high_dose import (
    bed_usc,
    dose_per_fraction_usc,
    single_fraction_equivalent_dose_usc,
    usc_alpha_beta,
    usc_beta,
    usc_transition_dose,
)

LUNG = {"alpha": 0.33, "d0": 1.25, "dq": 1.8}


def slope(function, at: float, side: float) -> float:
    """One-sided numerical slope of a per-fraction BED."""
    step = side * 1e-6
    return (function(at + step) - function(at)) / step


def test_pitfall_5_03_usc_is_smooth_at_its_transition_dose() -> None:
    at = float(usc_transition_dose(**LUNG))

    def per_fraction(d: float) -> float:
        return float(bed_usc(d, 1, **LUNG))

    assert slope(per_fraction, at, 1) == pytest.approx(slope(per_fraction, at, -1), rel=1e-5)
    assert slope(per_fraction, at, 1) == pytest.approx(1 / (0.33 * 1.25), rel=1e-6)


def test_pitfall_5_03_usc_with_its_own_alpha_beta_only() -> None:
    assert usc_alpha_beta(**LUNG) == pytest.approx(0.33 / np.asarray(usc_beta(**LUNG)), rel=1e-15)
    at = np.asarray(usc_transition_dose(**LUNG))
    free = at * (1 + at / 10.0)  # an independently chosen alpha/beta of 10 would jump here
    assert abs(free - (at - 1.8) / (0.33 * 1.25)) > 0.5


def test_usc_refuses_a_final_slope_no_steeper_than_the_initial_one() -> None:
    with pytest.raises(BedValueError, match="alpha d0 < 1"):
        usc_beta(0.9, 1.25, 1.8)


@pytest.mark.parametrize("d", [0.0, 0.5, 6.127659, 6.1276596, 12.0, 34.0])
def test_usc_inverse_gives_the_dose_back_on_both_branches(d: float) -> None:
    assert dose_per_fraction_usc(bed_usc(3 * d, 3, **LUNG), 3, **LUNG) == pytest.approx(
        d, rel=1e-12, abs=1e-15
    )


def test_single_fraction_equivalent_dose_of_large_fractions() -> None:
    assert single_fraction_equivalent_dose_usc(54, 3, **LUNG) == pytest.approx(54 - 2 * 1.8, rel=1e-12)
    assert single_fraction_equivalent_dose_usc(3, 1, **LUNG) == pytest.approx(3, rel=1e-12)
