"""All cases of this machine, each in a folder of its own; nothing of one is in another."""

from __future__ import annotations

import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rtplan.errors import RtplanLookupError
from rtplan.page.casebook import Casebook
from rtplan.work import private_folder

__all__ = ["CaseEntry", "Shelf"]

_NAME: Final = re.compile(r"[0-9a-f]{8}")
_DAY_S: Final = 86400.0


@dataclass(frozen=True, kw_only=True)
class CaseEntry:
    """One line of the list of cases.

    Attributes
    ----------
    name, kind, title : str
    changed : float
        When it was last changed, in seconds of the clock.
    n_courses : int
    is_signed : bool
        The case as it stands is signed.
    """

    name: str
    kind: str
    title: str
    changed: float
    n_courses: int
    is_signed: bool


class Shelf:
    """The cases in a folder.

    Parameters
    ----------
    folder : Path
    clock : callable, optional
        Seconds.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.folder = private_folder(folder)
        self._cases = private_folder(folder / "cases")
        self._clock, self._lock = clock, threading.RLock()
        self._open: dict[str, Casebook] = {}

    def new(self, *, kind: str = "reirradiate", nonce: str = "") -> Casebook:
        """Begin a case; the same form sent twice begins one.

        Parameters
        ----------
        kind : str
        nonce : str
            Of the form: letters and digits, new in each form that is shown.
        """
        name = nonce[:8] if _NAME.fullmatch(nonce[:8]) else secrets.token_hex(4)
        with self._lock:
            if name not in self._open:
                self._open[name] = Casebook(self._cases / name, clock=self._clock, kind=kind)
            return self._open[name]

    def case(self, name: str) -> Casebook:
        """Return a case.

        Raises
        ------
        RtplanLookupError
            There is none of this name, or it was wiped.
        """
        with self._lock:
            if name in self._open:
                return self._open[name]
            if not _NAME.fullmatch(name) or not (self._cases / name / "state.sqlite").is_file():
                raise RtplanLookupError("there is no such case here any more; it may have been wiped")
            return self.new(nonce=name)

    def entries(self) -> tuple[CaseEntry, ...]:
        """Return the cases, the latest change first."""
        names = [path.name for path in self._cases.iterdir() if _NAME.fullmatch(path.name)]
        books = [self.case(name) for name in names if (self._cases / name / "state.sqlite").is_file()]
        return tuple(sorted(map(_entry, books), key=lambda entry: -entry.changed))

    def wipe(self, name: str) -> None:
        """Remove a case with everything that was dropped for it; a second time does nothing."""
        with self._lock:
            if not _NAME.fullmatch(name):
                return
            book = self._open.pop(name, None)
            if book is not None:
                book.close()
            shutil.rmtree(self._cases / name, ignore_errors=True)

    def wipe_older_than(self, days: float) -> int:
        """Remove every case that nobody has changed for so many days; return how many."""
        old = [e.name for e in self.entries() if self._clock() - e.changed > days * _DAY_S]
        for name in old:
            self.wipe(name)
        return len(old)

    def close(self) -> None:
        """Let go of every file."""
        with self._lock:
            for book in self._open.values():
                book.close()
            self._open.clear()


def _entry(book: Casebook) -> CaseEntry:
    sheet = book.sheet()
    signed = any(s.get("case_sha256") == sheet.sha256 for s in book.signatures())
    return CaseEntry(
        name=book.name,
        kind=sheet.kind,
        title=str(sheet.beside.get("title", "")),
        changed=sheet.changed,
        n_courses=len(sheet.beside.get("cards", [])),
        is_signed=signed,
    )
