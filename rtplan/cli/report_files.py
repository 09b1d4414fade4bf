"""``--report FILE ...``: the words for the same answer in several forms."""

from __future__ import annotations

import argparse
from pathlib import Path

from rtplan.interval import parse_date
from rtplan.report import check_report_paths, write_reports

__all__ = ["add_report_flags", "check_report_flags", "report_date", "write_reports"]


def add_report_flags(parser: argparse.ArgumentParser) -> None:
    """Add ``--report``, ``--report-date``, ``--identity`` and ``--overwrite``."""
    parser.add_argument(
        "--report", nargs="+", type=Path, metavar="FILE", help="write a report: FILE.html, .pdf, .xlsx, .json"
    )
    parser.add_argument(
        "--report-date", metavar="DATE", help="the report's date; a line to fill in without it"
    )
    parser.add_argument(
        "--identity",
        metavar="WORDS",
        help="whose report it is, printed on its first page before the pseudonym and nowhere else",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace report files that are there already"
    )


def check_report_flags(args: argparse.Namespace) -> None:
    """Refuse, before anything is computed, a report that could not be written."""
    check_report_paths(args.report or ())
    report_date(args)


def report_date(args: argparse.Namespace) -> str | None:
    """Return the report's date as stated; there is no clock in a report."""
    return None if args.report_date is None else parse_date(args.report_date).isoformat()
