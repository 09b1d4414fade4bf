"""``rtplan compare``: several regimens over a range of alpha/beta."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bed import Regimen, RegimenSequence, parse_regimens
from rtplan.cli.arguments import (
    add_alpha_beta,
    add_parameters,
    allow_several,
    input_of_text,
    parse_alpha_betas,
    positive_gy,
)
from rtplan.cli.commands.typed.bed import LABEL
from rtplan.cli.frame import CommandResult, add_json_flag
from rtplan.errors import RtplanValueError
from rtplan.files import write_whole
from rtplan.regimens import Crossing, ModelParameters, RegimenEffect, crossings, plot_regimens, regimen_effect
from rtplan.text import cell, columns, json_number, ratio_text

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan compare``."""
    parser = subparsers.add_parser(
        "compare",
        help="several regimens over a range of alpha/beta",
        description=(
            "EQD2 of several regimens at several alpha/beta, the alpha/beta at which two of them have the "
            "same effect, and a plot over the whole range."
        ),
    )
    parser.add_argument(
        "regimens", nargs="+", metavar="REGIMEN", help="two or more, such as 50.4Gy/28 25Gy/5"
    )
    add_alpha_beta(parser)
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="write EQD2 against alpha/beta as SVG")
    parser.add_argument(
        "--plot-range",
        nargs=2,
        metavar=("LOW", "HIGH"),
        help="alpha/beta of the plot in Gy; the smallest and largest of --alpha-beta unless given",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace a file of other content")
    add_parameters(parser)
    add_json_flag(parser)
    allow_several(parser)
    return parser


def run(args: argparse.Namespace) -> CommandResult:
    """Compute the table, the crossings and, where asked for, the plot."""
    parsed = [parse_regimens(text) for text in args.regimens]
    regimens = list(dict.fromkeys(regimen for entry in parsed for regimen in entry.regimens))
    if len(regimens) < 2:
        raise RtplanValueError("two or more different regimens are needed to compare")
    parameters, ratios = ModelParameters.parse(args.param), parse_alpha_betas(args.alpha_beta)
    effects = [
        regimen_effect(regimen, model="lq", alpha_beta=ratio, parameters=parameters)
        for regimen in regimens
        for ratio in ratios
    ]
    pairs = crossings(regimens, parameters)
    if args.plot is not None:
        _write_plot(args, regimens, ratios, parameters)
    notes = [*(n for entry in parsed for n in entry.notes), *(n for effect in effects for n in effect.notes)]
    return CommandResult(
        schema="rtplan.compare/1",
        body={
            "label": LABEL,
            "parameters": parameters.stated,
            "rows": [_row(effect) for effect in effects],
            "crossings": [_crossing(pair) for pair in pairs],
        },
        text=_text(regimens, ratios, effects, pairs),
        inputs=input_of_text(args.regimens, role="regimen"),
        warnings=list(dict.fromkeys(notes)),
        files_written=[] if args.plot is None else [args.plot.name],
    )


def _write_plot(
    args: argparse.Namespace,
    regimens: Sequence[Regimen | RegimenSequence],
    ratios: Sequence[float],
    parameters: ModelParameters,
) -> None:
    # Deferred: matplotlib takes longer to import than the table takes to compute.
    from rtplan.drawing import figure_svg, new_figure  # noqa: PLC0415

    if args.plot.suffix.lower() != ".svg":
        raise RtplanValueError(
            f"{args.plot.name!r}: the plot is written as SVG; name a file that ends in .svg"
        )
    stated = args.plot_range or [f"{min(ratios)}", f"{max(ratios)}"]
    low, high = (positive_gy(text, "--plot-range") for text in stated)
    figure = new_figure(width=7.0, height=4.5)
    plot_regimens(figure.subplots(), regimens, alpha_beta_range=(low, high), parameters=parameters)
    write_whole(args.plot, figure_svg(figure).encode("utf-8"), overwrite=args.overwrite)


def _row(effect: RegimenEffect) -> dict[str, Any]:
    return {
        "regimen": str(effect.regimen),
        "alpha_beta_gy": json_number(effect.alpha_beta),
        "bed_gy": effect.bed_gy,
        "eqd2_gy": effect.eqd2_gy,
        "bed_full_repair_gy": effect.bed_full_repair_gy,
        "reason": effect.reason,
    }


def _crossing(pair: Crossing) -> dict[str, Any]:
    return {
        "first": str(pair.first),
        "second": str(pair.second),
        "alpha_beta_gy": pair.alpha_beta,
        "reason": pair.reason,
    }


def _text(
    regimens: Sequence[Regimen | RegimenSequence],
    ratios: Sequence[float],
    effects: Sequence[RegimenEffect],
    pairs: Sequence[Crossing],
) -> str:
    header = ["EQD2 Gy at alpha/beta", *(f"{ratio_text(json_number(ratio))} Gy" for ratio in ratios)]
    table = [
        [str(regimen), *(cell(effect.eqd2_gy) for effect in effects if effect.regimen == regimen)]
        for regimen in regimens
    ]
    same = [f"{pair.first} and {pair.second}: {_where(pair)}" for pair in pairs]
    reasons = dict.fromkeys(f"{effect.regimen}: {effect.reason}" for effect in effects if effect.reason)
    return "\n".join([LABEL, "", *columns([header, *table]), "", "same effect:", *same, *reasons])


def _where(pair: Crossing) -> str:
    return (
        f"not found, {pair.reason}" if pair.alpha_beta is None else f"at alpha/beta {pair.alpha_beta:.3g} Gy"
    )
