"""``rtplan geometry``: size, place and distances of structures as drawn; a structure set is enough."""

from __future__ import annotations

import argparse
from pathlib import Path

from rtplan.cli.frame import add_json_flag
from rtplan.cli.progress import Progress
from rtplan.documents import Document
from rtplan.documents.structures import geometry_document
from rtplan.structures import GeometryQuestion, geometry_of_folder

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan geometry``."""
    parser = subparsers.add_parser(
        "geometry",
        help="size, place and distances of structures as drawn",
        description="Volume, surface, centroid, diameter and distances of contours, measured on polygons. "
        "Nobody drew between planes: what depends on it is given as an interval.",
    )
    parser.add_argument("folder", type=Path, help="folder (or zip archive) with the RTSTRUCT")
    parser.add_argument(
        "--structure", action="append", metavar="NAME", help="only this structure; repeatable"
    )
    parser.add_argument(
        "--between",
        action="append",
        nargs=2,
        metavar="NAME",
        help="distances between the surfaces of two structures; repeatable",
    )
    parser.add_argument("--plan", metavar="LABEL|UID", help="which plan, where the folder holds several")
    parser.add_argument("--dose", metavar="LABEL|UID", help="which dose, where several fit")
    parser.add_argument("--structure-set", metavar="LABEL|UID", help="which structure set, likewise")
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> Document:
    """Read the folder, measure, and return it as data and text."""
    question = GeometryQuestion(
        folder=args.folder,
        plan=args.plan,
        dose=args.dose,
        structure_set=args.structure_set,
        structures=args.structure or (),
        between=args.between or (),
    )
    with Progress() as progress:
        answer = geometry_of_folder(question, progress=progress)
    return geometry_document(answer)
