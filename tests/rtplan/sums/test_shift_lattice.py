from __future__ import annotations

import numpy as np
import pytest

from dicom_io import GridField, GridGeometry, Metric, RigidTransform, identity
from dicom_io.objects import Contour, Structure
from rtplan.sums import (
    CumulativeField,
    DosePart,
    MovableSum,
    OrganPoints,
    RegistrationUncertainty,
    scenarios_of,
)
from rtplan.sums.shift_lattice import ShiftLattice

NEW, OLD = "1.2.1", "1.2.2"
GRID = GridGeometry.axial(shape=(24, 30, 34), origin=(-40.0, -35.0, -30.0), spacing=(2.5, 2.4, 2.3))


def drawn(turned: float = 0.0) -> Structure:
    """A prism of five sides; `turned` tilts its planes about x, degrees."""
    angle = np.radians(turned)
    tilt = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]], dtype=np.float64
    )
    corners = np.array([[-9.0, -7.3], [8.1, -8.8], [12.0, 1.0], [2.2, 9.7], [-10.4, 5.0]])
    contours = tuple(
        Contour(points=np.column_stack([corners, np.full(5, z)]) @ tilt.T, geometric_type="CLOSED_PLANAR")
        for z in (-6.0, -3.0, 0.0, 3.0, 8.0)
    )
    return Structure(
        number=1, name="Prism", interpreted_type="", contours=contours, frame_of_reference_uid=NEW
    )


def total(*, covered_from: int = 0) -> CumulativeField:
    """Two courses, the earlier one turned and shifted; of it some first frames may be unknown."""
    random = np.random.default_rng(3)
    values = random.uniform(5.0, 50.0, (2, *GRID.shape))
    values[1, :covered_from] = np.nan
    turn = np.radians(7.0)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    matrix[:3, 3] = [1.5, -2.0, 0.7]
    ways = {NEW: identity(NEW), OLD: RigidTransform(matrix=matrix, maps_from=NEW, maps_to=OLD, source="test")}
    parts = tuple(
        DosePart(
            course=name,
            dose=GridField(geometry=GRID, values=gy, frame_of_reference_uid=frame),
            n_fractions=n,
            transform=ways[frame],
        )
        for name, frame, n, gy in (("new", NEW, 5, values[0]), ("old", OLD, 25, values[1]))
    )
    return CumulativeField(parts=parts, alpha_beta=3.0, geometry=GRID)


@pytest.mark.parametrize("shift_mm", [4.0, 3.1, 7.7])
def test_a_lattice_gives_what_each_shift_gives_alone(shift_mm: float) -> None:
    uncertainty = RegistrationUncertainty(shift_mm=shift_mm)
    movable = MovableSum.of(total(), drawn(), moved=["old"], uncertainty=uncertainty)
    shifts = uncertainty.shifts()
    assert ShiftLattice.of(movable.organ, shifts) is not None
    together = movable.shifted_together(shifts)
    for place in (0, 17, 62, 124):
        alone = total().parts[1].eqd2_at(movable.organ.points - shifts[place], 3.0) + movable.fixed
        assert together(slice(place, place + 1))[0] == pytest.approx(alone, abs=1e-4)
    # Rounding of the positions to 1e-6 mm is all that differs: 1e-4 Gy is far above what 45 Gy a voxel make.


def test_a_point_that_a_shift_leaves_uncovered_has_no_sum() -> None:
    uncertainty = RegistrationUncertainty(shift_mm=6.0)
    field = total(covered_from=9)
    movable = MovableSum.of(field, drawn(), moved=["old"], uncertainty=uncertainty)
    shifts = uncertainty.shifts()
    together = movable.shifted_together(shifts)(slice(0, 125))
    alone = np.stack([field.parts[1].eqd2_at(movable.organ.points - shift, 3.0) for shift in shifts])
    assert np.isnan(together).any()
    assert np.array_equal(np.isnan(together), np.isnan(alone))


def test_tilted_planes_are_shifted_one_by_one_to_the_same_band() -> None:
    uncertainty = RegistrationUncertainty(shift_mm=4.0)
    organ = OrganPoints.of(drawn(20.0), spacing_mm=2.5, shift_step_mm=2.0)
    shifts = uncertainty.shifts()
    lattice = ShiftLattice.of(organ, shifts)
    assert lattice is None  # rows of tilted planes meet nowhere
    movable = MovableSum.of(total(), drawn(20.0), moved=["old"], uncertainty=uncertainty)
    metric = Metric.parse("Mean[Gy]")
    found = scenarios_of(movable, [metric], uncertainty=uncertainty).values[metric]
    for place in (3, 99):
        alone = total().parts[1].eqd2_at(movable.organ.points - shifts[place], 3.0) + movable.fixed
        volume = movable.organ.volume_cc
        assert found[place] == pytest.approx(float(alone @ volume / volume.sum()), abs=1e-9)


def test_points_stand_where_moved_points_meet() -> None:
    for spacing, step in ((2.5, 2.0), (2.5, 3.0), (1.2, 0.9), (0.9, 0.4)):
        organ = OrganPoints.of(drawn(), spacing_mm=spacing, shift_step_mm=step)
        if organ.step_mm < step:
            parts = step / organ.step_mm
        else:
            parts = organ.step_mm / (step / 2)
            assert organ.step_mm > spacing - step / 2  # no closer than it has to be
        assert parts == pytest.approx(round(parts), abs=1e-9)
        assert organ.step_mm <= spacing
        inside = np.stack([at[index] for at, index in zip(organ.along_mm, organ.place, strict=True)], axis=1)
        assert inside @ organ.directions == pytest.approx(organ.points, abs=1e-12)
