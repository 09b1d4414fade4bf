from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rtplan.errors import RtplanValueError
from rtplan.sums import read_matrix_file

A, B = "1.2.1", "1.2.2"
QUARTER_TURN = np.array([[0.0, -1, 0, 10], [1, 0, 0, 20], [0, 0, 1, 30], [0, 0, 0, 1]])
POINT = np.array([[3.0, -4.0, 11.0]])


def mapped(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ matrix[:3, :3].T + matrix[:3, 3]


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
        ('unit = "mm"', 'unit = "mm"\nscale = 1', "'scale' is not known"),
        ('maps_from = "1.2.1"', 'maps_from = ""', "frame of reference"),
        ("[0, 0, 0, 1]]", "[10, 20, 30, 1]]", "column-major"),
        ("[[0, -1, 0, 10]", "[[0, -2, 0, 10]", "scales or shears"),
        ("[[0, -1, 0, 10]", '[["a", -1, 0, 10]', "matrix file"),
        ('maps_from = "1.2.1"', "maps_from = ", "cannot be read as TOML"),
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
