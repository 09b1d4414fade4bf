"""Proof on the user's machine: published examples, closed forms and planted errors."""

from __future__ import annotations

from rtplan.selftest.demo import (
    DEMO_CASE,
    DEMO_CONSTRAINTS,
    DEMO_NOTE,
    KnownAnswer,
    demo_case,
    demo_check,
    demo_question,
    demo_words,
    known_answers,
    refuse_occupied,
)
from rtplan.selftest.known_answers import KnownCumulative, known_cumulative, known_value
from rtplan.selftest.seeded_errors import Replay, replay_seeded_errors

__all__ = [
    "DEMO_CASE",
    "DEMO_CONSTRAINTS",
    "DEMO_NOTE",
    "KnownAnswer",
    "KnownCumulative",
    "Replay",
    "demo_case",
    "demo_check",
    "demo_question",
    "demo_words",
    "known_answers",
    "known_cumulative",
    "known_value",
    "refuse_occupied",
    "replay_seeded_errors",
]
