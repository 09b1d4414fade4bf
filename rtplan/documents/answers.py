"""Whole documents of a case's answer, with its question and what stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rtplan.case import CheckBeside, CheckCase, ReirradiationCase, SumCase
from rtplan.documents.document import Document
from rtplan.documents.plan_check import check_document
from rtplan.documents.plan_check_text import check_text
from rtplan.documents.plan_comparison import comparison_rows, comparison_text
from rtplan.documents.point_sum import point_sum_body, point_sum_text
from rtplan.documents.protocols import screening_body, screening_text
from rtplan.documents.question import decision_lines, question_body
from rtplan.documents.reirradiation import reirradiation_body
from rtplan.documents.reirradiation_tables import reirradiation_text
from rtplan.files import InputRecord, input_of_file, inputs_of_text
from rtplan.plan_check import (
    PlanCheck,
    PlanCheckQuestion,
    PlanComparison,
    compare_plans,
)
from rtplan.protocols import protocol_rows, protocol_text_lines
from rtplan.record import Record, record_lines, record_of
from rtplan.regimens import PointSum
from rtplan.reirradiation import Reirradiation, inputs_of

__all__ = [
    "check_answer_document",
    "record_body",
    "record_document",
    "reirradiation_document",
    "several_checks_document",
    "sum_document",
]


def reirradiation_document(
    case: ReirradiationCase, answer: Reirradiation, beside: CheckBeside, *, exported: Sequence[str] = ()
) -> Document:
    """Return the document of a re-irradiation's case.

    Parameters
    ----------
    case : ReirradiationCase
    answer : Reirradiation
    beside : CheckBeside
        What was asked of the new plan alone.
    exported : sequence of str
        What was written for other systems, in words.
    """
    record = record_of(case, answer)
    body = {
        **question_body(case, answer.question),
        **reirradiation_body(answer),
        "exported": list(exported),
        "record": record_body(record),
    }
    text = [reirradiation_text(answer), *decision_lines(case), *_record_line(record), *exported]
    text += _beside_lines(beside)
    return Document(
        schema="rtplan.reirradiate/1",
        body={**body, **_beside_body(beside)},
        text="\n".join(text),
        inputs=list(dict.fromkeys([*_inputs(case, answer), *beside.inputs])),
        warnings=list(dict.fromkeys([*answer.warnings, *beside.warnings])),
        limit_failed=answer.limit_failed or beside.limit_failed,
    )


def _record_line(record: Record) -> list[str]:
    open_items = len(record.missing)
    if not open_items:
        return []
    return ["", f"record: {open_items} of {len(record.entries)} items are missing (rtplan record lists them)"]


def record_body(record: Record) -> dict[str, Any]:
    """Return a record as the part of a document: whether it is complete, how many items, and each of them."""
    return {"complete": record.is_complete, "counts": record.counts, "items": record.records()}


def record_document(case: ReirradiationCase, answer: Reirradiation, record: Record) -> Document:
    """Return the document of a record; an item that is missing makes exit status 1.

    Parameters
    ----------
    case : ReirradiationCase
    answer : Reirradiation
    record : Record
    """
    return Document(
        schema="rtplan.record/1",
        body={**question_body(case, answer.question), **record_body(record)},
        text="\n".join(record_lines(record)),
        inputs=_inputs(case, answer),
        warnings=answer.warnings,
        limit_failed=not record.is_complete,
    )


def _inputs(case: ReirradiationCase, answer: Reirradiation) -> list[InputRecord]:
    """List every input that a number rests on."""
    files = {"tissue file": case.tissue_file, "limit file": case.limit_file}
    return [
        *inputs_of(answer.question),
        *(input_of_file(path, role=role) for role, path in files.items() if path is not None),
    ]


def _beside_body(beside: CheckBeside) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if beside.check is not None:
        body["check"] = check_document(beside.check)
    if beside.screening is not None:
        body["screening"] = screening_body(beside.screening)
    return body


def _beside_lines(beside: CheckBeside) -> list[str]:
    lines: list[str] = []
    if beside.check is not None:
        lines += ["", "the new plan alone:", check_text(beside.check)]
    if beside.screening is not None:
        lines += ["", screening_text(beside.screening)]
    return lines


def check_answer_document(
    case: CheckCase, question: PlanCheckQuestion, check: PlanCheck, beside: CheckBeside
) -> Document:
    """Return the document of one plan's check, with the rows of a trial protocol beside its verdicts."""
    body, text, screening = check_document(check), [check_text(check)], beside.screening
    if screening is not None:
        body["verdicts"] += protocol_rows(screening)
        text += protocol_text_lines(screening)
    return Document(
        schema="rtplan.check/1",
        body={**question_body(case, question), **body},
        text="\n".join([*text, *decision_lines(case)]),
        inputs=list(dict.fromkeys([*question.inputs, *beside.inputs])),
        warnings=list(dict.fromkeys([*check.findings, *beside.warnings])),
        limit_failed=not check.all_within or beside.limit_failed,
    )


def sum_document(case: SumCase, answer: PointSum) -> Document:
    """Return the document of a typed sum's case."""
    return Document(
        schema="rtplan.sum/1",
        body={**question_body(case, case.question), **point_sum_body(answer)},
        text="\n".join([point_sum_text(answer), *decision_lines(case)]),
        inputs=inputs_of_text(case.question.courses, role="course"),
        warnings=answer.notes,
        limit_failed=answer.limit_failed,
    )


def several_checks_document(checked: Sequence[tuple[PlanCheckQuestion, PlanCheck]]) -> Document:
    """Return the document of several plans side by side."""
    comparison = compare_plans([check for _, check in checked])
    plans = [
        {
            "column": label,
            **check_document(check),
            "warnings": list(check.findings),
            "inputs": [i.as_json() for i in question.inputs],
        }
        for label, (question, check) in zip(comparison.labels, checked, strict=True)
    ]
    return Document(
        schema="rtplan.check.several/1",
        body={"comparison": comparison_rows(comparison), "plans": plans},
        text=comparison_text(comparison),
        inputs=list(dict.fromkeys(i for question, _ in checked for i in question.inputs)),
        warnings=_labelled_findings(comparison),
        limit_failed=not comparison.all_within,
    )


def _labelled_findings(comparison: PlanComparison) -> list[str]:
    """Return findings with the plans that they are about."""
    about: dict[str, list[str]] = {}
    for label, check in zip(comparison.labels, comparison.checks, strict=True):
        for finding in check.findings:
            about.setdefault(finding, []).append(label)
    return [f"{', '.join(labels)}: {finding}" for finding, labels in about.items()]
