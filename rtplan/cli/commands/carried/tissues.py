"""``rtplan tissues``: published alpha/beta and repair half-times with their sources."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from typing import Any

from bed.published import TISSUE_PARAMETERS, TissueParameter, find_tissue_parameters, tissue_parameters
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.errors import RtplanValueError
from rtplan.text import columns

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


def run(args: argparse.Namespace) -> CommandResult:
    """List the rows that fit; nothing fitting is refused with what there is."""
    rows = _rows(args)
    return CommandResult(
        schema="rtplan.tissues/1",
        body={"rows": [_row(row) for row in rows]},
        text=_text(rows),
    )


def _rows(args: argparse.Namespace) -> Sequence[TissueParameter]:
    if args.tissue is None:
        if args.endpoint or args.source:
            raise RtplanValueError("--endpoint and --source narrow a tissue down: name the tissue")
        return [row for row in tissue_parameters() if args.parameter in (None, row.parameter)]
    if args.parameter is not None:
        return _found(args, args.parameter)
    known = {row.parameter for row in tissue_parameters() if _is_named(row, args.tissue)}
    wanted = [name for name in TISSUE_PARAMETERS if name in known] or ["alpha_beta"]
    return [row for name in wanted for row in _found(args, name)]


def _found(args: argparse.Namespace, parameter: str) -> Sequence[TissueParameter]:
    return find_tissue_parameters(
        args.tissue, parameter=parameter, endpoint=args.endpoint, source=args.source
    )


def _is_named(row: TissueParameter, tissue: str) -> bool:
    return tissue.strip().casefold() in {name.casefold() for name in (row.tissue, *row.organs)}


def _row(row: TissueParameter) -> dict[str, Any]:
    return {
        "parameter": row.parameter,
        "tissue": row.tissue,
        "organs": list(row.organs),
        "kind": row.kind,
        "endpoint": row.endpoint,
        "basis": row.basis,
        "value": row.value,
        "low": row.low,
        "high": row.high if row.high is None or math.isfinite(row.high) else "inf",
        "bound": row.bound or None,
        "level": row.level or None,
        "unit": row.unit,
        "source": row.source,
        "doi": row.doi or None,
        "tag": row.tag,
        "how_verified": row.how_verified,
        "note": row.note or None,
    }


def _text(rows: Sequence[TissueParameter]) -> str:
    numbers = {source: n for n, source in enumerate(dict.fromkeys(row.source for row in rows), start=1)}
    header = ["tissue", "parameter", "value", "endpoint", "basis", "verified", "source"]
    table = [
        [
            row.tissue,
            row.parameter,
            row.value_text,
            row.endpoint,
            row.basis,
            row.how_verified,
            f"[{numbers[row.source]}]",
        ]
        for row in rows
    ]
    notes = dict.fromkeys(f"{row.tissue}, {row.endpoint}: {row.note}" for row in rows if row.note)
    sources = [f"[{number}] {source}" for source, number in numbers.items()]
    return "\n".join([*columns([header, *table]), "", *sources, *(["", *notes] if notes else [])])
