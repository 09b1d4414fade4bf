"""What all high-dose models have in common."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bed import high_dose
from bed.errors import BedValueError
from bed.high_dose import (
    bed_lqc,
    bed_lql,
    bed_lql_incomplete_repair,
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
    high_dose_model,
    high_dose_model_names,
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


COURSES = {
    "lql": (2.0, {"transition_dose": 4.0, "gamma_over_alpha": 5.0}),
    "usc": (None, LUNG),
    "mlq": (10.0, {"delta": 0.15}),
    "lqc": (10.0, {"straight_dose": 20.0}),
}


def test_every_row_of_the_table_is_a_model_with_its_source() -> None:
    assert high_dose_model_names() == tuple(COURSES)
    for name, (_, parameters) in COURSES.items():
        model = high_dose_model(name)
        assert model.parameters == tuple(parameters)
        assert len(model.units) == len(model.parameters)
        assert model.source
        assert model.how_verified
        assert model.validity
        assert model.tag in {"R", "M"}


def test_a_module_with_functions_has_a_row_and_the_other_way_round() -> None:
    room = Path(high_dose.__file__).parent
    modules = {
        path.stem for path in room.glob("*.py") if "\nEFFECT: Final" in path.read_text(encoding="utf-8")
    }
    assert modules == set(high_dose_model_names())


def test_the_table_gives_what_the_functions_give() -> None:
    at = {name: {"alpha_beta": ratio, "parameters": p} for name, (ratio, p) in COURSES.items()}
    bed = {name: high_dose_model(name).bed(54, 3, **at[name]) for name in COURSES}
    eqd2 = {name: high_dose_model(name).eqd2(54, 3, **at[name]) for name in COURSES}
    assert bed == {
        "lql": bed_lql(54, 3, 2, transition_dose=4, gamma_over_alpha=5),
        "usc": bed_usc(54, 3, **LUNG),
        "mlq": bed_mlq(54, 3, 10, delta=0.15),
        "lqc": bed_lqc(54, 3, 10, straight_dose=20),
    }
    assert eqd2 == {
        "lql": eqd2_lql(54, 3, 2, transition_dose=4, gamma_over_alpha=5),
        "usc": eqd2_usc(54, 3, **LUNG),
        "mlq": eqd2_mlq(54, 3, 10, delta=0.15),
        "lqc": eqd2_lqc(54, 3, 10, straight_dose=20),
    }


def test_only_lql_says_something_of_several_fractions_a_day() -> None:
    known = {name: high_dose_model(name).effect.bed_incomplete_repair for name in COURSES}
    assert [name for name, function in known.items() if function] == ["lql"]
    assert known["lql"] is not None
    by_table = known["lql"](30, 10, 3.5, 0.4353, transition_dose=7.0, gamma_over_alpha=5.0)
    assert by_table == bed_lql_incomplete_repair(30, 10, 3.5, 0.4353, transition_dose=7.0)


def test_parameters_and_alpha_beta_are_stated_as_the_model_needs_them() -> None:
    usc, mlq = high_dose_model("usc"), high_dose_model("mlq")
    assert usc.fixes_alpha_beta
    assert usc.alpha_beta(None, LUNG) == usc_alpha_beta(**LUNG)
    with pytest.raises(BedValueError, match="follows from its parameters: state none"):
        usc.bed(54, 3, alpha_beta=10, parameters=LUNG)
    with pytest.raises(BedValueError, match="mLQ needs alpha_beta"):
        mlq.bed(54, 3, alpha_beta=None, parameters={"delta": 0.15})
    with pytest.raises(BedValueError, match="mLQ needs delta; got none"):
        mlq.eqd2(54, 3, alpha_beta=10, parameters={})
    with pytest.raises(BedValueError, match="mLQ needs delta; got delta, d0"):
        mlq.bed(54, 3, alpha_beta=10, parameters={"delta": 0.15, "d0": 1.25})


def test_a_model_that_is_not_in_the_table_is_refused_with_those_that_are() -> None:
    with pytest.raises(BedValueError, match="no high-dose model 'lqx'; there are lql, usc, mlq, lqc"):
        high_dose_model("lqx")


@pytest.mark.parametrize("missing", [{"units": ()}, {"source": ""}, {"how_verified": ""}])
def test_a_row_without_units_or_source_is_refused(missing: dict[str, object]) -> None:
    with pytest.raises(BedValueError, match=r"data/models\.csv must give"):
        replace(high_dose_model("mlq"), **missing)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", COURSES)
def test_a_model_of_the_table_equals_lq_at_small_doses_per_fraction(name: str) -> None:
    ratio, parameters = COURSES[name]
    model = high_dose_model(name)
    at = model.alpha_beta(ratio, parameters)
    small = float(np.asarray(model.bed(0.03, 3, alpha_beta=ratio, parameters=parameters)))
    assert small - 0.03 == pytest.approx(
        float(bed_from_dose(0.03, 3, float(np.asarray(at)))) - 0.03, rel=2e-3
    )
