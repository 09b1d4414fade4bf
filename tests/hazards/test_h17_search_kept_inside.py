"""H17: an uncertainty search kept inside the organ hides the hot spot beside it."""

from __future__ import annotations

import numpy as np
import pytest

from bed.lq import eqd2
from dicom_io import MetricValue
from rtplan.courses import Delivery, course_of_treatments
from rtplan.errors import RtplanValueError
from rtplan.reirradiation.organ import join
from rtplan.sums import Ellipsoid, OrganMask, ellipsoid_maximum


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


def test_points_are_told_inside_and_outside_to_half_a_millimetre(sets) -> None:
    organ = OrganMask.of(sets.box_organ("Rectum", number=1, frame="1.2"))
    points = np.array(
        [[0.0, 0, 0], [9.4, 9.4, 11.9], [10.6, 0, 0], [0, -10.6, 0], [0, 0, 12.1], [0, 0, -12.1], [90, 0, 0]]
    )
    assert organ.holds(points).tolist() == [True, True, False, False, False, False, False]


def test_an_ellipsoid_holds_its_displacements() -> None:
    moves = Ellipsoid(half_axes_mm=(3.0, 2.0, 1.0)).displacements()
    assert moves[0].tolist() == [0.0, 0.0, 0.0]
    assert np.all(np.sum((moves / [3.0, 2.0, 1.0]) ** 2, axis=1) <= 1 + 1e-9)
    assert [3.0, 0.0, 0.0] in moves.tolist()


@pytest.mark.parametrize("said", [{"half_axes_mm": (0.0, 1, 1)}, {"half_axes_mm": (1.0, 1, 1), "steps": 2}])
def test_an_ellipsoid_that_means_nothing_is_refused(said) -> None:
    with pytest.raises(RtplanValueError):
        Ellipsoid(**said)
