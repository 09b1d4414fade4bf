from __future__ import annotations

import numpy as np
import pytest

from dicom_io.dvh import Metric
from dicom_io.objects import GridField, GridGeometry
from rtplan.sums import OrganPoints
from rtplan.sums.points import metric_of_points, metrics_of_rows
from rtplan.sums.sampling import GridSampler, sample_field

UNEVEN = GridGeometry(
    shape=(4, 5, 6),
    origin=np.array([3.0, -2.0, 7.0]),
    row_direction=np.array([0.0, 1.0, 0.0]),
    column_direction=np.array([-1.0, 0.0, 0.0]),
    row_spacing=3.0,
    column_spacing=2.0,
    frame_offsets=np.array([0.0, 2.0, 5.0, 6.0]),
)
EVEN = GridGeometry.axial(shape=(6, 5, 4), origin=(-1, 2, 3), spacing=(4.0, 2.5, 1.5))
ONE_FRAME = GridGeometry(
    shape=(1, 5, 6),
    origin=np.zeros(3),
    row_direction=np.array([1.0, 0, 0]),
    column_direction=np.array([0, 1.0, 0]),
    row_spacing=2.0,
    column_spacing=2.0,
    frame_offsets=np.zeros(1),
    slice_thickness=3.0,
)


@pytest.mark.parametrize("geometry", [EVEN, UNEVEN, ONE_FRAME])
def test_the_compiled_way_gives_the_fields_own_values(geometry: GridGeometry) -> None:
    random = np.random.default_rng(7)
    field = GridField(
        geometry=geometry,
        values=random.random(geometry.shape).astype(np.float32),
        frame_of_reference_uid="1.2",
    )
    corners = np.stack(np.meshgrid(*[[0, size - 1] for size in geometry.shape], indexing="ij"), axis=-1)
    ends = geometry.to_patient(corners.reshape(-1, 3))
    points = np.concatenate([random.uniform(ends.min(0) - 4, ends.max(0) + 4, size=(4000, 3)), ends])
    expected = field.sample(points)
    assert np.isfinite(expected).any()
    assert np.isnan(expected).any()
    assert np.array_equal(np.isnan(expected), np.isnan(sample_field(field, points)))
    assert sample_field(field, points) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_unknown_voxels_stay_unknown() -> None:
    values = np.ones(EVEN.shape)
    values[2, 2, 2] = np.nan
    field = GridField(geometry=EVEN, values=values, frame_of_reference_uid="1.2")
    beside = EVEN.to_patient([[2.2, 2.2, 2.2], [4.5, 3.5, 2.5]])
    assert np.isnan(sample_field(field, beside)).tolist() == [True, False]


def test_points_hold_the_organs_volume_and_its_metrics(sets: object) -> None:
    organ = sets.box_organ("Rectum", number=1, frame="1.2")  # type: ignore[attr-defined]
    found = OrganPoints.of(organ, spacing_mm=2.0)
    assert found.volume_cc.sum() == pytest.approx(20 * 20 * 24 / 1000, rel=0.02)
    dose = 50.0 + found.points[:, 0]
    assert metric_of_points(Metric.parse("Mean[Gy]"), dose, found.volume_cc) == pytest.approx(
        50.0, abs=found.step_mm / 2
    )
    # The dose is linear over 20 mm: D_v falls linearly from 60 to 40 Gy.
    for share in (0.05, 0.5, 0.95):
        metric = Metric.parse(f"D{100 * share:g}%[Gy]")
        expected = 60.0 - 20.0 * share
        assert metric_of_points(metric, dose, found.volume_cc) == pytest.approx(expected, abs=found.step_mm)
    half = found.every(2)
    assert half.volume_cc.sum() == pytest.approx(found.volume_cc.sum(), rel=1e-3)


def test_many_steps_give_what_each_gives_alone() -> None:
    random = np.random.default_rng(11)
    for geometry in (EVEN, UNEVEN):
        field = GridField(
            geometry=geometry, values=random.random(geometry.shape), frame_of_reference_uid="1.2"
        )
        sampler = GridSampler(field=field)
        middle = geometry.to_patient((np.array(geometry.shape) - 1) / 2)
        points = middle + random.uniform(-1.0, 1.0, size=(50, 3))
        for reach in (0.4, 30.0):  # all inside the grid; some outside
            steps = random.uniform(-reach, reach, size=(7, 3))
            found = sampler.at_steps(sampler.along(points), steps)
            alone = np.stack([sampler.at(sampler.along(points), step) for step in steps])
            assert found == pytest.approx(alone, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("text", ["Mean[Gy]", "Max[Gy]", "Min[Gy]", "D0.5cc[Gy]", "D50%[Gy]", "D97%[Gy]"])
@pytest.mark.parametrize("equal", [True, False])
def test_rows_of_doses_have_the_metrics_of_each_row(text: str, equal: bool) -> None:
    random = np.random.default_rng(13)
    volume = np.full(200, 0.05) if equal else random.uniform(0.01, 0.09, 200)
    doses = random.uniform(0, 60, size=(6, 200))
    doses[3, 17] = np.nan
    metric = Metric.parse(text)
    expected = [metric_of_points(metric, row, volume) for row in doses]
    assert np.isnan(expected).tolist() == [False, False, False, True, False, False]
    found = metrics_of_rows([metric], doses, volume)[metric]
    assert found == pytest.approx(np.array(expected), nan_ok=True)
