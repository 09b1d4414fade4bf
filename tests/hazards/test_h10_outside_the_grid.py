"""H10: outside the dose grid counted as 0 Gy."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dicom_io import GridField, GridGeometry, compute_dvh, load_study
from dicom_io.phantom import write_phantom
from rtplan.cli import main


def _cut(folder, frames):
    """Keep the first frames of the dose only, as a limited export would."""
    pydicom = pytest.importorskip("pydicom")
    path = folder / "RTDOSE.dcm"
    dataset = pydicom.dcmread(path)
    dataset.PixelData = dataset.PixelData[: frames * dataset.Rows * dataset.Columns * 2]
    dataset.NumberOfFrames = frames
    dataset.GridFrameOffsetVector = list(dataset.GridFrameOffsetVector)[:frames]
    dataset.save_as(path)


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    """The spinal patient with a dose grid that ends in the middle of the cord."""
    folder = tmp_path_factory.mktemp("cut") / "patient"
    write_phantom("spine-sabr-2mm", folder)
    _cut(folder, 15)
    return folder


def test_a_plane_of_0_gy_is_not_made_up_beyond_the_grid():
    grid = GridGeometry.axial(shape=(3, 3, 3), origin=(0, 0, 0), spacing=(2.0, 2.0, 2.0))
    field = GridField(geometry=grid, values=np.full((3, 3, 3), 20.0), frame_of_reference_uid="1.2")
    points = np.array([[2.0, 2.0, 2.0], [2.0, 2.0, 4.1], [-0.1, 2.0, 2.0]])
    np.testing.assert_array_equal(field.sample(points), [20.0, np.nan, np.nan])


def test_the_uncovered_part_is_measured_and_no_metric_that_it_could_change_has_a_value(cut):
    chosen = load_study(cut).select()
    cord = next(s for s in chosen.structure_set.structures if s.name == "SpinalCord")
    dvh = compute_dvh(cord, GridField.of(chosen.dose))
    assert 0.2 < dvh.covered_fraction < 0.8
    assert dvh.covered_cc < dvh.volume_cc
    for text in ("Min[Gy]", "Mean[Gy]", "D95%[Gy]", "Max[Gy]"):
        assert dvh.metric(text).value is None
        assert "not covered" in dvh.metric(text).reason


def test_an_organ_that_is_not_covered_has_no_pass(cut, capsys):
    assert main(["check", str(cut), "--constraints", "timmerman-2021", "--json"]) == 1
    rows = [row for row in json.loads(capsys.readouterr().out)["verdicts"] if row["organ"] == "SpinalCord"]
    assert rows
    assert "within" not in {row["verdict"] for row in rows}
    assert any("not covered" in row["reason"] for row in rows)


def test_the_table_marks_numbers_of_the_covered_part(cut, capsys):
    assert main(["dvh", str(cut), "--structure", "SpinalCord"]) == 0
    printed = capsys.readouterr().out
    assert "what lies outside is unknown, not 0 Gy" in printed
