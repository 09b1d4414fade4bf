"""H09: EQD2 values of different alpha/beta added."""

from __future__ import annotations

import numpy as np
import pytest

from bed.errors import BedTypeError
from bed.quantity import EQD2
from dicom_io import GridField, GridGeometry, identity
from rtplan.sums import BioGrid, DosePart, accumulate

GRID = GridGeometry.axial(shape=(2, 2, 2), origin=(0, 0, 0), spacing=(1.0, 1.0, 1.0))


def grid_at(alpha_beta: float) -> BioGrid:
    field = GridField(geometry=GRID, values=np.full((2, 2, 2), 20.0), frame_of_reference_uid="1.2")
    part = DosePart(course="first", dose=field, n_fractions=5, transform=identity("1.2"))
    return BioGrid.of(accumulate([part], alpha_beta=alpha_beta), GRID)


def test_values_of_different_alpha_beta_do_not_add() -> None:
    with pytest.raises(BedTypeError, match="alpha/beta differ"):
        EQD2(gy=40.0, alpha_beta=3.0) + EQD2(gy=40.0, alpha_beta=10.0)


def test_grids_of_different_alpha_beta_do_not_add() -> None:
    with pytest.raises(BedTypeError, match="alpha/beta differ"):
        grid_at(3.0) + grid_at(10.0)


def test_a_sum_has_one_alpha_beta_for_all_its_courses() -> None:
    assert grid_at(3.0).eqd2.alpha_beta == 3.0
    assert grid_at(3.0) + grid_at(3.0) is not None
