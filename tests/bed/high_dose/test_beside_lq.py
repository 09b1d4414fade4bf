"""A high-dose model beside LQ."""

from __future__ import annotations

import numpy as np
import pytest

from bed.high_dose import (
    bed_usc,
    beside_lq,
    high_dose_model,
    model_beside_lq,
    usc_alpha_beta,
)
from bed.lq import bed_from_dose

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


@pytest.mark.parametrize(
    ("name", "ratio", "parameters", "departs_at"),
    [
        ("lql", 2.0, {"transition_dose": 4.0, "gamma_over_alpha": 5.0}, 4.0),
        ("usc", None, LUNG, 6.13),
        ("mlq", 10.0, {"delta": 0.15}, 0.0),
        ("lqc", 10.0, {"straight_dose": 20.0}, 0.0),
    ],
)
def test_a_model_of_the_table_stands_beside_lq_at_its_own_transition(
    name: str, ratio: float | None, parameters: dict[str, float], departs_at: float
) -> None:
    dose = [3 * departs_at - 0.3, 3 * departs_at + 0.3] if departs_at else [0.0, 0.3]
    pair = model_beside_lq(name, dose, 3, alpha_beta=ratio, parameters=parameters)
    model = high_dose_model(name)
    assert pair.model == model.title
    assert pair.above_transition.tolist() == [False, True]  # type: ignore[attr-defined]
    lq = bed_from_dose(dose, 3, model.alpha_beta(ratio, parameters))
    assert pair.lq_bed_gy == pytest.approx(lq, rel=1e-14)
    bed = model.bed(dose, 3, alpha_beta=ratio, parameters=parameters)
    assert pair.difference_gy == pytest.approx(np.asarray(bed) - lq, abs=1e-12)
