"""``rtplan phantom``: synthetic patients as complete DICOM sets, with their answers in closed form."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dicom_io import DicomIoError
from dicom_io.phantom import CASES, KnownOrgan, PhantomCase, build_case, known_organs, write_phantom
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.cli.progress import Progress
from rtplan.text import cell, columns

__all__ = ["add_subparser", "run"]

MAIN_CASE, ALL = "pelvis-two-courses", "all"
NEAR_MAXIMUM_CC = 0.03


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
        help=(
            f"which patient goes into DIR (default {MAIN_CASE}), or '{ALL}' for every one, each in its own "
            f"folder of DIR: {', '.join(CASES)}"
        ),
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace files of the same names; others are left alone"
    )
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Write a case, or every one, and return what is known of it."""
    folders = {name: args.out / name for name in CASES} if args.case == ALL else {args.case: args.out}
    cases = {name: build_case(name) for name in folders}
    _refuse_occupied(folders.values(), overwrite=args.overwrite)
    progress = Progress()
    try:
        rows = [
            _write_one(case, folders[name], base=args.out, overwrite=args.overwrite, progress=progress)
            for name, case in cases.items()
        ]
    finally:
        progress.done()
    return CommandResult(
        schema="rtplan.phantom/1",
        body={"cases": rows},
        text="\n\n".join(_text(row) for row in rows),
        files_written=[name for row in rows for name in row["files"]],
    )


def _refuse_occupied(folders: Iterable[Path], *, overwrite: bool) -> None:
    """Refuse before anything is written, so that a refusal has written nothing."""
    for folder in folders:
        if not overwrite and folder.is_dir() and any(folder.iterdir()):
            raise DicomIoError(
                f"folder {folder.name} is not empty; --overwrite replaces files of the same names in it"
            )


def _write_one(
    case: PhantomCase, folder: Path, *, base: Path, overwrite: bool, progress: Progress
) -> dict[str, Any]:
    written = write_phantom(case, folder, overwrite=overwrite, report=progress)
    progress(f"{case.name}: closed forms")
    relative = folder.relative_to(base).as_posix()
    prefix = "" if relative == "." else f"{relative}/"
    return {
        "case": case.name,
        "summary": case.summary,
        "folder": relative,
        "files": [prefix + name for name in written.files],
        "courses": [_course_row(case, label) for label in (course.label for course in case.courses)],
        "structures": [_structure_row(organ) for organ in known_organs(case)],
        "distances": [
            {
                "from": gap.from_name,
                "to": gap.to_name,
                "distance_mm": gap.as_slabs_mm,
                "between_planes_mm": gap.as_planes_mm,
            }
            for gap in case.gaps
        ],
        "ideal": _ideal_row(case),
    }


def _course_row(case: PhantomCase, label: str) -> dict[str, Any]:
    course = case.course(label)
    return {
        "course": label,
        "plan": course.plan_label,
        "n_fractions": course.n_fractions,
        "prescription_gy": course.prescription_gy,
        "patient_position": course.patient_position,
    }


def _structure_row(organ: KnownOrgan) -> dict[str, Any]:
    return {
        "name": organ.name,
        "drawn_in": list(organ.drawn_in),
        "volume_cc": organ.volume_cc,
        "doses": [_dose_row(organ, label) for label in organ.doses],
    }


def _dose_row(organ: KnownOrgan, label: str) -> dict[str, Any]:
    """Return one course's dose in one organ; over the covered part where not all of it is covered."""
    covered = organ.covered_cc(label)
    row: dict[str, Any] = dict.fromkeys(("min_gy", "mean_gy", "max_gy", "d0_03cc_gy"))
    row = {"course": label, "covered_cc": covered, **row, "reason": organ.reason(label)}
    if row["reason"] is None:
        dose = organ.physical(label, covered_only=True)
        row |= {
            "min_gy": dose.minimum,
            "mean_gy": dose.mean,
            "max_gy": dose.maximum,
            "d0_03cc_gy": dose.value_at_hottest(NEAR_MAXIMUM_CC),
        }
    return row


def _ideal_row(case: PhantomCase) -> dict[str, Any] | None:
    """Return the smooth solid's values, which the contours only approach; None where no case draws one."""
    if case.ideal is None:
        return None
    dose = case.courses[0].dose
    along = ["x", "y", "z"].index(case.ideal.gradient_axis)
    hottest = [0.0, 0.0, 0.0]
    hottest[along] = case.ideal.coordinate_at_hottest(NEAR_MAXIMUM_CC)
    return {
        "shape": case.ideal.shape,
        "volume_cc": case.ideal.volume_cc,
        "d0_03cc_gy": float(dose.at(hottest)),
    }


def _text(row: dict[str, Any]) -> str:
    """Return one case for a person."""
    lines = [f"{row['case']}: {row['summary']}", f"{len(row['files'])} files written"]
    table = [["structure", "course", "cc", "covered cc", "min Gy", "mean Gy", "max Gy", "D0.03cc Gy"]]
    for structure in row["structures"]:
        for dose in structure["doses"]:
            own = len(structure["drawn_in"]) < len(row["courses"])
            name = f"{structure['name']} of {structure['drawn_in'][0]}" if own else structure["name"]
            table.append(_table_row(name, structure, dose))
    lines += columns(table)
    for gap in row["distances"]:
        lines.append(
            f"{gap['from']} to {gap['to']}: {gap['distance_mm']:g} mm between slabs, "
            f"{gap['between_planes_mm']:g} mm between contour planes"
        )
    if row["ideal"] is not None:
        lines.append(
            f"the smooth {row['ideal']['shape']}: {row['ideal']['volume_cc']:.3f} cc, "
            f"D0.03cc {row['ideal']['d0_03cc_gy']:.3f} Gy"
        )
    return "\n".join(lines)


def _table_row(name: str, structure: dict[str, Any], dose: dict[str, Any]) -> list[str]:
    numbers = [cell(dose[key], digits=3) for key in ("min_gy", "mean_gy", "max_gy", "d0_03cc_gy")]
    return [
        name,
        dose["course"] or "-",
        cell(structure["volume_cc"], digits=3),
        cell(dose["covered_cc"], digits=3),
        *numbers,
    ]
