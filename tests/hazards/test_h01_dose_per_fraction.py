"""H01: the prescription's dose per fraction used for every voxel."""

from __future__ import annotations

import numpy as np
import pytest

from dicom_io import GridField, GridGeometry, Metric, identity
from rtplan.courses import OrganRecord, curve_of_record
from rtplan.limits import remaining_at_point
from rtplan.sums import DosePart, accumulate

GRID = GridGeometry.axial(shape=(2, 2, 2), origin=(0, 0, 0), spacing=(1.0, 1.0, 1.0))


def part(gy: float, n: int, course: str = "first") -> DosePart:
    field = GridField(geometry=GRID, values=np.full((2, 2, 2), gy), frame_of_reference_uid="1.2")
    return DosePart(course=course, dose=field, n_fractions=n, transform=identity("1.2"))


def test_a_12_gy_voxel_of_50_gy_in_5_is_13_2_gy_and_not_36() -> None:
    value = accumulate([part(12.0, 5)], alpha_beta=2.0).sample(np.array([[0.5, 0.5, 0.5]]))
    assert value == pytest.approx([13.2], abs=1e-9)


def test_each_course_keeps_its_own_fractions_instead_of_a_pooled_number() -> None:
    total = accumulate([part(50.0, 25), part(25.0, 5, "second")], alpha_beta=3.0)
    assert total.sample(np.array([[0.5, 0.5, 0.5]])) == pytest.approx([90.0], abs=1e-9)
    # 75 Gy in 30 pooled fractions would have been 82.5 Gy.


def test_a_recorded_organ_dose_is_converted_at_its_own_dose_per_fraction() -> None:
    record = OrganRecord(name="SpinalCord", doses_gy={Metric.parse("Max[Gy]"): 12.0})
    curve = curve_of_record(record, n_fractions=5, alpha_beta=2.0, label="50 Gy in 5", volume_cc=5.0)
    assert curve.max_gy == pytest.approx(13.2)


def test_the_remaining_dose_is_named_a_point_dose() -> None:
    assert remaining_at_point(90, 50, n_fractions=5, alpha_beta=3).basis == "point"
