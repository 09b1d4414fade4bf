"""The document of the demo: both answers, and every computed number beside its closed form."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rtplan.documents.document import Document
from rtplan.documents.plan_check import check_document
from rtplan.documents.reirradiation import reirradiation_body
from rtplan.files import InputRecord
from rtplan.plan_check import PlanCheck
from rtplan.reirradiation import Reirradiation, inputs_of
from rtplan.selftest import DEMO_NOTE, KnownAnswer, demo_words, known_answers
from rtplan.text import columns

__all__ = ["demo_document"]


def demo_document(summed: Reirradiation, check: PlanCheck, *, out: Path) -> Document:
    """Return the demo's answers as data and text.

    Parameters
    ----------
    summed : Reirradiation
    check : PlanCheck
        Of the new plan alone.
    out : Path
        Where the patient and the report were written.
    """
    answers = known_answers(summed)
    return Document(
        schema="rtplan.demo/1",
        body={
            "command": shlex.join(["rtplan", "reirradiate", *demo_words(Path("patient"))]),
            "note": DEMO_NOTE,
            "reirradiate": reirradiation_body(summed),
            "check": check_document(check),
            "known_answers": [_answer_row(answer) for answer in answers],
        },
        text=_text(answers, out, demo_words(out / "patient")),
        inputs=[
            *inputs_of(summed.question),
            InputRecord(role="constraints", sha256=check.constraint_set.sha256),
        ],
        warnings=summed.warnings,
    )


def _answer_row(answer: KnownAnswer) -> dict[str, Any]:
    return {
        "organ": answer.organ,
        "metric": answer.metric,
        "quantity": answer.quantity,
        "computed_gy": answer.computed.value,
        "uncertainty_gy": answer.computed.uncertainty,
        "known_gy": answer.known_gy,
        "agrees": answer.agrees,
    }


def _text(answers: Sequence[KnownAnswer], out: Path, words: Sequence[str]) -> str:
    """Return the table of computed and known numbers, and where the report is."""
    header = ["organ", "metric", "quantity", "computed Gy", "+/-", "closed form Gy", "agrees"]
    rows = [
        [
            answer.organ,
            answer.metric,
            answer.quantity,
            f"{answer.computed.value:.3f}",
            f"{answer.computed.uncertainty:.3f}",
            f"{answer.known_gy:.3f}",
            "yes" if answer.agrees else "NO",
        ]
        for answer in answers
    ]
    agreeing = sum(answer.agrees is True for answer in answers)
    return "\n".join(
        [
            *columns([header, *rows]),
            "",
            f"{agreeing} of {len(answers)} numbers agree with their closed form within their half-width.",
            DEMO_NOTE,
            "",
            f"patient: {out / 'patient'}",
            f"report:  {out / 'report.html'}  (open it in a browser)",
            f"data:    {out / 'report.json'}",
            f"case:    {out / 'case.toml'}  (the question: rtplan case show, rtplan case run)",
            "the same by hand:",
            "  " + shlex.join(["rtplan", "reirradiate", *words]),
        ]
    )
