"""H25: two courses with the same labels."""

from __future__ import annotations

import json

from rtplan.cli import main


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
