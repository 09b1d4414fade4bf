"""Every way in which a registration may be written, from its file to the sum: all must find the same dose.

The rotation (25 degrees about an axis that is none of the patient's) and the translation do not commute, so a
transform used backwards, or in another order, finds a dose that is tens of Gy off.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bed.lq import eqd2
from rtplan.cli import main

THIRD = "1.2.826.0.1.303"


def rigid(rotation: Rotation, translation: Any) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation.as_matrix(), translation
    return matrix


AXIS = np.array([1.0, 2.0, 3.0]) / np.sqrt(14)
TO_OLD = rigid(Rotation.from_rotvec(np.radians(25) * AXIS), (30.0, -40.0, 15.0))
"""Points of the new frame to the old one."""
TO_THIRD = rigid(Rotation.from_euler("xyz", (10, -20, 5), degrees=True), (-12.0, 7.0, 33.0))
TO_NEW = np.linalg.inv(TO_OLD)
SHIFT = np.array([3.0, -2.0, 5.0])


def earlier_dose(points: np.ndarray) -> np.ndarray:
    """40 - x - y/2 Gy, x and y of the new frame, seen from the old one."""
    new = points @ TO_NEW[:3, :3].T + TO_NEW[:3, 3]
    return np.maximum(40.0 - new[..., 0] - 0.5 * new[..., 1], 0.0)


@pytest.fixture(scope="module")
def patient(boxes: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("directions")
    boxes.write_course(
        folder / "now",
        boxes.along((0.5, 0, 0), 20.0),
        n=5,
        prescription=25.0,
        tail="22",
        date="20240129",
    )
    centre = TO_OLD[:3, 3]
    boxes.write_course(
        folder / "before",
        earlier_dose,
        n=28,
        prescription=50.4,
        tail="11",
        date="20230401",
        frame=boxes.OLD_FRAME,
        organs={"Bladder": ((-5, 5), (-5, 5), (-6, 6))},
        origin=centre - 80.0,
        spacing=(4.0, 3.2, 4.0),
        shape=(41, 51, 41),
    )
    return folder


def expected_mean() -> float:
    """Mean over the rectum, x and y from -10 to 10, of both doses converted one by one."""
    edges = (np.arange(400) + 0.5) / 400 * 20 - 10
    x, y = np.meshgrid(edges, edges)
    earlier = np.asarray(eqd2(40.0 - x - 0.5 * y, 28, 3.0))
    return float(np.mean(earlier + np.asarray(eqd2(20.0 + 0.5 * x, 5, 3.0))))


def registered(boxes: ModuleType, folder: Path, registered_frame: str, *items: Any) -> Path:
    folder.mkdir()
    made = boxes.made
    written = made.registration(list(items), FrameOfReferenceUID=registered_frame)
    path = folder / "registration.dcm"
    path.write_bytes(made.as_bytes(written))
    return path


def matrix_file(folder: Path, maps_from: str, maps_to: str, matrix: np.ndarray) -> Path:
    folder.mkdir()
    path = folder / "registration.json"
    said = {"maps_from": maps_from, "maps_to": maps_to, "axes": "LPS", "unit": "mm"}
    path.write_text(json.dumps({**said, "matrix": matrix.tolist()}))
    return path


def deformable(
    boxes: ModuleType, folder: Path, registered_frame: str, source: str, matrix: np.ndarray, centre: Any
) -> Path:
    """Rotate, add one vector everywhere, then shift: together the matrix, and only in this order."""
    folder.mkdir()
    made, turned, moved = boxes.made, matrix.copy(), np.eye(4)
    turned[:3, 3], moved[:3, 3] = 0.0, matrix[:3, 3] - SHIFT
    vectors = np.broadcast_to(SHIFT, (15, 15, 15, 3)).astype("<f4")
    field = made.filled(
        ImagePositionPatient=[float(part) - 84.0 for part in centre],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        GridDimensions=[15, 15, 15],
        GridResolution=[12.0, 12.0, 12.0],
        VectorGridData=vectors.tobytes(),
    )
    content = made.filled(SourceFrameOfReferenceUID=source, DeformableRegistrationGridSequence=[field])
    for keyword, part in (("Pre", turned), ("Post", moved)):
        entry = made.filled(
            FrameOfReferenceTransformationMatrixType="RIGID",
            FrameOfReferenceTransformationMatrix=[round(float(x), 9) for x in part.ravel()],
        )
        setattr(content, f"{keyword}DeformationMatrixRegistrationSequence", [entry])
    written = made.registration(
        [],
        SOPClassUID="1.2.840.10008.5.1.4.1.1.66.3",
        RegistrationSequence=None,
        DeformableRegistrationSequence=[content],
        FrameOfReferenceUID=registered_frame,
    )
    path = folder / "deformable.dcm"
    path.write_bytes(made.as_bytes(written))
    return path


def every_way(boxes: ModuleType, folder: Path) -> dict[str, list[Path]]:
    """Files that say the same in every direction that the standard and the matrix file allow."""
    new, old = boxes.NEW_FRAME, boxes.OLD_FRAME
    turned, moved = TO_OLD.copy(), np.eye(4)
    turned[:3, 3], moved[:3, 3] = 0.0, TO_OLD[:3, 3]
    third_from_old = TO_THIRD @ TO_NEW
    return {
        "object, old course registered": [registered(boxes, folder / "a", old, (new, [TO_OLD]))],
        "object, new course registered": [registered(boxes, folder / "b", new, (old, [TO_NEW]))],
        "object, two matrices": [registered(boxes, folder / "c", old, (new, [moved, turned]))],
        "object, with an identity of its own frame": [
            registered(boxes, folder / "d", new, (new, [np.eye(4)]), (old, [TO_NEW]))
        ],
        "objects chained through a third frame": [
            registered(boxes, folder / "e", THIRD, (new, [TO_THIRD])),
            registered(boxes, folder / "f", THIRD, (old, [third_from_old])),
        ],
        "object and matrix file, chained": [
            registered(boxes, folder / "g", THIRD, (new, [TO_THIRD])),
            matrix_file(folder / "h", THIRD, old, np.linalg.inv(third_from_old)),
        ],
        "matrix file, new to old": [matrix_file(folder / "i", new, old, TO_OLD)],
        "matrix file, old to new": [matrix_file(folder / "j", old, new, TO_NEW)],
        "deformable, new course registered": [deformable(boxes, folder / "k", new, old, TO_OLD, (0, 0, 0))],
        "deformable, old course registered": [
            deformable(boxes, folder / "l", old, new, TO_NEW, TO_OLD[:3, 3])
        ],
    }


WAYS = (
    "object, old course registered",
    "object, new course registered",
    "object, two matrices",
    "object, with an identity of its own frame",
    "objects chained through a third frame",
    "object and matrix file, chained",
    "matrix file, new to old",
    "matrix file, old to new",
    "deformable, new course registered",
    "deformable, old course registered",
)


def words(patient: Path, registrations: list[Path], *more: str) -> list[str]:
    given = [
        *("reirradiate", "--json", "--new", str(patient / "now"), "--new-starts", "2024-02-05"),
        *("--prior", str(patient / "before"), "--prior-ended", "2023-06-01"),
        *("--metric", "Mean[Gy]", *more),
    ]
    for path in registrations:
        given += ["--registration", str(path)]
    return given


@pytest.mark.parametrize("way", WAYS)
def test_every_direction_finds_the_same_dose(
    boxes: ModuleType, patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    files = every_way(boxes, tmp_path)
    assert tuple(files) == WAYS
    assert main(words(patient, files[way], "--tissue", "Rectum=3")) == 0
    said = json.loads(capsys.readouterr().out)
    (row,) = said["organs"]
    # The course's own curve is known to its own half-width; the sum adds that of the interpolation.
    assert row["voxel_sum_gy"] == pytest.approx(expected_mean(), abs=row["voxel_sum_uncertainty_gy"] + 2e-3)
    assert row["voxel_sum_uncertainty_gy"] < 0.2
    assert row["covered_fraction"] == pytest.approx(1.0)
    assert all(one["sha256"] for one in said["transforms"] if one["source"] != "identity")


WRONG = {
    "used backwards": TO_NEW,
    "shifted before it is turned": rigid(
        Rotation.from_matrix(TO_OLD[:3, :3]), TO_OLD[:3, :3] @ TO_OLD[:3, 3]
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_transform_taken_wrongly_finds_another_dose(
    boxes: ModuleType, patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], mistake: str
) -> None:
    wrong = WRONG[mistake]
    path = matrix_file(tmp_path / "wrong", boxes.NEW_FRAME, boxes.OLD_FRAME, wrong)
    assert main(words(patient, [path], "--tissue", "Rectum=3")) == 0
    (row,) = json.loads(capsys.readouterr().out)["organs"]
    value = row["voxel_sum_gy"]
    assert value is None or abs(value - expected_mean()) > 3.0


def test_an_earlier_contour_stands_where_the_registration_puts_it(
    boxes: ModuleType, patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The old bladder is a box about the old origin, far from any contour of the new course."""
    files = every_way(boxes, tmp_path)
    given = ["--tissue", "Bladder=3", "--match", "Bladder=@prior,Bladder"]
    for way in ("object, old course registered", "matrix file, old to new"):
        assert main(words(patient, files[way], *given)) == 0
        said = json.loads(capsys.readouterr().out)
        (row,) = said["organs"]
        random = np.random.default_rng(5)
        old = random.uniform((-5, -5, -6), (5, 5, 6), size=(200_000, 3))
        now = old @ TO_NEW[:3, :3].T + TO_NEW[:3, 3]
        here = np.maximum(20.0 + 0.5 * now[:, 0], 0.0)
        expected = float(
            np.mean(np.asarray(eqd2(earlier_dose(old), 28, 3.0)) + np.asarray(eqd2(here, 5, 3.0)))
        )
        assert row["voxel_sum_gy"] == pytest.approx(expected, abs=0.05)
        # The same volume and the same earlier curve: a mean known exactly from both courses' own curves.
        assert row["bounds_gy"] == pytest.approx([expected, expected], abs=0.1)
        assert any("carried over by the registration" in warning for warning in said["warnings"])
        assert said["registration_quality"] == []
    assert main(words(patient, files["deformable, new course registered"], *given)) == 2
    assert "bends contours out of their planes" in capsys.readouterr().err
    assert main(words(patient, [], *given)) == 2
    assert "no registration leads to it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("match", "message"),
    [
        ("Bladder=@prior 2,Bladder", "there are: @prior"),
        ("Bladder=@prior,Blase", "no structure is named 'Blase'"),
        ("Bladder=@prior", "after it comes one"),
    ],
)
def test_an_earlier_contour_that_is_not_there_is_refused(
    boxes: ModuleType,
    patient: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    match: str,
    message: str,
) -> None:
    path = matrix_file(tmp_path / "m", boxes.NEW_FRAME, boxes.OLD_FRAME, TO_OLD)
    assert main(words(patient, [path], "--tissue", "Bladder=3", "--match", match)) == 2
    printed = capsys.readouterr()
    assert json.loads(printed.out)["schema"] == "rtplan.refusal/1"
    assert message in printed.err
