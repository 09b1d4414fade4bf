"""SQLite as it is used here: write-ahead, one writer at a time, nothing lost by a kill."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

__all__ = ["open_database"]


def open_database(path: Path, schema: str) -> sqlite3.Connection:
    """Open a database that only its owner may read, made where it is not there.

    Parameters
    ----------
    path : Path
        In a folder that exists.
    schema : str
        Statements that may run again on a database that has them: ``CREATE TABLE IF NOT EXISTS``.

    Returns
    -------
    sqlite3.Connection
        In autocommit: a change of several statements begins with ``BEGIN IMMEDIATE``; rows by name.
    """
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30.0)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.executescript(schema)
    return connection
