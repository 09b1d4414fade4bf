"""A high-dose model beside LQ."""

from __future__ import annotations

import pytest

from bed.high_dose import (
    bed_usc,
    beside_lq,
    usc_alpha_beta,
)

LUNG = {"alpha": 0.33, "d0": 1.25, "dq": 1.8}


def test_model_stands_beside_lq_with_the_difference() -> None:
    dose = [15.0, 54.0]
    pair = beside_lq("USC", bed_usc(dose, 3, **LUNG), dose, 3, usc_alpha_beta(**LUNG), transition_dose=6.13)
    assert pair.model == "USC"
    assert pair.above_transition.tolist() == [False, True]  # type: ignore[attr-defined]
    assert pair.difference_gy[0] == pytest.approx(0, abs=1e-12)  # type: ignore[index]
    assert pair.lq_bed_gy[1] > pair.model_bed_gy[1]  # type: ignore[index]
    one = beside_lq("mLQ", 100.0, 54, 3, 10, transition_dose=0)
    assert one.above_transition is True
    assert one.difference_gy == pytest.approx(100 - 151.2)
