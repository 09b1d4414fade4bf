"""``rtplan selftest``: recompute the published examples, or replay planted errors, on this machine."""

from __future__ import annotations

import argparse

from bed.published import check_oracles
from rtplan.cli.frame import add_json_flag
from rtplan.cli.progress import Progress
from rtplan.documents import Document, examples_document, seeded_errors_document

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan selftest``."""
    parser = subparsers.add_parser(
        "selftest",
        help="recompute the published examples on this machine",
        description=(
            "Recomputes every published example and shows it beside what this installation gives. "
            "Exit status 1 if one of them does not hold. With --seeded-errors it plants the thirty errors of "
            "the hazard table in otherwise good synthetic data instead and shows how each is caught; exit "
            "status 1 if one is not."
        ),
    )
    parser.add_argument(
        "--seeded-errors", action="store_true", help="plant known errors and show how each is caught"
    )
    add_json_flag(parser)
    return parser


def run(args: argparse.Namespace) -> Document:
    """Recompute all rows, or plant all errors, and return what became of them as data and text."""
    if not args.seeded_errors:
        return examples_document(check_oracles())
    # The whole package is needed for this, and not for recomputing examples.
    from rtplan.selftest import replay_seeded_errors  # noqa: PLC0415 - only a replay needs it

    with Progress() as progress:
        return seeded_errors_document(replay_seeded_errors(progress))
