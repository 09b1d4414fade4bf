"""Several cases: each in a folder of its own, begun once, wiped on request and by age."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtplan.errors import RtplanLookupError
from rtplan.page.shelf import Shelf

NOW = {0: 1000.0 * 86400}


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    opened = Shelf(tmp_path / "work", clock=lambda: NOW[0])
    yield opened
    opened.close()


def test_the_same_form_sent_twice_begins_one_case(shelf: Shelf) -> None:
    assert shelf.new(nonce="0123456789abcdef") is shelf.new(nonce="0123456789abcdef")
    assert len(shelf.entries()) == 1


def test_two_cases_know_nothing_of_each_other(shelf: Shelf) -> None:
    first, second = shelf.new(), shelf.new()
    first.change(lambda sheet: sheet.noting(title="first"), what="courses", revision=0)
    assert second.sheet().revision == 0
    assert {entry.title for entry in shelf.entries()} == {"first", ""}


def test_stopping_and_starting_again_loses_nothing(shelf: Shelf) -> None:
    name = shelf.new().name
    shelf.case(name).change(lambda sheet: sheet.noting(title="kept"), what="courses", revision=0)
    shelf.close()
    again = Shelf(shelf.folder)
    assert again.case(name).sheet().beside["title"] == "kept"
    again.close()


def test_a_wiped_case_leaves_no_file(shelf: Shelf) -> None:
    book = shelf.new()
    book.objects.keep([b"a plan"])
    for _ in range(2):
        shelf.wipe(book.name)
    assert not book.folder.exists()
    with pytest.raises(RtplanLookupError, match="wiped"):
        shelf.case(book.name)


def test_cases_that_nobody_changed_are_removed_by_age(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    old = shelf.new().name
    monkeypatch.setitem(NOW, 0, NOW[0] + 20 * 86400)
    young = shelf.new().name
    monkeypatch.setitem(NOW, 0, NOW[0] + 15 * 86400)
    assert shelf.wipe_older_than(30) == 1
    assert [entry.name for entry in shelf.entries()] == [young]
    assert old != young


@pytest.mark.parametrize("name", ["../../etc", "", "0123456", "ABCDEF01", "0123456789", "..%2f"])
def test_a_name_that_is_none_is_no_path(shelf: Shelf, name: str) -> None:
    with pytest.raises(RtplanLookupError):
        shelf.case(name)
    shelf.wipe(name)
    assert shelf.folder.is_dir()


def test_only_its_owner_enters(shelf: Shelf) -> None:
    assert stat.S_IMODE(shelf.folder.stat().st_mode) == 0o700
