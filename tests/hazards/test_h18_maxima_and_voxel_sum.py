"""H18: the sum of maxima and the voxel sum confused."""

from __future__ import annotations

import json

from rtplan.cli import main


def test_both_are_shown_under_their_own_names(two_courses, capsys) -> None:
    words = [
        "reirradiate",
        *("--new", str(two_courses / "second-course"), "--prior", str(two_courses / "first-course")),
        *("--prior-ended", "2023-06-01", "--new-starts", "2024-02-05"),
        *("--registration", str(two_courses / "registration.dcm")),
        *("--tissue", "CaudaEquina=2", "--metric", "Max[Gy]", "--json"),
    ]
    assert main(words) == 0
    (row,) = json.loads(capsys.readouterr().out)["organs"]
    # The two courses' hot ends of the cauda equina need not be the same place.
    assert row["voxel_sum_gy"] <= row["sum_of_point_maxima_gy"] + 0.1
    assert row["bounds_gy"][1] <= row["sum_of_point_maxima_gy"] + 1e-6
    maxima = [course["eqd2_gy"] for course in row["courses"]]
    assert abs(sum(maxima) - row["sum_of_point_maxima_gy"]) < 1e-6


def test_a_course_known_from_paper_gives_bounds_only(two_courses, tmp_path, capsys) -> None:
    record = tmp_path / "first.toml"
    record.write_text(
        'label = "print of 2019"\nunit = "Gy"\nn_fractions = 28\nmodality = "photon"\n'
        "[organs.CaudaEquina]\nDmax = 52.0\n"
    )
    words = [
        "reirradiate",
        *("--new", str(two_courses / "second-course"), "--prior", str(record)),
        *("--prior-ended", "2019-06-01", "--new-starts", "2024-02-05"),
        *("--tissue", "CaudaEquina=2", "--metric", "Max[Gy]", "--json"),
    ]
    assert main(words) == 0
    (row,) = json.loads(capsys.readouterr().out)["organs"]
    assert row["voxel_sum_gy"] is None
    assert row["bounds_gy"][1] == row["sum_of_point_maxima_gy"]
    assert row["grade"] == "organ doses from a record"


def test_a_prescription_alone_bounds_no_organ(two_courses, capsys) -> None:
    words = [
        "reirradiate",
        *("--new", str(two_courses / "second-course"), "--prior", "50.4Gy/28"),
        *("--prior-ended", "2019-06-01", "--new-starts", "2024-02-05"),
        *("--tissue", "CaudaEquina=2", "--limit", "CaudaEquina:Max[Gy]<=75", "--fractions", "5", "--json"),
    ]
    assert main(words) == 1
    row = json.loads(capsys.readouterr().out)["organs"][0]
    assert row["verdict"] == "not_evaluable"
    assert row["bounds_gy"] == [None, None]
    assert row["sum_of_point_maxima_gy"] is None
    assert all(left["total_dose_gy"] is None and left["reason"] for left in row["remaining"])


def test_an_assumed_organ_maximum_bounds_it_and_is_called_assumed(two_courses, tmp_path, capsys) -> None:
    record = tmp_path / "first.toml"
    record.write_text(
        'label = "50.4 Gy prescribed"\nunit = "Gy"\nn_fractions = 28\nmodality = "photon"\n'
        "[organs.CaudaEquina]\nDmax = 54.0\nassumed = true\n"
    )
    words = [
        "reirradiate",
        *("--new", str(two_courses / "second-course"), "--prior", str(record)),
        *("--prior-ended", "2019-06-01", "--new-starts", "2024-02-05"),
        *("--tissue", "CaudaEquina=2", "--limit", "CaudaEquina:Max[Gy]<=120", "--json"),
    ]
    assert main(words) == 0
    row = json.loads(capsys.readouterr().out)["organs"][0]
    assert row["grade"] == "organ maximum assumed, not known"
    assert row["verdict"] == "within"
