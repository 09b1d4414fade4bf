"""Whatever the command refuses the library refuses, in the same words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rtplan.cli import main
from rtplan.cli.commands.patient import reirradiate as command
from rtplan.courses import CourseSource, parse_isodose, read_earlier_courses, read_new_course
from rtplan.errors import RtplanError
from rtplan.limits import parse_limit
from rtplan.regimens import sum_courses
from rtplan.reirradiation import BodyLevels, ReirradiationQuestion, accumulate
from rtplan.reirradiation.organ import parse_match, parse_tissues
from rtplan.selftest import demo_question, demo_words
from rtplan.sums import RegistrationUncertainty, read_registrations

ENDED, STARTS = date(2023, 6, 1), date(2024, 2, 5)


@pytest.fixture(scope="module")
def patients(boxes: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two courses of one patient."""
    folder = tmp_path_factory.mktemp("patients")
    boxes.write_course(
        folder / "before", boxes.uniform(40.0), n=20, prescription=40.0, tail="11", date="20230401"
    )
    boxes.write_course(
        folder / "now", boxes.uniform(14.0), n=2, prescription=14.0, tail="22", date="20240129"
    )
    return folder


@pytest.fixture(scope="module")
def question(patients: Path) -> ReirradiationQuestion:
    source = CourseSource(source=str(patients / "before"), ended=ENDED)
    return ReirradiationQuestion(
        new=read_new_course(patients / "now"),
        priors=read_earlier_courses([source]),
        new_starts=STARTS,
        tissues=parse_tissues(["Rectum=3"]),
    )


def words(folder: Path, *more: str) -> list[str]:
    return [
        *("reirradiate", "--new", str(folder / "now"), "--new-starts", str(STARTS)),
        *("--prior", str(folder / "before"), "--prior-ended", str(ENDED), "--tissue", "Rectum=3", *more),
    ]


def limits(*texts: str) -> dict[str, Any]:
    return {"limits": tuple(parse_limit(text) for text in texts)}


REFUSALS: list[tuple[tuple[str, ...], Any]] = [
    (
        ("--limit", "Rectum:Max[Gy]<=60", "--limit", "Rectum:Max[Gy]<=120"),
        lambda: limits("Rectum:Max[Gy]<=60", "Rectum:Max[Gy]<=120"),
    ),
    (
        ("--limit", "Rectum:Max[Gy]<=90 including recovery from 6 months", "--recovery", "michigan-2019"),
        lambda: {
            **limits("Rectum:Max[Gy]<=90 including recovery from 6 months"),
            "recovery": "michigan-2019",
        },
    ),
    (("--fractions", "0"), lambda: {"n_fractions": (0,)}),
    (("--fractions", "5", "--fractions", "-3"), lambda: {"n_fractions": (5, -3)}),
    (("--new-starts", "2023-01-01"), lambda: {"new_starts": date(2023, 1, 1)}),
    (("--new-delivered", "2"), lambda: {"delivered": (2,)}),
    (("--new-delivered", "1", "--new-delivered", "1"), lambda: {"delivered": (1, 1)}),
    (("--recovery", "magic"), lambda: {"recovery": "magic"}),
    (("--match", "Bladder=Rectum,Rectum"), lambda: {"matches": parse_match(["Bladder=Rectum,Rectum"])}),
    (("--target-alpha-beta", "0"), lambda: {"target_alpha_beta": 0.0}),
    (("--metric", "V20Gy[cc]"), lambda: {"metrics": ("V20Gy[cc]",)}),
    (("--tissue", "Rectum=3"), lambda: {"tissues": parse_tissues(["Rectum=3"]) * 2}),
    (("--alpha-beta-interval", "Rectum=5,2"), lambda: {"alpha_beta_intervals": {"Rectum": (5.0, 2.0)}}),
    (("--alpha-beta-interval", "Bladder=2,5"), lambda: {"alpha_beta_intervals": {"Bladder": (2.0, 5.0)}}),
    (("--recovery-interval", "Rectum=10,40"), lambda: {"recovery_intervals": {"Rectum": (10.0, 40.0)}}),
    (
        ("--body-level", "-5", "--body-alpha-beta", "3"),
        lambda: {"body": BodyLevels(levels_gy=(-5.0,), alpha_beta=3.0)},
    ),
    (
        ("--body-level", "5", "--body-alpha-beta", "0"),
        lambda: {"body": BodyLevels(levels_gy=(5.0,), alpha_beta=0.0)},
    ),
    (("--isodose", "0%"), lambda: {"isodose": parse_isodose("0%")}),
    (("--overlap", "50"), lambda: {"overlap": parse_isodose("50")}),
    (
        ("--shift-mm", "3", "--shift-steps", "4"),
        lambda: {"registration_uncertainty": RegistrationUncertainty(shift_mm=3.0, steps=4)},
    ),
    (("--shift-mm", "-3"), lambda: {"registration_uncertainty": RegistrationUncertainty(shift_mm=-3.0)}),
    (
        ("--registration", "nowhere.dcm"),
        lambda: {"registrations": read_registrations(Path("nowhere.dcm"))},
    ),
]


@pytest.mark.parametrize(
    ("more", "stated"), REFUSALS, ids=lambda value: " ".join(value) if type(value) is tuple else ""
)
def test_both_doors_of_a_reirradiation_refuse_in_the_same_words(
    patients: Path,
    question: ReirradiationQuestion,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    stated: Any,
) -> None:
    with pytest.raises((RtplanError, ValueError)) as refused:
        replace(question, **stated())
    assert main(words(patients, *more)) == 2
    assert capsys.readouterr().err.strip() == f"rtplan: {refused.value}"


def test_both_doors_refuse_two_patients_in_the_same_words(
    boxes: ModuleType, patients: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], stranger: Any
) -> None:
    stranger(patients / "before", tmp_path / "before")
    stranger(patients / "now", tmp_path / "now", patient_id=None)
    new = read_new_course(tmp_path / "now")
    (earlier,) = read_earlier_courses([CourseSource(source=str(tmp_path / "before"), ended=ENDED)])
    given: dict[str, Any] = {"new": new, "priors": (earlier,), "new_starts": STARTS}
    with pytest.raises(RtplanError) as refused:
        ReirradiationQuestion(**given, tissues=parse_tissues(["Rectum=3"]))
    with pytest.raises(RtplanError) as refused_too:
        accumulate([earlier, new], alpha_beta=3)
    assert main(words(tmp_path)) == 2
    printed = capsys.readouterr().err.strip()
    assert printed == f"rtplan: {refused.value}" == f"rtplan: {refused_too.value}"
    assert "SOMEBODY-ELSE" not in printed
    assert main(words(tmp_path, "--same-patient")) == 0
    assert "stated to be the same patient" in capsys.readouterr().err
    told = ReirradiationQuestion(**given, tissues=parse_tissues(["Rectum=3"]), same_patient=True)
    assert "somebody" not in repr(told).lower() + repr(earlier).lower()


@pytest.fixture
def stranger() -> Any:
    """Copy a course's folder, as another patient's where an ID is given."""
    import pydicom  # noqa: PLC0415 - only this test writes

    def copy(source: Path, target: Path, *, patient_id: str | None = "SOMEBODY-ELSE") -> None:
        target.mkdir(parents=True)
        for number, path in enumerate(sorted(path for path in source.rglob("*") if path.is_file())):
            data = pydicom.dcmread(path)
            if patient_id is not None:
                data.PatientID = patient_id
            data.save_as(target / f"{number}.dcm")

    return copy


SUMS: list[tuple[tuple[str, ...], list[str], dict[str, Any]]] = [
    (("--limit", "90", "--limit", "80"), ["50Gy/25", "30Gy/5"], {"limits_eqd2_gy": (90.0, 80.0)}),
    (("--limit", "9000"), ["50Gy/25"], {"limits_eqd2_gy": (9000.0,)}),
    (("--recovery", "michigan-2019"), ["50Gy/25", "30Gy/5"], {"recovery": "michigan-2019"}),
    (("--recovery", "magic"), ["50Gy/25", "30Gy/5"], {"recovery": "magic"}),
    ((), ["30Gy/5@2024-02-01", "50Gy/25@2023-05-01"], {}),
    ((), ["25Gy/5@2024-02-07..2024-02-01"], {}),
    (
        ("--limit", "90", "--limit-includes-recovery", "--recovery", "michigan-2019"),
        ["50Gy/25@2023-05-01", "30Gy/5@2024-02-01"],
        {"limits_eqd2_gy": (90.0,), "limit_includes_recovery": True, "recovery": "michigan-2019"},
    ),
]


@pytest.mark.parametrize(("more", "courses", "stated"), SUMS)
def test_both_doors_of_a_sum_refuse_in_the_same_words(
    capsys: pytest.CaptureFixture[str], more: tuple[str, ...], courses: list[str], stated: dict[str, Any]
) -> None:
    with pytest.raises((RtplanError, ValueError, LookupError)) as refused:
        sum_courses(courses, alpha_betas=[3.0], **stated)
    assert main(["sum", *courses, "--alpha-beta", "3", *more]) == 2
    assert capsys.readouterr().err.strip() == f"rtplan: {refused.value}"


def test_the_demo_shows_the_words_of_the_very_question_that_it_asks(
    two_courses: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[ReirradiationQuestion] = []

    def caught(question: ReirradiationQuestion) -> Any:
        asked.append(question)
        raise RtplanError("caught")

    monkeypatch.setattr(command, "reirradiate", caught)
    assert main(["reirradiate", *demo_words(two_courses)]) == 2
    (typed,), built = asked, demo_question(two_courses)
    for name in ("new_starts", "tissues", "limits", "metrics", "n_fractions", "recovery", "intervals"):
        assert getattr(typed, name) == getattr(built, name)
    assert [course.inputs for course in typed.courses] == [course.inputs for course in built.courses]
    assert len(typed.registrations) == len(built.registrations) == 1
