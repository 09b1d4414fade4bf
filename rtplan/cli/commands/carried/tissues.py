"""``rtplan tissues``: published alpha/beta and repair half-times with their sources."""

from __future__ import annotations

import argparse

from bed.published import TISSUE_PARAMETERS, select_tissue_parameters
from rtplan.cli.frame import add_json_flag
from rtplan.documents import Document, tissues_document

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan tissues``."""
    parser = subparsers.add_parser(
        "tissues",
        help="published alpha/beta values with their sources",
        description=(
            "Published alpha/beta and repair half-times: value, interval, endpoint, source and how the value "
            "was verified. Nothing here is a default of any other command."
        ),
    )
    parser.add_argument("tissue", nargs="?", metavar="TISSUE", help="in English or by its TG-263 name")
    parser.add_argument("--endpoint", help="only this endpoint")
    parser.add_argument("--source", help="only sources that contain this, such as an author")
    parser.add_argument("--parameter", choices=sorted(TISSUE_PARAMETERS), help="only this parameter")
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> Document:
    """List the rows that fit; nothing fitting is refused with what there is."""
    rows = select_tissue_parameters(
        args.tissue, parameter=args.parameter, endpoint=args.endpoint, source=args.source
    )
    return tissues_document(rows)
