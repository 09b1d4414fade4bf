"""H12: GridFrameOffsetVector misread: dose 30 cm away, or upside down."""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import ContradictionError, read_dose

HOT = np.zeros((3, 3, 4))
HOT[2] = 5000
"""The last frame of the file is hot."""


def _z_of_hot_frame(made, **changes) -> float:
    read = read_dose(made.as_bytes(made.dose(HOT, **changes)))
    hottest = np.unravel_index(np.argmax(read.dose_gy), read.dose_gy.shape)
    return float(read.geometry.to_patient(hottest)[2])


@pytest.mark.parametrize(
    ("offsets", "z"),
    [
        ([0, 2.5, 5], 35),
        ([30, 32.5, 35], 35),
        ([0, -2.5, -5], 25),
        ([30, 27.5, 25], 25),
        ([0, 2, 7], 37),
        ([30, 40, 35], 35),
        (["-0", "-1", "-2"], 28),
    ],
)
def test_relative_absolute_descending_and_uneven_offsets_put_the_dose_where_it_belongs(made, offsets, z):
    assert _z_of_hot_frame(made, GridFrameOffsetVector=offsets) == pytest.approx(z)


@pytest.mark.parametrize(
    ("cosines", "offsets", "z"),
    [
        ([-1, 0, 0, 0, 1, 0], [0, 2.5, 5], 25),
        ([-1, 0, 0, 0, 1, 0], [30, 27.5, 25], 25),
        ([1, 0, 0, 0, -1, 0], [30, 32.5, 35], 35),
        ([-1, 0, 0, 0, -1, 0], [0, 2.5, 5], 35),
    ],
)
def test_relative_offsets_follow_the_normal_and_absolute_ones_are_z_coordinates(made, cosines, offsets, z):
    found = _z_of_hot_frame(made, ImageOrientationPatient=cosines, GridFrameOffsetVector=offsets)
    assert found == pytest.approx(z)


def test_offsets_that_are_neither_relative_nor_absolute_are_refused(made):
    with pytest.raises(ContradictionError, match="neither 0"):
        _z_of_hot_frame(made, GridFrameOffsetVector=[-270, -267.5, -265])


def test_absolute_offsets_of_an_oblique_grid_are_refused(made):
    tilted = [1, 0, 0, 0, 0.8, 0.6]
    with pytest.raises(ContradictionError, match="axial grids only"):
        _z_of_hot_frame(made, ImageOrientationPatient=tilted, GridFrameOffsetVector=[30, 32.5, 35])


def test_a_descending_grid_of_another_system_is_turned_over_with_its_values(shared_data):
    read = read_dose(shared_data / "dicom" / "vitesse_hdr_prostate_phantom" / "DO001.dcm")
    np.testing.assert_allclose(read.geometry.to_patient([0, 0, 0]), [-70.7424, -85.1824, -45])
    np.testing.assert_allclose(read.geometry.to_patient([55, 0, 0])[2], 10)
    assert float(read.dose_gy.max()) == pytest.approx(2043.18, abs=0.01)
