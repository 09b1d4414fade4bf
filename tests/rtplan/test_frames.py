from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dicom_io.registration import RigidTransform
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.frames import has_transform, read_matrix_file, transform_between

A, B, C = "1.2.1", "1.2.2", "1.2.3"
QUARTER_TURN = np.array([[0.0, -1, 0, 10], [1, 0, 0, 20], [0, 0, 1, 30], [0, 0, 0, 1]])
TILT = np.array([[1.0, 0, 0, -5], [0, 0, -1, 7], [0, 1, 0, 0], [0, 0, 0, 1]])
POINT = np.array([[3.0, -4.0, 11.0]])


def rigid(matrix: np.ndarray, maps_from: str, maps_to: str) -> RigidTransform:
    return RigidTransform(matrix=matrix, maps_from=maps_from, maps_to=maps_to, source="matrix file")


def mapped(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ matrix[:3, :3].T + matrix[:3, 3]


@pytest.mark.parametrize("known_forwards", [True, False])
@pytest.mark.parametrize("asked_forwards", [True, False])
def test_a_registration_serves_both_directions(known_forwards: bool, asked_forwards: bool) -> None:
    known = rigid(QUARTER_TURN, A, B) if known_forwards else rigid(np.linalg.inv(QUARTER_TURN), B, A)
    ends = (A, B) if asked_forwards else (B, A)
    found = transform_between([known], maps_from=ends[0], maps_to=ends[1])
    matrix = QUARTER_TURN if asked_forwards else np.linalg.inv(QUARTER_TURN)
    assert found.apply(POINT) == pytest.approx(mapped(matrix, POINT), abs=1e-9)


@pytest.mark.parametrize("first_backwards", [True, False])
@pytest.mark.parametrize("second_backwards", [True, False])
def test_registrations_chain_through_a_third_frame(first_backwards: bool, second_backwards: bool) -> None:
    first = rigid(QUARTER_TURN, A, B)
    second = rigid(TILT, B, C)
    known = [second.inverse() if second_backwards else second, first.inverse() if first_backwards else first]
    expected = mapped(TILT, mapped(QUARTER_TURN, POINT))
    assert transform_between(known, maps_from=A, maps_to=C).apply(POINT) == pytest.approx(expected, abs=1e-9)
    # The rotation and the translation do not commute, so the other order is another place.
    assert not np.allclose(mapped(QUARTER_TURN, mapped(TILT, POINT)), expected, atol=1.0)


def test_equal_frames_are_the_identity_and_need_no_registration() -> None:
    assert transform_between([], maps_from=A, maps_to=A).apply(POINT) == pytest.approx(POINT)


def test_frames_that_nothing_joins_stay_apart() -> None:
    with pytest.raises(RtplanLookupError, match="no voxel sum"):
        transform_between([rigid(TILT, B, C)], maps_from=A, maps_to=C)
    assert not has_transform([], maps_from=A, maps_to=B)
    assert has_transform([rigid(TILT, B, A)], maps_from=A, maps_to=B)


def test_two_registrations_that_disagree_are_refused() -> None:
    other = QUARTER_TURN.copy()
    other[0, 3] += 2.0
    with pytest.raises(RtplanValueError, match="disagree"):
        transform_between([rigid(QUARTER_TURN, A, B), rigid(other, A, B)], maps_from=A, maps_to=B)
    with pytest.raises(RtplanValueError, match="disagree"):
        transform_between([rigid(QUARTER_TURN, A, B), rigid(other, A, B).inverse()], maps_from=A, maps_to=B)


def test_one_registration_given_twice_is_no_disagreement() -> None:
    known = rigid(QUARTER_TURN, A, B)
    assert transform_between([known, known.inverse()], maps_from=A, maps_to=B) is not None


def test_a_frame_without_uid_is_never_taken_for_another_frame_without_uid() -> None:
    with pytest.raises(RtplanValueError, match="without a UID"):
        transform_between([], maps_from="", maps_to="")


MATRIX_TOML = """
maps_from = "1.2.1"
maps_to = "1.2.2"
axes = "LPS"
unit = "mm"
matrix = [[0, -1, 0, 10], [1, 0, 0, 20], [0, 0, 1, 30], [0, 0, 0, 1]]
"""


def test_a_matrix_file_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "registration.toml"
    path.write_text(MATRIX_TOML)
    found = read_matrix_file(path)
    assert (found.maps_from, found.maps_to, found.source) == (A, B, "matrix file")
    assert found.apply(POINT) == pytest.approx(mapped(QUARTER_TURN, POINT))
    assert len(found.source_sha256) == 64


def test_a_matrix_file_may_be_json(tmp_path: Path) -> None:
    path = tmp_path / "registration.json"
    said = {"maps_from": A, "maps_to": B, "axes": "LPS", "unit": "mm", "matrix": QUARTER_TURN.tolist()}
    path.write_text(json.dumps(said))
    assert read_matrix_file(path).apply(POINT) == pytest.approx(mapped(QUARTER_TURN, POINT))


@pytest.mark.parametrize(
    ("said", "instead", "message"),
    [
        ('axes = "LPS"', 'axes = "RAS"', "'RAS'"),
        ('unit = "mm"', 'unit = "cm"', "'cm'"),
        ('unit = "mm"', "", "missing: unit"),
        ('unit = "mm"', 'unit = "mm"\nscale = 1', "unknown: scale"),
        ('maps_from = "1.2.1"', 'maps_from = ""', "frame of reference"),
        ("[0, 0, 0, 1]]", "[10, 20, 30, 1]]", "column-major"),
        ("[[0, -1, 0, 10]", "[[0, -2, 0, 10]", "scales or shears"),
        ("[[0, -1, 0, 10]", '[["a", -1, 0, 10]', "matrix file"),
        ('maps_from = "1.2.1"', "maps_from = ", "neither TOML nor JSON"),
    ],
)
def test_a_matrix_file_that_leaves_something_open_is_refused(
    tmp_path: Path, said: str, instead: str, message: str
) -> None:
    path = tmp_path / "registration.toml"
    assert said in MATRIX_TOML
    path.write_text(MATRIX_TOML.replace(said, instead))
    with pytest.raises(RtplanValueError, match=message) as refusal:
        read_matrix_file(path)
    assert str(tmp_path) not in str(refusal.value)
