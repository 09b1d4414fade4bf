"""H25: two courses with the same labels, overwritten or swapped."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from rtplan.cli import main
from rtplan.courses import Delivery, course_of_treatments
from rtplan.interval import Interval
from rtplan.reirradiation import reirradiate
from rtplan.reirradiation.organ import parse_tissues


def test_courses_are_told_apart_by_role_date_uid_and_prescription(two_courses, capsys) -> None:
    first, second = str(two_courses / "first-course"), str(two_courses / "second-course")
    words = ["reirradiate", "--new", second, "--prior", first, "--prior-ended", "2023-06-01"]
    words += ["--new-starts", "2024-02-05", "--tissue", "Rectum=3", "--json"]
    assert main(words) == 0
    labels = [course["label"] for course in json.loads(capsys.readouterr().out)["organs"][0]["courses"]]
    assert labels[0].startswith("prior: 2023-04-24")
    assert labels[0].endswith("50.4 Gy")
    assert labels[1].startswith("new: 2024-01-29")
    assert labels[1].endswith("30 Gy")


def test_the_same_course_given_twice_is_two_entries_with_their_own_roles(two_courses, capsys) -> None:
    first, second = str(two_courses / "first-course"), str(two_courses / "second-course")
    words = ["reirradiate", "--new", second, "--prior", first, "--prior-ended", "2023-06-01"]
    words += ["--prior", first, "--prior-ended", "2022-06-01"]
    words += ["--new-starts", "2024-02-05", "--tissue", "Rectum=3", "--json"]
    assert main(words) == 0
    said = json.loads(capsys.readouterr().out)
    labels = [course["label"] for course in said["organs"][0]["courses"]]
    assert len(set(labels)) == 3
    assert [gap["days"] for gap in said["intervals"]] == [249, 614]
    assert any("same files" in warning for warning in said["warnings"])


@pytest.mark.parametrize(
    ("ended", "starts", "said"),
    [
        (date(2022, 6, 1), date(2024, 2, 5), "planned on 2024-01-29, after its stated last fraction"),
        (date(2024, 3, 1), date(2024, 6, 1), "are the courses or the dates swapped"),
        (date(2023, 6, 1), date(2024, 1, 15), "after its stated first fraction on 2024-01-15"),
    ],
)
def test_stated_dates_that_the_plans_contradict_are_named(sets, ended, starts, said) -> None:
    before = sets.treatment(sets.linear((0, 0, 0), 40.0), n=20, label="before")
    if ended.year > 2022:
        before = replace(before, plan=replace(before.plan, date="20230424"))
    now = sets.treatment(sets.linear((0, 0, 0), 20.0), n=5, label="now")
    found = reirradiate(
        course_of_treatments([(now, Delivery())], role="new"),
        [course_of_treatments([(before, Delivery())], role="prior")],
        intervals=[Interval(ended=ended, starts=starts)],
        tissues=parse_tissues(["Rectum=3"]),
    )
    assert [warning for warning in found.warnings if said in warning]


def test_dates_that_fit_are_not_questioned(sets) -> None:
    before = sets.treatment(sets.linear((0, 0, 0), 40.0), n=20, label="before")
    before = replace(before, plan=replace(before.plan, date="20230424"))
    now = sets.treatment(sets.linear((0, 0, 0), 20.0), n=5, label="now")
    found = reirradiate(
        course_of_treatments([(now, Delivery())], role="new"),
        [course_of_treatments([(before, Delivery())], role="prior")],
        intervals=[Interval(ended=date(2023, 6, 1), starts=date(2024, 2, 5))],
        tissues=parse_tissues(["Rectum=3"]),
    )
    assert not [warning for warning in found.warnings if "planned on" in warning]
