"""H16: registration wrong, missing, or identity assumed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dicom_io import load_study
from dicom_io.phantom import build_case
from rtplan.cli import main


def words(folder: Path, *more: str) -> list[str]:
    return [
        "reirradiate",
        *("--new", str(folder / "second-course"), "--prior", str(folder / "first-course")),
        *("--prior-ended", "2023-06-01", "--new-starts", "2024-02-05"),
        *("--tissue", "Rectum=3", "--metric", "D0.03cc[Gy]", "--json", *more),
    ]


def test_two_frames_without_registration_give_bounds_and_no_voxel_sum(two_courses, capsys) -> None:
    assert main(words(two_courses, "--limit", "Rectum:D0.03cc[Gy]<=120")) == 0
    said = json.loads(capsys.readouterr().out)
    row = said["organs"][0]
    assert row["voxel_sum_gy"] is None
    assert "no registration leads to it" in row["voxel_sum_reason"]
    assert row["bounds_gy"][0] < row["bounds_gy"][1]
    assert row["verdict"] == "within"
    assert "without registration" in row["reason"]
    assert any("no voxel sum" in warning for warning in said["warnings"])


def test_the_transform_that_was_used_is_fingerprinted(two_courses, capsys) -> None:
    assert main(words(two_courses, "--registration", str(two_courses / "registration.dcm"))) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["organs"][0]["voxel_sum_gy"] is not None
    (transform,) = said["transforms"]
    assert len(transform["sha256"]) == 64
    assert transform["uid"]
    written = build_case("pelvis-two-courses").courses[0].to_main
    assert written is not None
    assert transform["rotation_degrees"] == pytest.approx(written.rotation_degrees, abs=1e-6)
    assert any(record["sha256"] == transform["sha256"] for record in said["inputs"])


def test_a_wrong_registration_puts_the_sum_outside_the_bounds_and_is_named(
    two_courses, tmp_path, capsys
) -> None:
    # The registration misses by 80 mm upwards: the rectum of today lands where the first course gave little.
    (entry,) = load_study(two_courses / "registration.dcm").registrations
    right = entry.transforms[0]
    matrix = right.matrix.copy()
    matrix[2, 3] -= 80.0
    rows = ", ".join(str([float(x) for x in row]) for row in matrix)
    path = tmp_path / "wrong.toml"
    path.write_text(
        f'maps_from = "{right.maps_from}"\nmaps_to = "{right.maps_to}"\naxes = "LPS"\nunit = "mm"\n'
        f"matrix = [{rows}]\n"
    )
    assert np.linalg.det(matrix[:3, :3]) == pytest.approx(1.0)
    status = main(words(two_courses, "--registration", str(path), "--limit", "Rectum:Mean[Gy]<=110"))
    said = json.loads(capsys.readouterr().out)
    row = next(row for row in said["organs"] if row["metric"] == "Mean[Gy]")
    assert row["voxel_sum_gy"] is not None
    assert not row["bounds_gy"][0] - 1 <= row["voxel_sum_gy"] <= row["bounds_gy"][1] + 1
    assert any("registration or contours of the courses disagree" in warning for warning in said["warnings"])
    assert (status, row["verdict"]) == (1, "not_evaluable")


def test_two_registrations_that_differ_are_not_chosen_between(two_courses, tmp_path, capsys) -> None:
    (entry,) = load_study(two_courses / "registration.dcm").registrations
    right = entry.transforms[0]
    path = tmp_path / "other.toml"
    rows = ", ".join(str([float(x) for x in row]) for row in np.eye(4))
    path.write_text(
        f'maps_from = "{right.maps_from}"\nmaps_to = "{right.maps_to}"\naxes = "LPS"\nunit = "mm"\n'
        f"matrix = [{rows}]\n"
    )
    given = ["--registration", str(two_courses / "registration.dcm"), "--registration", str(path)]
    assert main(words(two_courses, *given)) == 2
    printed = capsys.readouterr()
    assert json.loads(printed.out)["schema"] == "rtplan.refusal/1"
    assert "differ" in printed.err
