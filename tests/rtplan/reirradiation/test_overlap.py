"""The courses' metrics inside an earlier isodose, in the answer: a value or a reason for every course.

The rectum is a box of 9.6 cc, 0.48 cc for each mm along x; the earlier plateau of 50.4 Gy ends with its 50 %
isodose on the plane x = 0.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bed.lq import eqd2
from rtplan.case import question_sha256
from rtplan.cli import main
from rtplan.courses import Course, Delivery, course_of_regimen, course_of_treatments, parse_isodose
from rtplan.interval import Interval
from rtplan.limits import parse_limit
from rtplan.reirradiation import Reirradiation, ReirradiationQuestion, reirradiate
from rtplan.reirradiation.organ import OrganRow, OverlapSum, parse_tissues

GAP = Interval(ended=date(2023, 5, 1), starts=date(2024, 2, 1))
HOT = "D2cc[Gy]"
IN_PLATEAU = eqd2(50.4, 28, 3.0)
BESIDE = eqd2(20.0 - 1.0 / 0.48, 5, 3.0)
"""Of today's dose of 20 Gy + 0.5 Gy/mm x, 2 cc below the plane x = 0."""


def plateau(points: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(25.2 - 12.6 * points[..., 0], 0.0, 50.4))


def course(sets: ModuleType, role: str, dose: Any, *, n: int, **changes: Any) -> Course:
    return course_of_treatments([(sets.treatment(dose, n=n, **changes), Delivery())], role=role)


@pytest.fixture
def new(sets: ModuleType) -> Course:
    return course(sets, "new", sets.linear((0.5, 0, 0), 20.0), n=5, prescription=30.0)


@pytest.fixture
def prior(sets: ModuleType) -> Course:
    return course(sets, "prior", plateau, n=28, prescription=50.4)


def answer(new: Course, *priors: Course, isodose: str = "50%", **options: Any) -> Reirradiation:
    return reirradiate(
        new,
        priors,
        intervals=[GAP] * len(priors),
        tissues=parse_tissues(options.pop("tissues", ["Rectum=3"])),
        limits=[parse_limit(text) for text in options.pop("limits", ())],
        metrics=options.pop("metrics", [HOT]),
        overlap=parse_isodose(isodose),
        **options,
    )


def row_and_overlap(found: Reirradiation, metric: str = HOT) -> tuple[OrganRow, OverlapSum]:
    row = found.row("Rectum", metric)
    assert row.overlap is not None
    return row, row.overlap


def test_both_courses_are_read_in_the_half_inside_the_plateau(new: Course, prior: Course) -> None:
    row, overlap = row_and_overlap(answer(new, prior))
    assert overlap.isodose == "50%"
    assert overlap.volume.value == pytest.approx(4.8, abs=0.01)
    total = overlap.total.plain
    assert total.value is not None
    assert total.uncertainty is not None
    assert abs(total.value - (IN_PLATEAU + BESIDE)) <= min(total.uncertainty, 0.1)
    # the courses' own values take today's hot end of the rectum, which the earlier course never met
    assert row.sum_of_metric.plain.value == pytest.approx(
        IN_PLATEAU + eqd2(25.0 - 1.0 / 0.48, 5, 3.0), abs=0.05
    )
    assert [one.isodose_gy for one in overlap.courses] == [pytest.approx(25.2), None]


def test_gray_and_per_cent_of_the_courses_own_prescription_are_one_isodose(
    new: Course, prior: Course
) -> None:
    in_gray, in_percent = (
        row_and_overlap(answer(new, prior, isodose=text))[1].total.plain.value for text in ("25.2Gy", "50%")
    )
    assert in_gray == pytest.approx(in_percent)


def test_recovery_is_taken_off_the_earlier_part(new: Course, prior: Course) -> None:
    row, overlap = row_and_overlap(answer(new, prior, recovery="michigan-2019"))
    kept = 1 - (row.courses[0].recovered_fraction or 0.0)
    earlier, today = (one.eqd2.value or 0.0 for one in overlap.courses)
    assert overlap.total.with_recovery.value == pytest.approx(kept * earlier + today)
    assert overlap.total.plain.value == pytest.approx(earlier + today)


def test_phases_of_an_earlier_course_are_converted_one_by_one_and_its_isodose_is_of_both(
    sets: ModuleType, new: Course
) -> None:
    phases = [
        (
            sets.treatment(
                lambda points, share=share: share * plateau(points),
                n=n,
                prescription=50.4 * share,
                label=f"2023-01-01 …{n} phase",
            ),
            Delivery(),
        )
        for share, n in ((0.75, 25), (0.25, 3))
    ]
    _, overlap = row_and_overlap(answer(new, course_of_treatments(phases, role="prior")))
    assert overlap.volume.value == pytest.approx(4.8, abs=0.01)
    converted = eqd2(37.8, 25, 3.0) + eqd2(12.6, 3, 3.0)
    assert overlap.courses[0].eqd2.value == pytest.approx(converted, abs=0.01)


def test_of_several_earlier_courses_the_organ_counts_where_one_of_them_gave_it(
    sets: ModuleType, new: Course, prior: Course
) -> None:
    other = course(
        sets,
        "prior 2",
        lambda points: plateau(-points),
        n=28,
        prescription=50.4,
        label="2022-01-01 …2222 50.4 Gy",
    )
    _, overlap = row_and_overlap(answer(new, prior, other))
    assert overlap.volume.value == pytest.approx(9.6, abs=0.02)
    assert len(overlap.courses) == 3
    assert overlap.total.plain.value == pytest.approx(
        2 * IN_PLATEAU + eqd2(25.0 - 1.0 / 0.48, 5, 3.0), abs=0.15
    )


def test_without_a_transform_there_is_no_overlap(sets: ModuleType, new: Course) -> None:
    elsewhere = course(sets, "prior", plateau, n=28, prescription=50.4, frame=sets.OLD_FRAME)
    row, overlap = row_and_overlap(answer(new, elsewhere))
    assert overlap.total.plain.value is None
    assert "no registration leads to it" in str(overlap.total.plain.reason)
    assert overlap.volume.reason == overlap.total.plain.reason
    assert row.sum_of_metric.plain.value is not None


@pytest.mark.parametrize("isodose", ["50%", "20Gy"])
def test_a_prescription_alone_has_no_overlap(new: Course, isodose: str) -> None:
    _, overlap = row_and_overlap(answer(new, course_of_regimen("50.4Gy/28", role="prior"), isodose=isodose))
    assert "prescription only" in str(overlap.total.plain.reason)


def test_per_cent_of_a_prescription_that_nobody_stated_is_no_dose(sets: ModuleType, new: Course) -> None:
    silent = course(sets, "prior", plateau, n=28, prescription=None)
    _, overlap = row_and_overlap(answer(new, silent))
    assert "no prescription is stated, so 50% of it is no dose" in str(overlap.total.plain.reason)
    _, overlap = row_and_overlap(answer(new, silent, isodose="25.2Gy"))
    assert overlap.volume.value == pytest.approx(4.8, abs=0.01)


def test_an_overlap_smaller_than_the_metrics_volume_says_so(new: Course, prior: Course) -> None:
    _, overlap = row_and_overlap(answer(new, prior, metrics=["D5cc[Gy]"]), "D5cc[Gy]")
    assert overlap.total.plain.reason == "asks for 5 cc, the overlap has 4.8 cc"


def test_no_verdict_rests_on_it(new: Course, prior: Course) -> None:
    plain = answer(new, prior, limits=[f"Rectum:{HOT}<=80"])
    without = reirradiate(replace(plain.question, overlap=None))
    assert plain.row("Rectum", HOT).judgement == without.row("Rectum", HOT).judgement
    assert without.row("Rectum", HOT).overlap is None


def test_a_question_without_it_keeps_its_hash_and_one_with_it_has_another(new: Course, prior: Course) -> None:
    asked = answer(new, prior).question
    plain = replace(asked, overlap=None)
    assert isinstance(asked, ReirradiationQuestion)
    assert question_sha256(asked) != question_sha256(plain)
    assert question_sha256(asked) != question_sha256(replace(asked, overlap=parse_isodose("40%")))


def words(two_courses: Path, *more: str) -> list[str]:
    return [
        "reirradiate",
        *("--new", str(two_courses / "second-course"), "--prior", str(two_courses / "first-course")),
        *("--prior-ended", "2023-06-08", "--new-starts", "2024-02-12"),
        *("--tissue", "Rectum=3", "--metric", HOT, "--overlap", "50%", *more),
    ]


def test_the_command_prints_volume_isodose_and_no_bound(two_courses: Path, capsys: Any) -> None:
    registration = ("--registration", str(two_courses / "registration.dcm"))
    assert main(words(two_courses, *registration)) == 0
    printed = capsys.readouterr().out
    assert "cc inside the earlier 50%" in printed
    assert "sum in the overlap (no bound): 98.5" in printed
    assert main(words(two_courses, *registration, "--json")) == 0
    (row,) = json.loads(capsys.readouterr().out)["organs"]
    assert row["overlap_isodose"] == "50%"
    assert row["overlap_cc"] == pytest.approx(40.54, abs=0.02)
    assert row["overlap_courses"][0]["isodose_gy"] == pytest.approx(25.2)
    assert row["overlap_sum_of_metric_gy"] == pytest.approx(
        sum(one["eqd2_gy"] for one in row["overlap_courses"])
    )


def test_the_command_says_why_there_is_none(two_courses: Path, capsys: Any) -> None:
    assert main(words(two_courses)) == 0
    printed = capsys.readouterr().out
    assert "sum in the overlap (no bound): none (" in printed
    assert "no registration leads to it" in printed


def test_the_report_shows_it_with_how_to_read_it(two_courses: Path, tmp_path: Path, capsys: Any) -> None:
    page = tmp_path / "report.html"
    registration = ("--registration", str(two_courses / "registration.dcm"))
    assert main(words(two_courses, *registration, "--report", str(page))) == 0
    capsys.readouterr()
    text = page.read_text(encoding="utf-8")
    assert "sum in the overlap (no bound)" in text
    assert "it bounds nothing, and no verdict rests on it" in text
