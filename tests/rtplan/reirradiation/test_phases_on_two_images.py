"""A course whose phases were planned on two images is summed as its phases would be as two courses."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bed.lq import eqd2
from rtplan.cli import main
from rtplan.courses import Course, CourseSource, read_course, read_new_course
from rtplan.reirradiation import CourseSum, Reirradiation, accumulate, reirradiate
from rtplan.reirradiation.organ import parse_tissues
from rtplan.sums import read_registrations

SECOND = "1.2.826.0.1.303"
ENDED, STARTS = date(2023, 6, 1), date(2024, 2, 5)
TO_FIRST, TO_SECOND = 12.0, -9.0
"""Shifts along x from the new frame to those of the two phases, mm."""


def seen_from(new: Any, shift: float) -> Any:
    """Return a dose of the new frame as it lies in a frame shifted along x."""
    return lambda points: new(points - np.array([shift, 0.0, 0.0]))


@pytest.fixture(scope="module")
def patient(boxes: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two phases on two images, one course file that joins them, a new course, two registrations."""
    folder = tmp_path_factory.mktemp("phases")
    shifted: dict[str, Any] = {"prescription": 30.0, "date": "20230401"}
    for name, tail, frame, shift, dose, n in (
        ("first", "11", boxes.OLD_FRAME, TO_FIRST, boxes.along((0.5, 0.0, 0.0), 30.0), 15),
        ("second", "12", SECOND, TO_SECOND, boxes.along((0.0, -0.4, 0.0), 20.0), 8),
    ):
        (x0, x1), y, z = boxes.ORGANS["Rectum"]
        boxes.write_course(
            folder / name,
            seen_from(dose, shift),
            n=n,
            tail=tail,
            frame=frame,
            organs={"Rectum": ((x0 + shift, x1 + shift), y, z)},
            **shifted,
        )
    boxes.write_course(
        folder / "now", boxes.uniform(14.0), n=2, prescription=14.0, tail="22", date="20240129"
    )
    (folder / "two.toml").write_text(
        'label = "two"\n[[phases]]\nfolder = "first"\n[[phases]]\nfolder = "second"\n'
    )
    for number, (frame, shift) in enumerate(((boxes.OLD_FRAME, TO_FIRST), (SECOND, TO_SECOND)), start=1):
        matrix = np.eye(4)
        matrix[0, 3] = shift
        made = boxes.made.registration(
            [(boxes.NEW_FRAME, [matrix])],
            FrameOfReferenceUID=frame,
            SOPInstanceUID=f"1.2.826.0.1.9.{number}",
        )
        (folder / f"reg{number}.dcm").write_bytes(boxes.made.as_bytes(made))
    return folder


def earlier(folder: Path, *sources: str) -> list[Course]:
    roles = ["prior"] if len(sources) == 1 else [f"prior {k}" for k in range(1, len(sources) + 1)]
    return [
        read_course(CourseSource(source=str(folder / source), ended=ENDED), role=role)
        for source, role in zip(sources, roles, strict=True)
    ]


def asked(
    folder: Path, *sources: str, registrations: tuple[str, ...] = ("reg1.dcm", "reg2.dcm")
) -> Reirradiation:
    return reirradiate(
        read_new_course(folder / "now"),
        earlier(folder, *sources),
        new_starts=STARTS,
        tissues=parse_tissues(["Rectum=3"]),
        registrations=[one for name in registrations for one in read_registrations(folder / name)],
    )


def expected_mean(*, with_new: bool) -> float:
    """Mean over the rectum, x and y from -10 to 10, each phase converted with its own fractions."""
    edge = (np.arange(400) + 0.5) / 400 * 20 - 10
    x, y = np.meshgrid(edge, edge)
    found = np.asarray(eqd2(30.0 + 0.5 * x, 15, 3.0)) + np.asarray(eqd2(20.0 - 0.4 * y, 8, 3.0))
    return float(np.mean(found)) + (float(eqd2(14.0, 2, 3.0)) if with_new else 0.0)


def test_the_sum_is_that_of_the_phases_as_two_courses(patient: Path) -> None:
    joined, apart = asked(patient, "two.toml"), asked(patient, "first", "second")
    for metric in ("D0.03cc[Gy]", "Mean[Gy]"):
        one, two = (found.row("Rectum", metric).voxel_sum for found in (joined, apart))
        assert one.value == pytest.approx(two.value, abs=1e-9)
        assert one.uncertainty == pytest.approx(two.uncertainty, abs=1e-9)
    found = joined.row("Rectum", "Mean[Gy]").voxel_sum.value
    assert found == pytest.approx(expected_mean(with_new=True), abs=0.02)


def test_the_course_itself_is_the_sum_of_its_phases_and_bounds_hold_the_voxel_sum(patient: Path) -> None:
    found = asked(patient, "two.toml")
    row = found.row("Rectum", "Mean[Gy]")
    assert row.courses[0].eqd2.value == pytest.approx(expected_mean(with_new=False), abs=0.02)
    assert row.courses[0].physical.value == pytest.approx(50.0, abs=0.01)
    near_maximum = found.row("Rectum", "D0.03cc[Gy]")
    assert near_maximum.bounds.low is not None
    assert near_maximum.bounds.high is not None
    assert near_maximum.voxel_sum.value is not None
    doubt = near_maximum.bounds_uncertainty_gy + (near_maximum.voxel_sum.uncertainty or 0.0)
    assert near_maximum.bounds.low - doubt <= near_maximum.voxel_sum.value <= near_maximum.bounds.high + doubt
    (said,) = [warning for warning in found.warnings if "phases lie in 2 frames" in warning]
    assert "rest on the registration between them" in said
    assert not [warning for warning in found.warnings if "has no effect" in warning]


def test_a_phase_that_nothing_reaches_gives_no_sum_and_no_bounds(patient: Path) -> None:
    found = asked(patient, "two.toml", registrations=("reg1.dcm",))
    row = found.row("Rectum", "Mean[Gy]")
    assert row.voxel_sum.value is None
    assert row.bounds.low is None
    assert row.courses[0].physical.value is None
    (said,) = [warning for warning in found.warnings if "phases lie in 2 frames" in warning]
    assert "nothing bounds its organs" in said


def test_phases_joined_to_each_other_alone_still_bound_their_organs(
    boxes: ModuleType, patient: Path, tmp_path: Path
) -> None:
    matrix = np.eye(4)
    matrix[0, 3] = TO_SECOND - TO_FIRST
    made = boxes.made.registration([(boxes.OLD_FRAME, [matrix])], FrameOfReferenceUID=SECOND)
    (tmp_path / "between.dcm").write_bytes(boxes.made.as_bytes(made))
    found = asked(patient, "two.toml", registrations=(str(tmp_path / "between.dcm"),))
    row = found.row("Rectum", "Mean[Gy]")
    assert row.voxel_sum.value is None
    assert row.bounds.low == pytest.approx(expected_mean(with_new=True), abs=0.02)
    assert not [warning for warning in found.warnings if "has no effect" in warning]


def test_a_new_course_of_phases_on_two_images_has_its_sum_in_the_frame_of_its_contours(
    boxes: ModuleType, patient: Path
) -> None:
    new = read_course(CourseSource(source=str(patient / "two.toml")), role="new")
    old = read_course(CourseSource(source=str(patient / "now"), ended=date(2020, 1, 1)), role="prior")
    given = [one for name in ("reg1.dcm", "reg2.dcm") for one in read_registrations(patient / name)]
    found = accumulate([old, new], alpha_beta=3, registrations=given)
    assert isinstance(found, CourseSum)
    assert found.joined.frame_of_reference_uid == boxes.OLD_FRAME
    assert found.dvh("Rectum").mean_gy == pytest.approx(expected_mean(with_new=True), abs=0.02)
    answer = reirradiate(
        new, [old], new_starts=STARTS, tissues=parse_tissues(["Rectum=3"]), registrations=given
    )
    value = answer.row("Rectum", "Mean[Gy]").voxel_sum.value
    assert value == pytest.approx(expected_mean(with_new=True), abs=0.02)


def test_the_command_prints_the_same_sum(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        *("reirradiate", "--new", str(patient / "now"), "--new-starts", str(STARTS), "--tissue", "Rectum=3"),
        *("--prior", str(patient / "two.toml"), "--prior-ended", str(ENDED), "--json"),
        *("--registration", str(patient / "reg1.dcm"), "--registration", str(patient / "reg2.dcm")),
    ]
    assert main(words) == 0
    rows = json.loads(capsys.readouterr().out)["organs"]
    (mean,) = [row for row in rows if row["metric"] == "Mean[Gy]"]
    assert mean["voxel_sum_gy"] == pytest.approx(expected_mean(with_new=True), abs=0.02)
