"""``rtplan isoeffect``: the same effect in another fractionation."""

from __future__ import annotations

import argparse

from rtplan.cli.arguments import add_alpha_beta, add_parameters, allow_several
from rtplan.cli.frame import add_json_flag
from rtplan.documents import Document
from rtplan.documents.regimens import isoeffects_document
from rtplan.regimens import ModelParameters, find_isoeffects

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


def run(args: argparse.Namespace) -> Document:
    """Solve for every alpha/beta and every number or size of fractions."""
    table = find_isoeffects(
        args.regimen,
        alpha_betas=args.alpha_beta,
        n_fractions=args.fractions,
        doses_per_fraction=args.dose_per_fraction,
        parameters=ModelParameters.parse(args.param),
    )
    return isoeffects_document(table)
