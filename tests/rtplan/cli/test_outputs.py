"""No output takes the place of an input, whichever option names it; a set is written whole or not at all."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import pytest

from rtplan.cli import _parser, main
from rtplan.cli.commands import command_entries
from rtplan.cli.outputs import OUTPUTS

READ = {
    "case", "clinic", "compliance", "constraints", "file", "folder", "limits", "locations", "names", "new",
    "patient", "plan", "prior", "registration", "tissues",
}  # fmt: skip
"""Options of the type of a path that are read."""


def path_options(parser: argparse.ArgumentParser) -> set[str]:
    found = set()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= {name for below in action.choices.values() for name in path_options(below)}
        elif action.type is Path:
            found.add(action.dest)
    return found


def test_every_option_that_is_a_path_is_known_as_read_or_written() -> None:
    """A new option that writes must stand among the outputs, or an input could be replaced through it."""
    options = {option for command in command_entries() for option in path_options(_parser([command]))}
    assert options <= READ | OUTPUTS
    assert not READ & OUTPUTS


@pytest.fixture
def patient(two_courses: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(two_courses, tmp_path / "patient"))


def words(patient: Path, *more: str) -> list[str]:
    return [
        "reirradiate", "--new", str(patient / "second-course"), "--prior", str(patient / "first-course"),
        "--prior-ended", "2023-06-01", "--new-starts", "2024-02-05",
        "--registration", str(patient / "registration.dcm"), "--tissue", "Bladder=3",
        "--metric", "Mean[Gy]", "--overwrite", *more,
    ]  # fmt: skip


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_exported_dose_never_replaces_a_dose_that_was_read(
    patient: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(patient)
    dose = patient / "second-course" / "RTDOSE.dcm"
    (tmp_path / "hard.dcm").hardlink_to(dose)
    (tmp_path / "soft.dcm").symlink_to(patient / "registration.dcm")
    monkeypatch.chdir(patient / "second-course")
    for name in [dose, Path("RTDOSE.dcm"), tmp_path / "hard.dcm", tmp_path / "soft.dcm"]:
        assert main(words(patient, "--export-dose", str(name))) == 2
        assert "is an input of this answer" in capsys.readouterr().err
    assert content(patient) == before


def test_a_name_that_follows_from_the_one_given_replaces_no_input_either(patient: Path) -> None:
    shutil.copy(patient / "second-course" / "RTDOSE.dcm", patient / "sum_recovered.dcm")
    before = content(patient)
    out = str(patient / "sum.dcm")
    assert main(words(patient, "--export-dose", out, "--recovery", "michigan-2019")) == 2
    assert content(patient) == before


def test_a_file_that_an_option_names_is_an_input_whatever_its_ending(patient: Path, tmp_path: Path) -> None:
    limits = tmp_path / "limits.json"
    limits.write_text("organ,metric,limit_gy\n", encoding="utf-8")
    assert main(words(patient, "--limits", str(limits), "--report", str(limits))) == 2
    assert limits.read_text(encoding="utf-8") == "organ,metric,limit_gy\n"


def test_a_report_that_is_refused_leaves_no_exported_dose(patient: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.html").write_text("old", encoding="utf-8")
    given = [word for word in words(patient) if word != "--overwrite"]
    more = ["--export-dose", str(out / "sum.dcm"), "--report", str(out / "report.html")]
    assert main([*given, *more]) == 2
    assert content(out) == {"report.html": b"old"}


def test_a_report_into_standard_output_or_a_device_is_refused(
    patient: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report.json").symlink_to("/dev/null")
    assert main(words(patient, "--report", str(tmp_path / "report.json"))) == 2
    assert "a pipe or a device" in capsys.readouterr().err
