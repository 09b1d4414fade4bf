"""``rtplan compare``: several regimens over a range of alpha/beta."""

from __future__ import annotations

import argparse
from pathlib import Path

from rtplan.cli.arguments import add_alpha_beta, add_parameters, allow_several, refuse_alone
from rtplan.cli.frame import add_json_flag
from rtplan.documents import Document
from rtplan.documents.regimens import comparison_document
from rtplan.regimens import ModelParameters, compare_regimens, write_comparison_plot

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


def run(args: argparse.Namespace) -> Document:
    """Compute the table, the crossings and, where asked for, the plot."""
    refuse_alone(args, {"plot_range": "plot", "overwrite": "plot"})
    comparison = compare_regimens(
        args.regimens, alpha_betas=args.alpha_beta, parameters=ModelParameters.parse(args.param)
    )
    if args.plot is not None:
        write_comparison_plot(
            comparison, args.plot, alpha_beta_range=args.plot_range, overwrite=args.overwrite
        )
    return comparison_document(comparison)
