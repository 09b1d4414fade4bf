"""Oxygen: the ratio's limits, and what hypoxia does to a dose."""

from __future__ import annotations

import pytest

from bed.errors import BedValueError
from bed.lq import bed_from_dose
from bed.particles import (
    bed_with_oxygen,
    oxygen_enhancement_ratio,
)


def test_oxygen_enhancement_runs_from_one_to_its_maximum() -> None:
    oer = oxygen_enhancement_ratio([0, 3, 1e9], oer_max=3, half_effect_mmhg=3)
    assert oer == pytest.approx([1, 2, 3], rel=1e-8)
    with pytest.raises(BedValueError, match="oer_max - 1"):
        oxygen_enhancement_ratio(5, oer_max=0.9, half_effect_mmhg=3)


def test_hypoxia_acts_like_a_smaller_dose() -> None:
    assert bed_with_oxygen(60, 30, 10, 1.75) == pytest.approx(bed_from_dose(60 / 1.75, 30, 10), rel=1e-14)
    assert bed_with_oxygen(60, 30, 10, 1) == pytest.approx(72)
