"""H22: delivered differs from planned; replans in mid-course."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from bed.lq import eqd2
from dicom_io import identity
from dicom_io.objects import FractionGroup
from dicom_io.study.dose_sets import DosePart
from rtplan.cli import main
from rtplan.courses import Course, Delivery, course_of_treatments, read_course_file
from rtplan.errors import RtplanValueError
from rtplan.sums import accumulate

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


def groups(sets, *doses_and_fractions, told_apart=True):
    """One plan of several fraction groups; `told_apart` where each group has a dose of its own."""
    whole = sets.treatment(sets.linear((0, 0, 0), sum(gy for gy, _ in doses_and_fractions)), n=None)
    of_plan = tuple(
        FractionGroup(number=k, n_fractions_planned=n, beam_numbers=(k,), beam_doses_gy=(None,))
        for k, (_, n) in enumerate(doses_and_fractions, start=1)
    )
    parts = tuple(
        DosePart(fraction_group=k, n_fractions=n, dose=sets.treatment(sets.linear((0, 0, 0), gy), n=n).dose)
        for k, (gy, n) in enumerate(doses_and_fractions, start=1)
    )
    return replace(
        whole,
        plan=replace(whole.plan, fraction_groups=of_plan),
        dose_parts=parts if told_apart else (),
        n_fractions_reason="the dose is a composite of fraction groups",
    )


def test_fraction_groups_are_converted_each_with_its_own_fractions(sets) -> None:
    course = course_of_treatments([(groups(sets, (46.0, 23), (20.0, 5)), Delivery())], role="prior")
    assert course.n_fractions == 28
    assert eqd2_of(course, 3.0) == pytest.approx(eqd2(46.0, 23, 3.0) + eqd2(20.0, 5, 3.0), rel=1e-6)
    assert any("each converted alone" in finding for finding in course.findings)
    with pytest.raises(RtplanValueError, match="say of which"):
        course_of_treatments([(groups(sets, (46.0, 23), (20.0, 5)), Delivery(n_fractions=25))], role="prior")


@pytest.mark.parametrize("stated", [None, 28])
def test_a_composite_of_fraction_groups_is_refused_whatever_number_is_stated(sets, stated) -> None:
    composite = groups(sets, (46.0, 23), (20.0, 5), told_apart=False)
    with pytest.raises(RtplanValueError, match="has no EQD2 of its own"):
        course_of_treatments([(composite, Delivery(n_fractions=stated))], role="prior")


def test_equal_fraction_groups_may_be_stated_as_one_course(sets) -> None:
    composite = groups(sets, (25.0, 25), (25.0, 25), told_apart=False)
    course = course_of_treatments([(composite, Delivery(n_fractions=25))], role="prior")
    assert eqd2_of(course, 3.0) == pytest.approx(50.0, rel=1e-6)


RECORD = """
label = "2019, printed plan"
unit = "Gy"
n_fractions = 20
modality = "photon"
prescription = "50Gy/25"
{}
[organs.Rectum]
Dmax = 50.0
"""


def test_a_printed_plan_that_was_stopped_early_is_asked_what_its_doses_are_of(tmp_path) -> None:
    path = tmp_path / "printed.toml"
    path.write_text(RECORD.format(""), encoding="utf-8")
    with pytest.raises(RtplanValueError, match=r"of the plan .* or of what was delivered"):
        read_course_file(path, role="prior", ended=None)
    for planned, expected in ((25, 40.0), (20, 50.0)):
        path.write_text(RECORD.format(f"planned_fractions = {planned}"), encoding="utf-8")
        course = read_course_file(path, role="prior", ended=None)
        assert course.record("Rectum").max_gy == pytest.approx(expected)
        assert course.prescription_gy == pytest.approx(40.0)
    path.write_text(RECORD.format("planned_fractions = 18"), encoding="utf-8")
    with pytest.raises(RtplanValueError, match="20 fractions delivered of 18 planned"):
        read_course_file(path, role="prior", ended=None)


def test_a_folder_whose_plan_was_stopped_early_counts_as_delivered(two_courses, capsys) -> None:
    given = [
        *("reirradiate", "--new", str(two_courses / "second-course"), "--new-starts", "2024-02-05"),
        *("--prior", str(two_courses / "first-course"), "--prior-ended", "2023-06-01"),
        *("--tissue", "Bladder=3", "--metric", "Max[Gy]", "--json"),
    ]
    assert main([*given, "--prior-fractions", "14"]) == 0
    said = json.loads(capsys.readouterr().out)
    head = said["courses"][0]
    assert (head["n_fractions"], head["phases"][0]["n_fractions_planned"]) == (14, 28)
    assert head["prescription_delivered_gy"] == pytest.approx(25.2)
    # 50.4 Gy in 28 stopped at half: 25.2 Gy in fractions of 1.8 Gy.
    assert said["organs"][0]["courses"][0]["eqd2_gy"] == pytest.approx(eqd2(25.2, 14, 3.0), abs=1e-3)
    assert main([*given, "--prior-fractions", "29"]) == 2
    assert "29 fractions delivered of 28 planned" in capsys.readouterr().err
    assert main([*given, "--prior-fractions", "0"]) == 2
    assert "a whole number of at least 1" in capsys.readouterr().err
