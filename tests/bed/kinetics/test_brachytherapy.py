"""Brachytherapy and radionuclides: published forms, limits, agreement with the general factor."""

from __future__ import annotations

import numpy as np
import pytest

from bed.errors import BedValueError, OutsideValidityWarning
from bed.kinetics import (
    bed_external_and_high_dose_rate,
    bed_intervals,
    bed_low_dose_rate,
    bed_low_dose_rate_steady_state,
    bed_permanent_implant,
    bed_protracted,
    bed_pulsed_dose_rate,
    bed_radionuclide,
    bed_radionuclide_cycles,
    bed_temporary_implant,
    effective_half_life,
    effective_treatment_time,
    g_permanent,
    relative_effectiveness_complete_decay,
)
from bed.lq import bed_from_dose

LN2 = np.log(2.0)


def test_external_beam_and_high_dose_rate_add_at_one_alpha_beta() -> None:
    assert bed_external_and_high_dose_rate(45, 25, 28, 4, 3) == pytest.approx(45 * 1.6 + 28 * (1 + 7 / 3))


def test_low_dose_rate_is_an_interval_and_approaches_its_steady_state() -> None:
    assert bed_low_dose_rate(40, 0.55, 10, 1.5) == pytest.approx(bed_intervals([40], [0], 40 / 0.55, 10, 1.5))
    exact = bed_low_dose_rate([40, 400, 40000], 0.55, 10, 1.5)
    steady = bed_low_dose_rate_steady_state([40, 400, 40000], 0.55, 10, 1.5)
    excess = np.asarray(steady) - exact
    assert (excess > 0).all()
    assert excess == pytest.approx(excess[0], rel=1e-6)  # a constant: 2 R**2 / (mu**2 alpha/beta)


def test_steady_state_of_a_short_implant_is_warned_of() -> None:
    with pytest.warns(OutsideValidityWarning, match="short against repair"):
        bed_low_dose_rate_steady_state(2, 0.5, 10, 1.5)


def test_an_implant_of_ten_repair_times_is_long_enough() -> None:
    # half-time ln 2 hours: mu is 1 per hour, and 10 Gy at 1 Gy/h take ten of these times
    assert bed_low_dose_rate_steady_state(10, 1, 10, LN2) == pytest.approx(10 * (1 + 2 / 10), rel=1e-12)
    with pytest.warns(OutsideValidityWarning, match="short against repair"):
        bed_low_dose_rate_steady_state(9.999, 1, 10, LN2)


def test_zero_and_uncovered_voxels_of_an_implant() -> None:
    bed = bed_low_dose_rate([0.0, np.nan], 0.5, 10, 1.5)
    assert bed[0] == 0  # type: ignore[index]
    assert np.isnan(bed[1])  # type: ignore[index]


def test_pulsed_approaches_low_dose_rate_with_hourly_pulses() -> None:
    pulsed = bed_pulsed_dose_rate(40, 80, 10, pulse_duration_h=0.5, period_h=1.0, repair_half_time_h=1.5)
    continuous = bed_low_dose_rate(40, 0.5, 10, 1.5)
    x = 80 * LN2 / 1.5
    assert continuous == pytest.approx(40 * (1 + 4 * 2 * (x - 1) / x**2), rel=1e-12)
    assert 1.0 < np.asarray(pulsed) / continuous < 1.02


def test_one_pulse_of_no_length_is_a_high_dose_rate_fraction() -> None:
    bed = bed_pulsed_dose_rate(7, 1, 3, pulse_duration_h=0, period_h=1, repair_half_time_h=1.5)
    assert bed == pytest.approx(bed_from_dose(7, 1, 3))


def test_temporary_implant_has_its_two_limits() -> None:
    endless = bed_temporary_implant(85, 96, 3, source_half_life=np.inf, repair_half_time_h=1.5)
    assert endless == pytest.approx(bed_low_dose_rate(85, 85 / 96, 3, 1.5))
    complete = bed_temporary_implant(145, np.inf, 3, source_half_life=59.4, repair_half_time_h=1.5)
    assert complete == pytest.approx(bed_protracted(145, g_permanent(59.4 * 24, 1.5), 3))


def test_complete_decay_from_the_initial_rate_agrees_with_that_from_the_dose() -> None:
    decay_per_h = LN2 / (9.7 * 24)
    effectiveness = relative_effectiveness_complete_decay(
        115 * decay_per_h, 3, source_half_life_h=9.7 * 24, repair_half_time_h=0.27
    )
    assert 115 * effectiveness == pytest.approx(
        bed_protracted(115, g_permanent(9.7 * 24, 0.27), 3), rel=1e-13
    )


def test_permanent_implant_without_repopulation_decays_completely() -> None:
    bed = bed_permanent_implant(145, 3, source_half_life=59.4, repair_half_time_h=0.27, repopulation_rate=0)
    assert bed == pytest.approx(bed_protracted(145, g_permanent(59.4 * 24, 0.27), 3), rel=1e-13)


def test_permanent_implant_agrees_with_tg_137_term_by_term() -> None:
    rate, lam, mu, ratio = LN2 / (0.15 * 42), LN2 / 16.99, LN2 / 0.27 * 24, 3.0
    initial = 125 * lam
    t = np.log(initial / rate) / lam
    given = initial / lam * (1 - np.exp(-lam * t))
    a = (1 - np.exp(-2 * lam * t)) / (2 * lam) - (1 - np.exp(-(mu + lam) * t)) / (mu + lam)
    effectiveness = 1 + 2 * initial * lam / ((mu - lam) * ratio) * a / (1 - np.exp(-lam * t))
    expected = given * effectiveness - rate * t
    assert effective_treatment_time(125, 16.99, rate) == pytest.approx(t, rel=1e-14)
    bed = bed_permanent_implant(
        125, ratio, source_half_life=16.99, repair_half_time_h=0.27, repopulation_rate=rate
    )
    assert bed == pytest.approx(expected, rel=1e-12)


def test_implant_that_never_keeps_up_with_repopulation_is_not_defined_not_zero() -> None:
    with pytest.warns(OutsideValidityWarning, match="outruns"):
        bed = bed_permanent_implant(
            [0.0, 5.0, 145.0, np.nan],
            3,
            source_half_life=59.4,
            repair_half_time_h=0.27,
            repopulation_rate=0.11,
        )
    assert np.isnan(bed).tolist() == [True, True, False, True]


def test_no_repopulation_has_no_end() -> None:
    assert effective_treatment_time(145, 59.4, 0) == np.inf


def test_no_dose_against_no_repopulation_is_no_race_that_is_lost() -> None:
    assert np.isnan(effective_treatment_time(0.0, 59.4, 0.0))
    with pytest.warns(OutsideValidityWarning, match="outruns"):
        assert np.isnan(effective_treatment_time(0.0, 59.4, 0.1))


def test_effective_half_life_has_its_limits() -> None:
    assert effective_half_life(6.0, 6.0) == pytest.approx(3.0)
    assert effective_half_life(6.0, np.inf) == pytest.approx(6.0)


def test_radionuclide_with_instant_decay_is_an_acute_dose() -> None:
    bed = bed_radionuclide(20, 2.6, effective_half_life_h=1e-9, repair_half_time_h=2.8)
    assert bed == pytest.approx(bed_from_dose(20, 1, 2.6), rel=1e-8)


def test_cycles_are_the_sum_of_single_administrations() -> None:
    half_lives = [48.0, 52.0, 60.0]
    total = bed_radionuclide_cycles(
        [7, 6, 5], [0, 56, 112], 2.6, effective_half_lives_h=half_lives, repair_half_time_h=2.8
    )
    parts = [
        bed_radionuclide(d, 2.6, effective_half_life_h=t, repair_half_time_h=2.8)
        for d, t in zip([7, 6, 5], half_lives, strict=True)
    ]
    assert total == pytest.approx(sum(parts), rel=1e-14)


def test_cycles_of_several_organs_have_their_own_repair() -> None:
    bed = bed_radionuclide_cycles(
        [[7, 6], [1, 1]], [0, 56], [2.6, 10], effective_half_lives_h=50, repair_half_time_h=[2.8, 0.5]
    )
    one = bed_radionuclide_cycles([1, 1], [0, 56], 10, effective_half_lives_h=50, repair_half_time_h=0.5)
    assert bed[1] == pytest.approx(one, rel=1e-14)  # type: ignore[index]


def test_cycles_too_close_to_be_independent_are_warned_of() -> None:
    with pytest.warns(OutsideValidityWarning, match="interact"):
        bed_radionuclide_cycles([7, 6], [0, 7], 2.6, effective_half_lives_h=50, repair_half_time_h=2.8)


@pytest.mark.parametrize(
    ("doses", "days"), [([1, 1], [0]), ([1, 1], [56, 0]), ([1, 1, 1], [0, 112, 56]), (1.0, [0])]
)
def test_cycles_need_one_ascending_day_each(doses: list[float], days: list[float]) -> None:
    with pytest.raises(BedValueError, match="cycle_days"):
        bed_radionuclide_cycles(doses, days, 2.6, effective_half_lives_h=50, repair_half_time_h=2.8)
