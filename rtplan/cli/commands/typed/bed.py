"""``rtplan bed``: BED and EQD2 of regimens."""

from __future__ import annotations

import argparse

from rtplan.cli.arguments import add_alpha_beta, add_parameters, allow_several
from rtplan.cli.frame import add_json_flag
from rtplan.documents import Document
from rtplan.documents.regimens import effects_document
from rtplan.regimens import MODEL_PARAMETERS, ModelParameters, effects_of_regimens

__all__ = ["add_subparser", "run"]


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


def run(args: argparse.Namespace) -> Document:
    """Compute every regimen at every alpha/beta under every model."""
    table = effects_of_regimens(
        args.regimens,
        alpha_betas=args.alpha_beta,
        models=args.model,
        parameters=ModelParameters.parse(args.param),
    )
    return effects_document(table)
