"""LQC: straight where it ends, and not defined beyond."""

from __future__ import annotations

import numpy as np
import pytest

from bed.errors import BedValueError, OutsideValidityWarning
from bed.high_dose import (
    bed_lqc,
    dose_per_fraction_lqc,
    eqd2_lqc,
)


def test_lqc_is_straight_where_it_ends_and_not_defined_beyond() -> None:
    per_fraction = np.asarray(bed_lqc(np.array([9.98, 9.99, 10.0]), 1, 3, straight_dose=10))
    assert np.diff(per_fraction, n=2)[0] == pytest.approx(0, abs=1e-5)
    with pytest.warns(OutsideValidityWarning, match="not defined"):
        bed = bed_lqc([30, 33], 3, 3, straight_dose=10)
    assert np.isnan(bed).tolist() == [False, True]


def test_lqc_inverse_beyond_its_reach_is_not_defined() -> None:
    reach = bed_lqc(10, 1, 3, straight_dose=10)
    with pytest.warns(OutsideValidityWarning, match="beyond"):
        d = dose_per_fraction_lqc(np.array([0.5, 1.0, 1.001]) * reach, 1, 3, straight_dose=10)
    assert np.isnan(d).tolist() == [False, False, True]
    assert d[1] == pytest.approx(10, rel=1e-12)  # type: ignore[index]


def test_lqc_needs_room_for_a_two_gray_fraction() -> None:
    with pytest.raises(BedValueError, match=">= 2 Gy"):
        eqd2_lqc(10, 10, 3, straight_dose=1.5)
    assert eqd2_lqc(10, 5, 3, straight_dose=2.0) == pytest.approx(10)  # just within the model
