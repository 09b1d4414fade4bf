"""One report in every form: hostile text stays text, and the same report has the same bytes."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from rtplan.documents import Document
from rtplan.drawing import figure_svg, new_figure, plain_text
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.report import Cell, Paragraph, Report, Section, Table, check_report_paths, forms, write_reports
from rtplan.report.model import Facts, Figure, Tile
from rtplan.report.render import render_excel, render_pdf

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "formula": '=HYPERLINK("http://a.example","b")',
    "sum": "+1+cmd|' /C calc'!A0",
    "typst": '#evil("x") *bold* $x$ @ref // no comment \\ <label>',
    "long": "x" * 300,
    "hebrew": "\u05e9\u05dc\u05d5\u05dd",
    "arabic": "\u0645\u062b\u0627\u0646\u0629",
    "emoji": "\U0001f984 and \U0001f469\u200d\u2695\ufe0f",
    "control": "a\x00b\x07c\x1bd",
    "error value": "#N/A",
    "quote": "'single\" double & amp;",
    "half a pair": "a\ud800b",
}


def small_svg(label: str) -> str:
    figure = new_figure(width=2, height=1)
    figure.subplots().set_title(plain_text(label))
    return figure_svg(figure)


def report_saying(text: str) -> Report:
    """Return a report with the same text in every place that takes one."""
    row = [Cell(text=text, tone="exceeds", note=text), Cell(text="12.50", is_number=True, value=12.5)]
    blocks = [
        Table(caption=text, columns=[text, "dose, Gy"], rows=[row], remarks=[text]),
        Facts(caption=text, items=[(text, text)]),
        Paragraph(text=text, tone="borderline"),
        Paragraph(text=text),
        Figure(caption=text, alternative=text, svg=small_svg(text)),
    ]
    return Report(
        title=text,
        subtitle=text,
        date=None,
        statement=text,
        tiles=[Tile(label=text, value=text, note=text, tone="not_evaluable")],
        summary=blocks,
        sections=[Section(title=text, blocks=blocks)],
        provenance=text,
    )


def pdf_text(content: bytes, folder: Path) -> str:
    """Return the text of a PDF without its line breaks."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not on this machine")
    file = folder / "report.pdf"
    file.write_bytes(content)
    found = subprocess.run(["pdftotext", "-raw", str(file), "-"], check=True, capture_output=True, text=True)
    return re.sub(r"[\s\u202a-\u202c]", "", found.stdout)


@pytest.mark.parametrize("name", ["script", "formula", "typst", "long", "quote", "sum", "error value"])
def test_a_pdf_shows_hostile_text_as_text(name: str, tmp_path: Path) -> None:
    text = HOSTILE[name]
    shown = pdf_text(render_pdf(report_saying(text)), tmp_path)
    assert shown.count(re.sub(r"\s", "", text)) >= 10


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_every_text_can_be_typeset(name: str) -> None:
    content = render_pdf(report_saying(HOSTILE[name]))
    assert content.startswith(b"%PDF-")
    assert b"/JavaScript" not in content
    assert b"/URI" not in content


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_workbook_holds_text_as_text_and_numbers_as_numbers(name: str) -> None:
    text = HOSTILE[name]
    book = openpyxl.load_workbook(io.BytesIO(render_excel(report_saying(text))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    numbers = [cell.value for cell in cells if cell.data_type == "n"]
    assert numbers == [12.5, 12.5]
    expected = text.replace("\x00", "\u2400").replace("\x07", "\u2407").replace("\x1b", "\u241b")
    expected = expected.replace("\ud800", "\ufffd")
    assert sum(expected in str(cell.value) for cell in cells) >= 10
    assert all(cell.hyperlink is None for cell in cells)


def test_no_sheet_of_a_workbook_holds_a_formula() -> None:
    content = render_excel(report_saying(HOSTILE["formula"]))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheets = [parts.read(n).decode() for n in parts.namelist() if n.startswith("xl/worksheets/")]
    assert len(sheets) >= 5
    assert not any("<f>" in sheet or "<f " in sheet for sheet in sheets)


def test_every_table_is_a_sheet_named_on_the_first_one() -> None:
    book = openpyxl.load_workbook(io.BytesIO(render_excel(report_saying("plain"))))
    assert len(set(book.sheetnames)) == len(book.sheetnames)
    listed = [cell.value for cell in book["Summary"]["A"]]
    assert all(name in listed for name in book.sheetnames if name != "Summary")
    header = [cell.value for cell in book[book.sheetnames[1]][1]]
    assert header == ["plain", "plain: note", "dose, Gy", "remark"]


def test_all_forms_have_the_same_bytes_a_second_apart_and_in_another_folder(tmp_path: Path) -> None:
    def written(folder: Path) -> dict[str, bytes]:
        folder.mkdir()
        paths = [folder / f"report.{form}" for form in ("html", "json", "pdf", "xlsx")]
        result = Document(schema="rtplan.test/1", body={"name": HOSTILE["script"]}, text="")
        write_reports(paths, result=result, build=lambda: report_saying("same"), overwrite=False)
        return {path.name: path.read_bytes() for path in paths}

    first = written(tmp_path / "one")
    time.sleep(2.1)  # zip archives count time in steps of two seconds
    assert written(tmp_path / "another with a space") == first


def test_the_json_form_keeps_hostile_text(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    result = Document(schema="rtplan.test/1", body={"names": [HOSTILE["script"]]}, text="")
    write_reports([path], result=result, build=lambda: report_saying("unused"), overwrite=False)
    assert json.loads(path.read_text(encoding="utf-8"))["names"] == [HOSTILE["script"]]


def test_a_form_that_is_not_known_is_refused_before_anything_is_computed() -> None:
    with pytest.raises(RtplanValueError, match=r"\.html, \.json, \.pdf, \.xlsx can be written"):
        check_report_paths([Path("report.docx")])


@pytest.mark.parametrize(("name", "extra"), [("a.pdf", "rtplan[pdf]"), ("a.xlsx", "rtplan[excel]")])
def test_a_missing_extra_is_named_with_how_to_install_it(
    name: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "find_spec", lambda package: None)
    with pytest.raises(RtplanLookupError, match=re.escape(f"pip install {extra}")):
        check_report_paths([Path(name)])


def test_an_identity_stands_before_the_pseudonym_in_every_form(
    tmp_path: Path,
) -> None:
    plain = report_saying("Case 1234")
    named = plain.identified("A. Patient, 1950")
    assert named.subtitle == "A. Patient, 1950 (Case 1234)"
    assert plain.identified(None) == plain
    page = tmp_path / "report.html"
    page.write_bytes(forms._RENDERINGS[".html"](named))
    assert "A. Patient, 1950 (Case 1234)" in page.read_text(encoding="utf-8")
    assert render_pdf(named).startswith(b"%PDF-")
    with pytest.raises(RtplanValueError, match="say whom it is for"):
        plain.identified(" ")
