"""gEUD and the cell-kill EUD."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bed.errors import BedValueError
from bed.outcome import cell_kill_eud, geud, geud_exponent, volume_shares


def test_geud_of_exponent_one_is_the_mean() -> None:
    assert geud([10.0, 20.0, 60.0], a=1, volume=[2, 1, 1]) == pytest.approx(25)


@pytest.mark.parametrize("a", [2, 8.5, -3, 0.5])
def test_geud_agrees_with_its_definition(a: float) -> None:
    dose, volume = np.array([5.0, 20.0, 45.0]), np.array([1.0, 3.0, 2.0])
    expected = ((volume / volume.sum()) @ dose**a) ** (1 / a)
    assert geud(dose, a=a, volume=volume) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(("a", "expected"), [(1e4, 70.0), (math.inf, 70.0), (-1e4, 60.0), (-math.inf, 60.0)])
def test_pitfall_5_21_large_exponents_do_not_overflow(a: float, expected: float) -> None:
    assert geud([60.0, 65.0, 70.0], a=a) == pytest.approx(expected, rel=2e-4)


def test_pitfall_5_21_a_cold_voxel_takes_a_negative_geud_to_zero() -> None:
    assert geud([0.0, 70.0, 70.0], a=-10) == 0
    assert geud([1.0, 70.0, 70.0], a=-10) == pytest.approx((1 / 3) ** (-1 / 10), rel=1e-6)


def test_pitfall_5_21_lyman_n_of_zero_means_the_maximum() -> None:
    assert geud([10.0, 30.0], a=geud_exponent(0)) == 30


@pytest.mark.parametrize("a", [1e-12, -1e-12])
def test_a_tiny_exponent_tends_to_the_geometric_mean(a: float) -> None:
    assert geud([10.0, 40.0], a=a) == pytest.approx(20.0, rel=1e-9)


def test_a_cold_voxel_takes_the_geometric_mean_to_zero() -> None:
    assert geud([0.0, 40.0], a=1e-6) == 0
    assert geud([0.0, 40.0], a=-1e-6) == 0


def test_pitfall_5_29_zero_dose_is_zero_and_nan_stays_nan() -> None:
    for a in (5, -5, 1e-6, math.inf):
        assert geud([0.0, 0.0], a=a) == 0
    assert math.isnan(geud([1.0, math.nan], a=5))


def test_bins_without_volume_do_not_count() -> None:
    assert geud([0.0, 50.0, 90.0], a=-4, volume=[0, 1, 0]) == pytest.approx(50)
    assert geud([0.0, 50.0, 90.0], a=math.inf, volume=[0, 1, 0]) == 50


@pytest.mark.parametrize(
    "volume", [[1.0, -0.5, 1.0], [0.0, 0.0, 0.0], [1.0, np.nan, 1.0], [1.0, np.inf, 1.0]]
)
def test_one_volume_that_cannot_be_is_enough_to_refuse_them_all(volume: list[float]) -> None:
    with pytest.raises(BedValueError, match="finite, not negative, and not all 0"):
        geud([10.0, 20.0, 30.0], a=2, volume=volume)


def test_geud_keeps_leading_axes() -> None:
    plans = np.array([[[10.0, 20.0], [30.0, 40.0]]])
    result = geud(plans, a=3)
    assert np.shape(result) == (1, 2)
    assert result[0, 1] == pytest.approx(geud(plans[0, 1], a=3))


@pytest.mark.parametrize("a", [0, math.nan])
def test_an_exponent_of_zero_is_refused(a: float) -> None:
    with pytest.raises(BedValueError, match="other than 0"):
        geud([10.0], a=a)


@pytest.mark.parametrize("n", [-0.1, math.nan])
def test_a_negative_lyman_n_is_refused(n: float) -> None:
    with pytest.raises(BedValueError, match="n must be 0 or more"):
        geud_exponent(n)


@pytest.mark.parametrize("volume", [[1.0], [1.0, -1.0], [0.0, 0.0], [1.0, math.nan], [[1.0, 1.0]]])
def test_impossible_volumes_are_refused(volume: list[float]) -> None:
    with pytest.raises(BedValueError, match="volume"):
        geud([10.0, 20.0], a=1, volume=volume)


def test_an_empty_structure_has_no_equivalent_dose() -> None:
    with pytest.raises(BedValueError, match="empty"):
        geud([], a=1)
    with pytest.raises(BedValueError, match="empty"):
        volume_shares(None, 0)


def test_a_negative_dose_is_refused() -> None:
    with pytest.raises(BedValueError, match="dose must be"):
        geud([-1.0, 2.0], a=1)


def test_cell_kill_eud_agrees_with_its_definition_on_physical_dose() -> None:
    dose, volume = np.array([58.0, 60.0, 64.0]), np.array([0.1, 0.7, 0.2])
    expected = 2 * math.log(float(volume @ 0.5 ** (dose / 2))) / math.log(0.5)
    found = cell_kill_eud(dose, sf2=0.5, n_fractions=30, alpha_beta=math.inf, volume=volume)
    assert found == pytest.approx(expected)


def test_cell_kill_eud_follows_the_cold_spot() -> None:
    found = cell_kill_eud([0.0, 80.0], sf2=0.5, n_fractions=40, alpha_beta=10)
    assert found == pytest.approx(2.0, abs=1e-9)  # half the cells survive untouched: one halving, 2 Gy


def test_cell_kill_eud_does_not_underflow() -> None:
    assert cell_kill_eud([4000.0], sf2=0.3, n_fractions=2000, alpha_beta=10) == pytest.approx(4000)


@pytest.mark.parametrize("sf2", [0, 1, -0.2, math.nan])
def test_a_surviving_fraction_outside_its_range_is_refused(sf2: float) -> None:
    with pytest.raises(BedValueError, match="sf2"):
        cell_kill_eud([60.0], sf2=sf2, n_fractions=30, alpha_beta=10)
