"""A column is one entry: documents and frames hold it, tables for people show it where it has a heading."""

from __future__ import annotations

import pytest

from rtplan.text import Column, columns_html, frame_of, headed, record_of

ROWS = [{"organ": "Bladder", "dose": 48.384, "half": 0.1234}, {"organ": "<b>", "dose": None, "half": None}]
COLUMNS = (
    Column(key="organ", heading="organ", read=lambda row: row["organ"]),
    Column(
        key="dose_gy",
        heading="dose",
        unit="Gy",
        read=lambda row: row["dose"],
        half_width=lambda row: row["half"],
    ),
    Column(key="dose_uncertainty_gy", read=lambda row: row["half"]),
    Column(key="band_gy", heading="band", read=lambda row: None, only_where_known=True),
)


def test_the_document_has_every_column_in_order() -> None:
    assert record_of(COLUMNS, ROWS[0]) == {
        "organ": "Bladder",
        "dose_gy": 48.384,
        "dose_uncertainty_gy": 0.1234,
        "band_gy": None,
    }


def test_a_frame_without_rows_has_every_column() -> None:
    pytest.importorskip("pandas")
    assert list(frame_of([], COLUMNS).columns) == [column.key for column in COLUMNS]


def test_a_table_for_people_shows_what_has_a_heading_and_something_to_say() -> None:
    assert [column.key for column in headed(COLUMNS, ROWS)] == ["organ", "dose_gy"]
    shown = columns_html("Doses", COLUMNS, ROWS)
    assert "<th>dose, Gy</th>" in shown
    assert "<td>48.38 ± 0.12</td>" in shown
    assert "<td>&lt;b&gt;</td><td>–</td>" in shown


def test_an_entry_more_is_a_column_more() -> None:
    twice = Column(key="twice_gy", heading="twice", read=lambda row: row["dose"] and 2 * row["dose"])
    columns = (*COLUMNS, twice)
    assert record_of(columns, ROWS[0])["twice_gy"] == pytest.approx(96.768)
    assert "<th>twice</th>" in columns_html("Doses", columns, ROWS)


def test_numbers_words_and_answers_have_cells_of_their_own() -> None:
    def shown(value: object) -> tuple[str, bool]:
        made = Column(key="x", heading="x", read=lambda row: row).cell(value)
        return made.text, made.is_number

    assert [shown(v) for v in (True, False, 3, 0.5, "why", "", None)] == [
        ("yes", False),
        ("no", False),
        ("3", True),
        ("0.500", True),
        ("why", False),
        ("–", False),
        ("–", True),
    ]
