"""H17: an uncertainty search kept inside the organ hides the hot spot beside it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bed.lq import eqd2
from dicom_io import MetricValue
from dicom_io.contours import SlabStack
from dicom_io.objects import Contour, Structure
from rtplan.courses import Delivery, course_of_treatments
from rtplan.errors import RtplanValueError
from rtplan.reirradiation.organ import join
from rtplan.sums import Ellipsoid, OrganMask, ellipsoid_maximum
from rtplan.sums.ellipsoid import WorstField


def searched(sets, half_mm: float, earlier) -> tuple[MetricValue, MetricValue, float]:
    """The maximum searched freely and inside the organ, and the sum of maxima."""
    new = course_of_treatments([(sets.treatment(sets.linear((0, 0, 0), 20.0), n=5), Delivery())], role="new")
    old = sets.treatment(earlier, n=28, label="2020-01-01 …2 50.4 Gy")
    prior = course_of_treatments([(old, Delivery())], role="prior")
    crude = eqd2(20.0, 5, 3.0) + eqd2(50.0, 28, 3.0)
    found = ellipsoid_maximum(
        join(new, [prior], []).total(3.0),
        new.structure("Rectum"),
        moved=[prior.label],
        ellipsoid=Ellipsoid(half_axes_mm=(half_mm,) * 3, steps=3),
    )
    return found.free.metric("Max[Gy]"), found.restricted.metric("Max[Gy]"), crude


def test_free_the_search_finds_the_hot_spot_beside_the_organ_and_restricted_it_does_not(sets) -> None:
    # 40 - x Gy: the organ ends at x = -10 mm with 50 Gy, and 6 mm beyond it there are 56 Gy.
    free, restricted, crude = searched(sets, 6.0, sets.linear((-1.0, 0, 0), 40.0))
    assert free.value == pytest.approx(eqd2(20.0, 5, 3.0) + eqd2(56.0, 28, 3.0), abs=0.1)
    assert free.value > crude
    assert restricted.value is not None
    assert restricted.value <= crude + 0.1


def test_both_searches_are_at_least_the_plain_sum(sets) -> None:
    free, restricted, _ = searched(sets, 2.0, sets.linear((-1.0, 0, 0), 40.0))
    plain = eqd2(20.0, 5, 3.0) + eqd2(50.0, 28, 3.0)
    assert free.value >= plain - 0.1
    assert restricted.value >= plain - 0.1


def test_a_search_that_leaves_the_dose_grid_gives_no_value(sets) -> None:
    free, _, _ = searched(sets, 60.0, sets.linear((-1.0, 0, 0), 40.0))
    assert free.value is None
    assert "not covered" in str(free.reason)


def test_points_are_told_inside_and_outside_exactly(sets) -> None:
    organ = OrganMask.of(sets.box_organ("Rectum", number=1, frame="1.2"))
    within = [[0.0, 0, 0], [9.999, 9.999, 11.999], [-9.999, 0, -11.999], [0, 0, 12.0]]
    beyond = [[10.001, 0, 0], [0, -10.001, 0], [0, 0, 12.001], [0, 0, -12.001], [90, 0, 0], [-10.001, 9, 1]]
    assert organ.holds(np.array(within)).all()
    assert not organ.holds(np.array(beyond)).any()


@given(seed=st.integers(min_value=0, max_value=2**32 - 1), corners=st.integers(min_value=3, max_value=40))
def test_law_a_point_lies_inside_where_the_polygons_hold_it(seed: int, corners: int) -> None:
    """Whatever the outline, also where it crosses a pixel or has a hole: as the polygons themselves say."""
    random = np.random.default_rng(seed)
    contours = []
    for height in (0.0, 2.0, 4.0):
        for largest in (12.0, 2.0):
            turn = (np.arange(corners) + random.uniform(-0.2, 0.2, corners)) * 2 * np.pi / corners
            radius = largest * random.uniform(0.6, 1.0, corners)
            points = np.column_stack([radius * np.cos(turn), radius * np.sin(turn), np.full(corners, height)])
            contours.append(Contour(points=points, geometric_type="CLOSED_PLANAR"))
    organ = Structure(
        number=1, name="star", interpreted_type="", contours=tuple(contours), frame_of_reference_uid="1.2"
    )
    stack, mask = SlabStack.of(organ), OrganMask.of(organ)
    near = stack.edges[random.integers(len(stack.edges), size=200), :2] + random.normal(0, 0.2, (200, 2))
    flat = np.concatenate([random.uniform(-13, 13, (200, 2)), near])
    points = np.column_stack([flat, random.uniform(-2, 6, len(flat))])
    assert np.array_equal(mask.holds(points), stack.holds(points))


def test_a_search_kept_inside_ends_at_the_outline_and_not_at_a_pixel(sets) -> None:
    """In a dose of 40 - x Gy, of displacements from -10.0 mm only that which stays within -10.3 mm counts."""
    organ = {"Rectum": ((-10.3, 10), (-10, 10), (-12, 12))}
    new = sets.treatment(sets.linear((0, 0, 0), 20.0), n=5, organs=organ)
    old = sets.treatment(sets.linear((-1.0, 0, 0), 40.0), n=28, label="2020-01-01 …2 50.4 Gy")
    course = course_of_treatments([(new, Delivery())], role="new")
    prior = course_of_treatments([(old, Delivery())], role="prior")
    field = WorstField(
        total=join(course, [prior], []).total(3.0),
        moved=frozenset([prior.label]),
        displacements=np.array([[0.0, 0, 0], [-0.4, 0, 0], [-0.2, 0, 0]]),
        within=OrganMask.of(course.structure("Rectum")),
    )
    at = np.array([[-10.0, 0.0, 0.0]])
    # 0.4 mm away the organ has ended, 0.2 mm away it has not
    assert field.sample(at)[0] == pytest.approx(eqd2(20.0, 5, 3.0) + eqd2(50.2, 28, 3.0), abs=1e-3)


def test_an_ellipsoid_holds_its_displacements() -> None:
    moves = Ellipsoid(half_axes_mm=(3.0, 2.0, 1.0)).displacements()
    assert moves[0].tolist() == [0.0, 0.0, 0.0]
    assert np.all(np.sum((moves / [3.0, 2.0, 1.0]) ** 2, axis=1) <= 1 + 1e-9)
    assert [3.0, 0.0, 0.0] in moves.tolist()


@pytest.mark.parametrize("said", [{"half_axes_mm": (0.0, 1, 1)}, {"half_axes_mm": (1.0, 1, 1), "steps": 2}])
def test_an_ellipsoid_that_means_nothing_is_refused(said) -> None:
    with pytest.raises(RtplanValueError):
        Ellipsoid(**said)
