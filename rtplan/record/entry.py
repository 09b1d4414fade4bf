"""What is known of one item: there, missing, or it does not apply; with the words for each form."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rtplan.case import ReirradiationCase
from rtplan.errors import RtplanValueError
from rtplan.record.items import RecordItem
from rtplan.reirradiation import Reirradiation
from rtplan.text import Cell, Column, Tone

__all__ = ["ENTRY_COLUMNS", "Basis", "Entry", "Finding", "State", "absent", "idle", "known"]


class State(StrEnum):
    """What is known of an item."""

    THERE = "there"
    MISSING = "missing"
    NOT_APPLICABLE = "does not apply"


@dataclass(frozen=True, kw_only=True, eq=False)
class Basis:
    """What an item is filled from.

    Attributes
    ----------
    case : ReirradiationCase
    answer : Reirradiation
    """

    case: ReirradiationCase
    answer: Reirradiation

    def because(self, about: str) -> str:
        """Return the reason of a decision of the case; empty where none is stated."""
        return "; ".join(one.because for one in self.case.decisions if one.about == about and one.because)

    def decided_by(self, about: str) -> str:
        """Return who made a decision of the case; empty where nobody is stated."""
        return "; ".join(
            one.decided_by for one in self.case.decisions if one.about == about and one.decided_by
        )


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one rule found of one item.

    Attributes
    ----------
    state : State
    text : str
        The value where it is there, else the reason.
    """

    state: State
    text: str

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise RtplanValueError(f"{self.state.value}: the value, or the reason, is needed")


def known(text: str) -> Finding:
    """Return that an item is there."""
    return Finding(state=State.THERE, text=text)


def absent(reason: str) -> Finding:
    """Return that an item is missing, and what of it."""
    return Finding(state=State.MISSING, text=reason)


def idle(reason: str) -> Finding:
    """Return that an item does not apply, and by which rule or whose word."""
    return Finding(state=State.NOT_APPLICABLE, text=reason)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a record.

    Attributes
    ----------
    item : RecordItem
    state : State
    text : str
        What is recorded where it is there; else why it is missing or does not apply.
    """

    item: RecordItem
    state: State
    text: str

    @property
    def value(self) -> str | None:
        """What is recorded; None where it is not there."""
        return self.text if self.state is State.THERE else None

    @property
    def reason(self) -> str | None:
        """Why it is missing or does not apply; None where it is there."""
        return None if self.state is State.THERE else self.text


_TONES: Final[dict[State, Tone]] = {
    State.THERE: "plain",
    State.MISSING: "not_evaluable",
    State.NOT_APPLICABLE: "plain",
}

ENTRY_COLUMNS: Final[tuple[Column[Entry], ...]] = (
    Column(key="id", heading="id", read=lambda entry: entry.item.id),
    Column(key="document", read=lambda entry: entry.item.document),
    Column(key="doi", read=lambda entry: entry.item.doi or None),
    Column(key="year", read=lambda entry: int(entry.item.year)),
    Column(key="item", heading="item", read=lambda entry: entry.item.text),
    Column(
        key="state",
        heading="state",
        read=lambda entry: entry.state.value,
        show=lambda entry: Cell(text=entry.state.value, tone=_TONES[entry.state]),
    ),
    Column(key="value", read=lambda entry: entry.value),
    Column(key="reason", read=lambda entry: entry.reason),
    Column(key="", heading="what is recorded, or why it is not", read=lambda entry: entry.text),
    Column(key="case_fields", read=lambda entry: list(entry.item.case_fields)),
    Column(key="answer_field", read=lambda entry: entry.item.answer_field or None),
    Column(key="verification", read=lambda entry: entry.item.verification),
)
"""One item of the record, for every form."""
