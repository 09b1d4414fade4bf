"""``rtplan dvh``: any folder gives volumes and doses, or one clear message naming what is missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dicom_io.phantom import write_phantom
from rtplan.cli import main


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dvh") / "patient"
    write_phantom("pelvis-two-courses", folder)
    return folder


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["dvh", *words, "--json"]) == 0
    printed = capsys.readouterr()
    document: dict[str, Any] = json.loads(printed.out)
    return document


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the one line of a refusal: status 2, nothing on standard output."""
    assert main(["dvh", *words]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.strip().splitlines()
    return line


def test_the_document_has_the_keys_of_the_contract(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(
        capsys, str(patient / "second-course"), "--structure", "Bladder", "--metric", "D2cc[Gy]", "--curve"
    )
    assert found["schema"] == "rtplan.dvh/1"
    assert {entry["role"] for entry in found["inputs"]} == {"plan", "structures", "dose"}
    assert found["plan"]["n_fractions"] == 5
    (row,) = found["structures"]
    assert list(row) == [
        "name", "number", "volume_cc", "min_gy", "mean_gy", "max_gy", "covered_fraction", "metrics", "curve",
    ]  # fmt: skip
    assert list(row["metrics"]["D2cc[Gy]"]) == ["value", "uncertainty", "reason"]
    curve = row["curve"]
    assert curve["volume_cc"][0] == pytest.approx(row["volume_cc"])
    assert curve["dose_gy"][-1] == row["max_gy"]
    assert curve["volume_cc"] == sorted(curve["volume_cc"], reverse=True)


def test_the_ends_of_the_contours_are_half_a_slice_unless_asked_for_and_named(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (str(patient / "second-course"), "--structure", "Bladder")
    found = {
        caps: run_json(capsys, *words, "--end-caps", caps) for caps in ("half", "none", "interpolated-none")
    }
    assert run_json(capsys, *words)["end_caps"] == "half"
    assert [one["end_caps"] for one in found.values()] == list(found)
    volumes = [one["structures"][0]["volume_cc"] for one in found.values()]
    assert volumes[0] > volumes[1] > volumes[2]
    assert any("interpolated between planes" in text for text in found["interpolated-none"]["warnings"])
    main(["dvh", *words, "--end-caps", "none"])
    assert "end caps: 'none', as asked" in capsys.readouterr().out
    main(["dvh", *words])
    assert "end caps" not in capsys.readouterr().out


def test_structures_and_metrics_keep_the_files_and_the_callers_order(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run_json(capsys, str(patient / "second-course"), "--metric", "Mean[Gy]", "--metric", "D2cc[Gy]")
    assert [row["number"] for row in found["structures"]] == sorted(
        row["number"] for row in found["structures"]
    )
    assert list(found["structures"][0]["metrics"]) == ["Mean[Gy]", "D2cc[Gy]"]


def test_a_part_outside_the_grid_is_starred_and_its_metrics_say_why(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dvh", str(patient / "second-course"), "--structure", "SpinalCord"]) == 0
    printed = capsys.readouterr().out
    assert "0.09*" in printed
    assert "SpinalCord: not covered" in printed
    assert "what lies outside is unknown, not 0 Gy" in printed


@pytest.mark.parametrize(
    ("missing", "words"), [("RTDOSE.dcm", "RTDOSE"), ("RTSTRUCT.dcm", "RTSTRUCT")], ids=["dose", "structures"]
)
def test_a_missing_object_is_named(
    patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], missing: str, words: str
) -> None:
    folder = tmp_path / "incomplete"
    shutil.copytree(patient / "second-course", folder)
    for file in folder.rglob(missing):
        file.unlink()
    assert words in refusal(capsys, str(folder))


def test_structures_and_dose_without_a_plan_are_enough(
    patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("RTDOSE.dcm", "RTSTRUCT.dcm"):
        (file,) = (patient / "second-course").rglob(name)
        shutil.copy(file, tmp_path)
    found = run_json(capsys, str(tmp_path), "--structure", "Bladder")
    assert found["plan"] is None
    assert found["structures"][0]["volume_cc"] > 0
    assert any("plan" in warning for warning in found["warnings"])


def test_folders_without_dicom_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter.txt").write_text("no DICOM here")
    assert "no DICOM" in refusal(capsys, str(tmp_path))
    assert refusal(capsys, str(tmp_path / "nowhere"))


def test_an_unknown_structure_lists_those_present(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = refusal(capsys, str(patient / "second-course"), "--structure", "Blader")
    assert "'Blader'" in line
    assert "Bladder" in line.replace("'Blader'", "")


@pytest.mark.parametrize("metric", ["D0.03", "Q5[Gy]", "D-1cc[Gy]", "D0.03cc"])
def test_a_metric_that_is_none_is_refused(
    patient: Path, capsys: pytest.CaptureFixture[str], metric: str
) -> None:
    assert metric in refusal(capsys, str(patient / "second-course"), "--metric", metric)


def test_an_unknown_plan_is_refused(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, str(patient / "second-course"), "--plan", "nonsense")


def test_a_folder_of_both_courses_asks_for_a_choice(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refusal(capsys, str(patient))
    assert "choose one of" in line


REAL_SETS = {
    "dicompyler_boost_breast": (0, "Heart"),
    "eclipse81_rando_prostate": (0, "Bladder"),
    "eclipse_dvh_text": (2, "no DICOM"),
    "eclipse_proton_headphantom_rtion": (2, "RTDOSE"),
    "gammaplan102_contours": (2, "RTDOSE"),
    "mim_phantom_rtstruct": (2, "RTDOSE"),
    "monaco_tg119_ffs": (0, "Prostate"),
    "monaco_tinyvmat": (2, "RTDOSE"),
    "nelms_dvh_phantom_sphere_cylinder": (2, "choose one of"),
    "oncentra_simple_phantom": (2, "choose one of"),
    "orientation_rtdose_headers": (2, "RTSTRUCT"),
    "raystation12_proton_sobp": (0, "Cube"),
    "raystation_brain_srs_imrt": (0, "GTV_1"),
    "raystation_proton_ramp10": (0, "Cube101010"),
    "small_objects": (2, "choose one of"),
    "vitesse_hdr_prostate_phantom": (0, "Urethra"),
}


@pytest.mark.parametrize("name", sorted(REAL_SETS))
def test_every_real_set_gives_doses_or_one_clear_message(
    shared_data: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    status, words = REAL_SETS[name]
    assert main(["dvh", str(shared_data / "dicom" / name)]) == status
    printed = capsys.readouterr()
    if status == 2:
        assert printed.out == ""
        assert len(printed.err.strip().splitlines()) == 1
        assert words in printed.err
    else:
        assert words in printed.out


def test_no_real_set_is_left_out(shared_data: Path) -> None:
    assert {folder.name for folder in (shared_data / "dicom").iterdir() if folder.is_dir()} == set(REAL_SETS)
