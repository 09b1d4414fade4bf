"""``rtplan demo``: the main job on a synthetic patient of two courses, with the known answers beside."""

from __future__ import annotations

import argparse
from pathlib import Path

from dicom_io.phantom import write_phantom
from rtplan.case import save_case
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.cli.report_files import write_reports
from rtplan.documents import demo_document
from rtplan.reirradiation import reirradiate
from rtplan.report.reirradiation import demo_report
from rtplan.selftest import DEMO_CASE, DEMO_CONSTRAINTS, demo_case, demo_check, refuse_occupied

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan demo``."""
    parser = subparsers.add_parser(
        "demo",
        help="a re-irradiation report of a synthetic two-course patient",
        description="Write a synthetic patient of two courses, sum them through the registration, report.",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("demo-output"), metavar="DIR", help="folder to write into"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier demo in the folder")
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Write the patient, ask both questions of it, and write the report and its JSON twin."""
    progress = Progress()
    refuse_occupied(args.out, overwrite=args.overwrite)
    patient: Path = args.out / "patient"
    progress("writing the synthetic patient")
    write_phantom(DEMO_CASE, patient, overwrite=args.overwrite, report=progress)
    progress("reading both courses and summing voxel by voxel")
    case = demo_case(patient)
    question = case.question()
    summed = reirradiate(question)
    progress(f"checking the new plan against {DEMO_CONSTRAINTS}")
    check = demo_check(question)
    result = demo_document(summed, check, out=args.out)
    save_case(case, args.out / "case.toml", overwrite=args.overwrite)
    progress("drawing the report")
    write_reports(
        [args.out / "report.html", args.out / "report.json"],
        result=result,
        build=lambda: demo_report(summed, check, inputs=result.inputs),
        overwrite=args.overwrite,
    )
    progress.done()
    return result
