from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dicom_io import Metric
from rtplan.courses import Grade, read_course_file
from rtplan.errors import RtplanValueError

RECORD = """
label = "2019 pelvis, printed plan"
unit = "Gy"
n_fractions = 28
modality = "photon"
ended = 2019-05-01
prescription = "50.4Gy/28"
[organs.Bladder]
Dmax = 51.0
Dmean = 30.2
"D0.1cc" = 50.6
volume_cc = 118
[organs.SpinalCord]
"D0.03cc[Gy]" = 12
assumed = true
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "first.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_printed_record_is_read_with_all_it_says(tmp_path: Path) -> None:
    course = read_course_file(write(tmp_path, RECORD), role="prior", ended=date(2019, 5, 1))
    assert course.label == "prior: 2019 pelvis, printed plan"
    assert (course.n_fractions, course.modality, course.grade) == (28, "photon", Grade.RECORD)
    bladder = course.record("Bladder")
    assert bladder is not None
    assert (bladder.max_gy, bladder.mean_gy, bladder.volume_cc) == (51.0, 30.2, 118.0)
    assert bladder.doses_gy[Metric.parse("D0.1cc[Gy]")] == 50.6
    cord = course.record("SpinalCord")
    assert cord is not None
    assert cord.assumed
    assert len(course.inputs[0].sha256) == 64


@pytest.mark.parametrize(
    ("said", "instead", "message"),
    [
        ('unit = "Gy"', 'unit = "cGy"', "'cGy'"),
        ('unit = "Gy"', "", "missing: unit"),
        ("n_fractions = 28", "", "missing: n_fractions"),
        ("n_fractions = 28", "n_fractions = 28.0", "whole number"),
        ('modality = "photon"', "", "missing: modality"),
        ('modality = "photon"', 'modality = "LDR brachytherapy"', "dose rate"),
        ("ended = 2019-05-01", "ended = 2018-05-01", "2018-05-01 by the file"),
        ("ended = 2019-05-01", 'ended = "2019-05-01"', "without quotes"),
        ("Dmax = 51.0", "Dmax = 5100", "cGy"),
        ("Dmax = 51.0", 'Dmax = "51"', "no number"),
        ("Dmax = 51.0", "Dmax = 40.0", "larger than the recorded maximum"),
        ("Dmax = 51.0", "Dmaximum = 51.0", "Dmaximum"),
        ('prescription = "50.4Gy/28"', 'prescription = "45Gy/25"', "28 fractions delivered"),
        ("assumed = true", 'assumed = "true"', "true or false, without quotes"),
        ("n_fractions = 28", "n_fractions = 28\nplanned_fractions = 0", "planned_fractions is 0"),
        ("n_fractions = 28", "n_fractions = 28\nrbe = true", "rbe is True"),
        ('label = "2019', 'name = "x"\nlabel = "2019', "'name' is not known"),
        ("[organs.Bladder]", "[organs.Bladder", "cannot be read as TOML"),
    ],
)
def test_a_record_that_leaves_something_open_is_refused_with_one_message(
    tmp_path: Path, said: str, instead: str, message: str
) -> None:
    assert said in RECORD
    path = write(tmp_path, RECORD.replace(said, instead, 1))
    with pytest.raises(RtplanValueError, match=message) as refusal:
        read_course_file(path, role="prior", ended=date(2019, 5, 1))
    assert "first.toml" in str(refusal.value)
    assert str(tmp_path) not in str(refusal.value)


def test_the_mistakes_of_all_organs_come_together(tmp_path: Path) -> None:
    text = RECORD.replace("Dmax = 51.0", "Dmax = -1").replace('"D0.03cc[Gy]" = 12', '"V20Gy[cc]" = 12')
    with pytest.raises(RtplanValueError) as refusal:
        read_course_file(write(tmp_path, text), role="prior", ended=None)
    assert "Bladder" in str(refusal.value)
    assert "SpinalCord" in str(refusal.value)


def test_phases_name_folders_beside_the_file(two_courses: Path, tmp_path: Path) -> None:
    folder = (two_courses / "first-course").as_posix()
    text = f'label = "two phases"\n[[phases]]\nfolder = "{folder}"\nn_fractions = 14\n'
    course = read_course_file(write(tmp_path, text), role="prior", ended=None)
    assert course.n_fractions == 14
    assert course.phases[0].dose_factor == pytest.approx(0.5)
    assert course.prescription_gy == pytest.approx(25.2)
    assert any("14 of 28 planned fractions" in finding for finding in course.findings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("phases = []", "phases are tables"),
        ("phases = [1]", "phases are tables"),
        ("[[phases]]\nn_fractions = 14", "missing: folder"),
        ('[[phases]]\nfolder = "nowhere"', "nowhere|no such|No such|not"),
        ('[[phases]]\nfolder = "nowhere"\nn_fractions = 0', "whole number"),
    ],
)
def test_phases_that_cannot_be_read_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RtplanValueError, match=message) as refusal:
        read_course_file(write(tmp_path, text), role="prior", ended=None)
    assert str(tmp_path) not in str(refusal.value)


EXPORT = """Type : Cumulative Dose Volume Histogram

Plan: P1
Prescribed dose [cGy]: 5000.0
% for dose (%): 100.0

Structure: Blase
Plan: P1
Volume [cc]: 120.0

Dose [cGy]   Ratio of Total Structure Volume [%]
0 100
4000 60
5000 0
"""


def test_a_dvh_export_says_in_a_course_file_what_it_does_not_say_itself(tmp_path: Path) -> None:
    (tmp_path / "plan1.txt").write_text(EXPORT, encoding="utf-8")
    text = 'label = "2019"\ndvh_export = "plan1.txt"\nn_fractions = 20\nplanned_fractions = 25\n'
    course = read_course_file(
        write(tmp_path, text + 'modality = "proton"\nrbe = 1.1\n'), role="prior", ended=None
    )
    assert (course.label, course.grade, course.n_fractions) == ("prior: 2019", Grade.EXPORT, 20)
    assert course.export is not None
    # 20 of 25 fractions, times an RBE of 1.1: 0.88 of the exported doses.
    assert course.export.dvhs[0].dose_gy == pytest.approx([0.0, 35.2, 44.0])
    assert [source.role for source in course.inputs] == ["course file", "DVH export"]
    assert any("count with 0.8" in finding for finding in course.findings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('dvh_export = "plan1.txt"\nn_fractions = 20', "missing: modality"),
        ('dvh_export = "plan1.txt"\nmodality = "photon"', "missing: n_fractions"),
        ('dvh_export = "nowhere.txt"\nn_fractions = 20\nmodality = "photon"', "does not exist beside"),
        ('dvh_export = "plan1.txt"\nn_fractions = 20\nmodality = "proton"', "contains the RBE"),
        ('dvh_export = "plan1.txt"\nn_fractions = 20\nmodality = "PDR brachytherapy"', "dose rate"),
    ],
)
def test_an_export_that_leaves_something_open_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "plan1.txt").write_text(EXPORT, encoding="utf-8")
    with pytest.raises(RtplanValueError, match=message):
        read_course_file(write(tmp_path, text), role="prior", ended=None)
