"""A check of plans: which plans of what was dropped, and the set that they are held against."""

from __future__ import annotations

from typing import Any

from rtplan.errors import RtplanValueError
from rtplan.page.casebook import Sheet
from rtplan.page.steps.courses import Card, cards_of
from rtplan.page.steps.forms import Form

__all__ = ["state_check"]


def state_check(sheet: Sheet, form: Form) -> Sheet:
    """Return the sheet as the form of a check states it.

    Raises
    ------
    RtplanValueError
        Neither a set nor a clinic's file says what the plans are held against.
    """
    constraints = form.text("constraints")
    if not constraints and not sheet.tables.get("clinic"):
        raise RtplanValueError("against what? Choose a set of limits")
    chosen = {card.id: form.text(f"plan-{card.id}") for card in cards_of(sheet)}
    rows = [_row(card, chosen[card.id] or card.plan) for card in cards_of(sheet) if card.has_dose]
    return sheet.stating(constraints=constraints, plan=rows).noting(
        title=form.text("title"), who=form.text("who")
    )


def _row(card: Card, plan: str | None) -> dict[str, Any]:
    return {"folder": card.source, "plan": plan}
