"""``rtplan isoeffect``: the same effect in another fractionation."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from bed import dose_per_fraction_for_bed, lq_validity_note, n_fractions_for_bed, parse_regimens
from rtplan.cli.arguments import (
    add_alpha_beta,
    add_parameters,
    allow_several,
    input_of_text,
    one_fraction_number,
    parse_alpha_betas,
    positive_gy,
)
from rtplan.cli.commands.typed.bed import LABEL
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.errors import RtplanValueError
from rtplan.regimens import ModelParameters, RegimenEffect, regimen_effect
from rtplan.text import cell, columns, json_number, ratio_text

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan isoeffect``."""
    parser = subparsers.add_parser(
        "isoeffect",
        help="the same effect in another number of fractions",
        description=(
            "The regimen that has the same LQ effect at a point, in another number of fractions or with "
            "another dose per fraction. Once a day, without repopulation."
        ),
    )
    parser.add_argument("regimen", metavar="REGIMEN", help="such as 25Gy/5")
    add_alpha_beta(parser)
    parser.add_argument(
        "--fractions", action="append", default=[], metavar="N", help="number of fractions asked for; several"
    )
    parser.add_argument(
        "--dose-per-fraction",
        action="append",
        default=[],
        metavar="GY",
        help="dose per fraction asked for; gives the whole numbers of fractions on either side",
    )
    add_parameters(parser)
    add_json_flag(parser)
    allow_several(parser)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Solve for every alpha/beta and every number or size of fractions."""
    numbers = [one_fraction_number(text) for text in args.fractions]
    sizes = [positive_gy(text, "dose per fraction") for text in args.dose_per_fraction]
    if not numbers and not sizes:
        raise RtplanValueError("say in how many fractions: add --fractions N or --dose-per-fraction GY")
    parsed, parameters = parse_regimens(args.regimen), ModelParameters.parse(args.param)
    effects = [
        regimen_effect(regimen, model="lq", alpha_beta=ratio, parameters=parameters)
        for regimen in parsed.regimens
        for ratio in parse_alpha_betas(args.alpha_beta)
    ]
    rows = [row | {"band": parsed.band} for effect in effects for row in _rows(effect, numbers, sizes)]
    return CommandResult(
        schema="rtplan.isoeffect/1",
        body={"label": LABEL, "parameters": parameters.stated, "rows": rows},
        text=_text(rows),
        inputs=input_of_text([args.regimen], role="regimen"),
        warnings=list(dict.fromkeys([*parsed.notes, *_notes(effects, rows)])),
    )


def _rows(effect: RegimenEffect, numbers: Sequence[int], sizes: Sequence[float]) -> Iterator[dict[str, Any]]:
    """One row for each number of fractions, and for each whole number beside a fraction size."""
    bed_gy = effect.bed_gy
    if bed_gy is None:
        yield from (_row(effect, n, None, None) for n in numbers)
        yield from (_row(effect, None, size, None) for size in sizes)
        return
    for n in numbers:
        yield _row(effect, n, dose_per_fraction_for_bed(bed_gy, n, effect.alpha_beta), bed_gy)
    for size in sizes:
        found = n_fractions_for_bed(bed_gy, effect.alpha_beta, dose_per_fraction=size)
        for option in found.options:
            row = _row(effect, option.n_fractions, size, option.bed_gy)
            yield row | {"n_fractions_exact": found.n_fractions, "bed_error_gy": option.bed_error_gy}


def _row(effect: RegimenEffect, n: int | None, size: float | None, bed_gy: float | None) -> dict[str, Any]:
    return {
        "regimen": str(effect.regimen),
        "alpha_beta_gy": json_number(effect.alpha_beta),
        "n_fractions": n,
        "total_dose_gy": None if n is None or size is None else n * size,
        "dose_per_fraction_gy": size,
        "bed_gy": bed_gy,
        "n_fractions_exact": None if bed_gy is None else n,
        "bed_error_gy": None if bed_gy is None else 0.0,
        "reason": effect.reason if bed_gy is None else None,
    }


def _notes(effects: Sequence[RegimenEffect], rows: Sequence[dict[str, Any]]) -> list[str]:
    sizes = [row["dose_per_fraction_gy"] for row in rows if row["dose_per_fraction_gy"] is not None]
    return [*(n for e in effects for n in e.notes), *(n for n in map(lq_validity_note, sizes) if n)]


def _text(rows: Sequence[dict[str, Any]]) -> str:
    header = [
        "same effect as",
        "alpha/beta Gy",
        "fractions",
        "Gy/fraction",
        "total Gy",
        "BED Gy",
        "BED error Gy",
    ]
    table = columns([header, *map(_text_row, rows)])
    reasons = dict.fromkeys(f"{row['regimen']}: {row['reason']}" for row in rows if row["reason"])
    exact = dict.fromkeys(
        f"alpha/beta {ratio_text(row['alpha_beta_gy'])} Gy: {row['n_fractions_exact']:.2f} fractions of "
        f"{row['dose_per_fraction_gy']:.4g} Gy would match"
        for row in rows
        if row["bed_error_gy"] and abs(row["bed_error_gy"]) > 1e-9
    )
    notes = [*reasons, *exact]
    return "\n".join([LABEL, "", *table, *(["", *notes] if notes else [])])


def _text_row(row: dict[str, Any]) -> list[str]:
    return [
        row["regimen"],
        ratio_text(row["alpha_beta_gy"]),
        cell(row["n_fractions"]),
        cell(row["dose_per_fraction_gy"], digits=3),
        cell(row["total_dose_gy"]),
        cell(row["bed_gy"]),
        cell(row["bed_error_gy"]),
    ]
