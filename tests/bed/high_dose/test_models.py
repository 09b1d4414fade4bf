"""What all high-dose models have in common."""

from __future__ import annotations

import numpy as np
import pytest

from bed.high_dose import (
    bed_lqc,
    bed_lql,
    bed_mlq,
    bed_mlq_protracted,
    bed_usc,
    dose_per_fraction_lqc,
    dose_per_fraction_lql,
    dose_per_fraction_mlq,
    eqd2_lqc,
    eqd2_lql,
    eqd2_mlq,
    eqd2_usc,
    usc_alpha_beta,
)
from bed.lq import bed_from_dose

LUNG = {"alpha": 0.33, "d0": 1.25, "dq": 1.8}


def test_models_equal_lq_below_their_transition() -> None:
    assert bed_lql(30, 10, 2, transition_dose=4, gamma_over_alpha=5) == pytest.approx(
        bed_from_dose(30, 10, 2)
    )
    assert bed_usc(30, 10, **LUNG) == pytest.approx(30 * (1 + 3 / np.asarray(usc_alpha_beta(**LUNG))))
    assert bed_mlq(30, 10, 2, delta=0) == pytest.approx(bed_from_dose(30, 10, 2))
    assert bed_lqc(30, 10, 2, straight_dose=1e9) == pytest.approx(bed_from_dose(30, 10, 2))


def test_eqd2_of_two_gray_fractions_is_the_dose_in_every_model() -> None:
    assert eqd2_lql(60, 30, 3, transition_dose=1.5, gamma_over_alpha=2) == pytest.approx(60)
    assert eqd2_usc(60, 30, **LUNG) == pytest.approx(60)
    assert eqd2_mlq(60, 30, 3, delta=0.15) == pytest.approx(60)
    assert eqd2_lqc(60, 30, 3, straight_dose=8) == pytest.approx(60)


def test_pitfall_5_29_every_model_keeps_zero_dose_and_uncovered_voxels() -> None:
    dose = [0.0, np.nan]
    for bed in (
        bed_lql(dose, 5, 2, transition_dose=4, gamma_over_alpha=5),
        bed_usc(dose, 5, **LUNG),
        bed_mlq(dose, 5, 2, delta=0.1),
        bed_mlq_protracted(dose, 5, 2, delta=0.1, duration_h=0.1, repair_half_time_h=1.5),
        bed_lqc(dose, 5, 2, straight_dose=10),
        np.asarray(dose_per_fraction_mlq(dose, 5, 2, delta=0.1)) * 5,
        np.asarray(dose_per_fraction_lqc(dose, 5, 2, straight_dose=10)) * 5,
    ):
        assert bed[0] == pytest.approx(0, abs=1e-12)  # type: ignore[index]
        assert np.isnan(bed[1])  # type: ignore[index]


@pytest.mark.parametrize("ratio", [2e6, 1e14, np.inf])
def test_pitfall_5_01_inverses_do_not_cancel_at_huge_alpha_beta(ratio: float) -> None:
    expected = 2 / (1 + 2 / ratio)  # to first order in 1 / (alpha/beta)
    lql = dose_per_fraction_lql(60, 30, ratio, transition_dose=8, gamma_over_alpha=1)
    mlq = dose_per_fraction_mlq(60, 30, ratio, delta=0.1)
    lqc = dose_per_fraction_lqc(60, 30, ratio, straight_dose=50)
    assert [lql, mlq, lqc] == pytest.approx([expected] * 3, rel=1e-7)
    assert lql == pytest.approx(expected, rel=1e-11)
