"""The record: what no object says and the documents of the field ask for, stated field by field.

The fields are those of the case file: one list serves the page, the template and `rtplan record`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from rtplan.case import KINDS
from rtplan.page.casebook import Sheet
from rtplan.page.steps.forms import Form, whole_number

__all__ = ["RecordField", "RecordPart", "record_parts", "state_record"]

_ROOT: Final = "record"


@dataclass(frozen=True, kw_only=True)
class RecordField:
    """One field.

    Attributes
    ----------
    name : str
        Of the field in the form.
    key : str
        Of the case file.
    meaning : str
        What it asks, in the words of the case file.
    value : str
        As it is stated; empty where it is not.
    is_needed : bool
        A row without it says nothing.
    """

    name: str
    key: str
    meaning: str
    value: str
    is_needed: bool


@dataclass(frozen=True, kw_only=True)
class RecordPart:
    """One table of the record.

    Attributes
    ----------
    name : str
        Such as ``"record.patient"``.
    meaning : str
    rows : tuple of tuple of RecordField
        One row; of a list as many as are stated, and a blank one.
    is_list : bool
    """

    name: str
    meaning: str
    rows: tuple[tuple[RecordField, ...], ...]
    is_list: bool


def record_parts(sheet: Sheet) -> list[RecordPart]:
    """Return the parts of the record with what is stated in them.

    Parameters
    ----------
    sheet : Sheet
    """
    parts = []
    for table in KINDS[sheet.kind]:
        if table.name.split(".")[0] != _ROOT:
            continue
        stated = _stated(sheet, table.name)
        rows: Sequence[Mapping[str, Any]] = [*stated, {}] if table.is_list else [stated[0] if stated else {}]
        parts.append(
            RecordPart(
                name=table.name,
                meaning=table.meaning,
                is_list=table.is_list,
                rows=tuple(
                    tuple(
                        RecordField(
                            name=f"{table.name}-{number}-{key.name}",
                            key=key.name,
                            meaning=key.meaning,
                            value=_shown(row.get(key.name)),
                            is_needed=key.is_needed and table.is_list,
                        )
                        for key in table.keys
                    )
                    for number, row in enumerate(rows)
                ),
            )
        )
    return parts


def state_record(sheet: Sheet, form: Form) -> Sheet:
    """Return the sheet as the form of the record states it.

    Raises
    ------
    RtplanValueError
        All mistakes of the form at once.
    """
    record: dict[str, Any] = {}
    for table in KINDS[sheet.kind]:
        if table.name.split(".")[0] != _ROOT:
            continue
        read = {key.name: _READERS[type(_example(key.example))] for key in table.keys}
        rows = [
            {
                key: reader(form, f"{table.name}-{number}-{key}", f"{table.meaning}, {key}")
                for key, reader in read.items()
            }
            for number in range(_n_rows(form, table.name))
        ]
        said = [{key: value for key, value in row.items() if value not in (None, "", [])} for row in rows]
        kept = [row for row in said if row]
        _put(record, table.name, kept if table.is_list else (kept[0] if kept else {}))
    form.refuse_mistakes()
    return sheet.stating(record=record)


def _stated(sheet: Sheet, name: str) -> list[Mapping[str, Any]]:
    found: Any = sheet.tables
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, list):
        return list(found)
    return [found] if isinstance(found, Mapping) else []


def _put(record: dict[str, Any], name: str, value: Any) -> None:
    """Put a table where its dotted name says, below the root."""
    parts = name.split(".")[1:]
    if not parts:
        record.update(value)
        return
    for part in parts[:-1]:
        record = record.setdefault(part, {})
    record[parts[-1]] = value


def _n_rows(form: Form, name: str) -> int:
    places = [whole_number(field.split("-")[1]) for field in form.values if field.startswith(f"{name}-")]
    return 1 + max((place for place in places if place is not None), default=-1)


def _example(text: str) -> Any:
    return tomllib.loads(f"example = {text}")["example"]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _texts(form: Form, name: str, _: str) -> list[str]:
    return [word.strip() for word in form.text(name).split(",") if word.strip()]


_READERS: Final[Mapping[type, Callable[[Form, str, str], Any]]] = MappingProxyType(
    {
        str: lambda form, name, _: form.text(name),
        int: Form.whole,
        float: Form.number,
        date: Form.day,
        list: _texts,
        bool: lambda form, name, _: form.is_ticked(name) or None,
    }
)
"""How a field is read, by the type of its example."""
