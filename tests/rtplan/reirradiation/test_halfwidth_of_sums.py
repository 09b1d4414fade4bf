"""The half-width of a voxel sum holds the truth where the courses' grids differ.

Sets of an independent writer: an earlier course on 4 mm, a new one on 1.25 mm. Their truths are from the dose
functions, sampled every 0.3 mm.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import rtplan
from dicom_io import load_study
from rtplan.reirradiation import Reirradiation

TRUTHS = {"D0.03cc[Gy]": 90.640, "Mean[Gy]": 87.758, "D95%[Gy]": 81.632}


@pytest.fixture(scope="module")
def found(shared_data: Path) -> Reirradiation:
    folder = shared_data.parent / "cases" / "courses" / "halfwidth_sum"
    if not folder.is_dir():
        pytest.skip(f"needs {folder.parent.name}/{folder.name} among the shared cases")
    prior, new = (load_study(folder / name).select() for name in ("c1", "c2"))
    return rtplan.reirradiate(
        rtplan.course_of_treatments([(new, rtplan.Delivery())], role="new"),
        [
            rtplan.course_of_treatments(
                [(prior, rtplan.Delivery())], role="prior", ended=date(2022, 3, 5), label="earlier"
            )
        ],
        intervals=[rtplan.Interval(ended=date(2022, 3, 5), starts=date(2024, 3, 5))],
        tissues=rtplan.parse_tissues(["Bladder=3"]),
        registrations=load_study(folder / "reg1.dcm").registrations[0].transforms,
        limits=rtplan.parse_limits(
            ["Bladder:D0.03cc[Gy]<=90.55", "Bladder:Mean[Gy]<=87.5", "Bladder:D95%[Gy]<=81.5"]
        ),
        n_fractions=[5],
    )


def test_the_true_value_lies_within_the_half_width(found: Reirradiation) -> None:
    rows = {row.metric: row for row in found.rows}
    for metric, true in TRUTHS.items():
        value = rows[metric].voxel_sum
        assert value.value is not None
        assert value.uncertainty is not None
        assert abs(value.value - true) < value.uncertainty, metric
        assert value.uncertainty < 6 * abs(value.value - true), metric


def test_a_limit_below_the_true_value_is_not_within(found: Reirradiation) -> None:
    """All three limits are exceeded by the true sum and kept by the interpolated one."""
    for row in found.rows:
        assert row.limit is not None
        assert row.voxel_sum.value is not None
        assert row.voxel_sum.value < row.limit.eqd2_gy < TRUTHS[row.metric]
        assert row.verdict is not None
        assert row.verdict.value == "borderline", row.metric


def test_what_is_left_of_the_plan_has_the_truth_between_its_ends(found: Reirradiation) -> None:
    """The factor that meets a limit is off by what the sum is off, over its slope: the ends hold that."""
    for row in found.rows:
        plan = next(one for one in row.remaining if one.basis == "plan")
        assert plan.total_dose_gy is not None
        assert plan.low_gy is not None
        assert plan.high_gy is not None
        # at factor 1 the true sum is beyond the limit: the true factor is below 1, the interpolated one above
        full = plan.total_dose_gy / plan.factor  # type: ignore[operator]
        assert plan.low_gy < full < plan.total_dose_gy < plan.high_gy


def test_the_numerics_line_holds_the_same_half_width(found: Reirradiation) -> None:
    for row in found.rows:
        line = next(flip for flip in row.flips if flip.input == "numerics")
        assert line.stated == row.voxel_sum.uncertainty
        assert line.becomes == "within"
