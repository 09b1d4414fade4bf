"""What every sub-command shares: its flag for JSON and the document that it returns.

A command is a module of `rtplan.cli.commands` with two functions:

``add_subparser(subparsers)``
    adds one parser to the argparse sub-parsers it is given and returns it; ``--json`` is added by
    `add_json_flag`.
``run(args)``
    turns words into one library call and returns the answer's `Document`; it prints nothing. Tests call it in
    process.

`rtplan.cli.main` prints the document and turns errors into a refusal and status 2.
"""

from __future__ import annotations

import argparse

from rtplan.documents import Document as CommandResult
from rtplan.documents import document_body, to_json

__all__ = ["CommandResult", "add_json_flag", "document_body", "to_json"]


def add_json_flag(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``: one JSON document on standard output and nothing else there."""
    parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")
