"""Converting curves: a box in a linear dose has D_v = top - (top - bottom) v / V."""

from __future__ import annotations

import math
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from bed.lq import eqd2
from dicom_io import GridGeometry, Metric, compute_dvh
from rtplan.courses import Course, Delivery, course_of_regimen, course_of_treatments
from rtplan.errors import RtplanLookupError
from rtplan.reirradiation.organ import bounds_of, curve_of_dvh, join, physical_dvh
from rtplan.reirradiation.organ.joined import eqd2_dvh, metric_volume

SHORT = GridGeometry.axial(shape=(11, 51, 51), origin=(-50, -50, -40), spacing=(4.0, 2.0, 2.0))
"""Ends at z = 0: half of the boxes is not covered."""


def course(sets: ModuleType, role: str = "new", **changes: object) -> Course:
    treated = sets.treatment(sets.linear((1.0, 0, 0), 30.0), **({"n": 5} | changes))
    return course_of_treatments([(treated, Delivery())], role=role)


@pytest.mark.parametrize("alpha_beta", [2.0, 10.0, math.inf])
def test_an_eqd2_curve_is_the_converted_curve_and_not_the_converted_mean(
    sets: ModuleType, alpha_beta: float
) -> None:
    own = course(sets)
    physical = compute_dvh(own.structure("Rectum"), own.phases[0].dose)
    converted = eqd2_dvh(physical, n_fractions=5, alpha_beta=alpha_beta)
    x = np.linspace(-10, 10, 100_001)
    exact = np.asarray(eqd2(30.0 + x, 5, alpha_beta))
    assert converted.mean_gy == pytest.approx(float(np.mean(exact)), abs=0.02)
    assert converted.max_gy == pytest.approx(float(exact[-1]), abs=0.1)
    half = float(converted.dose_at_volume(4.8))
    assert half == pytest.approx(float(eqd2(30.0, 5, alpha_beta)), abs=0.1)


def test_half_widths_grow_by_the_slope_of_the_conversion(sets: ModuleType) -> None:
    own = course(sets)
    physical = compute_dvh(own.structure("Rectum"), own.phases[0].dose)
    scaled = replace(
        physical,
        knots_uncertainty_gy=np.full_like(physical.knots_gy, 0.5),
        mean_uncertainty_gy=0.25,
    )
    n, alpha_beta, factor = 5, 3.0, 1.5
    found = eqd2_dvh(scaled, n_fractions=n, alpha_beta=alpha_beta, dose_factor=factor)
    dose, step = factor * physical.knots_gy, 1e-4
    up, down = (np.asarray(eqd2(dose + sign * step, n, alpha_beta)) for sign in (1, -1))
    slope = factor * (up - down) / (2 * step)
    assert found.knots_uncertainty_gy == pytest.approx(0.5 * slope, rel=1e-4)
    # the mean of an organ is worth no more than its hottest voxel
    assert found.mean_uncertainty_gy == pytest.approx(0.25 * slope[-1], rel=1e-4)
    assert slope[1] < 0.9 * slope[-1]


@pytest.mark.parametrize("alpha_beta", [2.0, 10.0])
def test_the_mean_eqd2_of_a_curve_is_that_of_its_straight_lines(sets: ModuleType, alpha_beta: float) -> None:
    own = course(sets)
    physical = compute_dvh(own.structure("Rectum"), own.phases[0].dose)
    few = replace(
        physical,
        knots_gy=np.array([10.0, 20.0, 50.0]),
        knots_cc=np.array([9.0, 6.0, 0.0]),
        knots_uncertainty_gy=np.zeros(3),
    )
    found = eqd2_dvh(few, n_fractions=5, alpha_beta=alpha_beta)
    # even from 10 to 20 Gy in a third, from 20 to 50 Gy in the rest: mean of D2 is (a2 + ab + b2) / 3
    mean, square = (15 + 2 * 35) / 3, (700 / 3 + 2 * 3900 / 3) / 3
    assert found.mean_gy == pytest.approx((alpha_beta * mean + square / 5) / (2 + alpha_beta), rel=1e-12)


def test_a_curve_bounds_its_own_organ_exactly(sets: ModuleType) -> None:
    own = course(sets)
    dvh = compute_dvh(own.structure("Rectum"), own.phases[0].dose)
    curve = curve_of_dvh(dvh, label="new")
    assert curve is not None
    volume = np.array([0.0, 0.03, 4.8, 9.6])
    assert curve.at_most(volume) == pytest.approx(dvh.dose_at_volume(volume), abs=1e-3)
    assert curve.at_least(volume) == pytest.approx(dvh.dose_at_volume(volume), abs=1e-3)
    assert curve.mean_gy[0] == curve.mean_gy[1] == pytest.approx(30.0, abs=0.01)


def test_a_curve_carries_the_ends_of_its_half_widths(sets: ModuleType) -> None:
    """Where half-widths would let the curve rise with the volume, its ends stay outside them."""
    own = course(sets)
    dvh = replace(
        compute_dvh(own.structure("Rectum"), own.phases[0].dose),
        knots_gy=np.array([20.0, 30.0, 31.0]),
        knots_cc=np.array([9.6, 4.8, 0.0]),
        knots_uncertainty_gy=np.array([0.5, 3.0, 0.25]),
        mean_gy=28.0,
        mean_uncertainty_gy=0.75,
    )
    curve = curve_of_dvh(dvh, label="new")
    assert curve is not None
    assert curve.ends is not None
    colder, hotter = curve.ends
    volume = np.array([9.6, 4.8, 0.0])
    assert colder.at_most(volume) == pytest.approx([19.5, 27.0, 30.75], abs=1e-5)
    assert hotter.at_least(volume) == pytest.approx([20.5, 33.0, 33.0], abs=1e-5)
    assert (*colder.mean_gy, *hotter.mean_gy) == pytest.approx((27.25, 27.25, 28.75, 28.75))
    found = bounds_of(Metric.parse("Mean[Gy]"), [curve, curve.times(0.5)])
    assert (found.low, found.low_uncertainty, found.high_uncertainty) == pytest.approx((42.0, 1.125, 1.125))


def test_what_the_grid_leaves_out_opens_the_curve_upwards(sets: ModuleType) -> None:
    own = course(sets, grid=SHORT)
    dvh = compute_dvh(own.structure("Rectum"), own.phases[0].dose)
    curve = curve_of_dvh(dvh, label="new")
    assert curve is not None
    assert curve.volume_cc == pytest.approx(9.6, rel=1e-6)
    assert math.isinf(curve.max_gy)
    assert math.isinf(curve.mean_gy[1])
    # 4.8 of 9.6 cc are covered: their hottest 0.5 cc bound D5.3cc of the whole from above.
    assert curve.at_most(np.array([5.3])) == pytest.approx(dvh.dose_at_volume(np.array([0.5])), abs=0.1)
    assert curve.at_least(np.array([0.5, 9.0])) == pytest.approx(
        [float(dvh.dose_at_volume(0.5)), 0.0], abs=0.1
    )


@pytest.mark.parametrize("open_cc", [1e-6, 0.4])
def test_however_little_is_not_covered_opens_the_mean_upwards(sets: ModuleType, open_cc: float) -> None:
    own = course(sets)
    dvh = compute_dvh(own.structure("Rectum"), own.phases[0].dose)
    assert dvh.volume_cc is not None
    part = replace(
        dvh, covered_cc=dvh.volume_cc - open_cc, knots_cc=dvh.knots_cc * (1 - open_cc / dvh.volume_cc)
    )
    curve = curve_of_dvh(part, label="new")
    assert curve is not None
    assert math.isinf(curve.mean_gy[1])
    assert curve.mean_gy[0] == pytest.approx(30.0 * (1 - open_cc / dvh.volume_cc), abs=0.01)


@pytest.mark.parametrize("metric", ["D9.6cc[Gy]", "D100%[Gy]", "Min[Gy]", "DC0.000000001cc[Gy]"])
def test_metrics_of_the_whole_organ_are_bounded_and_of_more_than_it_are_not(
    sets: ModuleType, metric: str
) -> None:
    own = course(sets)
    curve = curve_of_dvh(compute_dvh(own.structure("Rectum"), own.phases[0].dose), label="new")
    assert curve is not None
    found = bounds_of(Metric.parse(metric), [curve])
    assert found.high == pytest.approx(20.0, abs=0.01)
    assert "more volume" in str(bounds_of(Metric.parse("D9.61cc[Gy]"), [curve]).reason)


def test_an_organ_outside_the_grid_has_no_curve(sets: ModuleType) -> None:
    own = course(sets, organs={"Far": ((-10, 10), (-10, 10), (100, 110))})
    assert curve_of_dvh(compute_dvh(own.structure("Far"), own.phases[0].dose), label="new") is None


@pytest.mark.parametrize(
    ("text", "volume"),
    [
        ("Max[Gy]", 0.0),
        ("D0.03cc[Gy]", 0.03),
        ("D10%[Gy]", 2.0),
        ("DC5cc[Gy]", 15.0),
        ("Min[Gy]", 20.0),
        ("Median[Gy]", 10.0),
    ],
)
def test_each_dose_metric_is_a_point_of_the_curve(text: str, volume: float) -> None:
    assert metric_volume(Metric.parse(text), 20.0) == pytest.approx(volume)


def test_a_metric_of_more_volume_than_the_organ_has_is_not_bounded(sets: ModuleType) -> None:
    own = course(sets)
    curve = curve_of_dvh(compute_dvh(own.structure("Rectum"), own.phases[0].dose), label="new")
    assert curve is not None
    found = bounds_of(Metric.parse("D20cc[Gy]"), [curve, curve])
    assert (found.low, found.high) == (None, None)
    assert "more volume" in str(found.reason)


def test_fields_for_pictures_come_in_the_new_frame(sets: ModuleType) -> None:
    new, prior = course(sets), course(sets, "prior", label="2020-01-01 …2 50 Gy")
    joined = join(new, [prior], [])
    assert joined.reason is None
    point = np.array([[4.0, 0.0, 0.0]])
    assert joined.physical(prior.label).sample(point) == pytest.approx([34.0], rel=1e-6)
    assert joined.total(3.0).sample(point) == pytest.approx([2 * eqd2(34.0, 5, 3.0)], rel=1e-6)
    assert joined.geometry.shape == new.phases[0].dose.geometry.shape
    with pytest.raises(RtplanLookupError, match="no course 'other'"):
        joined.physical("other")


def test_a_course_without_dose_has_no_field_and_stops_the_sum(sets: ModuleType) -> None:
    new, paper = course(sets), course_of_regimen("50Gy/25", role="prior")
    joined = join(new, [paper], [])
    with pytest.raises(RtplanLookupError, match="no dose distribution"):
        joined.total(3.0)
    with pytest.raises(RtplanLookupError, match="no dose distribution"):
        joined.physical(paper.label)
    with pytest.raises(RtplanLookupError, match="needs its dose"):
        join(paper, [new], [])


def test_a_course_stopped_early_has_the_curve_of_what_was_delivered(sets: ModuleType) -> None:
    treated = sets.treatment(sets.linear((1.0, 0, 0), 30.0), n=5)
    given = course_of_treatments([(treated, Delivery(n_fractions=3))], role="earlier")
    planned = course_of_treatments([(treated, Delivery())], role="earlier")
    organ = given.structure("Rectum")
    part, whole = physical_dvh(given, organ), physical_dvh(planned, organ)
    assert part is not None
    assert whole is not None
    for name in ("min_gy", "mean_gy", "max_gy", "mean_uncertainty_gy", "knots_gy", "knots_uncertainty_gy"):
        assert getattr(part, name) == pytest.approx(0.6 * getattr(whole, name), rel=1e-9), name
    assert part.max_gy == pytest.approx(24.0, abs=0.1)
    assert part.knots_cc == pytest.approx(whole.knots_cc)
