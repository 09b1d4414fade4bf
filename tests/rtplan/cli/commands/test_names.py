"""``rtplan names``: what each structure stands for, and a proposal for the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dicom_io.phantom import write_phantom
from rtplan.cli import main
from rtplan.structures import NamesQuestion, names_of_folder


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names") / "patient"
    write_phantom("pelvis-two-courses", folder)
    return folder / "second-course"


def test_every_structure_is_answered_in_file_order(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["names", str(patient), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "rtplan.names/1"
    numbers = [row["number"] for row in found["structures"]]
    assert numbers == sorted(numbers)
    bladder = next(row for row in found["structures"] if row["name"] == "Bladder")
    assert (bladder["standard"], bladder["evidence"], bladder["near_names"]) == ("Bladder", "exact", [])


def test_the_text_shows_evidence(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["names", str(patient)]) == 0
    assert "Bladder  (exact)" in capsys.readouterr().out


def test_a_proposal_is_written_and_can_be_read_back(
    patient: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "names.csv"
    assert main(["names", str(patient), "--propose", str(file)]) == 0
    assert file.read_text(encoding="utf-8").startswith("written,standard,confirmed_by,note")
    assert main(["names", str(patient), "--names", str(file)]) == 0
    file.write_text("other", encoding="utf-8")
    assert main(["names", str(patient), "--propose", str(file)]) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_a_folder_without_structures_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["names", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err


def test_a_file_that_is_no_dictionary_is_refused_and_not_taken_for_an_empty_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "names.csv"
    for content, words in (
        (b"name,organ\nCord,SpinalCord\n", "lacks written, standard, confirmed_by"),
        (b"\xff\xfe\x00\xd8", "cannot be read as text"),
        (b"", "lacks written"),
    ):
        path.write_bytes(content)
        assert main(["names", str(tmp_path), "--names", str(path)]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert words in printed.err


def test_the_names_of_the_clinics_file_count_and_may_not_disagree(
    patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clinic = tmp_path / "clinic.toml"
    clinic.write_text(
        '[[names]]\nwritten = "GTV"\nstandard = "Bladder"\nconfirmed_by = "N. N."\n', encoding="utf-8"
    )
    question = NamesQuestion(folder=patient, clinic=clinic)
    answer = names_of_folder(question)
    assert next(s.standard for s in answer.structures if s.name == "GTV") == "Bladder"
    assert [record.role for record in answer.inputs] == ["clinic"]
    other = tmp_path / "names.csv"
    other.write_text("written,standard,confirmed_by,note\nGTV,Rectum,N. N.,\n", encoding="utf-8")
    assert main(["names", str(patient), "--clinic", str(clinic), "--names", str(other)]) == 2
    assert "in the clinic's file" in capsys.readouterr().err
