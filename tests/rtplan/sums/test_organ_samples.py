from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicom_io.dvh import Metric
from dicom_io.objects import Contour, GridField, GridGeometry, RigidTransform, Structure, identity
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.sums import (
    CumulativeField,
    DosePart,
    Motion,
    MovableSum,
    OrganSamples,
    RememberedField,
    TriedRegimen,
    metric_of_points,
    moved_part,
    tried_parts,
)

NEW, OLD = "1.2.1", "1.2.2"
ANGLE = np.linspace(0, 2 * np.pi, 48, endpoint=False)


def ball(radius: float = 12.0) -> Structure:
    """A ball about the origin, drawn 3 mm apart."""
    heights = np.arange(-radius + 1.5, radius, 3.0)
    rings = [(z, np.sqrt(radius**2 - z**2)) for z in heights]
    contours = tuple(
        Contour(
            points=np.column_stack([r * np.cos(ANGLE), r * np.sin(ANGLE), np.full(48, z)]),
            geometric_type="CLOSED_PLANAR",
        )
        for z, r in rings
    )
    return Structure(
        number=1, name="Ball", interpreted_type="ORGAN", contours=contours, frame_of_reference_uid=NEW
    )


def dose(frame: str, half: float, seed: int) -> GridField:
    grid = GridGeometry.axial(
        shape=(int(half), int(half * 0.8), int(half * 0.8)),
        origin=(-half, -half, -half),
        spacing=(2.0, 2.5, 2.5),
    )
    random = np.random.default_rng(seed)
    values = random.uniform(5, 60, grid.shape).astype(np.float32)
    return GridField(geometry=grid, values=values, frame_of_reference_uid=frame)


def turned(degrees: float, shift: tuple[float, float, float]) -> RigidTransform:
    angle = np.radians(degrees)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, 3] = shift
    return RigidTransform(matrix=matrix, maps_from=NEW, maps_to=OLD, source="matrix file")


@pytest.fixture(scope="module")
def total() -> CumulativeField:
    """An earlier course through a rigid transform, as `reirradiate` joins it, and a new one."""
    earlier = RememberedField(dose=dose(OLD, 40.0, 1), transform=turned(7.0, (2.0, -3.0, 1.0)))
    new = dose(NEW, 36.0, 2)
    parts = (
        DosePart(course="earlier", dose=earlier, n_fractions=25, transform=identity(NEW), dose_factor=0.96),
        DosePart(course="new", dose=new, n_fractions=5, transform=identity(NEW)),
    )
    return CumulativeField(parts=parts, alpha_beta=3.0, geometry=new.geometry)


@pytest.fixture(scope="module")
def samples(total: CumulativeField) -> OrganSamples:
    return OrganSamples.of(total, ball())


@settings(max_examples=20)
@given(
    alpha_beta=st.floats(0.5, 20),
    recovered=st.floats(0, 1),
    factor=st.floats(0, 2),
    n_fractions=st.integers(1, 40),
)
def test_samples_say_what_the_field_says_at_their_points(
    total: CumulativeField,
    samples: OrganSamples,
    alpha_beta: float,
    recovered: float,
    factor: float,
    n_fractions: int,
) -> None:
    """The EQD2 of samples is that of the cumulative field at their points, whatever is asked."""
    regimens = {"new": TriedRegimen(dose_factor=factor, n_fractions=n_fractions)}
    parts = tried_parts(total.parts, recovered={"earlier": recovered}, regimens=regimens)
    slow = replace(total, parts=parts, alpha_beta=alpha_beta).sample(samples.points)
    fast = samples.eqd2_of(alpha_beta, recovered={"earlier": recovered}, regimens=regimens)
    assert np.all(np.isfinite(slow))
    assert fast == pytest.approx(slow, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("metric", ["D0.03cc[Gy]", "D50%[Gy]", "Mean[Gy]", "Max[Gy]"])
def test_metrics_of_shifted_samples_are_those_of_the_band(
    total: CumulativeField, samples: OrganSamples, metric: str
) -> None:
    movable = MovableSum.of(total, ball(), moved=["earlier"])
    shift = (1.5, -2.0, 3.0)
    moved = samples.moved(Motion(shift_mm=shift), courses=("earlier",))
    asked = Metric.parse(metric)
    slow = movable.metric(asked, movable.shifted(np.array(shift)))
    assert metric_of_points(asked, moved.eqd2_of(3.0), moved.volume_cc) == pytest.approx(slow, abs=1e-6)


def test_a_turn_is_the_band_s_turn(total: CumulativeField, samples: OrganSamples) -> None:
    movable = MovableSum.of(total, ball(), moved=["earlier"])
    centre = np.average(samples.points, axis=0, weights=samples.volume_cc)
    motion = Motion(rotation_degrees=(0.0, 0.0, 4.0), centre_mm=tuple(centre))
    moved = samples.moved(motion, courses=("earlier",))
    assert moved.eqd2_of(3.0) == pytest.approx(movable.turned(motion.rotation), abs=1e-6)


def test_a_shift_samples_the_moved_course_only(samples: OrganSamples) -> None:
    moved = samples.moved(Motion(shift_mm=(0.0, 0.0, 4.0)), courses=("earlier",))
    assert np.array_equal(moved.dose_gy[1], samples.dose_gy[1])
    assert not np.allclose(moved.dose_gy[0], samples.dose_gy[0])
    assert moved.parts[1] is samples.parts[1]


def test_a_motion_starts_from_where_the_dose_was_stated_to_lie(samples: OrganSamples) -> None:
    there = samples.moved(Motion(shift_mm=(0.0, 0.0, 4.0)), courses=("earlier",))
    back = there.moved(Motion(), courses=("earlier",))
    assert back.dose_gy is samples.dose_gy


def test_points_that_leave_the_earlier_grid_are_not_covered(samples: OrganSamples) -> None:
    moved = samples.moved(Motion(shift_mm=(0.0, 0.0, 60.0)), courses=("earlier",))
    assert samples.is_covered
    assert not moved.is_covered
    assert np.isnan(moved.eqd2_of(3.0)).any()


def test_a_motion_of_a_point_is_its_closed_form() -> None:
    """The dose that was at p is found at R (p - c) + c + s."""
    motion = Motion(
        shift_mm=(3.0, -1.0, 2.0), rotation_degrees=(5.0, -8.0, 20.0), centre_mm=(10.0, 4.0, -6.0)
    )
    centre, shift = np.array(motion.centre_mm), np.array(motion.shift_mm)
    before = np.array([[14.0, 0.0, 3.0], [-7.0, 22.0, 9.0]])
    after = (before - centre) @ motion.rotation.T + centre + shift
    assert motion.origin_of(NEW).apply(after) == pytest.approx(before)
    assert motion.rotation @ motion.rotation.T == pytest.approx(np.eye(3))


def test_a_moved_part_through_something_not_rigid_is_moved_too(total: CumulativeField) -> None:
    class Mirrored:
        maps_from, maps_to = NEW, OLD

        def apply(self, points: np.ndarray) -> np.ndarray:
            return np.asarray(points) * [1.0, -1.0, 1.0]

    part = DosePart(course="earlier", dose=dose(OLD, 40.0, 1), n_fractions=25, transform=Mirrored())
    motion = Motion(shift_mm=(0.0, 2.0, 0.0), rotation_degrees=(0.0, 0.0, 3.0))
    points = np.array([[1.0, 2.0, 3.0], [-5.0, 4.0, 0.0]])
    expected = part.physical_at(motion.origin_of(NEW).apply(points))
    assert moved_part(part, motion).physical_at(points) == pytest.approx(expected)


def test_a_course_of_two_plans_is_scaled_but_given_no_other_number_of_fractions(
    total: CumulativeField,
) -> None:
    boost = replace(total.parts[1], n_fractions=3)
    parts = (*total.parts, boost)
    scaled = tried_parts(parts, regimens={"new": TriedRegimen(dose_factor=0.5)})
    assert [part.n_fractions for part in scaled] == [25, 5, 3]
    assert [part.dose_factor for part in scaled] == [0.96, 0.5, 0.5]
    with pytest.raises(RtplanValueError, match="nothing says how they are shared"):
        tried_parts(parts, regimens={"new": TriedRegimen(n_fractions=4)})


@pytest.mark.parametrize(
    "said",
    [{"shift_mm": (0.0, 0.0, 500.0)}, {"rotation_degrees": (90.0, 0.0, 0.0)}, {"centre_mm": (np.nan, 0, 0)}],
)
def test_a_motion_that_means_nothing_is_refused(said: dict[str, tuple[float, float, float]]) -> None:
    with pytest.raises(RtplanValueError):
        Motion(**said)


def test_a_regimen_or_a_recovery_that_means_nothing_is_refused(samples: OrganSamples) -> None:
    for wrong in ({"dose_factor": -1.0}, {"dose_factor": 50.0}, {"n_fractions": 0}):
        with pytest.raises(RtplanValueError):
            TriedRegimen(**wrong)  # type: ignore[arg-type]
    with pytest.raises(RtplanValueError, match="0 to 1"):
        samples.eqd2_of(3.0, recovered={"earlier": 1.5})
    with pytest.raises(RtplanLookupError, match="there are: earlier, new"):
        samples.moved(Motion(), courses=("another",))
