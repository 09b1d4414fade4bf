"""``rtplan demo``: the main job on a synthetic patient of two courses, with the known answers beside."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dicom_io.phantom import write_phantom
from rtplan.case import save_case
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.cli.report_files import write_reports
from rtplan.courses import Course
from rtplan.documents import check_document, reirradiation_body
from rtplan.errors import RtplanValueError
from rtplan.files import InputRecord
from rtplan.limits import load_constraint_set
from rtplan.plan_check import PlanCheck, check_plan
from rtplan.reirradiation import Reirradiation, inputs_of, reirradiate
from rtplan.report import Cell, Paragraph, Report, Section, Table, number_cell
from rtplan.report.reirradiation import reirradiation_report
from rtplan.selftest import (
    DEMO_CASE,
    DEMO_CONSTRAINTS,
    DEMO_NOTE,
    KnownAnswer,
    demo_case,
    demo_words,
    known_answers,
)
from rtplan.text import columns

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan demo``."""
    parser = subparsers.add_parser(
        "demo",
        help="a re-irradiation report of a synthetic two-course patient",
        description="Write a synthetic patient of two courses, sum them through the registration, report.",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("demo-output"), metavar="DIR", help="folder to write into"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier demo in the folder")
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Write the patient, ask both questions of it, and write the report and its JSON twin."""
    progress = Progress()
    _refuse_occupied(args.out, overwrite=args.overwrite)
    patient: Path = args.out / "patient"
    progress("writing the synthetic patient")
    write_phantom(DEMO_CASE, patient, overwrite=args.overwrite, report=progress)
    progress("reading both courses and summing voxel by voxel")
    case = demo_case(patient)
    question = case.question()
    summed = reirradiate(question)
    progress(f"checking the new plan against {DEMO_CONSTRAINTS}")
    check = _check(question.new)
    answers = known_answers(summed)
    result = CommandResult(
        schema="rtplan.demo/1",
        body={
            "command": shlex.join(["rtplan", "reirradiate", *demo_words(Path("patient"))]),
            "note": DEMO_NOTE,
            "reirradiate": reirradiation_body(summed),
            "check": check_document(check),
            "known_answers": [_answer_row(answer) for answer in answers],
        },
        text=_text(answers, args.out, demo_words(patient)),
        inputs=[
            *inputs_of(question),
            InputRecord(role="constraints", sha256=check.constraint_set.sha256),
        ],
        warnings=summed.warnings,
    )
    save_case(case, args.out / "case.toml", overwrite=args.overwrite)
    progress("drawing the report")
    write_reports(
        [args.out / "report.html", args.out / "report.json"],
        result=result,
        build=lambda: _report(summed, result, check=check, answers=answers),
        overwrite=args.overwrite,
    )
    progress.done()
    return result


def _refuse_occupied(folder: Path, *, overwrite: bool) -> None:
    """Refuse a folder with anything in it, before anything is written."""
    if not overwrite and folder.is_dir() and any(folder.iterdir()):
        raise RtplanValueError(
            f"folder {folder.name!r} is not empty; add --overwrite to replace an earlier demo in it"
        )


def _check(new: Course) -> PlanCheck:
    """Hold the new plan alone against the demo's set."""
    return check_plan(new.phases[0].treatment, load_constraint_set(DEMO_CONSTRAINTS))


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


def _report(
    summed: Reirradiation, result: CommandResult, *, check: PlanCheck, answers: Sequence[KnownAnswer]
) -> Report:
    """Build the page: the answer, the plan check, and the known answers beside the computed ones."""
    rows = [
        [
            Cell(text=answer.organ),
            Cell(text=answer.metric),
            Cell(text=answer.quantity),
            number_cell(answer.computed.value, uncertainty=answer.computed.uncertainty),
            Cell(text=f"{answer.known_gy:.3f}", is_number=True),
            Cell(text="yes" if answer.agrees else "NO", tone="within" if answer.agrees else "exceeds"),
        ]
        for answer in answers
    ]
    headings = [
        "organ",
        "metric",
        "quantity",
        "computed, Gy",
        "closed form, Gy",
        "within the stated half-width",
    ]
    table = Table(caption="Computed and known, for the contours as drawn", columns=headings, rows=rows)
    section = Section(title="Known answers of this phantom", blocks=[Paragraph(text=DEMO_NOTE), table])
    return reirradiation_report(
        summed,
        inputs=result.inputs,
        warnings=[DEMO_NOTE, *result.warnings],
        date=None,
        check=check,
        extra_sections=[section],
    )


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
