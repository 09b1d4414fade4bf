"""What a document says of its question: its hash, and who decided what, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rtplan.case import Case, Question, kind_of, question_sha256

__all__ = ["decision_lines", "question_body"]


def question_body(case: Case, question: Question) -> Mapping[str, Any]:
    """Return what a document says of its question: its kind, its hash, and who decided what."""
    return {
        "question": {
            "kind": kind_of(case),
            "sha256": question_sha256(question),
            "decisions": [
                {"about": d.about, "decided_by": d.decided_by or None, "because": d.because or None}
                for d in case.decisions
            ],
        }
    }


def decision_lines(case: Case) -> list[str]:
    """Return who decided what, and why, for a person."""
    if not case.decisions:
        return []
    lines = ["", "decided:"]
    for decision in case.decisions:
        who = f" by {decision.decided_by}" if decision.decided_by else ""
        why = f": {decision.because}" if decision.because else ""
        lines.append(f"  {decision.about}{who}{why}")
    return lines
