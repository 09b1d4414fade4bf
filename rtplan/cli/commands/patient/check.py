"""``rtplan check``: a plan against published limits."""

from __future__ import annotations

import argparse
from pathlib import Path

from rtplan.case import CheckCase, protocol_beside
from rtplan.cli.arguments import refuse_alone
from rtplan.cli.case_options import add_case_flag, save_asked
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.cli.report_files import add_report_flags, check_report_flags, report_date, write_reports
from rtplan.documents import check_answer_document, several_checks_document
from rtplan.errors import RtplanValueError
from rtplan.limits import Acceptance
from rtplan.plan_check import (
    PlanCheck,
    PlanCheckQuestion,
    PlanCheckRequest,
    PlanChoice,
    RiskMargin,
    check_plan,
    choice_by_hand,
    plan_choices,
    questions_about,
)
from rtplan.report import Report

__all__ = ["add_subparser", "answer_case", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan check``."""
    parser = subparsers.add_parser(
        "check",
        help="a plan against published limits",
        description="Which limits of one constraint set a plan keeps, which it exceeds, and which could not "
        "be judged, and why. Sets: rtplan constraints list. Several folders, or one folder and several "
        "--plan, are put side by side.",
    )
    _add_plan_flags(parser)
    _add_limit_flags(parser)
    _add_beside_flags(parser)
    add_report_flags(parser)
    add_case_flag(parser)
    add_json_flag(parser)
    return parser


def _add_plan_flags(parser: argparse.ArgumentParser) -> None:
    """Which plans."""
    parser.add_argument(
        "folder",
        type=Path,
        nargs="+",
        help="folder (or zip archive) with the plan, structures and dose; several to compare plans",
    )
    parser.add_argument(
        "--plan",
        action="append",
        default=[],
        metavar="LABEL|UID",
        help="which plan, where the folder holds several",
    )
    parser.add_argument(
        "--dose",
        action="append",
        default=[],
        metavar="LABEL|UID",
        help="which dose, where the plan has several",
    )
    parser.add_argument(
        "--structures",
        action="append",
        default=[],
        metavar="LABEL|UID",
        help="which structure set, where several fit",
    )


def _add_limit_flags(parser: argparse.ArgumentParser) -> None:
    """What they are held against."""
    parser.add_argument(
        "--constraints", metavar="SET", help="a set's name, or a file of limits; else the clinic's choice"
    )
    parser.add_argument(
        "--clinic",
        type=Path,
        metavar="FILE",
        help="the clinic's own limits, alpha/beta, names and preferred sets; a template: rtplan constraints "
        "clinic-template",
    )
    parser.add_argument(
        "--organ",
        action="append",
        default=[],
        metavar="NAME=STANDARD",
        help="take this structure for that organ; repeatable",
    )
    parser.add_argument("--names", type=Path, metavar="FILE", help="the clinic's dictionary of names")
    parser.add_argument(
        "--require",
        action="append",
        default=[],
        metavar="ORGAN",
        help="standard name of an organ that must be drawn and judged: exit status 1 where it is not; "
        "repeatable",
    )
    parser.add_argument(
        "--convert-fractions",
        metavar="linear|eqd2:ALPHA_BETA|eqd2:clinic",
        help="derive limits where the set has none for the plan's number of fractions; each is labelled",
    )
    parser.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="ORGAN:METRIC=WHO:WHY",
        help="record a reasoned acceptance beside a verdict; it changes nothing; repeatable",
    )


def _add_beside_flags(parser: argparse.ArgumentParser) -> None:
    """What is asked beside the limits."""
    parser.add_argument(
        "--protocol",
        metavar="ID",
        help="add what a trial protocol asks of regimen, earlier dose, interval and distance",
    )
    parser.add_argument(
        "--patient",
        type=Path,
        metavar="FILE.toml",
        help="what is known of the patient, for --protocol (rtplan protocol template ID)",
    )
    parser.add_argument(
        "--distance-rule",
        action="append",
        default=[],
        metavar="ID",
        help="a published distance rule to apply",
    )
    parser.add_argument(
        "--distance-from", action="append", default=[], metavar="NAME", help="measure from this, not the GTVs"
    )
    parser.add_argument(
        "--prv-margin",
        action="append",
        default=[],
        metavar="MM|ORGAN=MM",
        help="make the spinal cord's (or another organ's) planning risk volume with this margin, check it "
        "and judge limits for it; repeatable",
    )


def run(args: argparse.Namespace) -> CommandResult:
    """Ask what the words state."""
    refuse_alone(args, {"report_date": "report", "identity": "report"})
    return answer_case(_case_of(args), args)


def _case_of(args: argparse.Namespace) -> CheckCase:
    return CheckCase(
        request=_request(args), choices=_choices(args), protocol=args.protocol, patient=args.patient
    )


def answer_case(case: CheckCase, args: argparse.Namespace) -> CommandResult:
    """Check the plan, or several, and return the verdicts as data and text."""
    check_report_flags(args)
    if len(case.choices) > 1:
        return _several(case, args)
    question, check = _checked(case)[0]
    save_asked(args, case)
    answer = check_answer_document(case, question, check, protocol_beside(case))
    if args.report:
        write_reports(
            args.report,
            result=answer,
            build=lambda: _report(answer, check, args).identified(args.identity),
            overwrite=args.overwrite,
        )
    return answer


def _report(answer: CommandResult, check: PlanCheck, args: argparse.Namespace) -> Report:
    """Build the page; drawing is imported only where a page is asked for."""
    from rtplan.report import check_report  # noqa: PLC0415 - what is not asked for is not loaded

    return check_report(check, inputs=answer.inputs, date=report_date(args))


def _several(case: CheckCase, args: argparse.Namespace) -> CommandResult:
    """Check several plans and put them side by side; a page is of one plan."""
    pages = [path.name for path in args.report or () if path.suffix.lower() != ".json"]
    if pages:
        raise RtplanValueError(f"{pages[0]!r}: a report page is of one plan; several go into a .json file")
    answer = several_checks_document(_checked(case))
    save_asked(args, case)
    if args.report:
        write_reports(args.report, result=answer, build=_no_page, overwrite=args.overwrite)
    return answer


def _no_page() -> Report:
    raise RtplanValueError("a report page is of one plan")


def _request(args: argparse.Namespace) -> PlanCheckRequest:
    """What the arguments ask of every plan."""
    return PlanCheckRequest(
        constraints=args.constraints,
        clinic=args.clinic,
        names=args.names,
        by_hand=tuple(choice_by_hand(text) for text in args.organ),
        rules=tuple(args.distance_rule),
        distance_from=tuple(args.distance_from),
        conversion=args.convert_fractions,
        acceptances=tuple(Acceptance.parse(text) for text in args.accept),
        risk_margins=tuple(RiskMargin.parse(text) for text in args.prv_margin),
        required_organs=tuple(args.require),
    )


def _choices(args: argparse.Namespace) -> tuple[PlanChoice, ...]:
    """Which plans the arguments mean."""
    return plan_choices(args.folder, plans=args.plan, doses=args.dose, structures=args.structures)


def _checked(case: CheckCase) -> list[tuple[PlanCheckQuestion, PlanCheck]]:
    """Ask the request of each plan and answer it."""
    progress = Progress()
    progress("reading the folder")
    questions = questions_about(case.request, case.choices)
    progress("checking against " + ", ".join(dict.fromkeys(q.constraint_set.name for q in questions)))
    done = [(question, check_plan(question)) for question in questions]
    progress.done()
    return done
