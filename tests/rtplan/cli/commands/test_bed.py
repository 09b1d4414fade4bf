"""``rtplan bed`` and ``rtplan isoeffect``."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from rtplan.cli import main

ROW_KEYS = {
    "regimen",
    "band",
    "total_dose_gy",
    "n_fractions",
    "dose_per_fraction_gy",
    "alpha_beta_gy",
    "model",
    "bed_gy",
    "eqd2_gy",
    "reason",
}


def document(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> dict[str, Any]:
    """Run a command with --json and return its document; nothing else may be on standard output."""
    assert main([*words, "--json"]) == status
    captured = capsys.readouterr()
    assert captured.err == ""
    read: dict[str, Any] = json.loads(captured.out)
    return read


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command that must be refused and return its one message."""
    assert main(list(words)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err
    return captured.err


def test_rows_hold_every_key_of_the_contract_in_input_order(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "bed", "50.4Gy/28", "5x5", "--alpha-beta", "3", "--alpha-beta", "10")
    assert found["schema"] == "rtplan.bed/1"
    assert found["label"] == "at a point that receives the prescribed dose"
    assert all(set(row) >= ROW_KEYS for row in found["rows"])
    assert [(row["regimen"], row["alpha_beta_gy"]) for row in found["rows"]] == [
        ("50.4Gy/28", 3.0),
        ("50.4Gy/28", 10.0),
        ("25Gy/5", 3.0),
        ("25Gy/5", 10.0),
    ]
    assert [row["bed_gy"] for row in found["rows"]] == pytest.approx([80.64, 59.472, 66.6667, 37.5], abs=1e-4)
    assert [row["eqd2_gy"] for row in found["rows"]] == pytest.approx([48.384, 49.56, 40.0, 31.25], abs=1e-9)


def test_a_band_gives_its_two_ends_as_two_rows(capsys: pytest.CaptureFixture[str]) -> None:
    rows = document(capsys, "bed", "25–40Gy/5fx", "--alpha-beta", "10")["rows"]
    assert [(row["regimen"], row["band"], row["bed_gy"]) for row in rows] == [
        ("25Gy/5", "25-40Gy/5", pytest.approx(37.5)),
        ("40Gy/5", "25-40Gy/5", pytest.approx(72.0)),
    ]
    assert [row["dose_per_fraction_gy"] for row in rows] == [5.0, 8.0]


def test_a_text_without_units_is_echoed_as_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "bed", "5x5", "--alpha-beta", "3")
    assert found["warnings"] == ["'5x5' has no unit: read as 5 fractions of 5 Gy"]


def test_twice_daily_without_a_repair_half_time_has_no_bed_but_its_lower_bound(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (row,) = document(capsys, "bed", "39Gy/26 BID", "--alpha-beta", "3")["rows"]
    assert row["bed_gy"] is None
    assert row["eqd2_gy"] is None
    assert row["bed_full_repair_gy"] == pytest.approx(58.5)
    assert "repair_half_time_h and interval_h not stated" in row["reason"]


@pytest.mark.parametrize("name", ["repair_half_time_h", "repair_half_time"])
def test_twice_daily_with_a_repair_half_time_and_interval(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--param", f"{name}=1.5", "--param", "interval_h=6"]
    (row,) = document(capsys, "bed", "40.8Gy/34 BID", "--alpha-beta", "3", *words)["rows"]
    # h2 = 2^-4: 40.8 (1 + 1.0625 x 1.2 / 3)
    assert row["bed_gy"] == pytest.approx(58.14)
    assert row["eqd2_gy"] == pytest.approx(34.884)
    assert row["reason"] is None
    assert row["bed_full_repair_gy"] == pytest.approx(57.12)


def test_a_sequence_is_converted_phase_by_phase(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = document(capsys, "bed", "25Gy/5 + 50Gy/25", "--alpha-beta", "3")["rows"]
    assert row["eqd2_gy"] == pytest.approx(90.0)
    assert (row["total_dose_gy"], row["n_fractions"], row["dose_per_fraction_gy"]) == (75.0, 30, None)
    assert "no dose per fraction of its own" in row["reason"]


def test_lql_stands_beside_lq_never_instead(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--model", "lql", "--param", "transition_dose=6.2", "gamma_over_alpha=5"]
    rows = document(capsys, "bed", "36.25Gy/5", "--alpha-beta", "3.1", *words)["rows"]
    assert [(row["model"], row["eqd2_gy"]) for row in rows] == [
        ("lq", pytest.approx(36.25 * 10.35 / 5.1)),
        ("lql", pytest.approx(72.49, abs=0.005)),
    ]


def test_the_usc_is_shown_at_the_alpha_beta_its_parameters_give(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--model", "usc", "--param", "alpha=0.33", "d0=1.25", "dq=1.8"]
    rows = document(capsys, "bed", "54Gy/3", "--alpha-beta", "10", *words)["rows"]
    assert [row["model"] for row in rows] == ["lq", "lq", "usc"]
    assert [row["alpha_beta_gy"] for row in rows] == pytest.approx([10, 8.605, 8.605], abs=1e-3)
    assert rows[2]["bed_gy"] == pytest.approx(3 * (18 - 1.8) / (0.33 * 1.25))


def test_mlq_and_lqc_need_their_own_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--model", "mlq", "lqc", "--param", "delta=0.15", "straight_dose=20"]
    rows = document(capsys, "bed", "54Gy/3", "--alpha-beta", "10", *words)["rows"]
    assert [row["model"] for row in rows] == ["lq", "mlq", "lqc"]
    assert [row["bed_gy"] for row in rows] == pytest.approx([151.2, 101.13, 122.04], abs=0.01)


def test_beyond_its_straight_dose_lqc_has_no_value_but_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--model", "lqc", "--param", "straight_dose=15"]
    found = document(capsys, "bed", "54Gy/3", "--alpha-beta", "10", *words)
    assert found["rows"][1]["bed_gy"] is None
    assert "not defined at this dose per fraction" in found["rows"][1]["reason"]
    assert len(found["warnings"]) == 2


def test_several_a_day_under_high_dose_models(capsys: pytest.CaptureFixture[str]) -> None:
    lql = ["--model", "lql", "--param", "transition_dose=7", "gamma_over_alpha=5"]
    repair = ["repair_half_time_h=5", "interval_h=6"]
    rows = document(capsys, "bed", "30Gy/10 BID", "--alpha-beta", "3.5", *lql, *repair)["rows"]
    assert rows[1]["bed_gy"] == pytest.approx(rows[0]["bed_gy"])
    assert rows[1]["bed_gy"] == pytest.approx(30 * (1 + (1 + 2 ** (-6 / 5)) * 3 / 3.5))
    above = document(capsys, "bed", "80Gy/10 BID", "--alpha-beta", "3.5", *lql, *repair)["rows"]
    assert above[1]["bed_gy"] is None
    assert "not defined" in above[1]["reason"]
    missing = document(capsys, "bed", "30Gy/10 BID", "--alpha-beta", "3.5", *lql)["rows"]
    assert "not stated" in missing[1]["reason"]
    usc = ["--model", "usc", "--param", "alpha=0.33", "d0=1.25", "dq=1.8", *repair]
    assert "usc is not defined for several fractions a day" in str(
        document(capsys, "bed", "30Gy/10 BID", "--alpha-beta", "3.5", *usc)["rows"][2]["reason"]
    )


@pytest.mark.parametrize(
    "model",
    [
        [],
        ["--model", "lql", "--param", "transition_dose=7", "gamma_over_alpha=5"],
        ["--model", "mlq", "--param", "delta=0.1"],
    ],
)
def test_h24_a_protracted_source_has_no_bed_without_its_dose_rate(
    model: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = document(capsys, "bed", "145Gy/1 permanent implant", "--alpha-beta", "3", *model)["rows"]
    for row in rows:
        assert row["bed_gy"] is None
        assert "dose rate" in row["reason"]


def test_above_ten_gray_per_fraction_the_warning_travels_with_the_document(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = document(capsys, "bed", "54Gy/3", "--alpha-beta", "10")
    assert found["rows"][0]["bed_gy"] == pytest.approx(151.2)
    assert found["warnings"] == [
        "54Gy/3: 18 Gy per fraction: LQ is disputed above 10 Gy per fraction; "
        "show a high-dose model beside it"
    ]


def test_infinite_alpha_beta_is_written_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = document(capsys, "bed", "25Gy/5", "--alpha-beta", "inf")["rows"]
    assert (row["alpha_beta_gy"], row["bed_gy"], row["eqd2_gy"]) == ("inf", 25.0, 25.0)


def test_inputs_are_recorded_by_the_hash_of_their_text(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "bed", "50.4Gy/28", "--alpha-beta", "3")
    expected = hashlib.sha256(b"50.4Gy/28").hexdigest()
    assert found["inputs"] == [{"role": "regimen", "sha256": expected, "uid": None, "data_set_sha256": None}]


@pytest.mark.parametrize(
    "words",
    [
        ["bed", "--alpha-beta", "3", "10", "25Gy/5", "50.4Gy/28"],
        ["bed", "25Gy/5", "50.4Gy/28", "--alpha-beta", "3", "10"],
        ["bed", "25Gy/5", "50.4Gy/28", "--alpha-beta=3", "--alpha-beta", "10", "--alpha-beta", "3"],
        ["bed", "--alpha-beta", "3", "--alpha-beta", "10", "25Gy/5", "50.4Gy/28"],
    ],
)
def test_options_stand_before_or_after_the_regimens(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = document(capsys, *words)["rows"]
    assert [(row["regimen"], row["alpha_beta_gy"]) for row in rows] == [
        ("25Gy/5", 3.0),
        ("25Gy/5", 10.0),
        ("50.4Gy/28", 3.0),
        ("50.4Gy/28", 10.0),
    ]


def test_the_table_for_a_person_shows_numbers_bands_and_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bed", "25-40Gy/5fx", "39Gy/26 BID", "5x5", "--alpha-beta", "3", "inf"]) == 0
    captured = capsys.readouterr()
    assert "40.00" in captured.out
    assert "25Gy/5: an end of the band 25-40Gy/5" in captured.out
    assert "a lower bound, BED 58.50 Gy and EQD2 35.10 Gy at alpha/beta 3 Gy" in captured.out
    assert "warning: '5x5' has no unit" in captured.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["30Gy/0", "--alpha-beta", "3"], "above zero"),
        (["30Gy", "--alpha-beta", "3"], "in how many fractions"),
        (["1800/5", "--alpha-beta", "3"], "did you pass cGy"),
        (["25Gy/5"], "--alpha-beta"),
        (["25Gy/5", "--alpha-beta", "0"], "above 0 Gy"),
        (["25Gy/5", "--alpha-beta", "-3"], "above 0 Gy"),
        (["25Gy/5", "--alpha-beta", "nan"], "above 0 Gy"),
        (["25Gy/5", "--alpha-beta", "three"], "above 0 Gy"),
        (["25Gy/5", "--alpha-beta", "3", "--model", "lql"], "lql needs transition_dose and gamma_over_alpha"),
        (["25Gy/5", "--alpha-beta", "3", "--model", "usc"], "usc needs alpha and d0 and dq"),
        (["25Gy/5", "--alpha-beta", "3", "--model", "best"], "invalid choice"),
        (["25Gy/5", "--alpha-beta", "3", "--param", "gamma=5"], "is no parameter"),
        (["25Gy/5", "--alpha-beta", "3", "--param", "alpha"], "is no parameter"),
        (["25Gy/5", "--alpha-beta", "3", "--param", "alpha=x"], "a finite number above 0"),
        (["25Gy/5", "--alpha-beta", "3", "--param", "alpha=1", "alpha=2"], "stated twice"),
    ],
)
def test_what_cannot_be_meant_is_one_message_and_status_two(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refusal(capsys, "bed", *words)


def test_isoeffect_rows_hold_every_key_of_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    rows = document(capsys, "isoeffect", "25Gy/5", "--alpha-beta", "3", "--fractions", "1", "25")["rows"]
    for row in rows:
        assert {"alpha_beta_gy", "n_fractions", "total_dose_gy", "dose_per_fraction_gy", "bed_gy"} <= set(row)
        d = row["dose_per_fraction_gy"]
        assert row["n_fractions"] * d * (1 + d / 3) == pytest.approx(66.6667, abs=1e-4)
        assert row["total_dose_gy"] == pytest.approx(row["n_fractions"] * d)
        assert row["bed_gy"] == pytest.approx(66.6667, abs=1e-4)


def test_isoeffect_for_a_fraction_size_gives_the_whole_numbers_and_what_they_miss(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = document(capsys, "isoeffect", "60Gy/20", "--alpha-beta", "10", "--dose-per-fraction", "2")["rows"]
    assert [(row["n_fractions"], row["bed_error_gy"]) for row in rows] == [
        (32, pytest.approx(-1.2)),
        (33, pytest.approx(1.2)),
    ]
    assert [row["n_fractions_exact"] for row in rows] == pytest.approx([32.5, 32.5])


def test_isoeffect_of_a_band_and_of_several_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    rows = document(capsys, "isoeffect", "25-40Gy/5", "--alpha-beta", "3", "--fractions", "5")["rows"]
    assert [(row["regimen"], row["band"], row["total_dose_gy"]) for row in rows] == [
        ("25Gy/5", "25-40Gy/5", pytest.approx(25)),
        ("40Gy/5", "25-40Gy/5", pytest.approx(40)),
    ]
    words = ["39Gy/26 BID", "--alpha-beta", "3", "--fractions", "25", "--dose-per-fraction", "2"]
    for row in document(capsys, "isoeffect", *words)["rows"]:
        assert row["total_dose_gy"] is None
        assert "not stated" in row["reason"]


def test_isoeffect_prints_a_table_with_its_notes(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["25Gy/5", "--alpha-beta", "10", "--dose-per-fraction", "2", "--fractions", "1"]
    assert main(["isoeffect", *words]) == 0
    captured = capsys.readouterr()
    assert "15.62 fractions of 2 Gy would match" in captured.out
    assert "15 Gy per fraction: LQ is disputed" in captured.err
    assert main(["isoeffect", "39Gy/26 BID", "--alpha-beta", "3", "--fractions", "25"]) == 0
    assert "39Gy/26 BID: 2 fractions a day" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["25Gy/5", "--alpha-beta", "3"], "add --fractions N"),
        (["25Gy/5", "--alpha-beta", "3", "--fractions", "0"], "whole number of at least 1"),
        (["25Gy/5", "--alpha-beta", "3", "--fractions", "2.5"], "whole number of at least 1"),
        (["25Gy/5", "--alpha-beta", "3", "--dose-per-fraction", "0"], "above 0 Gy"),
        (["25Gy/5", "--alpha-beta", "3", "--dose-per-fraction", "two"], "above 0 Gy"),
        (["25Gy", "--alpha-beta", "3", "--fractions", "5"], "in how many fractions"),
    ],
)
def test_isoeffect_refusals(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert message in refusal(capsys, "isoeffect", *words)
