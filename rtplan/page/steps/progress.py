"""How far a case is: each step with what it still lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from rtplan.page.casebook import Sheet
from rtplan.page.steps.courses import courses_open
from rtplan.page.steps.limits import limits_open
from rtplan.page.steps.organs import organs_open
from rtplan.page.steps.registration import registration_open

__all__ = ["STEPS", "Open", "StepState", "step_states"]

Open = tuple[str, dict[str, Any]]
"""Something that is missing: a key of the catalogue, and what it names."""

STEPS: Final = ("courses", "organs", "limits", "registration", "answer")

_OPEN: Final[Mapping[str, Callable[[Sheet], list[Open]]]] = MappingProxyType(
    {
        "courses": courses_open,
        "organs": organs_open,
        "limits": limits_open,
        "registration": registration_open,
    }
)


@dataclass(frozen=True, kw_only=True)
class StepState:
    """One step.

    Attributes
    ----------
    name : str
        One of `STEPS`.
    open : tuple of Open
        What it still lacks; empty where it is done.
    """

    name: str
    open: tuple[Open, ...]

    @property
    def is_done(self) -> bool:
        """Whether nothing is missing."""
        return not self.open


def step_states(sheet: Sheet) -> tuple[StepState, ...]:
    """Return the state of each step that a person fills in; the answer lacks what they lack."""
    states = [StepState(name=name, open=tuple(find(sheet))) for name, find in _OPEN.items()]
    lacking = tuple(each for state in states for each in state.open)
    return (*states, StepState(name="answer", open=lacking))
