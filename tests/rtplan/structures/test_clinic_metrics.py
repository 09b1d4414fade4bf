"""A clinic's file beside the DVHs of a folder: used or named, entry by entry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rtplan.cli import main
from rtplan.structures import DvhQuestion, dvhs_of_folder

LIMITS = """
name = "ours"
[[constraint]]
organ = "Bladder"
n_fractions = 28
metric = "V10Gy"
comparator = "<"
limit = 50
unit = "%"
source = "ours"
how_verified = "own"
[[constraint]]
organ = "Kidney_L"
n_fractions = "any"
metric = "Dmean"
comparator = "<"
limit = 15
unit = "Gy"
source = "ours"
how_verified = "own"
[[required_organ]]
organ = "Kidney_R"
[[alpha_beta]]
organ = "Bladder"
alpha_beta_gy = 3
source = "ours"
"""


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    path = tmp_path / "clinic.toml"
    path.write_text(LIMITS, encoding="utf-8")
    return path


def test_structures_have_the_metrics_that_the_clinic_limits(two_courses: Path, clinic: Path) -> None:
    folder = two_courses / "second-course"
    found = dvhs_of_folder(DvhQuestion(folder=folder, clinic=clinic, structures=("Bladder", "Rectum")))
    organs = {found.clinic.organs[s.number].organ: found.clinic.organs[s.number] for s in found.structures}
    assert [str(metric) for metric in organs["Bladder"].metrics] == ["V10Gy[%]"]
    assert organs["Rectum"].metrics == ()
    for words in (
        "clinic file: not drawn, so the metrics of their limits are not shown: Kidney_L",
        "clinic file: required, and not drawn: Kidney_R",
        "clinic file: of no use to DVHs, which are of physical dose: alpha/beta",
    ):
        assert words in found.findings
    plain = dvhs_of_folder(DvhQuestion(folder=folder, structures=("Bladder",)))
    assert not any("clinic" in finding for finding in plain.findings)


def test_the_command_shows_them_with_the_file_among_the_inputs(
    two_courses: Path, clinic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["dvh", str(two_courses / "second-course"), "--structure", "Bladder"]
    assert main([*words, "--metric", "V10Gy[%]", "--clinic", str(clinic), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (row,) = found["structures"]
    assert (row["organ"], row["clinic_metrics"]) == ("Bladder", row["metrics"])
    assert [entry["role"] for entry in found["inputs"]][-1] == "clinic"
    assert main([*words, "--clinic", str(clinic)]) == 0
    assert "metrics of the clinic's own limits:\n  Bladder (Bladder): V10Gy[%] " in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    assert "clinic_metrics" not in capsys.readouterr().out
