"""Which organ a structure stands for.

By TG-263 and a clinic's dictionary, with the evidence for each match.
"""

from __future__ import annotations

from rtplan.names.assignment import Assigned, Assignment, assign, match_name, standing_for
from rtplan.names.dictionary import DICTIONARY_COLUMNS, NameDictionary, joined_names, row_mistakes
from rtplan.names.standard import (
    Evidence,
    contradicts_side,
    near_names,
    split_side,
    structure_names,
)
from rtplan.names.targets import Target, drawn_targets, target_of, target_questions

__all__ = [
    "DICTIONARY_COLUMNS",
    "Assigned",
    "Assignment",
    "Evidence",
    "NameDictionary",
    "Target",
    "assign",
    "contradicts_side",
    "drawn_targets",
    "joined_names",
    "match_name",
    "near_names",
    "row_mistakes",
    "split_side",
    "standing_for",
    "structure_names",
    "target_of",
    "target_questions",
]
