"""The files and folders that a case names: what its question is asked of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from rtplan.courses import CourseSource
from rtplan.files import Originals

__all__ = ["originals_of_case"]


def originals_of_case(case: Any) -> Originals:
    """Return every file and folder that a case names, so that nothing is written in the place of one.

    Parameters
    ----------
    case : Case
    """
    return Originals.of(paths=dict.fromkeys(_named(case)))


def _named(value: Any) -> Iterator[Path]:
    """Return the paths in a value, at any depth; what is typed as text counts where it is on the disk."""
    if isinstance(value, str | Path | CourseSource):
        path = value.path if isinstance(value, CourseSource) else Path(value)
        if _is_there(path):
            yield path
        return
    for part in _parts(value):
        yield from _named(part)


def _parts(value: Any) -> Iterable[Any]:
    """Return what a value is made of; nothing of a number."""
    if isinstance(value, Mapping):
        return value.values()
    if isinstance(value, list | tuple):
        return value
    return [getattr(value, each.name) for each in fields(value)] if is_dataclass(value) else ()


def _is_there(path: Path) -> bool:
    try:
        return path.is_file() or path.is_dir()
    except (OSError, ValueError):  # too long for a name, or with a zero byte: no path
        return False
