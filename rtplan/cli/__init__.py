"""The command line: ``rtplan COMMAND ...``, one module per sub-command.

Exit status: 0 done; 1 done, and a limit that was asked for exceeds, is borderline or could not be
evaluated; 2 input refused, with one message on standard error and nothing on standard output, or with
``--json`` a refusal document there; 70 a fault of this program; 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
import warnings
from collections.abc import Sequence
from types import ModuleType

from rtplan._version import __version__
from rtplan.cli.commands import command_entries, command_groups
from rtplan.cli.frame import CommandResult, to_json
from rtplan.cli.outputs import refuse_outputs_over_inputs
from rtplan.cli.refusals import OneMessageParser, escaped_output, refuse
from rtplan.text import plain_lines

__all__ = [
    "main",
]


def _module_of(command: str) -> ModuleType:
    """Import one command's module only when it is used, so that `rtplan bed` starts at once."""
    return importlib.import_module(command_entries()[command].module)


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """Build the parser; only the command that is asked for is imported in full."""
    parser = OneMessageParser(
        prog="rtplan",
        description="Re-irradiation, fractionation and plan check in radiotherapy.",
        epilog=_commands_by_group(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"rtplan {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, help="one of these:")
    asked = next((word for word in argv if not word.startswith("-")), None)
    for command in command_entries():
        if command == asked:
            _module_of(command).add_subparser(subparsers)
        else:
            subparsers.add_parser(command)
    return parser


def _commands_by_group() -> str:
    """Return what each command is for, under the heading of its folder."""
    width = max(map(len, command_entries()))
    groups = []
    for heading, entries in command_groups().items():
        lines = [f"  {name:<{width}}  {entry.summary}" for name, entry in entries.items()]
        groups.append("\n".join([f"{heading}:", *lines]))
    return "\n\n".join(groups)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Print a Python warning as one line, without the path of the file that raised it."""
    print(f"warning: {plain_lines(str(message))}", file=sys.stderr)


def _print_result(result: CommandResult, *, as_json: bool) -> None:
    """Print the document or the text; warnings go to standard error beside the text."""
    if as_json:
        print(to_json(result, encoding=sys.stdout.encoding or "utf-8"), flush=True)
        return
    if result.text:
        print(plain_lines(result.text), flush=True)
    for warning in result.warnings:
        print(f"warning: {plain_lines(warning)}", file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after ``rtplan``; the process's own when not given.

    Returns
    -------
    int
        0, 1, 2, 70 or 130 as the module's first lines say.

    Examples
    --------
    >>> main(["bed", "30Gy/0", "--alpha-beta", "3"])
    2
    """
    with escaped_output():
        return _answer(list(sys.argv[1:] if argv is None else argv))


def _answer(words: Sequence[str]) -> int:
    """Answer or refuse; whatever happens, the status says which."""
    result: CommandResult | None = None
    try:
        args = _parser(words).parse_args(words)
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            refuse_outputs_over_inputs(args)
            result = _module_of(args.command).run(args)
        assert result is not None
        _print_result(result, as_json=getattr(args, "json", False))
    except SystemExit as stop:  # argparse's own way out: --help and --version
        return stop.code if isinstance(stop.code, int) else 2
    except BrokenPipeError:  # the reader of a pipe has seen enough
        _let_go_of_output()
        return result.exit_status if result else 0
    except (Exception, KeyboardInterrupt) as error:
        is_output_lost = result is not None and isinstance(error, OSError)  # such as a full disk behind it
        status = refuse(error, words, may_print=not is_output_lost)
        if is_output_lost:
            _let_go_of_output()
        return status
    return result.exit_status


def _let_go_of_output() -> None:
    """Point standard output nowhere, so that closing it at the end does not fail once more."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
