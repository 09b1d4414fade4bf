"""How much of an organ meets the earlier one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_io import Contour, RigidTransform, Structure
from rtplan.reirradiation.beside.registration import organ_residual


def box(*, length: float = 40.0, planes: int = 12, frame: str = "1.2") -> Structure:
    corners = 0.5 * length * np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    contours = tuple(
        Contour(points=np.column_stack([corners, np.full(4, 3.0 * k)]), geometric_type="CLOSED_PLANAR")
        for k in range(planes)
    )
    return Structure(
        number=1, name="Box", interpreted_type="", contours=contours, frame_of_reference_uid=frame
    )


def moved(x: float) -> RigidTransform:
    matrix = np.eye(4)
    matrix[0, 3] = x
    return RigidTransform(matrix=matrix, maps_from="1.2", maps_to="1.3", source="matrix file")


@given(length=st.floats(4.0, 60.0), planes=st.integers(2, 9))
def test_law_an_organ_meets_itself_wholly(length: float, planes: int) -> None:
    """The Dice coefficient of an organ with itself is 1, whatever its size."""
    organ = box(length=length, planes=planes)
    found = organ_residual(
        organ, box(length=length, planes=planes, frame="1.3"), moved(0.0), organ="O", course="C"
    )
    assert found.dice == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("shift", [4.0, 10.0, 20.0, 39.0, 41.0])
def test_of_a_box_moved_along_a_side_the_rest_is_common(shift: float) -> None:
    found = organ_residual(box(), box(frame="1.3"), moved(shift), organ="O", course="C")
    assert found.dice == pytest.approx(max(0.0, 1 - shift / 40), abs=0.03)
