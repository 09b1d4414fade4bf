from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from dicom_io.phantom import CASES
from rtplan.cli import main
from rtplan.cli.commands.carried.phantom import add_subparser


def document(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    status = main(["phantom", *words, "--json"])
    output = capsys.readouterr()
    assert status == 0, output.err
    assert output.err == ""
    found: dict[str, object] = json.loads(output.out)
    return found


def test_one_case_goes_into_the_folder_itself(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = document(capsys, "--out", str(tmp_path / "out"), "--case", "sphere")
    assert found["schema"] == "rtplan.phantom/1"
    assert {"version", "inputs", "warnings"} <= set(found)
    (row,) = found["cases"]  # type: ignore[misc]
    assert row["folder"] == "."
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(row["files"])


def test_the_document_holds_no_path_of_the_machine(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found = document(capsys, "--out", str(tmp_path / "out"), "--case", "sphere")
    assert str(tmp_path) not in json.dumps(found)


def test_closed_forms_stand_beside_the_ideal_solid(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found = document(capsys, "--out", str(tmp_path / "out"), "--case", "sphere")
    (row,) = found["cases"]  # type: ignore[misc]
    sphere = next(s for s in row["structures"] if s["name"] == "Sphere")
    assert row["ideal"]["volume_cc"] == pytest.approx(4 / 3 * 3.14159265 * 1.2**3)
    assert sphere["volume_cc"] == pytest.approx(row["ideal"]["volume_cc"], rel=2e-3)
    (dose,) = sphere["doses"]
    assert dose["mean_gy"] == pytest.approx(30)
    assert dose["d0_03cc_gy"] == pytest.approx(row["ideal"]["d0_03cc_gy"], abs=0.3)


def test_what_has_no_closed_form_says_why(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = document(capsys, "--out", str(tmp_path / "out"), "--case", "spine-sabr-2mm")
    (row,) = found["cases"]  # type: ignore[misc]
    external = next(s for s in row["structures"] if s["name"] == "External")
    (dose,) = external["doses"]
    assert dose["mean_gy"] is None
    assert "dose grid" in dose["reason"]
    assert row["distances"] == [
        {"from": "GTV", "to": "SpinalCord", "distance_mm": 2.0, "between_planes_mm": 2.0}
    ]


def test_the_text_says_what_was_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["phantom", "--out", str(tmp_path / "out"), "--case", "spine-sabr-5mm-across"]) == 0
    text = capsys.readouterr().out
    assert "77 files written" in text
    assert "GTV to SpinalCord: 5 mm between slabs, 6 mm between contour planes" in text


def test_the_two_course_pelvis_is_written_unless_another_is_asked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["phantom", "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "registration.dcm").is_file()
    text = capsys.readouterr().out
    assert "GTV of first-course" in text
    assert "GTV of second-course" in text
    assert "Bladder  " in text


def test_all_cases_get_a_folder_each(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dicom_io.phantom.write.CASES", ("sphere", "cone"))
    found = document(capsys, "--out", str(tmp_path / "out"), "--case", "all")
    assert [row["folder"] for row in found["cases"]] == ["sphere", "cone"]  # type: ignore[attr-defined]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["cone", "sphere"]


def test_nothing_is_overwritten_without_being_told_to(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cone").mkdir()
    (tmp_path / "cone" / "mine.txt").write_text("mine")
    monkeypatch.setattr("dicom_io.phantom.write.CASES", ("sphere", "cone"))
    assert main(["phantom", "--out", str(tmp_path), "--case", "all"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "folder cone is not empty" in output.err
    assert str(tmp_path) not in output.err
    assert not (tmp_path / "sphere").exists()
    assert main(["phantom", "--out", str(tmp_path), "--case", "all", "--overwrite"]) == 0
    assert (tmp_path / "cone" / "mine.txt").read_text() == "mine"


def test_an_unknown_case_is_refused_with_those_there_are(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["phantom", "--out", str(tmp_path / "out"), "--case", "cube"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "'cube'" in output.err
    assert "sphere" in output.err
    assert not (tmp_path / "out").exists()


def test_a_folder_to_write_into_has_to_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["phantom"]) == 2
    assert "--out" in capsys.readouterr().err


def test_the_help_lists_the_cases() -> None:
    parser = argparse.ArgumentParser()
    text = add_subparser(parser.add_subparsers()).format_help()
    assert all(case in text.replace("\n", "").replace(" ", "") for case in CASES)
