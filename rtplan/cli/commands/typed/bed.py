"""``rtplan bed``: BED and EQD2 of regimens."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from bed import ParsedRegimens, Regimen, RegimenSequence, parse_regimens
from rtplan.cli.arguments import (
    add_alpha_beta,
    add_parameters,
    allow_several,
    input_of_text,
    parse_alpha_betas,
)
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.regimens import MODEL_PARAMETERS, ModelParameters, RegimenEffect, regimen_effects
from rtplan.text import cell, columns, json_number, ratio_text

__all__ = ["LABEL", "add_subparser", "dose_per_fraction", "run"]

LABEL = "at a point that receives the prescribed dose"
"""A regimen says nothing about an organ: a voxel's dose per fraction is its own dose over n."""


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan bed``."""
    parser = subparsers.add_parser(
        "bed",
        help="BED and EQD2 of regimens",
        description=(
            "BED and EQD2 at a point that receives the prescribed dose. Regimens as people write them: "
            "50.4Gy/28, '28 x 1.8 Gy', '39Gy/26 BID', 25-40Gy/5fx, '45Gy/25 + 5.4Gy/3'."
        ),
    )
    parser.add_argument("regimens", nargs="+", metavar="REGIMEN", help="such as 50.4Gy/28")
    add_alpha_beta(parser)
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        choices=sorted(MODEL_PARAMETERS),
        help="a model to show beside LQ, which is always shown; repeatable",
    )
    add_parameters(parser)
    add_json_flag(parser)
    allow_several(parser)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Compute every regimen at every alpha/beta under every model."""
    parsed = [parse_regimens(text) for text in args.regimens]
    parameters = ModelParameters.parse(args.param)
    ratios = parse_alpha_betas(args.alpha_beta)
    found = [
        (entry, effect)
        for entry in parsed
        for regimen in entry.regimens
        for effect in regimen_effects(regimen, alpha_betas=ratios, models=args.model, parameters=parameters)
    ]
    notes = [note for entry in parsed for note in entry.notes] + [n for _, e in found for n in e.notes]
    rows = [_row(entry, effect) for entry, effect in found]
    return CommandResult(
        schema="rtplan.bed/1",
        body={"label": LABEL, "parameters": parameters.stated, "rows": rows},
        text=_text(rows),
        inputs=input_of_text(args.regimens, role="regimen"),
        warnings=list(dict.fromkeys(notes)),
    )


def _row(entry: ParsedRegimens, effect: RegimenEffect) -> dict[str, Any]:
    regimen = effect.regimen
    sequence = isinstance(regimen, RegimenSequence)
    alone = "a sequence has no dose per fraction of its own; its phases are converted one by one"
    return {
        "regimen": str(regimen),
        "band": entry.band,
        "total_dose_gy": regimen.total_dose,
        "n_fractions": regimen.n_fractions,
        "dose_per_fraction_gy": dose_per_fraction(regimen),
        "alpha_beta_gy": json_number(effect.alpha_beta),
        "model": effect.model,
        "bed_gy": effect.bed_gy,
        "eqd2_gy": effect.eqd2_gy,
        "bed_full_repair_gy": effect.bed_full_repair_gy,
        "eqd2_full_repair_gy": effect.eqd2_full_repair_gy,
        "reason": effect.reason or (alone if sequence else None),
    }


def dose_per_fraction(regimen: Regimen | RegimenSequence) -> float | None:
    """Return the dose per fraction in Gy; a sequence has none."""
    return regimen.dose_per_fraction if isinstance(regimen, Regimen) else None


def _text(rows: Sequence[dict[str, Any]]) -> str:
    header = ["regimen", "model", "alpha/beta Gy", "Gy", "fractions", "Gy/fraction", "BED Gy", "EQD2 Gy"]
    table = columns([header, *map(_text_row, rows)])
    bands = dict.fromkeys(
        f"{row['regimen']}: an end of the band {row['band']}" for row in rows if row["band"] is not None
    )
    reasons = dict.fromkeys(
        f"{row['regimen']}, {row['model']}: {row['reason']}" for row in rows if row["reason"]
    )
    full = dict.fromkeys(
        f"{row['regimen']}: with full repair, a lower bound, BED {cell(row['bed_full_repair_gy'])} Gy and "
        f"EQD2 {cell(row['eqd2_full_repair_gy'])} Gy at alpha/beta {ratio_text(row['alpha_beta_gy'])} Gy"
        for row in rows
        if row["bed_gy"] is None and row["model"] == "lq" and row["bed_full_repair_gy"] is not None
    )
    return "\n".join([LABEL, "", *table, *(["", *notes] if (notes := [*bands, *reasons, *full]) else [])])


def _text_row(row: dict[str, Any]) -> list[str]:
    return [
        row["regimen"],
        row["model"],
        ratio_text(row["alpha_beta_gy"]),
        f"{row['total_dose_gy']:.6g}",
        str(row["n_fractions"]),
        "-" if row["dose_per_fraction_gy"] is None else f"{row['dose_per_fraction_gy']:.4g}",
        cell(row["bed_gy"]),
        cell(row["eqd2_gy"]),
    ]
