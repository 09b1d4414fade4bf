"""``rtplan reirradiate --clinic``: one file states alpha/beta, limits and names, each used or named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rtplan.cli import main
from rtplan.limits import read_clinic_file

CLINIC = """
name = "Example"
[[alpha_beta]]
organ = "Bladder"
alpha_beta_gy = 3
source = "made up"
[[alpha_beta]]
organ = "Lung_L"
alpha_beta_gy = 3
source = "made up"
[[cumulative_limit]]
organ = "Bladder"
metric = "D0.03cc"
comparator = "<="
eqd2_gy = 90
alpha_beta_gy = 3
includes_recovery = "no"
source = "board 2024"
[[cumulative_limit]]
organ = "Rectum"
metric = "Dmax"
comparator = "<="
eqd2_gy = 90
alpha_beta_gy = 3
includes_recovery = "no"
source = "board 2024"
[[cumulative_limit]]
organ = "Heart"
metric = "Dmax"
comparator = "<="
eqd2_gy = 60
alpha_beta_gy = 3
includes_recovery = "no"
source = "board 2024"
"""


def asked(
    capsys: pytest.CaptureFixture[str], patient: Path, clinic: Path, *more: str, status: int = 0
) -> dict[str, Any]:
    words = ["reirradiate", "--new", str(patient / "second-course"), "--prior", str(patient / "first-course")]
    words += ["--prior-ended", "2023-06-01", "--new-starts", "2024-02-05", "--clinic", str(clinic), *more]
    words += ["--registration", str(patient / "registration.dcm"), "--json"]
    assert main(words) == status
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def written(folder: Path, text: str) -> Path:
    path = folder / "clinic.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_entry_of_the_file_is_a_row_or_is_named(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, CLINIC)
    said = asked(capsys, two_courses, path, status=1)
    rows = [row for row in said["organs"] if row["limit_gy"] is not None]
    assert [(row["name"], row["limit_gy"], row["verdict"]) for row in rows] == [
        ("Bladder", 90.0, "within"),
        ("Rectum", 90.0, "not_evaluable"),
    ]
    assert any("not drawn in the new course" in text and "Lung_L, Heart" in text for text in said["warnings"])
    hashes = [(one["role"], one["sha256"]) for one in said["inputs"]]
    assert ("clinic", read_clinic_file(path).sha256) in hashes


def test_what_is_stated_goes_before_the_files_alpha_beta(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, CLINIC)
    said = asked(capsys, two_courses, path, "--tissue", "Bladder=5", "--tissue", "Rectum=3", status=1)
    assert {(row["name"], row["alpha_beta_gy"]) for row in said["organs"] if row["name"] == "Bladder"} >= {
        ("Bladder", 5.0)
    }
    (rectum,) = [row for row in said["organs"] if row["name"] == "Rectum" and row["limit_gy"] is not None]
    assert rectum["voxel_sum_gy"] is not None


def test_names_of_the_file_find_the_structure(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = '[[names]]\nwritten = "Bladder"\nstandard = "Bladder_Wall"\nconfirmed_by = "AB"\n'
    tissue = '[[alpha_beta]]\norgan = "Bladder_Wall"\nalpha_beta_gy = 3\nsource = "made up"\n'
    said = asked(capsys, two_courses, written(tmp_path, names + tissue))
    assert {row["name"] for row in said["organs"]} == {"Bladder_Wall"}
    assert said["organs"][0]["voxel_sum_gy"] is not None


def test_a_file_without_alpha_beta_for_anything_drawn_is_refused(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, '[[required_organ]]\norgan = "Rectum"\n')
    words = ["reirradiate", "--new", str(two_courses / "second-course"), "--prior", "50Gy/25"]
    words += ["--prior-ended", "2023-06-01", "--new-starts", "2024-02-05", "--clinic", str(path)]
    assert main(words) == 2
    assert "no tissue is stated" in capsys.readouterr().err


def test_the_file_is_part_of_the_saved_case(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = tmp_path / "case.toml"
    clinic = written(tmp_path, CLINIC)
    said = asked(capsys, two_courses, clinic, "--save-case", str(case), status=1)
    assert 'clinic = "clinic.toml"' in case.read_text(encoding="utf-8")
    assert main(["case", "run", str(case), "--json"]) == 1
    again = json.loads(capsys.readouterr().out)
    assert (again["organs"], again["inputs"], again["warnings"]) == (
        said["organs"],
        said["inputs"],
        said["warnings"],
    )


def rows_of(said: dict[str, Any], organ: str) -> list[dict[str, Any]]:
    return [row for row in said["organs"] if row["name"] == organ and row["limit_gy"] is not None]


def test_a_set_by_name_is_the_same_from_words_case_file_and_clinic_file(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clinic, named = tmp_path / "clinic.toml", tmp_path / "named.toml"
    clinic.write_text('[[names]]\nwritten = "x"\nstandard = "Heart"\nconfirmed_by = "AB"\n', encoding="utf-8")
    text = clinic.read_text(encoding="utf-8")
    named.write_text(
        f'{text}[[cumulative_set]]\nset = "pelvis-reirradiation-delphi-2021"\n', encoding="utf-8"
    )
    saved = tmp_path / "case.toml"
    words = ["--tissue", "Bladder=3"]
    by_words = asked(
        capsys,
        two_courses,
        clinic,
        *words,
        *("--limits", "pelvis-reirradiation-delphi-2021", "--save-case", str(saved)),
        status=1,
    )
    by_clinic = asked(capsys, two_courses, named, *words, status=1)
    assert main(["case", "run", str(saved), "--json"]) == 1
    by_case = json.loads(capsys.readouterr().out)
    assert by_words["organs"] == by_clinic["organs"] == by_case["organs"]
    plain, included = rows_of(by_words, "Bladder")
    assert (plain["limit_gy"], plain["verdict"], plain["limit_agreement"]) == (80.0, "within", "no consensus")
    assert (included["limit_gy"], included["limit_from_months"], included["verdict"]) == (
        110.0,
        12,
        "not_evaluable",
    )
    assert included["limit_is_shown_only"] is True
    assert {"limits pelvis-reirradiation-delphi-2021"} <= {one["role"] for one in by_words["inputs"]}


def test_a_limit_with_recovery_is_named_with_its_reason_on_the_command_line(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "case.toml"
    words = ["reirradiate", "--new", str(two_courses / "second-course")]
    words += ["--prior", str(two_courses / "first-course"), "--prior-ended", "2023-06-01"]
    words += ["--new-starts", "2024-07-05", "--registration", str(two_courses / "registration.dcm")]
    words += ["--tissue", "Bladder=3", "--limits", "pelvis-reirradiation-delphi-2021", "--json"]
    assert main([*words, "--recovery-limit", "Bladder=no late effects", "--save-case", str(saved)]) == 1
    said = json.loads(capsys.readouterr().out)
    assert [row["verdict"] for row in rows_of(said, "Bladder")] == ["within", "within"]
    (decision,) = said["question"]["decisions"]
    assert (decision["about"], decision["because"]) == ("recovery limit Bladder", "no late effects")
    assert 'because = "no late effects"' in saved.read_text(encoding="utf-8")
    assert main([*words, "--recovery-limit", "Bladder"]) == 2
