"""Laws of what a voxel sum leaves open: grids of random doses, seen through random shifts."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dicom_io.dvh import interpolation_shift
from dicom_io.objects import GridField, GridGeometry, RigidTransform
from rtplan.sums import CumulativeField, DosePart

FloatArray = NDArray[np.float64]
NEW = "1.2.1"
POINTS = np.random.default_rng(11).uniform(-6, 6, (60, 3))


@st.composite
def parts(draw: st.DrawFn, course: str) -> DosePart:
    """Fractions of one course: a rough dose, not a smooth one, on a grid of its own."""
    spacing = draw(st.sampled_from([1.25, 2.0, 3.0, 4.0]))
    n = int(30 / spacing) + 1
    grid = GridGeometry.axial(shape=(n, n, n), origin=(-15.0,) * 3, spacing=(spacing,) * 3)
    values = np.random.default_rng(draw(st.integers(0, 1000))).uniform(0, 60, grid.shape)
    matrix = np.eye(4)
    matrix[:3, 3] = draw(st.tuples(*[st.floats(-3, 3)] * 3))
    return DosePart(
        course=course,
        dose=GridField(geometry=grid, values=values, frame_of_reference_uid=course),
        n_fractions=draw(st.integers(1, 35)),
        transform=RigidTransform(matrix=matrix, maps_from=NEW, maps_to=course, source="matrix file"),
        dose_factor=draw(st.sampled_from([0.0, 0.5, 1.0])),
        recovered=draw(st.sampled_from([0.0, 0.25, 1.0])),
    )


def error_of(*some: DosePart, alpha_beta: float) -> FloatArray:
    total = CumulativeField(parts=some, alpha_beta=alpha_beta, geometry=some[0].dose.geometry)
    return np.abs(interpolation_shift(total, POINTS, np.full(len(POINTS), 0.5)))


@settings(max_examples=40, deadline=None)
@given(parts("1.2.3"), parts("1.2.4"), parts("1.2.5"), st.floats(1, 20))
def test_the_error_of_a_sum_is_at_no_point_smaller_than_that_of_a_part(
    one: DosePart, other: DosePart, third: DosePart, alpha_beta: float
) -> None:
    """At no point is the interpolation error of a sum smaller than that of one of its parts."""
    whole = error_of(one, other, third, alpha_beta=alpha_beta)
    for part in (one, other, third):
        assert np.all(whole >= error_of(part, alpha_beta=alpha_beta) - 1e-9)


@settings(max_examples=40, deadline=None)
@given(parts("1.2.3"), parts("1.2.4"), st.floats(1, 20))
def test_the_grid_that_a_sum_is_looked_at_on_changes_no_error_of_its_parts(
    one: DosePart, other: DosePart, alpha_beta: float
) -> None:
    """What the grids behind a sum leave open does not depend on which of them the sum is laid on."""
    fields = [
        CumulativeField(parts=(one, other), alpha_beta=alpha_beta, geometry=part.dose.geometry)
        for part in (one, other)
    ]
    width = np.full(len(POINTS), 0.5)
    first, second = (interpolation_shift(field, POINTS, width) for field in fields)
    np.testing.assert_array_equal(first, second)
