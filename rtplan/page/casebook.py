"""One case as the page keeps it: its draft, what was read of its courses, who changed what, who signed.

A folder of mode 0700 with an SQLite file, the objects that were dropped, and the case file itself. Every
change is one transaction: a kill leaves the case before it or after it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from rtplan.case import draft_tables, draft_text
from rtplan.errors import RtplanContradictionError
from rtplan.files import write_whole
from rtplan.work import DiskFullError, ObjectStore, open_database, private_folder

__all__ = ["Casebook", "ChangedMeanwhileError", "Sheet", "Trace"]

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS sheet (
    number INTEGER PRIMARY KEY CHECK (number = 1),
    revision INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    beside TEXT NOT NULL,
    changed REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS trace (
    number INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    changes TEXT NOT NULL,
    case_sha256 TEXT NOT NULL,
    chain TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS signature (number INTEGER PRIMARY KEY, record TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS trace_stays BEFORE UPDATE ON trace
    BEGIN SELECT RAISE (ABORT, 'what was done stays written'); END;
CREATE TRIGGER IF NOT EXISTS trace_is_kept BEFORE DELETE ON trace
    BEGIN SELECT RAISE (ABORT, 'what was done stays written'); END;
CREATE TRIGGER IF NOT EXISTS signature_stays BEFORE UPDATE ON signature
    BEGIN SELECT RAISE (ABORT, 'what was signed stays written'); END;
CREATE TRIGGER IF NOT EXISTS signature_is_kept BEFORE DELETE ON signature
    BEGIN SELECT RAISE (ABORT, 'what was signed stays written'); END;
"""


class ChangedMeanwhileError(RtplanContradictionError):
    """The case is not any more what the form was filled in for: another tab, or the same form sent twice."""

    code = "changed_meanwhile"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A case at one revision.

    Attributes
    ----------
    revision : int
        Counts every change.
    kind : str
        A key of `rtplan.case.KINDS`.
    tables : mapping
        What is stated, as the case file has it.
    beside : mapping
        What no case file says: the title, who works on it, what was found in the courses.
    changed : float
        When, in seconds of the clock.
    """

    revision: int
    kind: str
    tables: Mapping[str, Any]
    beside: Mapping[str, Any] = field(default_factory=dict)
    changed: float = 0.0

    @property
    def text(self) -> str:
        """The case file."""
        return draft_text(self.kind, self.tables)

    @property
    def sha256(self) -> str:
        """Hash of the case file."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def who(self) -> str:
        """Who works on it, as they say."""
        return str(self.beside.get("who", ""))

    def stating(self, **tables: Any) -> Sheet:
        """Return the sheet with some tables stated anew."""
        return replace(self, tables={**self.tables, **tables})

    def noting(self, **beside: Any) -> Sheet:
        """Return the sheet with something noted that no case file says."""
        return replace(self, beside={**self.beside, **beside})


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One line of the trail of who changed what.

    Attributes
    ----------
    number : int
    at : float
        Seconds of the clock.
    who, what : str
    changes : sequence of mapping
        Each line of the case file that went or came.
    case_sha256 : str
        Of the case file after it.
    chain : str
        Hash of this line and of the one before it: a line that is taken out is missed.
    """

    number: int
    at: float
    who: str
    what: str
    changes: Sequence[Mapping[str, str]]
    case_sha256: str
    chain: str


class Casebook:
    """A case in its folder.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    clock : callable
        Seconds; stamps the trail, never a report.
    kind : str
        Of a case that is new.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float], kind: str = "reirradiate") -> None:
        self.folder = private_folder(folder)
        self.objects = ObjectStore(folder / "objects")
        self._clock, self._lock = clock, threading.RLock()
        self._database = open_database(folder / "state.sqlite", _SCHEMA)
        self._database.execute(
            "INSERT INTO sheet VALUES (1, 0, ?, ?, '{}', ?) ON CONFLICT (number) DO NOTHING",
            (kind, draft_text(kind, {}), clock()),
        )

    @property
    def name(self) -> str:
        """What the page calls it: the name of its folder."""
        return self.folder.name

    @property
    def case_file(self) -> Path:
        """The case file as it stands; written at every change."""
        return self.folder / "case.toml"

    def sheet(self) -> Sheet:
        """Return the case as it stands."""
        with self._lock:
            row = self._database.execute("SELECT * FROM sheet").fetchone()
        return _sheet(row)

    def change(
        self, edit: Callable[[Sheet], Sheet], *, what: str, revision: int | None, who: str | None = None
    ) -> Sheet:
        """Change the case: once, and only if it is still what the change was meant for.

        Parameters
        ----------
        edit : callable
            Returns the sheet as it shall be; what it raises leaves everything as it was.
        what : str
            For the trail.
        revision : int or None
            For which the change was meant; None where any will do.
        who : str, optional
            Whose change it is; whoever works on the case without it.

        Raises
        ------
        ChangedMeanwhileError
            The case has another revision: nothing was changed.
        """
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                before = _sheet(self._database.execute("SELECT * FROM sheet").fetchone())
                if revision is not None and revision != before.revision:
                    raise ChangedMeanwhileError(
                        "this case was changed meanwhile, in another tab or by the same form sent twice: "
                        "nothing was changed by this one. Here is the case as it stands now"
                    )
                after = edit(before)
                if (after.text, after.beside) != (before.text, before.beside):
                    after = replace(after, revision=before.revision + 1, changed=self._clock())
                    self._write(before, after, what, after.who if who is None else who)
                self._database.execute("COMMIT")
            except BaseException as fault:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                if isinstance(fault, sqlite3.OperationalError) and "full" in str(fault):
                    raise DiskFullError(
                        "the disk is full: nothing was changed, everything before it is still there; make "
                        "room, then send the form again"
                    ) from None
                raise
            return after

    def note(self, what: str, *, who: str) -> None:
        """Add a line to the trail that changes nothing in the case: computed, signed, exported."""
        with self._lock:
            sheet = self.sheet()
            self._database.execute("BEGIN IMMEDIATE")
            self._trace(sheet, what, who, ())
            self._database.execute("COMMIT")

    def trail(self) -> tuple[Trace, ...]:
        """Return who changed what, the earliest first."""
        with self._lock:
            rows = self._database.execute("SELECT * FROM trace ORDER BY number").fetchall()
        return tuple(Trace(**{**dict(row), "changes": json.loads(row["changes"])}) for row in rows)

    def sign(self, record: Mapping[str, Any]) -> None:
        """Keep a signature; the same one sent twice is one."""
        text = json.dumps(dict(record), sort_keys=True)
        with self._lock:
            self._database.execute(
                "INSERT INTO signature (record) SELECT ? WHERE NOT EXISTS "
                "(SELECT 1 FROM signature WHERE record = ?)",
                (text, text),
            )

    def signatures(self) -> tuple[dict[str, Any], ...]:
        """Return every signature that was ever given, the earliest first, valid or not."""
        with self._lock:
            rows = self._database.execute("SELECT record FROM signature ORDER BY number").fetchall()
        return tuple(json.loads(row["record"]) for row in rows)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database.close()

    def _write(self, before: Sheet, after: Sheet, what: str, who: str) -> None:
        text = after.text
        self._database.execute(
            "UPDATE sheet SET revision = ?, text = ?, beside = ?, changed = ?",
            (after.revision, text, json.dumps(dict(after.beside)), after.changed),
        )
        self._trace(after, what, who, _changes(before.text, text))
        write_whole(self.case_file, text.encode(), overwrite=True)

    def _trace(self, sheet: Sheet, what: str, who: str, changes: Sequence[Mapping[str, str]]) -> None:
        last = self._database.execute("SELECT chain FROM trace ORDER BY number DESC LIMIT 1").fetchone()
        line = [self._clock(), who, what, json.dumps(list(changes)), sheet.sha256]
        chain = hashlib.sha256(json.dumps([last["chain"] if last else "", *line]).encode()).hexdigest()
        self._database.execute(
            "INSERT INTO trace (at, who, what, changes, case_sha256, chain) VALUES (?, ?, ?, ?, ?, ?)",
            (*line, chain),
        )


def _sheet(row: sqlite3.Row) -> Sheet:
    tables = draft_tables(row["text"])
    return Sheet(
        revision=row["revision"],
        kind=row["kind"],
        tables={key: value for key, value in tables.items() if key not in ("schema", "kind")},
        beside=json.loads(row["beside"]),
        changed=row["changed"],
    )


def _changes(before: str, after: str) -> list[dict[str, str]]:
    """Return the lines of the case file that went and that came, each with its table."""
    old, new = _lines(before), _lines(after)
    gone = [{"went": line} for line in old if line not in new]
    return [*gone, *({"came": line} for line in new if line not in old)]


def _lines(text: str) -> list[str]:
    """Return each line with the table that it stands in."""
    found, table = [], ""
    counts: dict[str, int] = {}
    for line in filter(None, text.splitlines()):
        if line.startswith("["):
            table = line.strip("[]")
            counts[table] = counts.get(table, 0) + 1
            continue
        place = f"{table} {counts[table]}" if counts.get(table, 0) > 1 else table
        found.append(f"{place}: {line}" if table else line)
    return found
