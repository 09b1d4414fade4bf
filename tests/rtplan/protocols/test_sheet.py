"""Regimen sheets: BED and EQD2 by hand, other fractionations, sums after earlier treatment."""

from __future__ import annotations

import math

import pytest

from rtplan.protocols import RegimenRow, load_protocol, protocol_ids, regimen_sheet


def row(protocol: str, total: float, n_fractions: int, alpha_beta: float) -> RegimenRow:
    return next(
        r
        for r in regimen_sheet(load_protocol(protocol)).rows
        if (r.regimen.total_dose, r.regimen.n_fractions, r.tissue.alpha_beta)
        == (total, n_fractions, alpha_beta)
    )


@pytest.mark.parametrize(
    ("protocol", "total", "n", "alpha_beta", "bed", "eqd2"),
    [
        # BED = D (1 + d / (a/b)), EQD2 = D (d + a/b) / (2 + a/b)
        ("torch-r", 25, 5, 10, 37.5, 31.25),
        ("torch-r", 40, 5, 10, 72.0, 60.0),
        ("torch-r", 15, 5, 10, 19.5, 16.25),
        ("torch-r", 30, 5, 3, 90.0, 54.0),
        ("torch-r", 30, 5, 2, 120.0, 60.0),
        ("torch-r", 25, 5, 5.06, 25 * (1 + 5 / 5.06), 25 * 10.06 / 7.06),
        ("sparkle", 25, 5, 3, 66.66667, 40.0),
        ("sparkle", 25, 5, 10, 37.5, 31.25),
        ("tracer", 45, 25, 10, 53.1, 44.25),
        ("tracer", 50, 25, 10, 60.0, 50.0),
        ("tracer", 30, 15, 3, 50.0, 30.0),
        ("tracer", 30, 25, 3, 42.0, 25.2),
        ("tracer", 30, 25, 10, 33.6, 28.0),
    ],
)
def test_bed_and_eqd2_are_those_of_lq(
    protocol: str, total: float, n: int, alpha_beta: float, bed: float, eqd2: float
) -> None:
    found = row(protocol, total, n, alpha_beta)
    assert found.bed_gy == pytest.approx(bed, abs=1e-4)
    assert found.eqd2_gy == pytest.approx(eqd2, abs=1e-9)


@pytest.mark.parametrize("name", protocol_ids())
def test_isoeffective_doses_have_the_same_effect(name: str) -> None:
    for found in regimen_sheet(load_protocol(name)).rows:
        assert [n for n, _ in found.isoeffective] == [5, 15, 25]
        for n, dose in found.isoeffective:
            bed = dose * (1 + dose / n / found.tissue.alpha_beta)
            assert math.isclose(bed, found.bed_gy, rel_tol=1e-12)


@pytest.mark.parametrize(
    ("earlier", "regimen", "alpha_beta", "eqd2"),
    [
        ("50.4Gy/28", "30Gy/5", 3, 48.384 + 54.0),
        ("50.4Gy/28", "15Gy/5", 3, 48.384 + 18.0),
        ("50.4Gy/28", "30Gy/5", 2, 50.4 * 3.8 / 4 + 60.0),
        ("25Gy/5", "30Gy/5", 3, 40.0 + 54.0),
        ("25Gy/5", "30Gy/5", 2, 43.75 + 60.0),
    ],
)
def test_sums_after_earlier_treatment_add_the_courses_one_by_one(
    earlier: str, regimen: str, alpha_beta: float, eqd2: float
) -> None:
    (found,) = [
        r
        for r in regimen_sheet(load_protocol("torch-r")).after
        if (r.earlier.regimen, str(r.regimen), r.tissue.alpha_beta) == (earlier, regimen, alpha_beta)
    ]
    assert found.cumulative_eqd2_gy == pytest.approx(eqd2, abs=1e-9)
    assert found.given_after_pelvic_radiotherapy


def test_a_primary_regimen_is_not_what_the_protocol_gives_after_pelvic_radiotherapy() -> None:
    after = regimen_sheet(load_protocol("torch-r")).after
    assert {r.given_after_pelvic_radiotherapy for r in after if str(r.regimen) == "40Gy/5"} == {False}


def test_the_rule_on_the_earlier_dose_stands_beside() -> None:
    assert regimen_sheet(load_protocol("sparkle")).rules == (
        "after 50.4Gy/28: earlier dose < 50.4 Gy is not met (exactly at the limit)",
        "after 25Gy/5: earlier dose < 50.4 Gy is met (25.4 Gy below the limit)",
    )
    assert regimen_sheet(load_protocol("torch-r")).rules == ()


def test_a_record_without_a_dose_has_an_empty_sheet() -> None:
    sheet = regimen_sheet(load_protocol("toripalimab-sbrt-oligomet"))
    assert sheet.rows == ()
    assert "not specified by the record" in repr(sheet)
    assert "not specified by the record" in sheet._repr_html_()


def test_a_sheet_shows_itself_as_a_table() -> None:
    sheet = regimen_sheet(load_protocol("tracer"))
    assert len(sheet.records()) == len(sheet.rows) == 4 * 4
    assert "25.20" in sheet._repr_html_()
