"""No output takes the place of something that the command line names: refused before anything is computed."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from rtplan.files import Originals

__all__ = ["OUTPUTS", "refuse_outputs_over_inputs"]

OUTPUTS: Final = frozenset(
    {
        "export_dose",
        "out",
        "picture",
        "plot",
        "propose",
        "remaining_map",
        "report",
        "save_case",
        "table",
        "work",
    }
)
"""The options that name what is written; whatever else names something on the disk is an input."""


def refuse_outputs_over_inputs(args: argparse.Namespace) -> None:
    """Refuse an output that is one of the files, or lies in one of the folders, that the words name.

    What a course file or a case file names in turn is refused where the output is written.

    Raises
    ------
    OutputIsInputError
        An output is an input, under any name.
    """
    words = vars(args).items()
    originals = Originals.of(paths=_paths(value for name, value in words if name not in OUTPUTS))
    for target in _paths(value for name, value in words if name in OUTPUTS):
        originals.refuse(target)


def _paths(values: Iterable[object]) -> Iterator[Path]:
    """Return every word that names something on the disk."""
    for value in values:
        if isinstance(value, list | tuple):
            yield from _paths(value)
        elif isinstance(value, str | Path) and _is_there(Path(value)):
            yield Path(value)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long for a name, or with a zero byte: no path
        return False
