"""The office's thread: one case that goes wrong is refused in words, and the next one is answered."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rtplan.page.casebook import Casebook
from rtplan.page.office import Office, Resources, case_snapshot
from rtplan.work import Child, Outcome


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office that answers."""
    opened = Office(Resources(work=tmp_path))
    opened.start()
    yield opened
    opened.stop()


def refusal_of_case(office: Office, book: Casebook) -> str:
    """Return what a case is refused with, as soon as it is."""
    until = time.monotonic() + 30
    while (state := office.answer(book)).state == "running":
        assert time.monotonic() < until, "it says that it is running for ever"
        time.sleep(0.05)
    return str((state.refusal or {}).get("message", ""))


def test_a_case_that_goes_wrong_is_refused_and_the_next_one_is_taken(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full at the first question only."""
    full, whole = [OSError(errno.ENOSPC, "no space left on device")], Child.ask

    def ask(child: Child, *asked: Any, **named: Any) -> Outcome:
        if full:
            raise full.pop()
        return whole(child, *asked, **named)

    monkeypatch.setattr(Child, "ask", ask)
    first, second = office.shelf.new(nonce="aaaaaaaa"), office.shelf.new(nonce="bbbbbbbb")
    office.run(first)
    refused = refusal_of_case(office, first)
    assert "space" in refused
    office.run(second)
    assert refusal_of_case(office, second) not in ("", refused), "it says what an empty case lacks"


def test_a_case_file_that_a_kill_left_half_written_is_written_whole(office: Office) -> None:
    """Half a case file is a shorter case: it must not be answered under the hash of the whole one."""
    book = office.shelf.new()
    sheet = book.sheet()
    path = case_snapshot(book, sheet)
    path.write_text(sheet.text[: len(sheet.text) // 2], encoding="utf-8")
    assert case_snapshot(book, sheet) == path
    assert path.read_bytes() == sheet.text.encode()
