"""``rtplan selftest`` shows every published example and fails when one does not hold."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from bed.published import OracleCheck
from bed.published.oracles import check_oracle, oracle_rows
from rtplan.cli import main
from rtplan.cli.commands.carried import selftest


def test_all_published_examples_hold_on_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selftest"]) == 0
    printed = capsys.readouterr().out
    for row in oracle_rows():
        assert f"{row.id:<5} ok" in printed
        assert row.source in printed
    assert "134 published examples recomputed, 43 of them unverified transcriptions; all hold." in printed


def test_the_json_document_holds_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selftest", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "rtplan.selftest/1"
    assert [row["id"] for row in document["rows"]] == [row.id for row in oracle_rows()]
    first = document["rows"][0]
    assert (first["expected"], first["got"], first["tolerance"], first["tag"]) == (100, 100, 0.05, "R")
    assert first["reason"] is None
    assert document["n_failed"] == 0


@pytest.mark.parametrize(("got", "shown"), [(101.0, 101.0), (math.nan, None), (math.inf, None)])
def test_one_wrong_number_fails_the_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], got: float, shown: float | None
) -> None:
    right = [check_oracle(row) for row in oracle_rows()[:3]]
    wrong: list[OracleCheck] = [replace(right[0], got=got), *right[1:]]
    monkeypatch.setattr(selftest, "check_oracles", lambda: wrong)
    assert main(["selftest"]) == 1
    printed = capsys.readouterr().out
    assert "E001  FAILS" in printed
    assert "1 FAIL: E001." in printed
    assert main(["selftest", "--json"]) == 1
    row = json.loads(capsys.readouterr().out)["rows"][0]
    assert row["got"] == shown
    assert row["holds"] is False
    assert (row["reason"] is None) == (shown is not None)
