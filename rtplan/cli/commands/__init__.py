"""One module for each sub-command: words to a question, one call, the answer to a document.

A module is a command when its first line reads ````rtplan NAME``: what it is for.``; adding the module adds
the command, its line in ``rtplan --help`` and its page in the documentation. Nothing is imported to find it.
"""

from __future__ import annotations

import ast
import pkgutil
import re
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple

__all__ = ["CommandEntry", "command_entries", "command_groups"]

GROUPS: Final = MappingProxyType(
    {
        "typed": "regimens as they are typed; no file of a patient is opened",
        "patient": "a patient's files: plans, structures, doses, courses",
        "carried": "what is carried: tables, synthetic patients, proof on this machine",
    }
)
"""Folders of this room in the order in which ``rtplan --help`` shows them, each with its heading."""

_FIRST_LINE: Final = re.compile(r"``rtplan (?P<name>[a-z-]+)``: (?P<summary>.+)\.")


class CommandEntry(NamedTuple):
    """Where a command lives and what it is for.

    Attributes
    ----------
    module : str
        Dotted name of the module with its `add_subparser` and `run`.
    summary : str
        One line of help.
    """

    module: str
    summary: str


@cache
def command_entries() -> MappingProxyType[str, CommandEntry]:
    """Return every command by name, group by group, in alphabetical order inside a group.

    Examples
    --------
    >>> command_entries()["check"]
    CommandEntry(module='rtplan.cli.commands.patient.check', summary='a plan against published limits')
    """
    found: dict[str, CommandEntry] = {}
    for group in GROUPS:
        package = f"{__name__}.{group}"
        for info in pkgutil.iter_modules([f"{folder}/{group}" for folder in __path__]):
            heading = _FIRST_LINE.match(_first_line(package, info.name))
            if heading is not None:
                found[heading["name"]] = CommandEntry(f"{package}.{info.name}", heading["summary"])
    return MappingProxyType(found)


def command_groups() -> dict[str, dict[str, CommandEntry]]:
    """Return the commands under the heading of their folder.

    Examples
    --------
    >>> [len(entries) > 0 for entries in command_groups().values()]
    [True, True, True]
    """
    return {
        heading: {
            name: entry
            for name, entry in command_entries().items()
            if entry.module.startswith(f"{__name__}.{folder}.")
        }
        for folder, heading in GROUPS.items()
    }


def _first_line(package: str, name: str) -> str:
    """Return the first line of a module's docstring without importing it."""
    source = pkgutil.get_data(package, f"{name}.py")
    text = ast.get_docstring(ast.parse(source or b"")) or ""
    return text.partition("\n")[0]
