"""Laws of brachytherapy and radionuclides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bed.kinetics import (
    bed_low_dose_rate,
    bed_permanent_implant,
    bed_pulsed_dose_rate,
    bed_radionuclide,
    bed_radionuclide_cycles,
    bed_temporary_implant,
    effective_treatment_time,
)
from bed.lq import bed_from_dose

doses = st.floats(0.1, 150)
half_times = st.floats(0.1, 10)
ratios = st.floats(0.5, 20)


@given(dose=doses, rate=st.floats(0.1, 1000), ratio=ratios, repair=half_times, source=st.floats(0.1, 100))
def test_protraction_never_adds_effect(
    dose: float, rate: float, ratio: float, repair: float, source: float
) -> None:
    """Any protracted BED lies between the dose and the BED of one acute fraction."""
    acute = bed_from_dose(dose, 1, ratio) * (1 + 1e-12)
    assert dose <= bed_low_dose_rate(dose, rate, ratio, repair) <= acute
    implant = bed_temporary_implant(
        dose, dose / rate, ratio, source_half_life=source, repair_half_time_h=repair
    )
    assert dose <= implant <= acute
    pulsed = bed_pulsed_dose_rate(
        dose, 10, ratio, pulse_duration_h=0.1, period_h=max(dose / rate, 0.1), repair_half_time_h=repair
    )
    assert dose <= pulsed <= acute
    assert (
        dose
        <= bed_radionuclide(dose, ratio, effective_half_life_h=source, repair_half_time_h=repair)
        <= acute
    )


@given(
    dose=st.floats(60, 200), half_life=st.floats(5, 60), rate=st.floats(0.01, 0.3), faster=st.floats(1, 1.5)
)
def test_faster_repopulation_never_raises_the_bed_of_an_implant(
    dose: float, half_life: float, rate: float, faster: float
) -> None:
    """With K > 0 a larger K gives a shorter effective time and no larger BED (as long as R0 > K)."""
    implant = {"source_half_life": half_life, "repair_half_time_h": 0.27}
    slow = bed_permanent_implant(dose, 3, repopulation_rate=rate, **implant)
    fast = bed_permanent_implant(dose, 3, repopulation_rate=rate * faster, **implant)
    assert fast <= np.asarray(slow) * (1 + 1e-12)
    assert effective_treatment_time(dose, half_life, rate * faster) <= effective_treatment_time(
        dose, half_life, rate
    )


@given(
    values=st.lists(st.floats(1, 100), min_size=6, max_size=6), ratio=st.lists(ratios, min_size=3, max_size=3)
)
def test_scalar_and_array_agree(values: list[float], ratio: list[float]) -> None:
    """Every function agrees between numbers one by one and arrays of any shape."""
    grid = np.array(values).reshape(2, 3)
    implant = {"source_half_life": 17.0, "repair_half_time_h": 0.27}
    organ = {"effective_half_lives_h": 50, "repair_half_time_h": 2.8}
    table = {
        "low": (
            bed_low_dose_rate(grid, 0.5, ratio, 1.5),
            lambda i: bed_low_dose_rate(values[i], 0.5, ratio[i % 3], 1.5),
        ),
        "temporary": (
            bed_temporary_implant(grid, 30.0, ratio, **implant),
            lambda i: bed_temporary_implant(values[i], 30.0, ratio[i % 3], **implant),
        ),
        "permanent": (
            bed_permanent_implant(grid, ratio, repopulation_rate=0.01, **implant),
            lambda i: bed_permanent_implant(values[i], ratio[i % 3], repopulation_rate=0.01, **implant),
        ),
        "cycles": (
            bed_radionuclide_cycles(grid, [0, 50, 100], ratio[:2], **organ),
            lambda i: bed_radionuclide_cycles(values[3 * i : 3 * i + 3], [0, 50, 100], ratio[i], **organ),
        ),
    }
    for name, (whole, one) in table.items():
        flat = np.asarray(whole).ravel()
        assert flat == pytest.approx([one(i) for i in range(flat.size)], rel=1e-13), name
