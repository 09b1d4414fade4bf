"""What every sub-command shares: its result, its JSON document, its exit status.

A command is a module of `rtplan.cli` with two functions:

``add_subparser(subparsers)``
    adds one parser to the argparse sub-parsers it is given and returns it; ``--json`` is added by
    `add_json_flag`.
``run(args)``
    computes and returns a `CommandResult`; it prints nothing. Tests call it in process.

`rtplan.cli.main` prints the result and turns the package's errors into one message and status 2.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rtplan._version import __version__
from rtplan.files import InputRecord

__all__ = ["CommandResult", "add_json_flag", "document", "to_json"]


@dataclass(frozen=True, kw_only=True)
class CommandResult:
    """What a command found, as data; printing is done elsewhere.

    Attributes
    ----------
    schema : str
        Name and edition of the JSON document, such as ``"rtplan.bed/1"``.
    body : mapping
        The document's own keys. Values not computable are ``None`` beside a ``reason``.
    text : str
        The same for a person, without a trailing newline.
    inputs : sequence of InputRecord
    warnings : sequence of str
    limit_failed : bool
        A limit that was asked for exceeds, is borderline or could not be evaluated: exit status 1.
    """

    schema: str
    body: Mapping[str, Any]
    text: str
    inputs: Sequence[InputRecord] = ()
    warnings: Sequence[str] = ()
    limit_failed: bool = False
    files_written: Sequence[str] = field(default=())

    @property
    def exit_status(self) -> int:
        """0 done, 1 done and a limit that was asked for is not kept for certain."""
        return 1 if self.limit_failed else 0


def add_json_flag(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``: one JSON document on standard output and nothing else there."""
    parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")


def document(result: CommandResult) -> dict[str, Any]:
    """Return the whole JSON document of a result: schema, version, inputs, warnings, then its own keys."""
    return {
        "schema": result.schema,
        "version": __version__,
        "inputs": [{"role": i.role, "sha256": i.sha256, "uid": i.uid} for i in result.inputs],
        "warnings": list(result.warnings),
        **result.body,
    }


def to_json(result: CommandResult) -> str:
    """Return the document as text; a NaN or an infinity in it is a mistake and raises."""
    return json.dumps(document(result), indent=1, allow_nan=False, ensure_ascii=False)
