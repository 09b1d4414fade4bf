"""A mean limit under a deformable sum: judged where sum and bounds keep it, the disagreement still said."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

import rtplan
from dicom_io import load_study
from dicom_io.objects import DeformableTransform, GridGeometry, RigidTransform
from rtplan.reirradiation import Reirradiation


def squeezed(rigid: RigidTransform) -> DeformableTransform:
    """The registration with every point drawn to a plane: by a fifth of its height, no volume preserved."""
    spacing = (10.0, 10.0, 10.0)
    grid = GridGeometry.axial(shape=(61, 61, 61), origin=(-300, -300, -300), spacing=spacing)
    points = grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))
    vectors = np.zeros((*grid.shape, 3), dtype=np.float32)
    vectors[..., 2] = -0.2 * points[..., 2]
    return DeformableTransform(
        geometry=grid,
        vectors=vectors,
        pre=np.eye(4),
        post=rigid.matrix,
        maps_from=rigid.maps_from,
        maps_to=rigid.maps_to,
    )


def answered(folder: Path, limit: str) -> Reirradiation:
    prior, new = (load_study(folder / name).select() for name in ("first-course", "second-course"))
    (entry,) = load_study(folder / "registration.dcm").registrations
    (rigid,) = entry.transforms
    assert isinstance(rigid, RigidTransform)
    forward = rigid if rigid.maps_from == new.dose.frame_of_reference_uid else rigid.inverse()
    return rtplan.reirradiate(
        rtplan.course_of_treatments([(new, rtplan.Delivery())], role="new"),
        [
            rtplan.course_of_treatments(
                [(prior, rtplan.Delivery())], role="prior", ended=date(2023, 6, 8), label="earlier"
            )
        ],
        intervals=[rtplan.Interval(ended=date(2023, 6, 8), starts=date(2024, 2, 12))],
        tissues=rtplan.parse_tissues(["Rectum=3"]),
        registrations=[squeezed(forward)],
        limits=rtplan.parse_limits([limit]),
        n_fractions=[5],
    )


@pytest.mark.parametrize(("limit", "verdict"), [("70", "within"), ("40", "exceeds")])
def test_the_mean_is_judged_by_value_and_the_disagreement_is_a_finding(
    two_courses: Path, limit: str, verdict: str
) -> None:
    found = answered(two_courses, f"Rectum:Mean[Gy]<={limit}")
    row = next(row for row in found.rows if row.metric == "Mean[Gy]")
    assert row.voxel_sum.value is not None
    assert row.bounds.low is not None
    apart = abs(row.voxel_sum.value - row.bounds.low)
    assert apart > row.bounds_uncertainty_gy + (row.voxel_sum.uncertainty or 0)
    assert row.verdict is not None
    assert row.verdict.value == verdict
    assert any("lies outside the bounds" in warning for warning in found.warnings)
