"""A case on the disk: each change once, nothing lost, and a trail that nobody can thin out."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from rtplan.page.casebook import Casebook, ChangedMeanwhileError, Sheet
from rtplan.work import DiskFullError


def stating(organ: str) -> dict[str, object]:
    return {"tissue": [{"organ": organ, "alpha_beta": 3, "source": "clinic"}]}


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Casebook]:
    ticks = count(1.0)
    opened = Casebook(tmp_path / "case", clock=lambda: next(ticks))
    yield opened
    opened.close()


def test_a_change_is_in_the_case_file_and_in_the_next_reading(book: Casebook) -> None:
    book.change(lambda sheet: sheet.stating(**stating("Bladder")).noting(who="A"), what="organs", revision=0)
    again = Casebook(book.folder, clock=lambda: 0.0)
    assert again.sheet().tables["tissue"][0]["organ"] == "Bladder"
    assert 'organ = "Bladder"' in book.case_file.read_text(encoding="utf-8")
    assert hashlib.sha256(book.case_file.read_bytes()).hexdigest() == again.sheet().sha256
    again.close()


def test_the_same_form_sent_twice_changes_nothing_twice(book: Casebook) -> None:
    book.change(lambda sheet: sheet.stating(**stating("Bladder")), what="organs", revision=0)
    with pytest.raises(ChangedMeanwhileError, match="nothing was changed"):
        book.change(lambda sheet: sheet.stating(**stating("Rectum")), what="organs", revision=0)
    assert book.sheet().revision == 1
    assert book.sheet().tables["tissue"][0]["organ"] == "Bladder"


def test_a_change_that_is_refused_leaves_everything_as_it_was(book: Casebook) -> None:
    def wrong(sheet: Sheet) -> Sheet:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        book.change(wrong, what="organs", revision=0)
    assert book.sheet().revision == 0
    assert book.trail() == ()


def test_a_form_that_says_the_same_again_is_no_change(book: Casebook) -> None:
    book.change(lambda sheet: sheet.stating(**stating("Bladder")), what="organs", revision=0)
    book.change(lambda sheet: sheet.stating(**stating("Bladder")), what="organs", revision=1)
    assert book.sheet().revision == 1
    assert len(book.trail()) == 1


def test_the_trail_says_who_changed_which_line(book: Casebook) -> None:
    book.change(lambda sheet: sheet.stating(**stating("Bladder")).noting(who="A"), what="organs", revision=0)
    book.change(lambda sheet: sheet.stating(**stating("Rectum")).noting(who="B"), what="organs", revision=1)
    first, second = book.trail()
    assert (first.who, second.who, second.what) == ("A", "B", "organs")
    assert second.changes == [{"went": 'tissue: organ = "Bladder"'}, {"came": 'tissue: organ = "Rectum"'}]
    assert second.case_sha256 == book.sheet().sha256


def test_no_line_of_the_trail_and_no_signature_can_be_changed_or_taken_out(book: Casebook) -> None:
    book.change(lambda sheet: sheet.noting(who="A"), what="courses", revision=0)
    book.sign({"name": "A"})
    with sqlite3.connect(book.folder / "state.sqlite") as database:
        for table, column in (("trace", "who"), ("signature", "record")):
            with pytest.raises(sqlite3.IntegrityError, match="stays written"):
                database.execute(f"UPDATE {table} SET {column} = 'B'")
            with pytest.raises(sqlite3.IntegrityError, match="stays written"):
                database.execute(f"DELETE FROM {table}")
    database.close()


def test_each_line_of_the_trail_carries_the_hash_of_the_one_before(book: Casebook) -> None:
    for who in "ABC":
        book.note("computed", who=who)
    chain = ""
    for trace in book.trail():
        line = [trace.at, trace.who, trace.what, json.dumps(list(trace.changes)), trace.case_sha256]
        chain = hashlib.sha256(json.dumps([chain, *line]).encode()).hexdigest()
        assert trace.chain == chain


def test_the_same_signature_twice_is_one(book: Casebook) -> None:
    book.sign({"name": "A", "role": "physicist"})
    book.sign({"role": "physicist", "name": "A"})
    assert len(book.signatures()) == 1


def test_a_full_disk_says_so_and_keeps_what_was_there(book: Casebook) -> None:
    book.change(lambda sheet: sheet.stating(**stating("Bladder")), what="organs", revision=0)
    (pages,) = book._database.execute("PRAGMA page_count").fetchone()
    book._database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFullError, match="nothing was changed"):
        book.change(lambda sheet: sheet.noting(cards=["x" * 100_000]), what="courses", revision=1)
    assert book.sheet().revision == 1
    assert book.sheet().tables["tissue"][0]["organ"] == "Bladder"
    book._database.execute("PRAGMA max_page_count = 1000000")
    assert book.change(lambda sheet: sheet.noting(title="now"), what="courses", revision=1).revision == 2


def test_only_its_owner_reads_it(book: Casebook) -> None:
    assert stat.S_IMODE(book.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((book.folder / "state.sqlite").stat().st_mode) == 0o600


def test_a_kill_loses_no_change_that_was_answered(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from rtplan.page.casebook import Casebook
        book = Casebook(Path(sys.argv[1]), clock=lambda: 0.0)
        for number in range(5):
            book.change(lambda sheet: sheet.noting(number=number), what="courses", revision=number)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    command = [sys.executable, "-c", script, str(tmp_path / "case")]
    assert subprocess.run(command, check=False, env={**os.environ}).returncode == -signal.SIGKILL
    book = Casebook(tmp_path / "case", clock=lambda: 0.0)
    assert (book.sheet().revision, book.sheet().beside["number"], len(book.trail())) == (5, 4, 5)
    book.close()
