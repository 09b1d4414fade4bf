"""``rtplan sum``: two or more courses at a point, without DICOM."""

from __future__ import annotations

import argparse

from bed.retreatment import recovery_rule_names
from rtplan.case import SumCase
from rtplan.cli.arguments import (
    add_alpha_beta,
    add_parameters,
    allow_several,
    one_fraction_number,
    parse_alpha_betas,
    positive_gy,
)
from rtplan.cli.case_options import add_case_flag, save_asked
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.documents import sum_document
from rtplan.regimens import ModelParameters, PointSumQuestion, sum_courses

__all__ = ["add_subparser", "answer_case", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan sum``."""
    parser = subparsers.add_parser(
        "sum",
        help="two or more courses at a point, without DICOM",
        description=(
            "BED and EQD2 of each course and their sum at a point that received all doses in full, the "
            "interval between them, and what a limit leaves. A single date counts as the last day of an "
            "earlier course and as the first day of the next; write @FIRST..LAST to give both, @2023-05 "
            "where the day is not known."
        ),
    )
    parser.add_argument(
        "courses", nargs="+", metavar="REGIMEN[@DATE]", help="such as 50.4Gy/28@2023-05-01, in order"
    )
    add_alpha_beta(parser)
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="EQD2",
        help="cumulative limit in Gy EQD2: one for all alpha/beta, or one for each in order",
    )
    parser.add_argument(
        "--limit-includes-recovery",
        action="store_true",
        help="the limit was derived with recovery already taken into account; needs --limit-from-months and "
        "--limit-because",
    )
    parser.add_argument(
        "--limit-from-months", type=int, metavar="N", help="the interval from which on it was published"
    )
    parser.add_argument("--limit-to-months", type=int, metavar="N", help="and up to which, where printed")
    parser.add_argument(
        "--limit-because", default="", metavar="WHY", help="why a limit that includes recovery may judge here"
    )
    parser.add_argument(
        "--recovery",
        default="none",
        metavar="RULE",
        help=f"rule taken off the earlier courses: {', '.join(recovery_rule_names())}; none unless given",
    )
    parser.add_argument("--tissue", metavar="ORGAN", help="the organ the point lies in, for --recovery")
    parser.add_argument(
        "--fractions", action="append", default=[], metavar="N", help="remaining dose in N fractions; several"
    )
    add_parameters(parser)
    add_case_flag(parser)
    add_json_flag(parser)
    allow_several(parser)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Ask what the words state."""
    return answer_case(SumCase(question=_question_of(args)), args)


def _question_of(args: argparse.Namespace) -> PointSumQuestion:
    return PointSumQuestion(
        courses=tuple(args.courses),
        alpha_betas=parse_alpha_betas(args.alpha_beta),
        limits_eqd2_gy=tuple(positive_gy(text, "limit") for text in args.limit),
        limit_includes_recovery=args.limit_includes_recovery,
        limit_from_months=args.limit_from_months,
        limit_to_months=args.limit_to_months,
        limit_because=args.limit_because,
        recovery=args.recovery,
        tissue=args.tissue,
        n_fractions=tuple(one_fraction_number(text) for text in args.fractions),
        parameters=ModelParameters.parse(args.param),
    )


def answer_case(case: SumCase, args: argparse.Namespace) -> CommandResult:
    """Sum the courses and hold them against the limit."""
    save_asked(args, case)
    return sum_document(case, sum_courses(case.question))
