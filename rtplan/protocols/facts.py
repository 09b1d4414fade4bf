"""What may be known of a patient: the keys of a patient file, their kinds and units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal, get_args

from rtplan.files import shipped_file

__all__ = ["ULN", "Fact", "FactKind", "facts_from_tables", "shared_facts"]

ULN: Final = "ULN"
"""The unit of a value given as a multiple of the laboratory's upper limit of normal."""

FactKind = Literal["date", "yes_no", "number", "quantity", "choice", "event"]

_ALLOWED: Final = frozenset(
    {"kind", "label", "unit", "also", "uln", "choices", "low", "high", "whole", "help"}
)


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One key of a patient file.

    Attributes
    ----------
    key : str
        Section and name, such as ``"laboratory.neutrophils"``.
    kind : str
        `date`, `yes_no`, `number` (its unit is in the key), `quantity` (a value with its unit), `choice`,
        or `event` (something that happened on a day, or never).
    label : str
        In words.
    unit : str
        Empty where there is none.
    also : mapping of str to float
        Other units, with the factor that turns a value into `unit`.
    has_uln : bool
        Whether the value comes with the laboratory's upper limit of normal.
    choices : tuple of str
    low, high : float or None
        Values outside are refused as typing errors, in `unit`.
    is_whole : bool
        Whether only whole numbers make sense.
    help : str
    """

    key: str
    kind: FactKind
    label: str
    unit: str = ""
    also: Mapping[str, float] = field(default_factory=dict)
    has_uln: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    is_whole: bool = False
    help: str = ""

    @property
    def section(self) -> str:
        """The table of the patient file that holds it."""
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        """Its key within the section."""
        return self.key.partition(".")[2]

    @property
    def units(self) -> tuple[str, ...]:
        """The units a value may be typed in."""
        return (self.unit, *self.also, *((ULN,) if self.has_uln else ()))


def facts_from_tables(tables: Any) -> tuple[dict[str, Fact], list[str]]:
    """Read definitions of keys; mistakes are returned, not raised, so that all are seen at once.

    Parameters
    ----------
    tables : mapping
        Key to its definition, as in TOML.

    Returns
    -------
    dict of str to Fact, list of str
        What could be read, and the mistakes.

    Examples
    --------
    >>> found, mistakes = facts_from_tables({"laboratory.ldh": {"kind": "quantity", "label": "LDH"}})
    >>> found, mistakes
    ({}, ["fact 'laboratory.ldh': a quantity needs a unit"])
    """
    if not isinstance(tables, dict):
        return {}, ['facts: tables such as [facts."laboratory.ldh"] are needed']
    found: dict[str, Fact] = {}
    mistakes: list[str] = []
    for key, table in tables.items():
        own = _table_mistakes(key, table)
        mistakes += [f"fact {key!r}: {text}" for text in own]
        if not own:
            found[key] = _fact(key, table)
    return found, mistakes


def _table_mistakes(key: str, table: Any) -> list[str]:
    if not isinstance(table, dict):
        return ["a table with kind and label is needed"]
    section, dot, name = key.partition(".")
    kind = table.get("kind")
    mistakes = [f"unknown entry {entry!r}" for entry in table if entry not in _ALLOWED]
    if not (section and dot and name) or "." in name:
        mistakes.append('the key is written "section.name"')
    if not isinstance(kind, str) or kind not in get_args(FactKind):
        mistakes.append(f"kind {kind!r} is not one of {', '.join(get_args(FactKind))}")
    if not isinstance(table.get("label"), str) or not table["label"].strip():
        mistakes.append("a label is needed")
    if kind == "quantity" and not table.get("unit"):
        mistakes.append("a quantity needs a unit")
    if kind == "choice" and not table.get("choices"):
        mistakes.append("a choice needs choices")
    return [*mistakes, *_type_mistakes(table)]


def _type_mistakes(table: Mapping[str, Any]) -> list[str]:
    mistakes = [
        f"{name}: a text is needed" for name in ("unit", "help") if not isinstance(table.get(name, ""), str)
    ]
    mistakes += [
        f"{name}: true or false is needed"
        for name in ("uln", "whole")
        if not isinstance(table.get(name, False), bool)
    ]
    mistakes += [
        f"{name}: a number is needed" for name in ("low", "high") if not _is_number(table.get(name, 0))
    ]
    also, choices = table.get("also", {}), table.get("choices", [])
    if not isinstance(also, dict) or not all(_is_number(factor) and factor > 0 for factor in also.values()):
        mistakes.append("also: units with the factor that turns them into the unit")
    if not isinstance(choices, list) or not all(isinstance(choice, str) for choice in choices):
        mistakes.append("choices: a list of texts is needed")
    return mistakes


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _fact(key: str, table: Mapping[str, Any]) -> Fact:
    return Fact(
        key=key,
        kind=table["kind"],
        label=table["label"],
        unit=table.get("unit", ""),
        also=dict(table.get("also", {})),
        has_uln=table.get("uln", False),
        choices=tuple(table.get("choices", ())),
        low=table.get("low"),
        high=table.get("high"),
        is_whole=table.get("whole", False),
        help=table.get("help", ""),
    )


@cache
def shared_facts() -> Mapping[str, Fact]:
    """Return the keys that all protocols share.

    Examples
    --------
    >>> shared_facts()["laboratory.platelets"].unit
    '10^9/L'
    """
    found, mistakes = facts_from_tables(shipped_file("rtplan.protocols", "protocol_facts.toml").toml())
    if mistakes:  # the package's own file: a mistake in it is a defect, not an input
        raise AssertionError("; ".join(mistakes))
    return found
