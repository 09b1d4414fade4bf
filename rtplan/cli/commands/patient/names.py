"""``rtplan names``: structure names of a folder against the standard."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bed.retreatment import target_kind_of_name
from dicom_io.study import load_study
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.files import InputRecord, input_of_file, write_whole
from rtplan.names import (
    DICTIONARY_COLUMNS,
    Assignment,
    NameDictionary,
    assign,
    near_names,
    structure_names,
)

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
    parser.add_argument("--plan", metavar="LABEL|UID", help="which plan, where the folder holds several")
    parser.add_argument("--dose", metavar="LABEL|UID", help="which dose, where several fit")
    parser.add_argument("--structures", metavar="LABEL|UID", help="which structure set, where several fit")
    parser.add_argument(
        "--propose", type=Path, metavar="FILE", help="write the open names as a dictionary to be filled in"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the file that --propose names")
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Match the names of a structure set and return them as data and text."""
    dictionary = NameDictionary.read(args.names) if args.names else None
    chosen = load_study(args.folder).select(
        plan=args.plan, dose=args.dose, structure_set=args.structures, require=("structures",)
    )
    assert chosen.structure_set is not None
    structures = [(s.number, s.name) for s in chosen.structure_set.structures]
    assignment = assign(structures, dictionary=dictionary)
    rows = name_rows(structures, assignment)
    written = []
    if args.propose:
        write_whole(args.propose, proposal(rows).encode(), overwrite=args.overwrite)
        written.append(args.propose.name)
    inputs = [InputRecord(role=i.role, sha256=i.sha256, uid=i.uid) for i in chosen.inputs]
    if args.names:
        inputs.append(input_of_file(args.names, role="names"))
    return CommandResult(
        schema="rtplan.names/1",
        body={"structures": rows},
        text=_text(rows),
        inputs=inputs,
        warnings=[*assignment.findings, *_ambiguous(assignment)],
        files_written=written,
    )


def name_rows(structures: Sequence[tuple[int, str]], assignment: Assignment) -> list[dict[str, Any]]:
    """Return one row for each structure, in file order."""
    matched = {a.number: a for a in assignment.assigned}
    reasons = {m.written: m.reason for m in assignment.unmatched}
    return [
        {
            "name": name,
            "number": number,
            "standard": matched[number].standard if number in matched else None,
            "evidence": matched[number].evidence.value if number in matched else None,
            "reason": None if number in matched else reasons.get(name),
            "near_names": [] if number in matched else _near_standards(name),
        }
        for number, name in structures
    ]


def _near_standards(name: str) -> list[str]:
    """Standard names that a written one resembles; a target's own name resembles none."""
    return [] if target_kind_of_name(name) else list(near_names(name, structure_names().standards))


def proposal(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the open names as a dictionary file that nobody has confirmed yet."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(DICTIONARY_COLUMNS)
    for row in rows:
        if row["standard"] is None:
            near = ", ".join(row["near_names"])
            note = f"{row['reason']}; near names: {near}" if near else row["reason"]
            writer.writerow([row["name"], "", "", note])
    return buffer.getvalue()


def _ambiguous(assignment: Assignment) -> list[str]:
    """Name the organs for which several structures stand."""
    found = []
    for standard in dict.fromkeys(a.standard for a in assignment.assigned):
        several = assignment.of(standard)
        if len(several) > 1:
            found.append(f"{standard}: {', '.join(repr(a.written) for a in several)} all stand for it")
    return found


def _text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the table for a person."""
    width = max((len(row["name"]) for row in rows), default=0)
    lines = []
    for row in rows:
        if row["standard"] is not None:
            lines.append(f"{row['name'].ljust(width)}  {row['standard']}  ({row['evidence']})")
        else:
            near = f"; near names: {', '.join(row['near_names'])}" if row["near_names"] else ""
            lines.append(f"{row['name'].ljust(width)}  -  {row['reason']}{near}")
    return "\n".join(lines) or "there are no structures"
