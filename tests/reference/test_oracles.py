"""Every row of the table of published answers is recomputed; none may be dropped."""

from __future__ import annotations

import csv
import math
from importlib import resources
from pathlib import Path

import pytest

from bed.errors import BedValueError
from bed.published import OracleCheck, oracles
from bed.published.oracles import CALLS, RECONSTRUCTED_INPUTS, OracleRow, check_oracle, oracle_rows

PACKAGED = resources.files("bed.published").joinpath("data/oracles.csv")
ROWS_AT_HAND = 134


def marked(row: OracleRow) -> object:
    return pytest.param(row, id=row.id, marks=() if row.verified else pytest.mark.unverified)


@pytest.mark.parametrize("row", [marked(row) for row in oracle_rows()])
def test_the_published_answer_is_recomputed_within_its_tolerance(row: OracleRow) -> None:
    check = check_oracle(row)
    assert check.holds, f"{row.model}, {row.inputs}: {check.got} instead of {row.expected} ({row.source})"


def test_every_row_has_a_call_and_every_call_a_row() -> None:
    identifiers = [row.id for row in oracle_rows()]
    assert len(set(identifiers)) == len(identifiers)
    assert set(CALLS) == set(identifiers)
    assert set(RECONSTRUCTED_INPUTS) <= set(identifiers)


def test_no_row_is_silently_dropped() -> None:
    with PACKAGED.open(encoding="utf-8", newline="") as table:
        in_the_file = [row["id"] for row in csv.DictReader(table)]
    assert [row.id for row in oracle_rows()] == in_the_file
    assert len(in_the_file) >= ROWS_AT_HAND


def test_the_packaged_table_is_the_shared_one(shared_data: Path) -> None:
    shared = (shared_data / "oracles" / "radiobiology.csv").read_text(encoding="utf-8")
    assert PACKAGED.read_text(encoding="utf-8") == shared


def test_every_row_has_a_known_tag_a_source_and_a_positive_tolerance() -> None:
    for row in oracle_rows():
        assert row.tag in {"R", "S", "M", "I"}
        assert row.source
        assert 0 < row.tolerance < math.inf
        assert math.isfinite(row.expected)


def test_a_row_without_a_call_is_an_error_and_not_a_pass() -> None:
    stranger = OracleRow(id="E999", model="x", inputs="x", expected=1, tolerance=1, tag="R", source="x")
    with pytest.raises(BedValueError, match="no call recomputes row E999"):
        check_oracle(stranger)


def test_a_wrong_answer_and_a_nan_do_not_hold() -> None:
    row = OracleRow(id="E001", model="x", inputs="x", expected=100, tolerance=0.05, tag="R", source="x")
    assert OracleCheck(row=row, got=100.04, notes=()).holds
    assert not OracleCheck(row=row, got=100.06, notes=()).holds
    assert not OracleCheck(row=row, got=math.nan, notes=()).holds


def test_a_planted_error_in_the_model_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracles, "bed_from_dose", lambda dose, n, alpha_beta: dose * (1 + 2 / alpha_beta))
    failed = [check.row.id for check in map(check_oracle, oracle_rows()) if not check.holds]
    assert {"E006", "E028", "E037"} <= set(failed)


def test_warnings_of_a_call_travel_with_its_check() -> None:
    (row,) = (row for row in oracle_rows() if row.id == "E068")
    assert any("unrepaired" in note for note in check_oracle(row).notes)


def test_reconstructed_inputs_are_said_to_be_so() -> None:
    (row,) = (row for row in oracle_rows() if row.id == "E152")
    assert any(note.startswith("inputs reconstructed: 40 Gy") for note in check_oracle(row).notes)


def test_the_whole_table_holds() -> None:
    checks = oracles.check_oracles()
    assert [check.row for check in checks] == list(oracle_rows())
    assert all(check.holds for check in checks)


def test_pitfall_5_27_the_rounded_ln_2_of_a_program_shows_in_its_last_digit() -> None:
    (row,) = (row for row in oracle_rows() if row.id == "E089")
    exact = oracles.bed_from_dose(50, 25, 7.2) - math.log(2) / (0.35 * 5) * (35 - 21)
    assert abs(exact - row.expected) > row.tolerance
    assert exact == pytest.approx(row.expected, abs=2e-3)
