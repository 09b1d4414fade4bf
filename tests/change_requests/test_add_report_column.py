"""A report column is one entry of a list."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

END_OF_THE_LIST = ')\n"""One organ, metric and alpha/beta with every answer."""'
KEY, HEADING = "below_sum_of_maxima_gy", "below sum of maxima"
FRAME = """
from datetime import date
from pathlib import Path
from rtplan.courses import CourseSource, read_earlier_courses, read_new_course
from rtplan.reirradiation import reirradiate
from rtplan.reirradiation.organ import parse_tissues
from rtplan.sums import read_registrations
patient = Path({patient!r})
answer = reirradiate(
    read_new_course(patient / "second-course"),
    read_earlier_courses([CourseSource(source=str(patient / "first-course"), ended=date(2023, 6, 1))]),
    new_starts=date(2024, 2, 5),
    tissues=parse_tissues(["Bladder=3"]),
    registrations=read_registrations(patient / "registration.dcm"),
)
print(answer.to_frame()[{key!r}].to_json(orient="values"))
"""


def add_entry(package_copy: Any, entry: str) -> None:
    """Put an entry at the end of the list of an organ's columns."""
    module = package_copy.root / "rtplan" / "reirradiation" / "organ" / "columns.py"
    before, found, after = module.read_text(encoding="utf-8").partition(END_OF_THE_LIST)
    assert found
    module.write_text(before + entry + found + after, encoding="utf-8")


def of_workbook(content: bytes, heading: str) -> list[Any]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    columns = (column for sheet in book for column in sheet.iter_cols(values_only=True))
    return [value for column in columns if column[0] == heading for value in column[1:]]


def test_the_entry_of_the_page_is_a_column_of_document_page_workbook_and_frame(
    package_copy: Any, blocks_of: Any, two_courses: Path, tmp_path: Path
) -> None:
    pytest.importorskip("pandas")
    (entry,) = blocks_of("add-report-column.md")
    add_entry(package_copy, entry)
    page, workbook = tmp_path / "report.html", tmp_path / "report.xlsx"
    words = ["reirradiate", "--new", str(two_courses / "second-course")]
    words += ["--prior", str(two_courses / "first-course"), "--prior-ended", "2023-06-01"]
    words += ["--new-starts", "2024-02-05", "--registration", str(two_courses / "registration.dcm")]
    words += ["--tissue", "Bladder=3", "--json", "--report", str(page), str(workbook)]
    done = package_copy.run(words)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["organs"]
    below = [row[KEY] for row in rows]
    assert below == [
        None if row["sum_of_point_maxima_gy"] is None else row["sum_of_point_maxima_gy"] - row["voxel_sum_gy"]
        for row in rows
    ]
    assert any(below)
    html = page.read_text(encoding="utf-8")
    assert f"{HEADING}</th>" in html
    assert "what the registration takes off the crudest sum" in html
    in_workbook = of_workbook(workbook.read_bytes(), HEADING)
    assert [value for value in in_workbook if isinstance(value, float)] == pytest.approx(
        [value for value in below if value is not None]
    )
    printed = package_copy.python(FRAME.format(patient=str(two_courses), key=KEY))
    assert json.loads(printed.splitlines()[-1]) == pytest.approx(below)
