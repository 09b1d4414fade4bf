"""``--report FILE ...``: the same answer as a page and as data, written whole or not at all."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from rtplan.cli.frame import CommandResult, to_json
from rtplan.errors import RtplanValueError
from rtplan.interval import parse_date
from rtplan.output import write_whole
from rtplan.report.html import render_html
from rtplan.report.model import Report

__all__ = ["add_report_flags", "check_report_flags", "report_date", "write_reports"]

_SUFFIXES = (".html", ".json")


def add_report_flags(parser: argparse.ArgumentParser) -> None:
    """Add ``--report``, ``--report-date`` and ``--overwrite``."""
    parser.add_argument(
        "--report", nargs="+", type=Path, metavar="FILE", help="write a report: FILE.html, FILE.json or both"
    )
    parser.add_argument(
        "--report-date", metavar="DATE", help="the report's date; a line to fill in without it"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace report files that are there already"
    )


def check_report_flags(args: argparse.Namespace) -> None:
    """Refuse, before anything is computed, a report that could not be written."""
    for path in args.report or ():
        if path.suffix.lower() not in _SUFFIXES:
            raise RtplanValueError(f"report {path.name!r}: {' and '.join(_SUFFIXES)} can be written")
        if not path.parent.is_dir():
            raise RtplanValueError(f"report {path.name!r}: its folder does not exist")
    report_date(args)


def report_date(args: argparse.Namespace) -> str | None:
    """Return the report's date as stated; there is no clock in a report."""
    return None if args.report_date is None else parse_date(args.report_date).isoformat()


def write_reports(
    paths: Sequence[Path], *, result: CommandResult, build: Callable[[], Report], overwrite: bool
) -> None:
    """Write each report in the form that its name asks for.

    Parameters
    ----------
    paths : sequence of Path
    result : CommandResult
        Its document is the JSON twin.
    build : callable
        Makes the report's data; called only where a page is asked for.
    overwrite : bool
    """
    contents = {
        path: (to_json(result) + "\n" if path.suffix.lower() == ".json" else render_html(build())).encode(
            "utf-8"
        )
        for path in paths
    }
    for path, content in contents.items():
        write_whole(path, content, overwrite=overwrite)
