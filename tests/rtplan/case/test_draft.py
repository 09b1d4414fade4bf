"""Drafts: blanks are left out, and what is complete reads as the case that it states."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rtplan.case import CaseFileError, draft_tables, draft_text, read_case, save_case
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.selftest import demo_case


def test_a_whole_case_comes_back_from_its_draft(tmp_path: Path) -> None:
    for name in ("first-course", "second-course"):
        (tmp_path / name).mkdir()
    case = demo_case(tmp_path)
    save_case(case, tmp_path / "case.toml")
    tables = draft_tables((tmp_path / "case.toml").read_text(encoding="utf-8"))
    (tmp_path / "again.toml").write_text(draft_text("reirradiate", tables), encoding="utf-8")
    assert read_case(tmp_path / "again.toml") == case


def test_what_is_blank_is_left_out_and_told_when_the_case_is_read(tmp_path: Path) -> None:
    text = draft_text(
        "reirradiate",
        {
            "new": {"source": "second", "starts": date(2024, 2, 12), "plan": ""},
            "prior": [{"source": "first", "ended": None}, {}],
            "tissue": [],
        },
    )
    assert "plan =" not in text
    assert text.count("[[prior]]") == 1
    (tmp_path / "case.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CaseFileError, match="prior 1: ended is missing"):
        read_case(tmp_path / "case.toml")


def test_an_empty_draft_is_a_draft() -> None:
    assert draft_tables(draft_text("reirradiate", {})) == {"schema": "rtplan.case/1", "kind": "reirradiate"}


def test_what_is_no_kind_and_what_is_no_toml_are_refused() -> None:
    with pytest.raises(RtplanLookupError, match="no kind of case"):
        draft_text("plan", {})
    with pytest.raises(RtplanValueError, match="no TOML"):
        draft_tables("[new")
