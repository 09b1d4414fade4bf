"""A clinic's file: what it brings, and all its mistakes at once."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from dicom_io.phantom import write_phantom
from rtplan.cli import main
from rtplan.errors import RtplanLookupError
from rtplan.limits import CLINIC_TABLES, clinic_template, read_clinic_file
from rtplan.limits.constraint_file import ConstraintFileError

LIMIT = """
[[constraint]]
organ = "Rectum"
n_fractions = "5"
metric = "D0.035cc"
comparator = "<="
limit = "100"
unit = "Gy"
source = "the clinic's protocol"
how_verified = "own"
"""


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clinic") / "patient"
    write_phantom("pelvis-two-courses", folder)
    return folder / "second-course"


def written(folder: Path, text: str) -> Path:
    path = folder / "clinic.toml"
    path.write_text(text, encoding="utf-8")
    return path


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["check", *words, "--json"]) in (0, 1)
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_own_limits_alone_are_judged_and_hashed(
    patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, f'name = "Example"\n{LIMIT}')
    found = asked(capsys, str(patient), "--clinic", str(path))
    assert [(row["set"], row["verdict"]) for row in found["verdicts"]] == [("clinic", "within")]
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert ("clinic", sha256) in [(one["role"], one["sha256"]) for one in found["inputs"]]
    assert any("only the clinic's own limits" in warning for warning in found["warnings"])


def test_own_limits_stand_beside_a_set_and_change_nothing_in_it(
    patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = asked(capsys, str(patient), "--constraints", "tg101-2010")
    path = written(tmp_path, LIMIT)
    found = asked(capsys, str(patient), "--constraints", "tg101-2010", "--clinic", str(path))
    assert found["constraints"] == plain["constraints"]
    assert [row for row in found["verdicts"] if row["set"] == "tg101-2010"] == plain["verdicts"]
    (own,) = [row for row in found["verdicts"] if row["set"] == "clinic"]
    assert own["verification"] == "the clinic's own limit"
    assert found["further_sets"][0]["set"] == "clinic"


def test_the_first_preferred_set_for_the_fractions_is_used_and_said(
    patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "".join(
        f'[[preferred_set]]\nset = "{name}"\nn_fractions = "{n}"\n'
        for name, n in (("quantec", "conventional"), ("tg101-2010", "1-5"), ("timmerman-2021", "any"))
    )
    path = written(tmp_path, text)
    five = asked(capsys, str(patient), "--clinic", str(path))
    assert five["constraints"]["set"] == "tg101-2010"
    assert any("prefers for 5 fractions" in warning for warning in five["warnings"])
    first = patient.parent / "first-course"
    assert asked(capsys, str(first), "--clinic", str(path))["constraints"]["set"] == "quantec"
    only = written(tmp_path, '[[preferred_set]]\nset = "quantec"\nn_fractions = "conventional"\n')
    assert main(["check", str(patient), "--clinic", str(only)]) == 2
    assert "prefers no set for 5 fractions" in capsys.readouterr().err


def test_its_names_are_used(patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = '[[names]]\nwritten = "Bladder"\nstandard = "Rectum"\nconfirmed_by = "AB"\n'
    path = written(tmp_path, text + LIMIT)
    found = asked(capsys, str(patient), "--clinic", str(path))
    assert any(n["structure"] == "Bladder" and n["evidence"] == "dictionary" for n in found["names"])
    names = tmp_path / "names.csv"
    names.write_text("written,standard,confirmed_by,note\nBladder,Bladder_Wall,AB,\n", encoding="utf-8")
    assert main(["check", str(patient), "--clinic", str(path), "--names", str(names)]) == 2
    assert "in the clinic's file" in capsys.readouterr().err


def test_its_alpha_beta_converts_the_organs_it_names_and_no_others(
    patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '[[alpha_beta]]\norgan = "Rectum"\nalpha_beta_gy = 3.0\nsource = "made up"\n'
    path = written(tmp_path, text)
    words = (str(patient), "--constraints", "pelvis-conventional", "--convert-fractions", "eqd2:clinic")
    found = asked(capsys, *words[:2], "uk-sabr-2018", *words[3:], "--clinic", str(path))
    derived = {row["organ"] for row in found["verdicts"] if "derived" in (row["verification"] or "")}
    assert derived <= {"Rectum"}
    assert main(["check", *words]) == 2
    assert "needs --clinic FILE" in capsys.readouterr().err


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
preferred = "quantec"
[[alpha_beta]]
organ = "Rectm"
alpha_beta_gy = 0
source = "x"
[[alpha_beta]]
organ = "Bladder"
alpha_beta_gy = 3
[[names]]
written = "L Kidney"
standard = "Kidney_R"
confirmed_by = "AB"
[[names]]
written = "stump"
standard = "Rectum"
[[preferred_set]]
set = "tg-101"
n_fractions = "5-3"
[[required_organ]]
organ = "Cord"
[[cumulative_limit]]
organ = "Rectum"
metric = "V20Gy[cc]"
comparator = "<="
eqd2_gy = 80
alpha_beta_gy = 3
includes_recovery = "no"
source = "x"
[[cumulative_limit]]
organ = "Rectum"
metric = "Dmax"
comparator = "<="
eqd2_gy = 80
alpha_beta_gy = 3
source = "x"
[[constraint]]
organ = "Rectum"
n_fractions = "5"
metric = "D5"
comparator = "<="
limit = "3800"
unit = "Gy"
source = "x"
how_verified = "own"
""",
    )
    with pytest.raises(ConstraintFileError) as refusal:
        read_clinic_file(path)
    told = "\n".join(refusal.value.mistakes)
    for words in (
        "'preferred' is not known; is 'preferred_set' meant?",
        "alpha_beta 1: 'Rectm' is no standard name; near names: Rectum",
        "alpha_beta 1: Rectm: alpha/beta 0 Gy; above 0 Gy",
        "alpha_beta 2: source missing",
        "names 1: 'L Kidney' names the other side",
        "names 2: confirmed_by missing",
        "preferred_set 1: no set 'tg-101'",
        "preferred_set 1: fraction numbers '5-3' do not ascend",
        "required_organ 1: 'Cord' is no standard name; near names: ",
        "cumulative_limit 1: V20Gy[cc]: cumulative metrics are doses in Gy",
        "cumulative_limit 2: missing: includes_recovery",
        "constraint 1: metric 'D5' is not known",
    ):
        assert words in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it holds none of preferred_set"),
        ("name = 3\n" + LIMIT, "name is a text"),
        ("constraint = 3\n", "constraint is a list"),
        ("names = 3\n", "names is a list"),
        ("name = \n", "cannot be read as TOML"),
        ('[[alpha_beta]]\norgn = "x"\n', "'orgn' is not known"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConstraintFileError, match=words.replace("[", r"\[")):
        read_clinic_file(written(tmp_path, text))


def test_an_absent_file_and_no_set_at_all_are_refused(
    patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RtplanLookupError, match="no clinic file"):
        read_clinic_file(tmp_path / "none.toml")
    assert main(["check", str(patient)]) == 2
    assert "--constraints SET is needed" in capsys.readouterr().err


def test_the_template_filled_in_is_a_valid_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["constraints", "clinic-template"]) == 0
    assert capsys.readouterr().out.strip() == clinic_template().strip()
    lines = clinic_template().splitlines()
    filled = [line[2:] if line.startswith("# [[") or re.match(r"# \w+ = ", line) else line for line in lines]
    clinic = read_clinic_file(written(tmp_path, "\n".join(filled)))
    assert clinic.name == "Example clinic"
    assert clinic.limits is not None
    assert clinic.dictionary is not None
    assert clinic.alpha_beta_by_organ == {"Rectum": 3.0}
    assert clinic.preferred_set(5, dose_per_fraction=6.0) == "uk-sabr-2022"
    assert [str(limit) for limit in clinic.cumulative_limits] == ["SpinalCord:D0.03cc[Gy]<=60"]
    assert clinic.required_organs == ("SpinalCord",)


def test_the_template_shows_every_list_with_every_key_that_it_needs() -> None:
    """The lists that are read are the lists that are shown."""
    blocks = clinic_template().split("\n# [[")[1:]
    shown = {block.partition("]]")[0]: block for block in blocks}
    assert set(shown) == set(CLINIC_TABLES)
    for table, (columns, _) in CLINIC_TABLES.items():
        assert [column for column in columns if f"# {column} = " not in shown[table]] == []


def test_two_cumulative_limits_of_one_source_are_refused_by_their_place(tmp_path: Path) -> None:
    limit = """
[[cumulative_limit]]
organ = "Rectum"
metric = "Dmax"
comparator = "<="
eqd2_gy = 80
alpha_beta_gy = 3
includes_recovery = "no"
source = "x"
"""
    with pytest.raises(ConstraintFileError, match="cumulative_limit 2: two limits for"):
        read_clinic_file(written(tmp_path, limit + limit.replace("80", "90")))
    other = limit.replace("80", "90").replace('"x"', '"y"')
    assert len(read_clinic_file(written(tmp_path, limit + other)).cumulative_limits) == 2
