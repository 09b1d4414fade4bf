"""One case file, opened: its tables with their known keys, and where it stands."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

from rtplan.case.keys import KINDS
from rtplan.case.tables import CaseTable
from rtplan.files import Mistakes, unknown_keys

__all__ = ["CaseSheet", "relative"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CaseSheet:
    """The tables of one case file.

    Attributes
    ----------
    kind : str
        A key of `KINDS`.
    values : mapping
        As TOML has them.
    mistakes : Mistakes
    folder : Path
        Where the file stands.
    """

    kind: str
    values: Mapping[str, Any]
    mistakes: Mistakes
    folder: Path

    def table(self, name: str) -> CaseTable:
        """Return one table; an empty one where it is not there. An empty name is the top of the file."""
        value = self.values if not name else self._at(name, {})
        return self._read(name, value if isinstance(value, dict) else {})

    def rows(self, name: str) -> list[CaseTable]:
        """Return the tables of a list, in order."""
        value = self._at(name, [])
        rows = value if isinstance(value, list) else []
        return [
            self._read(f"{name} {number}", row)
            for number, row in enumerate(rows, start=1)
            if isinstance(row, dict)
        ]

    def refuse_unknown(self) -> None:
        """Add every table and key that this kind of case does not have, with the near name."""
        tables = {table.name: table for table in KINDS[self.kind]}
        top = tables.get("")
        outer = [name for name in tables if name and "." not in name]
        allowed = [*(top.key_names if top else ()), *outer, "schema", "kind"]
        self.mistakes.add(*unknown_keys(self.values, allowed))
        for name, table in tables.items():
            inner = [other.rpartition(".")[2] for other in tables if other.rpartition(".")[0] == name != ""]
            if name and (value := self._at(name, None)) is not None:
                self._check(name, value, is_list=table.is_list, known=[*table.key_names, *inner])

    def _at(self, name: str, absent: Any) -> Any:
        """Return the value of a table by its name, such as ``"record.patient"``."""
        found: Any = self.values
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return absent if found is None else found

    def _check(self, name: str, value: Any, *, is_list: bool, known: Sequence[str]) -> None:
        shape = list if is_list else dict
        if not isinstance(value, shape) or (is_list and not all(isinstance(row, dict) for row in value)):
            self.mistakes.add(f"{name}: written as {f'[[{name}]]' if is_list else f'[{name}]'}")
            return
        rows = value if isinstance(value, list) else [value]
        for number, row in enumerate(rows, start=1):
            place = f"{name} {number}" if is_list else name
            self.mistakes.add(*(f"{place}: {words}" for words in unknown_keys(row, known)))

    def _read(self, place: str, values: Mapping[str, Any]) -> CaseTable:
        return CaseTable(place=place, values=values, mistakes=self.mistakes, folder=self.folder)


@overload
def relative(path: Path, folder: Path) -> str: ...
@overload
def relative(path: None, folder: Path) -> None: ...
def relative(path: Path | None, folder: Path) -> str | None:
    """Return a path as a file in a folder writes it, with forward slashes; None stays None."""
    if path is None:
        return None
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive, on Windows
        return path.resolve().as_posix()
