"""``rtplan record``: which items of a re-irradiation's record are there, and which are missing."""

from __future__ import annotations

import argparse
from pathlib import Path

from rtplan.case import ReirradiationCase, kind_of, read_case
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.documents import record_document
from rtplan.errors import RtplanValueError
from rtplan.export import originals_of
from rtplan.files import write_whole
from rtplan.record import record_csv, record_of
from rtplan.reirradiation import reirradiate

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan record``."""
    parser = subparsers.add_parser(
        "record",
        help="which items of a re-irradiation's record are there, and which are missing",
        description="The case is answered, and each item that five documents ask for is filled from the "
        "objects, the answer or the case's [record] part, or told to be missing (exit status 1).",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case file of kind reirradiate")
    parser.add_argument("--table", type=Path, metavar="FILE.csv", help="write it as a table for a registry")
    parser.add_argument("--overwrite", action="store_true", help="replace a table that is there already")
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Answer the case and hold it against the items."""
    case = read_case(args.case)
    if not isinstance(case, ReirradiationCase):
        raise RtplanValueError(f"a record is of a re-irradiation; this is a case of kind {kind_of(case)}")
    with Progress() as progress:
        question = case.question(progress)
        progress("summing voxel by voxel")
        answer = reirradiate(question)
    record = record_of(case, answer)
    if args.table is not None:
        originals_of(answer).refuse(args.table)
        write_whole(args.table, record_csv(record).encode("utf-8"), overwrite=args.overwrite)
    return record_document(case, answer, record)
