"""Tables of a case file: read key by key with every mistake collected, and written as TOML."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from rtplan.alpha_beta import UnusualAlphaBeta, is_alpha_beta_value, parse_alpha_beta
from rtplan.case.keys import Table
from rtplan.files import Mistakes

__all__ = ["CaseTable", "Tables", "toml_text"]

Made = TypeVar("Made")

Tables = Mapping[str, Any]
"""A case as TOML has it: keys at the top, tables and lists of tables by name."""


@dataclass(frozen=True, kw_only=True)
class CaseTable:
    """One table of a case file, read key by key.

    Attributes
    ----------
    place : str
        Such as ``"prior 2"``; empty at the top of the file.
    values : mapping
    mistakes : Mistakes
        What is wrong is added here; the key then reads as if it were not there.
    folder : Path
        Where the file stands: its paths are relative to it.
    """

    place: str
    values: Mapping[str, Any]
    mistakes: Mistakes
    folder: Path

    def __bool__(self) -> bool:
        return bool(self.values)

    def text(self, key: str) -> str | None:
        """Return a text that is not empty."""
        value = self.values.get(key)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self._wrong(key, "a text")
        return None

    def number(self, key: str) -> float | None:
        """Return a finite number."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self._wrong(key, "a number")
            return None
        return float(value)

    def alpha_beta(self, key: str, *, unusual: bool = False) -> float | None:
        """Return an alpha/beta: a number, or such as ``"30 unusual"`` where one above 25 Gy is meant."""
        value = self.values.get(key)
        if value is None or not is_alpha_beta_value(value):
            return self.number(key)
        meant = UnusualAlphaBeta(value) if unusual and not isinstance(value, str) else value
        read = self.made(lambda: parse_alpha_beta(meant, key))
        return read[0] if read else None

    def alpha_betas(self, key: str) -> tuple[float, ...]:
        """Return a list of alpha/beta, each as `alpha_beta` reads one."""
        values = self.values.get(key, [])
        if not isinstance(values, list) or not all(map(is_alpha_beta_value, values)):
            self._wrong(key, "a list of numbers")
            return ()
        read = self.made(lambda: tuple(parse_alpha_beta(value, key) for value in values))
        return read[0] if read else ()

    def whole(self, key: str) -> int | None:
        """Return a whole number."""
        value = self.values.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self._wrong(key, "a whole number")
        return None

    def flag(self, key: str) -> bool:
        """Return true or false; false where the key is not there."""
        value = self.values.get(key, False)
        if isinstance(value, bool):
            return value
        self._wrong(key, "true or false")
        return False

    def day(self, key: str) -> date | None:
        """Return a date."""
        value = self.values.get(key)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self._wrong(key, "a date such as 2024-02-12, without quotes")
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; empty where the key is not there."""
        return self._listed(key, str, "a list of texts")

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a list of numbers."""
        return tuple(float(value) for value in self._listed(key, int | float, "a list of numbers"))

    def wholes(self, key: str) -> tuple[int, ...]:
        """Return a list of whole numbers."""
        return self._listed(key, int, "a list of whole numbers")

    def path(self, key: str) -> Path | None:
        """Return a path, from where the file stands."""
        text = self.text(key)
        return None if text is None else from_file(self.folder, text)

    def paths(self, key: str) -> tuple[Path, ...]:
        """Return a list of paths."""
        return tuple(from_file(self.folder, text) for text in self.texts(key))

    def needs(self, *keys: str) -> bool:
        """Whether all of these keys are there; each that is missing is a mistake."""
        missing = [key for key in keys if self.values.get(key) is None]
        self.mistakes.add(*(f"{self._at(key)} is missing" for key in missing))
        return not missing

    def made(self, make: Callable[[], Made]) -> list[Made]:
        """Return what a maker gives; where it refuses, the refusal is a mistake and the list is empty."""
        built: list[Made] = []
        with self.mistakes.at(self.place or "the question"):
            built.append(make())
        return built

    def _listed(self, key: str, kind: Any, what: str) -> tuple[Any, ...]:
        values = self.values.get(key, [])
        sound = isinstance(values, list) and all(
            isinstance(value, kind) and not isinstance(value, bool) for value in values
        )
        if not sound:
            self._wrong(key, what)
            return ()
        return tuple(values)

    def _at(self, key: str) -> str:
        return f"{self.place}: {key}" if self.place else key

    def _wrong(self, key: str, what: str) -> None:
        self.mistakes.add(f"{self._at(key)} {self.values[key]!r}: {what} is needed")


def from_file(folder: Path, text: str) -> Path:
    """Return a path that is written relative to a file's folder."""
    return Path(text) if Path(text).is_absolute() or folder == Path() else folder / text


def toml_text(tables: Tables, kinds: Sequence[Table]) -> str:
    """Write tables as TOML, in the order of their keys; what is not stated is left out.

    Parameters
    ----------
    tables : mapping
    kinds : sequence of Table
        The tables that there may be, in the order in which they are written.
    """
    lines: list[str] = []
    for table in kinds:
        value: Any = tables.get(table.name, []) if table.name else tables
        for row in value if table.is_list else [value] if value else []:
            heading = f"[[{table.name}]]" if table.is_list else f"[{table.name}]"
            lines += ["", heading] if table.name else []
            lines += [
                f"{key} = {_literal(row[key])}"
                for key in table.key_names
                if row.get(key) not in (None, (), [])
            ]
    return "\n".join(lines) + "\n"


def _literal(value: Any) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, UnusualAlphaBeta):
        return f'"{float(value)!r} unusual"'
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
