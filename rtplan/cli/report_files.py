"""``--report FILE ...``: the same answer in several forms, each file written whole or not at all."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from rtplan.cli.frame import CommandResult, to_json
from rtplan.errors import RtplanLookupError, RtplanValueError
from rtplan.files import write_whole
from rtplan.interval import parse_date
from rtplan.report import Report
from rtplan.report.render import render_excel, render_html

__all__ = ["add_report_flags", "check_report_flags", "report_date", "write_reports"]

_RENDERINGS: Final[dict[str, Callable[[Report], bytes]]] = {
    ".html": lambda report: render_html(report).encode("utf-8"),
    ".pdf": lambda report: _pdf(report),
    ".xlsx": render_excel,
}
_SUFFIXES: Final = (".html", ".json", ".pdf", ".xlsx")
_EXTRAS: Final = {".pdf": ("typst", "pdf"), ".xlsx": ("openpyxl", "excel")}
"""Package that a form needs, and the extra that installs it."""


def add_report_flags(parser: argparse.ArgumentParser) -> None:
    """Add ``--report``, ``--report-date`` and ``--overwrite``."""
    parser.add_argument(
        "--report", nargs="+", type=Path, metavar="FILE", help="write a report: FILE.html, .pdf, .xlsx, .json"
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
            raise RtplanValueError(f"report {path.name!r}: {', '.join(_SUFFIXES)} can be written")
        package, extra = _EXTRAS.get(path.suffix.lower(), (None, None))
        if package is not None and find_spec(package) is None:
            raise RtplanLookupError(
                f"report {path.name!r} needs the {package} package: pip install rtplan[{extra}]"
            )
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
        Makes the report's data; called once, and only where more than the data is asked for.
    overwrite : bool
    """
    report = cache(build)
    contents = {path: _content(path, result, report) for path in paths}
    for path, content in contents.items():
        write_whole(path, content, overwrite=overwrite)


def _content(path: Path, result: CommandResult, report: Callable[[], Report]) -> bytes:
    suffix = path.suffix.lower()
    if suffix == ".json":
        return f"{to_json(result)}\n".encode(errors="backslashreplace")  # half pairs as JSON writes them
    return _RENDERINGS[suffix](report())


def _pdf(report: Report) -> bytes:
    # Deferred: it needs matplotlib's fonts, which a data file or a page alone may not.
    from rtplan.report.render import render_pdf  # noqa: PLC0415

    return render_pdf(report)
