"""A case file answered: its document and its pages, as the command line writes them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from rtplan.case import Case, CheckCase, ReirradiationCase, check_beside, protocol_beside, read_case
from rtplan.documents import (
    Document,
    check_answer_document,
    document_body,
    reirradiation_document,
    several_checks_document,
)
from rtplan.errors import RtplanContradictionError, RtplanValueError
from rtplan.plan_check import check_plan, questions_about
from rtplan.record import record_of
from rtplan.reirradiation import Reirradiation, reirradiate
from rtplan.report import Paragraph, Report, Section, check_report, write_reports
from rtplan.work import Desk, Reply

__all__ = ["AnsweredReirradiation", "answer_case", "answered_reirradiation"]

Builder = Callable[[str | None, Sequence[Section]], Report]
"""Makes the report of a date, with further sections."""

_KEPT: Final = "answered"


@dataclass(frozen=True, kw_only=True, eq=False)
class AnsweredReirradiation:
    """A case and its answer, as they stay in the child's memory.

    Attributes
    ----------
    sha256 : str
        Of the case file.
    case : ReirradiationCase
    answer : Reirradiation
    document : Document
    build : Builder
    """

    sha256: str
    case: ReirradiationCase
    answer: Reirradiation
    document: Document
    build: Builder


def answer_case(desk: Desk) -> Reply:
    """Answer a case file and write its reports: its data first, so that they can be shown while it is drawn.

    Parameters
    ----------
    desk : Desk
        ``case``: path of the case file; ``sha256``: what it has to be; ``stand``: of the files that it
        names; ``out``: folder for ``report.html``, ``report.json`` and, where the
        package for it is there, ``report.pdf``; ``date``: the report's date or None; ``signed``: lines about
        who signed, which only a signed report has.
    """
    path, out = Path(desk.arguments["case"]), Path(desk.arguments["out"])
    case = read_case(path)
    build: Builder | None
    if isinstance(case, ReirradiationCase):
        done = answered_reirradiation(desk, path, case)
        document, build = done.document, done.build
    elif isinstance(case, CheckCase):
        document, build = _checked(desk, case)
    else:
        raise RtplanValueError("this kind of case is answered on the page of the calculators or the trials")
    signed: Sequence[str] = desk.arguments.get("signed") or ()
    forms = [".html", ".pdf"] if build is not None else []
    written = [".json", *(form for form in forms if form != ".pdf" or find_spec("typst") is not None)]
    write_reports([out / "report.json"], result=document, build=_no_page, overwrite=True)
    desk.progress("drawing the report")
    write_reports(
        [out / f"report{form}" for form in written],
        result=document,
        build=lambda: _report(build, desk.arguments.get("date"), _signed_sections(signed)),
        overwrite=True,
    )
    return Reply(body={"forms": written, "document": document_body(document)})


def answered_reirradiation(
    desk: Desk, path: Path, case: ReirradiationCase | None = None
) -> AnsweredReirradiation:
    """Return the answer of a case file, from the child's memory where it is the same file."""
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    if desk.arguments.get("sha256", sha256) != sha256:
        raise RtplanContradictionError(
            "the case file on disk is not the one that was asked about: answer it again"
        )
    sha256 += desk.arguments.get("stand", "")
    kept = desk.kept.get(_KEPT)
    if isinstance(kept, AnsweredReirradiation) and kept.sha256 == sha256:
        return kept
    read: Case = read_case(path) if case is None else case
    if not isinstance(read, ReirradiationCase):
        raise RtplanValueError("only a re-irradiation has courses to be looked at together")
    question = read.question(desk.progress)
    beside = check_beside(read, question)
    desk.progress("summing voxel by voxel")
    answer = reirradiate(question)
    document = reirradiation_document(read, answer, beside)

    def build(date: str | None, more: Sequence[Section]) -> Report:
        from rtplan.report.reirradiation import reirradiation_report  # noqa: PLC0415 - matplotlib is heavy

        return reirradiation_report(
            answer,
            inputs=document.inputs,
            warnings=document.warnings,
            date=date,
            check=beside.check,
            screening=beside.screening,
            extra_sections=more,
            record=record_of(read, answer),
        )

    done = AnsweredReirradiation(sha256=sha256, case=read, answer=answer, document=document, build=build)
    desk.kept[_KEPT] = done
    return done


def _checked(desk: Desk, case: CheckCase) -> tuple[Document, Builder | None]:
    """Check one plan or several; a page is of one plan."""
    desk.progress("reading the plans")
    questions = questions_about(case.request, case.choices)
    desk.progress("checking")
    checks = [(question, check_plan(question)) for question in questions]
    if len(checks) > 1:
        return several_checks_document(checks), None
    question, check = checks[0]
    document = check_answer_document(case, question, check, protocol_beside(case))
    return document, lambda date, _: check_report(check, inputs=document.inputs, date=date)


def _no_page() -> Report:
    raise RtplanValueError("only the data are written before the report is drawn")


def _report(build: Builder | None, date: str | None, more: Sequence[Section]) -> Report:
    if build is None:
        raise RtplanValueError("a report page is of one plan")
    return build(date, more)


def _signed_sections(lines: Sequence[str]) -> list[Section]:
    return [Section(title="Signed", blocks=[Paragraph(text=line) for line in lines])] if lines else []
