"""``rtplan verify``: is this report still true of these files."""

from __future__ import annotations

import argparse
from pathlib import Path

from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.documents import report_verification_document
from rtplan.verification import verify_report

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan verify``."""
    parser = subparsers.add_parser(
        "verify",
        help="is this report still true of these files",
        description="Holds what a report rests on (data sets, limits, the clinic's file, version) against "
        "what there is now. Exit status 0: current; 1: stale, and what differs; 2: refused.",
    )
    parser.add_argument("report", type=Path, metavar="REPORT.json", help="the JSON document of an answer")
    parser.add_argument(
        "locations",
        nargs="+",
        type=Path,
        metavar="FOLDER",
        help="what it was made from: folders, archives, registrations, the clinic's file, files of limits; "
        "the case file compares the question too",
    )
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Hold the report against the files."""
    return report_verification_document(verify_report(args.report, args.locations))
