"""Who decided what, and why: what a record has to say and no object does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rtplan.case.tables import CaseTable
from rtplan.errors import RtplanValueError

__all__ = ["Decision", "decision_at", "who_and_why"]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision of a person.

    Attributes
    ----------
    about : str
        What was decided, such as a limit, ``"recovery"``, ``"registration"`` or ``"method"``.
    decided_by : str
        Empty where only the reason is stated.
    because : str
        Empty where only the person is stated.
    """

    about: str
    decided_by: str = ""
    because: str = ""

    def __post_init__(self) -> None:
        if not (self.decided_by.strip() or self.because.strip()):
            raise RtplanValueError(f"{self.about}: a decision says who made it (decided_by) or why (because)")


def decision_at(table: CaseTable, about: str) -> tuple[Decision, ...]:
    """Return the decision that a table of a case file carries; none where it says neither who nor why."""
    who, why = table.text("decided_by") or "", table.text("because") or ""
    return (Decision(about=about, decided_by=who, because=why),) if who or why else ()


def who_and_why(decisions: Iterable[Decision], about: str) -> dict[str, str]:
    """Return the keys of a table that carry the decision about something."""
    for decision in decisions:
        if decision.about == about:
            keys = {"decided_by": decision.decided_by, "because": decision.because}
            return {key: text for key, text in keys.items() if text}
    return {}
