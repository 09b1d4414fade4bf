"""``--save-case FILE``: the question that the words ask, as a file that asks it again."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rtplan.case import Case, Question, kind_of, question_sha256, save_case
from rtplan.errors import RtplanValueError

__all__ = ["add_case_flag", "decision_lines", "question_body", "save_asked"]


def add_case_flag(parser: argparse.ArgumentParser) -> None:
    """Add ``--save-case``."""
    parser.add_argument(
        "--save-case",
        type=Path,
        metavar="FILE.toml",
        help="also write the question as a case file: rtplan case run FILE asks it again",
    )


def save_asked(args: argparse.Namespace, case: Case) -> None:
    """Write the case file that was asked for."""
    path: Path | None = getattr(args, "save_case", None)
    if path is None:
        return
    if path.suffix.lower() != ".toml":
        raise RtplanValueError(f"--save-case {path.name!r}: a case file ends in .toml")
    save_case(case, path, overwrite=getattr(args, "overwrite", False))


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
