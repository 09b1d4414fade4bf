"""What the grids behind a sum leave open: restored where it is known, never closed by another grid."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dicom_io.dvh import compute_dvh, interpolation_shift
from dicom_io.objects import (
    Contour,
    DeformableTransform,
    GridField,
    GridGeometry,
    RigidTransform,
    Structure,
    identity,
)
from rtplan.sums import CumulativeField, DosePart, InvertedDeformation, PhysicalField, RememberedField
from rtplan.sums.ellipsoid import WorstField

Array = NDArray[np.float64]
NEW, OLD = "1.2.1", "1.2.2"
BENDS = np.array([-0.012, -0.008, 0.01])
"""Half the second derivatives along x, y and z, Gy / mm2."""
TO_OLD = np.array([[0.0, -1, 0, 3], [1, 0, 0, -2], [0, 0, 1, 1.5], [0, 0, 0, 1]])


def true_dose(points: Array) -> Array:
    found: Array = 40 + points @ np.array([0.2, -0.1, 0.15]) + points**2 @ BENDS
    return found


def cube(spacing_mm: float, frame: str, half_mm: float = 40.0) -> GridField:
    n = int(2 * half_mm / spacing_mm) + 1
    grid = GridGeometry.axial(shape=(n, n, n), origin=(-half_mm,) * 3, spacing=(spacing_mm,) * 3)
    values = true_dose(grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1)))
    return GridField(geometry=grid, values=values, frame_of_reference_uid=frame)


def rigid() -> RigidTransform:
    return RigidTransform(matrix=TO_OLD, maps_from=NEW, maps_to=OLD, source="matrix file")


def part(spacing_mm: float, course: str, n: int, **stated: float) -> DosePart:
    frame, transform = (OLD, rigid()) if course == "old" else (NEW, identity(NEW))
    return DosePart(course=course, dose=cube(spacing_mm, frame), n_fractions=n, transform=transform, **stated)


def total_of(*parts: DosePart, alpha_beta: float = 3.0) -> CumulativeField:
    return CumulativeField(parts=parts, alpha_beta=alpha_beta, geometry=parts[-1].dose.geometry)


POINTS = np.random.default_rng(3).uniform(-15, 15, (200, 3))
NONE = np.zeros(len(POINTS))
"""Points themselves, not cubes about them."""


def test_each_part_errs_by_its_own_grid_however_fine_that_of_the_sum_is() -> None:
    """A quadratic dose on 4 mm, under one on 1 mm: the shift restores both at every point."""
    coarse, fine = part(4.0, "old", 28), part(1.0, "new", 5)
    shifts = total_of(coarse, fine).interpolation_shifts(POINTS, NONE)
    for found, one in zip(shifts, (coarse, fine), strict=True):
        there = POINTS @ TO_OLD[:3, :3].T + TO_OLD[:3, 3] if one is coarse else POINTS
        sampled, true = one.physical_at(POINTS), true_dose(there)
        slope = 1 / (1 + 2 / 3) + 2 * sampled / (one.n_fractions * 5)
        assert found == pytest.approx((true - sampled) * slope, abs=1e-8)
    assert np.median(np.abs(shifts[0])) > 5 * np.median(np.abs(shifts[1]))


def test_recovery_and_the_dose_factor_scale_what_a_part_leaves_open() -> None:
    plain, half = part(4.0, "old", 28), part(4.0, "old", 28, recovered=0.5)
    assert half.eqd2_shifts(POINTS, NONE, 3.0) == pytest.approx(plain.eqd2_shifts(POINTS, NONE, 3.0) / 2)
    doubled = part(4.0, "old", 56, dose_factor=2.0)  # the same dose per fraction, twice as many
    assert doubled.eqd2_shifts(POINTS, NONE, 3.0) == pytest.approx(2 * plain.eqd2_shifts(POINTS, NONE, 3.0))
    assert part(4.0, "old", 28, dose_factor=0.0).eqd2_shifts(POINTS, NONE, 3.0) == pytest.approx(0)


def test_a_remembered_dose_leaves_the_same_open() -> None:
    seen = RememberedField(dose=cube(4.0, OLD), transform=rigid())
    remembered = DosePart(course="old", dose=seen, n_fractions=28, transform=identity(NEW))
    expected = part(4.0, "old", 28).eqd2_shifts(POINTS, NONE, 3.0)
    assert remembered.eqd2_shifts(POINTS, NONE, 3.0) == pytest.approx(expected)


def test_phases_of_a_course_err_each_by_its_own_grid_in_physical_dose_too() -> None:
    coarse, fine = part(4.0, "new", 20), part(1.0, "new", 5, dose_factor=0.5)
    course = PhysicalField(parts=(coarse, fine), geometry=fine.dose.geometry)
    missed = true_dose(POINTS) * 1.5 - course.sample(POINTS)
    assert course.interpolation_shifts(POINTS, NONE).sum(axis=0) == pytest.approx(missed, abs=1e-8)


def deformation(frames: tuple[str, str]) -> DeformableTransform:
    """Vectors that are quadratic in the patient, on 5 mm."""
    grid = GridGeometry.axial(shape=(15, 15, 15), origin=(-35, -35, -35), spacing=(5.0, 5.0, 5.0))
    return DeformableTransform(
        geometry=grid,
        vectors=bent(grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1))).astype(np.float32),
        pre=np.eye(4),
        post=np.eye(4),
        maps_from=frames[0],
        maps_to=frames[1],
    )


def bent(points: Array) -> Array:
    found: Array = 0.004 * np.roll(points, 1, axis=-1) ** 2 + np.array([2.0, -1.0, 0.5])
    return found


def steep(points: Array) -> Array:
    found: Array = 60 + points @ np.array([1.5, -1.0, 0.8])
    return found


def steep_field(frame: str) -> GridField:
    grid = GridGeometry.axial(shape=(33, 33, 33), origin=(-40, -40, -40), spacing=(2.5, 2.5, 2.5))
    values = steep(grid.to_patient(np.moveaxis(np.indices(grid.shape), 0, -1)))
    return GridField(geometry=grid, values=values, frame_of_reference_uid=frame)


def test_a_deformation_errs_by_the_grid_of_its_vectors() -> None:
    """A linear dose has no error of its own; a quadratic deformation's moves it, and is restored."""
    seen = DosePart(course="old", dose=steep_field(OLD), n_fractions=28, transform=deformation((NEW, OLD)))
    missed = steep(POINTS + bent(POINTS)) - seen.physical_at(POINTS)
    assert np.abs(missed).max() > 0.05
    assert seen.physical_shifts(POINTS, NONE).sum(axis=0) == pytest.approx(missed, abs=1e-4)


def test_a_deformation_solved_backwards_errs_the_other_way() -> None:
    """To first order: the vectors' own slope is a tenth."""
    inverse = InvertedDeformation.of(deformation((OLD, NEW)), cube(10.0, NEW, 10.0).geometry)
    seen = DosePart(course="old", dose=steep_field(OLD), n_fractions=28, transform=inverse)
    before = POINTS.copy()
    for _ in range(100):
        before = POINTS - bent(before)
    missed = steep(before) - seen.physical_at(POINTS)
    assert np.abs(missed).max() > 0.05
    found = seen.physical_shifts(POINTS, NONE).sum(axis=0)
    assert found == pytest.approx(missed, abs=0.15 * np.abs(missed).max())


def test_a_searched_sum_leaves_open_what_the_sum_does_where_it_is_worst() -> None:
    total = total_of(part(4.0, "old", 28), part(2.0, "new", 5))
    still = WorstField(total=total, moved=frozenset({"old"}), displacements=np.zeros((1, 3)), within=None)
    in_order = total.interpolation_shifts(POINTS, NONE)[::-1]  # what is not searched comes first
    assert still.interpolation_shifts(POINTS, NONE) == pytest.approx(in_order)
    step = np.array([0.7, 0.0, 0.0])
    moved = WorstField(
        total=total, moved=frozenset({"old"}), displacements=np.array([np.zeros(3), step]), within=None
    )
    old = total.of_course("old")
    place = np.where((old.sample(POINTS + step) > old.sample(POINTS))[:, None], POINTS + step, POINTS)
    assert moved.interpolation_shifts(POINTS, NONE)[1] == pytest.approx(
        old.interpolation_shifts(place, NONE)[0]
    )


def box(half_mm: float) -> Structure:
    square = half_mm * np.array([[-1.0, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
    contours = tuple(
        Contour(points=square + [0, 0, z], geometric_type="CLOSED_PLANAR")
        for z in np.arange(-half_mm + 1, half_mm, 2.0)
    )
    return Structure(
        number=1, name="Cube", interpreted_type="", contours=contours, frame_of_reference_uid=NEW
    )


def test_a_fine_course_that_adds_nothing_does_not_close_what_a_coarse_one_leaves_open() -> None:
    """The half-width of a sum with a course of 0 Gy on a finer grid stays about that of the course alone."""
    coarse = part(4.0, "old", 28)
    nothing = part(1.25, "new", 5, dose_factor=0.0)
    alone = compute_dvh(box(8.0), total_of(coarse, part(4.0, "new", 5, dose_factor=0.0)))
    under = compute_dvh(box(8.0), total_of(coarse, nothing))
    for name in ("D0.03cc[Gy]", "D50%[Gy]", "D95%[Gy]", "Mean[Gy]"):
        one, other = alone.metric(name), under.metric(name)
        assert one.uncertainty is not None
        assert other.uncertainty is not None
        assert other.uncertainty > 0.5 * one.uncertainty
        assert abs(one.value - other.value) < one.uncertainty  # type: ignore[operator]


def test_what_is_asked_of_a_composed_field_is_what_its_grids_leave_open_together() -> None:
    total = total_of(part(4.0, "old", 28), part(2.0, "new", 5))
    together = interpolation_shift(total, POINTS, NONE)
    assert np.abs(together) == pytest.approx(np.abs(total.interpolation_shifts(POINTS, NONE)).sum(axis=0))
