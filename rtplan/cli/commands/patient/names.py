"""``rtplan names``: structure names of a folder against the standard."""

from __future__ import annotations

import argparse
from pathlib import Path

from rtplan.cli.arguments import refuse_alone
from rtplan.cli.frame import add_json_flag
from rtplan.documents import Document
from rtplan.documents.structures import names_document
from rtplan.structures import NamesQuestion, names_of_folder, write_proposal

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan names``."""
    parser = subparsers.add_parser(
        "names",
        help="structure names of a folder against the standard",
        description="What each structure stands for, and on what evidence. Names that match nothing can be "
        "proposed to a person, who fills in the standard name and confirms it.",
    )
    parser.add_argument("folder", type=Path, help="folder (or zip archive) with the RTSTRUCT")
    parser.add_argument("--names", type=Path, metavar="FILE", help="the clinic's dictionary of names")
    parser.add_argument("--clinic", type=Path, metavar="FILE", help="the clinic's file; its names count here")
    parser.add_argument("--plan", metavar="LABEL|UID", help="which plan, where the folder holds several")
    parser.add_argument("--dose", metavar="LABEL|UID", help="which dose, where several fit")
    parser.add_argument("--structures", metavar="LABEL|UID", help="which structure set, where several fit")
    parser.add_argument(
        "--propose", type=Path, metavar="FILE", help="write the open names as a dictionary to be filled in"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the file that --propose names")
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> Document:
    """Match the names of a structure set and return them as data and text."""
    refuse_alone(args, {"overwrite": "propose"})
    question = NamesQuestion(
        folder=args.folder,
        plan=args.plan,
        dose=args.dose,
        structure_set=args.structures,
        dictionary=args.names,
        clinic=args.clinic,
    )
    answer = names_of_folder(question)
    if args.propose:
        write_proposal(answer, args.propose, overwrite=args.overwrite)
    return names_document(answer)
