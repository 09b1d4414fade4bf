"""What a remaining dose is read from is one of a list, and its words say what it rests on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rtplan.errors import RtplanValueError
from rtplan.limits import Basis, Remaining, remaining_at_point


def test_what_is_certain_at_a_point_is_never_the_most_that_may_be_left() -> None:
    assert [basis for basis in Basis if basis.is_certain_at_a_point] == [Basis.POINT, Basis.POINT_AT_LEAST]


def test_bounds_give_a_least_and_a_most_reading() -> None:
    for basis in (Basis.POINT, Basis.REST_AT_POINT):
        assert [one.value for one in basis.from_bounds] == [f"{basis}, at least", f"{basis}, at most"]
    with pytest.raises(RtplanValueError, match="plan is not read from bounds"):
        _ = Basis.PLAN.from_bounds


def test_the_words_name_what_is_replaced_and_what_is_not_repaired() -> None:
    left = remaining_at_point(90.0, 50.0, n_fractions=5, alpha_beta=3)
    assert left.reading == "point"
    assert replace(left, is_without_repair=True).reading == "no repair within a day: point"
    place = replace(left, basis=Basis.IN_PLACE_OF_LAST, in_place_of="30Gy/5")
    assert place.reading == "point, in place of 30Gy/5"


def test_an_absent_reading_says_why() -> None:
    none = Remaining.absent(Basis.PLAN, n_fractions=5, recovery="none", reason="no voxel sum")
    assert (none.total_dose_gy, none.reading, none.reason) == (None, "plan", "no voxel sum")
    assert not none.basis.is_of_the_rest
