"""H22: delivered differs from planned; replans in mid-course."""

from __future__ import annotations

import numpy as np
import pytest

from bed.lq import eqd2
from dicom_io import identity
from rtplan.accumulation import accumulate
from rtplan.course import Course, Delivery, course_of_treatments
from rtplan.errors import RtplanValueError

POINT = np.array([[0.0, 0.0, 0.0]])


def eqd2_of(course: Course, alpha_beta: float) -> float:
    parts = [p.part(course.label, identity(p.frame_of_reference_uid)) for p in course.phases]
    return float(accumulate(parts, alpha_beta=alpha_beta).sample(POINT)[0])


def test_treatment_records_win_over_the_plan(sets) -> None:
    treated = sets.treatment(sets.linear((0, 0, 0), 45.0), n=9, delivered=7)
    course = course_of_treatments([(treated, Delivery())], role="prior")
    assert course.n_fractions == 7
    # 7 of 9 fractions of 5 Gy: the dose per fraction stays 5 Gy.
    assert eqd2_of(course, 3.0) == pytest.approx(eqd2(35.0, 7, 3.0), rel=1e-6)
    assert any("7 of 9 planned fractions delivered" in finding for finding in course.findings)


def test_the_users_word_wins_over_the_records(sets) -> None:
    treated = sets.treatment(sets.linear((0, 0, 0), 45.0), n=9, delivered=7)
    course = course_of_treatments([(treated, Delivery(n_fractions=6))], role="prior")
    assert eqd2_of(course, 3.0) == pytest.approx(eqd2(30.0, 6, 3.0), rel=1e-6)


def test_more_fractions_than_planned_are_refused(sets) -> None:
    treated = sets.treatment(sets.linear((0, 0, 0), 45.0), n=9, delivered=10)
    with pytest.raises(RtplanValueError, match="10 fractions delivered of 9 planned"):
        course_of_treatments([(treated, Delivery())], role="prior")


def test_a_replan_in_mid_course_is_two_phases_and_not_one_pooled_dose(sets) -> None:
    before = sets.treatment(sets.linear((0, 0, 0), 50.0), n=25, label="2023-01-01 …1 50 Gy")
    after = sets.treatment(sets.linear((0, 0, 0), 60.0), n=25, label="2023-01-15 …2 50 Gy")
    course = course_of_treatments(
        [(before, Delivery(n_fractions=10)), (after, Delivery(n_fractions=15))], role="prior"
    )
    expected = eqd2(20.0, 10, 3.0) + eqd2(36.0, 15, 3.0)
    assert eqd2_of(course, 3.0) == pytest.approx(expected, rel=1e-6)
    assert course.n_fractions == 25
