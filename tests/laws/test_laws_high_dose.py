"""Laws of the high-dose models."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bed.high_dose import (
    bed_lqc,
    bed_lql,
    bed_mlq,
    bed_mlq_protracted,
    bed_usc,
    dose_per_fraction_lqc,
    dose_per_fraction_lql,
    dose_per_fraction_mlq,
    dose_per_fraction_usc,
    eqd2_lqc,
    eqd2_lql,
    eqd2_mlq,
    eqd2_usc,
    lql_tangent_slope,
    single_fraction_equivalent_dose_usc,
    usc_alpha_beta,
    usc_transition_dose,
)
from bed.lq import bed_from_dose

per_fraction = st.floats(1e-6, 90)
numbers = st.integers(1, 40)
ratios = st.floats(0.3, 30)
transitions = st.floats(0.5, 30)
usc = st.fixed_dictionaries(
    {"alpha": st.floats(0.02, 0.45), "d0": st.floats(0.5, 2.0), "dq": st.floats(0.2, 5.0)}
)


@given(ratio=ratios, transition=transitions, gamma=st.floats(0.1, 1.0))
def test_lql_joins_continuously(ratio: float, transition: float, gamma: float) -> None:
    """LQ-L is continuous at D_T for every final slope, and its slope too when it is the tangent."""
    tangent = float(lql_tangent_slope(ratio, transition))
    step = 1e-6 * transition
    at = np.array([transition - step, transition, transition + step])
    bed = np.asarray(bed_lql(at, 1, ratio, transition_dose=transition, gamma_over_alpha=gamma * tangent))
    assert np.abs(np.diff(bed)).max() <= 1.01 * tangent * step
    smooth = np.asarray(bed_lql(at, 1, ratio, transition_dose=transition, gamma_over_alpha=tangent))
    below, above = np.diff(smooth) / step
    assert below == pytest.approx(above, rel=1e-4)


@given(curve=usc)
def test_usc_joins_with_value_and_slope(curve: dict[str, float]) -> None:
    """The USC is continuous in value and slope at D_T for all alpha, D0 and Dq with alpha D0 < 1."""
    at = np.asarray(usc_transition_dose(**curve))
    ratio = np.asarray(usc_alpha_beta(**curve))
    assert at * (1 + at / ratio) == pytest.approx(
        (at - curve["dq"]) / (curve["alpha"] * curve["d0"]), rel=1e-9
    )
    assert 1 + 2 * at / ratio == pytest.approx(1 / (curve["alpha"] * curve["d0"]), rel=1e-9)


@given(d=per_fraction, n=numbers, ratio=ratios, transition=transitions, part=st.floats(0.05, 1))
def test_lql_inverts(d: float, n: int, ratio: float, transition: float, part: float) -> None:
    """The inverse of LQ-L gives the dose per fraction back to 1e-9, for any final slope up to the tangent."""
    model = {
        "transition_dose": transition,
        "gamma_over_alpha": part * float(lql_tangent_slope(ratio, transition)),
    }
    bed = bed_lql(n * d, n, ratio, **model)
    assert dose_per_fraction_lql(bed, n, ratio, **model) == pytest.approx(d, rel=1e-9)


@given(d=per_fraction, n=numbers, curve=usc)
def test_usc_inverts(d: float, n: int, curve: dict[str, float]) -> None:
    """The inverse of the USC gives the dose per fraction back to 1e-9."""
    assert dose_per_fraction_usc(bed_usc(n * d, n, **curve), n, **curve) == pytest.approx(d, rel=1e-9)


@given(d=per_fraction, n=numbers, ratio=ratios, delta=st.floats(0, 2))
def test_mlq_inverts(d: float, n: int, ratio: float, delta: float) -> None:
    """The inverse of mLQ gives the dose per fraction back to 1e-9."""
    bed = bed_mlq(n * d, n, ratio, delta=delta)
    assert dose_per_fraction_mlq(bed, n, ratio, delta=delta) == pytest.approx(d, rel=1e-9)


@given(straight=transitions, part=st.floats(1e-6, 0.9999), n=numbers, ratio=ratios)
def test_lqc_inverts(straight: float, part: float, n: int, ratio: float) -> None:
    """The inverse of LQC gives the dose per fraction back to 1e-9, below the dose where it turns straight."""
    bed = bed_lqc(n * part * straight, n, ratio, straight_dose=straight)
    assert dose_per_fraction_lqc(bed, n, ratio, straight_dose=straight) == pytest.approx(
        part * straight, rel=1e-9
    )


@given(
    d=per_fraction,
    n=numbers,
    ratio=ratios,
    transition=transitions,
    part=st.floats(0.05, 1),
    delta=st.floats(0, 2),
)
def test_no_model_exceeds_lq(
    d: float, n: int, ratio: float, transition: float, part: float, delta: float
) -> None:
    """LQ-L up to the tangent, mLQ and LQC never exceed LQ, and never fall below the dose (mLQ, LQC)."""
    limit = bed_from_dose(n * d, n, ratio) * (1 + 1e-12)
    slope = part * float(lql_tangent_slope(ratio, transition))
    assert bed_lql(n * d, n, ratio, transition_dose=transition, gamma_over_alpha=slope) <= limit
    assert n * d * (1 - 1e-12) <= bed_mlq(n * d, n, ratio, delta=delta) <= limit
    assert n * d * (1 - 1e-12) <= bed_lqc(n * d, n, ratio, straight_dose=d) <= limit


@given(d=per_fraction, more=st.floats(1.001, 1.1), curve=usc, ratio=ratios, delta=st.floats(0, 2))
def test_bed_rises_with_dose_per_fraction(
    d: float, more: float, curve: dict[str, float], ratio: float, delta: float
) -> None:
    """A larger dose per fraction always has a larger BED."""
    assert bed_usc(d * more, 1, **curve) > bed_usc(d, 1, **curve)
    assert bed_mlq(d * more, 1, ratio, delta=delta) > bed_mlq(d, 1, ratio, delta=delta)


@given(d=per_fraction, n=numbers, curve=usc)
def test_single_fraction_equivalent_has_the_same_effect(d: float, n: int, curve: dict[str, float]) -> None:
    """One fraction of SFED has the USC effect of the course (where SFED stays below 100 Gy)."""
    sfed = single_fraction_equivalent_dose_usc(n * d, n, **curve)
    if sfed < 100:
        assert bed_usc(sfed, 1, **curve) == pytest.approx(bed_usc(n * d, n, **curve), rel=1e-9)


@given(
    values=st.lists(st.floats(0, 9), min_size=6, max_size=6),
    ratio=st.lists(ratios, min_size=3, max_size=3),
)
def test_scalar_and_array_agree(values: list[float], ratio: list[float]) -> None:
    """Every function agrees between numbers one by one and arrays of any shape."""
    grid = np.array(values).reshape(2, 3)
    lql = {"transition_dose": 1.0, "gamma_over_alpha": 1.0}
    curve = {"alpha": 0.33, "d0": 1.25, "dq": 0.2}
    time = {"duration_h": 0.3, "repair_half_time_h": 1.5}
    models = {
        "lql": lambda x, r: bed_lql(x, 3, r, **lql),
        "lql inverse": lambda x, r: dose_per_fraction_lql(x, 3, r, **lql),
        "lql eqd2": lambda x, r: eqd2_lql(x, 3, r, **lql),
        "usc": lambda x, r: bed_usc(x, 3, **curve) + 0 * r,
        "usc inverse": lambda x, r: dose_per_fraction_usc(x, 3, **curve) + 0 * r,
        "usc eqd2": lambda x, r: eqd2_usc(x, 3, **curve) + 0 * r,
        "mlq": lambda x, r: bed_mlq(x, 3, r, delta=0.2),
        "mlq protracted": lambda x, r: bed_mlq_protracted(x, 3, r, delta=0.2, **time),
        "mlq inverse": lambda x, r: dose_per_fraction_mlq(x, 3, r, delta=0.2),
        "mlq eqd2": lambda x, r: eqd2_mlq(x, 3, r, delta=0.2),
        "lqc": lambda x, r: bed_lqc(x, 3, r, straight_dose=4),
        "lqc inverse": lambda x, r: dose_per_fraction_lqc(x, 3, r, straight_dose=4),
        "lqc eqd2": lambda x, r: eqd2_lqc(x, 3, r, straight_dose=4),
    }
    for name, model in models.items():
        flat = np.asarray(model(grid, np.array(ratio))).ravel()
        one_by_one = [float(model(values[i], ratio[i % 3])) for i in range(6)]
        assert flat == pytest.approx(one_by_one, rel=1e-12, abs=1e-300), name
