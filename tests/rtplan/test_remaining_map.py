from __future__ import annotations

import io
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bed.lq import eqd2
from rtplan.course import Course, Delivery, course_of_treatments
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.organ_dose import join
from rtplan.remaining_map import RemainingMap, remaining_map


def course(sets: ModuleType, role: str, dose: Any, n: int, **changes: Any) -> Course:
    return course_of_treatments([(sets.treatment(dose, n=n, **changes), Delivery())], role=role)


@pytest.fixture
def left(sets: ModuleType) -> RemainingMap:
    new = course(sets, "new", sets.linear((0, 0, 0), 20.0), 5)
    prior = course(sets, "prior", sets.linear((-1.0, 0, 0), 40.0), 28)
    return remaining_map(join(new, [prior], []), limit_eqd2_gy=60.0, alpha_beta=3.0, n_fractions=5)


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
        remaining_map(join(new, [prior], []), limit_eqd2_gy=60.0, alpha_beta=3.0, n_fractions=5)
