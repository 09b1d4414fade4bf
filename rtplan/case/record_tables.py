"""The ``[record]`` part of a case file: its keys, read and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Final, TypeVar

from rtplan.case.record import (
    EarlierCourse,
    FollowUp,
    MethodOfOrgan,
    NotApplicable,
    Patient,
    RecordStatements,
    Review,
    Treatment,
)
from rtplan.case.sheet import CaseSheet
from rtplan.case.tables import CaseTable
from rtplan.sums import RegistrationJudgement

__all__ = ["record_case", "record_tables"]

Part = TypeVar("Part")

_LISTS: Final[Mapping[str, tuple[str, type[Any]]]] = {
    "record.earlier": ("earlier", EarlierCourse),
    "record.method": ("methods", MethodOfOrgan),
    "record.registration": ("registrations", RegistrationJudgement),
    "record.review": ("reviews", Review),
    "record.not_applicable": ("not_applicable", NotApplicable),
}
_PARTS: Final[Mapping[str, tuple[str, type[Any]]]] = {
    "record.patient": ("patient", Patient),
    "record.treatment": ("treatment", Treatment),
    "record.follow_up": ("follow_up", FollowUp),
}
_DAYS: Final = ("judged_on", "on")
_WHOLE: Final = ("prior",)
_NUMBERS: Final = ("ctv_to_ptv_mm",)
_LISTED: Final = ("suitable_for", "unsuitable_for")
_TOP: Final = ("reirradiation_class", "all_courses_known", "registration_because", "uncertainty")
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "record.earlier": ("prior",),
    "record.method": ("organ", "method", "because"),
    "record.registration": ("judged_by", "role", "judged_on", "because"),
    "record.review": ("kind", "by", "on", "found"),
    "record.not_applicable": ("item", "decided_by", "because"),
}


def record_tables(record: RecordStatements) -> dict[str, Any]:
    """Return what a record states as tables of a case file."""
    top = {key: getattr(record, key) for key in _TOP}
    tables: dict[str, Any] = {"record": _stated(top)}
    tables |= {name: _stated(asdict(getattr(record, key))) for name, (key, _) in _PARTS.items()}
    lists = {name: getattr(record, key) for name, (key, _) in _LISTS.items()}
    return tables | {name: [_stated(asdict(one)) for one in rows] for name, rows in lists.items()}


def _stated(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in ("", None, ())}


def record_case(sheet: CaseSheet) -> RecordStatements:
    """Build what a case file states for the record; mistakes are added to the sheet's."""
    lists = {
        key: tuple(part for table in sheet.rows(name) for part in _row(name, table, kind))
        for name, (key, kind) in _LISTS.items()
    }
    parts = {key: made[0] for name, (key, kind) in _PARTS.items() if (made := _part(sheet.table(name), kind))}
    top = sheet.table("record")
    texts = {key: top.text(key) or "" for key in _TOP}
    stated: dict[str, Any] = {**texts, **parts, **lists}
    made = top.made(lambda: RecordStatements(**stated))
    return made[0] if made else RecordStatements()


def _row(name: str, table: CaseTable, kind: type[Part]) -> list[Part]:
    return _part(table, kind) if table.needs(*_NEEDED[name]) else []


def _part(table: CaseTable, kind: type[Part]) -> list[Part]:
    """Build one frozen part from the keys that are there; those that are not are left to its defaults."""
    known = [each.name for each in fields(kind) if each.name in table.values]  # type: ignore[arg-type]  # each Part is a dataclass
    values = {key: _value(table, key) for key in known}
    if any(value is None for value in values.values()):  # its mistake is added already
        return []
    return table.made(lambda: kind(**values))


def _value(table: CaseTable, key: str) -> Any:
    if key in _DAYS:
        return table.day(key)
    if key in _WHOLE:
        return table.whole(key)
    if key in _LISTED:
        return table.texts(key)
    return table.number(key) if key in _NUMBERS else table.text(key)
