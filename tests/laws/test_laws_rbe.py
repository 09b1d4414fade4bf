"""Laws of RBE, LET and oxygen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bed.lq import bed_from_dose
from bed.particles import (
    bed_ion,
    bed_with_oxygen,
    jones_alpha,
    jones_beta,
    oxygen_enhancement_ratio,
    photon_equivalent_dose_per_fraction,
    rbe_carabe,
    rbe_linear_quadratic,
    rbe_mcnamara,
    rbe_wedenberg,
    rbe_weighted_dose,
)

per_fraction = st.floats(0, 60)
ratios = st.floats(0.5, 20)
effectiveness = st.floats(0.8, 4)
lets = st.floats(0, 20)


@given(d=per_fraction, ratio=ratios, high=effectiveness, low=effectiveness)
def test_rbe_lies_between_its_limits(d: float, ratio: float, high: float, low: float) -> None:
    """RBE lies between RBEmin and RBEmax, whichever is larger."""
    rbe = rbe_linear_quadratic(d, ratio, high, low)
    assert min(high, low) * (1 - 1e-12) <= rbe <= max(high, low) * (1 + 1e-12)


@given(d=per_fraction, n=st.integers(1, 40), ratio=ratios, high=effectiveness, low=effectiveness)
def test_ion_bed_is_photon_bed_of_the_weighted_dose(
    d: float, n: int, ratio: float, high: float, low: float
) -> None:
    """The BED of particles is the photon BED of RBE times their dose, fraction by fraction."""
    weighted = n * d * np.asarray(rbe_linear_quadratic(d, ratio, high, low))
    assert bed_ion(n * d, n, ratio, high, low) == pytest.approx(
        bed_from_dose(float(weighted), n, ratio), rel=1e-9
    )


@given(d=per_fraction, ratio=ratios, let=lets, more=st.floats(0, 10))
def test_rbe_of_wedenberg_never_falls_with_let(d: float, ratio: float, let: float, more: float) -> None:
    """A higher LET never lowers the RBE of Wedenberg's model, which is at least 1."""
    rbe = rbe_wedenberg(d, ratio, let)
    assert 1 - 1e-12 <= rbe <= np.asarray(rbe_wedenberg(d, ratio, let + more)) * (1 + 1e-12)


@given(
    d=st.floats(0.1, 20), alpha=st.floats(0.02, 0.5), beta=st.floats(0.002, 0.06), let=st.floats(0.22, 30.4)
)
def test_photon_equivalent_dose_has_equal_effect(d: float, alpha: float, beta: float, let: float) -> None:
    """The photon-equivalent dose per fraction has the effect of the particle fraction."""
    let_range = {"let_saturation": 30.4, "let_reference": 0.22}
    photon = np.asarray(
        photon_equivalent_dose_per_fraction(d, alpha=alpha, beta=beta, let_kev_per_um=let, **let_range)
    )
    high = np.asarray(jones_alpha(alpha, let, **let_range)), np.asarray(jones_beta(beta, let, **let_range))
    assert alpha * photon + beta * photon**2 == pytest.approx(high[0] * d + high[1] * d**2, rel=1e-9)


@given(
    pressure=st.floats(0, 200),
    more=st.floats(0, 100),
    top=st.floats(1, 3.5),
    half=st.floats(0.5, 10),
)
def test_oxygen_never_lowers_effect(pressure: float, more: float, top: float, half: float) -> None:
    """More oxygen never lowers the OER, which lies in [1, OERmax]."""
    oer = oxygen_enhancement_ratio(pressure, oer_max=top, half_effect_mmhg=half)
    richer = oxygen_enhancement_ratio(pressure + more, oer_max=top, half_effect_mmhg=half)
    assert 1 <= oer <= np.asarray(richer) * (1 + 1e-12)
    assert richer <= top * (1 + 1e-12)


@given(
    values=st.lists(st.floats(0, 20), min_size=6, max_size=6),
    ratio=st.lists(ratios, min_size=3, max_size=3),
)
def test_scalar_and_array_agree(values: list[float], ratio: list[float]) -> None:
    """Every function agrees between numbers one by one and arrays of any shape."""
    grid = np.array(values).reshape(2, 3)
    models = {
        "constant": lambda x, r: rbe_weighted_dose(x, 1.1) + 0 * r,
        "mcnamara": lambda x, r: rbe_mcnamara(x, r, 2.5),
        "mcnamara let": lambda x, r: rbe_mcnamara(2.0, r, x),
        "wedenberg": lambda x, r: rbe_wedenberg(x, r, 2.5),
        "carabe": lambda x, r: rbe_carabe(x, r, 2.5),
        "ion": lambda x, r: bed_ion(x, 5, r, 1.4, 1.1),
        "oxygen": lambda x, r: bed_with_oxygen(x, 5, r, 1.7),
        "pressure": lambda x, r: oxygen_enhancement_ratio(x, oer_max=3, half_effect_mmhg=r),
    }
    for name, model in models.items():
        flat = np.asarray(model(grid, np.array(ratio))).ravel()
        one_by_one = [float(model(values[i], ratio[i % 3])) for i in range(6)]
        assert flat == pytest.approx(one_by_one, rel=1e-13), name
