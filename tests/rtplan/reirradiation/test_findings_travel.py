"""What is odd about contours stands beside every number that rests on them."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest

from bed.lq import eqd2
from rtplan.cli import main


def with_every_contour_again(course: Path, folder: Path, name: str, beside_mm: float) -> Path:
    """Copy a course whose organ has each contour a second time, some millimetres beside."""
    shutil.copytree(course, folder)
    structures = pydicom.dcmread(folder / "RTSTRUCT.dcm")
    numbers = {roi.ROIName: roi.ROINumber for roi in structures.StructureSetROISequence}
    (drawn,) = (d for d in structures.ROIContourSequence if d.ReferencedROINumber == numbers[name])
    for contour in list(drawn.ContourSequence):
        again = copy.deepcopy(contour)
        points = np.array([float(value) for value in contour.ContourData]).reshape(-1, 3)
        again.ContourData = [f"{value:.6g}" for value in (points + [beside_mm, 0, 0]).ravel()]
        drawn.ContourSequence.append(again)
    structures.save_as(folder / "RTSTRUCT.dcm")
    return folder


@pytest.fixture(scope="module")
def doubled(two_courses: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doubled") / "second-course"
    return with_every_contour_again(two_courses / "second-course", folder, "SacralPlex", 1.0)


def told_by(words: list[str], capsys: pytest.CaptureFixture[str]) -> dict:
    main([*words, "--json"])
    return json.loads(capsys.readouterr().out)


def test_overlapping_contours_are_told_in_every_answer(
    two_courses: Path, doubled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = told_by(["dvh", str(doubled), "--structure", "SacralPlex"], capsys)
    assert "partly overlap" in " ".join(alone["warnings"])
    words = ["reirradiate", "--new", str(doubled), "--new-starts", "2024-02-12"]
    words += ["--prior", str(two_courses / "first-course"), "--prior-ended", "2023-06-08"]
    words += ["--registration", str(two_courses / "registration.dcm"), "--tissue", "SacralPlex=3"]
    summed = told_by([*words, "--limit", "SacralPlex:D0.03cc[Gy]<=150"], capsys)
    assert "partly overlap" in " ".join(summed["warnings"])
    row = summed["organs"][0]
    assert "partly overlap" in " ".join(row["findings"])
    assert row["verdict"] == "within"
    physical, converted = row["courses"][1]["physical_gy"], row["courses"][1]["eqd2_gy"]
    assert converted == pytest.approx(float(eqd2(physical, 5, 3.0)), abs=1.0)


def test_courses_without_oddities_have_rows_without_findings(
    two_courses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["reirradiate", "--new", str(two_courses / "second-course"), "--new-starts", "2024-02-12"]
    words += ["--prior", str(two_courses / "first-course"), "--prior-ended", "2023-06-08"]
    words += ["--registration", str(two_courses / "registration.dcm"), "--tissue", "SacralPlex=3"]
    assert all(row["findings"] == [] for row in told_by(words, capsys)["organs"])
