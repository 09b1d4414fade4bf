"""Intervals and distributions are different things, and each distribution is what its name says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bed.errors import BedValueError
from bed.uncertainty import LogNormal, Normal, ParameterInterval, ReciprocalNormal, Triangular, Uniform

P = np.array([1e-9, 0.025, 0.3, 0.5, 0.8, 0.975])


def test_normal_quantiles_are_those_of_scipy() -> None:
    np.testing.assert_allclose(Normal(mean=3, sd=0.5).quantile(P), stats.norm.ppf(P, 3, 0.5))


def test_a_cut_normal_stays_between_its_bounds() -> None:
    cut = Normal(mean=1, sd=2, above=0, below=4)
    expected = stats.truncnorm.ppf(P, -0.5, 1.5, loc=1, scale=2)
    # near the cut the two subtract nearly equal numbers: what is left of them is right to 1e-14
    np.testing.assert_allclose(cut.quantile(P), expected, atol=1e-14)


def test_lognormal_triangular_and_uniform_are_those_of_scipy() -> None:
    np.testing.assert_allclose(
        LogNormal(median=3, sigma_ln=0.4).quantile(P), stats.lognorm.ppf(P, 0.4, scale=3)
    )
    triangular = stats.triang.ppf(P, 0.25, loc=2, scale=4)
    np.testing.assert_allclose(Triangular(low=2, mode=3, high=6).quantile(P), triangular)
    np.testing.assert_allclose(Uniform(low=2, high=6).quantile(P), stats.uniform.ppf(P, 2, 4))


@pytest.mark.parametrize("mode", [2.0, 6.0])
def test_a_triangular_mode_may_lie_at_an_end(mode: float) -> None:
    found = Triangular(low=2, mode=mode, high=6).quantile(P)
    np.testing.assert_allclose(found, stats.triang.ppf(P, (mode - 2) / 4, loc=2, scale=4))


def test_the_reciprocal_of_a_reciprocal_normal_is_a_normal_above_zero() -> None:
    alpha_beta = ReciprocalNormal(mean=0.2, sd=0.15)
    expected = 1 / stats.truncnorm.ppf(1 - P, -0.2 / 0.15, np.inf, loc=0.2, scale=0.15)
    np.testing.assert_allclose(alpha_beta.quantile(P), expected, rtol=1e-6)
    assert np.all(np.diff(alpha_beta.quantile(P)) > 0)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: ParameterInterval(low=3, high=2),
        lambda: ParameterInterval(low=2, high=2),
        lambda: ParameterInterval(low=math.nan, high=2),
        lambda: ParameterInterval(low=0, high=math.inf),
        lambda: Uniform(low=3, high=2),
        lambda: Triangular(low=2, mode=7, high=6),
        lambda: Triangular(low=6, mode=6, high=6),
        lambda: Normal(mean=math.nan, sd=1),
        lambda: Normal(mean=1, sd=0),
        lambda: Normal(mean=1, sd=1, above=2, below=2),
        lambda: LogNormal(median=0, sigma_ln=1),
        lambda: LogNormal(median=1, sigma_ln=math.inf),
        lambda: ReciprocalNormal(mean=0.2, sd=-1),
    ],
)
def test_impossible_parameters_are_refused(wrong: object) -> None:
    with pytest.raises(BedValueError):
        wrong()  # type: ignore[operator]


def test_points_include_both_ends() -> None:
    np.testing.assert_array_equal(ParameterInterval(low=1, high=3).points(3), [1, 2, 3])
