"""LQ-L: joints, branches, inverses, and what is not defined."""

from __future__ import annotations

import numpy as np
import pytest

from bed.errors import BedValueError, OutsideValidityWarning
from bed.high_dose import (
    bed_lql,
    bed_lql_incomplete_repair,
    dose_per_fraction_lql,
    eqd2_lql,
    lql_tangent_slope,
)
from bed.kinetics import bed_incomplete_repair, incomplete_repair_factor


def slope(function, at: float, side: float) -> float:
    """One-sided numerical slope of a per-fraction BED."""
    step = side * 1e-6
    return (function(at + step) - function(at)) / step


@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
def test_pitfall_5_03_lql_value_is_continuous_for_every_final_slope(gamma: float) -> None:
    at = [4 - 1e-9, 4.0, 4 + 1e-9]
    bed = bed_lql(at, 1, 2, transition_dose=4, gamma_over_alpha=gamma)
    assert bed == pytest.approx(12.0, abs=1e-7)


def test_pitfall_5_03_lql_slope_is_continuous_only_for_the_tangent() -> None:
    for gamma, joins in ((5.0, True), (3.0, False)):

        def per_fraction(d: float, gamma: float = gamma) -> float:
            return float(bed_lql(d, 1, 2, transition_dose=4, gamma_over_alpha=gamma))

        assert (slope(per_fraction, 4, 1) == pytest.approx(slope(per_fraction, 4, -1), rel=1e-5)) is joins


@pytest.mark.parametrize("d", [0.0, 0.5, 3.999999, 4.0, 4.000001, 12.0, 60.0])
def test_pitfall_5_03_lql_inverse_chooses_its_branch_by_bed(d: float) -> None:
    model = {"transition_dose": 4, "gamma_over_alpha": 3.0}
    bed = bed_lql(3 * d, 3, 2, **model)
    assert dose_per_fraction_lql(bed, 3, 2, **model) == pytest.approx(d, rel=1e-12, abs=1e-15)


def test_pitfall_5_04_transition_at_twice_alpha_beta_makes_eqd2_non_monotone() -> None:
    ratios = np.linspace(1, 10, 91)
    tied = np.asarray(eqd2_lql(36.25, 5, ratios, transition_dose=2 * ratios, gamma_over_alpha=5))
    fixed = np.asarray(
        eqd2_lql(36.25, 5, ratios, transition_dose=6, gamma_over_alpha=lql_tangent_slope(ratios, 6))
    )
    assert np.ptp(np.sign(np.diff(tied))) == 2
    assert (np.diff(fixed) < 0).all()


def test_pitfall_5_08_several_fractions_a_day_above_the_transition_are_not_defined_not_zero() -> None:
    h = incomplete_repair_factor(2, 6, 1.5)
    with pytest.warns(OutsideValidityWarning, match="not defined"):
        bed = bed_lql_incomplete_repair([15, 60], 10, 3, h, transition_dose=5)
    below = bed_incomplete_repair(15, 10, 3, fractions_per_day=2, interval_h=6, repair_half_time_h=1.5)
    assert bed[0] == pytest.approx(below, rel=1e-14)  # type: ignore[index]
    assert np.isnan(bed[1])  # type: ignore[index]


def test_lql_steeper_than_lq_is_warned_of() -> None:
    with pytest.warns(OutsideValidityWarning, match="steeper"):
        bed_lql(40, 5, 2, transition_dose=4, gamma_over_alpha=6)


def test_centigray_is_asked_for() -> None:
    with pytest.raises(BedValueError, match="did you pass cGy"):
        bed_lql(5400, 3, 10, transition_dose=8, gamma_over_alpha=2)
