from __future__ import annotations

import math

import numpy as np
import pytest

from bed.lq import eqd2
from dicom_io.dvh import Metric
from rtplan.courses import OrganRecord, curve_of_record
from rtplan.errors import RtplanValueError


def record(volume_cc: float | None = None, **doses: float) -> OrganRecord:
    named = {Metric.parse(text): dose for text, dose in doses.items()}
    return OrganRecord(name="Bladder", doses_gy=named, volume_cc=volume_cc)


def test_each_recorded_dose_converts_at_its_own_dose_per_fraction() -> None:
    printed = record(**{"Max[Gy]": 12.0, "D0.1cc[Gy]": 10.0, "D50%[Gy]": 4.0, "Min[Gy]": 1.0})
    curve = curve_of_record(printed, n_fractions=5, alpha_beta=2.0, label="2019", volume_cc=20.0)
    # A 12 Gy point of a 5-fraction course is 13.2 Gy EQD2 at alpha/beta 2, whatever was prescribed.
    assert curve.max_gy == pytest.approx(13.2)
    assert curve.at_most(np.array([0.1, 10.0, 20.0])) == pytest.approx(
        [10 * (2 + 2) / 4, 4 * (0.8 + 2) / 4, 1 * (0.2 + 2) / 4]
    )


@pytest.mark.parametrize(
    ("hot_share", "hot", "cold"), [(0.5, 60.0, 20.0), (0.1, 50.0, 3.0), (1.0, 40.0, 0.0)]
)
def test_the_mean_eqd2_of_any_organ_with_that_mean_and_maximum_lies_inside(
    hot_share: float, hot: float, cold: float
) -> None:
    mean = hot_share * hot + (1 - hot_share) * cold
    true_mean = hot_share * eqd2(hot, 30, 3.0) + (1 - hot_share) * eqd2(cold, 30, 3.0)
    printed = record(**{"Max[Gy]": hot, "Mean[Gy]": mean})
    low, high = curve_of_record(printed, n_fractions=30, alpha_beta=3.0, label="2019", volume_cc=20.0).mean_gy
    assert low - 1e-9 <= true_mean <= high + 1e-9


def test_without_a_maximum_the_mean_has_no_upper_end() -> None:
    curve = curve_of_record(
        record(**{"Mean[Gy]": 25.0}), n_fractions=25, alpha_beta=3.0, label="2019", volume_cc=20.0
    )
    assert curve.mean_gy == (pytest.approx(eqd2(25.0, 25, 3.0)), math.inf)


def test_a_maximum_alone_bounds_the_mean_by_itself_and_zero() -> None:
    curve = curve_of_record(
        record(**{"Max[Gy]": 50.0}), n_fractions=25, alpha_beta=3.0, label="2019", volume_cc=20.0
    )
    assert curve.mean_gy == (0.0, pytest.approx(50.0))


def test_the_recorded_volume_comes_before_the_organ_of_today() -> None:
    printed = record(volume_cc=40.0, **{"Max[Gy]": 50.0})
    assert curve_of_record(
        printed, n_fractions=25, alpha_beta=3.0, label="2019", volume_cc=20.0
    ).volume_cc == pytest.approx(40.0)


@pytest.mark.parametrize(
    ("doses", "message"),
    [
        ({}, "at least one dose"),
        ({"Max[Gy]": 5040.0}, "cGy"),
        ({"Max[Gy]": -1.0}, "at least 0 Gy"),
        ({"Max[Gy]": math.nan}, "at least 0 Gy"),
        ({"Max[Gy]": 40.0, "D0.1cc[Gy]": 50.0}, "larger than the recorded maximum"),
        ({"V20Gy[cc]": 40.0}, "no dose in Gy"),
        ({"D95%[%]": 40.0}, "no dose in Gy"),
    ],
)
def test_what_no_record_can_say_is_refused(doses: dict[str, float], message: str) -> None:
    with pytest.raises(RtplanValueError, match=message):
        record(**doses)


def test_a_volume_that_is_no_organs_is_refused() -> None:
    with pytest.raises(RtplanValueError, match="no organ"):
        record(volume_cc=0.0, **{"Max[Gy]": 1.0})


def test_an_organ_without_dose_has_a_mean_of_zero() -> None:
    curve = curve_of_record(
        record(**{"Max[Gy]": 0.0, "Mean[Gy]": 0.0}),
        n_fractions=25,
        alpha_beta=3.0,
        label="2019",
        volume_cc=20.0,
    )
    assert curve.mean_gy == (0.0, 0.0)


def test_doses_of_a_share_of_the_organ_are_at_that_share_of_its_volume() -> None:
    printed = record(
        **{"Max[Gy]": 50.0, "D2%[Gy]": 45.0, "Median[Gy]": 30.0, "Min[Gy]": 10.0, "Mean[Gy]": 28.0}
    )
    assert sorted(printed.points(40.0)) == [(0.0, 50.0), (0.8, 45.0), (20.0, 30.0), (40.0, 10.0)]
    assert sorted(record(**{"D2cc[Gy]": 45.0}).points(40.0)) == [(2.0, 45.0)]


def test_the_chord_to_the_maximum_bounds_the_mean_by_hand() -> None:
    # 30 fractions at alpha/beta 3: 20 Gy are 14.667, 60 Gy are 60 Gy EQD2
    printed = record(**{"Max[Gy]": 60.0, "Mean[Gy]": 20.0})
    low, high = curve_of_record(printed, n_fractions=30, alpha_beta=3.0, label="2019", volume_cc=20.0).mean_gy
    assert low == pytest.approx(20 * (2 / 3 + 3) / 5)
    assert high == pytest.approx(20.0)


@pytest.mark.parametrize("volume_cc", [1e-3, 999_999.0, None])
def test_volumes_of_organs_and_none_at_all_are_taken(volume_cc: float | None) -> None:
    printed = record(volume_cc=volume_cc, **{"Max[Gy]": 0.0})
    curve = curve_of_record(printed, n_fractions=25, alpha_beta=3.0, label="2019", volume_cc=20.0)
    assert curve.volume_cc == (20.0 if volume_cc is None else volume_cc)


@pytest.mark.parametrize("volume_cc", [-1.0, 1e6, math.inf, math.nan])
def test_volumes_of_no_organ_are_refused(volume_cc: float) -> None:
    with pytest.raises(RtplanValueError, match="no organ"):
        record(volume_cc=volume_cc, **{"Max[Gy]": 1.0})
