"""The synthetic two-course patient: what is computed against closed forms of the contours as drawn."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dicom_io import Metric, RigidTransform, load_study
from rtplan.courses import Course, Delivery, course_of_treatments
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.interval import Interval
from rtplan.limits import parse_limit
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.reirradiation.organ import OrganRow, parse_tissues
from rtplan.selftest import known_cumulative, known_value

CASE = "pelvis-two-courses"
ORGANS = {
    "Bladder": 3.0,
    "Bag_Bowel": 3.0,
    "Rectum": 3.0,
    "SacralPlex": 3.0,
    "CaudaEquina": 2.0,
    "Femur_Head_L": 3.0,
    "Femur_Head_R": 3.0,
    "A_Iliac_L": 3.0,
}
METRICS = ("D0.03cc[Gy]", "D2cc[Gy]", "Mean[Gy]", "D50%[Gy]", "DC1cc[Gy]")
STORED_GY = 1e-5
"""Doses are float32: 50.4 Gy is stored 1.5e-6 Gy too high, and EQD2 may rise twice as fast as the dose."""
GAP = Interval(ended=date(2023, 6, 1), starts=date(2024, 2, 5))


def courses(folder: Path) -> tuple[Course, Course, tuple[RigidTransform, ...]]:
    new, prior = (
        course_of_treatments([(load_study(folder / name).select(), Delivery())], role=role)
        for name, role in (("second-course", "new"), ("first-course", "prior"))
    )
    entries = load_study(folder / "registration.dcm").registrations
    return new, prior, tuple(transform for entry in entries for transform in entry.transforms)


@pytest.fixture(scope="module")
def found(two_courses: Path) -> Reirradiation:
    new, prior, registrations = courses(two_courses)
    return reirradiate(
        new,
        [prior],
        intervals=[GAP],
        tissues=parse_tissues(f"{organ}={ratio}" for organ, ratio in ORGANS.items()),
        registrations=registrations,
        metrics=METRICS,
    )


def row_of(found: Reirradiation, organ: str, metric: str) -> OrganRow:
    return found.row(organ, metric)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("organ", ORGANS)
def test_the_voxel_sum_agrees_within_its_stated_uncertainty(
    found: Reirradiation, organ: str, metric: str
) -> None:
    value = row_of(found, organ, metric).voxel_sum
    known = known_cumulative(CASE, organ, alpha_beta=ORGANS[organ])
    assert value.value is not None
    assert value.uncertainty is not None
    exact = known_value(known.total, Metric.parse(metric))
    assert value.value == pytest.approx(exact, abs=value.uncertainty + STORED_GY)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("organ", ORGANS)
def test_each_course_agrees_within_its_stated_uncertainty(
    found: Reirradiation, organ: str, metric: str
) -> None:
    row = row_of(found, organ, metric)
    known = known_cumulative(CASE, organ, alpha_beta=ORGANS[organ])
    for course, label in zip(row.courses, ("first-course", "second-course"), strict=True):
        physical = known.organ.physical(label)
        for value, expected in ((course.physical, physical), (course.eqd2, known.eqd2[label])):
            assert value.value is not None
            assert value.uncertainty is not None
            exact = known_value(expected, Metric.parse(metric))
            assert value.value == pytest.approx(exact, abs=value.uncertainty + STORED_GY)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("organ", ORGANS)
def test_the_bounds_contain_the_closed_form(found: Reirradiation, organ: str, metric: str) -> None:
    row = row_of(found, organ, metric)
    exact = known_value(known_cumulative(CASE, organ, alpha_beta=ORGANS[organ]).total, Metric.parse(metric))
    assert row.bounds.low is not None
    assert row.bounds.high is not None
    doubt = row.bounds_uncertainty_gy
    assert row.bounds.low - doubt <= exact <= row.bounds.high + doubt
    assert row.sum_of_point_maxima_gy is not None
    assert exact <= row.sum_of_point_maxima_gy + doubt


def test_nothing_disagrees_on_a_patient_whose_registration_is_right(found: Reirradiation) -> None:
    assert not [warning for warning in found.warnings if "disagree" in warning]


def test_an_organ_that_leaves_the_dose_grid_gets_no_number(two_courses: Path) -> None:
    new, prior, registrations = courses(two_courses)
    row = reirradiate(
        new,
        [prior],
        intervals=[GAP],
        tissues=parse_tissues(["SpinalCord=2"]),
        registrations=registrations,
        limits=[parse_limit("SpinalCord:Max[Gy]<=50")],
    ).row("SpinalCord", "Max[Gy]")
    assert row.voxel_sum.value is None
    assert "not covered" in str(row.voxel_sum.reason)
    assert row.bounds.high is None
    assert row.verdict is not None
    assert row.verdict.value == "not_evaluable"
    known = known_cumulative(CASE, "SpinalCord", alpha_beta=2.0, covered_only=True)
    assert row.covered_fraction == pytest.approx(known.total.volume_cc / known.organ.volume_cc, abs=0.01)


def test_recovery_and_the_plan_factor_have_closed_forms(two_courses: Path) -> None:
    new, prior, registrations = courses(two_courses)
    row = reirradiate(
        new,
        [prior],
        intervals=[GAP],
        tissues=parse_tissues(["Rectum=3"]),
        registrations=registrations,
        limits=[parse_limit("Rectum:Mean[Gy]<=55")],
        recovery="michigan-2019",
        n_fractions=[5],
    ).row("Rectum", "Mean[Gy]")
    kept = 1 - (row.courses[0].recovered_fraction or 0.0)
    assert kept < 1
    known = known_cumulative(CASE, "Rectum", alpha_beta=3.0, kept=[kept])
    assert row.with_recovery.value == pytest.approx(known.total.mean, abs=row.with_recovery.uncertainty)
    plan = next(left for left in row.remaining if left.basis == "plan" and left.recovery == "none")
    organ = known.organ
    for factor, expected in (
        (plan.factor, 55.0),
        (1.0, known_cumulative(CASE, "Rectum", alpha_beta=3).total.mean),
    ):
        assert factor is not None
        weights = {
            "first-course": (3 / 5, 1 / (28 * 5)),
            "second-course": (factor * 3 / 5, factor**2 / (5 * 5)),
        }
        assert organ.distribution(weights).mean == pytest.approx(expected, abs=0.02)


def test_an_organ_without_elementary_answer_is_named() -> None:
    with pytest.raises(RtplanLookupError, match="no elementary form"):
        known_cumulative(CASE, "External", alpha_beta=3.0)
    with pytest.raises(RtplanLookupError, match="no organ 'Kidney_L'"):
        known_cumulative(CASE, "Kidney_L", alpha_beta=3.0)


def test_a_volume_is_no_dose() -> None:
    known = known_cumulative(CASE, "Bladder", alpha_beta=3.0)
    with pytest.raises(RtplanValueError, match="no dose"):
        known_value(known.total, Metric.parse("V20Gy[cc]"))
    assert known_value(known.total, Metric.parse("Max[Gy]")) == known.total.maximum
    assert known_value(known.total, Metric.parse("Min[Gy]")) == known.total.minimum
    assert known_value(known.total, Metric.parse("Median[Gy]")) == pytest.approx(
        known_value(known.total, Metric.parse("D50%[Gy]")), abs=1e-9
    )
