"""``rtplan gap``: what an interruption costs and what each published compensation gives."""

from __future__ import annotations

import argparse

from bed.kinetics import LateTissue, RepopulatingTumour
from rtplan.alpha_beta import parse_alpha_beta
from rtplan.cli.frame import add_json_flag
from rtplan.documents import Document
from rtplan.documents.regimens import gap_document
from rtplan.interval import parse_date
from rtplan.regimens import GapQuestion, answer_gap, parse_days

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan gap``."""
    parser = subparsers.add_parser(
        "gap",
        help="what an interruption costs and what each compensation gives",
        description=(
            "Works out every published strategy for an interrupted once-daily course, Monday to Friday. "
            "Overall times are the last treatment day minus the first. No parameter has a default."
        ),
    )
    parser.add_argument("regimen", metavar="REGIMEN", help="the course as planned, such as 70Gy/35")
    parser.add_argument("--start", required=True, metavar="DATE", help="first treatment day")
    parser.add_argument(
        "--missed",
        required=True,
        nargs="+",
        metavar="DATE",
        help="treatment days that were missed, one by one or as FIRST..LAST",
    )
    parser.add_argument(
        "--resumes",
        metavar="DATE",
        help="first day still to plan; earlier planned days not named as missed count as given. "
        "The day after the last missed one unless given",
    )
    parser.add_argument(
        "--closed",
        nargs="+",
        default=[],
        metavar="DATE",
        help="days without treatment in any case",
    )
    for option, meaning in _PARAMETERS.items():
        kind = str if option.endswith("alpha-beta") else float
        parser.add_argument(option, required=True, type=kind, metavar="X", help=meaning)
    parser.add_argument("--category", type=int, metavar="1|2|3", help="guideline category of the course")
    add_json_flag(parser)
    return parser


_PARAMETERS = {
    "--tumour-alpha-beta": "alpha/beta of the tumour in Gy",
    "--repopulation-rate": "BED lost to repopulation per day after the kick-off, in Gy per day",
    "--kick-off": "days after the first treatment day at which repopulation accelerates",
    "--late-alpha-beta": "alpha/beta of the late-reacting tissue in Gy",
    "--repair-half-time": "half-time of repair of the late-reacting tissue in hours",
    "--hours-between": "hours between two fractions where a strategy gives two a day",
}


def run(args: argparse.Namespace) -> Document:
    """Work out all strategies and return them as data and text."""
    question = GapQuestion(
        regimen=args.regimen,
        first_day=parse_date(args.start),
        missed=parse_days(args.missed),
        resumes=None if args.resumes is None else parse_date(args.resumes),
        closed=parse_days(args.closed),
        tumour=RepopulatingTumour(
            alpha_beta=parse_alpha_beta(args.tumour_alpha_beta, "tumour"),
            repopulation_rate=args.repopulation_rate,
            kick_off=args.kick_off,
        ),
        late=LateTissue(
            alpha_beta=parse_alpha_beta(args.late_alpha_beta, "late-reacting tissue"),
            repair_half_time_h=args.repair_half_time,
        ),
        hours_between=args.hours_between,
        category=args.category,
    )
    return gap_document(answer_gap(question))
