"""H07: invalid input returns the physical dose unchanged."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bed.errors import BedError
from bed.lq import bed_from_dose, eqd2
from bed.regimen import parse_regimens
from rtplan.cli import main

INVALID = [
    (50.0, 0, 3.0),
    (50.0, -25, 3.0),
    (50.0, 2.5, 3.0),
    (50.0, math.nan, 3.0),
    (50.0, 25, 0.0),
    (50.0, 25, -3.0),
    (50.0, 25, math.nan),
    (-50.0, 25, 3.0),
    (math.inf, 25, 3.0),
]


@pytest.mark.parametrize("convert", [eqd2, bed_from_dose])
@pytest.mark.parametrize(("dose", "n_fractions", "alpha_beta"), INVALID)
def test_what_cannot_be_converted_raises(convert, dose, n_fractions, alpha_beta):
    with pytest.raises(BedError):
        convert(dose, n_fractions, alpha_beta)


@pytest.mark.parametrize("convert", [eqd2, bed_from_dose])
def test_a_dose_that_is_not_known_stays_not_known(convert):
    assert math.isnan(convert(math.nan, 25, 3.0))


@pytest.mark.parametrize("convert", [eqd2, bed_from_dose])
def test_one_invalid_number_fraction_in_an_array_raises_for_all(convert):
    with pytest.raises(BedError):
        convert(np.array([50.0, 60.0]), np.array([25, 0]), 3.0)


@pytest.mark.parametrize("regimen", ["50Gy/0", "50Gy/-5", "-50Gy/25", "50Gy/2.5", "0Gy/5"])
def test_an_impossible_regimen_is_refused(regimen, capsys):
    with pytest.raises(BedError):
        parse_regimens(regimen)
    assert main(["bed", "--alpha-beta", "3", "--", regimen]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("alpha_beta", ["0", "-3", "nan", "x"])
def test_an_impossible_alpha_beta_is_refused(alpha_beta, capsys):
    assert main(["bed", "50Gy/25", f"--alpha-beta={alpha_beta}"]) == 2
    assert capsys.readouterr().out == ""
