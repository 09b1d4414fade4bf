"""``rtplan phantom``: synthetic patients as complete DICOM sets, with their answers in closed form."""

from __future__ import annotations

import argparse
from pathlib import Path

from dicom_io.phantom import ALL_CASES, CASES, write_phantoms
from rtplan.cli.frame import add_json_flag
from rtplan.cli.progress import Progress
from rtplan.documents import Document, phantoms_document

__all__ = ["add_subparser", "run"]

MAIN_CASE = "pelvis-two-courses"


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan phantom``."""
    parser = subparsers.add_parser(
        "phantom",
        help="write a synthetic patient as a complete DICOM set",
        description=(
            "Write synthetic patients as complete DICOM sets (CT, RTSTRUCT, RTPLAN, RTDOSE, and a spatial "
            "registration where two courses differ in frame of reference), the same to the byte every time. "
            "Volumes and doses are printed in closed form, for the contours as drawn and the dose as sampled."
        ),
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder to write into")
    parser.add_argument(
        "--case",
        default=MAIN_CASE,
        metavar="NAME",
        help=f"which patient goes into DIR (default {MAIN_CASE}), or '{ALL_CASES}' for every one, each in "
        f"its own folder of DIR: {', '.join(CASES)}",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace files of the same names; others are left alone"
    )
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> Document:
    """Write a case, or every one, and return what is known of it."""
    with Progress() as progress:
        written = write_phantoms(args.case, args.out, overwrite=args.overwrite, report=progress)
        progress("closed forms")
        return phantoms_document(written, base=args.out)
