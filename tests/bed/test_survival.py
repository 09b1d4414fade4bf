from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import truncnorm

from bed.errors import BedValueError
from bed.lq import bed_from_dose
from bed.survival import lq_effect, lq_effect_alpha_spread

DOSES = st.floats(min_value=0.0, max_value=100.0)
FRACTIONS = st.integers(min_value=1, max_value=50)
ALPHAS = st.floats(min_value=0.02, max_value=1.0)
BETAS = st.floats(min_value=0.003, max_value=0.1)
SPREADS = st.floats(min_value=0.01, max_value=0.3)


def test_two_gray_survival_of_a_known_cell_line() -> None:
    assert math.exp(-float(lq_effect(2, 1, alpha=0.3, beta=0.03))) == pytest.approx(math.exp(-0.72))


@given(dose=DOSES, n=FRACTIONS, alpha=ALPHAS, beta=BETAS)
def test_law_bed_is_the_effect_over_alpha(dose: float, n: int, alpha: float, beta: float) -> None:
    """BED = E / alpha with alpha/beta = alpha / beta."""
    effect = lq_effect(dose, n, alpha=alpha, beta=beta)
    assert effect / alpha == pytest.approx(bed_from_dose(dose, n, alpha / beta), rel=1e-12)


@pytest.mark.parametrize("dose", [5.0, 30.0, 60.0])
def test_the_closed_form_is_the_integral_over_the_cut_normal_distribution(dose: float) -> None:
    mean, spread, beta, n = 0.3, 0.12, 0.03, 20
    density = truncnorm(-mean / spread, np.inf, loc=mean, scale=spread).pdf
    survival, _ = quad(
        lambda a: density(a) * math.exp(-a * dose - beta * dose**2 / n), 0, 2, epsabs=0, epsrel=1e-10
    )
    effect = lq_effect_alpha_spread(dose, n, alpha_mean=mean, alpha_sd=spread, beta=beta)
    assert effect == pytest.approx(-math.log(survival), rel=1e-8)


@given(dose=DOSES, n=FRACTIONS, alpha=ALPHAS, beta=BETAS)
def test_law_a_vanishing_spread_is_one_population(dose: float, n: int, alpha: float, beta: float) -> None:
    """The effect of a spread population tends to that of one alpha as the spread tends to 0."""
    spread = lq_effect_alpha_spread(dose, n, alpha_mean=alpha, alpha_sd=1e-9, beta=beta)
    assert spread == pytest.approx(lq_effect(dose, n, alpha=alpha, beta=beta), rel=1e-9, abs=1e-12)


@given(doses=st.tuples(DOSES, DOSES), alpha=ALPHAS, spread=SPREADS)
def test_law_the_effective_alpha_falls_with_dose(
    doses: tuple[float, float], alpha: float, spread: float
) -> None:
    """E(D) / D does not rise with D when beta is 0, and E never falls."""
    low, high = sorted(doses)
    effects = np.asarray(lq_effect_alpha_spread([low, high], 1, alpha_mean=alpha, alpha_sd=spread, beta=0.0))
    assert effects[1] >= effects[0] - 1e-9
    assert effects[1] * low <= effects[0] * high * (1 + 1e-9) + 1e-9


@given(doses=st.lists(DOSES, min_size=1, max_size=4))
def test_law_scalar_and_array_agree(doses: list[float]) -> None:
    """f(array)[i] == f(array[i])."""
    for function in (
        lambda dose: lq_effect(dose, 5, alpha=0.3, beta=0.03),
        lambda dose: lq_effect_alpha_spread(dose, 5, alpha_mean=0.3, alpha_sd=0.1, beta=0.03),
    ):
        np.testing.assert_allclose(function(doses), [function(dose) for dose in doses], rtol=1e-14)


def test_uncovered_voxels_stay_uncovered() -> None:
    assert math.isnan(np.asarray(lq_effect([1.0, math.nan], 5, alpha=0.3, beta=0.0))[1])


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf])
def test_coefficients_are_numbers_in_their_range(bad: float) -> None:
    with pytest.raises(BedValueError, match="beta"):
        lq_effect(2, 1, alpha=0.3, beta=bad)
    with pytest.raises(BedValueError, match="beta"):
        lq_effect_alpha_spread(2, 1, alpha_mean=0.3, alpha_sd=0.1, beta=bad)
    if bad != math.inf:
        with pytest.raises(BedValueError, match="alpha"):
            lq_effect(2, 1, alpha=bad, beta=0.03)
        with pytest.raises(BedValueError, match="alpha_sd"):
            lq_effect_alpha_spread(2, 1, alpha_mean=0.3, alpha_sd=bad, beta=0.03)
