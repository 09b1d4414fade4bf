"""``rtplan constraints``: list, show, verify, diff and export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rtplan.cli import main
from rtplan.limits import constraint_sets, load_constraint_set, read_constraint_file

ALL_SETS = [entry.name for entry in constraint_sets()]


def run_json(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> dict[str, Any]:
    assert main(["constraints", *words, "--json"]) == status
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_the_list_has_every_set_with_its_hash(capsys: pytest.CaptureFixture[str]) -> None:
    rows = run_json(capsys, "list")["sets"]
    assert [row["set"] for row in rows] == ALL_SETS
    for row in rows:
        assert row["sha256"] == load_constraint_set(row["set"]).sha256
        assert row["citation"]
        assert sum(row["verification"].values()) == row["rows"]


def test_a_set_is_shown_row_by_row(capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(capsys, "show", "hytec", "--organ", "SpinalCord")
    assert found["rows"][0]["limit"] == [12.4, 14.0]
    assert {row["role"] for row in found["rows"]} == {"limit", "alternate"}
    assert all(row["verification"] for row in found["rows"])


def test_text_says_what_is_no_limit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["constraints", "show", "quantec", "--organ", "SpinalCord"]) == 0
    text = capsys.readouterr().out
    assert "[risk point, not a limit]" in text
    assert "check the original before clinical use" in text


def test_an_organ_that_a_set_lacks_lists_near_names(capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(capsys, "show", "tg101-2010", "--organ", "SpinalCor")
    assert found["rows"] == []
    assert "near names: SpinalCord" in found["warnings"][0]


def test_the_shipped_sets_verify_and_show_what_is_odd_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    rows = run_json(capsys, "verify")["sets"]
    assert [row["set"] for row in rows] == ALL_SETS
    assert not any(row["changed"] or row["conflicts"] or row["unknown_names"] for row in rows)
    odd = {row["set"]: [f["text"] for f in row["findings"]] for row in rows if row["findings"]}
    assert set(odd) == {"tg101-2010", "quantec", "uk-type-poster"}
    assert main(["constraints", "verify", "tg101-2010"]) == 0
    assert "38 agrees, 1 decided" in capsys.readouterr().out


def test_an_unknown_organ_of_a_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "clinic.csv"
    path.write_text(
        "organ,n_fractions,metric,comparator,limit,unit,source,how_verified\n"
        "Rectun,5,Dmax,<=,38,Gy,made up,own\n",
        encoding="utf-8",
    )
    (row,) = run_json(capsys, "verify", str(path), status=1)["sets"]
    assert row["unknown_names"] == [{"name": "Rectun", "near_names": ["Rectum"]}]


def test_two_editions_differ_and_a_set_does_not_differ_from_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_json(capsys, "diff", "uk-sabr-2018", "uk-sabr-2018")["differences"] == []
    rows = run_json(capsys, "diff", "tg101-2010", "timmerman-2021")["differences"]
    rectum = [r for r in rows if r["organ"] == "Rectum" and r["n_fractions"] == "5"]
    assert {"organ": "Rectum", "n_fractions": "5", "metric": "D0.035cc[Gy]", "priority": "",
            "in_a": "<= 38 Gy", "in_b": "<= 55 Gy"} in rectum  # fmt: skip
    assert main(["constraints", "diff", "uk-sabr-2018", "uk-sabr-2018"]) == 0
    assert "the same limits" in capsys.readouterr().out


@pytest.mark.parametrize("name", ALL_SETS)
def test_an_exported_set_reads_back_the_same(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "own.csv"
    assert main(["constraints", "export", name, "--out", str(file)]) == 0
    original, again = load_constraint_set(name), read_constraint_file(file)
    assert [(c.key, c.limit, c.note) for c in again.constraints] == [
        (c.key, c.limit, c.note) for c in original.constraints
    ]


@pytest.mark.parametrize(
    "words", [["show", "nothing"], ["diff", "hytec", "nothing"], ["verify", "nothing"], []]
)
def test_wrong_words_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["constraints", *words]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err
