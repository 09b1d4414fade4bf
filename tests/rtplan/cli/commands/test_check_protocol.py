"""What a protocol asks of radiotherapy, as rows of a plan check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dicom_io.phantom import write_phantom
from rtplan.cli import main

HEADER = "organ,n_fractions,metric,comparator,limit,unit,source,how_verified\n"


@pytest.fixture(scope="module")
def spine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("check-protocol")
    write_phantom("spine-sabr-2mm", folder / "spine")
    row = "SpinalCord,5,D0.035cc,<=,200,Gy,made up,own\n"
    (folder / "limits.csv").write_text(HEADER + row, encoding="utf-8")
    return folder


def words(spine: Path, *more: str) -> list[str]:
    return ["check", str(spine / "spine"), "--constraints", str(spine / "limits.csv"), *more]


def rows(capsys: pytest.CaptureFixture[str], spine: Path, *more: str) -> dict[str, dict[str, Any]]:
    assert main(words(spine, "--protocol", "torch-r", *more, "--json")) == 1
    document = json.loads(capsys.readouterr().out)
    return {row["metric"]: row for row in document["verdicts"] if row["set"] == "torch-r"}


def test_without_a_protocol_there_are_no_such_rows(spine: Path) -> None:
    assert main(words(spine)) == 0


def test_a_plan_alone_tells_the_distance_and_leaves_the_rest_open(
    spine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = rows(capsys, spine)
    assert "torch-r: radiotherapy-interval" in found
    assert found["torch-r: radiotherapy-interval"]["verdict"] == "not_evaluable"
    (cord,) = [row for row in found.values() if "spinal cord" in row["criterion"]]
    assert cord["status"] in ("not_met", "clinician", "unknown")
    assert cord["verdict"] in ("exceeds", "not_evaluable")
    assert not any("age" in metric.split(": ")[1].split("-") for metric in found)


def test_a_patient_file_answers_interval_and_earlier_radiotherapy(
    spine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patient = tmp_path / "patient.toml"
    patient.write_text("earlier_radiotherapy = []\n", encoding="utf-8")
    found = rows(capsys, spine, "--patient", str(patient))
    assert found["torch-r: radiotherapy-interval"]["verdict"] == "within"


def test_the_text_names_the_protocol_and_what_it_leaves_out(
    spine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(spine, "--protocol", "torch-r")) == 1
    text = capsys.readouterr().out
    assert "radiotherapy alone:" in text
    assert "every other criterion: rtplan protocol screen torch-r" in text


def test_wrong_words_are_refused(spine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more in (["--protocol", "nothing"], ["--patient", "x.toml"]):
        assert main(words(spine, *more)) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err
