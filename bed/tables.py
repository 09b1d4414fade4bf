"""Tables that lie in the data folder of a room beside their only reader."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from importlib import resources
from typing import Any

__all__ = ["csv_rows", "data_names", "toml_document"]


@cache
def csv_rows(room: str, name: str) -> tuple[dict[str, str], ...]:
    """Rows of a table, each by the heading of its columns.

    Examples
    --------
    >>> csv_rows("bed.outcome", "tcp.csv")[0]["tumour"]
    'rectal adenocarcinoma'
    """
    return tuple(csv.DictReader(_text(room, name).splitlines()))


def toml_document(room: str, name: str) -> dict[str, Any]:
    """Content of a TOML file.

    Examples
    --------
    >>> sorted(toml_document("bed.retreatment", "cord.toml"))[:1]
    ['hytec_de_novo']
    """
    return tomllib.loads(_text(room, name))


def data_names(room: str, folder: str, *, suffix: str) -> tuple[str, ...]:
    """Names without suffix of the files in a folder of the room's data, sorted.

    Examples
    --------
    >>> data_names("bed.retreatment", "recovery", suffix=".toml")[-1]
    'step-25-50'
    """
    files = resources.files(room).joinpath("data", folder).iterdir()
    return tuple(sorted(file.name.removesuffix(suffix) for file in files if file.name.endswith(suffix)))


def _text(room: str, name: str) -> str:
    return resources.files(room).joinpath("data", *name.split("/")).read_text(encoding="utf-8")
