"""``rtplan protocol``: trial protocols, held against a patient and a plan, and laid out in time."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from rtplan.case import ScreenCase
from rtplan.cli.case_options import add_case_flag, save_asked
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.cli.report_files import add_report_flags, check_report_flags, report_date, write_reports
from rtplan.documents import (
    patient_template_document,
    protocol_document,
    protocols_document,
    screening_document,
    timeline_document,
)
from rtplan.interval import parse_date
from rtplan.protocols import (
    Screening,
    ScreeningQuestion,
    TimelineChoices,
    build_timeline,
    load_protocol,
    protocol_ids,
    read_patient_file,
    regimen_sheet,
    screen,
)
from rtplan.report import Report

__all__ = ["add_subparser", "run"]

_STATUS = (
    "Exit status 1 when any criterion is not met, not known or left to a clinician, else 0; neither is a "
    "decision on taking part."
)


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan protocol list | show | template | screen | timeline``."""
    parser = subparsers.add_parser(
        "protocol",
        help="trial protocols against a patient and a plan",
        description="Criterion by criterion: met, not met, unknown, or for a clinician; no overall verdict.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add_json_flag(actions.add_parser("list", help="the protocols, their records and content hashes"))
    for action, summary in (
        ("show", "criteria, regimen sheet, endpoints, conflicts"),
        ("template", "print a patient file to fill in"),
    ):
        one = actions.add_parser(action, help=summary)
        _add_id(one)
        add_json_flag(one)
    _add_screen(actions)
    _add_timeline(actions)
    return parser


def _add_id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "id", metavar="ID", help="a protocol's id or registry number, or a protocol file (.toml)"
    )


def _add_screen(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("screen", help="a patient, criterion by criterion", description=_STATUS)
    _add_id(parser)
    add = parser.add_argument
    add("--patient", required=True, type=Path, metavar="FILE.toml", help="see rtplan protocol template ID")
    add("--plan", type=Path, metavar="FOLDER", help="the new course's DICOM folder")
    add("--plan-label", metavar="LABEL|UID", help="which plan, where the folder holds several")
    add("--prior", action="append", type=Path, metavar="FOLDER", help="an earlier course; repeatable")
    add(
        "--prior-label",
        action="append",
        metavar="LABEL|UID",
        help="which plan of a prior folder that holds several; one for each --prior, in order",
    )
    add(
        "--dates-as-planned",
        action="store_true",
        help="without treatment records: take each plan's own date and one fraction on each weekday",
    )
    add_report_flags(parser)
    add_case_flag(parser)
    add_json_flag(parser)


def _add_timeline(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser(
        "timeline",
        help="dates from a start date, checked for conflicts",
        description="Exit status 1 when dates are in conflict. What the record does not give has no date.",
    )
    _add_id(parser)
    add = parser.add_argument
    add("--start", required=True, metavar="DATE", help="first day of the treatment, YYYY-MM-DD")
    add("--cycle-days", type=int, metavar="N", help="length of a cycle, where the record does not give it")
    for option, text in (
        ("--cycles", "number of cycles of a step, within the record's range"),
        ("--fractions", "number of fractions of a step"),
    ):
        add(option, action="append", default=[], metavar="STEP=N", help=f"{text}; repeatable")
    add("--at", action="append", default=[], metavar="STEP=DATE", help="first day of a step; repeatable")
    add(
        "--break",
        dest="breaks",
        action="append",
        default=[],
        metavar="STEP:K=DAYS",
        help="days without treatment after cycle K of a step, such as for SABR; repeatable",
    )
    add("--prior-ended", metavar="DATE", help="last fraction of the latest earlier course")
    add("--closed", action="append", default=[], metavar="DATE", help="a weekday without radiotherapy")
    add("--picture", type=Path, metavar="FILE.svg", help="write the timeline as a picture")
    add("--overwrite", action="store_true", help="replace a picture of other content")
    add_json_flag(parser)


def run(args: argparse.Namespace) -> CommandResult:
    """Do what the action says."""
    return _ACTIONS[args.action](args)


def _list(_: argparse.Namespace) -> CommandResult:
    return protocols_document([load_protocol(identifier) for identifier in protocol_ids()])


def _show(args: argparse.Namespace) -> CommandResult:
    protocol = load_protocol(args.id)
    return protocol_document(protocol, regimen_sheet(protocol), as_json=args.json)


def _template(args: argparse.Namespace) -> CommandResult:
    return patient_template_document(load_protocol(args.id))


def _screen(args: argparse.Namespace) -> CommandResult:
    case = ScreenCase(
        protocol=args.id,
        patient=args.patient,
        plan=args.plan,
        plan_label=args.plan_label,
        earlier=tuple(args.prior or ()),
        earlier_labels=tuple(args.prior_label or ()),
        dates_as_planned=args.dates_as_planned,
    )
    return answer_case(case, args)


def answer_case(case: ScreenCase, args: argparse.Namespace) -> CommandResult:
    """Hold the protocol against the patient and the plans."""
    check_report_flags(args)
    protocol = load_protocol(case.protocol)
    patient = read_patient_file(case.patient, protocol.facts)
    progress = Progress()
    progress("reading the plans")
    question = ScreeningQuestion.of(protocol, patient, folders=case.folders)
    screening = screen(question)
    progress.done()
    save_asked(args, case)
    result = screening_document(case, question, screening)
    if args.report:
        write_reports(
            args.report,
            result=result,
            build=lambda: _report(screening, result, args).identified(args.identity),
            overwrite=args.overwrite,
        )
    return result


def _report(screening: Screening, result: CommandResult, args: argparse.Namespace) -> Report:
    from rtplan.report import screening_report  # noqa: PLC0415 - drawing is loaded when asked for

    return screening_report(screening, inputs=result.inputs, date=report_date(args))


def _timeline(args: argparse.Namespace) -> CommandResult:
    protocol = load_protocol(args.id)
    choices = TimelineChoices.of_words(
        cycle_days=args.cycle_days,
        cycles=args.cycles,
        fractions=args.fractions,
        at=args.at,
        breaks=args.breaks,
        earlier_ended=args.prior_ended,
        closed=args.closed,
    )
    timeline = build_timeline(protocol, parse_date(args.start), choices)
    if args.picture:
        from rtplan.report import write_timeline_picture  # noqa: PLC0415 - matplotlib is slow to load

        write_timeline_picture(timeline, args.picture, overwrite=args.overwrite)
    return timeline_document(timeline, protocol, as_json=args.json)


_ACTIONS: dict[str, Callable[[argparse.Namespace], CommandResult]] = {
    "list": _list,
    "show": _show,
    "template": _template,
    "screen": _screen,
    "timeline": _timeline,
}
