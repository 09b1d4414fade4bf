"""The whole answer on box organs in linear doses: every expected number is arithmetic on the boxes."""

from __future__ import annotations

from datetime import date
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bed.lq import eqd2
from dicom_io.dvh import Metric
from dicom_io.objects import RigidTransform
from rtplan.courses import (
    Course,
    Delivery,
    Grade,
    OrganRecord,
    course_of_records,
    course_of_regimen,
    course_of_treatments,
)
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.interval import Interval
from rtplan.limits import Verdict, parse_limit
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.reirradiation.organ import parse_tissues
from rtplan.sums import RegistrationUncertainty

GAP = Interval(ended=date(2023, 5, 1), starts=date(2024, 2, 1))
TO_OLD = np.array([[0.0, -1, 0, 3], [1, 0, 0, -5], [0, 0, 1, 4], [0, 0, 0, 1]])


@pytest.fixture
def new(sets: ModuleType) -> Course:
    return course(sets, "new", sets.linear((0.5, 0, 0), 20.0), n=5, prescription=30.0)


def course(sets: ModuleType, role: str, dose: Any, *, n: int, **changes: Any) -> Course:
    treatment = sets.treatment(dose, n=n, **changes)
    return course_of_treatments([(treatment, Delivery())], role=role)


@pytest.fixture
def prior(sets: ModuleType) -> Course:
    return course(sets, "prior", sets.linear((-1.0, 0, 0), 40.0), n=28, prescription=50.4)


def answer(new: Course, *priors: Course, **options: Any) -> Reirradiation:
    tissues = parse_tissues(options.pop("tissues", ["Rectum=3"]))
    limits = [parse_limit(text) for text in options.pop("limits", ())]
    return reirradiate(new, priors, intervals=[GAP] * len(priors), tissues=tissues, limits=limits, **options)


def sum_at(x: np.ndarray | float, alpha_beta: float, *, factor: float = 1.0, kept: float = 1.0) -> Any:
    """The two linear doses at x, converted one by one and added."""
    earlier = np.asarray(eqd2(40.0 - np.asarray(x, dtype=float), 28, alpha_beta))
    return kept * earlier + np.asarray(
        eqd2(factor * (20.0 + 0.5 * np.asarray(x, dtype=float)), 5, alpha_beta)
    )


def test_the_voxel_sum_of_a_shared_frame_is_that_of_each_point(new: Course, prior: Course) -> None:
    row = answer(new, prior).row("Rectum", "Mean[Gy]")
    x = np.linspace(-10, 10, 200_001)
    assert row.voxel_sum.value == pytest.approx(float(np.mean(sum_at(x, 3.0))), abs=0.02)
    # At alpha/beta 3 the sum falls with x, then rises; its largest value is at one of the faces.
    hottest = answer(new, prior, metrics=["Max[Gy]"]).row("Rectum", "Max[Gy]")
    assert hottest.voxel_sum.value == pytest.approx(float(np.max(sum_at(x, 3.0))), abs=0.1)
    assert hottest.covered_fraction == pytest.approx(1.0)


def test_bounds_and_sum_of_maxima_come_from_the_courses_own_curves(new: Course, prior: Course) -> None:
    row = answer(new, prior, metrics=["Max[Gy]"]).row("Rectum", "Max[Gy]")
    # The two doses run against each other, so the maxima, 50 Gy and 25 Gy, lie on opposite faces.
    crude = eqd2(50.0, 28, 3.0) + eqd2(25.0, 5, 3.0)
    assert row.bounds.high == pytest.approx(crude, abs=0.1)
    assert row.sum_of_point_maxima_gy == pytest.approx(crude, abs=0.1)
    # From below: D_u + D_{V-u}, hot against cold, at its largest.
    share = np.linspace(0, 1, 2001)
    first, second = eqd2(50.0 - 20 * share, 28, 3.0), eqd2(25.0 - 10 * share, 5, 3.0)
    assert row.bounds.low == pytest.approx(float(np.max(first + second[::-1])), abs=0.1)
    assert row.bounds.low <= row.voxel_sum.value <= row.bounds.high  # type: ignore[operator]


def test_the_mean_is_exact_without_any_registration(sets: ModuleType, new: Course) -> None:
    elsewhere = course(
        sets, "prior", sets.linear((-1.0, 0, 0), 40.0), n=28, prescription=50.4, frame=sets.OLD_FRAME
    )
    row = answer(new, elsewhere).row("Rectum", "Mean[Gy]")
    x = np.linspace(-10, 10, 200_001)
    expected = float(np.mean(sum_at(x, 3.0)))
    assert (row.bounds.low, row.bounds.high) == (pytest.approx(expected, abs=0.01),) * 2
    assert row.voxel_sum.value is None
    assert "no registration leads to it" in str(row.voxel_sum.reason)


@pytest.mark.parametrize("inverted", [False, True])
def test_a_registration_of_either_direction_joins_the_frames(
    sets: ModuleType, new: Course, inverted: bool
) -> None:
    def old_dose(points: np.ndarray) -> np.ndarray:
        """The same dose as in the shared frame, seen from the old one."""
        back = np.linalg.inv(TO_OLD)
        return np.maximum(40.0 - (points @ back[:3, :3].T + back[:3, 3])[..., 0], 0.0)

    old = course(sets, "prior", old_dose, n=28, prescription=50.4, frame=sets.OLD_FRAME, organs={})
    known = RigidTransform(
        matrix=TO_OLD, maps_from=sets.NEW_FRAME, maps_to=sets.OLD_FRAME, source="matrix file"
    )
    found = answer(new, old, registrations=[known.inverse() if inverted else known])
    row = found.row("Rectum", "Mean[Gy]")
    x = np.linspace(-10, 10, 200_001)
    assert row.voxel_sum.value == pytest.approx(float(np.mean(sum_at(x, 3.0))), abs=0.02)
    assert row.grade is Grade.DOSE_ONLY
    assert row.bounds.high is None
    assert len(found.transforms) == 1


def test_recovery_is_taken_off_the_earlier_eqd2_and_shown_beside_the_plain_sum(
    new: Course, prior: Course
) -> None:
    found = answer(new, prior, recovery="michigan-2019", limits=["Rectum:Mean[Gy]<=70"])
    row = found.row("Rectum", "Mean[Gy]")
    x = np.linspace(-10, 10, 200_001)
    taken_off = row.courses[0].recovered_fraction
    assert taken_off is not None
    assert 0 < taken_off < 1
    assert row.with_recovery.value == pytest.approx(
        float(np.mean(sum_at(x, 3.0, kept=1 - taken_off))), abs=0.02
    )
    assert row.voxel_sum.value == pytest.approx(float(np.mean(sum_at(x, 3.0))), abs=0.02)
    assert row.courses[1].recovered_fraction is None


def test_a_verdict_that_only_recovery_changes_says_so(new: Course, prior: Course) -> None:
    plain = answer(new, prior).row("Rectum", "Mean[Gy]").voxel_sum.value
    assert plain is not None
    found = answer(new, prior, recovery="michigan-2019", limits=[f"Rectum:Mean[Gy]<={plain - 1:.2f}"])
    row = found.row("Rectum", "Mean[Gy]")
    assert row.verdict is Verdict.WITHIN
    assert row.without_recovery is not None
    assert row.without_recovery.verdict is Verdict.EXCEEDS
    assert "exceeds without recovery" in str(row.reason)


def test_the_plan_reading_scales_the_new_dose_to_the_limit(new: Course, prior: Course) -> None:
    found = answer(new, prior, limits=["Rectum:Mean[Gy]<=80"], n_fractions=[5])
    left = next(r for r in found.row("Rectum", "Mean[Gy]").remaining if r.basis == "plan")
    x = np.linspace(-10, 10, 200_001)
    assert left.factor is not None
    assert float(np.mean(sum_at(x, 3.0, factor=left.factor))) == pytest.approx(80.0, abs=0.03)
    assert left.total_dose_gy == pytest.approx(30.0 * left.factor)


def test_the_point_reading_takes_the_earlier_metric(new: Course, prior: Course) -> None:
    found = answer(new, prior, limits=["Rectum:Max[Gy]<=80"], n_fractions=[5, 10])
    left = [r for r in found.row("Rectum", "Max[Gy]").remaining if r.basis == "point"]
    assert [r.n_fractions for r in left] == [5, 10]
    for reading in left:
        assert reading.total_dose_gy is not None
        again = eqd2(reading.total_dose_gy, reading.n_fractions, 3.0)
        assert eqd2(50.0, 28, 3.0) + again == pytest.approx(80.0, abs=0.1)


def test_several_alpha_beta_give_a_row_each(new: Course, prior: Course) -> None:
    found = answer(new, prior, tissues=["Rectum=3", "Rectum=5", "Bladder=3"], metrics=["Mean[Gy]"])
    assert [(row.name, row.alpha_beta_gy) for row in found.rows] == [
        ("Rectum", 3.0),
        ("Rectum", 5.0),
        ("Bladder", 3.0),
    ]
    with pytest.raises(RtplanLookupError, match="name the alpha/beta"):
        found.row("Rectum", "Mean[Gy]")


def test_a_paper_record_gives_bounds_and_readings_at_both_ends(new: Course) -> None:
    record = OrganRecord(name="Rectum", doses_gy={Metric.parse("Max[Gy]"): 51.0})
    paper = course_of_records([record], role="prior", label="2019 print", n_fractions=28, modality="photon")
    found = answer(new, paper, limits=["Rectum:D0.03cc[Gy]<=95"], n_fractions=[5])
    row = found.row("Rectum", "D0.03cc[Gy]")
    assert row.grade is Grade.RECORD
    assert row.voxel_sum.value is None
    # 0.03 cc of 9.6 cc: the record bounds it by its maximum, the new course by its D0.03cc of 25 Gy nearly.
    assert row.bounds.high == pytest.approx(eqd2(51.0, 28, 3.0) + eqd2(25 - 10 * 0.03 / 9.6, 5, 3.0), abs=0.1)
    assert row.verdict is Verdict.WITHIN
    assert "without registration" in str(row.reason)
    bases = {r.basis: r.total_dose_gy for r in row.remaining}
    at_least, at_most = bases["point, at least"], bases["point, at most"]
    assert at_least is not None
    assert at_most is not None
    assert eqd2(51.0, 28, 3.0) + eqd2(at_least, 5, 3.0) == pytest.approx(95.0, abs=1e-9)
    assert eqd2(at_most, 5, 3.0) == pytest.approx(95.0, abs=1e-9)
    assert bases["plan"] is None


def test_a_limit_between_the_bounds_is_borderline(new: Course) -> None:
    record = OrganRecord(name="Rectum", doses_gy={Metric.parse("Max[Gy]"): 51.0})
    paper = course_of_records([record], role="prior", label="2019 print", n_fractions=28, modality="photon")
    row = answer(new, paper, limits=["Rectum:D0.03cc[Gy]<=70"]).row("Rectum", "D0.03cc[Gy]")
    assert row.verdict is Verdict.BORDERLINE
    assert "between the bounds" in str(row.reason)
    lower = answer(new, paper, limits=["Rectum:D0.03cc[Gy]<=20"]).row("Rectum", "D0.03cc[Gy]")
    assert lower.verdict is Verdict.EXCEEDS


def test_three_courses_add_up_point_by_point(sets: ModuleType, new: Course, prior: Course) -> None:
    oldest = course(
        sets, "oldest", sets.linear((0, 0, 0), 10.0), n=5, prescription=10.0, label="2015-01-01 …3333 10 Gy"
    )
    row = answer(new, oldest, prior).row("Rectum", "Mean[Gy]")
    x = np.linspace(-10, 10, 200_001)
    expected = float(np.mean(sum_at(x, 3.0))) + eqd2(10.0, 5, 3.0)
    assert row.voxel_sum.value == pytest.approx(expected, abs=0.02)
    assert row.bounds.high == pytest.approx(expected, abs=0.02)
    assert len(row.courses) == 3


def test_phases_of_one_course_are_converted_one_by_one(sets: ModuleType, new: Course) -> None:
    phases = [
        (sets.treatment(sets.linear((0, 0, 0), dose), n=n, label=f"2023-01-01 …{n} {dose} Gy"), Delivery())
        for dose, n in ((45.0, 25), (12.0, 3))
    ]
    two_phases = course_of_treatments(phases, role="prior")
    row = answer(new, two_phases).row("Rectum", "Mean[Gy]")
    assert row.courses[0].physical.value == pytest.approx(57.0, abs=0.01)
    separately = eqd2(45.0, 25, 3.0) + eqd2(12.0, 3, 3.0)
    assert row.courses[0].eqd2.value == pytest.approx(separately, abs=0.01)
    assert abs(separately - eqd2(57.0, 28, 3.0)) > 1.0  # what pooling the fractions would have given


def test_a_band_spans_the_shifts_of_the_earlier_dose(new: Course, prior: Course) -> None:
    band = (
        answer(new, prior, registration_uncertainty=RegistrationUncertainty(shift_mm=4.0, steps=3))
        .row("Rectum", "Mean[Gy]")
        .band
    )
    assert band is not None
    x = np.linspace(-10, 10, 200_001)
    new_part = np.mean(np.asarray(eqd2(20.0 + 0.5 * x, 5, 3.0)))
    ends = [float(np.mean(np.asarray(eqd2(40.0 - (x - s), 28, 3.0))) + new_part) for s in (-4.0, 4.0)]
    assert (band.low_gy, band.high_gy) == (pytest.approx(ends[0], abs=0.03), pytest.approx(ends[1], abs=0.03))
    assert band.worst_shift_mm is not None
    assert band.worst_shift_mm[0] == 4.0
    assert band.n_scenarios == 27


def test_a_scenario_that_leaves_the_grid_gives_no_band(new: Course, prior: Course) -> None:
    found = answer(new, prior, registration_uncertainty=RegistrationUncertainty(shift_mm=60.0, steps=3))
    row = found.row("Rectum", "Mean[Gy]")
    assert row.band is not None
    assert row.band.low_gy is None
    assert "not covered" in str(row.band_reason)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tissues": ["Kidney_L=3"]}, "no structure of the new course stands for 'Kidney_L'"),
        ({"matches": {"Bladder": ("Bladder", "Bladder")}}, "without alpha/beta: Bladder"),
        ({"matches": {"Rectum": ("Rectum",)}}, "1 structures for 2 courses"),
        ({"matches": {"Rectum": ("Rectum", "Rektum")}}, "no structure is named 'Rektum'"),
        ({"recovery": "time-heals"}, "no recovery rule 'time-heals'"),
        ({"metrics": ["V20Gy[cc]"]}, "doses in Gy"),
    ],
)
def test_input_that_cannot_be_meant_is_refused(
    new: Course, prior: Course, options: dict[str, Any], message: str
) -> None:
    with pytest.raises((RtplanValueError, RtplanLookupError), match=message):
        answer(new, prior, **options)


def test_the_new_course_needs_dose_and_structures(sets: ModuleType, prior: Course) -> None:
    bare = course(sets, "new", sets.linear((0, 0, 0), 20.0), n=5, organs={})
    with pytest.raises(RtplanLookupError, match="needs its structures"):
        answer(bare, prior)
    with pytest.raises(RtplanLookupError, match="needs its structures"):
        answer(course_of_regimen("30Gy/5", role="new"), prior)


def test_intervals_and_courses_go_together(new: Course, prior: Course) -> None:
    with pytest.raises(RtplanValueError, match="0 intervals for 1"):
        reirradiate(new, [prior], intervals=[], tissues=parse_tissues(["Rectum=3"]))
    with pytest.raises(RtplanValueError, match="at least one earlier course"):
        reirradiate(new, [], intervals=[], tissues=parse_tissues(["Rectum=3"]))


def test_the_answer_prints_and_tabulates_what_it_is(new: Course, prior: Course) -> None:
    found = answer(new, prior)
    assert "recovery none" in repr(found)
    pandas = pytest.importorskip("pandas")
    frame = found.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["metric"]) == ["D0.03cc[Gy]", "Mean[Gy]"]
    assert found.total(3.0).alpha_beta == 3.0
