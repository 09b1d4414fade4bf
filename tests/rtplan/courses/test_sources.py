"""Any source of a course becomes a course, or says what is missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rtplan.courses import CourseSource, Grade, read_course, read_earlier_courses, read_new_course
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.sums import read_registrations

ENDED = date(2023, 6, 8)

RECORD = """
label = "2019 print"
unit = "Gy"
n_fractions = 28
modality = "photon"
ended = 2019-05-01
[organs.Bladder]
Dmax = 51.0
"""


def test_a_folder_carries_whose_it_is_where_it_was_read_and_shows_neither(two_courses: Path) -> None:
    new = read_new_course(two_courses / "second-course")
    source = CourseSource(source=str(two_courses / "first-course"), ended=ENDED)
    (prior,) = read_earlier_courses([source])
    assert (new.role, prior.role, prior.ended) == ("new", "prior", ENDED)
    assert prior.folders == (two_courses / "first-course",)
    assert new.patients == prior.patients
    assert not new.patients[0].is_blank
    for shown in (repr(prior), repr(new), repr(prior.phases)):
        assert "first-course" not in shown
        assert new.patients[0].patient_id not in shown.casefold()


def test_several_earlier_courses_are_numbered() -> None:
    sources = [CourseSource(source=text, ended=ENDED) for text in ("50Gy/25", "30Gy/10")]
    assert [course.label for course in read_earlier_courses(sources)] == [
        "prior 1: 50Gy/25",
        "prior 2: 30Gy/10",
    ]


def test_a_course_file_says_itself_when_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "print.toml"
    path.write_text(RECORD)
    course = read_course(CourseSource(source=str(path)), role="prior")
    assert (course.ended, course.grade) == (date(2019, 5, 1), Grade.RECORD)
    with pytest.raises(RtplanValueError, match="on 2019-05-01 by the file, on 2023-06-08"):
        read_course(CourseSource(source=str(path), ended=ENDED), role="prior")


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"source": "50Gy/25", "plan": "X"}, "only a DICOM folder or archive has plans"),
        ({"source": "50Gy/25", "n_fractions": 20}, "a course file states its own"),
        ({"source": "50Gy/25", "n_fractions": 0}, "at least 1"),
        ({"source": " "}, "without a source"),
        ({"source": "nowhere"}, "no folder or course file that exists, and no regimen"),
    ],
)
def test_a_source_that_cannot_be_meant_is_refused(stated: dict[str, Any], message: str) -> None:
    with pytest.raises((RtplanValueError, RtplanLookupError), match=message):
        read_course(CourseSource(**stated), role="prior")


def test_kinds_of_files_that_are_never_read_are_named(tmp_path: Path) -> None:
    scan = tmp_path / "plan.pdf"
    scan.write_bytes(b"%PDF")
    with pytest.raises(RtplanLookupError, match="no kind of file that is read"):
        read_course(CourseSource(source=str(scan)), role="prior")


def test_the_new_course_needs_phases(tmp_path: Path) -> None:
    path = tmp_path / "print.toml"
    path.write_text(RECORD)
    with pytest.raises(RtplanValueError, match=r"needs \[\[phases\]\]"):
        read_new_course(path)
    with pytest.raises(RtplanValueError, match="names the plan of each phase itself"):
        read_new_course(path, plan="X")


def test_registrations_come_from_objects_or_are_missed(two_courses: Path, tmp_path: Path) -> None:
    assert len(read_registrations(two_courses / "registration.dcm")) == 1
    with pytest.raises(RtplanLookupError, match="does not exist"):
        read_registrations(tmp_path / "nowhere.dcm")
    with pytest.raises(RtplanLookupError, match="holds no spatial registration object"):
        read_registrations(two_courses / "first-course")


def test_an_export_in_gy_rbe_asks_for_modality_and_rbe(tmp_path: Path) -> None:
    """Its doses contain the RBE: neither photons nor a factor on top are what it says."""
    export = tmp_path / "protons.txt"
    export.write_text(
        "Type : Cumulative Dose Volume Histogram\n\nPlan: P1\n\nStructure: Bladder\nVolume [cc]: 20.0\n\n"
        "Dose [Gy(RBE)] Ratio of Total Structure Volume [%]\n0 100\n20 25\n30 0\n",
        encoding="utf-8",
    )
    with pytest.raises(RtplanValueError, match=r"doses in Gy\(RBE\): state in a course file the modality"):
        read_course(CourseSource(source=str(export), n_fractions=28), role="prior")
    course_file = tmp_path / "course.toml"
    said = 'dvh_export = "protons.txt"\nn_fractions = 28\nmodality = "{}"\n{}'
    for modality, rbe in (("proton", "rbe = 1.1"), ("photon", "")):
        course_file.write_text(said.format(modality, rbe), encoding="utf-8")
        with pytest.raises(RtplanValueError, match=r"Gy\(RBE\)"):
            read_course(CourseSource(source=str(course_file)), role="prior")
    course_file.write_text(said.format("proton", 'rbe = "included"'), encoding="utf-8")
    course = read_course(CourseSource(source=str(course_file)), role="prior")
    assert course.export is not None
    assert course.export.named("Bladder").metric("V20Gy[%]").value == pytest.approx(25.0)
