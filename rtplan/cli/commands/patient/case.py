"""``rtplan case``: a question as a file: a template, what it asks, its answer."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from rtplan.case import KINDS, case_template, case_text, kind_of, read_case
from rtplan.cli.commands import command_entries
from rtplan.cli.commands.patient.reirradiate import add_export_flags
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.report_files import add_report_flags
from rtplan.errors import RtplanValueError
from rtplan.files import write_whole

__all__ = ["add_subparser", "run"]

_COMMAND_OF = {"reirradiate": "reirradiate", "check": "check", "sum": "sum", "screen": "protocol"}
"""The command whose question a kind of case asks."""

_WITHOUT_PAGE = ("sum",)


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan case``."""
    parser = subparsers.add_parser(
        "case",
        help="a question as a file: a template, what it asks, its answer",
        description="Every command that takes many flags writes its question with --save-case FILE.toml; "
        "rtplan case run FILE.toml gives the same answer.",
    )
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    new = steps.add_parser("new", help="print a commented template")
    new.add_argument("--kind", required=True, choices=list(KINDS), help="which question")
    new.add_argument("--out", type=Path, metavar="FILE.toml", help="write it to a file instead")
    show = steps.add_parser("show", help="say what would be asked; nothing is computed")
    run_it = steps.add_parser("run", help="answer it")
    for step in (show, run_it):
        step.add_argument("file", type=Path, metavar="FILE", help="a case file (.toml or .json)")
    add_export_flags(run_it)
    add_report_flags(run_it)
    for step in (new, show, run_it):
        add_json_flag(step)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Do the step."""
    if args.step == "new":
        return _new(args)
    return _show(args) if args.step == "show" else _answer(args)


def _new(args: argparse.Namespace) -> CommandResult:
    text = case_template(args.kind)
    if args.out is not None:
        write_whole(args.out, text.encode("utf-8"), overwrite=False)
    written = text.rstrip("\n") if args.out is None else f"written: {args.out.name}"
    return CommandResult(schema="rtplan.case.new/1", body={"kind": args.kind, "template": text}, text=written)


def _show(args: argparse.Namespace) -> CommandResult:
    case = read_case(args.file)
    text = case_text(case, folder=args.file.parent)
    return CommandResult(
        schema="rtplan.case.show/1", body={"kind": kind_of(case), "case": text}, text=text.rstrip("\n")
    )


def _answer(args: argparse.Namespace) -> CommandResult:
    """Hand the case to the command that asks this question."""
    case = read_case(args.file)
    kind = kind_of(case)
    if kind in _WITHOUT_PAGE and args.report:
        raise RtplanValueError(f"a typed sum has no report page; this is a case of kind {kind}")
    if kind != "reirradiate" and (args.export_dose or args.remaining_map):
        raise RtplanValueError(f"doses are exported of a re-irradiation; this is a case of kind {kind}")
    command = importlib.import_module(command_entries()[_COMMAND_OF[kind]].module)
    answer: CommandResult = command.answer_case(case, args)
    return answer
