"""Jobs that survive a kill: added once, leased, done or refused, tried again where a worker was lost."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from rtplan.errors import RtplanLookupError
from rtplan.work.database import open_database

__all__ = ["Job", "JobQueue", "JobState"]

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    arguments TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    leased_until REAL NOT NULL DEFAULT 0,
    said TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS job_state ON job (state, not_before);
"""


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job.

    Attributes
    ----------
    number : int
    kind : str
        What is to be done, such as ``"answer"``.
    key : str
        The same thing asked again has the same key and is one job.
    arguments : mapping
    state : JobState
    attempts : int
        How often it was begun.
    said : mapping
        The latest that is known of it: progress, a refusal, what it waits for.
    """

    number: int
    kind: str
    key: str
    arguments: Mapping[str, Any]
    state: JobState
    attempts: int
    said: Mapping[str, Any]


class JobQueue:
    """Jobs in an SQLite file; times are seconds of a clock that the caller reads.

    Parameters
    ----------
    path : Path
    lease : float
        Seconds after which a job that nobody finished counts as lost and is taken again.
    pause : float
        Seconds before the second attempt, doubled for each further one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     queue = JobQueue(Path(folder) / "jobs.sqlite", lease=60)
    ...     first = queue.add("answer", "case 1", {"case": 1})
    ...     again = queue.add("answer", "case 1", {"case": 1})
    ...     taken = queue.take(now=0.0)
    ...     queue.finish(taken.number, {"verdict": "within"})
    ...     state = queue.job(first.number).state
    ...     queue.close()
    >>> first.number == again.number, str(state)
    (True, 'done')
    """

    def __init__(self, path: Path, *, lease: float, pause: float = 5.0) -> None:
        self._database = open_database(path, _SCHEMA)
        self._lock = threading.RLock()
        self._lease, self._pause = lease, pause

    def add(
        self,
        kind: str,
        key: str,
        arguments: Mapping[str, Any],
        *,
        state: JobState = JobState.READY,
        not_before: float = 0.0,
    ) -> Job:
        """Add a job; one of the same key stays as it is."""
        with self._lock:
            self._database.execute(
                "INSERT INTO job (kind, key, arguments, state, not_before) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (key) DO NOTHING",
                (kind, key, json.dumps(dict(arguments)), state.value, not_before),
            )
            found = self.by_key(key)
        assert found is not None
        return found

    def take(self, *, now: float, kind: str | None = None) -> Job | None:
        """Lease the oldest job that is ready, or that a lost worker left running; None without any."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                row = self._database.execute(
                    "SELECT number FROM job WHERE (? IS NULL OR kind = ?) AND ((state = 'ready' AND "
                    "not_before <= ?) OR (state = 'running' AND leased_until <= ?)) ORDER BY number LIMIT 1",
                    (kind, kind, now, now),
                ).fetchone()
                if row is not None:
                    self._database.execute(
                        "UPDATE job SET state = 'running', attempts = attempts + 1, leased_until = ? "
                        "WHERE number = ?",
                        (now + self._lease, row["number"]),
                    )
            finally:
                self._database.execute("COMMIT")
            return None if row is None else self.job(row["number"])

    def extend(self, number: int, *, now: float, said: Mapping[str, Any] | None = None) -> None:
        """Lease a running job further, and say how far it is."""
        with self._lock:
            self._database.execute(
                "UPDATE job SET leased_until = ?, said = coalesce(?, said) WHERE number = ? AND "
                "state = 'running'",
                (now + self._lease, None if said is None else json.dumps(dict(said)), number),
            )

    def finish(self, number: int, said: Mapping[str, Any]) -> None:
        """The job is done."""
        self.change(number, JobState.DONE, said=said)

    def refuse(self, number: int, said: Mapping[str, Any]) -> None:
        """The job has no answer as it stands; it is not tried again by itself."""
        self.change(number, JobState.REFUSED, said=said)

    def retry(self, number: int, *, now: float, said: Mapping[str, Any] | None = None) -> None:
        """Try a job again, later after each attempt."""
        wait = self._pause * 2 ** max(self.job(number).attempts - 1, 0)
        self.change(number, JobState.READY, said=said, not_before=now + wait)

    def change(
        self,
        number: int,
        state: JobState,
        *,
        said: Mapping[str, Any] | None = None,
        not_before: float = 0.0,
    ) -> None:
        """Put a job into a state."""
        with self._lock:
            self._database.execute(
                "UPDATE job SET state = ?, not_before = ?, leased_until = 0, said = coalesce(?, said) "
                "WHERE number = ?",
                (state.value, not_before, None if said is None else json.dumps(dict(said)), number),
            )

    def release_all(self) -> int:
        """Make every running job ready again: at a start there is no worker yet that could hold one."""
        with self._lock:
            return self._database.execute(
                "UPDATE job SET state = 'ready', leased_until = 0 WHERE state = 'running'"
            ).rowcount

    def drop(self, number: int) -> None:
        """Forget a job."""
        with self._lock:
            self._database.execute("DELETE FROM job WHERE number = ?", (number,))

    def job(self, number: int) -> Job:
        """Return a job.

        Raises
        ------
        RtplanLookupError
        """
        with self._lock:
            row = self._database.execute("SELECT * FROM job WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise RtplanLookupError(f"no job {number}; it may have been dropped")
        return _job(row)

    def by_key(self, key: str) -> Job | None:
        """Return the job of a key, or None."""
        with self._lock:
            row = self._database.execute("SELECT * FROM job WHERE key = ?", (key,)).fetchone()
        return None if row is None else _job(row)

    def jobs(self, *, state: JobState | None = None) -> tuple[Job, ...]:
        """Return all jobs, the oldest first."""
        wanted = None if state is None else state.value
        with self._lock:
            rows = self._database.execute(
                "SELECT * FROM job WHERE ? IS NULL OR state = ? ORDER BY number", (wanted, wanted)
            ).fetchall()
        return tuple(_job(row) for row in rows)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database.close()


def _job(row: sqlite3.Row) -> Job:
    return Job(
        number=row["number"],
        kind=row["kind"],
        key=row["key"],
        arguments=json.loads(row["arguments"]),
        state=JobState(row["state"]),
        attempts=row["attempts"],
        said=json.loads(row["said"]),
    )
