"""The sum of the courses' own values of a metric: what it is, what it lacks, and that it judges nothing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bed.lq import eqd2
from dicom_io.dvh import Metric, MetricValue
from dicom_io.objects import GridGeometry
from rtplan.cli import main
from rtplan.courses import Course, Delivery, OrganRecord, course_of_records, course_of_treatments
from rtplan.courses.makers import course_of_regimen
from rtplan.interval import Interval
from rtplan.limits import Verdict, parse_limit
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.reirradiation.organ import Method, MetricSum, parse_tissues

GAP = Interval(ended=date(2023, 5, 1), starts=date(2024, 2, 1))
HOT = "D0.96cc[Gy]"
"""A tenth of the rectum of 9.6 cc."""
LOW_GRID = GridGeometry.axial(shape=(11, 51, 51), origin=(-50, -50, -40), spacing=(4.0, 2.0, 2.0))
"""Ends at the middle of the rectum."""


def course(sets: ModuleType, role: str, dose: Any, *, n: int, **changes: Any) -> Course:
    return course_of_treatments([(sets.treatment(dose, n=n, **changes), Delivery())], role=role)


@pytest.fixture
def new(sets: ModuleType) -> Course:
    return course(sets, "new", sets.linear((0.5, 0, 0), 20.0), n=5, prescription=30.0)


@pytest.fixture
def prior(sets: ModuleType) -> Course:
    return course(sets, "prior", sets.linear((-1.0, 0, 0), 40.0), n=28, prescription=50.4)


def answer(new: Course, *priors: Course, **options: Any) -> Reirradiation:
    limits = [parse_limit(text) for text in options.pop("limits", ())]
    return reirradiate(
        new,
        priors,
        intervals=[GAP] * len(priors),
        tissues=parse_tissues(["Rectum=3"]),
        limits=limits,
        metrics=options.pop("metrics", [HOT, "Mean[Gy]"]),
        **options,
    )


def test_the_hottest_tenths_of_two_slopes_are_added_although_they_lie_on_opposite_sides(
    new: Course, prior: Course
) -> None:
    row = answer(new, prior).row("Rectum", HOT)
    # 20 mm wide, linear: the hottest tenth reaches to 8 mm from the middle, on either side.
    expected = eqd2(48.0, 28, 3.0) + eqd2(24.0, 5, 3.0)
    assert row.sum_of_metric.plain.value == pytest.approx(expected, abs=0.05)
    assert row.method is Method.VOXEL_SUM
    assert row.voxel_sum.value is not None
    assert row.voxel_sum.value < expected - 5


def test_the_sum_of_the_means_is_the_mean_of_the_sum(new: Course, prior: Course) -> None:
    row = answer(new, prior).row("Rectum", "Mean[Gy]")
    assert row.sum_of_metric.plain.value == pytest.approx(row.bounds.high, abs=1e-9)


def test_half_widths_add_up(new: Course, prior: Course) -> None:
    row = answer(new, prior).row("Rectum", HOT)
    parts = [course.eqd2.uncertainty for course in row.courses]
    assert row.sum_of_metric.plain.uncertainty == pytest.approx(sum(part or 0.0 for part in parts))


def test_recovery_is_taken_off_the_earlier_value_and_stands_beside_the_full_one(
    new: Course, prior: Course
) -> None:
    plain = answer(new, prior).row("Rectum", HOT)
    row = answer(new, prior, recovery="michigan-2019").row("Rectum", HOT)
    earlier, today = (course.eqd2.value or 0.0 for course in row.courses)
    kept = 1 - (row.courses[0].recovered_fraction or 0.0)
    assert 0 < kept < 1
    assert row.sum_of_metric.with_recovery.value == pytest.approx(kept * earlier + today)
    assert row.sum_of_metric.plain.value == plain.sum_of_metric.plain.value
    assert plain.sum_of_metric.with_recovery.reason == "no recovery was chosen"


def test_every_earlier_course_counts(sets: ModuleType, new: Course, prior: Course) -> None:
    oldest = course(
        sets, "oldest", sets.linear((0, 0, 0), 10.0), n=5, prescription=10.0, label="2015-01-01 …3333 10 Gy"
    )
    two = answer(new, prior).row("Rectum", HOT).sum_of_metric.plain.value
    three = answer(new, oldest, prior).row("Rectum", HOT).sum_of_metric.plain.value
    assert two is not None
    assert three == pytest.approx(two + eqd2(10.0, 5, 3.0), abs=0.01)


def test_a_printed_metric_is_added_as_it_was_typed(new: Course) -> None:
    record = OrganRecord(name="Rectum", doses_gy={Metric.parse(HOT): 45.0, Metric.parse("Mean[Gy]"): 30.0})
    paper = course_of_records([record], role="prior", label="2019 print", n_fractions=28, modality="photon")
    found = answer(new, paper, metrics=[HOT, "D2cc[Gy]", "Mean[Gy]"])
    row = found.row("Rectum", HOT)
    assert row.sum_of_metric.plain.value == pytest.approx(eqd2(45.0, 28, 3.0) + eqd2(24.0, 5, 3.0), abs=0.05)
    assert row.method is Method.BOUNDS
    other = found.row("Rectum", "D2cc[Gy]").sum_of_metric.plain
    assert other.value is None
    assert "the record does not give D2cc[Gy]" in str(other.reason)
    mean = found.row("Rectum", "Mean[Gy]").sum_of_metric.plain
    assert "a mean has no EQD2 of its own" in str(mean.reason)


def test_a_course_of_which_nothing_is_known_is_named(new: Course) -> None:
    typed = course_of_regimen("50.4Gy/28", role="prior")
    row = answer(new, typed, limits=[f"Rectum:{HOT}<=100"]).row("Rectum", HOT)
    assert row.sum_of_metric.plain.value is None
    assert typed.label in str(row.sum_of_metric.plain.reason)
    assert "prescription only" in str(row.sum_of_metric.plain.reason)
    assert row.method is None


def test_an_organ_that_an_earlier_grid_leaves_partly_out_gives_a_reason(
    sets: ModuleType, new: Course
) -> None:
    short = course(sets, "prior", sets.linear((0, 0, 0), 30.0), n=28, prescription=50.4, grid=LOW_GRID)
    row = answer(new, short).row("Rectum", HOT)
    assert row.sum_of_metric.plain.value is None
    assert "not covered" in str(row.sum_of_metric.plain.reason)


def test_no_verdict_rests_on_it(sets: ModuleType, new: Course) -> None:
    """A limit just above the sum of the metrics is not kept for certain: the upper bound is higher."""
    elsewhere = course(
        sets, "prior", sets.linear((-1.0, 0, 0), 40.0), n=28, prescription=50.4, frame=sets.OLD_FRAME
    )
    added = answer(new, elsewhere).row("Rectum", HOT).sum_of_metric.plain.value
    assert added is not None
    row = answer(new, elsewhere, limits=[f"Rectum:{HOT}<={added + 0.3:.2f}"]).row("Rectum", HOT)
    assert row.bounds.high is not None
    assert row.bounds.high > added + 0.5
    assert row.verdict is Verdict.BORDERLINE
    assert row.method is Method.BOUNDS


def test_a_printed_metric_without_a_maximum_is_added_and_yet_judges_nothing(new: Course) -> None:
    record = OrganRecord(name="Rectum", doses_gy={Metric.parse(HOT): 10.0})
    paper = course_of_records([record], role="prior", label="2019 print", n_fractions=28, modality="photon")
    found = answer(new, paper, limits=["Rectum:D0.03cc[Gy]<=200", f"Rectum:{HOT}<=200"])
    assert found.row("Rectum", HOT).sum_of_metric.plain.value is not None
    assert found.row("Rectum", "D0.03cc[Gy]").verdict is Verdict.NOT_EVALUABLE


def test_a_reason_that_names_its_course_names_it_once() -> None:
    metric = Metric.parse("D2cc[Gy]")
    values = {
        "prior": MetricValue.absent(metric, reason="no curve of the organ in prior (prescription only)"),
        "new": MetricValue.absent(metric, reason="not covered: 1 cc outside the dose grid"),
    }
    found = MetricSum.of(metric, values, recovered=None, not_recovered=None)
    assert found.plain.reason == (
        "no curve of the organ in prior (prescription only); new: not covered: 1 cc outside the dose grid"
    )


def words(two_courses: Path, *more: str) -> list[str]:
    return [
        "reirradiate",
        *("--new", str(two_courses / "second-course"), "--prior", str(two_courses / "first-course")),
        *("--prior-ended", "2023-06-08", "--new-starts", "2024-02-12"),
        *("--registration", str(two_courses / "registration.dcm")),
        *("--tissue", "Rectum=3", *more),
    ]


def test_the_rectum_of_the_two_courses_adds_to_98_50(two_courses: Path, capsys: Any) -> None:
    """What a clinic would write down: D2cc of both plans, each in EQD2, added."""
    assert main(words(two_courses, "--metric", "D2cc[Gy]", "--json")) == 0
    (row,) = json.loads(capsys.readouterr().out)["organs"]
    assert row["sum_of_metric_gy"] == pytest.approx(98.50, abs=0.005)
    assert row["sum_of_metric_gy"] == pytest.approx(sum(course["eqd2_gy"] for course in row["courses"]))
    assert row["bounds_gy"][0] <= row["sum_of_metric_gy"] <= row["bounds_gy"][1]
    assert row["bounds_gy"][1] <= row["sum_of_point_maxima_gy"]
    assert row["method"] == "voxel sum"


def test_it_is_printed_as_no_bound(two_courses: Path, capsys: Any) -> None:
    assert main(words(two_courses, "--metric", "D2cc[Gy]")) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    (line,) = [line for line in lines if line.startswith("sum of the courses' own")]
    assert "no bound" in line
    assert "98.5" in line
