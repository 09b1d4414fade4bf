"""From an empty machine to a signed report, with forms alone; the page's numbers are the command line's."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rtplan.cli import main

Visitor = Any
"""As tests/rtplan/page/conftest.py has it."""


def case_folder(visitor: Visitor, case: str) -> Path:
    return Path(visitor.work / "cases" / case.rpartition("/")[2])


def test_the_same_case_by_the_command_line_gives_the_same_document(
    visitor: Visitor, demo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The central law: the page edits a case file and runs it, and nothing else."""
    page = visitor.read(f"{demo}/answer/report.json").content
    case_file = case_folder(visitor, demo) / "case.toml"
    assert main(["case", "run", str(case_file), "--json", "--report", str(tmp_path / "r.json")]) == 1
    assert (tmp_path / "r.json").read_bytes() == page
    assert json.loads(capsys.readouterr().out)["organs"] == json.loads(page)["organs"]


def test_the_answer_shows_the_numbers_of_its_document(visitor: Visitor, demo: str) -> None:
    text = visitor.read(f"{demo}/answer").text
    document = visitor.read(f"{demo}/answer/report.json").json()
    for row in document["organs"]:
        assert row["name"] in text
        if row["voxel_sum_gy"] is not None:
            assert f"<b>{row['voxel_sum_gy']:.1f}</b>" in text
    assert "exceeds by 29.0 Gy" in text
    assert "could not be judged" in text


def test_a_signature_is_of_the_report_and_a_change_voids_it(visitor: Visitor, demo: str) -> None:
    unsigned = visitor.read(f"{demo}/answer/report.json").content
    said = {"name": "A. Person", "role": "physicist", "signed_on": "2024-02-12", "agreed": "1"}
    answer = visitor.fill(f"{demo}/sign", f"{demo}/sign", **said)
    assert "Signed by A. Person, physicist, on 2024-02-12" in answer.text
    signed = visitor.read(f"{demo}/signed/report.json").json()
    assert signed["report"] == json.loads(unsigned)
    assert signed["signatures"][0]["report_sha256"] == hashlib.sha256(unsigned).hexdigest()
    page = visitor.read(f"{demo}/signed/report.html").text
    assert "A. Person, physicist, on 2024-02-12" in page
    assert hashlib.sha256(unsigned).hexdigest() in page.replace("<wbr>", "")
    visitor.fill(f"{demo}/limits", f"{demo}/limits", gy__0="86")
    visitor.wait(demo)
    assert "Not valid any more: the signature of A. Person" in visitor.read(f"{demo}/answer").text
    visitor.fill(f"{demo}/limits", f"{demo}/limits", gy__0="85")
    assert "Signed by A. Person" in visitor.read(f"{demo}/answer").text, (
        "the same case again is what was signed"
    )


def test_nothing_is_signed_without_having_read_it(visitor: Visitor, demo: str) -> None:
    said = {"name": "B. Nobody", "role": "physicist", "signed_on": "2024-02-12"}
    assert visitor.fill(f"{demo}/sign", f"{demo}/sign", **said).status_code == 400
    other = visitor.fill(f"{demo}/sign", f"{demo}/sign", agreed="1", report_sha256="00" * 32, **said)
    assert other.status_code == 400
    assert "look at it again" in other.text
    assert "B. Nobody" not in visitor.read(f"{demo}/answer").text


def test_the_export_holds_case_reports_and_trail(visitor: Visitor, demo: str) -> None:
    archive = zipfile.ZipFile(io.BytesIO(visitor.read(f"{demo}/export.zip").content))
    assert {"case.toml", "trail.json", "signatures.json", "report.json", "report.html"} <= set(
        archive.namelist()
    )
    trail = json.loads(archive.read("trail.json"))["trail"]
    assert [line["what"] for line in trail][:1] == ["begun"]
    assert "computed" in [line["what"] for line in trail]
    assert archive.read("case.toml") == (case_folder(visitor, demo) / "case.toml").read_bytes()


def test_a_form_that_was_shown_before_a_change_changes_nothing(visitor: Visitor, demo: str) -> None:
    stale = {"revision": "0", "organ-0": "Bladder", "gy-0": "1", "source-0": "x"}
    answer = visitor.send(f"{demo}/limits", stale)
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text
    assert "gy-0" in visitor.read(f"{demo}/limits").text
    assert 'value="1"' not in re.findall(r'name="gy-0"[^>]*>', visitor.read(f"{demo}/limits").text)[0]


def test_a_wrong_value_is_refused_with_every_mistake_and_changes_nothing(visitor: Visitor, demo: str) -> None:
    before = (case_folder(visitor, demo) / "case.toml").read_bytes()
    answer = visitor.fill(f"{demo}/limits", f"{demo}/limits", gy__0="many", source__1="", n_fractions="five")
    assert answer.status_code == 400
    for words in ("Bladder", "where is it from", "five"):
        assert words in answer.text
    assert (case_folder(visitor, demo) / "case.toml").read_bytes() == before


def test_a_recovery_without_a_reason_keeps_the_answer_back(visitor: Visitor, demo: str) -> None:
    visitor.fill(f"{demo}/limits", f"{demo}/limits", recovery="ang-2001")
    text = visitor.read(f"{demo}/answer").text
    assert "A recovery rule is chosen: who decided so, and why?" in text
    visitor.fill(f"{demo}/limits", f"{demo}/limits", recovery="none")


def test_what_no_page_has_is_said_on_a_page(visitor: Visitor, demo: str) -> None:
    for address in ("/nowhere", "/case/00000000/courses", f"{demo}/answer/report.exe", "/static/app.py"):
        answer = visitor.read(address)
        assert answer.status_code == 404, address
        assert "This was not done" in answer.text


def test_every_page_of_a_case_asks_for_nothing_that_is_not_its_own(visitor: Visitor, demo: str) -> None:
    for step in ("courses", "organs", "limits", "registration", "answer", "sign"):
        text = visitor.read(f"{demo}/{step}").text
        assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text), step
        assert not re.search(r"<script(?![^>]*src=)", text), step
        assert " style=" not in text, step
        assert not re.search(r"\son\w+=", text), step


def test_a_report_is_served_with_its_own_policy(visitor: Visitor, demo: str) -> None:
    answer = visitor.read(f"{demo}/answer/report.html")
    assert "script" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_case_is_removed_only_after_a_question(visitor: Visitor) -> None:
    case = visitor.demo()
    page = f"{case}/wipe"
    assert "This cannot be undone" in visitor.read(page).text
    assert case_folder(visitor, case).is_dir()
    visitor.fill(page, page)
    assert not case_folder(visitor, case).exists()
    assert visitor.read(f"{case}/courses").status_code == 404
    assert visitor.send(page, {}).status_code == 200, "a second time does nothing"


def test_the_trail_is_shown_in_words(visitor: Visitor, demo: str) -> None:
    text = visitor.read(f"{demo}/trail").text
    for words in ("began the case", "stated the organs", "computed the answer", "registration: because"):
        assert words in text


def test_the_sum_leaves_as_a_dose_that_the_command_line_writes_too(
    visitor: Visitor, demo: str, tmp_path: Path
) -> None:
    """The exported object is the one that ``rtplan case run --export-dose`` writes."""
    asked = {"alpha_beta": "3", "uncovered_as_zero": "1"}
    answer = visitor.client.get(f"{demo}/dose.zip", params=asked)
    assert answer.status_code == 200, answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    words = ["--export-dose", str(tmp_path / "cumulative-eqd2.dcm"), "--export-alpha-beta", "3"]
    case_file = case_folder(visitor, demo) / "case.toml"
    assert main(["case", "run", str(case_file), *words, "--uncovered-as-zero"]) in (0, 1)
    assert archive.read("cumulative-eqd2.dcm") == (tmp_path / "cumulative-eqd2.dcm").read_bytes()
    wrong = visitor.client.get(f"{demo}/dose.zip", params={"alpha_beta": "30", "uncovered_as_zero": "1"})
    assert wrong.status_code == 400
    assert "did you type 3" in wrong.text
