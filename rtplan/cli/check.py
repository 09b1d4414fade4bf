"""``rtplan check``: a plan against published limits."""

from __future__ import annotations

import argparse
from pathlib import Path

from dicom_io import load_study
from rtplan.acceptance import Acceptance
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.cli.report_files import add_report_flags, check_report_flags, report_date, write_reports
from rtplan.constraint import load_constraint_set
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.fraction_conversion import FractionConversion
from rtplan.names import NameDictionary
from rtplan.plan_check import PlanCheck, check_plan
from rtplan.plan_check_document import check_document, check_text
from rtplan.provenance import InputRecord, input_of_file
from rtplan.report.model import Report
from rtplan.risk_volume import RiskMargin
from rtplan.target_distance import DistanceRule, distance_rules

__all__ = ["add_subparser", "plan_check_of", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan check``."""
    parser = subparsers.add_parser(
        "check",
        help="a plan against published limits",
        description="Which limits of one constraint set a plan keeps, which it exceeds, and which could not "
        "be judged, and why. Sets: rtplan constraints list.",
    )
    parser.add_argument(
        "folder", type=Path, help="folder (or zip archive) with the plan, structures and dose"
    )
    parser.add_argument(
        "--constraints", required=True, metavar="SET", help="a set's name, or a clinic's file"
    )
    parser.add_argument(
        "--organ",
        action="append",
        default=[],
        metavar="NAME=STANDARD",
        help="take this structure for that organ; repeatable",
    )
    parser.add_argument("--names", type=Path, metavar="FILE", help="the clinic's dictionary of names")
    parser.add_argument("--plan", metavar="LABEL|UID", help="which plan, where the folder holds several")
    parser.add_argument("--dose", metavar="LABEL|UID", help="which dose, where the plan has several")
    parser.add_argument("--structures", metavar="LABEL|UID", help="which structure set, where several fit")
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
    parser.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="ORGAN:METRIC=WHO:WHY",
        help="record a reasoned acceptance beside a verdict; it changes nothing; repeatable",
    )
    parser.add_argument(
        "--convert-fractions",
        metavar="linear|eqd2:ALPHA_BETA",
        help="derive limits where the set has none for the plan's number of fractions; each is labelled",
    )
    add_report_flags(parser)
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Check the plan and return the verdicts as data and text."""
    check_report_flags(args)
    check, inputs = plan_check_of(args)
    found = CommandResult(
        schema="rtplan.check/1",
        body=check_document(check),
        text=check_text(check),
        inputs=inputs,
        warnings=list(check.findings),
        limit_failed=not check.all_within,
    )
    if args.report:
        write_reports(
            args.report, result=found, build=lambda: _report(found, check, args), overwrite=args.overwrite
        )
    return found


def _report(found: CommandResult, check: PlanCheck, args: argparse.Namespace) -> Report:
    """Build the page; drawing is imported only where a page is asked for."""
    from rtplan.report.check import check_report  # noqa: PLC0415 - what is not asked for is not loaded

    return check_report(check, inputs=found.inputs, date=report_date(args))


def plan_check_of(args: argparse.Namespace) -> tuple[PlanCheck, list[InputRecord]]:
    """Read what the arguments name and check the plan."""
    progress = Progress()
    constraint_set = load_constraint_set(args.constraints)
    dictionary = NameDictionary.read(args.names) if args.names else None
    by_hand = [choice_by_hand(text) for text in args.organ]
    conversion = FractionConversion.parse(args.convert_fractions) if args.convert_fractions else None
    rules = [_rule(identifier) for identifier in args.distance_rule]
    progress("reading the folder")
    treatment = load_study(args.folder).select(plan=args.plan, dose=args.dose, structure_set=args.structures)
    progress(f"checking against {constraint_set.name}")
    check = check_plan(
        treatment,
        constraint_set,
        by_hand=by_hand,
        dictionary=dictionary,
        rules=rules,
        distance_from=args.distance_from,
        conversion=conversion,
        acceptances=[Acceptance.parse(text) for text in args.accept],
        risk_margins=[RiskMargin.parse(text) for text in args.prv_margin],
    )
    progress.done()
    inputs = [InputRecord(role=i.role, sha256=i.sha256, uid=i.uid) for i in treatment.inputs]
    inputs.append(InputRecord(role="constraints", sha256=constraint_set.sha256))
    if args.names:
        inputs.append(input_of_file(args.names, role="names"))
    return check, inputs


def choice_by_hand(text: str) -> tuple[str, str]:
    """Read ``NAME=STANDARD``; the name may hold an equals sign, the standard name does not.

    Examples
    --------
    >>> choice_by_hand("rectum stump=Rectum")
    ('rectum stump', 'Rectum')
    """
    written, sign, standard = text.rpartition("=")
    if not sign or not written.strip() or not standard.strip():
        raise RtplanValueError(f"{text!r} is no choice of a structure; write NAME=STANDARD")
    return written.strip(), standard.strip()


def _rule(identifier: str) -> DistanceRule:
    for rule in distance_rules():
        if rule.id == identifier:
            return rule
    known = ", ".join(rule.id for rule in distance_rules())
    raise RtplanLookupError(f"no distance rule {identifier!r}; there are: {known}")
