"""``rtplan dvh``: dose-volume histograms of the structures in a DICOM folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from dicom_io.contours import END_CAPS
from rtplan.cli.frame import add_json_flag
from rtplan.cli.progress import Progress
from rtplan.documents import Document
from rtplan.documents.structures import dvh_document
from rtplan.structures import DEFAULT_METRICS, IN_DOSE_FILE, DvhQuestion, dvhs_of_folder

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan dvh``."""
    parser = subparsers.add_parser(
        "dvh",
        help="dose-volume histograms of a DICOM folder",
        description="Volumes, doses and metrics of each structure. A structure set and a dose are enough.",
    )
    parser.add_argument("folder", type=Path, help="folder (or zip archive) with the RTSTRUCT and the RTDOSE")
    parser.add_argument(
        "--structure", action="append", metavar="NAME", help="only this structure; repeatable"
    )
    parser.add_argument(
        "--metric", action="append", metavar="METRIC", help='such as "D0.03cc[Gy]"; repeatable'
    )
    parser.add_argument(
        "--clinic", type=Path, metavar="FILE", help="the clinic's file: its names, and its limits' metrics"
    )
    parser.add_argument("--plan", metavar="LABEL|UID", help="which plan, where the folder holds several")
    parser.add_argument("--dose", metavar="LABEL|UID", help="which dose, where the folder holds several")
    parser.add_argument("--structure-set", metavar="LABEL|UID", help="which structure set, likewise")
    parser.add_argument(
        "--end-caps",
        choices=END_CAPS,
        default=DvhQuestion.end_caps,
        help="what lies between and beyond the drawn planes: slabs that reach half a slice, nothing or a "
        "whole slice beyond the last plane, or outlines interpolated between planes; to compare with a "
        "planning system that does so (default: %(default)s)",
    )
    parser.add_argument("--curve", action="store_true", help="add the cumulative DVH itself")
    parser.add_argument(
        "--stored",
        nargs="?",
        const=IN_DOSE_FILE,
        metavar="EXPORT",
        help="show beside ours what the dose file stores, or a DVH text export of a planning system",
    )
    parser.add_argument(
        "--cross-check", action="store_true", help="compute all with dicompyler-core too and show both"
    )
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> Document:
    """Read the folder, compute the DVHs and return them as data and text."""
    question = DvhQuestion(
        folder=args.folder,
        plan=args.plan,
        dose=args.dose,
        structure_set=args.structure_set,
        structures=args.structure or (),
        metrics=args.metric or DEFAULT_METRICS,
        end_caps=args.end_caps,
        stored=args.stored,
        with_cross_check=args.cross_check,
        clinic=args.clinic,
    )
    with Progress() as progress:
        answer = dvhs_of_folder(question, progress=progress)
    return dvh_document(answer, with_curve=args.curve)
