"""``rtplan page``: the whole job in a browser, on this machine only."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

from rtplan.cli.frame import CommandResult
from rtplan.errors import NoSuchFileError, PackageMissingError

__all__ = ["add_subparser", "run"]

_PACKAGES = ("starlette", "uvicorn", "jinja2", "multipart")
"""What the extra installs, by the names under which it is imported."""


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan page``."""
    parser = subparsers.add_parser(
        "page",
        help="the whole job in a browser, on this machine only",
        description="Start a page that answers on this machine only, print its address and open the browser. "
        "Nothing leaves the machine. Interrupt (Ctrl-C) ends it; the cases are there at the next start.",
    )
    add = parser.add_argument
    add(
        "--folder",
        action="append",
        type=Path,
        default=[],
        metavar="DIR",
        help="offer this course; repeatable",
    )
    add("--clinic", type=Path, metavar="FILE", help="the clinic's own limits, alpha/beta and names")
    add("--no-browser", action="store_true", help="only print the address")
    add(
        "--work",
        type=Path,
        metavar="DIR",
        help="keep the cases here instead of in the user's own data folder",
    )
    add(
        "--keep-days",
        type=float,
        default=30.0,
        metavar="N",
        help="cases that nobody changed for N days are removed at the start (30)",
    )
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Serve until interrupted."""
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise PackageMissingError(
            f"the page needs {', '.join(missing)}: pip install rtplan[page]", missing=tuple(missing)
        )
    absent = [path for path in (*args.folder, args.clinic) if path is not None and not path.exists()]
    if absent:
        raise NoSuchFileError(f"{absent[0].name!r} is not there", where=absent[0].name)
    from rtplan.page import Resources, default_work_folder, serve_page  # noqa: PLC0415 - an extra

    serve_page(
        Resources(
            work=args.work or default_work_folder(),
            clinic=args.clinic,
            folders=tuple(args.folder),
            keep_days=args.keep_days,
        ),
        told=lambda address: print(address, flush=True),
        opens_browser=not args.no_browser,
    )
    return CommandResult(schema="rtplan.page/1", body={}, text="")
