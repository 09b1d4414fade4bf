"""``rtplan check --report``: the plan check in every form, with the same verdicts as its document."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import openpyxl
import pytest

from dicom_io.phantom import write_phantom
from rtplan.cli import main

FORMS = ("html", "json", "pdf", "xlsx")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("check")
    write_phantom("pelvis-two-courses", folder / "patient")
    assert check(folder, *words(folder)) == 1
    return folder


def words(folder: Path) -> list[str]:
    return ["--report", *(str(folder / f"report.{form}") for form in FORMS), "--report-date", "2024-01-30"]


def check(folder: Path, *more: str) -> int:
    return main(["check", str(folder / "patient/second-course"), "--constraints", "timmerman-2021", *more])


def test_every_form_is_written(reports: Path) -> None:
    assert (reports / "report.pdf").read_bytes().startswith(b"%PDF-")
    page = (reports / "report.html").read_text(encoding="utf-8")
    assert "2024-01-30" in page
    assert "New plan against timmerman-2021" in page


def test_the_workbook_has_a_row_for_each_verdict_on_a_contoured_organ(reports: Path) -> None:
    data = json.loads((reports / "report.json").read_text(encoding="utf-8"))
    contoured = [v for v in data["verdicts"] if v["structure"] is not None]
    book = openpyxl.load_workbook(io.BytesIO((reports / "report.xlsx").read_bytes()))
    (sheet,) = [page for page in book if "Verdicts on contoured" in page.title]
    header = [cell.value for cell in sheet[1]]
    values = [row[header.index("value")].value for row in sheet.iter_rows(min_row=2)]
    found = sorted(v for v in values if isinstance(v, float))
    assert found == pytest.approx(sorted(v["value"] for v in contoured if v["value"] is not None), rel=1e-14)


def test_no_patient_and_no_path_is_in_any_form(reports: Path) -> None:
    for form in ("html", "json"):
        text = (reports / f"report.{form}").read_text(encoding="utf-8")
        assert "Phantom^" not in text
        assert str(reports) not in text


def test_the_page_leaves_nothing_outside(reports: Path) -> None:
    page = (reports / "report.html").read_text(encoding="utf-8")
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)


def test_a_report_is_not_overwritten_unasked(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(reports, "--report", str(reports / "report.html")) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_the_page_to_be_signed_has_the_gravest_verdicts_and_who_signs(reports: Path) -> None:
    page = (reports / "report.html").read_text(encoding="utf-8")
    first = page.split('<nav aria-label="Contents">')[0]
    data = json.loads((reports / "report.json").read_text(encoding="utf-8"))
    contoured = [v for v in data["verdicts"] if v["structure"] is not None]
    assert first.count('data-label="verdict"') == min(len(contoured), 14)
    assert re.findall(r'<div class="signature"><b>(\w+)</b>', first) == ["prepared", "checked", "approved"]
