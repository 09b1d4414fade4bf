"""``--save-case FILE``: the question that the words ask, as a file that asks it again."""

from __future__ import annotations

import argparse
from pathlib import Path

from rtplan.case import Case, save_case

__all__ = ["add_case_flag", "save_asked"]


def add_case_flag(parser: argparse.ArgumentParser) -> None:
    """Add ``--save-case``."""
    parser.add_argument(
        "--save-case",
        type=Path,
        metavar="FILE.toml",
        help="also write the question as a case file: rtplan case run FILE asks it again",
    )


def save_asked(args: argparse.Namespace, case: Case) -> None:
    """Write the case file that was asked for."""
    path: Path | None = getattr(args, "save_case", None)
    if path is None:
        return
    save_case(case, path, overwrite=getattr(args, "overwrite", False))
