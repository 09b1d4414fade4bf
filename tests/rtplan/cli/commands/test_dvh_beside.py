"""``rtplan dvh --stored`` and ``--cross-check``: other sources beside ours, never instead of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pydicom
import pytest

from rtplan.cli import main


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["dvh", *words, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_stored_dvhs_of_the_dose_file_stand_beside_ours(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(shared_data / "dicom" / "dicompyler_boost_breast")
    (plain,) = run_json(capsys, folder, "--structure", "Heart")["structures"]
    (row,) = run_json(capsys, folder, "--structure", "Heart", "--stored")["structures"]
    stored = row.pop("stored")
    assert row == plain
    assert (stored["source"], stored["name"]) == ("RTDOSE", "Heart")
    assert stored["volume_cc"] == pytest.approx(437.4623175)
    mean = stored["metrics"]["Mean[Gy]"]
    assert abs(mean["value"] - row["mean_gy"]) < mean["uncertainty"]
    assert stored["differences"]["Mean[Gy]"] == pytest.approx(row["mean_gy"] - mean["value"])


def test_a_text_export_stands_beside_ours(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared_data / "dicom" / "eclipse81_rando_prostate"
    export = str(folder / "DVH_Eclipse_export.txt")
    found = run_json(capsys, str(folder), "--structure", "PTV", "--structure", "CTV", "--stored", export)
    rows = {row["name"]: row["stored"] for row in found["structures"]}
    assert rows["PTV"]["metrics"]["Mean[Gy]"]["value"] == pytest.approx(0.997 * 46)
    assert abs(rows["PTV"]["differences"]["D50%[Gy]"]) < 0.05
    assert "holds no DVH of this structure" in rows["CTV"]["reason"]


def test_a_text_export_of_another_plan_is_said_to_be_one(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, export = shared_data / "dicom" / "eclipse81_rando_prostate", "eclipse_dvh_text/Jane_Doe.dvh"
    found = run_json(
        capsys, str(folder), "--structure", "PTV", "--stored", str(shared_data / "dicom" / export)
    )
    assert any("another plan label" in warning for warning in found["warnings"])
    assert "Jane" not in json.dumps(found)


def test_a_dose_without_stored_dvhs_says_so(two_courses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(capsys, str(two_courses / "second-course"), "--structure", "Bladder", "--stored")
    assert "the dose file stores no DVHs" in found["warnings"]
    assert found["structures"][0]["stored"]["metrics"] == {}


def test_the_second_engine_agrees_on_a_large_organ_and_is_explained_on_a_small_one(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(shared_data / "dicom" / "dicompyler_boost_breast")
    words = [folder, "--structure", "Heart", "--structure", "Scar", "--cross-check"]
    heart, scar = (row["cross_check"] for row in run_json(capsys, *words)["structures"])
    assert heart["source"] == "dicompyler-core"
    assert abs(heart["differences"]["Mean[Gy]"]) < 0.01
    assert heart["findings"] == []
    assert "whole dose voxels" in scar["findings"][0]


def test_the_tables_name_both_sources(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(shared_data / "dicom" / "dicompyler_boost_breast")
    assert main(["dvh", folder, "--structure", "Scar", "--stored", "--cross-check"]) == 0
    printed = capsys.readouterr().out
    assert "ours beside: RTDOSE" in printed
    assert "ours beside: dicompyler-core" in printed
    assert "percent instead of Gy" in printed


def test_a_dose_of_several_files_has_no_second_engine(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(shared_data / "dicom" / "oncentra_simple_phantom" / "simple_phantom_case")
    assert main(["dvh", folder, "--cross-check"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "sum of 3 files" in printed.err


EXPORT = (
    "Patient ID           : {patient}\nType                 : Cumulative Dose Volume Histogram\n\nPlan: P1\n"
    "\nStructure: Bladder\nVolume [cm\u00b3]: 100.0\n\n"
    "Dose [Gy]   Ratio of Total Structure Volume [%]\n0.0 100.0\n20.0 50.0\n30.0 0.0\n"
)


def test_a_text_export_of_another_patient_is_asked_about_and_shows_nobody(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = two_courses / "second-course"
    own = str(pydicom.dcmread(folder / "RTSTRUCT.dcm", stop_before_pixels=True).PatientID)
    asked = {}
    for patient in (own, "SOMEBODY-ELSE"):
        export = tmp_path / "export.txt"
        export.write_text(EXPORT.format(patient=patient), encoding="utf-8")
        told = run_json(capsys, str(folder), "--structure", "Bladder", "--stored", str(export))
        asked[patient] = any("not this patient's: patient ID" in warning for warning in told["warnings"])
        assert "SOMEBODY" not in json.dumps(told)
    assert asked == {own: False, "SOMEBODY-ELSE": True}
