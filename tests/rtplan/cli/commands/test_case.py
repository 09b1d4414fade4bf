"""``rtplan case``: a question as a file gives the answer that the flags gave, to the byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rtplan.cli import main
from rtplan.selftest import demo_words


def printed(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = main(words)
    return status, capsys.readouterr().out


def question_of(text: str) -> dict[str, Any]:
    question: dict[str, Any] = json.loads(text)["question"]
    return question


def test_a_re_irradiation_saved_and_run_again_gives_the_same_bytes(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case, pages = tmp_path / "case.toml", [tmp_path / "flags.html", tmp_path / "case.html"]
    words = ["reirradiate", *demo_words(two_courses), "--json", "--cord-rules", "--isodose", "50%"]
    by_flags = printed([*words, "--save-case", str(case), "--report", str(pages[0])], capsys)
    by_case = printed(["case", "run", str(case), "--json", "--report", str(pages[1])], capsys)
    assert by_case == by_flags
    assert by_flags[0] in (0, 1)
    assert pages[0].read_bytes() == pages[1].read_bytes()


@pytest.mark.parametrize(
    "more", [[], ["--prv-margin", "2", "--distance-from", "PTV"], ["--organ", "Rectum=Rectum"]]
)
def test_a_check_saved_and_run_again_gives_the_same_bytes(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    case = tmp_path / "case.toml"
    words = ["check", str(two_courses / "second-course"), "--constraints", "timmerman-2021", *more, "--json"]
    by_flags = printed([*words, "--save-case", str(case)], capsys)
    assert printed(["case", "run", str(case), "--json"], capsys) == by_flags


def test_a_sum_saved_and_run_again_gives_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = tmp_path / "case.toml"
    words = ["sum", "50.4Gy/28@2023-05-01", "30Gy/5@2024-02-01", "--alpha-beta", "3", "--alpha-beta", "10"]
    words += ["--limit", "90", "--fractions", "5", "--json"]
    by_flags = printed([*words, "--save-case", str(case)], capsys)
    assert printed(["case", "run", str(case), "--json"], capsys) == by_flags


def test_a_screening_saved_and_run_again_gives_the_same_bytes(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = tmp_path / "case.toml"
    patient = tmp_path / "patient.toml"
    patient.write_text("metastases = []\n", encoding="utf-8")
    words = ["protocol", "screen", "sparkle", "--patient", str(patient), "--json"]
    words += ["--plan", str(two_courses / "second-course"), "--prior", str(two_courses / "first-course")]
    words += ["--dates-as-planned"]
    by_flags = printed([*words, "--save-case", str(case)], capsys)
    assert by_flags[0] in (0, 1)
    assert printed(["case", "run", str(case), "--json"], capsys) == by_flags


def test_the_demo_writes_its_own_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "demo"
    assert main(["demo", "--out", str(out)]) == 0
    capsys.readouterr()
    by_flags = printed(["reirradiate", *demo_words(out / "patient"), "--json"], capsys)
    assert printed(["case", "run", str(out / "case.toml"), "--json"], capsys) == by_flags


def test_one_question_has_one_hash_and_another_has_another(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["reirradiate", *demo_words(two_courses), "--json"]
    asked = question_of(printed(words, capsys)[1])
    again = question_of(printed([*words[:-1], "--metric", "D2cc[Gy]", "--json"], capsys)[1])
    assert asked["kind"] == again["kind"] == "reirradiate"
    assert asked["sha256"] != again["sha256"]
    assert asked["decisions"] == []


def test_who_decided_and_why_stands_in_text_and_document_and_changes_no_number(
    two_courses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = tmp_path / "case.toml"
    words = ["reirradiate", *demo_words(two_courses), "--json", "--save-case", str(case)]
    plain = json.loads(printed(words, capsys)[1])
    text = case.read_text(encoding="utf-8")
    decided = 'decided_by = "physicist B"\nbecause = "checked on the sacrum"\n'
    case.write_text(text.replace("[recovery]\n", f"[recovery]\n{decided}"), encoding="utf-8")
    found = json.loads(printed(["case", "run", str(case), "--json"], capsys)[1])
    assert found["question"]["decisions"] == [
        {"about": "recovery", "decided_by": "physicist B", "because": "checked on the sacrum"}
    ]
    assert found["question"]["sha256"] == plain["question"]["sha256"]
    assert found["organs"] == plain["organs"]
    assert "recovery by physicist B: checked on the sacrum" in printed(["case", "run", str(case)], capsys)[1]


@pytest.mark.parametrize("kind", ["reirradiate", "check", "sum", "screen"])
def test_a_template_is_printed_and_written(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = printed(["case", "new", "--kind", kind], capsys)
    assert status == 0
    assert main(["case", "new", "--kind", kind, "--out", str(tmp_path / "case.toml")]) == 0
    assert (tmp_path / "case.toml").read_text(encoding="utf-8") == text
    (tmp_path / "case.toml").write_text("filled in", encoding="utf-8")
    assert main(["case", "new", "--kind", kind, "--out", str(tmp_path / "case.toml")]) == 2
    assert (tmp_path / "case.toml").read_text(encoding="utf-8") == "filled in"


def test_show_says_what_would_be_asked_and_computes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "case.toml"
    file.write_text(
        'schema = "rtplan.case/1"\nkind = "reirradiate"\n[new]\nsource = "absent"\nstarts = 2024-02-12\n'
        '[[prior]]\nsource = "50Gy/25"\nended = 2023-01-01\n',
        encoding="utf-8",
    )
    status, text = printed(["case", "show", str(file)], capsys)
    assert status == 0
    assert 'source = "50Gy/25"' in text


def test_no_identity_of_a_course_stands_in_a_case_file(two_courses: Path, tmp_path: Path) -> None:
    case = tmp_path / "case.toml"
    main(["reirradiate", *demo_words(two_courses), "--json", "--save-case", str(case)])
    text = case.read_text(encoding="utf-8")
    assert "Phantom" not in text
    assert str(two_courses.parent) not in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["case", "run", "absent.toml"], "no case file 'absent.toml'"),
        (["case", "show", "absent.toml"], "no case file 'absent.toml'"),
        (["sum", "50Gy/25", "--alpha-beta", "3", "--save-case", "x.json"], "ends in .toml"),
    ],
)
def test_mistakes_are_refused_in_words(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert says in capsys.readouterr().err


def test_a_page_of_a_sum_and_an_export_of_a_check_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "case.toml"
    file.write_text(
        'schema = "rtplan.case/1"\nkind = "sum"\ncourses = ["50Gy/25"]\nalpha_betas = [3]\n', encoding="utf-8"
    )
    assert main(["case", "run", str(file), "--report", str(tmp_path / "x.html")]) == 2
    assert main(["case", "run", str(file), "--export-dose", str(tmp_path / "x.dcm")]) == 2
    assert "this is a case of kind sum" in capsys.readouterr().err
