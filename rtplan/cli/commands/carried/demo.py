"""``rtplan demo``: the main job on a synthetic patient of two courses, with the known answers beside."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dicom_io.dvh import Metric, MetricValue
from dicom_io.phantom import write_phantom
from rtplan.cli.commands.patient import check as check_command
from rtplan.cli.commands.patient import reirradiate as reirradiate_command
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.cli.report_files import write_reports
from rtplan.documents import check_document, reirradiation_body
from rtplan.errors import RtplanValueError
from rtplan.files import InputRecord
from rtplan.plan_check import PlanCheck
from rtplan.reirradiation import Reirradiation
from rtplan.report import Cell, Paragraph, Report, Section, Table, number_cell
from rtplan.report.reirradiation import reirradiation_report
from rtplan.selftest import known_cumulative, known_value
from rtplan.text import columns

__all__ = ["KnownAnswer", "add_subparser", "known_answers", "run"]

CASE: Final = "pelvis-two-courses"
CONSTRAINTS: Final = "timmerman-2021"

QUESTION: Final = (
    "--prior-ended 2023-06-08 --new-starts 2024-02-12 "
    "--tissue Bladder=3 --tissue Rectum=3 --tissue Bag_Bowel=3 "
    "--tissue SacralPlex=3 --tissue CaudaEquina=2 --tissue SpinalCord=2 "
    '--limit "Bladder:D0.03cc[Gy]<=85" --limit "SacralPlex:D0.03cc[Gy]<=70" '
    '--limit "CaudaEquina:D0.03cc[Gy]<=60" --limit "SpinalCord:D0.03cc[Gy]<=50" --fractions 5'
)
"""What the demo asks, as it is typed. The limits are round numbers for showing the report, not advice."""

NOTE: Final = (
    "The patient is synthetic and the cumulative limits are round numbers chosen to show each verdict; "
    "they are nobody's recommendation."
)


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
    """Write the patient, run the two commands on it, and write the report and its JSON twin."""
    progress = Progress()
    _refuse_occupied(args.out, overwrite=args.overwrite)
    patient: Path = args.out / "patient"
    progress("writing the synthetic patient")
    write_phantom(CASE, patient, overwrite=args.overwrite, report=progress)
    words = command_words(patient)
    progress("reading both courses and summing voxel by voxel")
    summed, inputs, warnings = _reirradiate(words)
    progress(f"checking the new plan against {CONSTRAINTS}")
    check, check_inputs = _check(patient)
    answers = known_answers(summed)
    result = CommandResult(
        schema="rtplan.demo/1",
        body={
            "command": shlex.join(["rtplan", "reirradiate", *command_words(Path("patient"))]),
            "note": NOTE,
            "reirradiate": reirradiation_body(summed),
            "check": check_document(check),
            "known_answers": [_answer_row(answer) for answer in answers],
        },
        text=_text(answers, args.out, words),
        inputs=[*inputs, *(i for i in check_inputs if i.role == "constraints")],
        warnings=warnings,
    )
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


def command_words(patient: Path) -> list[str]:
    """Return the words after ``rtplan reirradiate`` that ask the demo's question of a patient's folder."""
    folders = ["--new", patient / "second-course", "--prior", patient / "first-course"]
    registration = ["--registration", patient / "registration.dcm"]
    return [str(word) for word in (*folders, *shlex.split(QUESTION), *registration)]


def _parsed(command: Any, words: Sequence[str]) -> argparse.Namespace:
    """Parse words with a command's own parser, so that the demo does just what the command does."""
    subparsers = argparse.ArgumentParser(prog="rtplan").add_subparsers()
    parser: argparse.ArgumentParser = command.add_subparser(subparsers)
    return parser.parse_args(list(words))


def _reirradiate(words: Sequence[str]) -> tuple[Reirradiation, list[InputRecord], list[str]]:
    """Do what ``rtplan reirradiate`` does and keep the result itself."""
    return reirradiate_command.answer(_parsed(reirradiate_command, words))


def _check(patient: Path) -> tuple[PlanCheck, list[InputRecord]]:
    """Do what ``rtplan check`` does on the new plan alone."""
    words = [str(patient / "second-course"), "--constraints", CONSTRAINTS]
    return check_command.plan_check_of(_parsed(check_command, words))


@dataclass(frozen=True, kw_only=True)
class KnownAnswer:
    """A computed number with its closed form.

    Attributes
    ----------
    organ, metric, quantity : str
    computed : MetricValue
    known_gy : float
        Of the contours as drawn and the dose as sampled.
    """

    organ: str
    metric: str
    quantity: str
    computed: MetricValue
    known_gy: float

    @property
    def error_gy(self) -> float | None:
        """Computed minus known, Gy."""
        return None if self.computed.value is None else self.computed.value - self.known_gy

    @property
    def agrees(self) -> bool | None:
        """Whether the difference is within the stated uncertainty; None where nothing was computed."""
        if self.error_gy is None or self.computed.uncertainty is None:
            return None
        return bool(abs(self.error_gy) <= self.computed.uncertainty)


def known_answers(summed: Reirradiation, *, case: str = CASE) -> list[KnownAnswer]:
    """Return every computed EQD2 of the answer, by course and summed, with its closed form."""
    answers = []
    for row in summed.rows:
        if (
            row.alpha_beta_gy is None or row.voxel_sum.value is None
        ):  # not covered in full: nothing to compare
            continue
        known = known_cumulative(case, row.name, alpha_beta=row.alpha_beta_gy)
        metric = Metric.parse(row.metric)
        computed = [
            (f"EQD2 of the {label}", course.eqd2, distribution)
            for course, (label, distribution) in zip(row.courses, known.eqd2.items(), strict=True)
        ]
        for quantity, value, distribution in [*computed, ("EQD2, voxel sum", row.voxel_sum, known.total)]:
            answers.append(
                KnownAnswer(
                    organ=row.name,
                    metric=row.metric,
                    quantity=quantity,
                    computed=value,
                    known_gy=known_value(distribution, metric),
                )
            )
    return answers


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
    section = Section(title="Known answers of this phantom", blocks=[Paragraph(text=NOTE), table])
    return reirradiation_report(
        summed,
        inputs=result.inputs,
        warnings=[NOTE, *result.warnings],
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
            NOTE,
            "",
            f"patient: {out / 'patient'}",
            f"report:  {out / 'report.html'}  (open it in a browser)",
            f"data:    {out / 'report.json'}",
            "the same by hand:",
            "  " + shlex.join(["rtplan", "reirradiate", *words]),
        ]
    )
