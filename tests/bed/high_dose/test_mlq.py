"""mLQ: its antiderivative, terminal slope and limits."""

from __future__ import annotations

import numpy as np
import pytest

from bed.errors import BedValueError
from bed.high_dose import (
    bed_mlq,
    bed_mlq_protracted,
    dose_per_fraction_mlq,
)
from bed.kinetics import lea_catcheside


def test_mlq_agrees_with_its_antiderivative() -> None:
    d, delta, ratio = 18.0, 0.15, 10.0
    expected = d + 2 / (delta**2 * ratio) * (delta * d + np.exp(-delta * d) - 1)
    assert bed_mlq(3 * d, 3, ratio, delta=delta) == pytest.approx(3 * expected, rel=1e-13)


def test_mlq_slope_tends_to_its_terminal_value() -> None:
    bed = np.asarray(bed_mlq([90, 91], 1, 10, delta=0.5))
    assert np.diff(bed)[0] == pytest.approx(1 + 2 / (0.5 * 10), rel=1e-10)


def test_protracted_mlq_has_lq_with_protraction_and_acute_mlq_as_limits() -> None:
    time = {"duration_h": 0.5, "repair_half_time_h": 1.5}
    g = lea_catcheside(0.5 * np.log(2) / 1.5)
    assert bed_mlq_protracted(54, 3, 10, delta=0, **time) == pytest.approx(54 * (1 + np.asarray(g) * 1.8))
    instant = bed_mlq_protracted(54, 3, 10, delta=0.15, duration_h=0, repair_half_time_h=1.5)
    assert instant == pytest.approx(bed_mlq(54, 3, 10, delta=0.15), rel=1e-14)


def test_pitfall_5_02_infinite_alpha_beta_is_the_dose_and_zero_is_refused() -> None:
    assert bed_mlq(54, 3, np.inf, delta=0.1) == pytest.approx(54)
    assert dose_per_fraction_mlq(54, 3, np.inf, delta=0.1) == pytest.approx(18)
    for bad in (0, -3, np.nan):
        with pytest.raises(BedValueError, match="alpha_beta"):
            bed_mlq(54, 3, bad, delta=0.1)
