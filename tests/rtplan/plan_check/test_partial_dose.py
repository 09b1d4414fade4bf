"""Lower bounds of partly covered structures, against the structure covered whole."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from dicom_io import DVH, GridField, GridGeometry, compute_dvh
from rtplan.plan_check.partial_dose import lower_bound

WHOLE = GridGeometry.axial(shape=(21, 51, 51), origin=(-50, -50, -40), spacing=(4.0, 2.0, 2.0))
PART = GridGeometry.axial(shape=(11, 51, 51), origin=(-50, -50, -40), spacing=(4.0, 2.0, 2.0))
METRICS = (
    "D0.035cc[Gy]",
    "D1cc[Gy]",
    "D10%[Gy]",
    "Max[Gy]",
    "V30Gy[cc]",
    "V30Gy[%]",
    "DC9cc[Gy]",
    "Mean[Gy]",
)


def rectum(sets: ModuleType, grid: GridGeometry) -> DVH:
    """The box organ, of which the shorter grid covers the half below z = 0."""
    points = grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1).astype(float))
    values = 30.0 + 1.0 * points[..., 0] + 0.2 * points[..., 2]
    organ = sets.box_organ("Rectum", number=1, frame="1.2")
    return compute_dvh(organ, GridField(geometry=grid, values=values, frame_of_reference_uid="1.2"))


@pytest.mark.parametrize("metric", METRICS)
def test_what_the_covered_part_gives_is_never_more_than_the_whole(sets: ModuleType, metric: str) -> None:
    bound = lower_bound(rectum(sets, PART), metric)
    truth = rectum(sets, WHOLE).metric(metric)
    assert bound is not None
    assert bound.value is not None
    assert truth.value is not None
    assert 0 < bound.value <= truth.value + 1e-9


def test_a_structure_covered_whole_has_no_bound(sets: ModuleType) -> None:
    assert lower_bound(rectum(sets, WHOLE), "D1cc[Gy]") is None


@pytest.mark.parametrize("metric", ["D9cc[Gy]", "D95%[Gy]", "DC1cc[Gy]", "Min[Gy]"])
def test_a_volume_larger_than_the_covered_part_has_no_bound(sets: ModuleType, metric: str) -> None:
    assert lower_bound(rectum(sets, PART), metric) is None
