"""Proof on the user's machine: published examples, closed forms and planted errors."""

from __future__ import annotations

from rtplan.selftest.known_answers import KnownCumulative, known_cumulative, known_value
from rtplan.selftest.seeded_errors import Replay, replay_seeded_errors

__all__ = [
    "KnownCumulative",
    "Replay",
    "known_cumulative",
    "known_value",
    "replay_seeded_errors",
]
