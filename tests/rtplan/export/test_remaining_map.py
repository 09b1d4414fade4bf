from __future__ import annotations

import io
from datetime import date
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bed.lq import eqd2
from bed.retreatment import recovery_rule
from rtplan.courses import Course, Delivery, course_of_treatments
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.export.remaining_map import RemainingMap, remaining_map
from rtplan.interval import Interval
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.reirradiation.organ import parse_tissues

GAP = Interval(ended=date(2023, 5, 1), starts=date(2024, 2, 1))
TARGET = {"GTV": ((-4, 4), (-4, 4), (-4, 4))}


def course(
    sets: ModuleType, role: str, dose: Any, n: int, *, fractions_per_day: int | None = None, **changes: Any
) -> Course:
    delivery = Delivery(fractions_per_day=fractions_per_day)
    return course_of_treatments([(sets.treatment(dose, n=n, **changes), delivery)], role=role)


def answer(new: Course, prior: Course, recovery: str = "none") -> Reirradiation:
    return reirradiate(new, [prior], intervals=[GAP], tissues=parse_tissues(["Rectum=3"]), recovery=recovery)


def left_of(result: Reirradiation, *, recovered: bool = False) -> RemainingMap:
    return remaining_map(result, limit_eqd2_gy=60.0, alpha_beta=3.0, n_fractions=5, recovered=recovered)


@pytest.fixture
def left(sets: ModuleType) -> RemainingMap:
    new = course(sets, "new", sets.linear((0, 0, 0), 20.0), 5)
    prior = course(sets, "prior", sets.linear((-1.0, 0, 0), 40.0), 28)
    return left_of(answer(new, prior))


def test_every_voxel_comes_back_to_the_limit(left: RemainingMap) -> None:
    x = left.geometry.to_patient(np.moveaxis(np.indices(left.geometry.shape), 0, -1))[..., 0]
    earlier = np.asarray(eqd2(np.maximum(40.0 - x, 0), 28, 3.0))
    again = earlier + np.asarray(eqd2(left.total_dose_gy.astype(float), 5, 3.0))
    spent = earlier >= 60.0
    assert spent.any()
    assert np.all(left.total_dose_gy[spent] == 0)
    assert again[~spent] == pytest.approx(60.0, abs=1e-4)


def test_the_file_holds_map_and_geometry_and_has_the_same_bytes_twice(left: RemainingMap) -> None:
    content = left.to_npz()
    assert content == left.to_npz()
    with np.load(io.BytesIO(content)) as read:
        assert np.array_equal(read["remaining_dose_gy"], left.total_dose_gy)
        assert read["frame_offsets_mm"] == pytest.approx(left.geometry.frame_offsets)
        assert (float(read["limit_eqd2_gy"]), int(read["n_fractions"])) == (60.0, 5)
        assert str(read["frame_of_reference_uid"]) == left.frame_of_reference_uid


def test_levels_enclose_what_may_receive_no_more(left: RemainingMap) -> None:
    (twenty,) = left.levels([20.0])
    assert twenty.name == "Remaining_max_20Gy_5fx"
    # 20 Gy in 5 are left where 40 - x gives 60 - 28 = 32 Gy EQD2: everything to the left of it.
    dose = np.linspace(0, 60, 600_001)
    x = 40.0 - dose[np.argmin(np.abs(np.asarray(eqd2(dose, 28, 3.0)) - (60.0 - eqd2(20.0, 5, 3.0))))]
    points = np.concatenate([contour.points for contour in twenty.contours])
    assert points[:, 0].max() == pytest.approx(x, abs=0.2)
    with pytest.raises(RtplanValueError, match="above 0"):
        left.levels([0.0])


def test_without_a_transform_there_is_no_map(sets: ModuleType) -> None:
    new = course(sets, "new", sets.linear((0, 0, 0), 20.0), 5)
    prior = course(sets, "prior", sets.linear((0, 0, 0), 40.0), 28, frame=sets.OLD_FRAME)
    with pytest.raises(RtplanLookupError, match="no map"):
        left_of(answer(new, prior))


def test_recovery_is_taken_off_inside_the_organs_of_the_rule_and_never_in_a_target(sets: ModuleType) -> None:
    new = course(sets, "new", sets.linear((0, 0, 0), 20.0), 5, organs={**dict.fromkeys(sets.BOX), **TARGET})
    prior = course(sets, "prior", sets.linear((0, 0, 0), 50.0), 25)
    found = left_of(answer(new, prior, "michigan-2019"), recovered=True)
    kept = 1 - recovery_rule("michigan-2019", tissue="Rectum").fraction(GAP.days)
    assert kept < 1
    points = found.geometry.to_patient(np.moveaxis(np.indices(found.geometry.shape), 0, -1))
    in_rectum = (np.abs(points) < (9, 9, 11)).all(axis=-1)
    in_target = (np.abs(points) < 4).all(axis=-1)
    in_bladder = (np.abs(points - (30, 0, 0)) < (9, 9, 11)).all(axis=-1)
    back = np.asarray(eqd2(found.total_dose_gy.astype(float), 5, 3.0))
    # 50 Gy in 25 are 50 Gy EQD2; the bladder has no stated tissue, so nothing is taken off there.
    assert back[in_rectum & ~(np.abs(points) < 5).all(axis=-1)] == pytest.approx(60 - 50 * kept, abs=1e-3)
    assert back[in_target] == pytest.approx(10.0, abs=1e-3)
    assert back[in_bladder] == pytest.approx(10.0, abs=1e-3)
    assert found.recovery == "michigan-2019"
    (level,) = found.levels([10.0])
    assert level.name == "Remaining_max_10Gy_5fx_recovered"


def test_fractions_of_a_day_count_as_one_where_nothing_says_how_much_was_repaired(sets: ModuleType) -> None:
    new = course(sets, "new", sets.linear((0, 0, 0), 20.0), 5)
    prior = course(sets, "prior", sets.linear((0, 0, 0), 30.0), 24, fractions_per_day=2)
    back = eqd2(left_of(answer(new, prior)).total_dose_gy.astype(float), 5, 3.0)
    assert np.asarray(back) == pytest.approx(60 - eqd2(30.0, 12, 3.0), abs=1e-3)
