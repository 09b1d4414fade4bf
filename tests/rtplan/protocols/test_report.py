"""A screening, a timeline and a regimen sheet as sections of a report."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

from rtplan.protocols import (
    Screening,
    TimelineChoices,
    build_timeline,
    load_protocol,
    patient_of_tables,
    regimen_sheet,
    screen,
)
from rtplan.report import Paragraph, Section, Table, screening_report
from rtplan.report.model import Figure
from rtplan.report.protocol import screening_section, screening_tile, sheet_section, timeline_section
from rtplan.report.render import render_html


def screened(name: str, **changes: object) -> Screening:
    path = Path(__file__).with_name("protocol_patients") / f"{name}.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8")) | changes
    protocol = load_protocol(name)
    return screen(protocol, patient_of_tables(tables, protocol.facts))


def table_of(section: Section) -> Table:
    return next(block for block in section.blocks if isinstance(block, Table))


def test_what_speaks_against_stands_first_and_what_is_met_last() -> None:
    found = screened("sparkle", earlier_radiotherapy=[{"regimen": "50.4Gy/28", "region": "pelvis"}])
    rows = table_of(screening_section(found)).rows
    assert (rows[0][0].text, rows[0][1].note) == ("not met", "previous-dose")
    assert rows[0][0].tone == "exceeds"
    assert (rows[1][0].text, rows[1][0].tone) == ("unknown", "not_evaluable")
    assert {row[0].text for row in rows[2:]} == {"met"}
    assert len(rows) == len(found.results)


def test_the_tile_counts_and_takes_the_gravest_tone() -> None:
    tile = screening_tile(screened("torch-r"))
    assert tile.value == "0 not met, 0 unknown, 4 clinician, 46 met"
    assert tile.tone == "borderline"
    assert "no decision" in tile.note


def test_the_report_says_which_record_and_what_it_leaves_open() -> None:
    found = screened("tracer")
    page = render_html(screening_report(found, inputs=(), date=None))
    assert load_protocol("tracer").sha256 in page
    assert "Not specified by the record: length of a cycle" in page
    assert "neither is picked" in page
    assert "eligible" not in page.casefold()


def test_a_report_of_a_birth_date_shows_the_age_alone() -> None:
    page = render_html(screening_report(screened("torch-r"), inputs=(), date=None))
    assert "1960" not in page
    assert "64 years" in page


def test_a_timeline_is_a_picture_a_table_and_its_conflicts() -> None:
    choices = TimelineChoices(cycle_days=21, at={"sabr": date(2025, 2, 17)}, fractions={"sabr": 3})
    timeline = build_timeline(load_protocol("torch-r"), date(2025, 1, 6), choices)
    section = timeline_section(timeline)
    first = section.blocks[0]
    assert isinstance(first, Paragraph)
    assert first.tone == "exceeds"
    assert any(isinstance(block, Figure) for block in section.blocks)
    assert len(table_of(section).rows) == len(timeline.events)


def test_a_sheet_is_a_table_or_says_that_there_is_no_dose() -> None:
    sheet = regimen_sheet(load_protocol("sparkle"))
    assert len(table_of(sheet_section(sheet)).rows) == len(sheet.rows)
    empty = sheet_section(regimen_sheet(load_protocol("toripalimab-sbrt-oligomet")))
    (block,) = empty.blocks
    assert isinstance(block, Paragraph)
    assert block.text == "Not specified by the record."
