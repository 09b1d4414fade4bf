"""A clinic's dictionary of names: it goes before the table, and all its mistakes are told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.names import Evidence, NameDictionary, assign


def dictionary(folder: Path, *rows: str) -> Path:
    path = folder / "names.csv"
    path.write_text("\n".join(["written,standard,confirmed_by,note", *rows]), encoding="utf-8")
    return path


def test_a_dictionary_goes_before_the_table(tmp_path: Path) -> None:
    names = NameDictionary.read(dictionary(tmp_path, "Rectum stump,Rectum,AB,", "open,,,not yet"))
    found = assign([(1, "rectum STUMP")], dictionary=names)
    assert [(a.standard, a.evidence) for a in found.assigned] == [("Rectum", Evidence.DICTIONARY)]
    assert "is taken for Rectum (dictionary)" in found.findings[0]


def test_all_mistakes_of_a_dictionary_are_told_at_once(tmp_path: Path) -> None:
    path = dictionary(
        tmp_path,
        "a,Rectun,AB,",
        "b,Rectum,,",
        "c,Rectum,AB,",
        "C,Bladder,AB,",
        "K R,Kidney_L,AB,",
        ",Rectum,AB,",
    )
    with pytest.raises(RtplanValueError) as caught:
        NameDictionary.read(path)
    message = str(caught.value)
    for words in (
        "no standard name",
        "nobody confirmed",
        "listed twice",
        "the other side",
        "name is missing",
    ):
        assert words in message


def test_an_absent_dictionary_is_told(tmp_path: Path) -> None:
    with pytest.raises(RtplanLookupError, match="no dictionary file"):
        NameDictionary.read(tmp_path / "absent.csv")
