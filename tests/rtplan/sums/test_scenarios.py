from __future__ import annotations

import numpy as np
import pytest

from dicom_io import identity
from rtplan.errors import RtplanValueError
from rtplan.sums import RegistrationUncertainty
from rtplan.sums.scenarios import MovedDose

QUARTER_TURN = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])


def test_a_shifted_dose_is_found_where_it_went() -> None:
    moved = MovedDose(
        inner=identity("1.2"), rotation=np.eye(3), centre=np.zeros(3), shift=np.array([3.0, -2.0, 1.0])
    )
    there, shift = np.array([[5.0, 6.0, 7.0]]), np.array([3.0, -2.0, 1.0])
    assert moved.apply(there + shift) == pytest.approx(there)
    assert (moved.maps_from, moved.maps_to) == ("1.2", "1.2")


def test_a_turned_dose_is_turned_about_the_centre() -> None:
    centre = np.array([10.0, 0.0, 0.0])
    moved = MovedDose(inner=identity("1.2"), rotation=QUARTER_TURN, centre=centre, shift=np.zeros(3))
    before = np.array([[14.0, 0.0, 3.0]])
    after = centre + (before - centre) @ QUARTER_TURN.T
    assert moved.apply(after) == pytest.approx(before)
    assert moved.apply(centre[None]) == pytest.approx(centre[None])


def test_scenarios_span_the_stated_half_width() -> None:
    shifts = RegistrationUncertainty(shift_mm=4.0).shifts()
    assert shifts.shape == (125, 3)
    assert (shifts.min(), shifts.max()) == (-4.0, 4.0)
    assert np.any(np.all(shifts == 0, axis=1))
    assert RegistrationUncertainty(shift_mm=4.0).rotations() == []
    turns = RegistrationUncertainty(shift_mm=4.0, rotation_degrees=3.0).rotations()
    assert len(turns) == 6
    for turn in turns:
        assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-12)
        assert np.degrees(np.arccos((np.trace(turn) - 1) / 2)) == pytest.approx(3.0)


@pytest.mark.parametrize(
    "said",
    [
        {"shift_mm": 0.0},
        {"shift_mm": -1.0},
        {"shift_mm": 400.0},
        {"shift_mm": 3.0, "rotation_degrees": 90.0},
        {"shift_mm": 3.0, "steps": 4},
        {"shift_mm": 3.0, "steps": 1},
    ],
)
def test_an_uncertainty_that_means_nothing_is_refused(said: dict[str, float]) -> None:
    with pytest.raises(RtplanValueError):
        RegistrationUncertainty(**said)  # type: ignore[arg-type]
