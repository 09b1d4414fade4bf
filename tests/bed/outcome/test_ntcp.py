"""Normal tissue complication probability."""

from __future__ import annotations

import csv
import math
from importlib import resources

import numpy as np
import pytest
from scipy import stats

from bed.errors import BedTypeError, BedValueError
from bed.outcome import (
    KallmanCurve,
    LogisticRegression,
    LogLogisticCurve,
    PoissonCurve,
    ProbitCurve,
    damaged_fraction,
    ntcp_critical_volume,
    ntcp_lkb,
    ntcp_model,
    ntcp_model_names,
    ntcp_models_of,
    ntcp_relative_seriality,
)
from bed.quantity import EQD2, PhysicalDose


def test_lkb_of_the_whole_organ_at_td50_is_one_half() -> None:
    assert ntcp_lkb([76.9] * 4, td50=76.9, m=0.13, n=0.09) == pytest.approx(0.5)


def test_lkb_agrees_with_its_definition() -> None:
    dose, volume = np.array([20.0, 60.0, 75.0]), np.array([0.5, 0.3, 0.2])
    equivalent = float(volume @ dose ** (1 / 0.09)) ** 0.09
    expected = stats.norm.cdf((equivalent - 76.9) / (0.13 * 76.9))
    assert ntcp_lkb(dose, td50=76.9, m=0.13, n=0.09, volume=volume) == pytest.approx(expected)


def test_relative_seriality_agrees_with_its_definition() -> None:
    dose, volume = np.array([40.0, 60.0, 65.0]), np.array([0.5, 0.3, 0.2])
    curve, s = KallmanCurve(d50_gy=60, gamma=3), 0.6
    expected = (1 - np.prod((1 - curve.probability(dose) ** s) ** volume)) ** (1 / s)
    assert ntcp_relative_seriality(dose, curve=curve, seriality=s, volume=volume) == pytest.approx(expected)


def test_relative_seriality_of_a_uniform_dose_is_the_curve_itself() -> None:
    curve = PoissonCurve(d50_gy=60, gamma37=2)
    found = ntcp_relative_seriality(np.full((2, 5), 55.0), curve=curve, seriality=0.05)
    np.testing.assert_allclose(found, curve.probability(55.0))


def test_relative_seriality_of_a_destroyed_organ_is_one_without_warnings() -> None:
    curve = KallmanCurve(d50_gy=10, gamma=5)
    assert ntcp_relative_seriality([1e5, 0.0], curve=curve, seriality=1) == 1
    assert ntcp_relative_seriality([1e5, 0.0], curve=curve, seriality=1, volume=[0, 1]) < 1e-9


def test_relative_seriality_keeps_small_probabilities() -> None:
    curve = KallmanCurve(d50_gy=60, gamma=3)
    found = ntcp_relative_seriality([26.0, 26.0], curve=curve, seriality=1)
    assert found == pytest.approx(curve.probability(26.0), rel=1e-12)
    assert 0 < found < 1e-20


def test_relative_seriality_refuses_a_seriality_of_zero() -> None:
    with pytest.raises(BedValueError, match="seriality"):
        ntcp_relative_seriality([50.0], curve=KallmanCurve(d50_gy=60, gamma=3), seriality=0)


def test_critical_volume_adds_the_damage_and_compares_it_with_the_reserve() -> None:
    curve = ProbitCurve(d50_gy=20, m=0.2)
    damage = damaged_fraction([20.0, 20.0, 0.0], curve=curve, volume=[1, 1, 2])
    assert damage == pytest.approx(0.25, abs=1e-6)
    assert ntcp_critical_volume(damage, reserve_mean=0.35, reserve_sd=0.1) == pytest.approx(
        stats.norm.cdf(-1), rel=1e-5
    )


@pytest.mark.parametrize(("damage", "mean", "sd"), [(1.1, 0.5, 0.1), (0.5, -0.1, 0.1), (0.5, 0.5, 0)])
def test_critical_volume_refuses_impossible_numbers(damage: float, mean: float, sd: float) -> None:
    with pytest.raises(BedValueError):
        ntcp_critical_volume(damage, reserve_mean=mean, reserve_sd=sd)


def test_every_parameter_set_has_a_source_a_tag_and_an_endpoint() -> None:
    for name in ntcp_model_names():
        (model,) = [m for organ in organs() for m in ntcp_models_of(organ) if m.name == name][:1]
        assert model.source
        assert model.endpoint
        assert model.tag in {"R", "S", "M"}


def organs() -> list[str]:
    text = resources.files("bed.outcome").joinpath("data/ntcp.csv").read_text(encoding="utf-8")
    return sorted({organ for row in csv.DictReader(text.splitlines()) for organ in row["organ"].split("|")})


def test_the_rectal_set_is_the_quantec_one_and_not_its_wrong_copy() -> None:
    model = ntcp_model("Rectum", endpoint="late bleeding grade 2 or worse")
    assert model.curve == ProbitCurve(d50_gy=76.9, m=0.13)
    assert model.a == pytest.approx(1 / 0.09)
    assert model.d50_interval_gy == (73.7, 80.1)


def test_pitfall_5_24_a_set_fitted_on_eqd2_refuses_physical_dose_and_other_alpha_beta() -> None:
    model = ntcp_model("Rectum", endpoint="late bleeding grade 2 or worse")
    with pytest.raises(BedTypeError, match="fitted on EQD2"):
        model.probability(PhysicalDose(gy=[60.0]))  # type: ignore[arg-type]
    with pytest.raises(BedTypeError, match="needs alpha/beta 3 Gy, got 10 Gy"):
        model.probability(EQD2(gy=70.0, alpha_beta=10))


def test_pitfall_5_24_a_set_fitted_on_physical_dose_refuses_eqd2() -> None:
    model = ntcp_model("Lungs", endpoint="pneumonitis", name="lung-quantec-lyman")
    with pytest.raises(BedTypeError, match="fitted on physical dose"):
        model.probability(EQD2(gy=20.0, alpha_beta=3))
    assert model.probability(PhysicalDose(gy=30.8)) == pytest.approx(0.5)


def test_a_set_without_alpha_beta_takes_the_one_of_the_dose() -> None:
    model = ntcp_model("Brain", endpoint="necrosis or infarction")
    expected = LogLogisticCurve(d50_gy=60, gamma50=3).probability(50.0)
    assert model.probability(EQD2(gy=50.0, alpha_beta=2)) == pytest.approx(expected)


def test_risk_factors_must_be_stated_where_a_set_has_them() -> None:
    model = ntcp_model("Lungs", endpoint="pneumonitis with risk factors")
    dose = PhysicalDose(gy=20.0)
    with pytest.raises(BedValueError, match="state which are present"):
        model.probability(dose)
    with pytest.raises(BedValueError, match="knows no risk factor"):
        model.probability(dose, risk_factors=["left-handed"])
    none = model.probability(dose, risk_factors=[])
    some = model.probability(dose, risk_factors=["current smoker", "pulmonary comorbidity"])
    odds = (some / (1 - some)) / (none / (1 - none))
    assert odds == pytest.approx(0.62 * 2.27)


def test_a_regression_adds_the_coefficients_of_the_factors_present() -> None:
    model = ntcp_model("Esophagus", endpoint="acute oesophagitis grade 2 or worse", name="oesophagitis-huang")
    found = model.probability(
        PhysicalDose(gy=32.0023), risk_factors=["concurrent chemotherapy"], n_fractions=35
    )
    assert found == pytest.approx(
        LogisticRegression(intercept=-3.13 + 1.5, per_gy=0.0688).probability(32.0023)
    )
    with pytest.raises(BedValueError, match="takes n_fractions=35, got None"):
        model.probability(PhysicalDose(gy=32.0), risk_factors=[])


def test_volumes_weigh_the_bins() -> None:
    model = ntcp_model("Parotid_L", endpoint="flow below 25 %")
    found = model.probability(PhysicalDose(gy=[0.0, 40.0]), volume=[1, 3])
    assert found == pytest.approx(stats.norm.cdf((30 - 39.9) / (0.4 * 39.9)))


def test_an_ambiguous_look_up_lists_the_choices() -> None:
    with pytest.raises(BedValueError, match=r"several sets match.*liver-metastases.*liver-primary"):
        ntcp_model("Liver", endpoint="radiation-induced liver disease")
    chosen = ntcp_model("Liver", endpoint="radiation-induced liver disease", name="liver-primary")
    assert chosen.curve.d50_gy == 39.8


def test_an_unknown_endpoint_lists_those_of_the_organ_and_an_unknown_organ_all() -> None:
    with pytest.raises(BedValueError, match="choose by name from: rectum-quantec: late bleeding"):
        ntcp_model("Rectum", endpoint="stricture")
    with pytest.raises(BedValueError, match="retina-gay"):
        ntcp_model("Spleen", endpoint="anything")


def test_nan_stays_nan() -> None:
    curve = ProbitCurve(d50_gy=20, m=0.2)
    assert math.isnan(damaged_fraction([1.0, math.nan], curve=curve))
    assert math.isnan(ntcp_lkb([1.0, math.nan], td50=50, m=0.1, n=0.5))
