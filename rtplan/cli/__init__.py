"""The command line: ``rtplan COMMAND ...``, one module per sub-command.

Exit status: 0 done; 1 done, and a limit that was asked for exceeds, is borderline or could not be
evaluated; 2 input refused, with one message on standard error and nothing on standard output.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import re
import sys
import warnings
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from bed import BedError
from dicom_io import DicomIoError
from rtplan._version import __version__
from rtplan.cli.commands import command_entries
from rtplan.cli.frame import CommandResult, to_json
from rtplan.errors import RtplanError

__all__ = [
    "main",
]

_COMMANDING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, the line feed apart, and those that turn the direction of writing."""


class _OneMessageParser(argparse.ArgumentParser):
    """A parser whose refusal is one message and nothing else."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _module_of(command: str) -> ModuleType:
    """Import one command's module only when it is used, so that `rtplan bed` starts at once."""
    return importlib.import_module(command_entries()[command].module)


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """Build the parser; only the command that is asked for is imported in full."""
    parser = _OneMessageParser(prog="rtplan", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--version", action="version", version=f"rtplan {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    asked = next((word for word in argv if not word.startswith("-")), None)
    for command, entry in command_entries().items():
        if command == asked:
            _module_of(command).add_subparser(subparsers)
        else:
            subparsers.add_parser(command, help=entry.summary)
    return parser


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Print a Python warning as one line, without the path of the file that raised it."""
    print(f"warning: {message}", file=sys.stderr)


def _print_result(result: CommandResult, *, as_json: bool) -> None:
    """Print the document or the text; warnings go to standard error beside the text."""
    print(to_json(result) if as_json else _plain(result.text))
    if not as_json:
        for warning in result.warnings:
            print(f"warning: {_plain(warning)}", file=sys.stderr)


def _plain(text: str) -> str:
    """Return text without characters that command a terminal; names in files may hold any."""
    return _COMMANDING.sub("\N{REPLACEMENT CHARACTER}", text)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after ``rtplan``; the process's own when not given.

    Returns
    -------
    int
        0, 1 or 2 as the module's first lines say.

    Examples
    --------
    >>> main(["bed", "30Gy/0", "--alpha-beta", "3"])
    2
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        args = _parser(words).parse_args(words)
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            result: CommandResult = _module_of(args.command).run(args)
        _print_result(result, as_json=getattr(args, "json", False))
        sys.stdout.flush()
    except SystemExit as stop:  # argparse's own way out: --help, --version, a word it does not know
        return stop.code if isinstance(stop.code, int) else 2
    except (BedError, DicomIoError, RtplanError) as refusal:
        print(f"rtplan: {_plain(_one_line(refusal))}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of a pipe has seen enough
        _let_go_of_output()
        return 0
    except OSError as failure:  # a full disk behind standard output, a file that may not be read
        print(f"rtplan: {failure.strerror or type(failure).__name__}", file=sys.stderr)
        _let_go_of_output()
        return 2
    except KeyboardInterrupt:
        print("rtplan: interrupted, nothing was written", file=sys.stderr)
        return 130
    return result.exit_status


def _let_go_of_output() -> None:
    """Point standard output nowhere, so that closing it at the end does not fail once more."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _one_line(refusal: BaseException) -> str:
    """Return the message of an error; `KeyError` and its kin quote theirs, which people need not see."""
    return str(refusal.args[0]) if refusal.args else type(refusal).__name__
