"""``rtplan check``: a plan against published limits."""

from __future__ import annotations

import argparse
from pathlib import Path

from rtplan.case import CheckCase
from rtplan.cli.case_options import add_case_flag, decision_lines, question_body, save_asked
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.cli.report_files import add_report_flags, check_report_flags, report_date, write_reports
from rtplan.documents import check_document, check_text, comparison_rows, comparison_text
from rtplan.errors import RtplanValueError
from rtplan.files import InputRecord, input_of_file
from rtplan.limits import Acceptance
from rtplan.plan_check import (
    PlanCheck,
    PlanCheckQuestion,
    PlanCheckRequest,
    PlanChoice,
    PlanComparison,
    RiskMargin,
    check_plan,
    choice_by_hand,
    compare_plans,
    plan_choices,
    questions_about,
)
from rtplan.protocols import (
    Folders,
    Screening,
    ScreeningQuestion,
    load_protocol,
    patient_of_tables,
    protocol_rows,
    protocol_text_lines,
    radiotherapy_only,
    read_patient_file,
    screen,
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
    screening = _screened(case)
    body, text, failed = check_document(check), check_text(check), not check.all_within
    warnings, inputs = list(check.findings), list(question.inputs)
    if screening is not None:
        body["verdicts"] += protocol_rows(screening)
        text = "\n".join([text, *protocol_text_lines(screening)])
        failed = failed or any(result.status != "met" for result in screening.results)
        warnings = list(dict.fromkeys([*warnings, *screening.findings]))
        inputs += _inputs_of(screening, case)
    answer = CommandResult(
        schema="rtplan.check/1",
        body={**question_body(case, question), **body},
        text="\n".join([text, *decision_lines(case)]),
        inputs=list(dict.fromkeys(inputs)),
        warnings=warnings,
        limit_failed=failed,
    )
    if args.report:
        write_reports(
            args.report, result=answer, build=lambda: _report(answer, check, args), overwrite=args.overwrite
        )
    return answer


def _report(answer: CommandResult, check: PlanCheck, args: argparse.Namespace) -> Report:
    """Build the page; drawing is imported only where a page is asked for."""
    from rtplan.report import check_report  # noqa: PLC0415 - what is not asked for is not loaded

    return check_report(check, inputs=answer.inputs, date=report_date(args))


def _screened(case: CheckCase) -> Screening | None:
    """Hold the protocol against the plan, and against the patient file where there is one."""
    if case.protocol is None:
        return None
    protocol = load_protocol(case.protocol)
    if case.patient is not None:
        patient = read_patient_file(case.patient, protocol.facts)
        base = case.patient.parent
    else:
        patient, base = patient_of_tables({}, protocol.facts), Path()
    folders = Folders(base=base, plan=case.choices[0].folder, plan_label=case.choices[0].plan)
    return radiotherapy_only(screen(ScreeningQuestion.of(protocol, patient, folders=folders)))


def _inputs_of(screening: Screening, case: CheckCase) -> list[InputRecord]:
    """Protocol, patient file and the plans of earlier courses; the new plan is listed already."""
    protocol = screening.protocol
    found = [InputRecord(role=f"protocol {protocol.id}", sha256=protocol.sha256)]
    found += [input_of_file(case.patient, role="patient")] if case.patient else []
    earlier = [i for i in screening.inputs if i.role.startswith("earlier")]
    return found + [InputRecord(role=i.role, sha256=i.sha256, uid=i.uid) for i in earlier]


def _several(case: CheckCase, args: argparse.Namespace) -> CommandResult:
    """Check several plans and put them side by side; a page is of one plan."""
    pages = [path.name for path in args.report or () if path.suffix.lower() != ".json"]
    if pages:
        raise RtplanValueError(f"{pages[0]!r}: a report page is of one plan; several go into a .json file")
    done = _checked(case)
    comparison = compare_plans([check for _, check in done])
    plans = [
        {
            "column": label,
            **check_document(check),
            "warnings": list(check.findings),
            "inputs": [{"role": i.role, "sha256": i.sha256, "uid": i.uid} for i in question.inputs],
        }
        for label, (question, check) in zip(comparison.labels, done, strict=True)
    ]
    save_asked(args, case)
    answer = CommandResult(
        schema="rtplan.check.several/1",
        body={"comparison": comparison_rows(comparison), "plans": plans},
        text=comparison_text(comparison),
        inputs=list(dict.fromkeys(i for question, _ in done for i in question.inputs)),
        warnings=_labelled_findings(comparison),
        limit_failed=not comparison.all_within,
    )
    if args.report:
        write_reports(args.report, result=answer, build=_no_page, overwrite=args.overwrite)
    return answer


def _no_page() -> Report:
    raise RtplanValueError("a report page is of one plan")


def _labelled_findings(comparison: PlanComparison) -> list[str]:
    """Findings with the plans that they are about."""
    about: dict[str, list[str]] = {}
    for label, check in zip(comparison.labels, comparison.checks, strict=True):
        for finding in check.findings:
            about.setdefault(finding, []).append(label)
    return [f"{', '.join(labels)}: {finding}" for finding, labels in about.items()]


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
