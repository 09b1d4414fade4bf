from __future__ import annotations

import numpy as np
import pytest

from bed.errors import BedTypeError
from dicom_io.objects import GridField, GridGeometry, RigidTransform, identity
from rtplan.errors import RtplanTypeError, RtplanValueError
from rtplan.sums import BioGrid, CumulativeField, DosePart, PhysicalField, accumulate

NEW, OLD = "1.2.1", "1.2.2"
# A quarter turn about z and a shift: it does not commute with its own inverse's order.
TO_OLD = np.array([[0.0, -1, 0, 30], [1, 0, 0, -12], [0, 0, 1, 4], [0, 0, 0, 1]])
GRID = GridGeometry.axial(shape=(6, 9, 8), origin=(-10, -10, -10), spacing=(4.0, 2.5, 3.0))
OLD_GRID = GridGeometry.axial(shape=(15, 21, 31), origin=(0, -40, -30), spacing=(5.0, 2.0, 3.0))
GRADIENT = np.array([0.3, -0.2, 0.5])


def linear_dose(geometry: GridGeometry, frame: str, gradient: np.ndarray, at_origin: float) -> GridField:
    """A dose that is linear in the patient: trilinear interpolation returns it exactly."""
    index = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    values = at_origin + geometry.to_patient(index) @ gradient
    return GridField(geometry=geometry, values=values, frame_of_reference_uid=frame)


def new_part(n: int = 5) -> DosePart:
    field = linear_dose(GRID, NEW, np.array([0.1, 0.4, 0.0]), 25.0)
    return DosePart(course="new", dose=field, n_fractions=n, transform=identity(NEW))


def old_part() -> DosePart:
    transform = RigidTransform(matrix=TO_OLD, maps_from=NEW, maps_to=OLD, source="matrix file")
    field = linear_dose(OLD_GRID, OLD, GRADIENT, 40.0)
    return DosePart(course="old", dose=field, n_fractions=28, transform=transform)


POINTS = np.array([[0.0, 0.0, 0.0], [3.3, -4.1, 5.2], [-7.0, 6.5, 1.25]])


def eqd2_by_hand(dose: np.ndarray, n: int, ab: float) -> np.ndarray:
    return dose * (dose / n + ab) / (2 + ab)


@pytest.mark.parametrize("alpha_beta", [2.0, 3.0, 10.0])
def test_the_sum_interpolates_physical_dose_then_converts_then_adds(alpha_beta: float) -> None:
    total = accumulate([old_part(), new_part()], alpha_beta=alpha_beta)
    in_old = POINTS @ TO_OLD[:3, :3].T + TO_OLD[:3, 3]
    expected = eqd2_by_hand(40.0 + in_old @ GRADIENT, 28, alpha_beta)
    expected += eqd2_by_hand(25.0 + POINTS @ np.array([0.1, 0.4, 0.0]), 5, alpha_beta)
    assert total.sample(POINTS) == pytest.approx(expected, rel=1e-12)


def test_where_one_course_does_not_cover_there_is_no_sum() -> None:
    total = accumulate([old_part(), new_part()], alpha_beta=3.0)
    outside_new = np.array([[200.0, 0.0, 0.0]])
    assert np.isnan(total.sample(outside_new)).all()
    # Inside the new grid, but the old grid was cut short there.
    short = GridGeometry.axial(shape=(2, 21, 31), origin=(0, -40, -30), spacing=(5.0, 2.0, 3.0))
    cut = DosePart(
        course="old",
        dose=linear_dose(short, OLD, GRADIENT, 40.0),
        n_fractions=28,
        transform=old_part().transform,
    )
    assert np.isnan(accumulate([cut, new_part()], alpha_beta=3.0).sample(POINTS)).all()


def test_recovery_is_taken_off_the_eqd2_of_its_own_course_only() -> None:
    plain = accumulate([old_part(), new_part()], alpha_beta=3.0)
    recovered = accumulate(
        [
            DosePart(
                course="old",
                dose=old_part().dose,
                n_fractions=28,
                transform=old_part().transform,
                recovered=0.25,
            ),
            new_part(),
        ],
        alpha_beta=3.0,
    )
    difference = plain.sample(POINTS) - recovered.sample(POINTS)
    assert difference == pytest.approx(0.25 * plain.of_course("old").sample(POINTS), rel=1e-12)
    assert recovered.without_recovery().sample(POINTS) == pytest.approx(plain.sample(POINTS))


def test_a_scaled_course_scales_its_dose_per_fraction() -> None:
    total = accumulate([old_part(), new_part()], alpha_beta=3.0).with_course_scaled("new", 0.5)
    halved = (25.0 + POINTS @ np.array([0.1, 0.4, 0.0])) / 2
    expected = eqd2_by_hand(halved, 5, 3.0)
    assert total.of_course("new").sample(POINTS) == pytest.approx(expected, rel=1e-12)


def test_a_grid_holds_the_sum_and_where_it_is_covered() -> None:
    total = accumulate([old_part(), new_part()], alpha_beta=3.0)
    larger = GridGeometry.axial(shape=(6, 9, 12), origin=(-10, -10, -10), spacing=(4.0, 2.5, 3.0))
    grid = BioGrid.of(total, larger)
    assert grid.covered[:, :, :8].all()
    assert not grid.covered[:, :, 8:].any()
    assert grid.courses == ("old", "new")
    index = np.array([[2, 3, 4]])
    assert np.asarray(grid.eqd2.gy)[2, 3, 4] == pytest.approx(
        total.sample(larger.to_patient(index))[0], rel=1e-6
    )
    assert "alpha/beta 3" in repr(grid)


def test_grids_of_different_alpha_beta_do_not_add() -> None:
    parts = [old_part(), new_part()]
    at_three = BioGrid.of(accumulate(parts, alpha_beta=3.0), GRID)
    at_ten = BioGrid.of(accumulate(parts, alpha_beta=10.0), GRID)
    with pytest.raises(BedTypeError, match="alpha/beta differ"):
        at_three + at_ten
    with pytest.raises(RtplanTypeError, match="same grid"):
        at_three + BioGrid.of(accumulate(parts, alpha_beta=3.0), OLD_GRID)
    doubled = at_three + at_three
    assert np.asarray(doubled.eqd2.gy) == pytest.approx(2 * np.asarray(at_three.eqd2.gy))


def test_physical_doses_of_two_courses_are_not_added() -> None:
    with pytest.raises(RtplanTypeError, match="convert each to EQD2"):
        PhysicalField(parts=(old_part(), new_part()), geometry=GRID)
    alone = PhysicalField(parts=(new_part(), new_part()), geometry=GRID)
    assert alone.sample(POINTS) == pytest.approx(2 * (25.0 + POINTS @ np.array([0.1, 0.4, 0.0])))
    assert alone.frame_of_reference_uid == NEW


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_fractions": 0}, "whole number"),
        ({"n_fractions": 2.5}, "whole number"),
        ({"recovered": 1.2}, "0 to 1"),
        ({"dose_factor": -1.0}, "at least 0"),
        ({"transform": identity(OLD)}, "does not lead"),
    ],
)
def test_a_part_that_contradicts_itself_is_refused(change: dict[str, object], message: str) -> None:
    said = {"course": "new", "dose": new_part().dose, "n_fractions": 5, "transform": identity(NEW)}
    with pytest.raises(RtplanValueError, match=message):
        DosePart(**(said | change))  # type: ignore[arg-type]


def test_a_sum_needs_courses_one_frame_and_a_grid() -> None:
    with pytest.raises(RtplanValueError, match="at least one course"):
        accumulate([], alpha_beta=3.0)
    with pytest.raises(RtplanValueError, match="name the grid"):
        accumulate([new_part(), old_part()], alpha_beta=3.0)
    in_old_frame = DosePart(course="old", dose=old_part().dose, n_fractions=28, transform=identity(OLD))
    with pytest.raises(RtplanValueError, match="one frame of reference"):
        CumulativeField(parts=(in_old_frame, new_part()), alpha_beta=3.0, geometry=GRID)
